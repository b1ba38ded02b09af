"""Trigger for SQLite: ``INSERT OR REPLACE`` over a row of the access audit (访问审计) is refused.

It would remove the old row without firing the DELETE trigger of 0002. PostgreSQL has no such statement.
"""

from typing import Any

from django.db import migrations

TABLE = "orgs_audit_event"


def create_sql(vendor: str) -> list[str]:
    """Return the statements that create the trigger; none but on ``sqlite``. Each may be run twice."""
    if vendor != "sqlite":
        return []
    return [
        f"CREATE TRIGGER IF NOT EXISTS {TABLE}_no_replace BEFORE INSERT ON {TABLE} "  # noqa: S608
        f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, '访问审计只增不改'); END"
    ]


def drop_sql(vendor: str) -> list[str]:
    """Return the statements that drop it (test databases are emptied between tests)."""
    return [f"DROP TRIGGER IF EXISTS {TABLE}_no_replace"] if vendor == "sqlite" else []


def create(apps: Any, schema_editor: Any) -> None:
    for statement in create_sql(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    for statement in drop_sql(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0003_api_tokens")]
    operations = [migrations.RunPython(create, drop)]
