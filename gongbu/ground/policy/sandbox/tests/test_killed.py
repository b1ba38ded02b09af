"""kill -9 in the middle of a replay: the trial can be replayed again, and nothing is doubled or left over."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from gongbu_processes import environment_of_processes

pytestmark = pytest.mark.sqlite
PREPARE = """
import django; django.setup()
from gongbu.ground.basics import clock
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.policy.sandbox import bench, editing, services
county = bench._adopt(); bench._fill(1500, county); actor = console_actor()
rows = [{"id": "A", "total_investment_fen": {"above": "1亿元"}, "then": "B"},
        {"id": "B", "total_investment_fen": {"at_least": "500万元", "up_to": "1亿元"}, "then": "C"},
        {"id": "C", "total_investment_fen": {"below": "500万元"}, "then": "A"}]
trial = services.open_trial(region_id=county.pk, subject="GRADING", base="centralized", name="x", on=clock.today(), actor=actor)
services.change(trial_id=trial.pk, rev=1, actor=actor,
                change=lambda files: editing.with_table(files, "centralized.grade", trial.on, rows, ""))
print(trial.pk)
"""
REPLAY = """
import django, sys, time; django.setup()
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.policy.sandbox import services
if sys.argv[2] == "slowly":
    services.CHUNK = 20
    kept = services._row
    services._row = lambda *given: (time.sleep(0.002), kept(*given))[1]
trial = services.replay_trial(trial_id=int(sys.argv[1]), actor=console_actor())
print(trial.replay_state, trial.changed, trial.rows.count(), trial.rows.values("source", "subject_id").distinct().count())
"""


@pytest.mark.long  # a killed worker is tested in ground/jobs every time
def test_a_replay_killed_in_the_middle_is_done_by_the_next(own_home):
    environment = environment_of_processes(own_home)

    def python(*words):
        done = subprocess.run([sys.executable, "-c", *words], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    (trial,) = python(PREPARE)
    database = next(own_home.glob("*.sqlite3"))

    def ask(question):
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute(question).fetchone()[0]

    process = subprocess.Popen([sys.executable, "-c", REPLAY, trial, "slowly"], env=environment)
    end = time.monotonic() + 60
    while ask("SELECT COUNT(*) FROM sandbox_row") < 100:
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = ask("SELECT COUNT(*) FROM sandbox_row")
    assert ask("SELECT replay_state FROM sandbox_trial") == "RUNNING"
    assert ask("SELECT result_rev FROM sandbox_trial") == 0
    state, changed, rows, distinct = python(REPLAY, trial, "at once")
    assert (state, rows) == ("DONE", distinct)
    assert int(rows) > left
    assert int(changed) * 2 == int(rows)
    assert ask("SELECT COUNT(*) FROM ledger_entry") == 1  # the adoption alone: a draft enters nothing
