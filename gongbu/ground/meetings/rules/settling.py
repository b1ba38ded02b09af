"""What a resolution must say, and what must stand before a meeting is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gongbu.ground.basics.findings import Finding, Severity

NEEDS_WORDS = frozenset({"CONDITIONAL", "NOT_AGREED", "DEFERRED"})
SETTLED = frozenset({"AGREED", "CONDITIONAL", "NOT_AGREED", "NOTED"})


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled about an item, as far as the rules read it."""

    code: str
    text: str
    conditions: str
    due_on: date | None
    has_responsible: bool


def check_resolution(settled: Settled, held_on: date) -> list[Finding]:
    """Test one resolution: 原则同意 names its conditions, 不同意 and 缓议 their reason, a due day names who.

    ``held_on`` is the day of the meeting; nothing is due before it.
    """
    found: list[Finding] = []

    def reject(code: str, key: str, **data: object) -> None:
        found.append(Finding(code, data, f"meetings.{key}", Severity.REJECT))

    if settled.code not in SETTLED | {"DEFERRED"}:
        reject("meetings.resolution_missing", "resolution")
    elif settled.code == "CONDITIONAL" and not settled.conditions.strip():
        reject("meetings.conditions_missing", "conditions")
    elif settled.code in NEEDS_WORDS - {"CONDITIONAL"} and not settled.text.strip():
        reject("meetings.words_missing", "resolution_text")
    if settled.due_on is not None:
        if settled.due_on < held_on:
            reject("meetings.due_before_meeting", "due_on", due=settled.due_on.isoformat(), held=held_on.isoformat())
        if not settled.has_responsible:
            reject("meetings.responsible_missing", "responsible")
    return found


@dataclass(frozen=True, slots=True)
class ClosingFacts:
    """Where a meeting stands: who is unmarked, how many came, which items are open, whether there are minutes."""

    unmarked: int
    came: int
    open_items: Sequence[str]
    items: int
    has_minutes: bool


def check_closing(facts: ClosingFacts) -> list[Finding]:
    """Test whether a meeting may be closed: attendance taken, every item settled or put off, minutes on file."""
    found: list[Finding] = []
    if not facts.came:
        found.append(Finding("meetings.nobody_came", {}, "meetings.attendance", Severity.REJECT))
    elif facts.unmarked:
        found.append(Finding("meetings.unmarked", {"count": facts.unmarked}, "meetings.attendance", Severity.REJECT))
    if not facts.items:
        found.append(Finding("meetings.no_items", {}, "meetings.items", Severity.REJECT))
    elif facts.open_items:
        names = "、".join(f"“{title}”" for title in facts.open_items[:3])
        data = {"count": len(facts.open_items), "names": names}
        found.append(Finding("meetings.items_open", data, "meetings.items", Severity.REJECT))
    if not facts.has_minutes:
        found.append(Finding("meetings.minutes_missing", {}, "meetings.minutes", Severity.REJECT))
    return found
