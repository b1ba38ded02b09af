"""What the policies of row-level security ask, on PostgreSQL (ADR-0011); the policies themselves follow the models.

``migrate`` lays them after its last migration (``orgs.row_security``), because they concern the tables of every room.
"""

from typing import Any

from django.db import migrations

CREATE = (
    # Both are inlined, so that an index on the key answers the envelope. Nothing told is NULL, and so no row.
    """
    CREATE OR REPLACE FUNCTION gongbu_reaches(key bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
      SELECT key >= nullif(current_setting('gongbu.lo', true), '')::bigint
         AND key < nullif(current_setting('gongbu.hi', true), '')::bigint
         AND (coalesce(current_setting('gongbu.ranges', true), '') = ''
              OR nullif(current_setting('gongbu.ranges', true), '')::int8multirange @> key)
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION gongbu_own_unit() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
      SELECT nullif(current_setting('gongbu.unit', true), '')::bigint
    $$
    """,
)


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in CREATE:
            schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":  # with the policies that ask them
        schema_editor.execute("DROP FUNCTION IF EXISTS gongbu_reaches(bigint) CASCADE")
        schema_editor.execute("DROP FUNCTION IF EXISTS gongbu_own_unit() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("orgs", "0005_sealed_authenticators")]
    operations = [migrations.RunPython(create, drop)]
