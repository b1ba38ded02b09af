"""Behind the pages: bring the index up to date after the acts, and look for the like of what is new."""

import time

from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.likeness import index, services

EVERY_SECONDS = 10
BUDGET_SECONDS = 4.0
"""One turn of the worker; what is left waits for the next, so that reminders and deadlines are not held up."""
AT_ONCE = 20


def register() -> None:
    """Start to listen (called once, when the room is ready)."""
    for topic in index.TOPICS:
        outbox.listen(topic, "likeness.note", index.note)
    outbox.listen("project.batch_published", "likeness.note_batch", note_batch)


def note_batch(message: OutboxMessage) -> None:
    """Look at the projects of an import when it is published."""
    services.mark_batch(message.subject_id)


def catch_up(budget_seconds: float = BUDGET_SECONDS) -> int:
    """Work on marked projects, longest waiting first, for some seconds; returns how many were done.

    May run twice at once or be cut off: a mark goes only when its project has been looked at since it was set.
    """
    done, started = 0, time.monotonic()
    while time.monotonic() - started < budget_seconds:
        taken = index.take_marked(AT_ONCE)
        if not taken:
            break
        index.refresh(list(taken))
        services.record_found(taken)
        index.unmark(taken)
        done += len(taken)
    return done


def mark_missing(_on: object = None) -> int:
    """Mark the projects that the index lacks: a first start over old data, or a new way of taking names apart."""
    missing = index.find_missing()
    index.mark(missing)
    return len(missing)
