"""One workbook with everything that offices do to a list, from the file to the register and back."""

import io

import openpyxl
import pytest

from gongbu.ground.registers.importing import kinds, reader, services, stored, workbook
from gongbu.ground.registers.importing.models import ImportRow
from gongbu.ground.registers.tests.test_stamping import TRACE
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.projects.tests.test_importing import county, findings, stage  # noqa: F401

WAN = 1_000_000


def messy() -> bytes:
    """Title, unit line, a merged header of two rows, sections, totals right and wrong, formulas, ruined numbers."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["云溪县2026年重点项目表", None, None, None, None, None, None],
        ["单位：万元", None, None, None, None, None, None],
        ["序号", "项目名称", "项目代码", "投资", None, "计划时间", None],
        [None, None, None, "总投资", "年度计划投资", "计划开工", "计划竣工"],
        ["一、交通类"],
        [1, "一号路工程", factories.valid_code(101), "约8亿元", 2000, "2026年3月", 2027.5],
        [2, "二号路工程", 260362082104011008, 3000, "0.5亿元", "2026.5", "2027-12-31"],
        [None, "小计", None, 83000, 7000, None, None],
        ["二、水利类"],
        [3, "北河治理工程", "*", "=D6+1", 800, 46085, "2028"],
        [4, "南河治理工程", "2.60362E+19", "#DIV/0!", "待定", "二〇二六年三月十二日", "2025年13月"],
        [5, "污水厂工程", None, "1,23.5", 600, "2026/3/4", "2027"],
        [None, "合计（5个）", None, 90000, 8400, None, None],
        ["注：投资为估算数"],
    ):
        sheet.append(row)
    for area in ("A1:G1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3"):
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.req("GO-13")
def test_everything_is_read_checked_and_told_and_nothing_is_repaired_or_dropped(county):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(messy(), officer, county, "重点项目.xlsx")
    assert (batch.rows_total, batch.rows_rejected) == (5, 2)
    found = set(findings(batch))
    assert {(row, code) for row, code in found if row in (5, 8, 9, 13, 14)} == {
        (5, "import.row_section"), (8, "import.row_total"), (9, "import.row_section"), (13, "import.row_total"),
        (13, "import.total_disagrees"), (14, "import.row_footnote"),
    }  # fmt: skip
    assert {(row, code) for row, code in found if 5 < row < 13 and row not in (8, 9)} == {
        (6, "import.unit_mixed"), (6, "import.amount_approximate"), (6, "project_code.region_unknown"), (7, "import.unit_mixed"), (7, "import.code_ruined"),
        (10, "project_code.masked"), (10, "import.formula_without_value"), (10, "import.date_serial"),
        (11, "import.code_ruined"), (11, "import.error_cell"), (11, "import.not_stated"), (11, "import.date_impossible"),
        (12, "import.code_missing"), (12, "import.amount_grouping"),
    }  # fmt: skip
    services.accept(batch_id=batch.pk, actor=officer)
    rows = Project.objects.unscoped("test").order_by("pk")
    assert list(
        rows.values_list("name", "total_investment_fen", "total_investment_text", "planned_start_precision")
    ) == [
        ("一号路工程", 80_000 * WAN, "约8亿元", "MONTH"),
        ("二号路工程", 3_000 * WAN, "3000万元", "MONTH"),
        ("北河治理工程", None, "", "DAY"),
    ]
    assert rows[1].planned_start_on.isoformat() == "2026-05-01"
    assert rows[0].annual_investments.get().planned_fen == 2_000 * WAN
    assert rows[1].annual_investments.get().planned_fen == 5_000 * WAN
    returned = reader.read(workbook.marked(batch, ImportRow.objects.filter(batch=batch), TRACE)).sheets[0]
    said = {str(cell) for row in returned.rows for cell in row}
    assert {"南河治理工程", "污水厂工程", "1,23.5", "2025年13月"} <= said, "refused rows come back as they were written"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_list_saved_as_csv_gives_the_same_projects_in_each_encoding(county, encoding):  # noqa: F811
    officer = factories.officer(county)
    text = "项目名称,总投资（万元）,开工时间\n㙟城污水厂,约8亿元,2026.5\n二号路,300,2026年3月\n"
    batch = services.stage(
        content=text.encode(encoding), file_name="名单.csv", kind=kinds.get("projects"), actor=officer, region=county
    )
    services.accept(batch_id=batch.pk, actor=officer)
    rows = Project.objects.unscoped("test").order_by("pk")
    assert list(rows.values_list("name", "total_investment_fen", "planned_start_on__month")) == [
        ("㙟城污水厂", 80_000 * WAN, 5), ("二号路", 300 * WAN, 3),
    ]  # fmt: skip


def sent_back(batch):
    return openpyxl.load_workbook(io.BytesIO(workbook.marked(batch, ImportRow.objects.filter(batch=batch), TRACE)))


@pytest.mark.req("GO-13")
def test_the_workbook_comes_back_as_the_users_own_sheet_with_bad_cells_marked(county):  # noqa: F811
    content = messy()
    batch = stage(content, factories.officer(county), county, "重点项目.xlsx")
    mine, back = openpyxl.load_workbook(io.BytesIO(content)).active, sent_back(batch).worksheets[0]
    said = [
        [str(cell.value) for cell in line[:7] if cell.value not in (None, "=D6+1", "#DIV/0!")]
        for line in mine.iter_rows()
    ]
    returned = [[str(cell.value) for cell in line[:7] if cell.value is not None] for line in back.iter_rows()]
    for number, (one, other) in enumerate(zip(said, returned, strict=True), 1):
        assert len(one) == len(other), number  # titles, unit, sections, totals and notes stand where they stood
        same = [(a, b) for a, b in zip(one, other, strict=True) if not a[:1].isdigit()]
        assert all(a == b for a, b in same), number
    assert {str(area) for area in mine.merged_cells.ranges} == {str(area) for area in back.merged_cells.ranges}
    assert [back.cell(4, at).value for at in (8, 9)] == ["结果", "检查意见"]
    assert (back.cell(11, 8).value, back.cell(6, 8).value) == ("退回", "提示")
    assert "2025年13月" in back.cell(11, 7).comment.text
    assert back.cell(11, 7).fill.fgColor.rgb == "FFFDE3E1"
    assert back.cell(13, 2).comment is not None, "the total that disagrees is marked where it stands"
    assert back.cell(8, 2).comment is None
    out = io.BytesIO()
    back.parent.save(out)
    again = stage(out.getvalue(), factories.officer(county), county, "重点项目（检查意见）.xlsx")
    kept = {
        (5, "import.row_section"),
        (8, "import.row_total"),
        (13, "import.total_disagrees"),
        (14, "import.row_footnote"),
    }
    assert kept <= set(findings(again))
    assert (again.rows_total, again.rows_rejected) == (batch.rows_total, batch.rows_rejected)


@pytest.mark.req("GO-13")
def test_a_csv_comes_back_in_its_own_layout(county):  # noqa: F811
    text = "云溪县项目表\n单位：元\n项目名称,总投资,开工时间\n甲路,50000000,2026-13-01\n\n乙路,60000000,2026-03-01\n合计,110000000,\n"
    batch = stage(text.encode(), factories.officer(county), county, "表.csv")
    lines = [[c for c in line if c is not None] for line in sent_back(batch).worksheets[0].iter_rows(values_only=True)]
    assert lines[:3] == [["云溪县项目表"], ["单位：元"], ["项目名称", "总投资", "开工时间", "结果", "检查意见"]]
    assert lines[3][:4] == ["甲路", "50000000", "2026-13-01", "退回"]
    assert lines[4] == []
    assert lines[5][:4] == ["乙路", "60000000", "2026-03-01", "通过"]
    assert lines[6] == ["合计", "110000000"]


@pytest.mark.req("GO-15", "GO-13")
def test_beside_a_refused_row_no_figure_around_the_table_comes_back(county):  # noqa: F811
    text = (
        "云溪县2026年项目表\n共2项总投资7431.13万元\n单位：万元\n项目名称,总投资,开工时间\n甲路,100,2026-03-01\n"
        "绝密★指挥所,7331.13,2026-03-01\n合计,7431.13,\n以上：合计七千四百万元\n"
    )
    officer = factories.officer(county)
    batch = stage(text.encode(), officer, county, "表.csv")
    lines = [[c for c in line if c is not None] for line in sent_back(batch).worksheets[0].iter_rows(values_only=True)]
    assert lines[:4] == [
        ["云溪县2026年项目表"],
        [],
        ["单位：万元"],
        ["项目名称", "总投资", "开工时间", "结果", "检查意见"],
    ]
    assert lines[5][0] == "退回"
    assert len(lines) == 6
    for kept in (batch.tables, str(lines)):
        assert "7431" not in kept
        assert "七千" not in kept


def test_a_batch_staged_before_the_layout_was_kept_still_comes_back_with_its_unit(county):  # noqa: F811
    batch = stage("单位：元\n项目名称,总投资\n甲路,50000000\n".encode(), factories.officer(county), county, "表.csv")
    tables = stored.orjson.loads(batch.tables)
    for table in tables:
        del table["around"], table["merged"]
    batch.tables = stored.orjson.dumps(tables).decode()
    lines = list(sent_back(batch).worksheets[0].iter_rows(values_only=True))
    assert lines[1][:2] == ("项目名称", "总投资（元）")
    assert lines[2][:2] == ("甲路", "50000000")
