"""三谋两审一踏勘: the 遴选 tab of a project with its checklist, the forms of the steps, one record with its photographs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, NotAllowed, NotFound
from gongbu.ground.documents import panel as documents_panel
from gongbu.ground.ledger import receipts
from gongbu.ground.meetings import queries as meetings
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Unit
from gongbu.ground.policy.rules.scorecards import Form as StepShape
from gongbu.ground.policy.rules.scorecards import Holding, Step
from gongbu.ground.registers import forms
from gongbu.ground.registers.assets import icon
from gongbu.ground.registers.forms import BoundField, Form, FormSpec
from gongbu.ground.registers.forms import Step as FormStep
from gongbu.ground.registers.pages import actor_of, page, render, render_text
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects.models import Project
from gongbu.mainline.selection import doubts, marks, photos, queries, services
from gongbu.mainline.selection.choices import Verdict
from gongbu.mainline.selection.models import StepRecord
from gongbu.mainline.selection.rules.checklist import Standing
from gongbu.mainline.selection.services import NewStep
from gongbu.mainline.selection.services import record as recording
from gongbu.mainline.selection.services.steps import ACT_OF, RESOLVED
from gongbu.mainline.selection.system import System, may_record, roles_words, system_for

BOTH = ("GET", "POST")
TONES = {Standing.DONE: "good", Standing.AGAINST: "bad", Standing.NO_PHOTOS: "warn", Standing.MISSING: "wait"}
VERDICT_TONES = {"AGREED": "good", "CONDITIONAL": "warn", "NOT_AGREED": "bad"}
_ASKED: Mapping[StepShape, tuple[str, ...]] = {
    StepShape.PLANNING: ("step_party", "step_unit_id", "step_held_on", "step_text", "step_findings"),
    StepShape.REVIEW: ("step_held_on", "step_verdict", "step_text"),
    StepShape.MEETING: ("step_item_id", "step_held_on", "step_document", "step_verdict", "step_text"),
    StepShape.VISIT: (
        "visit_leader", "step_held_on", "visit_people", "step_text", "visit_lon", "visit_lat", "visit_crs",
    ),
}  # fmt: skip
_TEXT = {
    StepShape.PLANNING: ("谋划内容", "谋划的必要性、规模、选址、资金、时序等。"),
    StepShape.REVIEW: ("审核意见", "同意的可以不写；原则同意写明条件，不同意写明理由。"),
    StepShape.MEETING: ("审定意见", "照会议纪要填写；原则同意写明条件。"),
    StepShape.VISIT: ("现场情况", "选址、用地、道路、管线、周边环境，现场议定的事项。"),
}
_FORMS = {
    shape: FormSpec(f"selection.{shape.value.lower()}", [FormStep("", keys)])
    for shape, keys in _ASKED.items()
}  # fmt: skip
_CORRECT = {
    shape: FormSpec(f"selection.correct_{shape.value.lower()}", [FormStep("", [*keys, "selection_reason"])])
    for shape, keys in _ASKED.items()
}


def address(project_id: int) -> str:
    """Return the 遴选 tab of a project."""
    return reverse("projects:show", args=[project_id]) + "?tab=selection"


# --- the tab --------------------------------------------------------------------------------------------------------


def render_panel(request: HttpRequest, project: Any) -> str:
    """Return the 遴选 tab: the checklist with who, when and receipt, the rounds it takes part in."""
    actor = actor_of(request)
    system = system_for(project, clock.today())
    records = queries.list_records(project.pk)
    card = system.card
    context = {
        "project": project,
        "why": system.why_not if card is None else None,
        "policy_href": reverse("policy:region", args=[system.holder.pk]),
        "rows": [] if card is None else list_rows(actor, project, system, records),
        "card_basis": None if card is None else marks.of_card(card, *_pack_of(system)),
        "takings": queries.list_takings(project.pk),
        "may_view_rounds": actor.may(queries.VIEW, project.region_key),
        "grouped": receipts.grouped,
    }
    return Markup(render_text(request, "selection/panel.html", context))  # noqa: S704 — a rendered template


def _pack_of(system: System) -> tuple[str, str]:
    pack = system.cards[0][0]
    return pack.key, pack.version


def list_rows(actor: Actor, project: Project, system: System, records: Sequence[StepRecord]) -> list[dict[str, Any]]:
    """Return the checklist as shown: step, how it stands, the deciding record in words, and whether one may record."""
    card = system.require()
    found = []
    for row in queries.checklist_of(card, records):
        step = row.item.step
        found.append(
            {
                "step": step, "standing": row.item.standing.label, "tone": TONES[row.item.standing],
                "record": word(row.record) if row.record is not None else None, "earlier": len(row.earlier),
                "roles": roles_words(step.roles),
                "href": reverse("selection:record", args=[project.pk, step.key])
                if may_record(actor, ACT_OF[step.form], project, step) else "",
            }
        )  # fmt: skip
    return found


def word(row: StepRecord) -> dict[str, Any]:
    """Return a record as shown."""
    return {
        "row": row, "href": reverse("selection:step", args=[row.pk]), "on": row.held_on,
        "who": " ".join(part for part in (row.party, row.unit_name, row.leader) if part) or row.person_name,
        "verdict": Verdict(row.verdict).label if row.verdict else "",
        "tone": VERDICT_TONES.get(row.verdict, ""), "text": row.text,
    }  # fmt: skip


# --- recording ------------------------------------------------------------------------------------------------------


@page("selection.view_steps", methods=BOTH)
def record(request: HttpRequest, project_id: int, step_key: str) -> HttpResponse:
    """Record one step of a project; what is asked depends on the step's form."""
    actor = actor_of(request)
    project = project_queries.get_project(project_id, actor)
    system, step = _step(project, step_key)
    if not may_record(actor, ACT_OF[step.form], project, step):
        raise NotAllowed(
            "selection.not_the_one", act=step.label, actor=actor.name, post=actor.post_name, step=step.label,
            who=roles_words(step.roles),
        )  # fmt: skip
    form = _FORMS[step.form].bind(
        request, subject=f"{project.pk}:{step.key}", initial={"step_held_on": clock.today()},
        origins={"step_held_on": "今天"}, doubts=_doubts(step, project),
    )  # fmt: skip
    _shape(form, system, step, project)

    def save(values: dict[str, Any]) -> str:
        new = _read(step, values)
        common: dict[str, Any] = {"project_id": project.pk, "new": new, "actor": actor}
        if step.form is StepShape.PLANNING:
            services.record_planning(**common)
        elif step.form is StepShape.REVIEW:
            services.record_review(**common)
        elif step.form is StepShape.MEETING:
            item = values.get("step_item_id")
            services.record_meeting(**common, item_id=int(item) if item else None)
        else:
            made = services.record_visit(**common)
            return reverse("selection:step", args=[made.pk])
        return address(project.pk)

    return forms.handle(request, form, save, "selection/form.html", _context(step.label, project, step, system))


@page("selection.view_steps")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One record: what it says, photographs of a visit, whether it was corrected."""
    actor = actor_of(request)
    row = queries.get_record(pk)
    project = project_queries.get_project(row.project_id, actor)
    system = system_for(project, clock.today())
    step = next((one for one in system.card.steps if one.key == row.step), None) if system.card else None
    later = StepRecord.objects.unscoped("of a project that was tested").filter(corrects=row).first()
    context = {
        "title": row.step_label,
        "row": row,
        "shown": word(row),
        "facts": _facts(row),
        "project": project,
        "later": later,
        "lacks_photos": row.is_standing and step is not None and Holding.PHOTOS in step.holds
        and row.pk not in photos.list_photographed([row.project_id]),
        "meeting_href": reverse("meetings:meeting", args=[row.meeting_id])
        if meetings.may_open(actor, row.meeting_id) else "",
        "may_correct": row.is_standing and step is not None and may_record(actor, ACT_OF[step.form], project, step)
        and actor.may("selection.correct_step", project.region_key, project.sector or None, own=_owns(actor, project)),
        "files": documents_panel.render(request, recording.STEP, row.pk, row.region_key) if row.is_standing or row.form == "VISIT" else "",
        "grouped": receipts.grouped,
        "crumbs": [("项目库", reverse("projects:list")), (project.name, address(project.pk)), (row.step_label, None)],
    }  # fmt: skip
    return render(request, "selection/step.html", context)


def _facts(row: StepRecord) -> list[tuple[str, Any, str, str]]:
    """Return what a record says, what it does not say left out."""
    position = f"经度 {_short(row.lon):f}，纬度 {_short(row.lat):f}（{row.crs}）" if row.lon is not None else ""
    shown = [
        ("办理日期", row.held_on.isoformat(), ""), ("领导小组", row.party, ""), ("单位", row.unit_name, ""),
        ("带队领导", row.leader, ""), ("位置", position, ""), ("参加人员", row.people, "wide"),
        ({"PLANNING": "谋划内容", "REVIEW": "审核意见", "MEETING": "审定意见", "VISIT": "现场情况"}[row.form], row.text, "wide"),
        ("发现的问题", row.findings, "wide"), ("文件", row.document, "wide"),
    ]  # fmt: skip
    return [(label, text, "", width) for label, text, width in shown if text]


def _owns(actor: Actor, project: Project) -> bool:
    return actor.unit_id is not None and actor.unit_id == project.owner_unit_id


@page("selection.correct_step", methods=BOTH)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a record with a reason."""
    actor = actor_of(request)
    row = queries.get_record(pk)
    project = project_queries.get_project(row.project_id, actor)
    system, step = _step(project, row.step)
    initial = {
        "step_held_on": row.held_on, "step_party": row.party, "step_unit_id": row.unit_id, "step_verdict": row.verdict,
        "step_text": row.text, "step_findings": row.findings, "step_document": row.document, "visit_leader": row.leader,
        "visit_people": row.people, "visit_lon": _short(row.lon), "visit_lat": _short(row.lat), "visit_crs": row.crs,
    }  # fmt: skip
    form = _CORRECT[step.form].bind(request, subject=pk, initial=initial, doubts=_doubts(step, project))
    _shape(form, system, step, project, is_correction=True)
    form.fields["selection_reason"].is_required = True

    def save(values: dict[str, Any]) -> str:
        made = services.correct_step(
            record_id=pk, new=_read(step, values), reason=values["selection_reason"], actor=actor
        )
        return reverse("selection:step", args=[made.pk])

    context = _context(f"更正{step.label}", project, step, system)
    return forms.handle(request, form, save, "selection/form.html", {**context, "submit": "更正"})


def _doubts(step: Step, project: Project) -> Callable[[Form], Sequence[Finding]] | None:
    return doubts.of_visit(project) if step.form is StepShape.VISIT else None


_HERE = Markup(
    '<div class="g-field g-wide" data-here="visit_lon visit_lat visit_crs" hidden><button class="btn" type="button">{}'
    '用当前位置</button> <span class="g-sub d-inline" role="status"></span></div>'
)


def _short(value: Any) -> Any:
    return None if value is None else value.normalize()


def _step(project: Project, key: str) -> tuple[System, Step]:
    system = system_for(project, clock.today())
    step = next((one for one in system.require().steps if one.key == key), None)
    if step is None:
        raise NotFound("selection.step_unknown", known="、".join(one.label for one in system.require().steps))
    return system, step


def _shape(form: Form, system: System, step: Step, project: Project, *, is_correction: bool = False) -> None:
    """Word and narrow the fields for this step: groups of the pack, units of the county, closed meetings."""
    label, help_ = _TEXT[step.form]
    _say(form.fields["step_text"], label, help_)
    form.fields["step_text"].is_required = step.form in (StepShape.PLANNING, StepShape.VISIT)
    if step.form is StepShape.PLANNING:
        parties = system.parties(step)
        if parties:
            form.fields["step_party"].options = [(name, f"{name}工作领导小组") for name in parties]
            form.fields["step_party"].is_required = True
        else:
            form.drop("step_party")
        units = Unit.objects.unscoped("units of the project's county").filter(
            region__key_lo__gte=system.holder.key_lo, region__key_lo__lt=system.holder.key_hi, status="ACTIVE"
        )
        rows = units.order_by("sort_pinyin").values_list("pk", "name")[:500]
        form.fields["step_unit_id"].options = [(str(pk), name) for pk, name in rows]
    if step.form is StepShape.REVIEW:
        form.fields["step_verdict"].is_required = True
    if step.form is StepShape.VISIT:
        form.fields["visit_leader"].is_required = True
        form.fields["visit_people"].is_required = Holding.PEOPLE in step.holds
        for key in ("visit_lon", "visit_lat", "visit_crs"):
            form.fields[key].is_required = Holding.POSITION in step.holds
        form.fields["visit_crs"].after = lambda: _HERE.format(icon("current-location"))
    if step.form is StepShape.MEETING:
        items = [
            (str(item.item_id), f"{item.held_on}　{item.meeting_title}：{item.resolution_label}")
            for item in meetings.list_items_of("project", project.pk)
            if item.resolution in RESOLVED
        ]
        if is_correction or not items:
            form.drop("step_item_id")
        else:
            form.fields["step_item_id"].options = items
            form.fields["step_held_on"].is_required = False


def _say(bound: BoundField, label: str, help_: str) -> None:
    bound.spec = replace(bound.spec, label=label, help=help_)


def _read(step: Step, values: Mapping[str, Any]) -> NewStep:
    lon, lat = values.get("visit_lon"), values.get("visit_lat")
    return NewStep(
        step.key, values.get("step_held_on") or clock.today(), text=values.get("step_text") or "",
        findings=values.get("step_findings") or "", party=values.get("step_party") or "",
        unit_id=int(values["step_unit_id"]) if values.get("step_unit_id") else None,
        verdict=values.get("step_verdict") or "", leader=values.get("visit_leader") or "",
        people=values.get("visit_people") or "", lon=lon, lat=lat,
        crs=(values.get("visit_crs") or "") if lon is not None or lat is not None else "",
        document=values.get("step_document") or "",
    )  # fmt: skip


def _context(title: str, project: Project, step: Step, system: System) -> dict[str, Any]:
    return {
        "title": title,
        "sub": project.name,
        "submit": "提交记录",
        "cancel": address(project.pk),
        "note": (
            "提交后在记录页上传现场照片；记录中写明的带队领导和参加人员登录后都可以上传。"
            + ("有照片之后这一步才算办完。" if Holding.PHOTOS in step.holds else "")
        )
        if step.form is StepShape.VISIT
        else "",
        "basis": marks.of_card(system.require(), *_pack_of(system)),
        "crumbs": [("项目库", reverse("projects:list")), (project.name, address(project.pk)), (title, None)],
    }
