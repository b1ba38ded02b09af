"""Triggers: a new entry is put on the pending list; entries, leaves, nodes and heads refuse to be changed.

A later migration that rebuilds one of these tables on SQLite loses its triggers and must create them again
(``gongbu ledger verify`` reports missing triggers).
"""

from typing import Any

from django.db import migrations

TABLES = ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_head")


def create_sql(vendor: str) -> list[str]:
    """Return the statements that create all triggers on ``sqlite`` or ``postgresql``; each may be run twice."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            "BEGIN SELECT RAISE(ABORT, '账本只增不改'); END"
            for table in TABLES
            for verb in ("UPDATE", "DELETE")
        ] + [
            "CREATE TRIGGER IF NOT EXISTS ledger_entry_pending AFTER INSERT ON ledger_entry "
            "BEGIN INSERT INTO ledger_pending (entry_id) VALUES (NEW.id); END"
        ]
    if vendor == "postgresql":
        guards = [
            statement
            for table in TABLES
            for statement in (
                f"CREATE OR REPLACE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
                f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
            )
        ]
        return [
            "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '账本只增不改' USING ERRCODE = 'restrict_violation'; END $$",
            "CREATE OR REPLACE FUNCTION ledger_pend() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO ledger_pending (entry_id) VALUES (NEW.id); RETURN NULL; END $$",
            *guards,
            "CREATE OR REPLACE TRIGGER ledger_entry_pending AFTER INSERT ON ledger_entry "
            "FOR EACH ROW EXECUTE FUNCTION ledger_pend()",
        ]
    raise NotImplementedError(f"the ledger has no triggers for {vendor}")


def drop_sql(vendor: str) -> list[str]:
    """Return the statements that drop them (test databases are emptied between tests)."""
    if vendor == "sqlite":
        names = [f"{table}_no_{verb}" for table in TABLES for verb in ("update", "delete")]
        return [f"DROP TRIGGER IF EXISTS {name}" for name in [*names, "ledger_entry_pending"]]
    names = [(f"{table}_no_{what}", table) for table in TABLES for what in ("change", "truncate")]
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}"
        for name, table in [*names, ("ledger_entry_pending", "ledger_entry")]
    ]


def create(apps: Any, schema_editor: Any) -> None:
    for statement in create_sql(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    for statement in drop_sql(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_book")]
    operations = [migrations.RunPython(create, drop)]
