"""Kinds of import: a room says which fields a file may have, what is checked, and how rows become records.

Registered from ``AppConfig.ready``. The engine reads, stages, mends and reports; the kind knows the subject.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Q

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.importing.columns import Field, Matcher, Type
from gongbu.ground.registers.importing.places import Places
from gongbu.ground.registers.importing.values import Cell


@dataclass(slots=True)
class CheckedRow:
    """One data row on its way: what the file holds, what was read, what was found, what acceptance would do.

    ``values`` are readings by field key (Amount, StatedDate, text …). ``plan`` is what the kind decided, as plain
    JSON: the engine stores it and hands it back on acceptance. ``match_key`` tells rows of one file apart.
    ``stated`` holds the keys whose column exists in the file, so that an empty cell is not an absent column.
    ``left_amounts``: headings of columns that no field takes and that hold an amount in this row.
    ``maybe_in``: the places that bear the name in the region column, when nothing tells which of them is meant.
    """

    number: int
    sheet: str
    cells: tuple[Cell, ...]
    values: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    stated: frozenset[str] = frozenset()
    plan: dict[str, Any] = field(default_factory=dict)
    match_key: str = ""
    secret_rule: str = ""
    left_amounts: tuple[str, ...] = ()
    maybe_in: tuple[Region, ...] = ()
    id: int | None = None

    def find(self, code: str, /, key: str | None = None, severity: Severity = Severity.FLAG, **data: Any) -> None:
        """Add a finding on the field ``key``."""
        self.findings.append(Finding(code, data, key, severity))

    @property
    def is_rejected(self) -> bool:
        """Whether some finding stops the row."""
        return any(f.severity is Severity.REJECT for f in self.findings)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What checks may know: who imports, the day, the region given for all rows (None: by row), and places by name."""

    actor: Actor
    today: date
    region: Region | None
    places: Places
    ranges: tuple[tuple[int, int], ...] = ()

    @property
    def home(self) -> Region:
        """The importer's own region, where a row names none that is known."""
        return self.places.home_of(self.ranges)

    def may_enter(self, region_key: int) -> bool:
        """Return whether the actor may import into the region."""
        return any(lo <= region_key < hi for lo, hi in self.ranges)


@dataclass(frozen=True, slots=True)
class AcceptContext:
    """What acceptance may know: who accepts, on which legal day, under which batch."""

    actor: Actor
    on: date
    batch_id: int
    region: Region

    def key(self, row: CheckedRow, part: str = "") -> str:
        """Return the idempotency key of one record made from a row: a repeat after a crash is refused by the book."""
        return f"import:{self.batch_id}:{row.id}{':' + part if part else ''}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a row became: the subject, and whether it was made now or stood already."""

    subject_kind: str
    subject_id: int | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """A finding that a person may settle at its row: by which codes, and where (``url(batch, row)``).

    ``outcomes`` are the codes that an earlier answer may have left; they go with the settled ones when he answers anew.
    """

    codes: frozenset[str]
    url: Callable[[int, int], str]
    outcomes: frozenset[str] = frozenset()
    label: str = "认定"


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of import.

    ``check`` gets all rows of a file at once (cross-row and register checks in bulk) and fills ``plan``;
    ``accept`` gets one chunk inside its own transaction and returns one :class:`Accepted` per row, in order;
    ``publish`` makes everything of a batch visible at once; ``secrecy`` looks at the texts of one row (GO-15).
    ``warm_up`` loads what acceptance needs before the first transaction, so that no lock is held meanwhile.
    ``judges_rows``: grants within a sector or for a unit's own records may use the kind too, because ``check`` and the
    acts judge every row; such a person sees his own batches only.
    ``order`` is its place among the kinds offered.
    ``decision`` offers a page at rows with certain findings, where somebody says what is so.
    ``personal`` names fields whose cells are personal data: they leave the staging table with acceptance.
    """

    key: str
    label: str
    act: str
    fields: Callable[[], Sequence[Field]]
    check: Callable[[CheckContext, Sequence[CheckedRow]], None]
    accept: Callable[[AcceptContext, Sequence[CheckedRow]], Sequence[Accepted]]
    publish: Callable[[AcceptContext], None]
    secrecy: Callable[[Sequence[str]], Finding | None]
    subject_url: Callable[[str, int], str] | None = None
    warm_up: Callable[[], object] | None = None
    personal: frozenset[str] = frozenset()
    chunk: int = 400
    judges_rows: bool = False
    order: int = 50
    decision: Decision | None = None
    example: Mapping[str, str] = field(default_factory=dict)

    def matcher(self) -> Matcher:
        """Return the heading matcher of this kind."""
        return Matcher(self.fields())


STANDING = frozenset({"ON_FILE", "SAME", "NOTHING"})
"""``plan["action"]`` of rows by which acceptance makes nothing new: on file, one with an earlier row, nothing to do."""


def stands() -> Q:
    """Return the filter of staged rows that make nothing new."""
    return reduce(or_, (Q(plan__contains=f'"action":"{action}"') for action in sorted(STANDING)))


_KINDS: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Add a kind; the same key replaces itself."""
    _KINDS[kind.key] = kind


def get(key: str) -> ImportKind:
    """Return a kind.

    :raises KeyError: no room registered it
    """
    return _KINDS[key]


def all_kinds() -> list[ImportKind]:
    """Return every kind by ``order``; the first that a person may import is the one offered."""
    return sorted(_KINDS.values(), key=lambda kind: kind.order)


_TYPES = {
    "amount": Type.AMOUNT, "money": Type.AMOUNT, "date": Type.DATE, "stated_day": Type.DATE, "code": Type.CODE, "choice": Type.CHOICE, "integer": Type.INTEGER,
    "boolean": Type.BOOL, "bool": Type.BOOL,
}  # fmt: skip


def fields_from_catalogue(path: Path, keys: Sequence[str]) -> list[Field]:
    """Return import fields from a room's ``fields.yaml`` (the field catalogue), in the order of ``keys``."""
    rows = {row["key"]: row for row in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["fields"]}
    result = []
    for key in keys:
        row = rows[key]
        choices: dict[str, Any] = {}
        for code, label in (row.get("choices") or {}).items():
            choices |= {str(label): str(code), str(code): str(code)}
        result.append(
            Field(
                key, row["label"], _TYPES.get(row["type"], Type.NAME if key == "name" else Type.TEXT),
                tuple(map(str, row.get("synonyms") or ())), required=key == "name",
                unit="万元" if row["type"] in ("amount", "money") else None, choices=choices, help=row.get("help", ""),
            )
        )  # fmt: skip
    return result
