"""Read leads, assets and offers."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Severity
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Grant, Post, Region
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.orgs.rights import rights
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.promotion.models import CapitalOffer, IdleAsset, Lead

T = TypeVar("T", Lead, IdleAsset, CapitalOffer)
PUBLIC_PAGE = 20


def list_rows(model: type[T], actor: Actor) -> QuerySet[T]:
    """Return the records of a kind that an actor may see."""
    rows: QuerySet[T] = model.objects.narrowed("scope_any_sector")  # type: ignore[attr-defined]
    return rows.filter(actor.scope_any_sector("promotion.view")).select_related("region")


def get_row(model: type[T], pk: int, actor: Actor) -> T:
    """Return one record (1 query).

    :raises NotFound: no such record, or out of sight
    """
    row = list_rows(model, actor).filter(pk=pk).first()
    if row is None:
        raise NotFound("promotion.not_found")
    return row


def list_agent_posts(region: Region | None, actor: Actor) -> list[tuple[str, str]]:
    """Return the posts that may finish an errand, of units in the region, else in the actor's regions (1 query)."""
    posts = Post.objects.filter(closed_on=None).select_related("unit")
    if region is not None:
        posts = posts.filter(unit__region__key_lo__gte=region.key_lo, unit__region__key_lo__lt=region.key_hi)
    else:
        posts = posts.filter(actor.scope_any_sector("promotion.register_lead", "unit__region__key_lo"))
    able = rights().roles_for("promotion.finish_errand") - rights().own_records_only
    held = Grant.objects.unscoped("posts whose roles may finish an errand").filter(in_force(clock.today()))
    posts = posts.filter(pk__in=held.filter(role__in=able, post__isnull=False).values("post_id"))
    rows = posts.order_by("unit__region__key_lo", "unit__name", "name").values_list("pk", "unit__name", "name")[:400]
    return [(str(pk), f"{unit} · {name}") for pk, unit, name in rows]


def find_project(typed: str, region: Region, actor: Actor, field: str) -> int:
    """Return the project meant by a name or a code (up to 4 queries).

    :raises InvalidInput: none, with names that come near
    """
    found, near = projects.find_meant(typed, region.key_lo, region.key_hi, actor)
    if found is None:
        data = {"typed": typed.strip(), "near": "、".join(near) or "没有相近的"}
        raise InvalidInput([Finding("promotion.project_unknown", data, field, Severity.REJECT)])
    return found


def list_public(region_id: int | None = None) -> Sequence[CapitalOffer]:
    """Return published lists for everybody, newest first (1 query)."""
    rows = CapitalOffer.objects.unscoped("offered to everybody").filter(state=CapitalOffer.State.PUBLISHED)
    if region_id is not None:
        rows = rows.filter(region_id=region_id)
    return list(rows.select_related("region").order_by("-published_on", "-pk")[:PUBLIC_PAGE])


def get_public(pk: int) -> CapitalOffer:
    """Return one list for everybody, also when it was withdrawn after it was published (1 query).

    :raises NotFound: no such list, or never published
    """
    rows = CapitalOffer.objects.unscoped("offered to everybody").select_related("region")
    offer = rows.filter(pk=pk, published_on__isnull=False).first()
    if offer is None:
        raise NotFound("promotion.not_found")
    return offer


def landed_ids() -> QuerySet[Any, int | None]:
    """Return the projects that an investment lead has become, for a filter."""
    rows = Lead.objects.unscoped("ids only, to narrow a rule's candidates").filter(state=Lead.State.LANDED)
    return rows.filter(project__isnull=False).order_by().values_list("project_id", flat=True)


def list_landed(project_ids: Sequence[int]) -> set[int]:
    """Return those of the projects that an investment lead has become (1 query)."""
    rows = Lead.objects.unscoped("facts of named projects").filter(project_id__in=project_ids, state=Lead.State.LANDED)
    return set(rows.values_list("project_id", flat=True))
