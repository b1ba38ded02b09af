"""专家库 and 专家抽取台账. Neither list, drawer nor export holds phones or identity numbers."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from markupsafe import Markup

from gongbu.ground.experts import queries
from gongbu.ground.experts import specialties as lists
from gongbu.ground.experts.models import Draw, Expert, code_of
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, DateFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Button, Empty, Register, Tabs

STATE_TONES = {"ACTIVE": "good", "SUSPENDED": "warn", "RETIRED": "off"}
DRAW_TONES = {"OPEN": "wait", "DRAWN": "good", "VOID": "off"}
SEAT_TONES = {
    "ASKED": "wait", "ACCEPTED": "info", "WAITING": "off", "DECLINED": "plain", "CONFLICT": "warn", "ABSENT": "bad",
    "REVIEWED": "good",
}  # fmt: skip


def _code(_value: Any, row: Mapping[str, Any]) -> str:
    return code_of(row["id"])


def _specialty(rows: Any, code: str) -> Any:
    return rows.filter(specialties__code=code)


EXPERTS = Register(
    key="experts",
    title="专家库",
    act="experts.view",
    subtitle="评审专家的专业、聘期、回避关系、抽取和履职情况。",
    source=lambda request: queries.list_experts(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("name", "姓名", title=True, link=True, sort="sort_pinyin"),
        Column("rev", "编号", kind="code", show=_code),
        Column("unit_name", "工作单位", width=14, phone="keep"),
        Column("title", "职称", width=8),
        Column("specialty_text", "专业", width=16, phone="keep"),
        Column("qualification", "执业资格", listed=False),
        Column("serves_in__name", "服务范围"),
        Column("valid_to", "聘期至", kind="date", sort=True, unknown="长期", phone="keep"),
        Column("times_drawn", "抽中", kind="int", unit="次", sort=True),
        Column("times_reviewed", "评审", kind="int", unit="次"),
        Column("times_missed", "缺席", kind="int", unit="次", listed=False),
        Column("mark", "平均分", kind="decimal", places=2, sort=True, unknown="未评"),
        Column("state", "状态", kind="badge", choices=Expert.State, tones=STATE_TONES),
        Column("state_reason", "原因", listed=False),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["name", "unit_name", "sort_pinyin"], placeholder="姓名、单位、拼音"),
        ChoiceFilter("specialty", "专业", "specialties", lambda _request: lists.labels_of(lists.SPECIALTIES),
                     apply=_specialty),
        RegionFilter("region", "入库区划"),
        DateFilter("valid", "聘期至", "valid_to", more=True),
    ],
    tabs=Tabs("state", Expert.State),
    default_order="name",
    row_route=("experts:expert", {"pk": "id"}),
    toolbar=[
        Button("专家入库", "experts:new", icon="user-plus", kind="primary", act="experts.register"),
        Button("抽取记录", "experts:draws", icon="list-check", act="experts.view_draws"),
        Button("发起抽取", "experts:open", icon="arrows-split", act="experts.open_draw"),
        Button("导入", "importing:start", icon="file-import", act="experts.import"),
    ],
    empty=Empty("专家库还是空的", "登记或从表格导入的专家在这里显示，抽取时从中随机产生。", "专家入库", "experts:new"),
)  # fmt: skip


def _needs(needs: Any, _row: Mapping[str, Any]) -> str:
    return "、".join(f"{label} {m}" + (f"（候补 {s}）" if s else "") for _code, label, m, s in needs)


def _subject(label: str, _row: Mapping[str, Any]) -> str:
    return label or "—"


def _source(request: HttpRequest) -> Any:
    return queries.list_draws(request.actor)  # type: ignore[attr-defined]


def _receipt(receipt: str, _row: Mapping[str, Any]) -> Markup | str:
    return receipt or "—"


DRAWS = Register(
    key="draws",
    title="专家抽取",
    act="experts.view_draws",
    subtitle="种子先封存后抽取，次序可以重算核对；递补沿同一次序进行。",
    source=_source,
    columns=[
        Column("title", "评审事项", title=True, link=True, width=18),
        Column("subject_label", "评审对象", width=14, show=_subject),
        Column("needs", "专业和人数", width=17, show=_needs),
        Column("unit_name", "抽取单位", width=12),
        Column("opened_at", "发起时间", kind="datetime", sort=True),
        Column("drawn_at", "抽取时间", kind="datetime", listed=False),
        Column("witness", "监督人", listed=False),
        Column("state", "状态", kind="badge", choices=Draw.State, tones=DRAW_TONES),
        Column("receipt", "回执编号", kind="code", listed=False, show=_receipt),
        Column("reason", "原因", listed=False),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["title", "subject_label", "unit_name"], placeholder="事项、对象、单位"),
        DateFilter("opened", "发起日期", "opened_at", is_moment=True),
        RegionFilter("region", "区划", more=True),
    ],
    tabs=Tabs("state", Draw.State),
    default_order="-opened_at",
    row_route=("experts:draw", {"pk": "id"}),
    toolbar=[Button("发起抽取", "experts:open", icon="arrows-split", kind="primary", act="experts.open_draw")],
    crumbs=[("专家库", "/experts/")],
    empty=Empty("还没有抽取", "发起后先封存种子，再由监督人在场抽取。", "发起抽取", "experts:open"),
)  # fmt: skip
