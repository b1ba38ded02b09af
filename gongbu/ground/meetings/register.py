"""会议台账 and 议定事项台账."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from markupsafe import Markup

from gongbu.ground.meetings import kinds, queries
from gongbu.ground.meetings.models import AgendaItem, Meeting
from gongbu.ground.registers.columns import Column, badge
from gongbu.ground.registers.filters import ChoiceFilter, DateFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Button, Empty, Register, Tabs

STATE_TONES = {"DRAFT": "off", "CALLED": "wait", "HELD": "info", "CLOSED": "good", "CANCELLED": "plain"}
RESOLUTION_TONES = {
    "AGREED": "good", "CONDITIONAL": "warn", "NOT_AGREED": "bad", "NOTED": "info", "DEFERRED": "wait", "WITHDRAWN": "off",
}  # fmt: skip
SETTLED = [pair for pair in AgendaItem.Resolution.choices if pair[0] != "WITHDRAWN"]


def _kind(code: str, _row: Mapping[str, Any]) -> str:
    return kinds.label(code)


def _day(held_on: Any, row: Mapping[str, Any]) -> str:
    if held_on is None:
        return "待定"
    return f"{held_on.isoformat()} {row['begins_at']:%H:%M}" if row["begins_at"] else held_on.isoformat()


def _agenda(total: int, row: Mapping[str, Any]) -> Markup | str:
    if row["items_open"] and row["state"] == Meeting.State.HELD:
        return Markup("{} {}").format(total, badge(f"{row['items_open']} 项待议定", "wait"))
    return str(total)


def _drawer(request: HttpRequest, row: Mapping[str, Any]) -> str:
    from gongbu.ground.registers.pages import render_text

    rows = queries.list_agenda_of(row["id"])
    return render_text(request, "meetings/_drawer.html", {"items": rows, "tones": RESOLUTION_TONES})


MEETINGS = Register(
    key="meetings",
    title="会商",
    act="meetings.view",
    subtitle="领导小组、专题、联席、协同会商等会议的议程、签到、议定事项和纪要。",
    source=lambda request: queries.list_meetings(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("title", "会议名称", title=True, link=True, width=22),
        Column("number", "期次"),
        Column("kind", "类别", show=_kind, phone="keep"),
        Column("held_on", "召开时间", kind="date", sort=True, show=_day, needs=("begins_at",), phone="keep"),
        Column("place", "地点", width=10),
        Column("host_name", "召集单位", width=12),
        Column("clerk_name", "承办单位", listed=False),
        Column("items_total", "议题", kind="int", show=_agenda, needs=("items_open", "state"), phone="keep"),
        Column("state", "状态", kind="badge", choices=Meeting.State, tones=STATE_TONES),
        Column("receipt", "回执编号", kind="code", listed=False),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["title", "number", "place", "host_name"], placeholder="名称、期次、地点、单位"),
        ChoiceFilter("kind", "类别", "kind", lambda _request: kinds.choices()),
        DateFilter("held", "召开日期", "held_on"),
        RegionFilter("region", "区划", more=True),
    ],
    tabs=Tabs("state", Meeting.State),
    default_order="-held_on",
    row_route=("meetings:meeting", {"pk": "id"}),
    drawer_body=_drawer,
    toolbar=[
        Button("筹备会议", "meetings:draft", icon="plus", kind="primary", act="meetings.draft"),
        Button("议定事项", "meetings:settled", icon="list-check", act="meetings.view"),
        Button("每月专题调度", "meetings:dispatch", icon="calendar-stats", act="meetings.view"),
    ],
    empty=Empty("还没有会议", "筹备、召集的会议在这里显示，开会时逐项记录，会后留纪要和回执。", "筹备会议", "meetings:draft"),
)  # fmt: skip


def _subject(label: str, row: Mapping[str, Any]) -> str:
    return label or "—"


def _source(request: HttpRequest) -> Any:
    return queries.list_settled(request.actor)  # type: ignore[attr-defined]


SETTLED_ITEMS = Register(
    key="settled",
    title="议定事项",
    act="meetings.view",
    subtitle="已办结会议逐项议定的结果、条件、责任单位和完成时限。",
    source=_source,
    columns=[
        Column("title", "议题", title=True, link=("meetings:meeting", {"pk": "meeting_id"}), width=20),
        Column("subject_label", "议题对象", width=14, show=_subject),
        Column("resolution", "议定结果", kind="badge", choices=SETTLED, tones=RESOLUTION_TONES),
        Column("resolution_text", "议定意见", width=20, phone="keep"),
        Column("conditions", "附带条件", listed=False),
        Column("responsible_name", "责任单位", width=11, phone="keep"),
        Column("due_on", "完成时限", kind="date", sort=True, phone="keep"),
        Column("meeting__title", "会议", width=14, listed=False),
        Column("meeting__number", "期次"),
        Column("meeting__held_on", "召开日期", kind="date", sort=True),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["title", "subject_label", "responsible_name", "meeting__title"],
                   placeholder="议题、对象、责任单位、会议"),
        ChoiceFilter("kind", "会议类别", "meeting__kind", lambda _request: kinds.choices()),
        DateFilter("due", "完成时限", "due_on"),
        DateFilter("held", "召开日期", "meeting__held_on", more=True),
    ],
    tabs=Tabs("resolution", SETTLED),
    default_order="-meeting__held_on",
    crumbs=[("会商", "/meetings/")],
    empty=Empty("还没有议定事项", "会议办结后，逐项议定的结果在这里汇总。", "查看会商", "meetings:list"),
)  # fmt: skip
