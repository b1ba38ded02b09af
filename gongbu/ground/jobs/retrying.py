"""What happens to a job that did not succeed: again, later each time, until its attempts are used up."""

from datetime import timedelta
from typing import Any

from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gongbu.ground.basics import clock
from gongbu.ground.jobs.registry import JOBS

FIRST_PAUSE = timedelta(seconds=5)
PAUSE_FACTOR = 4


def pause_after(attempt: int) -> timedelta:
    """Return how long to wait after the ``attempt``-th failure: 5 s, 20 s, 80 s …"""
    factor: int = PAUSE_FACTOR ** (attempt - 1)
    return FIRST_PAUSE * factor


def attempts_of(task: DBTaskResult[Any, Any]) -> int:
    """Return how often a task may be tried in all; a task whose room is gone is tried once."""
    args = task.args_kwargs.get("args") or [""]
    registered = JOBS.get(args[0]) if isinstance(args[0], str) else None
    return registered.attempts if registered else 1


def again_or_failed(task: DBTaskResult[Any, Any], error: BaseException) -> bool:
    """Mark a task that did not succeed and return whether it will be tried again.

    Each claim added one worker id, so their number is the number of attempts.
    """
    used = len(task.worker_ids)
    task.set_failed(error)
    if used >= attempts_of(task):
        return False
    task.status = TaskResultStatus.READY
    task.run_after = clock.now() + pause_after(used)
    task.finished_at = None
    task.save(update_fields=["status", "run_after", "finished_at"])
    return True
