"""Change one project: facts, name, owner, stage, sites, annual investment, withdrawal."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from gongbu.ground.basics import bulk, prepared
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.money import as_wan
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region, Unit
from gongbu.mainline.projects import fields, naming
from gongbu.mainline.projects.choices import Stage, State
from gongbu.mainline.projects.models import AnnualInvestment, Project, ProjectSite
from gongbu.mainline.projects.rules.lifecycle import check_stage_change
from gongbu.mainline.projects.services import record


@record.repeatable(record.load_project)
@act("projects.update", "修改项目")
def update_project(
    *,
    project_id: int,
    rev: int,
    changes: Mapping[str, Any],
    actor: Actor,
    on: date | None = None,
    reason: str = "",
    key: str | None = None,
) -> Project:
    """Change facts of a project; the entry holds before and after of exactly the fields that changed.

    Name, owner, stage, code and parent have acts of their own.

    :raises ChangedMeanwhile: ``rev`` is not the present revision
    :raises InvalidInput: a value is impossible or a secrecy rule is met
    :raises Refusal: nothing changed
    :raises TypeError: a key cannot be changed by this act
    """
    if unknown := set(changes) - fields.UPDATABLE:
        raise TypeError(f"not changed by update_project: {sorted(unknown)}")
    project = record.lock(project_id, actor=actor, act="projects.update", rev=rev)
    day = record.check_day(on, project)
    changed = {name: value for name, value in changes.items() if getattr(project, name) != value}
    if not changed:
        raise Refusal("projects.nothing_changed")
    refuse_secret(*changed.values(), reason)
    dates = {name: getattr(project, name) for name in (*fields.DATES, *fields.PRECISIONS)}
    raise_on_reject(fields.check_values({**dates, **changed}, day))
    before = fields.snapshot(project, changed)
    for name, value in changed.items():
        setattr(project, name, value)
    after = fields.snapshot(project, changed)
    extra: dict[str, Any] = {"reason": reason.strip()} if reason.strip() else {}
    record.commit(
        "project.updated", project, actor=actor, on=day, save=sorted(changed), before=before, after=after, key=key,
        tell={"fields": sorted(changed)}, rejudge=frozenset(changed), refresh="OWN", **extra,
    )  # fmt: skip
    return project


@act("projects.rename", "项目更名")
def rename(
    *, project_id: int, rev: int, name: str, reason: str, actor: Actor, on: date | None = None, key: str | None = None
) -> Project:
    """Give a project another name; the old one stays in the timeline and is still found by it.

    :raises Refusal: no reason, or another live project of the region has the name
    """
    project = record.lock(project_id, actor=actor, act="projects.rename", rev=rev)
    day = record.check_day(on, project)
    name = " ".join(name.split())
    refuse_secret(name, reason)
    raise_on_reject(fields.check_values({"name": name}, day))
    _need_reason(reason)
    if name == project.name:
        raise Refusal("projects.nothing_changed", field="name")
    serialise("project_names", project.region_key)
    same = Project.objects.unscoped("names are unique per region").filter(
        name=name, region_key=project.region_key, state=State.ACTIVE
    )
    if same.exclude(pk=project.pk).exists():
        raise Refusal("projects.name_taken", field="name", name=name)
    before = {"name": project.name}
    project.name, project.sort_pinyin = name, naming.sort_key(name)
    record.commit(
        "project.renamed", project, actor=actor, on=day, save=["name", "sort_pinyin"], before=before,
        after={"name": name}, key=key, reason=reason.strip(),
    )  # fmt: skip
    return project


@act("projects.change_owner", "变更建设单位")
def change_owner(
    *,
    project_id: int,
    rev: int,
    reason: str,
    actor: Actor,
    owner_unit_id: int | None = None,
    owner_name: str = "",
    on: date | None = None,
    key: str | None = None,
) -> Project:
    """Make another unit the owner (建设单位): a unit of the register, or a name as written.

    :raises Refusal: no reason, no owner named, or it is the owner already
    """
    project = record.lock(project_id, actor=actor, act="projects.change_owner", rev=rev)
    day = record.check_day(on, project)
    if owner_unit_id is not None:
        owner_name = Unit.objects.unscoped("owner by id").values_list("name", flat=True).get(pk=owner_unit_id)
    owner_name = owner_name.strip()
    refuse_secret(owner_name, reason)
    raise_on_reject(fields.check_values({"owner_name": owner_name}, day))
    _need_reason(reason)
    if not owner_name or (project.owner_unit_id, project.owner_name) == (owner_unit_id, owner_name):
        raise Refusal("projects.nothing_changed", field="owner_name")
    before = fields.snapshot(project, ["owner_name", "owner_unit_id"])
    project.owner_unit_id, project.owner_name = owner_unit_id, owner_name
    record.commit(
        "project.owner_changed", project, actor=actor, on=day, save=["owner_unit", "owner_name"], before=before,
        after=fields.snapshot(project, ["owner_name", "owner_unit_id"]), key=key, reason=reason.strip(),
    )  # fmt: skip
    return project


@act("projects.set_stage", "变更阶段")
def set_stage(
    *,
    project_id: int,
    stage: str,
    actor: Actor,
    early_stage: str = "",
    reason: str = "",
    rev: int | None = None,
    on: date | None = None,
    key: str | None = None,
) -> Project:
    """Move a project to a stage; going back or skipping one needs a reason.

    :raises InvalidInput: unknown stage, early sub-stage outside 谋划储备, missing reason
    :raises Refusal: it stands there already
    """
    project = record.lock(project_id, actor=actor, act="projects.set_stage", rev=rev)
    day = record.check_day(on, project)
    refuse_secret(reason)
    if (project.stage, project.early_stage) == (stage, early_stage):
        raise Refusal("projects.stage_same", field="stage", stage=Stage(stage).label)
    raise_on_reject(check_stage_change(project.stage, stage, early_stage=early_stage, reason=reason))
    before = fields.snapshot(project, ["stage", "early_stage"])
    project.stage, project.early_stage, project.stage_since_on = stage, early_stage, day
    extra: dict[str, Any] = {"reason": reason.strip()} if reason.strip() else {}
    record.commit(
        "project.stage_set", project, actor=actor, on=day, save=["stage", "early_stage", "stage_since_on"],
        before=before, after=fields.snapshot(project, ["stage", "early_stage"]), key=key,
        tell={"stage": stage, "was": before["stage"]}, rejudge=("stage", "early_stage"), refresh="OWN", **extra,
    )  # fmt: skip
    return project


@act("projects.set_sites", "登记建设地点所在区划")
def set_sites(
    *, project_id: int, region_ids: Sequence[int], actor: Actor, rev: int | None = None, on: date | None = None,
    key: str | None = None,
) -> Project:  # fmt: skip
    """Set the regions in which the works stand; officers there may read the project (KB-16)."""
    project = record.lock(project_id, actor=actor, act="projects.set_sites", rev=rev)
    day = record.check_day(on, project)
    regions = list(Region.objects.filter(pk__in=set(region_ids)).order_by("key_lo"))
    if len(regions) != len(set(region_ids)):
        raise Refusal("projects.region_missing", field="site_regions")
    old = list(project.sites.order_by("region_key").values_list("region_id", "region__name"))
    if {pk for pk, _ in old} == {region.pk for region in regions}:
        raise Refusal("projects.nothing_changed", field="site_regions")
    project.sites.all().delete()
    ProjectSite.objects.bulk_create([ProjectSite(project=project, region=r, region_key=r.key_lo) for r in regions])
    record.commit(
        "project.sites_set", project, actor=actor, on=day, before={"site_regions": [name for _, name in old]},
        after={"site_regions": [region.name for region in regions]}, key=key,
    )  # fmt: skip
    return project


_ANNUAL = Prepared(lambda project_id, year: AnnualInvestment.objects.filter(project_id=project_id, year=year))
SLIP_TIMES = 10
"""A year's completion of so many times the total investment is a slip of the unit, not an overrun."""
ANNUAL_FACTS = ("annual_year", "annual_planned_fen", "annual_completed_fen", "completed_fen")


@act("projects.set_annual_investment", "登记年度投资")
def set_annual_investment(
    *,
    project_id: int,
    year: int,
    actor: Actor,
    planned_fen: int | None = None,
    completed_fen: int | None = None,
    rev: int | None = None,
    on: date | None = None,
    key: str | None = None,
) -> Project:
    """Set planned and completed investment of one year (fen; None: not reported).

    :raises InvalidInput: impossible year, negative amount, or a plan above the total investment
    """
    project = record.lock(project_id, actor=actor, act="projects.set_annual_investment", rev=rev)
    day = record.check_day(on, project)
    raise_on_reject(check_annual(year, planned_fen, completed_fen, project.total_investment_fen))
    row = _ANNUAL.first(project.pk, year)
    before = {"planned_fen": row.planned_fen, "completed_fen": row.completed_fen} if row else None
    after = {"planned_fen": planned_fen, "completed_fen": completed_fen}
    if before == after:
        raise Refusal("projects.nothing_changed", field="planned_fen")
    if row is None:
        bulk.insert([AnnualInvestment(project=project, year=year, **after)])
    else:
        row.planned_fen, row.completed_fen = planned_fen, completed_fen
        prepared.update(row, ["planned_fen", "completed_fen"])
    record.commit(
        "project.annual_investment_set", project, actor=actor, on=day, before=before, after=after, key=key, year=year,
        tell={"year": year}, rejudge=ANNUAL_FACTS, refresh="ANNUAL",
    )  # fmt: skip
    return project


def check_annual(year: int, planned_fen: int | None, completed_fen: int | None, total_fen: int | None) -> list[Finding]:
    """Test the investment of one year."""
    findings = []
    if not 1990 <= year <= 2100:
        findings.append(Finding("projects.year_out_of_range", {}, "year", Severity.REJECT))
    for field, amount in (("planned_fen", planned_fen), ("completed_fen", completed_fen)):
        if amount is not None and amount < 0:
            findings.append(Finding("projects.amount_negative", {}, field, Severity.REJECT))
    if planned_fen is not None and total_fen is not None and planned_fen > total_fen:
        data = {"year": year, "planned_wan": f"{planned_fen / 1e6:,.2f}", "total_wan": f"{total_fen / 1e6:,.2f}"}
        findings.append(Finding("projects.annual_over_total", data, "planned_fen", Severity.REJECT))
    if completed_fen and total_fen and completed_fen >= SLIP_TIMES * total_fen:  # less may be true, and is flagged
        data = {
            "year": year,
            "completed_wan": as_wan(completed_fen),
            "total_wan": as_wan(total_fen),
            "times": SLIP_TIMES,
        }
        findings.append(Finding("projects.completed_far_over_total", data, "completed_fen", Severity.REJECT))
    return findings


@act("projects.withdraw", "撤销项目")
def withdraw(
    *, project_id: int, rev: int, reason: str, actor: Actor, on: date | None = None, key: str | None = None
) -> Project:
    """Take a project out of the register; its file stays readable.

    :raises Refusal: no reason, or live sub-projects hang on it
    """
    project = record.lock(project_id, actor=actor, act="projects.withdraw", rev=rev)
    day = record.check_day(on, project)
    refuse_secret(reason)
    _need_reason(reason)
    if Project.objects.unscoped("parts of one project").filter(parent=project, state=State.ACTIVE).exists():
        raise Refusal("projects.withdraw_children")
    before = {"state": project.state}
    project.state = State.WITHDRAWN
    record.commit(
        "project.withdrawn", project, actor=actor, on=day, save=["state"], before=before,
        after={"state": project.state}, key=key, reason=reason.strip(),
        also_refresh=[project.parent_id] if project.parent_id else [],
    )  # fmt: skip
    return project


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput([Finding("projects.reason_missing", {}, "reason", Severity.REJECT)])
