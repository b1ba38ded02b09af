"""家底: how many projects, how much money, by stage, grade and funding; each figure can be opened as rows.

Money counts leaves only, so that a package and its sub-projects are not added twice (ARCHITECTURE §5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import BigIntegerField, Count, QuerySet, Sum

from gongbu.ground.basics import clock
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import queries
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.projects.models import ProjectStatus


@dataclass(frozen=True, slots=True)
class Slice:
    """A group of projects: their number and money in fen; ``planned``/``completed`` are of the present year.

    ``missing`` projects gave no total. ``with_plan`` and ``with_completed`` count the projects that gave a figure, so
    that 0 and 未报 stay apart.
    """

    projects: int = 0
    total_fen: int = 0
    planned_fen: int = 0
    completed_fen: int = 0
    with_plan: int = 0
    with_completed: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All live projects that the actor may read, leaves only; the groups sum to ``all``."""

    all: Slice
    by_stage: Mapping[str, Slice]
    by_grade: Mapping[str, Slice]
    by_funding: Mapping[str, Slice]


def get_portfolio(actor: Actor) -> Portfolio:
    """Return the totals of what the actor may read (1 query over the flat rows, grouped, folded here).

    The year is one of the groups rather than a condition in every sum: the index lies in the order of the groups.
    """
    money = BigIntegerField()
    rows = (
        queries.list_statuses(actor)
        .filter(is_leaf=True)
        .order_by()
        .values_list("stage", "grade", "funding_nature", "year")
        .annotate(
            n=Count("*"),
            with_total=Count("total_investment_fen"),
            total=Sum("total_investment_fen", output_field=money),
            planned=Sum("year_planned_fen", output_field=money),
            completed=Sum("year_completed_fen", output_field=money),
            with_plan=Count("year_planned_fen"),
            with_completed=Count("year_completed_fen"),
        )
    )
    groups: list[dict[str, Slice]] = [{}, {}, {}]
    whole, this_year = Slice(), clock.today().year
    for *keys, year, n, with_total, total, planned, completed, with_plan, with_completed in rows:
        part = Slice(n, total or 0, missing=n - with_total)
        if year == this_year:
            part = replace(part, planned_fen=planned or 0, completed_fen=completed or 0, with_plan=with_plan,
                           with_completed=with_completed)  # fmt: skip
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
        a.missing + b.missing,
    )


def get_early_stages(actor: Actor) -> dict[str, Slice]:
    """Return the projects of 谋划储备 by early stage, "" when not reported (1 query)."""
    return _by(queries.list_statuses(actor).filter(is_leaf=True, stage=Stage.RESERVE), "early_stage")


def get_sectors(actor: Actor) -> dict[str, Slice]:
    """Return all projects by sector, "" when not reported (1 query)."""
    return _by(queries.list_statuses(actor).filter(is_leaf=True), "sector")


def _by(rows: "QuerySet[ProjectStatus]", key: str) -> dict[str, Slice]:
    grouped = (
        rows.order_by()
        .values_list(key)
        .annotate(
            n=Count("*"),
            total=Sum("total_investment_fen", output_field=BigIntegerField()),
            told=Count("total_investment_fen"),
        )
    )
    return {value: Slice(n, total or 0, missing=n - told) for value, n, total, told in grouped}
