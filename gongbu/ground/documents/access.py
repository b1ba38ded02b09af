"""Who may see or file a document. The subject's room decides about its subject; the access level narrows further."""

from collections.abc import Callable

from gongbu.ground.basics.findings import NotAllowed
from gongbu.ground.documents.models import Document
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights

VIEW, VIEW_RESTRICTED = "documents.view", "documents.view_restricted"

SubjectRule = Callable[[Actor, str, int], bool]
_RULES: dict[str, SubjectRule] = {}


def register(subject_kind: str, rule: SubjectRule) -> None:
    """Let the room of a subject kind decide: ``rule(actor, act, subject_id)`` (from ``AppConfig.ready``).

    Without a rule the region decides, and roles bound to their own records reach only what their unit filed.
    """
    _RULES[subject_kind] = rule


def may(actor: Actor, act: str, subject_kind: str, subject_id: int, region_key: int, unit_id: int | None) -> bool:
    """Return whether ``actor`` may do ``act`` with documents of this subject; ``unit_id`` filed the document."""
    if rule := _RULES.get(subject_kind):
        return rule(actor, act, subject_id)
    return actor.may(act, region_key, own=unit_id is not None and unit_id == actor.unit_id)


def require(actor: Actor, act: str, subject_kind: str, subject_id: int, region_key: int, unit_id: int | None) -> None:
    """Raise unless :func:`may` says yes.

    :raises NotAllowed: names the act and the post
    """
    if not may(actor, act, subject_kind, subject_id, region_key, unit_id):
        raise NotAllowed("rights.not_allowed", act=rights().label(act), actor=actor.name, post=actor.post_name)


def may_read(actor: Actor, document: Document) -> bool:
    """Return whether ``actor`` may open the document: 公开 everybody, 内部 by subject, 受限 few roles or its filer."""
    if document.access == Document.Access.PUBLIC and document.withdrawn_at is None:
        return True
    if actor.person_id is None:
        return False
    act = VIEW
    if document.access == Document.Access.RESTRICTED and document.person_id != actor.person_id:
        act = VIEW_RESTRICTED
    return may(actor, act, document.subject_kind, document.subject_id, document.region_key, document.unit_id)
