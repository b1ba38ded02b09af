"""Records that stand on an issued paper follow in the same transaction when the paper is voided.

The room of the record registers how: ``hold`` locks the record before the paper is locked (the order in which its own
acts take them), ``follow`` changes it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gongbu.ground.papers.models import Paper


@dataclass(frozen=True, slots=True)
class Follower:
    """What a kind of record does when its paper is voided by itself, not by an act on the record."""

    hold: Callable[[int], object]
    follow: Callable[[Paper], object]


_FOLLOWERS: dict[str, Follower] = {}


def register(subject_kind: str, hold: Callable[[int], object], follow: Callable[[Paper], object]) -> None:
    """Let the records of a kind follow their papers (called from ``AppConfig.ready``)."""
    _FOLLOWERS[subject_kind] = Follower(hold, follow)


def hold(paper_id: int) -> None:
    """Lock the record of a paper that is about to be voided (1 query, and that of the room)."""
    found = Paper.objects.unscoped("its record is locked first").filter(pk=paper_id)
    for kind, subject_id in found.values_list("subject_kind", "subject_id"):
        if kind in _FOLLOWERS:
            _FOLLOWERS[kind].hold(subject_id)


def follow(paper: Paper) -> None:
    """Let the record of a voided paper follow."""
    if paper.subject_kind in _FOLLOWERS:
        _FOLLOWERS[paper.subject_kind].follow(paper)
