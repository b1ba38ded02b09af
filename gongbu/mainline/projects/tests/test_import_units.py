"""The unit of money on its way through an import: never lost on the way back, never assumed without a word."""

import io

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongbu.ground.registers.importing import queries, reader, services, stored, workbook
from gongbu.ground.registers.importing.models import ImportRow
from gongbu.ground.registers.tests.test_stamping import TRACE
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.projects.tests.test_import_pages import browser, upload
from gongbu.mainline.projects.tests.test_importing import county, csv, findings, stage  # noqa: F401

HEAD = "项目名称,总投资,所属区划,开工时间"


def sheet_of(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sent_back(batch) -> bytes:
    return workbook.marked(batch, ImportRow.objects.filter(batch=batch).order_by("sheet_no", "number"), TRACE)


def totals(batch) -> list[int | None]:
    rows = ImportRow.objects.filter(batch=batch).order_by("number")
    return [stored.orjson.loads(row.plan)["values"].get("total_investment_fen") for row in rows]


@pytest.mark.req("GO-13")
def test_the_workbook_sent_back_and_mended_brings_the_same_amounts(county):  # noqa: F811
    officer = factories.officer(county)
    head = HEAD.split(",")
    first = stage(
        sheet_of(
            ["云溪县项目表"], ["单位：元"], head, ["甲路", 50000000, "云溪县", "2026-13-01"],
            ["乙路", 60000000, "云溪县", "2026-03-01"],
        ), officer, county, "表.xlsx",
    )  # fmt: skip
    assert first.rows_rejected == 1
    book = openpyxl.load_workbook(io.BytesIO(sent_back(first)))
    lines = [[cell.value for cell in line if cell.value is not None] for line in book.worksheets[0].iter_rows()]
    assert lines[:3] == [["云溪县项目表"], ["单位：元"], [*head, "结果", "检查意见"]], "laid out as the user's own"
    assert book.worksheets[0].cell(4, 4).value == "2026-13-01"
    book.worksheets[0].cell(4, 4).value = "2026-12-01"
    out = io.BytesIO()
    book.save(out)
    again = stage(out.getvalue(), officer, county, "表（检查意见）.xlsx")
    assert again.rows_rejected == 0
    assert totals(again) == [5_000_000_000, 6_000_000_000]
    services.accept(batch_id=again.pk, actor=officer)
    assert {p.total_investment_fen for p in Project.objects.unscoped("test")} == {5_000_000_000, 6_000_000_000}


@pytest.mark.req("GO-13")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.sampled_from(["", "单位：元", "单位: 万元", "金额单位：亿元", "单位：千元"]),
    heading=st.sampled_from(["总投资", "总投资（元）", "总投资（万元）", "总投资(含税)", "项目总投资 *"]),
    amounts=st.lists(
        st.one_of(st.integers(1, 99_999_999), st.floats(0.01, 99_999, allow_nan=False).map(lambda f: round(f, 2)),
                  st.sampled_from(["8.2亿元", "约300万元", "1,234.50", "待定", None])), min_size=1, max_size=4,
    ),
)  # fmt: skip
def test_reading_marking_and_reading_again_gives_the_same_values(county, line, heading, amounts):  # noqa: F811
    officer = factories.officer(county)
    rows = [[f"第{n}号路工程", amount, "云溪县", "2026-03-01"] for n, amount in enumerate(amounts, 1)]
    above = [["项目表"], [line]] if line else []
    head = ["项目名称", heading, "所属区划", "开工时间"]
    first = stage(sheet_of(*above, head, *rows), officer, county, "表.xlsx")
    again = stage(sent_back(first), officer, county, "表二.xlsx")
    assert totals(again) == totals(first)
    told = [
        [f["code"] for f in stored.orjson.loads(row.findings)]
        for row in ImportRow.objects.filter(batch=again).order_by("number")
    ]
    before = [
        [f["code"] for f in stored.orjson.loads(row.findings)]
        for row in ImportRow.objects.filter(batch=first).order_by("number")
    ]
    assert told == before
    for batch in (again, first):
        services.discard(batch_id=batch.pk, actor=officer)


def test_our_own_findings_sheet_is_no_table(county):  # noqa: F811
    officer = factories.officer(county)
    first = stage(csv(",云溪县,100", head="项目名称,所属区划,总投资（万元）"), officer, county)
    again = reader.read(sent_back(first))
    tables = services.check_book(
        again, services.kinds.get("projects"), services.context_for(services.kinds.get("projects"), officer, county)
    )
    assert [table.sheet for table in tables.tables] == ["数据"]


@pytest.mark.req("GO-13")
def test_a_unit_nobody_wrote_is_told_in_each_row_that_needs_it(county):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(csv("甲路,100,云溪县,", "乙路,8亿元,云溪县,", "丙路,,云溪县,", head=HEAD), officer, county)
    told = {row for row, code in findings(batch) if code == "import.unit_assumed_here"}
    assert told == {2}
    written = stage(csv("丁路,100,云溪县,", head=HEAD.replace("总投资", "总投资（元）")), officer, county)
    assert "import.unit_assumed_here" not in {code for _, code in findings(written)}


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    ("heading", "amount", "is_doubtful"),
    [
        ("总投资", "50000000", True),  # 5,000 万元 in 元, read as 5,000 亿元
        ("总投资", "5000000", True),  # 500 万元 in 元
        ("总投资", "296000.00", True),
        ("总投资", "82345", False),  # 8.2 亿元
        ("总投资（万元）", "1200000", False),  # 120 亿元: large, and said
        ("总投资（万元）", "50000000", True),
        ("总投资（元）", "50000000", False),
    ],
)
def test_a_likely_slip_of_ten_thousand_is_flagged_and_not_stopped(county, heading, amount, is_doubtful):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(csv(f"甲路,{amount},云溪县,", head=HEAD.replace("总投资", heading)), officer, county)
    assert ((2, "import.amount_maybe_slip") in findings(batch)) is is_doubtful
    assert batch.rows_rejected == 0
    assert queries.count_doubtful(batch) == (int(is_doubtful), int(heading == "总投资"))


@pytest.mark.req("GO-13")
def test_a_total_a_unit_apart_from_the_registers_is_flagged(county):  # noqa: F811
    officer = factories.officer(county)
    factories.reserve_project(at=county, name="甲路", total_investment_fen=5_000_000_000)
    head = HEAD.replace("总投资", "总投资（万元）")
    assert (2, "import.amount_slips_from_register") in findings(
        stage(csv("甲路,50000000,云溪县,", head=head), officer, county)
    )
    assert (2, "import.amount_slips_from_register") not in findings(
        stage(csv("甲路,5100,云溪县,", head=head), officer, county)
    )


@pytest.mark.django_db
def test_the_page_asks_once_more_and_shows_units_on_money_only(county):  # noqa: F811
    officer = browser("INVESTMENT_OFFICER")
    content = "\n".join([",,,", HEAD, "甲路,50000000,云溪县,2026-03-01"]).encode()
    page = officer.get(upload(officer, county, content=content)["Location"]).text
    assert "接收前请核对金额单位" in page
    assert "有 1 行的金额可能差了一万倍" in page
    content = "\n".join(["单位：元,,,", HEAD, "甲路,50000000,云溪县,2026-03-01"]).encode()
    upload(officer, county, content=content)
    batch = services.ImportBatch.objects.order_by("-pk")[0]
    assert [(heading, unit) for heading, _label, unit in queries.columns_of(batch)[0][1]] == [
        ("项目名称", ""), ("总投资", "元"), ("所属区划", ""), ("开工时间", ""),
    ]  # fmt: skip
