"""PDF and DOCX as another program reads them: text without Kangxi radicals, the measures of the standard, no injection."""

import io
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date

import docx as python_docx
import pypdfium2
import pytest
from docx.shared import Mm

from gongbu.ground.papers import bench
from gongbu.ground.papers.rules.filling import Attachment, Heading, Passage, Words
from gongbu.ground.papers.typesetting import docx, faces, pdf, qr
from gongbu.ground.papers.typesetting.sheet import Receipt, Sheet
from gongbu.ground.policy.rules.papers import Form

DAY = date(2026, 3, 2)
CODE = "7K2M-9XQ4-WB3D"
# CJK radicals supplement, Kangxi radicals, compatibility ideographs: the same look, but search and copying fail.
LOOKALIKES = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")
MM = 72 / 25.4


def sheet(form=Form.RED_HEAD, *texts, **more):
    words = Words(
        title="关于印发云溪县2026年度重大项目清单的通知",
        mark="云溪县发展和改革局文件",
        addressee="各乡镇人民政府",
        passages=tuple(Passage("FANGSONG", "", text) for text in texts or ("请认真抓好落实。",)),
        copies="县委办公室，县政府办公室",
        **more,
    )
    receipt = Receipt(CODE, f"https://xm.example/receipts/{CODE}")
    return Sheet(words, form, "云溪县发展和改革局", "云发改〔2026〕12号", DAY, receipt=receipt)


def pages_of(content):
    return list(pypdfium2.PdfDocument(content))


def text_of(content):
    return "".join(page.get_textpage().get_text_range() for page in pages_of(content))


def table(rows, *, is_turned):
    headings = (Heading("序号", 3, "center"), Heading("项目名称", 14, "left"), Heading("总投资", 7, "right"))
    return Attachment("云溪县2026年度重大项目清单", "单位：万元", (), headings, rows, is_turned)


@pytest.mark.parametrize("form", list(Form))
def test_the_text_of_a_pdf_can_be_searched(form):
    text = text_of(pdf.render(sheet(form)))
    assert not LOOKALIKES.search(text)
    joined = re.sub(r"\s", "", text)
    for part in (
        "云发改〔2026〕12号",
        "关于印发云溪县2026年度重大项目清单的通知",
        CODE,
        "请认真抓好落实。",
        "各乡镇人民政府：",
    ):
        assert part in joined
    assert ("—1—" in joined) == (form is not Form.LETTER), "信函格式首页不显示页码"
    assert ("2026年3月2日印发" in joined) == (form in {Form.RED_HEAD, Form.MINUTES})


def test_every_character_of_gb2312_comes_out_as_itself():
    han = "".join(
        bytes([row, cell]).decode("gb2312")
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
        if not (row == 0xD7 and cell > 0xF9)
    )
    assert len(han) == 6763
    text = text_of(pdf.render(sheet(Form.PLAIN, han)))
    assert not LOOKALIKES.search(text)
    assert not set(han) - set(text)


def test_a_page_holds_22_lines_of_28_characters_inside_the_margins():
    content = pdf.render(sheet(Form.PLAIN, "国" * 28 * 60))
    page = pages_of(content)[1]
    assert page.get_size() == pytest.approx((210 * MM, 297 * MM), abs=0.1)
    text = page.get_textpage()
    boxes = [text.get_charbox(i) for i in range(text.count_chars()) if text.get_text_range(i, 1) == "国"]
    rows = Counter(round(box[1]) for box in boxes)
    assert len(rows) == 22
    assert set(rows.values()) == {28}
    left, right = min(box[0] for box in boxes) / MM, max(box[2] for box in boxes) / MM
    top, bottom = 297 - max(box[3] for box in boxes) / MM, 297 - min(box[1] for box in boxes) / MM
    assert 28 <= left <= 29.5, "订口 28 mm"
    assert 182.5 <= right <= 184, "版心宽 156 mm"
    assert 37 <= top <= 40, "天头 37 mm"
    assert 259 <= bottom <= 262, "版心高 225 mm"


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages():
    content = pdf.render(sheet(Form.RED_HEAD, *("请认真抓好落实，" * 20 for _ in range(6))))
    for number, page in enumerate(pages_of(content), 1):
        text = page.get_textpage()
        at = text.search(f"— {number} —").get_next()
        assert at, f"第 {number} 页没有页码"
        left, bottom, _, _ = text.get_charbox(at[0])
        assert (left > 297) == (number % 2 == 1)
        assert 22 <= bottom / MM <= 29, "一字线上距版心下边缘 7 mm"


def test_the_signature_never_stands_on_a_page_without_text():
    """此页无正文 is not allowed: at least one line of the text goes along, wherever the page ends."""
    counts = set()
    for count in range(1, 40):
        pages = pages_of(pdf.render(sheet(Form.RED_HEAD, "请各单位认真抓好落实并及时报告情况，" * count)))
        counts.add(len(pages))
        texts = [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in pages]
        signed = [text for text in texts if re.search("2026年3月2日(?!印发)", text)]
        assert len(signed) == 1
        assert re.search("[落实情况告报及时各单位认真抓好并]+，?云溪县发展和改革局2026", signed[0]), (
            f"{count}：此页无正文"
        )
    assert counts == {2, 3}


def test_a_wide_table_turns_its_sheet_and_the_imprint_stands_upright_after_it():
    rows = tuple((str(n), f"第{n}中学", "1,000.00") for n in range(1, 60))
    turned = pages_of(pdf.render(sheet(attachments=(table(rows, is_turned=True),))))
    sizes = [tuple(round(side / MM) for side in page.get_size()) for page in turned]
    assert sizes[0] == sizes[-1] == (210, 297)
    assert (297, 210) in sizes
    assert "印发" in turned[-1].get_textpage().get_text_range()
    upright = pages_of(pdf.render(sheet(attachments=(table(rows, is_turned=False),))))
    assert {tuple(round(side / MM) for side in page.get_size()) for page in upright} == {(210, 297)}
    heads = sum("项目名称" in page.get_textpage().get_text_range() for page in upright)
    assert heads >= 2, "表头在每页重复"


def test_a_pdf_is_archival_and_the_same_sheet_gives_the_same_bytes():
    content = pdf.render(sheet())
    assert b"pdfaid:part>2" in content
    assert b"pdfaid:conformance>B" in content
    assert content == pdf.render(sheet())
    assert docx.render(sheet()) == docx.render(sheet())
    assert pypdfium2.PdfDocument(content).get_metadata_dict()["Title"] == "关于印发云溪县2026年度重大项目清单的通知"


@pytest.mark.parametrize(
    "nasty",
    [
        '#panic("x") #read("/etc/passwd") $x^2$ *粗* _斜_ @ref <label> \\ // 注释 `code` [内容]',
        "</w:t></w:r><w:r><w:t>&amp;&#x41; ]]> {{7*7}} {% raw %} ${x} ''.__class__",
    ],
)
def test_text_never_becomes_markup(nasty):
    for form in Form:
        assert re.sub(r"\s", "", nasty) in re.sub(r"\s", "", text_of(pdf.render(sheet(form, nasty))))
        opened = python_docx.Document(io.BytesIO(docx.render(sheet(form, nasty))))
        assert nasty in "\n".join(paragraph.text for paragraph in opened.paragraphs)


@pytest.mark.parametrize("form", list(Form))
def test_a_docx_opens_again_with_its_text_measures_and_receipt(form):
    rows = (("1", "云溪县第一中学", "1,000.00"), ("", "合计", "1,000.00"))
    made = sheet(form, attachments=(table(rows, is_turned=True), table(rows, is_turned=False)))
    content = docx.render(made)
    opened = python_docx.Document(io.BytesIO(content))
    texts = [paragraph.text.strip() for paragraph in opened.paragraphs]
    assert "云发改〔2026〕12号" in texts
    assert "请认真抓好落实。" in texts
    assert "附件：1. 云溪县2026年度重大项目清单" in texts
    first = opened.sections[0]
    margins = (first.top_margin, first.bottom_margin, first.left_margin, first.right_margin)
    assert [round(side / Mm(1)) for side in margins] == [37, 35, 28, 26]
    assert [round(s.page_width / Mm(1)) for s in opened.sections[:2]] == [210, 297]
    assert round(opened.sections[-1].page_width / Mm(1)) == 210
    assert opened.tables[0].cell(1, 1).text == "云溪县第一中学"
    assert any(CODE in cell.text for cell in opened.tables[-1]._cells)
    assert opened.core_properties.title == made.words.title
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "word/media/receipt.png" in names
    assert not [name for name in names if "vba" in name.lower()]


def test_what_the_bench_measures_is_a_page_of_the_real_layout():
    pages = pages_of(pdf.render(bench.sheet(3)))
    assert len(pages) == 1
    assert "印发" in pages[0].get_textpage().get_text_range()
    assert bench.run(3)["value"] > 0


def test_a_paper_to_a_superior_names_who_signed_it_off():
    signed = replace(sheet(), signer="施有恒")
    assert "签发人：施有恒" in re.sub(r"\s", "", text_of(pdf.render(signed)))
    opened = python_docx.Document(io.BytesIO(docx.render(signed)))
    assert any("签发人：施有恒" in paragraph.text for paragraph in opened.paragraphs)
    assert "签发人" not in text_of(pdf.render(sheet()))


def test_a_draft_says_so_and_carries_no_receipt():
    draft = replace(sheet(), receipt=None, is_draft=True, doc_no="云发改〔2026〕　　号")
    text = text_of(pdf.render(draft))
    assert "预览稿" in text
    assert "回执编号" not in text


def test_the_code_on_the_paper_is_the_address_of_the_receipt():
    address = f"https://xm.example/receipts/{CODE}"
    assert qr.svg(address).startswith("<svg")
    assert qr.png(address).startswith(b"\x89PNG")


def test_faces_prefer_official_ones_and_fall_back_to_the_packaged_ones():
    packaged = frozenset({faces.SERIF, faces.SANS})
    plain = faces.choose(packaged)
    assert (plain.fangsong[0], plain.kai[0], plain.title[0]) == (faces.SERIF,) * 3
    assert set(plain.substituted) == {"fangsong", "kai", "title"}
    assert (plain.hei[0], plain.title_stroke) == (faces.SANS, 0.5)
    full = faces.choose(packaged | {"仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"})
    assert (full.fangsong[0], full.title[0], full.substituted) == ("仿宋_GB2312", "方正小标宋简体", ())
    assert (full.hei_stroke, full.title_stroke) == (0.0, 0.0)
    assert full.fangsong[-1] == faces.SANS, "rare characters are taken from the packaged faces"
    with pytest.raises(faces.NoFonts):
        faces.choose(frozenset({"DejaVu Sans"}))
