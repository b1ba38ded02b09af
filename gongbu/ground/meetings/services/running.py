"""During the meeting: open it, take attendance, enter what is settled."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Max

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.meetings.entry import Mark, Resolution
from gongbu.ground.meetings.models import AgendaItem, Attendee, Meeting
from gongbu.ground.meetings.rules.settling import Settled, check_resolution
from gongbu.ground.meetings.services import telling
from gongbu.ground.meetings.services.record import (
    bump,
    enter,
    lock,
    recount,
    state_of_attendee,
    state_of_item,
    units_by_id,
)
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Unit

State = Meeting.State


@act("meetings.hold", "开始会议")
def hold_meeting(*, meeting_id: int, actor: Actor, on: date | None = None, rev: int | None = None) -> Meeting:
    """Open a called meeting on ``on`` (today by default; an earlier day enters a meeting late), and give it its number.

    The number counts the meetings of this kind that the host unit held in the year, without gaps.

    :raises Refusal: not called, or the day lies ahead
    """
    meeting = lock(meeting_id, actor=actor, act="meetings.hold", states=[State.CALLED], rev=rev)
    today = clock.today()
    day = on or today
    if day > today:
        raise Refusal("meetings.day_ahead", field="meetings.held_on", on=day.isoformat(), today=today.isoformat())
    before = {"state": meeting.state, "held_on": meeting.held_on.isoformat() if meeting.held_on else ""}
    meeting.state, meeting.held_on = State.HELD, day
    _give_number(meeting)
    bump(meeting, "state", "held_on", "year", "ordinal", "number")
    after = {"state": meeting.state, "held_on": day.isoformat(), "number": meeting.number}
    enter("meetings.hold", meeting, actor=actor, on=day, before=before, after=after)
    telling.stop_asking(meeting, "会议已开始")
    telling.ask_to_close(meeting, actor)
    return meeting


def _give_number(meeting: Meeting) -> None:
    assert meeting.held_on is not None
    meeting.year = meeting.held_on.year
    if meeting.host_unit_id is None:
        return
    # Two meetings of one unit opened at once wait for each other here.
    Unit.objects.unscoped("locked while its meetings are counted").select_for_update().get(pk=meeting.host_unit_id)
    rows = Meeting.objects.unscoped("numbers of one unit").filter(
        host_unit_id=meeting.host_unit_id, kind=meeting.kind, year=meeting.year
    )
    meeting.ordinal = (rows.aggregate(last=Max("ordinal"))["last"] or 0) + 1
    meeting.number = f"{meeting.year}年第{meeting.ordinal}次"


@act("meetings.attend", "会议签到")
def attend(*, meeting_id: int, marks: Mapping[int, Mark], actor: Actor, rest: str = "") -> Meeting:
    """Mark who came (attendee id → mark). ``rest`` marks everybody not marked before or now (ABSENT, PRESENT).

    :raises InvalidInput: an attendee of another meeting, an unknown mark, a proxy without a name
    :raises Refusal: the meeting is not being held, or nothing changed
    """
    meeting = lock(meeting_id, actor=actor, act="meetings.attend", states=[State.HELD])
    rows = {row.pk: row for row in meeting.attendees.select_for_update()}
    wanted = dict(marks)
    if rest:
        wanted |= {pk: Mark(rest) for pk, row in rows.items() if not row.mark and pk not in wanted}
    _check_marks(wanted, rows)
    changed: list[Attendee] = []
    before = []
    for pk, mark in wanted.items():
        row = rows[pk]
        proxy = " ".join(mark.proxy_name.split()) if mark.code == Attendee.Mark.PROXY else ""
        if (row.mark, row.proxy_name) != (mark.code, proxy):
            before.append(state_of_attendee(row))
            row.mark, row.proxy_name = mark.code, proxy
            changed.append(row)
    if not changed:
        raise Refusal("meetings.nothing_changed")
    Attendee.objects.bulk_update(changed, ["mark", "proxy_name"])
    after = {"attendees": [state_of_attendee(row) for row in changed]}
    enter("meetings.attend", meeting, actor=actor, on=meeting.held_on, before={"attendees": before}, after=after)
    return meeting


def _check_marks(marks: Mapping[int, Mark], rows: Mapping[int, Attendee]) -> None:
    found = []
    refuse_secret(*(mark.proxy_name for mark in marks.values()))
    for pk, mark in marks.items():
        if pk not in rows or (mark.code and mark.code not in Attendee.Mark.values):
            found.append(Finding("meetings.mark_unknown", {}, "meetings.attendance", Severity.REJECT))
        elif mark.code == Attendee.Mark.PROXY and not mark.proxy_name.strip():
            data = {"who": rows[pk].label}
            found.append(Finding("meetings.proxy_missing", data, f"meetings.proxy_{pk}", Severity.REJECT))
        elif len(mark.proxy_name) > 40:
            size = {"limit": 40, "length": len(mark.proxy_name)}
            found.append(Finding("meetings.too_long", size, f"meetings.proxy_{pk}", Severity.REJECT))
    raise_on_reject(found)


@act("meetings.resolve_item", "记录议定事项")
def resolve_item(*, item_id: int, settled: Resolution, actor: Actor, rev: int | None = None) -> AgendaItem:
    """Enter what was settled about an item; it may be entered anew until the meeting is closed.

    :raises InvalidInput: no resolution; 原则同意 without conditions, 不同意 or 缓议 without words; a due day before the meeting or
        without a responsible unit; too long; a secrecy rule met
    :raises ChangedMeanwhile: somebody else entered something since ``rev`` of the item
    :raises Refusal: the meeting is not being held, or the item was withdrawn
    """
    item = AgendaItem.objects.unscoped("its meeting is locked and tested next").filter(pk=item_id).first()
    if item is None:
        raise NotFound("meetings.item_missing")
    meeting = lock(item.meeting_id, actor=actor, act="meetings.resolve_item", states=[State.HELD])
    item.refresh_from_db()
    if item.resolution == AgendaItem.Resolution.WITHDRAWN:
        raise Refusal("meetings.item_withdrawn", title=item.title)
    if rev is not None and rev != item.rev:
        raise ChangedMeanwhile("meetings.item_changed", title=item.title, resolution=item.get_resolution_display())
    before = state_of_item(item)
    put(item, settled, meeting)
    item.rev += 1
    item.save()
    recount(meeting)
    meeting.save(update_fields=["items_total", "items_open"])
    enter("meetings.resolve_item", meeting, actor=actor, on=meeting.held_on, before=before, after=state_of_item(item))
    return item


def put(item: AgendaItem, settled: Resolution, meeting: Meeting) -> None:
    """Put a resolution that passes the rules on an item, unsaved.

    :raises InvalidInput: see :func:`resolve_item`
    """
    unit = units_by_id([settled.responsible_unit_id]).get(settled.responsible_unit_id or 0)
    name = unit.name if unit else " ".join(settled.responsible_name.split())
    text, conditions = settled.text.strip(), settled.conditions.strip()
    refuse_secret(text, conditions, name)
    assert meeting.held_on is not None
    found = check_resolution(Settled(settled.code, text, conditions, settled.due_on, bool(name)), meeting.held_on)
    if settled.responsible_unit_id and unit is None:
        found.append(Finding("meetings.unit_unknown", {}, "meetings.responsible", Severity.REJECT))
    for field, value, limit in (
        ("resolution_text", text, 2000), ("conditions", conditions, 1000), ("responsible", name, 120)
    ):  # fmt: skip
        if len(value) > limit:
            data = {"limit": limit, "length": len(value)}
            found.append(Finding("meetings.too_long", data, f"meetings.{field}", Severity.REJECT))
    raise_on_reject(found)
    item.resolution, item.resolution_text, item.conditions = settled.code, text, conditions
    item.due_on, item.responsible_unit, item.responsible_name = settled.due_on, unit, name
