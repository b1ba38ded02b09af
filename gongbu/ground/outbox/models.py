"""The outbox: what an act tells others, written inside its own transaction, so that a crash loses nothing."""

from django.db import models


class OutboxMessage(models.Model):
    """One thing to tell. Consumers are named; each delivers at least once and must be idempotent."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    region_key = models.BigIntegerField()
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    dispatched_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        db_table = "outbox_message"
        indexes = [models.Index(fields=["dispatched_at", "id"], name="outbox_pending")]
