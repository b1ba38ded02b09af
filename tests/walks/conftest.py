"""A real demo: the program as a process on its own home and port, and Chromium in front of it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 240


@pytest.fixture(scope="session")
def demo_address(demo_home: Path) -> Iterator[str]:
    """Serve a copy of the demo and return its address; the home is thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="gongbu-demo-"))
    shutil.copytree(demo_home, folder / "home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k not in {"GONGBU_HOME", "DATABASE_URL", "SECRET_KEY"}}
    log = (folder / "log").open("w+")
    command = [sys.executable, "-c", "from gongbu.config.cli import main; main()", "--home", str(folder / "home")]
    process = subprocess.Popen(
        [*command, "demo", "--bind", f"127.0.0.1:{port}"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address, folder / "log")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(PATIENCE_SECONDS * 2):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"演示没有启动：\n{log.read_text(errors='replace')[-3000:]}")


class Desk:
    """One person at one browser: opens addresses of the demo and signs in as people of it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address

    def open(self, path: str) -> Any:
        """Open an address of the demo and return the response."""
        return self.page.goto(self.address + path)

    def sign_in(self, person: str) -> None:
        """Sign in through the demo page as the person of that name."""
        self.open("/demo/sign-in")
        self.page.get_by_role("button", name=re.compile(person)).click()
        self.page.wait_for_selector("#menu", state="attached")

    def text(self) -> str:
        """Return what the page says."""
        return str(self.page.inner_text("body"))


@pytest.fixture
def desk(demo_address: str, new_context: Any) -> Any:
    """Make desks; each has its own browser context."""

    def make(size: str = "desktop", **options: Any) -> Desk:
        return Desk(new_context(size, **options).new_page(), demo_address)

    return make
