"""Draft a list by the criteria of the packs; put projects on and off by hand, with reasons; fill in its lines."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import check_secrecy
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import services as policy_services
from gongbu.ground.policy.rules.decisions import Decision
from gongbu.mainline.lists import rules
from gongbu.mainline.lists.models import LIST, ListItem, ProjectList
from gongbu.mainline.lists.services import ranking, record
from gongbu.mainline.lists.system import CRITERIA, PROPOSE, Kind, System, system_of
from gongbu.mainline.projects import facts as project_facts
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.rules.lifecycle import STAGE_ORDER
from gongbu.mainline.projects.services.record import serialise
from gongbu.mainline.promotion import queries as promotion
from gongbu.mainline.reserve import queries as reserve

FIRST_YEAR, LAST_YEAR = 2020, 2100
State = ProjectList.State


@act("lists.draft", "拟项目清单")
def draft_list(*, region_id: int, kind: str, year: int, actor: Actor, key: str | None = None) -> ProjectList:
    """Draft the list of a kind for a year: the packs' criteria nominate, with the decision stored for each line.

    :raises Refusal: the county's packs know no lists or not this kind; there is one already
    :raises InvalidInput: an impossible year
    """
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("lists.not_found")
    actor.require("lists.draft", region.key_lo)
    today = clock.today()
    system = system_of(region, today)
    return _draft(system, system.kind(kind), year, actor, today, key)


def draft_five(*, region_id: int, year: int, actor: Actor) -> list[ProjectList]:
    """Draft the “五个清单” of a year in one go (JC-26); those already there are left as they are.

    :raises Refusal: the county's packs know no lists
    """
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("lists.not_found")
    kinds = [kind.code for kind in system_of(region, clock.today()).kinds.values() if kind.is_of_five]
    if not kinds:
        raise Refusal("lists.no_system", region=region.name)
    standing = set(
        ProjectList.objects.unscoped("which of the five stand")
        .filter(region=region, year=year)
        .exclude(state=State.WITHDRAWN)
        .values_list("kind", flat=True)
    )
    return [draft_list(region_id=region_id, kind=k, year=year, actor=actor) for k in kinds if k not in standing]


def _draft(system: System, kind: Kind, year: int, actor: Actor, on: date, key: str | None) -> ProjectList:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        data = {"first": FIRST_YEAR, "last": LAST_YEAR, "found": year}
        raise InvalidInput([Finding("lists.year_out", data, "list_year", Severity.REJECT)])
    region, title = system.region, f"{system.region.name}{year}年度{kind.label.removeprefix('年度')}"
    serialise("lists_list", region.key_lo, kind.code, year)
    rows = ProjectList.objects.unscoped("one list of a kind a year").filter(region=region, kind=kind.code, year=year)
    if standing := rows.exclude(state=State.WITHDRAWN).first():
        raise Refusal("lists.on_file", title=standing.title, state=standing.get_state_display())
    basis = {"instrument": kind.notice.basis.instrument, "article": kind.notice.basis.article} if kind.notice else {}
    row = ProjectList.objects.create(
        region=region, region_key=region.key_lo, kind=kind.code, kind_label=kind.label, year=year, title=title,
        drafted_on=on, needs_notice=kind.notice is not None, notice_basis=basis, rev=0,
    )  # fmt: skip
    refs = _nominate(row, system, on)
    record.count_items(row)
    after = {"kind": kind.code, "year": year, "nominated": row.item_count, "total_fen": row.total_fen}
    record.commit("lists.draft", row, actor.stamp, after=after, policy=refs, key=key)
    return row


@act("lists.redraft", "重新提名")
def redraft(*, list_id: int, actor: Actor, rev: int | None = None) -> ProjectList:
    """Nominate anew in a draft: lines by the criteria come and go, lines put on or off by hand stay as they are.

    A list that follows a ranking goes on following it, unless that was opened again since: then it follows none.
    """
    row = record.lock(list_id, actor, "lists.redraft", rev=rev)
    before = {"items": row.item_count, "total_fen": row.total_fen}
    row.lines.filter(origin=ListItem.Origin.CRITERIA, state=ListItem.State.ON, reason="").delete()
    refs = _nominate(row, system_of(row.region, clock.today()), clock.today())
    if row.ranking_id is not None:
        ranking.follow(row, ranking.current(row))
    record.count_items(row)
    after = {"items": row.item_count, "total_fen": row.total_fen}
    record.commit("lists.redraft", row, actor.stamp, before=before, after=after, policy=refs)
    return row


def _nominate(row: ProjectList, system: System, on: date) -> Sequence[Mapping[str, Any]]:
    """Put on whatever the criteria nominate and is neither on nor off already; return the policy references."""
    table = CRITERIA + row.kind.lower()
    if not any(table in pack.tables for pack in system.policy.packs):
        return []  # filled by hand, on the strength of documents
    ids = projects.list_live_ids(system.region.key_lo, system.region.key_hi)
    facts = facts_for(ids, on)
    _pack, rules_table = system.policy.table(table, on)
    columns = {name: [facts[pk].get(name) for pk in ids] for name in rules_table.inputs}
    values: Sequence[Any] = system.policy.decide_many(table, columns, on).values.tolist() if ids else []
    chosen = [pk for pk, value in zip(ids, values, strict=True) if value == PROPOSE]
    known = set(row.lines.values_list("project_id", flat=True))
    wanted = [pk for pk in chosen if pk not in known]
    decisions = {pk: system.policy.decide(table, facts[pk], on) for pk in wanted}
    stored = policy_services.record_decisions(
        policy_services.DecisionOf(decisions[pk], LIST, row.pk, row.region_key) for pk in wanted
    )
    _put_on(row, wanted, {pk: (decisions[pk], kept.pk) for pk, kept in zip(wanted, stored, strict=True)})
    return [decisions[wanted[0]].ref.as_dict()] if wanted else []


def facts_for(project_ids: Sequence[int], on: date) -> dict[int, dict[str, Any]]:
    """Return the facts that criteria may read: those of the projects, of the reserve, and of investment leads."""
    marks, landed = reserve.list_marks(project_ids), promotion.list_landed(project_ids)
    return {
        pk: {**facts.as_mapping(), **marks.get(pk, {}), "is_investment_lead": pk in landed}
        for pk, facts in project_facts.facts_of(project_ids, on).items()
    }


def _put_on(row: ProjectList, ids: Sequence[int], decided: Mapping[int, tuple[Decision, int]]) -> None:
    rows = projects.list_for_lists(ids, row.year)
    ordered = sorted(rows, key=lambda p: rules.order_key(STAGE_ORDER[p.stage], p.total_fen, p.name))
    first = row.lines.count() + 1
    ListItem.objects.bulk_create(
        ListItem(
            list=row, project_id=p.id, region_key=row.region_key, position=first + n, name=p.name,
            region_name=p.region_name, owner_name=p.owner_name, content=p.content[:400], stage=p.stage,
            total_fen=p.total_fen, year_fen=p.year_fen, origin=ListItem.Origin.CRITERIA,
            rule=decided[p.id][0].explanation[:300], decision_id=decided[p.id][1],
        )
        for n, p in enumerate(ordered)
    )  # fmt: skip


@act("lists.add_project", "选入清单")
def add_project(*, list_id: int, project_id: int, reason: str, actor: Actor, rev: int | None = None) -> ListItem:
    """Put a project of the county on a draft, with the reason (or the document) that stands for the criteria.

    :raises Refusal: no reason, on it already, or of another county
    """
    row = record.lock(list_id, actor, "lists.add_project", rev=rev)
    reason = record.need_reason(reason)
    project: Project = projects.get_project(project_id, actor)
    if not row.region.key_lo <= project.region_key < row.region.key_hi:
        raise Refusal("lists.project_elsewhere", field="list_project", project=project.name, region=row.region.name)
    item = row.lines.filter(project_id=project_id).first()
    if item is not None and item.state == ListItem.State.ON:
        raise Refusal("lists.project_on", field="list_project", project=project.name)
    if item is not None:
        item.state, item.origin, item.reason = ListItem.State.ON, ListItem.Origin.ADDED, reason
        item.save(update_fields=["state", "origin", "reason"])
    else:
        p = projects.list_for_lists([project_id], row.year)[0]
        item = ListItem.objects.create(
            list=row, project_id=p.id, region_key=row.region_key, position=row.lines.count() + 1, name=p.name,
            region_name=p.region_name, owner_name=p.owner_name, content=p.content[:400], stage=p.stage,
            total_fen=p.total_fen, year_fen=p.year_fen, origin=ListItem.Origin.ADDED, reason=reason,
        )  # fmt: skip
    record.count_items(row)
    record.commit(
        "lists.add_project", row, actor.stamp, after={"project": project.name, "id": project.pk}, reason=reason
    )
    return item


@act("lists.remove_project", "移出清单")
def remove_project(*, list_id: int, project_id: int, reason: str, actor: Actor, rev: int | None = None) -> ListItem:
    """Take a project off a draft; the line stays visible below the list with its reason.

    :raises Refusal: no reason, or not on it
    """
    row = record.lock(list_id, actor, "lists.remove_project", rev=rev)
    reason = record.need_reason(reason)
    item = row.lines.filter(project_id=project_id, state=ListItem.State.ON).select_related("project").first()
    if item is None:
        raise Refusal("lists.project_off", project=str(project_id))
    item.state, item.reason = ListItem.State.OFF, reason
    item.save(update_fields=["state", "reason"])
    record.count_items(row)
    record.commit(
        "lists.remove_project", row, actor.stamp, before={"project": item.name, "id": project_id}, reason=reason
    )
    return item


@act("lists.set_item", "填写清单内容")
def set_item(
    *, list_id: int, project_id: int, actor: Actor, duty_unit: str, year_fen: int | None, rev: int | None = None
) -> ListItem:
    """Fill in responsible unit and this year's plan (fen) of a line, up to the issue of the list.

    :raises InvalidInput: a negative plan, one above the total, a secrecy rule met
    :raises Refusal: not on the list, or the list is issued
    """
    row = record.lock(list_id, actor, "lists.set_item", rev=rev)
    item = row.lines.filter(project_id=project_id, state=ListItem.State.ON).first()
    if item is None:
        raise Refusal("lists.project_off", project=str(project_id))
    duty_unit = duty_unit.strip()
    findings = [finding] if (finding := rules.check_year(item.name, item.total_fen, year_fen)) else []
    if len(duty_unit) > 120:
        data = {"label": "责任单位", "length": len(duty_unit), "most": 120}
        findings.append(Finding("lists.too_long", data, "list_duty_unit", Severity.REJECT))
    if secret := check_secrecy({"duty": duty_unit}):
        findings.append(secret)
    if findings:
        raise InvalidInput(findings)
    before = {"duty_unit": item.duty_unit, "year_fen": item.year_fen}
    item.duty_unit, item.year_fen = duty_unit, year_fen
    item.save(update_fields=["duty_unit", "year_fen"])
    after = {"duty_unit": duty_unit, "year_fen": year_fen}
    record.commit("lists.set_item", row, actor.stamp, before=before, after=after, project=item.name)
    return item
