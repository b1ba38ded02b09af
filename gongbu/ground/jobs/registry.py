"""What can run behind the pages. Rooms register in ``AppConfig.ready``; nothing here touches the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

# Below this period a cadence is kept in the worker's memory: a row written every second would be the busiest of all.
IN_MEMORY_BELOW_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Job:
    """A named function of JSON arguments. It may run more than once and must be idempotent."""

    name: str
    label: str
    function: Callable[..., Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Periodic:
    """A function called every ``seconds``; with many workers, by one of them (or, below 10 s, by each)."""

    name: str
    label: str
    seconds: float
    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Daily:
    """A function called once for each legal day, oldest missed day first."""

    name: str
    label: str
    function: Callable[[date], Any]


JOBS: dict[str, Job] = {}
PERIODIC: dict[str, Periodic] = {}
DAILY: dict[str, Daily] = {}


def label_of(name: str) -> str:
    """Return the Chinese label of a job or cadence, or the name itself when its room is gone."""
    found = JOBS.get(name) or PERIODIC.get(name) or DAILY.get(name)
    return found.label if found else name
