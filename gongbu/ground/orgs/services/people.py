"""Acts on people: create, update. Accounts (disable, reset) are in ``accounts``."""

from typing import Any

from django.db import IntegrityError, transaction

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.orgs import passwords
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Person, Unit
from gongbu.ground.orgs.region_data import pinyin
from gongbu.ground.orgs.rules.people import check_login_name, check_phone
from gongbu.ground.orgs.services.record import (
    AlreadyDone,
    Conflict,
    enter,
    key_of,
    lock_person,
    lock_unit,
    rights_changed,
)


@act("orgs.create_person", "新增人员")
def create_person(
    *,
    actor: Actor,
    unit_id: int,
    login_name: str,
    name: str,
    phone: str = "",
    password: str | None = None,
    is_demo: bool = False,
) -> Person:
    """Create a person of a unit who may sign in. He can do nothing until he holds a post or a grant.

    Without ``password`` the account has none yet: ``reset_password`` or single sign-on gives the way in. A given one
    must be changed at the first sign-in (except for demo people).

    :raises InvalidInput: login name, name, phone or password break a rule
    :raises Conflict: the login name is taken
    """
    unit = lock_unit(unit_id)
    actor.require("orgs.create_person", unit.region.key_lo)
    person = build_person(unit=unit, login_name=login_name, name=name, phone=phone)
    person.is_demo = is_demo
    if password is not None:
        passwords.set_first(person, password, must_change=not is_demo)
    else:
        person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:  # somebody else took the name between the look and the write
        raise Conflict("orgs.login_name_taken", field="login_name", login_name=person.login_name) from error
    enter(
        "orgs.person_created",
        actor=actor,
        subject=("person", person.pk, person.name),
        region_key=unit.region.key_lo,
        after={"name": person.name, "unit_id": unit.pk, "unit": unit.name},
    )
    return person


def build_person(*, unit: Unit, login_name: str, name: str, phone: str = "") -> Person:
    """Return a checked, unsaved person; refusals as in :func:`create_person`."""
    login_name, name, phone = login_name.strip().lower(), name.strip(), phone.strip()
    findings = [f for f in (check_login_name(login_name), check_phone(phone)) if f]
    if not name or len(name) > 40:
        findings.append(Finding("orgs.person_name_missing", {}, "name", Severity.REJECT))
    if unit.status != Unit.Status.ACTIVE:
        findings.append(Finding("orgs.unit_not_active", {"name": unit.name}, "unit", Severity.REJECT))
    if findings:
        raise InvalidInput(findings)
    if Person.objects.filter(login_name=login_name).exists():
        raise Conflict("orgs.login_name_taken", field="login_name", login_name=login_name)
    return Person(login_name=login_name, name=name, phone=phone, unit=unit, sort_pinyin=pinyin(name))


@act("orgs.update_person", "修改人员信息")
def update_person(*, actor: Actor, person_id: int, name: str, phone: str, unit_id: int) -> Person:
    """Change a person's name, phone or unit. Only name and unit enter the ledger.

    :raises AlreadyDone: nothing differs
    """
    person = lock_person(person_id)
    actor.require("orgs.update_person", key_of(person))
    unit = lock_unit(unit_id)
    actor.require("orgs.update_person", unit.region.key_lo)
    name, phone = name.strip(), phone.strip()
    if findings := [f for f in (check_phone(phone),) if f]:
        raise InvalidInput(findings)
    if not name or len(name) > 40:
        raise InvalidInput([Finding("orgs.person_name_missing", {}, "name", Severity.REJECT)])
    if (person.name, person.phone, person.unit_id) == (name, phone, unit.pk):
        raise AlreadyDone("orgs.nothing_differs")
    before: dict[str, Any] = {"name": person.name, "unit_id": person.unit_id}
    phone_changed = person.phone != phone
    person.name, person.phone, person.unit, person.sort_pinyin = name, phone, unit, pinyin(name)
    person.save(update_fields=["name", "phone", "unit", "sort_pinyin"])
    rights_changed(person_id=person.pk)
    enter(
        "orgs.person_updated",
        actor=actor,
        subject=("person", person.pk, person.name),
        region_key=unit.region.key_lo,
        before=before,
        after={"name": name, "unit_id": unit.pk, "phone_changed": phone_changed},
    )
    return person
