"""制度事实: every parameter and table of the packs as one list, with basis, certainty, versions, and who uses it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gongbu.ground.policy import queries, showing, usage
from gongbu.ground.policy.rules.policy import Pack

TO_CHECK = ("核原文", "待确认")
PARAMETER, TABLE = "参数", "决策表"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as the list shows it. ``elsewhere``: packs that give the same key, so that it may differ there."""

    pack: str
    pack_label: str
    kind: str
    key: str
    label: str
    section: str
    words: str
    since: date
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to; empty means everything."""

    pack: str = ""
    group: str = ""
    instrument: str = ""
    used: str = ""
    words: str = ""

    def takes(self, fact: Fact) -> bool:
        """Return whether a fact is asked for."""
        text = f"{fact.label} {fact.words} {fact.basis} {fact.section} {fact.key}".lower()
        return (
            (not self.pack or fact.pack == self.pack)
            and (not self.group or fact.group == self.group or (self.group == "TO_CHECK" and fact.group in TO_CHECK))
            and (not self.instrument or fact.instrument == self.instrument)
            and (not self.used or bool(fact.users) == (self.used == "YES"))
            and all(word in text for word in self.words.lower().split())
        )


def list_facts(on: date) -> list[Fact]:
    """Return every fact of the installed packs, pack by pack as they are listed."""
    packs = queries.packs()
    givers: dict[str, list[str]] = {}
    for pack in packs.values():
        for key in (*pack.parameters, *pack.tables):
            givers.setdefault(key, []).append(pack.label)
    return [fact for pack in packs.values() for fact in _of_pack(pack, on, givers)]


def _of_pack(pack: Pack, on: date, givers: Mapping[str, Sequence[str]]) -> Iterable[Fact]:
    def others(key: str) -> tuple[str, ...]:
        return tuple(label for label in givers[key] if label != pack.label)

    for parameter in pack.parameters.values():
        view = showing.parameter_view(parameter, on)
        now = view.now
        version = next(v for v in parameter.versions if v.effective_from == now.since)
        words = now.words if now.state == "现行" else f"{now.words}（{now.state}）"
        yield Fact(
            pack.key, pack.label, PARAMETER, view.key, view.label, view.section, words, now.since,
            len(parameter.versions), now.basis, version.basis.instrument, view.direction, now.group, now.mark, now.tone,
            now.confidence, usage.users_of(view.key, pack), others(view.key), now.notes,
        )  # fmt: skip
    for versions in pack.tables.values():
        begun = [table for table in versions if table.effective_from <= on]
        table = begun[-1] if begun else versions[0]
        shown = showing.table_view(table)
        yield Fact(
            pack.key, pack.label, TABLE, table.key, table.label, table.section,
            f"{len(table.rows)} 行，{len(table.outputs)} 种结论", table.effective_from, len(versions), shown.basis,
            table.basis.instrument, "", showing.group_of(table.confidence), shown.mark, shown.tone, shown.confidence,
            usage.users_of(table.key, pack), others(table.key), tuple(filter(None, (table.note, table.from_note))),
        )  # fmt: skip
