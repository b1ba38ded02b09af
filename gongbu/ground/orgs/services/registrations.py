"""企业自助注册 (PF-03): a firm asks, an officer of the region approves or rejects; before that nothing works."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.contrib.auth.hashers import make_password

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Severity
from gongbu.ground.orgs import letters
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Registration, Unit
from gongbu.ground.orgs.region_data import pinyin
from gongbu.ground.orgs.rules.credit_code import check_credit_code, normalise
from gongbu.ground.orgs.rules.passwords import check_password
from gongbu.ground.orgs.rules.people import check_login_name, check_phone
from gongbu.ground.orgs.services.record import AlreadyDone, Conflict, enter, find_region
from gongbu.ground.orgs.services.units import build_unit
from gongbu.ground.outbox import services as outbox

CONTACT_POST = "单位经办人"
SELF_REGISTERED_KINDS = (Unit.Kind.ENTERPRISE, Unit.Kind.STATE_OWNED, Unit.Kind.THIRD_PARTY, Unit.Kind.OTHER)


@dataclass(frozen=True, slots=True)
class Application:
    """What a firm writes on the registration form."""

    credit_code: str
    unit_name: str
    unit_kind: str
    region_id: int
    contact_name: str
    contact_phone: str
    login_name: str
    password: str


@act("orgs.register", "提交单位注册")
def register(
    *, actor: Actor, application: Application, letter: IO[bytes], letter_name: str
) -> tuple[Registration, str]:
    """Hand in a registration and return it with the query code under which its state can be asked.

    Name, phone and login name stay out of the ledger; the entry names the firm alone.

    :raises InvalidInput: something on the form or the letter breaks a rule; nothing is kept
    :raises Conflict: an application of this firm is waiting, or the login name is taken
    """
    actor.require("orgs.register")
    form = application
    code, login = normalise(form.credit_code), form.login_name.strip().lower()
    findings = [f for f in (check_credit_code(code), check_login_name(login), check_phone(form.contact_phone)) if f]
    if not form.contact_phone:
        findings.append(Finding("orgs.phone_form", {}, "contact_phone", Severity.REJECT))
    for field, value in (("unit_name", form.unit_name), ("contact_name", form.contact_name)):
        if not value.strip():
            findings.append(Finding(f"orgs.{field}_missing", {}, field, Severity.REJECT))
    if form.unit_kind not in SELF_REGISTERED_KINDS:
        findings.append(Finding("orgs.unit_kind_unknown", {"value": form.unit_kind}, "unit_kind", Severity.REJECT))
    findings += check_password(form.password, login_name=login, min_length=settings.PASSWORD_MIN_LENGTH)
    if findings:
        raise InvalidInput(findings)
    region = find_region(form.region_id)
    pending = Registration.objects.unscoped("one waiting application per firm").filter(status="PENDING")
    if pending.filter(credit_code=code).exists():
        raise Conflict("orgs.registration_waiting", field="credit_code", value=code)
    if Person.objects.filter(login_name=login).exists() or pending.filter(login_name=login).exists():
        raise Conflict("orgs.login_name_taken", field="login_name", login_name=login)
    kept = letters.store(letter, letter_name)
    query_code = secrets.token_hex(5).upper()
    row = Registration.objects.create(
        credit_code=code,
        unit_name=form.unit_name.strip(),
        unit_kind=form.unit_kind,
        region=region,
        contact_name=form.contact_name.strip(),
        contact_phone=form.contact_phone.strip(),
        login_name=login,
        password=make_password(form.password),
        letter_name=kept.name,
        letter_digest=kept.digest,
        letter_ref=kept.ref,
        query_digest=digest_of(query_code),
        submitted_at=clock.now(),
    )
    _enter("orgs.registration_submitted", actor, row, letter_digest=kept.digest)
    outbox.add(
        "orgs.registration_submitted",
        subject_kind="registration",
        subject_id=row.pk,
        region_key=region.key_lo,
        unit_name=row.unit_name,
    )
    return row, query_code


@act("orgs.approve_registration", "通过单位注册")
def approve_registration(*, actor: Actor, registration_id: int, reason: str = "") -> Registration:
    """Approve: the unit (found by credit code, or new), its person, his post and the role 项目单位 or 第三方机构.

    The role reaches only records of that unit (CM-10), whatever region it is written for.

    :raises AlreadyDone: it has been decided
    :raises Conflict: name or login name was taken meanwhile
    """
    row = _lock(registration_id)
    actor.require("orgs.approve_registration", row.region.key_lo)
    if row.status != Registration.Status.PENDING:
        raise AlreadyDone("orgs.registration_decided", status=row.get_status_display())
    if Person.objects.filter(login_name=row.login_name).exists():
        raise Conflict("orgs.login_name_taken", field="login_name", login_name=row.login_name)
    unit = Unit.objects.unscoped("credit codes are unique everywhere").filter(credit_code=row.credit_code).first()
    if unit is None:
        unit = build_unit(name=row.unit_name, kind=row.unit_kind, region_id=row.region_id, credit_code=row.credit_code)
        unit.save(force_insert=True)
    elif unit.status == Unit.Status.CLOSED:
        raise Conflict("orgs.unit_is_closed", name=unit.name)
    today = clock.today()
    person = Person.objects.create(
        login_name=row.login_name,
        name=row.contact_name,
        phone=row.contact_phone,
        unit=unit,
        password=row.password,
        password_set_at=row.submitted_at,
        must_change_password=False,
        sort_pinyin=pinyin(row.contact_name),
    )
    post, _ = Post.objects.get_or_create(unit=unit, name=CONTACT_POST)
    Holding.objects.create(post=post, person=person, valid_from=today)
    role = "THIRD_PARTY" if unit.kind == Unit.Kind.THIRD_PARTY else "OWNER_UNIT"
    grants = Grant.objects.unscoped("does the firm's post have its role here")
    if not grants.filter(post=post, role=role, region=row.region, valid_to=None).exists():
        Grant.objects.create(post=post, role=role, region=row.region, valid_from=today)
    _decide(row, actor, Registration.Status.APPROVED, reason, unit)
    _enter("orgs.registration_approved", actor, row, unit_id=unit.pk, person_id=person.pk, role=role, reason=reason)
    _tell_decided(row, actor, person.pk)
    return row


@act("orgs.reject_registration", "退回单位注册")
def reject_registration(*, actor: Actor, registration_id: int, reason: str) -> Registration:
    """Reject with a reason that the applicant reads; the password hash is dropped.

    :raises InvalidInput: no reason
    :raises AlreadyDone: it has been decided
    """
    row = _lock(registration_id)
    actor.require("orgs.reject_registration", row.region.key_lo)
    if row.status != Registration.Status.PENDING:
        raise AlreadyDone("orgs.registration_decided", status=row.get_status_display())
    if not reason.strip():
        raise InvalidInput([Finding("orgs.reason_missing", {}, "reason", Severity.REJECT)])
    _decide(row, actor, Registration.Status.REJECTED, reason.strip(), None)
    _enter("orgs.registration_rejected", actor, row, reason=reason.strip())
    _tell_decided(row, actor, None)
    return row


def find_by_query_code(credit_code: str, query_code: str) -> Registration | None:
    """Return the application of a firm under its query code, for the applicant without an account."""
    rows = Registration.objects.unscoped("the applicant proves himself by the query code")
    return rows.filter(credit_code=normalise(credit_code), query_digest=digest_of(query_code)).first()


def digest_of(query_code: str) -> str:
    """Return the stored form of a query code."""
    return hashlib.sha256(query_code.strip().upper().encode()).hexdigest()


def _lock(registration_id: int) -> Registration:
    rows = Registration.objects.unscoped("the act checks the right itself").select_for_update()
    row = rows.filter(pk=registration_id).first()
    if row is None:
        raise NotFound("orgs.no_such_registration")
    return row


def _decide(row: Registration, actor: Actor, status: str, reason: str, unit: Unit | None) -> None:
    row.status, row.reason, row.unit = status, reason[:200], unit
    row.decided_at, row.decided_by_id, row.password = clock.now(), actor.person_id, ""
    row.save(update_fields=["status", "reason", "unit", "decided_at", "decided_by", "password"])


def _tell_decided(row: Registration, actor: Actor, person_id: int | None) -> None:
    outbox.add(
        "orgs.registration_decided",
        subject_kind="registration",
        subject_id=row.pk,
        region_key=row.region.key_lo,
        unit_name=row.unit_name,
        status=row.status,
        person_id=person_id,
        by_person=actor.person_id,
        by_name=actor.name,
    )


def _enter(kind: str, actor: Actor, row: Registration, **more: object) -> None:
    enter(
        kind,
        actor=actor,
        subject=("registration", row.pk, row.unit_name),
        region_key=row.region.key_lo,
        after={"unit_name": row.unit_name, "credit_code": row.credit_code, **more},
    )
