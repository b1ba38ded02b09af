"""家底: how many projects, how much money, by stage, grade and funding; each figure can be opened as rows.

Money counts leaves only, so that a package and its sub-projects are not added twice (ARCHITECTURE §5).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import BigIntegerField, Count, Q, Sum

from gongbu.ground.basics import clock
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import queries


@dataclass(frozen=True, slots=True)
class Slice:
    """A group of projects: their number and money in fen; ``planned``/``completed`` are of the present year.

    ``with_plan`` and ``with_completed`` count the projects that gave a figure, so that 0 and 未报 stay apart.
    """

    projects: int = 0
    total_fen: int = 0
    planned_fen: int = 0
    completed_fen: int = 0
    with_plan: int = 0
    with_completed: int = 0


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All live projects that the actor may read; the groups sum to ``all``."""

    all: Slice
    by_stage: Mapping[str, Slice]
    by_grade: Mapping[str, Slice]
    by_funding: Mapping[str, Slice]


def get_portfolio(actor: Actor) -> Portfolio:
    """Return the totals of what the actor may read (1 query over the flat rows, grouped, folded here)."""
    year = clock.today().year
    this_year = Q(is_leaf=True, year=year)
    rows = (
        queries.list_statuses(actor)
        .order_by()
        .values_list("stage", "grade", "funding_nature")
        .annotate(
            n=Count("pk", filter=Q(is_leaf=True)),
            total=Sum("total_investment_fen", filter=Q(is_leaf=True), output_field=BigIntegerField()),
            planned=Sum("year_planned_fen", filter=this_year, output_field=BigIntegerField()),
            completed=Sum("year_completed_fen", filter=this_year, output_field=BigIntegerField()),
            with_plan=Count("year_planned_fen", filter=this_year),
            with_completed=Count("year_completed_fen", filter=this_year),
        )
    )
    groups: list[dict[str, Slice]] = [{}, {}, {}]
    whole = Slice()
    for stage, grade, funding, n, total, planned, completed, with_plan, with_completed in rows:
        keys = (stage, grade, funding)
        part = Slice(n, total or 0, planned or 0, completed or 0, with_plan, with_completed)
        whole = _add(whole, part)
        for group, key in zip(groups, keys, strict=True):
            group[key] = _add(group.get(key, Slice()), part)
    return Portfolio(whole, *groups)


def _add(a: Slice, b: Slice) -> Slice:
    return Slice(
        a.projects + b.projects,
        a.total_fen + b.total_fen,
        a.planned_fen + b.planned_fen,
        a.completed_fen + b.completed_fen,
        a.with_plan + b.with_plan,
        a.with_completed + b.with_completed,
    )
