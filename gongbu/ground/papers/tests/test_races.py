"""Several people issue at the same moment: every number once, none left out. Processes of their own, on both databases."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from django.db import IntegrityError, connection

from gongbu.ground.papers import numbers
from gongbu.ground.papers.models import NumberSeries, Paper

CHECKOUT = Path(__file__).resolve().parents[4]
AT_ONCE, EACH = 2, 5
CHILD = """
import sys, django; django.setup()
from datetime import date
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.models import Unit
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.papers import services
unit = Unit.objects.unscoped("test").select_related("region").get(pk=int(sys.argv[1]))
services.warm_up()
print("ready", flush=True); sys.stdin.readline()
for n in range(int(sys.argv[2])):
    fields = {"title": f"关于第{n}件事的通知", "addressee": "各单位", "content": "请落实。"}
    services.issue_paper(kind="papers.notice", subject=Subject("unit", unit.pk, unit.region.key_lo, unit.name),
        unit_id=unit.pk, fields=fields, actor=console_actor(), on=date(2026, 3, 2))
"""


@pytest.mark.django_db(transaction=True)
def test_papers_issued_at_once_share_no_number_and_leave_no_gap(county, tmp_path):
    # The series of 2025 is open; the first paper of 2026 opens the year, and both processes want to be first.
    NumberSeries.objects.unscoped("test").update(year=2025)
    environment = {**os.environ, "GONGBU_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "gongbu.config.settings"}
    environment.pop("DATABASE_URL", None)
    file = tmp_path / "gongbu.sqlite3"
    if connection.vendor == "postgresql":
        facts = connection.settings_dict
        address = f"{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}"
        environment["DATABASE_URL"] = f"postgresql://{address}/{facts['NAME']}"
    else:  # other processes cannot see the database in memory: give them its copy
        with closing(sqlite3.connect(file)) as copy:
            connection.connection.backup(copy)
    command = [sys.executable, "-c", CHILD, str(county.bureau.pk), str(EACH)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    children = [subprocess.Popen(command, env=environment, cwd=CHECKOUT, **pipes) for _ in range(AT_ONCE)]
    for child in children:
        assert child.stdout.readline().strip() == "ready", child.communicate()[1][-2000:]
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        _, errors = child.communicate(timeout=120)
        assert child.returncode == 0, errors[-2000:]
    asked = "SELECT number, doc_no, receipt FROM papers_paper ORDER BY number"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(asked)
            rows = cursor.fetchall()
    else:
        with closing(sqlite3.connect(file)) as copy:
            rows = copy.execute(asked).fetchall()
    assert [number for number, *_ in rows] == list(range(1, AT_ONCE * EACH + 1))
    assert [doc_no for _, doc_no, _ in rows] == [f"云发改〔2026〕{n}号" for n in range(1, AT_ONCE * EACH + 1)]
    assert len({receipt for *_, receipt in rows}) == len(rows)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_take_the_same_number(county, issue, monkeypatch):
    """What the row lock is for. SQLite lets one writer in at a time, so that the race cannot be shown there."""
    barrier = threading.Barrier(2)

    def careless(series):
        row = NumberSeries.objects.unscoped("test").get(pk=series.pk)
        barrier.wait(10)
        row.last_number += 1
        row.save(update_fields=["last_number"])
        return row, row.last_number

    monkeypatch.setattr(numbers, "take", careless)
    results = []

    def run():
        try:
            results.append(issue().number)
        except IntegrityError:  # the constraint is the last line: two papers never carry one number
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, results)) == ["12", "refused"]
    assert Paper.objects.unscoped("test").count() == 1
