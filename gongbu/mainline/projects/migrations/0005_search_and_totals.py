from typing import Any

from django.db import migrations, models

_FUNCTION = r"""
CREATE OR REPLACE FUNCTION projects_pairs(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr(said, i, 2)) FROM generate_series(1, length(said) - 1) AS i
    WHERE substr(said, i, 2) ~ '[^\x01-\x7f]'
$$
"""


def create(apps: Any, schema_editor: Any) -> None:
    """The index of neighbouring characters (see pairs.py), and the order by falling total with what is tested in it."""
    execute, connection = schema_editor.execute, schema_editor.connection
    if connection.vendor == "postgresql":
        execute(_FUNCTION)
        execute("CREATE INDEX IF NOT EXISTS status_pairs ON projects_status USING gin (projects_pairs(search))")
        execute("DROP INDEX IF EXISTS status_by_total_falling")
        execute(
            "CREATE INDEX status_by_total_falling ON projects_status (total_investment_fen DESC NULLS LAST, id DESC,"
            " region_key, stage, grade, funding_nature) WHERE is_live"
        )
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
        if cursor.fetchone() != (1,):
            return  # every search scans: right, only slower
        cursor.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS projects_pairs"
            " USING fts5(pairs, tokenize='ascii', detail=none, columnsize=0)"
        )
        cursor.execute("SELECT id, search FROM projects_status")
        cursor.executemany(
            "INSERT OR REPLACE INTO projects_pairs (rowid, pairs) VALUES (%s, %s)",
            [(pk, " ".join(_pairs(text))) for pk, text in cursor.fetchall()],
        )
        cursor.execute("ANALYZE projects_status")


def _pairs(text: str) -> set[str]:
    return {pair for i in range(len(text) - 1) if not (pair := text[i : i + 2]).isascii()}


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS status_pairs")
        schema_editor.execute("DROP FUNCTION IF EXISTS projects_pairs(text)")
    else:
        schema_editor.execute("DROP TABLE IF EXISTS projects_pairs")


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0004_open_batches"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="projectstatus",
            name="status_money",
        ),
        migrations.AddIndex(
            model_name="projectstatus",
            index=models.Index(
                condition=models.Q(("is_live", True)),
                fields=[
                    "stage",
                    "grade",
                    "funding_nature",
                    "year",
                    "region_key",
                    "is_live",
                    "is_leaf",
                    "total_investment_fen",
                    "year_planned_fen",
                    "year_completed_fen",
                    "id",
                ],
                name="status_money",
            ),
        ),
        migrations.RunPython(create, drop),
    ]
