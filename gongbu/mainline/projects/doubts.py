"""What is asked once more while a project is entered or changed by a form, before it is saved (GO-13)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding
from gongbu.ground.registers.forms import Form
from gongbu.ground.registers.parsing import StatedDay
from gongbu.mainline.projects import fields, queries
from gongbu.mainline.projects.choices import Kind, Stage, State
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.rules.quality import EntryFacts, check_entry, check_parts

# Too large, or a unit away from a text: the form itself asks that of every amount.
_ASKED_BY_THE_FORM = frozenset({"quality.large_total", "quality.total_slips_from_text"})


def of_form(form: Form) -> Sequence[Finding]:
    """Return the doubts in the values of a form that enters or changes a project; what stood before is not asked."""
    values = {**form.initial, **form.values}
    return [
        finding
        for finding in check_entry(entry_of(values), clock.today())
        if finding.code not in _ASKED_BY_THE_FORM and _is_new(form, finding.field or "")
    ]


def of_values(values: Mapping[str, Any]) -> list[Finding]:
    """Return the doubts in typed values that came without a form, amounts included (2 queries for a part of a project)."""
    return [*check_entry(entry_of(values), clock.today()), *_of_part(values)]


def of_move(project: Project, form: Form) -> list[Finding]:
    """Return the doubts that moving a project under another parent brings to the totals of both (up to 4 queries)."""
    if not _is_new(form, "parent_id"):
        return []
    found = _of_part({"parent_id": form.values["parent_id"], "total_investment_fen": project.total_investment_fen})
    if (old := _whole(project.parent_id)) is None:
        return found
    left = queries.list_part_totals(old.pk, without=project.pk)
    if left:  # a whole without parts counts with its own total again
        found += _tell(old, left, {"quality.parts_below_whole": "projects.parts_left_leave_out"})
    return found


def _of_part(values: Mapping[str, Any]) -> list[Finding]:
    """Return the doubt that a new part takes its whole's money out of the totals, which count parts alone, or exceeds it."""
    if (whole := _whole(values.get("parent_id"))) is None:
        return []
    parts = [*queries.list_part_totals(whole.pk), values.get("total_investment_fen")]
    codes = {
        "quality.parts_below_whole": "projects.parts_leave_out",
        "quality.parts_above_whole": "projects.parts_exceed",
    }
    return _tell(whole, parts, codes)


def _whole(parent_id: Any) -> Project | None:
    """Return the live project that has money of its own and stands under that id; a package has none."""
    if parent_id is None:
        return None
    rows = Project.objects.unscoped("the act tests whose it is").filter(pk=parent_id, state=State.ACTIVE)
    return rows.exclude(kind=Kind.PACKAGE).first()


def _tell(whole: Project, parts: Sequence[int | None], codes: Mapping[str, str]) -> list[Finding]:
    found = check_parts(whole.total_investment_fen, parts, whole.total_investment_precision_fen or 0)
    return [
        Finding(codes[one.code], {**one.data, "name": whole.name}, "parent_id") for one in found if one.code in codes
    ]


def entry_of(values: Mapping[str, Any]) -> EntryFacts:
    """Return the facts that the check reads, out of typed values by catalogue key; a reserve is the stage of old."""
    stage = str(values.get("stage") or Stage.RESERVE)
    start: Any = values.get("planned_start_on")
    how = str(values.get("planned_start_precision") or "")
    if isinstance(start, StatedDay):
        start, how = start.on, start.precision
    return EntryFacts(
        name=str(values.get("name") or ""),
        content=str(values.get("content") or ""),
        funding_text=str(values.get("funding_text") or ""),
        stage=stage,
        stage_label=str(Stage(stage).label),
        total_fen=values.get("total_investment_fen"),
        planned_start_on=fields.last_day(start, how) if isinstance(start, date) else None,
        planned_start_words=fields.say_day(start, how) if isinstance(start, date) else "",
    )


def _is_new(form: Form, name: str) -> bool:
    return name in form.values and form.values[name] != form.initial.get(name)
