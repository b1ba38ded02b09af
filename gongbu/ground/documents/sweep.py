"""Clear what nobody refers to: unfinished files, expired uploads, contents without a document."""

import time
from dataclasses import dataclass
from datetime import date

from gongbu.ground.basics import clock
from gongbu.ground.documents import store, uploads
from gongbu.ground.documents.models import Upload, Version

YOUNG_S = 24 * 3600  # an act may still be about to refer to a younger content
_BATCH = 400


@dataclass(frozen=True, slots=True)
class Swept:
    """How many unfinished files, uploads and contents were removed."""

    partials: int
    uploads: int
    contents: int


def sweep(on: date | None = None) -> Swept:
    """Remove orphans older than a day (and uploads older than three). Registered as a daily job."""
    return Swept(_partials(), _uploads(), _contents())


def _partials() -> int:
    removed = 0
    for path in [*store.work_folder("incoming").iterdir(), *(store.root() / "previews").glob("??/*/*.part")]:
        if _is_old(path.stat().st_mtime):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _uploads() -> int:
    expired = Upload.objects.filter(created_at__lt=clock.now() - uploads.KEPT_FOR)
    count = 0
    for upload in list(expired[:1000]):
        uploads.cancel(upload)
        count += 1
    known = {upload_id.hex for upload_id in Upload.objects.values_list("pk", flat=True)}
    for path in store.work_folder("uploads").iterdir():
        if path.name not in known and _is_old(path.stat().st_mtime):
            path.unlink(missing_ok=True)
            count += 1
    return count


def _contents() -> int:
    removed, batch = 0, []
    for digest, path in store.all_digests():
        if _is_old(path.stat().st_mtime):
            batch.append((digest, path))
        if len(batch) >= _BATCH:
            removed += _remove_unreferenced(batch)
            batch = []
    return removed + _remove_unreferenced(batch)


def _remove_unreferenced(batch) -> int:  # type: ignore[no-untyped-def]
    wanted = set(Version.objects.filter(sha256__in=[digest for digest, _ in batch]).values_list("sha256", flat=True))
    removed = 0
    for digest, path in batch:
        if digest not in wanted and _is_old(path.stat().st_mtime):  # looked at again: it may have been touched
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _is_old(changed_at: float) -> bool:
    return time.time() - changed_at > YOUNG_S
