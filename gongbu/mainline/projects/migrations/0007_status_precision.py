from django.db import migrations, models

# Rows written before hold the day alone; the precision stands with the project.
COPY = """
UPDATE projects_status SET
    planned_start_precision = (SELECT p.planned_start_precision FROM projects_project p WHERE p.id = projects_status.id),
    planned_finish_precision = (SELECT p.planned_finish_precision FROM projects_project p WHERE p.id = projects_status.id)
WHERE planned_start_on IS NOT NULL OR planned_finish_on IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0006_movement"),
    ]

    operations = [
        migrations.AddField(
            model_name="projectstatus",
            name="planned_finish_precision",
            field=models.CharField(max_length=5, null=True),
        ),
        migrations.AddField(
            model_name="projectstatus",
            name="planned_start_precision",
            field=models.CharField(max_length=5, null=True),
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
    ]
