"""Set a sheet as DOCX, to be edited or stamped in Word and WPS. The parts are written directly: a paper needs few of them.

Official faces are named, not embedded; ``altName`` tells Word what to take where 仿宋_GB2312 is missing. Lengths are
twips (1/20 pt). Every text passes :func:`_text`, so nothing of it can become markup.
"""

import io
import zipfile
from collections.abc import Iterable
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from gongbu.ground.papers.rules.filling import Attachment, Passage
from gongbu.ground.papers.rules.layout import day_words, split_title, width_of
from gongbu.ground.papers.typesetting import qr
from gongbu.ground.papers.typesetting.sheet import Sheet
from gongbu.ground.policy.rules.papers import Form

FANGSONG, KAI, HEI, SONG, TITLE = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"
STYLES = {"HEI": HEI, "KAI": KAI, "FANGSONG": FANGSONG}
_ALTERNATIVES = {FANGSONG: "仿宋", KAI: "楷体", HEI: "SimHei", SONG: "SimSun", TITLE: "宋体"}
RED = "E60012"
MM = 1440 / 25.4
PITCH = 579  # 225 mm ÷ 22 lines, rounded down so that 22 fit
ADVANCE = 315  # 156 mm ÷ 28 characters, rounded down so that 28 fit: 三号 set 0.25 pt tighter
TIGHTER = -5
FOUR_ADVANCE = 280  # 四号
BODY_WIDTH = 8845
TURNED_WIDTH = round(225 * MM)
_IMPRINT_LINE = 480
THICK, THIN = 8, 6  # eighths of a point: 0.35 and 0.25 mm
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def render(sheet: Sheet) -> bytes:
    """Return a sheet as DOCX; the same sheet gives the same bytes."""
    parts = {
        "[Content_Types].xml": _content_types(sheet),
        "_rels/.rels": _RELS,
        "docProps/core.xml": _core(sheet),
        "word/document.xml": _document(sheet),
        "word/styles.xml": _STYLES,
        "word/settings.xml": _SETTINGS,
        "word/fontTable.xml": _font_table(),
        "word/footer_odd.xml": _footer("right"),
        "word/footer_even.xml": _footer("left"),
        "word/_rels/document.xml.rels": _document_rels(sheet),
    }
    if sheet.form is Form.LETTER:
        parts |= {"word/header_first.xml": _letter_head(sheet), "word/footer_first.xml": _LETTER_FOOT}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(_member(name, sheet.issued_on), text.encode())
        if sheet.receipt:
            archive.writestr(_member("word/media/receipt.png", sheet.issued_on), qr.png(sheet.receipt.address))
    return out.getvalue()


# --- runs and paragraphs -----------------------------------------------------------------------------------------------


def _text(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(text)}</w:t>'


def _run(
    text: str,
    face: str = FANGSONG,
    points: float = 16,
    *,
    spacing: int = TIGHTER,
    colour: str = "",
    squeeze: float = 1,
    inner: str = "",
) -> str:
    name = quoteattr(face)
    half = round(points * 2)
    return (
        f"<w:r><w:rPr><w:rFonts w:ascii={name} w:hAnsi={name} w:eastAsia={name} w:cs={name}/>"
        + (f'<w:color w:val="{colour}"/>' if colour else "")
        + (f'<w:spacing w:val="{spacing}"/>' if spacing else "")
        + (f'<w:w w:val="{round(squeeze * 100)}"/>' if squeeze < 1 else "")
        + f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr>{inner or _text(text)}</w:r>'
    )


def _para(runs: str, *properties: str, line: int = PITCH, align: str = "") -> str:
    """Return a paragraph; ``properties`` are ready elements in the order of the schema, without spacing and jc."""
    before = "".join(p for p in properties if not p.startswith("<w:ind"))
    indent = "".join(p for p in properties if p.startswith("<w:ind"))
    spacing = f'<w:spacing w:before="0" w:after="0" w:line="{line}" w:lineRule="exact"/>'
    justify = f'<w:jc w:val="{align}"/>' if align else ""
    return f"<w:p><w:pPr>{before}{GRIDLESS}{spacing}{indent}{justify}</w:pPr>{runs}</w:p>"


def _blank(count: int = 1, *properties: str) -> str:
    return _para(_run(""), *properties) * count


def _indent(**sides: int) -> str:
    names = {"first": "firstLine", "left": "left", "right": "right", "hanging": "hanging"}
    return "<w:ind " + " ".join(f'w:{names[side]}="{value}"' for side, value in sides.items()) + "/>"


KEEP = "<w:keepNext/>"
# Exact line heights make the grid; Word's own would round 35 pt up to two lines. No space between 汉字 and digits.
GRIDLESS = '<w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:snapToGrid w:val="0"/>'
FIRST_LINE = _indent(first=2 * ADVANCE)


def _passage(passage: Passage, *properties: str) -> str:
    lead = _run(passage.lead, STYLES[passage.style]) if passage.lead else ""
    keep = (KEEP,) if not passage.text else properties
    return _para(lead + (_run(passage.text) if passage.text else ""), *keep, FIRST_LINE, align="both")


def _title(title: str, limit: int = 20) -> str:
    return "".join(
        _para(_run(line, TITLE, 22, spacing=0), KEEP, line=700, align="center") for line in split_title(title, limit)
    )


def _border(kind: str, side: str, size: int, space: int, colour: str = RED) -> str:
    return f'<w:pBdr><w:{side} w:val="{kind}" w:sz="{size}" w:space="{space}" w:color="{colour}"/></w:pBdr>'


# --- the parts of a paper ----------------------------------------------------------------------------------------------


def _mark(sheet: Sheet, before: int) -> str:
    mark = sheet.mark
    run = _run(mark.text, TITLE, mark.size_pt, spacing=0, colour=RED, squeeze=mark.squeeze)
    height = round((mark.size_pt + 2) * 20)
    spacing = f'<w:spacing w:before="{before}" w:after="0" w:line="{height}" w:lineRule="exact"/>'
    return f'<w:p><w:pPr>{GRIDLESS}{spacing}<w:jc w:val="center"/></w:pPr>{run}</w:p>'


def _head(sheet: Sheet) -> str:
    """Return 版头 down to the blank lines before the title."""
    line_below = _border("single", "bottom", 12, 5)
    ends = (
        f'<w:tabs><w:tab w:val="left" w:pos="{ADVANCE}"/><w:tab w:val="right" w:pos="{BODY_WIDTH - ADVANCE}"/></w:tabs>'
    )
    tab = "<w:r><w:tab/></w:r>"
    if sheet.form is Form.RED_HEAD:
        if sheet.signer:
            runs = tab + _run(sheet.doc_no) + tab + _run("签发人：") + _run(sheet.signer, KAI)
            number = _para(runs, line_below, ends)
        else:
            number = _para(_run(sheet.doc_no), line_below, align="center")
        return _mark(sheet, round(35 * MM)) + _blank(2) + number + _blank(2)
    if sheet.form is Form.LETTER:
        number = _para(_run(sheet.doc_no), align="right")
        return number.replace('w:before="0"', 'w:before="130"', 1) + _blank(2)  # 7/8 of a character below the line
    if sheet.form is Form.MINUTES:
        runs = tab + _run(sheet.issuer) + tab + _run(day_words(sheet.issued_on))
        number = _para(_run(sheet.doc_no), align="center")
        return (
            _mark(sheet, round(35 * MM)) + _blank() + number + _blank()
            + _para(runs, line_below, ends) + _blank(2)
        )  # fmt: skip
    return _blank()


def _closing(sheet: Sheet) -> str:
    """Return what follows the text: 附件说明, 署名 and 成文日期 with room for the seal, 附注, lists of people."""
    words, parts = sheet.words, []
    if words.attachments:
        parts.append(_blank(1, KEEP))
        many = len(words.attachments) > 1
        for number, annex in enumerate(words.attachments, 1):
            label = ("附件：" if number == 1 else "　　　") + (f"{number}. " if many else "")
            hang = round(width_of(label) * ADVANCE)
            parts.append(
                _para(_run(label + annex.title), KEEP, _indent(left=2 * ADVANCE + hang, hanging=hang), align="both")
            )
    if sheet.is_signed:
        day = day_words(sheet.issued_on)
        wide, narrow = width_of(sheet.issuer) * ADVANCE, width_of(day) * ADVANCE
        right = max(4 * ADVANCE, (wide - narrow) / 2)
        parts.append(_blank(2, KEEP))
        parts.append(
            _para(_run(sheet.issuer), KEEP, _indent(right=max(round(right - (wide - narrow) / 2), 0)), align="right")
        )
        parts.append(_para(_run(day), _indent(right=round(right)), align="right"))
    if words.remark:
        parts.append(_para(_run(f"（{words.remark}）"), FIRST_LINE, align="both"))
    if words.people:
        parts.append(_blank())
        for label, names in words.people:
            hang = (len(label) + 1) * ADVANCE
            runs = _run(f"{label}：", HEI) + _run("　".join(names))
            parts.append(_para(runs, _indent(left=2 * ADVANCE + hang, hanging=hang)))
    return "".join(parts)


def _body(sheet: Sheet) -> str:
    words = sheet.words
    parts = [_head(sheet), _title(words.title)]
    if sheet.form is Form.PLAIN:
        parts.append(_para(_run(sheet.doc_no), align="center"))
    parts.append(_blank())
    if words.addressee:
        parts.append(_para(_run(f"{words.addressee}："), align="both"))
    last = len(words.passages) - 1
    parts += [_passage(p, *((KEEP,) if index == last else ())) for index, p in enumerate(words.passages)]
    parts.append(_closing(sheet))
    return "".join(parts)


def _annex(annex: Attachment, label: str) -> str:
    first = _para(_run(label, HEI), *(() if annex.is_turned else ("<w:pageBreakBefore/>",)))
    parts = [first, _blank(), _title(annex.title, 30 if annex.is_turned else 20), _blank()]
    parts += [_passage(passage) for passage in annex.passages]
    if annex.headings:
        if annex.note:
            parts.append(_para(_run(annex.note, points=12, spacing=0), line=360, align="right"))
        parts.append(_table(annex, TURNED_WIDTH if annex.is_turned else BODY_WIDTH))
        parts.append(_para("", line=20))
    return "".join(parts)


def _table(annex: Attachment, width: int) -> str:
    total = sum(heading.width for heading in annex.headings)
    widths = [round(width * heading.width / total) for heading in annex.headings]

    def row(cells: Iterable[str], aligns: Iterable[str], face: str, is_head: bool = False) -> str:
        filled = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{w}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
            + _para(_run(cell, face, 12, spacing=0), line=360, align=align)
            + "</w:tc>"
            for cell, align, w in zip(cells, aligns, widths, strict=True)
        )
        repeated = "<w:tblHeader/>" if is_head else ""
        return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{filled}</w:tr>"

    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    aligns = [heading.align for heading in annex.headings]
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{sides}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr><w:tblGrid>"
        + "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
        + "</w:tblGrid>"
        + row([h.label for h in annex.headings], ["center"] * len(widths), HEI, is_head=True)
        + "".join(row(cells, aligns, FANGSONG) for cells in annex.rows)
        + "</w:tbl>"
    )


def _floating(place: str, rows: str, widths: list[int], borders: str = "", margins: str = "") -> str:
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblpPr {place}/><w:tblOverlap w:val="never"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>{borders}<w:tblLayout w:type="fixed"/>{margins}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>{_para('', line=20)}"
    )


def _cell(width: int, content: str, span: int = 1) -> str:
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}<w:vAlign w:val="center"/></w:tcPr>{content}</w:tc>'
    )


def _imprint(sheet: Sheet) -> str:
    """Return 版记 at the foot of the last page: thick outer lines, a thin one between (§7.4).

    Frames at fixed places, one for each line: LibreOffice lets no table float that is as wide as the text, and loses a
    frame of two paragraphs. The rules run the whole width, so the text is moved in by tabs and broken here.
    """
    lines = _copies_lines(sheet)
    if not lines and not sheet.has_imprint:
        return ""
    places = (("left", FOUR_ADVANCE), ("left", 4 * FOUR_ADVANCE), ("right", BODY_WIDTH - FOUR_ADVANCE))
    tabs = "<w:tabs>" + "".join(f'<w:tab w:val="{kind}" w:pos="{place}"/>' for kind, place in places) + "</w:tabs>"
    tab, parts = "<w:r><w:tab/></w:r>", []

    def framed(runs: str, rows_below: int, **borders: int) -> str:
        top = round(262 * MM) - rows_below * _IMPRINT_LINE
        frame = f'<w:framePr w:w="{BODY_WIDTH}" w:wrap="around" w:vAnchor="page" w:hAnchor="margin" w:xAlign="left" w:y="{top}"/>'
        sides = "".join(
            f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>' for side, size in borders.items()
        )
        return _para(runs, frame, f"<w:pBdr>{sides}</w:pBdr>" if sides else "", tabs, line=_IMPRINT_LINE)

    if lines:
        label = _run(f"{sheet.copies_label}：", points=14, spacing=0)
        broken = f"<w:r><w:br/></w:r>{tab}{tab}".join(_run(line, points=14, spacing=0) for line in lines)
        borders = {"top": THICK} if sheet.has_imprint else {}
        parts.append(framed(f"{tab}{label}{broken}", len(lines) + sheet.has_imprint, **borders) + _para("", line=20))
    if sheet.has_imprint:
        printed = _run(f"{day_words(sheet.issued_on)}印发", points=14, spacing=0)
        gap = tab * (2 if width_of(sheet.issuer) <= 3 else 1)  # a short name ends before the second stop
        runs = tab + _run(sheet.issuer, points=14, spacing=0) + gap + printed
        parts.append(framed(runs, 1, top=THIN if lines else THICK, bottom=THICK) + _para("", line=20))
    return "".join(parts)


def _copies_lines(sheet: Sheet) -> list[str]:
    """Return 抄送机关 in lines of 四号, broken after a stop where there is one."""
    if not sheet.words.copies:
        return []
    room = BODY_WIDTH / FOUR_ADVANCE - 5  # one character in on either side, three for the label
    lines, rest = [], f"{sheet.words.copies}。"
    while width_of(rest) > room:
        end = next(n for n in range(len(rest), 0, -1) if width_of(rest[:n]) <= room)
        stop = max(rest.rfind(mark, 0, end) for mark in "，、；") + 1
        end = stop if stop > end // 2 else end
        lines.append(rest[:end])
        rest = rest[end:]
    return [*lines, rest]


def _receipt(sheet: Sheet) -> str:
    """Return the receipt below the 版心 of the last page, in the middle: whether that page is odd only Word knows."""
    if sheet.receipt is None:
        return ""
    side = 15 * 36000
    picture = (
        '<w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        f'distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{side}" cy="{side}"/>'
        f'<wp:docPr id="1" name="回执二维码" descr="回执编号 {sheet.receipt.code}"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:nvPicPr><pic:cNvPr id="1" name="receipt.png"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:embed="rId10"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{side}" cy="{side}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )
    image = f'<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/></w:pPr><w:r>{picture}</w:r></w:p>'
    lines = "".join(
        _para(_run(line, SONG, 9, spacing=0), line=260)
        for line in ("扫码或凭编号核验真伪", f"回执编号　{sheet.receipt.code}")
    )
    place = (
        'w:leftFromText="0" w:rightFromText="0" w:vertAnchor="page" w:horzAnchor="margin" w:tblpXSpec="center" '
        f'w:tblpY="{round(266 * MM)}"'
    )
    return _floating(place, f"<w:tr>{_cell(1000, image)}{_cell(2800, lines)}</w:tr>", [1000, 2800])


# --- sections and the parts around the document -------------------------------------------------------------------------


def _section(sheet: Sheet, *, is_turned: bool, is_first: bool) -> str:
    names = 'w:type="default" r:id="rId4"', 'w:type="even" r:id="rId5"'
    marks = "".join(f"<w:footerReference {name}/>" for name in names)
    first = ""
    if sheet.form is Form.LETTER and is_first:
        marks = f'<w:headerReference w:type="first" r:id="rId6"/>{marks}<w:footerReference w:type="first" r:id="rId7"/>'
        first = "<w:titlePg/>"
    size = 'w:w="16838" w:h="11906" w:orient="landscape"' if is_turned else 'w:w="11906" w:h="16838"'
    top, right, bottom, left = (28, 37, 26, 35) if is_turned else (37, 26, 35, 28)
    foot = 10 if is_turned else 24
    return (
        f'<w:sectPr>{marks}<w:type w:val="nextPage"/><w:pgSz {size}/>'
        f'<w:pgMar w:top="{round(top * MM)}" w:right="{round(right * MM)}" w:bottom="{round(bottom * MM)}" '
        f'w:left="{round(left * MM)}" w:header="{round(29.3 * MM)}" w:footer="{round(foot * MM)}" w:gutter="0"/>'
        f'{first}<w:docGrid w:type="lines" w:linePitch="{PITCH}"/></w:sectPr>'
    )


def _document(sheet: Sheet) -> str:
    """Return the document: upright and turned sheets are sections of their own; 版记 stands on an upright one."""
    sections: list[tuple[bool, str]] = [(False, _body(sheet))]
    many = len(sheet.words.attachments) > 1
    for number, annex in enumerate(sheet.words.attachments, 1):
        content = _annex(annex, f"附件{number}" if many else "附件")
        if not annex.is_turned and not sections[-1][0]:
            sections[-1] = (False, sections[-1][1] + content)
        else:
            sections.append((annex.is_turned, content))
    end = _para("", line=20) + _imprint(sheet) + _receipt(sheet)
    if sections[-1][0]:
        sections.append((False, ""))
    body = []
    for index, (is_turned, content) in enumerate(sections):
        break_ = _section(sheet, is_turned=is_turned, is_first=index == 0)
        if index < len(sections) - 1:
            body.append(content + _para("", line=20).replace("</w:pPr>", f"{break_}</w:pPr>", 1))
        else:
            body.append(content + end + _para("", line=20) + break_)
    return f'{_HEAD}<w:document xmlns:w="{_W}" xmlns:r="{_R}"><w:body>{"".join(body)}</w:body></w:document>'


def _footer(side: str) -> str:
    """Return the page number: 四号 between 一字线, one character in from the side (§7.5)."""
    field = '<w:fldChar w:fldCharType="{}"/>'
    parts = [
        _run("— ", SONG, 14, spacing=0),
        _run("", SONG, 14, spacing=0, inner=field.format("begin")),
        _run("", SONG, 14, spacing=0, inner='<w:instrText xml:space="preserve"> PAGE </w:instrText>'),
        _run("", SONG, 14, spacing=0, inner=field.format("separate")),
        _run("1", SONG, 14, spacing=0),
        _run("", SONG, 14, spacing=0, inner=field.format("end")),
        _run(" —", SONG, 14, spacing=0),
    ]
    content = _para("".join(parts), _indent(**{side: FOUR_ADVANCE}), line=300, align=side)
    return f'{_HEAD}<w:ftr xmlns:w="{_W}">{content}</w:ftr>'


def _letter_head(sheet: Sheet) -> str:
    """Return the head of a letter's first page: 发文机关 30 mm from the top, 4 mm below it a double line (§10.1)."""
    mark = sheet.mark
    run = _run(mark.text, TITLE, mark.size_pt, spacing=0, colour=RED, squeeze=mark.squeeze)
    beyond = _indent(left=-round(8 * MM), right=-round(6 * MM))
    line = _border("thickThinSmallGap", "bottom", 24, 7)
    height = round((mark.size_pt + 2) * 20)
    return f'{_HEAD}<w:hdr xmlns:w="{_W}">{_para(run, line, beyond, line=height, align="center")}</w:hdr>'


def _member(name: str, on: date) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (max(on.year, 1980), on.month, on.day, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _content_types(sheet: Sheet) -> str:
    parts = {"document": "document.main", "styles": "styles", "settings": "settings", "fontTable": "fontTable",
             "footer_odd": "footer", "footer_even": "footer"}  # fmt: skip
    if sheet.form is Form.LETTER:
        parts |= {"header_first": "header", "footer_first": "footer"}
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_OFFICE}.{kind}+xml"/>' for name, kind in parts.items()
    )
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
        f'{overrides}<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        "</Types>"
    )


def _document_rels(sheet: Sheet) -> str:
    targets = {"rId1": ("styles", "styles.xml"), "rId2": ("settings", "settings.xml"), "rId3": ("fontTable", "fontTable.xml"),
               "rId4": ("footer", "footer_odd.xml"), "rId5": ("footer", "footer_even.xml")}  # fmt: skip
    if sheet.form is Form.LETTER:
        targets |= {"rId6": ("header", "header_first.xml"), "rId7": ("footer", "footer_first.xml")}
    if sheet.receipt:
        targets["rId10"] = ("image", "media/receipt.png")
    rows = "".join(
        f'<Relationship Id="{key}" Type="{_R}/{kind}" Target="{target}"/>' for key, (kind, target) in targets.items()
    )
    return f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def _core(sheet: Sheet) -> str:
    at = f"{sheet.issued_on.isoformat()}T00:00:00Z"
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(sheet.words.title)}</dc:title><dc:subject>{escape(sheet.doc_no)}</dc:subject>"
        f"<dc:creator>{escape(sheet.issuer)}</dc:creator>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{at}</dcterms:created></cp:coreProperties>'
    )


def _font_table() -> str:
    rows = "".join(
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(other)}/></w:font>"
        for name, other in _ALTERNATIVES.items()
    )
    return f'{_HEAD}<w:fonts xmlns:w="{_W}">{rows}</w:fonts>'


_RELS = (
    f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="word/document.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" '
    'Target="docProps/core.xml"/></Relationships>'
)
_STYLES = (
    f'{_HEAD}<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>'
    f'<w:rFonts w:ascii="{FANGSONG}" w:hAnsi="{FANGSONG}" w:eastAsia="{FANGSONG}"/><w:sz w:val="32"/><w:szCs w:val="32"/>'
    '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr><w:widowControl/>'
    f"<w:kinsoku/>{GRIDLESS}</w:pPr></w:style>"
    "</w:styles>"
)
_SETTINGS = (
    f'{_HEAD}<w:settings xmlns:w="{_W}"><w:zoom w:percent="100"/><w:evenAndOddHeaders/>'
    '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    "</w:compat></w:settings>"
)
# 距下页边 20 mm: a double line, the thin one above; 首页不显示页码.
_LETTER_FOOT = (
    f'{_HEAD}<w:ftr xmlns:w="{_W}"><w:p><w:pPr>'
    f'<w:framePr w:w="{round(170 * MM)}" w:h="40" w:hRule="exact" w:wrap="around" w:vAnchor="page" w:hAnchor="page" '
    f'w:xAlign="center" w:y="{round(276 * MM)}"/>'
    f"{_border('thinThickSmallGap', 'top', 24, 1)}"
    f'<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr></w:p>{_para("", line=20)}</w:ftr>'
)
