"""What happens to a list elsewhere: a meeting settles it or not, its notice opens, closes or goes."""

from datetime import date

from gongbu.ground.basics import clock
from gongbu.ground.ledger.entry import ActorStamp
from gongbu.ground.notices.queries import list_about
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.lists.models import LIST, ProjectList
from gongbu.mainline.lists.services import record

State = ProjectList.State
SETTLING = ("AGREED", "CONDITIONAL")
BY_MEETING = ActorStamp(None, "会商")
BY_NOTICE = ActorStamp(None, "公示")


def _find(message: OutboxMessage, *states: str) -> ProjectList | None:
    if message.subject_kind != LIST:
        return None
    rows = ProjectList.objects.unscoped("told by its meeting or notice").select_for_update(of=("self",))
    return rows.select_related("region").filter(pk=message.subject_id, state__in=states).first()


def follow_meeting(message: OutboxMessage) -> None:
    """Settle a list that the meeting agreed to; send it back to the desk otherwise. Idempotent by the list's state."""
    row = _find(message, State.IN_MEETING)
    if row is None or row.meeting_id != message.data["meeting"]:
        return
    agreed = message.data["resolution"] in SETTLING
    held = message.data.get("held_on")
    row.meeting_on = date.fromisoformat(held) if held else clock.today()
    row.settled_text = str(message.data.get("text", ""))[:500]
    row.state, row.settled_on = (State.SETTLED, row.meeting_on) if agreed else (State.DRAFT, None)
    after = {"state": row.state, "resolution": message.data["resolution"], "text": row.settled_text}
    record.commit("lists.settled" if agreed else "lists.sent_back", row, BY_MEETING, on=row.meeting_on, after=after)
    if agreed:
        record.tell("list.settled", row)


def leave_meeting(message: OutboxMessage) -> None:
    """Bring a list back to the desk when its item was taken off the agenda, or the meeting cancelled."""
    if message.topic == "meeting.cancelled":
        rows = ProjectList.objects.unscoped("their meeting is off").filter(
            meeting_id=message.subject_id, state=State.IN_MEETING
        )
        for row in rows.select_for_update(of=("self",)).select_related("region"):
            _back(row)
    elif (one := _find(message, State.IN_MEETING)) is not None:
        _back(one)


def _back(row: ProjectList) -> None:
    row.state = State.DRAFT
    record.commit("lists.sent_back", row, BY_MEETING, after={"state": row.state, "text": "会议取消或议题撤下"})


def follow_notice(message: OutboxMessage) -> None:
    """Follow the notice: open, over, or withdrawn (then the list is settled as before and may be laid open anew)."""
    row = _find(message, State.SETTLED, State.ON_NOTICE)
    if row is None or row.notice_id != message.data["notice"]:
        return
    notice = next((n for n in list_about(LIST, row.pk) if n.id == row.notice_id), None)
    if notice is None:
        return
    row.notice_from, row.notice_to = notice.opens_on, notice.closes_on
    if message.topic == "notice.opened":
        row.state = State.ON_NOTICE
    elif message.topic == "notice.closed":
        row.state = State.NOTICED
    else:
        row.state, row.notice_id = State.SETTLED, None
    after = {"state": row.state, "notice": notice.id, "result": notice.result}
    record.commit("lists.notice_followed", row, BY_NOTICE, after=after)
