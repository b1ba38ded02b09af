"""公开入口 (doors): how often one address may knock where no account is asked.

The count stands in the database, so that it holds across web processes and machines. It is a bound against scripts,
not a record: addresses are kept as keyed digests, and a count goes when its window is over.
"""
