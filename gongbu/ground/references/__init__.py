"""参考目录 references: national classifications that every room may look up and nobody owns. No tables, no requests.

They are read from files once per process: 1,970 rows that change every few years need no database, and rules, imports
and the command line can use them before one exists.
"""
