"""Before the meeting: prepare, call, change, invite, put items on and take them off, cancel; and what invitees answer."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from django.db import IntegrityError

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotAllowed, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.text import one_line
from gongbu.ground.meetings import kinds
from gongbu.ground.meetings.entry import NewAttendee, NewItem, NewMeeting
from gongbu.ground.meetings.models import AgendaItem, Attendee, Meeting
from gongbu.ground.meetings.services import telling
from gongbu.ground.meetings.services.record import (
    SUBJECT,
    bump,
    enter,
    items_of,
    lock,
    people_by_id,
    recount,
    state_of_attendee,
    state_of_item,
    units_by_id,
)
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox

State = Meeting.State
BEFORE = (State.DRAFT, State.CALLED)
CHANGEABLE = ("title", "held_on", "begins_at", "place", "chair")
_LENGTHS = {"title": 160, "place": 120, "chair": 80}


@act("meetings.draft", "筹备会议")
def draft_meeting(*, new: NewMeeting, actor: Actor, key: str | None = None) -> Meeting:
    """Prepare a meeting; nobody is told yet. The same ``key`` returns the first meeting.

    :raises NotAllowed: no right in this region
    :raises InvalidInput: kind or title missing, a unit or person unknown, a secrecy rule met
    """
    return _first(key) or _create(new, actor, key, "meetings.draft")


def call_meeting(
    *,
    actor: Actor,
    new: NewMeeting | None = None,
    meeting_id: int | None = None,
    rev: int | None = None,
    key: str | None = None,
) -> Meeting:
    """Call a meeting: a prepared one by its id, or a new one at once. Invitees get a task to reply.

    The same ``key`` returns the first meeting, whatever became of it.

    :raises NotAllowed: no right in this region, or another unit's meeting
    :raises InvalidInput: day or place missing, nobody asked, or what :func:`draft_meeting` refuses
    :raises ChangedMeanwhile: the prepared meeting was changed since ``rev``
    """
    if (new is None) == (meeting_id is None):
        raise ValueError("call a new meeting, or a prepared one by its id")
    try:
        return _call(actor, new, meeting_id, rev, key)
    except IntegrityError:  # two requests at once with one key: the other came first
        if (first := _first(key)) is None:
            raise
        return first


@act("meetings.call", "召集会议")
def _call(actor: Actor, new: NewMeeting | None, meeting_id: int | None, rev: int | None, key: str | None) -> Meeting:
    if new is not None:
        if (first := _first(key)) is not None:
            return first
        meeting = _create(new, actor, key, "meetings.call")
    else:
        assert meeting_id is not None
        meeting = lock(meeting_id, actor=actor, act="meetings.call", states=[State.DRAFT], rev=rev)
    attendees = list(meeting.attendees.all())
    _check_callable(meeting, attendees)
    meeting.state = State.CALLED
    bump(meeting, "state")
    enter("meetings.call", meeting, actor=actor, after=_facts(meeting, attendees))
    outbox.add(
        "meeting.called", subject_kind=SUBJECT, subject_id=meeting.pk, region_key=meeting.region_key,
        held_on=_iso(meeting.held_on), kind=meeting.kind,
    )  # fmt: skip
    telling.ask_to_come(meeting, attendees, actor)
    return meeting


def _first(key: str | None) -> Meeting | None:
    return Meeting.objects.unscoped("the answer to a repeated request").filter(key=key).first() if key else None


def _create(new: NewMeeting, actor: Actor, key: str | None, act_name: str) -> Meeting:
    region = Region.objects.filter(pk=new.region_id).first()
    if region is None:
        raise NotFound("meetings.region_missing")
    actor.require(act_name, region.key_lo)
    raise_on_reject(_check_new(new))
    host_id = new.host_unit_id or actor.unit_id
    units = units_by_id([host_id])
    host = units.get(host_id) if host_id else None
    if new.host_unit_id and host is None:
        raise_on_reject([Finding("meetings.unit_unknown", {}, "meetings.host", Severity.REJECT)])
    meeting = Meeting.objects.create(
        key=key, region=region, region_key=region.key_lo, kind=new.kind, title=one_line(new.title), held_on=new.held_on,
        begins_at=new.begins_at, place=one_line(new.place), chair=one_line(new.chair), host_unit=host,
        host_name=host.name if host else actor.unit_name, clerk_unit_id=actor.unit_id, clerk_name=actor.unit_name,
        created_at=clock.now(),
    )  # fmt: skip
    attendees = _add_attendees(meeting, new.attendees)
    for item in new.items:
        _add_item(meeting, item)
    recount(meeting)
    meeting.save(update_fields=["items_total", "items_open"])
    if act_name == "meetings.draft":
        enter("meetings.draft", meeting, actor=actor, after=_facts(meeting, attendees))
    return meeting


def _check_new(new: NewMeeting) -> list[Finding]:
    found = _check_texts({"title": new.title, "place": new.place, "chair": new.chair})
    if not kinds.is_known(new.kind):
        found.append(Finding("meetings.kind_missing", {}, "meetings.kind", Severity.REJECT))
    return found


def _check_texts(texts: Mapping[str, str]) -> list[Finding]:
    refuse_secret(*texts.values())
    found = []
    if "title" in texts and not texts["title"].strip():
        found.append(Finding("meetings.title_missing", {}, "meetings.title", Severity.REJECT))
    for field, text in texts.items():
        if len(text) > _LENGTHS[field]:
            data = {"limit": _LENGTHS[field], "length": len(text)}
            found.append(Finding("meetings.too_long", data, f"meetings.{field}", Severity.REJECT))
    return found


def _check_callable(meeting: Meeting, attendees: Sequence[Attendee]) -> None:
    found = []
    if meeting.held_on is None:
        found.append(Finding("meetings.day_missing", {}, "meetings.held_on", Severity.REJECT))
    if not meeting.place:
        found.append(Finding("meetings.place_missing", {}, "meetings.place", Severity.REJECT))
    if not attendees:
        found.append(Finding("meetings.nobody_asked", {}, "meetings.attendees", Severity.REJECT))
    raise_on_reject(found)


def _facts(meeting: Meeting, attendees: Sequence[Attendee]) -> dict[str, Any]:
    facts = {
        "kind": meeting.kind, "title": meeting.title, "held_on": _iso(meeting.held_on),
        "begins_at": f"{meeting.begins_at:%H:%M}" if meeting.begins_at else "", "place": meeting.place,
        "host": meeting.host_name, "clerk": meeting.clerk_name,
        "attendees": [state_of_attendee(row) for row in attendees], "items": [state_of_item(item) for item in items_of(meeting)],
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value not in ("", None)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


# -- changing ------------------------------------------------------------------------------------------------------


@act("meetings.change", "变更会议安排")
def change_meeting(
    *, meeting_id: int, rev: int, changes: Mapping[str, str | date | time | None], actor: Actor, reason: str = ""
) -> Meeting:
    """Change title, day, hour, place or chair before the meeting; invitees of a called one are told what moved.

    :raises InvalidInput: unreadable values; a called meeting left without day or place
    :raises ChangedMeanwhile: somebody changed it since ``rev``
    :raises Refusal: nothing changed, or the meeting has begun
    """
    meeting = lock(meeting_id, actor=actor, act="meetings.change", states=BEFORE, rev=rev)
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"not to be changed: {sorted(unknown)}")
    given = {key: one_line(value) if isinstance(value, str) else value for key, value in changes.items()}
    changed = {key: value for key, value in given.items() if getattr(meeting, key) != value}
    if not changed:
        raise Refusal("meetings.nothing_changed")
    raise_on_reject(_check_texts({key: value for key, value in changed.items() if isinstance(value, str)}))
    refuse_secret(reason)
    before = {key: _plain(getattr(meeting, key)) for key in changed}
    for key, value in changed.items():
        setattr(meeting, key, value)
    if meeting.state == State.CALLED:
        _check_callable(meeting, list(meeting.attendees.all()))
    bump(meeting, *changed)
    after = {key: _plain(value) for key, value in changed.items()} | ({"reason": reason.strip()} if reason else {})
    enter("meetings.change", meeting, actor=actor, before=before, after=after)
    if meeting.state == State.CALLED:
        _tell_moved(meeting, before, actor, reason)
    return meeting


def _plain(value: Any) -> str:
    return f"{value:%H:%M}" if isinstance(value, time) else "" if value is None else str(value)


def _tell_moved(meeting: Meeting, before: Mapping[str, str], actor: Actor, reason: str) -> None:
    if not {"held_on", "begins_at", "place"} & before.keys():
        return
    telling.stop_asking(meeting, "会议安排已变更")
    Attendee.objects.filter(meeting=meeting).update(reply="", reply_note="", replied_at=None)
    telling.ask_to_come(meeting, list(meeting.attendees.all()), actor)
    telling.tell_invitees(
        meeting, key=f"meeting:{meeting.pk}:moved:{meeting.rev}", tone="WARN", title=f"会议安排变更：{meeting.title}",
        text=f"现定于 {telling.when(meeting)} 在{meeting.place}召开。{reason.strip()}", sender=actor.name,
    )  # fmt: skip


# -- attendees -----------------------------------------------------------------------------------------------------


@act("meetings.invite", "确定参会人员")
def set_attendees(
    *, meeting_id: int, attendees: Sequence[NewAttendee], actor: Actor, rev: int | None = None
) -> Meeting:
    """Set who is asked. Those who stand already keep their reply and mark; after the call new ones are asked at once.

    During the meeting people who turned up are added this way; nobody marked is taken off.

    :raises InvalidInput: a unit or person is unknown, or a called meeting would be left with nobody
    """
    states = [*BEFORE, State.HELD]
    meeting = lock(meeting_id, actor=actor, act="meetings.invite", states=states, rev=rev)
    standing = {_identity(row): row for row in meeting.attendees.all()}
    wanted = _resolve(attendees)
    identities = [_identity(row) for row in wanted]
    gone = [row for identity, row in standing.items() if identity not in identities]
    if marked := [row for row in gone if row.mark]:
        raise Refusal("meetings.marked_stays", who="、".join(row.label for row in marked[:3]))
    added = []
    for position, row in enumerate(wanted, 1):
        kept = standing.get(_identity(row))
        row.meeting, row.position = meeting, position
        if kept is None:
            added.append(row)
        else:
            Attendee.objects.filter(pk=kept.pk).update(position=position, duty=row.duty, role=row.role)
    if meeting.state != State.DRAFT and not wanted:
        raise_on_reject([Finding("meetings.nobody_asked", {}, "meetings.attendees", Severity.REJECT)])
    for row in gone:
        telling.stop_asking(meeting, "不再邀请", row)
    before = {"attendees": [state_of_attendee(row) for row in gone]} if gone else None
    Attendee.objects.filter(pk__in=[row.pk for row in gone]).delete()
    Attendee.objects.bulk_create(added)
    bump(meeting)
    after = {"attendees": [state_of_attendee(row) for row in added], "count": len(wanted)}
    enter("meetings.invite", meeting, actor=actor, before=before, after=after)
    if meeting.state == State.CALLED:
        telling.ask_to_come(meeting, added, actor)
    return meeting


def _identity(row: Attendee) -> tuple[Any, ...]:
    return (row.unit_id or row.unit_name, row.person_id or row.name)


def _add_attendees(meeting: Meeting, attendees: Sequence[NewAttendee]) -> list[Attendee]:
    rows = _resolve(attendees)
    for position, row in enumerate(rows, 1):
        row.meeting, row.position = meeting, position
    return Attendee.objects.bulk_create(rows)


def _resolve(attendees: Sequence[NewAttendee]) -> list[Attendee]:
    """Return the rows of what was asked for, repeats once.

    :raises InvalidInput: a unit or person that does not exist, an unknown role, nobody named, a text too long
    """
    units = units_by_id([new.unit_id for new in attendees])
    people = people_by_id([new.person_id for new in attendees])
    refuse_secret(*(text for new in attendees for text in (new.unit_name, new.name, new.duty)))
    found: list[Finding] = []
    rows: dict[tuple[Any, ...], Attendee] = {}
    for new in attendees:
        unit = units.get(new.unit_id) if new.unit_id else None
        person = people.get(new.person_id) if new.person_id else None
        unit_name = unit.name if unit else one_line(new.unit_name)
        name = person.name if person else one_line(new.name)
        if new.unit_id and unit is None:
            found.append(Finding("meetings.unit_unknown", {}, "meetings.attendees", Severity.REJECT))
        elif new.person_id and person is None:
            found.append(Finding("meetings.person_unknown", {}, "meetings.attendees", Severity.REJECT))
        elif not unit_name and not name:
            found.append(Finding("meetings.nobody_named", {}, "meetings.attendees", Severity.REJECT))
        elif new.role not in Attendee.Role.values:
            found.append(Finding("meetings.role_unknown", {}, "meetings.attendees", Severity.REJECT))
        elif len(unit_name) > 120 or len(name) > 40 or len(new.duty) > 60:
            data = {"who": (unit_name or name)[:20]}
            found.append(Finding("meetings.attendee_too_long", data, "meetings.attendees", Severity.REJECT))
        else:
            row = Attendee(
                unit=unit, unit_name=unit_name, person=person, name=name, duty=one_line(new.duty), role=new.role
            )
            rows.setdefault(_identity(row), row)
    raise_on_reject(found)
    return list(rows.values())


@act("meetings.reply", "回复参会")
def reply(*, attendee_id: int, code: str, actor: Actor, note: str = "") -> Attendee:
    """Answer an invitation for oneself or one's unit. ``note`` says who comes instead, or why nobody does.

    :raises NotFound: not an invitation of the actor or his unit
    :raises InvalidInput: no such answer, or no word of who comes instead or why nobody does
    :raises Refusal: the meeting is not called, or over
    """
    actor.require("meetings.reply")
    row = Attendee.objects.select_for_update(of=("self",)).select_related("meeting").filter(pk=attendee_id).first()
    if row is None or not is_own(row, actor):
        raise NotFound("meetings.invitation_missing")
    meeting = row.meeting
    if meeting.state != State.CALLED:
        raise Refusal("meetings.wrong_state", title=meeting.title, state=State(meeting.state).label)
    note = one_line(note)
    refuse_secret(note)
    found = []
    if code not in Attendee.Reply.values:
        found.append(Finding("meetings.reply_missing", {}, "meetings.reply", Severity.REJECT))
    elif code != Attendee.Reply.COMES and not note:
        found.append(Finding(f"meetings.note_missing_{code.lower()}", {}, "meetings.note", Severity.REJECT))
    if len(note) > 200:
        data = {"limit": 200, "length": len(note)}
        found.append(Finding("meetings.too_long", data, "meetings.note", Severity.REJECT))
    raise_on_reject(found)
    before = state_of_attendee(row)
    row.reply, row.reply_note, row.replied_at = code, note, clock.now()
    row.save(update_fields=["reply", "reply_note", "replied_at"])
    enter("meetings.reply", meeting, actor=actor, before=before, after=state_of_attendee(row))
    telling.replied(meeting, row, actor)
    return row


def is_own(row: Attendee, actor: Actor) -> bool:
    """Return whether the invitation is the actor's: his own, or his unit's without another name on it."""
    if row.person_id is not None:
        return row.person_id == actor.person_id
    return row.unit_id is not None and row.unit_id == actor.unit_id


# -- agenda --------------------------------------------------------------------------------------------------------


@act("meetings.add_item", "增列议题")
def add_item(*, meeting_id: int, item: NewItem, actor: Actor) -> AgendaItem:
    """Put an item on the agenda, before or during the meeting. The item's ``key`` returns the first one of that key.

    :raises InvalidInput: no title, too long, a unit unknown, a secrecy rule met
    :raises NotAllowed: the subject lies outside the meeting's region
    :raises Refusal: the meeting is over or cancelled
    """
    states = [*BEFORE, State.HELD]
    meeting = lock(meeting_id, actor=actor, act="meetings.add_item", states=states)
    if item.key:
        first = AgendaItem.objects.unscoped("the answer to a repeated request").filter(key=item.key).first()
        if first is not None:
            return first
    row = _add_item(meeting, item)
    recount(meeting)
    bump(meeting, "items_total", "items_open")
    enter("meetings.add_item", meeting, actor=actor, after=state_of_item(row))
    return row


def _add_item(meeting: Meeting, new: NewItem) -> AgendaItem:
    title, question, presenter = one_line(new.title), new.question.strip(), one_line(new.presenter_name)
    refuse_secret(title, question, presenter, new.subject_label)
    found = []
    for field, text, limit in (("item_title", title, 200), ("question", question, 1000), ("presenter", presenter, 120)):
        if len(text) > limit:
            data = {"limit": limit, "length": len(text)}
            found.append(Finding("meetings.too_long", data, f"meetings.{field}", Severity.REJECT))
    if not title:
        found.append(Finding("meetings.item_title_missing", {}, "meetings.item_title", Severity.REJECT))
    unit = units_by_id([new.presenter_unit_id]).get(new.presenter_unit_id or 0)
    if new.presenter_unit_id and unit is None:
        found.append(Finding("meetings.unit_unknown", {}, "meetings.presenter", Severity.REJECT))
    raise_on_reject(found)
    subject_kind, subject_id, subject_label = SUBJECT, meeting.pk, ""
    region_key = meeting.region_key
    if new.subject_kind and new.subject_id is not None:
        subject_kind, subject_id, subject_label = new.subject_kind, new.subject_id, new.subject_label[:200]
        region_key = meeting.region_key if new.region_key is None else new.region_key
    _require_near(meeting, region_key)
    last = items_of(meeting).order_by("-position").values_list("position", flat=True).first()
    return AgendaItem.objects.create(
        key=new.key, meeting=meeting, position=(last or 0) + 1, subject_kind=subject_kind, subject_id=subject_id,
        region_key=region_key, subject_label=subject_label, title=title, question=question, presenter_unit=unit,
        presenter_name=unit.name if unit else presenter,
    )  # fmt: skip


def _require_near(meeting: Meeting, region_key: int) -> None:
    """A meeting speaks of what lies in its region, or in one that its region lies in (a city's project in the county).

    :raises NotAllowed: the subject belongs to another place
    """
    region = meeting.region
    if region.contains(region_key):
        return
    outer = Region.objects.filter(key_lo=region_key).first()
    if outer is None or not outer.contains(region.key_lo):
        raise NotAllowed("meetings.subject_elsewhere", region=region.name)


@act("meetings.withdraw_item", "撤下议题")
def withdraw_item(*, item_id: int, reason: str, actor: Actor) -> AgendaItem:
    """Take an item off the agenda; it stays visible with the reason, and its room is told.

    :raises InvalidInput: no reason
    :raises Refusal: withdrawn already, or the meeting is over
    """
    item = _item(item_id)
    states = [*BEFORE, State.HELD]
    meeting = lock(item.meeting_id, actor=actor, act="meetings.withdraw_item", states=states)
    item.refresh_from_db()
    if item.resolution == AgendaItem.Resolution.WITHDRAWN:
        raise Refusal("meetings.item_withdrawn", title=item.title)
    reason = reason.strip()
    refuse_secret(reason)
    if not reason:
        raise_on_reject([Finding("meetings.reason_missing", {}, "meetings.reason", Severity.REJECT)])
    before = state_of_item(item)
    item.resolution, item.resolution_text, item.rev = AgendaItem.Resolution.WITHDRAWN, reason[:300], item.rev + 1
    item.save(update_fields=["resolution", "resolution_text", "rev"])
    recount(meeting)
    bump(meeting, "items_total", "items_open")
    enter("meetings.withdraw_item", meeting, actor=actor, before=before, after=state_of_item(item))
    _tell_withdrawn([item], meeting)
    return item


def _item(item_id: int) -> AgendaItem:
    item = AgendaItem.objects.unscoped("its meeting is locked and tested next").filter(pk=item_id).first()
    if item is None:
        raise NotFound("meetings.item_missing")
    return item


def _tell_withdrawn(items: Sequence[AgendaItem], meeting: Meeting) -> None:
    for item in items:
        outbox.add(
            "meeting.item_withdrawn", subject_kind=item.subject_kind, subject_id=item.subject_id,
            region_key=item.region_key, meeting=meeting.pk, item=item.pk,
        )  # fmt: skip


# -- cancelling ----------------------------------------------------------------------------------------------------


@act("meetings.cancel", "取消会议")
def cancel_meeting(*, meeting_id: int, reason: str, actor: Actor, rev: int | None = None) -> Meeting:
    """Cancel a meeting that has not begun; invitees and the rooms of its items are told.

    :raises InvalidInput: no reason
    :raises Refusal: it has begun
    """
    meeting = lock(meeting_id, actor=actor, act="meetings.cancel", states=BEFORE, rev=rev)
    reason = reason.strip()
    refuse_secret(reason)
    if not reason:
        raise_on_reject([Finding("meetings.reason_missing", {}, "meetings.reason", Severity.REJECT)])
    was_called = meeting.state == State.CALLED
    before = {"state": meeting.state}
    meeting.state, meeting.reason = State.CANCELLED, reason[:300]
    bump(meeting, "state", "reason")
    enter("meetings.cancel", meeting, actor=actor, before=before, after={"state": meeting.state, "reason": reason})
    _tell_withdrawn(list(items_of(meeting).filter(resolution="")), meeting)
    outbox.add("meeting.cancelled", subject_kind=SUBJECT, subject_id=meeting.pk, region_key=meeting.region_key)
    if was_called:
        telling.stop_asking(meeting, "会议已取消")
        telling.tell_invitees(
            meeting, key=f"meeting:{meeting.pk}:cancelled", tone="WARN", title=f"会议取消：{meeting.title}",
            text=f"原定 {telling.when(meeting)} 的会议取消。原因：{reason}", sender=actor.name,
        )  # fmt: skip
    return meeting
