"""回避: whose unit owns or declared a project does not score it; and whether enough scorers are left."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

OWNER, DECLARER = "OWNER", "DECLARER"


@dataclass(frozen=True, slots=True)
class Concerned:
    """A candidate and the units that have an interest in it."""

    id: int
    owner_unit_id: int | None
    owner_name: str
    declarer_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Rater:
    """A scorer and his unit."""

    id: int
    unit_id: int | None
    unit_name: str


def find_conflict(rater: Rater, candidate: Concerned) -> str:
    """Return why the scorer may not score the candidate (OWNER, DECLARER), "" when he may.

    An owner that is known by name only is compared by name.
    """
    if rater.unit_id is not None and rater.unit_id == candidate.owner_unit_id:
        return OWNER
    if rater.unit_name and rater.unit_name == candidate.owner_name:
        return OWNER
    return DECLARER if rater.unit_id is not None and rater.unit_id in candidate.declarer_ids else ""


def find_conflicts(raters: Iterable[Rater], candidates: Sequence[Concerned]) -> dict[tuple[int, int], str]:
    """Return (scorer, candidate) → why, of all pairs that conflict."""
    return {
        (rater.id, candidate.id): why
        for rater in raters
        for candidate in candidates
        if (why := find_conflict(rater, candidate))
    }


def find_short(
    candidates: Iterable[int], scorers: Collection[int], kept_out: Mapping[int, Collection[int]], at_least: int
) -> dict[int, int]:
    """Return candidate → how many scorers are left, of those with fewer than ``at_least``."""
    found = {}
    for candidate in candidates:
        left = len(set(scorers) - set(kept_out.get(candidate, ())))
        if left < at_least:
            found[candidate] = left
    return found
