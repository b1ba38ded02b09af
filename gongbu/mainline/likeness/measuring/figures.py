"""Counts into figures: precision, recall, F1, and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

Z = 1.959964


@dataclass(frozen=True, slots=True)
class Counts:
    """Pairs found that are true, found that are not, and true ones missed."""

    hit: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.hit + other.hit, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """Share of the found pairs that are true (1 when nothing was found)."""
        return self.hit / (self.hit + self.wrong) if self.hit + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found."""
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.hit / (2 * self.hit + self.wrong + self.missed) if self.hit else 0.0


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the Wilson interval (95 %) of a share; (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share = successes / trials
    middle = share + Z * Z / (2 * trials)
    half = Z * sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    whole = 1 + Z * Z / trials
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def bootstrap_f1(groups: Sequence[Counts], rounds: int = 2_000, seed: int = 7) -> tuple[float, float]:
    """Return the 95 % interval of F1 when whole groups (lists of one county) are drawn again with replacement."""
    if not groups:
        return 0.0, 1.0
    table = np.array([[c.hit, c.wrong, c.missed] for c in groups], dtype=float)
    draws = np.random.default_rng(seed).integers(0, len(groups), size=(rounds, len(groups)))
    hit, wrong, missed = (table[:, k][draws].sum(axis=1) for k in range(3))
    whole = 2 * hit + wrong + missed
    f1 = np.divide(2 * hit, whole, out=np.zeros_like(whole), where=whole > 0)
    low, high = np.percentile(f1, [2.5, 97.5])
    return float(low), float(high)
