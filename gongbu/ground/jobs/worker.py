"""The worker: takes one job at a time, and between jobs does what is due."""

import logging
import os
import signal
import socket
import threading
import time
import uuid
from types import FrameType
from typing import Any, cast

from django.db import OperationalError, close_old_connections, connection, transaction
from django_tasks import TaskContext, TaskResult
from django_tasks_db.models import DBTaskResult

from gongbu.ground.basics import clock
from gongbu.ground.jobs import due, liveness
from gongbu.ground.jobs.models import Worker
from gongbu.ground.jobs.reaper import reap
from gongbu.ground.jobs.retrying import again_or_failed

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
REAP_SECONDS = 10.0


class JobWorker:
    """One worker process. :meth:`run` returns after SIGTERM or SIGINT, when the job in hand is done."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self._stop = threading.Event()
        self._sweep = due.Sweep()

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Ask the worker to end; a second request ends it at once and leaves the job to the reaper."""
        if self._stop.is_set():
            os._exit(1)
        self._stop.set()

    def run(self) -> None:
        """Work until asked to stop."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.stop)
            signal.signal(signal.SIGINT, self.stop)
        liveness.hold(self.id)
        now = clock.now()
        Worker.objects.create(id=self.id, host=socket.gethostname(), pid=os.getpid(), started_at=now, heartbeat_at=now)
        heartbeat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        heartbeat.start()
        next_reap = 0.0
        try:
            while not self._stop.is_set():
                close_old_connections()
                try:
                    if time.monotonic() >= next_reap:
                        reap()
                        next_reap = time.monotonic() + REAP_SECONDS
                    busy = self.run_one()
                    self._sweep.run_due(self._stop)
                except OperationalError as error:  # locked or restarting database: wait and go on
                    log.warning("数据库暂不可用，稍后重试：%s", error)
                    connection.close()
                    busy = False
                    self._stop.wait(2)
                if not busy:
                    self._stop.wait(POLL_SECONDS)
        finally:
            self._stop.set()
            heartbeat.join(timeout=liveness.HEARTBEAT_SECONDS)
            Worker.objects.filter(pk=self.id).delete()
            liveness.lock_file(self.id).unlink(missing_ok=True)

    def run_one(self) -> bool:
        """Run one ready job, if there is one, and return whether there was."""
        if not DBTaskResult.objects.ready().exists():  # a read: no write lock is taken while nothing waits
            return False
        with transaction.atomic():
            task = DBTaskResult.objects.ready().get_locked()
            if task is None:
                return False
            task.claim(self.id)
        self._run(task)
        return True

    def _run(self, row: DBTaskResult[Any, Any]) -> None:
        try:
            task, result = row.task, row.task_result
            context = [TaskContext(task_result=cast(TaskResult[Any], result))] if task.takes_context else []
            value = task.call(*context, *result.args, **result.kwargs)
        except Exception as error:  # every failure of a job is recorded with it; the worker goes on
            if again_or_failed(row, error):
                log.warning("作业 %s 第 %d 次失败，将重试：%s", row.id, len(row.worker_ids), error)
            else:
                log.exception("作业 %s 失败", row.id)
        else:
            row.set_successful(value)

    def _beat(self) -> None:
        """Renew the lease; a worker that finds itself declared dead ends at once, before it can do a job twice."""
        while not self._stop.wait(liveness.HEARTBEAT_SECONDS):
            try:
                close_old_connections()
                if not Worker.objects.filter(pk=self.id).update(heartbeat_at=clock.now()) and not self._stop.is_set():
                    log.error("本作业进程已被判定失联，立即退出")
                    os._exit(3)
            except OperationalError as error:
                log.warning("心跳未能写入：%s", error)
        connection.close()
