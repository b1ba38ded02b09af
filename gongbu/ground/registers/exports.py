"""Exports of a register: CSV as a stream, XLSX written row by row; each leaves an audit row before the first byte.

A cell holds what the list shows: codes as their labels, a text the register words itself as worded, without markup.
Figures and days stay figures and days. Every export is a door (涉密, GO-15): a row whose texts meet a secrecy rule stays out, and the file counts them.
"""

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import xlsxwriter
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from markupsafe import Markup

from gongbu.ground.basics import clock
from gongbu.ground.basics.money import FEN_PER_WAN, FEN_PER_YI, FEN_PER_YUAN
from gongbu.ground.basics.rules.secrecy import LABELS, find_secret_rule
from gongbu.ground.orgs import trace as traces
from gongbu.ground.orgs.trace import Trace
from gongbu.ground.registers import downloads, stamping
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import Shown, as_words
from gongbu.ground.registers.jinja import NOT_REPORTED, UNKNOWN

if TYPE_CHECKING:
    from gongbu.ground.registers.register import Register

CHUNK = 2_000
CSV_CHUNK = 500
WITHHELD = "另有 {rows} 条触发涉密拦截规则（{rules}），没有导出；请本单位保密员核对。"
_SCALE = {"wan": (FEN_PER_WAN, "#,##0.00"), "yi": (FEN_PER_YI, "#,##0.00"), "yuan": (FEN_PER_YUAN, "#,##0.00")}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_text(text: str) -> str:
    """Return text that no spreadsheet program takes for a formula (a leading ``= + - @`` gets an apostrophe).

    A signed plain number stays a number.
    """
    if text and text.startswith(_FORMULA) and not text.lstrip("+-").replace(",", "").replace(".", "", 1).isdigit():
        return "'" + text
    return text


def answer(
    request: HttpRequest, register: "Register", rows: "QuerySet[Any]", filters: Sequence[Shown], form: str
) -> HttpResponseBase:
    """Answer with a file of ``rows``; the export is recorded with number of rows and filters first."""
    columns = [c for c in register.columns if c.exported]
    withheld = register.withhold(rows) if register.withhold else withhold_texts(rows, texts_of(columns))
    if withheld:
        rows = rows.exclude(pk__in=list(withheld))
    total = rows.count()
    what = f"{register.title}（{form.upper()}）"
    actor = request.actor  # type: ignore[attr-defined]
    trace = traces.record(actor, what, total, as_words(filters), withheld=withheld)
    plain = rows.values_list(*register.fields).iterator(chunk_size=CHUNK)
    name, note = f"{register.title}_{clock.today():%Y%m%d}.{form}", note_of(withheld)
    if form == "csv":
        return stream_csv(columns, register.index, plain, name, note, trace=trace)
    return send_xlsx(columns, register.index, plain, name, register.title, note, trace=trace)


def note_of(withheld: Mapping[int, str]) -> str:
    """Return the last line of a file that left rows out: how many and by which rules, nothing else; else ""."""
    if not withheld:
        return ""
    rules = "、".join(f"{LABELS[rule]} {n} 条" for rule, n in Counter(withheld.values()).most_common())
    return WITHHELD.format(rows=len(withheld), rules=rules)


def texts_of(columns: Iterable[Column]) -> list[str]:
    """Return the fields whose text people wrote, and those a worded cell may quote.

    Figures, days and labels of choices hold none.
    """
    names = [
        name
        for c in columns
        if c.exported and (c.kind in ("text", "code") or is_worded(c))
        for name in (c.field, *(c.needs if is_worded(c) else ()))
    ]
    return list(dict.fromkeys(names))


def is_worded(column: Column) -> bool:
    """Return whether the file writes what the column's ``show`` says; a label of a choice or a figure needs none.

    A ``day`` may be known less exactly (2026年3月).
    """
    return column.show is not None and (
        column.kind in ("text", "code", "bool", "day", "mark")
        or (column.kind in ("choice", "badge") and not column.labels())
    )


_EMPTY = {"", UNKNOWN, NOT_REPORTED.striptags()}


def worded(column: Column, index: Mapping[str, int]) -> Callable[[Sequence[Any]], str]:
    """Return how a row gives the text of a worded cell; what the list shows for nothing is nothing in a file.

    A name to which the list adds marks (催办 2 次) is written without them, so that it can be looked up and read back.
    """
    show, at, is_name = column.show, index[column.name], column.title
    assert show is not None
    wanted = {name: index[name] for name in (column.name, *column.needs, "id")}
    empty = _EMPTY | {column.unknown}

    def write(row: Sequence[Any]) -> str:
        said = show(row[at], {name: row[i] for name, i in wanted.items()})
        text = said.striptags() if isinstance(said, Markup) else str(said)
        if is_name and type(stored := row[at]) is str and stored and text.startswith(stored):
            return stored
        return "" if text in empty else text

    return write


def withhold_texts(rows: "QuerySet[Any]", fields: Sequence[str]) -> dict[int, str]:
    """Return the rows whose texts in ``fields`` meet a secrecy rule: id → name of the rule (1 query)."""
    found: dict[int, str] = {}
    for pk, *values in rows.order_by().values_list("pk", *fields).iterator(chunk_size=CHUNK):
        if rule := find_secret_rule(str(value) for value in values if value is not None):
            found[pk] = rule
    return found


def headings(columns: Sequence[Column]) -> list[str]:
    """Return the headings with their units, as the importer reads them back: 总投资（万元）."""
    return [f"{c.label}（{c.unit_word}）" if c.unit_word else c.label for c in columns]


def stream_csv(
    columns: Sequence[Column],
    index: Mapping[str, int],
    rows: Iterable[Sequence[Any]],
    name: str,
    note: str = "",
    *,
    trace: Trace,
) -> StreamingHttpResponse:
    """Answer with CSV, UTF-8 with a mark so that Excel and WPS read Chinese; ``note`` is its last line.

    ``trace`` goes into the name and into nothing else (:mod:`stamping` says why).
    """
    # A worded cell is made from its row, every other one from its column.
    writers = [(None, _csv_worded(c, index)) if is_worded(c) else (index[c.name], _csv_writer(c)) for c in columns]

    def lines() -> Iterator[bytes]:
        yield "\ufeff".encode() + _csv_lines([headings(columns)])
        left = iter(rows)
        while chunk := list(islice(left, CSV_CHUNK)):
            by_column = list(zip(*chunk, strict=True))
            yield _csv_lines(
                zip(*(map(write, chunk if at is None else by_column[at]) for at, write in writers), strict=True)
            )
        if note:
            yield _csv_lines([[note]])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    return downloads.attach(response, name, trace)


def send_table(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], name: str, title: str, note: str = "", *, trace: Trace
) -> FileResponse:
    """Answer with a workbook of rows that stand in the order of the columns; see :func:`send_xlsx`."""
    index = {column.name: at for at, column in enumerate(columns)}
    return send_xlsx(columns, index, rows, name, title, note, trace=trace)


def send_xlsx(
    columns: Sequence[Column],
    index: Mapping[str, int],
    rows: Iterable[Sequence[Any]],
    name: str,
    title: str,
    note: str = "",
    *,
    trace: Trace,
) -> FileResponse:
    """Answer with a workbook; rows go to disk as they come, memory does not grow with them. ``note`` is its last row.

    ``trace`` of the export stands in print, in the properties and on a sheet of its own.
    """
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 — closed by FileResponse
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True, "bg_color": "#EEF1F5", "border": 1, "border_color": "#DCE1E8"})
    for i, column in enumerate(columns):
        sheet.set_column(i, i, min(max(column.width or 0, len(column.label) * 2 + 6, 12), 44))
    sheet.freeze_panes(1, 0)
    for i, text in enumerate(headings(columns)):
        sheet.write_string(0, i, text, bold)
    cells = [
        (i, None, _xlsx_worded(c, index), _put_worded(sheet, c), _format(book, c)) if is_worded(c)
        else (i, index[c.name], _value(c), _put(sheet, c), _format(book, c))
        for i, c in enumerate(columns)
    ]  # fmt: skip
    number = 0
    for number, row in enumerate(rows, 1):
        for i, at, read, put, shape in cells:
            value = read(row if at is None else row[at])
            if value is not None and value != "":
                put(number, i, value, shape)
    sheet.autofilter(0, 0, max(number, 1), len(columns) - 1)
    if note:
        sheet.write_string(number + 1, 0, note)
    stamping.stamp(book, [sheet], trace)
    book.close()
    file.seek(0)
    response = FileResponse(file, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    return downloads.attach(response, name, trace)


def _format(book: Any, column: Column) -> Any:
    if column.kind in _SCALE:
        return book.add_format({"num_format": _SCALE[column.kind][1]})
    if column.kind in ("percent", "bar"):
        return book.add_format({"num_format": "0.0%"})
    if column.kind in ("date", "day", "datetime"):
        return book.add_format({"num_format": "yyyy-mm-dd hh:mm" if column.kind == "datetime" else "yyyy-mm-dd"})
    return None


def _put(sheet: Any, column: Column) -> Callable[[int, int, Any, Any], Any]:
    if column.kind in ("date", "datetime"):
        put: Callable[[int, int, Any, Any], Any] = sheet.write_datetime
    elif column.kind in (*_SCALE, "int", "decimal", "percent", "bar"):
        put = sheet.write_number
    else:
        put = sheet.write_string
    return put


def _put_worded(sheet: Any, column: Column) -> Callable[[int, int, str, Any], Any]:
    if column.kind != "day":
        return lambda row, at, text, _shape: sheet.write_string(row, at, text)

    def put(row: int, at: int, text: str, shape: Any) -> Any:
        """A day stays a day; a month or a year is a text."""
        try:
            return sheet.write_datetime(row, at, date.fromisoformat(text), shape)
        except ValueError:
            return sheet.write_string(row, at, text)

    return put


def _value(column: Column) -> Callable[[Any], Any]:
    """Return how a stored value becomes a cell: amounts in the unit of the heading, codes as their labels."""
    labels = column.labels()
    if column.kind in _SCALE:
        scale = _SCALE[column.kind][0]
        return lambda fen: None if fen is None else fen / scale
    if column.kind in ("choice", "badge"):
        return lambda code: labels.get(str(code), str(code)) if code not in (None, "") else ""
    if column.kind == "bool":
        return lambda value: "" if value is None else "是" if value else "否"
    if column.kind == "datetime":
        return lambda moment: moment.astimezone(clock.SHANGHAI).replace(tzinfo=None) if moment else None
    if column.kind == "date":
        return _day
    if column.kind in ("int", "decimal", "percent", "bar"):
        return lambda value: value
    return _as_cell


def _day(value: date | None) -> date | None:
    """Return the legal day; a date column may stand over a moment."""
    return value.astimezone(clock.SHANGHAI).date() if isinstance(value, datetime) else value


def _as_cell(value: Any) -> str | None:
    # Without shared strings xlsxwriter takes a text in <r> … </r> for ready markup and does not escape it.
    text = None if value is None else str(value)
    return f" {text}" if text and text.startswith("<r>") else text


def _xlsx_worded(column: Column, index: Mapping[str, int]) -> Callable[[Any], str | None]:
    write = worded(column, index)
    return lambda row: _as_cell(write(row))


_LIKE_A_DAY = re.compile(r"\d+/\d+")


def _csv_worded(column: Column, index: Mapping[str, int]) -> Callable[[Any], str]:
    write = worded(column, index)

    def write_safe(row: Any) -> str:
        text = write(row)
        # 7/10 done: a spreadsheet program would read the tenth of July.
        return text.replace("/", "／") if _LIKE_A_DAY.fullmatch(text) else safe_text(text)

    return write_safe


def _csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _csv_writer(column: Column) -> Callable[[Any], str]:
    """Return how a stored value is written in CSV: exact figures, no thousands separators, no formulas."""
    if column.kind in _SCALE:
        scale = _SCALE[column.kind][0]
        return lambda fen: "" if fen is None else exact_text(fen, scale)
    if column.kind == "datetime":
        return lambda moment: moment.astimezone(clock.SHANGHAI).isoformat(" ", "minutes")[:16] if moment else ""
    if column.kind == "date":
        return lambda value: "" if value is None else str(_day(value))
    if column.kind in ("int", "decimal", "percent", "bar"):
        return lambda value: "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)
    if column.kind in ("choice", "badge", "bool"):
        read = _value(column)
        return lambda code: safe_text(read(code))
    return lambda value: "" if value is None else safe_text(str(value))


def exact_text(amount: int, scale: int) -> str:
    """Return a whole amount divided by ``scale`` (a power of ten) to its last figure: 123,456,000 by 10⁶ is 123.456."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    whole, rest = divmod(amount, scale)
    return f"{sign}{whole}.{rest:0{len(str(scale)) - 1}d}".rstrip("0") if rest else f"{sign}{whole}"
