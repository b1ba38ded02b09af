"""公示台账: the notices that an officer may see."""

from collections.abc import Mapping
from typing import Any

from gongbu.ground.notices import kinds, queries
from gongbu.ground.notices.models import Notice
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import DateFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Button, Empty, Register, Tabs

TONES = {"DRAFT": "wait", "OPEN": "info", "CLOSED": "good", "WITHDRAWN": "off"}


def _kind(key: str, row: Mapping[str, Any]) -> str:
    return dict(kinds.choices()).get(key, key)


NOTICES = Register(
    key="notices",
    title="公示",
    act="notices.view",
    subtitle="向社会公开征求意见；意见先审核后公开，逐条答复后办结。",
    source=lambda request: queries.list_notices(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("title", "标题", title=True, frozen=True, link=True, width=24),
        Column("kind", "类别", show=_kind, width=8, phone="keep"),
        Column("region__name", "区划", sort="region_key", width=6),
        Column("state", "状态", "badge", Notice.State, tones=TONES, width=6),
        Column("opens_on", "公示开始", "date", sort=True, width=7),
        Column("closes_on", "公示截止", "date", sort=True, width=7, phone="keep"),
        Column("comment_count", "意见", "int", sort=True, width=4),
        Column("unanswered_count", "未答复", "int", sort=True, width=5, phone="keep"),
    ],
    filters=[
        TextFilter("q", "关键字", ("title", "host_name"), "标题、公示单位"),
        RegionFilter("region", "区划"),
        DateFilter("closes", "公示截止", "closes_on"),
    ],
    tabs=Tabs("state", Notice.State),
    default_order="-changed_at",
    row_route=("notices:manage", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("拟公示稿", "notices:new", "plus", "primary", "notices.draft")],
    export_act="notices.view",
    empty=Empty("还没有公示", "拟稿、发布后的公示和收到的意见在这里办理。", "拟公示稿", "notices:new"),
)
