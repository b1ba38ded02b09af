"""Read the days of a notice (放假通知) from pasted text: the State Council's own prose, or one day or span per line.

Prose: ``二、春节：1月24日至30日放假调休，共7天。1月19日（星期日）、2月1日（星期六）上班。``
Lines: ``2027-01-01 休 元旦`` and ``2027-02-05至2027-02-12 休 春节``; 班 instead of 休 for a worked weekend day.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST_SPAN_DAYS = 31

_LINE = re.compile(
    r"^(\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:至|到|~|—|－)\s*(\d{4}-\d{1,2}-\d{1,2}))?\s+(休|班|放假|上班)(?:\s+(\S.*))?$"
)
_DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[（(][^）)]*[）)])?"
_SPAN = re.compile(rf"{_DAY}(?:\s*(?:至|到|—|－|~)\s*{_DAY})?")
_HEAD = re.compile(r"^\s*[一二三四五六七八九十]+、\s*([^：:]{2,12})[：:]\s*")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not understood: number from 1, text, and the message code."""

    line: int
    text: str
    code: str


@dataclass(frozen=True, slots=True)
class ReadNotice:
    """What was read: for each day whether it is worked and the festival; and the lines not understood."""

    days: dict[date, tuple[bool, str]]
    bad: tuple[BadLine, ...]


def read_notice(text: str, year: int) -> ReadNotice:
    """Return the days named in ``text``; days without a year are in ``year``.

    In prose (a line begins 一、元旦：) what says neither 放假 nor 上班 is passed over; in a list every line is read.
    """
    days: dict[date, tuple[bool, str]] = {}
    bad: list[BadLine] = []
    is_prose = any(_HEAD.match(line) for line in text.splitlines())
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.replace("\u3000", " ").strip()
        if not line:
            continue
        found = _read_line(line, year, is_prose)
        if found is None:
            bad.append(BadLine(number, line[:60], "calendar.line_unreadable"))
            continue
        for day, said in found:
            if day in days and days[day][0] != said[0]:
                bad.append(BadLine(number, day.isoformat(), "calendar.day_twice"))
            days.setdefault(day, said)
    return ReadNotice(dict(sorted(days.items())), tuple(bad))


def _read_line(line: str, year: int, is_prose: bool) -> list[tuple[date, tuple[bool, str]]] | None:
    if match := _LINE.match(line):
        first, last, word, name = match.groups()
        try:
            span = _days(_iso(first), _iso(last or first))
        except ValueError:
            return None
        return [(day, (word in ("班", "上班"), (name or "").strip())) for day in span]
    head = _HEAD.match(line)
    if head is None and not re.search(r"日.{0,12}(放假|上班)", line):
        return [] if is_prose else None  # 标题、抬头、落款、结尾
    name = head[1].strip() if head else ""
    found: list[tuple[date, tuple[bool, str]]] = []
    for sentence in re.split(r"[。；;]", line[head.end() :] if head else line):
        if "放假" in sentence or "上班" in sentence:
            spans = _spans(sentence, year)
            if spans is None:
                return None
            found += [(day, ("上班" in sentence, name)) for span in spans for day in span]
    return found


def _spans(sentence: str, year: int) -> list[list[date]] | None:
    """Return the spans of a sentence; a day without its month takes that of the day before it."""
    spans, month = [], None
    for match in _SPAN.finditer(sentence):
        y1, m1, d1, y2, m2, d2 = (int(g) if g else None for g in match.groups())
        month = m1 or month
        if month is None or d1 is None:
            return None
        try:
            first = date(y1 or year, month, d1)
            month = m2 or month
            last = date(y2 or first.year, month, d2) if d2 else first
            spans.append(_days(first, last))
        except ValueError:
            return None
    return spans


def _days(first: date, last: date) -> list[date]:
    """Return the days of a span.

    :raises ValueError: reversed, or longer than any holiday
    """
    length = (last - first).days + 1
    if not 1 <= length <= LONGEST_SPAN_DAYS:
        raise ValueError(f"not a holiday: {first} to {last}")
    return [first + timedelta(days=n) for n in range(length)]


def _iso(text: str) -> date:
    year, month, day = (int(part) for part in text.split("-"))
    return date(year, month, day)
