from typing import Any

from django.db import migrations, models


def add_falling_order(apps: Any, schema_editor: Any) -> None:
    """PostgreSQL walks an index only in its own order of NULLs; SQLite reads status_by_total backwards."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX IF NOT EXISTS status_by_total_falling ON projects_status"
            " (total_investment_fen DESC NULLS LAST, id DESC) WHERE is_live"
        )


def drop_falling_order(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS status_by_total_falling")


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0002_city_strategic"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="projectstatus",
            name="status_counts",
        ),
        migrations.RemoveIndex(
            model_name="projectstatus",
            name="status_search",
        ),
        migrations.RemoveIndex(
            model_name="projectstatus",
            name="status_recent",
        ),
        migrations.RemoveIndex(
            model_name="projectstatus",
            name="status_total",
        ),
        migrations.RemoveIndex(
            model_name="projectstatus",
            name="status_pinyin",
        ),
        migrations.AlterField(
            model_name="projectstatus",
            name="id",
            field=models.BigAutoField(primary_key=True, serialize=False),
        ),
        migrations.AddIndex(
            model_name="projectstatus",
            index=models.Index(
                condition=models.Q(("is_live", True)),
                fields=[
                    "stage",
                    "grade",
                    "funding_nature",
                    "region_key",
                    "is_live",
                    "is_leaf",
                    "total_investment_fen",
                    "year",
                    "year_planned_fen",
                    "year_completed_fen",
                    "id",
                ],
                name="status_money",
            ),
        ),
        migrations.AddIndex(
            model_name="projectstatus",
            index=models.Index(
                condition=models.Q(("is_live", True)),
                fields=["stage", "region_key", "search", "is_live", "id"],
                name="status_text",
            ),
        ),
        migrations.AddIndex(
            model_name="projectstatus",
            index=models.Index(
                condition=models.Q(("is_live", True)),
                fields=["last_act_at", "id", "region_key", "stage", "grade", "funding_nature", "is_live"],
                name="status_by_act",
            ),
        ),
        migrations.AddIndex(
            model_name="projectstatus",
            index=models.Index(
                condition=models.Q(("is_live", True)),
                fields=["total_investment_fen", "id", "region_key", "stage", "grade", "funding_nature", "is_live"],
                name="status_by_total",
            ),
        ),
        migrations.AddIndex(
            model_name="projectstatus",
            index=models.Index(
                condition=models.Q(("is_live", True)),
                fields=["sort_key", "id", "region_key", "stage", "grade", "funding_nature", "is_live"],
                name="status_by_pinyin",
            ),
        ),
        migrations.RunPython(add_falling_order, drop_falling_order),
    ]
