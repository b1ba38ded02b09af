"""Bulk import of a unit's people (PF-03): every row is checked; good rows become people, bad rows keep their findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.orgs import passwords
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Holding, Post
from gongbu.ground.orgs.services.people import build_person
from gongbu.ground.orgs.services.record import enter, lock_unit

MAX_ROWS = 2000
HEADERS = {
    "name": ("姓名", "人员姓名", "名字"),
    "login_name": ("登录名", "账号", "用户名"),
    "phone": ("手机", "手机号", "联系电话", "电话"),
    "post": ("岗位", "职务", "岗位名称"),
}


@dataclass(slots=True)
class StaffRow:
    """One row of the file with what became of it. ``temporary_password`` is shown once and kept nowhere."""

    number: int
    name: str
    login_name: str
    phone: str = ""
    post: str = ""
    findings: list[Finding] = field(default_factory=list)
    temporary_password: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether the row became a person."""
        return bool(self.temporary_password)


def read_rows(table: Sequence[Sequence[object]]) -> list[StaffRow]:
    """Find the header row (姓名 and 登录名 in it) and return the rows below.

    :raises InvalidInput: no such header, no rows, or more than 2,000
    """
    for index, cells in enumerate(table[:20]):
        columns = _columns(cells)
        if {"name", "login_name"} <= set(columns):
            rows = [
                _row(number, row, columns)
                for number, row in enumerate(table[index + 1 :], index + 2)
                if any(_text(cell) for cell in row)
            ]
            if not rows:
                raise InvalidInput([Finding("orgs.staff_no_rows", {}, None, Severity.REJECT)])
            if len(rows) > MAX_ROWS:
                raise InvalidInput([Finding("orgs.staff_too_many", {"n": MAX_ROWS}, None, Severity.REJECT)])
            return rows
    raise InvalidInput([Finding("orgs.staff_no_header", {}, None, Severity.REJECT)])


def _row(number: int, row: Sequence[object], columns: Mapping[str, int]) -> StaffRow:
    texts = {key: _text(row[at]) if at < len(row) else "" for key, at in columns.items()}
    return StaffRow(number, texts["name"], texts["login_name"], texts.get("phone", ""), texts.get("post", ""))


def _columns(cells: Sequence[object]) -> Mapping[str, int]:
    titles = {_text(cell).replace(" ", "").rstrip("*"): at for at, cell in enumerate(cells)}
    return {key: titles[name] for key, names in HEADERS.items() for name in names if name in titles}


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # Excel keeps phone numbers as floats
    return str(cell).strip()


@act("orgs.import_people", "批量导入人员")
def import_people(*, actor: Actor, unit_id: int, rows: Sequence[StaffRow], dry_run: bool = False) -> list[StaffRow]:
    """Create the people of the rows that pass, with a temporary password each; appoint them to the post named.

    A post that the unit does not have is set up. Rows with findings are left out and come back with them.

    :raises NotAllowed: the unit is outside the actor's range
    """
    unit = lock_unit(unit_id)
    actor.require("orgs.import_people", unit.region.key_lo)
    seen: dict[str, int] = {}
    created = []
    for row in rows:
        login = row.login_name.strip().lower()
        if login in seen:
            row.findings.append(Finding("orgs.staff_row_doubled", {"row": seen[login]}, "login_name", Severity.REJECT))
            continue
        seen[login] = row.number
        try:
            person = build_person(unit=unit, login_name=row.login_name, name=row.name, phone=row.phone)
        except InvalidInput as refusal:
            row.findings += refusal.findings
            continue
        except Refusal as refusal:
            row.findings.append(refusal.as_finding())
            continue
        row.findings += _post_findings(unit.pk, row.post)
        if dry_run or row.findings:
            continue
        row.temporary_password = passwords.make_temporary()
        passwords.set_first(person, row.temporary_password, must_change=True)
        with transaction.atomic():
            person.save(force_insert=True)
            if row.post:
                post, _ = Post.objects.get_or_create(unit=unit, name=row.post)
                Holding.objects.create(post=post, person=person, valid_from=clock.today())
        created.append({"person_id": person.pk, "name": person.name, "post": row.post})
    if created:
        enter(
            "orgs.people_imported",
            actor=actor,
            subject=("unit", unit.pk, unit.name),
            region_key=unit.region.key_lo,
            after={"people": created, "rows": len(rows)},
        )
    return list(rows)


def _post_findings(unit_id: int, post: str) -> list[Finding]:
    """An import may not slip people into a post that carries roles: that is appointing, done one by one."""
    if not post:
        return []
    if len(post) > 60:
        return [Finding("orgs.post_name_missing", {}, "post", Severity.REJECT)]
    if Post.objects.filter(unit_id=unit_id, name=post, closed_on__isnull=False).exists():
        return [Finding("orgs.post_is_closed", {"name": post}, "post", Severity.REJECT)]
    if Post.objects.filter(unit_id=unit_id, name=post, grants__isnull=False).exists():
        return [Finding("orgs.staff_post_has_roles", {"name": post}, "post", Severity.REJECT)]
    return []
