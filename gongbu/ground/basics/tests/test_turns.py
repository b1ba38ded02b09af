"""The queue before SQLite's write lock: one after the other, and given back whatever happens."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.utils import OperationalError

from gongbu.ground.basics.sqlite3.base import DatabaseWrapper

pytestmark = pytest.mark.sqlite
ALIAS = "turns"
HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path, django_db_blocker: Any) -> Iterator[Path]:
    """A database in a file, known to every thread under an alias of its own."""
    path = tmp_path / "turns.sqlite3"
    with sqlite3.connect(path) as book:
        book.execute("PRAGMA journal_mode=WAL")
        book.execute("CREATE TABLE counter (n integer)")
        book.execute("INSERT INTO counter VALUES (0)")
    settings = {**connections["default"].settings_dict, "NAME": str(path)}
    settings["OPTIONS"] = {"timeout": 20, "transaction_mode": "IMMEDIATE"}
    connections.databases[ALIAS] = settings
    with django_db_blocker.unblock():
        yield path
        connections[ALIAS].close()
    del connections[ALIAS], connections.databases[ALIAS]


def be_impatient() -> None:
    """Let connections opened from now on wait for half a second only."""
    connections.databases[ALIAS]["OPTIONS"]["timeout"] = 0.5


def step(work: Any = None) -> None:
    """Count one up, by reading and writing, with something done between the two."""
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT n FROM counter")
        n = cursor.fetchone()[0]
        if work is not None:
            work()
        cursor.execute("UPDATE counter SET n = %s", [n + 1])


def in_thread(work: Any) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections[ALIAS].close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def count(database: Path) -> int:
    with sqlite3.connect(database) as book:
        return int(book.execute("SELECT n FROM counter").fetchone()[0])


def test_threads_write_one_after_the_other(database: Path) -> None:
    for thread in [in_thread(lambda: [step() for _ in range(50)]) for _ in range(4)]:
        thread.join()
    assert count(database) == 200


def test_the_turn_is_given_back_after_a_failure_and_a_lost_connection(database: Path) -> None:
    def fail() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        step(fail)
    with pytest.raises(transaction.TransactionManagementError):
        step(connections[ALIAS].close)
    in_thread(step).join()
    assert count(database) == 1


def test_who_does_not_stand_in_the_queue_still_keeps_writers_out(database: Path) -> None:
    be_impatient()
    with sqlite3.connect(database) as outsider:
        outsider.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            step()
    in_thread(step).join()
    assert count(database) == 1


def test_a_thread_that_does_not_end_lets_the_next_one_know(database: Path) -> None:
    be_impatient()
    refused: list[Exception] = []

    def wait() -> None:
        try:
            step()
        except OperationalError as error:
            refused.append(error)

    step(lambda: in_thread(wait).join())
    assert "does not end its transaction" in str(refused[0])
    assert count(database) == 1


def test_another_process_has_its_turn_and_loses_it_when_killed(database: Path) -> None:
    step()
    command = [sys.executable, "-c", HOLDER, str(database.parent / "run" / "write.turn")]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    waiting = in_thread(step)
    waiting.join(0.3)
    assert waiting.is_alive()
    assert count(database) == 1
    holder.kill()
    holder.wait()
    waiting.join(20)
    assert count(database) == 2


def test_the_program_uses_it() -> None:
    assert isinstance(connections["default"], DatabaseWrapper)
