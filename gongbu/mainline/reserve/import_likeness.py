"""查重 at the import of a reserve list: a flagged row is settled at the row, before or instead of entering a new project.

同一项目: the row declares the project on file, or belongs to the earlier row. Otherwise it stays a project of its own, and
what was said goes into both files when the row is accepted. A row nobody settles is accepted with its flag and waits
among the 相似项目.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.registers.forms import FormSpec, Step, handle
from gongbu.ground.registers.importing import queries as imports
from gongbu.ground.registers.importing import services as importing
from gongbu.ground.registers.importing.kinds import AcceptContext, CheckContext, CheckedRow, Decision
from gongbu.ground.registers.pages import actor_of, page
from gongbu.mainline.likeness import importing as likeness_importing
from gongbu.mainline.likeness import services as likeness
from gongbu.mainline.likeness.choices import Verdict
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects import traits as known

SAME_ROW = "SAME_ROW"
DECISION = Decision(
    frozenset(
        {"likeness.import_similar", "likeness.import_other_part", "likeness.import_similar_row", "reserve.import_said"}
    ),
    lambda batch, row: reverse("reserve:import_alike", args=[batch, row]),
    frozenset(
        {
            "import.on_file_differs",
            "reserve.import_on_file",
            "reserve.import_already",
            "reserve.import_ended",
            "reserve.started",
        }
    ),
)
DECIDE = FormSpec(
    "reserve.import_alike",
    [Step("", ["import_verdict", "likeness_reason"])],
    required=["import_verdict"],
    keeps_draft=False,
)


def check(context: CheckContext, rows: Sequence[CheckedRow]) -> None:
    """Flag the rows that would make a project like one on file or like an earlier row."""
    likeness_importing.check(context, [row for row in rows if row.plan["action"] == "CREATE" and not row.is_rejected])


def answers(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what may be said of a row: code and label."""
    alike, earlier = plan.get("alike"), plan.get("alike_row")
    found = []
    if alike:
        found.append((Verdict.SAME.value, f"与在库项目“{alike['name']}”是同一项目，按已有档案申报"))
    if earlier:
        found.append((SAME_ROW, f"与第 {earlier['number']} 行“{earlier['name']}”是同一项目，并入该行"))
    others = (Verdict.OTHER_PHASE, Verdict.OTHER_SECTION, Verdict.DIFFERENT)
    return [*found, *((v.value, str(v.label)) for v in others)] if found else []


def settle(*, row_id: int, rev: int, verdict: str, reason: str, actor: Actor) -> None:
    """Say what a flagged row is; the row waits for acceptance with the answer.

    :raises InvalidInput: an answer that is not offered, or 不同项目 without a reason
    :raises NotFound, ChangedMeanwhile, Refusal: as :func:`importing.mend_row`, or the project on file is gone
    """
    reason = " ".join(reason.split())[: likeness.REASON_LENGTH]

    def change(context: CheckContext, row: CheckedRow) -> None:
        if verdict not in dict(answers(row.plan)):
            raise InvalidInput([Finding("likeness.verdict_unknown", {}, "import_verdict", Severity.REJECT)])
        if row.plan.get("was") is not None:  # settled before: begin again from what the check had decided
            row.plan |= {"action": "CREATE"}
            row.match_key = row.plan.pop("was")
            row.plan.pop("project", None)
        row.plan.pop("said", None)
        row.plan["was"] = row.match_key
        if verdict == Verdict.SAME:
            _take_file(context, row)
        elif verdict == SAME_ROW:
            earlier = row.plan["alike_row"]
            row.plan |= {"action": "SAME", "same_as": earlier["number"]}
            row.match_key = earlier["key"]
        else:
            likeness.check_answer(verdict, reason)
            if alike := row.plan.get("alike"):
                row.plan["said"] = {"project": alike["project"], "verdict": verdict, "reason": reason}
        data = {"said": dict(answers(row.plan))[verdict], "by": actor.name, "reason": f"：{reason}" if reason else ""}
        row.find("reserve.import_said", "name", Severity.NOTE, **data)

    importing.settle_row(row_id=row_id, rev=rev, actor=actor, change=change)


def _take_file(context: CheckContext, row: CheckedRow) -> None:
    """Let a row declare the project on file, with the gate and the libraries that hold it tested as for a namesake."""
    from gongbu.mainline.reserve import importing as kind

    project_id = row.plan["alike"]["project"]
    projects.get_project(project_id, context.actor)
    kind.declare_on_file(context, row, project_id)


def after_accept(context: AcceptContext, rows: Sequence[CheckedRow], made: Mapping[int | None, int]) -> None:
    """Put what was said of accepted rows into both files. What can no longer be recorded waits among the 相似项目."""
    for row in rows:
        said, project_id = row.plan.get("said"), made.get(row.id)
        if (
            not said
            or project_id is None
            or len(known.list_traits([said["project"], project_id], with_hidden=True)) < 2
        ):
            continue
        with suppress(Refusal):
            likeness.decide(
                project_id=project_id, other_id=said["project"], verdict=said["verdict"], reason=said["reason"],
                actor=context.actor, on=context.on, key=context.key(row, "likeness"),
            )  # fmt: skip


@page("reserve.import", methods=("GET", "POST"))
def decide(request: HttpRequest, batch_id: int, row_id: int) -> HttpResponse:
    """The row beside what it is like, and the form that says what it is."""
    actor = actor_of(request)
    found = imports.get_row(batch_id, row_id, actor)
    offered = answers(found.plan)
    if not offered or not found.is_open:
        raise Refusal("reserve.import_nothing_to_say", row=found.line.number)
    form = DECIDE.bind(request, subject=row_id, rev=found.rev)
    form.fields["import_verdict"].options = offered
    back = f"{reverse('importing:batch', args=[batch_id])}?tab=flagged"

    def save(values: dict[str, Any]) -> str:
        settle(
            row_id=row_id, rev=form.rev if form.rev is not None else found.rev, verdict=values["import_verdict"],
            reason=values["likeness_reason"] or "", actor=actor,
        )  # fmt: skip
        return back

    alike = found.plan.get("alike")
    context = {
        "title": f"认定第 {found.line.number} 行",
        "crumbs": [
            ("导入批次", reverse("importing:list")),
            (found.batch.file_name, back),
            (f"第 {found.line.number} 行", None),
        ],
        "line": found.line,
        "alike": alike,
        "earlier": found.plan.get("alike_row"),
        "cancel": back,
    }
    return handle(request, form, save, "reserve/import_alike.html", context)
