"""Amounts as people write them: units, amounts in running text, and figures that have slipped by a unit (GO-13). Pure."""

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

UNITS_FEN = {
    "分": 1, "角": 10, "元": 100, "千元": 100_000, "万元": 1_000_000, "万": 1_000_000, "百万元": 100_000_000,
    "百万": 100_000_000, "千万元": 1_000_000_000, "千万": 1_000_000_000, "亿元": 10_000_000_000, "亿": 10_000_000_000,
}  # fmt: skip
SLIPS = (10_000, 100_000_000)
"""A slip of the unit multiplies by 万 or by 亿."""
SMALLEST_PLAUSIBLE_FEN = 1_000_000  # 1 万元
LARGEST_PLAUSIBLE_FEN = 10**14  # 1 万亿元
LARGEST_USUAL_FEN = 10**13  # 1,000 亿元: above it, 元 read as 万元 is likelier than the project
LARGEST_ASSUMED_FEN = 10**12  # 100 亿元, where the writer did not write the unit
LARGEST_ROUND_FEN = 10**11  # 10 亿元, where he did not and the figure ends in 0000 or shows 分, as 元 do
_UNIT_IN_TEXT = "|".join(
    sorted((u for u in UNITS_FEN if u not in ("分", "角", "万", "千万", "百万")), key=len, reverse=True)
)
_IN_TEXT = re.compile(rf"(\d[\d,]*(?:\.\d+)?)({_UNIT_IN_TEXT})(?![\d年亩平方米吨头])")
_MOST_DIGITS = 15


class Stated(NamedTuple):
    """An amount found in a text: fen, half of its last stated place in fen, and the words."""

    fen: int
    half_fen: int
    text: str


def amounts_in_text(text: str) -> list[Stated]:
    """Return the amounts with units that stand in running text (``上级补助150万元`` gives one); noughts are left out."""
    if "元" not in text and "亿" not in text:
        return []
    found = []
    for match in _IN_TEXT.finditer(unicodedata.normalize("NFKC", text)):
        number = match[1].replace(",", "")
        if len(number) > _MOST_DIGITS:
            continue
        unit = UNITS_FEN[match[2]]
        places = len(number.partition(".")[2])
        fen = int((Decimal(number) * unit).to_integral_value(ROUND_HALF_EVEN))
        if fen:
            found.append(Stated(fen, unit // (2 * 10**places), match[0]))
    return found


def is_slip(fen: int, other_fen: int, half_fen: int = 0) -> bool:
    """Return whether ``fen`` is exactly a unit slip (×10⁴ or ×10⁸, either way) away from another amount.

    :param half_fen: half of the last stated place of the other amount, in fen
    """
    for slip in SLIPS:
        if abs(fen - other_fen * slip) <= half_fen * slip or abs(fen * slip - other_fen) <= half_fen:
            return True
    return False


def largest_without_unit(raw: str) -> int:
    """Return the largest amount (fen) taken without a question where the figure ``raw`` came without its unit."""
    whole, _, fraction = raw.replace(",", "").partition(".")
    return LARGEST_ROUND_FEN if len(fraction) == 2 or whole.endswith("0000") else LARGEST_ASSUMED_FEN
