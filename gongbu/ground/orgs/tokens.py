"""接口令牌: how another system acts as a person in a post. Only a token's digest is kept.

A token has 256 random bits, so a plain SHA-256 is enough: there is nothing to guess that a slow hash would protect.
It holds the person's rights of the moment, never more: when the person is disabled, leaves the post or loses a role,
the token loses it in the same minute. Its scopes (acts) narrow it further at the door of the API.
"""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Q

from gongbu.ground.basics import clock
from gongbu.ground.orgs import audit
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import ApiToken, AuditEvent
from gongbu.ground.orgs.queries import actor_for, in_force

PREFIX = "gongbu_"
_BYTES = 32
USED_EVERY = timedelta(minutes=1)


def make() -> str:
    """Return a new token text; it is shown once and never stored."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def digest_of(text: str) -> str:
    """Return what is stored of a token: its SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def find(text: str) -> tuple[Actor, frozenset[str]] | None:
    """Return who a token acts as and its scopes, None when it is unknown, revoked, not in force, or its person gone.

    Use is noted (``last_used_at`` and one audit event with the address) at most once a minute. 3 queries, 6 when noted.
    """
    if not text.startswith(PREFIX):
        return None
    today = clock.today()
    token = ApiToken.objects.filter(in_force(today), digest=digest_of(text), revoked_at=None).first()
    if token is None:
        return None
    try:
        actor = actor_for(token.person_id, token.post_id, today)
    except LookupError:
        return None
    _note_use(token, actor)
    return actor, frozenset(token.scopes)


def _note_use(token: ApiToken, actor: Actor) -> None:
    now = clock.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
    if token.last_used_at is not None and token.last_used_at > now - USED_EVERY:
        return
    if ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now):  # of two at once, one notes it
        audit.record(actor, AuditEvent.Kind.TOKEN_USED, token=token.pk, what=token.name)


def list_of(person_id: int) -> list[ApiToken]:
    """Return a person's tokens, newest first (1 query)."""
    return list(ApiToken.objects.filter(person_id=person_id).select_related("post").order_by("-pk"))
