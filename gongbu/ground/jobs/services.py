"""Register work, submit it, report its progress.

A job runs **at least once**: a worker may die after the work and before the mark. Functions are therefore idempotent,
usually by asking first whether their result already stands.
"""

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.jobs.models import JobProgress
from gongbu.ground.jobs.registry import DAILY, JOBS, PERIODIC, Daily, Job, Periodic

DEFAULT_ATTEMPTS = 3

_current: ContextVar[uuid.UUID | None] = ContextVar("gongbu_current_job", default=None)


def job(name: str, label: str, function: Callable[..., Any], *, attempts: int = DEFAULT_ATTEMPTS) -> None:
    """Register a job (call it from ``AppConfig.ready``); the same name replaces itself.

    :param function: takes the JSON keyword arguments given to :func:`submit`
    :param attempts: how often it is tried in all, worker deaths included
    """
    JOBS[name] = Job(name, label, function, attempts)


def every(name: str, seconds: float, function: Callable[[], Any], label: str = "") -> None:
    """Have ``function`` called about every ``seconds`` by a worker; it must be idempotent and short."""
    PERIODIC[name] = Periodic(name, label or name, seconds, function)


def daily(name: str, function: Callable[[date], Any], label: str = "") -> None:
    """Have ``function(on)`` called once for each legal day (法定日), also for days on which no worker ran."""
    DAILY[name] = Daily(name, label or name, function)


def submit(
    name: str,
    *,
    person_id: int | None = None,
    subject_kind: str = "",
    subject_id: int | None = None,
    **arguments: Any,
) -> uuid.UUID:
    """Queue a registered job inside the caller's transaction and return its id.

    :param person_id: who is told and who may see its progress
    :raises KeyError: no room registered ``name``
    """
    from gongbu.ground.jobs.tasks import run_job

    JOBS[name]
    result = run_job.enqueue(name, arguments)
    task_id = uuid.UUID(str(result.id))
    now = clock.now()
    JobProgress.objects.create(
        task_id=task_id,
        name=name,
        person_id=person_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        submitted_at=now,
        updated_at=now,
    )
    return task_id


def is_running() -> bool:
    """Return whether the caller runs as a submitted job, behind the page."""
    return _current.get() is not None


def running_id() -> uuid.UUID | None:
    """Return the id of the submitted job that the caller runs as; None outside one."""
    return _current.get()


def report(done: int, total: int | None = None, note: str = "") -> None:
    """Tell how far the running job is; outside a job it does nothing, so that a function can also be called directly.

    Others see it after the surrounding transaction commits.
    """
    task_id = _current.get()
    if task_id is not None:
        JobProgress.objects.filter(task_id=task_id).update(
            done=done, total=total, note=note[:200], updated_at=clock.now()
        )
