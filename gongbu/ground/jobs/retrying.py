"""What happens to a job that did not succeed: again, later each time, until its attempts are used up."""

import logging
import uuid
from datetime import timedelta
from typing import Any

from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.jobs.registry import JOBS, label_of
from gongbu.ground.orgs.actor import Actor

log = logging.getLogger(__name__)

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


@act("jobs.retry", "重试失败的作业")
def retry_job(*, task_id: uuid.UUID, actor: Actor) -> None:
    """Let a failed job run again with all its attempts; the log keeps who asked.

    :raises NotAllowed: not a system administrator
    :raises NotFound: no such job
    :raises Refusal: it has not failed (a second click finds it waiting)
    """
    actor.require("jobs.retry")
    task = DBTaskResult.objects.select_for_update().filter(pk=task_id).first()
    if task is None:
        raise NotFound("jobs.unknown")
    if task.status != TaskResultStatus.FAILED:
        from gongbu.ground.jobs.queries import STATUS_LABELS

        name = str((task.args_kwargs.get("args") or [""])[0])
        status = STATUS_LABELS[TaskResultStatus(task.status)]
        raise Refusal("jobs.not_failed", label=label_of(name), status=status)
    task.status, task.run_after, task.finished_at, task.worker_ids = TaskResultStatus.READY, clock.now(), None, []
    task.save(update_fields=["status", "run_after", "finished_at", "worker_ids"])
    log.info("作业 %s 由 %s（人员 %s）重试", task_id, actor.name, actor.person_id)
