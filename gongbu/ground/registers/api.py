"""Who may call an API route. Like a page, every route declares its right, which a test walks.

``@router.post("/projects", auth=Right("projects.create"))``: the right is looked at before the body is read, so that
somebody without it learns nothing about what the route takes. The service behind still checks the act in the region.
"""

from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from gongbu.ground.basics import reach
from gongbu.ground.basics.findings import Finding, InvalidInput, NotAllowed, Severity
from gongbu.ground.ledger import request_keys
from gongbu.ground.orgs import tokens
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers.pages import PUBLIC

View = Callable[..., Any]
BEARER = "Bearer "
LONGEST_KEY = 200
"""Characters of an ``Idempotency-Key``; a longer one is refused, never cut."""
REPEATABLE: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
            "description": "调用方为本次请求取的键。以同一键重发同样的请求，得到第一次的结果，不重复办理；同一键用于另一请求的，拒绝办理。",
        }
    ]
}
"""``openapi_extra`` of the routes that take an :func:`idempotency_key`."""
_declared: set[str] = set()


class SignedIn(APIKeyCookie):
    """A signed-in person: by session (unsafe methods need the CSRF token), or by an API token (接口令牌).

    A token goes in ``Authorization: Bearer …``; browsers never send that by themselves, so it needs no CSRF token.
    The routes themselves declare :class:`Right`; this alone is for routes open to everybody signed in.
    """

    param_name = settings.SESSION_COOKIE_NAME
    right: str | None = None

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Return who calls, None (answered with 401) when nobody is signed in.

        :raises NotAllowed: the session's person, or the token, lacks the right
        :raises HttpError: 403, a session wrote without its CSRF token
        """
        header = request.headers.get("Authorization", "")
        if header[: len(BEARER)].lower() == BEARER.lower():
            return self._by_token(request, header[len(BEARER) :].strip())
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.person_id is None:
            return None
        if check_csrf(request):
            raise HttpError(403, "CSRF")
        return self._allowed(actor)

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """Not used: :meth:`__call__` looks at session and token alike."""
        raise NotImplementedError

    def _by_token(self, request: HttpRequest, text: str) -> Actor | None:
        found = tokens.find(text)
        if found is None:
            return None
        actor, scopes = found
        if self.right is not None and self.right not in scopes:
            raise NotAllowed("tokens.not_in_scope", act=rights().label(self.right), actor=actor.name)
        request.actor = actor  # type: ignore[attr-defined]
        reach.tell(actor.row_reach)
        return self._allowed(actor)

    def _allowed(self, actor: Actor) -> Actor:
        if self.right is not None and not actor.may(self.right):
            label = rights().label(self.right)
            raise NotAllowed("rights.not_allowed", act=label, actor=actor.name, post=actor.post_name)
        return actor


class Right(SignedIn):
    """The right of an API route: some grant must allow ``act``, and so must the token when one is used.

    :raises NotAllowed: at request time, when signed in without the right (403); nobody signed in is 401
    """

    def __init__(self, act: str) -> None:
        super().__init__()
        self.right = act
        _declared.add(act)


def declared_acts() -> frozenset[str]:
    """Return every act that some API route declares: what a token may be made for."""
    return frozenset(_declared)


def public(view: View) -> View:
    """Declare an API route that needs no account (give it ``auth=None`` too)."""
    view.right = PUBLIC  # type: ignore[attr-defined]
    return view


def right_of(operation: Any) -> str | None:
    """Return the right that an operation of ninja declares, ``PUBLIC`` for an open one, None when it declares none."""
    for callback in operation.auth_callbacks:
        declared: str | None = getattr(callback, "right", None)
        return declared
    return getattr(operation.view_func, "right", None)


def idempotency_key(request: HttpRequest) -> str | None:
    """Return the key of the book for the caller's ``Idempotency-Key``: bound to person, method, address and body.

    The same key with the same request is a repeat, which gets its first answer; with another request the book refuses
    it when the act is entered, so that two requests at once are told apart too.

    :raises InvalidInput: the key is empty or longer than :data:`LONGEST_KEY`
    """
    if "Idempotency-Key" not in request.headers:
        return None
    given = request.headers["Idempotency-Key"].strip()
    if not 0 < len(given) <= LONGEST_KEY:
        data = {"found": len(given), "most": LONGEST_KEY}
        raise InvalidInput([Finding("api.idempotency_key_length", data, None, Severity.REJECT)])
    asked = f"{request.method} {request.path}\n".encode() + _same_for_same(request.body)
    return request_keys.make(request.actor.person_id, given, asked)  # type: ignore[attr-defined]


def _same_for_same(body: bytes) -> bytes:
    """Return a body so that the order of keys and white space make no difference."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONDecodeError:
        return body
