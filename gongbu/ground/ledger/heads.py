"""The second place of tree heads: ``<home>/heads.log``, append-only and flushed to disk, outside the database.

One JSON object per line: a head (size, root, algorithm, signature, key …) or ``{"restored_to": size, …}``, written
when the loss after restoring an older backup was acknowledged. Lines are never taken out, so that what was once
published can be recognised for ever. Whoever restores a backup must leave this file alone.
"""

import fcntl
import mmap
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

_TAIL = 16_384  # bytes; a line has about 400


@dataclass(frozen=True, slots=True)
class LoggedHead:
    """A head as the file remembers it."""

    size: int
    root: str
    algorithm: str
    signed_at: str
    key_id: str = ""
    public_key: str = ""  # base 64


@dataclass(frozen=True, slots=True)
class Break:
    """An acknowledged loss: the heads from ``kept`` + 1 up to ``known`` were published, their entries are gone."""

    kept: int
    kept_on: str
    known: int
    known_on: str
    root: str
    acknowledged_on: str
    old_key: str
    new_key: str


def path() -> Path:
    """Return where the file is."""
    return Path(settings.HOME) / "heads.log"


@contextmanager
def alone() -> Iterator[None]:
    """Be the only one who looks up the last head and writes the next: two who did it at once would write it twice."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with path().open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def write(lines: Iterable[dict[str, Any]]) -> None:
    """Append lines and flush them to the disk; a line torn by a crash is closed first, so that it harms no other."""
    data = b"".join(orjson.dumps(line, option=orjson.OPT_SORT_KEYS) + b"\n" for line in lines)
    if not data:
        return
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as out:
        if out.seek(0, os.SEEK_END) > 0:
            out.seek(-1, os.SEEK_END)
            if out.read(1) != b"\n":
                data = b"\n" + data
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def read() -> list[LoggedHead]:
    """Return the heads that count, by size: those after a restored-to mark replace the ones it cut off."""
    heads: dict[int, LoggedHead] = {}
    file = path()
    if not file.exists():
        return []
    with file.open("rb") as lines:
        for line in lines:
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue  # torn by a crash; the sequencer wrote the head again after it
            if "restored_to" in row:
                heads = {size: head for size, head in heads.items() if size <= row["restored_to"]}
            else:
                heads.setdefault(row["size"], _head(row))
    return [heads[size] for size in sorted(heads)]


def last_size() -> int:
    """Return the size up to which heads are in the file (the last whole line decides), 0 if it is empty."""
    found = last()
    return found.size if found else 0


def last() -> LoggedHead | None:
    """Return the last head in the file, None if it is empty; after a restored-to mark its size, without a root."""
    file = path()
    if not file.exists():
        return None
    with file.open("rb") as lines:
        end = lines.seek(0, os.SEEK_END)
        lines.seek(max(0, end - _TAIL))
        for line in reversed(lines.read().splitlines()):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            return LoggedHead(int(row["restored_to"]), "", "", "") if "restored_to" in row else _head(row)
    return None


def breaks() -> list[Break]:
    """Return the acknowledged losses, oldest first. Searches the bytes of the file, parsing none but these lines."""
    return [
        Break(
            int(row["restored_to"]), str(row.get("kept_at", ""))[:10], int(row["known"]), str(row.get("known_at", ""))[:10],
            str(row["root"]), str(row["at"])[:10], str(row.get("old_key", "")), str(row.get("new_key", "")),
        )
        for row in _rows_with(b'"restored_to"')
        if "restored_to" in row
    ]  # fmt: skip


def was_published(size: int, root: str) -> bool:
    """Return whether the file ever named this head, in a stretch that was lost too."""
    return any(row.get("size") == size and row.get("root") == root for row in _rows_with(f'"{root}"'.encode()))


def _rows_with(needle: bytes) -> Iterator[dict[str, Any]]:
    file = path()
    if not file.exists() or not file.stat().st_size:
        return
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(needle)
        while at >= 0:
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            end = len(data) if end < 0 else end
            try:
                row = orjson.loads(data[start:end])
            except orjson.JSONDecodeError:
                row = None
            if isinstance(row, dict):
                yield row
            at = data.find(needle, end)


def _head(row: dict[str, Any]) -> LoggedHead:
    return LoggedHead(
        row["size"], row["root"], row["algorithm"], row["signed_at"], row.get("key_id", ""), row.get("public_key", "")
    )
