"""Set a sheet as PDF/A-2b with typst. One compiler lives as long as the process: 4 ms a page instead of 120."""

import json
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gongbu.ground.papers.rules.filling import Attachment, Passage
from gongbu.ground.papers.rules.layout import day_words, split_title
from gongbu.ground.papers.typesetting import faces, qr
from gongbu.ground.papers.typesetting.sheet import Sheet

if TYPE_CHECKING:
    import typst

TEMPLATE = Path(__file__).with_name("paper.typ")
STANDARD: Final = "a-2b"  # PDF/A-2b: an archive must be able to open it in thirty years
_lock = threading.Lock()


@cache
def compiler() -> "typst.Compiler":
    """Return the compiler of this process, made at first use (about 0.1 s with the search for typefaces)."""
    import typst

    return typst.Compiler(input=str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=faces.search())


def render(sheet: Sheet) -> bytes:
    """Return a sheet as PDF. The same sheet gives the same bytes on the same machine.

    :raises faces.NoFonts: there is no Chinese typeface
    """
    return compile_source(source_of(sheet))


def compile_source(source: str) -> bytes:
    """Return the PDF of prepared data; one at a time, as the compiler is shared by the threads of the process."""
    made = compiler()
    with _lock:
        pdf = made.compile(sys_inputs={"data": source}, format="pdf", pdf_standards=STANDARD)
    assert isinstance(pdf, bytes)
    return pdf


def source_of(sheet: Sheet) -> str:
    """Return a sheet as the JSON that the template reads."""
    return json.dumps(_data(sheet), ensure_ascii=False)


def _data(sheet: Sheet) -> dict[str, Any]:
    words, mark = sheet.words, sheet.mark
    return {
        "form": sheet.form.value,
        "faces": faces.faces().for_typst(),
        "draft": sheet.is_draft,
        "title": words.title.replace("\n", ""),
        "title_lines": split_title(words.title),
        "issuer": sheet.issuer,
        "day": [sheet.issued_on.year, sheet.issued_on.month, sheet.issued_on.day],
        "issued": day_words(sheet.issued_on),
        "number": sheet.doc_no,
        "signer": sheet.signer or None,
        "mark": {"text": mark.text, "size": mark.size_pt, "squeeze": mark.squeeze},
        "addressee": words.addressee,
        "paragraphs": [_passage(passage) for passage in words.passages],
        "annexes": [_annex(annex) for annex in words.attachments],
        "sign": sheet.is_signed,
        "remark": words.remark,
        "people": [{"label": label, "names": list(names)} for label, names in words.people],
        "copies": words.copies,
        "copies_label": sheet.copies_label,
        "imprint": sheet.has_imprint,
        "printer": sheet.issuer,
        "printed": day_words(sheet.issued_on),
        "receipt": {"code": sheet.receipt.code, "qr": qr.svg(sheet.receipt.address)} if sheet.receipt else None,
    }


def _passage(passage: Passage) -> dict[str, str]:
    return {"style": passage.style, "lead": passage.lead, "text": passage.text}


def _annex(annex: Attachment) -> dict[str, Any]:
    return {
        "title": annex.title,
        "title_lines": split_title(annex.title, 30 if annex.is_turned else 20),
        "note": annex.note,
        "turned": annex.is_turned,
        "paragraphs": [_passage(passage) for passage in annex.passages],
        "columns": [{"label": h.label, "width": h.width, "align": h.align} for h in annex.headings],
        "rows": [list(row) for row in annex.rows],
    }
