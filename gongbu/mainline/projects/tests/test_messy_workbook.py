"""One workbook with everything that offices do to a list, from the file to the register and back."""

import io

import openpyxl
import pytest

from gongbu.ground.registers.importing import kinds, reader, services, workbook
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
