"""Filters of a register: what stands in the query string, how it narrows rows, and how it is shown again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from gongbu.ground.basics.money import FEN_PER_WAN, FEN_PER_YI, FEN_PER_YUAN
from gongbu.ground.basics.prepared import LARGEST
from gongbu.ground.basics.text import read_id
from gongbu.ground.registers import region_picker
from gongbu.ground.registers.columns import as_pairs
from gongbu.ground.registers.parsing import BadValue, parse_date, parse_number

SCALES = {"wan": ("万元", FEN_PER_WAN), "yi": ("亿元", FEN_PER_YI), "yuan": ("元", FEN_PER_YUAN), "number": ("", 1)}


@dataclass(slots=True)
class Shown:
    """A filter as shown on the page: kind of control, names and values of its inputs, options, what is wrong."""

    key: str
    label: str
    control: str
    values: dict[str, str]
    options: Sequence[tuple[str, str]] = ()
    placeholder: str = ""
    unit: str = ""
    error: str = ""
    more: bool = False
    source: str = ""
    blank: str = "全部"

    @property
    def is_set(self) -> bool:
        """Whether anything is filled in."""
        return any(self.values.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Base of the filters. ``apply(rows, value)`` replaces the usual narrowing; ``more`` hides it behind 展开."""

    more: bool = False
    apply: Callable[[Any, Any], Any] | None = None

    def show(self, request: HttpRequest) -> Shown:
        """Return the filter as shown."""
        raise NotImplementedError

    def narrow(self, rows: "QuerySet[Any]", shown: Shown, request: HttpRequest) -> "QuerySet[Any]":
        """Return the narrowed rows; a value that cannot be read leaves them alone and sets ``shown.error``."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class TextFilter(Filter):
    """Words, parted by spaces, all of which must occur in one of ``fields``."""

    key: str
    label: str
    fields: Sequence[str]
    placeholder: str = ""

    def show(self, request: HttpRequest) -> Shown:
        """See base."""
        value = request.GET.get(self.key, "").strip()[:100]
        return Shown(self.key, self.label, "text", {self.key: value}, placeholder=self.placeholder, more=self.more)

    def narrow(self, rows: "QuerySet[Any]", shown: Shown, request: HttpRequest) -> "QuerySet[Any]":
        """See base."""
        for word in shown.values[self.key].replace("\u3000", " ").split()[:6]:
            if self.apply:
                rows = self.apply(rows, word)
                continue
            where = Q()
            for name in self.fields:
                where |= Q(**{f"{name}__icontains": word})
            rows = rows.filter(where)
        return rows


@dataclass(frozen=True, slots=True)
class ChoiceFilter(Filter):
    """One of a list of codes. ``choices`` is a Choices class, pairs, a mapping, or a function of the request."""

    key: str
    label: str
    field: str
    choices: Any

    def _pairs(self, request: HttpRequest) -> dict[str, str]:
        is_function = callable(self.choices) and not isinstance(self.choices, type)
        return as_pairs(self.choices(request) if is_function else self.choices)

    def show(self, request: HttpRequest) -> Shown:
        """See base."""
        options = list(self._pairs(request).items())
        return Shown(self.key, self.label, "choice", {self.key: request.GET.get(self.key, "")}, options, more=self.more)

    def narrow(self, rows: "QuerySet[Any]", shown: Shown, request: HttpRequest) -> "QuerySet[Any]":
        """See base."""
        value = shown.values[self.key]
        if not value:
            return rows
        if value not in dict(shown.options):
            shown.error = "没有这个选项"
            return rows
        return self.apply(rows, value) if self.apply else rows.filter(**{self.field: value})


@dataclass(frozen=True, slots=True)
class RegionFilter(Filter):
    """A region with everything inside it. ``field`` holds an integer region key."""

    key: str
    label: str
    field: str = "region_key"

    def show(self, request: HttpRequest) -> Shown:
        """See base."""
        value = request.GET.get(self.key, "")
        options, source = region_picker.options_for(request, read_id(value))
        return Shown(self.key, self.label, "region", {self.key: value}, options, more=self.more, source=source)

    def narrow(self, rows: "QuerySet[Any]", shown: Shown, request: HttpRequest) -> "QuerySet[Any]":
        """See base."""
        value = shown.values[self.key]
        if not value:
            return rows
        region = read_id(value)
        span = region_picker.span_of(region) if region is not None else None
        if span is None:
            shown.error = "没有这个区划"
            return rows
        return rows.filter(**{f"{self.field}__gte": span[0], f"{self.field}__lt": span[1]})


@dataclass(frozen=True, slots=True)
class RangeFilter(Filter):
    """A number between two bounds, both included. ``kind``: ``wan yi yuan`` (field in fen) or ``number``."""

    key: str
    label: str
    field: str
    kind: str = "number"
    unit: str = ""

    def show(self, request: HttpRequest) -> Shown:
        """See base."""
        values = {f"{self.key}_{end}": request.GET.get(f"{self.key}_{end}", "").strip()[:30] for end in ("min", "max")}
        return Shown(self.key, self.label, "range", values, unit=self.unit or SCALES[self.kind][0], more=self.more)

    def narrow(self, rows: "QuerySet[Any]", shown: Shown, request: HttpRequest) -> "QuerySet[Any]":
        """See base."""
        scale = SCALES[self.kind][1]
        for end, lookup in (("min", "gte"), ("max", "lte")):
            text = shown.values[f"{self.key}_{end}"]
            if not text:
                continue
            try:
                number = parse_number(text) * scale
            except BadValue:
                shown.error = "请填数字"
                continue
            bound: int | Decimal = int(number) if number == int(number) else number
            bound = max(-LARGEST, min(bound, LARGEST))  # beyond it there is nothing to compare with
            rows = rows.filter(**{f"{self.field}__{lookup}": bound})
        return rows


@dataclass(frozen=True, slots=True)
class DateFilter(Filter):
    """A day between two days, both included."""

    key: str
    label: str
    field: str
    is_moment: bool = False

    def show(self, request: HttpRequest) -> Shown:
        """See base."""
        values = {f"{self.key}_{end}": request.GET.get(f"{self.key}_{end}", "").strip()[:20] for end in ("from", "to")}
        return Shown(self.key, self.label, "dates", values, more=self.more)

    def narrow(self, rows: "QuerySet[Any]", shown: Shown, request: HttpRequest) -> "QuerySet[Any]":
        """See base."""
        bounds: dict[str, date] = {}
        name = f"{self.field}__date" if self.is_moment else self.field
        for end, lookup in (("from", "gte"), ("to", "lte")):
            text = shown.values[f"{self.key}_{end}"]
            if not text:
                continue
            try:
                bounds[f"{name}__{lookup}"] = parse_date(text)
            except BadValue:
                shown.error = "日期写作 2026-01-31"
        return rows.filter(**bounds) if bounds else rows


def as_words(filters: Sequence[Shown]) -> Mapping[str, str]:
    """Return the filters in force in words, for the export audit: label → value."""
    words: dict[str, str] = {}
    for shown in filters:
        if shown.is_set and not shown.error:
            named = dict(shown.options)
            words[shown.label] = " – ".join(named.get(v, v).strip() for v in shown.values.values())
    return words
