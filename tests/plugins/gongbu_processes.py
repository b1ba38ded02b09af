"""Homes on SQLite for tests that start processes: made once for all runs side by side, copied for each test."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home on SQLite prepared once; tests that start processes take a copy of it, which is quicker by ten seconds."""
    return _made_once("prepared", ("migrate",), tmp_path_factory)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo in it, built once; tests take a copy of it, which is quicker by half a minute."""
    return _made_once("demo", ("demo", "--no-serve"), tmp_path_factory)


def _made_once(name: str, words: tuple[str, ...], factory: pytest.TempPathFactory) -> Path:
    """Return the home that a command makes; runs side by side share it through ``GONGBU_TEST_HOMES``."""
    folder = Path(os.environ.get("GONGBU_TEST_HOMES") or factory.getbasetemp())
    home, done = folder / name, folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)
            made = subprocess.run(
                [sys.executable, "-m", "gongbu", "--home", str(home), *words], cwd=CHECKOUT,
                env=environment_of_processes(), capture_output=True, text=True, timeout=600,
            )  # fmt: skip
            assert made.returncode == 0, made.stderr
            assert "已就绪" in made.stderr
            done.touch()
    return home


@pytest.fixture
def own_home(prepared_home: Path, tmp_path: Path) -> Path:
    """A prepared home on SQLite of the test's own, for processes that it starts."""
    return Path(shutil.copytree(prepared_home, tmp_path / "home"))


def environment_of_processes(home: Path | None = None) -> dict[str, str]:
    """Return the environment for a process on SQLite, which stands in a home when one is given."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "GONGBU_HOME", "GONGBU_STARTED"}}
    kept["DJANGO_SETTINGS_MODULE"] = "gongbu.config.settings"
    return kept | ({"GONGBU_HOME": str(home)} if home else {})
