"""What the policies of row-level security ask, on PostgreSQL (ADR-0011); the policies themselves follow the models.

``migrate`` lays them after its last migration (``orgs.row_security``), because they concern the tables of every room.
"""

from typing import Any

from django.db import migrations

# Nothing told is NULL, and so no row. Policies ask each in a subquery of its own, which is answered once a statement.
TOLD = {
    "gongbu_lo": ("bigint", "gongbu.lo"),
    "gongbu_hi": ("bigint", "gongbu.hi"),
    "gongbu_ranges": ("int8multirange", "gongbu.ranges"),
    "gongbu_own_unit": ("bigint", "gongbu.unit"),
}


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name, (kind, setting) in TOLD.items():
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS {kind} LANGUAGE sql STABLE PARALLEL SAFE AS "
                f"$$ SELECT nullif(current_setting('{setting}', true), '')::{kind} $$"
            )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":  # with the policies that ask them
        for name in TOLD:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("orgs", "0005_sealed_authenticators")]
    operations = [migrations.RunPython(create, drop)]
