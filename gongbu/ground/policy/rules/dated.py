"""Dated parameters: versions picked by an anchor day, and the legal direction that local packs must respect."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gongbu.ground.basics.findings import Basis, Refusal
from gongbu.ground.policy.rules.values import Confidence, Value, value_words


class Direction(StrEnum):
    """Which way a statutory value binds: a FLOOR may be raised locally, a CEILING lowered, EXACT neither."""

    FLOOR = "FLOOR"
    CEILING = "CEILING"
    EXACT = "EXACT"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {"FLOOR": "下限", "CEILING": "上限", "EXACT": "定值"}[self]


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Reference of one record in one pack version: enough to find and to re-hash what was applied."""

    pack: str
    version: str
    key: str
    effective_from: date
    hash: str

    def as_dict(self) -> dict[str, str]:
        """Return the reference as the ledger stores it."""
        return {
            "pack": self.pack,
            "version": self.version,
            "key": self.key,
            "from": self.effective_from.isoformat(),
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class Delegation:
    """法定授权: the law lets the named region levels set their own value within bounds (both ends included)."""

    levels: tuple[str, ...]
    at_least: Value | None
    up_to: Value | None
    basis: Basis

    def allows(self, level: str, value: Value) -> bool:
        """Return whether a pack of ``level`` may set ``value``."""
        return (
            level in self.levels
            and (self.at_least is None or not _less(value, self.at_least))
            and (self.up_to is None or not _less(self.up_to, value))
        )


@dataclass(frozen=True, slots=True)
class Version:
    """One dated value. ``value`` None means repealed on ``effective_from`` by the instrument in ``basis``."""

    effective_from: date
    value: Value | None
    basis: Basis
    confidence: Confidence
    only_for: frozenset[str] | None = None
    text_checked_on: date | None = None
    from_note: str = ""
    note: str = ""
    corrected: str = ""
    hash: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class DatedValue:
    """The value in force on an anchor day, with where it comes from."""

    value: Value
    ref: PolicyRef
    basis: Basis
    confidence: Confidence
    unit: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a pack: unit, anchor (which date picks the version), versions by ascending day."""

    key: str
    label: str
    unit: str
    anchor: str
    versions: tuple[Version, ...]
    direction: Direction | None = None
    delegated_to: Delegation | None = None
    choices: dict[str, str] = field(default_factory=dict)
    section: str = ""
    file: str = ""
    line: int = 0

    def pick(self, on: date, for_: str | None = None) -> Version | None:
        """Return the version in force on ``on`` for ``for_`` (None before the first).

        A version limited by ``only_for`` leaves others with the earlier version.

        :raises Refusal: ``policy.for_whom`` when the answer depends on who it is for and ``for_`` is None
        """
        found: Version | None = None
        for version in self.versions:
            if version.effective_from > on:
                break
            if version.only_for is None or for_ in version.only_for:
                found = version
            elif for_ is None:
                raise Refusal(
                    "policy.for_whom", key=self.key, label=self.label, on=on, kinds="、".join(sorted(version.only_for))
                )
        return found

    def value_words(self, version: Version) -> str:
        """Write a version's value with its unit."""
        return value_words(self.unit, version.value, self.choices)


def overlapping_versions(versions: Sequence[Version]) -> tuple[Version, Version] | None:
    """Return the first two versions that begin on one day for somebody in common, else None."""
    for index, one in enumerate(versions):
        for other in versions[index + 1 :]:
            if one.effective_from != other.effective_from:
                continue
            if one.only_for is None or other.only_for is None or one.only_for & other.only_for:
                return one, other
    return None


@dataclass(frozen=True, slots=True)
class Loosening:
    """A local version that goes beyond what superior law allows."""

    key: str
    local: Version
    superior: Version
    direction: Direction
    locked: bool


def find_loosening(local: Parameter, superior: Parameter, level: str) -> list[Loosening]:
    """Return the local versions that loosen a statutory floor, ceiling or exact value of ``superior``.

    Stricter is fine; within a delegation for ``level`` is fine. Each pair of versions is compared over the days
    and persons for which both are in force. ``locked`` says whether the superior text is checked (V1, V2, E).
    """
    if superior.direction is None:
        return []
    found = []
    for mine in local.versions:
        for theirs in superior.versions:
            if mine.value is None or theirs.value is None or not _meet(local, mine, superior, theirs):
                continue
            if superior.delegated_to and superior.delegated_to.allows(level, mine.value):
                continue
            if _loosens(superior.direction, mine.value, theirs.value):
                found.append(Loosening(local.key, mine, theirs, superior.direction, theirs.confidence.is_locked))
    return found


def _meet(local: Parameter, mine: Version, superior: Parameter, theirs: Version) -> bool:
    persons = mine.only_for is None or theirs.only_for is None or bool(mine.only_for & theirs.only_for)
    return persons and mine.effective_from < end_of(superior, theirs) and theirs.effective_from < end_of(local, mine)


def end_of(parameter: Parameter, version: Version) -> date:
    """Return the first day on which a later version replaces ``version`` for everybody it covers; ``date.max`` if none."""
    for later in parameter.versions:
        if later.effective_from > version.effective_from and (
            later.only_for is None or (version.only_for is not None and version.only_for <= later.only_for)
        ):
            return later.effective_from
    return date.max


def _loosens(direction: Direction, local: Value, superior: Value) -> bool:
    if direction is Direction.EXACT:
        return (
            set(local) != set(superior)
            if isinstance(local, tuple) and isinstance(superior, tuple)
            else local != superior
        )
    if direction is Direction.FLOOR:
        return _less(local, superior)
    return _less(superior, local)


def _less(one: Value, other: Value) -> bool:
    """Order values; for lists, "less" means that something of ``other`` is missing in ``one``."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return not set(other) <= set(one)
    if isinstance(one, date) and isinstance(other, date):
        return one < other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one < other
    return one != other
