"""SQLite with a queue before its write lock.

A writer that finds SQLite's lock taken sleeps 1, 2, 5 … 100 ms and looks again, so a lock that is held for two
milliseconds is idle most of the time and whoever looks at the right moment overtakes the others. Here a transaction
takes its turn first: within the process by a lock, among processes by an ``flock``, which the kernel hands on at once
and takes back from a process that dies.

The queue protects nothing. SQLite still keeps out whoever does not stand in it: statements outside a transaction,
other programs.
"""

import fcntl
import os
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

_HERE: dict[str, threading.Lock] = defaultdict(threading.Lock)
os.register_at_fork(after_in_child=_HERE.clear)  # a lock that another thread of the parent held would never be given


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, whose transactions begin in turn."""

    _turn: tuple[threading.Lock, int] | None = None

    def _start_transaction_under_autocommit(self) -> None:
        """Wait for the turn, then begin.

        :raises OperationalError: another thread did not end its transaction within the time-out
        """
        if self.is_in_memory_db():  # one connection for all threads
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
            return
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if autocommit:  # the transaction is over
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        options: dict[str, Any] = self.settings_dict["OPTIONS"]
        database = str(self.settings_dict["NAME"])
        here = _HERE[database]
        if not here.acquire(timeout=options.get("timeout", 5)):
            raise OperationalError("database is locked: another thread does not end its transaction")
        try:
            folder = Path(database).parent / "run"
            folder.mkdir(mode=0o700, exist_ok=True)
            # Opened for every turn: a kept descriptor would be shared, lock and all, with whatever is forked meanwhile.
            file = os.open(folder / "write.turn", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
        except BaseException:
            here.release()
            raise
        self._turn = here, file

    def _end_turn(self) -> None:
        if self._turn is not None:
            here, file = self._turn
            self._turn = None
            os.close(file)
            here.release()
