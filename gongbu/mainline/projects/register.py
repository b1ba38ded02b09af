"""项目库: the register of projects over the flat status rows."""

from collections.abc import Hashable, Mapping
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from markupsafe import Markup, escape

from gongbu.ground.basics import clock
from gongbu.ground.basics.money import as_wan
from gongbu.ground.ledger.queries import get_newest_id
from gongbu.ground.registers.columns import Column, badge
from gongbu.ground.registers.filters import ChoiceFilter, RangeFilter, RegionFilter, TextFilter
from gongbu.ground.registers.jinja import NOT_REPORTED, UNKNOWN
from gongbu.ground.registers.register import BatchAction, Button, Empty, Register, Tabs
from gongbu.mainline.projects import fields, movement, queries, withholding
from gongbu.mainline.projects.choices import EarlyStage, FundingNature, Kind, Origin, Stage, WorksType

STAGE_TONES = {
    "RESERVE": "off", "APPROVAL": "wait", "DESIGN": "wait", "PROCUREMENT": "wait", "CONSTRUCTION": "info",
    "ACCEPTANCE": "info", "OPERATION": "good", "BUILT": "good", "UNKNOWN": "plain",
}  # fmt: skip
_STAGE = {code: badge(label, STAGE_TONES[code]) for code, label in Stage.choices}
_EARLY_STAGE = {
    code: Markup('<span title="{}">{}</span>').format(Stage.RESERVE.label, badge(label, STAGE_TONES["RESERVE"]))
    for code, label in EarlyStage.choices
}
_WAITING = badge("待认定", "warn")
_CLASS = {"CLASS_1": "一类", "CLASS_2": "二类", "CLASS_3": "三类"}
_KIND = dict(Kind.choices)
CATALOGUE_CHOICES = [("YES", "已纳入"), ("NO", "未纳入")]
GRADE_CHOICES = [("A", "A 级"), ("B", "B 级"), ("C", "C 级"), ("UNDETERMINED", "待人工认定"), ("NONE", "未分级")]


def _show_stage(value: Any, row: Mapping[str, Any]) -> Any:
    early = row["early_stage"]
    if not early:
        return _STAGE[value]
    return _EARLY_STAGE[early]


def _show_name(value: Any, row: Mapping[str, Any]) -> Any:
    if row["kind"] == Kind.PROJECT:
        return value
    return Markup("{} {}").format(value, badge(_KIND[row["kind"]], "plain"))


def _show_code(value: Any, row: Mapping[str, Any]) -> Any:
    if not value:
        return NOT_REPORTED if row["kind"] != Kind.PACKAGE else UNKNOWN
    return Markup(f'<span class="g-code">{escape(value)}</span>')  # noqa: S704 — escaped; format() costs ten times as much


def _show_grade(value: Any, row: Mapping[str, Any]) -> Any:
    """Return the grade and the initiation class, as the region's packs give one, both or none of them."""
    if "UNDETERMINED" in (row["grade"], row["initiation_class"]):
        return _WAITING
    return "、".join(part for part in (value, _CLASS.get(row["initiation_class"], "")) if part) or UNKNOWN


def _show_owner(value: Any, row: Mapping[str, Any]) -> Any:
    return value or (UNKNOWN if row["kind"] == Kind.PACKAGE else NOT_REPORTED)


def _show_total(value: Any, row: Mapping[str, Any]) -> Any:
    if value is not None:
        return as_wan(value)
    return UNKNOWN if row["kind"] == Kind.PACKAGE else NOT_REPORTED


def _show_funding(value: Any, _row: Mapping[str, Any]) -> Any:
    return NOT_REPORTED if value == FundingNature.UNKNOWN else escape(dict(FundingNature.choices).get(value, value))


def _by_grade(rows: Any, value: str) -> Any:
    return rows.filter(grade="" if value == "NONE" else value)


def _by_catalogue(rows: Any, value: str) -> Any:
    year = clock.today().year
    return rows.filter(catalogue_year=year) if value == "YES" else rows.exclude(catalogue_year=year)


def _by_counted(rows: Any, value: str) -> Any:
    return rows.filter(is_leaf=value == "YES")


def _by_early(rows: Any, value: str) -> Any:
    return rows.filter(early_stage="" if value == "NONE" else value)


MOVED_CHOICES = [(movement.NEW, "本月新建档"), *((code, f"本月进入{label}") for code, label in Stage.choices)]


def _by_sector(rows: Any, word: str) -> Any:
    return rows.filter(sector="") if word == "未报" else rows.filter(sector__icontains=word)


def _by_this_year(rows: Any, value: str) -> Any:
    known = "year_planned_fen" if value == "PLANNED" else "year_completed_fen"
    return rows.filter(year=clock.today().year, **{f"{known}__isnull": False})


_UNREPORTED = {
    "TOTAL": Q(total_investment_fen=None), "CODE": Q(code=""), "OWNER": Q(owner_name=""),
    "UNIT": Q(owner_unit_id=None) & ~Q(owner_name=""), "FUNDING": Q(funding_nature=FundingNature.UNKNOWN), "STAGE": Q(stage=Stage.UNKNOWN),
    "WORKS": Q(works_type=""),
}  # fmt: skip
UNREPORTED_CHOICES = [("TOTAL", "总投资未报"), ("CODE", "项目代码未报"), ("OWNER", "建设单位未报"), ("UNIT", "建设单位未与单位库对应"),
                      ("FUNDING", "资金性质未报"), ("STAGE", "阶段未报"), ("WORKS", "工程类别未报")]  # fmt: skip


def _by_unreported(rows: Any, value: str) -> Any:
    return rows.filter(_UNREPORTED[value])


def _stamp(_request: HttpRequest) -> Hashable:
    """Every act leaves an entry, so the newest one tells whether counts may have changed; a minute is the longest."""
    return get_newest_id(), int(clock.now().timestamp()) // 60


PROJECTS = Register(
    key="projects",
    title="项目库",
    act="projects.view",
    source=lambda request: queries.list_statuses(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("name", "项目名称", title=True, frozen=True, link=True, sort="sort_key", width=26, needs=("kind",),
               show=_show_name),
        Column("code", "项目代码", kind="code", show=_show_code, needs=("kind",), sort=True),
        Column("region_name", "主管区划", width=5, sort="region_key", phone="keep"),
        Column("stage", "阶段", kind="badge", choices=Stage, show=_show_stage, needs=("early_stage",),
               sort="stage_order"),
        Column("grade_label", "分级分类", kind="badge", show=_show_grade, needs=("grade", "initiation_class"),
               sort="grade"),
        Column("total_investment_fen", "总投资", kind="wan", sort=True, show=_show_total, needs=("kind",), phone="keep"),
        Column("year_planned_fen", "今年计划", kind="wan", sort=True),
        Column("completed_fen", "累计完成", kind="wan", sort=True),
        Column("owner_name", "建设单位", width=9, show=_show_owner, needs=("kind",), phone="keep"),
        Column("funding_nature", "资金性质", kind="choice", choices=FundingNature, show=_show_funding, listed=False),
        Column("initiation_label", "立项分类", listed=False),
        Column("works_type", "工程类别", kind="choice", choices=WorksType, listed=False),
        Column("sector", "行业归口", listed=False),
        Column("planned_start_on", "计划开工", kind="day", listed=False, needs=("planned_start_precision",),
               show=lambda day, row: fields.say_day(day, row["planned_start_precision"]) or UNKNOWN),
        Column("planned_finish_on", "计划竣工", kind="day", listed=False, needs=("planned_finish_precision",),
               show=lambda day, row: fields.say_day(day, row["planned_finish_precision"]) or UNKNOWN),
        Column("origin", "来源方式", kind="choice", choices=Origin, listed=False),
        Column("last_act_at", "最近办理", kind="datetime", sort=True, phone="hide", listed=False),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["search"], placeholder="名称、代码、建设单位", apply=queries.search),
        RegionFilter("region", "主管区划"),
        ChoiceFilter("grade", "分级", "grade", GRADE_CHOICES, apply=_by_grade),
        ChoiceFilter("funding", "资金性质", "funding_nature", FundingNature),
        RangeFilter("total", "总投资", "total_investment_fen", kind="wan", more=True),
        ChoiceFilter("works", "工程类别", "works_type", WorksType, more=True),
        ChoiceFilter("catalogue", "今年集中管理目录", "catalogue_year", CATALOGUE_CHOICES, more=True,
                     apply=_by_catalogue),
        ChoiceFilter("this_year", "今年投资", "year", [("PLANNED", "有今年计划"), ("COMPLETED", "已报今年完成")], more=True,
                     apply=_by_this_year),
        ChoiceFilter("unreported", "未报事项", "code", UNREPORTED_CHOICES, more=True, apply=_by_unreported),
        ChoiceFilter("early", "前期阶段", "early_stage", [*EarlyStage.choices, ("NONE", "未报")], more=True,
                     apply=_by_early),
        TextFilter("sector", "行业归口", fields=["sector"], placeholder="例如 水利，或 未报", more=True, apply=_by_sector),
        ChoiceFilter("moved", "本月变化", "stage", MOVED_CHOICES, more=True, apply=movement.by_moved),
        ChoiceFilter("counted", "汇总口径", "is_leaf", [("YES", "计入汇总的末级项目"), ("NO", "不计入的上级")], more=True,
                     apply=_by_counted),
        ChoiceFilter("origin", "来源方式", "origin", Origin, more=True),
    ],
    tabs=Tabs("stage", Stage),
    default_order="-last_act_at",
    row_route=("projects:show", {"pk": "id"}),
    toolbar=[
        Button("新建项目", "projects:create", icon="plus", kind="primary", act="projects.create"),
        Button("历史接入", "projects:take_over", icon="history", act="projects.take_over"),
        Button("导入", "importing:start", icon="upload", act="projects.import"),
    ],
    batch=[
        BatchAction("合并项目", "projects:merge", act="projects.merge"),
        BatchAction("组成项目包", "projects:make_package", act="projects.make_package"),
    ],
    export_act="projects.export",
    withhold=withholding.withhold,
    count_stamp=_stamp,
    keys_first=True,
    empty=Empty("还没有项目", "新建、历史接入或从表格导入的项目在这里显示。", "新建项目", "projects:create"),
)  # fmt: skip
