"""Who accepts a batch, and the last sign of life: an acceptance whose process died is handed on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("importing", "0001_staging"),
    ]

    operations = [
        migrations.AddField("importbatch", "acting_person", models.BigIntegerField(null=True)),
        migrations.AddField("importbatch", "acting_post", models.BigIntegerField(null=True)),
        migrations.AddField("importbatch", "alive_at", models.DateTimeField(null=True)),
    ]
