"""Who is asking: puts ``request.actor`` on every request, tells the database how far he reaches, keeps the session's limits.

A warm request costs one query besides the session itself: the person's row says whether he is still active, whether
"sign out everywhere" was pressed, and whether posts or grants changed. The actor (name, post, unit, grants of today)
lies in the session and is built again, with two queries, when the day or ``rights_version`` changes.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse

from gongbu.ground.basics import clock, reach
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.orgs import audit, sessions
from gongbu.ground.orgs.actor import ANONYMOUS, Actor, GrantScope
from gongbu.ground.orgs.models import Person
from gongbu.ground.orgs.queries import build_actor_and_posts, needs_second_factor

ACTOR_KEY = "actor"
POST_KEY = "post_id"
EPOCH_KEY = "epoch"
STARTED_KEY = "started_at"
SEEN_KEY = "seen_at"
MEANS_KEY = "means"  # how the person signed in: PASSWORD, DEMO, OIDC
FACTOR_KEY = "factor"  # whether a second factor was shown in this session
PENDING_KEY = "must"  # what the person must do before anything else: PASSWORD, ENROL or SECOND_FACTOR
SEEN_EVERY = timedelta(seconds=60)
SAFE = {"GET", "HEAD", "OPTIONS"}
PERSON_KEY = "_auth_user_id"
_PERSON = Prepared(
    lambda pk: Person.objects.filter(pk=pk, is_active=True).values_list("session_epoch", "rights_version")
)


class ActorMiddleware:
    """Set ``request.actor``; end sessions that are too old, idle, disabled or signed out elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.seen_from(request), reach.told(ANONYMOUS.row_reach):
            request.actor = _actor(request)  # type: ignore[attr-defined]
            reach.tell(request.actor.row_reach)  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.status_code == 403 and request.method not in SAFE:
                audit.record_refused(request.actor, request)  # type: ignore[attr-defined]
            if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
                parts: Any = response.streaming_content
                response.streaming_content = reach.within(reach.current(), parts)
            return response


class NothingTold:
    """Outermost: a request begins with zero rows of every region-bound table, whatever this process may read elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with reach.told(reach.NOTHING):
            return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    session = request.session
    person_id = session.get(PERSON_KEY)
    if person_id is None:
        return ANONYMOUS
    row = _PERSON.first(int(person_id))
    if row is None or row[0] != session.get(EPOCH_KEY):
        _end(request, "ended")
        return ANONYMOUS
    if (expired := _expired(session)) is not None:
        _end(request, expired)
        return ANONYMOUS
    if session.get(PENDING_KEY):
        return ANONYMOUS  # half signed in: only the pages that finish it know the person
    version = [row[1], clock.today().isoformat(), session.get(POST_KEY)]
    kept: dict[str, Any] | None = session.get(ACTOR_KEY)
    if kept is not None and kept["version"] == version:
        return _thaw(kept)
    built = _build(int(person_id), session)
    if built is None or _owes_second_factor(int(person_id), session):
        _end(request, "ended")
        return ANONYMOUS
    actor, posts = built
    version[2] = session.get(POST_KEY)
    session[ACTOR_KEY] = _freeze(actor, version) | {"posts": posts}
    return actor


def posts_of_session(request: HttpRequest) -> list[tuple[int, str, str]]:
    """Return the posts the person may switch to, as (id, post, unit), without a query."""
    kept = request.session.get(ACTOR_KEY) or {}
    return [(pk, name, unit) for pk, name, unit in kept.get("posts", ())]


def _build(person_id: int, session: Any) -> tuple[Actor, list[tuple[int, str, str]]] | None:
    try:
        return build_actor_and_posts(person_id, session.get(POST_KEY), clock.today())
    except LookupError:
        session.pop(POST_KEY, None)  # the post was handed over: fall back to another one
    try:
        return build_actor_and_posts(person_id, None, clock.today())
    except LookupError:
        return None


def _owes_second_factor(person_id: int, session: Any) -> bool:
    """Return whether a role that asks for TOTP came to a person who signed in without it: he signs in anew, with it."""
    return session.get(MEANS_KEY) == "PASSWORD" and not session.get(FACTOR_KEY) and needs_second_factor(person_id)


def _expired(session: Any) -> str | None:
    """Return why the session is over (``idle`` or ``too_long``), or None; note the visit once a minute."""
    now = clock.now().timestamp()
    started, seen = session.get(STARTED_KEY), session.get(SEEN_KEY)
    if started is None or seen is None or now - started > settings.SESSION_MAX_HOURS * 3600:
        return "too_long"
    if now - seen > settings.SESSION_IDLE_MINUTES * 60:
        return "idle"
    if now - seen > SEEN_EVERY.total_seconds():
        session[SEEN_KEY] = now
        sessions.seen(session.session_key, clock.now())
    return None


def _end(request: HttpRequest, why: str) -> None:
    sessions.forget(request.session.session_key, why=why, person_id=int(request.session[PERSON_KEY]))
    logout(request)
    request.session_ended = why  # type: ignore[attr-defined]


def _freeze(actor: Actor, version: list[Any]) -> dict[str, Any]:
    grants = [[g.role, g.lo, g.hi, g.sector] for g in actor.grants]
    who = [actor.person_id, actor.name, actor.post_id, actor.post_name, actor.unit_id, actor.unit_name, actor.unit_kind]
    return {"version": version, "who": who, "grants": grants}


def _thaw(kept: dict[str, Any]) -> Actor:
    grants = tuple(GrantScope(*grant) for grant in kept["grants"])
    person_id, name, post_id, post_name, unit_id, unit_name, unit_kind = kept["who"]
    return Actor(person_id, name, post_id, post_name, unit_id, unit_name, unit_kind, grants)
