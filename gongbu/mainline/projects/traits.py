"""What tells one project from another, for rooms that compare projects. No scope: they narrow what they show."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from gongbu.ground.ledger import queries as ledger
from gongbu.mainline.projects import publishing
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.models import Project


@dataclass(frozen=True, slots=True)
class Traits:
    """What a project is known by."""

    id: int
    name: str
    owner_name: str
    location: str
    content: str
    region_key: int
    parent_id: int | None
    planned_start_on: date | None
    total_investment_fen: int | None


_COLUMNS = (
    "pk", "name", "owner_name", "location", "content", "region_key", "parent_id", "planned_start_on", "total_investment_fen",
)  # fmt: skip


def list_traits(project_ids: Iterable[int], *, with_hidden: bool = False) -> list[Traits]:
    """Return the traits of live projects by id, in the order of the ids (2 queries; 1 ``with_hidden``).

    ``with_hidden`` keeps those of imports that are not published.
    """
    rows = Project.objects.unscoped("compared; the caller narrows what is shown")
    rows = rows.filter(pk__in=list(project_ids), state=State.ACTIVE)
    if not with_hidden:
        rows = publishing.published(rows)
    return [Traits(*row) for row in rows.order_by("pk").values_list(*_COLUMNS)]


def list_live_ids(after: int = 0, limit: int = 500) -> list[int]:
    """Return the ids of live projects above ``after``, ascending, hidden ones included (1 query)."""
    rows = Project.objects.unscoped("ids only").filter(pk__gt=after, state=State.ACTIVE)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def list_batch_ids(batch_id: int) -> list[int]:
    """Return the ids of the live projects that an import made (1 query)."""
    rows = Project.objects.unscoped("ids only").filter(batch_id=batch_id, state=State.ACTIVE)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def list_former_names(project_ids: Collection[int] | None = None) -> dict[int, list[str]]:
    """Return the names that projects had before they were renamed, oldest first (1 query; all projects without ids)."""
    found: dict[int, list[str]] = {}
    for project_id, before in ledger.list_before("project.renamed", "project", project_ids):
        found.setdefault(project_id, []).append(before["name"])
    return found
