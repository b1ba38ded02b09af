"""Acts on plans, objectives and their links to projects."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import check_secrecy, refuse_secret
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.queries import find_last_act
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.objectives.models import OBJECTIVE, PLAN, Link, Objective, PlanDocument
from gongbu.mainline.objectives.rules import NewObjective
from gongbu.mainline.projects.services import record

FIRST_YEAR, LAST_YEAR = 1990, 2100
PLAN_FIELDS = {"name": "规划名称", "kind": "规划类别"}


@act("objectives.record_plan", "登记规划")
def record_plan(
    *,
    region_id: int,
    kind: str,
    name: str,
    from_year: int,
    to_year: int,
    actor: Actor,
    document_number: str = "",
    issuer: str = "",
    key: str | None = None,
) -> PlanDocument:
    """Record a plan of a region.

    :raises InvalidInput: something is missing, the years are impossible, a secrecy rule is met
    :raises Refusal: the region has a plan of this name
    """
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("objectives.plan_not_found")
    actor.require("objectives.record_plan", region.key_lo)
    name = " ".join(name.split())
    findings = [
        Finding("objectives.field_missing", {"label": label}, f"plan_{field}", Severity.REJECT)
        for field, label in PLAN_FIELDS.items()
        if not (name if field == "name" else kind in PlanDocument.Kind.values)
    ]
    if not FIRST_YEAR <= from_year <= to_year <= LAST_YEAR:
        data = {"first": from_year, "last": to_year}
        findings.append(Finding("objectives.years", data, "plan_from_year", Severity.REJECT))
    if secret := check_secrecy({"name": name, "number": document_number, "issuer": issuer}):
        findings.append(secret)
    if findings:
        raise InvalidInput(findings)
    serialise("objectives_plan", region.key_lo)
    if PlanDocument.objects.unscoped("names are unique per region").filter(region=region, name=name).exists():
        raise Refusal("objectives.plan_on_file", field="plan_name", name=name)
    plan = PlanDocument.objects.create(
        region=region, region_key=region.key_lo, kind=kind, name=name, from_year=from_year, to_year=to_year,
        document_number=document_number.strip(), issuer=issuer.strip(),
    )  # fmt: skip
    after = {"name": name, "kind": kind, "from_year": from_year, "to_year": to_year, "document_number": document_number}
    _enter("objectives.record_plan", plan, actor, after=after, key=key)
    return plan


@act("objectives.set_objectives", "登记规划目标")
def set_objectives(*, plan_id: int, objectives: Sequence[NewObjective], actor: Actor, rev: int | None = None) -> int:
    """Add objectives to a plan, all or none; return how many.

    :raises InvalidInput: a number is taken already (each is named), or a secrecy rule is met
    """
    plan = _lock_plan(plan_id, actor, "objectives.set_objectives", rev)
    on_file = dict(plan.objectives.filter(ended_on=None).values_list("number", "text"))
    findings = [
        Finding(
            "objectives.number_on_file", {"number": o.number, "text": on_file[o.number]}, "objectives", Severity.REJECT
        )
        for o in objectives
        if o.number in on_file
    ]
    texts = {f"{n}": f"{o.text}　{o.indicator}" for n, o in enumerate(objectives)}
    if secret := check_secrecy(texts):
        findings.append(secret)
    if findings:
        raise InvalidInput(findings)
    Objective.objects.bulk_create([Objective(plan=plan, **_values(one)) for one in objectives])
    _touch(plan)
    _enter("objectives.set_objectives", plan, actor, after={"objectives": [f"{o.number} {o.text}" for o in objectives]})
    return len(objectives)


def _values(one: NewObjective) -> dict[str, Any]:
    return {name: getattr(one, name) for name in NewObjective.__dataclass_fields__}


@act("objectives.change_objective", "修改规划目标")
def change_objective(*, objective_id: int, new: NewObjective, reason: str, actor: Actor) -> Objective:
    """Change an objective after the plan itself was revised; before and after stay in the book.

    :raises Refusal: no reason
    :raises InvalidInput: the number belongs to another objective
    """
    objective = _lock_objective(objective_id, actor, "objectives.change_objective")
    _need_reason(reason)
    taken = objective.plan.objectives.filter(ended_on=None, number=new.number).exclude(pk=objective.pk).first()
    if taken is not None:
        data = {"number": new.number, "text": taken.text}
        raise InvalidInput([Finding("objectives.number_on_file", data, "objectives", Severity.REJECT)])
    refuse_secret(new.text, new.indicator, reason)
    before = _plain(objective)
    for name, value in _values(new).items():
        setattr(objective, name, value)
    objective.rev += 1
    objective.save()
    _enter_objective(
        "objectives.change_objective", objective, actor, before=before, after=_plain(objective), reason=reason
    )
    return objective


@act("objectives.end_objective", "终止规划目标")
def end_objective(*, objective_id: int, reason: str, actor: Actor) -> Objective:
    """End an objective that the plan no longer has.

    :raises Refusal: no reason, or projects are linked to it
    """
    objective = _lock_objective(objective_id, actor, "objectives.end_objective")
    _need_reason(reason)
    if n := objective.links.filter(ended_on=None).count():
        raise Refusal("objectives.has_links", n=n)
    objective.ended_on, objective.rev = clock.today(), objective.rev + 1
    objective.save(update_fields=["ended_on", "rev"])
    _enter_objective("objectives.end_objective", objective, actor, reason=reason)
    return objective


@act("objectives.end_plan", "终止规划")
def end_plan(*, plan_id: int, reason: str, actor: Actor, rev: int | None = None) -> PlanDocument:
    """End a plan; its objectives and links stay readable and no longer count.

    :raises Refusal: no reason, or ended already
    """
    plan = _lock_plan(plan_id, actor, "objectives.end_plan", rev)
    _need_reason(reason)
    plan.state = PlanDocument.State.ENDED
    _touch(plan)
    _enter("objectives.end_plan", plan, actor, after={"state": plan.state}, reason=reason.strip())
    return plan


@act("objectives.link", "挂接规划目标")
def link(
    *,
    project_id: int,
    objective_id: int,
    contribution: str,
    actor: Actor,
    amount: Decimal | None = None,
    on: date | None = None,
    key: str | None = None,
) -> Link:
    """Say that a project answers an objective, and how.

    :raises InvalidInput: no contribution stated, a negative amount, or a secrecy rule is met
    :raises Refusal: linked already, the plan is over, or it is not a plan of the project's region or one above it
    """
    project = record.lock(project_id, actor=actor, act="objectives.link")
    day = record.check_day(on, project)
    objective = _objective(objective_id)
    plan = objective.plan
    if plan.state != PlanDocument.State.IN_FORCE or objective.ended_on is not None:
        raise Refusal("objectives.plan_ended", name=plan.name)
    if not plan.region.key_lo <= project.region_key < plan.region.key_hi:
        raise Refusal("objectives.other_region", region=plan.region.name)
    contribution = contribution.strip()
    findings = []
    if len(contribution) < 4:
        findings.append(Finding("objectives.contribution_missing", {}, "objective_contribution", Severity.REJECT))
    if amount is not None and amount < 0:
        findings.append(
            Finding("objectives.amount_negative", {"found": str(amount)}, "objective_amount", Severity.REJECT)
        )
    if secret := check_secrecy({"contribution": contribution}):
        findings.append(secret)
    if findings:
        raise InvalidInput(findings)
    if Link.objects.filter(objective=objective, project=project, ended_on=None).exists():
        raise Refusal("objectives.linked_already", project=project.name, number=objective.number)
    row = Link.objects.create(
        objective=objective, project=project, contribution=contribution[:300], amount=amount, linked_on=day,
        linked_by=actor.name,
    )  # fmt: skip
    after = {"plan": plan.name, "objective": str(objective), "contribution": contribution, "amount": _text(amount)}
    record.commit("project.objective_linked", project, actor=actor, on=day, after=after, key=key, refresh="OWN")
    return row


@act("objectives.unlink", "解除规划目标挂接")
def unlink(*, project_id: int, objective_id: int, reason: str, actor: Actor, on: date | None = None) -> Link:
    """End a link; row and reason stay.

    :raises Refusal: no reason, or not linked
    """
    project = record.lock(project_id, actor=actor, act="objectives.unlink")
    day = record.check_day(on, project)
    _need_reason(reason)
    refuse_secret(reason)
    row = (
        Link.objects.filter(objective_id=objective_id, project=project, ended_on=None)
        .select_related("objective")
        .first()
    )
    if row is None:
        raise Refusal("objectives.not_linked", project=project.name)
    row.ended_on, row.ended_reason = day, reason.strip()[:200]
    row.save(update_fields=["ended_on", "ended_reason"])
    record.commit(
        "project.objective_unlinked", project, actor=actor, on=day, before={"objective": str(row.objective)},
        refresh="OWN", reason=reason.strip(),
    )  # fmt: skip
    return row


# -- what the acts share -------------------------------------------------------------------------------------------


def _lock_plan(plan_id: int, actor: Actor, act_name: str, rev: int | None) -> PlanDocument:
    rows = PlanDocument.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    plan = rows.select_related("region").filter(pk=plan_id).first()
    if plan is None or not actor.may("objectives.view", plan.region_key):
        raise NotFound("objectives.plan_not_found")
    actor.require(act_name, plan.region_key)
    if rev is not None and rev != plan.rev:
        last = find_last_act(PLAN, plan.pk)
        raise ChangedMeanwhile("objectives.changed_meanwhile", who=last.by, by=last.by, at=last.at, rev=plan.rev)
    if plan.state != PlanDocument.State.IN_FORCE:
        raise Refusal("objectives.plan_ended", name=plan.name)
    return plan


def _objective(objective_id: int) -> Objective:
    objective = Objective.objects.select_related("plan__region").filter(pk=objective_id).first()
    if objective is None:
        raise NotFound("objectives.not_found")
    return objective


def _lock_objective(objective_id: int, actor: Actor, act_name: str) -> Objective:
    objective = _objective(objective_id)
    _lock_plan(objective.plan_id, actor, act_name, None)
    return objective


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("objectives.reason_missing", field="reason")


def _touch(plan: PlanDocument) -> None:
    plan.rev += 1
    plan.save(update_fields=["rev", "state"])


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _plain(objective: Objective) -> dict[str, Any]:
    numbers = {name: _text(getattr(objective, name)) for name in ("baseline", "target")}
    return {name: getattr(objective, name) for name in ("number", "text", "sector", "indicator", "unit")} | numbers


def _enter(
    kind: str, plan: PlanDocument, actor: Actor, *, after: Mapping[str, Any], key: str | None = None, **extra: Any
) -> None:
    subject = Subject(PLAN, plan.pk, plan.region_key, plan.name)
    draft = EntryDraft(
        kind=kind, subject=subject, actor=actor.stamp, occurred_on=clock.today(), after=after, key=key,
        extra={"rev": plan.rev, **extra},
    )  # fmt: skip
    ledger.append(draft)
    outbox.add("plan_document.changed", subject_kind=PLAN, subject_id=plan.pk, region_key=plan.region_key)


def _enter_objective(
    kind: str, objective: Objective, actor: Actor, *, reason: str, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    plan = objective.plan
    subject = Subject(OBJECTIVE, objective.pk, plan.region_key, f"{plan.name}·{objective}"[:200])
    ledger.append(
        EntryDraft(
            kind=kind, subject=subject, actor=actor.stamp, occurred_on=clock.today(), before=before, after=after,
            extra={"plan": plan.pk, "rev": objective.rev, "reason": reason.strip()},
        )
    )  # fmt: skip
