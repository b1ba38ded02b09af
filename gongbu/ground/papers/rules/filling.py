"""Fill a template: typed fields and rows in, the words of a paper out, or findings. Nothing is evaluated. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.money import FEN_PER_YI, as_wan
from gongbu.ground.papers.rules.layout import count_words, day_words
from gongbu.ground.policy.rules.papers import PLACEHOLDER, Annex, Column, Field, Kind, PaperTemplate, Paragraph, Table

TITLE_LENGTH = 120
MOST_ROWS = 2000
_UPRIGHT_CHARS = 36  # 小四 characters in 156 mm; a wider table turns the sheet
_FIRST_LEVEL = re.compile(r"^[一二三四五六七八九十]+、")
_SECOND_LEVEL = re.compile(r"^（[一二三四五六七八九十]+）")
_SPACE = re.compile(r"\s+")
# A value that ends its own sentence meets the stop of the template.
_DOUBLE_STOP = re.compile("[。；，](?=[。；，])")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph as set: the opening in its style (HEI 一、, KAI （一）, FANGSONG), then the text."""

    style: str
    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of an annex: label, width in characters, ``left``, ``right`` or ``center``."""

    label: str
    width: int
    align: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """附件 as set; ``is_turned`` puts it on a sheet laid across."""

    title: str
    note: str
    passages: tuple[Passage, ...]
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    is_turned: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that a paper says, apart from its number."""

    title: str
    mark: str
    addressee: str
    passages: tuple[Passage, ...]
    attachments: tuple[Attachment, ...] = ()
    people: tuple[tuple[str, tuple[str, ...]], ...] = ()
    copies: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row in words, with the values that are added up."""

    said: Mapping[str, str]
    values: Mapping[str, Any]


_Rows = Mapping[str, Sequence[_Row]]


@dataclass(slots=True)
class _Filler:
    template: PaperTemplate
    findings: list[Finding] = field(default_factory=list)

    def reject(self, code: str, key: str | None, **data: Any) -> None:
        self.findings.append(Finding(code, data, key, Severity.REJECT))


def fill(
    template: PaperTemplate,
    fields: Mapping[str, Any],
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    issuer: str,
    on: date,
    addressee: str | None = None,
    copies: str | None = None,
) -> tuple[Words | None, list[Finding]]:
    """Return the words of a paper, or None with what is wrong.

    Findings (all REJECT): ``papers.field_unknown field_missing field_type too_long table_unknown table_missing
    table_empty column_unknown too_many_rows title_long``; ``field`` is the key of the field or table.
    ``addressee`` and ``copies`` replace those of the template.
    """
    filler = _Filler(template)
    said = _fields(filler, fields) | {"issuer": issuer, "issued_on": day_words(on)}
    rows = _tables(filler, tables)
    if filler.findings:
        return None, filler.findings
    title = _put(template.title, said)
    if len(title) > TITLE_LENGTH:
        filler.reject("papers.title_long", None, length=len(title), limit=TITLE_LENGTH)
        return None, filler.findings
    words = Words(
        title=title,
        mark=_put(template.mark, said),
        addressee=_put(template.addressee, said) if addressee is None else _line(addressee).rstrip("：:"),
        passages=tuple(_passages(template.paragraphs, said, rows)),
        attachments=tuple(_attachment(annex, template, said, rows) for annex in template.annexes),
        people=tuple(
            (people.label, names) for people in template.people if (names := _names(fields.get(people.field)))
        ),
        copies=(_put(template.copies, said) if copies is None else _line(copies)).rstrip("。"),
        remark=_put(template.remark, said),
    )
    return words, []


def words_of(value: Any, kind: Kind) -> str | None:
    """Return a typed value as a paper writes it, None when it is not of the kind. Amounts are whole fen."""
    if kind in {Kind.TEXT, Kind.LONG_TEXT}:
        return value if isinstance(value, str) else None
    if kind is Kind.DATE:
        return day_words(value) if isinstance(value, date) else None
    if kind is Kind.NAMES:
        return "、".join(_names(value)) if isinstance(value, list | tuple) else None
    if kind is Kind.PERCENT:
        return f"{(value * 100).normalize():f}%" if isinstance(value, Decimal) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    if kind is Kind.WAN:
        return as_wan(value)
    if kind is Kind.YI:
        return f"{round(Decimal(value) / FEN_PER_YI, 2).normalize():,f}"  # 86.42, 23.4, 1,000
    if kind is Kind.YEAR:
        return str(value) if 1949 <= value <= 2999 else None
    return f"{value:,}"


def _line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _names(value: Any) -> tuple[str, ...]:
    return tuple(name for one in value or () if (name := _line(str(one))))


def _fields(filler: _Filler, given: Mapping[str, Any]) -> dict[str, str]:
    known = filler.template.fields
    for key in given:
        if key not in known:
            filler.reject("papers.field_unknown", key, found=key, known="、".join(known) or "无")
    return {key: _field(filler, item, given.get(key)) for key, item in known.items()}


def _field(filler: _Filler, item: Field, value: Any) -> str:
    if value is None or value == "" or value == [] or value == ():
        if item.default is None:
            filler.reject("papers.field_missing", item.key, label=item.label)
        return item.default or ""
    said = words_of(value, item.kind)
    if said is None:
        filler.reject("papers.field_type", item.key, label=item.label, kind=item.kind.value)
        return ""
    if item.kind is not Kind.LONG_TEXT:
        said = _line(said)
    if not said.strip() and item.default is None:
        filler.reject("papers.field_missing", item.key, label=item.label)
    if len(said) > item.max_length:
        filler.reject("papers.too_long", item.key, label=item.label, length=len(said), limit=item.max_length)
    return said


def _tables(filler: _Filler, given: Mapping[str, Sequence[Mapping[str, Any]]]) -> _Rows:
    known = filler.template.tables
    for key in given:
        if key not in known:
            filler.reject("papers.table_unknown", key, found=key, known="、".join(known) or "无")
    found = {}
    for key, table in known.items():
        rows = given.get(key)
        if rows is None:
            filler.reject("papers.table_missing", key, label=table.label)
            continue
        if not rows:
            filler.reject("papers.table_empty", key, label=table.label)
        if len(rows) > MOST_ROWS:
            filler.reject("papers.too_many_rows", key, label=table.label, count=len(rows), limit=MOST_ROWS)
            continue
        found[key] = [_row(filler, table, number, row) for number, row in enumerate(rows, 1)]
    return found


def _row(filler: _Filler, table: Table, number: int, row: Mapping[str, Any]) -> _Row:
    for name in row:
        if name not in table.columns:
            filler.reject(
                "papers.column_unknown", table.key, label=table.label, found=name, known="、".join(table.columns)
            )
    said = {"no": str(number), "no_zh": count_words(number) if number < 100 else str(number)}
    for name, column in table.columns.items():
        said[name] = _cell(filler, table, number, column, row.get(name))
    return _Row(said, row)


def _cell(filler: _Filler, table: Table, number: int, column: Column, value: Any) -> str:
    if value is None or value == "":
        if column.default is None:
            filler.reject("papers.cell_missing", table.key, label=table.label, row=number, column=column.label)
        return column.default or ""
    said = words_of(value, column.kind)
    if said is None:
        filler.reject("papers.cell_type", table.key, label=table.label, row=number, column=column.label)
    return _line(said or "")


def _put(text: str, said: Mapping[str, str]) -> str:
    return _DOUBLE_STOP.sub("", PLACEHOLDER.sub(lambda found: said[found[1]], text))


def _passages(paragraphs: Iterable[Paragraph], said: Mapping[str, str], rows: _Rows) -> Iterable[Passage]:
    for paragraph in paragraphs:
        if paragraph.when and not said.get(paragraph.when):
            continue
        for row in rows[paragraph.for_each] if paragraph.for_each else [_Row({}, {})]:
            known = {**said, **row.said}
            lead, text = _put(paragraph.lead, known), _put(paragraph.text, known)
            if lead:
                yield _styled(lead, text)
                continue
            for line in text.splitlines():
                if line := _line(line):
                    yield _headed(line)


def _styled(lead: str, text: str) -> Passage:
    style = "HEI" if _FIRST_LEVEL.match(lead) else "KAI" if _SECOND_LEVEL.match(lead) else "FANGSONG"
    return Passage(style, lead, text)


def _headed(line: str) -> Passage:
    """A line that a person wrote: one that begins like a heading and has no full stop is a heading (§7.3.3)."""
    is_heading = (_FIRST_LEVEL.match(line) or _SECOND_LEVEL.match(line)) and not re.search("[。；：]", line)
    return _styled(line, "") if is_heading else Passage("FANGSONG", "", line)


def _attachment(annex: Annex, template: PaperTemplate, said: Mapping[str, str], rows: _Rows) -> Attachment:
    passages = tuple(_passages(annex.paragraphs, said, rows))
    title, note = _put(annex.title, said), _put(annex.note, said)
    if not annex.table:
        return Attachment(title, note, passages, (), (), False)
    columns = list(template.tables[annex.table].columns.values())
    headings = [Heading("序号", 3, "center")]
    headings += [Heading(c.label, c.width, "right" if c.kind.is_number else _side(c)) for c in columns]
    lines = [tuple(row.said[name] for name in ("no", *(c.key for c in columns))) for row in rows[annex.table]]
    if annex.totals:
        lines.append(_totals(annex, columns, rows[annex.table]))
    is_turned = sum(heading.width for heading in headings) > _UPRIGHT_CHARS
    return Attachment(title, note, passages, tuple(headings), tuple(lines), is_turned)


def _side(column: Column) -> str:
    return "left" if column.kind is Kind.TEXT and column.width > 5 else "center"


def _totals(annex: Annex, columns: Sequence[Column], rows: Sequence[_Row]) -> tuple[str, ...]:
    cells, is_named = [""], False
    for column in columns:
        if column.key in annex.totals:
            total = sum(row.values.get(column.key) or 0 for row in rows)  # exact, not of the rounded words
            cells.append(words_of(total, column.kind) or "")
        else:
            cells.append("" if is_named else "合计")
            is_named = True
    return tuple(cells)
