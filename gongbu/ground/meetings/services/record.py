"""What every act on a meeting shares: lock and test, count, enter the book, tell others."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import ChangedMeanwhile, NotAllowed, NotFound, Refusal
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.queries import find_last_act
from gongbu.ground.meetings.models import AgendaItem, Attendee, Meeting
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.ground.orgs.models import Person, Unit

SUBJECT = "meeting"


def subject_of(meeting: Meeting) -> Subject:
    """Return the meeting as the subject of an entry."""
    return Subject(SUBJECT, meeting.pk, meeting.region_key, meeting.title)


def runs(actor: Actor, meeting: Meeting) -> bool:
    """Return whether the actor is of those who run the meeting: the calling unit, the unit that runs it, or who may all.

    A meeting called without a unit (by another room's act) is run by whoever has the right in the region.
    """
    if meeting.clerk_unit_id is None or actor.may("meetings.run_any", meeting.region_key):
        return True
    return actor.unit_id is not None and actor.unit_id in (meeting.clerk_unit_id, meeting.host_unit_id)


def lock(
    meeting_id: int, *, actor: Actor, act: str, states: Collection[str], rev: int | None = None, runs_it: bool = True
) -> Meeting:
    """Lock a meeting and make sure that this actor may do this act on it now.

    :raises NotFound: no such meeting in the region where the actor may read
    :raises NotAllowed: not this act, or another unit's meeting
    :raises ChangedMeanwhile: ``rev`` is no longer the present one
    :raises Refusal: the meeting is in another state
    """
    rows = Meeting.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    meeting = next(iter(rows.filter(pk=meeting_id)), None)
    if meeting is None or not (actor.may("meetings.view", meeting.region_key) or actor.may(act, meeting.region_key)):
        raise NotFound("meetings.not_found")
    actor.require(act, meeting.region_key)
    if runs_it and not runs(actor, meeting):
        raise NotAllowed("meetings.not_yours", clerk=meeting.clerk_name or meeting.host_name)
    if rev is not None and rev != meeting.rev:
        last = find_last_act(SUBJECT, meeting.pk)
        raise ChangedMeanwhile(
            "meetings.changed_meanwhile", by=last.by, at=last.at, rev=meeting.rev, when=last.when,
            what=entry_kinds.label(last.kind) if last.kind else "修改",
        )  # fmt: skip
    if meeting.state not in states:
        raise Refusal("meetings.wrong_state", title=meeting.title, state=Meeting.State(meeting.state).label)
    return meeting


def enter(
    kind: str,
    meeting: Meeting,
    *,
    actor: Actor,
    on: date | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **more: Any,
) -> Entry:
    """Leave one entry about the meeting, on ``on`` (today by default)."""
    return ledger.append(
        EntryDraft(
            kind=kind, subject=subject_of(meeting), actor=actor.stamp, occurred_on=on or clock.today(), before=before,
            after=after, extra={"rev": meeting.rev}, **more,
        )
    )  # fmt: skip


def bump(meeting: Meeting, *columns: str) -> None:
    """Count the revision and save the named columns."""
    meeting.rev += 1
    meeting.save(update_fields=[*columns, "rev"])


def items_of(meeting: Meeting) -> "ScopedQuerySet[AgendaItem]":
    """Return the items of a meeting that was tested, in the order of the agenda."""
    return AgendaItem.objects.unscoped("of a meeting that was tested").filter(meeting=meeting)


def recount(meeting: Meeting) -> None:
    """Set how many items stand on the agenda and how many of them are open (1 query)."""
    codes = list(items_of(meeting).values_list("resolution", flat=True))
    meeting.items_total = sum(code != AgendaItem.Resolution.WITHDRAWN for code in codes)
    meeting.items_open = sum(not code for code in codes)


def state_of_item(item: AgendaItem) -> dict[str, Any]:
    """Return the facts of an item as an entry holds them."""
    facts = {
        "item": item.pk, "title": item.title, "subject": f"{item.subject_kind}:{item.subject_id}",
        "resolution": item.resolution, "text": item.resolution_text, "conditions": item.conditions,
        "due_on": item.due_on.isoformat() if item.due_on else "", "responsible": item.responsible_name,
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value != ""}


def state_of_attendee(row: Attendee) -> dict[str, Any]:
    """Return an attendee as an entry holds him: the row, the unit, the person's id; no name, no office."""
    facts = {
        "attendee": row.pk, "unit": row.unit_name, "person": row.person_id, "role": row.role, "reply": row.reply,
        "mark": row.mark,
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value not in ("", None)}


def units_by_id(ids: Collection[int | None]) -> dict[int, Unit]:
    """Return units by id (1 query, none without ids)."""
    wanted = {pk for pk in ids if pk is not None}
    return Unit.objects.unscoped("named in a meeting").in_bulk(list(wanted)) if wanted else {}


def people_by_id(ids: Collection[int | None]) -> dict[int, Person]:
    """Return active people by id (1 query, none without ids)."""
    wanted = [pk for pk in ids if pk is not None]
    return {row.pk: row for row in Person.objects.filter(pk__in=wanted, is_active=True)} if wanted else {}
