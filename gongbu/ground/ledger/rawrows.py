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
    verbs = ("update", "delete") if connection.vendor == "sqlite" else ("change", "truncate")
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
    text = "{} || ''" if connection.vendor == "sqlite" else "{}"  # the bare column would be parsed by a slow converter
    return (
        "e.id, e.canonical, e.leaf_hash, e.algorithm, e.kind, e.subject_kind, e.subject_id, e.region_key, "
        f"{text.format('e.occurred_on')}, {text.format('e.recorded_at')}, "
        "e.person_id, e.clock, e.key, e.receipt, e.corrects_id"
    )


def stream(sql: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a long query without holding them all in memory."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with connection.chunked_cursor() as cursor:
            cursor.cursor.itersize = CHUNK
            cursor.execute(sql)
            yield from cursor
    else:
        cursor = connection.connection.cursor()
        try:
            yield from cursor.execute(sql)
        finally:
            cursor.close()


def sequenced_rows() -> Iterator[tuple[Any, ...]]:
    return stream(  # the columns are constants of this module
        f'SELECT l."index", l.entry_id, l.hash, l.algorithm, {_entry_columns()} FROM ledger_leaf l '  # noqa: S608
        'LEFT JOIN ledger_entry e ON e.id = l.entry_id ORDER BY l."index"'
    )


def unsequenced_rows() -> Iterator[tuple[Any, ...]]:
    return stream(
        f"SELECT {_entry_columns()}, p.entry_id FROM ledger_entry e LEFT JOIN ledger_leaf l ON l.entry_id = e.id "  # noqa: S608
        "LEFT JOIN ledger_pending p ON p.entry_id = e.id WHERE l.entry_id IS NULL ORDER BY e.id"
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


def node_rows(level: int) -> Iterator[tuple[Any, ...]]:
    """Yield (index, hash, algorithm) of one level, in order."""
    return stream(
        f'SELECT "index", hash, algorithm FROM ledger_node WHERE level = {level:d} ORDER BY "index"'  # noqa: S608
    )
