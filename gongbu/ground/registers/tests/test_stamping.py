"""What an exported file says about its export, and that it can be imported again as if it said nothing."""

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest

import gongbu
from gongbu.ground.orgs.found_files import codes_in
from gongbu.ground.orgs.trace import Trace
from gongbu.ground.registers import downloads, exports, stamping
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.importing import reader

AT = datetime(2026, 3, 4, 1, 2, 3, tzinfo=UTC)
TRACE = Trace(
    "00A7-K3QX9B", "林晓燕", "云溪县发展和改革局", AT, "项目台账（XLSX）", 2, {"年度": "2026", "阶段": ["在建", "储备"]}
)
COLUMNS = [Column("name", "名称"), Column("fen", "总投资", "wan")]
ROWS = [("城东小学", 1_000_000), ("雨污分流", None)]


def workbook(trace: Trace = TRACE) -> bytes:
    answer = exports.send_table(COLUMNS, ROWS, "项目台账_20260304.xlsx", "项目台账", trace=trace)
    return b"".join(answer.streaming_content)


@pytest.mark.req("PF-04")
def test_a_workbook_says_who_when_what_and_the_code_on_screen_in_print_and_in_its_properties() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    said = {row[0]: row[1] for row in book[stamping.SHEET].iter_rows(values_only=True, min_row=2)}
    assert (said["导出人"], said["单位"], said["导出时间"]) == ("林晓燕", "云溪县发展和改革局", "2026-03-04 09:02:03")
    assert (said["筛选条件"], said["行数"], said["追踪码"]) == ("年度：2026；阶段：在建、储备", "2", TRACE.code)
    sheet = book.active
    assert sheet.title == "项目台账"
    assert TRACE.code in sheet.oddFooter.right.text
    assert "林晓燕" in sheet.oddFooter.left.text
    assert "项目台账" in sheet.oddHeader.center.text
    assert book.properties.creator == "林晓燕"
    assert TRACE.code in book.properties.keywords
    assert book.custom_doc_props[stamping.PROPERTY].value == TRACE.code
    assert [row[0].value for row in sheet.iter_rows()] == ["名称", "城东小学", "雨污分流"], "the rows stay as they are"


@pytest.mark.req("PF-04")
def test_a_found_workbook_leads_back_even_when_renamed() -> None:
    assert codes_in("新建文件.xlsx", io.BytesIO(workbook())) == [TRACE.code]


@pytest.mark.parametrize("unit", ["单位" * 200, "甲&乙局", ""])
def test_a_footer_is_never_too_long_for_a_spreadsheet_program(unit: str) -> None:
    trace = Trace(TRACE.code, "林&燕", unit, AT, "表", 1, {})
    assert len(stamping.footer(trace)) <= 255
    assert stamping.footer(trace).endswith(TRACE.code)
    assert "林&&燕" in stamping.footer(trace)


@pytest.mark.req("PF-04")
def test_an_export_edited_and_imported_again_brings_its_rows_and_not_the_note_on_it() -> None:
    edited = openpyxl.load_workbook(io.BytesIO(workbook()))
    edited.active["A2"] = "城东小学扩建"
    out = io.BytesIO()
    edited.save(out)
    for content in (workbook(), out.getvalue()):
        book = reader.read(content)
        assert [sheet.name for sheet in book.sheets] == ["项目台账"]
        assert len(book.sheets[0].rows) == 3
        assert [note.code for note in book.notes] == ["import.sheet_of_export"]
    assert book.sheets[0].rows[1][0] == "城东小学扩建"


def test_a_sheet_of_ones_own_with_that_name_is_read() -> None:
    assert not stamping.is_stamp(stamping.SHEET, [["名称", "总投资"]])
    assert not stamping.is_stamp("表", [[stamping.SHEET]])
    assert not stamping.is_stamp(stamping.SHEET, [])


@pytest.mark.req("PF-04")
def test_a_csv_carries_the_code_in_its_name_and_nowhere_else() -> None:
    answer = exports.stream_csv(COLUMNS, {"name": 0, "fen": 1}, ROWS, "项目台账_20260304.csv", trace=TRACE)
    assert unquote(answer["Content-Disposition"]).endswith(f"项目台账_20260304_{TRACE.code}.csv")
    assert answer[downloads.TRACE_HEADER] == TRACE.code
    body = b"".join(answer.streaming_content)
    assert body.decode("utf-8-sig").splitlines() == ["名称,总投资（万元）", "城东小学,1", "雨污分流,"]
    assert len(reader.read(body).sheets[0].rows) == 3


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("表.xlsx", "表_00A7-K3QX9B.xlsx"),
        ("表．ＸＬＳＸ", "表_00A7-K3QX9B.XLSX"),
        ("无后缀", "无后缀_00A7-K3QX9B"),
        ("a.b.zip", "a.b_00A7-K3QX9B.zip"),
        (".x", ".x_00A7-K3QX9B"),
    ],
)
def test_the_code_stands_before_the_ending(name: str, want: str) -> None:
    assert downloads.traced(name, TRACE) == want
    assert downloads.traced(name, None) == name


def test_a_name_never_breaks_out_of_its_header() -> None:
    value = downloads.disposition('a"\r\nSet-Cookie: x=y;.csv')
    assert "\r" not in value
    assert "\n" not in value
    assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9._ -]+\"; filename\*=UTF-8''[A-Za-z0-9._%~-]+", value)


def test_only_one_module_names_downloads() -> None:
    root = Path(gongbu.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if "/tests/" not in path.as_posix() and re.search(r"Content-Disposition|as_attachment", path.read_text("utf-8"))
    }
    assert found == {"ground/registers/downloads.py"}


def test_an_archive_says_it_in_a_text_of_its_own() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{stamping.SHEET}.txt", stamping.as_text(TRACE))
    assert codes_in("一项目一档.zip", out) == [TRACE.code]
