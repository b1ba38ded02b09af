"""The address a request came from, behind as many trusted proxies as the installation says (``GONGBU_PROXIES``)."""

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
