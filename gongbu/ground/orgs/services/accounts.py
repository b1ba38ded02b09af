"""Acts on accounts: disable and enable, reset password and second factor, unlock. Secrets never enter the ledger."""

from axes.utils import reset as axes_reset

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.orgs import audit, passwords, sessions
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import AuditEvent, Authenticator, Holding, Person, RecoveryCode
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.orgs.services.grants import require_may_manage
from gongbu.ground.orgs.services.record import AlreadyDone, Conflict, enter, key_of, lock_person


@act("orgs.disable_person", "停用人员账号")
def disable_person(*, actor: Actor, person_id: int, reason: str) -> Person:
    """Close a person's account at once; all sessions end. Posts must have been handed over.

    :raises AlreadyDone: it is disabled
    :raises NotAllowed: he is one of the three administrators (三员)
    :raises Conflict: the person still holds posts, whose open tasks nobody would see
    """
    person = lock_person(person_id)
    actor.require("orgs.disable_person", key_of(person))
    require_may_manage(actor, person, clock.today())
    if not person.is_active:
        raise AlreadyDone("orgs.person_is_disabled", name=person.name)
    held = Holding.objects.filter(in_force(clock.today()), person=person, kind=Holding.Kind.HOLDS)
    if names := list(held.values_list("post__name", flat=True)):
        raise Conflict("orgs.person_holds_posts", name=person.name, posts="、".join(names))
    person.is_active = False
    person.save(update_fields=["is_active"])
    sessions.end_all(person.pk)
    _enter("orgs.person_disabled", actor, person, reason=reason)
    return person


@act("orgs.enable_person", "启用人员账号")
def enable_person(*, actor: Actor, person_id: int, reason: str) -> Person:
    """Open a disabled account again.

    :raises AlreadyDone: it is enabled
    """
    person = lock_person(person_id)
    actor.require("orgs.enable_person", key_of(person))
    if person.is_active:
        raise AlreadyDone("orgs.person_is_enabled", name=person.name)
    person.is_active = True
    person.save(update_fields=["is_active"])
    _enter("orgs.person_enabled", actor, person, reason=reason)
    return person


@act("orgs.reset_password", "重置密码")
def reset_password(*, actor: Actor, person_id: int) -> str:
    """Give the person a temporary password, to be changed at the next sign-in, and return it once.

    :raises NotAllowed: he is one of the three administrators (三员), whose accounts the command line resets
    :raises Conflict: one's own password is changed, not reset
    """
    person = lock_person(person_id)
    actor.require("orgs.reset_password", key_of(person))
    _refuse_self(actor, person)
    require_may_manage(actor, person, clock.today())
    temporary = passwords.make_temporary()
    passwords.remember(person, temporary, must_change=True)
    sessions.end_all(person.pk)
    audit.record_for_person(person.pk, AuditEvent.Kind.PASSWORD_RESET, by=actor.name)
    _enter("orgs.password_reset", actor, person)
    return temporary


@act("orgs.reset_second_factor", "重置动态口令")
def reset_second_factor(*, actor: Actor, person_id: int) -> None:
    """Remove a lost authenticator; the person binds a new one at the next sign-in.

    :raises NotAllowed: he is one of the three administrators (三员)
    :raises Conflict: one's own factor cannot be reset by oneself here
    """
    person = lock_person(person_id)
    actor.require("orgs.reset_second_factor", key_of(person))
    _refuse_self(actor, person)
    require_may_manage(actor, person, clock.today())
    Authenticator.objects.filter(user_id=person.pk).delete()
    RecoveryCode.objects.filter(person=person).delete()
    sessions.end_all(person.pk)
    audit.record_for_person(person.pk, AuditEvent.Kind.TOTP_REMOVED, by=actor.name)
    _enter("orgs.second_factor_reset", actor, person)


@act("orgs.unlock_sign_in", "解除登录锁定")
def unlock_sign_in(*, actor: Actor, person_id: int) -> int:
    """Lift the lock after too many wrong passwords and return how many records of failure were cleared."""
    person = lock_person(person_id)
    actor.require("orgs.unlock_sign_in", key_of(person))
    cleared: int = axes_reset(username=person.login_name)
    audit.record_for_person(person.pk, AuditEvent.Kind.UNLOCKED, by=actor.name)
    _enter("orgs.sign_in_unlocked", actor, person)
    return cleared


def _refuse_self(actor: Actor, person: Person) -> None:
    if actor.person_id == person.pk:
        raise Conflict("orgs.not_oneself", name=person.name)


def _enter(kind: str, actor: Actor, person: Person, **after: str) -> None:
    enter(
        kind,
        actor=actor,
        subject=("person", person.pk, person.name),
        region_key=key_of(person),
        after=after or None,
    )
