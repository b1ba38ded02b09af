"""Find the table in a sheet: the header below titles, headers over two rows, sections, subtotals, footnotes.

Only data rows go on. Subtotal rows are checked against their rows and reported; nothing else of the sheet is lost:
each row left aside is named in a finding.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.rules.amounts import UNITS_FEN
from gongbu.ground.registers.importing.columns import TABLE_UNIT, Column, Matcher, Type
from gongbu.ground.registers.importing.reader import Sheet
from gongbu.ground.registers.importing.sections import find_groups, is_part
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
    """The table of one sheet: where its header ends, its columns, its data rows, what was found around them.

    ``around`` are the other rows that say something (titles, header, sections, totals, notes), as the file holds them;
    ``merged`` the merged ranges (zero-based, inclusive) among those.
    """

    sheet: str
    header_row: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    findings: tuple[TableFinding, ...] = ()
    unit: str = ""
    around: tuple[Row, ...] = ()
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()


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
                _says_unit(single, matcher)
                or _holds_figures(cells)
                or _is_title(single, filled[index + 1], matcher)
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
    return _collect(sheet, filled, first, first + depth, columns, unit)


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


def _holds_figures(cells: Sequence[Cell]) -> bool:
    """Return whether a row holds numbers: a total over the header (合计 3000) is no part of its headings. Years are."""
    for cell in cells:
        if isinstance(cell, bool) or is_blank(cell):
            continue
        value = read_amount(cell, "", "元").value if isinstance(cell, (int, float, str)) else None
        if value is not None and not re.fullmatch(r"(?:19|20)\d\d", show(cell).strip()):
            return True
    return False


def _is_title(top: Sequence[str], below: Sequence[Cell], matcher: Matcher) -> bool:
    """A row that says one thing only, over the name column too, is a title of the table and no part of its headings."""
    if len({fold(heading) for heading in top if heading}) != 1:
        return False
    columns = matcher.columns([_heading(c) for c in below])
    return any(c.field and c.field.required and c.index < len(top) and top[c.index] for c in columns)


def _says_unit(top: Sequence[str], matcher: Matcher) -> bool:
    """Return whether a row is a line with the unit (单位：亿元), alone or in a title, and no row of headings."""
    said = list(dict.fromkeys(heading for heading in top if heading))
    others = [heading for heading in said if not TABLE_UNIT.search(heading.replace(" ", ""))]
    return len(others) < len(said) <= 2 and not any(c.field for c in matcher.columns(others))


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


def _collect(
    sheet: Sheet, filled: list[list[Cell]], top: int, start: int, columns: tuple[Column, ...], unit: str
) -> Table:
    """Return the table whose header takes the rows from ``top`` up to ``start``."""
    width = len(columns)
    rows: list[Row] = []
    findings: list[TableFinding] = list(_heading_findings(start, columns, unit))
    sums = _Sums(columns, unit)
    merged_across = {(top, left) for (top, left), (_b, right) in sheet.merged if right > left}
    for index in range(top):  # a total may stand over the header itself
        cells = filled[index]
        first = _first(cells)
        if first is not None and _is_total(cells, first):
            label = _heading(cells[first])
            sums.total(index + 1, cells, bool(_SUBTOTAL_WORD.match(fold(label))), label)
    probes = [(c.index, c.heading) for c in columns if c.field]
    groups = find_groups(filled[start:], columns, unit)
    name = next((c.index for c in columns if c.field is not None and c.field.required), None)
    whole = ""  # the name of the last row that is no part (其中) of another
    for index in range(start, len(filled)):
        cells = filled[index]
        first = _first(cells)
        if first is None:
            continue
        number = index + 1
        lead = cells[first]
        if isinstance(lead, str):
            lead = _heading(lead)
            if _is_total(cells, first):
                sums.total(number, cells, bool(_SUBTOTAL_WORD.match(fold(lead))), lead)
                continue
        if name is not None and name != first and (word := _total_name(cells, name)):
            sums.total(number, cells, bool(_SUBTOTAL_WORD.match(fold(word))), word)
            continue
        if isinstance(lead, str):
            if _stands_alone(sheet.rows[index]):
                if _FOOTNOTE.match(lead):
                    findings.append(_note(number, "import.row_footnote", found=lead[:40]))
                    continue
                if width > 2 and (_SECTION.match(lead) or (index, first) in merged_across):
                    findings.append(_note(number, "import.row_section", found=lead[:40]))
                    sums.section(lead)
                    continue
            if _repeats_header(cells, probes):
                findings.append(_note(number, "import.row_header_again"))
                continue
        if (group := groups.get(index - start)) is not None:
            if group.is_sure and group.has_sum:
                sums.group(number, cells, group.label, group.level)
                continue
            if group.is_sure:
                findings.append(_note(number, "import.row_section", found=group.label[:40]))
                sums.section(group.label)
                continue
            if name is None or not (whole and is_part(cells, name)):
                findings.append(_flag(number, "import.row_like_group", found=group.label[:40]))
        is_of_above = False
        if name is not None and not is_part(cells, name):
            whole = _name_in(cells, name)
        elif name is not None and whole and sums.has_amount(cells):
            is_of_above = True
            findings.append(_flag(number, "import.row_part_of_above", found=_name_in(cells, name), above=whole))
        padded = tuple(cells[:width]) if len(cells) >= width else (*cells, *([None] * (width - len(cells))))
        if len(cells) > width and any(not is_blank(c) for c in cells[width:]):
            findings.append(_flag(number, "import.row_longer", columns=width, found=len(cells)))
        rows.append(Row(number, padded))
        sums.add(padded, is_part=is_of_above)
    findings += sums.findings()
    findings.sort(key=lambda found: found.row)
    numbers = {row.number for row in rows}
    around = tuple(
        Row(number, tuple(cells))
        for number, cells in enumerate(sheet.rows, 1)
        if number not in numbers and _first(cells) is not None
    )
    merged = tuple(
        span for span in sheet.merged if numbers.isdisjoint(range(span[0][0] + 1, span[1][0] + 2))
    )  # fmt: skip
    return Table(sheet.name, start, columns, tuple(rows), tuple(findings), unit, around, merged)


def _name_in(cells: Sequence[Cell], name: int) -> str:
    return _heading(cells[name])[:40] if name < len(cells) and not is_blank(cells[name]) else ""


def _first(cells: Sequence[Cell]) -> int | None:
    return next((i for i, c in enumerate(cells) if c is not None and c != "" and not is_blank(c)), None)


def _is_total(cells: Sequence[Cell], first: int) -> bool:
    """Return whether a row is a total (合计, 小计): its first words say so, and what follows are numbers."""
    lead = cells[first]
    if not isinstance(lead, str) or len(lead) > 60:
        return False
    word = fold(_heading(lead))
    if not word or len(word) > 30 or not (_SUBTOTAL_WORD.match(word) or _TOTAL_WORD.match(word)):
        return False
    return _is_total_position(cells, first)


_PLAIN_TOTAL = re.compile(r"[（(]?(?:合计|总计|共计|累计|小计)[）)]?(?:[（(]?\d*\s*[个项]?[）)]?)?[:：]?")


def _total_name(cells: Sequence[Cell], name: int) -> str:
    """Return the word of a row whose name is 合计 or 小计 behind a number of its own; no project is called so."""
    cell = cells[name] if name < len(cells) else None
    word = _heading(cell) if isinstance(cell, str) and len(cell) <= 30 else ""
    return word if word and _PLAIN_TOTAL.fullmatch(fold(word)) else ""


def total_word(cells: Sequence[Cell], name: int) -> str:
    """Return the word of a row that is a total (合计, 小计) and no record, "" of any other; ``name`` is the column of names."""
    first = _first(cells)
    if first is not None and _is_total(cells, first):
        return _heading(str(cells[first]))
    return _total_name(cells, name)


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
    has_money = any(c.field is not None and c.field.type is Type.AMOUNT for c in columns)
    for column in columns:
        if column.problem in ("doubled", "outranked"):
            is_plain = column.problem == "outranked" and not _is_money(columns, column.other)
            tell = _note if is_plain else _flag
            found.append(tell(header_row, "import.column_doubled", column.heading, other=column.other))
        elif column.problem == "unmatched":
            is_money = not has_money and bool(_MONEY_HEADING.search(column.heading))  # all amounts of the list are lost
            found.append((_flag if is_money else _note)(header_row, "import.column_unmatched", column.heading))
        elif column.field and is_unit_assumed(column, unit):
            found.append(_flag(header_row, "import.unit_assumed", column.heading, unit=column.field.unit))
    return found


_MONEY_HEADING = re.compile(r"投资|金额|资金|概算|估算|造价|[万亿]元")


def _is_money(columns: Sequence[Column], heading: str) -> bool:
    return any(c.heading == heading and c.field is not None and c.field.type is Type.AMOUNT for c in columns)


def is_unit_assumed(column: Column, table_unit: str) -> bool:
    """Return whether a column of money is read in the unit of its field, because neither it nor the table says one."""
    field = column.field
    return field is not None and field.type is Type.AMOUNT and bool(field.unit) and not column.unit and not table_unit


def _note(row: int, code: str, column: str = "", **data: object) -> TableFinding:
    return TableFinding(row, column, Finding(code, data | {"column": column}, None, Severity.NOTE))


def _flag(row: int, code: str, column: str = "", **data: object) -> TableFinding:
    return TableFinding(row, column, Finding(code, data | {"column": column}, None, Severity.FLAG))


@dataclass(slots=True)
class _Event:
    """One row of the table for its sums: a data ROW, a SECTION heading, or a TOTAL (合计, 小计) with its depth.

    ``level`` is the depth of its numbering: 0 grand total, 1 一、, 2 （一）, 3 1., 9 none. ``is_part``: a row 其中 whose amount
    the row above it may hold.
    """

    kind: str
    number: int = 0
    cells: Sequence[Cell] = ()
    label: str = ""
    is_sub: bool = False
    level: int = 9
    is_part: bool = False


_LEVELS = (
    (1, re.compile(r"^(?:[一二三四五六七八九十]{1,3}[、.．]|第[一二三四五六七八九十]+[类部批])")),
    (2, re.compile(r"^[（(][一二三四五六七八九十]{1,3}[)）]")),
    (3, re.compile(r"^\d{1,2}[、.．]")),
)


def _level(label: str) -> int:
    return next((level for level, pattern in _LEVELS if pattern.match(label)), 9)


class _Sums:
    """Checks 小计 and 合计 rows against the rows that they may stand for, above them or below them.

    Lists put a total under its rows or over them. Each total is compared with every reading that its place allows;
    only one that agrees with none is reported, against the reading that the sheet's own habit makes likeliest.
    """

    def __init__(self, columns: tuple[Column, ...], unit: str) -> None:
        self.columns = [
            (c, c.unit or unit or (c.field.unit or "")) for c in columns if c.field and c.field.type is Type.AMOUNT
        ]
        self.events: list[_Event] = []

    def has_amount(self, cells: Sequence[Cell]) -> bool:
        """Return whether a row gives an amount."""
        event = _Event("ROW", cells=cells)
        return any(self._amount(event, at) is not None for at in range(len(self.columns)))

    def add(self, cells: Sequence[Cell], *, is_part: bool = False) -> None:
        self.events.append(_Event("ROW", cells=cells, is_part=is_part))

    def section(self, label: str) -> None:
        self.events.append(_Event("SECTION", label=label, level=_level(label)))

    def total(self, number: int, cells: Sequence[Cell], is_sub: bool, label: str) -> None:
        self.events.append(_Event("TOTAL", number, cells, label, is_sub, _level(label) if is_sub else 0))

    def group(self, number: int, cells: Sequence[Cell], label: str, level: int) -> None:
        self.events.append(_Event("TOTAL", number, cells, label, True, level))

    def findings(self) -> list[TableFinding]:
        """Return what the total rows say, compared with their rows."""
        totals = [at for at, event in enumerate(self.events) if event.kind == "TOTAL"]
        if not totals:
            return []
        self._rows = [0]  # number of data rows before each event
        self._sums: list[list[_Sum]] = [[_Sum() for _ in self.columns]]  # and the sums over them
        for event in self.events:
            sums = self._sums[-1]
            if event.kind == "ROW":
                sums = [s.plus(self._amount(event, at), is_part=event.is_part) for at, s in enumerate(sums)]
            self._rows.append(self._rows[-1] + (event.kind == "ROW"))
            self._sums.append(sums)
        return [finding for at in totals for finding in self._check(at)]

    def _amount(self, event: _Event, at: int) -> Amount | None:
        column, unit = self.columns[at]
        cell = event.cells[column.index] if column.index < len(event.cells) else None
        # A negative amount is refused at its row; the total was summed with it all the same.
        value: Amount | None = read_amount(cell, "", unit, may_be_negative=True).value
        return value

    def _check(self, at: int) -> list[TableFinding]:
        event = self.events[at]
        readings = self._readings(at)
        stated = {n: amount for n in range(len(self.columns)) if (amount := self._amount(event, n)) is not None}

        def wrong(reading: tuple[int, int]) -> list[int]:
            return [n for n, amount in stated.items() if not self._between(reading, n).agrees(amount)]

        best = min(readings, key=lambda reading: len(wrong(reading)))  # the first of equals
        disagreeing = wrong(best)
        if len(disagreeing) == len(stated):
            best = readings[0]
        found = [
            _flag(
                event.number, "import.total_disagrees", self.columns[n][0].heading, label=event.label[:30],
                stated=stated[n].text, compared=self._where(at, best),
                computed=_in_unit(self._between(best, n).fen, stated[n].unit),
                difference=_in_unit(stated[n].fen - self._between(best, n).fen, stated[n].unit), unit=stated[n].unit,
            )
            for n in disagreeing
        ]  # fmt: skip
        counted = re.search(r"(\d+)\s*[个项]", event.label)
        if counted and int(counted[1]) not in {self._count(reading) for reading in readings}:
            found.append(_flag(event.number, "import.total_count_disagrees", label=event.label[:30],
                               stated=int(counted[1]), computed=self._count(best)))  # fmt: skip
        code = "import.row_total" if stated else "import.row_total_without_value"
        return [_note(event.number, code, found=event.label[:30]), *found]

    def _between(self, reading: tuple[int, int], n: int) -> "_Sum":
        start, end = reading
        return self._sums[end][n].minus(self._sums[start][n])

    def _count(self, reading: tuple[int, int]) -> int:
        return self._rows[reading[1]] - self._rows[reading[0]]

    def _where(self, at: int, reading: tuple[int, int]) -> str:
        count = self._count(reading)
        return f"{'上方' if reading[1] <= at else '下方'} {count} 行" if count else ""

    def _readings(self, at: int) -> list[tuple[int, int]]:
        """Return the spans of events that a total may stand for, the likeliest first; never none."""
        event, last = self.events[at], len(self.events)

        def is_break(other: _Event) -> bool:
            return other.kind != "ROW"

        def is_peer(other: _Event) -> bool:
            return other.kind != "ROW" and other.level <= event.level

        def before(stops: Callable[[_Event], bool]) -> tuple[int, int]:
            return next((i + 1 for i in range(at - 1, -1, -1) if stops(self.events[i])), 0), at

        def after(stops: Callable[[_Event], bool]) -> tuple[int, int]:
            return at + 1, next((i for i in range(at + 1, last) if stops(self.events[i])), last)

        above = [before(is_break), before(is_peer)]
        below = [after(is_break), after(is_peer)]
        if not event.is_sub:
            above, below = [(0, at), *above], [(at + 1, last), *below]
        order = [*below, *above] if self._leads(at) else [*above, *below]
        return [reading for reading in dict.fromkeys(order) if self._count(reading)] or [order[0]]

    def _leads(self, at: int) -> bool:
        """Return whether a total stands over its rows: the first of its sort in the sheet stands before any row of its own."""
        is_sub = self.events[at].is_sub
        if not is_sub:
            return self._rows[at] == 0
        first = next(i for i, e in enumerate(self.events) if e.kind == "TOTAL" and e.is_sub)
        return first == 0 or self.events[first - 1].kind != "ROW"


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum of amounts and of their half units, in fen; ``parts`` of it are of rows 其中, which a total leaves out or not."""

    fen: int = 0
    half: int = 0
    parts: int = 0

    def plus(self, amount: Amount | None, *, is_part: bool = False) -> "_Sum":
        if amount is None:
            return self
        return _Sum(self.fen + amount.fen, self.half + amount.half_fen, self.parts + (amount.fen if is_part else 0))

    def minus(self, other: "_Sum") -> "_Sum":
        return _Sum(self.fen - other.fen, self.half - other.half, self.parts - other.parts)

    def agrees(self, stated: Amount) -> bool:
        slack = self.half + stated.half_fen
        return any(abs(stated.fen - found) <= slack for found in {self.fen, self.fen - self.parts})


def _in_unit(fen: int, unit: str) -> str:
    return f"{(Decimal(fen) / UNITS_FEN[unit]).normalize():,f}"
