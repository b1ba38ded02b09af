"""What a project consists of: works, sections, and the units on it (CM-10)."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Unit
from gongbu.mainline.projects.choices import MemberRole, WorksLevel
from gongbu.mainline.projects.models import Member, Section, Works
from gongbu.mainline.projects.services import record


@act("projects.add_work", "登记工程")
def add_work(
    *,
    project_id: int,
    name: str,
    level: str,
    actor: Actor,
    parent_id: int | None = None,
    works_code: str = "",
    scale: str = "",
    investment_fen: int | None = None,
    on: date | None = None,
    key: str | None = None,
) -> Works:
    """Register a 单项工程 or, under one, a 单位工程 with its 工程代码.

    :raises Refusal: the name is taken, or the parent is no 单项工程 of this project
    """
    project = record.lock(project_id, actor=actor, act="projects.add_work")
    day = record.check_day(on, project)
    name = " ".join(name.split())
    refuse_secret(name, scale, works_code)
    if not name:
        raise Refusal("projects.name_missing", field="name")
    if investment_fen is not None and investment_fen < 0:
        raise Refusal("projects.amount_negative", field="investment_fen")
    if Works.objects.filter(project=project, name=name).exists():
        raise Refusal("projects.works_taken", field="name", name=name)
    is_single = Q(pk=parent_id, project=project, level=WorksLevel.SINGLE)
    if parent_id is not None and (level != WorksLevel.UNIT or not Works.objects.filter(is_single).exists()):
        raise Refusal("projects.works_parent", field="parent_id")
    works = Works.objects.create(
        project=project, parent_id=parent_id, level=WorksLevel(level), name=name, works_code=works_code.strip(),
        scale=scale.strip(), investment_fen=investment_fen,
    )  # fmt: skip
    after = {"name": name, "level": works.level, "works_code": works.works_code, "scale": works.scale,
             "investment_fen": investment_fen, "parent_id": parent_id}  # fmt: skip
    record.commit("project.works_added", project, actor=actor, on=day, after=after, key=key, works=works.pk)
    return works


@act("projects.add_section", "登记标段")
def add_section(
    *,
    project_id: int,
    number: str,
    name: str,
    actor: Actor,
    works_ids: Sequence[int] = (),
    on: date | None = None,
    key: str | None = None,
) -> Section:
    """Register a 标段 covering some works of the project.

    :raises Refusal: the number is taken, or a work belongs to another project
    """
    project = record.lock(project_id, actor=actor, act="projects.add_section")
    day = record.check_day(on, project)
    number, name = number.strip(), " ".join(name.split())
    refuse_secret(name, number)
    if not number or not name:
        raise Refusal("projects.name_missing", field="name")
    if Section.objects.filter(project=project, number=number).exists():
        raise Refusal("projects.section_taken", field="number", number=number)
    works = list(Works.objects.filter(project=project, pk__in=works_ids))
    if len(works) != len(set(works_ids)):
        raise Refusal("projects.section_works", field="works")
    section = Section.objects.create(project=project, number=number, name=name)
    section.works.set(works)
    after = {"number": number, "name": name, "works": [w.name for w in works]}
    record.commit("project.section_added", project, actor=actor, on=day, after=after, key=key, section=section.pk)
    return section


@act("projects.add_member", "登记参建单位")
def add_member(
    *,
    project_id: int,
    unit_id: int,
    role: str,
    actor: Actor,
    section_id: int | None = None,
    on: date | None = None,
    key: str | None = None,
) -> Member:
    """Put a unit on the project in a role from a day; its people may then read exactly this project.

    :raises Refusal: it is on the project in that role already, or the section is another project's
    """
    project = record.lock(project_id, actor=actor, act="projects.add_member")
    day = record.check_day(on, project)
    unit = Unit.objects.unscoped("member by id").filter(pk=unit_id).first()
    if unit is None:
        raise Refusal("projects.not_found", field="unit")
    if section_id is not None and not Section.objects.filter(pk=section_id, project=project).exists():
        raise Refusal("projects.section_works", field="section")
    same = Member.objects.filter(project=project, unit=unit, role=role, valid_to=None)
    present = same.filter(section=None) if section_id is None else same.filter(section_id=section_id)
    if present.exists():
        raise Refusal("projects.member_taken", field="unit", unit=unit.name, role=MemberRole(role).label)
    member = Member.objects.create(
        project=project, unit=unit, role=MemberRole(role), section_id=section_id, valid_from=day
    )
    after = {"unit": unit.name, "unit_id": unit.pk, "role": member.role, "section": section_id}
    record.commit("project.member_added", project, actor=actor, on=day, after=after, key=key, member=member.pk)
    return member


@act("projects.end_member", "结束参建")
def end_member(
    *, member_id: int, actor: Actor, reason: str = "", on: date | None = None, key: str | None = None
) -> Member:
    """End a unit's part in a project from a day; from then on its people no longer see it.

    :raises Refusal: it has ended already
    """
    member = Member.objects.select_related("unit").filter(pk=member_id).first()
    if member is None:
        raise Refusal("projects.not_found")
    project = record.lock(member.project_id, actor=actor, act="projects.end_member")
    day = record.check_day(on, project)
    refuse_secret(reason)
    if not Member.objects.filter(pk=member_id, valid_to=None).update(valid_to=day):
        raise Refusal("projects.nothing_changed")
    member.valid_to = day
    record.commit(
        "project.member_ended", project, actor=actor, on=day, after={"unit": member.unit.name, "role": member.role},
        key=key, member=member.pk, reason=reason.strip(),
    )  # fmt: skip
    return member
