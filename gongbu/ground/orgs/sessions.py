"""Sessions of people: begin, list, end one, end all. Kept beside Django's own sessions so that people can see them."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import F
from django.http import HttpRequest

from gongbu.ground.basics import clock
from gongbu.ground.orgs import audit
from gongbu.ground.orgs.client_ip import client_ip
from gongbu.ground.orgs.models import AuditEvent, Person, SignInSession


def begin(request: HttpRequest, person_id: int, means: str) -> None:
    """Note the request's session as one of the person's (``means``: PASSWORD, TOTP, OIDC, DEMO)."""
    now = clock.now()
    SignInSession.objects.update_or_create(
        session_key=request.session.session_key or "",
        defaults={
            "person_id": person_id,
            "started_at": now,
            "seen_at": now,
            "address": client_ip(request),
            "agent": request.headers.get("User-Agent", "")[:200],
            "means": means,
        },
    )


def seen(session_key: str | None, at: datetime) -> None:
    """Note that a session was used (called at most once a minute)."""
    SignInSession.objects.filter(session_key=session_key or "").update(seen_at=at)


def forget(session_key: str | None, *, why: str, person_id: int) -> None:
    """Drop the visible row of a session that ended by itself; ``why`` is ``idle``, ``too_long`` or ``ended``."""
    SignInSession.objects.filter(session_key=session_key or "").delete()
    if why in {"idle", "too_long"}:
        audit.record_for_person(person_id, AuditEvent.Kind.SESSION_EXPIRED, why=why)


def list_of(person_id: int) -> list[SignInSession]:
    """Return the person's sessions, latest first; rows whose session is gone are dropped (2 queries)."""
    rows = list(SignInSession.objects.filter(person_id=person_id).order_by("-seen_at"))
    alive = set(Session.objects.filter(session_key__in=[r.session_key for r in rows]).values_list("pk", flat=True))
    return [row for row in rows if row.session_key in alive]


def end_one(person_id: int, row_id: int) -> bool:
    """End one session of the person; return whether it was his."""
    row = SignInSession.objects.filter(person_id=person_id, pk=row_id).first()
    if row is None:
        return False
    Session.objects.filter(pk=row.session_key).delete()
    row.delete()
    return True


def end_all(person_id: int, *, keep: str | None = None) -> int:
    """End every session of a person except ``keep`` (a session key); returns how many were ended.

    With nothing kept the epoch rises too, so that a session unknown to this table ends as well.
    """
    rows: Any = SignInSession.objects.filter(person_id=person_id).exclude(session_key=keep or "")
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    rows.delete()
    if keep is None:
        Person.objects.filter(pk=person_id).update(session_epoch=F("session_epoch") + 1)
    return len(keys)
