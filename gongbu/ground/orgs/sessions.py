"""Sessions of people: begin, list, end one, end all. Kept beside Django's own sessions so that people can see them."""

from typing import Any

from django.contrib.sessions.models import Session

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import Person, SignInSession


def forget(session_key: str | None, *, why: str, person_id: int) -> None:
    """Drop the visible row of a session that ended by itself; ``why`` is ``idle``, ``too_long`` or ``ended``."""
    SignInSession.objects.filter(session_key=session_key or "").delete()
    if why in {"idle", "too_long"}:
        from gongbu.ground.orgs import audit

        audit.record_for_person(person_id, "SESSION_EXPIRED", why=why)
