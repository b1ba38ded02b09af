"""每月专题调度: has a unit held its dispatch meeting in a month, and if not, what stands in the way of counting it."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Status(StrEnum):
    """How a month stands for a unit."""

    KEPT = "KEPT"
    MISSED = "MISSED"
    RUNNING = "RUNNING"  # this month, not held yet
    NOT_DUE = "NOT_DUE"  # ahead, before the unit or the rule was there, or not a whole month


@dataclass(frozen=True, slots=True)
class Held:
    """A dispatch meeting of a unit. ``heads`` are the names of its 主要负责人 on that day, empty when none is on record."""

    meeting_id: int
    day: date
    state: str  # a code of Meeting.State
    chair: str = ""
    heads: tuple[str, ...] = ()
    reason: str = ""  # of a cancelled one
    by_head: bool = True  # must be chaired by the head


@dataclass(frozen=True, slots=True)
class Seen:
    """A meeting and whether it counts; ``code`` says why not, or what remains to be confirmed of one that counts."""

    held: Held
    counts: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one unit."""

    year: int
    month: int
    status: Status
    counted: int
    seen: tuple[Seen, ...]

    @property
    def last(self) -> date:
        """The last day of the month."""
        return last_day(self.year, self.month)


def last_day(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def check_meeting(held: Held) -> Seen:
    """Tell whether a meeting counts: it was held, and its chair is the unit's head (一把手) where that is asked.

    Where no head is on record the meeting counts and its chair stays to be confirmed.
    """
    if held.state == "CANCELLED":
        return Seen(held, False, "cancelled")
    if held.state not in ("HELD", "CLOSED"):
        return Seen(held, False, "not_held")
    if not held.by_head:
        return Seen(held, True)
    if not held.heads:
        return Seen(held, True, "head_unknown")
    if not held.chair.strip():
        return Seen(held, False, "no_chair")
    if any(name and name in held.chair for name in held.heads):
        return Seen(held, True)
    return Seen(held, False, "other_chair")


def judge_months(
    *, year: int, today: date, since: date, until: date | None, due_from: Sequence[bool], at_least: int,
    meetings: Sequence[Held],
) -> list[Month]:  # fmt: skip
    """Return the twelve months of a year.

    ``since`` and ``until`` bound the unit's duty; a month counts only when the duty holds from its first to its last
    day. ``due_from[m - 1]`` says whether the rule was in force on the first day of month ``m``.
    """
    months = []
    for month in range(1, 13):
        first, last = date(year, month, 1), last_day(year, month)
        seen = tuple(check_meeting(h) for h in sorted(meetings, key=lambda h: (h.day, h.meeting_id))
                     if first <= h.day <= last)  # fmt: skip
        counted = sum(one.counts for one in seen)
        is_due = due_from[month - 1] and since <= first and (until is None or until > last)
        if not is_due or first > today:
            status = Status.NOT_DUE
        elif counted >= at_least:
            status = Status.KEPT
        else:
            status = Status.MISSED if last < today else Status.RUNNING
        months.append(Month(year, month, status, counted, seen))
    return months
