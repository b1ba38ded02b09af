"""The official arrangements that ship with the platform, read from ``data/``; standard library only, no database."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from gongbu.ground.calendar.rules.workcalendar import DayMark, WorkCalendar

DATA = Path(__file__).parent / "data"
ANNUAL = "ANNUAL"


@dataclass(frozen=True, slots=True)
class OfficialNotice:
    """A notice (放假通知) with the days it fixes. A CORRECTION changes days of a year already arranged."""

    key: str
    kind: str
    year: int
    title: str
    document_number: str
    issued_on: date
    url: str
    days: Mapping[date, DayMark]


@cache
def list_official_notices() -> tuple[OfficialNotice, ...]:
    """Return the shipped notices in the order of issue (2016–2026, two same-year corrections)."""
    days: dict[str, dict[date, DayMark]] = {}
    with (DATA / "days.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            mark = DayMark(row["mark"] == "work", row["name"], row["notice"])
            days.setdefault(row["notice"], {})[date.fromisoformat(row["date"])] = mark
    with (DATA / "notices.csv").open(encoding="utf-8", newline="") as file:
        notices = [
            OfficialNotice(
                row["key"],
                row["kind"],
                int(row["year"]),
                row["title"],
                row["document_number"],
                date.fromisoformat(row["issued_on"]),
                row["url"],
                days[row["key"]],
            )
            for row in csv.DictReader(file)
        ]
    return tuple(sorted(notices, key=lambda notice: notice.issued_on))


@cache
def official_calendar(known_on: date | None = None) -> WorkCalendar:
    """Return the national calendar as the shipped notices give it, or as it was known on an earlier day.

    A later notice supersedes an earlier one day by day, so the calendar known on 2020-01-20 still works on 2020-02-01.
    """
    marks: dict[date, DayMark] = {}
    years = set()
    for notice in list_official_notices():
        if known_on is not None and notice.issued_on > known_on:
            continue
        marks.update(notice.days)
        if notice.kind == ANNUAL:
            years.add(notice.year)
    return WorkCalendar(marks, frozenset(years))
