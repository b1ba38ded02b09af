from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reserve", "0004_readiness_by_preparation"),
    ]

    operations = [
        migrations.AddField(
            model_name="libraryentry",
            name="doubted_fen",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="reservefile",
            name="is_doubted",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="reservefile",
            index=models.Index(
                condition=models.Q(("is_doubted", True)),
                fields=["holder_key", "region_key", "is_doubted", "total_investment_fen"],
                name="reserve_doubted",
            ),
        ),
    ]
