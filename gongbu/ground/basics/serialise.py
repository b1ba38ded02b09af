"""One transaction at a time with the same thing that no row stands for yet: a name, a code, a request's key."""

from django.db import connection


def serialise(what: str, *keys: object) -> None:
    """Let one transaction at a time go on with the same key of ``what`` until it ends.

    PostgreSQL takes advisory locks in key order; on SQLite the writing transaction is alone anyway.
    """
    if connection.vendor != "postgresql" or not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS key",
            [sorted({f"{what}:{key}" for key in keys})],
        )
