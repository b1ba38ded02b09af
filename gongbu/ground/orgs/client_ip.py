"""Who is at the door: the address behind our proxies (``GONGBU_PROXIES`` of them), and the login name tried."""

from collections.abc import Mapping
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the client's address.

    With ``settings.TRUSTED_PROXIES = n`` the n-th address from the right of ``X-Forwarded-For`` counts, because only
    what our own proxies appended can be believed; with 0 the header is ignored. Unparsable addresses give the peer's.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    count: int = settings.TRUSTED_PROXIES
    if count:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(chain) >= count:
            try:
                return str(ip_address(chain[-count]))
            except ValueError:
                return peer
    return peer


def tried_login_name(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """Return the login name of an attempt, for axes.

    Axes asks before the check (its own field name) and after a failure (Django's ``username``); both must count on the
    same name, or nothing is ever locked.
    """
    given = credentials or {}
    name = given.get("username") or given.get("login_name") or request.POST.get("login_name", "")
    return name.strip().lower()[:255]
