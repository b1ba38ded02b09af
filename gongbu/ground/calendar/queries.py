"""Read the calendar: counting of days, due days, the year as a wall calendar, deadlines of a subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, IntegerField, Subquery, Value, When, prefetch_related_objects

from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.calendar import daytable
from gongbu.ground.calendar.basis import Recorded
from gongbu.ground.calendar.models import NATION, Deadline, Notice, WorkDay
from gongbu.ground.calendar.rules.counting import Due, Limit, Remaining, Stop, compute_due, compute_remaining
from gongbu.ground.calendar.rules.workcalendar import DayFact, DayMark, WorkCalendar


def get_calendar(region: int | None = None) -> WorkCalendar:
    """Return the calendar in force in a region (its order key; None: the nation) as a value for many questions.

    One query; the calendar is built again only after a notice was recorded.
    """
    return daytable.current().for_region(region)


def peek_calendar(region: int | None = None) -> WorkCalendar:
    """Return the calendar without a query; call :func:`get_calendar` once at the beginning of the page."""
    return daytable.peek().for_region(region)


def is_workday(day: date, region: int | None = None) -> bool:
    """Return whether ``day`` is worked in the region (1 query)."""
    return get_calendar(region).is_workday(day)


def is_provisional(first: date, last: date) -> bool:
    """Return whether a year touched by the span has no official arrangement yet (暂定) (1 query)."""
    return get_calendar().is_provisional(first, last)


def workdays_between(first: date, last: date, region: int | None = None) -> int:
    """Return the working days from ``first`` to ``last``, both counted; negative in reversed order (1 query)."""
    return get_calendar(region).workdays_between(first, last)


def add_workdays(day: date, amount: int, region: int | None = None) -> date:
    """Return the ``amount``-th working day after ``day`` (before it when negative), ``day`` not counted.

    In the national calendar one indexed lookup in the day table; local calendars and days beyond the table (2016 to
    ten years after the last official year) are computed from the notices.
    """
    if amount and not region and (found := _look_up(day, amount)) is not None:
        return found
    return get_calendar(region).add_workdays(day, amount)


def _look_up(day: date, amount: int) -> date | None:
    start = WorkDay.objects.filter(region_key=NATION, day=day)
    if amount > 0:
        count = start.values(n=F("running") + amount)
    else:
        worked = Case(When(is_work=True, then=Value(1)), default=Value(0), output_field=IntegerField())
        count = start.values(n=F("running") - worked + amount + 1)
    nth = WorkDay.objects.filter(region_key=NATION, is_work=True, running=Subquery(count[:1]))
    return nth.values_list("day", flat=True).first()


def due_date(start_on: date, limit: Limit, region: int | None = None, stops: Sequence[Stop] = ()) -> Due:
    """Return when a limit that began on ``start_on`` runs out, stops left out, last day moved on (1 query)."""
    return compute_due(start_on, limit, get_calendar(region), stops)


def remaining(due_on: date | None, today: date, region: int | None = None) -> Remaining:
    """Return lamp and working days left of a due day (1 query); for lists take :func:`get_calendar` once."""
    return compute_remaining(due_on, today, get_calendar(region))


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month of the wall calendar: weeks of seven cells (None outside the month), Monday first."""

    month: int
    weeks: tuple[tuple[DayFact | None, ...], ...]
    workdays: int


@dataclass(frozen=True, slots=True)
class YearView:
    """A year on one page: months, totals per quarter and year, notices it rests on."""

    year: int
    months: tuple[MonthView, ...]
    quarters: tuple[int, ...]
    workdays: int
    is_provisional: bool
    notices: tuple[Notice, ...]


def get_year(year: int, region: int | None = None) -> YearView:
    """Return a year as a wall calendar (2 queries)."""
    calendar = get_calendar(region)
    by_month: dict[int, list[DayFact]] = {}
    for fact in calendar.facts_of_year(year):
        by_month.setdefault(fact.day.month, []).append(fact)
    months = tuple(_month(month, facts) for month, facts in by_month.items())
    sources = {fact.source for facts in by_month.values() for fact in facts if fact.source}
    notices = tuple(Notice.objects.filter(key__in=sources) | Notice.objects.filter(year=year, region_key=NATION))
    return YearView(
        year,
        months,
        tuple(sum(m.workdays for m in months[q : q + 3]) for q in (0, 3, 6, 9)),
        calendar.total_of_year(year),
        year not in calendar.official_years,
        notices,
    )


def _month(month: int, facts: Sequence[DayFact]) -> MonthView:
    cells: list[DayFact | None] = [None] * facts[0].day.weekday()
    cells += facts
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[i : i + 7]) for i in range(0, len(cells), 7))
    return MonthView(month, weeks, sum(fact.is_work for fact in facts))


def list_notices(limit: int = 100) -> list[Notice]:
    """Return the notices, latest first (1 query)."""
    return list(Notice.objects.order_by("-issued_on", "-id")[:limit])


def list_recorded() -> list[Recorded]:
    """Return the notices that were recorded here, in the order of issue; those that ship are left out (1 query)."""
    return [
        Recorded(n.key, f"《{n.title}》{n.document_number}", n.year if n.kind == Notice.Kind.ANNUAL else None)
        for n in Notice.objects.filter(is_shipped=False).order_by("issued_on", "id")
    ]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a notice would change: days by notice and now, the year's total before and after, limits it may touch."""

    rows: tuple[tuple[DayFact, bool, str], ...]
    workdays_before: int
    workdays_after: int
    open_deadlines: int

    @property
    def changed(self) -> int:
        """Number of days whose judgement changes."""
        return sum(fact.is_work is not is_work for fact, is_work, _ in self.rows)


def preview_notice(days: Mapping[date, tuple[bool, str]], year: int, *, is_annual: bool, region: int | None) -> Preview:
    """Return what recording these days would change (2 queries)."""
    calendar = get_calendar(region)
    marks = {day: DayMark(is_work, name, "") for day, (is_work, name) in days.items()}
    after = calendar.with_overlay(marks)
    if is_annual:
        after = WorkCalendar(after.marks, after.official_years | {year})
    open_rows = Deadline.objects.unscoped("a number only").filter(
        status__in=[Deadline.Status.RUNNING, Deadline.Status.STOPPED]
    )
    return Preview(
        tuple((calendar.fact(day), is_work, name) for day, (is_work, name) in days.items()),
        calendar.total_of_year(year),
        after.total_of_year(year),
        open_rows.count(),
    )


_OF_SUBJECT = Prepared(
    lambda kind, pk: (
        Deadline.objects.unscoped("the caller shows a subject it may see")
        .filter(subject_kind=kind, subject_id=pk)
        .order_by("closed_on", "due_on", "pk")
    )
)


def list_deadlines_for_subject(kind: str, subject_id: int) -> list[Deadline]:
    """Return the deadlines of a subject, open ones first, with their stops (2 queries)."""
    rows = _OF_SUBJECT.all(kind, subject_id)
    prefetch_related_objects(rows, "stops")
    return rows


def list_due_deadlines(until: date) -> list[Deadline]:
    """Return the running limits that run out on or before a day, earliest first (1 query); for reminders."""
    rows = Deadline.objects.unscoped("reminders go to whoever is on duty")
    return list(rows.filter(status=Deadline.Status.RUNNING, due_on__lte=until).order_by("due_on", "pk"))
