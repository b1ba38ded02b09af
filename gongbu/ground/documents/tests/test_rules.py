"""Names and types, judged by content."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.basics.rules.filenames import split_name
from gongbu.ground.documents.rules.identify import identify
from gongbu.ground.documents.rules.names import MAX_CHARS, clean_name, unique_name
from gongbu.ground.documents.tests import factories as make


def judged(data, name):
    return identify(io.BytesIO(data), len(data), name)


@pytest.mark.parametrize(
    ("brought", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\批复.pdf", "批复.pdf"),
        ("C:\\Users\\陈静\\桌面\\可研报告.docx", "可研报告.docx"),
        ("清单\u202excod.exe", "清单xcod.exe"),
        ("a\x00b\r\nc.pdf", "a_b__c.pdf"),
        ('初设<1>:"终稿"|?*.dwg', "初设_1___终稿____.dwg"),
        ("con.pdf", "_con.pdf"),
        ("....", "未命名"),
        ("", "未命名"),
        ("/", "未命名"),
        (" 批复 . ", "批复"),
        ("\ud800坏.pdf", "坏.pdf"),
    ],
)
def test_names_are_made_harmless(brought, kept):
    assert clean_name(brought) == kept


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_stays_in_its_folder(text):
    name = clean_name(text)
    assert name
    assert len(name) <= MAX_CHARS
    assert not set(name) & set('/\\<>:"|?*\x00\r\n')
    assert name not in {".", ".."}
    assert clean_name(name) == name
    name.encode()


def test_shortening_keeps_the_extension():
    assert clean_name("长" * 300 + ".pdf").endswith(".pdf")
    assert clean_name("长" * 300 + "．ＰＤＦ").endswith("长．ＰＤＦ")


def test_a_full_width_name_is_shown_as_it_was_given():
    assert clean_name("项目表．ＸＬＳＸ") == "项目表．ＸＬＳＸ"
    assert unique_name("项目表．xlsx", {"项目表．xlsx"}) == "项目表 (2)．xlsx"
    assert split_name("工程概况。第二稿") == ("工程概况。第二稿", "")


def test_same_names_in_one_folder_are_told_apart():
    taken = set()
    assert [unique_name(name, taken) for name in ("批复.pdf", "批复.PDF", "批复.pdf", "图")] == [
        "批复.pdf", "批复 (2).PDF", "批复 (3).pdf", "图",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (make.pdf(), "批复.pdf", "PDF"),
        (make.png(), "现场.png", "PNG"),
        (make.docx(), "报告.docx", "DOCX"),
        (make.ofd(), "批复.ofd", "OFD"),
        (make.ole("WordDocument"), "报告.wps", "DOC"),
        (make.ole("Workbook"), "概算.et", "XLS"),
        (make.dwg(), "总平面.dwg", "DWG"),
        (b"ISO-10303-21;\nHEADER;", "模型.ifc", "IFC"),
        (make.zipped({"a.pdf": make.pdf()}), "打包.zip", "ZIP"),
        ("项目,投资\n城北,1200".encode("gb18030"), "清单.csv", "TEXT"),
        ("项目,投资".encode(), "清单.csv", "TEXT"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 20, "照片.jpeg", "JPEG"),
        (make.pdf(), "批复．pdf", "PDF"),
        (make.pdf(), "批复.ＰＤＦ", "PDF"),
        (make.pdf(), "批复．ｐｄｆ ", "PDF"),
        (make.pdf(), "批复。pdf", "PDF"),
    ],
)
def test_types_are_told_by_content(data, name, code):
    found = judged(data, name)
    assert (found.code, found.flags) == (code, ())


@pytest.mark.parametrize(
    ("data", "name", "flag"),
    [
        (make.pdf(), "现场.png", "extension_mismatch"),
        (make.docx(macros=True), "报告.docm", "has_macros"),
        (make.ole("WordDocument", "Macros"), "报告.doc", "has_macros"),
        (make.ole("EncryptedPackage"), "报告.docx", "encrypted"),
        (make.pdf() + b"trailer << /Encrypt 9 0 R >>", "批复.pdf", "encrypted"),
        (make.zipped({"安装.exe": b"MZ"}), "打包.zip", "contains_programs"),
    ],
)
def test_doubtful_files_are_taken_with_a_flag(data, name, flag):
    found = judged(data, name)
    assert found.code
    assert found.flags == (flag,)


@pytest.mark.parametrize(
    ("data", "name", "refusal"),
    [
        (b"", "空.pdf", "documents.empty"),
        (b"MZ\x90\x00" + b"\x00" * 60, "批复.pdf", "documents.dangerous"),
        (b"echo", "批复．ｂａｔ", "documents.dangerous"),
        (b"echo", "批复.bat.", "documents.dangerous"),
        (b"echo", "批复.b\u200bat", "documents.dangerous"),
        (b"\x7fELF\x02", "图纸.dwg", "documents.dangerous"),
        (b"#!/bin/sh\nrm -rf /", "说明.txt", "documents.dangerous"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "说明.txt", "documents.dangerous"),
        (b"\xef\xbb\xbf  <html>", "说明.pdf", "documents.dangerous"),
        (
            b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
            "图.xml",
            "documents.dangerous",
        ),
        (make.pdf(), "批复.exe", "documents.dangerous"),
        (make.pdf(), "批复.pdf.html", "documents.dangerous"),
        (make.zipped({"AndroidManifest.xml": b"x"}), "包.zip", "documents.dangerous"),
        (b"PK\x03\x04" + b"\x00" * 50, "坏.zip", "documents.broken"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 20, "坏.doc", "documents.broken"),
        (b"\x00\x01\x02\x03" * 50, "未知.pdf", "documents.unknown_type"),
    ],
)
def test_dangerous_broken_and_unknown_files_are_refused(data, name, refusal):
    found = judged(data, name)
    assert (found.code, found.refusal) == (None, refusal)


def test_zip_bombs_are_refused_by_their_directory():
    assert judged(make.bomb(), "归档.zip").refusal == "documents.zip_bomb"
    many = make.zipped({f"{number}.txt": b"" for number in range(20_001)})
    assert judged(many, "归档.zip").refusal == "documents.zip_bomb"


def test_a_loop_in_an_ole_file_ends():
    data = bytearray(make.ole("WordDocument"))
    data[512 + 4 : 512 + 8] = (1).to_bytes(4, "little")  # the directory sector follows itself
    assert judged(bytes(data), "报告.doc").code == "DOC"


@given(st.binary(max_size=600))
def test_no_bytes_crash_the_judge(data):
    for start in (b"", b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"), b"%PDF-", b"<?xml "):
        found = judged(start + data, "文件.bin")
        assert found.code or found.refusal
