"""The seal of a message: a digest over what was told, so that a message changed behind the program's back is found.

It finds rot and clumsy hands, not a forger who recomputes the digest: against him stand the entry of the act in the
ledger and its receipt. How far a message was delivered is working state and is not sealed.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, connection

from gongbu.ground.ledger import hashing
from gongbu.ground.ledger.rawrows import oddly_written
from gongbu.ground.outbox.models import OutboxMessage

CHUNK = 500
SEALED = ("topic", "subject_kind", "subject_id", "region_key", "data", "created_at")


def seal(
    *, topic: str, subject_kind: str, subject_id: int, region_key: int, data: dict[str, Any], created_at: datetime
) -> str:
    """Return the SM3 digest (hex) of the sealed columns; keys of ``data`` in order, the moment in UTC."""
    told = [topic, subject_kind, subject_id, region_key, data, created_at.astimezone(UTC).isoformat()]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashing.digest_of(hashing.DEFAULT)(text.encode()).hex()


def find_changed() -> Iterator[int]:
    """Yield the ids of messages that do not agree with their seal, or cannot be read at all."""
    last, odd = 0, _oddly_written()
    while ids := list(OutboxMessage.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        last = ids[-1]
        try:
            yield from [
                row.pk
                for row in OutboxMessage.objects.filter(pk__in=ids).order_by("pk")
                if row.pk in odd or not _holds(row)
            ]
        except (ValueError, TypeError, AttributeError, DatabaseError):  # a row that cannot be read hides the others
            yield from [pk for pk in ids if pk in odd or _is_changed(pk)]


def _oddly_written() -> set[int]:
    """Return the messages whose moment is not written as this program writes it, though Python would still read it."""
    if connection.vendor != "sqlite":  # elsewhere a moment is no text
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM outbox_message WHERE {oddly_written('created_at')}")  # noqa: S608
        return {row[0] for row in cursor.fetchall()}


def _is_changed(pk: int) -> bool:
    try:
        return not _holds(OutboxMessage.objects.get(pk=pk))
    except (ValueError, TypeError, AttributeError, DatabaseError):
        return True


def _holds(row: OutboxMessage) -> bool:
    return row.digest == seal(**{name: getattr(row, name) for name in SEALED})
