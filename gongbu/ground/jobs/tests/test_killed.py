"""kill -9 of a real worker on SQLite: the job it held is finished by the next worker, once."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gongbu_processes import environment_of_processes

pytestmark = pytest.mark.sqlite
SUBMIT = """
import django, sys; django.setup()
from gongbu.ground.jobs.tests import slow_worker; slow_worker.register()
from gongbu.ground.jobs import services
print(services.submit("test.hang", path=sys.argv[1]))
"""
LOOK = """
import django, sys; django.setup()
from gongbu.ground.jobs import queries
job = queries.get_job(__import__("uuid").UUID(sys.argv[1]))
print(job.status, job.attempts, len(queries.list_workers()), len(queries.list_stuck_jobs()))
"""


@pytest.fixture
def python(own_home: Path) -> Callable[..., str]:
    """Run Python code in a home of its own and return what it prints."""
    environment = environment_of_processes(own_home)

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    run.environment = environment  # type: ignore[attr-defined]
    return run


@pytest.fixture
def start_worker(python: Callable[..., str]) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start worker processes that end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gongbu.ground.jobs.tests.slow_worker"]
        started.append(subprocess.Popen(command, env=python.environment, stderr=subprocess.DEVNULL))  # type: ignore[attr-defined]
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def _wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "不在限时内"
        time.sleep(0.1)


def test_job_of_a_killed_worker_is_done_by_the_next(
    tmp_path: Path, python: Callable[..., str], start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    trace = tmp_path / "trace"
    task = python("-c", SUBMIT, str(trace))

    first = start_worker()
    _wait_for(lambda: trace.exists() and trace.read_text() == "started\n")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert python("-c", LOOK, task) == "RUNNING 1 1 1"

    second = start_worker()
    _wait_for(lambda: trace.read_text().endswith("done\n"))
    second.send_signal(signal.SIGTERM)
    assert second.wait(20) == 0
    assert trace.read_text() == "started\nstarted\ndone\n"
    assert python("-c", LOOK, task) == "SUCCESSFUL 2 0 0"
