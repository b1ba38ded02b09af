"""File, replace and withdraw documents. Receiving bytes takes no transaction; the act itself is short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, NotFound, Refusal
from gongbu.ground.basics.rules.filenames import split_name
from gongbu.ground.basics.rules.secrecy import LABELS, find_secret_rule
from gongbu.ground.documents import access as rules_of_access
from gongbu.ground.documents import kinds
from gongbu.ground.documents import store as files
from gongbu.ground.documents.models import Document, Version
from gongbu.ground.documents.rules.formats import FORMATS
from gongbu.ground.documents.rules.identify import identify, zip_member_names
from gongbu.ground.documents.rules.names import clean_name
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.services import append
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox


@dataclass(frozen=True, slots=True)
class Received:
    """A file that lies in the store and was judged, but belongs to no document yet.

    ``key`` is the idempotency key of a resumable upload: filing it a second time is refused by the ledger.
    """

    name: str
    stored: files.Stored
    format: str
    flags: tuple[str, ...]
    key: str | None = None


class SecretRefused(files.StorageRefusal):
    """Title, file name or published fields meet a secrecy rule (GO-15). The refusal names the rule, not the text."""


def pass_guards(**texts: str) -> None:
    """Test title, file name and published fields by the secrecy rules (GO-15), before anything is kept.

    :raises SecretRefused: one of them is met
    """
    if rule := find_secret_rule(texts.values()):
        raise SecretRefused("documents.secret", rule=LABELS[rule])


def receive(stream: BinaryIO, name: str, *, expected_size: int | None = None) -> Received:
    """Take a file into the store after judging it by content. Call it outside transactions.

    Content that no document refers to in the end is swept away after a day.

    :raises StorageRefusal: too large, disk full, broken off, empty, dangerous, a zip bomb or of unknown type
    :raises SecretRefused: a guard refuses the name, before a byte is read
    """
    pass_guards(name=name)
    partial, stored = files.receive(stream, expected_size=expected_size)
    try:
        verdict = judge(partial, stored.size, name)
        files.keep(partial, stored)
    finally:
        partial.unlink(missing_ok=True)
    return Received(clean_name(name), stored, verdict[0], verdict[1])


def judge(path: Path, size: int, name: str) -> tuple[str, tuple[str, ...]]:
    """Return format code and flags of a file on disk.

    :raises StorageRefusal: it must not be stored
    :raises SecretRefused: the names inside an archive meet a secrecy rule (GO-15)
    """
    with path.open("rb") as stream:
        verdict = identify(stream, size, name)
        if verdict.code == "ZIP" and (rule := find_secret_rule(zip_member_names(stream))):
            raise SecretRefused("documents.secret_member", rule=LABELS[rule])
    if verdict.code is None:
        data: dict[str, Any] = dict(verdict.data)
        if "guess" in data:
            data["guess"] = f"（像是 {data['guess']}）" if data["guess"] else ""
        raise files.StorageRefusal(verdict.refusal, **data)
    return verdict.code, verdict.flags


def store(
    stream: BinaryIO,
    name: str,
    *,
    subject_kind: str,
    subject_id: int,
    region_key: int,
    access: str,
    actor: Actor,
    kind: str = "OTHER",
    title: str = "",
    public: Mapping[str, Any] | None = None,
    expected_size: int | None = None,
) -> Document:
    """Receive a file and file it as a new document of the subject.

    :raises NotAllowed, SecretRefused: before a byte is read
    :raises StorageRefusal: see :func:`receive`
    """
    rules_of_access.require(actor, "documents.add", subject_kind, subject_id, region_key, actor.unit_id)
    pass_guards(name=name, title=title)
    received = receive(stream, name, expected_size=expected_size)
    return add(
        received=received, subject_kind=subject_kind, subject_id=subject_id, region_key=region_key, access=access,
        actor=actor, kind=kind, title=title, public=public,
    )  # fmt: skip


@act("documents.add", "归档材料")
def add(
    *,
    received: Received,
    subject_kind: str,
    subject_id: int,
    region_key: int,
    access: str,
    actor: Actor,
    kind: str = "OTHER",
    title: str = "",
    public: Mapping[str, Any] | None = None,
) -> Document:
    """File a received file as a document of the subject, in that subject's ledger timeline.

    A PUBLIC document gets a receipt with its digest; ``public`` gives other whitelisted fields (Chinese label → text).

    :raises NotAllowed: the actor may not file documents of this subject
    :raises Refusal: unknown kind or access level
    :raises SecretRefused: a guard refuses; ask :func:`pass_guards` before receiving, so that no content waits for the sweep
    """
    rules_of_access.require(actor, "documents.add", subject_kind, subject_id, region_key, actor.unit_id)
    pass_guards(name=received.name, title=title, **{key: str(value) for key, value in (public or {}).items()})
    if not kinds.is_known(kind):
        raise Refusal("documents.unknown_kind", kind=kind, field="kind")
    if access not in Document.Access.values:
        raise Refusal("documents.unknown_access", access=access, field="access")
    document = Document.objects.create(
        title=(title.strip() or split_name(received.name)[0] or received.name)[:160],
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        region_key=region_key,
        access=access,
        person_id=actor.person_id,
        unit_id=actor.unit_id,
        created_at=clock.now(),
    )
    _add_version(document, received, actor, "documents.added", public)
    return document


@act("documents.replace", "替换材料版本")
def replace(*, document_id: int, received: Received, actor: Actor, rev: int) -> Document:
    """Add a new version to a document; the old one stays readable.

    :raises ChangedMeanwhile: somebody replaced or withdrew it since ``rev`` was shown
    :raises Refusal: the content is the same as today's, or the document is withdrawn
    :raises SecretRefused: a guard refuses the file name
    """
    pass_guards(name=received.name)
    document = _for_change(document_id, actor, "documents.replace", rev)
    assert document.current is not None
    if document.current.sha256 == received.stored.sha256:
        raise Refusal("documents.same_content")
    document.rev += 1
    _add_version(document, received, actor, "documents.replaced", None)
    return document


@act("documents.withdraw", "撤回材料")
def withdraw(*, document_id: int, reason: str, actor: Actor, rev: int) -> Document:
    """Withdraw a document: it stays in the archive with the reason, and is no longer public or current.

    :raises ChangedMeanwhile: somebody replaced or withdrew it since ``rev`` was shown
    :raises Refusal: no reason, or withdrawn already
    """
    document = _for_change(document_id, actor, "documents.withdraw", rev)
    if not reason.strip():
        raise Refusal("documents.reason_needed", field="reason")
    pass_guards(reason=reason)
    _withdraw(document, reason, actor)
    return document


def withdraw_all(*, subject_kind: str, subject_id: int, reason: str, actor: Actor) -> int:
    """Withdraw every document of a subject, inside the act that voids the subject; returns their number.

    That act has tested the actor and the reason; a document he may not read is withdrawn with the others.
    """
    mine = Document.objects.unscoped("voided with their subject").select_for_update(of=("self",))
    mine = mine.filter(subject_kind=subject_kind, subject_id=subject_id, withdrawn_at=None).select_related("current")
    found = list(mine.order_by("pk"))
    for document in found:
        _withdraw(document, reason, actor)
    return len(found)


def _withdraw(document: Document, reason: str, actor: Actor) -> None:
    document.withdrawn_at = clock.now()
    document.withdrawn_reason = reason.strip()[:200]
    document.rev += 1
    document.save(update_fields=["withdrawn_at", "withdrawn_reason", "rev"])
    assert document.current is not None
    append(
        EntryDraft(
            kind="documents.withdrawn",
            subject=_subject(document),
            actor=actor.stamp,
            occurred_on=clock.today(),
            before={"document": document.pk, "version": document.current.number},
            after={"document": document.pk, "withdrawn": True, "reason": document.withdrawn_reason},
            documents=_digests(document.current),
        )
    )
    _tell("documents.withdrawn", document)


def add_many(*, received: Sequence[Received], actor: Actor, **filed: Any) -> list[Document]:
    """File several received files one act each; the first refusal stops, what was filed before it stays filed."""
    return [add(received=one, actor=actor, **filed) for one in received]


def follow_subject(*, subject_kind: str, subject_id: int, region_key: int) -> int:
    """Let the documents of a subject follow it to another region, inside the act that moves it; returns their number.

    The act on the subject leaves the entry; a document's own entries keep the region they were made in.
    """
    mine = Document.objects.unscoped("moved with their subject").filter(
        subject_kind=subject_kind, subject_id=subject_id
    )
    return mine.update(region_key=region_key)


def _for_change(document_id: int, actor: Actor, act_name: str, rev: int) -> Document:
    found = Document.objects.unscoped("judged by access.may_read below").filter(pk=document_id)
    document = found.select_for_update(of=("self",)).select_related("current").first()
    if document is None or not rules_of_access.may_read(actor, document):
        raise NotFound("documents.not_found")
    rules_of_access.require(
        actor, act_name, document.subject_kind, document.subject_id, document.region_key, document.unit_id
    )
    if document.withdrawn_at is not None:
        raise Refusal("documents.withdrawn", reason=document.withdrawn_reason)
    if document.rev != rev:
        assert document.current is not None
        raise ChangedMeanwhile(
            "documents.changed",
            by=document.current.person_name,
            at=f"{document.current.created_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
            number=document.current.number,
        )
    return document


def _add_version(
    document: Document, received: Received, actor: Actor, entry_kind: str, public: Mapping[str, Any] | None
) -> None:
    before = document.current
    version = Version(
        document=document,
        number=before.number + 1 if before else 1,
        name=received.name,
        sha256=received.stored.sha256,
        sm3=received.stored.sm3,
        size=received.stored.size,
        format=received.format,
        flags=list(received.flags),
        person_id=actor.person_id,
        person_name=actor.name,
        unit_name=actor.unit_name,
        created_at=clock.now(),
    )
    if public is None and document.access == Document.Access.PUBLIC:
        public = {
            "文书": document.title,
            "类别": kinds.label(document.kind),
            "文件名": version.name,
            "版本": f"第 {version.number} 版",
            "大小": f"{version.size:,} 字节",
            "文件 SM3 摘要": version.sm3,
            "文件 SHA-256 摘要": version.sha256,
        }
    entry = append(
        EntryDraft(
            kind=entry_kind,
            subject=_subject(document),
            actor=actor.stamp,
            occurred_on=clock.today(),
            before={"document": document.pk, "version": before.number, "sha256": before.sha256} if before else None,
            after={
                "document": document.pk,
                "title": document.title,
                "kind": document.kind,
                "access": document.access,
                "version": version.number,
                "name": version.name,
                "size": version.size,
                "format": version.format,
                "format_label": FORMATS[version.format].label,
                "flags": version.flags,
            },
            documents=_digests(version),
            public=public,
            key=received.key,
            corrects=before.entry_id if before and before.receipt and public is not None else None,
        )
    )
    version.entry_id, version.receipt = entry.pk, entry.receipt
    version.save(force_insert=True)
    document.current = version
    document.save(update_fields=["current", "rev"])
    _tell(entry_kind, document)


def _digests(version: Version) -> list[str]:
    return [f"SM3:{version.sm3}", f"SHA-256:{version.sha256}"]


def _subject(document: Document) -> Subject:
    return Subject(document.subject_kind, document.subject_id, document.region_key, document.title)


def _tell(topic: str, document: Document) -> None:
    outbox.add(
        topic, subject_kind=document.subject_kind, subject_id=document.subject_id, region_key=document.region_key,
        document=document.pk, title=document.title,
    )  # fmt: skip
