"""文书台账 and 文号: the papers of a region with the reason of every gap, and the number series they come from."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from gongbu.ground.documents.models import Document
from gongbu.ground.ledger.receipts import grouped
from gongbu.ground.papers import queries
from gongbu.ground.papers.models import Paper
from gongbu.ground.policy.rules.papers import Sort
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, DateFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import Button, Empty, Register, Tabs

SORTS = [(sort.value, sort.label) for sort in Sort]


PAPERS = Register(
    key="issued_papers",
    title="文书台账",
    act="papers.view",
    subtitle="平台签发的公文。作废的文书保留文号和事由，文号不重用。",
    source=lambda request: queries.list_papers(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("doc_no", "文号", title=True, link=True, frozen=True, width=14),
        Column("title", "标题", width=20, phone="keep"),
        Column("genre", "文种", width=5),
        Column("issuer", "发文机关", width=11, phone="keep"),
        Column("issued_on", "成文日期", kind="date", sort=True, phone="keep"),
        Column("state", "状态", kind="badge", choices=Paper.State, tones={"ISSUED": "good", "VOID": "off"}),
        Column("access", "访问级别", kind="choice", choices=Document.Access),
        Column("void_reason", "作废事由", width=12, unknown=""),
        Column("subject_title", "事项", width=14, listed=False),
        Column("sort", "文号类别", kind="choice", choices=SORTS, listed=False),
        Column("pages", "页数", kind="int", listed=False),
        Column("person_name", "经办", listed=False),
        Column("void_on", "作废日期", kind="date", listed=False),
        Column("receipt", "回执编号", kind="code", listed=False, show=lambda value, row: grouped(value or "")),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["doc_no", "title", "issuer"], placeholder="文号、标题、机关"),
        ChoiceFilter("state", "状态", "state", Paper.State),
        DateFilter("issued", "成文日期", "issued_on"),
        RegionFilter("region", "所在区划", more=True),
        ChoiceFilter("access", "访问级别", "access", Document.Access, more=True),
    ],
    tabs=Tabs("sort", SORTS),
    default_order="-issued_on",
    row_route=("papers:paper", {"pk": "id"}),
    toolbar=[
        Button("拟制文书", "papers:templates", icon="plus", kind="primary", act="papers.issue"),
        Button("文号", "papers:series", icon="list-numbers", act="papers.view"),
    ],
    empty=Empty("还没有文书", "各项工作签发的通知、公示、纪要、通知书在这里编号留存。", "拟制文书", "papers:templates"),
)


def _used_for(value: Any, row: Mapping[str, Any]) -> Markup:
    labels = dict(SORTS)
    return Markup("、").join(labels.get(code, code) for code in value or ())


SERIES = Register(
    key="number_series",
    title="文号",
    act="papers.view",
    subtitle="发文机关代字与序号。每年从 1 号起编，或接续平台启用前已用到的号。",
    source=lambda request: queries.list_series(request.actor),  # type: ignore[attr-defined]
    columns=[
        Column("mark", "机关代字", title=True, frozen=True, width=10),
        Column("year", "年份", sort=True),
        Column("unit__name", "发文机关", width=16),
        Column("sorts", "用于", show=_used_for, width=16),
        Column("last_number", "已编到", kind="int", sort=True),
        Column("opened_after", "启用前已用到", kind="int"),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["mark", "unit__name"], placeholder="代字、机关"),
        RegionFilter("region", "所在区划", more=True),
    ],
    default_order="-year",
    drawer=True,
    toolbar=[Button("启用文号", "papers:open_series", icon="plus", kind="primary", act="papers.open_series")],
    crumbs=[("文书台账", "/issued-papers/")],
    empty=Empty("还没有启用文号", "登记发文机关代字后，签发的文书自动编号。", "启用文号", "papers:open_series"),
)
