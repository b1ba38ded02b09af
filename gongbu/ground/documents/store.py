"""The content-addressed store: ``FILES_DIR/ab/cd/<sha256>``, whole or not at all.

A file is written beside the store, flushed to the disk and then renamed to its digest; equal content is stored once.
"""

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.ledger.hashing import DEFAULT

CHUNK = 1024 * 1024
DEFAULT_MAX_BYTES = 512 * 1024 * 1024


class StorageRefusal(Refusal):
    """The file cannot be taken: too large, no room, broken off, a dangerous or unknown type. Nothing was kept."""

    status = 422


@dataclass(frozen=True, slots=True)
class Stored:
    """Content that lies in the store: both digests in hex and its size in bytes."""

    sha256: str
    sm3: str
    size: int


def root() -> Path:
    """Return the folder of the store."""
    return Path(settings.FILES_DIR)


def path_of(sha256: str) -> Path:
    """Return where content lies.

    :raises ValueError: not a SHA-256 in hex
    """
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ValueError("not a SHA-256 in hex")
    return root() / sha256[:2] / sha256[2:4] / sha256


def max_bytes() -> int:
    """Return the largest size taken (``settings.DOCUMENT_MAX_BYTES``)."""
    return int(getattr(settings, "DOCUMENT_MAX_BYTES", DEFAULT_MAX_BYTES))


def work_folder(name: str) -> Path:
    """Return a folder for unfinished things on the same disk, made when needed."""
    folder = root() / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@contextmanager
def disk_may_be_full() -> Iterator[None]:
    """Turn the system's "no space" and "over quota" into the refusal that people understand."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageRefusal("documents.disk_full") from error
        raise


@disk_may_be_full()
def receive(stream: BinaryIO, *, expected_size: int | None = None) -> tuple[Path, Stored]:
    """Write a stream to an unfinished file and return it with its digests; :func:`keep` makes it permanent.

    :raises StorageRefusal: too large, the disk is full, or the stream broke off before ``expected_size``
    """
    partial = work_folder("incoming") / f"{uuid.uuid4().hex}.part"
    sha256, sm3, size, limit = hashlib.sha256(), _sm3(), 0, max_bytes()
    try:
        with partial.open("xb") as out:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise StorageRefusal("documents.too_large", limit=in_words(limit))
                sha256.update(chunk)
                sm3.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if expected_size is not None and size != expected_size:
            raise StorageRefusal("documents.truncated", got=in_words(size), expected=in_words(expected_size))
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return partial, Stored(sha256.hexdigest(), sm3.hexdigest(), size)


@disk_may_be_full()
def keep(partial: Path, stored: Stored) -> Path:
    """Move a received file to its place in the store; content that is there already is only touched.

    :raises StorageRefusal: there is no room for a folder or a name
    """
    target = path_of(stored.sha256)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.exists() and target.stat().st_size == stored.size:
        os.utime(target)  # young again: the sweep leaves it alone until the act has committed
        partial.unlink()
        return target
    partial.chmod(0o400)
    partial.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return target


def open_content(sha256: str) -> BinaryIO:
    """Open stored content for reading.

    :raises StorageRefusal: the content is gone from the disk (the record says what it was)
    """
    try:
        return path_of(sha256).open("rb")
    except FileNotFoundError:
        raise StorageRefusal("documents.content_missing", digest=sha256[:16]) from None


def all_digests() -> Iterator[tuple[str, Path]]:
    """Yield every stored content with its path."""
    for first in sorted(root().glob("[0-9a-f][0-9a-f]")):
        for path in sorted(first.glob("[0-9a-f][0-9a-f]/*")):
            yield path.name, path


def free_bytes() -> int:
    """Return the free room on the disk of the store."""
    return shutil.disk_usage(work_folder("incoming")).free


def in_words(size: int) -> str:
    """Return a size as people read it: ``3.4 MB``."""
    if size < 1024 * 1024:
        return f"{max(size / 1024, 0.1):.1f} KB" if size else "0 KB"
    if size < 1024**3:
        return f"{size / 1024**2:.1f} MB"
    return f"{size / 1024**3:.2f} GB"


def _sm3() -> Any:  # hashlib's own object type has no public name
    assert DEFAULT == "SM3"
    try:
        return hashlib.new("sm3")
    except ValueError:
        return _CryptographySm3()


class _CryptographySm3:
    """hashlib's manners over ``cryptography``'s SM3, where the system's OpenSSL has none."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives import hashes

        self._state = hashes.Hash(hashes.SM3())

    def update(self, data: bytes) -> None:
        """Add bytes."""
        self._state.update(data)

    def hexdigest(self) -> str:
        """Return the digest in hex."""
        return self._state.copy().finalize().hex()
