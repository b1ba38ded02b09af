"""Read projects. Every query says how many statements it runs; rows outside the actor's sight do not exist."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from time import monotonic

from django.db import connection
from django.db.models import F, Q, QuerySet

from gongbu.ground.basics import clock, reach
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.basics.text import find_control_character
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import access, naming, pairs, publishing
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.models import AnnualInvestment, Project, ProjectCode, ProjectStatus

_PROJECT = Prepared(
    lambda pk: Project.objects.unscoped("tested by access.sees").select_related("competent_region").filter(pk=pk)
)


def list_part_totals(project_id: int, *, without: int | None = None) -> list[int | None]:
    """Return the totals of the live parts of a project, those that the reader may not open among them (1 query)."""
    parts = Project.objects.unscoped("their sum alone is told").filter(parent_id=project_id, state=State.ACTIVE)
    if without is not None:
        parts = parts.exclude(pk=without)
    return list(parts.values_list("total_investment_fen", flat=True))


def get_project(project_id: int, actor: Actor) -> Project:
    """Return one project that the actor may read (1 query; up to 2 more when its region is not the actor's).

    :raises NotFound: it does not exist or is out of sight
    """
    project = _PROJECT.first(project_id)
    if project is None or not access.sees(actor, project, clock.today()):
        raise NotFound("projects.not_found")
    if not (actor.may("projects.import", project.region_key) or publishing.is_published(project)):
        raise NotFound("projects.not_found")
    return project


def list_readable(actor: Actor, project_ids: Collection[int]) -> set[int]:
    """Return those of the projects whose page the actor may open, for links (1 query, up to 2 more; 1 for open imports)."""
    rows = access.readable(actor, clock.today()).filter(pk__in=project_ids)
    return set(publishing.published(rows).values_list("pk", flat=True))


def list_statuses(actor: Actor) -> "QuerySet[ProjectStatus]":
    """Return the flat rows of live projects that the actor may read, unevaluated; the register narrows and pages them."""
    where = access.visible(actor, clock.today(), is_wide=_is_wide(actor))
    return publishing.published(ProjectStatus.objects.narrowed("access.visible").filter(where, is_live=True))


def load_projects(ids: Iterable[int], *, lock: bool = False) -> dict[int, Project]:
    """Return named projects by id with region and its parent, whoever asks, for acts of other rooms (1 query per 500).

    The act tests who may; ``lock`` holds the rows until its transaction ends.
    """
    wanted = sorted(set(ids))
    rows = Project.objects.unscoped("the act of another room tests who may").select_related("competent_region__parent")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found: dict[int, Project] = {}
    for start in range(0, len(wanted), 500):
        found |= rows.in_bulk(wanted[start : start + 500])
    return found


def list_coded(ids: Iterable[int]) -> set[int]:
    """Return those of the projects that have a present project code (1 query)."""
    with reach.widened("whether named projects have a code"):
        return set(ProjectCode.objects.current().filter(project_id__in=list(ids)).values_list("project_id", flat=True))


def flat_rows(ids: Iterable[int]) -> dict[int, ProjectStatus]:
    """Return the flat rows of named projects by id, for rooms that keep flat rows of their own (1 query per 500)."""
    wanted = list(ids)
    rows = ProjectStatus.objects.unscoped("flat rows of named projects")
    found: dict[int, ProjectStatus] = {}
    for start in range(0, len(wanted), 500):
        found |= rows.in_bulk(wanted[start : start + 500])
    return found


WIDE_SHARE = 5  # from a fifth of all rows on, walking in sort order beats collecting a region and sorting it
_wide: dict[tuple[tuple[int, int], ...], tuple[float, bool]] = {}


def forget() -> None:
    """Forget which readers are wide (tests)."""
    _wide.clear()


def _is_wide(actor: Actor) -> bool:
    """Return whether the actor's regions hold a good part of all projects (2 counts a minute per process).

    SQLite knows no share for a range over integer keys, so it is told: see :func:`access.visible`. PostgreSQL knows
    better by its own histogram.
    """
    if connection.vendor != "sqlite":
        return False
    ranges = tuple(actor.ranges(access.VIEW))
    at, known = _wide.get(ranges, (0.0, False))
    if monotonic() - at > 60:
        rows = ProjectStatus.objects.unscoped("statistics only")
        inside = sum(rows.filter(region_key__gte=lo, region_key__lt=hi).count() for lo, hi in ranges)
        known = bool(inside) and inside * WIDE_SHARE >= rows.count()
        if len(_wide) > 1000:
            _wide.clear()
        _wide[ranges] = (monotonic(), known)
    return known


def search(rows: "QuerySet[ProjectStatus]", words: str) -> "QuerySet[ProjectStatus]":
    """Narrow flat rows to those whose name, code or owner holds every word (1 query a word at most).

    Two characters are enough; see :mod:`pairs` for what makes that quick.
    """
    if find_control_character(words):  # no text on file holds one, and PostgreSQL takes no NUL even in a question
        return rows.none()
    for word in words.split()[:5]:
        rows = pairs.narrow(rows, naming.fold(word))
    return rows


def is_batch_open(batch_id: int) -> bool:
    """Return whether an import has projects that are not published (1 query)."""
    return any(batch == batch_id for batch, _first in publishing.list_open())


def find_by_codes(codes: Iterable[str]) -> dict[str, int]:
    """Return live project ids by present code, for importers (1 query); of a shared code the topmost project wins."""
    rows = ProjectCode.objects.current().filter(code__in=list(codes), project__state=State.ACTIVE)
    found: dict[str, int] = {}
    for code, project_id, _parent in rows.order_by(F("project__parent_id").desc(nulls_last=True)).values_list(
        "code", "project_id", "project__parent_id"
    ):
        found[code] = project_id
    return found


def find_by_names(names: Iterable[str], region_lo: int, region_hi: int) -> dict[str, int]:
    """Return live project ids by exact name within a region range, for importers (1 query)."""
    rows = Project.objects.unscoped("importers match by name").filter(
        name__in=list(names), state=State.ACTIVE, region_key__gte=region_lo, region_key__lt=region_hi
    )
    return {name: pk for pk, name in rows.order_by("-pk").values_list("pk", "name")}


_CODES = Prepared(lambda project_id: ProjectCode.objects.filter(project_id=project_id).current_first())


def list_codes(project_id: int) -> list[ProjectCode]:
    """Return all codes of a project, the present one first (1 query)."""
    return _CODES.all(project_id)


def get_visible_ids(project_ids: Iterable[int], actor: Actor, on: date | None = None) -> set[int]:
    """Return those of the ids that the actor may read (1 query, plus up to 2)."""
    rows = access.readable(actor, on or clock.today())
    return set(rows.filter(pk__in=list(project_ids)).values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Brief:
    """A project in one line, for rooms that name projects: stage code, total in fen (None: not reported)."""

    id: int
    name: str
    stage: str
    total_fen: int | None


def list_briefs(project_ids: Iterable[int], actor: Actor, on: date | None = None) -> dict[int, Brief]:
    """Return in one line each those of the projects that the actor may read, by id (1 query, plus up to 2)."""
    rows = ProjectStatus.objects.narrowed("access.visible")
    seen = rows.filter(access.visible(actor, on or clock.today()), pk__in=list(project_ids))
    return {row[0]: Brief(*row) for row in seen.values_list("pk", "name", "stage", "total_investment_fen")}


FLAT_FACTS = frozenset(
    {"stage", "early_stage", "funding_nature", "works_type", "sector", "kind", "origin", "total_investment_fen"}
)
"""Facts of projects that stand in the flat row under their own name: ``where`` of :func:`list_live_ids` may ask for them."""


def list_live_ids(region_lo: int, region_hi: int, where: Q | None = None) -> list[int]:
    """Return the live, published leaves of a region range, for lists and selections drawn by rules (1–2 queries).

    ``where`` narrows them by ids (``pk``) and :data:`FLAT_FACTS`.
    """
    rows = ProjectStatus.objects.unscoped("drawn by a rule for a whole region").filter(
        where or Q(), region_key__gte=region_lo, region_key__lt=region_hi, is_live=True, is_leaf=True
    )
    return list(publishing.published(rows).order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Line:
    """A project as a list of the county prints it. Amounts are fen; ``year_fen`` is the plan of the asked year."""

    id: int
    name: str
    region_name: str
    owner_name: str
    content: str
    stage: str
    total_fen: int | None
    year_fen: int | None


def list_for_lists(project_ids: Iterable[int], year: int) -> list[Line]:
    """Return projects as lists print them, with the planned investment of a year (2 queries)."""
    ids = list(project_ids)
    with reach.widened("lines of a list drawn for a whole region"):
        planned = dict(
            AnnualInvestment.objects.filter(project_id__in=ids, year=year).values_list("project_id", "planned_fen")
        )
    rows = Project.objects.unscoped("lines of a list drawn for a whole region").filter(pk__in=ids)
    found = rows.values_list(
        "pk", "name", "competent_region__name", "owner_name", "content", "stage", "total_investment_fen"
    )
    return [Line(*row, planned.get(row[0])) for row in found]


def find_meant(typed: str, region_lo: int, region_hi: int, actor: Actor) -> tuple[int | None, list[str]]:
    """Return the project that a typed name or code means, or None with up to four names that come near (up to 4 queries).

    A code or an exact name of the region decides; else the only project in sight whose name, code or owner holds the
    words.
    """
    typed = " ".join(typed.split())
    by_code = find_by_codes([typed])
    if typed in by_code:
        return by_code[typed], []
    by_name = find_by_names([typed], region_lo, region_hi)
    if typed in by_name:
        return by_name[typed], []
    near = list(search(list_statuses(actor), typed)[:4]) if typed else []
    return (int(near[0].pk), []) if len(near) == 1 else (None, [row.name for row in near])
