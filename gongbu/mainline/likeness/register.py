"""相似项目: the register of pairs that wait for somebody or were decided."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RegionFilter, TextFilter
from gongbu.ground.registers.jinja import UNKNOWN
from gongbu.ground.registers.register import Empty, Register, RowAction, Tabs
from gongbu.mainline.likeness import queries, report_queries, showing
from gongbu.mainline.likeness.choices import FoundRelation, PairState, ReportVerdict, Verdict
from gongbu.mainline.likeness.messages import say
from gongbu.mainline.likeness.services import load

SHOWN_STATES = [(s.value, s.label) for s in (PairState.OPEN, PairState.STATED, PairState.DECIDED)]


def _show_score(value: Any, _row: Mapping[str, Any]) -> Any:
    return showing.percent(value)


def _show_evidence(value: Any, _row: Mapping[str, Any]) -> Any:
    words = [say(evidence) for evidence in load(value)]
    return Markup('<span class="lk-why">{}</span>').format("；".join(words))


def _show_verdict(value: Any, row: Mapping[str, Any]) -> Any:
    if not value:
        return UNKNOWN
    said = f"{showing.VERDICT_LABELS[value]}{'：' + row['reason'] if row['reason'] else ''}"
    return Markup("{} <span class='g-sub'>{}</span>").format(escape(said), row["decided_by"])


PAIRS = Register(
    key="likeness",
    title="相似项目",
    act="likeness.view",
    subtitle="名称、内容相近的在库项目。是否同一项目由人认定，认定结果记入两份档案。",
    source=lambda request: queries.list_pairs(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("b__name", "后建档项目", title=True, link=("projects:show", {"pk": "b_id"}), width=17, needs=("b_id",)),
        Column("a__name", "先建档项目", link=("projects:show", {"pk": "a_id"}), width=17, needs=("a_id",)),
        Column("relation", "判断", kind="badge", choices=FoundRelation, tones=showing.RELATION_TONES),
        Column("score", "相似度", kind="decimal", show=_show_score, sort=True),
        Column("evidence", "依据", show=_show_evidence, width=24),
        Column("state", "状态", kind="badge", choices=PairState, tones=showing.STATE_TONES, listed=False),
        Column("verdict", "认定", choices=Verdict, show=_show_verdict, needs=("reason", "decided_by"), width=12),
        Column("found_on", "发现日期", kind="date", sort=True),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["a__name", "b__name"], placeholder="项目名称"),
        RegionFilter("region", "主管区划"),
        ChoiceFilter("relation", "判断", "relation", FoundRelation.choices),
    ],
    tabs=Tabs("state", SHOWN_STATES),
    default_order="-score",
    drawer=False,
    row_actions=[
        RowAction("认定", ("likeness:decide", {"project_id": "b_id", "other_id": "a_id"}), act="likeness.decide"),
    ],
    export_act="likeness.view",
    empty=Empty("没有待认定的相似项目", "新建、导入、更名的项目都会与在库项目比对，疑似重复的列在这里。"),
)  # fmt: skip


def _show_report_verdict(value: Any, row: Mapping[str, Any]) -> Any:
    if not value:
        return UNKNOWN
    return Markup("{} <span class='g-sub'>{}</span>").format(
        f"{ReportVerdict(value).label}：{row['reason']}", row["decided_by"]
    )


REPORTS = Register(
    key="reports",
    title="雷同材料",
    act="likeness.view",
    subtitle="可研报告、项目建议书、实施方案等与其他项目材料文字相同的部分。是否照搬照抄由人认定，认定结果记入两份档案。",
    source=lambda request: report_queries.list_pairs(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("b__project__name", "后归档材料的项目", title=True, link=("likeness:report", {"pk": "id"}), width=19,
               needs=("id",)),
        Column("a__project__name", "先归档材料的项目", link=("projects:show", {"pk": "a__project_id"}), width=19,
               needs=("a__project_id",)),
        Column("share_b", "雷同占比", kind="decimal", show=_show_score, sort=True),
        Column("passages_total", "雷同处数", kind="int", sort=True),
        Column("common_share", "通用表述占比", kind="decimal", show=_show_score, listed=False),
        Column("state", "状态", kind="badge", choices=PairState, tones=showing.STATE_TONES, listed=False),
        Column("verdict", "认定", choices=ReportVerdict, show=_show_report_verdict, needs=("reason", "decided_by"), width=14),
        Column("found_on", "发现日期", kind="date", sort=True),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["a__project__name", "b__project__name"], placeholder="项目名称"),
        RegionFilter("region", "主管区划"),
    ],
    tabs=Tabs("state", [(s.value, s.label) for s in (PairState.OPEN, PairState.DECIDED)]),
    default_order="-share_b",
    drawer=False,
    row_actions=[RowAction("对照", ("likeness:report", {"pk": "id"}))],
    export_act="likeness.view",
    empty=Empty("没有待认定的雷同材料", "归档的可研报告、项目建议书、实施方案会与既有材料比对，雷同较多的列在这里。"),
)  # fmt: skip
