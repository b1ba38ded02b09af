"""Jobs run, fail, are tried again and report their progress."""

import os
import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gongbu.ground.basics import clock
from gongbu.ground.jobs import due, liveness, queries, registry, services
from gongbu.ground.jobs.models import Cadence, JobProgress, Worker
from gongbu.ground.jobs.reaper import reap
from gongbu.ground.jobs.retrying import pause_after
from gongbu.ground.jobs.tests import slow_worker
from gongbu.ground.jobs.worker import JobWorker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_test_work(home: Path) -> Iterator[None]:
    """Let only the work of these tests be registered."""
    registries = (registry.JOBS, registry.PERIODIC, registry.DAILY)
    kept = [dict(entries) for entries in registries]
    for entries in registries:
        entries.clear()
    slow_worker.register()
    yield
    for entries, before in zip(registries, kept, strict=True):
        entries.clear()
        entries.update(before)


def test_job_runs_once_and_reports_progress(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    services.job("test.count", "清点", lambda: (services.report(3, 7, "第三页"), slow_worker.mark(str(trace))))
    task_id = services.submit("test.count", person_id=5)
    assert queries.list_jobs_of(5)[0].status_label == "等待"

    worker = JobWorker()
    assert worker.run_one() is True
    assert worker.run_one() is False

    row = queries.get_job(task_id)
    assert row is not None
    assert (row.status, row.label, row.done, row.total, row.note) == ("SUCCESSFUL", "清点", 3, 7, "第三页")
    assert trace.read_text() == "done\n"


def test_submitted_job_disappears_with_the_transaction() -> None:
    def act() -> None:
        with transaction.atomic():
            services.submit("test.fail")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not DBTaskResult.objects.exists()
    assert not JobProgress.objects.exists()


def test_unknown_job_is_refused_and_nothing_is_queued() -> None:
    with pytest.raises(KeyError):
        services.submit("no.such.job")
    assert not DBTaskResult.objects.exists()


def test_failing_job_is_tried_again_later_and_then_given_up() -> None:
    task_id = services.submit("test.fail")
    worker = JobWorker()
    assert worker.run_one()
    row = DBTaskResult.objects.get(pk=task_id)
    assert row.status == TaskResultStatus.READY
    assert pause_after(1) - timedelta(seconds=2) < row.run_after - clock.now() <= pause_after(1)
    assert not worker.run_one(), "not before its pause is over"

    DBTaskResult.objects.update(run_after=clock.now())
    assert worker.run_one()
    job = queries.get_job(task_id)
    assert job is not None
    assert (job.status, job.attempts, job.error) == ("FAILED", 2, "ValueError: 总是失败")


def test_reaper_frees_jobs_of_dead_workers_only(tmp_path: Path) -> None:
    now = clock.now()
    alive, dead = JobWorker(), JobWorker()
    held = liveness.hold(alive.id)
    for worker in (alive, dead):
        Worker.objects.create(id=worker.id, host="h", pid=1, started_at=now, heartbeat_at=now)
        liveness.lock_file(worker.id).touch()
        services.submit("test.mark", path=str(tmp_path / worker.id))
        DBTaskResult.objects.ready().first().claim(worker.id)
    assert len(queries.list_stuck_jobs()) == 1

    assert reap() == 1

    assert list(Worker.objects.values_list("id", flat=True)) == [alive.id]
    assert DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).count() == 1
    freed = DBTaskResult.objects.get(status=TaskResultStatus.READY)
    assert freed.worker_ids == [dead.id]
    assert reap() == 0
    os.close(held)


def test_worker_of_another_machine_is_judged_by_its_heartbeat() -> None:
    now = clock.now()
    assert liveness.is_alive("elsewhere", now - timedelta(seconds=59), now)
    assert not liveness.is_alive("elsewhere", now - timedelta(seconds=60), now)
    assert not liveness.is_alive("elsewhere", None, now)
    assert not liveness.is_alive("elsewhere", now + timedelta(days=2), now), "its clock ran ahead"


@pytest.mark.req("GO-05")
def test_a_clock_that_ran_ahead_and_was_set_back_does_not_stop_the_work() -> None:
    calls: list[str] = []
    services.every("test.slow", 60, lambda: calls.append("slow"))
    services.daily("test.daily", lambda on: calls.append(on.isoformat()))
    today = clock.today()
    with clock.simulate(clock.now() + timedelta(days=2)):
        due.Sweep().run_due(threading.Event())
    assert sorted(calls) == sorted(["slow", (today + timedelta(days=2)).isoformat()])
    due.Sweep().run_due(threading.Event())
    assert calls.count("slow") == 2, "not put off for two days"
    row = Cadence.objects.get(name="test.daily")
    assert row.due_at < clock.now() + timedelta(days=1, minutes=2)
    assert row.last_on == today + timedelta(days=2), "a day that was done is not done again"


def test_cadence_is_taken_by_one_of_two_workers() -> None:
    calls: list[int] = []
    services.every("test.slow", 60, lambda: calls.append(1))
    for _ in range(2):
        due.Sweep().run_due(threading.Event())
    assert calls == [1]
    Cadence.objects.filter(name="test.slow").update(due_at=clock.now())
    due.Sweep().run_due(threading.Event())
    assert calls == [1, 1]


def test_failing_cadence_is_noted_and_does_not_stop_the_others() -> None:
    calls: list[int] = []
    services.every("test.a_bad", 60, lambda: 1 / 0)
    services.every("test.b_good", 60, lambda: calls.append(1))
    due.Sweep().run_due(threading.Event())
    rows = {row.name: row for row in queries.list_cadences()}
    assert calls == [1]
    assert rows["test.a_bad"].failures == 1
    assert "ZeroDivisionError" in rows["test.a_bad"].last_error
    assert rows["test.b_good"].failures == 0


def test_daily_work_makes_up_for_missed_days_in_order() -> None:
    days: list[date] = []
    services.daily("test.daily", days.append)
    due.ensure_rows(["test.daily"])
    start = clock.today()
    assert due.run_missed_days("test.daily", start) == 1
    assert due.run_missed_days("test.daily", start) == 0, "not due again today"
    with clock.simulate(datetime.combine(start, datetime.min.time(), clock.SHANGHAI) + timedelta(days=3, hours=9)):
        assert due.run_missed_days("test.daily", clock.today()) == 3
    assert days == [start + timedelta(days=n) for n in range(4)]


def test_daily_work_stops_at_a_failing_day_and_keeps_the_order() -> None:
    days: list[date] = []
    start = clock.today()

    def work(on: date) -> None:
        if on == start + timedelta(days=2) and len(days) == 2:
            days.append(on)
            raise ValueError("坏日")
        days.append(on)

    services.daily("test.daily", work)
    due.ensure_rows(["test.daily"])
    due.run_missed_days("test.daily", start)
    with clock.simulate(start + timedelta(days=3)):
        assert due.run_missed_days("test.daily", clock.today()) == 1
        assert queries.list_cadences()[0].last_on == start + timedelta(days=1)
    with clock.simulate(datetime.combine(start, time(12), clock.SHANGHAI) + timedelta(days=3)):
        assert due.run_missed_days("test.daily", clock.today()) == 2
