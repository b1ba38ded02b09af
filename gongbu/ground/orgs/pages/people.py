"""People: page, account acts, appointing, handing over, delegating, importing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.text import read_id
from gongbu.ground.orgs import services, signing
from gongbu.ground.orgs.models import Holding, Person, Post, Unit
from gongbu.ground.orgs.pages.forms import handle
from gongbu.ground.orgs.pages.units import _may, find_post, find_unit, lines
from gongbu.ground.orgs.queries import in_force, needs_second_factor
from gongbu.ground.orgs.services.record import key_of
from gongbu.ground.orgs.services.staff_import import MAX_ROWS, StaffRow, read_rows
from gongbu.ground.registers import pages
from gongbu.ground.registers.forms import FormSpec, Step
from gongbu.ground.registers.importing import reader

UPDATE = FormSpec(
    "orgs.update_person",
    [Step("", ["orgs.person_name", "orgs.phone"])],
    required=("orgs.person_name",),
)


def find_person(request: HttpRequest, pk: int) -> Person:
    """Return a person the actor may see.

    :raises NotFound: there is none in his scope
    """
    actor = request.actor  # type: ignore[attr-defined]
    where = actor.scope("orgs.view", "unit__region__key_lo", "unit__sector")
    person = Person.objects.filter(where, pk=pk).select_related("unit__region").first()
    if person is None:
        raise NotFound("orgs.no_such_person")
    return person


@pages.page("orgs.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """A person with posts, account state and what was done."""
    person = find_person(request, pk)
    today = clock.today()
    holdings = list(
        Holding.objects.filter(person=person).select_related("post__unit").order_by("-valid_from", "-id")[:50]
    )
    unit = person.unit
    context = {
        "person": person,
        "holdings": [(h, h.valid_from <= today and (h.valid_to is None or today < h.valid_to)) for h in holdings],
        "has_device": signing.has_device(person.pk),
        "needs_device": needs_second_factor(person.pk),
        "may": _may(request, key_of(person)),
        "is_self": request.actor.person_id == person.pk,  # type: ignore[attr-defined]
        "lines": lines("person", person.pk),
        "held": list(Post.objects.filter(unit=unit, closed_on=None).order_by("id")) if unit else [],
        "crumbs": [("人员", reverse("orgs:people")), (person.name, None)],
    }
    return pages.render(request, "orgs/person.html", context)


@pages.page("orgs.update_person", methods=("GET", "POST"))
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that changes name and phone."""
    person = find_person(request, pk)

    def save(values: dict[str, Any]) -> str:
        services.update_person(
            actor=request.actor,  # type: ignore[attr-defined]
            person_id=pk,
            name=values["person_name"],
            phone=values["phone"],
            unit_id=person.unit_id or 0,
        )
        return reverse("orgs:person", args=[pk])

    form = UPDATE.bind(request, initial={"orgs.person_name": person.name, "orgs.phone": person.phone}, subject=pk)
    crumbs = [("人员", reverse("orgs:people")), (person.name, reverse("orgs:person", args=[pk])), ("修改", None)]
    return handle(request, form, save, context={"heading": "修改人员信息", "crumbs": crumbs})


def _account_act(right: str, run: Callable[[HttpRequest, int], Any]) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        find_person(request, pk)
        run(request, pk)
        return HttpResponseRedirect(reverse("orgs:person", args=[pk]))

    return pages.page(right, methods=("POST",))(view)


disable = _account_act(
    "orgs.disable_person",
    lambda r, pk: services.disable_person(actor=r.actor, person_id=pk, reason=r.POST.get("reason", "")),  # type: ignore[attr-defined]
)
enable = _account_act(
    "orgs.enable_person",
    lambda r, pk: services.enable_person(actor=r.actor, person_id=pk, reason=r.POST.get("reason", "")),  # type: ignore[attr-defined]
)
reset_second_factor = _account_act(
    "orgs.reset_second_factor",
    lambda r, pk: services.reset_second_factor(actor=r.actor, person_id=pk),  # type: ignore[attr-defined]
)
unlock = _account_act(
    "orgs.unlock_sign_in",
    lambda r, pk: services.unlock_sign_in(actor=r.actor, person_id=pk),  # type: ignore[attr-defined]
)


@never_cache
@pages.page("orgs.reset_password", methods=("POST",))
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a temporary password; the answer is the one page that shows it."""
    person = find_person(request, pk)
    temporary = services.reset_password(actor=request.actor, person_id=pk)  # type: ignore[attr-defined]
    context = {
        "person": person,
        "temporary": temporary,
        "crumbs": [("人员", reverse("orgs:people")), (person.name, None)],
    }
    return pages.render(request, "orgs/temporary_password.html", context)


@pages.page("orgs.appoint", methods=("POST",))
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Appoint the person to a post of the form."""
    post = request.POST.get("post", "")
    services.appoint(actor=request.actor, post_id=read_id(post) or 0, person_id=pk)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("orgs:person", args=[pk]))


@pages.page("orgs.end_holding", methods=("POST",))
def end_holding(request: HttpRequest, pk: int) -> HttpResponse:
    """End a holding."""
    holding = services.end_holding(actor=request.actor, holding_id=pk)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("orgs:person", args=[holding.person_id]))


@pages.page("orgs.end_delegation", methods=("POST",))
def end_delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation before its time."""
    services.end_delegation(actor=request.actor, holding_id=pk)  # type: ignore[attr-defined]
    return HttpResponseRedirect(signing.safe_next(request, request.POST.get("next")))


@pages.page("orgs.hand_over", methods=("GET", "POST"))
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a post over with its open tasks."""
    post = find_post(request, pk)
    return _post_form(request, post, "hand_over", _save_hand_over)


@pages.page("orgs.delegate", methods=("GET", "POST"))
def delegate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody act for the holder of a post for some days."""
    actor = request.actor  # type: ignore[attr-defined]
    post = Post.objects.select_related("unit__region").filter(pk=pk).first()
    if post is None or not (actor.post_id == pk or actor.may("orgs.appoint", post.unit.region.key_lo)):
        raise NotFound("orgs.no_such_post")
    return _post_form(request, post, "delegate", _save_delegation)


def _post_form(request: HttpRequest, post: Post, kind: str, save: Callable[[HttpRequest, Post], Any]) -> HttpResponse:
    errors: list[str] = []
    if request.method == "POST":
        try:
            save(request, post)
            return HttpResponseRedirect(
                reverse("orgs:unit", args=[post.unit_id]) if kind == "hand_over" else reverse("orgs:account")
            )
        except InvalidInput as refusal:
            errors = [word(finding) for finding in refusal.findings]
        except NotFound as refusal:
            errors = [word(refusal)]
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            errors = [word(refusal)]
    today = clock.today()
    context = {
        "post": post,
        "kind": kind,
        "errors": errors,
        "holders": list(
            Holding.objects.filter(in_force(today), post=post, kind=Holding.Kind.HOLDS).select_related("person")
        ),
        "people": list(Person.objects.filter(unit=post.unit, is_active=True).order_by("sort_pinyin", "id")),
        "today": today,
        "week": today + timedelta(days=7),
        "posted": request.POST,
    }
    return pages.render(request, "orgs/post_form.html", context, status=422 if errors else 200)


def _save_hand_over(request: HttpRequest, post: Post) -> None:
    services.hand_over(
        actor=request.actor,  # type: ignore[attr-defined]
        post_id=post.pk,
        from_person_id=_id(request, "from_person"),
        to_person_id=_id(request, "to_person"),
        reason=_reason(request),
        on=_day(request, "on"),
    )


def _save_delegation(request: HttpRequest, post: Post) -> None:
    services.delegate(
        actor=request.actor,  # type: ignore[attr-defined]
        post_id=post.pk,
        to_person_id=_id(request, "to_person"),
        valid_from=_day(request, "valid_from"),
        valid_to=_day(request, "valid_to"),
        reason=_reason(request),
    )


def _id(request: HttpRequest, name: str) -> int:
    number = read_id(request.POST.get(name, ""))
    if number is None:
        raise InvalidInput([Finding("orgs.choose_person", {}, name, Severity.REJECT)])
    return number


def _reason(request: HttpRequest) -> str:
    text = request.POST.get("reason", "").strip()[:200]
    if not text:
        raise InvalidInput([Finding("orgs.reason_missing", {}, "reason", Severity.REJECT)])
    return text


def _day(request: HttpRequest, name: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(request.POST.get(name, "").strip())
    except ValueError as error:
        raise InvalidInput([Finding("orgs.day_form", {}, name, Severity.REJECT)]) from error


@never_cache
@pages.page("orgs.import_people", methods=("GET", "POST"))
def import_people(request: HttpRequest) -> HttpResponse:
    """Import a unit's people from a workbook or CSV: first a trial, then for real."""
    actor = request.actor  # type: ignore[attr-defined]
    units = Unit.objects.visible_to(actor, "orgs.import_people").filter(status=Unit.Status.ACTIVE)
    chosen = request.POST.get("unit", request.GET.get("unit", ""))
    rows: list[StaffRow] = []
    error = ""
    is_trial = request.POST.get("go") != "1"
    if request.method == "POST":
        try:
            if (unit_id := read_id(chosen)) is None:
                raise InvalidInput([Finding("orgs.choose_unit", {}, "unit", Severity.REJECT)])
            unit = find_unit(request, unit_id)
            rows = services.import_people(actor=actor, unit_id=unit.pk, rows=_read(request), dry_run=is_trial)
        except InvalidInput as refusal:
            error = " ".join(word(finding) for finding in refusal.findings)
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            error = word(refusal)
    context = {
        "units": list(units.order_by("sort_pinyin")[:500]),
        "chosen": chosen,
        "rows": rows,
        "error": error,
        "is_trial": is_trial,
        "good": sum(not row.findings for row in rows),
        "max_rows": MAX_ROWS,
        "crumbs": [("人员", reverse("orgs:people")), ("批量导入", None)],
    }
    return pages.render(request, "orgs/import_people.html", context, status=422 if error else 200)


def _read(request: HttpRequest) -> list[StaffRow]:
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput([Finding("orgs.choose_file", {}, "file", Severity.REJECT)])
    book = reader.read(file.read())
    return read_rows([list(row) for row in book.sheets[0].rows])
