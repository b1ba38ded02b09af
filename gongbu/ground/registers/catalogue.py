"""The field catalogue (字段目录, GO-12): every input of the platform binds to one key, so nothing is asked twice.

Rooms contribute ``fields.yaml`` beside their ``rights.yaml``::

    fields:
      - key: total_investment_fen
        label: 总投资
        type: money                # text long_text money decimal integer date month year choice bool code url
                                   # stated_day: a day, month or year, as exactly as it is known
                                   # region regions unit reference password
        unit: wan                  # money: yuan | wan | yi, as people write it (stored in fen); others: the unit's
                                   # word, e.g. 亩
        max: 300                   # longest text, or
        choices: {NEW: 新建}       # of a bool: {"1": 是, "0": 否}, a select in which nothing chosen means 未报
        required: true             # on every form that asks for it
        help: 与批复文件一致的全称。
        clause: GB/T 40058-2021 第4章
        synonyms: [总投资, total_wan]        # headings of imported tables
        public: true               # may be shown without an account
        personal: false            # personal information: never in ledger entries or exports for outsiders
        filled_by: OWNER_UNIT      # who fills it
        computed_from: [a, b]      # computed by the system, never asked
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps

TYPES = frozenset(
    [
        "text",
        "long_text",
        "money",
        "decimal",
        "integer",
        "date",
        "stated_day",
        "month",
        "year",
        "choice",
        "bool",
        "code",
        "url",
        "region",
        "regions",
        "unit",
        "reference",
        "password",
    ]
)
_ALIASES = {"longtext": "long_text", "amount": "money", "int": "integer", "boolean": "bool"}
MONEY_UNITS = {"yuan": ("元", 100), "wan": ("万元", 1_000_000), "yi": ("亿元", 10_000_000_000)}
"""Unit of a money field → word shown, fen in one unit."""

_ATTRIBUTES = frozenset(
    [
        "key",
        "label",
        "type",
        "unit",
        "max",
        "places",
        "choices",
        "required",
        "help",
        "clause",
        "synonyms",
        "public",
        "personal",
        "filled_by",
        "computed_from",
        "rows",
    ]
)


class BadCatalogue(ValueError):
    """A ``fields.yaml`` that cannot be taken; the message names file, key and mend."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the catalogue. See the module's docstring for the attributes."""

    key: str
    label: str
    type: str = "text"
    unit: str = ""
    max_length: int | None = None
    places: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    help: str = ""
    clause: str = ""
    synonyms: tuple[str, ...] = ()
    is_public: bool = False
    is_personal: bool = False
    filled_by: str = ""
    computed_from: tuple[str, ...] = ()
    rows: int = 3
    room: str = ""

    @property
    def unit_word(self) -> str:
        """The unit as shown: 万元 for money in ``wan``, otherwise the unit's own word."""
        return MONEY_UNITS[self.unit][0] if self.type == "money" else self.unit

    @property
    def fen_per_unit(self) -> int:
        """How many fen one unit of a money field is."""
        return MONEY_UNITS[self.unit][1]


def parse(content: Any, where: str, room: str = "") -> list[Field]:
    """Return the fields of one parsed ``fields.yaml``.

    :raises BadCatalogue: unknown attribute or type, a choice without choices, money without unit, a key twice
    """
    rows = content.get("fields") if isinstance(content, Mapping) else None
    if not isinstance(rows, Sequence):
        raise BadCatalogue(f"{where}: 应有 fields 列表")
    fields = [_field(row, where, room) for row in rows]
    seen: set[str] = set()
    for row in fields:
        if row.key in seen:
            raise BadCatalogue(f"{where}: 字段 {row.key} 写了两次")
        seen.add(row.key)
    return fields


def _field(row: Any, where: str, room: str) -> Field:
    if not isinstance(row, Mapping) or not row.get("key") or not row.get("label"):
        raise BadCatalogue(f"{where}: 每个字段都要有 key 和 label：{row!r}")
    key = str(row["key"])
    if unknown := sorted(set(row) - _ATTRIBUTES):
        raise BadCatalogue(f"{where}: 字段 {key} 有不认识的属性 {unknown}，可用的是 {sorted(_ATTRIBUTES)}")
    kind = str(row.get("type", "text"))
    kind = _ALIASES.get(kind, kind)
    if kind not in TYPES:
        raise BadCatalogue(f"{where}: 字段 {key} 的类型 {kind} 不在 {sorted(TYPES)} 之内")
    if kind == "choice" and not row.get("choices"):
        raise BadCatalogue(f"{where}: 选择字段 {key} 要有 choices")
    unit = str(row.get("unit") or ("wan" if kind == "money" else ""))
    if kind == "money" and unit not in MONEY_UNITS:
        raise BadCatalogue(f"{where}: 金额字段 {key} 的 unit 只能是 {sorted(MONEY_UNITS)}，现为 {unit}")
    return Field(
        key=key,
        label=str(row["label"]),
        type=kind,
        unit=unit,
        max_length=row.get("max"),
        places=row.get("places"),
        choices={str(code): str(label) for code, label in (row.get("choices") or {}).items()},
        required=bool(row.get("required")),
        help=str(row.get("help") or ""),
        clause=str(row.get("clause") or ""),
        synonyms=tuple(str(word) for word in row.get("synonyms") or ()),
        is_public=bool(row.get("public")),
        is_personal=bool(row.get("personal")),
        filled_by=str(row.get("filled_by") or ""),
        computed_from=tuple(row.get("computed_from") or ()),
        rows=int(row.get("rows") or 3),
        room=room,
    )


def load(files: Iterable[tuple[str, Path]]) -> dict[str, Field]:
    """Return the catalogue of several rooms (label, path), by key.

    :raises BadCatalogue: the same key in two rooms, or computed from a key that nobody has
    """
    catalogue: dict[str, Field] = {}
    for room, path in files:
        for row in parse(yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader), str(path), room):
            if row.key in catalogue:
                raise BadCatalogue(f"{path}: 字段 {row.key} 已由 {catalogue[row.key].room} 提供，同一字段只问一次")
            catalogue[row.key] = row
    for row in catalogue.values():
        if missing := [key for key in row.computed_from if key not in catalogue]:
            raise BadCatalogue(f"{row.room}: 字段 {row.key} 由不存在的字段 {missing} 算出")
    return catalogue


@cache
def catalogue() -> Mapping[str, Field]:
    """Return the installation's catalogue: the ``fields.yaml`` of every room, in the order of the rooms."""
    files = ((app.label, Path(app.path) / "fields.yaml") for app in apps.get_app_configs())
    return load((room, path) for room, path in files if path.exists())


def get(key: str) -> Field:
    """Return one field.

    :raises KeyError: no room provides ``key``: a programming error
    """
    return catalogue()[key]


def by_heading() -> Mapping[str, tuple[Field, ...]]:
    """Return heading (folded: no spaces, lower case) → fields that a table heading may mean."""
    found: dict[str, list[Field]] = {}
    for row in catalogue().values():
        for heading in {fold(row.label), fold(row.key), *(fold(word) for word in row.synonyms)}:
            found.setdefault(heading, []).append(row)
    return {heading: tuple(rows) for heading, rows in found.items()}


def fold(heading: str) -> str:
    """Return a heading without spaces, in lower case, with full-width brackets narrowed."""
    return "".join(heading.split()).lower().replace("（", "(").replace("）", ")")


def as_json() -> list[dict[str, Any]]:
    """Return the catalogue as plain data, for ``gongbu fields --json``."""
    return [
        {
            k: list(v) if isinstance(v, tuple) else dict(v) if isinstance(v, Mapping) else v
            for k, v in asdict(row).items()
        }
        for row in catalogue().values()
    ]
