"""Do parts make the whole? Within what was published: each figure is known to half of its last stated place. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from gongbu.ground.registers.importing.values import Amount


@dataclass(frozen=True, slots=True)
class SumResult:
    """The comparison of a total with its parts, in fen. ``verdict``: EXACT, ROUNDING or DISAGREES.

    ``slip_key`` names a part that makes the sum right when read ten thousand times larger or smaller.
    """

    verdict: str
    total_fen: int
    parts_fen: int
    tolerance_fen: int
    slip_key: str = ""

    @property
    def difference_fen(self) -> int:
        """Total less the sum of the parts."""
        return self.total_fen - self.parts_fen


def compare(total: Amount, parts: Mapping[str, Amount]) -> SumResult:
    """Compare a total with its parts. The tolerance is the sum of the half units of all figures: 0.005 万元 each for
    figures of two decimals, so that three parts and a total may differ by 0.02 万元 through rounding alone."""
    summed = sum(part.fen for part in parts.values())
    tolerance = total.half_fen + sum(part.half_fen for part in parts.values())
    difference = total.fen - summed
    if difference == 0:
        return SumResult("EXACT", total.fen, summed, tolerance)
    if abs(difference) <= tolerance:
        return SumResult("ROUNDING", total.fen, summed, tolerance)
    return SumResult("DISAGREES", total.fen, summed, tolerance, _slip(total, parts))


def _slip(total: Amount, parts: Mapping[str, Amount]) -> str:
    """Return the key of a part that makes the sum right when read ×10⁴ (a missing 万) or ÷10⁴ (one too many)."""
    summed, halves = sum(p.fen for p in parts.values()), sum(p.half_fen for p in parts.values())
    for key, part in parts.items():
        wanted = total.fen - (summed - part.fen)
        known = total.half_fen + halves - part.half_fen
        if abs(wanted - part.fen * 10_000) <= known + (2 * part.half_fen + 1) * 5_000:
            return key
        if part.fen >= 10_000 and abs(wanted - part.fen // 10_000) <= known + part.half_fen // 10_000:
            return key
    return ""


def same_amount(one: Amount, other: Amount) -> bool:
    """Return whether two statements of one amount agree within their precision (3.7亿元 and 37000万元)."""
    return abs(one.fen - other.fen) <= max(one.half_fen, other.half_fen)
