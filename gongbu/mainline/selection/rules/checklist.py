"""三谋两审一踏勘: which steps of a scorecard are done for a project, and what is missing before scoring may be settled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gongbu.ground.basics.findings import Basis, Finding, Severity
from gongbu.ground.policy.rules.scorecards import Form, Holding, Step

AGREED = frozenset({"AGREED", "CONDITIONAL"})


class Standing(StrEnum):
    """How a step stands: done, concluded against the project, recorded without its photographs, or not recorded."""

    DONE = "DONE"
    AGAINST = "AGAINST"
    NO_PHOTOS = "NO_PHOTOS"
    MISSING = "MISSING"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {"DONE": "已办", "AGAINST": "未同意", "NO_PHOTOS": "缺照片", "MISSING": "未办"}[self]


@dataclass(frozen=True, slots=True)
class Done:
    """One standing record: of which step, when, what it concluded ("" where nothing is concluded), whether photographed."""

    id: int
    step: str
    held_on: date
    verdict: str = ""
    has_photos: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist; ``record`` is the id of the record that decides it."""

    step: Step
    standing: Standing
    record: int | None = None


def compute_checklist(steps: Sequence[Step], records: Iterable[Done]) -> list[Item]:
    """Return every step with how it stands: its newest record decides (the later day, then the later entry)."""
    newest: dict[str, Done] = {}
    for record in sorted(records, key=lambda one: (one.held_on, one.id)):
        newest[record.step] = record
    found = []
    for step in steps:
        last = newest.get(step.key)
        if last is None:
            found.append(Item(step, Standing.MISSING))
        elif step.form in (Form.REVIEW, Form.MEETING) and last.verdict not in AGREED:
            found.append(Item(step, Standing.AGAINST, last.id))
        elif Holding.PHOTOS in step.holds and not last.has_photos:
            found.append(Item(step, Standing.NO_PHOTOS, last.id))
        else:
            found.append(Item(step, Standing.DONE, last.id))
    return found


def check_ready(name: str, items: Sequence[Item], basis: Basis) -> list[Finding]:
    """Return what keeps a project from being settled: required steps missing, without photographs, or against it."""
    found = []
    missing = [item.step.label for item in items if item.standing is Standing.MISSING and item.step.is_required]
    against = [item.step.label for item in items if item.standing is Standing.AGAINST and item.step.is_required]
    bare = [item.step.label for item in items if item.standing is Standing.NO_PHOTOS and item.step.is_required]
    if missing:
        data = {"name": name, "steps": "、".join(missing)}
        found.append(Finding("selection.steps_missing", data, None, Severity.REJECT, basis))
    if bare:
        data = {"name": name, "steps": "、".join(bare)}
        found.append(Finding("selection.photos_missing", data, None, Severity.REJECT, basis))
    if against:
        data = {"name": name, "steps": "、".join(against)}
        found.append(Finding("selection.steps_against", data, None, Severity.REJECT, basis))
    return found
