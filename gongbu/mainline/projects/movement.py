"""本月变化: what moved in what a person may read: new files, and projects that entered a stage, since a day.

Out of the days that the files themselves carry, so a month that nobody looked at is told all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Count, QuerySet, Sum

from gongbu.ground.basics import clock
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import queries
from gongbu.mainline.projects.models import Project, ProjectStatus
from gongbu.mainline.projects.portfolio import Slice

NEW = "NEW"


@dataclass(frozen=True, slots=True)
class Moved:
    """New files since a day, and older files by the stage that they entered since (leaves only, fen)."""

    new: Slice
    entered: Mapping[str, Slice]


def moved_since(since: date, what: str) -> "QuerySet[Project, Any]":
    """Return ids of files opened since a day (``NEW``), or of older ones that entered the stage ``what`` since."""
    rows = Project.objects.unscoped("only narrows rows in sight")
    if what == NEW:
        return rows.filter(created_on__gte=since).values("pk")
    return rows.filter(stage_since_on__gte=since, created_on__lt=since, stage=what).values("pk")


def by_moved(rows: Any, value: str) -> Any:
    """Narrow flat rows to what moved since the first of this month (the filter of the register)."""
    return rows.filter(pk__in=moved_since(clock.today().replace(day=1), value))


def get_movement(actor: Actor, since: date) -> Moved:
    """Return what moved since a day (2 queries)."""
    rows = queries.list_statuses(actor).filter(is_leaf=True)
    new = _grouped(rows.filter(pk__in=moved_since(since, NEW)))
    older = Project.objects.unscoped("only narrows rows in sight").filter(
        stage_since_on__gte=since, created_on__lt=since
    )
    return Moved(_sum(new), _grouped(rows.filter(pk__in=older.values("pk"))))


def _grouped(rows: "QuerySet[ProjectStatus]") -> dict[str, Slice]:
    money = BigIntegerField()
    found = (
        rows.order_by()
        .values_list("stage")
        .annotate(
            n=Count("*"), total=Sum("total_investment_fen", output_field=money), told=Count("total_investment_fen")
        )
    )
    return {stage: Slice(n, total or 0, missing=n - told) for stage, n, total, told in found}


def _sum(groups: Mapping[str, Slice]) -> Slice:
    return Slice(
        sum(s.projects for s in groups.values()), sum(s.total_fen for s in groups.values()),
        missing=sum(s.missing for s in groups.values()),
    )  # fmt: skip
