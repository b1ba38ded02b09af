"""Bring projects in: create one, create many under a batch, publish a batch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotAllowed, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.ledger import services as ledger
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.orgs.rights import rights
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.projects import access, fields, naming, owners, publishing, status
from gongbu.mainline.projects.choices import FundingNature, Kind, Origin, Stage, State
from gongbu.mainline.projects.facts import Attached, YearOf
from gongbu.mainline.projects.models import AnnualInvestment, OpenBatch, Project, ProjectCode
from gongbu.mainline.projects.rules.lifecycle import check_stage_change
from gongbu.mainline.projects.services import record
from gongbu.mainline.projects.services.classifying import judge
from gongbu.mainline.projects.services.codes import read_codes


@dataclass(frozen=True, slots=True)
class NewProject:
    """A project about to be created. ``values`` holds typed facts by catalogue key (amounts in fen, dates as dates).

    ``code``: 项目代码, if it has one already. ``annual``: year → (planned_fen, completed_fen).
    ``declared_level``: 密级 as the applicant declared it; anything but public or internal is refused.
    ``key``: idempotency key.
    """

    region: Region
    values: Mapping[str, Any]
    code: str = ""
    annual: Mapping[int, tuple[int | None, int | None]] = field(default_factory=dict)
    declared_level: str = ""
    key: str | None = None


@record.repeatable(record.load_project)
@act("projects.create", "新建项目")
def create_project(
    *,
    actor: Actor,
    region_id: int,
    on: date | None = None,
    origin: str = Origin.CREATED,
    code: str = "",
    annual: Mapping[int, tuple[int | None, int | None]] | None = None,
    declared_level: str = "",
    batch_id: int | None = None,
    key: str | None = None,
    **values: Any,
) -> Project:
    """Create one project; ``values`` are catalogue keys (``name``, ``funding_nature``, ``stage``, …).

    A new project starts in 谋划储备 or 立项审批; one that already stands further on comes in by 历史接入.

    :raises NotAllowed: not in this region, or an owner unit applying for another unit
    :raises InvalidInput: a value is missing or impossible, a name is taken, or a secrecy rule is met
    :raises TypeError: a keyword is no fact of a project
    """
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise InvalidInput([Finding("projects.region_missing", {}, "competent_region_id", Severity.REJECT)])
    new = NewProject(region, values, code, annual or {}, declared_level, key)
    return enter([new], actor=actor, on=on, origin=origin, batch_id=batch_id)[0]


@act("projects.import", "导入项目")
def create_projects(
    *, drafts: Sequence[NewProject], actor: Actor, on: date | None = None, batch_id: int, origin: str = Origin.IMPORTED
) -> list[Project]:
    """Create one chunk of an import, unseen until :func:`publish_batch`; same rules, one entry per project.

    Keep chunks small (500): the write lock is held for one chunk only.

    :raises InvalidInput: some row is impossible; nothing of the chunk is saved (``data['row']`` is its index)
    """
    return enter(drafts, actor=actor, on=on, origin=origin, batch_id=batch_id)


@act("projects.create_many", "成批新建项目")
def create_many(*, drafts: Sequence[NewProject], actor: Actor, on: date | None = None) -> list[Project]:
    """Create several projects as :func:`create_project` does, seen at once; one entry per project.

    For lists that a township, department or project unit hands in; whoever may create each of them may create all.

    :raises NotAllowed: some project is not his to create
    :raises InvalidInput: some draft is impossible; nothing is saved (``data['row']`` is its index)
    """
    return enter(drafts, actor=actor, on=on, origin=Origin.CREATED)


@act("projects.publish_batch", "公布导入批次")
def publish_batch(*, batch_id: int, region_id: int, actor: Actor, on: date | None = None) -> int:
    """Make all projects of an import batch visible at once; returns their number. A repeat does nothing.

    :raises Refusal: the batch brought no project
    """
    region = Region.objects.get(pk=region_id)
    actor.require("projects.publish_batch", region.key_lo)
    mine = Project.objects.unscoped("one batch").filter(batch_id=batch_id)
    if not mine.exists():
        raise Refusal("projects.batch_missing", batch=batch_id)
    opened = OpenBatch.objects.select_for_update().filter(pk=batch_id).first()
    if opened is None:
        return 0
    mine = mine.filter(pk__gte=opened.first_project_id)
    per_region = dict(mine.order_by().values_list("region_key").annotate(n=Count("*")))
    for region_key in per_region:
        actor.require("projects.publish_batch", region_key)
    count = sum(per_region.values())
    opened.delete()
    _refresh_parents(list(mine.exclude(parent=None).values_list("parent_id", flat=True)))
    entry = record.EntryDraft(
        kind="project.batch_published",
        subject=record.Subject("import_batch", batch_id, region.key_lo, f"批次 {batch_id}"),
        actor=actor.stamp,
        occurred_on=record.check_day(on),
        after={"projects": count},
    )
    ledger.append(entry)
    outbox.add("project.batch_published", subject_kind="import_batch", subject_id=batch_id, region_key=region.key_lo)
    return count


def _refresh_parents(parent_ids: Sequence[int | None]) -> None:
    status.refresh([parent_id for parent_id in parent_ids if parent_id is not None])


def enter(
    drafts: Sequence[NewProject],
    *,
    actor: Actor,
    on: date | None,
    origin: str,
    batch_id: int | None = None,
    entry_kind: str = "project.created",
    more_after: Mapping[str, Any] | None = None,
    documents: Sequence[str] = (),
) -> list[Project]:
    """Check and write new projects in a constant number of statements, one entry and one message each.

    The shared body of the acts that bring projects in; call it inside one of them.
    """
    day = record.check_day(on, is_new=origin == Origin.CREATED)
    projects = [_build(new, row, actor, day, origin, batch_id) for row, new in enumerate(drafts)]
    if origin != Origin.IMPORTED:  # an import has told its findings already; its drafts carry the unit
        _link_owners(projects, actor)
    serialise("project_names", *sorted({p.region_key for p in projects}))
    _refuse_taken_names(projects)
    _check_parents(projects, actor)
    bulk.insert(projects)
    if batch_id is not None and origin == Origin.IMPORTED:
        publishing.open_batch(batch_id, min(p.pk for p in projects))
    attached = Attached(_attach_codes(projects, drafts, actor, day), _keep_years(projects, drafts))
    judged = judge(projects, day, attached=attached)
    status.insert_new(projects, attached, [row for one in judged.values() for row in one.rows])
    _refresh_parents([p.parent_id for p in projects])
    entries = []
    for project, new in zip(projects, drafts, strict=True):
        after = _after(project, new, attached.codes) | dict(more_after or {})
        if answers := judged[project.pk].answers:
            after["classification"] = answers
        public = {"项目名称": project.name, "主管区划": project.competent_region.name, "建档日期": day.isoformat()}
        entries.append(
            record.draft_entry(
                entry_kind, project, actor=actor, on=day, key=new.key, after=after, documents=documents,
                policy=judged[project.pk].refs, public=public if batch_id is None else None,
            )
        )  # fmt: skip
    ledger.append_many(entries)
    outbox.add_many(entry_kind, record.SUBJECT, [(p.pk, p.region_key) for p in projects], **record.by(actor))
    return projects


def _after(project: Project, new: NewProject, codes: Mapping[int, str]) -> dict[str, Any]:
    after = fields.snapshot(project) | {"origin": project.origin, "region": project.competent_region.name}
    if project.pk in codes:
        after["project_code"] = codes[project.pk]
    if new.annual:
        after["annual"] = [[year, *amounts] for year, amounts in sorted(new.annual.items())]
    return after


def _build(new: NewProject, row: int, actor: Actor, day: date, origin: str, batch_id: int | None) -> Project:
    unknown = set(new.values) - fields.CREATABLE
    if unknown:
        raise TypeError(f"not facts of a project: {sorted(unknown)}")
    values = {"name": "", "stage": Stage.RESERVE, "funding_nature": FundingNature.UNKNOWN, **new.values}
    values["name"] = " ".join(str(values["name"]).split())
    refuse_secret(*values.values(), declared_level=new.declared_level)
    findings = fields.check_values(values, day)
    stage, early = values["stage"], values.get("early_stage", "")
    if not findings:
        findings += check_stage_change("UNKNOWN", stage, early_stage=early, reason="")
    if origin == Origin.CREATED and stage not in (Stage.RESERVE, Stage.APPROVAL):
        findings.append(Finding("projects.early_only_for_new", {}, "stage", Severity.REJECT))
    if values.get("kind") == Kind.SUBPROJECT and values.get("parent_id") is None:
        findings.append(Finding("projects.subproject_needs_parent", {}, "parent_id", Severity.REJECT))
    if rejected := [f for f in findings if f.severity is Severity.REJECT]:
        raise InvalidInput([Finding(f.code, {**f.data, "row": row}, f.field, f.severity, f.basis) for f in rejected])
    project = Project(
        **values,
        sort_pinyin=naming.sort_key(values["name"]),
        competent_region=new.region,
        region_key=new.region.key_lo,
        origin=origin,
        batch_id=batch_id,
        stage_since_on=day,
        created_on=day,
        last_act_at=clock.now(),
    )
    _name_owner(project, actor)
    _require_entry(actor, project, batch_id)
    return project


def _name_owner(project: Project, actor: Actor) -> None:
    """Fill the owner's name from its unit; a project unit that applies is the owner itself."""
    bound = rights().own_records_only
    if project.owner_unit_id is None and not project.owner_name and actor.roles and actor.roles <= bound:
        project.owner_unit_id = actor.unit_id
    if project.owner_unit_id is not None and not project.owner_name:
        project.owner_name = (
            Unit.objects.unscoped("owner by id").values_list("name", flat=True).get(pk=project.owner_unit_id)
        )


def _link_owners(projects: Sequence[Project], actor: Actor) -> None:
    """Link an owner written by name to the one near unit of the register that has this name, or to his own (1 query)."""
    unlinked = [p for p in projects if p.owner_unit_id is None and p.owner_name]
    for project in unlinked:
        if owners.is_own(project.owner_name, actor):
            project.owner_unit_id = actor.unit_id
    unlinked = [p for p in unlinked if p.owner_unit_id is None]
    found = owners.find([owners.Written(p.owner_name, "", p.competent_region) for p in unlinked])
    for project, one in zip(unlinked, found, strict=True):
        if one.unit is not None:
            project.owner_unit_id = one.unit.pk


def _require_entry(actor: Actor, project: Project, batch_id: int | None) -> None:
    name = "projects.take_over" if project.origin == Origin.TAKEN_OVER else "projects.create"
    if batch_id is not None:
        name = "projects.import"
    if not access.may(actor, name, project):
        raise NotAllowed("rights.not_allowed", act=rights().label(name), actor=actor.name, post=actor.post_name)


def _refuse_taken_names(projects: Sequence[Project]) -> None:
    """Refuse a second live project of the same name in the same region, in the table or in the batch itself."""
    mine = Counter((p.region_key, p.name) for p in projects)
    taken = {pair for pair, count in mine.items() if count > 1}
    names = sorted({p.name for p in projects})
    for start in range(0, len(names), 500):
        rows = Project.objects.unscoped("names are unique per region").filter(
            name__in=names[start : start + 500], state=State.ACTIVE
        )
        taken |= set(rows.values_list("region_key", "name")) & mine.keys()
    if taken:
        raise InvalidInput(
            [
                Finding("projects.name_taken", {"name": p.name, "row": row}, "name", Severity.REJECT)
                for row, p in enumerate(projects)
                if (p.region_key, p.name) in taken
            ]
        )


def _check_parents(projects: Sequence[Project], actor: Actor) -> None:
    parent_ids = {p.parent_id for p in projects if p.parent_id is not None}
    if not parent_ids:
        return
    rows = Project.objects.unscoped("parents, tested below").select_for_update()
    parents = {p.pk: p for p in rows.filter(pk__in=parent_ids, state=State.ACTIVE)}
    for project in projects:
        if project.parent_id is None:
            continue
        parent = parents.get(project.parent_id)
        if parent is None:
            raise Refusal("projects.not_found", field="parent_id")
        if parent.region_key != project.region_key:
            raise Refusal("projects.parent_elsewhere", field="parent_id")
        if parent.kind == Kind.SUBPROJECT:
            raise Refusal("projects.parent_kind", field="parent_id", name=parent.name)
        access.require(actor, "projects.create", parent)


def _attach_codes(projects: Sequence[Project], drafts: Sequence[NewProject], actor: Actor, day: date) -> dict[int, str]:
    coded = [(project, new.code) for project, new in zip(projects, drafts, strict=True) if new.code]
    if not coded:
        return {}
    exact = day if all(project.origin == Origin.CREATED for project, _ in coded) else None
    rows = [
        ProjectCode(
            project=project, code=reading.code or "", form=reading.form or "",
            attached_on=max(day, reading.first_day or day),
        )
        for (project, _), reading in zip(coded, read_codes(coded, actor, exact), strict=True)
    ]  # fmt: skip
    bulk.insert(rows)
    return {row.project_id: row.code for row in rows}


def _keep_years(projects: Sequence[Project], drafts: Sequence[NewProject]) -> dict[int, list[YearOf]]:
    """Keep the annual investments of new projects; return them by project."""
    years = {
        project.pk: [(year, *amounts) for year, amounts in new.annual.items()]
        for project, new in zip(projects, drafts, strict=True)
    }
    bulk.insert(
        [
            AnnualInvestment(project_id=project_id, year=year, planned_fen=planned, completed_fen=completed)
            for project_id, of_project in years.items()
            for year, planned, completed in of_project
        ]
    )
    return years
