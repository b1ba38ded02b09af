"""Whatever is killed at whatever moment, nothing is half done, lost or done twice (see harness.py)."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.long  # the harness brings its own databases: each test runs once


def run(home, *words):
    command = [sys.executable, "-m", "tests.faults.harness", *words]
    environment = {**os.environ, "GONGBU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gongbu.config.settings"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.sqlite
@pytest.mark.req("GO-05")
def test_two_hundred_processes_killed_on_sqlite_leave_nothing_half_done(tmp_path):
    found = run(tmp_path / "home", "--rounds", "200")
    assert found["faults"] == []
    assert found["batches"] > 3
    assert found["entries"] > 1_000


@pytest.mark.postgres
@pytest.mark.req("GO-05")
def test_processes_killed_and_a_server_that_dies_under_load_on_postgresql_leave_nothing_half_done(tmp_path):
    found = run(tmp_path / "home", "--rounds", "60", "--database", "postgresql", "--restarts", "5")
    assert found["faults"] == []
    assert found["entries"] > 1_000
