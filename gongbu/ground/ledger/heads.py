"""The second place of tree heads: ``<home>/heads.log``, append-only and flushed to disk, outside the database.

One JSON object per line: a head (size, root, algorithm, signature, key …) or ``{"restored_to": size, …}``, written
when the loss after restoring an older backup was acknowledged. Whoever restores a backup must leave this file alone.
"""

import fcntl
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
                heads.setdefault(row["size"], LoggedHead(row["size"], row["root"], row["algorithm"], row["signed_at"]))
    return [heads[size] for size in sorted(heads)]


def last_size() -> int:
    """Return the size up to which heads are in the file (the last whole line decides), 0 if it is empty."""
    file = path()
    if not file.exists():
        return 0
    with file.open("rb") as lines:
        end = lines.seek(0, os.SEEK_END)
        lines.seek(max(0, end - _TAIL))
        for line in reversed(lines.read().splitlines()):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            return int(row["restored_to"] if "restored_to" in row else row["size"])
    return 0
