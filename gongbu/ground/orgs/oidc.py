"""统一身份认证 (OIDC): the agency's own sign-in instead of a password, when configured by ``GONGBU_OIDC_*``.

Built on mozilla-django-oidc, with three things added: issuer, audience and expiry of the ID token are checked (the
library checks signature and nonce), accounts are never created by a sign-in, and the session begins the way every
session here does (limits, audit, list of sessions). The identity provider answers for password and second factor.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import Person

LEEWAY_S = 60


def is_configured() -> bool:
    """Return whether single sign-on is set up."""
    return bool(getattr(settings, "OIDC_RP_CLIENT_ID", ""))


class Backend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Finds the person an identity token speaks of: by ``sub`` once bound, before that by login name."""

    def verify_token(self, token: Any, **kwargs: Any) -> Mapping[str, Any]:
        """Return the claims of a token that is for us, from the right issuer, and in time.

        :raises SuspiciousOperation: signature, nonce, issuer, audience or expiry do not hold
        """
        claims: Mapping[str, Any] = super().verify_token(token, **kwargs)
        audience = claims.get("aud")
        now = clock.now().timestamp()
        if claims.get("iss") != settings.OIDC_OP_ISSUER:
            raise SuspiciousOperation("OIDC: wrong issuer")
        if self.OIDC_RP_CLIENT_ID not in (audience if isinstance(audience, list) else [audience]):
            raise SuspiciousOperation("OIDC: token is for somebody else")
        if not isinstance(claims.get("exp"), int | float) or claims["exp"] < now - LEEWAY_S:
            raise SuspiciousOperation("OIDC: token has expired")
        return claims

    def verify_claims(self, claims: Mapping[str, Any]) -> bool:
        """Return whether the claims name a subject; no e-mail is asked for."""
        return bool(claims.get("sub"))

    def filter_users_by_claims(self, claims: Mapping[str, Any]) -> Any:
        """Return the person bound to the subject, else the unbound active person with that login name."""
        active = Person.objects.filter(is_active=True)
        bound = active.filter(oidc_subject=claims["sub"])
        if bound.exists():
            return bound
        login = str(claims.get("preferred_username") or "").strip().lower()
        return active.filter(login_name=login, oidc_subject=None) if login else active.none()

    def update_user(self, user: Person, claims: Mapping[str, Any]) -> Person:
        """Bind the person to the subject at the first sign-in; names are not taken from outside."""
        if user.oidc_subject is None:
            user.oidc_subject = str(claims["sub"])[:200]
            user.save(update_fields=["oidc_subject"])
        return user
