"""Projects on the agenda of a meeting: how the item form finds them."""

from gongbu.ground.orgs.actor import Actor
from gongbu.ground.registers.subjects import Found
from gongbu.mainline.projects import queries
from gongbu.mainline.projects.access import VIEW
from gongbu.mainline.projects.models import ProjectStatus

MOST = 8


def find(actor: Actor, words: str) -> list[Found]:
    """Return a few live projects whose name, code or owner holds the words, newest first (up to 6 queries)."""
    if not actor.may(VIEW):
        return []
    rows = queries.search(queries.list_statuses(actor), words).order_by("-pk")
    return [_found(row) for row in rows[:MOST]]


def get(actor: Actor, project_id: int) -> Found | None:
    """Return one live project that the actor may read."""
    row = queries.list_statuses(actor).filter(pk=project_id).first() if actor.may(VIEW) else None
    return _found(row) if row else None


def _found(row: ProjectStatus) -> Found:
    note = " · ".join(part for part in (row.code, row.owner_name, row.region_name) if part)
    return Found("project", row.pk, row.region_key, row.name, note)
