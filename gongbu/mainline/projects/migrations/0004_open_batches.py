from typing import Any

from django.db import migrations, models


def open_unpublished(apps: Any, schema_editor: Any) -> None:
    """An import that is under way stays unseen: its batch is open from its first unpublished project on."""
    schema_editor.execute(
        "INSERT INTO projects_open_batch (batch_id, first_project_id) SELECT batch_id, MIN(id) FROM projects_project"
        " WHERE NOT is_published AND batch_id IS NOT NULL GROUP BY batch_id"
    )
    schema_editor.execute("UPDATE projects_status SET is_live = NOT is_published OR is_live WHERE state = 'ACTIVE'")


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0003_status_covering_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenBatch",
            fields=[
                ("batch_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first_project_id", models.BigIntegerField()),
            ],
            options={"db_table": "projects_open_batch"},
        ),
        migrations.RunPython(open_unpublished, migrations.RunPython.noop),
        migrations.RemoveField(model_name="project", name="is_published"),
        migrations.RemoveField(model_name="projectstatus", name="is_published"),
    ]
