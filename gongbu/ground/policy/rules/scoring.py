"""From marks to a ranking: exact whole-number sums, trimming, ties, and how firm the top is when weights are shaken.

Nothing depends on the order in which subjects or sheets are given. Scores are exact; only the shaking uses floats.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.policy.rules.scorecards import MARK_SCALE, WEIGHT_SCALE, Aggregate, Scorecard

CHUNK = 250  # shaken sets of weights at a time: 500 subjects × 9 scorers × 250 are 9 MB
NEAR = 1e-9


def check_marks(card: Scorecard, marks: Mapping[str, Decimal | None]) -> list[Finding]:
    """Return what keeps one sheet from being taken: a dimension without mark, out of scale, between steps, unknown."""
    found = []
    scale = card.scale
    for one in card.dimensions:
        mark = marks.get(one.key)
        data: dict[str, object] = {
            "dimension": one.label, "found": f"{mark:f}" if mark is not None else "", "lowest": f"{scale.lowest:f}",
            "highest": f"{scale.highest:f}", "step": f"{scale.step:f}",
        }  # fmt: skip
        if mark is None or not mark.is_finite():
            found.append(Finding("scorecard.mark_missing", data, one.key, Severity.REJECT, card.basis))
        elif not scale.holds(mark):
            found.append(Finding("scorecard.mark_out_of_scale", data, one.key, Severity.REJECT, card.basis))
        elif not scale.fits(mark):
            found.append(Finding("scorecard.mark_off_step", data, one.key, Severity.REJECT, card.basis))
    known = "、".join(one.label for one in card.dimensions)
    for key in marks.keys() - card.by_key.keys():
        data = {"dimension": key, "known": known}
        found.append(Finding("scorecard.dimension_unknown", data, key, Severity.REJECT, card.basis))
    return found


@dataclass(frozen=True, slots=True)
class Sheet:
    """The marks that one scorer gave one subject, in hundredths, in the order of the card's dimensions."""

    subject: int
    scorer: int
    marks: tuple[int, ...]


def as_hundredths(card: Scorecard, marks: Mapping[str, Decimal]) -> tuple[int, ...]:
    """Return checked marks as a sheet holds them."""
    return tuple(int(marks[one.key] * MARK_SCALE) for one in card.dimensions)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one subject stands. Without enough scorers it has no score and no rank.

    ``means`` are per dimension over the scorers that count, ``relative`` their distance from the mean of all ranked
    subjects. ``spread`` is highest minus lowest weighted total of all scorers. ``firm`` is the share of shaken weights
    under which it stays within the places; None when nobody asked for places.
    """

    subject: int
    scorers: int
    left_out: tuple[int, ...] = ()
    score: Decimal | None = None
    rank: int | None = None
    passes: bool = False
    is_chosen: bool = False
    means: tuple[Decimal, ...] = ()
    relative: tuple[Decimal, ...] = ()
    strongest: int = -1
    weakest: int = -1
    spread: Decimal | None = None
    firm: Decimal | None = None

    @property
    def is_ranked(self) -> bool:
        """Whether enough scorers gave marks."""
        return self.rank is not None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The standings, best first, those without rank last; and the mean of each dimension over the ranked ones."""

    standings: tuple[Standing, ...]
    means: tuple[Decimal, ...]
    places: int

    def by_subject(self) -> dict[int, Standing]:
        """Return the standings by subject."""
        return {one.subject: one for one in self.standings}


def rank(card: Scorecard, subjects: Iterable[int], sheets: Iterable[Sheet], places: int = 0) -> Ranking:
    """Rank subjects by their sheets; ``places`` is how many are to be chosen (0: nobody asks).

    Chosen are those that pass and whose rank is within the places; equal ones at the last place are all chosen.

    :raises ValueError: a sheet of an unknown subject, two of one scorer for one subject, or a wrong number of marks
    """
    ids = sorted(set(subjects))
    if not ids:
        return Ranking((), (), places)
    marks, present, scorers = _grid(card, ids, sheets)
    totals = marks @ np.array([int(one.weight * WEIGHT_SCALE) for one in card.dimensions], dtype=np.int64)
    kept, counts = _kept(card, marks, present, totals)
    enough = counts >= card.at_least
    size = np.maximum(kept.sum(axis=1), 1)
    unit = 10**card.places
    scores = _rounded(np.where(kept, totals, 0).sum(axis=1) * unit, size * (MARK_SCALE * WEIGHT_SCALE))
    means = _rounded(np.where(kept[:, :, None], marks, 0).sum(axis=1) * unit, size[:, None] * MARK_SCALE)
    ranks = _ranks(card, scores, means, enough)
    passes = enough & (scores >= _whole(card.pass_mark, unit))
    firm = _firmness(card, marks, present, counts, enough, places) if places else None
    all_means = _rounded(means[enough].sum(axis=0), np.array(max(int(enough.sum()), 1)))
    low = np.where(present, totals, np.iinfo(np.int64).max).min(axis=1)
    high = np.where(present, totals, 0).max(axis=1)
    found = []
    for at, subject in enumerate(ids):
        left_out = tuple(scorers[n] for n in np.nonzero(present[at] & ~kept[at])[0])
        if not enough[at]:
            found.append(Standing(subject, int(counts[at])))
            continue
        relative = means[at] - all_means
        order = np.lexsort((means[at], relative))  # where all are as far from the mean (one subject), the means decide
        found.append(
            Standing(
                subject, int(counts[at]), left_out, _decimal(scores[at], card.places), int(ranks[at]), bool(passes[at]),
                bool(places and passes[at] and ranks[at] <= places), tuple(_decimal(v, card.places) for v in means[at]),
                tuple(_decimal(v, card.places) for v in relative), int(order[-1]), int(order[0]),
                Decimal(int(high[at] - low[at])) / (MARK_SCALE * WEIGHT_SCALE),
                None if firm is None else Decimal(round(float(firm[at]) * 1000)) / 1000,
            )
        )  # fmt: skip
    found.sort(key=lambda one: (one.rank is None, one.rank or 0, one.subject))
    return Ranking(tuple(found), tuple(_decimal(v, card.places) for v in all_means), places)


def _grid(
    card: Scorecard, ids: Sequence[int], sheets: Iterable[Sheet]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], list[int]]:
    """Return marks (subjects × scorers × dimensions), which are there, and the scorers, all in order of their ids."""
    sheets = list(sheets)
    scorers = sorted({sheet.scorer for sheet in sheets}) or [0]
    row = {subject: at for at, subject in enumerate(ids)}
    column = {scorer: at for at, scorer in enumerate(scorers)}
    shape = (len(ids), len(scorers), len(card.dimensions))
    marks, present = np.zeros(shape, dtype=np.int64), np.zeros(shape[:2], dtype=bool)
    if not sheets:
        return marks, present, scorers
    if any(len(sheet.marks) != shape[2] for sheet in sheets):
        raise ValueError("a sheet has another number of marks than the card has dimensions")
    if any(sheet.subject not in row for sheet in sheets):
        raise ValueError("a sheet is about a subject that is not ranked")
    at = np.array([row[sheet.subject] for sheet in sheets]), np.array([column[sheet.scorer] for sheet in sheets])
    if len(np.unique(at[0] * shape[1] + at[1])) < len(sheets):
        raise ValueError("two sheets of one scorer about one subject")
    marks[at] = np.array([sheet.marks for sheet in sheets], dtype=np.int64)
    present[at] = True
    return marks, present, scorers


def _kept(
    card: Scorecard, marks: NDArray[np.int64], present: NDArray[np.bool_], totals: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which sheets count, and how many each subject has. Between equal totals the marks decide, not the order."""
    counts = present.sum(axis=1)
    if card.aggregate is Aggregate.MEAN or not card.trim:
        return present, counts
    dimensions = [marks[:, :, d] for d in reversed(range(marks.shape[2]))]
    order = np.lexsort((*dimensions, totals, ~present), axis=1)
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), axis=1)
    return present & (place >= card.trim) & (place < (counts - card.trim)[:, None]), counts


def _ranks(
    card: Scorecard, scores: NDArray[np.int64], means: NDArray[np.int64], enough: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return 1, 2, 2, 4 …: equal ones share a rank; those without enough scorers get 0."""
    keys = list(card.by_key)
    columns = [scores, *(means[:, keys.index(key)] for key in card.ties)]
    order = np.lexsort((*(-column for column in reversed(columns)), ~enough))
    table = np.stack(columns, axis=1)[order]
    ranks = np.zeros(len(scores), dtype=np.int64)
    here = 0
    for n in range(int(enough.sum())):
        if n == 0 or bool((table[n] != table[n - 1]).any()):
            here = n + 1
        ranks[order[n]] = here
    return ranks


def _firmness(
    card: Scorecard,
    marks: NDArray[np.int64],
    present: NDArray[np.bool_],
    counts: NDArray[np.int64],
    enough: NDArray[np.bool_],
    places: int,
) -> NDArray[np.float64]:
    """Return the share of shaken weights under which each subject passes and stays within the places.

    ``RandomState`` because its stream is frozen for good: the same seed gives the same shares on any later version.
    """
    shake = card.sensitivity
    base = np.array([float(one.weight) for one in card.dimensions])
    vary = float(shake.vary)
    weights = base * np.random.RandomState(shake.seed).uniform(1 - vary, 1 + vary, (shake.times, len(base)))
    weights /= weights.sum(axis=1, keepdims=True)
    live = np.nonzero(enough)[0]
    share = np.zeros(len(marks))
    if not live.size:
        return share
    trim = card.trim if card.aggregate is Aggregate.TRIMMED_MEAN else 0
    position = np.arange(marks.shape[1])
    mask = (position >= trim) & (position < (counts[live] - trim)[:, None])
    values, there = marks[live] / MARK_SCALE, present[live]
    within = np.zeros(len(live), dtype=np.int64)
    pass_mark = float(card.pass_mark) if card.pass_mark is not None else -np.inf
    for start in range(0, shake.times, CHUNK):
        totals = values @ weights[start : start + CHUNK].T  # subjects × scorers × weights
        totals[~there] = np.inf
        totals.sort(axis=1)
        totals[~mask] = 0
        scores = totals.sum(axis=1) / mask.sum(axis=1)[:, None]
        last = min(places, len(live)) - 1
        bar = -np.partition(-scores, last, axis=0)[last]
        within += ((scores >= bar - NEAR) & (scores >= pass_mark - NEAR)).sum(axis=1)
    share[live] = within / shake.times
    return share


def _rounded(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the quotient of whole numbers that are not negative, half rounded up."""
    return (2 * numerator + denominator) // (2 * denominator)


def _whole(value: Decimal | None, unit: int) -> int:
    return 0 if value is None else int(value * unit)


def _decimal(value: np.int64, places: int) -> Decimal:
    return Decimal(int(value)).scaleb(-places)
