"""A worker process with three jobs for the fault test: run as ``python -m gongbu.ground.jobs.tests.slow_worker``."""

import sys
import time
from pathlib import Path
from typing import Any


def register() -> None:
    """Register the jobs of the fault test."""
    from gongbu.ground.jobs import services

    services.job("test.mark", "测试", mark)
    services.job("test.hang", "测试", hang)
    services.job("test.fail", "测试", fail, attempts=2)


def mark(path: str, **_: Any) -> None:
    """Write a line into a file: the trace that the job ran."""
    with Path(path).open("a") as out:
        out.write("done\n")


def hang(path: str) -> None:
    """Hang on the first attempt, succeed on the second."""
    trace = Path(path)
    first = not trace.exists()
    with trace.open("a") as out:
        out.write("started\n")
    if first:
        time.sleep(600)
    with trace.open("a") as out:
        out.write("done\n")


def fail() -> None:
    """Fail every time."""
    raise ValueError("总是失败")


if __name__ == "__main__":
    import django

    django.setup()
    from gongbu.ground.basics import reach

    reach.widen_process("a worker")
    register()
    from gongbu.ground.jobs.worker import JobWorker

    sys.exit(JobWorker().run())
