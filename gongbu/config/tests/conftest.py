"""The program ``gongbu`` run as people run it: as a process, in a home of its own."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gongbu_processes import environment_of_processes

ADD_ENTRY = """
import django; django.setup()
from django.db import transaction
from gongbu.ground.basics import clock
from gongbu.ground.ledger import sequencer, services
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
with transaction.atomic():
    services.append(EntryDraft("test.noted", Subject("test", 1, 0, "试"), ActorStamp(None, "测试员"), clock.today()))
sequencer.run()
"""


@dataclass
class Program:
    """A home and the program that works on it."""

    home: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def command(self, *arguments: str) -> list[str]:
        """Return the command line for this home."""
        return [sys.executable, "-m", "gongbu", "--home", str(self.home), *arguments]

    def run(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and check its exit code."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL,
            check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == expect, f"{arguments} → {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def python(self, code: str) -> str:
        """Run code with the home's settings."""
        environment = {**self.environment, "GONGBU_HOME": str(self.home)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def add_entry(self) -> None:
        """Leave one ledger entry and have it sequenced."""
        self.python(ADD_ENTRY)

    def serve(self) -> tuple[subprocess.Popen[str], str]:
        """Start the server on a free port and return it with its address once it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            self.command("serve", "--bind", f"127.0.0.1:{port}"), env=self.environment, stdin=subprocess.DEVNULL,
            stdout=(self.home / "serve.out").open("w"), stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.started.append(server)
        address = f"http://127.0.0.1:{port}/"
        wait_for(lambda: answers(address) or server.poll() is not None)
        assert server.poll() is None, (self.home / "serve.out").read_text()
        return server, address


def answers(address: str) -> bool:
    """Return whether the server at ``address`` says that it is well."""
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{address}healthz", timeout=5) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


def wait_for(condition: Callable[[], object], seconds: float = 150) -> None:
    """Wait until ``condition`` holds; the test fails after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "不在限时内"
        time.sleep(0.1)


@pytest.fixture
def program(own_home: Path) -> Iterator[Program]:
    """The program on a prepared home of its own (SQLite); servers end with the test."""
    one = Program(own_home, environment_of_processes())
    yield one
    for server in one.started:
        if server.poll() is None:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(30)
