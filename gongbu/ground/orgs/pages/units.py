"""Units and their posts: list, page, forms."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.ledger import kinds
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.orgs import services
from gongbu.ground.orgs.models import Holding, Person, Post, Unit
from gongbu.ground.orgs.pages.forms import handle
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.orgs.regions import full_name
from gongbu.ground.registers import pages
from gongbu.ground.registers.forms import FormSpec, Step

NEW = FormSpec(
    "orgs.new_unit",
    [
        Step(
            "",
            [
                "orgs.unit_name",
                "orgs.unit_kind",
                "orgs.region_id",
                "orgs.credit_code",
                "orgs.unit_short_name",
                "orgs.sector",
            ],
        )
    ],
    required=("orgs.unit_name", "orgs.unit_kind", "orgs.region_id"),
    wide=("orgs.unit_name",),
)
CORRECT = FormSpec(
    "orgs.correct_unit",
    [Step("", ["orgs.unit_kind", "orgs.credit_code", "orgs.unit_short_name", "orgs.sector"])],
    required=("orgs.unit_kind",),
)
RENAME = FormSpec(
    "orgs.rename_unit", [Step("", ["orgs.unit_name"])], required=("orgs.unit_name",), wide=("orgs.unit_name",)
)
PERSON = FormSpec(
    "orgs.new_person",
    [Step("", ["orgs.person_name", "orgs.login_name", "orgs.phone"])],
    required=("orgs.person_name", "orgs.login_name"),
)
POST = FormSpec("orgs.new_post", [Step("", ["orgs.post_name"])], required=("orgs.post_name",))


def find_unit(request: HttpRequest, pk: int) -> Unit:
    """Return a unit the person may see.

    :raises NotFound: there is none in his scope
    """
    units = Unit.objects.visible_to(request.actor, "orgs.view")  # type: ignore[attr-defined]
    unit = units.select_related("region").filter(pk=pk).first()
    if unit is None:
        raise NotFound("orgs.no_such_unit")
    return unit


@pages.page("orgs.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit with its posts, who holds them, and its people."""
    unit = find_unit(request, pk)
    today = clock.today()
    holders: dict[int, list[Holding]] = {}
    for holding in (
        Holding.objects.filter(in_force(today), post__unit=unit).select_related("person").order_by("-kind", "id")
    ):
        holders.setdefault(holding.post_id, []).append(holding)
    posts = [(post, holders.get(post.pk, [])) for post in unit.posts.filter(closed_on=None).order_by("id")]
    context = {
        "unit": unit,
        "region": full_name(unit.region),
        "held": posts,
        "people": list(Person.objects.filter(unit=unit).order_by("-is_active", "sort_pinyin", "id")[:300]),
        "may": _may(request, unit.region.key_lo),
        "lines": lines("unit", unit.pk),
        "crumbs": [("单位", reverse("orgs:units")), (unit.name, None)],
    }
    return pages.render(request, "orgs/unit.html", context)


def lines(kind: str, pk: int) -> list[dict[str, Any]]:
    """Return the timeline of a subject from the ledger, newest first."""
    return [
        {
            "at": f"{row.occurred_on:%Y-%m-%d}",
            "title": kinds.label(row.kind),
            "who": " ".join(part for part in (row.actor.get("name"), row.actor.get("post_name")) if part),
            "text": str((row.content.get("after") or {}).get("reason") or ""),
            "tone": "",
            "href": "",
            "mark": "",
        }
        for row in list_for_subject(kind, pk, limit=30)
    ]


def _may(request: HttpRequest, key: int) -> dict[str, bool]:
    actor = request.actor  # type: ignore[attr-defined]
    acts = ("rename_unit", "correct_unit", "close_unit", "create_post", "create_person", "import_people", "hand_over",
            "appoint", "end_holding", "close_post", "grant_role", "update_person", "disable_person", "reset_password",
            "reset_second_factor", "unlock_sign_in", "enable_person", "create_token_for")  # fmt: skip
    return {name: actor.may(f"orgs.{name}", key) for name in acts}


@pages.page("orgs.create_unit", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """The form of a new unit."""

    def save(values: dict[str, Any]) -> str:
        unit = services.create_unit(
            actor=request.actor,  # type: ignore[attr-defined]
            name=values["unit_name"],
            kind=values["unit_kind"],
            region_id=values["region_id"],
            credit_code=values["credit_code"] or None,
            short_name=values["unit_short_name"],
            sector=values["sector"],
        )
        return reverse("orgs:unit", args=[unit.pk])

    crumbs = [("单位", reverse("orgs:units")), ("新增单位", None)]
    return handle(request, NEW.bind(request), save, context={"heading": "新增单位", "crumbs": crumbs})


@pages.page("orgs.correct_unit", methods=("GET", "POST"))
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that corrects a unit."""
    unit = find_unit(request, pk)

    def save(values: dict[str, Any]) -> str:
        services.correct_unit(
            actor=request.actor,  # type: ignore[attr-defined]
            unit_id=pk,
            credit_code=values["credit_code"] or None,
            kind=values["unit_kind"],
            short_name=values["unit_short_name"],
            sector=values["sector"],
        )
        return reverse("orgs:unit", args=[pk])

    initial = {
        "orgs.unit_kind": unit.kind,
        "orgs.credit_code": unit.credit_code or "",
        "orgs.unit_short_name": unit.short_name,
        "orgs.sector": unit.sector,
    }
    form = CORRECT.bind(request, initial=initial, subject=pk)
    return handle(
        request, form, save, context={"heading": "更正单位信息", "sub": unit.name, "crumbs": _crumbs(unit, "更正")}
    )


@pages.page("orgs.rename_unit", methods=("GET", "POST"))
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a new name."""
    unit = find_unit(request, pk)

    def save(values: dict[str, Any]) -> str:
        services.rename_unit(actor=request.actor, unit_id=pk, name=values["unit_name"])  # type: ignore[attr-defined]
        return reverse("orgs:unit", args=[pk])

    form = RENAME.bind(request, initial={"orgs.unit_name": unit.name}, subject=pk)
    return handle(
        request, form, save, context={"heading": "单位更名", "sub": "原名仍可查到。", "crumbs": _crumbs(unit, "更名")}
    )


@pages.page("orgs.close_unit", methods=("POST",))
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a unit."""
    services.close_unit(actor=request.actor, unit_id=pk, reason=request.POST.get("reason", ""))  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("orgs:unit", args=[pk]))


@pages.page("orgs.create_post", methods=("GET", "POST"))
def new_post(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a new post."""
    unit = find_unit(request, pk)

    def save(values: dict[str, Any]) -> str:
        services.create_post(actor=request.actor, unit_id=pk, name=values["post_name"])  # type: ignore[attr-defined]
        return reverse("orgs:unit", args=[pk])

    form = POST.bind(request, subject=pk)
    return handle(
        request, form, save, context={"heading": "设立岗位", "sub": unit.name, "crumbs": _crumbs(unit, "设立岗位")}
    )


@pages.page("orgs.close_post", methods=("POST",))
def close_post(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a post that nobody holds."""
    post = services.close_post(actor=request.actor, post_id=pk)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("orgs:unit", args=[post.unit_id]))


@pages.page("orgs.create_person", methods=("GET", "POST"))
def new_person(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a new person."""
    unit = find_unit(request, pk)

    def save(values: dict[str, Any]) -> str:
        person = services.create_person(
            actor=request.actor,  # type: ignore[attr-defined]
            unit_id=pk,
            login_name=values["login_name"],
            name=values["person_name"],
            phone=values["phone"],
        )
        return reverse("orgs:person", args=[person.pk])

    form = PERSON.bind(request, subject=pk)
    return handle(
        request, form, save, context={"heading": "新增人员", "sub": unit.name, "crumbs": _crumbs(unit, "新增人员")}
    )


def find_post(request: HttpRequest, pk: int) -> Post:
    """Return a post of a unit the person may see.

    :raises NotFound: there is none in his scope
    """
    post = Post.objects.select_related("unit__region").filter(pk=pk).first()
    if post is None or not request.actor.may("orgs.view", post.unit.region.key_lo):  # type: ignore[attr-defined]
        raise NotFound("orgs.no_such_post")
    return post


def _crumbs(unit: Unit, last: str) -> list[tuple[str, str | None]]:
    return [("单位", reverse("orgs:units")), (unit.name, reverse("orgs:unit", args=[unit.pk])), (last, None)]
