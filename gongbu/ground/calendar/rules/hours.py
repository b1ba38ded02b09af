"""Limits in hours: from the very moment they begin (民法典第二百零一条第二款), or within working days or office hours.

HOUR runs round the clock; WORKDAY_HOUR stands still on days off (24 小时即来即办 from Friday noon ends Monday noon);
OFFICE_HOUR runs only while the office is open (第二百零三条第二款).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gongbu.ground.calendar.rules.counting import Limit, Unit
from gongbu.ground.calendar.rules.workcalendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Opening times of a working day, in order, each ``open`` < ``close``. A parameter of the place and season."""

    spans: tuple[tuple[time, time], ...] = ((time(9, 0), time(12, 0)), (time(13, 30), time(17, 30)))

    def __post_init__(self) -> None:
        flat = [moment for span in self.spans for moment in span]
        if not flat or flat != sorted(flat) or len(set(flat)) != len(flat):
            raise ValueError(f"office hours must be in order and not overlap: {self.spans}")

    @property
    def hours_per_day(self) -> float:
        """Open hours of one working day."""
        return sum(_hours(end) - _hours(begin) for begin, end in self.spans)

    @classmethod
    def parse(cls, text: str) -> "OfficeHours":
        """Read ``09:00-12:00,13:30-17:30``; an empty text gives the default.

        :raises ValueError: not in that form, out of order or overlapping
        """
        if not text:
            return cls()
        pairs = [span.split("-") for span in text.split(",")]
        return cls(tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in pairs))

    def __str__(self) -> str:
        return ",".join(f"{begin:%H:%M}-{end:%H:%M}" for begin, end in self.spans)


DEFAULT_OFFICE_HOURS = OfficeHours()


@dataclass(frozen=True, slots=True)
class StopMoment:
    """A time that does not count, from a moment to a moment (None: it still lasts)."""

    since: datetime
    until: datetime | None = None


def compute_due_at(
    start_at: datetime,
    limit: Limit,
    calendar: WorkCalendar,
    office: OfficeHours = DEFAULT_OFFICE_HOURS,
    stops: Sequence[StopMoment] = (),
) -> datetime | None:
    """Return the moment a limit in hours runs out, or None if a stop still lasts.

    ``start_at`` is aware and stays in its zone (Asia/Shanghai has had no summer time since 1992).

    :raises ValueError: the limit is not in hours, or not positive
    """
    if limit.unit not in (Unit.HOUR, Unit.WORKDAY_HOUR, Unit.OFFICE_HOUR) or limit.amount <= 0:
        raise ValueError(f"not a limit in hours: {limit}")
    left = timedelta(hours=limit.amount)
    for begin, end in _running(start_at, limit.unit, calendar, office, stops):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return None


def _running(
    start: datetime, unit: Unit, calendar: WorkCalendar, office: OfficeHours, stops: Sequence[StopMoment]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans in which the clock runs, in order; the sequence ends where an open stop begins."""
    open_since = min((stop.since for stop in stops if stop.until is None), default=None)
    closed = sorted((stop.since, stop.until) for stop in stops if stop.until is not None)
    for begin, end in _windows(start, unit, calendar, office):
        at = begin
        for since, until in closed:
            if until <= at or since >= end:
                continue
            if since > at:
                yield from _clip(at, since, open_since)
            at = min(max(at, until), end)
        if at < end:
            yield from _clip(at, end, open_since)
        if open_since is not None and open_since <= end:
            return


def _clip(begin: datetime, end: datetime, limit: datetime | None) -> Iterator[tuple[datetime, datetime]]:
    if limit is not None:
        end = min(end, limit)
    if begin < end:
        yield begin, end


def _windows(
    start: datetime, unit: Unit, calendar: WorkCalendar, office: OfficeHours
) -> Iterator[tuple[datetime, datetime]]:
    day = start.date()
    while True:
        if unit is Unit.HOUR or calendar.is_workday(day):
            spans = office.spans if unit is Unit.OFFICE_HOUR else ((time.min, None),)
            for first, last in spans:
                begin = _at(start, day, first)
                end = _at(start, day + timedelta(days=1), time.min) if last is None else _at(start, day, last)
                if end > start:
                    yield max(begin, start), end
        day += timedelta(days=1)


def _at(like: datetime, day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=like.tzinfo)


def _hours(moment: time) -> float:
    return moment.hour + moment.minute / 60
