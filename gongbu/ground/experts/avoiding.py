"""Whom a draw for a subject should avoid: rooms whose subjects experts are drawn for say so here, and the form proposes it."""

from collections.abc import Callable

from gongbu.ground.experts.entry import AvoidList

Propose = Callable[[int], AvoidList]
_PROPOSALS: dict[str, Propose] = {}


def offer(kind: str, propose: Propose) -> None:
    """Propose whom draws for subjects of a kind avoid (from ``AppConfig.ready``); ``propose`` gets the subject's id."""
    _PROPOSALS[kind] = propose


def proposed_for(kind: str, subject_id: int) -> AvoidList:
    """Return whom a draw for a subject should avoid; the caller has tested that the subject may be seen."""
    return _PROPOSALS[kind](subject_id) if kind in _PROPOSALS else AvoidList()
