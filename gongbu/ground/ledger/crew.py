"""Helpers for verification: the same work on every processor, answers in order, no more than a pipe between them.

Each helper is a forked copy with a database connection of its own. Only entries that stood in the book when the
verification began are asked for, and they never change honestly, so the helpers need no common snapshot. A helper
that dies costs nothing but time: its tasks are done by the others.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from django.db import connection, connections

T = TypeVar("T")
R = TypeVar("R")
AHEAD = 2  # tasks that wait at a helper, so that it is never idle
_inherited: list[Any] = []  # the parent's connection: never used and never closed in a helper


def helpers_for(tasks: int) -> int:
    """Return how many helpers are of use: none for small books, inside a transaction, or where forking is unsafe."""
    if tasks < 8 or connection.in_atomic_block or not hasattr(os, "fork"):
        return 0
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        return 0
    if threading.active_count() > 1 or multiprocessing.current_process().daemon:
        return 0
    return min(len(os.sched_getaffinity(0)), 8) - 1


def in_order(tasks: Sequence[T], work: Callable[[T], R], helpers: int) -> Iterator[R]:
    """Yield ``work(task)`` for every task, in order; this process works too."""
    crew = _Crew(work, helpers)
    waiting = deque(range(len(tasks)))
    done: dict[int, R] = {}
    try:
        for number in range(len(tasks)):
            while number not in done:
                crew.hand_out(waiting, tasks)
                crew.collect(done, waiting, patiently=not waiting)
                if number not in done and waiting:
                    mine = waiting.popleft()
                    done[mine] = work(tasks[mine])
            yield done.pop(number)
    finally:
        crew.dismiss()


class _Crew(Generic[T, R]):
    def __init__(self, work: Callable[[T], R], helpers: int) -> None:
        self.busy: dict[Connection, list[int]] = {}
        self.processes = []
        context = multiprocessing.get_context("fork")
        for _ in range(helpers):
            here, there = context.Pipe()
            process = context.Process(target=_help, args=(there, here, work), daemon=True)
            process.start()
            there.close()
            self.busy[here] = []
            self.processes.append(process)

    def hand_out(self, waiting: deque[int], tasks: Sequence[T]) -> None:
        for pipe, numbers in list(self.busy.items()):
            while waiting and len(numbers) < AHEAD:
                numbers.append(waiting.popleft())
                try:
                    pipe.send((numbers[-1], tasks[numbers[-1]]))
                except OSError:
                    self._lost(pipe, waiting)
                    break

    def collect(self, done: dict[int, R], waiting: deque[int], *, patiently: bool) -> None:
        expected = [pipe for pipe, numbers in self.busy.items() if numbers]
        for pipe in wait(expected, None if patiently else 0) if expected else ():
            assert isinstance(pipe, Connection)
            try:
                number, answer = pipe.recv()
            except (EOFError, OSError):
                self._lost(pipe, waiting)
                continue
            self.busy[pipe].remove(number)
            done[number] = answer

    def _lost(self, pipe: Connection, waiting: deque[int]) -> None:
        waiting.extendleft(sorted(self.busy.pop(pipe), reverse=True))
        pipe.close()

    def dismiss(self) -> None:
        for pipe in self.busy:
            pipe.close()
        for process in self.processes:
            process.terminate()
            process.join()


def _help(pipe: Connection, parents_end: Connection, work: Callable[[T], R]) -> None:
    parents_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    _inherited.append(connections["default"])
    connections["default"] = connection.copy()  # type: ignore[no-untyped-call]
    while True:
        try:
            number, task = pipe.recv()
        except EOFError:
            return
        pipe.send((number, work(task)))
