"""After the meeting: close it with its minutes, correct what was recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.documents import queries as documents
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.hashing import DEFAULT, digest_of
from gongbu.ground.meetings import kinds
from gongbu.ground.meetings.entry import Resolution
from gongbu.ground.meetings.models import AgendaItem, Attendee, Meeting
from gongbu.ground.meetings.rules.settling import ClosingFacts, check_closing
from gongbu.ground.meetings.services import telling
from gongbu.ground.meetings.services.record import (
    SUBJECT,
    bump,
    enter,
    items_of,
    lock,
    recount,
    state_of_attendee,
    state_of_item,
)
from gongbu.ground.meetings.services.running import put
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox

State = Meeting.State
MINUTES = "MINUTES"
MINUTES_LENGTH = 50_000


@act("meetings.close", "办结会议")
def close_meeting(*, meeting_id: int, actor: Actor, minutes: str = "", rev: int | None = None) -> Meeting:
    """Close a meeting: everybody marked, every item settled or put off, minutes as text or as a filed document.

    Leaves a receipt, and tells each item's room what was settled, in this transaction.

    :raises InvalidInput: something is missing, named one by one; a secrecy rule met
    :raises Refusal: not being held
    """
    meeting = lock(meeting_id, actor=actor, act="meetings.close", states=[State.HELD], rev=rev)
    meeting.minutes = _clean(minutes)
    items = list(items_of(meeting))
    attendees = list(meeting.attendees.all())
    digests = minutes_on_file(meeting, actor)
    raise_on_reject(check_closing(closing_facts(meeting, attendees, items, bool(digests))))
    meeting.state, meeting.closed_at = State.CLOSED, clock.now()
    recount(meeting)
    bump(meeting, "minutes", "state", "closed_at", "items_total", "items_open")
    _seal("meetings.close", meeting, items, attendees, digests, actor)
    _enter_items("meetings.item_settled", meeting, items, actor)
    for item in items:
        if item.resolution != AgendaItem.Resolution.WITHDRAWN:
            _tell("meeting.item_resolved", meeting, item)
    outbox.add(
        "meeting.closed", subject_kind=SUBJECT, subject_id=meeting.pk, region_key=meeting.region_key, kind=meeting.kind
    )
    telling.closed(meeting, actor)
    telling.tell_responsible(meeting, items)
    return meeting


def _clean(minutes: str) -> str:
    text = minutes.replace("\r\n", "\n").strip()
    refuse_secret(text)
    if len(text) > MINUTES_LENGTH:
        data = {"limit": MINUTES_LENGTH, "length": len(text)}
        raise_on_reject([Finding("meetings.too_long", data, "meetings.minutes", Severity.REJECT)])
    return text


def minutes_on_file(meeting: Meeting, actor: Actor) -> list[str]:
    """Return the digests of the meeting's filed minutes that stand today (1 query)."""
    rows = documents.list_for_subject(SUBJECT, meeting.pk, actor).rows
    return [f"SM3:{row.sm3}" for row in rows if row.kind == MINUTES and row.withdrawn_at is None]


def closing_facts(
    meeting: Meeting, attendees: Sequence[Attendee], items: Sequence[AgendaItem], has_file: bool
) -> ClosingFacts:
    """Return where a meeting stands, as the rule of closing reads it."""
    on_agenda = [item for item in items if item.resolution != AgendaItem.Resolution.WITHDRAWN]
    return ClosingFacts(
        unmarked=sum(not row.mark for row in attendees),
        came=sum(row.mark in (Attendee.Mark.PRESENT, Attendee.Mark.PROXY) for row in attendees),
        open_items=[item.title for item in on_agenda if not item.resolution],
        items=len(on_agenda),
        has_minutes=bool(meeting.minutes) or has_file,
    )


def _digest(text: str) -> str:
    return digest_of(DEFAULT)(text.encode()).hex()


def _seal(
    kind: str,
    meeting: Meeting,
    items: Sequence[AgendaItem],
    attendees: Sequence[Attendee],
    digests: Sequence[str],
    actor: Actor,
    **more: Any,
) -> None:
    """Enter the whole state of the meeting with a receipt, and keep it on the meeting."""
    own = [f"{DEFAULT}:{_digest(meeting.minutes)}"] if meeting.minutes else []
    counts = {code: sum(row.mark == code for row in attendees) for code in Attendee.Mark.values}
    after = {
        "number": meeting.number, "held_on": meeting.held_on.isoformat() if meeting.held_on else "",
        "attendance": counts, "attendees": [state_of_attendee(row) for row in attendees],
        "items": [state_of_item(item) for item in items],
    }  # fmt: skip
    entry = enter(
        kind, meeting, actor=actor, after=after, documents=[*own, *digests], public=public_fields(meeting, counts),
        **more,
    )  # fmt: skip
    meeting.entry_id, meeting.receipt = entry.pk, entry.receipt or ""
    meeting.save(update_fields=["entry_id", "receipt"])


def public_fields(meeting: Meeting, counts: Mapping[str, int]) -> dict[str, str]:
    """Return what a receipt page may show without an account: which meeting, when, how many came, the minutes' digest."""
    shown = {
        "文书": "会议纪要",
        "名称": meeting.title,
        "会议类别": kinds.label(meeting.kind),
        "期次": meeting.number,
        "召集单位": meeting.host_name,
        "召开日期": meeting.held_on.isoformat() if meeting.held_on else "",
        "到会": f"{counts.get('PRESENT', 0) + counts.get('PROXY', 0)}（代会 {counts.get('PROXY', 0)}）",
        "议题数": str(meeting.items_total),
        "纪要文本 SM3 摘要": _digest(meeting.minutes) if meeting.minutes else "",
    }
    return {key: value for key, value in shown.items() if value}


def _enter_items(kind: str, meeting: Meeting, items: Sequence[AgendaItem], actor: Actor) -> None:
    """Let the timeline of each item's own subject show what was settled about it."""
    drafts = [
        EntryDraft(
            kind=kind,
            subject=Subject(item.subject_kind, item.subject_id, item.region_key, item.subject_label or item.title),
            actor=actor.stamp,
            occurred_on=meeting.held_on or clock.today(),
            after=_in_words(meeting, item),
            extra={"meeting": meeting.pk, "item": item.pk},
        )
        for item in items
        if item.subject_kind != SUBJECT and item.resolution != AgendaItem.Resolution.WITHDRAWN
    ]
    ledger.append_many(drafts)


def _in_words(meeting: Meeting, item: AgendaItem) -> dict[str, str]:
    words = {
        "meeting": " ".join(part for part in (meeting.title, meeting.number) if part),
        "agenda_item": item.title,
        "resolution": item.get_resolution_display(),
        "resolution_text": item.resolution_text,
        "conditions": item.conditions,
        "resolution_due_on": item.due_on.isoformat() if item.due_on else "",
        "responsible": item.responsible_name,
    }
    return {key: value for key, value in words.items() if value}


def _tell(topic: str, meeting: Meeting, item: AgendaItem, **more: Any) -> None:
    outbox.add(
        topic, subject_kind=item.subject_kind, subject_id=item.subject_id, region_key=item.region_key,
        meeting=meeting.pk, meeting_kind=meeting.kind, item=item.pk, item_key=item.key, resolution=item.resolution,
        text=item.resolution_text, conditions=item.conditions, due_on=item.due_on.isoformat() if item.due_on else None,
        responsible_unit=item.responsible_unit_id, held_on=meeting.held_on.isoformat() if meeting.held_on else None,
        receipt=meeting.receipt, **more,
    )  # fmt: skip


@act("meetings.correct", "更正会议记录")
def correct_meeting(
    *,
    meeting_id: int,
    rev: int,
    reason: str,
    actor: Actor,
    minutes: str | None = None,
    items: Mapping[int, Resolution] | None = None,
) -> Meeting:
    """Correct a closed meeting: minutes, or what was settled about items, with a reason. The old receipt then says so.

    :raises InvalidInput: no reason; a resolution that does not pass the rules; minutes taken away
    :raises ChangedMeanwhile: another correction came first
    :raises Refusal: not closed, or nothing changed
    """
    meeting = lock(meeting_id, actor=actor, act="meetings.correct", states=[State.CLOSED], rev=rev)
    reason = reason.strip()
    refuse_secret(reason)
    if not reason:
        raise_on_reject([Finding("meetings.reason_missing", {}, "meetings.reason", Severity.REJECT)])
    rows = {item.pk: item for item in items_of(meeting)}
    was = {pk: item.resolution for pk, item in rows.items()}
    before: dict[str, Any] = {}
    changed = _corrected_items(meeting, rows, items or {}, before)
    columns = ["corrections"]
    if minutes is not None and (text := _clean(minutes)) != meeting.minutes:
        before["minutes"] = _digest(meeting.minutes) if meeting.minutes else ""
        meeting.minutes = text
        columns.append("minutes")
    if not changed and "minutes" not in columns:
        raise Refusal("meetings.nothing_changed")
    digests = minutes_on_file(meeting, actor)
    attendees = list(meeting.attendees.all())
    raise_on_reject(check_closing(closing_facts(meeting, attendees, list(rows.values()), bool(digests))))
    for item in changed:
        item.rev += 1
        item.save()
    meeting.corrections += 1
    bump(meeting, *columns)
    _seal(
        "meetings.correct", meeting, list(rows.values()), attendees, digests, actor, before={**before, "reason": reason},
        corrects=meeting.entry_id,
    )  # fmt: skip
    _enter_items("meetings.item_corrected", meeting, changed, actor)
    for item in changed:
        _tell("meeting.item_corrected", meeting, item, was=was[item.pk])
    telling.tell_responsible(meeting, changed)
    return meeting


def _corrected_items(
    meeting: Meeting, rows: Mapping[int, AgendaItem], wanted: Mapping[int, Resolution], before: dict[str, Any]
) -> list[AgendaItem]:
    changed = []
    for pk, settled in wanted.items():
        item = rows.get(pk)
        if item is None:
            raise NotFound("meetings.item_missing")
        if item.resolution == AgendaItem.Resolution.WITHDRAWN:
            raise Refusal("meetings.item_withdrawn", title=item.title)
        old = state_of_item(item)
        unit_before = item.responsible_unit_id
        put(item, settled, meeting)
        if state_of_item(item) != old or item.responsible_unit_id != unit_before:
            before.setdefault("items", []).append(old)
            changed.append(item)
    return changed
