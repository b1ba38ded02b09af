"""Check a file: read each cell by its field, then the row, then all rows together. Writes nothing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.registers.importing import magnitude, values
from gongbu.ground.registers.importing.columns import Column, Field, Type, split_unit
from gongbu.ground.registers.importing.kinds import CheckContext, CheckedRow, ImportKind
from gongbu.ground.registers.importing.limits import Unreadable
from gongbu.ground.registers.importing.reader import Book
from gongbu.ground.registers.importing.table import Table, TableFinding, find_table
from gongbu.ground.registers.importing.values import Cell, Reading

Read = Callable[[Cell], Reading]


def find_tables(book: Book, kind: ImportKind) -> tuple[list[Table], list[TableFinding]]:
    """Return the tables of a file that this kind understands, and notes about what was left aside.

    :raises Unreadable: no sheet has a header of this kind
    """
    matcher = kind.matcher()
    tables: list[Table] = []
    notes = [TableFinding(0, "", note) for note in book.notes]
    for sheet in book.sheets:
        if not any(sheet.rows):
            continue
        table = find_table(sheet, matcher)
        if table is None:
            notes.append(
                TableFinding(0, "", Finding("import.sheet_no_header", {"sheet": sheet.name}, None, Severity.NOTE))
            )
            continue
        tables.append(table)
        notes.extend(table.findings)
    if not tables:
        needed = "、".join(f"“{f.label}”" for f in matcher.fields if f.required)
        raise Unreadable("import.header_not_found", needed=needed, kind=kind.label)
    if not any(table.rows for table in tables):
        raise Unreadable("import.file_no_rows")
    return tables, notes


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
        readers = make_readers(table.columns, table.unit)
        stated = frozenset(c.field.key for c in table.columns if c.field)
        sheet = sheets[table.sheet]
        broken = {row for row, _ in sheet.no_value} | {row for row, _ in sheet.errors}
        for row in table.rows:
            checked = CheckedRow(row.number, table.sheet, row.cells, stated=stated)
            if row.number - 1 in broken:
                _flag_broken_cells(checked, table.columns, sheet.no_value, sheet.errors)
            read_row(checked, readers, table.columns, kind)
            rows.append(checked)
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


def make_readers(columns: Sequence[Column], table_unit: str) -> list[tuple[int, str, Read]]:
    """Return (index, key, reader) of each matched column, built once per table."""
    return [(c.index, c.field.key, _reader(c.field, c.unit or table_unit)) for c in columns if c.field]


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


def read_row(
    row: CheckedRow, readers: Sequence[tuple[int, str, Read]], columns: Sequence[Column], kind: ImportKind
) -> None:
    """Read the cells of one row. A secret row loses its content here, before anything else sees it (GO-15)."""
    texts = [cell for cell in row.cells if type(cell) is str and len(cell) > 1]
    secret = kind.secrecy(texts)
    if secret is not None:
        row.cells, row.values = (), {}
        row.findings = [secret]
        row.secret_rule = str(secret.data.get("rule", "secret"))
        return
    cells, row_values, findings = row.cells, row.values, row.findings
    if left := [c for c in columns if c.field is None and c.problem and looks_like_amount(c.heading, c.unit)]:
        row.left_amounts = tuple(c.heading for c in left if c.index < len(cells) and _holds_number(cells[c.index]))
    for index, key, read in readers:
        cell = cells[index]
        if cell is None or cell == "":
            continue
        value, found = read(cell)
        if value is not None:
            row_values[key] = value
        if found:
            findings.extend(found)
    for column in columns:
        item = column.field
        if item is not None and item.required and item.key not in row_values and not _has_reject(findings, item.key):
            findings.append(Finding("import.required_missing", {"label": item.label}, item.key, Severity.REJECT))


_AMOUNT_HEADING = re.compile(r"费用?(?:\W|$)|费$|费[（(/]|投资|金额|价款|元[)）]?$|利息|预备费|资金$")


@lru_cache(maxsize=1_024)
def looks_like_amount(heading: str, unit: str = "") -> bool:
    """Return whether a heading that no field takes speaks of money."""
    return bool(unit or split_unit(heading)[1] or _AMOUNT_HEADING.search(values.fold(heading)))


def _holds_number(cell: Cell) -> bool:
    value = values.read_amount(cell, "", "万元").value
    return value is not None and value.fen != 0


def _has_reject(findings: Sequence[Finding], key: str) -> bool:
    return any(f.field == key and f.severity is Severity.REJECT for f in findings)


def _flag_broken_cells(
    row: CheckedRow, columns: Sequence[Column], no_value: Any, errors: dict[tuple[int, int], str]
) -> None:
    for column in columns:
        at = (row.number - 1, column.index)
        key = column.field.key if column.field else None
        if at in no_value:
            row.findings.append(Finding("import.formula_without_value", {"column": column.heading}, key))
        elif at in errors:
            row.findings.append(Finding("import.error_cell", {"column": column.heading, "found": errors[at]}, key))


def state_of(row: CheckedRow) -> str:
    """Return the state of a checked row: REJECTED, FLAGGED or READY."""
    if row.is_rejected:
        return "REJECTED"
    return "FLAGGED" if row.findings else "READY"
