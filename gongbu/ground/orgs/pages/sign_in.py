"""Signing in and out: password, second factor, binding an authenticator, a new password; the demo's list of people."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.text import read_id
from gongbu.ground.doors import services as doors
from gongbu.ground.ledger.queries import is_demo_edition
from gongbu.ground.orgs import audit, middleware, oidc, passwords, second_factor, signing
from gongbu.ground.orgs.models import AuditEvent, Person
from gongbu.ground.orgs.queries import build_people_cards
from gongbu.ground.registers import carried, pages, qr

SECOND_DOOR, WRONG_CODES_PER_HOUR = "second-factor", 10  # recovery codes are guessed no faster than that
ENDED = {
    "idle": "超过 {idle} 分钟没有操作，已自动退出，请重新登录。",
    "too_long": "本次登录已满 {hours} 小时，请重新登录。",
    "ended": "账号已在别处退出或权限有变化，请重新登录。",
    "gone": "登录已过期，请重新登录。",
}


@never_cache
@sensitive_post_parameters("password")
@pages.public_page(methods=("GET", "POST"))
def sign_in(request: HttpRequest) -> HttpResponse:
    """Login name and password."""
    if request.actor.person_id is not None:  # type: ignore[attr-defined]
        return HttpResponseRedirect(signing.safe_next(request, request.GET.get("next")))
    context: dict[str, Any] = {
        "login_name": "",
        "error": "",
        "next": request.POST.get("next", request.GET.get("next", "")),
        "ended": ENDED.get(getattr(request, "session_ended", "") or request.GET.get("ended", ""), "").format(
            idle=settings.SESSION_IDLE_MINUTES, hours=settings.SESSION_MAX_HOURS
        ),
        "carried": carried.KEY in request.session,
        "oidc": oidc_address(),
        "demo": is_demo_edition(),
    }
    if request.method == "GET":
        return pages.render(request, "orgs/sign_in.html", context)
    if context["next"]:
        request.session[signing.NEXT_KEY] = context["next"]
    try:
        signed = signing.sign_in(request, request.POST.get("login_name", ""), request.POST.get("password", ""))
    except Refusal as refusal:
        request.axes_locked_out = False  # type: ignore[attr-defined]  # our own page says it, with the same status
        context |= {"error": word(refusal), "login_name": request.POST.get("login_name", ""), "ended": ""}
        return pages.render(request, "orgs/sign_in.html", context, status=refusal.status)
    return HttpResponseRedirect(signed.next_url)


@pages.public_page(methods=("POST",))
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session; a browser under https also throws away what it kept of our pages (ASVS 8.2.3)."""
    signing.sign_out(request)
    return HttpResponseRedirect(reverse("orgs:sign_in"), headers={"Clear-Site-Data": '"cache"'})


@never_cache
@pages.public_page(methods=("GET", "POST"))
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """The six digits, or a recovery code; open only to somebody half signed in."""
    person = signing.pending_person(request, signing.SECOND_FACTOR)
    if person is None:
        return HttpResponseRedirect(reverse("orgs:sign_in"))
    error, status = "", 200
    if request.method == "POST":
        try:
            doors.refuse_if_spent(SECOND_DOOR, str(person.pk), WRONG_CODES_PER_HOUR, "sign_in.codes_spent")
        except Refusal as refusal:
            error, status = word(refusal), refusal.status
        else:
            if second_factor.check(request, person, request.POST.get("code", "")):
                return HttpResponseRedirect(signing.finish_step(request, person, signing.SECOND_FACTOR))
            doors.count(SECOND_DOOR, str(person.pk))
            error, status = word(Finding("sign_in.code_wrong")), 422
    return pages.render(request, "orgs/second_factor.html", {"error": error, "person": person}, status=status)


@never_cache
@pages.public_page(methods=("GET", "POST"))
def enrol(request: HttpRequest) -> HttpResponse:
    """Bind an authenticator: during sign-in when a role asks for it, or from the account page."""
    person = _person_for(request, signing.ENROL)
    if person is None:
        return HttpResponseRedirect(reverse("orgs:sign_in"))
    error = ""
    if request.method == "POST":
        codes = second_factor.confirm(request, person, request.POST.get("code", ""))
        if codes is not None:
            onward = reverse("orgs:account")
            request.session[middleware.FACTOR_KEY] = True
            if request.session.get(middleware.PENDING_KEY):
                onward = signing.finish_step(request, person, signing.ENROL)
            return pages.render(request, "orgs/recovery_codes.html", {"codes": codes, "onward": onward})
        error = word(Finding("sign_in.code_wrong"))
    device = second_factor.begin_enrolment(person)
    context = {
        "error": error,
        "person": person,
        "qr": qr.svg(second_factor.address_of(device, person)),
        "secret": second_factor.secret_of(device),
        "is_owed": bool(request.session.get(middleware.PENDING_KEY)),
    }
    return pages.render(request, "orgs/enrol.html", context, status=422 if error else 200)


@never_cache
@sensitive_post_parameters("old_password", "new_password", "new_password_again")
@pages.public_page(methods=("GET", "POST"))
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password: owed at the first sign-in or after 90 days, or wished for."""
    person = _person_for(request, signing.PASSWORD)
    if person is None:
        return HttpResponseRedirect(reverse("orgs:sign_in"))
    is_owed = bool(request.session.get(middleware.PENDING_KEY))
    errors: list[str] = []
    if request.method == "POST":
        try:
            _change(request, person)
        except InvalidInput as refusal:
            errors = [word(finding) for finding in refusal.findings]
        else:
            if is_owed:
                return HttpResponseRedirect(signing.finish_step(request, person, signing.PASSWORD))
            return HttpResponseRedirect(reverse("orgs:account") + "?done=password")
    context = {"errors": errors, "person": person, "is_owed": is_owed}
    return pages.render(request, "orgs/change_password.html", context, status=422 if errors else 200)


def _change(request: HttpRequest, person: Person) -> None:
    old, new = request.POST.get("old_password", ""), request.POST.get("new_password", "")
    if not person.check_password(old):
        audit.record_for_person(person.pk, AuditEvent.Kind.SIGN_IN_FAILED, request=request, step="change_password")
        raise InvalidInput([Finding("password.wrong", {}, "old_password", Severity.REJECT)])
    if new != request.POST.get("new_password_again", ""):
        raise InvalidInput([Finding("password.differs", {}, "new_password_again", Severity.REJECT)])
    passwords.change(person, new)
    signing.renew(request, person)
    audit.record_for_person(person.pk, AuditEvent.Kind.PASSWORD_CHANGED, request=request)


def _person_for(request: HttpRequest, step: str) -> Person | None:
    """Return the person who owes this step, or the signed-in person who chose it."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.person_id is not None:
        return Person.objects.filter(pk=actor.person_id, is_active=True).first()
    return signing.pending_person(request, step)


def oidc_address() -> str:
    """Return where single sign-on begins, or "" when it is not configured."""
    return reverse("oidc_authentication_init") if oidc.is_configured() else ""


@never_cache
@pages.public_page(methods=("GET", "POST"))
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One click per person of the demo. Does not exist outside a demo edition; signs in demo people only."""
    if not is_demo_edition():
        raise Http404
    if request.method == "POST":
        person = Person.objects.filter(pk=_number(request), is_demo=True, is_active=True).first()
        if person is None:
            raise Http404
        if request.POST.get("next"):
            request.session[signing.NEXT_KEY] = request.POST["next"]
        return HttpResponseRedirect(signing.begin(request, person, means="DEMO").next_url)
    context = {"groups": build_people_cards(), "next": request.GET.get("next", "")}
    return pages.render(request, "orgs/demo_sign_in.html", context)


def _number(request: HttpRequest) -> int:
    return read_id(request.POST.get("person", "")) or 0
