"""导入 importing: read people's workbooks as they are, check every cell, accept in chunks under one batch.

The engine knows nothing of projects: a room registers an ``ImportKind`` (fields, checks, acceptance) and gets the
reader, the staging table, the command, the pages, the marked workbook and the template.
"""
