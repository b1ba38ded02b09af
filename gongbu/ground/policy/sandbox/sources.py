"""Where facts for a replay come from: rooms register their subjects of today; stored decisions are there by themselves.

Ground knows nothing of projects: a source reads in batches of columns what some tables ask, within the actor's scope.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongbu.ground.orgs.actor import Actor

Span = tuple[int, int]
"""Half-open range of region keys."""
EVERYWHERE: Span = (0, 10**12)


@dataclass(frozen=True, slots=True)
class Question:
    """A table to be asked: every fact its answer may depend on, and the inputs of the table itself."""

    table: str
    label: str
    reads: frozenset[str]
    inputs: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records for one table, as columns of one length.

    ``counts``: whose money enters sums. ``parts``: which part of a subject (a year), 0 for the whole. ``stages`` is empty
    when nobody asks by stage. ``decided``: what was decided at the time, with ``decision_ids``; empty for today's subjects.
    """

    table: str
    subject_kind: str
    ids: Sequence[int]
    region_keys: Sequence[int]
    money_fen: Sequence[int | None]
    counts: Sequence[bool]
    parts: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    stages: Sequence[str] = ()
    decided: Sequence[str] = ()
    decision_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A replay source: ``read(actor, span, questions, on)`` yields batches, ``count(actor, span)`` its subjects."""

    key: str
    label: str
    unit: str
    read: Callable[[Actor, Span, Sequence[Question], date], Iterator[Batch]]
    count: Callable[[Actor, Span], int]
    is_asked_by_classification: bool = True


@dataclass(frozen=True, slots=True)
class Subjects:
    """Names of subjects of a kind, by id, for the rows; ``route`` is their page with the id as only argument."""

    label: str
    names: Callable[[Sequence[int]], Mapping[int, str]]
    route: str


_SOURCES: dict[str, Source] = {}
_SUBJECTS: dict[str, Subjects] = {}


def register(source: Source) -> None:
    """Register a source (from ``AppConfig.ready``); the same key replaces itself."""
    _SOURCES[source.key] = source


def all_sources() -> list[Source]:
    """Return every source, in the order registered."""
    return list(_SOURCES.values())


def get_source(key: str) -> Source:
    """Return a source.

    :raises KeyError: nobody registered it
    """
    return _SOURCES[key]


def name_subjects(kind: str, subjects: Subjects) -> None:
    """Say how subjects of a kind are named (from ``AppConfig.ready`` of the room that owns them)."""
    _SUBJECTS[kind] = subjects


def subjects_of(kind: str) -> Subjects | None:
    """Return how subjects of a kind are named, or None."""
    return _SUBJECTS.get(kind)


def label_of(key: str) -> str:
    """Return the Chinese name of a source."""
    return _SOURCES[key].label if key in _SOURCES else key
