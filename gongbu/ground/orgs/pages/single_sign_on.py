"""Going to the agency's identity provider and coming back."""

import logging

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from jwt import PyJWTError
from mozilla_django_oidc.views import OIDCAuthenticationRequestView
from requests import RequestException

from gongbu.ground.basics.findings import Finding
from gongbu.ground.basics.messages import word
from gongbu.ground.orgs import audit, signing
from gongbu.ground.orgs.models import AuditEvent, Person
from gongbu.ground.orgs.oidc import Backend, is_configured
from gongbu.ground.registers import pages

log = logging.getLogger(__name__)


@pages.public_page
def begin(request: HttpRequest) -> HttpResponse:
    """Send the visitor to the identity provider. 404 when single sign-on is not configured."""
    if not is_configured():
        raise Http404
    if request.GET.get("next"):
        request.session[signing.NEXT_KEY] = request.GET["next"]
    answer: HttpResponse = OIDCAuthenticationRequestView.as_view()(request)
    return answer


@pages.public_page
def callback(request: HttpRequest) -> HttpResponse:
    """Take the visitor back: the state must be ours and is used up, the token must hold, the person must exist."""
    if not is_configured():
        raise Http404
    states = request.session.get("oidc_states", {})
    kept = states.pop(request.GET.get("state", ""), None)
    request.session["oidc_states"] = states
    person = None
    if kept is not None and request.GET.get("code"):
        try:
            person = Backend().authenticate(request, nonce=kept["nonce"], code_verifier=kept.get("code_verifier"))
        except (SuspiciousOperation, RequestException, PyJWTError, ValueError, KeyError) as error:
            log.warning("single sign-on failed: %s", error)
    if not isinstance(person, Person):
        audit.record_for_login("", AuditEvent.Kind.SIGN_IN_FAILED, request=request, means="OIDC")
        context = {
            "login_name": "", "error": word(Finding("sign_in.no_account")), "next": "", "ended": "",
            "oidc": reverse("oidc_authentication_init"), "demo": False,
        }  # fmt: skip
        return pages.render(request, "orgs/sign_in.html", context, status=403)
    return HttpResponseRedirect(signing.begin(request, person, means="OIDC").next_url)
