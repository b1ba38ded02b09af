"""Signing in: password, then what is still owed (second factor, new password, binding an authenticator), then in.

While something is owed the session knows the person but ``request.actor`` stays the visitor, so that no page and no act
sees him before he is done. Axes counts failures by login name and address; the audit keeps what happened.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, authenticate, login, logout
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.doors import services as doors
from gongbu.ground.orgs import audit, middleware, passwords, sessions
from gongbu.ground.orgs.client_ip import client_ip
from gongbu.ground.orgs.models import AuditEvent, Authenticator, Person
from gongbu.ground.orgs.queries import needs_second_factor

SECOND_FACTOR, PASSWORD, ENROL = "SECOND_FACTOR", "PASSWORD", "ENROL"
DOOR = "sign-in"
NEXT_KEY, MEANS_KEY = "next", middleware.MEANS_KEY
STEPS = {SECOND_FACTOR: "orgs:second_factor", PASSWORD: "orgs:change_password", ENROL: "orgs:enrol"}


class SignInFailed(Refusal):
    """Login name or password do not fit (the two are not told apart)."""

    status = 401


class LockedOut(Refusal):
    """Too many failures: the login name is locked at this address for a while."""

    status = 429


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-in under way: the person, and the address where he goes next."""

    person: Person
    next_url: str


def sign_in(request: HttpRequest, login_name: str, password: str) -> Signed:
    """Check login name and password and begin a session.

    :raises TooMany: the address has failed too often this hour, over all names (passwords tried on a list of names)
    :raises LockedOut: the name is locked at this address (also when this attempt was the last one allowed)
    :raises SignInFailed: wrong, unknown or disabled
    """
    login_name, address = login_name.strip().lower(), client_ip(request)
    doors.refuse_if_spent(DOOR, address, settings.SIGN_IN_FAILURES_PER_HOUR, "sign_in.address_spent")
    person = authenticate(request, username=login_name, password=password) if login_name and password else None
    if isinstance(person, Person):
        return begin(request, person, means="PASSWORD")
    doors.count(DOOR, address)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    if getattr(request, "axes_locked_out", False):
        audit.record_for_login(login_name, AuditEvent.Kind.LOCKED_OUT, request=request)
        raise LockedOut("sign_in.locked", minutes=minutes)
    audit.record_for_login(login_name, AuditEvent.Kind.SIGN_IN_FAILED, request=request)
    raise SignInFailed("sign_in.failed", limit=settings.AXES_FAILURE_LIMIT, minutes=minutes)


def begin(request: HttpRequest, person: Person, *, means: str) -> Signed:
    """Begin a session for a person whose identity is established; what he still owes decides where he goes."""
    wanted = request.session.get(NEXT_KEY)
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    now = clock.now().timestamp()
    session = request.session
    session[middleware.EPOCH_KEY] = person.session_epoch
    session[middleware.STARTED_KEY] = session[middleware.SEEN_KEY] = now
    session[MEANS_KEY] = means
    session.pop(middleware.FACTOR_KEY, None)
    if wanted:
        session[NEXT_KEY] = wanted
    session[middleware.PENDING_KEY] = owed(person, means)
    return Signed(person, advance(request, person))


def owed(person: Person, means: str) -> list[str]:
    """Return what the person must do before he is in, in order.

    A bound authenticator comes first, so that a stolen password alone cannot set a new one. Demo people on the
    demo sign-in page owe nothing; single sign-on has its own password and second factor.
    """
    if means == "DEMO":
        return []
    steps = []
    if means == "PASSWORD" and has_device(person.pk):
        steps.append(SECOND_FACTOR)
    if means == "PASSWORD" and passwords.must_change(person):
        steps.append(PASSWORD)
    if means == "PASSWORD" and steps[:1] != [SECOND_FACTOR] and needs_second_factor(person.pk):
        steps.append(ENROL)
    return steps


def has_device(person_id: int) -> bool:
    """Return whether the person has bound an authenticator."""
    return bool(Authenticator.objects.filter(user_id=person_id, confirmed=True).exists())


def advance(request: HttpRequest, person: Person) -> str:
    """Return where the person goes: the next step owed, or in (the sign-in is then complete and recorded)."""
    steps = request.session.get(middleware.PENDING_KEY) or []
    if steps:
        return reverse(STEPS[steps[0]])
    request.session.pop(middleware.PENDING_KEY, None)
    request.session.cycle_key()
    means = request.session.get(MEANS_KEY, "PASSWORD")
    sessions.begin(request, person.pk, means)
    audit.record_for_person(person.pk, AuditEvent.Kind.SIGNED_IN, request=request, means=means)
    return safe_next(request, request.session.pop(NEXT_KEY, ""))


def finish_step(request: HttpRequest, person: Person, step: str) -> str:
    """Note that a step is done and return where to go next."""
    steps = [name for name in request.session.get(middleware.PENDING_KEY) or [] if name != step]
    if step == SECOND_FACTOR:  # an authenticator that is bound now is noted where it is confirmed
        request.session[middleware.FACTOR_KEY] = True
    request.session[middleware.PENDING_KEY] = steps
    return advance(request, person)


def pending_person(request: HttpRequest, step: str) -> Person | None:
    """Return the half signed-in person whose next step is ``step``, or None."""
    session = request.session
    steps = session.get(middleware.PENDING_KEY) or []
    if not steps or steps[0] != step:
        return None
    person = Person.objects.filter(pk=session.get(middleware.PERSON_KEY, 0), is_active=True).first()
    if person is None or person.session_epoch != session.get(middleware.EPOCH_KEY):
        return None
    return person


def sign_out(request: HttpRequest) -> None:
    """End this session and record it."""
    actor = getattr(request, "actor", None)
    if actor is not None and actor.person_id is not None:
        audit.record(actor, AuditEvent.Kind.SIGNED_OUT, request=request)
        sessions.forget(request.session.session_key, why="signed_out", person_id=actor.person_id)
    logout(request)


def safe_next(request: HttpRequest, target: Any) -> str:
    """Return an address of this site, never one that leads away."""
    text = str(target or "")
    if text and url_has_allowed_host_and_scheme(text, {request.get_host()}, require_https=request.is_secure()):
        return text
    return "/"


def renew(request: HttpRequest, person: Person) -> None:
    """Keep this session alive after the person's own password change ended all the others."""
    session = request.session
    sessions.end_all(person.pk, keep=session.session_key)
    sessions.forget(session.session_key, why="renewed", person_id=person.pk)
    session.cycle_key()
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()  # not by request.user, which already fails to verify
    session[middleware.EPOCH_KEY] = person.session_epoch
    if not session.get(middleware.PENDING_KEY):
        sessions.begin(request, person.pk, session.get(MEANS_KEY, "PASSWORD"))
