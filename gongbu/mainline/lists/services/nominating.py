"""What the criteria of the packs nominate, computed before an act begins: only reads, holds no lock.

The candidates of a table are narrowed in SQL by what its proposing rows ask at least; facts are then computed for those
alone, once for all the kinds asked for. The table itself decides: narrowing leaves out only what no row can propose.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from gongbu.ground.policy.rules.decisions import Decision
from gongbu.ground.policy.rules.tables import Cell, Input, Table
from gongbu.mainline.lists.system import CRITERIA, PROPOSE, System
from gongbu.mainline.projects import facts as project_facts
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.promotion import queries as promotion
from gongbu.mainline.reserve import queries as reserve


class Nomination:
    """What one table proposes: project id → its decision, in order of ids. Empty where a kind is filled by hand.

    No dataclass: an act looks through those it is given for control characters, and this is thousands of our own words.
    """

    __slots__ = ("decisions",)

    def __init__(self, decisions: Mapping[int, Decision] | None = None) -> None:
        self.decisions: Mapping[int, Decision] = decisions or {}

    @property
    def policy(self) -> list[dict[str, Any]]:
        """The reference of the table's version, for the book."""
        first = next(iter(self.decisions.values()), None)
        return [first.ref.as_dict()] if first else []


def nominate(system: System, kinds: Sequence[str], on: date) -> dict[str, Nomination]:
    """Return what the criteria of each kind nominate in the county now (a few queries per thousand candidates).

    A kind without a table is filled by hand, on the strength of documents.
    """
    known = {name for pack in system.policy.packs for name in pack.tables}
    tables = {kind: key for kind in kinds if (key := CRITERIA + kind.lower()) in known}
    found = {kind: system.policy.table(key, on)[1] for kind, key in tables.items()}
    candidates = {kind: list_candidates(system, table, on) for kind, table in found.items()}
    ids = sorted({pk for some in candidates.values() for pk in some})
    facts = facts_for(ids, on, frozenset().union(*(system.policy.reads(key, on) for key in tables.values())))
    return {
        kind: _propose(system, tables[kind], candidates[kind], facts, on) if kind in tables else Nomination()
        for kind in kinds
    }


def _propose(
    system: System, key: str, ids: Sequence[int], facts: Mapping[int, Mapping[str, Any]], on: date
) -> Nomination:
    if not ids:
        return Nomination()
    columns = {name: [facts[pk].get(name) for pk in ids] for name in sorted(system.policy.reads(key, on))}
    values: Sequence[Any] = system.policy.decide_many(key, columns, on).values.tolist()
    chosen = [pk for pk, value in zip(ids, values, strict=True) if value == PROPOSE]
    return Nomination({pk: system.policy.decide(key, facts[pk], on) for pk in chosen})


def facts_for(project_ids: Sequence[int], on: date, needed: Collection[str] | None = None) -> dict[int, dict[str, Any]]:
    """Return the facts that criteria may read: those of the projects, of the reserve, and of investment leads.

    ``needed``: the facts that will be read; rooms that contribute none of them are not asked. None: all.
    """
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(project_ids), project_facts.CHUNK):
        some = list(project_ids[start : start + project_facts.CHUNK])
        marks = reserve.list_marks(some)
        landed = promotion.list_landed(some)
        for pk, facts in project_facts.facts_of(some, on, needed=needed).items():
            found[pk] = {**facts.as_mapping(), **marks.get(pk, {}), "is_investment_lead": pk in landed}
    return found


# -- narrowing -----------------------------------------------------------------------------------------------------


def list_candidates(system: System, table: Table, on: date) -> list[int]:
    """Return the live projects of the county that some row of the table may propose (1–3 queries).

    Every condition of a row must hold for it to decide, whatever the others say; those that can be said in SQL are. A
    table under superior law may be overruled in any row, so nothing is narrowed there.
    """
    where = Q()
    if table.superior is None:
        where = Q(pk__in=[])
        for row in table.rows:
            if row.then == PROPOSE:
                where |= narrowed(table, row.cells, on)
    return projects.list_live_ids(system.region.key_lo, system.region.key_hi, where)


def narrowed(table: Table, cells: Mapping[str, Cell], on: date) -> Q:
    """Return what the conditions of one row ask of a flat row, as far as it can be said in SQL; Q() asks nothing."""
    where = Q(pk__isnull=False)
    for key, cell in cells.items():
        item = table.inputs[key]
        # An unknown fact may meet the row when the table waits for it, and an alias may give what the column does not.
        if cell.unknown or item.unknown != "row" or item.decided_by or item.aliases:
            continue
        if key in projects.FLAT_FACTS:
            where &= _on_column(key, cell)
        elif key in _ELSEWHERE:
            where &= _ELSEWHERE[key](item, cell, on)
    return where


def _on_column(key: str, cell: Cell) -> Q:
    if cell.codes is not None:
        return Q(**{f"{key}__in": sorted(cell.codes)})
    where = Q()
    if cell.low is not None:
        where &= Q(**{f"{key}__{'gte' if cell.low_closed else 'gt'}": cell.low})
    if cell.high is not None:
        where &= Q(**{f"{key}__{'lte' if cell.high_closed else 'lt'}": cell.high})
    return where


def _is_only(cell: Cell, code: str) -> bool:
    return cell.codes == frozenset({code})


def _in_reserve(item: Input, cell: Cell, on: date) -> Q:
    return Q(pk__in=reserve.held_ids(on)) if _is_only(cell, "true") else Q()


def _in_general(item: Input, cell: Cell, on: date) -> Q:
    return Q(pk__in=reserve.held_ids(on, general=True)) if _is_only(cell, "true") else Q()


def _is_industry(item: Input, cell: Cell, on: date) -> Q:
    return Q(pk__in=reserve.industry_ids(is_industry=True)) if _is_only(cell, "true") else Q()


def _ready(item: Input, cell: Cell, on: date) -> Q:
    if not isinstance(cell.low, int):
        return Q()
    return Q(pk__in=reserve.ready_ids(cell.low))


def _is_lead(item: Input, cell: Cell, on: date) -> Q:
    return Q(pk__in=promotion.landed_ids()) if _is_only(cell, "true") else Q()


_ELSEWHERE: Mapping[str, Callable[[Input, Cell, date], Q]] = {
    "in_reserve": _in_reserve, "in_general_library": _in_general, "is_industry": _is_industry, "ready_count": _ready,
    "is_investment_lead": _is_lead,
}  # fmt: skip
