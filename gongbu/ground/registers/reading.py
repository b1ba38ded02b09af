"""From what was typed to a typed value: one function per type of catalogue field, pure but for region and unit ids."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.text import find_control_character
from gongbu.ground.registers.catalogue import Field
from gongbu.ground.registers.parsing import (
    BadValue,
    StatedDay,
    must_fit,
    parse_amount,
    parse_date,
    parse_month,
    parse_number,
    parse_stated_day,
)

_ADDRESS = re.compile(r"^https?://[^\s/]+(/\S*)?$", re.IGNORECASE)


@dataclass(slots=True)
class Reading:
    """A value read from a field: typed value, findings (rejecting or only noting)."""

    value: Any = None
    findings: list[Finding] = field(default_factory=list)

    def reject(self, code: str, key: str, **data: Any) -> "Reading":
        """Add a rejecting finding about the field ``key``."""
        self.findings.append(Finding(code, data, key, Severity.REJECT))
        return self


def read(spec: Field, text: str, *, is_required: bool, options: Mapping[str, str] | None = None) -> Reading:
    """Return the typed value of ``text``, or findings that say what is wrong.

    Empty text is None (``""`` for text fields that may be empty). ``options`` narrows choices, regions and units.
    """
    text = text.strip() if spec.type != "password" else text
    result = Reading()
    if spec.type == "bool" and not spec.choices:
        result.value = text in {"1", "on", "true"}
        return result
    if not text:
        result.value = "" if spec.type in {"text", "long_text", "code", "url", "password"} else None
        if is_required:
            code = (
                "forms.required_choice" if spec.type in {"choice", "region", "unit", "reference"} else "forms.required"
            )
            result.reject(code, spec.key, label=spec.label)
        return result
    if find_control_character(text):
        return result.reject("forms.control_character", spec.key, label=spec.label)
    try:
        result.value = _READERS[spec.type](spec, text, options, result)
    except BadValue as bad:
        result.reject(bad.code, spec.key, label=spec.label, unit=spec.unit_word, **bad.data)
    return result


def _text(spec: Field, text: str, options: Any, result: Reading) -> str:
    text = text.replace("\r\n", "\n") if spec.type == "long_text" else " ".join(text.split())
    if spec.max_length and len(text) > spec.max_length:
        result.reject("forms.too_long", spec.key, label=spec.label, limit=spec.max_length, length=len(text))
    return text


def _code(spec: Field, text: str, options: Any, result: Reading) -> str:
    narrow = text.translate({c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)})
    return _text(spec, "".join(narrow.split()).upper(), options, result)


def _address(spec: Field, text: str, options: Any, result: Reading) -> str:
    if not _ADDRESS.match(text):
        raise BadValue("forms.not_an_address", text=text)
    return _text(spec, text, options, result)


def _money(spec: Field, text: str, options: Any, result: Reading) -> int:
    amount = parse_amount(text, spec.fen_per_unit)
    if amount.is_about:
        shown = f"{Decimal(amount.fen) / spec.fen_per_unit:,f}"
        data = {"text": text, "shown": shown, "unit": spec.unit_word}
        result.findings.append(Finding("forms.amount_approximate", data, spec.key, Severity.NOTE))
    return amount.fen


def _decimal(spec: Field, text: str, options: Any, result: Reading) -> Decimal:
    number = parse_number(text)
    exponent = number.as_tuple().exponent
    if spec.places is not None and isinstance(exponent, int) and -exponent > spec.places:
        raise BadValue("forms.too_many_places", text=text, places=spec.places)
    return must_fit(number, text)


def _integer(spec: Field, text: str, options: Any, result: Reading) -> int:
    number = parse_number(text)
    if number != number.to_integral_value() or abs(number) > 2**63 - 1:
        raise BadValue("forms.not_whole", text=text)
    return int(number)


def _year(spec: Field, text: str, options: Any, result: Reading) -> int:
    tidy = text.removesuffix("年").strip()
    if not tidy.isdecimal() or not 1900 <= int(tidy) <= 2200:
        raise BadValue("forms.not_a_year", text=text)
    return int(tidy)


def _choice(spec: Field, text: str, options: Mapping[str, str] | None, result: Reading) -> str:
    if text not in (spec.choices if options is None else options):
        raise BadValue("forms.not_a_choice", text=text)
    return text


def _flag(spec: Field, text: str, options: Mapping[str, str] | None, result: Reading) -> bool:
    return _choice(spec, text, options, result) == "1"


def _id(spec: Field, text: str, options: Mapping[str, str] | None, result: Reading) -> int:
    if not text.isdecimal() or len(text) > 18 or (options is not None and text not in options):
        raise BadValue("forms.not_a_region" if spec.type == "region" else "forms.not_a_choice", text=text)
    return int(text)


def _ids(spec: Field, text: str, options: Mapping[str, str] | None, result: Reading) -> list[int]:
    return [_id(spec, part, options, result) for part in re.split(r"[,\s]+", text) if part]


_READERS: Mapping[str, Callable[[Field, str, Mapping[str, str] | None, Reading], Any]] = {
    "text": _text, "long_text": _text, "password": lambda s, t, o, r: t, "code": _code, "url": _address, "money": _money,
    "decimal": _decimal, "integer": _integer, "date": lambda s, t, o, r: parse_date(t),
    "month": lambda s, t, o, r: parse_month(t), "year": _year, "choice": _choice, "bool": _flag,
    "stated_day": lambda s, t, o, r: parse_stated_day(t), "region": _id, "unit": _id,
    "reference": _id, "regions": _ids,
}  # fmt: skip


def as_text(spec: Field, value: Any) -> str:
    """Return a typed value as it stands in the input: money in the field's unit with separators, ``8,200``."""
    if value is None or value == "":
        return ""
    if spec.type == "money":
        return f"{(Decimal(value) / spec.fen_per_unit).normalize():,f}"
    if spec.type == "bool":
        return "1" if value else "0" if spec.choices else ""
    if isinstance(value, StatedDay):
        return value.as_text()
    if spec.type == "month" and isinstance(value, date):
        return f"{value:%Y-%m}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | tuple):
        return ",".join(str(v) for v in value)
    return str(value)
