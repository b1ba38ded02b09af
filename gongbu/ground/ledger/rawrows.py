"""Raw reads of the book for verification: long streams, in one consistent snapshot, without model objects."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

CHUNK = 5000


class Snapshot:
    """One consistent view: a plain deferred read on SQLite, REPEATABLE READ on PostgreSQL."""

    def __enter__(self) -> None:
        self._outer = connection.in_atomic_block
        if self._outer:
            return
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            self._atomic = transaction.atomic()
            self._atomic.__enter__()
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        else:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN DEFERRED")  # not IMMEDIATE: others go on writing

    def __exit__(self, *raised: object) -> None:
        if self._outer:
            return
        if connection.vendor == "postgresql":
            self._atomic.__exit__(None, None, None)
        else:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")


def expected_triggers() -> set[str]:
    verbs = ("update", "delete", "replace") if connection.vendor == "sqlite" else ("change", "truncate")
    tables = ("entry", "leaf", "node", "head")
    return {"ledger_entry_pending", *(f"ledger_{table}_no_{verb}" for table in tables for verb in verbs)}


def present_triggers() -> set[str]:
    if connection.vendor == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        sql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


def _entry_columns() -> str:
    """Columns of an entry as text that reads the same on both databases; ``canonical`` as bytes, whatever they are."""
    if connection.vendor == "sqlite":  # the bare date columns would be parsed by a slow converter
        canonical, day, moment = "CAST(e.canonical AS BLOB)", "e.occurred_on || ''", "e.recorded_at || ''"
    else:
        canonical, day = "convert_to(e.canonical, 'UTF8')", "to_char(e.occurred_on, 'YYYY-MM-DD')"
        utc = "to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS{}')"
        moment = (
            f"CASE WHEN date_trunc('second', e.recorded_at) = e.recorded_at THEN {utc.format('')} "
            f"ELSE {utc.format('.US')} END"
        )
    return (
        f"{canonical}, e.leaf_hash, e.kind, e.subject_kind, e.subject_id, e.region_key, {day}, {moment}, "
        "e.person_id, e.clock, e.key, e.receipt, e.corrects_id"
    )


def block_rows(low: int, high: int, algorithm: str) -> list[tuple[Any, ...]]:
    """Return the entries of leaves ``[low, high)`` in order, those only whose leaf repeats the entry's digest."""
    return _all(  # the columns are constants of this module
        f"SELECT {_entry_columns()} FROM ledger_leaf l JOIN ledger_entry e ON e.id = l.entry_id "  # noqa: S608
        f'WHERE l."index" >= {low:d} AND l."index" < {high:d} AND l.hash = e.leaf_hash '
        'AND l.algorithm = {0} AND e.algorithm = {0} ORDER BY l."index"',
        algorithm,
    )


def block_nodes(level: int, low: int, high: int, algorithm: str) -> list[tuple[Any, ...]]:
    """Return the hashes of the stored nodes ``[low, high)`` of a level, in order."""
    return _all(
        f'SELECT hash FROM ledger_node WHERE level = {level:d} AND "index" >= {low:d} AND "index" < {high:d} '  # noqa: S608
        'AND algorithm = {0} ORDER BY "index"',
        algorithm,
    )


def _all(sql: str, value: str) -> list[tuple[Any, ...]]:
    """Run a statement with one parameter past the layers that would look at every row of it."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        from psycopg import Cursor  # the server's own format: bytes and numbers come without being parsed

        with Cursor(connection.connection) as cursor:
            return cursor.execute(sql.replace("{0}", "%(value)s"), {"value": value}, binary=True).fetchall()
    return list(connection.connection.cursor().execute(sql.replace("{0}", ":value"), {"value": value}))


def stream(sql: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a long query without holding them all in memory.

    Text that is not UTF-8 (a damaged file) comes with its bytes escaped instead of stopping the reader.

    :raises DatabaseError: the database itself cannot read on
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with connection.chunked_cursor() as cursor:
                cursor.cursor.itersize = CHUNK
                cursor.execute(sql)
                yield from cursor
            return
        raw = connection.connection
        cursor, kept = raw.cursor(), raw.text_factory
        raw.text_factory = _forgiving
        try:
            yield from cursor.execute(sql)
        finally:
            raw.text_factory = kept
            cursor.close()


def _forgiving(data: bytes) -> str:
    return data.decode(errors="backslashreplace")


def sequenced_rows(low: int, high: int) -> Iterator[tuple[Any, ...]]:
    """Yield leaves ``[low, high)`` with their entries: index, entry id, hash, algorithm, then as below."""
    return stream(  # the columns are constants of this module
        f'SELECT l."index", l.entry_id, l.hash, l.algorithm, e.id, e.algorithm, {_entry_columns()} '  # noqa: S608
        "FROM ledger_leaf l LEFT JOIN ledger_entry e ON e.id = l.entry_id "
        f'WHERE l."index" >= {low:d} AND l."index" < {high:d} ORDER BY l."index"'
    )


def pending_rows() -> Iterator[tuple[Any, ...]]:
    """Yield entries that wait for their place: id, algorithm, columns."""
    return stream(
        f"SELECT e.id, e.algorithm, {_entry_columns()} FROM ledger_pending p "  # noqa: S608
        "JOIN ledger_entry e ON e.id = p.entry_id ORDER BY e.id"
    )


def one_row(sql: str, params: list[Any] | None = None) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def number(sql: str) -> int:
    row = one_row(sql)
    return int(row[0]) if row else 0


def entry_at(index: int) -> int | None:
    row = one_row('SELECT entry_id FROM ledger_leaf WHERE "index" = %s', [index])
    return row[0] if row else None


def node_at(level: int, index: int) -> tuple[Any, ...] | None:
    """Return (hash, algorithm) of one stored node."""
    return one_row('SELECT hash, algorithm FROM ledger_node WHERE level = %s AND "index" = %s', [level, index])


def oddly_written(column: str) -> str:
    """Return a condition on SQLite: a moment is not written as this program writes it, though Python would read it."""
    digits = "[0-9][0-9]"
    whole = f"{digits}{digits}-{digits}-{digits} {digits}:{digits}:{digits}"
    return f"{column} NOT GLOB '{whole}' AND {column} NOT GLOB '{whole}.{digits * 3}'"
