"""制度事实: every parameter and table of the packs as one list, with basis, certainty, versions, and who uses it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.policy import queries, showing, usage
from gongbu.ground.policy.rules.policy import Pack
from gongbu.ground.policy.showing import Standing, VersionView

TO_CHECK = ("核原文", "待确认")
PARAMETER, TABLE = "参数", "决策表"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as the list shows it on a day: its version of that day, else the first one.

    ``pack`` is the pack's id. ``elsewhere``: packs that give the same key, so that it may differ there.
    """

    pack: str
    pack_label: str
    kind: str
    key: str
    label: str
    section: str
    words: str
    since: date
    standing: Standing
    versions: int
    basis: str
    instrument: str
    direction: str
    group: str
    mark: str
    tone: str
    certainty: str
    users: tuple[str, ...]
    elsewhere: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """What a search looks through, in lower case."""
        return f"{self.label} {self.words} {self.basis} {self.section} {self.key}".lower()


def list_facts(on: date) -> list[Fact]:
    """Return every fact of the known packs as it stands on a day, pack by pack as they are listed (no query)."""
    packs = queries.packs()
    givers = _givers(packs.values())
    return [fact for pack in packs.values() for fact in _of_pack(pack, on, givers)]


def get_fact(pack_id: str, key: str, on: date) -> tuple[Fact, Pack, tuple[VersionView, ...]]:
    """Return one fact with its pack and all its versions, newest first (0 or 1 query).

    :raises NotFound: no such pack, or nothing under this key in it
    """
    pack = queries.packs().get(pack_id) or queries.all_packs().get(pack_id)
    if pack is None:
        raise NotFound("policy.pack_missing", pack=pack_id, known="、".join(queries.packs()))
    for fact in _of_pack(pack, on, _givers(queries.packs().values())):
        if fact.key == key:
            return fact, pack, showing.versions_of(pack, key, on)
    raise NotFound("policy.unknown_key", key=key)


def applying(facts: Iterable[Fact], order: Sequence[str]) -> list[Fact]:
    """Return the facts of the packs in ``order`` (ids, nearest first).

    Of those in force under one key only that of the nearest pack is left.
    """
    places = {pack: place for place, pack in enumerate(order)}
    here = [fact for fact in facts if fact.pack in places]
    nearest: dict[str, int] = {}
    for fact in here:
        if fact.standing is Standing.IN_FORCE:
            place = places[fact.pack]
            nearest[fact.key] = min(place, nearest.get(fact.key, place))
    return [fact for fact in here if fact.standing is not Standing.IN_FORCE or nearest[fact.key] == places[fact.pack]]


def _givers(packs: Iterable[Pack]) -> Mapping[str, Sequence[str]]:
    """Return key → labels of the packs that give it."""
    givers: dict[str, list[str]] = {}
    for pack in packs:
        for key in (*pack.parameters, *pack.tables):
            givers.setdefault(key, []).append(showing.name_of(pack))
    return givers


def _of_pack(pack: Pack, on: date, givers: Mapping[str, Sequence[str]]) -> Iterable[Fact]:
    name = showing.name_of(pack)

    def others(key: str) -> tuple[str, ...]:
        return tuple(label for label in givers.get(key, ()) if label != name)

    for parameter in pack.parameters.values():
        view = showing.parameter_view(parameter, on)
        now, every = view.now, (view.now, *view.others)
        version = next(v for v in parameter.versions if v.effective_from == now.since)
        # What is repealed for some only is in force for the others.
        is_in_force = any(one.standing is Standing.IN_FORCE for one in every)
        yield Fact(
            pack.id, name, PARAMETER, view.key, view.label, view.section, _words(now), now.since,
            Standing.IN_FORCE if is_in_force else now.standing, len(every), now.basis, version.basis.instrument,
            view.direction, now.group, now.mark, now.tone, now.confidence, usage.users_of(view.key, pack),
            others(view.key), now.notes,
        )  # fmt: skip
    for key, tables in pack.tables.items():
        views = showing.versions_of(pack, key, on)
        now = next((one for one in views if one.since <= on), views[-1])
        table = next(one for one in tables if one.effective_from == now.since)
        yield Fact(
            pack.id, name, TABLE, key, table.label, table.section, _words(now), now.since, now.standing, len(views),
            now.basis, table.basis.instrument, "", now.group, now.mark, now.tone, now.confidence,
            usage.users_of(key, pack), others(key), now.notes,
        )  # fmt: skip


def _words(version: VersionView) -> str:
    whom = f"（仅适用 {version.only_for}）" if version.only_for else ""
    return f"{version.words}{whom}" + (f"（{Standing.FUTURE.label}）" if version.standing is Standing.FUTURE else "")
