"""A form of something new keeps a draft of each window; a record's form keeps one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_draft_window")]
    operations = [
        migrations.RemoveConstraint("formdraft", "draft_once_per_form"),
        migrations.AddConstraint(
            "formdraft",
            models.UniqueConstraint(
                fields=["person", "form_key", "subject"], condition=~models.Q(subject=""), name="draft_once_per_record"
            ),
        ),
        migrations.AddConstraint(
            "formdraft",
            models.UniqueConstraint(
                fields=["person", "form_key", "window"], condition=models.Q(subject=""), name="draft_once_per_window"
            ),
        ),
    ]
