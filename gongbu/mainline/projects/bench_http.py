"""Acts per second through a real server: several connections that stay open, each waiting for its answer.

The clients are threads on bare sockets in a process of their own, so that they take as little as possible of the
processors they share with the server.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

READY_WITHIN_S = 60
WARM_UP_S, MEASURED_S = 2.0, 6.0
CSRF = "b" * 32


@contextmanager
def server(home: Path, workers: int) -> Iterator[int]:
    """Run ``gongbu serve`` on a home for the block and give its port; no worker process runs beside it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gongbu", "--home", str(home), "serve", "--bind", f"127.0.0.1:{port}",
               "--workers", str(workers), "--no-worker"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + READY_WITHIN_S
        while not _is_well(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the server did not begin to answer")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _is_well(port: int) -> bool:
    with suppress(OSError):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


class Client(threading.Thread):
    """Posts one act after the other over one connection, each on another project of its own; counts the answers."""

    def __init__(self, port: int, session: str, ids: range, on: date, revs: Mapping[int, int]) -> None:
        super().__init__(daemon=True)
        self.ids, self.on, self.revs = ids, on, dict(revs)
        self.answered: list[float] = []
        self.trouble = ""
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"Host: 127.0.0.1:{port}\r\nCookie: gongbu_session={session}; csrftoken={CSRF}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
        )

    def run(self) -> None:
        """Post until the time is over; stop at the first answer that is not a redirect."""
        end, turn = time.monotonic() + WARM_UP_S + MEASURED_S, 0
        while time.monotonic() < end and not self.trouble:
            self._post(self.ids[turn * 97 % len(self.ids)])
            self.answered.append(time.monotonic())
            turn += 1

    def _post(self, pk: int) -> None:
        rev = self.revs.get(pk, 1)
        body = urlencode(form(self.on.year, self.on.isoformat(), rev) | {"csrfmiddlewaretoken": CSRF})
        request = f"POST /projects/{pk}/annual HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n{body}"
        self._socket.sendall(request.encode())
        status = self._read()
        if status != 302:
            self.trouble = f"project {pk} rev {rev}: status {status}"
        self.revs[pk] = rev + 1

    def _read(self) -> int:
        answer = b""
        while b"\r\n\r\n" not in answer:
            if not (more := self._socket.recv(65_536)):
                return 0
            answer += more
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        left = int(lines.get(b"content-length", b"0")) - len(body)
        while left > 0:
            left -= len(self._socket.recv(65_536))
        return int(head.split(b" ", 2)[1])


def form(year: int, on: str, rev: int) -> dict[str, str]:
    """Return what the form of 登记年度投资 posts: a plan below every total that is never what it was before."""
    plan = (100 + rev % 3_900) / 100  # 万元
    return {
        "annual_year": str(year), "annual_planned_fen": f"{plan:.2f}", "annual_completed_fen": "", "occurred_on": on,
        "rev": str(rev),
    }  # fmt: skip


def acts_per_second(
    home: Path, session: str, size: int, on: date, revs: Mapping[int, int], clients: int = 4
) -> dict[str, float]:
    """Return acts per second of several clients against one server with a web process per processor, and its p95.

    ``session``: key of a session that may do the act; ``revs``: present revisions of projects that are not at 1.

    :raises RuntimeError: an act was not accepted
    """
    workers = min(os.cpu_count() or 1, clients)
    with server(home, workers) as port:
        began = time.monotonic()
        threads = [Client(port, session, range(1 + n, size + 1, clients), on, revs) for n in range(clients)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    if trouble := [one.trouble for one in threads if one.trouble]:
        raise RuntimeError("; ".join(trouble))
    start, waits = began + WARM_UP_S, []
    for one in threads:
        waits += [b - a for a, b in zip(one.answered, one.answered[1:], strict=False) if a >= start]
    return {
        "per_second": round(len(waits) / MEASURED_S, 1),
        "p95": round(sorted(waits)[int(len(waits) * 0.95)] * 1000, 2),
        "workers": workers,
    }
