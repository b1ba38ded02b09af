"""Columns of a register: compiled once into functions that write a ready ``<td>``; the body of a list is their join."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Choices
from django.urls import reverse
from markupsafe import Markup, escape

from gongbu.ground.basics import money
from gongbu.ground.registers import jinja
from gongbu.ground.registers.assets import icon

Route = tuple[str, Mapping[str, str]]
"""A route name and its arguments: argument → field of the row, for example ``("projects:show", {"pk": "id"})``."""

KINDS: dict[str, tuple[str, str]] = {
    # kind → (alignment class, unit shown in the header)
    "text": ("", ""), "code": ("g-nowrap", ""), "choice": ("g-nowrap", ""), "badge": ("g-nowrap", ""),
    "wan": ("g-right", "万元"), "yi": ("g-right", "亿元"), "yuan": ("g-right", "元"),
    "int": ("g-right", ""), "decimal": ("g-right", ""), "percent": ("g-right", ""), "bar": ("", ""),
    "date": ("g-nowrap", ""), "day": ("g-nowrap", ""), "datetime": ("g-nowrap", ""), "bool": ("g-nowrap", ""),
    "mark": ("g-mark", ""),
}  # fmt: skip
_SORT_DESC_FIRST = {"wan", "yi", "yuan", "int", "decimal", "percent", "bar", "date", "datetime"}
_SHAPES = {
    "good": "circle-check", "wait": "clock", "warn": "alert-triangle", "bad": "alert-octagon", "info": "info-circle",
    "off": "circle-dashed", "plain": "",
}  # fmt: skip


PHONE = ("", "state", "keep", "hide", "only")
"""Places on a phone: the register chooses (a badge is the state); the state, said without its label before the facts;
one of the facts; only behind the row; only here, in place of several narrow columns that are hidden."""
PHONE_FACTS = 3
"""Facts of a row on a phone; with the name and the state they fit into three lines."""

WIDTHS = range(4, 41)
"""Widths a column may be given, in em: each is a class ``g-w-N``, made by the build."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    ``name`` is a field of the source (``a__b`` and annotations allowed). ``sort`` is True, or the field to sort by
    (a stored pinyin key for names). ``width`` is the largest width in em before text is cut with an ellipsis; a title goes down to 13 where room is short.
    ``title`` marks the name of the row: the first line of the row on a phone. ``link`` is True (the register's
    ``row_route``) or a route. ``show(value, row)`` returns the cell (str is escaped, Markup is not); it may use the
    fields in ``needs``. ``phone`` is the column's place on a phone, see :data:`PHONE`. ``listed=False``: only in drawer
    and export.
    ``of`` is the field it shows where several columns show parts of one; ``name`` is then a name of its own. ``hint`` is
    what a short label stands for, told by the heading.
    A ``mark`` is a tick or a dot in a column two characters wide.
    A ``date`` is a day; a ``day`` may be known by its month or year alone, and its ``show`` says how exactly.
    ``unknown`` is what an absent value shows: ``—``, or 未报 (``jinja.NOT_REPORTED``) when somebody still owes it.
    """

    name: str
    label: str
    kind: str = "text"
    choices: Any = None
    tones: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    places: int | None = None
    sort: bool | str = False
    width: int | None = None
    frozen: bool = False
    title: bool = False
    link: bool | Route = False
    show: Callable[[Any, Mapping[str, Any]], Any] | None = None
    needs: Sequence[str] = ()
    phone: str = ""
    listed: bool = True
    exported: bool = True
    unknown: str = jinja.UNKNOWN
    of: str = ""
    hint: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column {self.name}: unknown kind {self.kind}")
        if self.phone not in PHONE:
            raise ValueError(f"column {self.name}: unknown place on a phone {self.phone}")
        if self.width is not None and self.width not in WIDTHS:
            raise ValueError(f"column {self.name}: width {self.width} is outside {WIDTHS[0]}–{WIDTHS[-1]} em")

    @property
    def field(self) -> str:
        """The field of the source."""
        return self.of or self.name

    @property
    def align(self) -> str:
        """Class of the cells."""
        return KINDS[self.kind][0]

    @property
    def unit_word(self) -> str:
        """Unit shown in the header."""
        return self.unit or KINDS[self.kind][1]

    @property
    def sort_field(self) -> str:
        """The field to order by, empty when the column cannot be sorted."""
        return self.sort if isinstance(self.sort, str) else self.field if self.sort else ""

    @property
    def sorts_down_first(self) -> bool:
        """Whether the first click orders from the largest (amounts, dates)."""
        return self.kind in _SORT_DESC_FIRST

    def labels(self) -> Mapping[str, str]:
        """Stored code → Chinese label."""
        return as_pairs(self.choices)


def phone_places(columns: Sequence[Column], *, opens: bool) -> dict[str, str]:
    """Return column → place on a phone (``title``, ``state``, ``keep`` or ``hide``).

    The facts are the columns marked ``keep``, else the first ones, :data:`PHONE_FACTS` in all. What is left stands in
    the drawer or on the page; where the row does not open (``opens``) nothing is left out but what is marked so.
    """
    places = {
        c.name: "title" if c.title else "state" if c.kind == "badge" and not c.phone else c.phone for c in columns
    }
    marked = sum(place == "keep" for place in places.values())
    room = PHONE_FACTS if not marked else 0
    for name, place in places.items():
        if place:
            continue
        places[name] = "keep" if room or not opens else "hide"
        room = max(0, room - 1)
    return places


def as_pairs(choices: Any) -> dict[str, str]:
    """Return code → label of a ``Choices`` class, a mapping, a sequence of pairs, or None."""
    if choices is None:
        return {}
    if isinstance(choices, type) and issubclass(choices, Choices):
        return {str(value): str(label) for value, label in choices.choices}
    pairs = choices.items() if isinstance(choices, Mapping) else choices
    return {str(value): str(label) for value, label in pairs}


def route_template(route: Route) -> tuple[str, tuple[str, ...]]:
    """Return a ``%s`` template of an address and the fields that fill it: reversing per row costs more than the row."""
    name, arguments = route
    marks = {argument: 900_000_001 + i for i, argument in enumerate(arguments)}
    address = reverse(name, kwargs=marks).replace("%", "%%")
    order = sorted(marks, key=lambda a: address.index(str(marks[a])))
    for mark in marks.values():
        address = address.replace(str(mark), "%s")
    return address, tuple(arguments[a] for a in order)


def badge(label: str, tone: str = "plain") -> Markup:
    """Return a status badge: word + shape + colour (the same as ``ui.badge``)."""
    shape = _SHAPES.get(tone, "")
    return Markup('<span class="g-badge g-{}">{}{}</span>').format(tone, icon(shape) if shape else "", label)


def plain_value(column: Column, value: Any, labels: Mapping[str, str]) -> str:
    """Return a value as text, without markup (cells, drawer, CSV headings agree on this)."""
    if value is None or value == "":
        return column.unknown
    kind = column.kind
    if kind in ("choice", "badge"):
        return labels.get(str(value), str(value))
    return _FORMATS[kind](value, column.places)


def _figure(value: Any, places: int | None) -> str:
    return f"{value:,}" if places is None and isinstance(value, int | Decimal) else f"{value:,.{places or 0}f}"


_FORMATS: dict[str, Callable[[Any, int | None], str]] = {
    "text": lambda v, p: str(v),
    "mark": lambda v, p: str(v),
    "code": lambda v, p: str(v),
    "wan": lambda v, p: money.as_wan(v, 2 if p is None else p),
    "yi": lambda v, p: money.as_yi(v, 2 if p is None else p),
    "yuan": lambda v, p: money.as_yuan(v),
    "int": lambda v, p: f"{v:,}",
    "decimal": _figure,
    "percent": lambda v, p: jinja.as_percent(v, 1 if p is None else p),
    "bar": lambda v, p: jinja.as_percent(v, 1 if p is None else p),
    "date": lambda v, p: v.isoformat() if type(v) is date else jinja.as_date(v),
    "datetime": lambda v, p: jinja.as_datetime(v) if isinstance(v, datetime) else str(v),
    "bool": lambda v, p: "是" if v else "否",
}

Cell = Callable[[Sequence[Any]], str]


def compile_cell(
    column: Column,
    index: Mapping[str, int],
    classes: str,
    href: tuple[str, tuple[str, ...]] | None,
    *,
    in_drawer: bool = False,
) -> Cell:
    """Return a function from a row tuple to a ready ``<td>``; everything that does not depend on the row is done here.

    ``in_drawer``: the link opens beside the list, as a click on the row does.
    """
    at = index[column.name]
    label = f"{column.label}（{column.unit_word}）" if column.unit_word else column.label
    head = f'<td class="{escape(classes)}" data-label="{escape(label)}">'.replace(' class=""', "")
    write = _inner(column, at, index)
    if column.title and column.width:  # the name takes what the other columns leave, see table.css
        head = head.replace("g-title", f"g-title g-name g-n-{column.width}", 1) + '<span class="g-ell">'
        tail = "</span></td>"
    elif column.width:
        head += f'<span class="g-ell g-w-{column.width}">'
        tail = "</span></td>"
    else:
        tail = "</td>"
    if href is None and not column.unknown:  # nothing is said of what is not there: a card leaves the label out, too
        blank = f'<td class="{escape(f"{classes} g-blank".strip())}"></td>'
        return lambda row: f"{head}{said}{tail}" if (said := write(row)) else blank
    if href is None:
        return lambda row: f"{head}{write(row)}{tail}"
    template, names = href
    places = [index[name] for name in names]
    mark = " data-drawer" if in_drawer else ""
    if len(places) == 1:
        only = places[0]
        return lambda row: f'{head}<a href="{template % row[only]}"{mark}>{write(row)}</a>{tail}'
    return lambda row: f'{head}<a href="{template % tuple(row[i] for i in places)}"{mark}>{write(row)}</a>{tail}'


def _inner(column: Column, at: int, index: Mapping[str, int]) -> Cell:
    labels, unknown = column.labels(), str(escape(column.unknown))
    if (show := column.show) is not None:
        wanted = {name: index[name] for name in (column.name, *column.needs, "id")}

        def write_shown(row: Sequence[Any]) -> str:
            said = show(row[at], {name: row[i] for name, i in wanted.items()})
            return said if type(said) is Markup else str(escape(said))

        return write_shown
    if column.kind == "badge":
        ready = {code: str(badge(label, column.tones.get(code, "plain"))) for code, label in labels.items()}
        return lambda row: ready.get(row[at]) or (unknown if row[at] in (None, "") else str(badge(str(row[at]))))
    if column.kind == "choice":
        shown = {code: str(escape(label)) for code, label in labels.items()}
        return lambda row: unknown if row[at] in (None, "") else shown.get(row[at]) or str(escape(row[at]))
    if column.kind == "text":
        return lambda row: str(escape(row[at])) if row[at] not in (None, "") else unknown
    if column.kind == "code":
        return lambda row: f'<span class="g-code">{escape(row[at])}</span>' if row[at] else unknown
    if column.kind == "bar":
        return lambda row: _bar(row[at]) if row[at] is not None else unknown
    if column.kind == "wan" and column.places in (None, 2):
        return lambda row: _wan(row[at]) if row[at] is not None else unknown
    write, places = _FORMATS[column.kind], column.places
    return lambda row: write(row[at], places) if row[at] is not None else unknown


def _wan(fen: int) -> str:
    # money.as_wan() in integers: Decimal costs 1 µs a cell. Half a hundredth rounds to even, as Decimal does.
    if 0 < abs(fen) <= 5_000:
        return money.as_wan(fen)
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    hundredths, rest = divmod(fen, 10_000)
    if rest > 5_000 or (rest == 5_000 and hundredths % 2):
        hundredths += 1
    return f"{sign}{hundredths // 100:,}.{hundredths % 100:02d}"


def _bar(ratio: Any) -> str:
    width = min(max(float(ratio) * 100, 0.0), 100.0)
    return (
        f'<span class="g-bar"><svg class="g-bar-track" aria-hidden="true"><rect width="{width:.1f}%" height="100%"/></svg>'
        f'<span class="g-bar-text">{jinja.as_percent(ratio)}</span></span>'
    )
