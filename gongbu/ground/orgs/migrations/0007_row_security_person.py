"""Policies may ask who reads (``gongbu.person``), on PostgreSQL (ADR-0011)."""

from typing import Any

from django.db import migrations


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION gongbu_own_person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS "
            "$$ SELECT nullif(current_setting('gongbu.person', true), '')::bigint $$"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":  # with the policies that ask it
        schema_editor.execute("DROP FUNCTION IF EXISTS gongbu_own_person() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("orgs", "0006_row_security")]
    operations = [migrations.RunPython(create, drop)]
