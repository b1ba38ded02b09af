"""Hash every stored content again and hold each version against the ledger entry that announced it."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.db import DatabaseError

from gongbu.ground.documents import store
from gongbu.ground.documents.models import Version
from gongbu.ground.ledger.queries import contents_of

CHUNK = 200
UNREADABLE = (ValueError, TypeError, AttributeError, KeyError, DatabaseError)
_ANNOUNCED = ("document", "version", "name", "size", "format", "flags")


def find_changed(*, on_progress: Callable[[int], None] | None = None) -> Iterator[tuple[int, str]]:
    """Yield (version id, what is wrong in Chinese) of each version whose bytes or record are not as announced.

    ``on_progress`` is told how many versions were looked at. Equal contents are hashed once.
    """
    hashed: dict[str, str] = {}
    last, seen = 0, 0
    while ids := list(Version.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        last = ids[-1]
        for pk in ids:
            try:
                row = Version.objects.get(pk=pk)
                what = _disagrees(row) or _content(row, hashed)
            except UNREADABLE as error:
                what = f"版本记录读不出：{error}"
            if what:
                yield pk, what
        seen += len(ids)
        if on_progress:
            on_progress(seen)


def _disagrees(row: Version) -> str:
    """Compare a version with its entry: columns first, then both digests."""
    content: dict[str, Any] | None = contents_of([row.entry_id]).get(row.entry_id) if row.entry_id else None
    if content is None:
        return "登记这一版本的账本记录不见了"
    after = content["after"]
    stored = (row.document_id, row.number, row.name, row.size, row.format, row.flags)
    for key, mine in zip(_ANNOUNCED, stored, strict=True):
        if after[key] != mine:
            return f"版本记录的“{key}”与账本不一致"
    if [f"SM3:{row.sm3}", f"SHA-256:{row.sha256}"] != content["documents"]:
        return "版本记录的摘要与账本不一致"
    return "" if content["receipt"] == row.receipt else "版本记录的回执编号与账本不一致"


def _content(row: Version, hashed: dict[str, str]) -> str:
    if row.sha256 not in hashed:
        hashed[row.sha256] = _content_of(row)
    return hashed[row.sha256]


def _content_of(row: Version) -> str:
    try:
        with store.open_content(row.sha256) as content:
            found = hashlib.sha256()
            while chunk := content.read(store.CHUNK):
                found.update(chunk)
    except store.StorageRefusal:
        return "文件内容不见了"
    return "" if found.hexdigest() == row.sha256 else "文件内容与摘要不符：内容被改动"
