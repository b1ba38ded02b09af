"""Time limits (期限): when a limit that began on a day runs out, what stops it, what is left.

Basis: 民法典第二百零一条至第二百零四条 (the first day is not counted; months and years end on the corresponding day, or
on the last day of the month; a last day that is a statutory day off moves to the day after), 第一千二百五十九条 (以内、
届满 include the number itself), 行政许可法第八十二条 (days of a permit are working days). 行政许可法第四十五条 and
supplement requests (补正): the time they take is not counted.
"""

import calendar as gregorian
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gongbu.ground.calendar.rules.workcalendar import WorkCalendar


class Unit(StrEnum):
    """Unit of a limit. Hours are counted by :mod:`hours`; the others here."""

    WORKDAY = "WORKDAY"
    DAY = "DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"
    HOUR = "HOUR"
    WORKDAY_HOUR = "WORKDAY_HOUR"
    OFFICE_HOUR = "OFFICE_HOUR"


UNIT_LABELS = {
    Unit.WORKDAY: "个工作日",
    Unit.DAY: "日（自然日）",
    Unit.MONTH: "个月",
    Unit.YEAR: "年",
    Unit.HOUR: "小时",
    Unit.WORKDAY_HOUR: "小时（工作日内）",
    Unit.OFFICE_HOUR: "小时（工作时间）",
}
HOUR_UNITS = frozenset({Unit.HOUR, Unit.WORKDAY_HOUR, Unit.OFFICE_HOUR})


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit such as 20 WORKDAY. ``amount`` is positive."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount} {UNIT_LABELS[self.unit]}"


@dataclass(frozen=True, slots=True)
class Stop:
    """A time that does not count (补正、听证、评审…), from the day it began to the day it ended, both not counted.

    A day on which the clock did not run from beginning to end is not counted, as the first day is not (第二百零一条).
    ``until`` is None while it still lasts.
    """

    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit runs out. ``due_on`` is None while it is stopped; ``moved_from`` is the day before moving on."""

    due_on: date | None
    is_provisional: bool
    stopped_days: int = 0
    moved_from: date | None = None


def merge_stops(stops: Iterable[Stop]) -> list[Stop]:
    """Return the stops in order with overlapping and touching ones joined, so that no day is left out twice.

    :raises ValueError: a stop ends before it begins
    """
    merged: list[Stop] = []
    for stop in sorted(stops, key=lambda s: s.since):
        if stop.until is not None and stop.until < stop.since:
            raise ValueError(f"stop ends before it begins: {stop}")
        last = merged[-1] if merged else None
        if last is None or (last.until is not None and stop.since > last.until + timedelta(days=1)):
            merged.append(stop)
        elif last.until is not None:
            until = None if stop.until is None else max(last.until, stop.until)
            merged[-1] = Stop(last.since, until)
    return merged


def compute_due(start_on: date, limit: Limit, calendar: WorkCalendar, stops: Sequence[Stop] = ()) -> Due:
    """Return the last day of a limit that began on ``start_on`` (for example the day of 受理).

    An open stop that began on or before the last day leaves no due day. A stop after the last day has no effect: the
    limit has run out. Months and years are counted by the calendar and lengthened by the stopped natural days.

    :raises ValueError: the limit is in hours, or not positive
    """
    if limit.unit in HOUR_UNITS or limit.amount <= 0:
        raise ValueError(f"not a limit in days, months or years: {limit}")
    stops = merge_stops(stops)
    nominal = _last_day(start_on, limit, calendar)
    added = 0
    for stop in stops:
        if stop.since > nominal:
            break
        if stop.until is None:
            return Due(None, calendar.is_provisional(start_on, nominal), added)
        first = max(stop.since, start_on + timedelta(days=1))
        if stop.until < first:
            continue
        if limit.unit is Unit.WORKDAY:
            lost = calendar.workdays_between(first, stop.until)
            nominal = calendar.add_workdays(nominal, lost)
        else:
            lost = (stop.until - first).days + 1
            nominal += timedelta(days=lost)
        added += (stop.until - first).days + 1
    moved = calendar.next_workday(nominal)
    return Due(moved, calendar.is_provisional(start_on, moved), added, nominal if moved != nominal else None)


def _last_day(start_on: date, limit: Limit, calendar: WorkCalendar) -> date:
    """Return the nominal last day, before stops and before moving on."""
    if limit.unit is Unit.WORKDAY:
        return calendar.add_workdays(start_on, limit.amount)
    if limit.unit is Unit.DAY:
        return start_on + timedelta(days=limit.amount)
    return add_months(start_on, limit.amount * (12 if limit.unit is Unit.YEAR else 1))


def add_months(start: date, months: int) -> date:
    """Return the corresponding day (对应日) ``months`` later, or the month's last day if none (第二百零二条)."""
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(start.day, gregorian.monthrange(year, month)[1]))


def compute_latest_start(before: date, limit: Limit, calendar: WorkCalendar) -> date:
    """Return the latest day on which something due "``limit`` before" an event may be done (开工 15 日前).

    The event's day is not counted; a limit in working days counts working days only.
    """
    if limit.unit is Unit.WORKDAY:
        return calendar.add_workdays(before, -limit.amount)
    if limit.unit is Unit.DAY:
        return before - timedelta(days=limit.amount)
    return add_months(before, -limit.amount * (12 if limit.unit is Unit.YEAR else 1))


class Lamp(StrEnum):
    """Light of a limit: word and shape go with the colour."""

    RUNNING = "RUNNING"
    SOON = "SOON"
    TODAY = "TODAY"
    OVERDUE = "OVERDUE"
    STOPPED = "STOPPED"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left on a day: lamp, and working days until the last day (negative: overdue by so many)."""

    lamp: Lamp
    workdays: int


def compute_remaining(due_on: date | None, today: date, calendar: WorkCalendar, soon_workdays: int = 3) -> Remaining:
    """Return the light of a due day as of ``today``. 届满 includes the last day: overdue starts the day after.

    ``soon_workdays`` is how many working days before the last day the light turns to SOON.
    """
    if due_on is None:
        return Remaining(Lamp.NONE, 0)
    if due_on == today:
        return Remaining(Lamp.TODAY, 0)
    if due_on < today:
        return Remaining(Lamp.OVERDUE, -calendar.workdays_between(due_on + timedelta(days=1), today))
    left = calendar.workdays_between(today + timedelta(days=1), due_on)
    return Remaining(Lamp.SOON if left <= soon_workdays else Lamp.RUNNING, left)
