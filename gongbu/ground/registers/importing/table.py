"""Find the table in a sheet: the header below titles, headers over two rows, sections, subtotals, footnotes.

Only data rows go on. Subtotal rows are checked against their rows and reported; nothing else of the sheet is lost:
each row left aside is named in a finding.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.registers.importing.columns import TABLE_UNIT, Column, Matcher, Type
from gongbu.ground.registers.importing.reader import Sheet
from gongbu.ground.registers.importing.values import Amount, Cell, fold, is_blank, read_amount, show

HEADER_WITHIN_ROWS = 40
FINDINGS_HEAD = ("工作表", "行号", "列", "程度", "意见", "代号")  # of the findings sheet in the workbook that goes back


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: the number a person sees, and its cells as the file holds them (merged cells filled in)."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TableFinding:
    """A finding about the sheet rather than a data row: heading, subtotal, section or footnote row."""

    row: int
    column: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Table:
    """The table of one sheet: where its header ends, its columns, its data rows, what was found around them."""

    sheet: str
    header_row: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    findings: tuple[TableFinding, ...] = ()
    unit: str = ""


def find_table(sheet: Sheet, matcher: Matcher) -> Table | None:
    """Return the table of ``sheet``, or None when no row looks like a header of this kind."""
    if sheet.rows and tuple(show(cell) for cell in sheet.rows[0][: len(FINDINGS_HEAD)]) == FINDINGS_HEAD:
        return None  # our own findings, come back with the mended workbook: its cells name headings
    filled = _fill_merged(sheet)
    best: tuple[int, int, int, list[str]] | None = None  # (score, -first row, depth, headings)
    for index, cells in enumerate(filled[:HEADER_WITHIN_ROWS]):
        if sum(not is_blank(c) for c in cells) < 1:
            continue
        single = [_heading(c) for c in cells]
        candidates = [(1, single)]
        if index + 1 < len(filled):
            candidates.append((2, _join(single, [_heading(c) for c in filled[index + 1]])))
        for depth, headings in candidates:
            score = sum(c.field is not None for c in matcher.columns(headings)) * 2
            if any(f.required and c.field is f for c in matcher.columns(headings) for f in matcher.fields):
                score += 1
            if depth == 2 and (
                _is_title(single, filled[index + 1], matcher)
                or not _is_second_header(sheet, index, filled[index + 1], matcher)
            ):
                continue
            if score and (best is None or score > best[0]):
                best = (score, -index, depth, headings)
    if best is None or not any(c.field is not None and c.field.required for c in matcher.columns(best[3])):
        return None
    first, depth, headings = -best[1], best[2], best[3]
    columns = tuple(matcher.columns(headings))
    unit = _table_unit(filled[:first])
    return _collect(sheet, filled, first + depth, columns, unit)


def _heading(cell: Cell) -> str:
    return re.sub(r"\s+", " ", show(cell)).strip()


def _join(top: list[str], bottom: list[str]) -> list[str]:
    """Join two header rows: 投资（万元） over 总投资 gives 总投资 with the unit of the top, when it has none itself."""
    from gongbu.ground.registers.importing.columns import split_unit

    width = max(len(top), len(bottom))
    top, bottom = top + [""] * (width - len(top)), bottom + [""] * (width - len(bottom))
    joined = []
    for upper, lower in zip(top, bottom, strict=True):
        if not lower or fold(upper) == fold(lower):
            joined.append(upper)
        elif not upper:
            joined.append(lower)
        else:
            word, unit = split_unit(upper)
            has_unit = bool(split_unit(lower)[1])
            joined.append(f"{word}/{lower}" + (f"（{unit}）" if unit and not has_unit else ""))
    return joined


def _is_title(top: Sequence[str], below: Sequence[Cell], matcher: Matcher) -> bool:
    """A row that says one thing only, over the name column too, is a title of the table and no part of its headings."""
    if len({fold(heading) for heading in top if heading}) != 1:
        return False
    columns = matcher.columns([_heading(c) for c in below])
    return any(c.field and c.field.required and c.index < len(top) and top[c.index] for c in columns)


def _is_second_header(sheet: Sheet, index: int, below: Sequence[Cell], matcher: Matcher) -> bool:
    """A second header row needs a merged cell reaching over or across it, or several known headings of its own."""
    for (top, left), (bottom, right) in sheet.merged:
        if top == index and (bottom == index + 1 or (bottom == index and right > left)):
            return True
    return sum(c.field is not None for c in matcher.columns([_heading(c) for c in below])) >= 2


def _fill_merged(sheet: Sheet) -> list[list[Cell]]:
    """Give every cell of a merged range the value that the person sees in it."""
    rows = [list(row) for row in sheet.rows] if sheet.merged else sheet.rows
    for (top, left), (bottom, right) in sheet.merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        if is_blank(value):
            continue
        for r in range(top, min(bottom, len(rows) - 1) + 1):
            for c in range(left, min(right, len(rows[r]) - 1) + 1):
                rows[r][c] = value
    return rows


def _table_unit(above: Sequence[Sequence[Cell]]) -> str:
    """Return the unit of a line such as 单位：万元 above the header."""
    for row in above:
        for cell in row:
            if isinstance(cell, str) and (matched := TABLE_UNIT.search(cell.replace(" ", ""))):
                return matched[1] if matched[1].endswith(("元", "分", "角")) else matched[1] + "元"
    return ""


# --- rows ------------------------------------------------------------------------------------------------------

_TOTAL_WORD = re.compile(
    r"^[（(]?(?:合计|总计|共计|累计|全[省市县区]合计|汇总)[）)]?(?:[（(:：]?\d*\s*[个项]?[）)]?)?[:：]?$|.{0,12}(?:合计|总计)(?:[（(]\d+[个项]?[）)])?$"
)
_SUBTOTAL_WORD = re.compile(r"(?:^|.{0,20})小计(?:[（(]?\d*[个项]?[）)]?)?[:：]?$")
_SECTION = re.compile(
    r"^[（(]?[一二三四五六七八九十]{1,3}[)）、.．]|^\d{1,2}[、.．]\D|^第[一二三四五六七八九十]+[类部批]"
)
_FOOTNOTE = re.compile(
    r"^(?:备?注|说明|填表|填报|制表|审核|审定|负责人|联系|单位负责|报送|统计|注意|以上|本表)\S{0,10}?[:：]|^注\d?[:：.、]|^\*+注"
)


def _collect(sheet: Sheet, filled: list[list[Cell]], start: int, columns: tuple[Column, ...], unit: str) -> Table:
    width = len(columns)
    rows: list[Row] = []
    findings: list[TableFinding] = list(_heading_findings(start, columns, unit))
    sums = _Sums(columns, unit)
    merged_across = {(top, left) for (top, left), (_b, right) in sheet.merged if right > left}
    probes = [(c.index, c.heading) for c in columns if c.field]
    for index in range(start, len(filled)):
        cells = filled[index]
        first = next((i for i, c in enumerate(cells) if c is not None and c != "" and not is_blank(c)), None)
        if first is None:
            continue
        number = index + 1
        lead = cells[first]
        if isinstance(lead, str):
            lead = _heading(lead)
            word = fold(lead) if len(lead) <= 60 else ""
            total = word and len(word) <= 30 and (_SUBTOTAL_WORD.match(word) or _TOTAL_WORD.match(word))
            if total and _is_total_position(cells, first):
                findings.extend(sums.check(number, cells, bool(_SUBTOTAL_WORD.match(word)), lead))
                continue
            if _stands_alone(sheet.rows[index]):
                if _FOOTNOTE.match(lead):
                    findings.append(_note(number, "import.row_footnote", found=lead[:40]))
                    continue
                if width > 2 and (_SECTION.match(lead) or (index, first) in merged_across):
                    findings.append(_note(number, "import.row_section", found=lead[:40]))
                    sums.section()
                    continue
            if _repeats_header(cells, probes):
                findings.append(_note(number, "import.row_header_again"))
                continue
        padded = tuple(cells[:width]) if len(cells) >= width else (*cells, *([None] * (width - len(cells))))
        if len(cells) > width and any(not is_blank(c) for c in cells[width:]):
            findings.append(_flag(number, "import.row_longer", columns=width, found=len(cells)))
        rows.append(Row(number, padded))
        sums.add(padded)
    return Table(sheet.name, start, columns, tuple(rows), tuple(findings), unit)


def _stands_alone(cells: Sequence[Cell]) -> bool:
    """Return whether exactly one cell of a row says something."""
    said = (cell for cell in cells if cell is not None and cell != "" and not is_blank(cell))
    return next(said, None) is not None and next(said, None) is None


def _is_total_position(cells: Sequence[Cell], first: int) -> bool:
    """A total row has no other words: what follows its label are numbers (or a repeat of a merged label)."""
    label = cells[first]
    for cell in cells[first + 1 :]:
        if isinstance(cell, str) and not is_blank(cell) and cell != label and not _NUMBER_LIKE.match(cell.strip()):
            return False
    return True


_NUMBER_LIKE = re.compile(r"^[约\d\-+.,（(/—]")


def _repeats_header(cells: Sequence[Cell], probes: Sequence[tuple[int, str]]) -> bool:
    """Printed lists repeat their header on each page."""
    at, heading = probes[0]
    cell = cells[at] if at < len(cells) else None
    if not isinstance(cell, str) or _heading(cell) != heading:
        return False
    same = sum(1 for at, heading in probes if at < len(cells) and _heading(cells[at]) == heading)
    return same >= 2 and same == len(probes)


def _heading_findings(header_row: int, columns: tuple[Column, ...], unit: str) -> list[TableFinding]:
    found = []
    for column in columns:
        if column.problem == "doubled":
            found.append(_flag(header_row, "import.column_doubled", column.heading))
        elif column.problem == "unmatched":
            found.append(_note(header_row, "import.column_unmatched", column.heading))
        elif column.field and is_unit_assumed(column, unit):
            found.append(_flag(header_row, "import.unit_assumed", column.heading, unit=column.field.unit))
    return found


def is_unit_assumed(column: Column, table_unit: str) -> bool:
    """Return whether a column of money is read in the unit of its field, because neither it nor the table says one."""
    field = column.field
    return field is not None and field.type is Type.AMOUNT and bool(field.unit) and not column.unit and not table_unit


def _note(row: int, code: str, column: str = "", **data: object) -> TableFinding:
    return TableFinding(row, column, Finding(code, data | {"column": column}, None, Severity.NOTE))


def _flag(row: int, code: str, column: str = "", **data: object) -> TableFinding:
    return TableFinding(row, column, Finding(code, data | {"column": column}, None, Severity.FLAG))


class _Sums:
    """Sums of the amount columns, to check 小计 and 合计 rows. Rows are only added up when a total row is met."""

    def __init__(self, columns: tuple[Column, ...], unit: str) -> None:
        self.columns = [
            (c, c.unit or unit or (c.field.unit or "")) for c in columns if c.field and c.field.type is Type.AMOUNT
        ]
        self.since: list[_Sum] = [_Sum() for _ in self.columns]
        self.all: list[_Sum] = [_Sum() for _ in self.columns]
        self.rows_since = self.rows_all = 0
        self._waiting: list[Sequence[Cell]] = []

    def add(self, cells: Sequence[Cell]) -> None:
        self._waiting.append(cells)

    def _add_up(self) -> None:
        for cells in self._waiting:
            for at, (column, unit) in enumerate(self.columns):
                value = read_amount(cells[column.index], "", unit).value
                if value is not None:
                    self.since[at].add(value)
                    self.all[at].add(value)
        self.rows_since += len(self._waiting)
        self.rows_all += len(self._waiting)
        self._waiting = []

    def section(self) -> None:
        self._add_up()
        self.since = [_Sum() for _ in self.columns]
        self.rows_since = 0

    def check(self, number: int, cells: Sequence[Cell], is_sub: bool, label: str) -> list[TableFinding]:
        self._add_up()
        found: list[TableFinding] = []
        compared = False
        stated_rows = re.search(r"(\d+)\s*[个项]", label)
        for at, (column, unit) in enumerate(self.columns):
            cell = cells[column.index] if column.index < len(cells) else None
            stated = read_amount(cell, "", unit).value
            if stated is None:
                continue
            compared = True
            sums = [self.since[at]] if is_sub else [self.all[at], self.since[at]]
            if not any(s.agrees(stated) for s in sums):
                difference = stated.fen - sums[0].fen
                found.append(
                    _flag(
                        number, "import.total_disagrees", column.heading, label=label[:30], stated=stated.text,
                        computed=_in_unit(sums[0].fen, stated.unit), difference=_in_unit(difference, stated.unit),
                        unit=stated.unit,
                    )
                )  # fmt: skip
        if stated_rows and int(stated_rows[1]) not in (self.rows_since, self.rows_all):
            found.append(_flag(number, "import.total_count_disagrees", label=label[:30], stated=int(stated_rows[1]),
                               computed=self.rows_since if is_sub else self.rows_all))  # fmt: skip
        self.section()
        code = "import.row_total" if compared else "import.row_total_without_value"
        return [_note(number, code, found=label[:30]), *found]


class _Sum:
    __slots__ = ("fen", "half")

    def __init__(self) -> None:
        self.fen = 0
        self.half = 0

    def add(self, amount: Amount) -> None:
        self.fen += amount.fen
        self.half += amount.half_fen

    def agrees(self, stated: Amount) -> bool:
        return abs(stated.fen - self.fen) <= self.half + stated.half_fen


def _in_unit(fen: int, unit: str) -> str:
    from gongbu.ground.registers.importing.values import UNITS_FEN

    return f"{(Decimal(fen) / UNITS_FEN[unit]).normalize():,f}"
