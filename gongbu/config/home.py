"""The home (数据目录): make it ready before a command needs its data, cheaply when nothing changed."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from django.conf import settings

from gongbu.config import machines

# Reference data of the rooms: label → function. Each is idempotent and runs again when its files changed.
LOADERS: tuple[tuple[str, str], ...] = (
    ("区划", "gongbu.ground.orgs.region_data:load_regions"),
    ("日历", "gongbu.ground.calendar.services:load_official"),
)
# What decides whether the database and the reference data are up to date.
WATCHED = ("*/*/migrations/*.py", "*/*/*/migrations/*.py", "*/*/data/**/*", "*/*/*_data.py")


class HomeBusy(Exception):
    """Another process holds the lock; ``args[0]`` says which in Chinese."""


def run_dir() -> Path:
    """Return the folder for locks, readable by its owner only."""
    folder = Path(settings.HOME) / "run"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@contextmanager
def locked(name: str, *, wait: bool, refusal: str = "") -> Iterator[None]:
    """Hold ``run/<name>.lock`` for the block. The kernel frees it with the process, so no stale lock is possible.

    :raises HomeBusy: somebody else holds it and ``wait`` is false
    """
    path = run_dir() / f"{name}.lock"
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            holder = os.read(descriptor, 40).decode(errors="replace").strip() or "未知"
            raise HomeBusy(f"{refusal}（进程号 {holder}）") from None
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def is_serving() -> bool:
    """Return whether a server runs on this home."""
    try:
        with locked("serve", wait=False):
            return False
    except HomeBusy:
        return True


def is_sqlite() -> bool:
    """Return whether the data are in this home's SQLite file."""
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3")


def database_file() -> Path | None:
    """Return the SQLite file of this home, or None when the data are in PostgreSQL."""
    return Path(settings.DATABASES["default"]["NAME"]) if is_sqlite() else None


@contextmanager
def as_owner() -> Iterator[None]:
    """Connect for the block as the role that owns the tables, when ``DATABASE_OWNER_URL`` names one."""
    from django.db import connection

    owner = settings.DATABASE_OWNER
    known: dict[str, Any] = connection.settings_dict  # type: ignore[assignment]  # a typed dict in the stubs
    kept = {key: known[key] for key in owner}
    if owner:
        connection.close()
        known.update(owner)
    try:
        yield
    finally:
        if owner:
            connection.close()
            known.update(kept)


def wanted_stamp() -> str:
    """Return a digest of what the database should look like: watched files by name, size and time."""
    digest = hashlib.sha256()
    database = settings.DATABASES["default"]
    if not is_sqlite():  # a home that was moved or copied with its SQLite file is still prepared
        digest.update(repr([str(database[k]) for k in ("NAME", "HOST", "PORT")]).encode())
    for pattern in WATCHED:
        for path in sorted(settings.PACKAGE.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts and "tests" not in path.parts:
                stat = path.stat()
                digest.update(f"{path.relative_to(settings.PACKAGE)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_ready() -> bool:
    """Return whether this home was prepared by this code and its database is still there."""
    try:
        stamp = (run_dir() / "prepared").read_text()
    except FileNotFoundError:
        return False
    if stamp != wanted_stamp():
        return False
    if (file := database_file()) is not None:
        return file.exists()
    from django.db import connection

    return "django_migrations" in connection.introspection.table_names()


def prepare(*, quiet: bool = False, force: bool = False) -> bool:
    """Migrate and load reference data unless that is done already; return whether anything was done.

    One line on standard error says so. Processes that start together wait for the first, on other machines too.
    """
    if not force and is_ready():
        return False
    with locked("prepare", wait=True), machines.one_prepares():
        if not force and is_ready():
            return False
        started = time.monotonic()
        from django.core.management import call_command

        with as_owner():
            call_command("migrate", verbosity=0, interactive=False)
        done = [f"{label} {count}" for label, count in _load()]
        (run_dir() / "prepared").write_text(wanted_stamp())
        if not quiet:
            seconds = time.monotonic() - started
            what = f"；装载 {'、'.join(done)}" if done else ""
            click.echo(f"数据目录 {settings.HOME} 已就绪{what}（{seconds:.1f} 秒）", err=True)
    return True


def _load() -> Iterator[tuple[str, int]]:
    for label, where in LOADERS:
        module, name = where.split(":")
        yield label, int(getattr(import_module(module), name)() or 0)
