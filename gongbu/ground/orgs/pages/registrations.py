"""企业自助注册: the public form and its state; the review."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.messages import word
from gongbu.ground.doors import services as doors
from gongbu.ground.orgs import letters, regions, services
from gongbu.ground.orgs import trace as traces
from gongbu.ground.orgs.client_ip import client_ip
from gongbu.ground.orgs.models import Registration, Unit
from gongbu.ground.orgs.pages.units import lines
from gongbu.ground.orgs.services.registrations import SELF_REGISTERED_KINDS, Application, find_by_query_code
from gongbu.ground.registers import downloads, pages

REGISTRATIONS_PER_HOUR = 20  # tries of one address: an office behind one address may hand in several, with mistakes


@never_cache
@sensitive_post_parameters("password", "password_again")
@pages.public_page(methods=("GET", "POST"))
def register(request: HttpRequest) -> HttpResponse:
    """The registration form of a firm."""
    context: dict[str, Any] = {
        "posted": request.POST,
        "errors": {},
        "problems": [],
        "kinds": [(kind.value, kind.label) for kind in SELF_REGISTERED_KINDS],
    }
    if request.method == "POST":
        try:
            doors.count_or_refuse("register", client_ip(request), REGISTRATIONS_PER_HOUR, "orgs.too_many_tries")
            row, query_code = _hand_in(request)
        except InvalidInput as refusal:
            findings = list(refusal.findings)
        except Refusal as refusal:
            findings = [refusal.as_finding()]
        else:
            return pages.render(request, "orgs/registered.html", {"row": row, "query_code": query_code})
        for finding in findings:
            context["errors"].setdefault(finding.field or "", []).append(word(finding))
            context["problems"].append(word(finding))
        return pages.render(request, "orgs/register.html", context, status=422)
    return pages.render(request, "orgs/register.html", context)


def _hand_in(request: HttpRequest) -> tuple[Registration, str]:
    post = request.POST
    if post.get("password", "") != post.get("password_again", ""):
        raise InvalidInput([Finding("password.differs", {}, "password_again", Severity.REJECT)])
    match = regions.resolve_name(post.get("region", "")) if post.get("region") else None
    code = regions.find_by_code(post.get("region", ""))
    region = code.region if code else match.region if match else None
    if region is None:
        names = "、".join(regions.full_name(row) for row in match.candidates[:4]) if match else ""
        raise InvalidInput(
            [Finding("orgs.region_unclear", {"names": names or "没有相近的区划"}, "region", Severity.REJECT)]
        )
    letter = request.FILES.get("letter")
    if letter is None:
        raise InvalidInput([Finding("orgs.letter_missing", {}, "letter", Severity.REJECT)])
    application = Application(
        credit_code=post.get("credit_code", ""),
        unit_name=post.get("unit_name", "")[:120],
        unit_kind=post.get("unit_kind", ""),
        region_id=region.pk,
        contact_name=post.get("contact_name", "")[:40],
        contact_phone=post.get("contact_phone", "").strip()[:20],
        login_name=post.get("login_name", "")[:60],
        password=post.get("password", ""),
    )
    return services.register(
        actor=request.actor,  # type: ignore[attr-defined]
        application=application,
        letter=letter,  # type: ignore[arg-type]
        letter_name=letter.name or "授权书",
    )


@never_cache
@pages.public_page(methods=("GET", "POST"))
def state(request: HttpRequest) -> HttpResponse:
    """Ask for the state of an application by credit code and query code."""
    row, error = None, ""
    if request.method == "POST":
        row = find_by_query_code(request.POST.get("credit_code", ""), request.POST.get("query_code", ""))
        error = "" if row else word(Finding("orgs.wrong_query"))
    context = {"row": row, "error": error, "posted": request.POST}
    return pages.render(request, "orgs/registration_state.html", context, status=404 if error else 200)


def _find(request: HttpRequest, pk: int) -> Registration:
    rows = Registration.objects.visible_to(request.actor, "orgs.review_registrations")  # type: ignore[attr-defined]
    row = rows.select_related("region", "unit", "decided_by").filter(pk=pk).first()
    if row is None:
        raise NotFound("orgs.no_such_registration")
    return row


@pages.page("orgs.review_registrations")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One application with its letter and the two decisions."""
    row = _find(request, pk)
    same = Unit.objects.unscoped("is the firm known already").filter(credit_code=row.credit_code).first()
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "row": row,
        "region": regions.full_name(row.region),
        "known": same,
        "may_decide": row.status == "PENDING" and actor.may("orgs.approve_registration", row.region.key_lo),
        "lines": lines("registration", row.pk),
        "crumbs": [("单位注册", reverse("orgs:registrations")), (row.unit_name, None)],
    }
    return pages.render(request, "orgs/registration.html", context)


@pages.page("orgs.review_registrations")
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter of authorisation, as a download."""
    from io import BytesIO

    row = _find(request, pk)
    content = letters.read(row.letter_ref)
    if content is None:
        raise NotFound("orgs.no_such_registration")
    trace = traces.record(request.actor, "单位注册授权书", 1, {"单位": row.unit_name})  # type: ignore[attr-defined]
    response = FileResponse(BytesIO(content))
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return downloads.attach(response, row.letter_name, trace)  # type: ignore[return-value]


@pages.page("orgs.approve_registration", methods=("POST",))
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or reject."""
    _find(request, pk)
    actor, reason = request.actor, request.POST.get("reason", "").strip()  # type: ignore[attr-defined]
    if request.POST.get("decision") == "approve":
        services.approve_registration(actor=actor, registration_id=pk, reason=reason)
    else:
        services.reject_registration(actor=actor, registration_id=pk, reason=reason)
    return HttpResponseRedirect(reverse("orgs:registration", args=[pk]))
