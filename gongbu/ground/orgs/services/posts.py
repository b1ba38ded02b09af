"""Acts on posts (岗位): set up, close, appoint, end, hand over with open tasks, delegate for some days."""

from datetime import date, timedelta

from django.db.models import QuerySet

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotAllowed, NotFound, Severity
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Holding, Person, Post
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.services.grants import refuse_unseparated, require_may_fill, roles_of_post
from gongbu.ground.orgs.services.record import (
    AlreadyDone,
    Conflict,
    enter,
    lock_person,
    lock_post,
    lock_unit,
    rights_changed,
)
from gongbu.ground.outbox import services as outbox

LONGEST_DELEGATION_DAYS = 180


@act("orgs.create_post", "设立岗位")
def create_post(*, actor: Actor, unit_id: int, name: str) -> Post:
    """Set up a post in a unit.

    :raises InvalidInput: no name
    :raises Conflict: the unit has a post of that name
    """
    unit = lock_unit(unit_id)
    actor.require("orgs.create_post", unit.region.key_lo)
    name = name.strip()
    if not name or len(name) > 60:
        raise InvalidInput([Finding("orgs.post_name_missing", {}, "name", Severity.REJECT)])
    if unit.posts.filter(name=name).exists():
        raise Conflict("orgs.post_name_taken", field="name", name=name, unit=unit.name)
    post = Post.objects.create(unit=unit, name=name)
    _enter("orgs.post_created", actor, post, None, unit=unit.name)
    return post


@act("orgs.close_post", "撤销岗位")
def close_post(*, actor: Actor, post_id: int, on: date | None = None) -> Post:
    """Close a post that nobody holds.

    :raises Conflict: somebody holds it or acts for its holder
    :raises AlreadyDone: it is closed
    """
    post = lock_post(post_id)
    actor.require("orgs.close_post", post.unit.region.key_lo)
    if post.closed_on is not None:
        raise AlreadyDone("orgs.post_is_closed", name=post.name)
    day = on or clock.today()
    if names := list(Holding.objects.filter(in_force(day), post=post).values_list("person__name", flat=True)):
        raise Conflict("orgs.post_is_held", name=post.name, people="、".join(names))
    post.closed_on = day
    post.save(update_fields=["closed_on"])
    _enter("orgs.post_closed", actor, post, day)
    return post


@act("orgs.appoint", "任职")
def appoint(*, actor: Actor, post_id: int, person_id: int, on: date | None = None) -> Holding:
    """Let a person hold a post from a day on. A post may have several holders.

    :raises AlreadyDone: he holds it
    :raises NotAllowed: a post of the three administrators is filled from the command line
    :raises Conflict: he would unite two of the three administrators (三员分立), or appoints himself to a post with a role
    """
    post, person = lock_post(post_id), lock_person(person_id)
    actor.require("orgs.appoint", post.unit.region.key_lo)
    holding = _open(actor, post, person, on or clock.today(), None, Holding.Kind.HOLDS)
    _enter("orgs.appointed", actor, post, holding.valid_from, person_id=person.pk, person=person.name)
    return holding


@act("orgs.end_holding", "免职")
def end_holding(*, actor: Actor, holding_id: int, on: date | None = None) -> Holding:
    """End a person's time in a post without a successor. With open tasks use :func:`hand_over`.

    :raises NotFound: no such holding
    :raises AlreadyDone: it has ended
    """
    holding = _lock_holding(holding_id)
    actor.require("orgs.end_holding", holding.post.unit.region.key_lo)
    require_may_fill(actor, holding.post_id, on or clock.today(), None)
    day = _close(holding, on or clock.today())
    _enter("orgs.holding_ended", actor, holding.post, day, person_id=holding.person_id, person=holding.person.name)
    outbox.add(
        "orgs.holding_ended",
        subject_kind="post",
        subject_id=holding.post_id,
        region_key=holding.post.unit.region.key_lo,
        person_id=holding.person_id,
        on=day.isoformat(),
    )
    return holding


@act("orgs.hand_over", "岗位交接")
def hand_over(
    *, actor: Actor, post_id: int, from_person_id: int, to_person_id: int, reason: str, on: date | None = None
) -> Holding:
    """Hand a post over from one person to another with its open tasks (离岗交接, PF-01).

    The predecessor's time ends and the successor's begins on the same day. The inbox listens on the outbox topic
    ``orgs.handed_over`` (data: ``from_person_id``, ``to_person_id``, ``on``, ``reason``; subject: the post) and moves
    tasks addressed to the predecessor in this post; tasks addressed to the post need no moving.

    :raises NotFound: the predecessor does not hold the post
    :raises NotAllowed: a post of the three administrators is filled from the command line
    :raises Conflict: the successor would unite two of the three administrators, or both are the same person
    """
    post = lock_post(post_id)
    actor.require("orgs.hand_over", post.unit.region.key_lo)
    successor = lock_person(to_person_id)
    if from_person_id == to_person_id:
        raise Conflict("orgs.hand_over_to_self", name=successor.name)
    day = on or clock.today()
    old = (
        Holding.objects.select_for_update()
        .filter(in_force(day), post=post, person_id=from_person_id, kind=Holding.Kind.HOLDS)
        .first()
    )
    if old is None:
        raise NotFound("orgs.does_not_hold", post=post.name)
    require_may_fill(actor, post.pk, day, None)
    _close(old, day)
    others = Holding.objects.filter(in_force(day), post=post, kind=Holding.Kind.HOLDS).exclude(person=successor)
    if not others.exists():  # nobody is left who could have lent the post: what the leaver lent ends with him
        lapse_delegations(Holding.objects.filter(post=post), day)
    running = Holding.objects.filter(in_force(day), post=post, person=successor, kind=Holding.Kind.HOLDS).first()
    new = running or _open(actor, post, successor, day, None, Holding.Kind.HOLDS)
    data = {"from_person_id": from_person_id, "to_person_id": to_person_id, "on": day.isoformat(), "reason": reason}
    names = {"from_person": old.person.name, "to_person": successor.name}
    _enter(
        "orgs.handed_over",
        actor,
        post,
        day,
        from_person_id=from_person_id,
        to_person_id=to_person_id,
        reason=reason,
        **names,
    )
    outbox.add(
        "orgs.handed_over",
        subject_kind="post",
        subject_id=post.pk,
        region_key=post.unit.region.key_lo,
        **data,
    )
    return new


def lapse_delegations(holdings: "QuerySet[Holding]", on: date) -> int:
    """End those of ``holdings`` that act for a holder who has left, from the day on; part of the hand-over's act."""
    lent = list(holdings.select_for_update().filter(kind=Holding.Kind.ACTS_FOR, valid_to__gt=on))
    for holding in lent:
        _close(holding, on)
    return len(lent)


@act("orgs.delegate", "委托代行")
def delegate(
    *, actor: Actor, post_id: int, to_person_id: int, valid_from: date, valid_to: date, reason: str
) -> Holding:
    """Let somebody act for the holder of a post between two days (出差、休假). Who acts signs in his own name.

    A holder delegates his own post; a system administrator any post of his range.

    :param valid_to: first day on which the delegation no longer holds
    :raises NotAllowed: it is not the actor's post and he is no administrator; he acts for its holder himself
    :raises InvalidInput: the period is empty or longer than 180 days
    :raises Conflict: the delegate would unite two of the three administrators
    """
    post, person = lock_post(post_id), lock_person(to_person_id)
    _require_own_or_admin(actor, "orgs.delegate", post)
    holder = _holder(post.pk, valid_from)
    if holder != actor.person_id and not actor.may("orgs.appoint", post.unit.region.key_lo):
        raise NotAllowed("orgs.delegated_not_passed_on", post=post.name)
    if not valid_from < valid_to <= valid_from + timedelta(days=LONGEST_DELEGATION_DAYS):
        raise InvalidInput(
            [Finding("orgs.delegation_period", {"days": LONGEST_DELEGATION_DAYS}, "valid_to", Severity.REJECT)]
        )
    holding = _open(actor, post, person, valid_from, valid_to, Holding.Kind.ACTS_FOR, reason)
    data = {
        "to_person_id": person.pk,
        "valid_from": valid_from.isoformat(),
        "valid_to": valid_to.isoformat(),
        "reason": reason,
    }
    _enter("orgs.delegated", actor, post, None, **data, to_person=person.name)
    outbox.add(
        "orgs.delegated", subject_kind="post", subject_id=post.pk, region_key=post.unit.region.key_lo,
        holding_id=holding.pk, from_person_id=holder, by_name=actor.name, **data,
    )  # fmt: skip
    return holding


def _holder(post_id: int, on: date) -> int | None:
    """Return who holds a post himself on a day, not who acts for him."""
    held = Holding.objects.filter(in_force(on), post_id=post_id, kind=Holding.Kind.HOLDS)
    return held.order_by("pk").values_list("person_id", flat=True).first()


@act("orgs.end_delegation", "终止委托")
def end_delegation(*, actor: Actor, holding_id: int, on: date | None = None) -> Holding:
    """End a delegation before its time.

    :raises NotFound: no such delegation
    :raises AlreadyDone: it has ended
    """
    holding = _lock_holding(holding_id)
    if holding.kind != Holding.Kind.ACTS_FOR:
        raise NotFound("orgs.no_such_delegation")
    _require_own_or_admin(actor, "orgs.end_delegation", holding.post)
    day = _close(holding, on or clock.today())
    _enter("orgs.delegation_ended", actor, holding.post, day, to_person_id=holding.person_id)
    outbox.add(
        "orgs.delegation_ended", subject_kind="post", subject_id=holding.post_id,
        region_key=holding.post.unit.region.key_lo, holding_id=holding.pk, on=day.isoformat(), by_name=actor.name,
    )  # fmt: skip
    return holding


def _open(
    actor: Actor, post: Post, person: Person, start: date, end: date | None, kind: str, reason: str = ""
) -> Holding:
    if post.closed_on is not None:
        raise Conflict("orgs.post_is_closed", name=post.name)
    if not person.is_active:
        raise Conflict("orgs.person_is_disabled", name=person.name)
    running = Holding.objects.filter(post=post, person=person)
    if any((h.valid_to is None or start < h.valid_to) and (end is None or h.valid_from < end) for h in running):
        raise AlreadyDone("orgs.holds_already", name=person.name, post=post.name)
    carried = roles_of_post(post.pk, start, end)
    if kind == Holding.Kind.HOLDS or actor.post_id != post.pk:
        require_may_fill(actor, post.pk, start, end)
    if person.pk == actor.person_id and carried:
        raise Conflict("orgs.grant_to_oneself", role=rights().roles[carried[0]])
    refuse_unseparated(person.pk, carried, start, end)
    holding = Holding.objects.create(
        post=post, person=person, kind=kind, valid_from=start, valid_to=end, reason=reason.strip()[:200]
    )
    rights_changed(person_id=person.pk)
    return holding


def _close(holding: Holding, day: date) -> date:
    if holding.valid_to is not None and holding.valid_to <= day:
        raise AlreadyDone("orgs.holding_has_ended", name=holding.person.name, post=holding.post.name)
    holding.valid_to = max(day, holding.valid_from)
    holding.save(update_fields=["valid_to"])
    rights_changed(person_id=holding.person_id)
    return holding.valid_to


def _lock_holding(holding_id: int) -> Holding:
    holding = Holding.objects.select_for_update().filter(pk=holding_id).first()
    if holding is None:
        raise NotFound("orgs.no_such_holding")
    return holding


def _require_own_or_admin(actor: Actor, name: str, post: Post) -> None:
    actor.require(name, post.unit.region.key_lo)
    key = post.unit.region.key_lo
    if actor.post_id != post.pk and not actor.may("orgs.appoint", key):
        raise NotAllowed("orgs.not_own_post", post=post.name, actor=actor.name)


def _enter(kind: str, actor: Actor, post: Post, on: date | None, **after: object) -> None:
    enter(
        kind,
        actor=actor,
        subject=("post", post.pk, f"{post.unit.name}·{post.name}"),
        region_key=post.unit.region.key_lo,
        on=on,
        after=after or None,
    )
