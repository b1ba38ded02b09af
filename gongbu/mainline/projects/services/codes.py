"""Attach a project code (挂接项目代码): dated, replaceable by re-approval, never shared by unrelated projects."""

from collections.abc import Mapping, Sequence
from datetime import date

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.serialise import serialise
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import access
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.code_region import find_elsewhere
from gongbu.mainline.projects.models import Project, ProjectCode
from gongbu.mainline.projects.rules.code import STANDARD, ProjectCodeReading, read_project_code
from gongbu.mainline.projects.services import record


@record.repeatable(record.load_project)
@act("projects.attach_code", "挂接项目代码")
def attach_code(
    *,
    project_id: int,
    code: str,
    actor: Actor,
    on: date | None = None,
    reason: str = "",
    rev: int | None = None,
    key: str | None = None,
) -> Project:
    """Attach a project code from a day; a second code replaces the first and needs a reason (重新审批).

    The same code may cover a package, its sub-projects and several works, but not two unrelated projects.

    :raises InvalidInput: the code does not pass (every finding is carried), is dated ahead, or is younger than the day
    :raises Refusal: the day lies before the present code was attached;
        it is the present code already, or stands on an unrelated project (named if visible)
    """
    project = record.lock(project_id, actor=actor, act="projects.attach_code", rev=rev)
    day = record.check_day(on, project)
    refuse_secret(reason)
    reading = read_codes([(project, code)], actor, day)[0]
    present = ProjectCode.objects.current().select_for_update().filter(project=project).first()
    if present is not None:
        if present.code == reading.code:
            raise Refusal("projects.code_same", field="project_code")
        if not reason.strip():
            raise Refusal("projects.code_reason_needed", field="reason")
        if day < present.attached_on:
            raise Refusal(
                "projects.code_before_present", basis=STANDARD, field="occurred_on", on=day.isoformat(),
                present=present.code, attached=present.attached_on.isoformat(),
            )  # fmt: skip
        if ProjectCode.objects.filter(project=project, code=reading.code or "", attached_on=day).exists():
            raise Refusal("projects.code_back_same_day", field="occurred_on", number=reading.code, on=day.isoformat())
        present.replaced_on = day
        present.save(update_fields=["replaced_on"])
    row = ProjectCode.objects.create(
        project=project, code=reading.code or "", form=reading.form or "", attached_on=day, reason=reason.strip()
    )
    if present is not None:
        present.replaced_by = row
        present.save(update_fields=["replaced_by"])
    record.commit(
        "project.code_attached",
        project,
        actor=actor,
        on=day,
        before={"project_code": present.code} if present else None,
        after={"project_code": row.code},
        public={"项目名称": project.name, "项目代码": row.code, "挂接日期": day.isoformat()},
        key=key,
        reason=reason.strip(),
        flags=[
            *(finding.code for finding in reading.findings),
            *(["project_code.region_elsewhere"] if find_elsewhere(reading, project.competent_region) else []),
        ],
        tell={"code": row.code},
    )
    return project


def read_codes(pairs: Sequence[tuple[Project, str]], actor: Actor, day: date | None) -> list[ProjectCodeReading]:
    """Read and test codes about to be attached on a day (2 queries for all, plus one walk up per conflict).

    ``day`` None: the day of attaching is not known exactly (历史接入, import), so only codes dated ahead are refused.

    :raises InvalidInput: a code does not pass, or was not given out yet on the day
    :raises Refusal: a code stands on an unrelated live project
    """
    serialise("project_code", *sorted({code for _, code in pairs}))
    today = clock.today()
    readings = [read_project_code(code, today_yymm=today.year % 100 * 100 + today.month) for _, code in pairs]
    for row, reading in enumerate(readings):
        refuse_secret(code_type=reading.parts.get("type") if reading.form == "2020" else None)
        if not reading.is_valid:
            rejected = [f for f in reading.findings if f.severity is Severity.REJECT] or [
                Finding("projects.code_invalid", {"code": str(reading.raw)[:40]}, "project_code", Severity.REJECT)
            ]
            raise InvalidInput(
                [Finding(f.code, {**f.data, "row": row}, f.field, f.severity, f.basis) for f in rejected]
            )
        if (first := reading.first_day) is not None and day is not None and day < first:
            data = {"number": reading.code, "on": day.isoformat(), "first": first.isoformat(), "row": row}
            raise InvalidInput(
                [Finding("projects.code_before_its_time", data, "occurred_on", Severity.REJECT, STANDARD)]
            )
    standing = _standing([reading.code or "" for reading in readings])
    seen: dict[str, Project] = {}
    for (project, _), reading in zip(pairs, readings, strict=True):
        code = reading.code or ""
        others = [p for p in standing.get(code, []) if p.pk != project.pk]
        if code in seen:
            others.append(seen[code])
        for other in others:
            if not _related(project, other):
                raise _elsewhere(code, other, actor)
        seen[code] = project
    return readings


def _standing(codes: Sequence[str]) -> Mapping[str, list[Project]]:
    rows = (
        ProjectCode.objects.current()
        .filter(code__in=codes, project__state__in=[State.ACTIVE, State.SPLIT])
        .select_related("project")
        .order_by("pk")  # who carried the code first is named first
    )
    found: dict[str, list[Project]] = {}
    for row in rows:
        found.setdefault(row.code, []).append(row.project)
    return found


def _related(one: Project, other: Project) -> bool:
    """Return whether two projects stand in one tree: a package and its parts, or parts of one package."""
    return _root(one) == _root(other)


def _root(project: Project) -> int | tuple[str, int]:
    at, seen = project, {project.pk}
    while at.parent_id is not None and at.parent_id not in seen:
        seen.add(at.parent_id)
        at = Project.objects.unscoped("walk up").only("id", "parent_id").get(pk=at.parent_id)
    return at.pk if at.pk is not None else ("new", id(at))


def _elsewhere(code: str, other: Project, actor: Actor) -> Refusal:
    if access.readable(actor, clock.today()).filter(pk=other.pk).exists():
        return Refusal("projects.code_elsewhere", field="project_code", number=code, name=other.name, project=other.pk)
    return Refusal("projects.code_elsewhere_hidden", field="project_code", number=code)
