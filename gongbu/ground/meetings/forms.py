"""Forms of meetings: what was typed, read once; attendance lists matched with the register of units and people."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.meetings import kinds, queries
from gongbu.ground.meetings.entry import Mark, NewAttendee, NewItem, Resolution
from gongbu.ground.meetings.models import AgendaItem, Attendee
from gongbu.ground.meetings.rules.lines import Line, read_lines, write_line
from gongbu.ground.registers.forms import FormSpec, Step
from gongbu.ground.registers.parsing import BadValue, parse_date

_HOUR = re.compile(r"^(\d{1,2})\s*[:：.时点]\s*(\d{1,2})?\s*分?$")
_PLACE = ["meetings.held_on", "meetings.begins_at", "meetings.place", "meetings.chair"]

DRAFT = FormSpec(
    "meetings.draft",
    [
        Step("会议", ["meetings.kind", "meetings.title", "orgs.region_id", "meetings.host", *_PLACE]),
        Step("参会", ["meetings.attendees"]),
        Step("议程", ["meetings.agenda"]),
    ],
    required=["orgs.region_id"],
    wide=["meetings.title"],
    options={"meetings.kind": lambda _request: kinds.choices()},
)
CHANGE = FormSpec(
    "meetings.change", [Step("", ["meetings.title", *_PLACE, "meetings.reason"])], wide=["meetings.title"]
)
INVITE = FormSpec("meetings.invite", [Step("", ["meetings.attendees"])])
ITEM = FormSpec(
    "meetings.add_item",
    [Step("", ["meetings.item_title", "meetings.question", "meetings.presenter"])],
    wide=["meetings.item_title"],
)
CLOSE = FormSpec("meetings.close", [Step("", ["meetings.minutes"])])
CANCEL = FormSpec(
    "meetings.cancel", [Step("", ["meetings.reason"])], required=["meetings.reason"], wide=["meetings.reason"],
    keeps_draft=False,
)  # fmt: skip


def read_hour(text: str) -> time | None:
    """Return the hour of 9:00, 9：30, 14点30分, or None for nothing.

    :raises InvalidInput: not an hour of the day
    """
    text = text.strip()
    if not text:
        return None
    if (matched := _HOUR.match(text)) and int(matched[1]) < 24 and int(matched[2] or 0) < 60:
        return time(int(matched[1]), int(matched[2] or 0))
    raise InvalidInput([Finding("meetings.hour_unreadable", {"text": text}, "meetings.begins_at", Severity.REJECT)])


def read_attendees(text: str, unit_ids: Sequence[int] = ()) -> list[NewAttendee]:
    """Return the attendees of a pasted list and of ticked units, matched with units and people by name (2 queries)."""
    lines = read_lines(text)
    units = queries.match_units([line.unit for line in lines])
    pairs = [(units[line.unit], line.name) for line in lines if line.unit in units and line.name]
    people = queries.match_people(pairs)
    found = []
    for line in lines:
        unit_id = units.get(line.unit)
        person_id = people.get((unit_id, line.name)) if unit_id else None
        found.append(
            NewAttendee(
                unit_id=unit_id, unit_name="" if unit_id else line.unit, person_id=person_id,
                name="" if person_id else line.name, duty=line.duty, role=line.role,
            )
        )  # fmt: skip
    named = {row.unit_id for row in found}
    return [*found, *(NewAttendee(unit_id=pk) for pk in unit_ids if pk not in named)]


def write_attendees(rows: Sequence[Attendee]) -> str:
    """Return an attendance list as :func:`read_attendees` reads it again."""
    return "\n".join(write_line(Line(row.unit_name, row.name, row.duty, row.role)) for row in rows)


def read_agenda(text: str) -> list[NewItem]:
    """Return one item per line, without leading numbers."""
    lines = (
        re.sub(r"^\s*(?:[（(]?\d{1,3}[)）.、．]|[一二三四五六七八九十]+、)\s*", "", raw) for raw in text.splitlines()
    )
    return [NewItem(title) for line in lines if (title := line.strip())]


def read_resolution(posted: Mapping[str, Any], prefix: str = "") -> Resolution:
    """Return what was settled as posted; the responsible unit is found by its name (1 query when one is named).

    :raises InvalidInput: a due day that is none
    """

    def text(name: str) -> str:
        return str(posted.get(f"{prefix}{name}", "")).replace("\r\n", "\n").strip()

    name = " ".join(text("responsible").split())
    return Resolution(
        text("resolution"), text("resolution_text"), text("conditions"), read_day(text("due_on"), "due_on"),
        queries.match_units([name]).get(name) if name else None, name,
    )  # fmt: skip


def read_day(text: str, field: str) -> date | None:
    """Return a day, None for nothing.

    :raises InvalidInput: not a day
    """
    if not text.strip():
        return None
    try:
        return parse_date(text)
    except BadValue:
        finding = Finding("meetings.day_unreadable", {"text": text[:30]}, f"meetings.{field}", Severity.REJECT)
        raise InvalidInput([finding]) from None


def read_marks(posted: Mapping[str, Any], rows: Sequence[Attendee]) -> dict[int, Mark]:
    """Return the marks that differ from what the page showed: two people at the desk do not undo each other."""
    found = {}
    for row in rows:
        code, proxy = str(posted.get(f"mark_{row.pk}", "")), str(posted.get(f"proxy_{row.pk}", "")).strip()
        if code != Attendee.Mark.PROXY:
            proxy = ""
        if f"{code}|{proxy}" != posted.get(f"was_{row.pk}") and (code or row.mark):
            found[row.pk] = Mark(code, proxy)
    return found


def changes_of(item: AgendaItem, posted: Mapping[str, Any]) -> Resolution | None:
    """Return what a correction says about an item, None when it says what stands."""
    prefix = f"item_{item.pk}_"
    standing = queries.as_facts(item)
    if all(
        str(posted.get(f"{prefix}{name}", "")).replace("\r\n", "\n").strip() == text for name, text in standing.items()
    ):
        return None
    return read_resolution(posted, prefix)
