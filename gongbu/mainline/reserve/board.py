"""目标看板: what each library holds against its target, with gap and trend; every figure opens its rows.

Sums come out of the flat rows' own indexes, a project in several libraries counted once in the county's total. A person
who does not see all of the county sees the libraries that are wholly in his sight, and no county total.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum

from gongbu.ground.basics import clock
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.mainline.reserve import queries
from gongbu.mainline.reserve.choices import FileState, Industry, LibraryKind, Step
from gongbu.mainline.reserve.models import Library, LibraryEntry, ReserveFile, Snapshot
from gongbu.mainline.reserve.rules.ageing import add_months
from gongbu.mainline.reserve.rules.targets import Gap, Holding, compute_gap, compute_share_gap
from gongbu.mainline.reserve.system import SHARE, System, system_of

TOGETHER = "county_reserve.targets_together"
TREND_MONTHS = 12
WHOLE = 0  # library id of the county's own snapshot
_FIELD = {kind: f"{kind.lower()}_id" for kind in LibraryKind.values}
EMPTY = Holding()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The total at the end of a month, or today."""

    month_on: date
    total_fen: int
    projects: int
    industry_fen: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One library, or all of a kind (``library`` None): its holding, target (None: not set for it), gap and trend."""

    label: str
    kind: str
    holding: Holding
    library: Library | None = None
    target: DatedValue | None = None
    gap: Gap | None = None
    trend: Sequence[TrendPoint] = ()

    @property
    def change_fen(self) -> int | None:
        """Total now less that of the last snapshot of an earlier month; None without one."""
        return self.holding.total_fen - self.trend[-2].total_fen if len(self.trend) > 1 else None


@dataclass(frozen=True, slots=True)
class Group:
    """The libraries of a kind with their sum; ``is_together``: the target is for the sum and not for each."""

    kind: str
    label: str
    lines: Sequence[Line]
    whole: Line
    is_together: bool


@dataclass(frozen=True, slots=True)
class Board:
    """The board of one county as one person may see it."""

    holder: Region
    system: System
    sees_all: bool
    county: Line | None
    general: Line | None
    groups: Sequence[Group]
    share_target: DatedValue | None
    share_met: bool
    share_short_fen: int
    states: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    attentions: Mapping[str, int] = field(default_factory=dict)
    doubted: Holding = EMPTY


def get_board(actor: Actor, holder: Region, on: date | None = None, system: System | None = None) -> Board:
    """Return the board of a county (about eleven queries, whatever the number of projects).

    ``system``: what would apply, in place of what does.
    """
    day = on or clock.today()
    system = system or system_of(holder, day)
    sees_all = any(lo <= holder.key_lo and holder.key_hi <= hi for lo, hi in actor.ranges(queries.VIEW))
    libraries = [lib for lib in queries.list_libraries(holder) if sees_all or _is_his(actor, lib)]
    rows = ReserveFile.objects.unscoped("libraries wholly in the actor's sight").filter(holder_key=holder.key_lo)
    held = {kind: _sums(rows, kind, [lib.pk for lib in libraries if lib.kind == kind]) for kind in LibraryKind.values}
    trends = _trends(holder, [WHOLE, *(lib.pk for lib in libraries)], day)
    together = set(system.texts(TOGETHER))
    groups = [
        _group(kind, [lib for lib in libraries if lib.kind == kind], held[kind], trends, system, kind in together, day)
        for kind in (LibraryKind.SECTOR, LibraryKind.CHAIN, LibraryKind.TOWNSHIP)
    ]
    general = next(
        (_line(lib, held[lib.kind], trends, system, day) for lib in libraries if lib.kind == LibraryKind.GENERAL), None
    )
    share = system.value(SHARE)
    met, short = compute_share_gap(general.holding, Decimal(str(share.value))) if general and share else (False, 0)
    seen = queries.list_files(actor).filter(holder_key=holder.key_lo).order_by()
    return Board(
        holder, system, sees_all, _county(rows, trends, day) if sees_all else None, general,
        [group for group in groups if group.lines], share, met, short, *_waiting(seen), _doubted(seen),
    )  # fmt: skip


def _is_his(actor: Actor, library: Library) -> bool:
    """Return whether all rows of a library are in sight though the county is not: kept by his unit, or his township's."""
    if actor.unit_id is not None and library.keeper_id == actor.unit_id:
        return True
    if library.kind != LibraryKind.TOWNSHIP or library.township_id is None:
        return False
    return any(lo <= int(_key_of(library)) < hi for lo, hi in actor.ranges(queries.VIEW))


def _key_of(library: Library) -> int:
    return library.township.key_lo if library.township is not None else library.region_key


def _sums(rows: "QuerySet[ReserveFile]", kind: str, library_ids: Sequence[int]) -> dict[int, Holding]:
    """Return library id → holding of a kind (1 query, out of one index)."""
    if not library_ids:
        return {}
    name = _FIELD[kind]
    found = _grouped(rows.filter(is_counted=True, **{f"{name}__isnull": False}), name)
    return {pk: holding for pk, holding in found.items() if pk in set(library_ids)}


def _grouped(rows: "QuerySet[Any]", *keys: str) -> dict[Any, Holding]:
    grouped = (
        rows.order_by()
        .values_list(*keys, "industry")
        .annotate(
            n=Count("*"),
            total=Sum("total_investment_fen", output_field=BigIntegerField()),
            reported=Count("total_investment_fen"),
        )
    )
    found: dict[Any, Holding] = {}
    for *key, industry, n, total, reported in grouped:
        part = Holding(
            n, total or 0, n if industry == Industry.YES else 0, (total or 0) if industry == Industry.YES else 0,
            n if industry == Industry.UNKNOWN else 0, (total or 0) if industry == Industry.UNKNOWN else 0, n - reported,
        )  # fmt: skip
        place = key[0] if key else None
        found[place] = found.get(place, EMPTY).plus(part)
    return found


def _county(rows: "QuerySet[ReserveFile]", trends: Mapping[int, Sequence[TrendPoint]], day: date) -> Line:
    holding = _grouped(rows.filter(is_counted=True, state=FileState.IN)).get(None, EMPTY)
    return Line("全县在库", "", holding, trend=_with_today(trends.get(WHOLE, ()), holding, day))


def _line(
    library: Library, held: Mapping[int, Holding], trends: Mapping[int, Sequence[TrendPoint]], system: System, day: date,
    *, has_target: bool = True,
) -> Line:  # fmt: skip
    holding = held.get(library.pk, EMPTY)
    target = system.target(library.kind) if has_target else None
    gap = compute_gap(holding.total_fen, int(str(target.value))) if target else None
    trend = _with_today(trends.get(library.pk, ()), holding, day)
    return Line(library.name, library.kind, holding, library, target, gap, trend)


def _group(
    kind: str, libraries: Sequence[Library], held: Mapping[int, Holding], trends: Mapping[int, Sequence[TrendPoint]],
    system: System, is_together: bool, day: date,
) -> Group:  # fmt: skip
    lines = [_line(lib, held, trends, system, day, has_target=not is_together) for lib in libraries]
    total = EMPTY
    for line in lines:
        total = total.plus(line.holding)
    target = system.target(kind) if is_together else None
    gap = compute_gap(total.total_fen, int(str(target.value))) if target else None
    label = LibraryKind(kind).label
    return Group(kind, label, lines, Line(f"{label}合计", kind, total, None, target, gap), is_together)


def _waiting(rows: "QuerySet[ReserveFile]") -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return the number of files by state, by step and by attention (1 query)."""
    states: dict[str, int] = {}
    steps: dict[str, int] = {}
    attentions: dict[str, int] = {}
    for state, step, attention, n in rows.values_list("state", "step", "attention").annotate(n=Count("*")):
        states[state] = states.get(state, 0) + n
        if step and state != FileState.RETURNED:
            steps[step] = steps.get(step, 0) + n
        if attention:
            attentions[attention] = attentions.get(attention, 0) + n
    return states, {s: steps[s] for s in Step.values if s in steps}, attentions


def _doubted(rows: "QuerySet[ReserveFile]") -> Holding:
    """Return what is left out until somebody has looked at its amount (1 query, out of an index of these alone)."""
    found = rows.filter(is_doubted=True).aggregate(
        n=Count("*"), total=Sum("total_investment_fen", output_field=BigIntegerField())
    )
    return Holding(found["n"], found["total"] or 0)


# --- trend ------------------------------------------------------------------------------------------------------------


def _trends(holder: Region, library_ids: Sequence[int], day: date) -> dict[int, list[TrendPoint]]:
    """Return library id → points of the last months before this one, oldest first (1 query)."""
    first = day.replace(day=1)
    rows = Snapshot.objects.unscoped("of libraries in sight").filter(
        holder_key=holder.key_lo,
        library_id__in=library_ids,
        month_on__gte=add_months(first, -TREND_MONTHS),
        month_on__lt=first,
    )
    found: dict[int, list[TrendPoint]] = {}
    for pk, month, total, projects, industry in rows.order_by("month_on").values_list(
        "library_id", "month_on", "total_fen", "projects", "industry_fen"
    ):
        found.setdefault(pk, []).append(TrendPoint(month, total, projects, industry))
    return found


def _with_today(points: Sequence[TrendPoint], holding: Holding, day: date) -> list[TrendPoint]:
    return [*points, TrendPoint(day, holding.total_fen, holding.projects, holding.industry_fen)]


def take_snapshots(on: date) -> int:
    """Keep what every library held on a day as the figure of its month; returns their number. May run again.

    A day that was missed is computed from the days on which entries came and went, with today's amounts.
    """
    holders = Region.objects.filter(
        pk__in=Library.objects.unscoped("which counties have libraries").filter(opened_on__lte=on).values("region_id")
    )
    count = 0
    for holder in holders:
        count += _take(holder, on)
    return count


@transaction.atomic
def _take(holder: Region, on: date) -> int:
    system = system_of(holder, on)
    libraries = Library.objects.unscoped("all of a county").filter(region=holder, opened_on__lte=on)
    held = LibraryEntry.objects.unscoped("all of a county").filter(
        Q(out_on=None) | Q(out_on__gt=on), library__region=holder, in_on__lte=on
    )
    by_library: dict[int, set[int]] = {}
    county: set[int] = set()
    for library_id, kind, pk in held.values_list("library_id", "kind", "project_id"):
        by_library.setdefault(library_id, set()).add(pk)
        if kind != LibraryKind.TOWNSHIP:
            county.add(pk)
    facts = {
        pk: (total or 0, industry == Industry.YES)
        for pk, total, industry in ReserveFile.objects.unscoped("all of a county")
        .filter(holder_key=holder.key_lo, is_counted=True)
        .values_list("pk", "total_investment_fen", "industry")
    }
    rows = []
    month = on.replace(day=1)
    wanted: list[tuple[int, str, set[int]]] = [(WHOLE, "", county)]
    wanted += [
        (lib.pk, lib.kind, by_library.get(lib.pk, set()))
        for lib in libraries
        if lib.closed_on is None or lib.closed_on > on
    ]
    for library_id, kind, projects in wanted:
        counted = [facts[pk] for pk in projects if pk in facts]
        target = system.target(kind) if kind else None
        rows.append(
            Snapshot(
                holder_key=holder.key_lo, library_id=library_id, month_on=month, taken_on=on, projects=len(counted),
                total_fen=sum(total for total, _ in counted),
                industry_fen=sum(total for total, is_industry in counted if is_industry),
                target_fen=int(str(target.value)) if target else None,
            )
        )  # fmt: skip
    Snapshot.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["holder_key", "library_id", "month_on"],
        update_fields=["taken_on", "projects", "total_fen", "industry_fen", "target_fen"],
    )
    return len(rows)
