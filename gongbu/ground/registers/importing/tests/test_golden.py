"""Files of other programs, written here byte by byte, so that what they hold is known."""

import io
import struct
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


NOTHING, LAST, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(name: str, stream: bytes) -> bytes:
    """Return a compound file (.xls, .doc) with one stream: header, allocation table, directory, the stream."""
    sectors = -(-len(stream) // 512)
    header = (
        struct.pack(
            "<8s16x5H6x10I",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            0x3E,
            3,
            0xFFFE,
            9,
            6,
            0,
            1,
            1,
            0,
            4096,
            LAST,
            0,
            LAST,
            0,
            0,
        )
        + struct.pack("<I", NOTHING) * 108
    )
    chain = [TABLE, LAST, *range(3, 2 + sectors), LAST]
    table = struct.pack("<128I", *chain, *[NOTHING] * (128 - len(chain)))

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = title.encode("utf-16-le")
        length = len(text) + 2 if title else 0
        return struct.pack("<64sHBB3I36xIQ", text, length, kind, 1, NOTHING, NOTHING, child, start, size)

    root, empty = entry("Root Entry", 5, 1, LAST, 0), entry("", 0, NOTHING, 0, 0)
    return (
        header + table + root + entry(name, 2, NOTHING, 2, len(stream)) + empty * 2 + stream.ljust(sectors * 512, b"\0")
    )


@pytest.mark.parametrize("before", [b"", struct.pack("<HH", 0x0086, 0)])
def test_an_old_workbook_with_a_password_is_called_so(before):
    begin = struct.pack("<6H2I", 0x0809, 16, 0x0600, 5, 0x0DBB, 0x07CC, 0, 6)
    file_pass = struct.pack("<5H48x", 0x002F, 54, 1, 1, 1)
    with pytest.raises(Unreadable) as refusal:
        reader.read(compound("Workbook", (begin + before + file_pass).ljust(5000, b"\0")))
    assert refusal.value.code == "import.file_protected"
    with pytest.raises(Unreadable) as other:
        reader.read(compound("Workbook", begin.ljust(5000, b"\0")))
    assert other.value.code != "import.file_protected"
