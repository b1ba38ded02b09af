"""Backup and restore of a home: database, files, keys and tree heads in one archive with a manifest of digests.

The archive is a ``.tar.gz`` whose first member is ``manifest.json``. It is written beside its place and renamed when it
is whole; a restore checks every digest before it touches the home.
"""

import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import orjson
from django.conf import settings
from django.db import connection

from gongbu import __version__
from gongbu.config import home, machines
from gongbu.ground.basics import clock, reach
from gongbu.ground.ledger import heads

FORMAT = 1
BACKING, RESTORING = "gongbu-backup-", "gongbu-restore-"  # folders of work in hand, inside the home
MANIFEST = "manifest.json"
SQLITE_MEMBER = "gongbu.sqlite3"
POSTGRES_MEMBER = "database.pgdump"
# Kept when the home already has one: the heads of a later time are what tells that a backup is old.
HEADS_MEMBER = "heads.log"
SINGLE_FILES = ("secret_key", HEADS_MEMBER)
FOLDERS = ("files", "keys")
CHUNK = 1024 * 1024


class BackupError(Exception):
    """Cannot be done; the text says why and what to do. ``exit_code`` is 2 when the archive is unusable."""

    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def backup(file: Path, *, force: bool = False) -> dict[str, Any]:
    """Write a consistent backup while the platform may be running, and return the ``ledger`` facts and file count.

    The database copy is taken first and files only ever appear, so every file that the copy names is in the archive.

    :raises BackupError: the file exists, another backup is being made, or PostgreSQL's ``pg_dump`` is missing or fails
    """
    if file.exists() and not force:
        raise BackupError(f"{file} 已存在；换一个文件名，或加 --force 覆盖")
    if not file.resolve().parent.is_dir():
        raise BackupError(f"目录 {file.resolve().parent} 不存在")
    root = Path(settings.HOME)
    with _alone(), tempfile.TemporaryDirectory(prefix=BACKING, dir=root) as folder:
        copy = Path(folder) / (SQLITE_MEMBER if home.is_sqlite() else POSTGRES_MEMBER)
        facts = _copy_sqlite(copy) if home.is_sqlite() else _dump_postgres(copy)
        members = [(copy.name, copy), *_files_of(root)]
        manifest = {
            "format": FORMAT,
            "program": __version__,
            "made_at": clock.now().isoformat(timespec="seconds"),
            "database": "sqlite" if home.is_sqlite() else "postgresql",
            "ledger": facts,
            "files": [{"path": name, "size": path.stat().st_size, "sha256": _digest(path)} for name, path in members],
        }
        part = file.with_name(f".{BACKING}{file.name}.part")
        for left in file.resolve().parent.glob(f".{BACKING}*.part"):  # of a backup that was killed
            left.unlink(missing_ok=True)
        try:
            descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w:gz", compresslevel=3) as archive:
                _add_bytes(archive, MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
                for name, path in members:
                    archive.add(path, arcname=name, recursive=False)
                archive.close()
                out.flush()
                os.fsync(out.fileno())
            os.replace(part, file)
        finally:
            part.unlink(missing_ok=True)
    return {"files": len(members), **facts}


def restore(file: Path, *, force: bool = False) -> dict[str, Any]:
    """Check a backup wholly, then put it in place of the home's data; return what was restored and what is missing.

    With ``force`` the data that stood there move to ``replaced-<time>/``. ``heads.log`` of this home stays.

    :raises BackupError: not a backup, damaged, data in the way, or a server running
    """
    root = Path(settings.HOME)
    target = home.database_file()
    if home.is_serving():
        raise BackupError(f"数据目录 {root} 的服务正在运行；请先停止再恢复")
    with _opened(file) as archive:  # a file that is no backup is told before the database is looked at
        _read_manifest(archive, file)
    if others := machines.list_others():
        raise BackupError(
            f"数据库正在使用中：{'、'.join(others)}；请先停止各台服务器上的 gongbu serve 和 gongbu worker"
        )
    occupied = _has_data(target)
    if occupied and not force:
        raise BackupError(f"数据目录 {root} 已有数据；要替换请加 --force（原数据会保留在 replaced-… 目录）")
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    known_size = heads.last_size()
    with _alone(), tempfile.TemporaryDirectory(prefix=RESTORING, dir=root) as folder:
        fresh = Path(folder)
        manifest = _unpack(file, fresh)
        if (manifest["database"] == "sqlite") != home.is_sqlite():
            raise BackupError(
                f"这是 {manifest['database']} 的备份，而当前数据库是 {connection.vendor}；请用相应的 DATABASE_URL 恢复"
            )
        connection.close()
        kept_in = _move_away(root, target) if occupied else None
        if home.is_sqlite():
            assert target is not None
            os.replace(fresh / SQLITE_MEMBER, target)
        else:
            _load_postgres(fresh / POSTGRES_MEMBER)
        for name in FOLDERS:
            if (fresh / name).exists():
                shutil.copytree(fresh / name, root / name, dirs_exist_ok=True)
        for name in SINGLE_FILES:
            if (fresh / name).exists() and not (name == HEADS_MEMBER and (root / name).exists()):
                os.replace(fresh / name, root / name)
    (home.run_dir() / "prepared").unlink(missing_ok=True)
    head_size = int(manifest["ledger"]["head_size"])
    return {
        "made_at": manifest["made_at"],
        "files": len(manifest["files"]),
        "entries": manifest["ledger"]["entries"],
        "head_size": head_size,
        "known_size": known_size,
        "lost_entries": max(0, known_size - int(manifest["ledger"]["entries"])),
        "kept_in": kept_in,
    }


@contextmanager
def _alone() -> Iterator[None]:
    """Be the only backup or restore of this home, and clear away what a killed one left.

    :raises BackupError: another one is running
    """
    try:
        with home.locked("backup", wait=False, refusal="另一个备份或恢复正在进行，请等它结束"):
            for prefix in (BACKING, RESTORING):
                for folder in Path(settings.HOME).glob(f"{prefix}*"):
                    shutil.rmtree(folder, ignore_errors=True)
            yield
    except home.HomeBusy as busy:
        raise BackupError(str(busy)) from None


def _copy_sqlite(copy: Path) -> dict[str, Any]:
    source_file = home.database_file()
    assert source_file is not None
    with closing(sqlite3.connect(source_file, timeout=20)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)  # one read transaction: others keep writing
        target.execute("PRAGMA journal_mode=DELETE")
        (state,) = target.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise BackupError(f"数据库副本未通过完整性检查：{state}")
        return _ledger_facts(lambda sql: target.execute(sql).fetchone())


def _ledger_facts(one: Any) -> dict[str, Any]:
    (entries,) = one("SELECT count(*) FROM ledger_entry")
    head = one("SELECT size, root, algorithm FROM ledger_head ORDER BY size DESC LIMIT 1")
    size, root, algorithm = head or (0, "", "")
    return {"entries": entries, "head_size": size, "head_root": root, "head_algorithm": algorithm}


def _postgres_tool(name: str) -> tuple[str, dict[str, str], list[str]]:
    tool = shutil.which(name)
    if tool is None:
        raise BackupError(f"未找到 {name}：请安装 PostgreSQL 客户端，或由数据库管理员按其制度备份")
    database = settings.DATABASES["default"] | settings.DATABASE_OWNER
    pairs = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    environment = {**os.environ, **{k: str(database[v]) for k, v in pairs.items() if database[v]}}
    # Row-level security binds the owner too; what is dumped are the rows of every region.
    told = zip(reach.SETTINGS, reach.EVERYTHING.settings, strict=True)
    environment["PGOPTIONS"] = " ".join(f"-c {name}={value}" for name, value in told if value)
    return tool, environment, ["--dbname", str(database["NAME"])]


def _dump_postgres(copy: Path) -> dict[str, Any]:
    # The count comes first: entries added meanwhile are in the dump, so the manifest never promises too much.
    with connection.cursor() as cursor:

        def one(sql: str) -> Any:
            cursor.execute(sql)
            return cursor.fetchone()

        facts = _ledger_facts(one)
    tool, environment, where = _postgres_tool("pg_dump")
    _run([tool, "--format=custom", "--no-owner", "--enable-row-security", "--file", str(copy), *where], environment)
    return facts


def _load_postgres(dump: Path) -> None:
    tool, environment, where = _postgres_tool("pg_restore")
    _run([tool, "--clean", "--if-exists", "--no-owner", "--single-transaction", *where, str(dump)], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} 失败：{done.stderr.strip()[-600:]}")


def _files_of(root: Path) -> Iterator[tuple[str, Path]]:
    for name in SINGLE_FILES:
        if (root / name).is_file():
            yield name, root / name
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")) if (root / folder).is_dir() else ():
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix(), path


def _digest(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, int(datetime.now(clock.SHANGHAI).timestamp())
    archive.addfile(member, io.BytesIO(content))


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    """Open an archive; whatever cannot be read of it is a :class:`BackupError` with exit code 2."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except FileNotFoundError as error:
        raise BackupError(f"找不到 {file}", 2) from error
    except (tarfile.TarError, EOFError, OSError, KeyError, orjson.JSONDecodeError) as error:
        raise BackupError(f"{file} 读不出来：不是工部的备份，或已损坏", 2) from error


def _read_manifest(archive: tarfile.TarFile, file: Path) -> dict[str, Any]:
    first = archive.next()
    stream = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
    if stream is None:
        raise BackupError(f"{file} 不是工部的备份：缺少 {MANIFEST}", 2)
    manifest: dict[str, Any] = orjson.loads(stream.read())
    if manifest.get("format") != FORMAT:
        raise BackupError(f"备份格式 {manifest.get('format')} 不能由本版本（格式 {FORMAT}）恢复", 2)
    return manifest


def _unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Unpack into ``folder``, comparing every member with the manifest; nothing outside the list is taken.

    :raises BackupError: unreadable, damaged, incomplete, or of a later format
    """
    with _opened(file) as archive:
        manifest = _read_manifest(archive, file)
        expected = {row["path"]: row for row in manifest["files"]}
        for member in iter(archive.next, None):
            row = expected.pop(member.name, None)
            content = archive.extractfile(member) if member.isfile() else None
            if row is None or content is None or not _is_inside(member.name):
                raise BackupError(f"备份中有清单以外的内容：{member.name}", 2)
            if _write(folder / member.name, content) != (row["size"], row["sha256"]):
                raise BackupError(f"备份已损坏：{member.name} 与清单的摘要不符", 2)
    if expected:
        raise BackupError(f"备份不完整：缺少 {'、'.join(sorted(expected)[:3])} 等 {len(expected)} 个文件", 2)
    return manifest


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    known = name in {SQLITE_MEMBER, POSTGRES_MEMBER, *SINGLE_FILES} or path.parts[0] in FOLDERS
    return known and not path.is_absolute() and ".." not in path.parts


def _write(path: Path, content: Any) -> tuple[int, str]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    out: BinaryIO
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as out:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return size, digest.hexdigest()


def _has_data(database: Path | None) -> bool:
    if database is not None:
        return database.exists()
    return "django_migrations" in connection.introspection.table_names()


def _move_away(root: Path, database: Path | None) -> Path | None:
    kept = root / f"replaced-{clock.now():%Y%m%dT%H%M%S}"
    kept.mkdir(mode=0o700)
    if database is not None:
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{database}{suffix}")
            if part.exists():
                part.rename(kept / part.name)
    else:
        _dump_postgres(kept / POSTGRES_MEMBER)
    for name in ("keys", "secret_key"):
        if (root / name).exists():
            (root / name).rename(kept / name)
    return kept
