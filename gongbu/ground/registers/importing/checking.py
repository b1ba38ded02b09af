"""Check a file: read each cell by its field, then the row, then all rows together. Writes nothing."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.rules.filenames import split_name
from gongbu.ground.registers.importing import magnitude, values
from gongbu.ground.registers.importing.columns import Column, Field, Matcher, Type, split_unit
from gongbu.ground.registers.importing.kinds import CheckContext, CheckedRow, ImportKind
from gongbu.ground.registers.importing.limits import Unreadable
from gongbu.ground.registers.importing.reader import Book, Sheet
from gongbu.ground.registers.importing.table import Table, TableFinding, find_table, is_unit_assumed
from gongbu.ground.registers.importing.values import Cell, Reading

Read = Callable[[Cell], Reading]
REMEMBERED = 2_048  # readings of one column


def find_tables(book: Book, kind: ImportKind) -> tuple[list[Table], list[TableFinding]]:
    """Return the tables of a file that this kind understands, and notes about what was left aside.

    A sheet whose name, title, headings or notes meet a secrecy rule is left out whole (GO-15): its place in the file
    and the rule are said, nothing of it is kept.

    :raises Unreadable: no sheet has a header of this kind, or every one that has is secret
    """
    matcher = kind.matcher()
    tables: list[Table] = []
    notes = [TableFinding(0, "", _nameless(note, kind)) for note in book.notes]
    secret: Finding | None = None
    for number, sheet in enumerate(book.sheets, 1):
        if not any(sheet.rows):
            continue
        table = None
        secret_here = kind.secrecy([sheet.name])
        if secret_here is None:
            table = find_table(sheet, matcher)
            secret_here = _find_secret(kind, _around(sheet, table, matcher)) if table is not None else None
        if secret_here is not None:
            secret = secret_here
            data = {"number": number, "label": secret.data.get("label", "")}
            notes.append(TableFinding(0, "", Finding("import.sheet_secret", data, None, Severity.REJECT, secret.basis)))
            continue
        if table is None:
            notes.append(
                TableFinding(0, "", Finding("import.sheet_no_header", {"sheet": sheet.name}, None, Severity.NOTE))
            )
            continue
        tables.append(table)
        notes.extend(table.findings)
    if not tables and secret is not None:
        raise Unreadable("import.file_secret", label=secret.data.get("label", ""))
    if not tables:
        needed = "、".join(f"“{f.label}”" for f in matcher.fields if f.required)
        raise Unreadable("import.header_not_found", needed=needed, kind=kind.label)
    if not any(table.rows for table in tables):
        raise Unreadable("import.file_no_rows")
    return tables, notes


def check_file_name(name: str, kind: ImportKind) -> None:
    """Test the name of a file before anything of it is read or kept (GO-15).

    :raises Unreadable: a secrecy rule is met; only the rule is named
    """
    if (secret := kind.secrecy([name, split_name(name)[0]])) is not None:
        raise Unreadable("import.name_secret", label=secret.data.get("label", ""))


def _nameless(note: Finding, kind: ImportKind) -> Finding:
    """Return a note about a sheet without the sheet's name, if that meets a secrecy rule."""
    if "sheet" in note.data and kind.secrecy([str(note.data["sheet"])]) is not None:
        return replace(note, data={**note.data, "sheet": "（名称触发涉密拦截，没有保留）"})
    return note


def _find_secret(kind: ImportKind, texts: Sequence[str]) -> Finding | None:
    """Test texts one by one: two headings side by side (内部代码, 2026年计划) are no sentence."""
    return next((found for text in texts if (found := kind.secrecy([text])) is not None), None)


def _around(sheet: Sheet, table: Table, matcher: Matcher) -> list[str]:
    """Return what a sheet says beside its data rows: titles, headings, sections, totals, notes.

    Headings that are words of the kind's own fields (密级, 是否涉密) are no contents.
    """
    rows = {row.number - 1 for row in table.rows}
    said = [cell for at, cells in enumerate(sheet.rows) if at not in rows for cell in cells if isinstance(cell, str)]
    said += [column.heading for column in table.columns]
    return [text for text in dict.fromkeys(said) if len(text) > 1 and not matcher.knows(text)]


def check_file(
    book: Book, kind: ImportKind, context: CheckContext
) -> tuple[list[Table], list[TableFinding], list[CheckedRow]]:
    """Check a whole file. Rejected rows stay in the list with their findings; nothing is dropped.

    :raises Unreadable: no table of this kind in the file
    """
    tables, notes = find_tables(book, kind)
    sheets = {sheet.name: sheet for sheet in book.sheets}
    rows: list[CheckedRow] = []
    for table in tables:
        stated = frozenset(c.field.key for c in table.columns if c.field)
        of_table = [CheckedRow(row.number, table.sheet, row.cells, stated=stated) for row in table.rows]
        _flag_broken_cells(of_table, table.columns, sheets[table.sheet])
        read_rows(of_table, table.columns, table.unit, kind)
        rows += of_table
    finish(kind, context, rows)
    if any(row.secret_rule for row in rows):
        notes = [replace(n, finding=f) for n in notes if (f := withheld(n.finding)) is not None]
    return tables, notes, rows


_TOTAL_ROWS = frozenset({"import.row_total", "import.row_total_without_value"})
_SUMS = frozenset({"import.total_disagrees", "import.total_count_disagrees"})


def withheld(finding: Finding) -> Finding | None:
    """Return a finding about the file as it may stand once a row was refused for secrecy (GO-15).

    A sum over the sheet, or its difference from the stated total, would give away the amount of the refused row.
    None: the finding goes.
    """
    if finding.code in _SUMS:
        return None
    if finding.code in _TOTAL_ROWS:
        return Finding("import.row_total_withheld", finding.data, finding.field, finding.severity)
    return finding


def finish(kind: ImportKind, context: CheckContext, rows: Sequence[CheckedRow]) -> None:
    """Run the checks that look at more than one cell: magnitude, cross-row, register."""
    kind.check(context, [row for row in rows if not row.secret_rule])
    open_rows = [
        row for row in rows if not row.secret_rule
    ]  # the kind may have found more: no middle over their amounts
    magnitude.check(open_rows, [f for f in kind.fields() if f.type is Type.AMOUNT and f.is_gated])
    for row in open_rows:
        if row.plan and any(found.code in magnitude.DOUBTS for found in row.findings):
            row.plan[magnitude.DOUBTED] = True


def read_rows(rows: Sequence[CheckedRow], columns: Sequence[Column], table_unit: str, kind: ImportKind) -> None:
    """Read the cells of the rows of one table, column by column.

    A secret row loses its content here, before anything else sees it (GO-15).
    """
    for row in rows:
        secret = kind.secrecy([cell for cell in row.cells if type(cell) is str and len(cell) > 1])
        if secret is not None:
            row.cells, row.values = (), {}
            row.findings = [secret]
            row.secret_rule = str(secret.data.get("rule", "secret"))
    rows = [row for row in rows if not row.secret_rule]
    _note_left_amounts(rows, columns)
    for column in columns:
        if column.field is not None:
            read = _reader(column.field, column.unit or table_unit)
            if is_unit_assumed(column, table_unit):
                read = _telling_unit(read, column.field)
            _read_column(rows, column.index, column.field.key, read)
    for item in [c.field for c in columns if c.field is not None and c.field.required]:
        for row in rows:
            if item.key not in row.values and not _has_reject(row.findings, item.key):
                row.findings.append(
                    Finding("import.required_missing", {"label": item.label}, item.key, Severity.REJECT)
                )


def _read_column(rows: Sequence[CheckedRow], index: int, key: str, read: Read) -> None:
    """Read one column. Most columns say the same few things over and over: regions, stages, units, days."""
    read = lru_cache(REMEMBERED, typed=True)(read)  # typed: 1, 1.0 and True are equal but not the same cell
    for row in rows:
        cell = row.cells[index]
        if cell is None or cell == "":
            continue
        value, found = read(cell)
        if value is not None:
            row.values[key] = value
        if found:
            row.findings.extend(found)


def _telling_unit(read: Read, field: Field) -> Read:
    """Say in each row that its amount was read in a unit nobody wrote."""

    def told(cell: Cell) -> Reading:
        value, found = read(cell)
        if value is None or value.text == value.raw:  # nothing read, or the cell says its own unit
            return Reading(value, found)
        data = {"found": value.raw, "unit": value.unit}
        return Reading(value, (*found, Finding(magnitude.ASSUMED, data, field.key, Severity.NOTE)))

    return told


def _reader(field: Field, unit: str) -> Read:
    key = field.key
    if field.type is Type.AMOUNT:
        effective, signed = unit or field.unit or "", field.may_be_negative
        return lambda cell: values.read_amount(cell, key, effective, may_be_negative=signed)
    if field.type is Type.CHOICE:
        choices = {values.fold(word): code for word, code in field.choices.items()}
        return lambda cell: values.read_choice(cell, key, choices)
    simple = {
        Type.TEXT: values.read_text,
        Type.NAME: values.read_name,
        Type.CODE: values.read_code_text,
        Type.DATE: values.read_date,
        Type.INTEGER: values.read_integer,
        Type.BOOL: values.read_bool,
    }[field.type]
    return lambda cell: simple(cell, key)


_AMOUNT_HEADING = re.compile(r"费用?(?:\W|$)|费$|费[（(/]|投资|金额|价款|元[)）]?$|利息|预备费|资金$")


@lru_cache(maxsize=1_024)
def looks_like_amount(heading: str, unit: str = "") -> bool:
    """Return whether a heading that no field takes speaks of money."""
    return bool(unit or split_unit(heading)[1] or _AMOUNT_HEADING.search(values.fold(heading)))


def _note_left_amounts(rows: Sequence[CheckedRow], columns: Sequence[Column]) -> None:
    left = [c for c in columns if c.field is None and c.problem and looks_like_amount(c.heading, c.unit)]
    for row in rows if left else ():
        row.left_amounts = tuple(
            c.heading for c in left if c.index < len(row.cells) and _holds_number(row.cells[c.index])
        )


def _holds_number(cell: Cell) -> bool:
    value = values.read_amount(cell, "", "万元").value
    return value is not None and value.fen != 0


def _has_reject(findings: Sequence[Finding], key: str) -> bool:
    return any(f.field == key and f.severity is Severity.REJECT for f in findings)


def _flag_broken_cells(rows: Sequence[CheckedRow], columns: Sequence[Column], sheet: Sheet) -> None:
    broken = {row for row, _ in (*sheet.no_value, *sheet.errors)}
    for row in rows:
        if (doubt := sheet.doubtful.get(row.number - 1)) is not None:
            row.findings.append(doubt)
        if row.number - 1 not in broken:
            continue
        for column in columns:
            at = (row.number - 1, column.index)
            key = column.field.key if column.field else None
            if at in sheet.no_value:
                row.find("import.formula_without_value", key, column=column.heading)
            elif at in sheet.errors:
                row.find("import.error_cell", key, column=column.heading, found=sheet.errors[at])


def state_of(row: CheckedRow) -> str:
    """Return the state of a checked row: REJECTED, FLAGGED or READY."""
    return state_by(f.severity.value for f in row.findings)


def state_by(severities: Iterable[str]) -> str:
    """Return the state of a row with findings of these severities: a mere note (说明) leaves it READY."""
    found = set(severities)
    return "REJECTED" if "REJECT" in found else "FLAGGED" if "FLAG" in found else "READY"
