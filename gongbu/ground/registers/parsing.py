"""Reading what people type into a field: numbers, amounts, dates, months. The edge of forms and filters."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from gongbu.ground.basics.money import FEN_PER_WAN, FEN_PER_YI, FEN_PER_YUAN
from gongbu.ground.basics.rules.numbers import INTEGER_DIGITS, fits

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
# Thousands are set apart in threes or not at all; 12,34 and 1200,5 are slips that mean something else.
_NUMBER = re.compile(r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]*)?")
_UNIT_FEN = {"元": FEN_PER_YUAN, "万": FEN_PER_WAN, "万元": FEN_PER_WAN, "亿": FEN_PER_YI, "亿元": FEN_PER_YI}
_AMOUNT = re.compile(
    r"^(?P<about>约|大约|近|逾|超)?(?P<number>[-+]?[\d,]*\.?\d+)(?P<unit>亿元|万元|亿|万|元)?(?P<more>左右|余|多)?$"
)
_DAY = re.compile(r"^(\d{4})(?:[-./年])(\d{1,2})(?:[-./月])(\d{1,2})日?$|^(\d{4})(\d{2})(\d{2})$")
_MONTH = re.compile(r"^(\d{4})[-./年]?(\d{1,2})月?$")
MOST_FEN = 9_000_000_000_000_000_00
"""Amounts stay below nine quadrillion yuan so that they fit a 64-bit integer."""


class BadValue(ValueError):
    """A text that cannot be read as the type; ``code`` names the message."""

    def __init__(self, code: str, **data: object) -> None:
        super().__init__(code)
        self.code, self.data = code, data


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as read: fen, whether the text called it approximate, and the text itself."""

    fen: int
    is_about: bool
    text: str


def _tidy(text: str) -> str:
    return re.sub(r"\s", "", text.translate(_FULL_WIDTH))


def parse_number(text: str) -> Decimal:
    """Return a number, thousands separators and full-width digits allowed.

    :raises BadValue: ``forms.not_a_number``, ``forms.comma_misplaced``
    """
    tidy = _tidy(text)
    if not _NUMBER.fullmatch(tidy):
        plain = tidy.replace(",", "")
        is_slip = plain != tidy and _NUMBER.fullmatch(plain)
        raise BadValue("forms.comma_misplaced" if is_slip else "forms.not_a_number", text=text)
    try:
        value = Decimal(tidy.replace(",", ""))
    except InvalidOperation:
        raise BadValue("forms.not_a_number", text=text) from None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        raise BadValue("forms.not_a_number", text=text)
    return value


def must_fit(number: Decimal, text: str) -> Decimal:
    """Return a number that a column can hold.

    :raises BadValue: ``forms.number_too_large``: more than ``INTEGER_DIGITS`` before the point
    """
    if not fits(number):
        raise BadValue("forms.number_too_large", text=text, digits=INTEGER_DIGITS)
    return number


def parse_amount(text: str, fen_per_unit: int) -> Amount:
    """Return an amount in fen. A unit in the text wins over the field's; “约8亿元” is taken and marked approximate.

    :raises BadValue: ``forms.not_an_amount``, ``forms.comma_misplaced``, ``forms.finer_than_fen``, ``forms.amount_too_large``
    """
    found = _AMOUNT.match(_tidy(text))
    if not found:
        raise BadValue("forms.not_an_amount", text=text)
    number = parse_number(found["number"])
    exact = number * (_UNIT_FEN[found["unit"]] if found["unit"] else fen_per_unit)
    fen = exact.to_integral_value(ROUND_HALF_UP)
    if fen != exact:
        raise BadValue("forms.finer_than_fen", text=text)
    if abs(fen) > MOST_FEN:
        raise BadValue("forms.amount_too_large", text=text)
    return Amount(int(fen), bool(found["about"] or found["more"]), text.strip())


def parse_date(text: str) -> date:
    """Return a day: ``2026-01-31``, ``2026.1.31``, ``2026年1月31日``, ``20260131``.

    :raises BadValue: ``forms.not_a_date``
    """
    found = _DAY.match(_tidy(text))
    parts = [int(p) for p in found.groups() if p] if found else []
    try:
        return date(*parts) if len(parts) == 3 else _no_date(text)
    except ValueError:
        raise BadValue("forms.not_a_date", text=text) from None


@dataclass(frozen=True, slots=True)
class StatedDay:
    """A planned day as exactly as it is known: ``on`` is the first day of the ``MONTH`` or ``YEAR``, or the ``DAY``."""

    on: date
    precision: str

    def as_text(self) -> str:
        """Return it as typed: ``2026-03-15``, ``2026-03``, ``2026``."""
        return self.on.isoformat()[: {"MONTH": 7, "YEAR": 4}.get(self.precision, 10)]


def parse_stated_day(text: str) -> StatedDay:
    """Return a day, a month or a year with its precision: ``2026年3月15日``, ``2026年3月``, ``2026.3``, ``2026年``.

    :raises BadValue: ``forms.not_a_stated_day``
    """
    year = re.fullmatch(r"(19\d\d|2[01]\d\d)年?", _tidy(text))
    if year:
        return StatedDay(date(int(year[1]), 1, 1), "YEAR")
    for parse, precision in ((parse_date, "DAY"), (parse_month, "MONTH")):
        try:
            return StatedDay(parse(text), precision)
        except BadValue:
            continue
    raise BadValue("forms.not_a_stated_day", text=text)


def _no_date(text: str) -> date:
    raise BadValue("forms.not_a_date", text=text)


def parse_month(text: str) -> date:
    """Return the first day of a month: ``2026-05``, ``2026.5``, ``2026年5月``.

    :raises BadValue: ``forms.not_a_month``
    """
    found = _MONTH.match(_tidy(text))
    if not found or not 1 <= int(found[2]) <= 12 or not 1900 <= int(found[1]) <= 2200:
        raise BadValue("forms.not_a_month", text=text)
    return date(int(found[1]), int(found[2]), 1)
