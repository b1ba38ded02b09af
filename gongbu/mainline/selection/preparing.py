"""What selection tells of a project's readiness: planning by the three parties, review, special meeting, visit."""

from collections.abc import Mapping

from gongbu.ground.basics import clock
from gongbu.ground.policy.rules.scorecards import Form, Scorecard
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve import readiness
from gongbu.mainline.reserve.system import holder_of
from gongbu.mainline.selection import photos
from gongbu.mainline.selection.models import StepRecord
from gongbu.mainline.selection.rules.checklist import Done, Standing, compute_checklist
from gongbu.mainline.selection.system import system_of

TOPICS = ("selection.step_recorded", "selection.step_withdrawn", "selection.photos_changed")
MATTERS = {
    Form.PLANNING: "三方谋划已记录", Form.REVIEW: "行业主管部门已审核", Form.MEETING: "专题会议已审定", Form.VISIT: "现场已踏勘",
}  # fmt: skip


def register() -> None:
    """Add the four matters (called once, from ``AppConfig.ready``)."""
    for order, (form, label) in enumerate(MATTERS.items(), start=60):
        matter = readiness.Matter(f"selection.{form.value.lower()}", label, _done_of(form), order, TOPICS)
        readiness.add_matter(matter)


def _done_of(form: Form) -> readiness.Done:
    def done(projects: Mapping[int, Project]) -> set[int]:
        return list_done(form, projects)

    return done


def list_done(form: Form, projects: Mapping[int, Project]) -> set[int]:
    """Return those whose required steps of this form are all done, as their county's scorecard asks (1 query, and those
    that find the packs of counties with records).
    """
    rows = StepRecord.objects.unscoped("of named projects").filter(
        project_id__in=list(projects), form=form.value, is_standing=True
    )
    found = list(rows.only("project_id", "step", "held_on", "verdict"))
    today = clock.today()
    cards = {
        pk: system_of(holder_of(projects[pk].competent_region), today).card for pk in {r.project_id for r in found}
    }
    steps = {step for card in cards.values() if card is not None for step in card.steps}
    by_project = photos.done_of(tuple(steps), found)
    return {pk for pk, records in by_project.items() if _is_done(form, cards[pk], records)}


def _is_done(form: Form, card: Scorecard | None, records: list[Done]) -> bool:
    steps = [step for step in card.steps if step.form is form] if card is not None else []
    must = [step for step in steps if step.is_required] or steps
    items = compute_checklist(must, records)
    return bool(items) and all(item.standing is Standing.DONE for item in items)
