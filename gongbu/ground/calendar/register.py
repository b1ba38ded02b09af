"""时限台账: the running and closed limits a person may see."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from markupsafe import Markup

from gongbu.ground.basics import clock
from gongbu.ground.calendar import queries
from gongbu.ground.calendar.models import Deadline
from gongbu.ground.calendar.rules.counting import UNIT_LABELS, Lamp, Remaining, Unit, compute_remaining
from gongbu.ground.registers.columns import badge
from gongbu.ground.registers.filters import ChoiceFilter, DateFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Column, Empty, Register, Tabs

TONES = {"RUNNING": "info", "STOPPED": "off", "CLOSED": "good", "CANCELLED": "plain"}
_LAMP_TONES = {Lamp.OVERDUE: "bad", Lamp.TODAY: "warn", Lamp.SOON: "wait", Lamp.RUNNING: "good"}


def show_lamp(remaining: Remaining) -> Markup:
    """Return the light of a due day: word, shape and colour."""
    words = {
        Lamp.OVERDUE: f"逾期 {-remaining.workdays} 个工作日" if remaining.workdays else "逾期（非工作日）",
        Lamp.TODAY: "今日到期",
        Lamp.SOON: f"剩 {remaining.workdays} 个工作日",
        Lamp.RUNNING: f"剩 {remaining.workdays} 个工作日",
    }
    return badge(words[remaining.lamp], _LAMP_TONES[remaining.lamp])


def _limit(amount: int, row: Mapping[str, Any]) -> str:
    total = amount + row["extension_amount"]
    tail = f"（含延长 {row['extension_amount']}）" if row["extension_amount"] else ""
    return f"{total} {UNIT_LABELS[Unit(row['limit_unit'])]}{tail}"


def _due(due_on: date | None, row: Mapping[str, Any]) -> Markup | str:
    if due_on is None:
        return "暂停中" if row["status"] == Deadline.Status.STOPPED else "—"
    day: Markup | str = due_on.isoformat()
    if row["is_provisional"]:
        day = Markup("{} {}").format(day, badge("暂定", "wait"))
    if row["status"] != Deadline.Status.RUNNING:
        return day
    calendar = queries.peek_calendar(row["region_key"])
    return Markup("{} {}").format(day, show_lamp(compute_remaining(due_on, clock.today(), calendar)))


def _status(status: str, row: Mapping[str, Any]) -> Markup:
    label = Deadline.Status(status).label
    if status == Deadline.Status.CLOSED and row["is_late"]:
        return badge("逾期办结", "warn")
    return badge(str(label), TONES[status])


def _source(request: HttpRequest) -> "QuerySet[Deadline]":
    queries.get_calendar()  # fresh for the lamps of this page
    rows = Deadline.objects.visible_to(request.actor, "calendar.list_deadlines")  # type: ignore[attr-defined]
    return rows.annotate(due_sort=Coalesce("due_on", Value(date.max)))  # stopped ones come last, on both databases


DEADLINES = Register(
    key="deadlines",
    title="办理时限",
    act="calendar.list_deadlines",
    source=_source,
    subtitle="按工作日历推算到期日；补正、听证、评审等依法不计入的时间自动扣除。",
    columns=(
        Column("subject_label", "事项", title=True, frozen=True, width=24),
        Column("title", "时限", width=16, phone="keep"),
        Column("limit_amount", "期限", show=_limit, needs=("extension_amount", "limit_unit")),
        Column("started_at", "起算日", "date", sort=True),
        Column(
            "due_on", "到期日", "date", sort="due_sort", show=_due, needs=("status", "is_provisional", "region_key"),
        ),
        Column("status", "状态", "choice", choices=Deadline.Status, show=_status, needs=("is_late",), phone="state"),
        Column("closed_on", "办结日", "date", sort=True, phone="hide"),
    ),
    filters=(
        TextFilter("q", "事项", ("subject_label", "title"), placeholder="事项或时限名称"),
        RegionFilter("region", "区划"),
        DateFilter("due", "到期日", "due_on"),
        ChoiceFilter("unit", "单位", "limit_unit", {u.value: text for u, text in UNIT_LABELS.items()}, more=True),
    ),
    tabs=Tabs("status", Deadline.Status),
    default_order="due_on",
    drawer=("calendar:deadline", {"pk": "id"}),
    empty=Empty("还没有时限", "事项受理后在这里看到它的到期日、暂停和延长。", "去办待办", "inbox:tasks"),
)  # fmt: skip
