"""Write to the outbox and hand its messages to the rooms that listen."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction

from gongbu.ground.basics import bulk, clock
from gongbu.ground.outbox import sealing
from gongbu.ground.outbox.models import OutboxMessage

Listener = Callable[[OutboxMessage], None]
_LISTENERS: dict[str, list[tuple[str, Listener]]] = {}
MAX_ATTEMPTS = 8


def add(topic: str, *, subject_kind: str, subject_id: int, region_key: int, **data: Any) -> None:
    """Leave a message for the rooms above; must run inside the act's transaction.

    :raises RuntimeError: called outside a transaction
    """
    add_many(topic, subject_kind, [(subject_id, region_key)], **data)


def add_many(topic: str, subject_kind: str, subjects: Iterable[tuple[int, int]], **data: Any) -> None:
    """Leave one message per ``(subject_id, region_key)`` in a few statements (importers); same rule as :func:`add`.

    ``data`` is the same for all of them.

    :raises RuntimeError: called outside a transaction
    """
    add_each(topic, [(subject_kind, pk, key, data) for pk, key in subjects])


def add_each(topic: str, messages: Iterable[tuple[str, int, int, dict[str, Any]]]) -> None:
    """Leave one message per ``(subject_kind, subject_id, region_key, data)`` in a few statements; same rule as :func:`add`.

    :raises RuntimeError: called outside a transaction
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("outbox.add() outside a transaction would tell of things that may not happen")
    now = clock.now()
    told: list[dict[str, Any]] = [
        {
            "topic": topic,
            "subject_kind": subject_kind,
            "subject_id": pk,
            "region_key": key,
            "data": data,
            "created_at": now,
        }
        for subject_kind, pk, key, data in messages
    ]
    bulk.insert([OutboxMessage(**values, digest=sealing.seal(**values)) for values in told])


def listen(topic: str, name: str, listener: Listener) -> None:
    """Register an idempotent listener (called from an ``AppConfig.ready``); the same name replaces itself."""
    rows = [row for row in _LISTENERS.get(topic, []) if row[0] != name]
    _LISTENERS[topic] = [*rows, (name, listener)]


def dispatch(*, limit: int = 500) -> int:
    """Deliver pending messages in order and return how many were delivered.

    Each message is delivered in its own transaction, so a listener's writes and the mark stand or fall together. Where
    another worker is at the next message, this one leaves the rest to it: waiting would only follow it in step.
    After :data:`MAX_ATTEMPTS` failures a message stays in the table with its error and is skipped.
    """
    pending = OutboxMessage.objects.filter(dispatched_at=None, attempts__lt=MAX_ATTEMPTS).order_by("id")
    done = 0
    try:
        for message_id in list(pending.values_list("id", flat=True)[:limit]):
            done += _deliver(message_id)
    except _InOtherHands:
        pass
    return done


class _InOtherHands(Exception):
    """Another worker is delivering the message."""


def _deliver(message_id: int) -> bool:
    try:
        with transaction.atomic():
            message = OutboxMessage.objects.select_for_update(skip_locked=True).filter(pk=message_id).first()
            if message is None:
                raise _InOtherHands
            if message.dispatched_at is not None:
                return False
            for _name, listener in _LISTENERS.get(message.topic, []):
                listener(message)
            message.dispatched_at = clock.now()
            message.save(update_fields=["dispatched_at"])
        return True
    except _InOtherHands:
        raise
    except Exception as error:  # a failing listener must not stop the queue; the error is kept for people to see
        with transaction.atomic():
            message = OutboxMessage.objects.select_for_update().get(pk=message_id)
            message.attempts += 1
            message.last_error = f"{type(error).__name__}: {error}"[:2000]
            message.save(update_fields=["attempts", "last_error"])
        return False
