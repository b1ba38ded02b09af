"""Two workers on one database: every job once, every day once, one sequencer at a time."""

import json
import sys
import time
from collections import Counter
from datetime import date

import pytest

pytestmark = [pytest.mark.postgres, pytest.mark.long]
JOBS = 200
SUBMIT = """
import sys
from tests.scale import crew; crew.register()
from django.db import transaction
from gongbu.ground.jobs import services
with transaction.atomic():
    for n in range(int(sys.argv[1])): services.submit("scale.mark", n=n)
"""
ENTER = """
import sys
from gongbu.mainline.projects import services
from gongbu.mainline.projects.tests import factories as make
who = make.officer(name="写入者" + sys.argv[1])
for n in range(40):
    project = make.reserve_project(by=who, name=f"并发{sys.argv[1]}-{n}")
    services.rename(project_id=project.pk, rev=project.rev, name=f"并发{sys.argv[1]}-{n}改", reason="试", actor=who)
"""
SEQUENCE = """
import time
from gongbu.ground.ledger import sequencer
end = time.monotonic() + 12
while time.monotonic() < end: sequencer.run(max_batches=1)
"""


def wait_until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "不在限时内"
        time.sleep(0.2)


@pytest.mark.req("GO-05")
def test_two_hundred_jobs_and_the_day_are_done_once_by_two_workers(pair, tmp_path):
    trace = tmp_path / "trace"
    trace.touch()
    pair.composition.environment["GONGBU_TRACE"] = str(trace)
    pair.composition.python(SUBMIT, JOBS)
    command = [sys.executable, "-m", "tests.scale.crew"]
    workers = [pair.composition._start(command, f"crew-{n}", None) for n in range(2)]
    try:
        waiting = "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status IN ('READY', 'RUNNING')"
        wait_until(lambda: pair.rows(waiting) == [(0,)])
        wait_until(lambda: trace.read_text().count("turn") >= 2)
    finally:
        for one in workers:
            one.stop()
    lines = [line.split() for line in trace.read_text().splitlines()]
    done = Counter(words[1] for words in lines if words[0] == "job")
    assert done == Counter(str(n) for n in range(JOBS)), "each once"
    assert len({words[2] for words in lines if words[0] == "job"}) == 2, "both worked"
    assert [words[1] for words in lines if words[0] == "day"] == [date.today().isoformat()], "the day once"
    assert all(
        attempts == 1
        for (attempts,) in pair.rows(
            "SELECT json_array_length(worker_ids::json) FROM django_tasks_database_dbtaskresult"
        )
    )
    assert pair.rows("SELECT name, last_error FROM jobs_cadence WHERE failures > 0") == []


@pytest.mark.req("GO-05", "GO-03")
def test_sequencers_that_run_at_once_leave_no_gap_and_write_each_head_once(pair):
    workers = [pair.composition.worker() for _ in range(2)]
    busy = [pair.composition.begin_python(SEQUENCE) for _ in range(2)]
    writers = [pair.composition.begin_python(ENTER, n) for n in range(2)]
    try:
        for one in [*writers, *busy]:
            assert one.process.wait(200) == 0, one.said()
        pair.composition.python("from gongbu.ground.ledger import sequencer; sequencer.run()")
    finally:
        for one in workers:
            one.stop()
    (entries,) = pair.rows("SELECT count(*) FROM ledger_entry")[0]
    indexes = [index for (index,) in pair.rows('SELECT "index" FROM ledger_leaf ORDER BY 1')]
    assert indexes == list(range(entries)), "every entry has its place, and there is no gap"
    sizes = [size for (size,) in pair.rows("SELECT size FROM ledger_head ORDER BY size")]
    written = [json.loads(line)["size"] for line in (pair.composition.home / "heads.log").read_text().splitlines()]
    assert len(sizes) > 3
    assert written == sizes, "one line a head, in order"
    assert len({key for (key,) in pair.rows("SELECT key_id FROM ledger_head")}) == 1
    found = pair.composition.gongbu("ledger", "verify", "--json")
    assert json.loads(found.stdout)["ok"], found.stdout


@pytest.mark.req("GO-05")
def test_the_outbox_is_delivered_once_by_two_workers(pair):
    workers = [pair.composition.worker() for _ in range(2)]
    try:
        wait_until(lambda: pair.rows("SELECT count(*) FROM outbox_message WHERE dispatched_at IS NULL") == [(0,)])
    finally:
        for one in workers:
            one.stop()
    assert pair.rows("SELECT count(*) FROM outbox_message WHERE attempts > 0") == [(0,)], (
        "nobody stumbled over the other"
    )
