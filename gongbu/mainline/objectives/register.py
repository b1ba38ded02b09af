"""规划台账: plans with how many objectives nobody answers."""

from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Button, Empty, Register, Tabs
from gongbu.mainline.objectives import queries
from gongbu.mainline.objectives.models import PlanDocument

PLANS = Register(
    key="objectives",
    title="规划目标",
    act="objectives.view",
    subtitle="总体规划、专项规划的目标逐条登记，项目逐项挂接；没有项目支撑的和项目扎堆的一目了然。",
    source=lambda request: queries.list_plans(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("name", "规划名称", title=True, frozen=True, link=True, width=26),
        Column("kind", "类别", "choice", PlanDocument.Kind, width=8),
        Column("region__name", "区划", sort="region_key", width=7, phone="keep"),
        Column("from_year", "起始年", "text", sort=True, width=5),
        Column("to_year", "截止年", "text", sort=True, width=5),
        Column("objective_count", "目标", "int", sort=True, width=5, phone="keep"),
        Column("answered_count", "有项目支撑", "int", sort=True, width=7, phone="keep"),
        Column("document_number", "文号", width=12, phone="hide"),
    ],
    filters=[
        TextFilter("q", "关键字", ("name", "document_number", "issuer"), "名称、文号、机关"),
        RegionFilter("region", "区划"),
        ChoiceFilter("kind", "类别", "kind", PlanDocument.Kind),
    ],
    tabs=Tabs("state", PlanDocument.State),
    default_order="-to_year",
    row_route=("objectives:plan", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("登记规划", "objectives:new", "plus", "primary", "objectives.record_plan")],
    export_act="objectives.view",
    empty=Empty("还没有规划", "登记规划和目标后，在这里看每条目标有没有项目支撑。", "登记规划", "objectives:new"),
)
