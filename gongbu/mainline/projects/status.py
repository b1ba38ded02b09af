"""The flat row of a project (ProjectStatus): computed from the other tables, the same way by acts and by a rebuild."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from gongbu.ground.basics import clock
from gongbu.mainline.projects import naming
from gongbu.mainline.projects.choices import Judgement, State
from gongbu.mainline.projects.models import (
    AnnualInvestment,
    Classification,
    Project,
    ProjectCode,
    ProjectStatus,
)
from gongbu.mainline.projects.rules.lifecycle import compute_stage_order

LISTED = "IN_CATALOGUE"
_NONE = (0, "", "")
CHUNK = 400  # SQLite allows 32,766 parameters; a row has some 35


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


def insert_new(projects: Sequence[Project], codes: dict[int, str]) -> None:
    """Write the rows of projects created in this transaction: nothing hangs on them yet but a code."""
    rows = [_row(p, codes.get(p.pk, ""), [c for c in [codes.get(p.pk)] if c], {}, [], is_leaf=True) for p in projects]
    for start in range(0, len(rows), CHUNK):
        ProjectStatus.objects.bulk_create(rows[start : start + CHUNK])


def rebuild() -> int:
    """Compute every flat row anew and return their number; the result equals what the acts have kept."""
    ids = list(Project.objects.unscoped("rebuild").order_by("pk").values_list("pk", flat=True))
    refresh(ids)
    return len(ids)


def _write(projects: Sequence[Project]) -> None:
    ids = [p.pk for p in projects]
    current: dict[int, str] = {}
    codes: dict[int, list[str]] = defaultdict(list)
    for project_id, code, replaced_on in (
        ProjectCode.objects.filter(project_id__in=ids).order_by("pk").values_list("project_id", "code", "replaced_on")
    ):
        codes[project_id].append(code)
        if replaced_on is None:
            current[project_id] = code
    parents = set(
        Project.objects.unscoped("refresh")
        .filter(parent_id__in=ids, state=State.ACTIVE, is_published=True)
        .values_list("parent_id", flat=True)
    )
    judged: dict[int, dict[str, tuple[int, str, str]]] = defaultdict(dict)
    for project_id, judgement, year, value, label in (
        Classification.objects.filter(project_id__in=ids)
        .order_by("year", "pk")
        .values_list("project_id", "judgement", "year", "value", "label")
    ):
        if judgement != Judgement.CATALOGUE or value == LISTED:
            judged[project_id][judgement] = (year, value, label)
    annual: dict[int, list[tuple[int, int | None, int | None]]] = defaultdict(list)
    for project_id, year, planned, completed in AnnualInvestment.objects.filter(project_id__in=ids).values_list(
        "project_id", "year", "planned_fen", "completed_fen"
    ):
        annual[project_id].append((year, planned, completed))
    rows = [
        _row(p, current.get(p.pk, ""), codes[p.pk], judged[p.pk], annual[p.pk], is_leaf=p.pk not in parents)
        for p in projects
    ]
    ProjectStatus.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=_field_names())


def _field_names() -> list[str]:
    return [f.name for f in ProjectStatus._meta.concrete_fields if not f.primary_key]


def _row(
    project: Project,
    code: str,
    codes: Sequence[str],
    judged: dict[str, tuple[int, str, str]],
    annual: Sequence[tuple[int, int | None, int | None]],
    *,
    is_leaf: bool,
) -> ProjectStatus:
    year = clock.today().year
    this_year = next((row for row in annual if row[0] == year), None)
    completed = [row[2] for row in annual if row[2] is not None]
    return ProjectStatus(
        id=project.pk,
        region_key=project.region_key,
        region_name=project.competent_region.name,
        name=project.name,
        code=code,
        owner_name=project.owner_name,
        owner_unit_id=project.owner_unit_id,
        kind=project.kind,
        parent_id=project.parent_id,
        is_leaf=is_leaf,
        is_live=project.state == State.ACTIVE and project.is_published,
        state=project.state,
        stage=project.stage,
        stage_order=compute_stage_order(project.stage, project.early_stage),
        early_stage=project.early_stage,
        funding_nature=project.funding_nature,
        sector=project.sector,
        works_type=project.works_type,
        grade=judged.get(Judgement.GRADE, _NONE)[1],
        grade_label=judged.get(Judgement.GRADE, _NONE)[2],
        initiation_class=judged.get(Judgement.INITIATION, _NONE)[1],
        initiation_label=judged.get(Judgement.INITIATION, _NONE)[2],
        catalogue_year=judged[Judgement.CATALOGUE][0] if Judgement.CATALOGUE in judged else None,
        total_investment_fen=project.total_investment_fen,
        total_investment_precision_fen=project.total_investment_precision_fen,
        year=year if this_year else None,
        year_planned_fen=this_year[1] if this_year else None,
        year_completed_fen=this_year[2] if this_year else None,
        completed_fen=sum(completed) if completed else None,
        planned_start_on=project.planned_start_on,
        planned_finish_on=project.planned_finish_on,
        origin=project.origin,
        is_published=project.is_published,
        batch_id=project.batch_id,
        sort_key=project.sort_pinyin,
        search=naming.search_text(project.name, codes, project.owner_name),
        last_act_at=project.last_act_at,
        rev=project.rev,
    )
