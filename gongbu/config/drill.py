"""``gongbu ledger drill``: change one random bit of a copy of the platform's data and see whether it is found.

The copy is made by a backup and a restore into a folder of its own, so the drill rehearses those as well, and the real
data are only read. Each round changes one bit of one row or file, verifies as ``gongbu ledger verify-all`` does, and
puts the bit back. What is found is then shown to be found by the verification, not by the drill.
"""

import json
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from gongbu.config import backing, home

MARK = "drill-copy"
"""A file in a home that may be damaged; :func:`run_rounds` refuses any other."""


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of thing that is changed: its table, the columns that are proven, and what it is called."""

    label: str
    table: str
    columns: tuple[str, ...]


TARGETS = (
    Target("账本记录", "ledger_entry", (
        "canonical", "leaf_hash", "algorithm", "kind", "subject_kind", "subject_id", "region_key", "occurred_on",
        "recorded_at", "person_id", "clock", "key", "receipt", "id")),
    Target("树的叶子", "ledger_leaf", ("index", "entry_id", "hash", "algorithm")),
    Target("树的节点", "ledger_node", ("level", "index", "hash", "algorithm")),
    Target("签名树头", "ledger_head", ("size", "root", "algorithm", "key_id", "signature", "signed_at", "clock")),
    Target("文件版本", "documents_version", ("document_id", "number", "name", "sha256", "sm3", "size", "format", "receipt")),
    Target("外发消息", "outbox_message", (
        "topic", "subject_kind", "subject_id", "region_key", "data", "created_at", "digest")),
)  # fmt: skip
CONTENT = "文件内容"


@dataclass(frozen=True, slots=True)
class Change:
    """One round: what was changed, where, which bit, and what the verification said ("" when it found nothing)."""

    target: str
    place: str
    bit: int
    found: str


def drill(*, rounds: int, seed: int, on_round: Callable[[dict[str, Any]], None] | None = None) -> list[dict[str, Any]]:
    """Copy the home, run the rounds in a process of its own and return them.

    :raises backing.BackupError: not SQLite, or the home cannot be copied
    """
    if not home.is_sqlite():
        raise backing.BackupError("演练在 SQLite 数据目录上进行：请先用 gongbu backup 取出并恢复到一个演练库")
    with tempfile.TemporaryDirectory(prefix="gongbu-drill-") as folder:
        archive, copy = Path(folder) / "copy.tar.gz", Path(folder) / "home"
        backing.backup(archive)
        gongbu = [sys.executable, "-m", "gongbu", "--home", str(copy)]
        done = subprocess.run([*gongbu, "restore", str(archive)], capture_output=True, text=True)
        if done.returncode:
            raise backing.BackupError(f"副本恢复失败：{(done.stderr or done.stdout).strip()[-600:]}")
        archive.unlink()
        (copy / MARK).touch()
        changes = []
        command = [*gongbu, "ledger", "drill-rounds", "--rounds", str(rounds), "--seed", str(seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            for line in child.stdout:
                changes.append(json.loads(line))
                if on_round:
                    on_round(changes[-1])
            trouble = child.stderr.read()
        if child.returncode:
            raise backing.BackupError(f"演练中断：{trouble.strip()[-600:]}")
    return changes


# ——— what follows runs on the copy ———


def find_all(*, on_progress: Callable[[int], None] | None = None) -> tuple[Any, list[str]]:
    """Verify ledger, document contents and outbox; return the ledger's verdict and what else was found, in words."""
    from gongbu.ground.documents import checking
    from gongbu.ground.ledger import verify
    from gongbu.ground.outbox import sealing

    verdict = verify.verify(on_progress=on_progress)
    others = [f"文件版本 {pk}：{what}" for pk, what in checking.find_changed()]
    others += [f"外发消息 {pk}：内容与封存摘要不符" for pk in sealing.find_changed()]
    return verdict, others


def run_rounds(*, rounds: int, seed: int) -> Iterator[Change]:
    """Change, verify and put back, ``rounds`` times; the kinds take turns, rows, columns and bits are drawn by ``seed``.

    :raises RuntimeError: not a copy made for the drill, or it does not hold while nothing is changed
    """
    if not (Path(settings.HOME) / MARK).exists():
        raise RuntimeError("只在演练副本上改动数据")
    _must_hold("改动之前")
    draw = random.Random(seed)  # noqa: S311 -- a drill that can be repeated
    kinds: list[Target | str] = [target for target in TARGETS if _count(target.table)]
    if _contents():
        kinds.append(CONTENT)
    for n in range(rounds):
        kind = kinds[n % len(kinds)]
        with _changed_content(draw) if isinstance(kind, str) else _changed_row(kind, draw) as (place, bit):
            found = _found()
        yield Change(kind if isinstance(kind, str) else kind.label, place, bit, found)
    _must_hold("放回之后")


def _found() -> str:
    verdict, others = find_all()
    if verdict.ok:
        return "；".join(others)
    bad = verdict.first_bad
    return f"第 {bad.entry} 号记录：{bad.what}" if bad.entry is not None else str(bad.what)


def _must_hold(when: str) -> None:
    if found := _found():
        raise RuntimeError(f"{when}，副本本身未通过核对：{found}")


def _database() -> sqlite3.Connection:
    file = home.database_file()
    assert file is not None
    connection = sqlite3.connect(file, timeout=20)
    connection.text_factory = bytes
    connection.execute("PRAGMA ignore_check_constraints = ON")  # rot on a disk asks none either
    return connection


def _count(table: str) -> int:
    with closing(_database()) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


@contextmanager
def _changed_row(target: Target, draw: random.Random) -> Iterator[tuple[str, int]]:
    """Flip one bit of one column of one row, past triggers and constraints, and put it back at the end."""
    from gongbu.ground.ledger import testing

    with closing(_database()) as db:
        while True:  # a flip that hits a key in use or an empty value is drawn again
            column = draw.choice(target.columns)
            at = draw.randrange(_count(target.table))
            rowid, value = db.execute(
                f'SELECT rowid, "{column}" FROM {target.table} ORDER BY rowid LIMIT 1 OFFSET ?',  # noqa: S608
                (at,),
            ).fetchone()
            if value in (None, b""):
                continue
            bit = draw.randrange(len(value) * 8 if isinstance(value, bytes) else 62)
            try:
                now_at = _write(db, testing, target.table, column, rowid, _flipped(value, bit))
            except sqlite3.IntegrityError:
                continue
            break
        try:
            yield f"{target.table}.{column}（第 {rowid} 行）", bit
        finally:
            _write(db, testing, target.table, column, now_at, value)


def _flipped(value: bytes | int, bit: int) -> bytes | int:
    if isinstance(value, int):
        return value ^ (1 << bit)
    return value[: bit // 8] + bytes([value[bit // 8] ^ (1 << bit % 8)]) + value[bit // 8 + 1 :]


def _write(db: sqlite3.Connection, triggers: Any, table: str, column: str, rowid: int, value: bytes | int) -> int:
    """Write a value as somebody with the file in hand would; return the row's id afterwards."""
    place = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
    for statement in triggers.drop_triggers("sqlite"):
        db.execute(statement)
    try:
        cursor = db.execute(
            f'UPDATE {table} SET "{column}" = {place} WHERE rowid = ? RETURNING rowid',  # noqa: S608
            (value, rowid),
        )
        ((now_at,),) = cursor.fetchall()
        db.commit()
    except sqlite3.IntegrityError:
        db.rollback()
        raise
    finally:
        for statement in triggers.create_triggers("sqlite"):
            db.execute(statement)
        db.commit()
    return int(now_at)


def _contents() -> list[Path]:
    from gongbu.ground.documents import store
    from gongbu.ground.documents.models import Version

    wanted = set(Version.objects.values_list("sha256", flat=True))
    return [path for digest, path in store.all_digests() if digest in wanted and path.stat().st_size]


@contextmanager
def _changed_content(draw: random.Random) -> Iterator[tuple[str, int]]:
    path = draw.choice(_contents())
    content = path.read_bytes()
    bit = draw.randrange(len(content) * 8)
    path.chmod(0o600)
    path.write_bytes(_flipped(content, bit))  # type: ignore[arg-type]
    try:
        yield f"文件 {path.name[:12]}…", bit
    finally:
        path.write_bytes(content)
        path.chmod(0o400)
