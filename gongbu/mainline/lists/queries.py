"""Read lists: the register, one list with its items, what lists a project stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.meetings import queries as meetings
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.mainline.lists.models import ListItem, ProjectList

VIEW = "lists.view"


def list_lists(actor: Actor) -> QuerySet[ProjectList]:
    """Return the lists that an actor may see: those of his regions, and what the regions above have issued."""
    rows = ProjectList.objects.narrowed("scope_any_sector and scope_above")
    return rows.filter(_in_sight(actor)).select_related("region")


def _in_sight(actor: Actor, path: str = "") -> Q:
    issued = Q(**{f"{path}state": ProjectList.State.ISSUED})
    return actor.scope_any_sector(VIEW, f"{path}region_key") | issued & actor.scope_above(VIEW, f"{path}region")


def get_list(list_id: int, actor: Actor) -> ProjectList:
    """Return one list (1 query).

    :raises NotFound: no such list, or out of sight
    """
    row = list_lists(actor).filter(pk=list_id).first()
    if row is None:
        raise NotFound("lists.not_found")
    return row


def list_items(row: ProjectList) -> list[ListItem]:
    """Return the items, those on the list first, each group in its order (1 query)."""
    return sorted(row.lines.order_by("position"), key=lambda item: item.state == ListItem.State.OFF)


def list_all_items(actor: Actor) -> QuerySet[ListItem]:
    """Return the lines of the lists that an actor may see, with their lists (rows of the items' register)."""
    rows = ListItem.objects.narrowed("scope_any_sector and scope_above")
    rows = rows.filter(_in_sight(actor, "list__"), state=ListItem.State.ON)
    return rows.exclude(list__state=ProjectList.State.WITHDRAWN).select_related("list")


@dataclass(frozen=True, slots=True)
class Standing:
    """A list on which a project stands."""

    list_id: int
    title: str
    state: str
    state_label: str
    doc_no: str
    reason: str
    origin_label: str
    voided: str


def list_standings(project_id: int) -> list[Standing]:
    """Return the lists on which a project stands now, latest year first (1 query). The caller has checked the project.

    A list that was issued and then withdrawn, or whose paper was voided, says so and why: somebody may hold the paper.
    """
    rows = ListItem.objects.unscoped("lists of one project in sight").filter(
        project_id=project_id, state=ListItem.State.ON
    )
    never_issued = Q(list__state=ProjectList.State.WITHDRAWN, list__doc_no="", list__void_doc_no="")
    rows = rows.exclude(never_issued).select_related("list").order_by("-list__year", "list_id")
    return [
        Standing(
            item.list_id, item.list.title, item.list.state, str(item.list.get_state_display()), item.list.doc_no,
            item.reason or item.rule, str(item.get_origin_display()), voided_words(item.list),
        )
        for item in rows
    ]  # fmt: skip


def voided_words(row: ProjectList) -> str:
    """Return which number of a list no longer holds, and why; "" where none was voided."""
    if row.state == ProjectList.State.WITHDRAWN:
        return f"{row.doc_no or row.void_doc_no}已作废：{row.withdrawn_reason}" if row.doc_no or row.void_doc_no else ""
    return f"{row.void_doc_no}已作废：{row.void_reason}" if row.void_doc_no else ""


def list_issued(region_key: int, year: int) -> list[ProjectList]:
    """Return the issued lists of a county for a year (1 query)."""
    rows = ProjectList.objects.unscoped("issued lists of a county").filter(region_key=region_key, year=year)
    return list(rows.filter(state=ProjectList.State.ISSUED).order_by("kind"))


FACT_KEYS = frozenset({"project_lists"})


def list_facts(project_ids: list[int], on: date) -> dict[int, dict[str, str]]:
    """Contribute the kinds of issued lists of the year on which each project stands (1 query)."""
    rows = ListItem.objects.unscoped("facts of named projects").filter(
        project_id__in=project_ids, state=ListItem.State.ON, list__state=ProjectList.State.ISSUED, list__year=on.year
    )
    found: dict[int, list[str]] = {}
    for pk, kind in rows.order_by("list__kind").values_list("project_id", "list__kind"):
        found.setdefault(pk, []).append(kind)
    return {pk: {"project_lists": ",".join(found.get(pk, []))} for pk in project_ids}


def list_counties(actor: Actor) -> list[tuple[int, str]]:
    """Return the counties of the actor's regions that may have lists, at most 300, in order of their codes (1 query)."""
    where = Q(pk__in=[])
    for lo, hi in actor.ranges("lists.draft"):
        where |= Q(key_lo__gte=lo, key_hi__lte=hi)
    rows = Region.objects.filter(where, valid_to=None, level=Region.Level.COUNTY)
    return list(rows.order_by("key_lo").values_list("pk", "name")[:300])


def list_open_meetings(actor: Actor, region_key: int) -> Sequence[tuple[str, str]]:
    """Return the meetings not yet held that a list may go to (1 query)."""
    states = (Meeting.State.DRAFT, Meeting.State.CALLED, Meeting.State.HELD)
    rows = meetings.list_meetings(actor).filter(region_key=region_key, state__in=states).order_by("held_on", "pk")
    return [
        (str(m.pk), f"{m.title}（{m.held_on or '日期未定'}，{m.get_state_display()}）") for m in rows[:50]
    ]  # fmt: skip
