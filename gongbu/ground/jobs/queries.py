"""What a status page, ``gongbu doctor`` and a waiting user want to know about background work."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gongbu.ground.basics import clock
from gongbu.ground.jobs import liveness
from gongbu.ground.jobs.models import Cadence, JobProgress, Worker
from gongbu.ground.jobs.registry import label_of

STATUS_LABELS = {
    TaskResultStatus.READY: "等待",
    TaskResultStatus.RUNNING: "进行中",
    TaskResultStatus.FAILED: "失败",
    TaskResultStatus.SUCCESSFUL: "完成",
}


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker process and whether it lives."""

    id: str
    host: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime
    is_alive: bool


@dataclass(frozen=True, slots=True)
class CadenceRow:
    """One piece of recurring work: when it last ran, when it is due, what went wrong."""

    name: str
    label: str
    due_at: datetime
    last_on: date | None
    last_finished_at: datetime | None
    failures: int
    last_error: str


@dataclass(frozen=True, slots=True)
class JobRow:
    """One submitted job as its owner sees it; ``total`` is None while the size is unknown."""

    id: uuid.UUID
    name: str
    label: str
    status: str
    status_label: str
    done: int
    total: int | None
    note: str
    submitted_at: datetime
    attempts: int
    error: str


def list_workers() -> list[WorkerRow]:
    """Return the known workers (1 query)."""
    now = clock.now()
    return [
        WorkerRow(w.id, w.host, w.pid, w.started_at, w.heartbeat_at, liveness.is_alive(w.id, w.heartbeat_at, now))
        for w in Worker.objects.all()
    ]


def list_cadences() -> list[CadenceRow]:
    """Return recurring work by name (1 query)."""
    return [
        CadenceRow(c.name, label_of(c.name), c.due_at, c.last_on, c.last_finished_at, c.failures, c.last_error)
        for c in Cadence.objects.all()
    ]


def count_by_status() -> dict[str, int]:
    """Return the number of jobs per status code, zeros included (1 query)."""
    counts = {str(status): 0 for status in STATUS_LABELS}
    rows = DBTaskResult.objects.order_by().values_list("status").annotate(n=Count("id"))
    return counts | {str(status): n for status, n in rows}


def list_stuck_jobs() -> list[uuid.UUID]:
    """Return jobs that are marked running by a worker that is dead or unknown (2 queries)."""
    alive = {worker.id for worker in list_workers() if worker.is_alive}
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).values_list("id", "worker_ids")
    return [task_id for task_id, owners in running if not owners or owners[-1] not in alive]


def list_jobs_of(person_id: int, *, limit: int = 50) -> list[JobRow]:
    """Return a person's jobs, newest first (2 queries)."""
    return _rows(list(JobProgress.objects.filter(person_id=person_id).order_by("-submitted_at")[:limit]))


def get_job(task_id: uuid.UUID) -> JobRow | None:
    """Return one job, or None when it is unknown (2 queries)."""
    found = _rows(list(JobProgress.objects.filter(pk=task_id)))
    return found[0] if found else None


def _rows(progress: list[JobProgress]) -> list[JobRow]:
    tasks = {t.id: t for t in DBTaskResult.objects.filter(id__in=[p.task_id for p in progress])}
    rows = []
    for p in progress:
        task = tasks.get(p.task_id)
        status = TaskResultStatus(task.status) if task else TaskResultStatus.SUCCESSFUL
        rows.append(
            JobRow(
                p.task_id, p.name, label_of(p.name), str(status), STATUS_LABELS[status], p.done, p.total, p.note,
                p.submitted_at, len(task.worker_ids) if task else 0,
                task.traceback.strip().rsplit("\n", 1)[-1] if task and task.traceback else "",
            )
        )  # fmt: skip
    return rows
