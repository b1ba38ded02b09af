"""How far a statement may reach: what PostgreSQL's row-level security is told (ADR-0011). SQLite takes no notice.

Nothing told means zero rows of every region-bound table. A request is told its actor's reach. Code that crosses
regions on purpose says so with a reason: the process (worker, commands), the block (acts), or the single statement
(``unscoped``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")
LOWEST, HIGHEST = -(2**63), 2**63 - 1
SETTINGS = ("gongbu.lo", "gongbu.hi", "gongbu.ranges", "gongbu.unit", "gongbu.names", "gongbu.person")


@dataclass(frozen=True)
class Reach:
    """The region ranges (sorted, disjoint, ``lo`` ≤ key < ``hi``) and the unit and person whose own rows may be read.

    ``reads_names`` lets a row of the address book (``ScopedManager(is_directory=True)``) be read wherever it lies,
    because another row names it; a statement that lists the address book itself goes without.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    unit_id: int | None = None
    reads_names: bool = False
    person_id: int | None = None

    @cached_property
    def settings(self) -> tuple[str, ...]:
        """The values of :data:`SETTINGS`: an envelope, which indexes answer, and the exact ranges when it has gaps."""
        if not self.ranges:
            low = high = ""
        else:
            low, high = str(self.ranges[0][0]), str(self.ranges[-1][1])
        exact = "{" + ",".join(f"[{lo},{hi})" for lo, hi in self.ranges) + "}" if len(self.ranges) > 1 else ""
        names = "on" if self.reads_names else ""
        return low, high, exact, str(self.unit_id or ""), names, str(self.person_id or "")

    @cached_property
    def listing(self) -> "Reach":
        """The same without the names of elsewhere: for a statement that lists the address book."""
        return replace(self, reads_names=False)


NOTHING = Reach()
EVERYTHING = Reach(((LOWEST, HIGHEST),), reads_names=True)

# The tables with a policy. A statement that names none of them is not told anything.
GUARDED = re.compile(r"(?!)")

_here: ContextVar[Reach | None] = ContextVar("gongbu_reach", default=None)
_whole_process = NOTHING


def guard(tables: Iterable[str]) -> None:
    """Say which tables have a policy; called once, when all models are known."""
    global GUARDED
    GUARDED = re.compile(rf"\b(?:{'|'.join(tables)})\b")


def current() -> Reach:
    """Return what the next statement of this thread may reach."""
    here = _here.get()
    return _whole_process if here is None else here


def widen_process(reason: str) -> None:
    """Let every thread of this process reach everything where nobody says otherwise: for the worker, commands, tests.

    Never for a process that answers requests.

    :raises ValueError: no reason
    """
    global _whole_process
    _with_reason(reason)
    _whole_process = EVERYTHING


@contextmanager
def told(reach: Reach) -> Iterator[None]:
    """Run the block with this reach; it ends with the block, however that ends."""
    token = _here.set(reach)
    try:
        yield
    finally:
        _here.reset(token)


@contextmanager
def widened(reason: str) -> Iterator[None]:
    """Run the block across all regions; ``reason`` says in one phrase why.

    :raises ValueError: no reason
    """
    _with_reason(reason)
    with told(EVERYTHING):
        yield


def tell(reach: Reach) -> None:
    """Tell the rest of the block of :func:`told` around this call another reach: who asks was found out late."""
    _here.set(reach)


def within(reach: Reach, parts: Iterable[T]) -> Iterator[T]:
    """Yield the parts, each made with this reach: a response that is still read when its request is over."""
    source = iter(parts)
    while True:
        with told(reach):
            try:
                part = next(source)
            except StopIteration:
                return
        yield part


def of_ranges(ranges: Sequence[tuple[int, int]], unit_id: int | None, person_id: int | None) -> Reach:
    """Return the reach of a person signed in: his ranges, his unit, himself, and the names of units everywhere."""
    return Reach(tuple(ranges), unit_id, reads_names=True, person_id=person_id)


def _with_reason(reason: str) -> None:
    if not reason.strip():
        raise ValueError("to reach across regions needs a reason")
