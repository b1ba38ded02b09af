"""Where letters of authorisation (授权书) go: a port, because the document room lies above this one.

Until a room calls :func:`use`, letters are kept by digest under ``FILES_DIR/registrations``.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from gongbu.ground.basics.findings import Finding, InvalidInput, Severity

MAX_BYTES = 10 * 1024 * 1024
SIGNATURES = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """What is kept of a letter: the file name as given, the SHA-256 of its content, and where it lies."""

    name: str
    digest: str
    ref: str


def check(content: bytes) -> list[Finding]:
    """Return what is wrong with an uploaded letter; the type is judged by content, not by name."""
    if not content:
        return [Finding("orgs.letter_missing", {}, "letter", Severity.REJECT)]
    if len(content) > MAX_BYTES:
        return [Finding("orgs.letter_too_big", {"mb": MAX_BYTES // 1024 // 1024}, "letter", Severity.REJECT)]
    if not any(content.startswith(signature) for signature in SIGNATURES):
        return [Finding("orgs.letter_type", {}, "letter", Severity.REJECT)]
    return []


def store(stream: IO[bytes], name: str) -> StoredLetter:
    """Check and keep a letter through the port in use.

    :raises InvalidInput: empty, over 10 MB, or neither PDF, JPEG nor PNG by content
    """
    content = stream.read(MAX_BYTES + 1)
    if found := check(content):
        raise InvalidInput(found)
    return _keep(content, Path(name).name[:200])


def _keep_in_folder(content: bytes, name: str) -> StoredLetter:
    digest = hashlib.sha256(content).hexdigest()
    folder = Path(settings.FILES_DIR) / "registrations"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / digest
    if not target.exists():
        part = target.with_suffix(".part")
        part.write_bytes(content)
        part.replace(target)
    return StoredLetter(name, digest, f"registrations/{digest}")


_keep: Callable[[bytes, str], StoredLetter] = _keep_in_folder


def use(keep: Callable[[bytes, str], StoredLetter]) -> None:
    """Plug in another keeper of letters (called from an ``AppConfig.ready``)."""
    global _keep
    _keep = keep


def read(ref: str) -> bytes | None:
    """Return the content of a letter kept by the default keeper, or None."""
    folder, _, digest = ref.partition("/")
    path = Path(settings.FILES_DIR) / "registrations" / Path(digest).name
    return path.read_bytes() if folder == "registrations" and path.is_file() else None
