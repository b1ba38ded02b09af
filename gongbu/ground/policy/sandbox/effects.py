"""What a changed parameter comes to: rooms register what they do with a value, and show it by both orders of packs.

Tables are replayed by ``sources``; a parameter enters no table, so a room must say what would follow from another value.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy.rules.policy import Policy
from gongbu.ground.policy.sandbox.sources import Span

PairsOf = Callable[[Iterable[int]], Mapping[int, tuple[Policy, Policy]]]
"""Region keys → what applies there on the day, and the same with the trial in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing that rests on the value: both sides in words. ``money_fen`` is the money that it stands for."""

    name: str
    region_key: int
    before: str
    after: str
    href: str = ""
    money_fen: int | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the two sides differ."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSource:
    """What a room does with some parameters, by ``keys`` or, for all of a unit, by ``units``.

    ``note`` says what is compared and what adopting would do. ``sums``: what the money of the changed ones together is
    called; empty where a sum has no meaning. ``read(actor, span, key, pairs_of, on)`` narrows to the actor's scope.
    """

    key: str
    label: str
    note: str
    read: Callable[[Actor, Span, str, PairsOf, date], Iterator[Effect]]
    keys: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    sums: str = ""

    def takes(self, key: str, unit: str) -> bool:
        """Return whether the source can show what a parameter comes to."""
        return key in self.keys or unit in self.units


@dataclass(slots=True)
class Found:
    """What one source found for one parameter."""

    source: EffectSource
    rows: list[Effect] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """A changed parameter: both values on the day, who uses it, and what was found. No ``found``: nothing was looked at."""

    key: str
    label: str
    before: str
    after: str
    users: tuple[str, ...]
    found: list[Found] = field(default_factory=list)


_SOURCES: dict[str, EffectSource] = {}


def register(source: EffectSource) -> None:
    """Register a source (from ``AppConfig.ready``); the same key replaces itself."""
    _SOURCES[source.key] = source


def sources_for(key: str, unit: str) -> list[EffectSource]:
    """Return the sources that can show what a parameter comes to, in the order registered."""
    return [source for source in _SOURCES.values() if source.takes(key, unit)]
