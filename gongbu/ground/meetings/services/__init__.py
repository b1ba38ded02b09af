"""Acts on meetings: prepare, call, change, invite, reply, put items on, hold, attend, resolve, close, correct, cancel."""

from gongbu.ground.meetings.services.closing import close_meeting, correct_meeting
from gongbu.ground.meetings.services.preparing import (
    add_item,
    call_meeting,
    cancel_meeting,
    change_meeting,
    draft_meeting,
    reply,
    set_attendees,
    withdraw_item,
)
from gongbu.ground.meetings.services.running import attend, hold_meeting, resolve_item

__all__ = [
    "add_item", "attend", "call_meeting", "cancel_meeting", "change_meeting", "close_meeting", "correct_meeting",
    "draft_meeting", "hold_meeting", "reply", "resolve_item", "set_attendees", "withdraw_item",
]  # fmt: skip
