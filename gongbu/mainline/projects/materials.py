"""材料 of a project: who may see and file them. The documents room asks here, because it knows nothing of projects."""

from gongbu.ground.basics import clock
from gongbu.ground.documents.access import VIEW
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import access
from gongbu.mainline.projects.models import Project


def find(project_id: int) -> tuple[int, str] | None:
    """Return region order key and name of a project, None if there is none (1 query)."""
    projects = Project.objects.unscoped("looked up by id; may() decides")
    return projects.filter(pk=project_id).values_list("region_key", "name").first()


def may(actor: Actor, act: str, project_id: int) -> bool:
    """Return whether ``actor`` may do a documents' act on this project.

    Reading follows the project itself (region, site, own unit, membership); filing needs the act in the project's
    region, or, for roles bound to their own records, that the project is their unit's or their unit works on it.
    """
    if act == VIEW:
        return actor.may(act) and access.readable(actor, clock.today()).filter(pk=project_id).exists()
    project = Project.objects.unscoped("looked up by id; the act decides").filter(pk=project_id).first()
    if project is None:
        return False
    own = actor.unit_id is not None and (
        project.owner_unit_id == actor.unit_id
        or project_id in access.list_member_project_ids(actor.unit_id, clock.today())
    )
    return actor.may(act, project.region_key, project.sector, own=own)
