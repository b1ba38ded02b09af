"""Change how projects stand to each other: package, parent, split, merge. Money is conserved and counted once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.money import as_wan
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.ledger import services as ledger
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.projects import fields, naming, status
from gongbu.mainline.projects.choices import Kind, Origin, Stage, State
from gongbu.mainline.projects.models import Lineage, Project, ProjectSite
from gongbu.mainline.projects.rules import totals
from gongbu.mainline.projects.services import record
from gongbu.mainline.projects.services.classifying import judge

# Facts that a part inherits from the whole and a merged project from its first source.
INHERITED = ("funding_nature", "region_key", "owner_unit_id", "owner_name", "sector",
             "industry_code", "works_type", "construction_nature", "initiation_nature", "is_city_strategic", "stage", "early_stage",
             "stage_since_on", "location", "funding_text", "planned_start_on", "planned_start_precision",
             "planned_finish_on", "planned_finish_precision", "origin", "source", "source_url")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One project that a split makes."""

    name: str
    total_investment_fen: int | None
    content: str = ""


@act("projects.split", "拆分项目")
def split(
    *,
    project_id: int,
    rev: int,
    parts: Sequence[Part],
    reason: str,
    actor: Actor,
    on: date | None = None,
    key: str | None = None,
) -> list[Project]:
    """Split a project into several; the whole closes, the parts carry its facts and together its money.

    :raises InvalidInput: fewer than two parts, amounts that do not add up, a taken name, no reason
    :raises Refusal: sub-projects hang on it
    """
    project = record.lock(project_id, actor=actor, act="projects.split", rev=rev)
    day = record.check_day(on, project)
    refuse_secret(reason, *(f"{p.name} {p.content}" for p in parts))
    _need_reason(reason)
    if Project.objects.unscoped("parts of one project").filter(parent=project, state=State.ACTIVE).exists():
        raise Refusal("projects.split_has_children")
    amounts = {f"{n}": part.total_investment_fen for n, part in enumerate(parts)}
    raise_on_reject(
        _in_wan(totals.check_split(project.total_investment_fen, amounts, project.total_investment_precision_fen or 0))
    )
    made = [
        _offspring(project, part.name, part.total_investment_fen, part.content or project.content, day)
        for part in parts
    ]
    for part in made:
        part.parent_id = project.parent_id
        part.kind = project.kind
        part.period_text = project.period_text
    _refuse_taken(made, leaving=[project.pk])
    project.state = State.SPLIT
    record.commit(
        "project.split", project, actor=actor, on=day, save=["state"], before={"state": State.ACTIVE.value},
        after={"state": State.SPLIT.value, "parts": [[p.name, p.total_investment_fen] for p in made]},
        key=key, reason=reason.strip(),
    )  # fmt: skip
    _bear(
        "SPLIT", "project.split_off", [(project, part, part.total_investment_fen) for part in made], actor, day, reason
    )
    ProjectSite.objects.bulk_create(
        [
            ProjectSite(project=part, region_id=region_id, region_key=region_key)
            for part in made
            for region_id, region_key in project.sites.values_list("region_id", "region_key")
        ]
    )
    if project.parent_id:
        status.refresh([project.parent_id])
    return made


@act("projects.merge", "合并项目")
def merge(
    *,
    sources: Mapping[int, int],
    name: str,
    reason: str,
    actor: Actor,
    total_investment_fen: int | None,
    content: str = "",
    on: date | None = None,
    key: str | None = None,
) -> Project:
    """Merge projects (id → revision seen) into a new one that carries their money and the first one's facts.

    :raises InvalidInput: fewer than two, or the total is not their sum
    :raises Refusal: different regions or funding natures, or one stands under another
    """
    projects = [record.lock(pk, actor=actor, act="projects.merge", rev=rev) for pk, rev in sorted(sources.items())]
    first = {p.pk: p for p in projects}
    projects = [first[pk] for pk in sources]
    day = record.check_day(on, *projects)
    refuse_secret(name, reason, content)
    _need_reason(reason)
    raise_on_reject(_in_wan(totals.check_merge([p.total_investment_fen for p in projects], total_investment_fen)))
    if len({(p.region_key, p.funding_nature) for p in projects}) > 1:
        raise Refusal("projects.merge_different_region")
    if {p.parent_id for p in projects} & set(sources):
        raise Refusal("projects.merge_related")
    for project in projects:
        if Project.objects.unscoped("parts of one project").filter(parent=project, state=State.ACTIVE).exists():
            raise Refusal("projects.split_has_children")
    made = _offspring(projects[0], name, total_investment_fen, content, day)
    made.kind = Kind.PROJECT
    _refuse_taken([made], leaving=list(sources))
    for project in projects:
        project.state = State.MERGED
        record.commit(
            "project.merged", project, actor=actor, on=day, save=["state"], before={"state": State.ACTIVE.value},
            after={"state": State.MERGED.value, "into": made.name}, reason=reason.strip(),
            key=f"{key}:{project.pk}" if key else None,
        )  # fmt: skip
    _bear("MERGE", "project.merged_into", [(p, made, p.total_investment_fen) for p in projects], actor, day, reason)
    ProjectSite.objects.bulk_create(
        [
            ProjectSite(project=made, region_id=region_id, region_key=region_key)
            for region_id, region_key in ProjectSite.objects.filter(project__in=projects)
            .values_list("region_id", "region_key")
            .distinct()
        ]
    )
    status.refresh([p.parent_id for p in projects if p.parent_id])
    return made


@act("projects.make_package", "组成项目包")
def make_package(
    *, name: str, project_ids: Sequence[int], reason: str, actor: Actor, on: date | None = None, key: str | None = None
) -> Project:
    """Put at least two projects of one region under a new package; the package has no money of its own."""
    projects = [record.lock(pk, actor=actor, act="projects.make_package") for pk in sorted(set(project_ids))]
    day = record.check_day(on, *projects)
    refuse_secret(name, reason)
    if len(projects) < 2:
        raise InvalidInput([Finding("projects.package_needs_members", {}, "projects", Severity.REJECT)])
    if len({p.region_key for p in projects}) > 1:
        raise Refusal("projects.parent_elsewhere")
    for project in projects:
        if project.kind == Kind.PACKAGE:
            raise Refusal("projects.parent_kind", name=project.name)
    package = _offspring(projects[0], name, None, "", day)
    package.kind, package.origin, package.owner_unit_id, package.owner_name = Kind.PACKAGE, Origin.CREATED, None, ""
    package.stage, package.early_stage = min(
        ((p.stage, p.early_stage) for p in projects), key=lambda pair: list(Stage.values).index(pair[0])
    )
    _refuse_taken([package], leaving=[])
    package.save(force_insert=True)
    ledger.append(
        record.draft_entry(
            "project.package_made", package, actor=actor, on=day, key=key, reason=reason.strip(),
            after=fields.snapshot(package) | {"projects": [p.name for p in projects]},
        )
    )  # fmt: skip
    outbox.add(
        "project.package_made", subject_kind=record.SUBJECT, subject_id=package.pk, region_key=package.region_key
    )
    olds = [p.parent_id for p in projects if p.parent_id]
    for project in projects:
        before = {"parent_id": project.parent_id}
        project.parent = package
        record.commit(
            "project.parent_assigned", project, actor=actor, on=day, save=["parent"], before=before,
            after={"parent_id": package.pk}, package=package.name,
        )  # fmt: skip
    status.refresh([package.pk, *olds])
    return package


@act("projects.assign_parent", "调整上级项目")
def assign_parent(
    *,
    project_id: int,
    rev: int,
    parent_id: int | None,
    actor: Actor,
    reason: str = "",
    on: date | None = None,
    key: str | None = None,
) -> Project:
    """Put a project under a package or project, or take it out (``parent_id`` None).

    :raises Refusal: another region, a parent below the project itself, or a sub-project as parent
    """
    project = record.lock(project_id, actor=actor, act="projects.assign_parent", rev=rev)
    day = record.check_day(on, project)
    refuse_secret(reason)
    if project.parent_id == parent_id:
        raise Refusal("projects.nothing_changed", field="parent_id")
    before: dict[str, Any] = {"parent_id": project.parent_id, "kind": project.kind}
    old = project.parent_id
    if parent_id is None:
        project.parent = None
        project.kind = Kind.PROJECT if project.kind == Kind.SUBPROJECT else project.kind
    else:
        parent = record.lock(parent_id, actor=actor, act="projects.assign_parent")
        _check_parent(project, parent)
        project.parent = parent
        if parent.kind == Kind.PROJECT:
            project.kind = Kind.SUBPROJECT
        elif project.kind == Kind.SUBPROJECT:
            project.kind = Kind.PROJECT
    record.commit(
        "project.parent_assigned", project, actor=actor, on=day, save=["parent", "kind"], before=before,
        after={"parent_id": parent_id, "kind": str(project.kind)}, key=key, reason=reason.strip(),
        also_refresh=[pk for pk in (old, parent_id) if pk is not None],
    )  # fmt: skip
    return project


def _check_parent(project: Project, parent: Project) -> None:
    if parent.region_key != project.region_key:
        raise Refusal("projects.parent_elsewhere", field="parent_id")
    if parent.kind == Kind.SUBPROJECT or project.kind == Kind.PACKAGE:
        raise Refusal("projects.parent_kind", field="parent_id", name=parent.name)
    parents: dict[int, int | None] = {}
    at: int | None = parent.pk
    while at is not None and at not in parents:
        parents[at] = Project.objects.unscoped("walk up").values_list("parent_id", flat=True).get(pk=at)
        at = parents[at]
    if totals.find_cycle(parents, project.pk, parent.pk):
        raise Refusal("projects.parent_cycle", field="parent_id", name=parent.name)


def _offspring(source: Project, name: str, total_fen: int | None, content: str, day: date) -> Project:
    name = " ".join(name.split())
    values = {"name": name, "total_investment_fen": total_fen, "content": content}
    raise_on_reject(fields.check_values(values, day))
    return Project(
        **{key: getattr(source, key) for key in INHERITED},
        competent_region=source.competent_region,
        **values,
        sort_pinyin=naming.sort_key(name),
        created_on=day,
        last_act_at=clock.now(),
    )


def _bear(
    kind: str,
    entry_kind: str,
    links: Sequence[tuple[Project, Project, int | None]],
    actor: Actor,
    day: date,
    reason: str,
) -> None:
    """Write the new projects of a split or merge, the lineage and one entry for each new project."""
    made = list({id(to): to for _, to, _ in links}.values())
    for project in made:
        project.save(force_insert=True)
    Lineage.objects.bulk_create(
        [
            Lineage(kind=kind, from_project=a, to_project=b, amount_fen=fen, occurred_on=day, reason=reason.strip())
            for a, b, fen in links
        ]
    )
    judged = judge(made, day)
    for project in made:
        after = fields.snapshot(project) | {"from": [a.name for a, b, _ in links if b is project]}
        if answers := judged[project.pk].answers:
            after["classification"] = answers
        ledger.append(
            record.draft_entry(
                entry_kind, project, actor=actor, on=day, after=after, reason=reason.strip(),
                policy=judged[project.pk].refs,
            )
        )  # fmt: skip
        outbox.add(entry_kind, subject_kind=record.SUBJECT, subject_id=project.pk, region_key=project.region_key)
    status.refresh([p.pk for p in made])


def _refuse_taken(made: Sequence[Project], *, leaving: Sequence[int]) -> None:
    serialise("project_names", made[0].region_key)
    names = [p.name for p in made]
    taken = set(
        Project.objects.unscoped("names are unique per region")
        .filter(name__in=names, region_key=made[0].region_key, state=State.ACTIVE)
        .exclude(pk__in=leaving)
        .values_list("name", flat=True)
    ) | {name for name in names if names.count(name) > 1}
    if taken:
        raise InvalidInput(
            [Finding("projects.name_taken", {"name": name}, "name", Severity.REJECT) for name in sorted(taken)]
        )


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput([Finding("projects.reason_missing", {}, "reason", Severity.REJECT)])


def _in_wan(findings: Sequence[Finding]) -> list[Finding]:
    """Add the amounts in 万元 to findings that hold them in fen, for their wording."""
    worded = []
    for finding in findings:
        more = {k.replace("_fen", "_wan"): as_wan(v) for k, v in finding.data.items() if k.endswith("_fen")}
        worded.append(Finding(finding.code, {**finding.data, **more}, finding.field, finding.severity, finding.basis))
    return worded
