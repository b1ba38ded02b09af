"""Acts on API tokens (接口令牌). A token stands for its person in his post; whoever holds it acts in that name.

Therefore a person makes his own, for acts that he may do. A 安全保密管理员 may revoke anyone's in his range, and may make
one for somebody else only for reading acts: he sees the text, and must not be able to write in another's name.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.orgs import tokens
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import ApiToken, Person
from gongbu.ground.orgs.queries import actor_for, list_posts_of
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.services.record import AlreadyDone, Conflict, enter, key_of, lock_person

MOST_DAYS = 366
MOST_IN_FORCE = 10
_NAME_LENGTH = 60
_READING = (".view", ".browse")


@act("orgs.create_token", "签发接口令牌")
def create_token(
    *,
    actor: Actor,
    name: str,
    scopes: Sequence[str],
    valid_to: date,
    valid_from: date | None = None,
    person_id: int | None = None,
    post_id: int | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for oneself in one's present post, or for ``person_id``; return it with its text, known only now.

    :param name: what it is for, as the ledger and the list show it
    :param scopes: acts it may be used for; each must be allowed to its person
    :param valid_to: first day on which it no longer holds, at most a year after ``valid_from`` (today)
    :raises NotAllowed: for another person, unless he may make tokens for others in that region
    :raises Conflict: no name, no scope, an act its person may not do or too wide a period
    """
    own = person_id is None or person_id == actor.person_id
    if own:
        actor.require("orgs.create_token")
        person_id, post_id = actor.person_id, actor.post_id
    if person_id is None:
        raise Conflict("tokens.nobody")
    person = lock_person(person_id)
    if not own:
        actor.require("orgs.create_token_for", key_of(person))
    post_id = _post_of(person, post_id)
    start = valid_from or clock.today()
    _check(name, start, valid_to)
    chosen = _scopes(scopes, actor_for(person, post_id, clock.today()), only_reading=not own)
    in_force = ApiToken.objects.filter(person=person, revoked_at=None, valid_to__gt=clock.today())
    if in_force.count() >= MOST_IN_FORCE:
        raise Conflict("tokens.too_many", name=person.name, n=MOST_IN_FORCE)
    text = tokens.make()
    token = ApiToken.objects.create(
        person=person, post_id=post_id, name=name.strip(), digest=tokens.digest_of(text), hint=text[-4:],
        scopes=chosen, valid_from=start, valid_to=valid_to, created_at=clock.now(), created_by=actor.name,
    )  # fmt: skip
    after = {
        "name": token.name, "hint": token.hint, "post_id": post_id, "scopes": chosen,
        "valid_from": start.isoformat(), "valid_to": valid_to.isoformat(),
    }  # fmt: skip
    _enter("orgs.token_created", actor, person, after)
    return token, text


@act("orgs.revoke_token", "作废接口令牌")
def revoke_token(*, actor: Actor, token_id: int, reason: str = "") -> ApiToken:
    """End a token at once: one's own, or anyone's in the range of a 安全保密管理员.

    :raises NotFound: no such token, or neither one's own nor in one's range
    :raises AlreadyDone: it is revoked
    """
    token = ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None:
        raise NotFound("tokens.none_such")
    person = Person.objects.select_related("unit__region").get(pk=token.person_id)
    if token.person_id != actor.person_id and not actor.may("orgs.revoke_token_of", key_of(person)):
        raise NotFound("tokens.none_such")
    if token.person_id == actor.person_id:
        actor.require("orgs.revoke_token")
    if token.revoked_at is not None:
        raise AlreadyDone("tokens.revoked_already", name=token.name)
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    _enter("orgs.token_revoked", actor, person, {"name": token.name, "hint": token.hint, "reason": reason.strip()})
    return token


def _post_of(person: Person, post_id: int | None) -> int | None:
    held = [post.id for post in list_posts_of(person.pk)]
    if post_id is None:
        return held[0] if held else None
    if post_id not in held:
        raise NotFound("orgs.no_such_post")
    return post_id


def _check(name: str, start: date, end: date) -> None:
    if not name.strip() or len(name.strip()) > _NAME_LENGTH:
        raise Conflict("tokens.name_missing", field="name")
    if not start < end <= start + timedelta(days=MOST_DAYS) or end <= clock.today():
        raise Conflict("tokens.period", field="valid_to", days=MOST_DAYS)


def _scopes(scopes: Sequence[str], holder: Actor, *, only_reading: bool) -> list[str]:
    chosen = sorted(set(scopes))
    if not chosen:
        raise Conflict("tokens.no_scope", field="scopes")
    matrix = rights()
    for scope in chosen:
        if scope not in matrix.acts or not holder.may(scope):
            label = matrix.label(scope) if scope in matrix.acts else scope
            raise Conflict("tokens.scope_not_his", field="scopes", act=label, name=holder.name)
        if only_reading and not scope.endswith(_READING):
            raise Conflict("tokens.only_reading", field="scopes", act=matrix.label(scope))
    return chosen


def _enter(kind: str, actor: Actor, person: Person, after: Mapping[str, Any]) -> None:
    enter(kind, actor=actor, subject=("person", person.pk, person.name), region_key=key_of(person), after=after)
