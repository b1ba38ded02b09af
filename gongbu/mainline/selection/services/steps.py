"""三谋两审一踏勘: planning records of the three parties, the department's review, the special meeting, the visit."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotAllowed, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.text import one_line
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft
from gongbu.ground.meetings import queries as meeting_queries
from gongbu.ground.meetings import services as meeting_services
from gongbu.ground.meetings.entry import NewItem
from gongbu.ground.meetings.queries import ItemOf
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Unit
from gongbu.ground.orgs.rights import rights
from gongbu.ground.outbox import services as outbox
from gongbu.ground.policy.rules.scorecards import Form, Holding, Step
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.services.record import day_of
from gongbu.mainline.selection.choices import Crs, StepForm, Verdict
from gongbu.mainline.selection.models import StepRecord
from gongbu.mainline.selection.services import record
from gongbu.mainline.selection.system import System, may_record, roles_words, system_for

TEXT_LENGTH, FINDINGS_LENGTH, PEOPLE_LENGTH = 2000, 1000, 500
ITEM_KEY = "selection:"
# What a closed meeting's resolution means for the step; the others (已听取, 缓议) settle nothing.
RESOLVED = {"AGREED": Verdict.AGREED, "CONDITIONAL": Verdict.CONDITIONAL, "NOT_AGREED": Verdict.NOT_AGREED}


@dataclass(frozen=True, slots=True)
class NewStep:
    """What is recorded of a step; which of it is asked depends on the form. ``lon`` and ``lat`` in degrees of ``crs``."""

    step: str
    held_on: date
    text: str = ""
    findings: str = ""
    party: str = ""
    unit_id: int | None = None
    verdict: str = ""
    leader: str = ""
    people: str = ""
    lon: Decimal | None = None
    lat: Decimal | None = None
    crs: str = ""
    document: str = ""


@act("selection.record_planning", "记录谋划")
def record_planning(*, project_id: int, new: NewStep, actor: Actor) -> StepRecord:
    """Record how one of the three parties planned a project (谋划): who, when, what was planned, problems found.

    :raises InvalidInput: nothing said, no leading group where the step names some, a day ahead, a secrecy rule met
    :raises Refusal: the county's packs have no scorecard, or no such step
    :raises NotAllowed: the card names other roles for this step
    """
    return _record("selection.record_planning", StepForm.PLANNING, project_id, new, actor)


@act("selection.record_review", "部门审核")
def record_review(*, project_id: int, new: NewStep, actor: Actor) -> StepRecord:
    """Record the opinion of the department in charge (行业主管部门审核): agreed, agreed in principle, not agreed.

    :raises InvalidInput: no verdict; 原则同意 or 不同意 without words
    :raises Refusal, NotAllowed: see :func:`record_planning`
    """
    return _record("selection.record_review", StepForm.REVIEW, project_id, new, actor)


@act("selection.record_meeting", "记录会议审定")
def record_meeting(*, project_id: int, new: NewStep, actor: Actor, item_id: int | None = None) -> StepRecord:
    """Record that a special meeting settled the project (专题会议审定).

    With ``item_id`` day, words and verdict are those of a closed meeting of the platform; without it the meeting was
    held elsewhere, and ``document`` names its minutes.

    :raises InvalidInput: no document and no item, no verdict
    :raises NotFound: no closed item about this project of that id
    :raises Refusal, NotAllowed: see :func:`record_planning`
    """
    if item_id is not None:
        found = next((i for i in meeting_queries.list_items_of("project", project_id) if i.item_id == item_id), None)
        if found is None or found.resolution not in RESOLVED or found.held_on is None:
            raise NotFound("selection.item_missing")
        new = NewStep(
            new.step, found.held_on, text=_settled_words(found.text, found.conditions),
            verdict=RESOLVED[found.resolution], document=title_of(found),
        )  # fmt: skip
        return _record(
            "selection.record_meeting", StepForm.MEETING, project_id, new, actor, item_id=item_id,
            meeting_id=found.meeting_id,
        )  # fmt: skip
    return _record("selection.record_meeting", StepForm.MEETING, project_id, new, actor)


@act("selection.record_visit", "记录踏勘")
def record_visit(*, project_id: int, new: NewStep, actor: Actor) -> StepRecord:
    """Record a visit to the site led by a leader (踏勘): who, when, who came, where, what was seen.

    Photographs are filed afterwards as documents of the record; where the card wants them, the step is done only then.
    The position is kept as given, in its own reference.

    :raises InvalidInput: no leader, no notes, half a position or one off the globe, nobody or no position where the
        card wants them
    :raises Refusal, NotAllowed: see :func:`record_planning`
    """
    return _record("selection.record_visit", StepForm.VISIT, project_id, new, actor)


ACT_OF = {
    Form.PLANNING: "selection.record_planning",
    Form.REVIEW: "selection.record_review",
    Form.MEETING: "selection.record_meeting",
    Form.VISIT: "selection.record_visit",
}


@act("selection.correct_step", "更正步骤记录")
def correct_step(*, record_id: int, new: NewStep, reason: str, actor: Actor) -> StepRecord:
    """Correct a record with a reason: a new record stands in its place, the old one stays readable.

    :raises InvalidInput: no reason, or as the act of the step
    :raises Refusal: it was corrected already, or nothing changed
    :raises NotAllowed: who may not record the step may not correct it
    """
    old = _lock(record_id)
    raise_on_reject(record.check_reason(reason, "selection_reason"))
    refuse_secret(reason)
    project, system, step = _open(old.project_id, old.step, actor)
    actor.require("selection.correct_step", project.region_key, project.sector or None, own=_owns(actor, project))
    _require(actor, project, step)
    if new.step != old.step:
        raise Refusal("selection.step_unknown", known=old.step_label)
    row = _row(project, system, step, new, actor)
    if _facts(row) == _facts(old):
        raise Refusal("selection.nothing_changed")
    if old.item_id is not None:
        row.item_id, row.meeting_id = old.item_id, old.meeting_id
    _retire(old)
    row.corrects, row.reason = old, one_line(reason)
    return _enter("selection.correct_step", row, project, system, actor.stamp, before=old, reason=reason)


@act("selection.put_to_meeting", "提请专题会议审定")
def put_to_meeting(*, project_ids: list[int], meeting_id: int, actor: Actor, question: str = "") -> int:
    """Put projects on the agenda of a special meeting, one item each; returns how many were new.

    When the meeting is closed, its resolution on each becomes the record of the step. A project already on this agenda
    stays there once.

    :raises NotAllowed: not the actor's meeting, or a project outside its region
    :raises Refusal: the meeting is over; nothing chosen
    """
    refuse_secret(question)
    found = [project for _, project in sorted(project_queries.load_projects(project_ids).items())]
    if not found:
        raise Refusal("selection.nothing_chosen")
    known = {item.key for item in meeting_queries.list_agenda_of(meeting_id)}
    count = 0
    for project in found:
        actor.require("selection.put_to_meeting", project.region_key, project.sector or None)
        key = f"{ITEM_KEY}{meeting_id}:{project.pk}"
        meeting_services.add_item(
            meeting_id=meeting_id, actor=actor,
            item=NewItem(
                project.name, question.strip() or "是否同意列入年度重大项目遴选。", "project", project.pk,
                project.region_key, project.name, presenter_name=project.owner_name, key=key,
            ),
        )  # fmt: skip
        count += key not in known
    return count


# --- what meetings tell -----------------------------------------------------------------------------------------------


def follow_item(
    *, project_id: int, item_id: int, meeting_id: int, resolution: str, held_on: date, text: str, conditions: str,
    meeting_title: str,
) -> StepRecord | None:  # fmt: skip
    """Record what a closed meeting settled about a project that was put to it; None when that settles no step.

    May be called again for the same item: what it already says is not recorded twice, another resolution (更正)
    replaces the record.
    """
    rows = StepRecord.objects.unscoped("follows the meeting").select_for_update(of=("self",))
    old = rows.filter(item_id=item_id, is_standing=True).first()
    verdict = RESOLVED.get(resolution)
    if verdict is None:
        if old is not None:
            _retire(old)
            _tell("selection.step_withdrawn", old)
        return None
    project = _find(project_id)
    if project is None:
        return None
    system = system_for(project, held_on)
    step = next((one for one in system.card.steps if one.form is Form.MEETING), None) if system.card else None
    if step is None:
        return None
    new = NewStep(
        step.key, held_on, text=_settled_words(text, conditions)[:TEXT_LENGTH], verdict=verdict, document=meeting_title
    )
    row = _bare(project, step, new)
    row.item_id, row.meeting_id, row.person_name = item_id, meeting_id, "系统（会议办结）"
    if old is not None:
        if _facts(row) == _facts(old):
            return old
        _retire(old)
        row.corrects, row.reason = old, "会议记录更正"
    return _enter("selection.record_meeting", row, project, system, ActorStamp(None, "系统"), before=old)


def withdraw_item(item_id: int) -> None:
    """Let the record of an item go that was taken off the agenda or whose meeting was cancelled."""
    rows = StepRecord.objects.unscoped("follows the meeting").filter(item_id=item_id, is_standing=True)
    for old in rows.select_for_update(of=("self",)):
        _retire(old)
        _tell("selection.step_withdrawn", old)


# --- inside -----------------------------------------------------------------------------------------------------------


def _record(
    kind: str, form: StepForm, project_id: int, new: NewStep, actor: Actor, *, item_id: int | None = None,
    meeting_id: int | None = None,
) -> StepRecord:  # fmt: skip
    project, system, step = _open(project_id, new.step, actor)
    if step.form.value != form.value:
        raise Refusal("selection.step_unknown", known=_known(system, form))
    _require(actor, project, step)
    row = _row(project, system, step, new, actor)
    if item_id is not None:
        rows = StepRecord.objects.unscoped("whether it is on file")
        if rows.filter(item_id=item_id, is_standing=True).exists():
            raise Refusal("selection.item_recorded")
        row.item_id, row.meeting_id = item_id, meeting_id
    return _enter(kind, row, project, system, actor.stamp)


def _find(project_id: int) -> Project | None:
    return project_queries.load_projects([project_id]).get(project_id)


def _open(project_id: int, step_key: str, actor: Actor) -> tuple[Project, System, Step]:
    project = _find(project_id)
    if project is None:
        raise NotFound("projects.not_found")
    system = system_for(project, clock.today())
    card = system.require()
    step = next((one for one in card.steps if one.key == step_key), None)
    if step is None:
        raise Refusal("selection.step_unknown", known="、".join(one.label for one in card.steps))
    return project, system, step


def _known(system: System, form: StepForm) -> str:
    return "、".join(step.label for step in system.require().steps if step.form.value == form.value)


def _owns(actor: Actor, project: Project) -> bool:
    return actor.unit_id is not None and actor.unit_id == project.owner_unit_id


def _require(actor: Actor, project: Project, step: Step) -> None:
    kind = ACT_OF[step.form]
    if not may_record(actor, kind, project, step):
        raise NotAllowed(
            "selection.not_the_one", act=rights().label(kind), actor=actor.name, post=actor.post_name, step=step.label,
            who=roles_words(step.roles),
        )  # fmt: skip


def _row(project: Project, system: System, step: Step, new: NewStep, actor: Actor) -> StepRecord:
    day_of(new.held_on)
    refuse_secret(new.text, new.findings, new.leader, new.people, new.document)
    raise_on_reject(_check(system, step, new))
    row = _bare(project, step, new)
    unit_id = new.unit_id or actor.unit_id
    unit = Unit.objects.unscoped("named in the record").filter(pk=unit_id).first() if unit_id else None
    if new.unit_id and unit is None:
        raise_on_reject([Finding("selection.unit_unknown", {}, "step_unit_id", Severity.REJECT)])
    row.unit, row.unit_name = unit, unit.name if unit else actor.unit_name
    row.person_id, row.person_name, row.recorded_unit = actor.person_id, actor.name, actor.unit_name
    return row


def _bare(project: Project, step: Step, new: NewStep) -> StepRecord:
    return StepRecord(
        project=project, region_key=project.region_key, step=step.key, step_label=step.label, form=step.form.value,
        held_on=new.held_on, party=one_line(new.party), verdict=new.verdict, text=new.text.strip(),
        findings=new.findings.strip(), leader=one_line(new.leader), people=one_line(new.people), lon=new.lon,
        lat=new.lat, crs=new.crs if new.lon is not None else "", document=one_line(new.document)[:200],
        recorded_at=clock.now(),
    )  # fmt: skip


def _check(system: System, step: Step, new: NewStep) -> list[Finding]:
    """Return what is missing or wrong in a record of this form."""
    found: list[Finding] = []

    def reject(code: str, field: str, **data: object) -> None:
        found.append(Finding(code, data, field, Severity.REJECT))

    for text, limit, field in (
        (new.text, TEXT_LENGTH, "step_text"), (new.findings, FINDINGS_LENGTH, "step_findings"),
        (new.people, PEOPLE_LENGTH, "visit_people"), (new.leader, 80, "visit_leader"), (new.document, 200, "step_document"),
    ):  # fmt: skip
        found += record.check_length(text, limit, field)
    parties = system.parties(step)
    if parties and new.party not in parties:
        reject("selection.party_unknown", "step_party", found=new.party or "未选", known="、".join(parties))
    if step.form is Form.PLANNING and len(one_line(new.text)) < record.REASON_AT_LEAST:
        reject("selection.plan_missing", "step_text")
    if step.form in (Form.REVIEW, Form.MEETING):
        if new.verdict not in Verdict.values:
            reject("selection.verdict_missing", "step_verdict")
        elif new.verdict != Verdict.AGREED and len(one_line(new.text)) < record.REASON_AT_LEAST:
            reject("selection.verdict_words_missing", "step_text", verdict=Verdict(new.verdict).label)
    if step.form is Form.MEETING and len(one_line(new.document)) < record.REASON_AT_LEAST:
        reject("selection.minutes_missing", "step_document")
    if step.form is Form.VISIT:
        if not new.leader.strip():
            reject("selection.leader_missing", "visit_leader")
        if len(one_line(new.text)) < record.REASON_AT_LEAST:
            reject("selection.visit_notes_missing", "step_text")
        found += _check_held(system, step, new)
    return found + _check_position(new)


def _check_held(system: System, step: Step, new: NewStep) -> list[Finding]:
    """Return what the card wants a visit to hold and is not there; photographs come later (see ``photos``)."""
    basis, found = system.require().basis, []
    if Holding.PEOPLE in step.holds and not one_line(new.people):
        found.append(Finding("selection.people_missing", {"step": step.label}, "visit_people", Severity.REJECT, basis))
    if Holding.POSITION in step.holds and new.lon is None and new.lat is None:
        found.append(Finding("selection.position_missing", {"step": step.label}, "visit_lon", Severity.REJECT, basis))
    return found


def _check_position(new: NewStep) -> list[Finding]:
    if new.lon is None and new.lat is None:
        return []
    if new.lon is None or new.lat is None:
        field = "visit_lat" if new.lat is None else "visit_lon"
        return [Finding("selection.position_half", {}, field, Severity.REJECT)]
    found = []
    if not -180 <= new.lon <= 180:
        found.append(Finding("selection.lon_wrong", {"found": f"{new.lon:f}"}, "visit_lon", Severity.REJECT))
    if not -90 <= new.lat <= 90:
        found.append(Finding("selection.lat_wrong", {"found": f"{new.lat:f}"}, "visit_lat", Severity.REJECT))
    if new.crs not in Crs.values:
        found.append(Finding("selection.crs_missing", {}, "visit_crs", Severity.REJECT))
    return found


def _lock(record_id: int) -> StepRecord:
    rows = StepRecord.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    found = rows.filter(pk=record_id).first()
    if found is None:
        raise NotFound("selection.record_missing")
    if not found.is_standing:
        raise Refusal("selection.record_corrected")
    return found


def _retire(old: StepRecord) -> None:
    old.is_standing = False
    old.save(update_fields=["is_standing"])


def _facts(row: StepRecord) -> dict[str, Any]:
    names = (
        "step",
        "held_on",
        "party",
        "unit_name",
        "verdict",
        "text",
        "findings",
        "leader",
        "people",
        "document",
        "crs",
    )
    facts = {name: getattr(row, name) for name in names}
    return {**facts, "lon": _degrees(row.lon), "lat": _degrees(row.lat)}


def _degrees(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.8f}".rstrip("0").rstrip(".")


def said(row: StepRecord) -> dict[str, Any]:
    """Return what the book says of a record, in the words of the timeline; names of people stay out of it."""
    facts = {
        "selection_step": row.step_label, "step_held_on": row.held_on.isoformat(), "step_party": row.party,
        "step_unit": row.unit_name, "step_verdict": Verdict(row.verdict).label if row.verdict else "",
        "step_text": row.text, "step_findings": row.findings, "step_document": row.document,
        "visit_position": f"{_degrees(row.lon)}, {_degrees(row.lat)}（{row.crs}）" if row.lon is not None else "",
        "visit_leader": row.leader,
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value}


def _enter(
    kind: str, row: StepRecord, project: Project, system: System, stamp: ActorStamp, *, before: StepRecord | None = None,
    reason: str = "",
) -> StepRecord:  # fmt: skip
    row.save(force_insert=True)
    _, ref = system.find("")
    entry = ledger.append(
        EntryDraft(
            kind=kind,
            subject=record.project_subject(project),
            actor=stamp,
            occurred_on=row.held_on,
            before=said(before) if before is not None else None,
            after=said(row),
            policy=[ref.as_dict()],
            corrects=before.ledger_id if before is not None else None,
            public={"项目名称": project.name, "事项": row.step_label, "日期": row.held_on.isoformat()},
            extra={"record": row.pk, **({"reason": reason.strip()} if reason.strip() else {})},
        )
    )
    row.ledger_id, row.receipt = entry.pk, entry.receipt or ""
    row.save(update_fields=["ledger_id", "receipt"])
    _tell("selection.step_recorded", row)
    return row


def _tell(topic: str, row: StepRecord) -> None:
    outbox.add(
        topic, subject_kind=record.PROJECT, subject_id=row.project_id, region_key=row.region_key, step=row.step,
        record=row.pk, verdict=row.verdict,
    )  # fmt: skip


def _settled_words(text: str, conditions: str) -> str:
    return "\n".join(
        part for part in (text.strip(), f"条件：{conditions.strip()}" if conditions.strip() else "") if part
    )


def title_of(item: ItemOf) -> str:
    """Return a meeting as a record names it: title and number."""
    return f"{item.meeting_title}（{item.number}）" if item.number else item.meeting_title
