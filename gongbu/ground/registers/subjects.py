"""What a meeting, a draw and the like may be about: rooms offer their subjects here, and forms find them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from gongbu.ground.orgs.actor import Actor


@dataclass(frozen=True, slots=True)
class Found:
    """A subject as offered to the person who chooses one; ``note`` tells it from others of the same name."""

    kind: str
    id: int
    region_key: int
    label: str
    note: str = ""

    @property
    def value(self) -> str:
        """The subject as one form value."""
        return f"{self.kind}:{self.id}"


Find = Callable[[Actor, str], Sequence[Found]]
Get = Callable[[Actor, int], Found | None]
Readable = Callable[[Actor, Collection[int]], set[int]]


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of subject: its name, how to find some by words, how to get one, which may be opened, its page's route."""

    label: str
    find: Find
    get: Get
    readable: Readable
    route: str


_KINDS: dict[str, SubjectKind] = {}


def offer(kind: str, label: str, *, find: Find, get: Get, readable: Readable, route: str) -> None:
    """Offer a kind of subject (from ``AppConfig.ready`` of the room that owns it).

    ``find(actor, words)`` returns a few that the actor may see; ``get(actor, id)`` one of them or None;
    ``readable(actor, ids)`` those of the ids whose page the actor may open; ``route`` is a route name with the
    subject's id as its only argument.
    """
    _KINDS[kind] = SubjectKind(label, find, get, readable, route)


def label(kind: str) -> str:
    """Return the Chinese name of a kind of subject."""
    return _KINDS[kind].label if kind in _KINDS else ""


def labels() -> list[str]:
    """Return the names of everything that can be found."""
    return [row.label for row in _KINDS.values()]


def find(actor: Actor, words: str) -> list[Found]:
    """Return the subjects of every kind that the words may mean (a few per kind)."""
    return [found for row in _KINDS.values() for found in row.find(actor, words)] if words.strip() else []


def get(actor: Actor, value: str) -> Found | None:
    """Return the subject of a form value (``project:12``), None when there is none that the actor may see."""
    kind, _, number = value.partition(":")
    if kind not in _KINDS or not (number.isascii() and number.isdigit() and len(number) < 18):
        return None
    return _KINDS[kind].get(actor, int(number))


def addresses(actor: Actor, subjects: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int], str]:
    """Return (kind, id) → address for the subjects whose pages the actor may open (one look-up per kind)."""
    asked: dict[str, set[int]] = {}
    for kind, subject_id in subjects:
        if kind in _KINDS and subject_id is not None:
            asked.setdefault(kind, set()).add(subject_id)
    found = {}
    for kind, ids in asked.items():
        for subject_id in _KINDS[kind].readable(actor, ids):
            try:
                found[kind, subject_id] = reverse(_KINDS[kind].route, args=[subject_id])
            except NoReverseMatch:
                break
    return found
