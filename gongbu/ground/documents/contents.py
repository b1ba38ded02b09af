"""What a document holds, for rooms that read it behind the pages; and which documents an actor may open, in bulk."""

from collections.abc import Collection
from dataclasses import dataclass

from gongbu.ground.documents import access
from gongbu.ground.documents.models import Document
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet


@dataclass(frozen=True, slots=True)
class Content:
    """A document with the digest of its present version. ``is_withdrawn``: it stays on file but is no basis any more."""

    document_id: int
    title: str
    kind: str
    access: str
    subject_kind: str
    subject_id: int
    sha256: str
    format: str
    is_encrypted: bool
    is_withdrawn: bool


def list_contents(document_ids: Collection[int]) -> dict[int, Content]:
    """Return documents by id (1 query). No scope: the caller shows nothing of them without :func:`readable`."""
    rows = _all("read behind the pages").filter(pk__in=document_ids).select_related("current")
    return {row.pk: found for row in rows if (found := _content(row)) is not None}


def list_of_subjects(subject_kind: str, after: int = 0, limit: int = 1_000) -> list[Content]:
    """Return the documents of all subjects of a kind above id ``after``, ascending, withdrawn ones left out (1 query)."""
    rows = _all("read behind the pages").filter(subject_kind=subject_kind, pk__gt=after, withdrawn_at=None)
    rows = rows.select_related("current").order_by("pk")
    return [found for row in rows[:limit] if (found := _content(row)) is not None]


def readable(document_ids: Collection[int], actor: Actor, visible_subjects: Collection[int]) -> set[int]:
    """Return those of the documents that ``actor`` may open (1 query, and the access rule's own for 受限 ones).

    ``visible_subjects`` are the subjects that he may read, asked of their room at once.
    """
    found = set()
    for row in _all("judged here and by access.may_read").filter(pk__in=document_ids):
        if row.access == Document.Access.RESTRICTED or row.withdrawn_at is not None:
            allowed = access.may_read(actor, row)
        else:
            allowed = row.access == Document.Access.PUBLIC or (
                row.subject_id in visible_subjects and actor.person_id is not None and actor.may(access.VIEW)
            )
        if allowed:
            found.add(row.pk)
    return found


def _all(why: str) -> ScopedQuerySet[Document]:
    return Document.objects.unscoped(why)


def _content(row: Document) -> Content | None:
    version = row.current
    if version is None:
        return None
    return Content(
        row.pk, row.title, row.kind, row.access, row.subject_kind, row.subject_id, version.sha256, version.format,
        "encrypted" in version.flags, row.withdrawn_at is not None,
    )  # fmt: skip
