"""预判预审 in a meeting: which agenda items are about an entry that waits for the leading group, and what they settled."""

from collections.abc import Sequence

from gongbu.ground.meetings import kinds as meeting_kinds
from gongbu.ground.meetings import queries as meetings
from gongbu.ground.meetings.queries import ItemOf
from gongbu.mainline.reserve.choices import Step
from gongbu.mainline.reserve.models import LibraryEntry
from gongbu.mainline.reserve.system import System

AGREED = frozenset({"AGREED", "CONDITIONAL"})
NOT_AGREED = "NOT_AGREED"
SETTLING = AGREED | {NOT_AGREED}


def waits(entry: LibraryEntry) -> bool:
    """Return whether an entry stands at the step that a meeting settles."""
    return entry.step == Step.LEADING_GROUP_REVIEW


def items_of(entry: LibraryEntry, system: System) -> list[ItemOf]:
    """Return the items about the project in meetings of the kind that settles the step, newest first (1 query).

    An item that another room put on its agenda (专题会议审定 …) is about that room's matter.
    """
    kinds = system.meeting_kinds_of(Step.LEADING_GROUP_REVIEW)
    found = meetings.list_items_of("project", entry.project_id)
    return [item for item in found if item.meeting_kind in kinds and not item.key]


def find_open(items: Sequence[ItemOf]) -> ItemOf | None:
    """Return the item whose meeting is not closed yet: that meeting settles the step, and nobody else."""
    return next((item for item in items if item.is_open), None)


def find_settled(entry: LibraryEntry, items: Sequence[ItemOf]) -> ItemOf | None:
    """Return the newest item that settled something since the entry came to the step."""
    since = entry.step_since_on
    for item in items:
        if item.resolution in SETTLING and item.held_on is not None and (since is None or item.held_on >= since):
            return item
    return None


def kinds_words(system: System) -> str:
    """Return the kinds of meeting that settle the step, in words."""
    return "、".join(meeting_kinds.label(kind) for kind in system.meeting_kinds_of(Step.LEADING_GROUP_REVIEW))


def document_of(item: ItemOf) -> str:
    """Return a meeting as an opinion names its paper: title and number."""
    return f"{item.meeting_title}{item.number}"


def words_of(item: ItemOf) -> str:
    """Return what was settled, with its conditions."""
    return "。".join(part.rstrip("。") for part in (item.text, item.conditions) if part)
