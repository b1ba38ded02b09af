"""What an exported file says about its export (PF-04): the sheet 导出说明, headers and footers in print, properties.

The rows themselves stay as they are, so that an exported workbook can be edited and imported again: the importer passes
over a sheet of this name that begins with this heading. A CSV carries its code in its name alone: a comment line is a row
to every reader of CSV (RFC 4180 knows none), and would come back as a wrong row in the next import.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # `gongbu import` reads a file before any table is known
    from gongbu.ground.orgs.trace import Trace

SHEET = "导出说明"
PROPERTY = "追踪码"
NOTE = "本文件由工部平台导出，来源可凭追踪码查明。请勿擅自外传；不再使用时请删除。"
_FOOTER_LONGEST = 255  # what a spreadsheet program reads of a header or footer


def stamp(book: Any, sheets: Sequence[Any], trace: "Trace") -> None:
    """Write the trace into a workbook under construction (xlsxwriter), after the last row of its ``sheets``."""
    book.set_properties(
        {"title": trace.what, "author": trace.name, "company": trace.unit, "keywords": trace.code,
         "comments": f"{trace.who} {trace.when} 导出，追踪码 {trace.code}"}
    )  # fmt: skip
    book.set_custom_property(PROPERTY, trace.code)
    for sheet in sheets:
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_header(f"&C&10{_plain(trace.what)}")
        sheet.set_footer(footer(trace))
    about = book.add_worksheet(SHEET)
    about.set_column(0, 0, 14)
    about.set_column(1, 1, 80)
    about.set_footer(footer(trace))
    about.write_string(0, 0, SHEET, book.add_format({"bold": True}))
    for at, (label, value) in enumerate([*trace.lines(), ("说明", NOTE)], 1):
        about.write_string(at, 0, label)
        about.write_string(at, 1, value)


def footer(trace: "Trace") -> str:
    """Return the footer of a printed sheet: who and when, the page, the code; the unit gives way when it is too long."""
    for who in (trace.who, trace.name, ""):
        text = f"&L&8{_plain(who)} {trace.when} 导出&C&8第 &P 页，共 &N 页&R&8追踪码 {trace.code}"
        if len(text) <= _FOOTER_LONGEST:
            break
    return text


def as_text(trace: "Trace") -> str:
    """Return the trace as a text file of its own (in an archive)."""
    return "".join(f"{label}：{value}\r\n" for label, value in [*trace.lines(), ("说明", NOTE)])


def is_stamp(name: str, rows: Sequence[Sequence[Any]]) -> bool:
    """Return whether a sheet of a file on its way in is the one that an export wrote."""
    return name == SHEET and bool(rows) and bool(rows[0]) and rows[0][0] == SHEET


def _plain(text: str) -> str:
    """Return a text without meaning to a header: an ampersand begins a code there."""
    return text.replace("&", "&&")
