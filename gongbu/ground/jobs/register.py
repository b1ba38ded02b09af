"""后台作业台账: what was submitted and how it went."""

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gongbu.ground.jobs.models import JobProgress
from gongbu.ground.jobs.queries import STATUS_LABELS
from gongbu.ground.jobs.registry import label_of
from gongbu.ground.registers.register import Column, Empty, Register, Tabs

LABELS = {str(status): label for status, label in STATUS_LABELS.items()}
TONES = {
    str(TaskResultStatus.READY): "wait", str(TaskResultStatus.RUNNING): "info",
    str(TaskResultStatus.FAILED): "bad", str(TaskResultStatus.SUCCESSFUL): "good",
}  # fmt: skip


def _source(request: HttpRequest) -> "QuerySet[JobProgress]":
    task = DBTaskResult.objects.filter(id=OuterRef("task_id"))
    done = Value(str(TaskResultStatus.SUCCESSFUL))  # finished rows are pruned; their progress stays
    return JobProgress.objects.annotate(
        status=Coalesce(Subquery(task.values("status")[:1]), done),
        finished_at=Subquery(task.values("finished_at")[:1]),
    )


JOBS = Register(
    key="jobs",
    title="后台作业",
    act="jobs.view",
    source=_source,
    subtitle="导入等耗时的工作在后台运行；失败的可以查看原因后重试。",
    columns=(
        Column("name", "作业", title=True, frozen=True, link=True, show=lambda name, row: label_of(name)),
        Column("status", "状态", "badge", choices=LABELS, tones=TONES),
        Column("done", "完成", "int"),
        Column("total", "总数", "int"),
        Column("note", "说明", width=20),
        Column("submitted_at", "提交时间", "datetime", sort=True),
        Column("updated_at", "最近进展", "datetime", sort=True),
        Column("finished_at", "结束时间", "datetime"),
    ),
    tabs=Tabs("status", LABELS),
    default_order="-submitted_at",
    row_route=("jobs:show", {"pk": "id"}),
    drawer=False,
    exports=(),
    empty=Empty("没有后台作业", "大文件导入等工作提交后出现在这里。", "导入文件", "importing:start"),
)
