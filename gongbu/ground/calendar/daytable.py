"""Build calendars from the notices in the database, and keep the day table in step with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Max

from gongbu.ground.basics import bulk
from gongbu.ground.calendar.models import NATION, Notice, NoticeDay, WorkDay
from gongbu.ground.calendar.official import official_calendar
from gongbu.ground.calendar.rules.workcalendar import DayMark, WorkCalendar

FIRST_YEAR = 2016
YEARS_BEYOND = 10  # defects liability and warranty periods end within ten years; later days are computed, not looked up


Revision = tuple[int, datetime | None, int]
"""Last id, last recording time and number: an id alone may be given out again, or be committed after a later one."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Local days of one region (自治地方节日、地方放假), laid over the national calendar."""

    region_key: int
    region_end: int
    marks: dict[date, DayMark]


@dataclass(frozen=True, slots=True)
class CalendarSet:
    """All calendars of one state of the notices."""

    revision: "Revision"
    nation: WorkCalendar
    overlays: Sequence[Overlay]
    built: dict[int, WorkCalendar]

    def layer_key(self, region_key: int) -> int:
        """Return the key of the innermost region with days of its own around ``region_key``, or NATION."""
        own = [o for o in self.overlays if o.region_key <= region_key < o.region_end]
        return own[-1].region_key if own else NATION

    def for_region(self, region_key: int | None) -> WorkCalendar:
        """Return the calendar in force in a region: the nation's, overlaid from the outermost region inwards."""
        layer = self.layer_key(region_key or NATION)
        if layer == NATION:
            return self.nation
        if layer not in self.built:
            calendar = self.nation
            for overlay in self.overlays:
                if overlay.region_key <= layer < overlay.region_end:
                    calendar = calendar.with_overlay(overlay.marks)
            self.built[layer] = calendar
        return self.built[layer]


_current: CalendarSet | None = None


def current() -> CalendarSet:
    """Return the calendars as the notices now stand (1 query; more only after a notice arrived).

    Before the shipped notices are loaded into the database, they are used straight from the files.
    """
    global _current
    last = Notice.objects.aggregate(newest=Max("id"), at=Max("recorded_at"), number=Count("id"))
    revision = (last["newest"] or 0, last["at"], last["number"])
    if _current is None or _current.revision != revision:
        _current = _load(revision)
    return _current


def peek() -> CalendarSet:
    """Return the calendars last asked for in this process, without a query: for the rows of a list just begun."""
    return _current or current()


def _load(revision: Revision) -> CalendarSet:
    if not revision[0]:
        return CalendarSet(revision, official_calendar(), (), {})
    national: dict[date, DayMark] = {}
    years: set[int] = set()
    local: dict[tuple[int, int], dict[date, DayMark]] = {}
    for notice in Notice.objects.order_by("issued_on", "id"):
        if notice.region_key == NATION and notice.kind == Notice.Kind.ANNUAL:
            years.add(notice.year)
    days = NoticeDay.objects.order_by("notice__issued_on", "notice_id", "day").values_list(
        "day", "is_work", "name", "notice__key", "notice__region_key", "notice__region_end"
    )
    for day, is_work, name, key, lo, hi in days:
        marks = national if lo == NATION else local.setdefault((lo, hi), {})
        marks[day] = DayMark(is_work, name, key)
    # Outermost first: a wider range comes before the ranges inside it.
    ordered = sorted(local, key=lambda span: (span[0] - span[1], span[0]))
    overlays = tuple(Overlay(lo, hi, local[lo, hi]) for lo, hi in ordered)
    return CalendarSet(revision, WorkCalendar(national, frozenset(years)), overlays, {})


def rebuild(region_keys: Sequence[int] | None = None) -> int:
    """Write the day table anew for the given layers (all by default) and return the number of rows.

    Runs inside the caller's transaction, so readers see the old table or the new one.
    """
    calendars = current()
    if region_keys is None:
        region_keys = [NATION, *(overlay.region_key for overlay in calendars.overlays)]
    last_year = max(calendars.nation.official_years) + YEARS_BEYOND
    rows: list[WorkDay] = []
    for key in region_keys:
        calendar, running = calendars.for_region(key), 0
        for year in range(FIRST_YEAR, last_year + 1):
            for fact in calendar.facts_of_year(year):
                running += fact.is_work
                rows.append(
                    WorkDay(
                        region_key=key, day=fact.day, is_work=fact.is_work, name=fact.name, source=fact.source,
                        is_provisional=fact.is_provisional, running=running,
                    )
                )  # fmt: skip
    with transaction.atomic():
        WorkDay.objects.filter(region_key__in=region_keys).delete()
        bulk.insert(rows)
    return len(rows)
