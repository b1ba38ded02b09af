"""遴选批次: the register of rounds. No column tells a mark."""

from typing import Any

from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Button, Empty, Register, Tabs
from gongbu.mainline.selection import queries
from gongbu.mainline.selection.choices import RoundState

STATE_TONES = {"PREPARING": "wait", "SCORING": "info", "SETTLED": "good", "CANCELLED": "off"}


def _years(request: Any) -> list[tuple[str, str]]:
    rows = queries.list_rounds(request.actor).order_by("-year").values_list("year", flat=True).distinct()
    return [(str(year), f"{year} 年") for year in rows]


def _show_sheets(value: Any, row: Any) -> str:
    return f"{value}/{row['sheets_due']}" if row["state"] != "PREPARING" else "—"


ROUNDS = Register(
    key="selection.rounds",
    title="遴选批次",
    act="selection.view",
    subtitle="从储备库选入候选，三谋两审一踏勘齐备，独立评分，定结果前任何人看不到得分。",
    source=lambda request: queries.list_rounds(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("name", "批次名称", title=True, frozen=True, link=True, width=22),
        Column("year", "年度", sort=True),
        Column("region__name", "区划", sort="region_key", width=7),
        Column("state", "状态", kind="badge", choices=RoundState, tones=STATE_TONES),
        Column("candidates_count", "候选项目", kind="int", sort=True, phone="keep"),
        Column("places", "拟选", kind="int"),
        Column("scorers_count", "评分人", kind="int"),
        Column("sheets_in", "已交评分", show=_show_sheets, needs=("sheets_due", "state"), phone="keep"),
        Column("due_on", "评分截止", kind="date", sort=True, phone="keep"),
        Column("settled_on", "定结果日期", kind="date", sort=True),
        Column("card_label", "评分表", listed=False),
        Column("unit_name", "组织单位", listed=False),
        Column("receipt", "回执编号", kind="code", listed=False),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["name"], placeholder="批次名称"),
        RegionFilter("region", "区划"),
        ChoiceFilter("year", "年度", "year", _years),
    ],
    tabs=Tabs("state", RoundState),
    default_order="-id",
    row_route=("selection:round", {"pk": "id"}),
    drawer=False,
    toolbar=[
        Button("设立批次", "selection:open", icon="plus", kind="primary", act="selection.open_round"),
        Button("我的评分", "selection:mine", icon="pencil", act="selection.submit_score"),
    ],
    export_act="selection.export",
    empty=Empty(
        "还没有遴选批次", "设立批次，从储备库列入候选项目，指定评分人后开始评分。", "设立批次", "selection:open"
    ),
)
