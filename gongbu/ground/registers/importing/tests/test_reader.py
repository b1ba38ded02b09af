"""Files as they come: every kind of bad input gives one clear code; the good ones give their cells."""

import io
import struct
import zipfile

import openpyxl
import pytest
import xlsxwriter

from gongbu.ground.basics import messages
from gongbu.ground.registers.importing import reader
from gongbu.ground.registers.importing.limits import Limits, Unreadable

ROWS = [["项目名称", "总投资（万元）"], ["甲项目", 100], ["乙项目", 200.5]]
TEXT = "项目名称,总投资（万元）\r\n甲项目,100\r\n乙项目,200.5\r\n"


def workbook(fill=None, rows=ROWS) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if fill:
        fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def refused(content: bytes, limits: Limits | None = None) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        reader.read(content, limits or Limits())
    text = messages.word(caught.value)
    assert text != caught.value.code, "the refusal is worded"
    assert "\n" not in text
    return caught.value


def test_xlsx_gives_cells_as_they_are():
    book = reader.read(workbook())
    assert book.sheets[0].rows == [["项目名称", "总投资（万元）"], ["甲项目", 100.0], ["乙项目", 200.5]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_csv_in_each_encoding(encoding):
    book = reader.read(TEXT.encode(encoding))
    assert book.sheets[0].rows[1] == ["甲项目", "100"]
    told = [note.data.get("encoding") for note in book.notes]
    assert told == ([] if encoding.startswith("utf-8") else ["GB18030" if encoding == "gb18030" else "UTF-16"])


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_delimiters(delimiter):
    text = TEXT.replace(",", delimiter)
    assert reader.read(text.encode()).sheets[0].rows[2] == ["乙项目", "200.5"]


def zip_of(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def far_cell(row: int, column: int) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "项目名称")
    sheet.write(row, column, 1)
    book.close()
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import.file_empty"),
        (b"%PDF-1.7 renamed to xlsx", "import.file_wrong_type"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "import.file_wrong_type"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "import.file_wrong_type"),
        (zip_of({"word/document.xml": b"<a/>"}), "import.file_wrong_type"),
        (zip_of({"OFD.xml": b"<a/>"}), "import.file_wrong_type"),
        (zip_of({"any.txt": b"x"}), "import.file_wrong_type"),
        (OLE + "WordDocument".encode("utf-16-le"), "import.file_wrong_type"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "import.file_protected"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "import.file_html"),
        (b'<?xml version="1.0"?><Workbook/>', "import.file_xml"),
        (bytes(range(256)) * 20, "import.file_wrong_type"),
        (TEXT.encode()[:10] + b"\xff\xfe\xff" + TEXT.encode(), "import.encoding_broken"),
        ("项目名称,甲".encode()[:-1], "import.file_truncated"),
        (b"\n\n\n", "import.file_no_rows"),
        (far_cell(1_048_575, 16_383), "import.sheet_too_large"),
        (far_cell(99_000, 200), "import.sheet_too_large"),
    ],
)
def test_bad_input_is_one_clear_line(content, code):
    assert refused(content).code == code


def test_a_workbook_with_a_password_is_called_so_and_read_without_it():
    from msoffcrypto.format.ooxml import OOXMLFile

    content, locked = workbook(), io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt("云溪2026", locked)
    assert refused(locked.getvalue()).code == "import.file_protected"
    assert reader.read(content).sheets[0].rows[1][0] == "甲项目"


def test_truncated_workbook():
    content = workbook()
    assert refused(content[:-300]).code == "import.file_truncated"
    assert refused(content[: len(content) // 2]).code == "import.file_truncated"


def test_empty_workbook():
    assert refused(workbook(rows=[])).code == "import.file_no_rows"


def test_zip_bombs_are_not_opened():
    one = zip_of({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"0" * 30_000_000})
    assert refused(one).code == "import.zip_bomb"
    many = zip_of({f"xl/{n}.xml": b"" for n in range(60)} | {"xl/workbook.xml": b"<a/>"})
    assert refused(many, Limits(zip_entries=50)).code == "import.zip_bomb"
    assert refused(one, Limits(unpacked_bytes=1_000_000)).code == "import.zip_bomb"


def test_lying_zip_header_does_not_get_past_the_child():
    """The directory says 1 KB, the data unpack to 50 MB: the parser runs in a bounded process."""
    content = bytearray(zip_of({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"0" * 50_000_000}))
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 1000)
    assert refused(bytes(content)).code in {"import.file_truncated", "import.file_damaged", "import.zip_bomb"}


def test_rows_columns_and_size_have_limits():
    assert refused(b"a,b\n" * 500, Limits(rows=100)).code == "import.too_many_rows"
    assert refused((",".join("abcdefgh") + "\n").encode() * 3, Limits(columns=5)).code == "import.too_many_columns"
    assert refused(b"x" * 2000, Limits(file_bytes=1000)).code == "import.file_too_large"


def test_hidden_sheets_are_skipped_with_a_note():
    def hide(book):
        sheet = book.create_sheet("底稿")
        sheet.append(["项目名称"])
        sheet.sheet_state = "hidden"

    book = reader.read(workbook(hide))
    assert [s.name for s in book.sheets] == ["Sheet"]
    assert [(n.code, n.data["sheet"]) for n in book.notes] == [("import.sheet_hidden", "底稿")]


def test_formulas_without_values_and_error_cells_are_found():
    def fill(book):
        book.active["B2"] = "=1+1"
        book.active["B3"] = "#N/A"

    sheet = reader.read(workbook(fill)).sheets[0]
    assert sheet.no_value == frozenset({(1, 1)})
    assert sheet.errors == {(2, 1): "#N/A"}


def test_unclosed_quote_is_told_with_its_row():
    content = ('项目名称,备注\n甲,"没有收尾\n' + "乙,丙\n" * 20_000).encode()
    sheet = reader.read(content).sheets[0]
    assert len(sheet.rows) == 20_002
    assert (sheet.doubtful[1].code, sheet.doubtful[1].data) == ("import.csv_quote_unclosed", {"line": 2})


def csv_book(*lines):
    return reader.read("\n".join(["项目名称,总投资（万元）,区划", *lines, ""]).encode())


@pytest.mark.parametrize(
    ("lines", "rows", "doubts"),
    [
        # The quote of 甲 never closes: 乙 stays a row of its own.
        (['"甲,100,1', "乙,5,1"], [['"甲', "100", "1"], ["乙", "5", "1"]], {1: "import.csv_quote_unclosed"}),
        # Nor does the opening quote of a later cell close it.
        (['"甲,100,1', '"乙",5,1'], [['"甲', "100", "1"], ["乙", "5", "1"]], {1: "import.csv_quote_unclosed"}),
        # Two open quotes close each other: the rows between are seen.
        (['"甲,100,1', "乙,5,1", '丙,7,"'], [['"甲', "100", "1"], ["乙", "5", "1"], ["丙", "7", '"']],
         {1: "import.csv_quote_unclosed", 3: "import.csv_quote_unclosed"}),
        (['"十四五"规划工程,100,1'], [['"十四五"规划工程', "100", "1"]], {1: "import.csv_quote_inside"}),
        # A quoted cell of several lines, with delimiters and doubled quotes, is one cell as before.
        (['"甲\n""一期"", 二期",100,1', "乙,5,1"], [['甲\n"一期", 二期', "100", "1"], ["乙", "5", "1"]], {}),
    ],
)  # fmt: skip
def test_a_quote_that_never_closes_swallows_no_rows(lines, rows, doubts):
    sheet = csv_book(*lines).sheets[0]
    assert sheet.rows[1:] == rows
    assert {at: found.code for at, found in sheet.doubtful.items()} == doubts
    assert all(found.data["line"] == at + 1 for at, found in sheet.doubtful.items())
