"""时间线: the ledger entries of a project in words: what changed, who did it, when it counts, when it was recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.basics.money import as_wan
from gongbu.ground.ledger import kinds
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger.queries import DEFAULT_TOLERANCE_DAYS, TimelineRow
from gongbu.ground.ledger.rules import Lateness, lateness
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.rules.policy import Policy
from gongbu.mainline.projects import fields
from gongbu.mainline.projects.choices import MemberRole, State, WorksLevel

WITHOUT_WORDS = frozenset(
    {"sort_pinyin", "owner_unit_id", "decision", "unit_id", "section", "parent_id", *fields.PRECISIONS}
)
_HOW = dict(zip(fields.DATES, fields.PRECISIONS, strict=True))
_LABELS = {
    "project_code": "项目代码", "state": "档案状态", "region": "主管区划", "origin": "来源方式", "annual": "年度投资",
    "parts": "拆分为", "into": "并入", "from": "来自", "projects": "所含项目", "papers": "已有批文",
    "contracted_fen": "期初合同额", "completed_fen": "完成投资", "paid_fen": "期初累计支付",
    "planned_fen": "计划投资", "number": "编号", "level": "层级", "works_code": "工程代码", "scale": "规模",
    "investment_fen": "投资", "works": "工程", "unit": "单位", "role": "身份", "site_regions": "建设地点所在区划",
    "parent": "上级项目", "classification": "分类分级",
    "meeting": "会议", "agenda_item": "议题", "resolution": "议定结果", "resolution_text": "议定意见",
    "conditions": "附带条件", "resolution_due_on": "完成时限", "responsible": "责任单位",
}  # fmt: skip
_CHOICES: dict[str, Any] = {**fields.CHOICES, "state": State, "role": MemberRole, "level": WorksLevel}
# What a plain key means in the entry of a part.
_NAMES = {
    "project.works_added": {"name": "工程名称"},
    "project.section_added": {"name": "标段名称", "number": "标段号"},
}
_CREATES = frozenset({"project.created", "project.taken_over", "project.split_off", "project.merged_into"})


def add_words(labels: Mapping[str, str], choices: Mapping[str, Any] | None = None) -> None:
    """Let a room word the facts of its own entries on a project (called from its ``AppConfig.ready``)."""
    _LABELS.update(labels)
    _CHOICES.update(choices or {})


Closed = Callable[[Sequence[TimelineRow]], Mapping[int, str]]
_CLOSED: dict[str, Closed] = {}


def close_facts(kind: str, closed: Closed) -> None:
    """Let a room keep the facts of its entries of a kind from view for a while (from its ``AppConfig.ready``).

    ``closed(rows)`` returns entry id → why, of those whose facts are not shown now; at most one query, none without rows.
    """
    _CLOSED[kind] = closed


@dataclass(frozen=True, slots=True)
class Change:
    """One changed fact in words; ``old`` is empty when there was none before."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Event:
    """One entry as shown: legal day, recording moment, lateness (补录), who, what, receipt, answers of policy."""

    entry_id: int
    kind: str
    title: str
    occurred_on: date
    recorded_at: datetime
    is_late: bool
    late_days: int
    is_simulated: bool
    who: str
    changes: list[Change] = field(default_factory=list)
    answers: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    receipt: str | None = None
    is_corrected: bool = False


TOLERANCE = "records.late_entry_tolerance_days"


def list_events(project_id: int, region_id: int, *, limit: int = 200) -> list[Event]:
    """Return the newest events of a project (2 queries, plus those that find the region's packs).

    How late counts as 补录 is a parameter of the region's packs, in the version of the day of recording (GO-07).
    """
    policy = policy_queries.policy_for(region_id, clock.today())
    rows = ledger.list_for_subject("project", project_id, limit=limit)
    tolerances = {day: _tolerance(policy, day) for day in {recorded_on(row.recorded_at) for row in rows}}
    events = [
        as_event(row, lateness(row.occurred_on, row.recorded_at, tolerances[recorded_on(row.recorded_at)]))
        for row in rows
    ]
    why = find_closed(rows)
    return [replace(one, changes=[], reason=why[one.entry_id]) if one.entry_id in why else one for one in events]


def find_closed(rows: Sequence[TimelineRow]) -> dict[int, str]:
    """Return entry id → why its facts are not shown now, as the rooms say that wrote them."""
    found: dict[int, str] = {}
    for kind, closed in _CLOSED.items():
        if mine := [row for row in rows if row.kind == kind]:
            found.update(closed(mine))
    return found


def recorded_on(at: datetime) -> date:
    """Return the day of recording in Asia/Shanghai."""
    return at.astimezone(clock.SHANGHAI).date()


def _tolerance(policy: Policy, on: date) -> int:
    try:
        return int(str(policy.at(TOLERANCE, on).value))
    except Refusal:  # a book kept before the parameter existed
        return DEFAULT_TOLERANCE_DAYS


def as_event(row: TimelineRow, late: Lateness) -> Event:
    """Word one entry; ``late`` says how long after the legal day it was recorded."""
    content = row.content
    actor = row.actor
    where = " ".join(part for part in (actor.get("unit_name"), actor.get("post_name")) if part)
    before, after = content.get("before") or {}, content.get("after") or {}
    extra = content.get("extra") or {}
    changes = [] if row.kind in _CREATES else list_changes(before, after, _NAMES.get(row.kind, {}))
    title = kinds.label(row.kind)
    if extra.get("year"):
        title = f"{title}（{extra['year']} 年）"
    return Event(
        entry_id=row.entry_id,
        kind=row.kind,
        title=title,
        occurred_on=row.occurred_on,
        recorded_at=row.recorded_at,
        is_late=late.is_late,
        late_days=late.days,
        is_simulated=row.clock == "SIMULATED",
        who=f"{actor.get('name', '')}（{where}）" if where else str(actor.get("name", "")),
        changes=changes,
        answers=after.get("classification") or {},
        reason=str(extra.get("reason", "")),
        receipt=row.receipt,
        is_corrected=row.corrected_by_id is not None,
    )


def list_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str] | None = None
) -> list[Change]:
    """Return the changed facts in words, in the order of the catalogue."""
    keys = [key for key in after if key not in WITHOUT_WORDS and key != "classification"]
    order = list(fields.labels())
    keys.sort(key=lambda key: order.index(key) if key in order else 999)
    return [
        Change((names or {}).get(key) or label(key), _say_in(before, key), _say_in(after, key))
        for key in keys
        if before.get(key) != after[key] and (_say_in(after, key) or _say_in(before, key))
    ]


def _say_in(facts: Mapping[str, Any], key: str) -> str:
    """Word one fact of an entry; a planned day no more exactly than the entry knew it."""
    value = facts.get(key)
    if value and key in _HOW and facts.get(_HOW[key]):
        return fields.say_day(date.fromisoformat(value), facts[_HOW[key]])
    return say(key, value)


def label(key: str) -> str:
    """Return what a key of an entry on a project is called."""
    return _LABELS.get(key) or fields.label_of(key)


def say(key: str, value: Any) -> str:
    """Return a value of an entry in words: labels of choices, 万元 for amounts, names joined."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if key in _CHOICES:
        return str(dict(_CHOICES[key].choices).get(value, value))
    if key.endswith("_fen") and isinstance(value, int):
        return f"{as_wan(value)} 万元"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(_item(item) for item in value)
    text = str(value)
    return text if len(text) <= 120 else text[:118] + "……"


def _item(item: Any) -> str:
    if isinstance(item, Mapping):
        return str(item.get("number") or item.get("name") or "")
    if isinstance(item, Sequence) and not isinstance(item, str):
        name, *more = item
        amounts = [f"{as_wan(part)} 万元" for part in more if isinstance(part, int)]
        return f"{name}（{'，'.join(amounts)}）" if amounts else str(name)
    return str(item)
