"""Reads of meetings: the registers, one meeting with its agenda, invitations, what meetings said about a subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.meetings import kinds
from gongbu.ground.meetings.models import AgendaItem, Attendee, Meeting
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Unit

VIEW = "meetings.view"


def list_meetings(actor: Actor) -> QuerySet[Meeting]:
    """Return the meetings in the actor's regions."""
    rows: QuerySet[Meeting] = Meeting.objects.narrowed("scope_any_sector").filter(actor.scope_any_sector(VIEW))
    return rows


def may_open(actor: Actor, meeting_id: int | None) -> bool:
    """Return whether the actor may open the page of a meeting (1 query)."""
    return meeting_id is not None and list_meetings(actor).filter(pk=meeting_id).exists()


def list_settled(actor: Actor) -> QuerySet[AgendaItem]:
    """Return what closed meetings in the actor's regions settled or put off."""
    rows: QuerySet[AgendaItem] = AgendaItem.objects.narrowed("scope_any_sector").filter(
        actor.scope_any_sector(VIEW, "meeting__region_key"), meeting__state=Meeting.State.CLOSED
    )
    return rows.exclude(resolution=AgendaItem.Resolution.WITHDRAWN)


def get_meeting(meeting_id: int, actor: Actor) -> Meeting:
    """Return one meeting with its region (1 query).

    :raises NotFound: none such in the actor's regions
    """
    meeting = list_meetings(actor).select_related("region").filter(pk=meeting_id).first()
    if meeting is None:
        raise NotFound("meetings.not_found")
    return meeting


def list_agenda(meeting: Meeting) -> list[AgendaItem]:
    """Return the items of a meeting that was tested, in order (1 query)."""
    return list_agenda_of(meeting.pk)


def list_agenda_of(meeting_id: int) -> list[AgendaItem]:
    """Return the items of a meeting that the caller may see, in order (1 query)."""
    return list(AgendaItem.objects.unscoped("of a meeting that was tested").filter(meeting_id=meeting_id))


def list_attendees(meeting: Meeting) -> list[Attendee]:
    """Return who was asked, in order (1 query)."""
    return list(Attendee.objects.filter(meeting=meeting))


def get_item(item_id: int, actor: Actor) -> AgendaItem:
    """Return one item with its meeting (1 query).

    :raises NotFound: none such in the actor's regions
    """
    rows = AgendaItem.objects.narrowed("scope_any_sector").select_related("meeting__region")
    item = rows.filter(actor.scope_any_sector(VIEW, "meeting__region_key"), pk=item_id).first()
    if item is None:
        raise NotFound("meetings.item_missing")
    return item


@dataclass(frozen=True, slots=True)
class ItemOf:
    """What one meeting said about a subject. ``resolution`` is "" until the meeting is closed."""

    meeting_id: int
    meeting_title: str
    meeting_kind: str
    kind_label: str
    number: str
    state: str
    state_label: str
    held_on: date | None
    item_id: int
    title: str
    resolution: str
    resolution_label: str
    text: str
    conditions: str
    due_on: date | None
    responsible: str
    receipt: str
    key: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the meeting is still to come, or has not been closed yet."""
        return self.state not in (Meeting.State.CLOSED, Meeting.State.CANCELLED)


def list_items_of(subject_kind: str, subject_id: int) -> list[ItemOf]:
    """Return the agenda items about a subject, newest meeting first; cancelled and withdrawn ones are left out (1 query).

    The caller has tested that the subject may be seen.
    """
    rows = AgendaItem.objects.unscoped("items of a subject that the caller may see").select_related("meeting")
    rows = rows.filter(subject_kind=subject_kind, subject_id=subject_id).exclude(
        Q(meeting__state=Meeting.State.CANCELLED) | Q(resolution=AgendaItem.Resolution.WITHDRAWN)
    )
    return [_item_of(item) for item in rows.order_by("-meeting__held_on", "-meeting_id", "position")]


def _item_of(item: AgendaItem) -> ItemOf:
    meeting = item.meeting
    is_final = meeting.state == Meeting.State.CLOSED
    return ItemOf(
        meeting_id=meeting.pk,
        meeting_title=meeting.title,
        meeting_kind=meeting.kind,
        kind_label=kinds.label(meeting.kind),
        number=meeting.number,
        state=meeting.state,
        state_label=meeting.get_state_display(),
        held_on=meeting.held_on,
        item_id=item.pk,
        title=item.title,
        resolution=item.resolution if is_final else "",
        resolution_label=item.get_resolution_display() if is_final else "",
        text=item.resolution_text if is_final else "",
        conditions=item.conditions if is_final else "",
        due_on=item.due_on if is_final else None,
        responsible=item.responsible_name if is_final else "",
        receipt=meeting.receipt,
        key=item.key or "",
    )


@dataclass(frozen=True, slots=True)
class Invitation:
    """A meeting as an invited unit or person sees it: their own rows of the list, and the items that concern them."""

    meeting: Meeting
    mine: Sequence[Attendee]
    items: Sequence[AgendaItem]


def get_invitation(meeting_id: int, actor: Actor) -> Invitation:
    """Return the meeting to which the actor or his unit was asked, or that gave his unit work (3 queries).

    :raises NotFound: neither asked nor given work; a meeting still in preparation counts as none
    """
    rows = Meeting.objects.unscoped("judged by invitation below").select_related("region")
    meeting = rows.filter(pk=meeting_id).exclude(state=Meeting.State.DRAFT).first()
    if meeting is None or actor.person_id is None:
        raise NotFound("meetings.invitation_missing")
    own = Q(person_id=actor.person_id)
    concerned = Q(pk__in=[])
    if actor.unit_id is not None:
        own |= Q(unit_id=actor.unit_id)
        concerned = Q(presenter_unit_id=actor.unit_id) | Q(responsible_unit_id=actor.unit_id)
    mine = list(Attendee.objects.filter(own, meeting=meeting))
    items = AgendaItem.objects.unscoped("of this meeting").filter(meeting=meeting)
    if not mine or not actor.may(VIEW):  # owners and firms see what concerns them; offices that were asked see it all
        items = items.filter(concerned)
    found = list(items)
    if not mine and not any(item.responsible_unit_id == actor.unit_id for item in found):
        raise NotFound("meetings.invitation_missing")
    return Invitation(meeting, mine, found)


def meeting_of(attendee_id: int) -> int:
    """Return the meeting to which an invitation belongs (1 query).

    :raises NotFound: no such invitation
    """
    found = Attendee.objects.filter(pk=attendee_id).values_list("meeting_id", flat=True).first()
    if found is None:
        raise NotFound("meetings.invitation_missing")
    return found


def last_like(actor: Actor, kind: str) -> Meeting | None:
    """Return the newest meeting of this kind that the actor's unit ran, to take its attendance list from (1 query)."""
    if actor.unit_id is None:
        return None
    rows = Meeting.objects.unscoped("of the actor's own unit").filter(kind=kind, clerk_unit_id=actor.unit_id)
    return rows.exclude(state=Meeting.State.CANCELLED).order_by("-pk").first()


def match_units(names: Sequence[str]) -> dict[str, int]:
    """Return name → id of the one standing unit with this name or short name (1 query); others are left out."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    rows = Unit.objects.unscoped("found by name, not listed").exclude(status=Unit.Status.CLOSED)
    found: dict[str, set[int]] = {}
    for pk, name, short in rows.filter(Q(name__in=wanted) | Q(short_name__in=wanted)).values_list(
        "pk", "name", "short_name"
    ):
        for word in {name, short} & wanted:
            found.setdefault(word, set()).add(pk)
    return {word: next(iter(ids)) for word, ids in found.items() if len(ids) == 1}


def match_people(pairs: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return (unit id, name) → the one active person of that name in the unit (1 query)."""
    from gongbu.ground.orgs.models import Person

    wanted = {pair for pair in pairs if pair[1]}
    if not wanted:
        return {}
    rows = Person.objects.filter(unit_id__in={unit for unit, _ in wanted}, name__in={name for _, name in wanted})
    found: dict[tuple[int, str], list[int]] = {}
    for pk, unit_id, name in rows.filter(is_active=True).values_list("pk", "unit_id", "name"):
        found.setdefault((unit_id, name), []).append(pk)
    return {pair: ids[0] for pair, ids in found.items() if pair in wanted and len(ids) == 1}


def list_offices(region_key: int, region_end: int) -> list[tuple[int, str]]:
    """Return the government units of a region with its subtree, by name: those a clerk ticks (1 query)."""
    rows = Unit.objects.unscoped("whom one may ask to a meeting").filter(
        region__key_lo__gte=region_key, region__key_lo__lt=region_end, status=Unit.Status.ACTIVE,
        kind__in=[Unit.Kind.GOVERNMENT, Unit.Kind.PUBLIC_INSTITUTION],
    )  # fmt: skip
    return list(rows.order_by("region__key_lo", "sort_pinyin", "name").values_list("pk", "name")[:200])


def as_facts(item: AgendaItem) -> dict[str, Any]:
    """Return what was settled about an item, by form key."""
    return {
        "resolution": item.resolution, "resolution_text": item.resolution_text, "conditions": item.conditions,
        "due_on": item.due_on.isoformat() if item.due_on else "", "responsible": item.responsible_name,
    }  # fmt: skip
