"""The flat row of a project (ProjectStatus): computed from the other tables, the same way by acts and by a rebuild."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Literal

from django.db import connection

from gongbu.ground.basics import bulk, clock, prepared
from gongbu.ground.basics.prepared import OfKeys
from gongbu.mainline.projects import naming, pairs, publishing
from gongbu.mainline.projects.choices import Judgement, State
from gongbu.mainline.projects.facts import Attached, YearOf, compute_completed, years_of
from gongbu.mainline.projects.models import (
    Classification,
    Project,
    ProjectCode,
    ProjectStatus,
)
from gongbu.mainline.projects.rules.lifecycle import compute_stage_order

LISTED = "IN_CATALOGUE"
_NONE = (0, "", "")
Scope = Literal["OWN", "ANNUAL", "ALL"]
"""What the flat row is computed from again after an act; see :func:`update_loaded`."""
_COPIED = (
    "region_key", "name", "owner_name", "owner_unit_id", "kind", "parent_id", "state", "stage", "early_stage",
    "funding_nature", "sector", "works_type", "total_investment_fen", "total_investment_precision_fen",
    "planned_start_on", "planned_start_precision", "planned_finish_on", "planned_finish_precision", "origin", "batch_id",
    "last_act_at", "rev",
)  # fmt: skip
_ALWAYS = frozenset({"last_act_at", "rev"})
# Columns of a project on which more of its row, or the row of another project, depends.
_SHARED = frozenset({"name", "owner_name", "owner_unit", "state", "parent", "kind", "competent_region"})
_CODES = OfKeys("project_id", lambda: ProjectCode.objects.current_first())
_JUDGED = OfKeys(
    "project_id",
    lambda: Classification.objects.order_by("year", "pk").values_list(
        "project_id", "judgement", "year", "value", "label"
    ),
)
CHUNK = 400  # projects read and written at a time


def refresh(project_ids: Iterable[int]) -> None:
    """Write the flat rows of these projects (6 queries per chunk, whatever their number)."""
    ids = sorted(set(project_ids))
    for start in range(0, len(ids), CHUNK):
        _write(
            list(
                Project.objects.unscoped("refresh")
                .filter(pk__in=ids[start : start + CHUNK])
                .select_related("competent_region")
            )
        )


def refresh_loaded(projects: Sequence[Project]) -> None:
    """Write the flat rows of projects that the caller has just saved, without reading them again."""
    for start in range(0, len(projects), CHUNK):
        _write(projects[start : start + CHUNK])


def update_loaded(project: Project, saved: Collection[str], *, with_annual: bool, with_judged: bool) -> None:
    """Write what one act can have changed in the flat row (1 or 2 statements, and 1 query each for the two options).

    ``saved``: columns of the project that the act saved; not name, owner, state or parent, which others depend on.
    Untouched columns stay out of the statement, so that their indexes are not written.
    """
    if unfit := _SHARED.intersection(saved):
        raise ValueError(f"the whole row depends on {sorted(unfit)}")
    values = {name: value for name, value in _own(project).items() if name in saved or name in _ALWAYS}
    if "stage" in saved:
        values["stage_order"] = compute_stage_order(project.stage, project.early_stage)
    if with_annual:
        values |= _of_annual(years_of([project.pk])[project.pk])
    if with_judged:
        values |= _of_judged(_judged_of([project.pk])[project.pk])
    # A row of another year is computed anew, whatever the act was about.
    of_year = (clock.today().year, None)
    if not any(prepared.update_by_key(ProjectStatus, project.pk, values, year=year) for year in of_year):
        _write([project])


def insert_new(projects: Sequence[Project], attached: Attached, judged: Iterable[Classification]) -> None:
    """Write the rows of projects made in this act, out of what the act has attached to them (1 statement, 2 on SQLite)."""
    in_order = sorted(judged, key=lambda c: c.year)
    answers = _latest((c.project_id, c.judgement, c.year, c.value, c.label) for c in in_order)
    codes = {project_id: [code] for project_id, code in attached.codes.items()}
    rows = [
        _row(
            p,
            attached.codes.get(p.pk, ""),
            codes.get(p.pk, ()),
            answers[p.pk],
            attached.annual.get(p.pk, ()),
            is_leaf=True,
        )
        for p in projects
    ]
    bulk.insert(rows)
    pairs.write(rows)


def rebuild() -> int:
    """Compute every flat row anew and return their number; the result equals what the acts have kept."""
    ids = list(Project.objects.unscoped("rebuild").order_by("pk").values_list("pk", flat=True))
    refresh(ids)
    return len(ids)


def analyze(on: date) -> None:
    """Let SQLite count what its indexes hold, so that it chooses well among them; PostgreSQL does so by itself.

    A tenth of a second for 100,000 projects. It may run at any time and as often as one likes.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE projects_status")


def _write(projects: Sequence[Project]) -> None:
    ids = [p.pk for p in projects]
    current: dict[int, str] = {}
    codes: dict[int, list[str]] = defaultdict(list)
    for row in _CODES.all(ids):
        codes[row.project_id].append(row.code)
        if row.is_current:
            current[row.project_id] = row.code
    parents = set(
        publishing.published(Project.objects.unscoped("refresh"))
        .filter(parent_id__in=ids, state=State.ACTIVE)
        .values_list("parent_id", flat=True)
    )
    judged, annual = _judged_of(ids), years_of(ids)
    rows = [
        _row(p, current.get(p.pk, ""), codes[p.pk], judged[p.pk], annual[p.pk], is_leaf=p.pk not in parents)
        for p in projects
    ]
    bulk.upsert(rows, ["id"])
    pairs.write(rows)


def _judged_of(ids: Sequence[int]) -> dict[int, dict[str, tuple[int, str, str]]]:
    """Return project → judgement → (year, value, label) of the present answers (1 query)."""
    return _latest(_JUDGED.all(ids))


def _latest(answers: Iterable[tuple[int, str, int, str, str]]) -> dict[int, dict[str, tuple[int, str, str]]]:
    """Return project → judgement → (year, value, label): of several answers to one question the last, years in order."""
    judged: dict[int, dict[str, tuple[int, str, str]]] = defaultdict(dict)
    for project_id, judgement, year, value, label in answers:
        if judgement != Judgement.CATALOGUE or value == LISTED:
            judged[project_id][judgement] = (year, value, label)
    return judged


def _row(
    project: Project,
    code: str,
    codes: Sequence[str],
    judged: dict[str, tuple[int, str, str]],
    annual: Sequence[YearOf],
    *,
    is_leaf: bool,
) -> ProjectStatus:
    return ProjectStatus(
        id=project.pk,
        code=code,
        is_leaf=is_leaf,
        search=naming.search_text(project.name, codes, project.owner_name),
        region_name=project.competent_region.name,
        **_own(project),
        **_of_judged(judged),
        **_of_annual(annual),
    )


def _own(project: Project) -> dict[str, Any]:
    """Return what follows from the project's own row."""
    return {name: getattr(project, name) for name in _COPIED} | {
        "is_live": project.state == State.ACTIVE,
        "stage_order": compute_stage_order(project.stage, project.early_stage),
        "sort_key": project.sort_pinyin,
    }


def _of_judged(judged: dict[str, tuple[int, str, str]]) -> dict[str, Any]:
    grade, initiation = judged.get(Judgement.GRADE, _NONE), judged.get(Judgement.INITIATION, _NONE)
    return {
        "grade": grade[1],
        "grade_label": grade[2],
        "initiation_class": initiation[1],
        "initiation_label": initiation[2],
        "catalogue_year": judged[Judgement.CATALOGUE][0] if Judgement.CATALOGUE in judged else None,
    }


def _of_annual(annual: Sequence[YearOf]) -> dict[str, Any]:
    year = clock.today().year
    this_year = next((row for row in annual if row[0] == year), None)
    return {
        "year": year if this_year else None,
        "year_planned_fen": this_year[1] if this_year else None,
        "year_completed_fen": this_year[2] if this_year else None,
        "completed_fen": compute_completed(annual),
    }
