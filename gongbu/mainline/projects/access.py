"""Which projects an actor may see and act on. Staff by region; owners and outside parties by their own unit (CM-10)."""

from datetime import date

from django.db.models import F, Q, QuerySet, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from gongbu.ground.basics.findings import NotAllowed
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.row_security import in_reach
from gongbu.mainline.projects.models import Member, Project, ProjectSite

VIEW = "projects.view"
MAX_EXTRA = 2_000
# For row-level security, coarser than `visible`: whose unit owns a project elsewhere, is or was a member of it, or who
# has one of its sites in his ranges, may read it.
OWN_PROJECTS = " UNION ".join(
    (
        "SELECT project_id FROM projects_member WHERE unit_id = gongbu_own_unit()",
        "SELECT id FROM projects_project WHERE owner_unit_id = gongbu_own_unit()",
        f"SELECT project_id FROM projects_site WHERE {in_reach('region_key')}",  # noqa: S608
    )
)
OWN_PROJECTS_TABLES = ("projects_member", "projects_project", "projects_site")


def may(actor: Actor, act: str, project: Project) -> bool:
    """Return whether the actor may do ``act`` on this project (0 queries).

    A role bound to its own records (项目单位) may act on the projects that its unit owns, and on no others.
    """
    own = actor.unit_id is not None and project.owner_unit_id == actor.unit_id
    return actor.may(act, project.region_key, project.sector, own=own)


def require(actor: Actor, act: str, project: Project) -> None:
    """Raise unless :func:`may` says yes.

    :raises NotAllowed: names the act and the post
    """
    if not may(actor, act, project):
        raise NotAllowed("rights.not_allowed", act=rights().label(act), actor=actor.name, post=actor.post_name)


def visible(actor: Actor, on: date, *, is_wide: bool = False) -> Q:
    """Return the row filter of what the actor may read; it fits Project and ProjectStatus.

    Staff see their regions' projects and projects with a site there; units see what they own or work on.
    At most two small queries bring ids of sites and memberships; zero grants match nothing. ``is_wide`` writes the
    region test as ``region_key + 0``, which no index answers: the planner then walks in sort order and stops early.
    """
    where = _unindexed(actor) if is_wide else actor.scope(VIEW, "region_key", "sector")
    extra: set[int] = set()
    if (inside := _inside(actor)) is not None:
        extra.update(ProjectSite.objects.filter(inside).values_list("project_id", flat=True)[:MAX_EXTRA])
    if actor.unit_id is not None and actor.may_own(VIEW):
        where |= Q(owner_unit_id=actor.unit_id)
        extra.update(list_member_project_ids(actor.unit_id, on))
    return where | Q(pk__in=extra) if extra else where


def sees(actor: Actor, project: Project, on: date) -> bool:
    """Return whether :func:`visible` holds for one loaded project (0 queries for staff of its region, else up to 2)."""
    if actor.may(VIEW, project.region_key, project.sector):
        return True
    inside = _inside(actor)
    if inside is not None and ProjectSite.objects.filter(inside, project_id=project.pk).exists():
        return True
    if actor.unit_id is None or not actor.may_own(VIEW):
        return False
    if project.owner_unit_id == actor.unit_id:
        return True
    return _memberships(actor.unit_id, on).filter(project_id=project.pk).exists()


def sees_region(actor: Actor, region_key: int) -> bool:
    """Return whether every project of the region is in the actor's sight, whatever its sector (0 queries)."""
    return any(lo <= region_key < hi for lo, hi in actor.ranges(VIEW))


def _inside(actor: Actor) -> Q | None:
    """Return the filter of sites in the actor's regions; None when he has none, or the nation, which needs no sites."""
    ranges = actor.ranges(VIEW)
    if not ranges or ranges[0][0] <= 0:
        return None
    inside = Q(pk__in=[])
    for lo, hi in ranges:
        inside |= Q(region_key__gte=lo, region_key__lt=hi)
    return inside


def _unindexed(actor: Actor) -> Q:
    key = F("region_key") + Value(0)
    where = Q(pk__in=[])
    for lo, hi in actor.ranges(VIEW):
        where |= Q(GreaterThanOrEqual(key, lo)) & Q(LessThan(key, hi))
    for grant in actor.grants:
        if grant.sector and grant.role in rights().roles_for(VIEW) - rights().own_records_only:
            where |= Q(region_key__gte=grant.lo, region_key__lt=grant.hi, sector=grant.sector)
    return where


def readable(actor: Actor, on: date) -> "ScopedQuerySet[Project]":
    """Return the projects that the actor may read, unevaluated; callers narrow by id or parent, so that index leads."""
    return Project.objects.narrowed("access.visible").filter(visible(actor, on, is_wide=True))


def list_member_project_ids(unit_id: int, on: date) -> list[int]:
    """Return the projects on which the unit is a member on the day (1 query)."""
    return list(_memberships(unit_id, on).values_list("project_id", flat=True)[:MAX_EXTRA])


def _memberships(unit_id: int, on: date) -> "QuerySet[Member]":
    current = Q(valid_to=None) | Q(valid_to__gt=on)
    return Member.objects.filter(current, unit_id=unit_id, valid_from__lte=on)
