"""An index over the moments of signing: the sheet of a month reads the heads of its days, not all heads."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_no_replacing")]
    operations = [
        migrations.AddIndex(
            model_name="head",
            index=models.Index(fields=["signed_at", "size"], name="ledger_heads_by_moment"),
        ),
    ]
