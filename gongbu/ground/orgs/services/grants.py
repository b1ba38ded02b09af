"""Acts on grants (授权): give and take roles. 分级授权 and 三员分立 are kept here and nowhere else.

An administrator gives only roles that his own role may hand out (``granted_by`` in roles.yaml), only inside his own
region range, and never to himself.
"""

from datetime import date

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import NotAllowed, NotFound
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.rules.separation import BASIS, find_conflict
from gongbu.ground.orgs.services.record import (
    AlreadyDone,
    Conflict,
    enter,
    find_region,
    key_of,
    lock_person,
    lock_post,
    rights_changed,
)


@act("orgs.grant_role", "授予角色")
def grant_role(
    *,
    actor: Actor,
    role: str,
    region_id: int,
    post_id: int | None = None,
    person_id: int | None = None,
    sector: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Grant:
    """Give a role over a region to a post (the rule) or to a person (the exception).

    :param sector: narrows the grant to units and projects of one sector (行业归口)
    :param valid_to: first day on which it no longer holds
    :raises NotAllowed: the region or the holder is outside the actor's range, or the role is not his to give
    :raises Conflict: he would grant to himself, or the holder has another of the three administrators' roles (三员分立)
    :raises AlreadyDone: the same grant is in force
    """
    region = find_region(region_id)
    actor.require("orgs.grant_role", region.key_lo)
    _require_may_give(actor, role)
    post = lock_post(post_id) if post_id is not None else None
    person = lock_person(person_id) if person_id is not None else None
    if (post is None) == (person is None):
        raise ValueError("a grant goes to a post or to a person")
    holder_key = post.unit.region.key_lo if post is not None else key_of(person)  # type: ignore[arg-type]
    actor.require("orgs.grant_role", holder_key)
    start = valid_from or clock.today()
    for holder_id in _holders(post, person, start, valid_to):
        if holder_id == actor.person_id:
            raise Conflict("orgs.grant_to_oneself", role=rights().roles[role])
        refuse_unseparated(holder_id, [role], start, valid_to)
    same = Grant.objects.unscoped("is the same grant in force").filter(
        in_force(start), role=role, region=region, post=post, person=person, sector=sector
    )
    if same.exists():
        raise AlreadyDone("orgs.grant_in_force", role=rights().roles[role], region=region.name)
    grant = Grant.objects.create(
        role=role, region=region, post=post, person=person, sector=sector, valid_from=start, valid_to=valid_to
    )
    rights_changed(person_id=person_id, post_id=post_id)
    _enter("orgs.role_granted", actor, grant, region, start)
    return grant


@act("orgs.revoke_role", "收回角色")
def revoke_role(*, actor: Actor, grant_id: int, reason: str, on: date | None = None) -> Grant:
    """End a grant from a day on (today unless said otherwise).

    :raises NotFound: no such grant
    :raises NotAllowed: it is outside the actor's range, or the role is not his to give and take
    :raises AlreadyDone: it has ended
    """
    grant = (
        Grant.objects.unscoped("the act checks the right itself")
        .select_for_update()
        .select_related(None)
        .filter(pk=grant_id)
        .first()
    )
    if grant is None:
        raise NotFound("orgs.no_such_grant")
    actor.require("orgs.revoke_role", grant.region.key_lo)
    _require_may_give(actor, grant.role)
    day = on or clock.today()
    if grant.valid_to is not None and grant.valid_to <= day:
        raise AlreadyDone("orgs.grant_has_ended", role=rights().roles[grant.role])
    grant.valid_to = max(day, grant.valid_from)
    grant.save(update_fields=["valid_to"])
    rights_changed(person_id=grant.person_id, post_id=grant.post_id)
    _enter("orgs.role_revoked", actor, grant, grant.region, day, reason=reason)
    return grant


def refuse_unseparated(person_id: int, new_roles: list[str], start: date, end: date | None) -> None:
    """Refuse roles that would unite one of the three administrators (三员) with any other role in one person at any time.

    Grants of the person and of every post he holds or acts for in the period count.

    :raises Conflict: names the person, the role held and the role asked for
    """
    if not new_roles:
        return
    separated = rights().separated
    list(Person.objects.select_for_update().filter(pk=person_id))  # two grants at once must see each other
    held = set(_roles_in_period(person_id, start, end))
    for role in new_roles:
        if other := find_conflict(role, held | set(new_roles), separated):
            name = Person.objects.values_list("name", flat=True).get(pk=person_id)
            labels = rights().roles
            raise Conflict("orgs.not_separated", basis=BASIS, name=name, role=labels[role], held=labels[other])


def roles_of_post(post_id: int, start: date, end: date | None) -> list[str]:
    """Return the roles a post carries at any time in the period."""
    rows = Grant.objects.unscoped("三员分立 looks at every grant").filter(post_id=post_id)
    return [grant.role for grant in rows if _overlaps(grant.valid_from, grant.valid_to, start, end)]


def require_may_fill(actor: Actor, post_id: int, start: date, end: date | None) -> None:
    """Refuse to put somebody in, or take him out of, a post of the three administrators: who may not give the role may
    not choose its holder either.

    :raises NotAllowed: the post carries a role that is not the actor's to give
    """
    for role in rights().separated.intersection(roles_of_post(post_id, start, end)):
        _require_may_give(actor, role)


def require_may_manage(actor: Actor, person: Person, on: date) -> None:
    """Refuse to touch the account of one of the three administrators: with a new password one would act in his name.

    :raises NotAllowed: he holds, now or later, a role that is not the actor's to give
    """
    held = rights().separated.intersection(_roles_in_period(person.pk, on, None))
    matrix = rights()
    if not all(any(role in matrix.granted_by.get(own, ()) for own in actor.roles) for role in held):
        labels = "、".join(matrix.roles[role] for role in sorted(held))
        raise NotAllowed("orgs.administrator_by_console", name=person.name, role=labels)


def _roles_in_period(person_id: int, start: date, end: date | None) -> list[str]:
    roles = [
        grant.role
        for grant in Grant.objects.unscoped("三员分立 looks at every grant").filter(person_id=person_id)
        if _overlaps(grant.valid_from, grant.valid_to, start, end)
    ]
    for holding in Holding.objects.filter(person_id=person_id):
        if _overlaps(holding.valid_from, holding.valid_to, start, end):
            roles += roles_of_post(holding.post_id, start, end)
    return roles


def _overlaps(a_from: date, a_to: date | None, b_from: date, b_to: date | None) -> bool:
    return (a_to is None or b_from < a_to) and (b_to is None or a_from < b_to)


def _require_may_give(actor: Actor, role: str) -> None:
    matrix = rights()
    if role not in matrix.roles or not any(role in matrix.granted_by.get(own, ()) for own in actor.roles):
        raise NotAllowed("orgs.role_not_to_give", role=matrix.roles.get(role, role), actor=actor.name)


def _holders(post: Post | None, person: Person | None, start: date, end: date | None) -> list[int]:
    if person is not None:
        return [person.pk]
    rows = Holding.objects.filter(post=post)
    return [row.person_id for row in rows if _overlaps(row.valid_from, row.valid_to, start, end)]


def _enter(kind: str, actor: Actor, grant: Grant, region: Region, on: date, **more: str) -> None:
    holder = grant.post or grant.person
    body = {
        "role": grant.role,
        "region_id": region.pk,
        "region": region.name,
        "sector": grant.sector,
        "post_id": grant.post_id,
        "person_id": grant.person_id,
        "holder": str(holder),
        "valid_from": grant.valid_from.isoformat(),
        "valid_to": grant.valid_to.isoformat() if grant.valid_to else None,
        **more,
    }
    label = f"{rights().roles[grant.role]}（{region.name}）→ {holder}"
    enter(kind, actor=actor, subject=("grant", grant.pk, label), region_key=region.key_lo, on=on, after=body)
