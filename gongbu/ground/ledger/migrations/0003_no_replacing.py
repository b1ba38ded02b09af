"""Triggers for SQLite: an entry, leaf, node or head whose key stands already is refused before it is inserted.

``INSERT OR REPLACE`` removes the row in its way without firing a DELETE trigger (unless ``recursive_triggers`` is on,
which any client may leave off), and so would change what was written. PostgreSQL has no such statement: there
``ON CONFLICT … DO UPDATE`` is an UPDATE and meets the triggers of 0002.
"""

from typing import Any

from django.db import migrations

# Table: the sets of columns of which each is a key of its own. A null never stands in the way.
KEYS = {
    "ledger_entry": (("id",), ("key",), ("receipt",)),
    "ledger_leaf": (("index",), ("entry_id",)),
    "ledger_node": (("level", "index"),),
    "ledger_head": (("size",),),
}


def _stands(table: str, columns: tuple[str, ...]) -> str:
    same = " AND ".join(f'"{column}" = NEW."{column}"' for column in columns)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608


def create_sql(vendor: str) -> list[str]:
    """Return the statements that create the triggers; none but on ``sqlite``. Each may be run twice."""
    if vendor != "sqlite":
        return []
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN {' OR '.join(_stands(table, columns) for columns in keys)} "
        "BEGIN SELECT RAISE(ABORT, '账本只增不改'); END"
        for table, keys in KEYS.items()
    ]


def drop_sql(vendor: str) -> list[str]:
    """Return the statements that drop them (test databases are emptied between tests)."""
    return [f"DROP TRIGGER IF EXISTS {table}_no_replace" for table in KEYS] if vendor == "sqlite" else []


def create(apps: Any, schema_editor: Any) -> None:
    for statement in create_sql(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    for statement in drop_sql(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [migrations.RunPython(create, drop)]
