"""Templates of official papers (文书模板) as pack data. Pure: what a template says; filling it is the papers room's work.

Texts hold ``{named}`` fields of a closed set: those the template declares, and :data:`GIVEN`. Nothing is evaluated.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gongbu.ground.basics.findings import Basis
from gongbu.ground.policy.rules.values import Confidence

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# Fields every text may name: 发文机关 and 成文日期. Inside ``for_each`` also the number of the row, 1 2 3 or 一二三.
GIVEN: Mapping[str, str] = {"issuer": "发文机关", "issued_on": "成文日期"}
COUNTED: Mapping[str, str] = {"no": "序号", "no_zh": "汉字序号"}


class Form(StrEnum):
    """版式 layout of GB/T 9704-2012: 文件式, 信函格式 (§10.1), 纪要格式 (§10.3), or no 版头 at all."""

    RED_HEAD = "RED_HEAD"
    LETTER = "LETTER"
    MINUTES = "MINUTES"
    PLAIN = "PLAIN"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {"RED_HEAD": "文件式", "LETTER": "信函式", "MINUTES": "纪要式", "PLAIN": "无版头"}[self]


class Sort(StrEnum):
    """Which of a unit's number series a paper takes its number from."""

    DOCUMENT = "DOCUMENT"
    LETTER = "LETTER"
    MINUTES = "MINUTES"
    PUBLIC = "PUBLIC"
    NOTICE = "NOTICE"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {
            "DOCUMENT": "文件",
            "LETTER": "函",
            "MINUTES": "纪要",
            "PUBLIC": "公告公示",
            "NOTICE": "通知书",
        }[self]


class Kind(StrEnum):
    """What a field or a cell holds, and so how it is written."""

    TEXT = "text"
    LONG_TEXT = "long_text"  # several paragraphs, parted by line breaks; stands alone in a paragraph
    DATE = "date"
    YEAR = "year"
    COUNT = "count"
    WAN = "wan"  # whole fen, written in 万元 without the unit
    YI = "yi"  # whole fen, written in 亿元 without the unit
    PERCENT = "percent"  # ratio 0–1
    NAMES = "names"  # a list of names, joined by 、

    @property
    def is_number(self) -> bool:
        """Whether cells are set to the right and may be added up."""
        return self in {Kind.COUNT, Kind.WAN, Kind.YI}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a template. ``default`` None: must be given; else what stands when nothing is given."""

    key: str
    label: str
    kind: Kind
    max_length: int
    default: str | None = None
    help: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``width`` in characters of 小四 decides proportions and whether the sheet is turned."""

    key: str
    label: str
    kind: Kind
    width: int
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that the caller brings: for an annex, or for paragraphs repeated per row."""

    key: str
    label: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: an opening sentence or heading (``lead``), then text. Once, or once for each row of a table."""

    lead: str
    text: str
    for_each: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Annex:
    """附件: a title, paragraphs, and a table of one of the tables with a total row over ``totals``."""

    title: str
    table: str
    note: str
    totals: tuple[str, ...]
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class People:
    """出席、列席、请假: a label and the names field."""

    label: str
    field: str


@dataclass(frozen=True, slots=True)
class PaperTemplate:
    """One dated version of a template."""

    key: str
    label: str
    genre: str
    form: Form
    sort: Sort
    access: str
    effective_from: date
    basis: Basis
    confidence: Confidence
    fields: Mapping[str, Field]
    tables: Mapping[str, Table]
    title: str
    mark: str
    addressee: str
    paragraphs: tuple[Paragraph, ...]
    annexes: tuple[Annex, ...]
    people: tuple[People, ...]
    copies: str
    remark: str
    note: str = ""
    hash: str = ""
    file: str = ""
    line: int = 1

    @property
    def is_by_hand(self) -> bool:
        """Whether a person can draft it on a page: everything it asks for fits into a form."""
        return not self.tables

    def worded(self, text: str) -> str:
        """Return a text with the labels of its fields in place of their keys, for people: 关于印发〔清单名称〕的通知."""
        labels = {**{key: item.label for key, item in self.fields.items()}, **GIVEN, **COUNTED}
        return PLACEHOLDER.sub(lambda found: f"〔{labels.get(found[1], found[1])}〕", text)

    def texts(self) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
        """Yield (place, text, table whose columns it may name) for every text with fields."""
        for name in ("title", "mark", "addressee", "copies", "remark"):
            if text := getattr(self, name):
                yield (name,), text, ""
        for place, paragraphs in (
            (("body",), self.paragraphs),
            *((("annexes", i, "body"), annex.paragraphs) for i, annex in enumerate(self.annexes)),
        ):
            for index, paragraph in enumerate(paragraphs):
                yield (*place, index), paragraph.lead + paragraph.text, paragraph.for_each
        for index, annex in enumerate(self.annexes):
            yield ("annexes", index, "title"), annex.title, ""
            yield ("annexes", index, "note"), annex.note, ""
