"""批文台账: the register of papers."""

from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RangeFilter, RegionFilter, TextFilter
from gongbu.ground.registers.jinja import NOT_REPORTED
from gongbu.ground.registers.register import Button, Empty, Register, Tabs
from gongbu.mainline.approvals import queries, withholding
from gongbu.mainline.approvals.models import ApprovalPaper

PAPERS = Register(
    key="papers",
    title="批文台账",
    act="approvals.view",
    subtitle="项目建议书、可行性研究、初步设计、概算的批复及调整。",
    source=lambda request: queries.list_papers(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("doc_no", "文号", title=True, link=True, width=13, unknown="（无文号）"),
        Column("doc_type", "文件类型", width=9, phone="state"),
        Column("project__name", "项目名称", link=("projects:show", {"pk": "project_id"}), width=17,
               needs=("project_id",), phone="keep"),
        Column("step", "环节", kind="choice", choices=ApprovalPaper.Step, listed=False),
        Column("issuer", "批复机关", width=11, unknown=NOT_REPORTED),
        Column("issued_on", "批复日期", kind="date", sort=True, unknown=NOT_REPORTED),
        Column("total_fen", "总投资", kind="wan", sort=True, unknown=NOT_REPORTED, phone="keep"),
        Column("engineering_fen", "工程费", kind="wan", listed=False),
        Column("other_fen", "工程建设其他费", kind="wan", listed=False),
        Column("contingency_fen", "预备费", kind="wan", listed=False),
        Column("funding_text", "资金来源", listed=False),
        Column("source", "来源", listed=False),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["doc_no", "project__name", "issuer"], placeholder="文号、项目、机关"),
        RegionFilter("region", "主管区划"),
        RangeFilter("total", "总投资", "total_fen", kind="wan"),
        ChoiceFilter("adjust", "是否调整", "is_adjustment", [("True", "调整批复"), ("False", "首次批复")], more=True),
    ],
    tabs=Tabs("step", ApprovalPaper.Step),
    default_order="-issued_on",
    row_route=("approvals:paper", {"pk": "id"}),
    toolbar=[Button("导入批文", "importing:start", icon="file-import", act="approvals.import")],
    export_act="approvals.view",
    withhold=withholding.withhold,
    empty=Empty("还没有批复文件", "登记或从表格导入的批复文件在这里显示。", "导入批文", "importing:start"),
)  # fmt: skip
