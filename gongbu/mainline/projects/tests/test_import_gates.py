"""What an import must not give away or turn away: sums over refused rows, unreadable places, folders, kinds."""

import io
import re
from datetime import datetime

import openpyxl
import pytest
from click.testing import CliRunner
from django.db import connection

from gongbu.ground.basics.findings import Finding, InvalidInput
from gongbu.ground.basics.messages import word as said
from gongbu.ground.orgs.models import RegionCode
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.registers.importing import commands, reader, services, stored, workbook
from gongbu.ground.registers.importing.limits import Unreadable
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.tests.test_stamping import TRACE
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.projects.tests.test_importing import county, csv, findings, names, stage  # noqa: F401

HEAD = "项目名称,所属区划,总投资（万元）"


def _whole_seconds(cell):
    """Return a cell as it is; the microseconds of a moment are six figures by chance (PostgreSQL)."""
    return cell.replace(microsecond=0) if isinstance(cell, datetime) else cell


def everything(batch):
    """Return what the batch keeps and hands back, as one text."""
    returned = workbook.marked(batch, ImportRow.objects.filter(batch=batch), TRACE)
    kept = [str(sheet.rows) for sheet in reader.read(returned).sheets]
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            kept.append(str([[_whole_seconds(cell) for cell in row] for row in cursor.fetchall()]))
    return str(commands.report_of_batch(batch)) + "".join(kept)


@pytest.mark.req("GO-15")
@pytest.mark.parametrize("total", ["100", "7431.13", "8000"])
def test_a_total_over_a_refused_row_gives_no_sum_away(county, total):  # noqa: F811
    rows = ("甲工程,云溪县,100", "绝密★指挥所,云溪县,7331.13", f"合计,,{total}")
    batch = stage(csv(*rows, head=HEAD), factories.officer(county), county)
    assert (4, "import.row_total_withheld") in findings(batch)
    assert not {code for _, code in findings(batch)} & {"import.total_disagrees", "import.row_total"}
    text = everything(batch)
    for amount in ("7331", "7431", "7,431", "7,331", "668", "-7"):
        # As a figure of its own: the hashes and keys of the same rows hold every run of digits by chance.
        assert not re.search(rf"(?<![0-9A-Za-z.]){amount}(\.?\d{{2,4}})?(?![0-9A-Za-z-])", text), amount
    assert "含被拦截的行，合计不作核对" in text


@pytest.mark.req("GO-15")
def test_a_row_that_turns_secret_takes_the_sums_with_it(county):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(csv("甲工程,云溪县,100", "乙工程,云溪县,7331.13", "合计,,8000", head=HEAD), officer, county)
    assert (4, "import.total_disagrees") in findings(batch)
    row = ImportRow.objects.get(batch=batch, number=3)
    services.mend_row(row_id=row.pk, rev=row.rev, cells={0: "绝密★指挥所"}, actor=officer)
    batch.refresh_from_db()
    assert (4, "import.row_total_withheld") in findings(batch)
    assert "7,431.13" not in batch.notes + str(commands.report_of_batch(batch))


def test_a_total_without_a_value_was_not_checked(county):  # noqa: F811
    batch = stage(csv("甲工程,云溪县,100", "小计,,", head=HEAD), factories.officer(county), county)
    assert (3, "import.row_total_without_value") in findings(batch)
    assert "已与明细核对" not in str(commands.report_of_batch(batch))


def test_amounts_in_messages_carry_their_unit(county):  # noqa: F811
    rows = ("甲工程,云溪县,-5", "乙工程,云溪县,0.5", "丙工程,云溪县,100", "合计,,8000")
    batch = stage(csv(*rows, head=HEAD), factories.officer(county), county)
    said = " ".join(f["message"] for f in commands.report_of_batch(batch)["findings"])
    for amount in ("-5万元", "0.5万元", "8000万元"):
        assert amount in said


def test_a_folder_and_an_unknown_kind_are_said_before_a_database_is_made(tmp_path, monkeypatch):
    from gongbu.config import home

    monkeypatch.setattr(home, "prepare", lambda **_: pytest.fail("a database was made"))
    folder = CliRunner().invoke(commands.import_file, [str(tmp_path), "--kind", "projects"])
    assert (folder.exit_code, "是文件夹" in folder.output) == (2, True)
    file = tmp_path / "名单.csv"
    file.write_text("项目名称\n甲工程\n", "utf-8")
    unknown = CliRunner().invoke(commands.import_file, [str(file), "--kind", "nope"])
    assert (unknown.exit_code, "没有“nope”这种导入类别" in unknown.output) == (2, True)


def test_a_place_that_cannot_be_read_falls_back_to_the_importers_own_county(county):  # noqa: F811
    officer = factories.officer(county)
    code = factories.valid_code(region_code="997788")
    batch = stage(
        csv("甲工程,,玄虚县,100,2026,在建", f"乙工程,{code},,100,2026,在建", "丙工程,,,100,2026,在建"), officer
    )
    assert batch.rows_rejected == 0
    said = {(f["row"], f["code"]): f["message"] for f in commands.report_of_batch(batch)["findings"]}
    assert "玄虚县" in said[2, "import.region_name_unknown"]
    assert "997788" in said[3, "import.region_unknown"]
    assert "云溪县" in said[4, "import.region_unknown"]
    services.accept(batch_id=batch.pk, actor=officer)
    assert names() == ["甲工程", "乙工程", "丙工程"]
    assert set(Project.objects.unscoped("test").values_list("competent_region_id", flat=True)) == {county.pk}


def test_on_the_command_line_an_unknown_segment_stays_with_its_city(county):  # noqa: F811
    city = factories.region("云江市", 991100, "CITY", 100_000_000)
    RegionCode.objects.create(region=city, code="991100", name=city.name, edition="演示", last_edition="演示")
    code = factories.valid_code(region_code="991177")
    batch = stage(csv(f"甲工程,{code},,100,2026,在建", "乙工程,,,100,2026,在建"), console_actor())
    assert {(2, "import.region_ancestor"), (3, "import.region_unknown")} <= set(findings(batch))
    services.accept(batch_id=batch.pk, actor=console_actor())
    placed = dict(Project.objects.unscoped("test").values_list("name", "competent_region__name"))
    assert placed == {"甲工程": city.name, "乙工程": "全国"}


def workbook_of(*sheets, hide=None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if hide:
        hide(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


OPEN_SHEET = ("公开", [HEAD.split(","), ["甲工程", "云溪县", 100]])
ROWS = [HEAD.split(","), ["乙工程七三一", "云溪县", 7331.13]]
SECRET_SHEETS = [
    ("机密工程", ROWS),
    ("台账", [["机密级工程台账（密级：机密）", "", ""], *ROWS]),
    ("台账", [[*HEAD.split(","), "机密工程内部代号"], ["乙工程七三一", "云溪县", 7331.13, "x"]]),
    ("台账", [["机密工程", "", ""], *ROWS]),
    ("台账", [*ROWS, ["注：密级：秘密", "", ""]]),
    ("台账", [*ROWS, ["一、绝密类", "", ""], ["丙工程七三一", "云溪县", 9]]),
]


def nowhere(*words):
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            kept = str(cursor.fetchall())
        for word in words:
            assert word not in kept, (table, word)


@pytest.mark.req("GO-15")
@pytest.mark.parametrize("sheet", SECRET_SHEETS)
def test_a_sheet_secret_by_its_name_title_headings_or_notes_is_left_out_whole(county, sheet, caplog):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(workbook_of(OPEN_SHEET, sheet), officer, county, "清单.xlsx")
    assert (0, "import.sheet_secret") in findings(batch)
    assert batch.rows_total == 1
    text = everything(batch) + caplog.text
    for word in ("七三一", "7331", "机密工程", "机密级工程台账", "内部代号"):
        assert word not in text.replace("绝密、机密、秘密字样", ""), word
    services.accept(batch_id=batch.pk, actor=officer)
    assert names() == ["甲工程"]
    nowhere("七三一", "机密工程", "机密级工程台账", "绝密类", "密级：")


@pytest.mark.req("GO-15")
@pytest.mark.parametrize("sheet", SECRET_SHEETS)
def test_a_file_with_nothing_but_secret_sheets_is_refused_and_nothing_is_kept(county, sheet):  # noqa: F811
    with pytest.raises(Unreadable) as refusal:
        stage(workbook_of(sheet), factories.officer(county), county, "清单.xlsx")
    assert refusal.value.code == "import.file_secret"
    assert not ImportBatch.objects.exists()
    nowhere("七三一", "机密工程")


@pytest.mark.req("GO-15")
@pytest.mark.parametrize("name", ["机密级工程清单.xlsx", "机密.xlsx", "涉密项目.csv"])
def test_a_secret_file_name_is_refused_before_anything_is_kept(county, name, tmp_path):  # noqa: F811
    with pytest.raises(Unreadable) as refusal:
        stage(workbook_of(OPEN_SHEET), factories.officer(county), county, name)
    assert refusal.value.code == "import.name_secret"
    assert not ImportBatch.objects.exists()
    file = tmp_path / name
    file.write_bytes(workbook_of(OPEN_SHEET))
    for path, more in ((file, []), (file, ["--dry-run", "--json"]), (tmp_path / "无" / name, [])):
        done = CliRunner().invoke(commands.import_file, [str(path), "--kind", "projects", *more])
        assert done.exit_code == 2
        assert "涉密拦截" in done.output
        assert name not in done.output
    nowhere(name)


@pytest.mark.req("GO-15")
def test_the_name_of_a_hidden_secret_sheet_is_not_kept(county):  # noqa: F811
    def hide(book):
        book["机密工程"].sheet_state = "hidden"

    batch = stage(workbook_of(OPEN_SHEET, SECRET_SHEETS[0], hide=hide), factories.officer(county), county, "清单.xlsx")
    assert (0, "import.sheet_hidden") in findings(batch)
    assert "机密工程" not in everything(batch)


def test_words_of_the_fields_themselves_are_no_secret(county):  # noqa: F811
    head = [*HEAD.split(","), "密级", "是否涉密项目", "工程代码", "2026年安排"]
    sheet = ("项目", [["某县项目表（非涉密）"], head, ["甲工程", "云溪县", 100, "公开", "否"]])
    assert stage(workbook_of(sheet), factories.officer(county), county, "清单.xlsx").rows_rejected == 0


def test_hidden_rows_and_columns_are_counted(county):  # noqa: F811
    def hide(book):
        sheet = book["公开"]
        sheet.row_dimensions[3].hidden = True
        sheet.row_dimensions[9].hidden = True  # nothing in it
        sheet.column_dimensions["C"].hidden = True

    sheet = ("公开", [*OPEN_SHEET[1], ["乙工程", "云溪县", 100]])
    batch = stage(workbook_of(sheet, hide=hide), factories.officer(county), county, "清单.xlsx")
    said = [f["message"] for f in commands.report_of_batch(batch)["findings"] if f["code"] == "import.hidden_read"]
    assert said == ["工作表“公开”有隐藏的 1 行、 1 列，已一并读取，请核对是否应当导入。"]
    plain = stage(workbook_of(sheet), factories.officer(county), county, "清单.xlsx")
    assert not {code for _, code in findings(plain)} & {"import.hidden_read", "import.hidden_not_examined"}


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    ("heading", "label", "limit"),
    [("建设内容", "建设内容", 4000), ("建设地点", "建设地点", 300), ("建设单位", "建设单位", 120), ("资金来源", "资金来源", 300),
     ("来源", "来源", 300), ("建设工期", "建设工期", 120)],
)  # fmt: skip
def test_a_text_longer_than_the_form_takes_is_refused_in_the_words_of_the_form(county, heading, label, limit):  # noqa: F811
    head, officer = f"项目名称,所属区划,总投资（万元）,{heading}", factories.officer(county)
    fits, over = "长" * limit, "长" * (limit + 1)
    batch = stage(csv(f"甲工程,云溪县,100,{fits}", f"乙工程,云溪县,100,{over}", head=head), officer, county)
    (told,) = [f for f in commands.report_of_batch(batch)["findings"] if f["code"] == "projects.field_too_long"]
    assert (told["row"], told["column"]) == (3, heading)
    asked = Finding("forms.too_long", {"label": label, "limit": limit, "length": limit + 1})
    assert told["message"] == said(asked)
    rows = {row.number: row for row in ImportRow.objects.filter(batch=batch)}
    assert {n: row.state for n, row in rows.items()} == {2: "READY", 3: "REJECTED"} or rows[2].state == "FLAGGED"
    assert over in stored.load_cells(rows[3].cells), "the row is kept to be mended, whole"


@pytest.mark.req("GO-13")
def test_codes_and_amounts_as_published_are_not_cut_short(county):  # noqa: F811
    officer = factories.officer(county)
    batch = stage(csv(f"甲工程,{'2603-991101-**-**-1234*；' * 3},云溪县,100,2026-03,在建"), officer, county)
    (told,) = [f for f in commands.report_of_batch(batch)["findings"] if f["code"] == "projects.field_too_long"]
    assert told["column"] == "项目代码"
    assert "最多 60 字，现有 72 字" in told["message"]


def test_the_acts_keep_the_limit_of_the_forms(county):  # noqa: F811
    with pytest.raises(InvalidInput) as caught:
        factories.reserve_project(content="长" * 4001)
    assert said(caught.value.findings[0]) == "建设内容最多 4000 字，现有 4001 字。"
