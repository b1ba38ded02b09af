"""Exports of a register: CSV as a stream, XLSX written row by row; each leaves an audit row before the first byte."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import xlsxwriter
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from gongbu.ground.basics import clock
from gongbu.ground.basics.money import FEN_PER_WAN, FEN_PER_YI, FEN_PER_YUAN
from gongbu.ground.orgs.audit import record_export
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import Shown, as_words

if TYPE_CHECKING:
    from gongbu.ground.registers.register import Register

CHUNK = 2_000
WITHHELD = "另有 {} 条触发涉密拦截规则，没有导出。"
_SCALE = {"wan": (FEN_PER_WAN, "#,##0.00"), "yi": (FEN_PER_YI, "#,##0.00"), "yuan": (FEN_PER_YUAN, "#,##0.00")}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that hands back what is written, so that csv.writer makes lines for a stream."""

    def write(self, text: str) -> str:
        return text


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
    withheld = register.withhold(rows) if register.withhold else {}
    if withheld:
        rows = rows.exclude(pk__in=list(withheld))
    total = rows.count()
    what = f"{register.title}（{form.upper()}）"
    record_export(request.actor, what, total, as_words(filters), withheld=withheld)  # type: ignore[attr-defined]
    plain = rows.values_list(*register.fields).iterator(chunk_size=CHUNK)
    name = f"{register.title}_{clock.today():%Y%m%d}.{form}"
    if form == "csv":
        return stream_csv(columns, register.index, plain, name, withheld=len(withheld))
    return send_xlsx(columns, register.index, plain, name, register.title, withheld=len(withheld))


def headings(columns: Sequence[Column]) -> list[str]:
    """Return the headings with their units, as the importer reads them back: 总投资（万元）."""
    return [f"{c.label}（{c.unit_word}）" if c.unit_word else c.label for c in columns]


def stream_csv(
    columns: Sequence[Column], index: Mapping[str, int], rows: Iterable[Sequence[Any]], name: str, *, withheld: int = 0
) -> StreamingHttpResponse:
    """Answer with CSV, UTF-8 with a mark so that Excel and WPS read Chinese; its last line tells what was withheld."""
    writers = _readers(columns, index)
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow(headings(columns))
        buffer: list[str] = []
        for row in rows:
            buffer.append(writer.writerow([_csv_text(read(row)) for read in writers]))
            if len(buffer) >= 500:
                yield "".join(buffer)
                buffer.clear()
        if withheld:
            buffer.append(writer.writerow([WITHHELD.format(withheld)]))
        yield "".join(buffer)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = disposition(name)
    return response


def send_xlsx(
    columns: Sequence[Column],
    index: Mapping[str, int],
    rows: Iterable[Sequence[Any]],
    name: str,
    title: str,
    *,
    withheld: int = 0,
) -> FileResponse:
    """Answer with a workbook; rows go to disk as they come, memory does not grow with them."""
    readers = _readers(columns, index)
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
    formats = [_format(book, column) for column in columns]
    for i, column in enumerate(columns):
        sheet.set_column(i, i, min(max(column.width or 0, len(column.label) * 2 + 6, 12), 44))
    sheet.freeze_panes(1, 0)
    for i, text in enumerate(headings(columns)):
        sheet.write_string(0, i, text, bold)
    number = 0
    for number, row in enumerate(rows, 1):
        for i, read in enumerate(readers):
            value = read(row)
            if value is None or value == "":
                continue
            if isinstance(value, str):
                sheet.write_string(number, i, value)
            elif isinstance(value, date):
                sheet.write_datetime(number, i, value, formats[i])
            else:
                sheet.write_number(number, i, value, formats[i])
    sheet.autofilter(0, 0, max(number, 1), len(columns) - 1)
    if withheld:
        sheet.write_string(number + 1, 0, WITHHELD.format(withheld))
    book.close()
    file.seek(0)
    response = FileResponse(file, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = disposition(name)
    return response


def disposition(name: str) -> str:
    """Return the header value that names a download in Chinese."""
    return f"attachment; filename*=UTF-8''{quote(name)}"


def _format(book: Any, column: Column) -> Any:
    if column.kind in _SCALE:
        return book.add_format({"num_format": _SCALE[column.kind][1]})
    if column.kind in ("percent", "bar"):
        return book.add_format({"num_format": "0.0%"})
    if column.kind in ("date", "datetime"):
        return book.add_format({"num_format": "yyyy-mm-dd" if column.kind == "date" else "yyyy-mm-dd hh:mm"})
    return None


def _csv_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return (
        value.isoformat()
        if isinstance(value, date)
        else format(value, "f")
        if isinstance(value, Decimal)
        else str(value)
    )


def _readers(columns: Sequence[Column], index: Mapping[str, int]) -> list[Callable[[Sequence[Any]], Any]]:
    return [_reader(column, index) for column in columns]


def _reader(column: Column, index: Mapping[str, int]) -> Callable[[Sequence[Any]], Any]:
    at, labels = index[column.name], column.labels()
    if column.kind in _SCALE:
        scale = Decimal(_SCALE[column.kind][0])
        return lambda row: None if row[at] is None else Decimal(row[at]) / scale
    if column.kind in ("choice", "badge"):
        return lambda row: labels.get(str(row[at]), str(row[at])) if row[at] not in (None, "") else ""
    if column.kind == "bool":
        return lambda row: "" if row[at] is None else "是" if row[at] else "否"
    if column.kind == "datetime":
        return lambda row: row[at].astimezone(clock.SHANGHAI).replace(tzinfo=None) if row[at] else None
    if column.kind in ("int", "decimal", "percent", "bar", "date"):
        return lambda row: row[at]
    return lambda row: row[at] if row[at] is None else str(row[at])
