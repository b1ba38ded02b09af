"""制度事实: every parameter and table of the packs as one list, with basis, certainty, versions, and who uses it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from gongbu.ground.orgs.region_data import pinyin
from gongbu.ground.policy import queries, showing, usage
from gongbu.ground.policy.rules.policy import Pack
from gongbu.ground.policy.rules.tables import Table
from gongbu.ground.policy.showing import VersionView

TO_CHECK = ("核原文", "待确认")
PARAMETER, TABLE = "参数", "决策表"
IN_FORCE, LATER, REPEALED = "现行", "尚未施行", "已废止"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as the list shows it on a day. ``versions`` are all of it, newest first; ``elsewhere``: packs that give
    the same key, so that it may differ there; ``regions`` apply its pack on that day; ``cases``: its golden cases.
    """

    pack: str
    pack_label: str
    kind: str
    key: str
    label: str
    section: str
    state: str
    words: str
    since: date
    versions: tuple[VersionView, ...]
    basis: str
    instrument: str
    direction: str
    group: str
    mark: str
    tone: str
    certainty: str
    users: tuple[str, ...]
    elsewhere: tuple[str, ...]
    regions: tuple[str, ...]
    notes: tuple[str, ...]
    cases: int


_spoken = cache(pinyin)
SORTS: Mapping[str, Callable[[Fact], Any]] = {
    "label": lambda fact: _spoken(fact.label),
    "since": lambda fact: fact.since,
    "basis": lambda fact: _spoken(fact.basis),
    "mark": lambda fact: showing.TONES_SHOWN.index(fact.group),
    "users": lambda fact: len(fact.users),
}
"""What the list may be ordered by; without one it stands pack by pack, as the packs have it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to; empty means everything. ``force``: the state on the day that the list is of."""

    pack: str = ""
    group: str = ""
    instrument: str = ""
    used: str = ""
    force: str = ""
    words: str = ""

    def takes(self, fact: Fact) -> bool:
        """Return whether a fact is asked for."""
        text = f"{fact.label} {fact.words} {fact.basis} {fact.section} {fact.key}".lower()
        return (
            (not self.pack or fact.pack == self.pack)
            and (not self.group or fact.group == self.group or (self.group == "TO_CHECK" and fact.group in TO_CHECK))
            and (not self.instrument or fact.instrument == self.instrument)
            and (not self.used or bool(fact.users) == (self.used == "YES"))
            and (not self.force or fact.state == self.force)
            and all(word in text for word in self.words.lower().split())
        )


def list_facts(on: date, regions: Mapping[str, Sequence[str]] | None = None) -> list[Fact]:
    """Return every fact of the installed packs as it stands on a day, pack by pack as they are listed.

    :param regions: pack → names of the regions that apply it (``queries.adopters_by_pack``), where they are wanted
    """
    packs = queries.packs()
    givers: dict[str, list[str]] = {}
    for pack in packs.values():
        for key in (*pack.parameters, *pack.tables):
            givers.setdefault(key, []).append(pack.label)
    return [
        fact for pack in packs.values() for fact in _of_pack(pack, on, givers, tuple((regions or {}).get(pack.key, ())))
    ]


def _of_pack(pack: Pack, on: date, givers: Mapping[str, Sequence[str]], regions: tuple[str, ...]) -> Iterable[Fact]:
    cases = Counter(file.parameter or file.table for _, file in pack.extras["cases"] for _ in file.cases)

    def others(key: str) -> tuple[str, ...]:
        return tuple(label for label in givers[key] if label != pack.label)

    for parameter in pack.parameters.values():
        view = showing.parameter_view(parameter, on)
        now = view.now
        version = next(v for v in parameter.versions if v.effective_from == now.since)
        state = LATER if now.state == LATER else IN_FORCE if version.value is not None else REPEALED
        yield Fact(
            pack.key, pack.label, PARAMETER, view.key, view.label, view.section, state, now.words, now.since,
            _newest_first(now, view.others), now.basis, version.basis.instrument, view.direction, now.group, now.mark,
            now.tone, now.confidence, usage.users_of(view.key, pack), others(view.key), regions, now.notes,
            cases[view.key],
        )  # fmt: skip
    for tables in pack.tables.values():
        begun = [table for table in tables if table.effective_from <= on]
        table = begun[-1] if begun else tables[0]
        views = {one.effective_from: _table_version(one, table, on) for one in tables}
        now = views[table.effective_from]
        yield Fact(
            pack.key, pack.label, TABLE, table.key, table.label, table.section, IN_FORCE if begun else LATER, now.words,
            now.since, tuple(views[day] for day in sorted(views, reverse=True)), now.basis, table.basis.instrument, "",
            now.group, now.mark, now.tone, now.confidence, usage.users_of(table.key, pack), others(table.key), regions,
            now.notes, cases[table.key],
        )  # fmt: skip


def _newest_first(now: VersionView, others: Iterable[VersionView]) -> tuple[VersionView, ...]:
    return tuple(sorted((now, *others), key=lambda version: version.since, reverse=True))


def _table_version(table: Table, now: Table, on: date) -> VersionView:
    mark, tone = showing.mark_of(table.confidence)
    state = LATER if table.effective_from > on else IN_FORCE if table is now else "此前"
    return VersionView(
        table.effective_from, f"{len(table.rows)} 行，{len(table.outputs)} 种结论", str(table.basis), mark,
        showing.group_of(table.confidence), tone, table.confidence.label, "",
        tuple(filter(None, (table.note, table.from_note))), state,
    )  # fmt: skip


def ordered(facts: Iterable[Fact], sort: str) -> list[Fact]:
    """Return facts by one of :data:`SORTS` (with ``-`` the other way round), else as they come."""
    rows = list(facts)
    if by := SORTS.get(sort.removeprefix("-")):
        rows.sort(key=by, reverse=sort.startswith("-"))
    return rows
