"""Which projects an actor may see and act on. Staff by region; owners and outside parties by their own unit (CM-10)."""

from datetime import date

from django.db.models import Q

from gongbu.ground.basics.findings import NotAllowed
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.mainline.projects.models import Member, Project, ProjectSite

OWN_ROLES = frozenset({"OWNER_UNIT", "THIRD_PARTY"})
MAX_EXTRA = 2_000


def may(actor: Actor, act: str, project: Project) -> bool:
    """Return whether the actor may do ``act`` on this project (0 queries for owners by unit, 1 for members)."""
    allowed = rights().roles_for(act)
    in_range = [
        grant
        for grant in actor.grants
        if grant.role in allowed
        and grant.lo <= project.region_key < grant.hi
        and (not grant.sector or grant.sector == project.sector)
    ]
    if any(grant.role not in OWN_ROLES for grant in in_range):
        return True
    return bool(in_range) and actor.unit_id is not None and project.owner_unit_id == actor.unit_id


def require(actor: Actor, act: str, project: Project) -> None:
    """Raise unless :func:`may` says yes.

    :raises NotAllowed: names the act and the post
    """
    if not may(actor, act, project):
        raise NotAllowed("rights.not_allowed", act=rights().label(act), actor=actor.name, post=actor.post_name)


def visible(actor: Actor, on: date, *, table: str = "status") -> Q:
    """Return the row filter of what the actor may read, for ProjectStatus (``status``) or Project (``project``).

    Staff see their regions' projects and projects with a site there; units see what they own or work on.
    At most two small queries bring ids of sites and memberships; zero grants match nothing.
    """
    where = actor.scope("projects.view", "region_key", "sector")
    extra: set[int] = set()
    ranges = actor.ranges("projects.view")
    if ranges and not (len(ranges) == 1 and ranges[0][0] <= 0):
        inside = Q(pk__in=[])
        for lo, hi in ranges:
            inside |= Q(region_key__gte=lo, region_key__lt=hi)
        extra.update(ProjectSite.objects.filter(inside).values_list("project_id", flat=True)[:MAX_EXTRA])
    if actor.unit_id is not None and actor.may("projects.view_own"):
        where |= Q(owner_unit_id=actor.unit_id)
        extra.update(list_member_project_ids(actor.unit_id, on))
    return where | Q(pk__in=extra) if extra else where


def list_member_project_ids(unit_id: int, on: date) -> list[int]:
    """Return the projects on which the unit is a member on the day (1 query)."""
    current = Q(valid_to=None) | Q(valid_to__gt=on)
    members = Member.objects.filter(current, unit_id=unit_id, valid_from__lte=on)
    return list(members.values_list("project_id", flat=True)[:MAX_EXTRA])
