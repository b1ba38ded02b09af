"""On what the count of a year rests: the shipped arrangement, a notice recorded in the home, or an estimate."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from gongbu.ground.calendar.official import list_official_notices
from gongbu.ground.calendar.rules.workcalendar import WorkCalendar

SHIPPED = "随附的国务院办公厅放假安排"
PROVISIONAL = "暂定"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A notice that a home recorded itself (补录): its key, how it is named, and the year that it arranges, if one."""

    key: str
    label: str
    arranges: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Years in a row that count on the same basis, in words."""

    first: int
    last: int
    basis: str

    @property
    def years(self) -> str:
        """The years as written: 2026 年, 2027—2030 年."""
        return f"{self.first} 年" if self.first == self.last else f"{self.first}—{self.last} 年"


def list_spans(
    first_year: int, last_year: int, calendar: WorkCalendar, recorded: Sequence[Recorded] = ()
) -> list[Span]:
    """Return the bases of the years from the first to the last, years of one basis taken together."""
    shipped = {notice.year for notice in list_official_notices()}
    of_year: dict[int, set[str]] = {}
    for day, mark in calendar.marks.items():
        of_year.setdefault(day.year, set()).add(mark.source)

    def basis(year: int) -> str:
        sources = of_year.get(year, set())
        own = [f"数据目录登记的{n.label}" for n in recorded if n.key in sources or n.arranges == year]
        if year not in calendar.official_years:
            return "、".join([PROVISIONAL, *own])
        return "、".join([*([SHIPPED] if year in shipped else []), *own])

    return list(_joined(first_year, last_year, basis))


def _joined(first_year: int, last_year: int, basis: Callable[[int], str]) -> Iterator[Span]:
    for text, years in groupby(range(first_year, last_year + 1), basis):
        run = list(years)
        yield Span(run[0], run[-1], text)
