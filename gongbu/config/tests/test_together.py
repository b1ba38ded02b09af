"""Several processes on one home: the change feed skips and doubles nothing; an import killed half-way goes on."""

import json
import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from gongbu.config.tests.conftest import wait_for

pytestmark = pytest.mark.sqlite
WRITERS, PROJECTS = 3, 10
ROWS = 1500
SEEN = """SELECT count(*) FROM projects_status s WHERE is_live AND NOT EXISTS (
  SELECT 1 FROM projects_open_batch b WHERE b.batch_id = s.batch_id AND s.id >= b.first_project_id)"""

SETUP = """
import django, json, sys, time; django.setup()
from gongbu.ground.ledger import sequencer
from gongbu.mainline.projects import feed, services
from gongbu.mainline.projects.tests import factories as make
"""
WRITE = (
    SETUP
    + """
who = make.officer(name="写入者" + sys.argv[1])
for n in range(int(sys.argv[2])):
    project = make.reserve_project(by=who, name=f"并发项目{sys.argv[1]}-{n}")
    services.rename(project_id=project.pk, rev=project.rev, name=f"并发项目{sys.argv[1]}-{n}改", reason="试", actor=who)
"""
)
READ = (
    SETUP
    + """
from pathlib import Path
at, seen, end, last = feed.START, [], time.monotonic() + 90, False
while time.monotonic() < end:
    last = Path(sys.argv[1]).exists()
    sequencer.run(max_batches=1)
    page = feed.list_changes(make.officer(), after=at, limit=7)
    assert page.watermark >= at, "the watermark never goes back"
    at = page.watermark
    seen += [(one.index, one.entry_id) for one in page.items]
    if last and not page.has_more:
        break
    time.sleep(0.01)
print(json.dumps(seen))
"""
)
IMPORT = (
    SETUP
    + """
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers.importing import kinds, pages, services as importing
county = make.region()
person = make_person("officer", make.unit("云溪县发展和改革局", "GOVERNMENT"), "INVESTMENT_OFFICER", county)
actor = actor_for(person)
lines = [f"云溪县第{n}号工程,云溪县,{100 + n % 7},在建" for n in range(int(sys.argv[1]))]
content = "\\n".join(["project_name,region,total_wan,status", *lines]).encode()
batch = importing.stage(content=content, file_name="清单.csv", kind=kinds.get("projects"), actor=actor, region=county)
assert batch.rows_rejected == 0, batch.rows_rejected
pages.submit(batch, actor)
"""
)


def start(program, code, *arguments):
    environment = {**program.environment, "GONGBU_HOME": str(program.home)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def finish(process, seconds=120):
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, err
    return out


def ask(program, sql):
    with sqlite3.connect(f"file:{program.home}/gongbu.sqlite3?mode=ro", uri=True, timeout=20) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.req("GO-18")
def test_the_change_feed_skips_and_doubles_nothing_while_three_write(program):
    program.python(SETUP + "make.region()")
    stop = program.home / "written"
    reader = start(program, READ, stop)
    writers = [start(program, WRITE, n, PROJECTS) for n in range(WRITERS)]
    for writer in writers:
        finish(writer)
    stop.touch()
    seen = [tuple(pair) for pair in json.loads(finish(reader))]
    in_order = 'SELECT l."index", l.entry_id FROM ledger_leaf l JOIN ledger_entry e ON e.id = l.entry_id'
    truth = ask(program, f"{in_order} WHERE e.subject_kind = 'project' ORDER BY 1")
    assert len(truth) >= WRITERS * PROJECTS * 2
    assert seen == truth


@pytest.mark.req("GO-13", "PF-02")
def test_an_import_whose_worker_is_killed_half_way_is_finished_once(program):
    finish(start(program, IMPORT, ROWS))
    accepted = "SELECT count(*) FROM importing_row WHERE state = 'ACCEPTED'"
    first = subprocess.Popen(program.command("worker"), env=program.environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: ask(program, accepted)[0][0] > 0)
        first.send_signal(signal.SIGKILL)
    finally:
        first.kill()
        first.wait(20)
    done = ask(program, accepted)[0][0]
    assert 0 < done < ROWS, "killed in the middle"
    assert ask(program, "SELECT state FROM importing_batch") == [("ACCEPTING",)]
    assert ask(program, SEEN) == [(0,)], "nothing shows before all do"
    second = subprocess.Popen(program.command("worker"), env=program.environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: ask(program, "SELECT state FROM importing_batch") == [("PUBLISHED",)], 90)
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(30)
    assert ask(program, accepted) == [(ROWS,)]
    assert ask(program, "SELECT count(*), count(DISTINCT name) FROM projects_project") == [(ROWS, ROWS)]
    made = "SELECT count(*), count(DISTINCT subject_id) FROM ledger_entry WHERE kind IN ('project.created', 'project.taken_over')"
    assert ask(program, made) == [(ROWS, ROWS)]
    program.python("import django; django.setup()\nfrom gongbu.ground.ledger import sequencer\nsequencer.run()")
    assert json.loads(program.run("ledger", "verify", "--json").stdout)["ok"] is True


@pytest.mark.long  # the worker killed in an import is tested every time
@pytest.mark.req("GO-13", "PF-02")
def test_an_import_whose_command_is_killed_half_way_is_finished_once_by_a_worker(program, tmp_path):
    file = tmp_path / "清单.csv"
    lines = [f"云溪县第{n}号工程,,{100 + n % 7},在建" for n in range(ROWS)]
    file.write_text("\n".join(["项目名称,项目代码,总投资（万元）,阶段", *lines]), "utf-8")
    command = subprocess.Popen(
        program.command("import", str(file), "--kind", "projects"), env=program.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: ask(program, "SELECT count(*) FROM importing_row WHERE state = 'ACCEPTED'")[0][0] > 0)
        command.send_signal(signal.SIGKILL)
    finally:
        command.kill()
        command.wait(20)
    [(done,)] = ask(program, "SELECT count(*) FROM importing_row WHERE state = 'ACCEPTED'")
    assert 0 < done < ROWS, "killed in the middle"
    assert ask(program, "SELECT state, rows_done, job_id FROM importing_batch") == [("ACCEPTING", done, None)]
    with sqlite3.connect(program.home / "gongbu.sqlite3") as connection:  # the lease has run out
        connection.execute("UPDATE importing_batch SET alive_at = '2000-01-01 00:00:00'")
    worker = subprocess.Popen(program.command("worker"), env=program.environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: ask(program, "SELECT state FROM importing_batch") == [("PUBLISHED",)], 90)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    assert ask(program, "SELECT rows_done FROM importing_batch") == [(ROWS,)]
    assert ask(program, "SELECT count(*), count(DISTINCT name) FROM projects_project") == [(ROWS, ROWS)]


def test_processes_that_open_a_new_home_at_once_share_one_secret(tmp_path):
    command = [sys.executable, "-c", "from gongbu.config import settings; print(settings.SECRET_KEY)"]
    environment = {**os.environ, "GONGBU_HOME": str(tmp_path / "new")}
    environment.pop("SECRET_KEY", None)
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    secrets = {process.communicate(timeout=60)[0].strip() for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 48
