"""A worker with work of its own to count: run as ``python -m tests.scale.crew FILE`` in a home.

Every job, every turn of the cadence and every day writes one line into FILE.
"""

import os
import sys
from datetime import date
from pathlib import Path

import django


def note(words: str) -> None:
    """Write one line whole (O_APPEND)."""
    with Path(os.environ["GONGBU_TRACE"]).open("a") as out:
        out.write(f"{words}\n")


def mark(n: int) -> None:
    """The job."""
    note(f"job {n} {os.getpid()}")


def each_day(on: date) -> None:
    """The daily work."""
    note(f"day {on} {os.getpid()}")


def each_turn() -> None:
    """The cadence of 10 seconds."""
    note(f"turn {os.getpid()}")


def register() -> None:
    """Register the work."""
    from gongbu.ground.jobs import services

    services.job("scale.mark", "测试", mark)
    services.daily("scale.day", each_day)
    services.every("scale.turn", 10, each_turn)


if __name__ == "__main__":
    django.setup()
    register()
    from gongbu.ground.basics import reach
    from gongbu.ground.jobs.worker import JobWorker

    reach.widen_process("a worker")
    sys.exit(JobWorker().run())
