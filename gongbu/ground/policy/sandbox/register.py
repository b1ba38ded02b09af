"""The registers of the sandbox: trials, and the rows that would change."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from gongbu.ground.basics.text import read_id
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy.sandbox import services, sources
from gongbu.ground.policy.sandbox.models import Trial, TrialRow
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Button, Empty, Register, Tabs

CRUMBS = (("制度包", "/policy/"),)
STATE_TONES = {"DRAFT": "wait", "ADOPTED": "good", "DISCARDED": "off"}
REPLAY_TONES = {"NONE": "off", "RUNNING": "info", "DONE": "good", "FAILED": "bad"}


def _scope(actor: Actor, name: str) -> Q:
    return actor.scope(services.VIEW, name)


def list_trials(actor: Actor) -> "QuerySet[Trial]":
    """Return the trials of the actor's regions, unevaluated."""
    return Trial.objects.filter(_scope(actor, "region_key"))


def list_rows(actor: Actor) -> "QuerySet[TrialRow]":
    """Return the rows of the actor's trials, unevaluated."""
    return TrialRow.objects.filter(_scope(actor, "trial__region_key"))


def _rows(request: HttpRequest) -> "QuerySet[TrialRow]":
    rows = list_rows(request.actor)  # type: ignore[attr-defined]
    number = read_id(request.GET.get("trial", ""))
    return rows.filter(trial_id=number) if number is not None else rows


def _trials_of(request: HttpRequest) -> list[tuple[str, str]]:
    rows = list_trials(request.actor).order_by("-pk")  # type: ignore[attr-defined]
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:200]]


def _moves_of(request: HttpRequest) -> list[tuple[str, str]]:
    found = _rows(request).order_by("move").values_list("move", flat=True).distinct()[:200]
    return [(move, move) for move in found]


def _tables_of(request: HttpRequest) -> list[tuple[str, str]]:
    return list(_rows(request).order_by("table_key").values_list("table_key", "table_label").distinct()[:100])


def _show_source(value: Any, _row: Mapping[str, Any]) -> Any:
    return sources.label_of(str(value))


TRIALS = Register(
    key="trials",
    title="制度沙盘",
    act=services.VIEW,
    subtitle="改一条制度，先在历次判定和今天的项目上试算，看谁会变、变多少，再决定是否采用。草稿不改变任何判定。",
    source=lambda request: list_trials(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("name", "名称", title=True, frozen=True, link=True, width=22),
        Column("base_label", "制度包", width=12, phone="keep"),
        Column("version", "试行版本", kind="code"),
        Column("region__name", "区划"),
        Column("on", "假定施行日", kind="date", sort=True),
        Column("state", "状态", kind="badge", choices=Trial.State, tones=STATE_TONES),
        Column("replay_state", "试算", kind="badge", choices=Trial.Replay, tones=REPLAY_TONES),
        Column("changed", "会变的项目", kind="int", phone="keep"),
        Column("money_fen", "涉及总投资", kind="wan", phone="keep"),
        Column("last_by", "最近修改"),
        Column("updated_at", "修改时间", kind="datetime", sort=True),
    ],
    tabs=Tabs("state", Trial.State),
    default_order="-updated_at",
    row_route=("sandbox:trial", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("新建试行草稿", "sandbox:open", icon="plus", kind="primary", act=services.TRY)],
    exports=(),
    crumbs=CRUMBS,
    empty=Empty("还没有试行草稿", "选一个制度包，改一个界限或数值，试算后再决定是否采用。", "新建试行草稿", "sandbox:open"),
)  # fmt: skip

ROWS = Register(
    key="trial_rows",
    title="试算会变的事项",
    act=services.VIEW,
    source=_rows,
    columns=[
        Column("name", "名称", title=True, frozen=True, link=True, width=26),
        Column("source", "来源", show=_show_source),
        Column("table_label", "判定事项", width=12),
        Column("part", "年度", kind="text"),
        Column("region_name", "主管区划"),
        Column("before_label", "现行", sort=True, phone="keep"),
        Column("before_row", "现行规则行", kind="code", listed=False),
        Column("after_label", "试行", sort=True, phone="keep"),
        Column("after_row", "试行规则行", kind="code", listed=False),
        Column("money_fen", "总投资", kind="wan", sort=True),
        Column("has_conflict", "与上位法抵触", kind="bool"),
    ],
    filters=[
        ChoiceFilter("trial", "试行草稿", "trial_id", _trials_of),
        TextFilter("q", "名称", fields=["name"]),
        ChoiceFilter("source", "来源", "source", lambda _request: [(s.key, s.label) for s in sources.all_sources()]),
        ChoiceFilter("move", "变化", "move", _moves_of),
        ChoiceFilter("table", "判定事项", "table_key", _tables_of, more=True),
        ChoiceFilter("conflict", "与上位法", "has_conflict", [("YES", "试行后抵触"), ("NO", "不抵触")], more=True,
                     apply=lambda rows, value: rows.filter(has_conflict=value == "YES")),
        RegionFilter("region", "主管区划", more=True),
    ],
    default_order="id",
    row_route=("sandbox:row", {"pk": "id"}),
    drawer=False,
    crumbs=(*CRUMBS, ("制度沙盘", "/policy/sandbox/")),
    empty=Empty("没有会变的事项", "这份草稿还没有试算，或试算后没有事项改变。"),
)  # fmt: skip
