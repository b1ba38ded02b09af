"""The workbook of one list, as it is issued: title, lines in their order with 序号, a total row. A voided list has one too."""

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpRequest

from gongbu.ground.basics.money import FEN_PER_WAN
from gongbu.ground.basics.rules.secrecy import find_secret_rule
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.trace import Trace, record
from gongbu.ground.registers.downloads import attach
from gongbu.ground.registers.exports import note_of
from gongbu.ground.registers.pages import page
from gongbu.ground.registers.stamping import stamp
from gongbu.mainline.lists import queries
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.selection import closing

_STAGES = dict(Stage.choices)
Value = str | int | float | None
RANKED_WORDS = "择优入选"
HEAD = 3
"""Rows above the lines: title, what it is, headings."""


def _wan(fen: int | None) -> float | None:
    return None if fen is None else fen / FEN_PER_WAN


_COLUMNS: Sequence[tuple[str, int, str, Callable[[ListItem, ProjectList], Value]]] = (
    ("项目名称", 34, "text", lambda i, row: i.name),
    ("年度", 8, "year", lambda i, row: row.year),
    ("区划", 14, "text", lambda i, row: i.region_name),
    ("项目单位", 24, "text", lambda i, row: i.owner_name),
    ("建设内容及规模", 40, "text", lambda i, row: i.content),
    ("阶段", 12, "text", lambda i, row: str(_STAGES.get(i.stage, i.stage))),
    ("总投资（万元）", 16, "wan", lambda i, row: _wan(i.total_fen)),
    ("年度计划投资（万元）", 18, "wan", lambda i, row: _wan(i.year_fen)),
    ("责任单位", 22, "text", lambda i, row: i.duty_unit),
    ("择优排名", 10, "year", lambda i, row: i.rank),
    ("来源", 12, "text", lambda i, row: str(i.get_origin_display())),
    ("列入理由", 40, "text", lambda i, row: i.reason or i.rule),
)


@page("lists.view")
def send(request: HttpRequest, pk: int) -> FileResponse:
    """Answer with the workbook of one list; the export is recorded first, lines that meet a secrecy rule stay out."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    items = [item for item in queries.list_items(row) if item.state == ListItem.State.ON]
    withheld = {item.pk: rule for item in items if (rule := find_secret_rule(_texts(item)))}
    shown = [item for item in items if item.pk not in withheld]
    trace = record(actor, f"{row.title}（XLSX）", len(shown), {"清单": row.title}, withheld=withheld)
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 — closed by FileResponse
    write(file, row, shown, trace, note_of(withheld), ranks=shows_ranking(actor, row))
    file.seek(0)
    answer = FileResponse(file, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    return attach(answer, f"{row.title}.xlsx", trace)


def shows_ranking(actor: Actor, row: ProjectList) -> bool:
    """Return whether the actor may read the ranks and scores on a list (up to 2 queries)."""
    return row.ranking_id is None or closing.may_read_ranking(actor, row.ranking_id)


def _texts(item: ListItem) -> list[str]:
    return [item.name, item.region_name, item.owner_name, item.content, item.duty_unit, item.reason, item.rule]


def write(
    file: Any, row: ProjectList, items: Sequence[ListItem], trace: Trace, note: str = "", *, ranks: bool = True
) -> None:
    """Write the workbook: amounts in 万元 as numbers, an amount nobody reported empty, the sums of what was reported.

    ``ranks``: whether the reader may see ranks, which are closed while their round is scored again.
    """
    shows_ranks, ranks = ranks, ranks and any(item.rank for item in items)
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    sheet = book.add_worksheet("项目清单")
    columns = [one for one in _COLUMNS if one[0] != "择优排名" or ranks]
    line = {"border": 1, "border_color": "#DCE1E8", "valign": "vcenter"}
    formats = {
        "text": book.add_format({**line, "text_wrap": True}), "year": book.add_format({**line, "align": "center"}),
        "wan": book.add_format({**line, "num_format": "#,##0.00"}),
    }  # fmt: skip
    bold = {**line, "bold": True, "bg_color": "#EEF1F5"}
    heading = book.add_format({**bold, "align": "center", "text_wrap": True})
    total, total_wan = book.add_format(bold), book.add_format({**bold, "num_format": "#,##0.00"})
    sheet.merge_range(
        0, 0, 0, len(columns), row.title, book.add_format({"bold": True, "font_size": 16, "align": "center"})
    )
    sheet.merge_range(1, 0, 1, len(columns), _stands(row), book.add_format({"align": "right", "font_color": "#4A5666"}))
    sheet.set_column(0, 0, 6)
    sheet.write_string(HEAD - 1, 0, "序号", heading)
    for at, (label, width, _kind, _read) in enumerate(columns, 1):
        sheet.set_column(at, at, width)
        sheet.write_string(HEAD - 1, at, label, heading)
    for number, item in enumerate(items, 1):
        sheet.write_number(HEAD + number - 1, 0, number, formats["year"])
        for at, (label, _width, kind, read) in enumerate(columns, 1):
            value = read(item, row)
            if label == "列入理由" and not shows_ranks and item.origin == ListItem.Origin.RANKED:
                value = RANKED_WORDS  # the rule names rank and score
            if value is None or value == "":
                sheet.write_blank(HEAD + number - 1, at, None, formats[kind])
            elif isinstance(value, str):
                sheet.write_string(HEAD + number - 1, at, value, formats[kind])
            else:
                sheet.write_number(HEAD + number - 1, at, value, formats[kind])
    last = HEAD + len(items)
    sums = {"总投资（万元）": [i.total_fen for i in items], "年度计划投资（万元）": [i.year_fen for i in items]}
    sheet.write_blank(last, 0, None, total)
    for at, (label, _width, _kind, _read) in enumerate(columns, 1):
        said = [fen for fen in sums.get(label, ()) if fen is not None]
        if said:
            sheet.write_number(last, at, sum(said) / FEN_PER_WAN, total_wan)
        else:
            sheet.write_string(last, at, f"合计 {len(items)} 个项目" if at == 1 else "", total)
    if note:
        sheet.write_string(last + 1, 0, note)
    stamp(book, [sheet], trace)
    sheet.freeze_panes(HEAD, 2)
    sheet.repeat_rows(HEAD - 1)  # the stamp, which sets the page up, repeats the first row
    book.close()


def _stands(row: ProjectList) -> str:
    """Return where the list stands, so that a printed sheet cannot be taken for another."""
    parts = [str(row.get_state_display())]
    if row.doc_no:
        parts.append(f"{row.doc_no}　{row.issued_on}")
    if row.state == ProjectList.State.WITHDRAWN:
        parts.append(f"作废原因：{row.withdrawn_reason}")
    return "　".join(parts)
