"""The working-day calendar as a value: which days are worked, how many lie between two, which is the n-th.

A calendar is the five-day week plus a few exceptions a year, so counting is two bisections a year whatever the span,
and one process can hold many calendars (the nation, an autonomous county, the state of knowledge on an earlier day).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import NamedTuple

from gongbu.ground.calendar.rules.statutory import compute_provisional_days, list_statutory_holidays

LUNAR_YEARS = range(1900, 2201)


class OutsideCalendar(ValueError):
    """The answer would lie before year 1 or after year 9999."""


@dataclass(frozen=True, slots=True)
class DayMark:
    """What a notice says of one day: worked (调休上班) or off (放假), the festival, and the notice's key."""

    is_work: bool
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class DayFact:
    """One day with its judgement. ``source`` is a notice key, empty when the ordinary week or an estimate decides."""

    day: date
    is_work: bool
    name: str
    source: str
    is_provisional: bool

    @property
    def sign(self) -> str:
        """The sign on a wall calendar: 休 for a day off by notice or statute, 班 for a worked weekend day, or none."""
        if self.is_work:
            return "班" if self.day.weekday() >= 5 else ""
        return "休" if self.name else ""


class _Year(NamedTuple):
    """Working days of one year: exceptions to the week with their running balance, and the year's total."""

    days: list[date]
    balance: list[int]
    total: int


@dataclass(frozen=True)
class WorkCalendar:
    """Marks by day and the years for which an official arrangement exists.

    Other years follow the week and the statutory holidays, and every answer that touches one is provisional (暂定).
    """

    marks: Mapping[date, DayMark]
    official_years: frozenset[int]
    _years: dict[int, _Year] = field(default_factory=dict, compare=False, repr=False)
    _estimates: dict[int, dict[date, str]] = field(default_factory=dict, compare=False, repr=False)

    def fact(self, day: date) -> DayFact:
        """Return the judgement on one day, with its source."""
        if mark := self.marks.get(day):
            return DayFact(day, mark.is_work, mark.name, mark.source, False)
        if day.year in self.official_years:
            return DayFact(day, day.weekday() < 5, "", "", False)
        off = self._estimate(day.year)
        is_work = day.weekday() < 5 and day not in off
        return DayFact(day, is_work, off.get(day) or self._statutory_name(day), "", True)

    def is_workday(self, day: date) -> bool:
        """Return whether ``day`` is worked."""
        return self.fact(day).is_work

    def is_provisional(self, first: date, last: date) -> bool:
        """Return whether a year touched by the span (in either order) lacks an official arrangement."""
        first, last = min(first, last), max(first, last)
        return any(year not in self.official_years for year in range(first.year, last.year + 1))

    def workdays_between(self, first: date, last: date) -> int:
        """Return the number of working days from ``first`` to ``last``, both counted.

        In reversed order the result is negative, as spreadsheet users expect of NETWORKDAYS.
        """
        if first > last:
            return -self.workdays_between(last, first)
        whole_years = sum(self._year(year).total for year in range(first.year, last.year))
        before_first = self.count_in_year(first) - self.is_workday(first)
        return whole_years + self.count_in_year(last) - before_first

    def add_workdays(self, start: date, amount: int) -> date:
        """Return the ``amount``-th working day after ``start``, or before it when negative; zero is ``start`` itself.

        ``start`` is not counted (民法典第二百零一条), whether it is worked or not.

        :raises OutsideCalendar: the day is not between years 1 and 9999
        """
        if amount == 0:
            return start
        year, count = start.year, self.count_in_year(start)
        if amount > 0:
            nth = count + amount
            while nth > self._year(year).total:
                nth -= self._year(year).total
                year = _checked(year + 1)
        else:
            nth = count - self.is_workday(start) + amount + 1
            while nth <= 0:
                year = _checked(year - 1)
                nth += self._year(year).total
        return self._nth_of_year(year, nth)

    def next_workday(self, day: date) -> date:
        """Return ``day`` if it is worked, otherwise the first working day after it (末日顺延)."""
        return day if self.is_workday(day) else self.add_workdays(day, 1)

    def count_in_year(self, day: date) -> int:
        """Return the number of working days of the year of ``day`` up to and including it."""
        table = self._year(day.year)
        position = bisect_right(table.days, day)
        return _weekdays_in_year(day) + (table.balance[position - 1] if position else 0)

    def total_of_year(self, year: int) -> int:
        """Return the number of working days of a year."""
        return self._year(year).total

    def facts_of_year(self, year: int) -> Iterator[DayFact]:
        """Yield the judgement on each day of a year."""
        day = date(year, 1, 1)
        while day.year == year:
            yield self.fact(day)
            if day == date.max:
                return
            day += timedelta(days=1)

    def with_overlay(self, marks: Mapping[date, DayMark]) -> "WorkCalendar":
        """Return this calendar with local marks (自治地方节日) laid over it; local marks win on their days."""
        return WorkCalendar({**self.marks, **marks}, self.official_years)

    def _nth_of_year(self, year: int, nth: int) -> date:
        low, high = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        while low < high:
            middle = (low + high) // 2
            if self.count_in_year(date.fromordinal(middle)) >= nth:
                high = middle
            else:
                low = middle + 1
        return date.fromordinal(low)

    def _year(self, year: int) -> _Year:
        if (table := self._years.get(year)) is None:
            table = self._years[year] = self._build(year)
        return table

    def _build(self, year: int) -> _Year:
        exceptions = {day: mark.is_work for day, mark in self._marks_by_year().get(year, {}).items()}
        if year not in self.official_years:
            exceptions = dict.fromkeys(self._estimate(year), False) | exceptions
        days = sorted(day for day, is_work in exceptions.items() if is_work != (day.weekday() < 5))
        balance, running = [], 0
        for day in days:
            running += 1 if exceptions[day] else -1
            balance.append(running)
        return _Year(days, balance, _weekdays_in_year(date(year, 12, 31)) + running)

    def _marks_by_year(self) -> dict[int, dict[date, DayMark]]:
        by_year: dict[int, dict[date, DayMark]] | None = self.__dict__.get("_split")
        if by_year is None:
            by_year = {}
            for day, mark in self.marks.items():
                by_year.setdefault(day.year, {})[day] = mark
            self.__dict__["_split"] = by_year
        return by_year

    def _statutory_name(self, day: date) -> str:
        """Return the festival of a statutory day that falls on a weekend (its make-up day is elsewhere)."""
        if day.weekday() < 5 or day.year not in LUNAR_YEARS:
            return ""
        return dict(list_statutory_holidays(day.year)).get(day, "")

    def _estimate(self, year: int) -> dict[date, str]:
        if (off := self._estimates.get(year)) is None:
            off = self._estimates[year] = compute_provisional_days(year) if year in LUNAR_YEARS else {}
        return off


def _weekdays_in_year(day: date) -> int:
    """Return the number of Mondays to Fridays from 1 January to ``day``, both counted."""
    weeks, rest = divmod(day.timetuple().tm_yday, 7)
    first = date(day.year, 1, 1).weekday()
    return weeks * 5 + sum(1 for offset in range(rest) if (first + offset) % 7 < 5)


def _checked(year: int) -> int:
    if not MINYEAR <= year <= MAXYEAR:
        raise OutsideCalendar(year)
    return year
