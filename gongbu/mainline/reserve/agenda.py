"""列入会议议题: one click on the page of a reserve entry puts its project on the agenda of a prepared meeting."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.meetings import kinds as meeting_kinds
from gongbu.ground.meetings import offering
from gongbu.ground.meetings import queries as meetings
from gongbu.ground.meetings import services as meeting_services
from gongbu.ground.meetings.entry import NewItem
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.registers.pages import actor_of, page
from gongbu.mainline.reserve import group, queries
from gongbu.mainline.reserve.choices import EntryState
from gongbu.mainline.reserve.models import LibraryEntry
from gongbu.mainline.reserve.system import System, system_of

SUBJECT = "project"
OPEN = (EntryState.PENDING, EntryState.RETURNED, EntryState.IN)


def card_of(actor: Actor, entry: LibraryEntry, system: System) -> dict[str, Any]:
    """Return what the card of an entry shows: meetings it is on, and the prepared ones it may go to (4 queries).

    While the entry waits for the leading group, only meetings of its kind are offered: another settles nothing there.
    """
    kinds = system.meeting_kinds_of(entry.step) if group.waits(entry) else None
    offers = (
        offering.list_offers(actor, SUBJECT, entry.project_id, entry.region_key, kinds) if entry.state in OPEN else []
    )
    standing = meetings.list_items_of(SUBJECT, entry.project_id)
    open_to = meetings.list_meetings(actor).filter(pk__in=[item.meeting_id for item in standing])
    return {"standing": standing, "offers": offers, "open_to": set(open_to.values_list("pk", flat=True))}


@page("meetings.add_item", methods=("POST",))
def put_on_agenda(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the project of an entry on the agenda of the chosen meeting; pressed twice it stands there once."""
    actor = actor_of(request)
    entry = queries.get_entry(pk, actor)
    chosen = request.POST.get("meeting", "")
    if not chosen.isdecimal() or len(chosen) > 15:
        raise Refusal("reserve.agenda_meeting_missing")
    if entry.state not in OPEN:
        raise Refusal("reserve.agenda_closed", name=entry.project.name, state=entry.get_state_display())
    _check_kind(actor, entry, int(chosen))
    standing = {item.meeting_id for item in meetings.list_items_of(SUBJECT, entry.project_id)}
    if int(chosen) not in standing:
        meeting_services.add_item(meeting_id=int(chosen), item=_item(entry), actor=actor)
    return HttpResponseRedirect(f"{reverse('reserve:entry', args=[pk])}#agenda")


def _check_kind(actor: Actor, entry: LibraryEntry, meeting_id: int) -> None:
    """Raise when the entry waits for the leading group and the meeting is of another kind."""
    if not group.waits(entry):
        return
    system = system_of(entry.library.region, clock.today())
    meeting = meetings.get_meeting(meeting_id, actor)
    if meeting.kind not in system.meeting_kinds_of(entry.step):
        raise Refusal(
            "reserve.agenda_kind", step=system.step_label(entry.step), kinds=group.kinds_words(system),
            meeting=meeting.title, found=meeting_kinds.label(meeting.kind),
        )  # fmt: skip


def _item(entry: LibraryEntry) -> NewItem:
    """Return the item: its subject is the project, so that what is settled comes back to the entry and the file."""
    project, step = entry.project, entry.get_step_display() if entry.step else ""
    return NewItem(
        title=f"{project.name}列入{entry.library.name}"[:200],
        question=f"{step}：是否同意列入{entry.library.name}。" if step else "",
        subject_kind=SUBJECT,
        subject_id=project.pk,
        region_key=project.region_key,
        subject_label=project.name,
        presenter_unit_id=entry.library.keeper_id,
    )
