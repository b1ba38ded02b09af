"""Setting and checking passwords: rules, reuse, age. Hashes are Django's; nothing here logs a password."""

import secrets
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password as matches

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.orgs.models import PasswordUsed, Person
from gongbu.ground.orgs.rules.passwords import check_password, is_password_too_old


def findings_for(person: Person, password: str) -> list[Finding]:
    """Return what keeps ``password`` from becoming the person's, recent reuse included."""
    found = check_password(password, login_name=person.login_name, min_length=settings.PASSWORD_MIN_LENGTH)
    if person.pk and not found:
        used = PasswordUsed.objects.filter(person=person).order_by("-id")[: settings.PASSWORDS_REMEMBERED]
        if any(matches(password, row.hashed) for row in used):
            found.append(
                Finding("password.used_before", {"n": settings.PASSWORDS_REMEMBERED}, "password", Severity.REJECT)
            )
    return found


def set_first(person: Person, password: str, *, must_change: bool) -> None:
    """Set the password of an unsaved person.

    :raises InvalidInput: the password breaks a rule
    """
    if found := findings_for(person, password):
        raise InvalidInput(found)
    person.set_password(password)
    person.password_set_at, person.must_change_password = clock.now(), must_change


def change(person: Person, password: str, *, must_change: bool = False) -> None:
    """Set a new password, remember it, and end every session of the person.

    :raises InvalidInput: the password breaks a rule or was used recently
    """
    if found := findings_for(person, password):
        raise InvalidInput(found)
    remember(person, password, must_change=must_change)


def remember(person: Person, password: str, *, must_change: bool) -> None:
    """Set and remember a password that already passed the rules."""
    if person.password and person.has_usable_password():
        PasswordUsed.objects.create(person=person, hashed=person.password, set_at=clock.now())
    person.set_password(password)
    person.password_set_at, person.must_change_password = clock.now(), must_change
    person.session_epoch += 1
    person.save(update_fields=["password", "password_set_at", "must_change_password", "session_epoch"])
    PasswordUsed.objects.create(person=person, hashed=person.password, set_at=clock.now())


def must_change(person: Person) -> bool:
    """Return whether the person must set a new password before anything else (first sign-in, or too old)."""
    if not person.has_usable_password():
        return False
    too_old = is_password_too_old(person.password_set_at, clock.now(), settings.PASSWORD_MAX_AGE_DAYS)
    return person.must_change_password or (too_old and not person.is_demo)


def list_growing_old(on: date, within: int) -> list[tuple[int, date, date]]:
    """Return (person, day on which the password was set, first day on which it must be changed) for those whose password
    grows too old in the ``within`` days after ``on``; demo people, and those who owe a new one anyway, are left out (1 query).
    """
    age = settings.PASSWORD_MAX_AGE_DAYS
    if age <= 0:
        return []
    first, last = (
        datetime.combine(on + timedelta(days=days - age), time(), clock.SHANGHAI) for days in (0, within + 1)
    )
    people = Person.objects.filter(
        is_active=True, is_demo=False, must_change_password=False, password_set_at__gte=first, password_set_at__lt=last
    ).order_by("pk")
    days = [(one, one.password_set_at.astimezone(clock.SHANGHAI).date()) for one in people if one.password_set_at]
    return [(one.pk, day, day + timedelta(days=age)) for one, day in days if one.has_usable_password()]


def make_temporary() -> str:
    """Return a temporary password that keeps the rules and can be read aloud (no 0/O, 1/l)."""
    letters, digits = "abcdefghjkmnpqrstuvwxyz", "23456789"
    while True:
        parts = ["".join(secrets.choice(letters) for _ in range(4)), "".join(secrets.choice(digits) for _ in range(4))]
        password = f"{parts[0].capitalize()}-{parts[1]}-{''.join(secrets.choice(letters) for _ in range(4))}"
        if not check_password(password, login_name="", min_length=settings.PASSWORD_MIN_LENGTH):
            return password
