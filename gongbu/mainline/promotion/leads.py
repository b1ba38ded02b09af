"""Acts on investment leads: register, errands, sign, land, end. The agent is a post: his successor inherits the errands."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.inbox import services as inbox
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Post, Region
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects.models import Project
from gongbu.mainline.promotion import record
from gongbu.mainline.promotion.models import LEAD, Errand, Lead

State = Lead.State
TASK = "promotion.errand"


@act("promotion.register_lead", "登记招商项目")
def register_lead(
    *,
    region_id: int,
    name: str,
    investor: str,
    agent_post_id: int,
    actor: Actor,
    talking_since_on: date | None = None,
    industry: str = "",
    intended_fen: int | None = None,
    needs: str = "",
    source: str = "",
    key: str | None = None,
) -> Lead:
    """Register a lead with the post that does its errands (fen; None: not stated).

    :raises InvalidInput: something is missing, negative, ahead, or marked secret
    :raises Refusal: the post is not of the region
    """
    region = record.region_for(region_id, actor, "promotion.register_lead")
    since = talking_since_on or clock.today()
    lead = Lead(
        region=region, region_key=region.key_lo, name=" ".join(name.split()), investor=investor.strip(),
        industry=industry.strip(), intended_fen=intended_fen, needs=needs.strip(), source=source.strip(),
        talking_since_on=since, rev=0,
    )  # fmt: skip
    raise_on_reject(_check(lead))
    lead.agent_post = _agent(agent_post_id, region)
    lead.save()
    after = {"name": lead.name, "investor": lead.investor, "intended_fen": intended_fen, "agent": lead.agent_post.name}
    record.commit("promotion.register_lead", lead, actor, on=since, after=after, key=key)
    return lead


def _check(lead: Lead) -> list[Finding]:
    """Test what a lead says, the days in their order too."""
    texts = {
        "lead_name": ("项目名称", lead.name, 160, True), "lead_investor": ("投资方", lead.investor, 120, True),
        "lead_industry": ("产业方向", lead.industry, 60, False), "lead_needs": ("需求", lead.needs, 2_000, False),
        "lead_source": ("来源", lead.source, 120, False),
        "lead_unsigned_reason": ("未签约落地的原因", lead.unsigned_reason, 300, False),
    }  # fmt: skip
    found = record.check_texts(texts) + record.check_amount("lead_intended_fen", "意向投资", lead.intended_fen)
    before: tuple[str, date] | None = None
    for name, label in DAYS.items():
        if (day := getattr(lead, name)) is not None:
            found += record.check_day(CORRECTABLE[name], label, day, after=before)
            before = (label, day)
    return found + _check_signed(lead)


def _check_signed(lead: Lead) -> list[Finding]:
    """Test that a landed lead was signed before, or says why it was not: one of the two, never both."""
    if lead.state != State.LANDED or (lead.signed_on is None) == bool(lead.unsigned_reason):
        return []
    if lead.signed_on is None:
        return [Finding("promotion.landed_unsigned", {"name": lead.name}, "lead_unsigned_reason", Severity.REJECT)]
    data = {"name": lead.name, "on": lead.signed_on.isoformat()}
    return [Finding("promotion.signed_after_all", data, "lead_unsigned_reason", Severity.REJECT)]


CORRECTABLE = {
    "name": "lead_name", "investor": "lead_investor", "industry": "lead_industry", "intended_fen": "lead_intended_fen",
    "talking_since_on": "lead_talking_since_on", "signed_on": "lead_signed_on", "landed_on": "lead_landed_on",
    "unsigned_reason": "lead_unsigned_reason", "project": "lead_project", "source": "lead_source", "needs": "lead_needs",
}  # fmt: skip
"""What :func:`correct_lead` corrects: field → key of the form. The agent has an act of his own."""
DAYS = {"talking_since_on": "洽谈日期", "signed_on": "签约日期", "landed_on": "落地日期"}
_LABELS = {
    "signed_on": "签约日期", "landed_on": "落地日期", "unsigned_reason": "未签约落地的原因", "project": "落地项目"
}  # fmt: skip
_RIGHTS = {
    "signed_on": "promotion.sign_lead",
    **dict.fromkeys(("landed_on", "unsigned_reason", "project"), "promotion.land_lead"),
}


def list_correctable(lead: Lead, actor: Actor) -> list[str]:
    """Return what this actor may correct on a lead as it stands: what it says, and he could have recorded."""
    return [name for name in _stated(lead) if name not in _RIGHTS or actor.may(_RIGHTS[name], lead.region_key)]


def _stated(lead: Lead) -> list[str]:
    landed = lead.state == State.LANDED
    later = {
        "signed_on": landed or lead.signed_on is not None,
        "landed_on": landed,
        "unsigned_reason": landed,
        "project": landed,
    }
    return [name for name in CORRECTABLE if later.get(name, True)]


@act("promotion.correct_lead", "更正招商项目")
def correct_lead(
    *, lead_id: int, changes: Mapping[str, Any], reason: str, actor: Actor, rev: int | None = None
) -> Lead:
    """Correct what was entered wrongly about a lead, in any state; the book keeps both and the reason.

    :param changes: field → right value, of :data:`CORRECTABLE`; ``project_id`` for the project
    :raises ChangedMeanwhile: somebody came first; tells what now stands there
    :raises NotAllowed: a day or project is corrected by somebody who may not record it
    :raises Refusal: no reason, nothing differs, or the lead does not have yet what is corrected
    :raises InvalidInput: something is missing, negative, ahead, out of order, or marked secret
    """
    shown = {name: key for name, key in CORRECTABLE.items() if name != "project"}
    lead = record.lock(Lead, lead_id, actor, "promotion.correct_lead", rev=rev, shown=shown)
    reason = record.need_reason(reason)
    new = {name: value for name, value in changes.items() if name != "project_id"}
    if "project_id" in changes and changes["project_id"] != lead.project_id:
        new["project"] = _project(changes["project_id"], lead, actor)
    before = record.take_corrections(lead, new, _stated(lead), _LABELS)
    for name in before:
        if name in _RIGHTS:
            actor.require(_RIGHTS[name], lead.region_key)
    missing = [
        Finding("promotion.field_missing", {"label": _LABELS[name]}, CORRECTABLE[name], Severity.REJECT)
        for name in before
        if (name == "landed_on" or (name == "signed_on" and lead.state != State.LANDED)) and getattr(lead, name) is None
    ]
    raise_on_reject(missing + _check(lead))
    after = {name: getattr(lead, name) for name in before}
    record.commit(
        "promotion.correct_lead", lead, actor, before=record.as_said(before), after=record.as_said(after), reason=reason,
        corrects=("promotion.register_lead", "promotion.correct_lead"),
    )  # fmt: skip
    if "name" in before:
        for errand in lead.errands.filter(done_on=None):
            inbox.retitle_task(key=f"errand:{errand.pk}:{lead.agent_post_id}", title=_title(errand, lead))
    return lead


def _project(project_id: int, lead: Lead, actor: Actor) -> Project:
    project = projects.get_project(project_id, actor)
    if not lead.region.key_lo <= project.region_key < lead.region.key_hi:
        raise Refusal("promotion.project_elsewhere", field="lead_project", project=project.name)
    return project


def _agent(post_id: int, region: Region) -> Post:
    post = Post.objects.select_related("unit__region").filter(pk=post_id, closed_on=None).first()
    if post is None:
        raise NotFound("promotion.not_found")
    if not region.key_lo <= post.unit.region.key_lo < region.key_hi:
        raise Refusal("promotion.agent_elsewhere", field="lead_agent_post", post=post.name)
    return post


@act("promotion.change_agent", "更换代办岗位")
def change_agent(*, lead_id: int, agent_post_id: int, reason: str, actor: Actor, rev: int | None = None) -> Lead:
    """Give the errands of a lead to another post; open tasks move with them.

    :raises Refusal: no reason, or the post is not of the region
    """
    lead = record.lock(Lead, lead_id, actor, "promotion.change_agent", State.TALKING, State.SIGNED, rev=rev)
    reason = record.need_reason(reason)
    before, former = {"agent": lead.agent_post.name}, lead.agent_post_id
    lead.agent_post = _agent(agent_post_id, lead.region)
    record.commit(
        "promotion.change_agent", lead, actor, before=before, after={"agent": lead.agent_post.name}, reason=reason
    )
    for errand in lead.errands.filter(done_on=None):
        inbox.withdraw_task(key=f"errand:{errand.pk}:{former}", reason=f"代办岗位更换为{lead.agent_post.name}")
        _assign(errand, lead, actor)
    return lead


def _assign(errand: Errand, lead: Lead, actor: Actor) -> None:
    inbox.assign_task(
        key=f"errand:{errand.pk}:{lead.agent_post_id}", kind=TASK, title=_title(errand, lead),
        subject=Subject(LEAD, lead.pk, lead.region_key, lead.name), url=reverse("promotion:lead", args=[lead.pk]),
        post_id=lead.agent_post_id, due_on=errand.due_on, opened_by=actor.name,
    )  # fmt: skip


def _title(errand: Errand, lead: Lead) -> str:
    return f"代办：{errand.title}（{lead.name}）"


@act("promotion.open_errand", "登记代办事项")
def open_errand(
    *, lead_id: int, title: str, office: str, actor: Actor, due_on: date | None = None, on: date | None = None
) -> Errand:
    """Add a matter that the agent's post does for the investor; it gets a task with the promised day.

    :raises InvalidInput: title or office is missing, or the promised day lies before the opening
    """
    lead = record.lock(Lead, lead_id, actor, "promotion.open_errand", State.TALKING, State.SIGNED)
    opened = on or clock.today()
    findings = record.check_texts(
        {"errand_title": ("事项", title, 120, True), "errand_office": ("办理部门", office, 80, True)}
    ) + record.check_day("occurred_on", "登记日期", opened)
    if due_on is not None and due_on < opened:
        findings += record.check_day("errand_due_on", "承诺办结日", due_on, after=("登记日期", opened))
    raise_on_reject(findings)
    errand = Errand.objects.create(
        lead=lead, title=title.strip(), office=office.strip(), due_on=due_on, opened_on=opened
    )
    lead.errand_count, lead.open_count = lead.errand_count + 1, lead.open_count + 1
    after = {"errand": errand.title, "office": errand.office, "due_on": due_on.isoformat() if due_on else None}
    record.commit("promotion.open_errand", lead, actor, on=opened, after=after)
    _assign(errand, lead, actor)
    return errand


@act("promotion.finish_errand", "办结代办事项")
def finish_errand(*, errand_id: int, result: str, actor: Actor, on: date | None = None) -> Errand:
    """Finish a matter with its result.

    :raises Refusal: finished already
    :raises InvalidInput: no result, or the day lies ahead or before the opening
    """
    errand = Errand.objects.select_related("lead").filter(pk=errand_id).first()
    if errand is None:
        raise NotFound("promotion.not_found")
    lead = record.lock(
        Lead, errand.lead_id, actor, "promotion.finish_errand", State.TALKING, State.SIGNED, State.LANDED
    )
    errand = Errand.objects.select_for_update().get(pk=errand_id)
    if errand.done_on is not None:
        raise Refusal("promotion.errand_done", title=errand.title, on=errand.done_on.isoformat())
    day = on or clock.today()
    raise_on_reject(
        record.check_texts({"errand_result": ("结果", result, 300, True)})
        + record.check_day("occurred_on", "办结日期", day, after=("登记日期", errand.opened_on))
    )
    errand.done_on, errand.result = day, result.strip()
    errand.save(update_fields=["done_on", "result"])
    lead.open_count -= 1
    record.commit(
        "promotion.finish_errand", lead, actor, on=day, after={"errand": errand.title, "result": errand.result}
    )
    inbox.finish_task(key=f"errand:{errand.pk}:{lead.agent_post_id}", actor=actor, outcome=errand.result[:180])
    return errand


@act("promotion.sign_lead", "登记签约")
def sign_lead(*, lead_id: int, signed_on: date, actor: Actor, rev: int | None = None) -> Lead:
    """Record the signing of the agreement.

    :raises InvalidInput: the day lies ahead or before the talks
    """
    lead = record.lock(Lead, lead_id, actor, "promotion.sign_lead", State.TALKING, rev=rev)
    since = ("洽谈日期", lead.talking_since_on)
    raise_on_reject(record.check_day("lead_signed_on", "签约日期", signed_on, after=since))
    lead.state, lead.signed_on = State.SIGNED, signed_on
    after = {"state": lead.state, "signed_on": signed_on.isoformat()}
    record.commit("promotion.sign_lead", lead, actor, on=signed_on, after=after)
    return lead


@act("promotion.land_lead", "登记落地")
def land_lead(
    *, lead_id: int, project_id: int, landed_on: date, actor: Actor, unsigned_reason: str = "", rev: int | None = None
) -> Lead:
    """Say which project the lead has become: one file from then on.

    :param unsigned_reason: why it landed without a signed contract; for a lead that was not signed, and for no other
    :raises NotFound: no such project in sight
    :raises InvalidInput: the day lies ahead or before the signing; neither signed nor a reason given, or both
    """
    lead = record.lock(Lead, lead_id, actor, "promotion.land_lead", State.TALKING, State.SIGNED, rev=rev)
    project = _project(project_id, lead, actor)
    since = ("签约日期", lead.signed_on) if lead.signed_on else ("洽谈日期", lead.talking_since_on)
    lead.state, lead.landed_on, lead.project = State.LANDED, landed_on, project
    lead.unsigned_reason = unsigned_reason.strip()
    reason = {"lead_unsigned_reason": ("未签约落地的原因", lead.unsigned_reason, 300, False)}
    raise_on_reject(
        record.check_day("lead_landed_on", "落地日期", landed_on, after=since)
        + record.check_texts(reason)
        + _check_signed(lead)
    )
    after = {"state": lead.state, "project": project.name, "project_id": project.pk}
    if lead.unsigned_reason:
        after["unsigned_reason"] = lead.unsigned_reason
    record.commit("promotion.land_lead", lead, actor, on=landed_on, after=after)
    return lead


@act("promotion.end_lead", "终止招商项目")
def end_lead(*, lead_id: int, reason: str, actor: Actor, rev: int | None = None) -> Lead:
    """End a lead that comes to nothing; its open errands end with it.

    :raises Refusal: no reason
    """
    lead = record.lock(Lead, lead_id, actor, "promotion.end_lead", State.TALKING, State.SIGNED, rev=rev)
    lead.state, lead.ended_reason = State.ENDED, record.need_reason(reason)
    after: dict[str, Any] = {"state": lead.state, "open_errands": lead.open_count}
    record.commit("promotion.end_lead", lead, actor, after=after, reason=lead.ended_reason)
    inbox.close_tasks(kind=TASK, subject_kind=LEAD, subject_id=lead.pk, actor=actor, outcome="招商项目终止")
    return lead
