"""The processes of one installation: ``gongbu serve --no-worker`` on ports of their own, and ``gongbu worker``.

Each "machine" is a home folder; two machines that share a folder are two processes with the same one.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 300.0
STOP_WITHIN_S = 30.0
SET_UP = "import django; django.setup()\nfrom gongbu.ground.basics import reach; reach.widen_process('a bench')\n"


@dataclass
class Started:
    """A process of ours, its log, and for a web process the port on which it answers."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int = 0

    def said(self) -> str:
        """Return the end of what the process wrote."""
        return self.log.read_text(errors="replace")[-3000:]

    def cpu_s(self) -> float:
        """Return the processor seconds of the process and of those it started, so far (Linux)."""
        return sum(_cpu_of(pid) for pid in [self.process.pid, *_below(self.process.pid)])

    def stop(self) -> None:
        """Ask it to end and wait; kill it if it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a machine that fails."""
        self.process.kill()
        self.process.wait()


class Composition:
    """Starts the processes of one installation and stops them all at its end.

    ``database_url`` is empty for SQLite in the home. ``proxies`` is how many of our own stand in front (GONGBU_PROXIES).
    """

    def __init__(self, home: Path, database_url: str = "", *, proxies: int = 0) -> None:
        self.home, self.started = home, list[Started]()
        home.mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "SECRET_KEY", "GONGBU_HOME"}}
        self.environment = kept | {"GONGBU_PROXIES": str(proxies), "DJANGO_SETTINGS_MODULE": "gongbu.config.settings"}
        if database_url:
            self.environment["DATABASE_URL"] = database_url

    def __enter__(self) -> "Composition":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def gongbu(self, *words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run one command of the program to its end."""
        return subprocess.run(
            self._command(*words, home=home), env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def python(self, code: str, *arguments: object, home: Path | None = None) -> str:
        """Run Python code with Django set up in a home and return what it prints.

        :raises RuntimeError: it failed; the message holds its last words
        """
        done = subprocess.run(
            [sys.executable, "-c", f"{SET_UP}{code}", *map(str, arguments)], cwd=ROOT, text=True,
            env=self.environment | {"GONGBU_HOME": str(home or self.home)}, capture_output=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout.strip()

    def begin_python(self, code: str, *arguments: object, home: Path | None = None) -> Started:
        """Start Python code with Django set up in a home."""
        command = [sys.executable, "-c", f"{SET_UP}{code}", *map(str, arguments)]
        return self._start(command, "python", home)

    def web(self, *, home: Path | None = None, workers: int = 1) -> Started:
        """Start one web server without a worker of its own and wait until it is well.

        :raises RuntimeError: it ended or did not answer; the message holds its last words
        """
        one = self.begin_web(home=home, workers=workers)
        self.wait_for(one)
        return one

    def begin_web(self, *, home: Path | None = None, workers: int = 1) -> Started:
        """Start one web server and do not wait."""
        port = free_port()
        words = ["serve", "--no-worker", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
        return self._start(self._command(*words, home=home), f"web-{port}", home, port)

    def wait_for(self, one: Started) -> None:
        """Wait until a web server is well.

        :raises RuntimeError: it ended or did not answer; the message holds its last words
        """
        end = time.monotonic() + READY_WITHIN_S
        while not is_well(one.port):
            if one.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the web server did not begin to answer: {one.said()}")
            time.sleep(0.1)

    def worker(self, *, home: Path | None = None) -> Started:
        """Start one worker."""
        return self._start(self._command("worker", home=home), f"worker-{len(self.started)}", home)

    def stop(self) -> None:
        """Stop every process, the youngest first."""
        while self.started:
            self.started.pop().stop()

    def _command(self, *words: str, home: Path | None) -> list[str]:
        return [sys.executable, "-m", "gongbu", "--home", str(home or self.home), *words]

    def _start(self, command: list[str], name: str, home: Path | None, port: int = 0) -> Started:
        log = (home or self.home).parent / f"{name}-{len(self.started)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, env=self.environment | {"GONGBU_HOME": str(home or self.home)}, cwd=ROOT, stdout=out, stderr=out,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self.started.append(Started(process, log, port))
        return self.started[-1]


def free_port() -> int:
    """Return a port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_well(port: int) -> bool:
    """Return whether a web server or the proxy on this port says that it is well."""
    with suppress(OSError):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status == 200
    return False


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            children = [int(word) for word in task.read_text().split()]
            found += [one for child in children for one in [child, *_below(child)]]
    return found


def _cpu_of(pid: int) -> float:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
