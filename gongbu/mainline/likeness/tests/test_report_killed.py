"""kill -9 of a worker inside the job of a report: the next worker finishes it, and what stands is whole."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gongbu_processes import environment_of_processes

pytestmark = pytest.mark.sqlite
CHECKOUT = Path(__file__).resolve().parents[4]
PROGRAM = [sys.executable, "-m", "gongbu.mainline.likeness.tests.report_worker"]


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "不在限时内"
        time.sleep(0.1)


@pytest.mark.long  # a killed worker is tested in ground/jobs every time
@pytest.mark.req("LY-22")
def test_a_worker_killed_inside_the_job_leaves_it_to_the_next(own_home: Path) -> None:
    environment = environment_of_processes(own_home)
    subprocess.run([*PROGRAM, "fill", str(own_home)], env=environment, cwd=CHECKOUT, check=True, timeout=300)
    trace = own_home / "trace"
    for step in ("_keep_prints", "_keep_found"):
        worker = subprocess.Popen([*PROGRAM, f"hang:{step}", str(own_home)], env=environment, cwd=CHECKOUT)
        wait_for(lambda step=step: trace.exists() and trace.read_text() == step)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    worker = subprocess.Popen([*PROGRAM, "work", str(own_home)], env=environment, cwd=CHECKOUT)
    book = sqlite3.connect(f"file:{own_home / 'gongbu.sqlite3'}?mode=ro", uri=True, timeout=30)

    def done() -> bool:
        rows = book.execute("SELECT COUNT(*) FROM likeness_report WHERE compared_at IS NOT NULL").fetchone()
        return bool(rows[0] == 2)

    try:
        wait_for(done)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    assert book.execute("SELECT COUNT(*), MIN(state) FROM likeness_report_pair").fetchone() == (1, "OPEN")
    for pk, prints in book.execute("SELECT id, LENGTH(prints) / 8 FROM likeness_report").fetchall():
        held = book.execute("SELECT COUNT(*) FROM likeness_report_print WHERE report_id = ?", [pk]).fetchone()[0]
        assert held == prints > 0
