"""Targets of a library (总投资动态保持, 产业类占比) against what it holds."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Holding:
    """What a library holds: projects, their total, and how much of it is 产业类, other, or of unreported industry.

    ``without_total`` projects report no total and add nothing to the sum.
    """

    projects: int = 0
    total_fen: int = 0
    industry_projects: int = 0
    industry_fen: int = 0
    unknown_projects: int = 0
    unknown_fen: int = 0
    without_total: int = 0

    @property
    def industry_share(self) -> Decimal | None:
        """产业类 ÷ total by investment; projects of unreported industry stay in the denominator. None while empty."""
        return Decimal(self.industry_fen) / self.total_fen if self.total_fen else None

    def plus(self, other: "Holding") -> "Holding":
        """Return the sum of two holdings of different projects."""
        return Holding(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Gap:
    """A figure against its target: ``short_fen`` is what is missing (0 when met), ``ratio`` what is reached."""

    target_fen: int
    short_fen: int
    ratio: Decimal
    is_met: bool


def compute_gap(total_fen: int, target_fen: int) -> Gap:
    """Compare a total with the target that it should dynamically keep (以上, the target itself included)."""
    short = max(target_fen - total_fen, 0)
    ratio = Decimal(total_fen) / target_fen if target_fen else Decimal(1)
    return Gap(target_fen, short, ratio, short == 0)


def compute_share_gap(holding: Holding, target: Decimal) -> tuple[bool, int]:
    """Return (met, how much more 产业类 investment in fen brings the share to the target).

    New industry projects enter numerator and denominator: (i + x) ÷ (t + x) ≥ s gives x ≥ (s·t − i) ÷ (1 − s).
    """
    lacking = target * holding.total_fen - holding.industry_fen
    if lacking <= 0:
        return holding.total_fen > 0, 0
    if target >= 1:
        return False, holding.total_fen - holding.industry_fen
    return False, int((lacking / (1 - target)).to_integral_value(rounding="ROUND_CEILING"))
