"""Two lists against each other: which row of one is which row of the other, one to one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from gongbu.mainline.likeness.rules.comparing import (
    APART,
    FIRST_PHASE,
    Judgement,
    Limits,
    Relation,
    Sound,
    Traits,
    compare,
    no_sound,
)
from gongbu.mainline.likeness.rules.names import grams_of, parse

MOST_CANDIDATES = 40
COMMON_SHARE, COMMON_LEAST = 0.08, 60
"""A pair of characters in more than this share of the rows (and in more than so many) finds nobody by itself."""


@dataclass(frozen=True, slots=True)
class Match:
    """Row ``a`` of the first list is row ``b`` of the second."""

    a: int
    b: int
    judgement: Judgement


class Lookup:
    """Rows of a list by the pairs of characters in their names."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._rows: dict[str, list[int]] = defaultdict(list)
        self._plain: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(names):
            parts = parse(name)
            self._plain[parts.plain].append(row)
            for gram in grams_of(parts):
                self._rows[gram].append(row)
        self._most = max(COMMON_LEAST, int(len(names) * COMMON_SHARE))

    def candidates(self, name: str) -> list[int]:
        """Return the rows most likely to be the project of this name: same words first, then by shared rare pairs."""
        parts = parse(name)
        shared: dict[int, float] = defaultdict(float)
        for gram in sorted(grams_of(parts), key=lambda g: (len(self._rows.get(g, ())), g)):
            rows = self._rows.get(gram, [])
            if len(rows) > self._most and len(shared) >= MOST_CANDIDATES:
                break
            worth = log(1 + len(self.names) / len(rows)) if rows else 0.0
            for row in rows:
                shared[row] += worth
        same = self._plain.get(parts.plain, [])
        best = sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:MOST_CANDIDATES]
        return list(dict.fromkeys([*same[:MOST_CANDIDATES], *(row for row, _ in best)]))


def match_lists(
    ours: Sequence[Traits], theirs: Sequence[Traits], limits: Limits, sound: Sound = no_sound
) -> list[Match]:
    """Return the pairs taken for one project, each row in at most one, in the order of the first list.

    The best pair of all goes first, then the best of what is left: two rows with one name never lose each other to a
    better sum. Ties keep the order of the lists. Rows without a name match nothing.
    """
    return pair_lists(ours, theirs, limits, sound)[0]


def pair_lists(
    ours: Sequence[Traits], theirs: Sequence[Traits], limits: Limits, sound: Sound = no_sound
) -> tuple[list[Match], list[Match]]:
    """Return the pairs taken for one project as :func:`match_lists`, and the unsure ones among the rows left over: one
    name says 一期, the other no phase, and nothing beside the names tells whether they are one.
    """
    lookup = Lookup([row.name for row in theirs])
    found, unsure = [], []
    for a, row in enumerate(ours):
        if not row.name.strip():
            continue
        for b in lookup.candidates(row.name):
            if not theirs[b].name.strip():
                continue
            judgement = compare(row, theirs[b], limits, sound)
            if judgement.relation is Relation.SAME:
                found.append(Match(a, b, judgement))
            elif judgement.relation is Relation.OTHER_PHASE and _is_unsure(judgement):
                unsure.append(Match(a, b, judgement))
    pairs = sorted(choose(found), key=lambda match: match.a)
    taken_a, taken_b = {match.a for match in pairs}, {match.b for match in pairs}
    left = [match for match in unsure if match.a not in taken_a and match.b not in taken_b]
    return pairs, sorted(choose(left), key=lambda match: match.a)


def _is_unsure(judgement: Judgement) -> bool:
    codes = {item.code for item in judgement.evidence}
    return FIRST_PHASE in codes and not codes & APART


def choose(found: Iterable[Match]) -> list[Match]:
    """Return a one-to-one choice, best first; among equal scores more agreeing evidence, then the order of the lists."""
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    chosen = []
    for match in sorted(found, key=lambda m: (-m.judgement.score, -_agreeing(m.judgement), abs(m.a - m.b), m.a, m.b)):
        if match.a in taken_a or match.b in taken_b:
            continue
        taken_a.add(match.a)
        taken_b.add(match.b)
        chosen.append(match)
    return chosen


def _agreeing(judgement: Judgement) -> int:
    return sum(e.code.endswith("_agrees") for e in judgement.evidence)
