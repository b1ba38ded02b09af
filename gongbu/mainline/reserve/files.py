"""The flat row of a project in the reserve (ReserveFile), computed the same way by acts, listeners and a rebuild."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import Region
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve import priorities, readiness
from gongbu.mainline.reserve.choices import Attention, EntryState, FileState, LibraryKind
from gongbu.mainline.reserve.models import LibraryEntry, ReserveFile
from gongbu.mainline.reserve.rules.ageing import compute_attention, compute_deadline
from gongbu.mainline.reserve.rules.industry import judge_industry
from gongbu.mainline.reserve.rules.standing import EntryFact, Standing, compute_standing
from gongbu.mainline.reserve.system import GRACE, MONTHS, PRIORITIES, System, systems_of

CHUNK = 400
HELD = (
    Q(general_id__isnull=False) | Q(sector_id__isnull=False) | Q(chain_id__isnull=False) | Q(township_id__isnull=False)
)
_HELD = {kind: f"{kind.lower()}_id" for kind in LibraryKind.values}
_COPIED = (
    "region_key", "region_name", "name", "sort_key", "search", "owner_name", "owner_unit_id", "sector", "stage",
    "early_stage", "stage_order", "funding_nature", "total_investment_fen",
)  # fmt: skip


def refresh(project_ids: Iterable[int], *, touch: bool = False) -> None:
    """Write the flat rows of these projects anew (about ten queries a chunk, whatever their number).

    ``touch``: an act of the reserve happened, so that the row rises in lists and counts a revision.
    """
    ids = sorted(set(project_ids))
    for start in range(0, len(ids), CHUNK):
        _refresh(ids[start : start + CHUNK], touch)


def rebuild() -> int:
    """Compute every flat row anew and return their number; the result equals what acts and listeners have kept."""
    rows = LibraryEntry.objects.unscoped("rebuild").order_by().values_list("project_id", flat=True).distinct()
    ids = list(rows)
    refresh(ids)
    return len(ids)


def _refresh(ids: Sequence[int], touch: bool) -> None:
    entries: dict[int, list[LibraryEntry]] = defaultdict(list)
    rows = LibraryEntry.objects.unscoped("flat rows").filter(project_id__in=ids).select_related("library")
    for entry in rows.order_by("pk"):
        entries[entry.project_id].append(entry)
    ids = [pk for pk in ids if pk in entries]
    if not ids:
        return
    projects = project_queries.load_projects(ids)
    flat = project_queries.flat_rows(ids)
    known = ReserveFile.objects.unscoped("flat rows").in_bulk(ids)
    ready = readiness.done_of(projects)
    today = clock.today()
    keys = {entries[pk][-1].library.region_key for pk in ids}
    holders = {region.key_lo: region for region in Region.objects.filter(key_lo__in=keys)}
    by_id = systems_of(list(holders.values()), today)
    systems = {key: by_id[region.pk] for key, region in holders.items()}
    named = {pk: systems[entries[pk][-1].library.region_key].texts(PRIORITIES) for pk in ids}
    arranged = priorities.arranged_of(named)
    fresh = []
    for pk in ids:
        system = systems[entries[pk][-1].library.region_key]
        row = known.get(pk) or ReserveFile(id=pk, rev=0)
        is_new = pk not in known
        _fill(row, projects[pk], flat[pk], entries[pk], system, today)
        row.ready, counted = ready[pk], readiness.count(ready[pk])
        row.ready_count, row.facts_count, row.ready_order = counted.prepared, counted.facts, counted.order
        row.priorities = priorities.pack(named[pk], arranged[pk])
        if touch or is_new:
            row.last_act_at, row.rev = clock.now(), row.rev + 1
        fresh.append(row)
    names = [f.name for f in ReserveFile._meta.concrete_fields if not f.primary_key]
    ReserveFile.objects.bulk_create(fresh, update_conflicts=True, unique_fields=["id"], update_fields=names)


def _fill(
    row: ReserveFile, project: Project, flat: Any, entries: Sequence[LibraryEntry], system: System, today: date
) -> None:
    for name in _COPIED:
        setattr(row, name, getattr(flat, name))
    first, last = entries[0], entries[-1]
    standing = compute_standing([_fact(entry) for entry in entries])
    declared = _declared(entries)
    row.holder_key = last.library.region_key
    row.chain = next((e.library.scope for e in reversed(entries) if e.kind == LibraryKind.CHAIN), "")
    row.industry = judge_industry(project.industry_code, system.divisions)
    row.state = standing.state
    for kind, name in _HELD.items():
        setattr(row, name, standing.held.get(kind))
    _place(row, standing, entries)
    row.in_on = standing.in_on
    row.declared_on, row.declared_unit_id = declared.declared_on, declared.declared_unit_id
    row.declared_unit_name, row.declared_person_id = declared.declared_unit_name, declared.declared_person_id
    row.batch_id = declared.batch_id
    if not row.renewed_on:
        row.renewed_on = first.declared_on
    row.renew_by_on = deadline_of(row.renewed_on, row.renewal_asked_on, system) if standing.held else None
    gate = system.gate({"stage": flat.stage, "early_stage": flat.early_stage})
    has_started = gate is not None and gate.value == "REFUSE"
    is_sound = bool(flat.is_live and flat.is_leaf and not has_started)
    # The doubt is about one figure: a corrected one is not doubted any more.
    doubted = {entry.doubted_fen for entry in entries if entry.doubted_fen is not None}
    row.is_doubted = is_sound and bool(standing.held) and project.total_investment_fen in doubted
    row.is_counted = is_sound and not row.is_doubted
    is_here = bool(flat.is_live) and system.holder.contains(flat.region_key)
    row.attention = _attention(row, bool(standing.held), has_started, is_here, system, today)


def deadline_of(renewed_on: date, asked_on: date | None, system: System) -> date | None:
    """Return the last day for renewal, None when the packs ask for none."""
    months = system.number(MONTHS)
    if months is None:
        return None
    return compute_deadline(renewed_on=renewed_on, asked_on=asked_on, months=months, grace_days=system.number(GRACE))


def set_deadlines(system: System) -> int:
    """Write the last days for renewal of a county anew where the packs now say another; return how many rows changed.

    Rows with the same days are written together: one query, and one per group that differs.
    """
    rows = ReserveFile.objects.unscoped("all of a county").filter(HELD, holder_key=system.holder.key_lo).order_by()
    days = ("renewed_on", "renewal_asked_on", "renew_by_on")
    count = 0
    for renewed_on, asked_on, known in list(rows.values_list(*days).distinct()):
        found = deadline_of(renewed_on, asked_on, system)
        if found != known:
            same = rows.filter(renewed_on=renewed_on, renewal_asked_on=asked_on, renew_by_on=known)
            count += same.update(renew_by_on=found)
    return count


def catch_up(system: System) -> int:
    """Write a county's rows anew where the packs now name other priorities, or that were never counted by preparation
    (older than that column); return how many.
    """
    rows = ReserveFile.objects.unscoped("all of a county").filter(holder_key=system.holder.key_lo).order_by()
    names = list(system.texts(PRIORITIES))
    known = rows.values_list("priorities", flat=True).distinct()
    other = [text for text in known if [name for name, _day in priorities.unpack(text)] != names]
    ids = list(rows.filter(Q(priorities__in=other) | Q(ready_order=0, facts_count=0)).values_list("pk", flat=True))
    refresh(ids)
    return len(ids)


def _declared(entries: Sequence[LibraryEntry]) -> LibraryEntry:
    """Return the declaration that counts: the last one that is no selection into the general library."""
    own = [entry for entry in entries if entry.kind != LibraryKind.GENERAL]
    return (own or list(entries))[-1]


def _place(row: ReserveFile, standing: Standing, entries: Sequence[LibraryEntry]) -> None:
    waiting = standing.open_entry
    row.step, row.path, row.step_library_id, row.step_since_on = "", "", None, None
    if waiting is None:
        return
    entry = next(e for e in entries if e.pk == waiting.order)
    row.step, row.path = entry.step, entry.path
    row.step_library_id, row.step_since_on = entry.library_id, entry.step_since_on


def _fact(entry: LibraryEntry) -> EntryFact:
    return EntryFact(entry.kind, entry.state, entry.library_id, entry.pk, entry.step, entry.path, entry.in_on)


def _attention(row: ReserveFile, is_held: bool, has_started: bool, is_here: bool, system: System, today: date) -> str:
    if not is_held and row.state not in (FileState.PENDING, FileState.RETURNED):
        return ""
    if not is_here:
        return Attention.CLOSED
    if has_started:
        return Attention.STARTED
    months, grace = system.number(MONTHS), system.number(GRACE)
    if not is_held or months is None:
        return ""
    found, _ = compute_attention(
        renewed_on=row.renewed_on, asked_on=row.renewal_asked_on, on=today, months=months, grace_days=grace or 0
    )
    return found


HELD_STATES = (EntryState.PENDING, EntryState.RETURNED, EntryState.IN)
