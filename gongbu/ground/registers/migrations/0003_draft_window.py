"""Which window of the browser saved a draft last: two of one person do not save over each other."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0002_draft_revision")]
    operations = [
        migrations.AddField("formdraft", "window", models.CharField(max_length=16, blank=True, default=""), False),
    ]
