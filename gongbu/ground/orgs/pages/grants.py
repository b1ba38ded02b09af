"""Grants and the rights matrix."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Severity
from gongbu.ground.orgs import audit, services
from gongbu.ground.orgs.models import AuditEvent, Grant, Post
from gongbu.ground.orgs.pages.forms import handle
from gongbu.ground.orgs.pages.units import lines
from gongbu.ground.orgs.register import GRANTS
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers import pages
from gongbu.ground.registers.filters import as_words
from gongbu.ground.registers.forms import FormSpec, Step


def _roles(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the roles the person may hand out."""
    matrix = rights()
    mine = set().union(*(matrix.granted_by.get(role, frozenset()) for role in request.actor.roles))  # type: ignore[attr-defined]
    return [(role, label) for role, label in matrix.roles.items() if role in mine]


def _posts(request: HttpRequest) -> list[tuple[str, str]]:
    where = request.actor.scope("orgs.grant_role", "unit__region__key_lo")  # type: ignore[attr-defined]
    rows = Post.objects.filter(where, closed_on=None).order_by("unit__region__key_lo", "unit__sort_pinyin", "id")
    return [(str(pk), f"{unit}·{name}") for pk, unit, name in rows.values_list("pk", "unit__name", "name")[:2000]]


NEW = FormSpec(
    "orgs.new_grant",
    [
        Step(
            "",
            ["orgs.role_id", "orgs.grant_post_id", "orgs.region_id", "orgs.sector", "orgs.valid_from", "orgs.valid_to"],
        )
    ],
    required=("orgs.role_id", "orgs.grant_post_id", "orgs.region_id", "orgs.valid_from"),
    options={"orgs.role_id": _roles, "orgs.grant_post_id": _posts},
)


@pages.page("orgs.view_grants")
def list_page(request: HttpRequest) -> HttpResponse:
    """The list of grants; looking at it is audited, once per page of the list."""
    actor = request.actor  # type: ignore[attr-defined]
    audit.record(actor, AuditEvent.Kind.GRANTS_VIEWED, request=request, filters=as_words(GRANTS.read(request)[2]))
    return GRANTS.render_list(request)


@pages.page("orgs.grant_role", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """The form that gives a role to a post."""

    def save(values: dict[str, Any]) -> str:
        if not values["grant_post_id"]:
            raise InvalidInput([Finding("orgs.no_such_post", {}, "grant_post_id", Severity.REJECT)])
        services.grant_role(
            actor=request.actor,  # type: ignore[attr-defined]
            role=values["role_id"],
            region_id=values["region_id"],
            post_id=int(values["grant_post_id"]),
            sector=values["sector"],
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
        )
        return reverse("orgs:grants")

    initial = {"orgs.valid_from": clock.today(), "orgs.grant_post_id": request.GET.get("post", "")}
    crumbs = [("授权", reverse("orgs:grants")), ("授予角色", None)]
    form = NEW.bind(request, initial=initial)
    sub = "授予岗位，任职人随岗取得。只能在自己的区划范围内授予，不能授给自己。"
    return handle(request, form, save, context={"heading": "授予角色", "sub": sub, "crumbs": crumbs})


@pages.page("orgs.view_grants")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One grant, with the button that ends it."""
    grant = _find(request, pk)
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "grant": grant,
        "role": rights().roles.get(grant.role, grant.role),
        "may_revoke": actor.may("orgs.revoke_role", grant.region.key_lo) and grant.role in dict(_roles(request)),
        "acts": sorted(label for label, roles in rights().acts.values() if grant.role in roles),
        "lines": lines("grant", grant.pk),
        "crumbs": [("授权", reverse("orgs:grants")), ("授权详情", None)],
    }
    return pages.render(request, "orgs/grant.html", context)


@pages.page("orgs.revoke_role", methods=("POST",))
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a grant today."""
    reason = request.POST.get("reason", "").strip()[:200]
    services.revoke_role(actor=request.actor, grant_id=pk, reason=reason)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("orgs:grants"))


def _find(request: HttpRequest, pk: int) -> Grant:
    grants = Grant.objects.visible_to(request.actor, "orgs.view_grants")  # type: ignore[attr-defined]
    grant = grants.select_related("region", "post__unit", "person").filter(pk=pk).first()
    if grant is None:
        raise NotFound("orgs.no_such_grant")
    return grant


@pages.page("orgs.view_grants")
def matrix(request: HttpRequest) -> HttpResponse:
    """角色 × 动作: the whole rights matrix as a table, grouped by room."""
    full = rights()
    rooms: dict[str, list[tuple[str, str, frozenset[str]]]] = {}
    for act, (label, roles) in sorted(full.acts.items()):
        rooms.setdefault(act.split(".")[0], []).append((act, label, roles))
    role = request.GET.get("role", "")
    context = {
        "roles": full.roles,
        "rooms": rooms,
        "role": role if role in full.roles else "",
        "separated": full.separated,
        "crumbs": [("授权", reverse("orgs:grants")), ("权限矩阵", None)],
    }
    return pages.render(request, "orgs/matrix.html", context)
