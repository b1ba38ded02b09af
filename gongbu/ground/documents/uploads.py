"""Resumable uploads: what has arrived is the size of a file on disk, so a killed server forgets nothing.

The protocol is tus 1.0 (:mod:`tus`); this module knows nothing of HTTP. An upload belongs to the person who began it.
"""

import fcntl
import os
import uuid
from collections.abc import Sequence
from dataclasses import replace as dataclass_replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.basics.rules.filenames import extension_of
from gongbu.ground.documents import services, store
from gongbu.ground.documents.models import Upload
from gongbu.ground.documents.rules.formats import DANGEROUS_EXTENSIONS
from gongbu.ground.documents.rules.names import clean_name
from gongbu.ground.documents.services import Received
from gongbu.ground.documents.store import StorageRefusal
from gongbu.ground.orgs.actor import Actor

KEPT_FOR = timedelta(days=3)
MOST_OPEN = 50  # unfinished uploads of one person
_STEP = 256 * 1024


class WrongOffset(Refusal):
    """The client is not where the server is; it asks again and goes on from there."""


class Busy(Refusal):
    """Another connection is writing to this upload."""

    status = 423


def begin(*, name: str, size: int, actor: Actor) -> Upload:
    """Begin an upload of ``size`` bytes and return it.

    :raises StorageRefusal: too large, no room on the disk, or a name that is never taken
    """
    services.pass_guards(name=name)
    if size > store.max_bytes():
        raise StorageRefusal("documents.too_large", limit=store.in_words(store.max_bytes()))
    if size < 1:
        raise StorageRefusal("documents.empty")
    if store.free_bytes() < size + 64 * 1024**2:
        raise StorageRefusal("documents.disk_full")
    if extension_of(clean_name(name)) in DANGEROUS_EXTENSIONS:
        raise StorageRefusal("documents.dangerous", what=f" .{extension_of(clean_name(name))} 文件")
    assert actor.person_id is not None
    if Upload.objects.filter(person_id=actor.person_id).count() >= MOST_OPEN:
        raise StorageRefusal("documents.too_many_uploads", limit=MOST_OPEN)
    upload = Upload.objects.create(person_id=actor.person_id, name=clean_name(name), size=size, created_at=clock.now())
    path_of(upload).touch(mode=0o600)
    return upload


def get_upload(upload_id: uuid.UUID | str, actor: Actor) -> Upload:
    """Return the actor's own upload.

    :raises NotFound: there is none, it expired, or it is another person's
    """
    try:
        key = upload_id if isinstance(upload_id, uuid.UUID) else uuid.UUID(upload_id)
    except ValueError:
        raise NotFound("documents.upload_not_found") from None
    upload = Upload.objects.filter(pk=key, person_id=actor.person_id).first()  # type: ignore[misc]
    if upload is None or not path_of(upload).exists():
        raise NotFound("documents.upload_not_found")
    return upload


def offset_of(upload: Upload) -> int:
    """Return how many bytes have arrived."""
    return path_of(upload).stat().st_size


def append(upload: Upload, stream: BinaryIO, *, offset: int) -> int:
    """Append what the stream brings, flush it to the disk and return the new offset.

    A connection that breaks off keeps what arrived. Bytes beyond the announced size are refused whole.

    :raises WrongOffset: ``offset`` is not where the file ends
    :raises Busy: another connection is writing
    :raises StorageRefusal: the disk is full (what arrived before stays), or too many bytes
    """
    with path_of(upload).open("r+b") as out:
        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("documents.upload_busy") from None
        start = out.seek(0, os.SEEK_END)
        if start != offset:
            raise WrongOffset("documents.upload_offset", expected=start, got=offset)
        written = start
        with store.disk_may_be_full():
            while chunk := _read(stream):
                if written + len(chunk) > upload.size:
                    out.truncate(start)
                    raise StorageRefusal("documents.truncated", got="更多", expected=store.in_words(upload.size))
                out.write(chunk)
                written += len(chunk)
            out.flush()
            os.fsync(out.fileno())
        return written


def cancel(upload: Upload) -> None:
    """Forget an upload and what arrived of it."""
    path_of(upload).unlink(missing_ok=True)
    upload.delete()


def take(upload_ids: Sequence[str], actor: Actor) -> list[Received]:
    """Move finished uploads into the store and return them, ready to be filed; call it outside transactions.

    :raises Refusal: one is unfinished; none is taken then
    :raises StorageRefusal: one is of a type that is not taken
    :raises SecretRefused: the names inside an archive meet a secrecy rule; that upload is gone
    """
    uploads = [get_upload(upload_id, actor) for upload_id in upload_ids]
    for upload in uploads:
        if offset_of(upload) != upload.size:
            raise Refusal("documents.upload_unfinished", name=upload.name)
    for upload in uploads:
        try:
            services.judge(path_of(upload), upload.size, upload.name)
        except services.SecretRefused:
            cancel(upload)  # nothing of it may stay (GO-15)
            raise
    received = []
    for upload in uploads:
        with path_of(upload).open("rb") as stream:
            one = services.receive(stream, upload.name, expected_size=upload.size)
        received.append(dataclass_replace(one, key=f"documents.upload:{upload.pk}"))
    return received


def done(upload_ids: Sequence[str], actor: Actor) -> None:
    """Remove uploads whose content was filed."""
    for upload in Upload.objects.filter(pk__in=list(upload_ids), person_id=actor.person_id):  # type: ignore[misc]
        cancel(upload)


def path_of(upload: Upload) -> Path:
    """Return the file of an upload."""
    return store.work_folder("uploads") / upload.pk.hex


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read(_STEP)
    except OSError:  # the connection broke off: keep what arrived, the client will ask where we are
        return b""
