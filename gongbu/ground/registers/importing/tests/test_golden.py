"""Files of other programs, written here byte by byte, so that what they hold is known."""

import io
import zipfile
from datetime import date

import pytest

from gongbu.ground.registers.importing import reader
from gongbu.ground.registers.importing.limits import Limits, Unreadable

SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
ROWS = """
<table:table-row><table:table-cell office:value-type="string"><text:p>项目名称</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>总投资（万元）</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>开工时间</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>甲项目</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="100.5"><text:p>100.5</text:p></table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2026-03-05"><text:p>2026年3月5日</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>乙项目</text:p></table:table-cell>
<table:table-cell/><table:table-cell office:value-type="string"><text:p>2026.5</text:p></table:table-cell></table:table-row>
""".replace("\n", "")  # as programs write it: no space between cells


def ods(
    rows: str = ROWS, *, sheets: str = "", mime: bytes = b"application/vnd.oasis.opendocument.spreadsheet"
) -> bytes:
    """Return a minimal OpenDocument spreadsheet: the type first and stored, a manifest, the content."""
    body = f'<table:table table:name="清单">{rows}</table:table>{sheets}'
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES} office:version="1.3">'
        f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime.decode()}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mime, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return out.getvalue()


def plain(cell):
    return cell.date() if hasattr(cell, "date") else cell


@pytest.mark.req("GO-13")
def test_an_open_document_spreadsheet_gives_its_cells():
    sheet = reader.read(ods()).sheets[0]
    assert sheet.name == "清单"
    assert [[plain(cell) for cell in row] for row in sheet.rows] == [
        ["项目名称", "总投资（万元）", "开工时间"],
        ["甲项目", 100.5, date(2026, 3, 5)],
        ["乙项目", "", "2026.5"],
    ]


def test_an_open_document_text_is_no_spreadsheet():
    with pytest.raises(Unreadable) as refusal:
        reader.read(ods(mime=b"application/vnd.oasis.opendocument.text"))
    assert (refusal.value.code, refusal.value.data["found"]) == ("import.file_wrong_type", "ODF 文档（不是表格）")


def test_a_million_repeated_rows_do_not_fill_the_memory():
    """An ods says "this row a million times" in fifty bytes; that is a bomb that no zip ratio shows."""
    bomb = ROWS + (
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384" '
        'office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    )
    with pytest.raises(Unreadable) as refusal:
        reader.read(ods(bomb), Limits())
    assert refusal.value.code in {
        "import.sheet_too_large",
        "import.zip_bomb",
        "import.too_many_rows",
        "import.file_damaged",
    }
