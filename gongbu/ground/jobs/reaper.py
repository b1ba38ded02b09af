"""Take jobs back from dead workers. Without it a killed worker leaves its job RUNNING for ever (STACK §4)."""

import logging

from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gongbu.ground.basics import clock
from gongbu.ground.jobs import liveness
from gongbu.ground.jobs.models import Worker
from gongbu.ground.jobs.retrying import again_or_failed

log = logging.getLogger(__name__)


class WorkerDied(Exception):
    """The worker process ended while the job was running."""


def reap() -> int:
    """Free the jobs of dead workers and forget those workers; return how many jobs were freed.

    A freed job is tried again until its attempts are used up, then it is FAILED with :class:`WorkerDied`.
    """
    now = clock.now()
    workers = {worker.id: worker for worker in Worker.objects.all()}
    freed = 0
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    for task_id, worker_ids in list(running.values_list("id", "worker_ids")):
        owner = worker_ids[-1] if worker_ids else ""
        heartbeat = workers[owner].heartbeat_at if owner in workers else None
        if owner and liveness.is_alive(owner, heartbeat, now):
            continue
        with transaction.atomic():
            task = DBTaskResult.objects.select_for_update().get(pk=task_id)
            if task.status == TaskResultStatus.RUNNING and task.worker_ids == worker_ids:
                again_or_failed(task, WorkerDied(f"作业进程 {owner or '—'} 中断"))
                freed += 1
    for worker in workers.values():
        if not liveness.is_alive(worker.id, worker.heartbeat_at, now):
            Worker.objects.filter(pk=worker.id, heartbeat_at=worker.heartbeat_at).delete()
            liveness.lock_file(worker.id).unlink(missing_ok=True)
            log.warning("作业进程 %s（%s，进程号 %s）已失去联系", worker.id, worker.host, worker.pid)
    return freed
