"""Serve pages and run one worker, in one process tree that ends as one."""

import errno
import gc
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from urllib.error import URLError

import click
from django.conf import settings
from django.urls import resolve

RESTART_PAUSE_S = 2.0
STOP_WAIT_S = 20.0
# WSGI threads of one web process; each keeps its own database connection.
THREADS = 4


class WorkerProcess:
    """Keeps one worker process running until told to stop; a worker that dies is started again."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def stop(self) -> None:
        """Let the worker finish its job, for up to 20 s, then kill it (the reaper takes the job back later)."""
        self._stop.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._thread.ident is not None:  # it was started
            self._thread.join(RESTART_PAUSE_S + 1)

    def _keep(self) -> None:
        command = [sys.executable, "-m", "gongbu", "--home", str(settings.HOME), "worker", "--parent", str(os.getpid())]
        while not self._stop.is_set():
            # Its own session: Ctrl-C at the terminal reaches the server alone, which then stops the worker once.
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
            code = self._process.wait()
            if not self._stop.is_set():
                click.echo(f"后台作业进程退出（{code}），{RESTART_PAUSE_S:.0f} 秒后重新启动", err=True)
                self._stop.wait(RESTART_PAUSE_S)


def serve(host: str, port: int, *, workers: int, with_worker: bool, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. ``on_ready`` gets the address once the server says that it is well."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    # Web processes are started afresh, not forked: this process has threads, and a fork in the middle of one of them
    # hands the child locks that nobody will release and the open end of a pipe that somebody waits for.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        "gongbu.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    os.environ["GONGBU_SERVER_PID"] = str(os.getpid())
    os.environ.pop("DATABASE_OWNER_URL", None)  # who answers requests does not know the owner's password
    worker = WorkerProcess()
    if with_worker:
        worker.start()
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"
    announcer = threading.Thread(target=_announce, args=(address, on_ready), daemon=True)
    announcer.start()
    try:
        server.serve()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        worker.stop()


def is_taken(host: str, port: int) -> bool:
    """Return whether somebody listens there already: two servers would share the port, and answer in turn."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free; one in use is not
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE  # an address that is not ours is told by the server itself
    return False


def _announce(address: str, on_ready: Callable[[str], None]) -> None:
    end = time.monotonic() + 60
    target = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < end:
        with suppress(URLError, TimeoutError, ConnectionError):
            opener.open(f"{target}healthz", timeout=5).close()
            on_ready(address)
            return
        time.sleep(0.1)
    click.echo(f"{address} 60 秒内没有正常应答；请看上面的日志，并运行 gongbu doctor", err=True)


def settle() -> None:
    """Load every room's pages, and take what is loaded by now out of the garbage collector's sight for good.

    It lives as long as the process; walking it would stop a request for 0.1 s every few hundred.
    """
    resolve("/healthz")
    gc.collect()
    gc.freeze()


def watch_parent(parent: int, stop: Callable[[], None]) -> None:
    """Call ``stop`` when the server that started this process is gone, however it ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        stop()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
