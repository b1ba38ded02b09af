"""Every message carries a digest of what it tells; those already written are sealed as they stand."""

import json
from datetime import UTC
from typing import Any

from django.db import migrations, models

from gongbu.ground.ledger import hashing


def seal(apps: Any, schema_editor: Any) -> None:
    digest = hashing.digest_of("SM3")
    messages = apps.get_model("outbox", "OutboxMessage").objects
    for row in messages.order_by("pk").iterator(1_000):
        at = row.created_at.astimezone(UTC).isoformat()
        told = [row.topic, row.subject_kind, row.subject_id, row.region_key, row.data, at]
        text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        messages.filter(pk=row.pk).update(digest=digest(text.encode()).hex())


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_outbox")]
    operations = [
        migrations.AddField(
            "outboxmessage", "digest", models.CharField(max_length=64, default=""), preserve_default=False
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
