"""The workbook that goes back: the user's own sheets with bad cells marked, a findings column, a findings sheet.

Also the template of a kind. Secret rows (GO-15) come back as their number and the rule alone.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
import xlsxwriter

from gongbu.ground.orgs.trace import Trace
from gongbu.ground.registers import stamping
from gongbu.ground.registers.importing import kinds, queries, stored
from gongbu.ground.registers.importing.columns import TABLE_UNIT, Field, Type
from gongbu.ground.registers.importing.kinds import ImportKind
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.importing.table import FINDINGS_HEAD
from gongbu.ground.registers.importing.values import Cell

_COLOURS = {"REJECT": "#FDE3E1", "FLAG": "#FFF3CD", "NOTE": "#E8F0FE"}
_WORDS = {"REJECT": "退回", "FLAG": "提示", "NOTE": "说明"}
_RANK = {"REJECT": 0, "FLAG": 1, "NOTE": 2}
_MAX_COMMENT = 400
_RESULT_HEADINGS = ("结果", "检查意见")
_TEMPLATE_ROWS = 2_000


def marked(batch: ImportBatch, rows: Iterable[ImportRow], trace: Trace) -> bytes:
    """Return the marked workbook of a batch (xlsx). Cells are written as text or numbers, never as formulas.

    Each sheet is laid out as the user's own: titles, header, sections, totals and notes stand where they stood, rows at
    their own numbers, columns in their own places. Result and findings follow at the right. The file itself is not kept
    (GO-15), so its fonts, widths and formulas do not come back.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    formats = _Formats(book)
    tables = orjson.loads(batch.tables)
    money = {f.key for f in kinds.get(batch.kind).fields() if f.type is Type.AMOUNT}
    by_sheet: dict[int, list[ImportRow]] = defaultdict(list)
    for row in rows:
        by_sheet[row.sheet_no].append(row)
    notes: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for note in orjson.loads(batch.notes) if len(tables) == 1 else ():  # a note does not say of which sheet it is
        notes[note["row"]].append(note)
    used: set[str] = {stamping.SHEET}
    sheets = []
    for number, table in enumerate(tables):
        sheet = book.add_worksheet(_sheet_name(table["sheet"] or "数据", used))
        sheets.append(sheet)
        around = stored.load_around(table)
        width = max([len(table["columns"]), *map(len, around.values())])
        _write_around(sheet, table, _with_headings(table, around, money), notes, formats, width)
        sheet.freeze_panes(table["header_row"], 0)
        sheet.set_column(0, width - 1, 16)
        sheet.set_column(width, width, 8)
        sheet.set_column(width + 1, width + 1, 60)
        for row in by_sheet[number]:
            _write_row(sheet, row, table, width, formats)
    _write_findings(book.add_worksheet(_sheet_name("检查意见", used)), formats.bold, batch, by_sheet, tables)
    stamping.stamp(book, sheets, trace)
    book.close()
    return out.getvalue()


class _Formats:
    """The formats of a marked workbook."""

    def __init__(self, book: Any) -> None:
        day = {"num_format": "yyyy-mm-dd"}
        marks = {key: {"bg_color": c, "border": 1, "border_color": "#D0D7DE"} for key, c in _COLOURS.items()}
        self.worst = {key: book.add_format(mark) for key, mark in marks.items()}
        self.worst_day = {key: book.add_format({**mark, **day}) for key, mark in marks.items()}
        self.bold = book.add_format({"bold": True, "bg_color": "#F1F3F5", "bottom": 1, "text_wrap": True})
        self.title = book.add_format({"bold": True, "align": "center", "valign": "vcenter"})
        self.day = book.add_format(day)


def _write_around(
    sheet: Any,
    table: dict[str, Any],
    around: dict[int, tuple[Cell, ...]],
    notes: dict[int, list[dict[str, Any]]],
    formats: _Formats,
    width: int,
) -> None:
    """Write what stands around the data rows; a row with findings has its first cell marked."""
    last = table["header_row"]
    at_left = {}
    for (top, left), (bottom, right) in table.get("merged", ()):
        at_left[top + 1, left] = (top, left, bottom, right)
    heads = _header_rows(table, around)
    for number, cells in sorted(around.items()):
        found = [] if number in heads else [n for n in notes.get(number, ()) if n["severity"] != "NOTE"]
        first = next((at for at, cell in enumerate(cells) if cell not in (None, "")), 0)
        for at, cell in enumerate(cells):
            style = formats.bold if number in heads else None
            if found and at == first:
                style = formats.worst[_worst(found)]
                _comment(sheet, number - 1, at, found)
            span = at_left.get((number, at))
            if span is not None and span[:2] != span[2:]:
                sheet.merge_range(*span, "", style or formats.title)
                style = style or formats.title
            if cell not in (None, "") or style:
                _write_cell(sheet, number - 1, at, cell, style, style or formats.day)
    for at, heading in enumerate(_RESULT_HEADINGS):
        sheet.write_string(last - 1, width + at, heading, formats.bold)


def _with_headings(
    table: dict[str, Any], around: dict[int, tuple[Cell, ...]], money: set[str]
) -> dict[int, tuple[Cell, ...]]:
    """Return the rows around the data with every heading and the unit in them, also where they could not be kept.

    They are not kept of a batch staged before, nor where they say figures beside a row refused for secrecy.
    """
    last = table["header_row"]
    above = (str(cell).replace(" ", "") for number, cells in around.items() if number < last for cell in cells if cell)
    if last in around and (not table["unit"] or any(TABLE_UNIT.search(text) for text in above)):
        return around
    kept = around.get(last, ())
    heads: list[Cell] = []
    for at, column in enumerate(table["columns"]):
        cell = kept[at] if at < len(kept) else None
        said = _said_with_unit(column, table["unit"], money)
        heads.append(said if cell in (None, "") or said != column["heading"] else cell)
    return {**around, last: tuple(heads)}


def _header_rows(table: dict[str, Any], around: dict[int, tuple[Cell, ...]]) -> set[int]:
    """Return the numbers of the header rows: the last one, and the one above it that its headings are joined of."""
    last = table["header_row"]
    above = around.get(last - 1, ())
    said = "".join(str(c["heading"]) for c in table["columns"])
    over = [str(cell) for cell in above if cell not in (None, "")]
    return {last, last - 1} if len(over) > 1 and all(text.split("（")[0] in said for text in over) else {last}


def _said_with_unit(column: dict[str, Any], table_unit: str, money: set[str]) -> str:
    """Return the heading of a column; one of money says the unit that stood above the table (单位：元).

    Where the line above does not come back, the amounts would be read ten thousand times larger without it. A unit that
    nobody wrote is not written here either: it is assumed, and told, again.
    """
    if column["key"] in money and table_unit and not column["unit"]:
        return f"{column['heading']}（{table_unit}）"
    return str(column["heading"])


def _write_row(sheet: Any, row: ImportRow, table: dict[str, Any], width: int, formats: _Formats) -> None:
    findings, line = orjson.loads(row.findings), row.number - 1
    style = formats.worst.get(_worst(findings))
    sheet.write_string(line, width, queries.said_of(row), style)
    sheet.write_string(line, width + 1, "；".join(stored.word(f).rstrip("。") for f in findings), style)
    by_key = {c["key"]: at for at, c in enumerate(table["columns"]) if c["key"]}
    by_heading = {c["heading"]: at for at, c in enumerate(table["columns"])}
    marks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for finding in findings:
        at = by_key.get(finding["field"]) if finding["field"] else None
        at = by_heading.get(finding["column"]) if at is None else at
        if at is not None:
            marks[at].append(finding)
    for at, cell in enumerate(stored.load_cells(row.cells)):
        if found := marks.get(at, []):
            severity = _worst(found)
            _write_cell(sheet, line, at, cell, formats.worst[severity], formats.worst_day[severity])
            _comment(sheet, line, at, found)
        elif cell is not None and cell != "":
            _write_cell(sheet, line, at, cell, None, formats.day)


def _worst(findings: Sequence[dict[str, Any]]) -> str:
    """Return the severity of the gravest finding, "" without any."""
    return min((str(f["severity"]) for f in findings), key=_RANK.__getitem__, default="")


def _comment(sheet: Any, line: int, at: int, findings: Sequence[dict[str, Any]]) -> None:
    text = "\n".join(stored.word(f) for f in findings)[:_MAX_COMMENT]
    sheet.write_comment(line, at, text, {"x_scale": 2, "author": "工部"})


def _write_cell(sheet: Any, line: int, at: int, cell: Cell, style: Any, day: Any) -> None:
    if cell is None or cell == "":
        sheet.write_blank(line, at, None, style)
    elif isinstance(cell, bool):
        sheet.write_boolean(line, at, cell, style)
    elif isinstance(cell, (int, float)):
        sheet.write_number(line, at, cell, style)
    elif isinstance(cell, (date, datetime)):
        sheet.write_datetime(line, at, cell, day)
    else:
        sheet.write_string(line, at, str(cell), style)


def _write_findings(
    sheet: Any, bold: Any, batch: ImportBatch, by_sheet: dict[int, list[ImportRow]], tables: Any
) -> None:
    for at, heading in enumerate(FINDINGS_HEAD):
        sheet.write_string(0, at, heading, bold)
    sheet.set_column(2, 2, 18)
    sheet.set_column(4, 4, 90)
    sheet.freeze_panes(1, 0)
    line = 1
    lines: list[tuple[str, int, dict[str, Any]]] = [("", f["row"], f) for f in orjson.loads(batch.notes)]
    for number, rows in sorted(by_sheet.items()):
        for row in rows:
            lines += [(tables[number]["sheet"], row.number, f) for f in orjson.loads(row.findings)]
    for name, number, finding in lines:
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, str(number) if number else "全文件")
        sheet.write_string(line, 2, finding["column"])
        sheet.write_string(line, 3, _WORDS[finding["severity"]])
        sheet.write_string(line, 4, stored.word(finding))
        sheet.write_string(line, 5, finding["code"])
        line += 1


def _sheet_name(name: str, used: set[str]) -> str:
    clean = "".join("_" if c in "[]:*?/\\'" else c for c in name)[:28] or "数据"
    chosen, n = clean, 2
    while chosen.lower() in used:
        chosen, n = f"{clean}{n}", n + 1
    used.add(chosen.lower())
    return chosen


def template(kind: ImportKind) -> bytes:
    """Return the template of a kind: headings with units, codes as text, drop-downs, one example row, a sheet of help."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    fields = [f for f in kind.fields() if f.in_template]
    must = book.add_format({"bold": True, "bg_color": "#DCE8FB", "bottom": 1, "text_wrap": True})
    may = book.add_format({"bold": True, "bg_color": "#F1F3F5", "bottom": 1, "text_wrap": True})
    as_text = book.add_format({"num_format": "@"})
    grey = book.add_format({"font_color": "#7A828A", "italic": True, "num_format": "@"})
    sheet = book.add_worksheet(kind.label)
    sheet.freeze_panes(1, 1)
    for at, item in enumerate(fields):
        sheet.write_string(0, at, heading_of(item), must if item.required else may)
        sheet.set_column(at, at, 30 if item.required else 16, as_text if _is_text(item) else None)
        if item.type is Type.CHOICE:
            words = _choice_words(item)
            sheet.data_validation(
                1, at, _TEMPLATE_ROWS, at,
                {"validate": "list", "source": words, "error_title": "不在可选范围", "error_message": "请从下拉中选择", "ignore_blank": True},
            )  # fmt: skip
        if example := kind.example.get(item.key):
            sheet.write_string(1, at, example, grey)
    guide = book.add_worksheet("填写说明")
    guide.set_column(0, 0, 20)
    guide.set_column(1, 1, 80)
    lines = [
        ("列名", "说明"),
        (
            "（全表）",
            "第 2 行是示例，填写前请删除。金额按表头单位填数字，也可以写“8.2亿元”。代码列是文本格式，请勿改为数字。",
        ),
    ]
    lines += [(heading_of(f), _help_of(f)) for f in fields]
    for line, (name, text) in enumerate(lines):
        guide.write_string(line, 0, name, may if line == 0 else None)
        guide.write_string(line, 1, text, may if line == 0 else None)
    book.close()
    return out.getvalue()


def heading_of(item: Field) -> str:
    """Return the heading of a field in the template, with its unit."""
    return f"{item.label}（{item.unit}）" if item.type is Type.AMOUNT and item.unit else item.label


def _is_text(item: Field) -> bool:
    return item.type in (Type.CODE, Type.TEXT, Type.NAME, Type.DATE)


def _choice_words(item: Field) -> Sequence[str]:
    seen: dict[str, str] = {}
    for word, code in item.choices.items():
        if word != code:
            seen.setdefault(code, word)
    return list(seen.values())


def _help_of(item: Field) -> str:
    parts = ["必填。" if item.required else "", item.help]
    if item.type is Type.DATE:
        parts.append("可写 2026-03-04、2026年3月或 2026。")
    if item.type is Type.CHOICE:
        parts.append("可选：" + "、".join(_choice_words(item)) + "。")
    return "".join(parts) or "选填。"
