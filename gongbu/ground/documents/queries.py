"""Read documents."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.documents import access, kinds
from gongbu.ground.documents.models import Document, Version
from gongbu.ground.documents.rules.formats import FORMATS
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as lists and panels show it: its current version, flags in code form."""

    id: int
    title: str
    kind: str
    kind_label: str
    access: str
    access_label: str
    number: int
    name: str
    size: int
    format: str
    format_label: str
    preview: str
    flags: tuple[str, ...]
    sha256: str
    sm3: str
    person_name: str
    unit_name: str
    created_at: datetime
    receipt: str | None
    entry_id: int | None
    withdrawn_at: datetime | None
    withdrawn_reason: str
    rev: int


@dataclass(frozen=True, slots=True)
class SubjectDocuments:
    """What an actor may see of a subject's documents, and how many he may not."""

    rows: list[DocumentRow]
    hidden: int


def list_for_subject(subject_kind: str, subject_id: int, actor: Actor) -> SubjectDocuments:
    """Return the subject's documents that ``actor`` may open, in archive order (1 query)."""
    found = _all().filter(subject_kind=subject_kind, subject_id=subject_id).select_related("current")
    verdicts: dict[tuple[str, bool, int | None], bool] = {}
    rows, hidden = [], 0
    for document in found.order_by("pk"):
        mine = document.person_id is not None and document.person_id == actor.person_id
        question = (document.access if document.withdrawn_at is None else "WITHDRAWN", mine, document.unit_id)
        if question not in verdicts:  # the subject's room is asked once per level, not once per document
            verdicts[question] = access.may_read(actor, document)
        if verdicts[question]:
            rows.append(row_of(document))
        else:
            hidden += 1
    rows.sort(key=lambda row: (kinds.order(row.kind), row.id))
    return SubjectDocuments(rows, hidden)


_OF_SUBJECT = Prepared(
    lambda kind, pk: _all().filter(subject_kind=kind, subject_id=pk, withdrawn_at=None).values_list("pk")
)


def count_for_subject(subject_kind: str, subject_id: int) -> int:
    """Return how many documents a subject has, withdrawn ones left out (1 query)."""
    return _OF_SUBJECT.count(subject_kind, subject_id)


_PICTURES = [code for code, form in FORMATS.items() if form.preview == "image" or code == "MP4"]


def list_pictured(subject_kind: str, subject_ids: Collection[int]) -> set[int]:
    """Return those of the subjects that have a picture or film on file, withdrawn ones left out (1 query)."""
    found = _all().filter(
        subject_kind=subject_kind, subject_id__in=list(subject_ids), withdrawn_at=None, current__format__in=_PICTURES
    )
    return set(found.values_list("subject_id", flat=True))


def get_document(document_id: int, actor: Actor) -> Document:
    """Return a document that ``actor`` may open, with its current version.

    :raises NotFound: there is none, or it is not for him (the two are not told apart)
    """
    document = _all().select_related("current").filter(pk=document_id).first()
    if document is None or not access.may_read(actor, document):
        raise NotFound("documents.not_found")
    return document


def get_version(document: Document, number: int | None) -> Version:
    """Return a version by number, the current one for None.

    :raises NotFound: no such version
    """
    if number is None or (document.current is not None and document.current.number == number):
        assert document.current is not None
        return document.current
    version = Version.objects.filter(document=document, number=number).first()
    if version is None:
        raise NotFound("documents.not_found")
    return version


def list_versions(document: Document) -> list[Version]:
    """Return all versions, newest first (1 query)."""
    return list(Version.objects.filter(document=document).order_by("-number"))


def names_by_id(ids: list[int]) -> Mapping[int, str]:
    """Return titles of documents by id (1 query)."""
    return dict(_all().filter(pk__in=ids).values_list("pk", "title"))


def _all() -> ScopedQuerySet[Document]:
    return Document.objects.unscoped("each row is judged by access.may_read")


def row_of(document: Document) -> DocumentRow:
    """Return a document with its current version as one row."""
    version = document.current
    assert version is not None
    form = FORMATS[version.format]
    return DocumentRow(
        id=document.pk,
        title=document.title,
        kind=document.kind,
        kind_label=kinds.label(document.kind),
        access=document.access,
        access_label=Document.Access(document.access).label,
        number=version.number,
        name=version.name,
        size=version.size,
        format=version.format,
        format_label=form.label,
        preview=form.preview,
        flags=tuple(version.flags),
        sha256=version.sha256,
        sm3=version.sm3,
        person_name=version.person_name,
        unit_name=version.unit_name,
        created_at=version.created_at,
        receipt=version.receipt,
        entry_id=version.entry_id,
        withdrawn_at=document.withdrawn_at,
        withdrawn_reason=document.withdrawn_reason,
        rev=document.rev,
    )
