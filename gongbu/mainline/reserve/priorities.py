"""入库优先事项 (实施方案 第5条): what a project in the reserve gets first, as far as the rooms and the 发改 office know.

The packs say which there are (``county_reserve.entry_priorities``). The 发改 office records them with its own act; a room
that knows of one (专班调度, 前期费 …) adds a source from ``AppConfig.ready`` with :func:`add_source`, and the column fills.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gongbu.mainline.reserve.models import Priority

NOT_YET = "尚未安排"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """That a priority was arranged: the day, what was said, by whom, and the page that shows it ("" when there is none)."""

    on: date
    note: str = ""
    by: str = ""
    href: str = ""


Told = Callable[[Collection[int]], Mapping[int, Arrangement]]


@dataclass(frozen=True, slots=True)
class Source:
    """A room that knows of one priority. ``told(project_ids)`` returns what is arranged, in at most a query or two.

    ``words``: the priority of a pack whose name holds one of them is meant. ``topics`` of the outbox (their subject a
    project) say after what to look again.
    """

    key: str
    words: tuple[str, ...]
    told: Told
    topics: tuple[str, ...] = field(default=())

    def means(self, name: str) -> bool:
        """Return whether the priority of this name is the one it knows of."""
        return any(word in name for word in self.words)


_SOURCES: dict[str, Source] = {}
_LISTENING: list[Callable[[Source], None]] = []


def add_source(source: Source) -> None:
    """Add a source; the same key replaces itself. Files follow its topics."""
    _SOURCES[source.key] = source
    for listen in _LISTENING:
        listen(source)


def drop_source(key: str) -> None:
    """Take a source away (for tests, and for a room that is closed)."""
    _SOURCES.pop(key, None)


def follow(listen: Callable[[Source], None]) -> None:
    """Call ``listen`` for every source, present and later (the room's own listener)."""
    _LISTENING.append(listen)
    for source in list(_SOURCES.values()):
        listen(source)


def arranged_of(names: Mapping[int, Sequence[str]]) -> dict[int, dict[str, Arrangement]]:
    """Return project id → name → arrangement, of the priorities that each project's packs name (1 query and the sources').

    What a room tells counts before what was recorded by hand.
    """
    found: dict[int, dict[str, Arrangement]] = {pk: {} for pk in names}
    if not any(names.values()):
        return found
    rows = Priority.objects.unscoped("of named projects").filter(project_id__in=list(names), is_standing=True)
    for row in rows:
        if row.name in names[row.project_id]:
            found[row.project_id][row.name] = Arrangement(row.arranged_on, row.note, row.unit_name or row.person_name)
    for source in list(_SOURCES.values()):
        for pk, arrangement in source.told(list(names)).items():
            for name in names.get(pk, ()):
                if source.means(name):
                    found[pk][name] = arrangement
    return found


# --- the flat text: |专班调度=2026-11-02|前期费-| ----------------------------------------------------------------------


def pack(names: Sequence[str], arranged: Mapping[str, Arrangement]) -> str:
    """Return the flat text of a row: every priority of the packs in order, with its day when it is arranged."""
    said = [f"{name}={arranged[name].on.isoformat()}" if name in arranged else f"{name}-" for name in names]
    return f"|{'|'.join(said)}|" if said else ""


def unpack(text: str) -> list[tuple[str, str]]:
    """Return (name, day or "") of each priority of a flat text, in order."""
    return [_pair(part) for part in text.split("|") if part]


def _pair(part: str) -> tuple[str, str]:
    if part.endswith("-"):
        return part[:-1], ""
    name, _, day = part.rpartition("=")
    return name, day


def is_arranged(name: str) -> str:
    """Return what a flat text holds where this priority is arranged."""
    return f"|{name}="


def is_open(name: str) -> str:
    """Return what a flat text holds where this priority is not arranged yet."""
    return f"|{name}-|"
