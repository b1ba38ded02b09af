"""What a draft was begun on: the revision of the record and a mark of each value shown."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_drafts")]
    operations = [
        migrations.AddField("formdraft", "rev", models.BigIntegerField(null=True)),
        migrations.AddField("formdraft", "opened", models.JSONField(default=dict)),
    ]
