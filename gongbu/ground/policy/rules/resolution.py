"""The one rule by which packs come to apply (适用规则): adoptions along the region's path upward, then ``national``.

Within one region the packs of a subject stand in the order adopted; a pack that declares it stands ``over`` another
goes before it. Two packs of one region that give the same key without such an order are refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.rules.dated import Loosening, find_loosening
from gongbu.ground.policy.rules.policy import Pack

NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Adopted:
    """One adoption as resolution sees it: how far up the path it stands (0 is the region itself), what, since when."""

    distance: int
    level: str
    subject: str
    packs: tuple[str, ...]
    effective_from: date


@dataclass(frozen=True, slots=True)
class Placed:
    """A pack in its place: which level adopted it (NATION for the national base)."""

    pack: str
    level: str
    distance: int


def in_force(adoptions: Iterable[Adopted], on: date) -> list[Adopted]:
    """Return for each region of the path and subject the latest adoption that has begun by ``on``."""
    latest: dict[tuple[int, str], Adopted] = {}
    for adoption in adoptions:
        if adoption.effective_from > on:
            continue
        key = (adoption.distance, adoption.subject)
        if key not in latest or latest[key].effective_from < adoption.effective_from:
            latest[key] = adoption
    return [latest[key] for key in sorted(latest)]


def order(adoptions: Iterable[Adopted], on: date, packs: Mapping[str, Pack]) -> list[Placed]:
    """Return the packs that apply on ``on``, nearest first, ``national`` last; a pack adopted twice counts once.

    ``packs`` are found by id: ``key``, or ``key@version`` for one that was adopted out of the sandbox.

    :raises Refusal: ``policy.pack_missing``, ``policy.unordered_keys``, ``policy.order_cycle``
    """
    placed: list[Placed] = []
    seen = {NATIONAL}
    standing = in_force(adoptions, on)
    for distance in sorted({adoption.distance for adoption in standing}):
        here = [adoption for adoption in standing if adoption.distance == distance]
        for key in _order_in_region(here, packs):
            if packs[key].key not in seen:  # another version of a pack stands for it, too
                seen.add(packs[key].key)
                placed.append(Placed(key, here[0].level, distance))
    if NATIONAL in packs:
        placed.append(Placed(NATIONAL, "NATION", 10_000))
    return placed


def _order_in_region(adoptions: Sequence[Adopted], packs: Mapping[str, Pack]) -> list[str]:
    keys = list(dict.fromkeys(key for adoption in adoptions for key in adoption.packs))
    for key in keys:
        if key not in packs:
            raise Refusal("policy.pack_missing", pack=key, known="、".join(sorted(packs)))
    before: dict[str, set[str]] = {key: set() for key in keys}
    for adoption in adoptions:
        for earlier, later in zip(adoption.packs, adoption.packs[1:], strict=False):
            before[later].add(earlier)
    ids = {packs[key].key: key for key in keys}
    for key in keys:
        for below in packs[key].over:
            if below in ids:
                before[ids[below]].add(key)
    try:
        sorter = TopologicalSorter(before)
        sorter.prepare()
    except CycleError as error:
        raise Refusal("policy.order_cycle", packs="、".join(dict.fromkeys(error.args[1]))) from error
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=keys.index)
        ordered.extend(ready)
        sorter.done(*ready)
    _require_order(ordered, before, packs)
    return ordered


def _require_order(ordered: Sequence[str], before: Mapping[str, set[str]], packs: Mapping[str, Pack]) -> None:
    above: dict[str, set[str]] = {}
    for key in ordered:
        above[key] = set(before[key]).union(*(above[earlier] for earlier in before[key])) if before[key] else set()
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            shared = packs[one].keys & packs[other].keys
            if shared and one not in above[other]:
                raise Refusal("policy.unordered_keys", one=one, other=other, keys="、".join(sorted(shared)[:5]))


def loosenings(placed: Sequence[Placed], packs: Mapping[str, Pack]) -> list[tuple[Placed, Placed, Loosening]]:
    """Return every place where a nearer pack loosens a statutory value of a pack farther up or of the national base."""
    found = []
    for index, near in enumerate(placed):
        for far in placed[index + 1 :]:
            for key in packs[near.pack].parameters.keys() & packs[far.pack].parameters.keys():
                local, superior = packs[near.pack].parameters[key], packs[far.pack].parameters[key]
                found += [(near, far, loose) for loose in find_loosening(local, superior, near.level)]
    return found


def require_lawful(placed: Sequence[Placed], packs: Mapping[str, Pack]) -> None:
    """Refuse an order in which a local pack loosens a checked (V1, V2, E) statutory floor, ceiling or exact value.

    :raises Refusal: ``policy.loosens_law``, naming both clauses
    """
    for near, far, loose in loosenings(placed, packs):
        if loose.locked:
            raise Refusal("policy.loosens_law", basis=loose.superior.basis, **loosening_data(near, far, loose, packs))


def loosening_data(near: Placed, far: Placed, loose: Loosening, packs: Mapping[str, Pack]) -> dict[str, str]:
    """Return what a message about a loosening says: both values and both clauses."""
    local, superior = packs[near.pack].parameters[loose.key], packs[far.pack].parameters[loose.key]
    return {
        "key": loose.key,
        "label": superior.label,
        "pack": near.pack,
        "local": local.value_words(loose.local),
        "local_basis": str(loose.local.basis),
        "over": far.pack,
        "superior": superior.value_words(loose.superior),
        "superior_basis": str(loose.superior.basis),
        "direction": loose.direction.label,
    }
