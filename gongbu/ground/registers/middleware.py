"""Security headers on every answer; refusals turned into words; browsers below the floor told so plainly."""

import logging
import re
from collections.abc import Callable, Mapping

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.registers import errors

log = logging.getLogger("gongbu.pages")

# No inline scripts and no inline styles: widths of bars are attributes of an SVG, widths of columns are classes, and
# what a script moves it sets through the CSSOM, which the policy allows. A room that needs more says so here.
CSP = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}

FLOOR = {"Chrome": 109, "Firefox": 115, "Version": 16}
"""Lowest major versions: Chromium 109 is the last on Windows 7; Safari names its version in ``Version/``."""
HIGHEST = 2**63 - 1
"""The highest id that a column holds."""
_AGENT = re.compile(r"\b(Chrome|Firefox|Version)/(\d+)")
_TRIDENT = re.compile(r"MSIE |Trident/")


class SecurityHeaders:
    """Put the strict content policy and its companions on every answer that does not bring its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            log.warning("unknown Host refused: %.120r", request.META.get("HTTP_HOST", ""))
            response = unknown_host(request)
        else:
            response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CSP)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store, private")  # static files bring their own
        if headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response


class Refusals:
    """Turn a raised :class:`Refusal` into a worded answer, and stop browsers below the floor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_below_floor(request.headers.get("User-Agent", "")) and not request.path.startswith(("/static/", "/api/")):
            return errors.old_browser(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, named: Mapping[str, object]
    ) -> HttpResponse | None:
        """Find nothing under a number wider than a column: some queries would break on it, not come back empty."""
        if any(isinstance(value, int) and value > HIGHEST for value in named.values()):
            return errors.refused(request, NotFound("registers.no_such_number"))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer refusals and oversized bodies; everything else goes on to the error page and the log."""
        if isinstance(exception, Refusal):
            return errors.refused(request, exception)
        if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
            return errors.answer(request, errors.too_large(request))
        return None


def unknown_host(request: HttpRequest) -> HttpResponse:
    """400: asked for under a name that is not ours (GONGBU_HOSTS). Plain: the frame writes addresses of its own."""
    text = "请求所用的主机名不是本系统的地址，请用单位公布的网址打开。"
    return errors.plain(request, errors.Trouble(400, "地址不对", text, code="http.unknown_host"))


def is_below_floor(agent: str) -> bool:
    """Return whether the user agent names a browser older than :data:`FLOOR` (unknown agents pass)."""
    if _TRIDENT.search(agent):
        return True
    found = dict(_AGENT.findall(agent))
    if "Chrome" in found:
        return int(found["Chrome"]) < FLOOR["Chrome"]
    if "Firefox" in found:
        return int(found["Firefox"]) < FLOOR["Firefox"]
    return "Safari/" in agent and "Version" in found and int(found["Version"]) < FLOOR["Version"]
