"""Pages: who may open them, and how they are rendered. Every view carries ``right``, which a test walks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template import engines
from django.urls import Resolver404, resolve

from gongbu.ground.basics.findings import NotAllowed
from gongbu.ground.orgs.actor import ANONYMOUS, Actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers import carried, shell

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "PUBLIC"
"""``view.right`` of a page that needs no account."""
SIGNED_IN = "SIGNED_IN"
"""``view.right`` of a page that every signed-in person may open."""


def page(act: str, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Declare the right of a page: the visitor must be signed in and some grant must allow ``act``.

    The view still narrows rows by ``request.actor.scope(act)``; a service checks the act in the subject's region.

    :raises NotAllowed: at request time, when no grant allows ``act``
    """

    def check(request: HttpRequest) -> HttpResponse | None:
        if (answer := _sign_in_first(request)) is not None:
            return answer
        actor = request.actor  # type: ignore[attr-defined]
        if not actor.may(act):
            raise NotAllowed("rights.not_allowed", act=rights().label(act), actor=actor.name, post=actor.post_name)
        return None

    return _guard(act, methods, check)


def public_page(view: View | None = None, *, methods: Sequence[str] = ("GET",)) -> Any:
    """Declare a page that needs no account. Use bare or with ``methods``."""
    guard = _guard(PUBLIC, methods, lambda request: None)
    return guard(view) if view is not None else guard


def signed_in_page(view: View | None = None, *, methods: Sequence[str] = ("GET",)) -> Any:
    """Declare a page for everybody signed in, whatever their roles. Use bare or with ``methods``."""
    guard = _guard(SIGNED_IN, methods, _sign_in_first)
    return guard(view) if view is not None else guard


def _other_method(request: HttpRequest, allowed: Iterable[str]) -> HttpResponse:
    """405: in words for a person, because a reload of what followed a button ends here."""
    from gongbu.ground.registers import errors  # it renders pages itself

    answer: HttpResponse = HttpResponseNotAllowed(sorted(allowed))
    if request.method in {"GET", "HEAD"}:
        trouble = errors.Trouble(
            405, "这里只接收提交", "这个地址是按钮提交用的，不能直接打开。", "请回到原来的页面再操作。"
        )
        allow, answer = answer.headers["Allow"], errors.answer(request, trouble)
        answer.headers["Allow"] = allow
    return answer


def _guard(
    right: str, methods: Sequence[str], check: Callable[[HttpRequest], HttpResponse | None]
) -> Callable[[View], View]:
    allowed = frozenset(methods) | ({"HEAD"} if "GET" in methods else frozenset())

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not hasattr(request, "actor"):
                request.actor = ANONYMOUS  # type: ignore[attr-defined]
            if request.method not in allowed:
                return _other_method(request, allowed)
            answer = check(request)
            return view(request, *args, **kwargs) if answer is None else answer

        run.right = right  # type: ignore[attr-defined]
        run.methods = tuple(methods)  # type: ignore[attr-defined]
        return cast(View, run)

    return decorate


SIGNED_OUT = "登录已过期，草稿没有保存。提交时会先请您登录，填写的内容登录后带出。"


def _sign_in_first(request: HttpRequest) -> HttpResponse | None:
    if request.actor.person_id is not None:  # type: ignore[attr-defined]
        return None
    target = shell.address(shell.plugs.sign_in_route) or "/"
    why = getattr(request, "session_ended", "")
    ended = {"ended": why or "gone"}
    if request.headers.get("X-Requested-With") == "draft":
        return JsonResponse({"at": "", "why": SIGNED_OUT}, status=401)
    if request.method == "GET":
        target += "?" + urlencode({"next": request.get_full_path(), **({"ended": why} if why else {})})
    elif carried.keep(request):
        target += "?" + urlencode({"next": request.get_full_path(), **ended})
    elif request.method == "POST":
        target += "?" + urlencode(ended)
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def may_open(actor: Any, href: str) -> bool:
    """Return whether the page at an address of this installation declares a right that the actor holds somewhere."""
    try:
        right = getattr(resolve(urlsplit(href).path).func, "right", None)
    except Resolver404:
        return False
    if right in (PUBLIC, SIGNED_IN):
        return right == PUBLIC or actor.person_id is not None
    return right is not None and actor.may(right)


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks; the middleware and :func:`page` have set it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def posted_rev(request: HttpRequest) -> int | None:
    """Return the revision that a button of a page carries, or None."""
    text = request.POST.get("rev", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx asks for a fragment (not for a full page out of its history)."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def render_text(request: HttpRequest, template: str, context: Mapping[str, Any] | None = None) -> str:
    """Return a rendered template. ``frame`` (shell state), ``actor`` and ``request`` are always there."""
    full = {"frame": shell.Frame(request), "actor": getattr(request, "actor", ANONYMOUS), **(context or {})}
    return engines["jinja2"].get_template(template).render(full, request)


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Render a page of a room, for example ``render(request, "projects/page.html", {...})``."""
    return HttpResponse(render_text(request, template, context), status=status, headers=headers)
