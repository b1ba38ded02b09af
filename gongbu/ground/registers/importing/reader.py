"""Read a file into plain sheets: xlsx, xls, et and ods through a bounded child process; CSV here.

Nothing is interpreted yet: cells are what the file holds. Row 1 is the first row a person sees in a spreadsheet.
"""

import codecs
import csv
import io
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.rules.secrecy import find_secret_rule
from gongbu.ground.registers import stamping
from gongbu.ground.registers.importing.limits import LIMITS, Limits, Unreadable, judge
from gongbu.ground.registers.importing.values import Cell, is_blank

CHILD = Path(__file__).with_name("child.py")
ENCODING_WORDS = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "gb18030": "GB18030", "utf-16": "UTF-16",
                  "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}  # fmt: skip
RECORD_LINES, RECORD_LENGTH = 500, 1_000_000  # of one CSV record whose quotes are looked at closely
_Range = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One visible sheet. ``rows`` start at row 1; ``merged`` are zero-based inclusive ranges.

    ``no_value`` are cells (``C4``) whose formula was never calculated; ``errors`` are cells showing #N/A and the like.
    """

    name: str
    rows: list[list[Cell]]
    merged: tuple[_Range, ...] = ()
    no_value: frozenset[tuple[int, int]] = frozenset()
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    doubtful: dict[int, Finding] = field(default_factory=dict)  # by zero-based row: its quotes do not fit


@dataclass(frozen=True, slots=True)
class Book:
    """A file as read: its sheets, its form (``xlsx``-like or ``csv``) and notes about what was left aside."""

    sheets: tuple[Sheet, ...]
    form: str
    notes: tuple[Finding, ...] = ()


class _Plain(pickle.Unpickler):
    """Unpickles plain values and dates only: the child parsed a stranger's file."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in {
            ("datetime", "datetime"),
            ("datetime", "date"),
            ("datetime", "time"),
            ("datetime", "timedelta"),
        }:
            return {"datetime": datetime, "date": date, "time": time, "timedelta": timedelta}[name]
        raise pickle.UnpicklingError(f"{module}.{name}")


def read(content: bytes, limits: Limits = LIMITS) -> Book:
    """Read a file by its content.

    :raises Unreadable: with one code that says why and what to do
    """
    book = _read_workbook(content, limits) if judge(content, limits) == "workbook" else _read_csv(content, limits)
    for sheet in book.sheets:
        if len(sheet.rows) > limits.rows + 200:
            raise Unreadable("import.too_many_rows", rows=len(sheet.rows), limit=limits.rows)
    if not any(sheet.rows for sheet in book.sheets):
        raise Unreadable("import.file_no_rows")
    return book


def _read_workbook(content: bytes, limits: Limits) -> Book:
    answer = _ask_child(content, limits)
    if "error" in answer:
        detail = str(answer.get("detail", ""))  # may be the name of a sheet
        raise Unreadable(str(answer["error"]), detail="（名称没有保留）" if find_secret_rule([detail]) else detail)
    notes = []
    sheets = []
    for entry in answer["sheets"]:
        if stamping.is_stamp(entry["name"], entry["rows"]):
            notes.append(Finding("import.sheet_of_export", {"sheet": entry["name"]}, severity=Severity.NOTE))
            continue
        if entry["hidden"]:
            notes.append(Finding("import.sheet_hidden", {"sheet": entry["name"]}, severity=Severity.NOTE))
            continue
        width = max((len(row) for row in entry["rows"][:1]), default=0)
        if width > limits.columns:
            entry["rows"] = _narrow(entry["rows"], limits.columns)
            width = max((len(row) for row in entry["rows"]), default=0)
            if width > limits.columns:
                raise Unreadable("import.too_many_columns", columns=width, limit=limits.columns)
        sheets.append(
            Sheet(
                entry["name"],
                entry["rows"],
                tuple((tuple(r[0]), tuple(r[1])) for r in entry["merged"]),
                frozenset(_position(ref) for ref in entry["no_value"]),
                {_position(ref): text for ref, text in entry["errors"]},
            )
        )
        notes += _hidden_parts(entry)
    if any(entry["hidden_parts"] is None for entry in answer["sheets"] if not entry["hidden"]):
        notes.append(Finding("import.hidden_not_examined", severity=Severity.NOTE))
    if answer.get("more_sheets"):
        notes.append(Finding("import.sheets_beyond_limit", {"count": answer["more_sheets"]}))
    if not sheets:
        raise Unreadable("import.file_no_rows")
    return Book(tuple(sheets), "xlsx", tuple(notes))


def _hidden_parts(entry: dict[str, Any]) -> list[Finding]:
    """Say how many hidden rows and columns with something in them were read."""
    rows, (hidden_rows, ranges) = entry["rows"], entry["hidden_parts"] or ([], [])
    said = sum(1 for at in set(hidden_rows) if at < len(rows) and not all(is_blank(cell) for cell in rows[at]))
    width = max((len(row) for row in rows), default=0)
    columns = {at for first, last in ranges for at in range(first, min(last + 1, width))}
    used = sum(1 for at in columns if any(at < len(row) and not is_blank(row[at]) for row in rows))
    what = "、".join(text for count, text in ((said, f" {said} 行"), (used, f" {used} 列")) if count)
    return [Finding("import.hidden_read", {"sheet": entry["name"], "what": what})] if what else []


def _ask_child(content: bytes, limits: Limits) -> dict[str, Any]:
    bounds = [limits.child_memory_bytes, limits.child_seconds, limits.rows, limits.cells, limits.sheets]
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD), *map(str, bounds)],
            input=content, capture_output=True, timeout=limits.child_seconds * 2, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unreadable("import.file_damaged", detail="timeout") from None
    if done.returncode != 0 or not done.stdout:
        raise Unreadable("import.file_too_heavy")
    answer: dict[str, Any] = _Plain(io.BytesIO(done.stdout)).load()
    return answer


def _narrow(rows: list[list[Cell]], limit: int) -> list[list[Cell]]:
    """Cut empty columns at the right, left there by formatting."""
    used = max(
        (i + 1 for row in rows for i in range(len(row) - 1, limit - 1, -1) if row[i] not in ("", None)), default=limit
    )
    return [row[:used] for row in rows]


def _position(ref: str) -> tuple[int, int]:
    letters = ref.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(ref[len(letters) :]) - 1, column - 1


def column_letters(index: int) -> str:
    """Return the spreadsheet letters of a zero-based column (0 is A, 27 is AB)."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# --- CSV -------------------------------------------------------------------------------------------------------


def _read_csv(content: bytes, limits: Limits) -> Book:
    text, encoding = decode(content)
    notes: list[Finding] = []
    if encoding not in ("utf-8", "utf-8-sig"):
        notes.append(Finding("import.encoding", {"encoding": ENCODING_WORDS[encoding]}, severity=Severity.NOTE))
    delimiter = _sniff_delimiter(text)
    csv.field_size_limit(max(csv.field_size_limit(), 10 * limits.cell_length))
    rows: list[list[Cell]] = []
    doubtful: dict[int, Finding] = {}
    try:
        for row, finding in _records(text, delimiter):
            if len(row) > limits.columns:
                raise Unreadable("import.too_many_columns", columns=len(row), limit=limits.columns)
            if len(rows) > limits.rows + 200:
                raise Unreadable("import.too_many_rows", rows=len(rows), limit=limits.rows)
            if finding is not None:
                doubtful[len(rows)] = finding
            rows.append(list(row))
    except csv.Error as error:
        raise Unreadable("import.csv_broken", row=len(rows) + 1, detail=str(error)) from None
    for number, cells in enumerate(rows, 1):
        if any(len(str(cell)) > limits.cell_length for cell in cells):
            raise Unreadable("import.csv_quote_open", row=number)
    while rows and not any(str(cell).strip() for cell in rows[-1]):
        rows.pop()
    return Book((Sheet("", rows, doubtful=doubtful),), "csv", tuple(notes))


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], Finding | None]]:
    """Return the records of a CSV, each with what is wrong with its quotes.

    Where a quote never closes, or closes in the middle of a cell, the reader of the standard library goes on to the
    next quote and takes the lines between into one cell. Here that line stands alone, as written, and says so.
    """
    if '"' not in text:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield row, None
        return
    lines = list(io.StringIO(text, newline=""))
    at = width = 0
    while at < len(lines):
        whole, used = _quoted(lines, at, delimiter, width)
        row, finding = whole or [], None
        if whole is None:
            # The end of the line closes what it opened; quotes stay as written.
            row, used = next(csv.reader([lines[at]], delimiter=delimiter, quoting=csv.QUOTE_NONE), []), 1
            is_open = lines[at].count('"') % 2 == 1
            finding = Finding(
                "import.csv_quote_unclosed" if is_open else "import.csv_quote_inside", {"line": at + 1}, None,
                Severity.REJECT if is_open else Severity.FLAG,
            )  # fmt: skip
        width = max(width, len(row))
        at += used
        yield row, finding


def _quoted(lines: Sequence[str], at: int, delimiter: str, width: int) -> tuple[list[str] | None, int]:
    """Return the record that begins at line ``at`` and how many lines it takes; None when its quotes do not close."""
    if '"' not in lines[at]:
        return next(csv.reader([lines[at]], delimiter=delimiter), []), 1
    quotes = size = 0
    for end in range(at, min(len(lines), at + RECORD_LINES)):
        quotes += lines[end].count('"')
        size += len(lines[end])
        if size > RECORD_LENGTH:
            break
        if quotes % 2:
            continue
        try:
            found = list(csv.reader(lines[at : end + 1], delimiter=delimiter, strict=True))
        except csv.Error:
            return None, 0
        if len(found) != 1 or (end > at and _swallows(found[0], delimiter, width)):
            return None, 0
        return found[0], end - at + 1
    return None, 0


def _swallows(row: Sequence[str], delimiter: str, width: int) -> bool:
    """Return whether a record is short because a cell of several lines holds whole rows of the table."""
    return len(row) < width and any(
        line.count(delimiter) >= max(1, width - 1) for cell in row if "\n" in cell or "\r" in cell
        for line in cell.splitlines()
    )  # fmt: skip


def decode(content: bytes) -> tuple[str, str]:
    """Return the text and its encoding: a mark at the start decides; else UTF-8 if it is, else GB18030 if it is.

    :raises Unreadable: binary, cut in the middle of a character, or neither encoding
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise Unreadable("import.file_truncated") from None
    if content.startswith(codecs.BOM_UTF8):
        content, encoding = content[3:], "utf-8-sig"
    else:
        encoding = "utf-8"
        sample = content[:4000]
        if (guess := _utf16_without_mark(sample)) is not None:
            return content.decode(guess, "replace"), guess
    if b"\x00" in content:
        raise Unreadable("import.file_wrong_type", found="二进制文件")
    try:
        return content.decode("utf-8"), encoding
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 4 and error.start > 0 and error.reason == "unexpected end of data":
            raise Unreadable("import.file_truncated") from None
        if encoding == "utf-8-sig":
            raise Unreadable("import.encoding_broken", row=content[: error.start].count(b"\n") + 1) from None
        utf8_row = content[: error.start].count(b"\n") + 1
    try:
        return content.decode("gb18030"), "gb18030"
    except UnicodeDecodeError:
        raise Unreadable("import.encoding_broken", row=utf8_row) from None


def _utf16_without_mark(sample: bytes) -> str | None:
    if len(sample) < 8:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.2 and even < half * 0.02:
        return "utf-16-le"
    if even > half * 0.2 and odd < half * 0.02:
        return "utf-16-be"
    return None


def _sniff_delimiter(text: str) -> str:
    """Choose among comma, tab, semicolon and bar by which gives the most even table in the first lines."""
    head = text[:20_000]
    best, best_score = ",", 0.0
    for delimiter in (",", "\t", ";", "|"):
        try:
            rows = [row for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if row][:20]
        except csv.Error:
            continue
        if not rows:
            continue
        widths = [len(row) for row in rows]
        common = max(set(widths), key=lambda w: (widths.count(w), w))
        score = (common - 1) * widths.count(common) / len(widths)
        if score > best_score:
            best, best_score = delimiter, score
    return best
