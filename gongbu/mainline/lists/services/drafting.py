"""Draft a list by the criteria of the packs; put projects on and off by hand, with reasons."""

from collections.abc import Mapping, Sequence
from datetime import date

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import services as policy_services
from gongbu.ground.policy.rules.decisions import Decision
from gongbu.mainline.lists.models import LIST, ListItem, ProjectList
from gongbu.mainline.lists.services import ranking, record
from gongbu.mainline.lists.services.nominating import Nomination, nominate
from gongbu.mainline.lists.system import Kind, System, system_of
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve.system import holder_of

FIRST_YEAR, LAST_YEAR = 2020, 2100
State = ProjectList.State


def draft_list(*, region_id: int, kind: str, year: int, actor: Actor, key: str | None = None) -> ProjectList:
    """Draft the list of a kind for a year: the packs' criteria nominate, with the decision stored for each line.

    What they nominate is computed before the act, which then only writes: nobody waits for it.

    :raises Refusal: the county's packs know no lists or not this kind; there is one already; a township, which has none
    :raises InvalidInput: an impossible year
    """
    region, today = _county(region_id, actor), clock.today()
    system = system_of(region, today)
    one = system.kind(kind)
    _check_free(region, one, year)
    return _draft(system, one, year, nominate(system, [kind], today)[kind], actor, today, key)


def draft_five(*, region_id: int, year: int, actor: Actor) -> list[ProjectList]:
    """Draft the “五个清单” of a year in one go (JC-26); those already there are left as they are.

    The facts of the projects are computed once for all of them.

    :raises Refusal: the county's packs know no lists; a township, which has none
    """
    region, today = _county(region_id, actor), clock.today()
    system = system_of(region, today)
    kinds = [kind.code for kind in system.kinds.values() if kind.is_of_five]
    if not kinds:
        raise Refusal("lists.no_system", region=region.name)
    _check_year(year)
    standing = set(_standing(region, year).values_list("kind", flat=True))
    wanted = [kind for kind in kinds if kind not in standing]
    nominated = nominate(system, wanted, today)
    return [_draft(system, system.kind(k), year, nominated[k], actor, today, None) for k in wanted]


def _county(region_id: int, actor: Actor) -> Region:
    """Return the region whose list may be drafted: never a township, whose projects stand on the list of its county."""
    region = Region.objects.select_related("parent").filter(pk=region_id).first()
    if region is None:
        raise NotFound("lists.not_found")
    actor.require("lists.draft", region.key_lo)
    if (holder := holder_of(region)).pk != region.pk:
        raise Refusal("lists.county_only", field="list_region", region=region.name, county=holder.name)
    return region


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        data = {"first": FIRST_YEAR, "last": LAST_YEAR, "found": year}
        raise InvalidInput([Finding("lists.year_out", data, "list_year", Severity.REJECT)])


def _standing(region: Region, year: int) -> "ScopedQuerySet[ProjectList]":
    rows = ProjectList.objects.unscoped("one list of a kind a year").filter(region=region, year=year)
    return rows.exclude(state=State.WITHDRAWN)


def _check_free(region: Region, kind: Kind, year: int) -> None:
    _check_year(year)
    if standing := _standing(region, year).filter(kind=kind.code).first():
        raise Refusal("lists.on_file", title=standing.title, state=standing.get_state_display())


@act("lists.draft", "拟项目清单")
def _draft(
    system: System, kind: Kind, year: int, nominated: Nomination, actor: Actor, on: date, key: str | None
) -> ProjectList:
    region, title = system.region, f"{system.region.name}{year}年度{kind.label.removeprefix('年度')}"
    actor.require("lists.draft", region.key_lo)
    serialise("lists_list", region.key_lo, kind.code, year)
    _check_free(region, kind, year)
    basis = {"instrument": kind.notice.basis.instrument, "article": kind.notice.basis.article} if kind.notice else {}
    row = ProjectList.objects.create(
        region=region, region_key=region.key_lo, kind=kind.code, kind_label=kind.label, year=year, title=title,
        drafted_on=on, needs_notice=kind.notice is not None, notice_basis=basis, rev=0,
    )  # fmt: skip
    _put_on(row, list(nominated.decisions), nominated)
    record.count_items(row)
    after = {"kind": kind.code, "year": year, "nominated": row.item_count, "total_fen": row.total_fen}
    record.commit("lists.draft", row, actor.stamp, after=after, policy=nominated.policy, key=key)
    return row


def redraft(*, list_id: int, actor: Actor, rev: int | None = None) -> ProjectList:
    """Nominate anew in a draft: lines by the criteria come and go, lines put on or off by hand stay as they are.

    A line that stays nominated keeps what was filled in; its name, amounts and reason are brought up to date. Of a line
    that falls away the book keeps what was filled in, and the page names it. A list that follows a ranking goes on
    following it, unless that was opened again since: then it follows none.
    """
    row, today = record.peek(list_id, actor, "lists.redraft"), clock.today()
    return _redraft(list_id, nominate(system_of(row.region, today), [row.kind], today)[row.kind], actor, rev)


@act("lists.redraft", "重新提名")
def _redraft(list_id: int, nominated: Nomination, actor: Actor, rev: int | None) -> ProjectList:
    row = record.lock(list_id, actor, "lists.redraft", rev=rev)
    before = {"items": row.item_count, "total_fen": row.total_fen}
    followed, changes = ranking.current(row), record.Changes()
    lines = record.list_lines(row)
    mine = {ListItem.Origin.CRITERIA} | (set() if followed else {ListItem.Origin.RANKED})
    own = [item for item in lines if item.state == ListItem.State.ON and item.origin in mine and not item.reason]
    ranked = {one.project_id for one in followed.chosen} if followed else set()
    moved = [item for item in own if item.project_id not in nominated.decisions and item.project_id in ranked]
    for item in moved:  # it stays on for its rank, with what was filled in; follow() words the reason
        item.origin = ListItem.Origin.RANKED
    bulk.update(moved, ["origin"])
    changes.fall([item for item in own if item.project_id not in nominated.decisions and item.project_id not in ranked])
    kept = [item for item in own if item.project_id in nominated.decisions]
    changes.keep(kept)
    _bring_up_to_date(row, kept, nominated)
    known = {item.project_id for item in lines}
    changes.come(_put_on(row, [pk for pk in nominated.decisions if pk not in known], nominated))
    ranking.follow(row, followed, changes)
    record.count_items(row)
    after = {"items": row.item_count, "total_fen": row.total_fen, **changes.as_facts()}
    record.commit("lists.redraft", row, actor.stamp, before=before, after=after, policy=nominated.policy)
    return row


def _bring_up_to_date(row: ProjectList, items: Sequence[ListItem], nominated: Nomination) -> None:
    """Write into standing lines what their projects say today, but for what people filled in."""
    printed = {p.id: p for p in projects.list_for_lists([item.project_id for item in items], row.year)}
    decided = {
        item.project_id: nominated.decisions[item.project_id] for item in items
        if item.decision_id is None or item.origin != ListItem.Origin.CRITERIA
        or item.rule != nominated.decisions[item.project_id].explanation[:300]
    }  # fmt: skip
    stored = _record(row, decided)
    for item in items:
        record.write_facts(item, printed[item.project_id])
        item.origin = ListItem.Origin.CRITERIA
        if item.project_id in decided:
            item.rule = decided[item.project_id].explanation[:300]
            item.decision_id = stored[item.project_id]
    bulk.update(items, [*record.FACT_COLUMNS, "origin", "rule", "decision_id"])


def _record(row: ProjectList, decisions: Mapping[int, Decision]) -> dict[int, int]:
    """Keep decisions about lines of the list and return project id → id of what was kept."""
    kept = policy_services.record_decisions(
        policy_services.DecisionOf(one, LIST, row.pk, row.region_key) for one in decisions.values()
    )
    return {pk: one.pk for pk, one in zip(decisions, kept, strict=True)}


def _put_on(row: ProjectList, ids: Sequence[int], nominated: Nomination) -> list[ListItem]:
    """Put nominated projects on in their order, each with its decision."""
    stored = _record(row, {pk: nominated.decisions[pk] for pk in ids})
    printed = projects.list_for_lists(ids, row.year)
    made = []
    for n, p in enumerate(sorted(printed, key=record.order_of_project), start=1):
        item = ListItem(
            list=row, project_id=p.id, region_key=row.region_key, position=n, origin=ListItem.Origin.CRITERIA,
            rule=nominated.decisions[p.id].explanation[:300], decision_id=stored[p.id],
        )  # fmt: skip
        record.write_facts(item, p)
        made.append(item)
    bulk.insert(made)
    return made


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
        item = ListItem(
            list=row, project_id=project_id, region_key=row.region_key, position=row.lines.count() + 1,
            origin=ListItem.Origin.ADDED, reason=reason,
        )  # fmt: skip
        record.write_facts(item, projects.list_for_lists([project_id], row.year)[0])
        item.save()
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
