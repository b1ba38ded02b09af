"""What a meeting, a draw and the like may be about: rooms offer their subjects here, and forms find them."""

from collections.abc import Callable, Sequence
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


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of subject: its name, how to find some by words, how to get one, and the route of its page."""

    label: str
    find: Find
    get: Get
    route: str


_KINDS: dict[str, SubjectKind] = {}


def offer(kind: str, label: str, *, find: Find, get: Get, route: str) -> None:
    """Offer a kind of subject (from ``AppConfig.ready`` of the room that owns it).

    ``find(actor, words)`` returns a few that the actor may see; ``get(actor, id)`` one of them or None;
    ``route`` is a route name with the subject's id as its only argument.
    """
    _KINDS[kind] = SubjectKind(label, find, get, route)


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


def address(kind: str, subject_id: int) -> str:
    """Return the address of a subject's page, "" when it has none."""
    if kind not in _KINDS:
        return ""
    try:
        return reverse(_KINDS[kind].route, args=[subject_id])
    except NoReverseMatch:
        return ""
