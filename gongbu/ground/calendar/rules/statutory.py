"""Statutory holidays (全体公民放假的节日) and their make-up days, for years without an official arrangement.

《全国年节及纪念日放假办法》: eleven days under the 2013 text (2014–2024), thirteen under the 2024 text (from 2025:
除夕 and 2 May added). A statutory day on a Saturday or Sunday is made up on a working day (第六条); we put it on the
next one. Which days the State Council will really move around is unknown, so nothing here is ever more than 暂定.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from gongbu.ground.calendar.rules.lunar import compute_festivals

FIRST_YEAR_OF_THIRTEEN = 2025
MAKE_UP = "补假"


def list_statutory_holidays(year: int) -> list[tuple[date, str]]:
    """Return the statutory holidays of a year with their names, in order (two may share a day).

    :raises ValueError: the year is outside 1900–2200 (lunar festivals unknown)
    """
    festivals = compute_festivals(year)
    thirteen = year >= FIRST_YEAR_OF_THIRTEEN
    days = [(date(year, 1, 1), "元旦")]
    days += [(festivals.spring + timedelta(days=n), "春节") for n in range(-1 if thirteen else 0, 3)]
    days += [(festivals.tomb_sweeping, "清明节")]
    days += [(date(year, 5, n), "劳动节") for n in ((1, 2) if thirteen else (1,))]
    days += [(festivals.dragon_boat, "端午节"), (festivals.mid_autumn, "中秋节")]
    days += [(date(year, 10, n), "国庆节") for n in (1, 2, 3)]
    return sorted(days)


def compute_provisional_days(year: int) -> dict[date, str]:
    """Return the working-week days expected to be off in ``year``, with the festival's name.

    Weekend days are off anyway and are not listed; each statutory day that falls on one, or shares its day with
    another, gives one make-up day on the next day that is not off yet.
    """
    off: dict[date, str] = {}
    owed: list[tuple[date, str]] = []
    for day, name in list_statutory_holidays(year):
        if day.weekday() < 5 and day not in off:
            off[day] = name
        else:
            owed.append((day, name))
    for day, name in owed:
        free = next(d for d in _days_after(day) if d.weekday() < 5 and d not in off)
        off[free] = f"{name}{MAKE_UP}"
    return dict(sorted(off.items()))


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        yield day
