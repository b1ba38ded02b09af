"""Read plans, how their objectives are covered, and what one project answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gongbu.ground.basics import clock, reach
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.basics.prepared import OfKeys
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy import queries as policy
from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.mainline.objectives.models import Link, Objective, PlanDocument
from gongbu.mainline.objectives.rules import Cover, compute_cover, compute_share
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.queries import Brief, list_briefs

VIEW = "objectives.view"
CROWDED = "objectives.crowded_from"


def _plans_in_sight(actor: Actor) -> QuerySet[PlanDocument]:
    """Plans belong to no sector; those of the regions above bind everybody below."""
    where = actor.scope_any_sector(VIEW) | actor.scope_above(VIEW)
    rows: QuerySet[PlanDocument] = PlanDocument.objects.narrowed("scope_any_sector and scope_above")
    return rows.filter(where)


def list_plans(actor: Actor) -> QuerySet[PlanDocument]:
    """Return the plans that an actor may see, with the number of objectives and of those nobody answers."""
    live = Objective.objects.filter(plan=OuterRef("pk"), ended_on=None)
    answering = Link.objects.filter(objective=OuterRef("pk"), ended_on=None, project__state=State.ACTIVE)
    return (
        _plans_in_sight(actor)
        .select_related("region")
        # Subqueries, because joins would multiply the plans where they are only counted.
        .annotate(objective_count=_count(live), answered_count=_count(live.filter(Exists(answering))))
    )


def _count(rows: QuerySet[Objective]) -> Coalesce:
    counted = rows.order_by().values("plan").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def get_plan(plan_id: int, actor: Actor) -> PlanDocument:
    """Return one plan (1 query).

    :raises NotFound: no such plan, or out of sight
    """
    rows = _plans_in_sight(actor).select_related("region")
    plan = rows.filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("objectives.plan_not_found")
    return plan


def get_objective(objective_id: int, actor: Actor) -> Objective:
    """Return one objective of a plan in sight (2 queries).

    :raises NotFound: no such objective
    """
    objective = Objective.objects.select_related("plan__region").filter(pk=objective_id).first()
    if objective is None or not _plans_in_sight(actor).filter(pk=objective.plan_id).exists():
        raise NotFound("objectives.not_found")
    return objective


@dataclass(frozen=True, slots=True)
class LinkedProject:
    """A project that answers an objective, as far as the reader may see it (``name`` is empty out of sight)."""

    id: int
    name: str
    stage: str
    total_fen: int | None
    contribution: str
    amount: Decimal | None
    linked_on: date


@dataclass(frozen=True, slots=True)
class CoverRow:
    """An objective with the live projects that answer it. ``total_fen`` sums those in sight that state a total."""

    objective: Objective
    cover: Cover
    projects: Sequence[LinkedProject]
    hidden: int
    total_fen: int | None
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """A plan's objectives in order, the counts of each cover, and the parameter that says what is crowded."""

    rows: Sequence[CoverRow]
    counts: dict[Cover, int]
    crowded_from: DatedValue


def get_coverage(plan: PlanDocument, actor: Actor) -> Coverage:
    """Return how the objectives of a plan are covered (5 queries, whatever their number)."""
    today = clock.today()
    crowded = policy.policy_for(plan.region_id, today).at(CROWDED, today)
    objectives = list(plan.objectives.filter(ended_on=None).order_by("pk"))
    with reach.widened("all that cover a plan are counted; those in sight are named"):
        links = list(
            Link.objects.filter(objective__in=objectives, ended_on=None, project__state=State.ACTIVE)
            .order_by("objective_id", "pk")
            .values_list("objective_id", "project_id", "contribution", "amount", "linked_on")
        )
    seen = list_briefs({link[1] for link in links}, actor, today)
    by_objective = {key: list(rows) for key, rows in groupby(links, key=lambda link: link[0])}
    rows = [_row(one, by_objective.get(one.pk, []), seen, int(str(crowded.value))) for one in objectives]
    counts = {cover: sum(row.cover == cover for row in rows) for cover in Cover}
    return Coverage(rows, counts, crowded)


def _row(
    objective: Objective,
    links: Sequence[tuple[int, int, str, Decimal | None, date]],
    seen: dict[int, Brief],
    crowded_from: int,
) -> CoverRow:
    projects = [
        LinkedProject(pk, seen[pk].name, seen[pk].stage, seen[pk].total_fen, contribution, amount, linked_on)
        for _objective, pk, contribution, amount, linked_on in links
        if pk in seen
    ]
    totals = [project.total_fen for project in projects if project.total_fen is not None]
    return CoverRow(
        objective, compute_cover(len(links), crowded_from), projects, len(links) - len(projects),
        sum(totals) if totals else None, compute_share([link[3] for link in links], objective.baseline, objective.target),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What one project answers: a live link with its objective and plan."""

    link: Link
    objective: Objective
    plan: PlanDocument
    is_in_force: bool


def list_answers(project_id: int) -> list[Answer]:
    """Return the objectives that a project answers now, by plan (1 query). The caller has checked the project."""
    links = Link.objects.filter(project_id=project_id, ended_on=None).select_related("objective__plan__region")
    rows = [
        (link, link.objective, link.objective.plan) for link in links.order_by("objective__plan_id", "objective_id")
    ]
    return [
        Answer(link, objective, plan, plan.state == PlanDocument.State.IN_FORCE and objective.ended_on is None)
        for link, objective, plan in rows
    ]


def count_answers(project_id: int) -> int:
    """Return how many objectives a project answers (1 query)."""
    return Link.objects.filter(project_id=project_id, ended_on=None).count()


def list_choices(project: Project) -> list[tuple[str, str]]:
    """Return the objectives that a project may be linked to: of plans in force of its region and those above (1 query)."""
    rows = Objective.objects.filter(
        ended_on=None,
        plan__state=PlanDocument.State.IN_FORCE,
        plan__region__key_lo__lte=project.region_key,
        plan__region__key_hi__gt=project.region_key,
    ).exclude(links__project=project, links__ended_on=None)
    rows = rows.select_related("plan").order_by("plan_id", "pk")
    return [(str(one.pk), f"《{one.plan.name}》{one.number} {one.text}"[:120]) for one in rows]


_ANSWERING = OfKeys("project_id", lambda: Link.objects.filter(ended_on=None).values_list("project_id", flat=True))


def objective_facts(project_ids: list[int], on: date) -> dict[int, dict[str, int]]:
    """Contribute how many objectives each project answers to its facts (1 query)."""
    with reach.widened("facts of named projects"):
        found = Counter(_ANSWERING.all(project_ids))
    return {pk: {"objective_count": found[pk]} for pk in project_ids}


def crowded_basis(value: DatedValue) -> dict[str, object]:
    """Return the 依据 of what counts as crowded."""
    return {
        "value": f"{value.words}起为项目扎堆", "rule": value.label, "clause": str(value.basis),
        "pack": f"{value.ref.pack} {value.ref.version}", "confidence": value.confidence.value,
    }  # fmt: skip
