"""Read the reserve: flat files, entries with their opinions, libraries, indicators. Rows out of sight do not exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from gongbu.ground.basics import reach
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rights import rights
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.reserve import priorities
from gongbu.mainline.reserve.choices import EntryState, FileState, Industry, LibraryKind
from gongbu.mainline.reserve.models import Library, LibraryEntry, Opinion, PerformanceTarget, ReserveFile
from gongbu.mainline.reserve.system import PRIORITIES, System, holder_of

VIEW = "reserve.view"
KIND_ORDER = {kind: order for order, kind in enumerate(LibraryKind.values)}


def visible(actor: Actor) -> Q:
    """Return the row filter of the files that the actor may read (at most 2 small queries).

    Staff see their regions' files, a county's own through one equality that indexes answer. Departments with grants
    within a sector see their sector and what their libraries hold or examine; units see what they own or declared.
    """
    where = Q(pk__in=[])
    wide = actor.ranges(VIEW)
    for lo, hi in wide:
        where |= _range(lo, hi)
    if wide:
        return where
    for grant in actor.grants:
        if grant.sector and grant.role in rights().roles_for(VIEW) - rights().own_records_only:
            where |= Q(region_key__gte=grant.lo, region_key__lt=grant.hi, sector=grant.sector)
    if actor.unit_id is None or not actor.may(VIEW):
        return where
    if kept := list(_kept_by(actor.unit_id)):
        for name in ("general_id", "sector_id", "chain_id", "township_id", "step_library_id"):
            where |= Q(**{f"{name}__in": kept})
    where |= Q(declared_unit_id=actor.unit_id)
    return where | Q(owner_unit_id=actor.unit_id) if actor.may_own(VIEW) else where


def _range(lo: int, hi: int) -> Q:
    """Return the test of one region range: by the county's own key where it is one, inside it where it is a township,
    else so that no index answers and the planner walks in sort order (see projects.access.visible)."""
    region = Region.objects.filter(key_lo=lo, key_hi=hi).values_list("level", flat=True).first()
    if region == Region.Level.COUNTY:
        return Q(holder_key=lo) & _within(lo, hi)
    if region == Region.Level.TOWNSHIP:
        return Q(region_key__gte=lo, region_key__lt=hi)
    return _within(lo, hi)


def _within(lo: int, hi: int) -> Q:
    """Return a region range that SQLite tests on each row and searches no index by; PostgreSQL has histograms."""
    if connection.vendor == "postgresql":
        return Q(region_key__gte=lo, region_key__lt=hi)
    key = F("region_key") + Value(0)
    return Q(GreaterThanOrEqual(key, lo)) & Q(LessThan(key, hi))


def _kept_by(unit_id: int) -> "QuerySet[Library, int]":
    rows = Library.objects.unscoped("libraries of the actor's own unit").filter(keeper_id=unit_id, closed_on=None)
    return rows.values_list("pk", flat=True)


def list_files(actor: Actor) -> "QuerySet[ReserveFile]":
    """Return the flat rows that the actor may read, unevaluated; registers and selections narrow and page them."""
    return ReserveFile.objects.narrowed("queries.visible").filter(visible(actor))


def list_declared(actor: Actor) -> "QuerySet[ReserveFile]":
    """Return the flat rows of what the actor's unit (or he himself) declared, unevaluated."""
    where = Q(declared_person_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    if actor.unit_id is not None:
        where |= Q(declared_unit_id=actor.unit_id)
    return ReserveFile.objects.unscoped("the actor's own declarations").filter(where)


def get_file(project_id: int, actor: Actor) -> ReserveFile | None:
    """Return the file of a project in the actor's sight, None when it is in no reserve (1–3 queries)."""
    return list_files(actor).filter(pk=project_id).first()


def find_file(project_id: int) -> ReserveFile | None:
    """Return the file of a project, None without one (1 query). The caller has tested that it may be seen."""
    return ReserveFile.objects.unscoped("the caller has tested it").filter(pk=project_id).first()


def get_entry(entry_id: int, actor: Actor) -> LibraryEntry:
    """Return an entry with project, library and keeper, of a file that the actor may read or whose unit declared it.

    :raises NotFound: none such in his sight
    """
    rows = LibraryEntry.objects.unscoped("tested by the file").select_related(
        "project__competent_region", "library__keeper", "library__region"
    )
    entry = rows.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("reserve.entry_missing")
    mine = actor.unit_id is not None and actor.unit_id in (entry.declared_unit_id, entry.library.keeper_id)
    if not mine and not list_files(actor).filter(pk=entry.project_id).exists():
        raise NotFound("reserve.entry_missing")
    return entry


def list_entries(project_id: int) -> list[LibraryEntry]:
    """Return the entries of a project, newest first (1 query). The caller has tested that it may be seen."""
    rows = LibraryEntry.objects.unscoped("entries of a project that the caller may see").filter(project_id=project_id)
    return list(rows.select_related("project__competent_region", "library__keeper", "library__region").order_by("-pk"))


def list_opinions(project_id: int) -> list[Opinion]:
    """Return the opinions on a project, oldest first (1 query). The caller has tested that it may be seen."""
    with reach.widened("opinions on a project that the caller may see"):
        return list(Opinion.objects.filter(project_id=project_id).order_by("pk"))


def list_targets(project_id: int) -> list[PerformanceTarget]:
    """Return baseline and target values of a project (1 query). The caller has tested that it may be seen."""
    with reach.widened("targets of a project that the caller may see"):
        return list(PerformanceTarget.objects.filter(project_id=project_id).order_by("pk"))


def list_priorities(project_id: int, system: System) -> list[tuple[str, priorities.Arrangement | None]]:
    """Return each priority of the packs with how it was arranged for a project, None when it was not (1–2 queries)."""
    names = system.texts(PRIORITIES)
    arranged = priorities.arranged_of({project_id: names})[project_id]
    return [(name, arranged.get(name)) for name in names]


def list_libraries(holder: Region, kind: str = "") -> list[Library]:
    """Return the open libraries of a county with their keepers: general, sectors, chains, townships (1 query)."""
    rows = Library.objects.unscoped("libraries of a county are no secret inside it").filter(
        region=holder, closed_on=None
    )
    if kind:
        rows = rows.filter(kind=kind)
    found = list(rows.select_related("keeper", "leader_post", "region"))
    return sorted(found, key=lambda row: (KIND_ORDER[row.kind], row.pk))


def get_library(library_id: int) -> Library:
    """Return an open library with its keeper (1 query).

    :raises NotFound: no such library, or it is closed
    """
    rows = Library.objects.unscoped("the page tests the act").select_related("region", "keeper", "leader_post")
    library = rows.filter(pk=library_id, closed_on=None).first()
    if library is None:
        raise NotFound("reserve.library_missing")
    return library


def library_names(library_ids: Sequence[int]) -> dict[int, str]:
    """Return id → name (1 query)."""
    rows = Library.objects.unscoped("names only").filter(pk__in=set(library_ids))
    return dict(rows.values_list("pk", "name"))


def find_holder(actor: Actor, wanted: int | None = None, act: str = VIEW) -> Region | None:
    """Return the county whose reserve the actor looks at: the wanted one in his sight, else his own, else None.

    At most three queries. A township clerk's is the county of his township; a department's that of its grants.
    """
    spans = actor.reach(act)
    if not spans:
        return None
    if wanted is not None:
        region = Region.objects.select_related("parent").filter(pk=wanted).first()
        if region is not None and any(lo <= region.key_lo < hi or region.contains(lo) for lo, hi in spans):
            return holder_of(region)
    lo, hi = spans[0]
    own = Region.objects.select_related("parent").filter(key_lo=lo, key_hi=hi).first()
    return holder_of(own) if own is not None else None


def list_holders(actor: Actor) -> list[Region]:
    """Return the counties with open libraries that the actor may look at (1 query)."""
    where = Q(pk__in=[])
    for lo, hi in actor.reach(VIEW):
        where |= Q(key_lo__gte=lo, key_lo__lt=hi) | Q(key_lo__lte=lo, key_hi__gt=lo)
    rows = Library.objects.unscoped("which counties have libraries").filter(closed_on=None).values("region_id")
    found = Region.objects.filter(where, pk__in=rows).exclude(level=Region.Level.TOWNSHIP)
    return list(found.select_related("parent").order_by("key_lo"))


@dataclass(frozen=True, slots=True)
class ReserveFacts:
    """What the reserve contributes to ProjectFacts."""

    in_reserve: bool
    in_general_library: bool
    reserve_state: str
    reserve_libraries: str
    reserve_in_on: date | None

    def as_mapping(self) -> dict[str, Any]:
        """Return the facts by key; an unknown day is absent."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {key: value for key, value in found.items() if value is not None}


FACT_KEYS = frozenset(ReserveFacts.__dataclass_fields__)


def contribute_facts(project_ids: list[int], on: date) -> Mapping[int, Mapping[str, Any]]:
    """Return the reserve's facts of projects on a day (1 query): whether and since when which libraries hold them.

    Reads the entries and not the flat rows, so that a past day gives the state of that day.
    """
    rows = LibraryEntry.objects.unscoped("facts of named projects").filter(
        project_id__in=project_ids, in_on__isnull=False, in_on__lte=on
    )
    held: dict[int, dict[str, date]] = {}
    for pk, kind, in_on, out_on in rows.values_list("project_id", "kind", "in_on", "out_on"):
        if in_on is not None and (out_on is None or out_on > on):
            held.setdefault(pk, {})[kind] = in_on
    found: dict[int, Mapping[str, Any]] = {}
    for pk in project_ids:
        mine = held.get(pk, {})
        kinds = [kind for kind in LibraryKind.values if kind in mine]
        county = [kind for kind in kinds if kind != LibraryKind.TOWNSHIP]
        state = FileState.IN if county else FileState.TOWNSHIP if kinds else ""
        found[pk] = ReserveFacts(
            bool(county), LibraryKind.GENERAL in mine, state, ",".join(kinds), min(mine.values()) if mine else None
        ).as_mapping()
    return found


def held_ids(on: date, *, general: bool = False) -> QuerySet[Any, int]:
    """Return the projects that libraries hold on a day, township libraries aside, for a filter; ``general``: the 综合库."""
    rows = LibraryEntry.objects.unscoped("ids only, to narrow a rule's candidates").filter(
        Q(out_on=None) | Q(out_on__gt=on), in_on__lte=on
    )
    rows = rows.filter(kind=LibraryKind.GENERAL) if general else rows.exclude(kind=LibraryKind.TOWNSHIP)
    return rows.order_by().values_list("project_id", flat=True)


def industry_ids(*, is_industry: bool) -> QuerySet[Any, int]:
    """Return the projects known to be of industry, or known not to be, for a filter."""
    told = Industry.YES if is_industry else Industry.NO
    rows = ReserveFile.objects.unscoped("ids only, to narrow a rule's candidates").filter(industry=told)
    return rows.order_by().values_list("pk", flat=True)


def ready_ids(at_least: int) -> QuerySet[Any, int]:
    """Return the projects with so many matters of readiness done, for a filter."""
    rows = ReserveFile.objects.unscoped("ids only, to narrow a rule's candidates").filter(ready_count__gte=at_least)
    return rows.order_by().values_list("pk", flat=True)


def list_marks(project_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return whether projects are of industry (absent: unknown) and how many matters of readiness are done, facts of the file
    among them (1 query)."""
    rows = ReserveFile.objects.unscoped("marks of named projects").filter(pk__in=project_ids)
    told = {Industry.YES: True, Industry.NO: False}
    return {
        pk: {"ready_count": ready + facts} | ({"is_industry": told[industry]} if industry in told else {})  # type: ignore[index]
        for pk, industry, ready, facts in rows.values_list("pk", "industry", "ready_count", "facts_count")
    }


@dataclass(frozen=True, slots=True)
class Holding:
    """A project of a reserve as selections take it: flat facts, whether it is held, and every unit that declared it."""

    project_id: int
    region_key: int
    region_name: str
    name: str
    sort_key: str
    sector: str
    owner_name: str
    owner_unit_id: int | None
    total_investment_fen: int | None
    is_in: bool
    is_counted: bool
    declarer_ids: frozenset[int]


def list_holdings(project_ids: Sequence[int], holder_key: int) -> dict[int, Holding]:
    """Return project id → facts of those with a file in this county's reserve (2 queries).

    For acts of rooms that test the right in the county themselves.
    """
    ids = set(project_ids)
    rows = ReserveFile.objects.unscoped("facts of named projects").filter(pk__in=ids, holder_key=holder_key)
    entries = LibraryEntry.objects.unscoped("who declared the named projects").filter(project_id__in=ids)
    declarers: dict[int, set[int]] = {}
    # 择优 into the general library is no declaration: whoever selected has no interest in the project.
    entries = entries.exclude(declared_unit=None).exclude(kind=LibraryKind.GENERAL)
    for pk, unit_id in entries.values_list("project_id", "declared_unit_id"):
        declarers.setdefault(pk, set()).add(unit_id)
    return {
        row.pk: Holding(
            row.pk, row.region_key, row.region_name, row.name, row.sort_key, row.sector, row.owner_name,
            row.owner_unit_id, row.total_investment_fen, row.state == FileState.IN, row.is_counted,
            frozenset(declarers.get(row.pk, ())),
        )
        for row in rows
    }  # fmt: skip


def list_waiting(actor: Actor, library_ids: Sequence[int] | None = None) -> "QuerySet[LibraryEntry]":
    """Return what waits in libraries that the actor's unit keeps, or in the given ones, unevaluated."""
    rows = LibraryEntry.objects.narrowed("libraries that the caller keeps or has tested").filter(
        state=EntryState.PENDING
    )
    if library_ids is not None:
        return rows.filter(library_id__in=list(library_ids))
    return rows.filter(library__keeper_id=actor.unit_id) if actor.unit_id is not None else rows.none()


def missing_indicators(system: System, targets: Sequence[PerformanceTarget]) -> list[str]:
    """Return the indicators of the packs that a project has neither values nor a reason for."""
    given = {
        row.indicator for row in targets if row.unfit_reason or (row.baseline is not None and row.target is not None)
    }
    return [indicator.name for indicator in system.indicators if indicator.name not in given]


def held_by(rows: "QuerySet[ReserveFile]", library_id: int, *, or_waiting: bool = False) -> "QuerySet[ReserveFile]":
    """Narrow flat rows to those that a library holds, as its board counts them; ``or_waiting``: or that wait for it.

    One query asks its county and kind, so that one column and its index answer.
    """
    libraries = Library.objects.unscoped("kind and county of a named library")
    found = libraries.filter(pk=library_id).values_list("region_key", "kind").first()
    if found is None:
        return rows.none()
    holder_key, kind = found
    held = {f"{kind.lower()}_id": library_id}
    if or_waiting:
        return rows.filter(Q(**held) | Q(step_library_id=library_id))
    return rows.filter(holder_key=holder_key, **held)


def is_known(project_id: int) -> bool:
    """Return whether a project has a file in the reserve (1 query)."""
    return ReserveFile.objects.unscoped("whether there is one").filter(pk=project_id).exists()


def search(rows: "QuerySet[ReserveFile]", words: str) -> "QuerySet[ReserveFile]":
    """Narrow flat rows to those whose name, code or owner holds the words, as the project register does."""
    found: QuerySet[ReserveFile] = project_queries.search(rows, words)  # type: ignore[arg-type,assignment]
    return found
