"""Opinions on a declaration: 初核, 链长审核, 预判预审, 入库; 退回补正; 不予入库 with the clause."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Basis, Finding, InvalidInput, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.meetings.queries import ItemOf
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects.services.record import day_of
from gongbu.mainline.reserve import files, group
from gongbu.mainline.reserve.choices import EntryState, LibraryKind, PointResult, Step, Verdict
from gongbu.mainline.reserve.models import LibraryEntry, Opinion, PerformanceTarget, ReserveFile
from gongbu.mainline.reserve.rules.checks import Point, Target, check_points, check_reason, find_missing_targets
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.services.declaring import go_on
from gongbu.mainline.reserve.system import CASES, POINTS, System, system_of

TEXT_LENGTH = 1000


@act("reserve.preliminary_check", "储备初核")
def preliminary_check(
    *,
    entry_id: int,
    points: Sequence[Point],
    actor: Actor,
    text: str = "",
    cases: Sequence[str] | None = None,
    rev: int | None = None,
    on: date | None = None,
) -> LibraryEntry:
    """Pass the preliminary check (初核): every check point of the pack 符合, the gate open, every indicator answered.

    ``cases`` corrects which matters for the leading group the project touches; the path goes on accordingly. What does
    not fit is returned or refused by their own acts.

    :raises InvalidInput: a point is open or not 符合, an indicator is missing (GO-14), an unknown case
    :raises Refusal: it waits elsewhere; under construction by now, with the clause
    :raises NotAllowed: says whose it is
    """
    entry, system, day = _open(entry_id, rev, on, actor, "reserve.preliminary_check", Step.PRELIMINARY_CHECK)
    refuse_secret(text, *(point.opinion for point in points))
    listed = system.value(POINTS)
    basis = listed.basis if listed else None
    findings = check_points(system.texts(POINTS), points, is_passing=True, basis=basis)
    findings += _missing_targets(entry, system)
    known = system.texts(CASES)
    for case in cases or ():
        if case not in known:
            data = {"case": case, "known": "、".join(known)}
            findings.append(Finding("reserve.case_unknown", data, None, Severity.REJECT))
    raise_on_reject(findings)
    before: dict[str, Any] = {}
    if cases is not None and sorted(cases) != sorted(entry.cases):
        before = {"cases": list(entry.cases)}
        entry.cases = list(cases)
    refs = [listed.ref.as_dict()] if listed else []
    after = {"points": [_said(point) for point in points], **({"cases": list(entry.cases)} if before else {})}
    return _pass(
        entry,
        system,
        actor,
        day,
        "reserve.preliminary_check",
        text,
        points=points,
        before=before,
        after=after,
        refs=refs,
    )


@act("reserve.chain_leader_review", "链长审核")
def chain_leader_review(
    *, entry_id: int, actor: Actor, text: str = "", document: str = "", rev: int | None = None, on: date | None = None
) -> LibraryEntry:
    """Pass the review of the chain's leader (链长审核把关).

    :raises Refusal: it waits elsewhere
    :raises NotAllowed: says whose it is
    """
    entry, system, day = _open(entry_id, rev, on, actor, "reserve.chain_leader_review", Step.CHAIN_LEADER_REVIEW)
    refuse_secret(text, document)
    return _pass(entry, system, actor, day, "reserve.chain_leader_review", text, document=document)


@act("reserve.leading_group_review", "预判预审")
def leading_group_review(
    *, entry_id: int, document: str, actor: Actor, text: str = "", rev: int | None = None, on: date | None = None
) -> LibraryEntry:
    """Record that the leading group agreed in its preliminary judgement (预判预审): ``on`` its day, ``document`` its paper.

    The group decides in a meeting; of one that is not kept on the platform the office that serves it records here what
    was decided. What a meeting of the platform settles comes by :func:`settle_by_group`.

    :raises InvalidInput: no document
    :raises Refusal: it waits elsewhere; it is on the agenda of such a meeting, which settles it; the group did not agree
    :raises NotAllowed: says whose it is
    """
    entry, system, day = _open(entry_id, rev, on, actor, "reserve.leading_group_review", Step.LEADING_GROUP_REVIEW)
    refuse_secret(text, document)
    against = group.find_settled(entry, group.items_of(entry, system))
    if against is not None and against.resolution == group.NOT_AGREED:
        raise Refusal(
            "reserve.group_not_agreed", name=entry.project.name, meeting=against.meeting_title,
            held=against.held_on.isoformat() if against.held_on else "",
        )  # fmt: skip
    if len(document.strip()) < 4:
        raise InvalidInput([Finding("reserve.document_missing", {}, "review_document", Severity.REJECT)])
    return _pass(entry, system, actor, day, "reserve.leading_group_review", text, document=document)


@act("reserve.admit", "办理入库")
def admit(
    *, entry_id: int, actor: Actor, text: str = "", rev: int | None = None, on: date | None = None
) -> LibraryEntry:
    """Take a project into the library after what others had to say about it (入库办理).

    Where the path ends with a check or review, that act takes it in at once and this one is not needed.

    :raises InvalidInput: an indicator is missing (GO-14)
    :raises Refusal: it waits elsewhere; under construction by now, with the clause
    :raises NotAllowed: says whose it is
    """
    entry, system, day = _open(entry_id, rev, on, actor, "reserve.admit", Step.ADMISSION)
    refuse_secret(text)
    raise_on_reject(_missing_targets(entry, system))
    return _pass(entry, system, actor, day, "reserve.admit", text)


@act("reserve.return", "退回补正")
def return_entry(
    *,
    entry_id: int,
    reason: str,
    actor: Actor,
    points: Sequence[Point] = (),
    rev: int | None = None,
    on: date | None = None,
) -> LibraryEntry:
    """Return a declaration to its declarer for supplement, once and for all that is missing.

    :raises InvalidInput: no reason
    :raises Refusal: it waits for nobody
    :raises NotAllowed: says whose it is
    """
    entry, _system, day = _open(entry_id, rev, on, actor, "reserve.return", "")
    refuse_secret(reason, *(point.opinion for point in points))
    raise_on_reject(check_reason(reason, "opinion_text"))
    return _return(entry, actor, day, reason, points)


def _return(
    entry: LibraryEntry, actor: Actor, day: date, reason: str, points: Sequence[Point] = (), document: str = "",
    refs: Sequence[Mapping[str, Any]] = (),
) -> LibraryEntry:  # fmt: skip
    step = entry.step
    entry.state, entry.reason = EntryState.RETURNED, reason.strip()[:500]
    _conclude(
        entry, step, Verdict.RETURNED, actor, day, "reserve.return", "reserve.returned", reason, points=points,
        document=document, after={"review_document": document} if document else None, refs=refs,
    )  # fmt: skip
    record.close_step(entry, step, actor, "退回补正")
    record.ask_declarer(entry, actor, reason)
    record.tell_declarer(entry, f"退回补正：{entry.project.name}", reason.strip(), actor, "returned")
    files.refresh([entry.project_id], touch=True)
    return entry


@act("reserve.refuse", "不予入库")
def refuse(
    *,
    entry_id: int,
    reason: str,
    clause: str,
    actor: Actor,
    points: Sequence[Point] = (),
    rev: int | None = None,
    on: date | None = None,
) -> LibraryEntry:
    """Refuse a declaration with the clause (不予入库并说明理由); the township's library lets it go as well.

    :raises InvalidInput: no reason or no clause
    :raises Refusal: it waits for nobody
    :raises NotAllowed: says whose it is
    """
    entry, _system, day = _open(entry_id, rev, on, actor, "reserve.refuse", "")
    refuse_secret(reason, clause, *(point.opinion for point in points))
    findings = check_reason(reason, "opinion_text")
    if len(clause.strip()) < 2:
        findings.append(Finding("reserve.clause_missing", {}, "refusal_clause", Severity.REJECT))
    raise_on_reject(findings)
    return _refuse(entry, actor, day, reason, clause, points)


def _refuse(
    entry: LibraryEntry, actor: Actor, day: date, reason: str, clause: str, points: Sequence[Point] = (),
    document: str = "", refs: Sequence[Mapping[str, Any]] = (),
) -> LibraryEntry:  # fmt: skip
    step = entry.step
    entry.state, entry.step, entry.step_since_on = EntryState.REFUSED, "", None
    entry.out_on, entry.reason = day, reason.strip()[:500]
    _conclude(
        entry, step, Verdict.REFUSED, actor, day, "reserve.refuse", "reserve.refused", reason, points=points,
        clause=clause, document=document, refs=refs,
        after={"clause": clause.strip(), **({"review_document": document} if document else {})},
    )  # fmt: skip
    _let_township_go(entry, day, reason)
    record.close_step(entry, step, actor, "不予入库")
    record.tell_declarer(
        entry, f"不予入库：{entry.project.name}", f"{reason.strip()}（{clause.strip()}）", actor, "refused"
    )
    files.refresh([entry.project_id], touch=True)
    return entry


# The meeting decides, nobody's hand: its clerk had the right to close it, and its receipt proves what was settled.
GROUP = Actor(None, "系统（会议议定）")


def settle_by_group(*, entry_id: int, item: ItemOf) -> LibraryEntry | None:
    """Let what a closed meeting settled (预判预审) stand as the opinion of the step; None when it settles nothing here.

    同意 and 原则同意 pass; 不同意 refuses or returns, as the packs' step says. May be called again for the same item: an
    entry that has gone on is left alone.

    :raises Refusal: it was agreed to, but cannot go on (已开工 meanwhile)
    """
    entry = record.lock_entry(entry_id)
    day = item.held_on
    if entry.state != EntryState.PENDING or not group.waits(entry) or day is None:
        return None
    if group.find_settled(entry, [item]) is None:
        return None
    system = system_of(entry.library.region, day).require()
    text, document = group.words_of(item)[:TEXT_LENGTH], group.document_of(item)
    if item.resolution in group.AGREED:
        return _pass(entry, system, GROUP, day, "reserve.leading_group_review", text, document=document)
    step = system.next_step(entry.path, Step.PRELIMINARY_CHECK, is_case=True)
    reason, refs = f"{item.meeting_title}议定不同意：{text}", [step.ref.as_dict()]
    if system.not_agreed_of(entry.step) == Verdict.REFUSED:
        return _refuse(entry, GROUP, day, reason, str(step.basis), document=document, refs=refs)
    return _return(entry, GROUP, day, reason, document=document, refs=refs)


def _let_township_go(entry: LibraryEntry, day: date, reason: str) -> None:
    """End the township's entry of a project that the county refuses and holds nowhere else."""
    others = record.lock_entries(entry.project_id)
    if any(other.kind != LibraryKind.TOWNSHIP for other in others):
        return
    for other in others:
        other.state, other.out_on, other.reason = (
            EntryState.WITHDRAWN,
            day,
            f"{entry.library.name}不予入库：{reason.strip()}"[:500],
        )
        other.rev += 1
        other.save()


# --- shared ---------------------------------------------------------------------------------------------------------


def _open(
    entry_id: int, rev: int | None, on: date | None, actor: Actor, act_name: str, step: str
) -> tuple[LibraryEntry, System, date]:
    entry = record.lock_entry(entry_id, rev)
    day = day_of(on)
    if entry.state == EntryState.PENDING:
        record.require_order(entry, day)
    system = system_of(entry.library.region, day).require()
    record.require_step(actor, act_name, entry, system, step)
    if group.waits(entry):
        leave_to_meeting(entry, system)
    return entry, system, day


def leave_to_meeting(entry: LibraryEntry, system: System) -> None:
    """Raise while a meeting that settles the step has the project on its agenda (1 query)."""
    item = group.find_open(group.items_of(entry, system))
    if item is not None:
        raise Refusal(
            "reserve.on_agenda", name=entry.project.name, meeting=item.meeting_title, state=item.state_label,
            held=item.held_on.isoformat() if item.held_on else "日期未定", step=system.step_label(entry.step),
        )  # fmt: skip


def _missing_targets(entry: LibraryEntry, system: System) -> list[Finding]:
    """Return a finding when an indicator of the packs has neither values nor a reason (GO-14: asked at entry)."""
    given = {
        row.indicator: Target(row.indicator, row.baseline, row.target, row.unfit_reason)
        for row in PerformanceTarget.objects.filter(project_id=entry.project_id)
    }
    missing = find_missing_targets([indicator.name for indicator in system.indicators], given)
    if not missing:
        return []
    basis = next(i.value.basis for i in system.indicators if i.name == missing[0])
    return [Finding("reserve.targets_missing", {"missing": "、".join(missing)}, None, Severity.REJECT, basis)]


def _pass(
    entry: LibraryEntry,
    system: System,
    actor: Actor,
    day: date,
    act_name: str,
    text: str,
    *,
    points: Sequence[Point] = (),
    document: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    refs: Sequence[Mapping[str, Any]] = (),
) -> LibraryEntry:
    """Conclude a step and go on: to the next unit with its task, or into the library."""
    done = entry.step
    flat = project_queries.flat_rows([entry.project_id])[entry.project_id]
    gate = system.gate({"stage": flat.stage, "early_stage": flat.early_stage})
    if gate is not None and gate.value == "REFUSE":
        raise Refusal(
            "reserve.started",
            basis=gate.basis,
            name=entry.project.name,
            stage=entry.project.get_stage_display(),
            label=gate.label,
        )
    step = go_on(entry, done, system, day)
    entry.doubted_fen = None  # who passes it has seen the total, with the doubt beside it
    is_in = entry.state == EntryState.IN
    said = {"next_step": "已入库" if is_in else entry.get_step_display(), **(after or {})}
    if document.strip():
        said["review_document"] = document.strip()
    _conclude(
        entry, done, Verdict.PASSED, actor, day, act_name, "reserve.admitted" if is_in else "reserve.step_passed", text,
        points=points, document=document, before=before, after=said, refs=[*refs, step.ref.as_dict()],
    )  # fmt: skip
    record.close_step(entry, done, actor, "通过")
    if is_in:
        # What was just examined is as fresh as a renewed one.
        ReserveFile.objects.unscoped("the act holds it").filter(pk=entry.project_id).update(
            renewed_on=day, renewal_asked_on=None
        )
        record.tell_declarer(entry, f"已入库：{entry.project.name}", f"已纳入{entry.library.name}。", actor, "admitted")
    else:
        entry.batch_id = None  # from here on it goes its own way
        entry.save(update_fields=["batch_id"])
        record.hand_on(entry, system, actor, day)
    files.refresh([entry.project_id], touch=True)
    return entry


def _conclude(
    entry: LibraryEntry,
    step: str,
    verdict: Verdict,
    actor: Actor,
    day: date,
    act_name: str,
    topic: str,
    text: str,
    *,
    points: Sequence[Point] = (),
    clause: str = "",
    document: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    refs: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Save the entry, the book and the opinion."""
    text = text.strip()
    if len(text) > TEXT_LENGTH:
        data = {"limit": TEXT_LENGTH, "length": len(text), "label": "意见"}
        raise InvalidInput([Finding("projects.field_too_long", data, "opinion_text", Severity.REJECT)])
    written = record.enter(
        act_name, entry, actor=actor, on=day, topic=topic, before=before or None, reason=text, policy=refs,
        after={"step_done": Step(step).label, "verdict": verdict.label, **(after or {})},
    )  # fmt: skip
    Opinion.objects.create(
        entry=entry, project_id=entry.project_id, step=step, verdict=verdict, given_on=day, person_id=actor.person_id,
        person_name=actor.name, unit_name=actor.unit_name, post_name=actor.post_name, text=text, clause=clause.strip()[:200],
        document=document.strip()[:200], ledger_id=written.pk, receipt=written.receipt or "",
        points=[{"point": p.point, "result": p.result, "opinion": p.opinion.strip()} for p in points if p.result],
    )  # fmt: skip


def _said(point: Point) -> str:
    said = f"{point.point}：{PointResult(point.result).label}"
    return f"{said}（{point.opinion.strip()}）" if point.opinion.strip() else said


def clause_of(entry: LibraryEntry, system: System) -> str:
    """Return the clause that a refusal at this step would cite by default: that of the check points, else of the step."""
    listed = system.value(POINTS)
    basis: Basis | None = listed.basis if listed and entry.step == Step.PRELIMINARY_CHECK else None
    if basis is None:
        basis = system.next_step(entry.path, Step.DECLARED, is_case=bool(entry.cases)).basis
    return str(basis)
