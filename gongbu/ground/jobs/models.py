"""Workers, cadences and the progress of jobs. The jobs themselves are rows of django-tasks-db."""

from typing import ClassVar

from django.db import models


class Worker(models.Model):
    """A worker process that has not been declared dead. Its heartbeat is the lease of the jobs it runs."""

    id = models.CharField(primary_key=True, max_length=64)
    host = models.CharField("主机", max_length=120)
    pid = models.PositiveIntegerField("进程号")
    started_at = models.DateTimeField("启动时间")
    heartbeat_at = models.DateTimeField("最近心跳")

    class Meta:
        db_table = "jobs_worker"
        ordering: ClassVar[list[str]] = ["started_at"]


class Cadence(models.Model):
    """Something done again and again: every so many seconds, or once a legal day (``last_on``)."""

    name = models.CharField(primary_key=True, max_length=60)
    due_at = models.DateTimeField("下次时间")
    last_on = models.DateField("最近完成的法定日", null=True)
    last_started_at = models.DateTimeField("最近开始", null=True)
    last_finished_at = models.DateTimeField("最近完成", null=True)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    last_error = models.TextField("最近错误", blank=True)

    class Meta:
        db_table = "jobs_cadence"
        ordering: ClassVar[list[str]] = ["name"]


class JobProgress(models.Model):
    """How far one submitted job is, and for whom it runs. ``task_id`` is the id of its django-tasks row."""

    task_id = models.UUIDField(primary_key=True)
    name = models.CharField("作业", max_length=60)
    person_id = models.BigIntegerField(null=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)
    submitted_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "jobs_progress"
        indexes = [models.Index(fields=["person_id", "-submitted_at"], name="jobs_progress_person")]
