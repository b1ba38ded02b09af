"""Declare projects for a library: one by form, many by list; supplement; baseline and target values (GO-14)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import (
    Finding,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
    Severity,
    raise_on_reject,
)
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.inbox import services as inbox
from gongbu.ground.ledger import AlreadyRecorded
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.outbox import services as outbox
from gongbu.ground.policy import services as policy_services
from gongbu.ground.policy.rules.decisions import Decision
from gongbu.mainline.projects import access as project_access
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.choices import Stage, State
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.services.record import day_of
from gongbu.mainline.reserve import files
from gongbu.mainline.reserve.choices import Declarer, EntryState, LibraryKind, Step
from gongbu.mainline.reserve.models import Library, LibraryEntry, PerformanceTarget
from gongbu.mainline.reserve.rules.checks import Target, check_target
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.system import CASES, System, holder_of, system_of

ACT = "reserve.declare"
NOTE_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Declaration:
    """One project about to be declared for a library (行业库 or 产业链库): an existing file, or a new project.

    ``cases``: which of the pack's matters for the leading group it touches (none: none). ``targets``: baseline and
    target values of indicators; those left out are asked before the check may pass. ``is_doubted``: the total may be ten thousand
    times off and nobody has looked yet. ``key``: idempotency key.
    """

    library_id: int
    project_id: int | None = None
    new: projects.NewProject | None = None
    cases: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    note: str = ""
    key: str | None = None
    is_doubted: bool = False


@dataclass(slots=True)
class _Item:
    """A declaration on its way through the act."""

    given: Declaration
    project: Project
    library: Library
    declarer: str
    system: System
    gate: Decision | None = None
    path: Decision | None = None
    township: Library | None = None
    entries: list[LibraryEntry] = field(default_factory=list)


@act(ACT, "申报入库")
def _declare_one(
    given: Declaration, actor: Actor, on: date | None, changes: Mapping[str, Any], early_stage: str, rev: int | None
) -> LibraryEntry:
    day = day_of(on)
    if given.new is not None:
        project = projects.create_project(
            actor=actor, region_id=given.new.region.pk, on=on, code=given.new.code, annual=given.new.annual,
            declared_level=given.new.declared_level, **given.new.values,
        )  # fmt: skip
    else:
        project = _complete(given, actor, on, changes, early_stage, rev)
    return _declare([(given, project)], actor, day, None)[0]


def declare(
    *,
    library_id: int,
    actor: Actor,
    project_id: int | None = None,
    new: projects.NewProject | None = None,
    changes: Mapping[str, Any] | None = None,
    early_stage: str = "",
    rev: int | None = None,
    cases: Sequence[str] = (),
    targets: Sequence[Target] = (),
    note: str = "",
    on: date | None = None,
    key: str | None = None,
) -> LibraryEntry:
    """Declare one project for a library: an existing file (``project_id``), or a new project (``new``).

    The pack's gate decides by its stages (已开工的拒收), its path table how it goes on; the first step's unit gets the
    task. A township's project stands in its township library from this day (实施方案 第2条). ``changes`` and
    ``early_stage`` complete an existing file with what it does not hold yet.

    :raises Refusal: no reserve system here (says why); under construction, with the clause; in such a library already
    :raises InvalidInput: a value is missing or impossible, a secrecy rule is met
    :raises NotAllowed: not his to declare
    """
    given = Declaration(library_id, project_id, new, tuple(cases), tuple(targets), note, key)
    try:
        return _declare_one(given, actor, on, changes or {}, early_stage, rev)
    except AlreadyRecorded as repeat:
        return (
            LibraryEntry.objects.unscoped("the answer to a repeated request")
            .filter(project_id=repeat.entry.subject_id, kind__in=[LibraryKind.SECTOR, LibraryKind.CHAIN])
            .latest("pk")
        )


@act("reserve.declare_many", "成批申报入库")
def declare_many(
    *, drafts: Sequence[Declaration], actor: Actor, batch_id: int, on: date | None = None
) -> list[LibraryEntry]:
    """Declare the projects of one chunk of a list; same rules as :func:`declare`, one entry per project.

    New projects are created in bulk. Each library gets one task for all of the list.

    :raises InvalidInput: some row is impossible; nothing of the chunk is saved (``data['row']`` is its index)
    """
    day = day_of(on)
    new = [given for given in drafts if given.new is not None]
    made = iter(projects.create_many(drafts=[g.new for g in new if g.new], actor=actor, on=on) if new else [])
    known = project_queries.load_projects((g.project_id for g in drafts if g.project_id is not None), lock=True)
    pairs = []
    for given in drafts:
        project = next(made) if given.new is not None else known.get(given.project_id or 0)
        if project is None:
            raise NotFound("projects.not_found")
        pairs.append((given, project))
    return _declare(pairs, actor, day, batch_id)


def _complete(
    given: Declaration, actor: Actor, on: date | None, changes: Mapping[str, Any], early_stage: str, rev: int | None
) -> Project:
    """Return the existing file after it was completed with what it lacked (acts of their own, in the same transaction)."""
    project = _load(given.project_id or 0)
    if project is None or not (_may(actor, project) or project_access.sees(actor, project, clock.today())):
        raise NotFound("projects.not_found")
    if changes:
        project = projects.update_project(
            project_id=project.pk, rev=project.rev if rev is None else rev, changes=changes, actor=actor, on=on,
            reason="申报储备时补填",
        )  # fmt: skip
    if early_stage and project.stage == Stage.RESERVE and not project.early_stage:
        project = projects.set_stage(
            project_id=project.pk, stage=Stage.RESERVE, early_stage=early_stage, actor=actor, on=on,
            reason="申报储备时补填前期阶段",
        )  # fmt: skip
    return project


def _load(project_id: int) -> Project | None:
    return project_queries.load_projects([project_id], lock=True).get(project_id)


def _may(actor: Actor, project: Project) -> bool:
    own = actor.unit_id is not None and project.owner_unit_id == actor.unit_id
    return actor.may(ACT, project.region_key, project.sector or None, own=own)


def _declare(
    pairs: Sequence[tuple[Declaration, Project]], actor: Actor, day: date, batch_id: int | None
) -> list[LibraryEntry]:
    items = _prepare(pairs, actor, day)
    findings: list[Finding] = []
    for row, item in enumerate(items):
        findings += [_of_row(f, row, batch_id) for f in _judge(item)]
    if findings:
        raise InvalidInput(findings)
    _refuse_twice(items)
    decisions = _keep_decisions(items)
    for item in items:
        _build(item, actor, day, batch_id, decisions)
    rows = [entry for item in items for entry in item.entries]
    LibraryEntry.objects.bulk_create(rows, batch_size=300)
    drafts = [_draft(item, actor, day) for item in items]
    ledger.append_many(drafts)
    for item in items:
        _set_targets(item.project, item.system, item.given.targets, day)
    _tell(items, actor, batch_id)
    waiting = [(item.entries[-1], item.system) for item in items if item.entries[-1].state == EntryState.PENDING]
    if batch_id is None:
        for entry, system in waiting:
            record.hand_on(entry, system, actor, day)
    else:
        record.hand_on_many(waiting, actor, day)
    files.refresh([item.project.pk for item in items], touch=True)
    return [item.entries[-1] for item in items]


def _of_row(finding: Finding, row: int, batch_id: int | None) -> Finding:
    if batch_id is None:
        return finding
    return Finding(finding.code, {**finding.data, "row": row}, finding.field, finding.severity, finding.basis)


def _prepare(pairs: Sequence[tuple[Declaration, Project]], actor: Actor, day: date) -> list[_Item]:
    """Load libraries and systems, test rights; a constant number of queries for any number of projects."""
    wanted = {given.library_id for given, _ in pairs}
    libraries = Library.objects.unscoped("tested below").select_related("region", "keeper").in_bulk(wanted)
    systems: dict[int, System] = {}
    townships = _township_libraries({library.region_key for library in libraries.values()})
    items = []
    for given, project in pairs:
        library = libraries.get(given.library_id)
        if (
            library is None
            or library.closed_on is not None
            or library.kind not in (LibraryKind.SECTOR, LibraryKind.CHAIN)
        ):
            raise Refusal("reserve.library_missing", field="reserve_library_id")
        own = actor.unit_id is not None and project.owner_unit_id == actor.unit_id
        if not actor.may(ACT, project.region_key, project.sector or None, own=own):
            raise NotAllowed("rights.not_allowed", act=rights().label(ACT), actor=actor.name, post=actor.post_name)
        holder = holder_of(project.competent_region)
        if holder.pk != library.region_id:
            raise Refusal(
                "reserve.library_elsewhere", field="reserve_library_id", library=library.name, region=holder.name
            )
        system = systems.get(holder.pk) or systems.setdefault(holder.pk, system_of(holder, day).require())
        item = _Item(given, project, library, declarer_of(actor, library), system)
        if item.declarer == Declarer.TOWNSHIP:
            item.township = townships.get(project.competent_region_id)
        items.append(item)
    return items


def _township_libraries(holder_keys: set[int]) -> dict[int, Library]:
    rows = Library.objects.unscoped("townships of the same county").filter(
        region_key__in=holder_keys, kind=LibraryKind.TOWNSHIP, closed_on=None
    )
    return {row.township_id: row for row in rows.select_related("region", "keeper") if row.township_id is not None}


def declarer_of(actor: Actor, library: Library) -> str:
    """Return who the actor declares as, in the words of the path table."""
    if library.kind == LibraryKind.CHAIN and record.is_keeper(actor, library):
        return Declarer.CHAIN_OFFICE
    if "TOWNSHIP_CLERK" in actor.roles:
        return Declarer.TOWNSHIP
    if actor.roles & {"SECTOR_OFFICER", "SECTOR_HEAD"}:
        return Declarer.SECTOR
    return Declarer.OWNER if actor.roles and actor.roles <= rights().own_records_only else Declarer.INVESTMENT


def _judge(item: _Item) -> list[Finding]:
    """Ask the gate and the path, and test what was given; findings of severity REJECT only."""
    project, given, system = item.project, item.given, item.system
    refuse_secret(given.note, *(target.unfit_reason for target in given.targets))
    findings = []
    if project.state != State.ACTIVE:
        raise Refusal("projects.not_active", name=project.name, state=State(project.state).label)
    item.gate = system.gate({"stage": project.stage, "early_stage": project.early_stage})
    if item.gate is not None and item.gate.is_undetermined:
        findings.append(
            Finding("reserve.stage_unclear", {"name": project.name, "reason": item.gate.reason}, "early_stage",
                    Severity.REJECT, item.gate.basis)
        )  # fmt: skip
    elif item.gate is not None and item.gate.value != "ADMIT":
        data = {"name": project.name, "stage": Stage(project.stage).label, "label": item.gate.label}
        findings.append(Finding("reserve.started", data, "stage", Severity.REJECT, item.gate.basis))
    if not project.total_investment_fen:
        code = "reserve.total_missing" if project.total_investment_fen is None else "reserve.total_zero"
        findings.append(Finding(code, {"name": project.name}, "total_investment_fen", Severity.REJECT))
    known = system.texts(CASES)
    findings += [
        Finding("reserve.case_unknown", {"case": case, "known": "、".join(known)}, None, Severity.REJECT)
        for case in given.cases
        if case not in known
    ]
    if len(given.note) > NOTE_LENGTH:
        long: dict[str, Any] = {"limit": NOTE_LENGTH, "length": len(given.note), "label": "申报说明"}
        findings.append(Finding("projects.field_too_long", long, "reserve_note", Severity.REJECT))
    for number, target in enumerate(given.targets):
        findings += check_target(target, f"indicator_target-{number}")
    item.path = system.path(item.declarer, is_chain_project=item.library.kind == LibraryKind.CHAIN)
    if item.path.is_undetermined:
        findings.append(
            Finding("reserve.path_undetermined", {"name": project.name, "reason": item.path.reason}, None,
                    Severity.REJECT, item.path.basis)
        )  # fmt: skip
    return findings


def _refuse_twice(items: Sequence[_Item]) -> None:
    """Refuse a project that a library of the kind holds or examines, or that stands twice among these."""
    ids = [item.project.pk for item in items]
    held = LibraryEntry.objects.unscoped("one entry per kind").filter(project_id__in=ids, state__in=files.HELD_STATES)
    known: dict[tuple[int, str], LibraryEntry] = {}
    for entry in held.select_related("library"):
        known[entry.project_id, entry.kind] = entry
    twice = {pk for pk, count in Counter(ids).items() if count > 1}
    for item in items:
        there = known.get((item.project.pk, item.library.kind))
        if there is not None:
            raise Refusal(
                "reserve.already", field="reserve_library_id", name=item.project.name, library=there.library.name,
                state=there.get_state_display(),
            )  # fmt: skip
        if item.project.pk in twice:
            raise Refusal("reserve.twice", name=item.project.name)
        if item.township is not None and (item.project.pk, LibraryKind.TOWNSHIP) in known:
            item.township = None


def _keep_decisions(items: Sequence[_Item]) -> dict[tuple[int, str], int]:
    """Store gate and path decisions and return (project, table) → id."""
    made = [
        policy_services.DecisionOf(decision, record.SUBJECT, item.project.pk, item.project.region_key)
        for item in items
        for decision in (item.gate, item.path)
        if decision is not None
    ]
    stored = policy_services.record_decisions(made)
    return {(row.subject_id, row.table_key): row.pk for row in stored}


def _build(
    item: _Item, actor: Actor, day: date, batch_id: int | None, decisions: Mapping[tuple[int, str], int]
) -> None:
    assert item.path is not None
    project = item.project
    common: dict[str, Any] = {
        "project": project, "region_key": project.region_key, "declarer": item.declarer, "declared_on": day,
        "declared_unit_id": actor.unit_id, "declared_unit_name": actor.unit_name or actor.name,
        "declared_person_id": actor.person_id, "declared_person_name": actor.name, "batch_id": batch_id,
        "gate_id": decisions.get((project.pk, item.gate.table)) if item.gate else None,
    }  # fmt: skip
    if item.township is not None:
        item.entries.append(
            LibraryEntry(library=item.township, kind=LibraryKind.TOWNSHIP, state=EntryState.IN, in_on=day, **common)
        )
    entry = LibraryEntry(
        library=item.library, kind=item.library.kind, state=EntryState.PENDING, path=item.path.value,
        decision_id=decisions[project.pk, item.path.table], cases=list(item.given.cases), note=item.given.note.strip(),
        doubted_fen=project.total_investment_fen if item.given.is_doubted else None, **common,
    )  # fmt: skip
    go_on(entry, Step.DECLARED, item.system, day)
    item.entries.append(entry)


def go_on(entry: LibraryEntry, after: str, system: System, on: date) -> Decision:
    """Move an entry to what follows ``after`` on its path; not saved. ADMITTED puts it into the library.

    :raises Refusal: the pack does not say what follows
    """
    step = system.next_step(entry.path, after, is_case=bool(entry.cases))
    if step.is_undetermined:
        raise Refusal("reserve.step_undetermined", name=entry.project.name, reason=step.reason, basis=step.basis)
    entry.round += 1
    if step.value == Step.ADMITTED:
        entry.state, entry.step, entry.step_since_on, entry.in_on = EntryState.IN, "", None, on
    else:
        entry.state, entry.step, entry.step_since_on = EntryState.PENDING, step.value, on
    return step


def _draft(item: _Item, actor: Actor, day: date) -> EntryDraft:
    entry = item.entries[-1]
    after: dict[str, Any] = {
        "path": item.path.label if item.path else "",
        "step": entry.get_step_display(),
        "cases": list(item.given.cases),
        "targets": [_said(target) for target in item.given.targets if target.is_complete],
    }
    if item.township is not None:
        after["township_library"] = item.township.name
    if item.given.note.strip():
        after["reserve_note"] = item.given.note.strip()
    refs = [decision.ref.as_dict() for decision in (item.gate, item.path) if decision is not None]
    return record.draft(
        ACT, entry, actor=actor, on=day, policy=refs, key=item.given.key,
        after={key: value for key, value in after.items() if value},
    )  # fmt: skip


def _said(target: Target) -> str:
    if target.unfit_reason.strip():
        return f"{target.indicator}不适用（{target.unfit_reason.strip()}）"
    return f"{target.indicator} {target.baseline}→{target.target}"


def _tell(items: Sequence[_Item], actor: Actor, batch_id: int | None) -> None:
    if batch_id is None:
        for item in items:
            record.tell("reserve.declared", item.entries[-1], actor)
        return
    subjects = [(item.project.pk, item.project.region_key) for item in items]
    outbox.add_many("reserve.declared", record.SUBJECT, subjects, batch=batch_id, by_person=actor.person_id,
                    by_name=actor.name, by_roles=sorted(actor.roles))  # fmt: skip


# --- supplement -----------------------------------------------------------------------------------------------------


@act("reserve.resubmit", "补正后重新报送")
def resubmit(
    *, entry_id: int, actor: Actor, note: str = "", rev: int | None = None, on: date | None = None
) -> LibraryEntry:
    """Send a returned declaration again to the step that returned it; its limit begins anew.

    What was asked for is mended on the project file and in the indicators; ``note`` says what was done. The gate is
    asked again, for the project may have begun meanwhile.

    :raises Refusal: not returned; under construction by now, with the clause
    :raises NotAllowed: another unit declared it
    """
    entry = record.lock_entry(entry_id, rev)
    day = day_of(on)
    if not (record.is_declarer(actor, entry) and _may_again(actor, entry)):
        raise NotAllowed("reserve.not_the_declarer", unit=entry.declared_unit_name, actor=actor.name)
    if entry.state != EntryState.RETURNED:
        raise Refusal("reserve.not_returned", name=entry.project.name, state=entry.get_state_display())
    refuse_secret(note)
    record.require_order(entry, day)
    system = system_of(entry.library.region, day).require()
    gate = system.gate({"stage": entry.project.stage, "early_stage": entry.project.early_stage})
    if gate is not None and gate.value != "ADMIT":
        raise Refusal(
            "reserve.started", basis=gate.basis, name=entry.project.name, label=gate.label,
            stage=entry.project.get_stage_display(),
        )  # fmt: skip
    entry.state, entry.step_since_on, entry.reason = EntryState.PENDING, day, ""
    entry.round += 1
    entry.batch_id = None  # it goes its own way now
    record.enter(
        "reserve.resubmit", entry, actor=actor, on=day, topic="reserve.declared",
        after={"step": entry.get_step_display(), **({"reserve_note": note.strip()} if note.strip() else {})},
    )  # fmt: skip
    inbox.close_tasks(
        kind=record.SUPPLEMENT, subject_kind=record.ENTRY, subject_id=entry.pk, actor=actor, outcome="已重新报送"
    )
    record.hand_on(entry, system, actor, day)
    files.refresh([entry.project_id], touch=True)
    return entry


def _may_again(actor: Actor, entry: LibraryEntry) -> bool:
    own = actor.unit_id is not None and entry.project.owner_unit_id == actor.unit_id
    return actor.may("reserve.resubmit", entry.region_key, entry.project.sector or None, own=own)


# --- performance indicators ---------------------------------------------------------------------------------------


@act("reserve.set_targets", "登记绩效目标")
def set_targets(
    *, project_id: int, targets: Sequence[Target], actor: Actor, on: date | None = None, key: str | None = None
) -> list[PerformanceTarget]:
    """Set baseline and target values of a project's indicators, or why one does not apply (GO-14).

    The list comes from the packs of the project's county, in a reserve or not.

    :raises Refusal: no pack lists indicators, or nothing changed
    :raises InvalidInput: an indicator is not on the list, or only one of its values is given
    """
    day = day_of(on)
    project = _load(project_id)
    own = project is not None and actor.unit_id is not None and project.owner_unit_id == actor.unit_id
    if project is None or not project_access.sees(actor, project, clock.today()):
        raise NotFound("projects.not_found")
    actor.require("reserve.set_targets", project.region_key, project.sector or None, own=own)
    system = system_of(holder_of(project.competent_region), day)
    if not system.indicators:
        raise Refusal("reserve.no_indicators", region=system.holder.name, packs=system.pack_labels)
    refuse_secret(*(target.unfit_reason for target in targets))
    findings = [f for n, target in enumerate(targets) for f in check_target(target, f"indicator_target-{n}")]
    raise_on_reject(findings)
    before = {row.indicator: _row_said(row) for row in PerformanceTarget.objects.filter(project=project)}
    changed = _set_targets(project, system, targets, day)
    after = {row.indicator: _row_said(row) for row in changed}
    if not after:
        raise Refusal("projects.nothing_changed")
    ledger.append(
        EntryDraft(
            kind="reserve.set_targets", subject=record.subject_of(project), actor=actor.stamp, occurred_on=day, key=key,
            before={"targets": [before[name] for name in after if name in before]},
            after={"targets": list(after.values())},
            policy=list({i.value.ref.hash: i.value.ref.as_dict() for i in system.indicators}.values()),
        )
    )  # fmt: skip
    outbox.add(
        "reserve.targets_set", subject_kind=record.SUBJECT, subject_id=project.pk, region_key=project.region_key,
        indicators=sorted(after), by_person=actor.person_id, by_name=actor.name, by_roles=sorted(actor.roles),
    )  # fmt: skip
    files.refresh([project.pk])
    return changed


def _row_said(row: PerformanceTarget) -> str:
    if row.unfit_reason:
        return f"{row.indicator}不适用（{row.unfit_reason}）"
    return f"{row.indicator}（{row.unit or '无单位'}）{plain(row.baseline)}→{plain(row.target)}"


def plain(value: Any) -> str:
    """Return a value without trailing zeros."""
    return "" if value is None else f"{value.normalize():f}"


def _set_targets(project: Project, system: System, targets: Sequence[Target], day: date) -> list[PerformanceTarget]:
    """Write the complete ones that differ from what stands; those left empty stay as they are."""
    complete = [target for target in targets if target.is_complete]
    if not complete:
        return []
    units = {indicator.name: indicator.unit for indicator in system.indicators}
    unknown = [target for target in complete if target.indicator not in units]
    if unknown:
        data = {"found": unknown[0].indicator, "known": "、".join(units)}
        raise InvalidInput([Finding("reserve.indicator_unknown", data, None, Severity.REJECT)])
    known = {row.indicator: row for row in PerformanceTarget.objects.filter(project=project)}
    changed = []
    for target in complete:
        row = known.get(target.indicator) or PerformanceTarget(project=project, indicator=target.indicator)
        reason = target.unfit_reason.strip()[:200]
        new = (None, None, reason) if reason else (target.baseline, target.target, "")
        if row.pk and (row.baseline, row.target, row.unfit_reason) == new:
            continue
        row.baseline, row.target, row.unfit_reason = new
        row.unit, row.set_on = units[target.indicator], day
        changed.append(row)
    PerformanceTarget.objects.bulk_create(
        [
            PerformanceTarget(
                project=project, indicator=row.indicator, unit=row.unit, baseline=row.baseline, target=row.target,
                unfit_reason=row.unfit_reason, set_on=row.set_on,
            )
            for row in changed
        ],
        update_conflicts=True,
        unique_fields=["project", "indicator"],
        update_fields=["unit", "baseline", "target", "unfit_reason", "set_on"],
    )  # fmt: skip
    return changed
