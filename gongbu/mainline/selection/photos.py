"""Photographs of a visit: documents of its record, or of one that it corrects. A card may ask for them (``holds``)."""

from collections.abc import Collection, Iterable, Sequence

from gongbu.ground.documents import queries as documents
from gongbu.ground.policy.rules.scorecards import Holding, Step
from gongbu.mainline.selection.choices import STEP, StepForm
from gongbu.mainline.selection.models import StepRecord
from gongbu.mainline.selection.rules.checklist import Done


def done_of(steps: Sequence[Step], records: Iterable[StepRecord]) -> dict[int, list[Done]]:
    """Return project id → its standing records as the checklist reads them (2 queries where a step asks for photographs).

    ``records`` need ``project_id``, ``step``, ``held_on`` and ``verdict``.
    """
    rows = list(records)
    asking = {step.key for step in steps if Holding.PHOTOS in step.holds}
    shown = list_photographed({row.project_id for row in rows if row.step in asking})
    found: dict[int, list[Done]] = {}
    for row in rows:
        done = Done(row.pk, row.step, row.held_on, row.verdict, row.pk in shown)
        found.setdefault(row.project_id, []).append(done)
    return found


def list_photographed(project_ids: Collection[int]) -> set[int]:
    """Return the visits of these projects that have a photograph, a correction those of what it corrects (0–2 queries)."""
    if not project_ids:
        return set()
    rows = StepRecord.objects.unscoped("of named projects").filter(project_id__in=project_ids, form=StepForm.VISIT)
    corrects = dict(rows.values_list("pk", "corrects_id"))
    own = documents.list_pictured(STEP, corrects)
    found = set()
    for pk in corrects:
        back: int | None = pk
        while back is not None and back not in own:
            back = corrects.get(back)
        if back is not None:
            found.add(pk)
    return found
