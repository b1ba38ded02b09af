"""Whether a worker lives. On this machine a file lock says so exactly; elsewhere its heartbeat does.

The kernel drops a ``flock`` the moment its process dies, even by ``kill -9``, so the jobs of a killed worker are free
at once. A worker on another machine (PostgreSQL) is given :data:`LEASE`.
"""

import fcntl
import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

HEARTBEAT_SECONDS = 5.0
LEASE = timedelta(seconds=60)


def lock_file(worker_id: str) -> Path:
    """Return the path of a worker's lock file in this home."""
    return Path(settings.HOME) / "run" / f"worker-{worker_id}.lock"


def hold(worker_id: str) -> int:
    """Create and lock the worker's file; the returned descriptor keeps the lock until the process ends."""
    path = lock_file(worker_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def is_alive(worker_id: str, heartbeat_at: datetime | None, now: datetime) -> bool:
    """Return whether the worker is alive: its lock is held here, or (no lock file here) its heartbeat is fresh."""
    try:
        descriptor = os.open(lock_file(worker_id), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return heartbeat_at is not None and abs(now - heartbeat_at) < LEASE  # ahead: the clock was set back
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
