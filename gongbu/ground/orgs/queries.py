"""Reads of orgs: who acts, who sits where. Regions are in ``regions``, audit in ``audit``."""

import getpass
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, FilteredRelation, Q

from gongbu.ground.basics import clock
from gongbu.ground.orgs.actor import WHOLE_RANGE_HI, Actor, GrantScope
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region, Unit
from gongbu.ground.orgs.rights import rights


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post a person may act in today; ``acts_for`` when it is another's, by delegation."""

    id: int
    name: str
    unit_id: int
    unit_name: str
    unit_kind: str
    acts_for: bool = False


def in_force(on: date, prefix: str = "") -> Q:
    """Return the filter ``valid_from`` ≤ ``on`` < ``valid_to`` (no end counts as for ever)."""
    return Q(**{f"{prefix}valid_from__lte": on}) & (
        Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gt": on})
    )


def list_posts_of(person_id: int, on: date | None = None) -> list[PostRef]:
    """Return the posts the person holds or acts for on the day, own ones first (1 query)."""
    rows = (
        Holding.objects.filter(in_force(on or clock.today()), person_id=person_id, post__closed_on=None)
        .order_by("-kind", "id")
        .values_list("post_id", "post__name", "post__unit_id", "post__unit__name", "post__unit__kind", "kind")
    )
    return [PostRef(*row[:5], acts_for=row[5] == Holding.Kind.ACTS_FOR) for row in rows]


def actor_for(person: Person | int, post: Post | int | None = None, on: date | None = None) -> Actor:
    """Return the person acting in a post, with the grants in force on the day (2 queries).

    Grants are those of the person and of that one post. Without ``post`` it is the first post the person holds.

    :raises LookupError: the person does not exist, is disabled, or neither holds nor acts for ``post`` that day
    """
    person_id = person if isinstance(person, int) else person.pk
    post_id = post if isinstance(post, int) or post is None else post.pk
    return build_actor(person_id, post_id, on or clock.today())


def build_actor(person_id: int, post_id: int | None, on: date) -> Actor:
    """See :func:`actor_for`; ids only."""
    return build_actor_and_posts(person_id, post_id, on)[0]


def needs_second_factor(person_id: int) -> bool:
    """Return whether any role the person may act in today asks for TOTP (三员、发改负责人; 1 query)."""
    today = clock.today()
    by_post = Q(post__holdings__person_id=person_id) & in_force(today, "post__holdings__")
    grants = Grant.objects.unscoped("does any role ask for a second factor").filter(in_force(today))
    return grants.filter(Q(person_id=person_id) | by_post, role__in=rights().second_factor).exists()


def build_actor_and_posts(person_id: int, post_id: int | None, on: date) -> tuple[Actor, list[tuple[int, str, str]]]:
    """Return the actor and all posts he may switch to: (id, post, unit). 2 queries; raises as :func:`actor_for`."""
    rows = list(
        Person.objects.annotate(
            held=FilteredRelation(
                "holdings",
                condition=Q(holdings__valid_from__lte=on) & (Q(holdings__valid_to=None) | Q(holdings__valid_to__gt=on)),
            )
        )
        .filter(pk=person_id, is_active=True)
        .order_by(F("held__kind").desc(nulls_last=True), "held__id")
        .values_list(
            "name",
            "unit_id",
            "unit__name",
            "unit__kind",
            "held__post_id",
            "held__post__name",
            "held__post__unit_id",
            "held__post__unit__name",
            "held__post__unit__kind",
            "held__post__closed_on",
        )
    )
    if not rows:
        raise LookupError(f"no active person {person_id}")
    held = [r for r in rows if r[4] is not None and r[9] is None]
    posts = [(r[4], r[5], r[7]) for r in held]
    row = next((r for r in held if post_id in (None, r[4])), None)
    if row is None and post_id is not None:
        raise LookupError(f"person {person_id} does not hold post {post_id} on {on}")
    grants = _grants(person_id, row[4] if row else None, on)
    if row is None:
        name, unit_id, unit_name, unit_kind = rows[0][:4]
        return Actor(person_id, name, None, "", unit_id, unit_name or "", unit_kind or "", grants), posts
    return Actor(person_id, row[0], row[4], row[5], row[6], row[7], row[8], grants), posts


def _grants(person_id: int, post_id: int | None, on: date) -> tuple[GrantScope, ...]:
    holder = Q(person_id=person_id) if post_id is None else Q(person_id=person_id) | Q(post_id=post_id)
    rows = (
        Grant.objects.unscoped("building the actor that scopes are made from")
        .filter(holder & in_force(on))
        .order_by("id")
        .values_list("role", "region__key_lo", "region__key_hi", "sector")
    )
    return tuple(GrantScope(*row) for row in rows)


def console_actor() -> Actor:
    """Return the operating-system operator on the command line: role CONSOLE over everything.

    The name carries the account of the operating system, so that the ledger says who it was.
    """
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = "?"
    return Actor(None, f"命令行运维（{account}）", grants=(GrantScope("CONSOLE", 0, WHOLE_RANGE_HI),))


def list_units(actor: Actor, act: str = "orgs.view") -> "list[Unit]":
    """Return the standing units in the actor's scope, by name (1 query)."""
    return list(Unit.objects.visible_to(actor, act).filter(status=Unit.Status.ACTIVE).order_by("sort_pinyin", "name"))


def list_units_by_identity(names: Iterable[str], credit_codes: Iterable[str]) -> "list[Unit]":
    """Return the standing units of these names or codes in any region, with their regions (1 query per 500 of each).

    For finding whom a document names, never for listing.
    """
    found: dict[int, Unit] = {}
    for field, wanted in (("name", sorted(set(names))), ("credit_code", sorted(set(credit_codes)))):
        for start in range(0, len(wanted), 500):
            rows = Unit.objects.unscoped("finding units by their identity, not listing").select_related("region")
            some = rows.filter(**{f"{field}__in": wanted[start : start + 500]}, status=Unit.Status.ACTIVE)
            found |= {unit.pk: unit for unit in some}
    return sorted(found.values(), key=lambda unit: unit.pk)


def list_units_around(region: Region, limit: int = 1_000) -> "list[Unit]":
    """Return the standing units of a region, of what holds it and, below a city, of its parts, by name (1 query)."""
    near = Q(region__key_lo__lte=region.key_lo, region__key_hi__gte=region.key_hi)
    if region.level in (Region.Level.COUNTY, Region.Level.TOWNSHIP):
        near |= Q(region__key_lo__gte=region.key_lo, region__key_lo__lt=region.key_hi)
    rows = Unit.objects.unscoped("units that may own a project of the region").filter(near, status=Unit.Status.ACTIVE)
    return list(rows.select_related("region").order_by("sort_pinyin", "name")[:limit])


def find_unit(*, credit_code: str | None = None, name: str | None = None) -> Unit | None:
    """Return the one unit with this credit code, else with this name (also a former one), whatever its region.

    For imports that must find an owner or a department written by name; None when there is none or more than one.
    """
    units = Unit.objects.unscoped("finding a unit by its identity, not listing")
    if credit_code and (found := units.filter(credit_code=credit_code).first()):
        return found
    if not name:
        return None
    rows = list(units.filter(Q(name=name) | Q(short_name=name)).exclude(status=Unit.Status.CLOSED)[:2])
    return rows[0] if len(rows) == 1 else None


def holders_of(post_id: int, on: date | None = None) -> list[int]:
    """Return the ids of the people who hold or act for a post on the day (1 query); for the inbox."""
    rows = Holding.objects.filter(in_force(on or clock.today()), post_id=post_id, person__is_active=True)
    return list(rows.order_by("-kind", "id").values_list("person_id", flat=True))


def posts_for_role(role: str, region_key: int, on: date | None = None, sector: str = "") -> list[int]:
    """Return the ids of posts whose grant of ``role`` covers the region (nearest range first, 1 query).

    For rooms that hand a task to "the 发改经办 of this county". A grant within a sector counts only for that sector.
    """
    rows = _posts_with_width(role, region_key, on, sector)
    return list(dict.fromkeys(pk for pk, _width in rows if pk is not None))


def _posts_with_width(role: str, region_key: int, on: date | None, sector: str) -> Iterable[tuple[int | None, int]]:
    return (
        Grant.objects.unscoped("finding whose duty it is")
        .filter(
            in_force(on or clock.today()),
            role=role,
            post__isnull=False,
            post__closed_on=None,
            region__key_lo__lte=region_key,
            region__key_hi__gt=region_key,
            sector__in=["", sector],
        )
        .annotate(width=F("region__key_hi") - F("region__key_lo"))
        .order_by("width", "id")
        .values_list("post_id", "width")
    )


def nearest_posts(roles: Sequence[str], region_key: int, on: date | None = None) -> list[int]:
    """Return the posts on duty for a region: those of the first of ``roles`` that any post holds there.

    Of these only the posts with the narrowest range count: a county's own officer, not the city's as well (at most
    one query per role).
    """
    for role in roles:
        rows = list(_posts_with_width(role, region_key, on, ""))
        if rows:
            return list(dict.fromkeys(post for post, width in rows if post is not None and width == rows[0][1]))
    return []


def unit_posts(unit_id: int, roles: Sequence[str], on: date | None = None) -> list[int]:
    """Return the open posts of a unit that hold one of the roles on the day, wherever and in whatever sector (1 query).

    For rooms that hand a task to "the 经办 of the department that keeps it".
    """
    rows = Grant.objects.unscoped("finding whose duty it is").filter(
        in_force(on or clock.today()), role__in=roles, post__unit_id=unit_id, post__closed_on=None
    )
    return list(dict.fromkeys(pk for pk in rows.order_by("id").values_list("post_id", flat=True) if pk is not None))


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A demo person with one of his posts and the roles it carries."""

    id: int
    name: str
    unit: str
    post: str
    roles: tuple[str, ...]


def build_people_cards() -> list[tuple[str, list[PersonCard]]]:
    """Return (region, cards) groups of all active demo people; a township stands with its county (2 queries)."""
    today = clock.today()
    rows = (
        Holding.objects.filter(in_force(today), person__is_demo=True, person__is_active=True, kind=Holding.Kind.HOLDS)
        .select_related("person", "post__unit__region__parent")
        .order_by("post__unit__region__key_lo", "post__unit__id", "id")
    )
    held = list(rows)
    roles: dict[int, list[str]] = {}
    grants = Grant.objects.unscoped("the demo page says who is who").filter(
        in_force(today), post__in=[h.post_id for h in held]
    )
    for grant in grants.order_by("id"):
        label = rights().roles.get(grant.role, grant.role)
        mine = roles.setdefault(grant.post_id or 0, [])
        if label not in mine:
            mine.append(label)
    groups: dict[int, tuple[str, list[PersonCard]]] = {}
    for holding in held:
        unit, post = holding.post.unit, holding.post
        is_township = unit.region.level == Region.Level.TOWNSHIP
        region = (unit.region.parent if is_township else None) or unit.region
        _, cards = groups.setdefault(region.pk, (region.name, []))
        carried = tuple(role for role in roles.get(holding.post_id, ()) if role != post.name)
        cards.append(PersonCard(holding.person_id, holding.person.name, unit.name, post.name, carried))
    return list(groups.values())
