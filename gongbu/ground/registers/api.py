"""Rights of API routes. Like a page, every route carries ``right``, which a test walks."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest

from gongbu.ground.basics.findings import NotAllowed
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers.pages import PUBLIC

View = Callable[..., Any]


def right(act: str) -> Callable[[View], View]:
    """Declare the right of an API route: some grant must allow ``act``; the service checks it in the region.

    :raises NotAllowed: at request time, when no grant of a signed-in actor allows ``act``
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            actor = request.actor  # type: ignore[attr-defined]
            if actor.person_id is None or not actor.may(act):
                raise NotAllowed("rights.not_allowed", act=rights().label(act), actor=actor.name, post=actor.post_name)
            return view(request, *args, **kwargs)

        run.right = act  # type: ignore[attr-defined]
        return run

    return decorate


def public(view: View) -> View:
    """Declare an API route that needs no account (give it ``auth=None`` too)."""
    view.right = PUBLIC  # type: ignore[attr-defined]
    return view
