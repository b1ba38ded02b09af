"""Registers of the inbox: 待办, 已办, 消息, and the open tasks of a region for those who may urge."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from markupsafe import Markup

from gongbu.ground.basics import clock
from gongbu.ground.inbox import kinds, queries
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.orgs.models import Holding
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.registers.columns import badge
from gongbu.ground.registers.filters import ChoiceFilter, DateFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Column, Empty, Register, RowAction, Tabs

LAMPS = {"OVERDUE": "已逾期", "TODAY": "今日到期", "SOON": "三个工作日内", "RUNNING": "未到期", "NONE": "无期限"}
LAMP_TONES = {"OVERDUE": "bad", "TODAY": "warn", "SOON": "wait", "RUNNING": "good", "NONE": "plain"}
MESSAGE_TONES = {"INFO": "info", "URGE": "warn", "WARN": "wait"}


def with_lamp(rows: "QuerySet[Task]", on: date) -> "QuerySet[Task]":
    """Return the tasks with their light as a column, so that tabs can count and narrow by it."""
    soon = queries.soon_until(on)
    return rows.annotate(
        due_sort=Coalesce("due_on", Value(date.max)),  # no due day comes last, on both databases
        lamp=Case(
            When(due_on=None, then=Value("NONE")),
            When(due_on__lt=on, then=Value("OVERDUE")),
            When(due_on=on, then=Value("TODAY")),
            When(due_on__lte=soon, then=Value("SOON")),
            default=Value("RUNNING"),
            output_field=CharField(),
        ),
    )


def _open_source(request: HttpRequest) -> "QuerySet[Task]":
    on, person_id = clock.today(), _person(request)
    own = Holding.objects.filter(
        in_force(on), post_id=OuterRef("post_id"), person_id=person_id, kind=Holding.Kind.HOLDS
    )
    return with_lamp(queries.open_tasks(person_id, on), on).annotate(is_own=Exists(own))


def _done_source(request: HttpRequest) -> "QuerySet[Task]":
    return queries.done_tasks(_person(request))


def _message_source(request: HttpRequest) -> "QuerySet[Message]":
    unread = Case(When(read_at=None, then=Value("UNREAD")), default=Value("READ"), output_field=CharField())
    return Message.objects.filter(person_id=_person(request)).annotate(state=unread)


def _region_source(request: HttpRequest) -> "QuerySet[Task]":
    scope = request.actor.scope("inbox.urge")  # type: ignore[attr-defined]
    return with_lamp(Task.objects.filter(scope, state=Task.State.OPEN), clock.today())


def _person(request: HttpRequest) -> int:
    return request.actor.person_id or 0  # type: ignore[attr-defined]


def _due(due_on: date | None, row: Mapping[str, Any]) -> Markup | str:
    if due_on is None:
        return "—"
    lamp = row["lamp"]
    label = LAMPS[lamp]
    if lamp == "OVERDUE":
        label = f"逾期 {(clock.today() - due_on).days} 天"
    day: Markup | str = due_on.isoformat()
    if row["is_provisional"]:
        day = Markup("{} {}").format(day, badge("暂定", "wait"))
    return day if lamp == "RUNNING" else Markup("{} {}").format(day, badge(label, LAMP_TONES[lamp]))


def _title(title: str, row: Mapping[str, Any]) -> Markup | str:
    if not row["urged_times"]:
        return title
    return Markup("{} {}").format(title, badge(f"催办 {row['urged_times']} 次", "warn"))


def _post(name: str | None, row: Mapping[str, Any]) -> Markup | str:
    if name is None:
        return "本人"
    if row["is_own"]:
        return name
    return Markup("{} {}").format(name, badge("受托", "info"))


def _holder(name: str | None, row: Mapping[str, Any]) -> str:
    if name is None:
        return str(row["person__name"])
    return f"{row['post__unit__name']}·{name}"


def _done_as(name: str, row: Mapping[str, Any]) -> Markup | str:
    return Markup("{} {}").format(name, badge("受托", "info")) if row["done_as_delegate"] else name


def _read(state: str, row: Mapping[str, Any]) -> Markup:
    return badge("未读", "info") if state == "UNREAD" else badge("已读", "plain")


_LABEL = Column("subject_label", "对象", width=14, phone="keep")
_ROOM = Column("room", "类别", "choice", choices=kinds.rooms(), show=lambda room, row: kinds.label(room))

TASKS = Register(
    key="tasks",
    title="待办",
    act="inbox.view",
    source=_open_source,
    columns=(
        Column("title", "事项", title=True, frozen=True, width=18, link=True, show=_title, needs=("urged_times",)),
        _LABEL,
        _ROOM,
        Column("due_on", "到期日", "date", sort="due_sort", show=_due, needs=("lamp", "is_provisional"), phone="keep"),
        Column("post__name", "岗位", width=8, show=_post, needs=("is_own",)),
        Column("opened_by", "交办人", width=6),
        Column("opened_at", "交办日期", "date", sort=True),
    ),
    filters=(
        TextFilter("q", "事项", ("title", "subject_label"), placeholder="事项或项目名称"),
        ChoiceFilter("room", "类别", "room", lambda request: kinds.rooms()),
        DateFilter("due", "到期日", "due_on"),
    ),
    tabs=Tabs("lamp", LAMPS, all_label="全部待办"),
    default_order="due_on",
    row_route=("inbox:open", {"pk": "id"}),
    drawer=("inbox:task", {"pk": "id"}),
    row_actions=(RowAction("办理", ("inbox:open", {"pk": "id"})),),
    empty=Empty(
        "没有待办", "分配给您或您岗位的事项会出现在这里；受托办理的事项带“受托”标记。", "查看已办", "inbox:done"
    ),
)

DONE = Register(
    key="done",
    title="已办",
    act="inbox.view",
    source=_done_source,
    columns=(
        Column("title", "事项", title=True, frozen=True, width=24, link=True),
        _LABEL,
        _ROOM,
        Column("outcome", "结果", width=14, phone="keep"),
        Column("done_by_name", "办理人", show=_done_as, needs=("done_as_delegate",)),
        Column("due_on", "到期日", "date", sort=True),
        Column("done_at", "办结时间", "datetime", sort=True, phone="keep"),
    ),
    filters=(
        TextFilter("q", "事项", ("title", "subject_label"), placeholder="事项或项目名称"),
        ChoiceFilter("room", "类别", "room", lambda request: kinds.rooms()),
        DateFilter("done", "办结日", "done_at", is_moment=True),
    ),
    default_order="-done_at",
    row_route=("inbox:open", {"pk": "id"}),
    drawer=("inbox:task", {"pk": "id"}),
    empty=Empty("还没有已办", "办结的事项会留在这里，岗位交接后仍可查看。", "去办待办", "inbox:tasks"),
)

MESSAGES = Register(
    key="messages",
    title="消息",
    act="inbox.view",
    source=_message_source,
    columns=(
        Column("title", "标题", title=True, frozen=True, width=30),
        Column("tone", "类别", "badge", choices=Message.Tone, tones=MESSAGE_TONES),
        Column("sender", "发送人"),
        Column("sent_at", "时间", "datetime", sort=True),
        Column("state", "状态", show=_read, phone="state"),
    ),
    filters=(TextFilter("q", "内容", ("title", "text"), placeholder="标题或内容"),),
    tabs=Tabs("state", {"UNREAD": "未读", "READ": "已读"}),
    default_order="-sent_at",
    drawer=("inbox:message", {"pk": "id"}),
    exports=(),
    empty=Empty("没有消息", "办理结果、催办和到期提醒会出现在这里。", "去办待办", "inbox:tasks"),
)

REGION_TASKS = Register(
    key="region-tasks",
    title="在办督促",
    act="inbox.urge",
    source=_region_source,
    subtitle="本地区各岗位尚未办结的事项，可查看并催办。",
    columns=(
        Column("title", "事项", title=True, frozen=True, width=24, show=_title, needs=("urged_times",)),
        _LABEL,
        _ROOM,
        Column(
            "post__name", "办理岗位", width=20, show=_holder, needs=("post__unit__name", "person__name"), phone="keep"
        ),
        Column("due_on", "到期日", "date", sort="due_sort", show=_due, needs=("lamp", "is_provisional"), phone="keep"),
        Column("opened_at", "交办时间", "datetime", sort=True),
    ),
    filters=(
        TextFilter("q", "事项", ("title", "subject_label"), placeholder="事项或项目名称"),
        RegionFilter("region", "区划"),
        ChoiceFilter("room", "类别", "room", lambda request: kinds.rooms()),
    ),
    tabs=Tabs("lamp", LAMPS),
    default_order="due_on",
    drawer=("inbox:task", {"pk": "id"}),
    empty=Empty("没有在办事项", "本地区各岗位交办的事项在这里；现在都已办结。", "查看办理时限", "calendar:deadlines"),
)
