"""What the acts of this room share: one ledger entry in the room's shape, and telling sessions to look again."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import F, Q

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Person, Post, Region, Unit
from gongbu.ground.orgs.queries import in_force


class AlreadyDone(Refusal):
    """The record already is what the act would make it."""


class Conflict(Refusal):
    """Another record stands in the way; the data name it."""


def enter(
    kind: str,
    *,
    actor: Actor,
    subject: tuple[str, int, str],
    region_key: int,
    on: date | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append the act's ledger entry. ``subject`` is (kind, id, label): names and posts only, never phone or login name."""
    ledger.append(
        EntryDraft(
            kind=kind,
            subject=Subject(subject[0], subject[1], region_key, subject[2]),
            actor=actor.stamp,
            occurred_on=on or clock.today(),
            before=before,
            after=after,
        )
    )


def lock_unit(unit_id: int) -> Unit:
    """Lock and return a unit.

    :raises NotFound: no such unit
    """
    unit = Unit.objects.unscoped("the act checks the right itself").select_for_update().filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("orgs.no_such_unit")
    return unit


def lock_person(person_id: int) -> Person:
    """Lock and return a person.

    :raises NotFound: no such person
    """
    person = Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise NotFound("orgs.no_such_person")
    return person


def lock_post(post_id: int) -> Post:
    """Lock and return a post.

    :raises NotFound: no such post
    """
    post = Post.objects.select_for_update().filter(pk=post_id).first()
    if post is None:
        raise NotFound("orgs.no_such_post")
    return post


def find_region(region_id: int) -> Region:
    """Return a region.

    :raises NotFound: no such region
    """
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("orgs.no_such_region")
    return region


def key_of(person: Person) -> int:
    """Return the region key of a person's unit (0 without one: only the whole range reaches such a person)."""
    return person.unit.region.key_lo if person.unit is not None else 0


def rights_changed(*, person_id: int | None = None, post_id: int | None = None) -> None:
    """Make the sessions of a person, or of everybody in a post, read posts and grants again."""
    if person_id is not None:
        Person.objects.filter(pk=person_id).update(rights_version=F("rights_version") + 1)
    if post_id is not None:
        where = Q(holdings__post_id=post_id) & in_force(clock.today(), "holdings__")
        ids = list(Person.objects.filter(where).values_list("pk", flat=True))
        Person.objects.filter(pk__in=ids).update(rights_version=F("rights_version") + 1)
