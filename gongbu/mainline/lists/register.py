"""清单台账: the lists, and all their lines."""

from collections.abc import Mapping
from typing import Any

from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RegionFilter, TextFilter
from gongbu.ground.registers.jinja import NOT_REPORTED
from gongbu.ground.registers.register import Button, Empty, Register, Tabs
from gongbu.mainline.lists import queries
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.projects.choices import Stage


def _year(value: int, row: Mapping[str, Any]) -> str:
    """A year has no thousands."""
    return str(value)


TONES = {
    "DRAFT": "wait", "IN_MEETING": "info", "SETTLED": "info", "ON_NOTICE": "info", "NOTICED": "wait", "ISSUED": "good",
    "WITHDRAWN": "off",
}  # fmt: skip

LISTS = Register(
    key="lists",
    title="项目清单",
    act="lists.view",
    subtitle="按条件提名、会商定稿、公示、编号印发；年度重大、前期储备、拟推荐省市和“五个清单”。",
    source=lambda request: queries.list_lists(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("title", "清单", title=True, frozen=True, link=True, width=26),
        Column("year", "年度", "int", show=_year, sort=True, width=4, phone="keep"),
        Column("region__name", "县区", sort="region_key", width=6),
        Column("state", "状态", "badge", ProjectList.State, tones=TONES, width=7),
        Column("item_count", "项目", "int", sort=True, width=5, phone="keep"),
        Column("total_fen", "总投资", "wan", sort=True, unknown=NOT_REPORTED, phone="keep"),
        Column("doc_no", "文号", width=12),
        Column("issued_on", "印发日期", "date", sort=True, width=7),
    ],
    filters=[TextFilter("q", "关键字", ("title", "doc_no"), "名称、文号"), RegionFilter("region", "县区")],
    tabs=Tabs("state", ProjectList.State),
    default_order="-year",
    row_route=("lists:show", {"pk": "id"}),
    drawer=False,
    toolbar=[
        Button("拟清单", "lists:new", "plus", "primary", "lists.draft"),
        Button("一键生成五个清单", "lists:five", "stack-2", "", "lists.draft"),
    ],
    export_act="lists.view",
    empty=Empty("还没有清单", "从储备库和在建项目按条件提名，会商定稿后公示、印发。", "拟清单", "lists:new"),
)
ITEMS = Register(
    key="lists.items",
    title="清单项目",
    act="lists.view",
    subtitle="各清单列入的项目。",
    source=lambda request: queries.list_all_items(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("name", "项目名称", title=True, frozen=True, link=("projects:show", {"pk": "project_id"}), width=22,
               needs=("project_id",)),
        Column("list__title", "清单", width=18, phone="keep"),
        Column("list__year", "年度", "int", show=_year, sort=True, width=4),
        Column("region_name", "区划", width=6),
        Column("owner_name", "项目单位", width=12, unknown=NOT_REPORTED),
        Column("stage", "阶段", "choice", Stage, width=6),
        Column("total_fen", "总投资", "wan", sort=True, unknown=NOT_REPORTED, phone="keep"),
        Column("year_fen", "年度计划", "wan", sort=True, unknown=NOT_REPORTED),
        Column("duty_unit", "责任单位", width=10, unknown=NOT_REPORTED, phone="keep"),
        Column("content", "建设内容及规模", listed=False),
        Column("list__ranking_name", "择优批次", listed=False),
        Column("rank", "择优排名", "int", listed=False),
        Column("score", "择优得分", "decimal", listed=False),
        Column("origin", "来源", "choice", ListItem.Origin, listed=False),
    ],
    filters=[
        TextFilter("q", "关键字", ("name", "owner_name", "list__title", "duty_unit"), "项目、单位、清单"),
        ChoiceFilter("state", "清单状态", "list__state", ProjectList.State),
        ChoiceFilter("year", "年度", "list__year", [(str(y), f"{y} 年") for y in range(2024, 2036)]),
    ],
    default_order="-list__year",
    export_act="lists.view",
    empty=Empty("没有清单项目", "清单列入的项目在这里汇总。", "看清单", "lists:list"),
)  # fmt: skip
