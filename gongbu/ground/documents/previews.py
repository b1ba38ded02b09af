"""Previews of PDF pages and pictures, drawn once by :mod:`render` and kept under ``FILES_DIR/previews``."""

import json
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.documents import store
from gongbu.ground.documents.models import Version
from gongbu.ground.documents.rules.formats import FORMATS

MAX_PAGES = 300
WIDTH = 1240  # pixels: A4 at 150 dpi, readable on a phone when zoomed
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Preview:
    """A drawn page: where the picture lies, its media type, and how many pages the file has."""

    path: Path
    media_type: str
    pages: int


class NoPreview(Refusal):
    """The format has no preview, or the file cannot be drawn."""

    status = 404


def can_preview(version: Version) -> bool:
    """Return whether the format can be previewed at all."""
    return bool(FORMATS[version.format].preview) and "encrypted" not in version.flags


def get_preview(version: Version, page: int = 1) -> Preview:
    """Return a page's picture, drawing it at first use (about 0.3 s).

    :raises NoPreview: the format has none, there is no such page, or the file is broken
    """
    if not can_preview(version):
        raise NoPreview("documents.no_preview")
    how = FORMATS[version.format].preview
    if not 1 <= page <= (MAX_PAGES if how == "pdf" else 1):
        raise NoPreview("documents.preview_failed")
    folder = store.root() / "previews" / version.sha256[:2] / version.sha256
    picture, media_type = (f"{page}.png", "image/png") if how == "pdf" else ("1.jpg", "image/jpeg")
    facts = folder / "facts.json"
    if not (folder / picture).exists() or not facts.exists():
        _draw(how, version, page, folder, picture)
    return Preview(folder / picture, media_type, int(json.loads(facts.read_text())["pages"]))


def page_count(version: Version) -> int:
    """Return the number of pages shown (at most :data:`MAX_PAGES`), 0 when the file cannot be drawn."""
    try:
        return min(get_preview(version).pages, MAX_PAGES)
    except NoPreview:
        return 0


def _draw(how: str, version: Version, page: int, folder: Path, picture: str) -> None:
    source = store.path_of(version.sha256)
    if not source.exists():
        raise store.StorageRefusal("documents.content_missing", digest=version.sha256[:16])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f"{uuid.uuid4().hex}.part"
    program = Path(__file__).with_name("render.py")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(program), how, str(source), str(page), str(WIDTH), str(unfinished)],
            capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode or not unfinished.exists():
            raise NoPreview("documents.preview_failed")
        pages = int(done.stdout.split()[0])
        mark = folder / f"{uuid.uuid4().hex}.part"
        mark.write_text(json.dumps({"pages": pages}))
        mark.replace(folder / "facts.json")
        unfinished.replace(folder / picture)
    except subprocess.TimeoutExpired:
        raise NoPreview("documents.preview_failed") from None
    finally:
        unfinished.unlink(missing_ok=True)
