"""Registers of the room: leads, idle assets, offers."""

from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RangeFilter, RegionFilter, TextFilter
from gongbu.ground.registers.jinja import NOT_REPORTED
from gongbu.ground.registers.register import Button, Empty, Register, Tabs
from gongbu.mainline.promotion import queries
from gongbu.mainline.promotion.models import CapitalOffer, IdleAsset, Lead

LEAD_TONES = {"TALKING": "wait", "SIGNED": "info", "LANDED": "good", "ENDED": "off"}
ASSET_TONES = {"IDLE": "warn", "MATCHING": "info", "REVIVED": "good", "REMOVED": "off"}
OFFER_TONES = {"DRAFT": "wait", "PUBLISHED": "good", "WITHDRAWN": "off"}

LEADS = Register(
    key="promotion.leads",
    title="招商项目代办",
    act="promotion.view",
    subtitle="一个招商项目一个代办岗位，代办事项到人到日。",
    source=lambda request: queries.list_rows(Lead, request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("name", "招商项目", title=True, frozen=True, link=True, width=22),
        Column("investor", "投资方", width=14, phone="keep"),
        Column("region__name", "区划", sort="region_key", width=6),
        Column("industry", "产业方向", width=8),
        Column("intended_fen", "意向投资", "wan", sort=True, unknown=NOT_REPORTED, phone="keep"),
        Column("state", "状态", "badge", Lead.State, tones=LEAD_TONES, width=6),
        Column("agent_post__name", "代办岗位", width=10),
        Column("open_count", "未办结事项", "int", sort=True, width=6, phone="keep"),
        Column("talking_since_on", "洽谈日期", "date", sort=True, width=7, phone="hide"),
    ],
    filters=[
        TextFilter("q", "关键字", ("name", "investor", "industry"), "项目、投资方、产业"),
        RegionFilter("region", "区划"),
        RangeFilter("intended", "意向投资", "intended_fen", kind="wan"),
    ],
    tabs=Tabs("state", Lead.State),
    default_order="-talking_since_on",
    row_route=("promotion:lead", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("登记招商项目", "promotion:new_lead", "plus", "primary", "promotion.register_lead")],
    export_act="promotion.view",
    empty=Empty("还没有招商项目", "登记后，代办事项和承诺办结日在这里督办。", "登记招商项目", "promotion:new_lead"),
)
ASSETS = Register(
    key="promotion.assets",
    title="闲置资产",
    act="promotion.view",
    subtitle="停产、半停产和闲置的厂房、房屋、土地，逐项盘活销账。",
    source=lambda request: queries.list_rows(IdleAsset, request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("name", "资产名称", title=True, frozen=True, link=True, width=22),
        Column("kind", "类别", "choice", IdleAsset.Kind, width=5, phone="keep"),
        Column("region__name", "区划", sort="region_key", width=6),
        Column("owner_name", "权属单位", width=14),
        Column("land_area_mu", "土地", "decimal", unit="亩", places=2, sort=True, phone="keep"),
        Column("floor_area_sqm", "建筑", "decimal", unit="平方米", places=2, sort=True),
        Column("book_value_fen", "账面价值", "wan", sort=True, unknown=NOT_REPORTED, phone="keep"),
        Column("idle_since_on", "闲置起始", "date", sort=True, width=7),
        Column("state", "状态", "badge", IdleAsset.State, tones=ASSET_TONES, width=6),
    ],
    filters=[
        TextFilter("q", "关键字", ("name", "owner_name", "location"), "名称、权属单位、坐落"),
        RegionFilter("region", "区划"),
        ChoiceFilter("kind", "类别", "kind", IdleAsset.Kind),
    ],
    tabs=Tabs("state", IdleAsset.State),
    default_order="idle_since_on",
    row_route=("promotion:asset", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("登记闲置资产", "promotion:new_asset", "plus", "primary", "promotion.register_asset")],
    export_act="promotion.view",
    empty=Empty("还没有闲置资产", "登记后按闲置时间排列，逐项对接、盘活。", "登记闲置资产", "promotion:new_asset"),
)
OFFERS = Register(
    key="promotion.offers",
    title="民间资本推介",
    act="promotion.view",
    subtitle="定期向民间资本推介开工前的项目；发布后任何人可看，当日内容留存。",
    source=lambda request: queries.list_rows(CapitalOffer, request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("title", "清单", title=True, frozen=True, link=True, width=28),
        Column("region__name", "区划", sort="region_key", width=6),
        Column("state", "状态", "badge", CapitalOffer.State, tones=OFFER_TONES, width=6),
        Column("project_count", "项目", "int", sort=True, width=5),
        Column("total_fen", "总投资", "wan", sort=True, unknown="—"),
        Column("published_on", "推介日期", "date", sort=True, width=7),
    ],
    filters=[TextFilter("q", "关键字", ("title",), "标题"), RegionFilter("region", "区划")],
    tabs=Tabs("state", CapitalOffer.State),
    default_order="-id",
    row_route=("promotion:offer", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("拟推介清单", "promotion:new_offer", "plus", "primary", "promotion.draft_offer")],
    export_act="promotion.view",
    empty=Empty(
        "还没有推介清单", "从项目库选入开工前的项目，发布后向民间资本推介。", "拟推介清单", "promotion:new_offer"
    ),
)
