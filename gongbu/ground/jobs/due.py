"""What is due: cadences in the table (one worker takes each), quick ones in memory, and the daily tick."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta

from gongbu.ground.basics import clock
from gongbu.ground.jobs.models import Cadence
from gongbu.ground.jobs.registry import DAILY, IN_MEMORY_BELOW_SECONDS, PERIODIC, Periodic

log = logging.getLogger(__name__)

MOST_MISSED_DAYS = 31
DAY_S = 24 * 3600.0
SLACK = timedelta(minutes=1)
DAILY_RETRY = timedelta(minutes=10)
# A claimed day whose worker died is open again after this time.
DAILY_CLAIM = timedelta(minutes=30)


class Sweep:
    """The due list of one worker process."""

    def __init__(self) -> None:
        self._quick: dict[str, float] = {}
        self._next_table_look = 0.0

    def run_due(self, stop: threading.Event) -> None:
        """Run everything that is due now, looking into the table at most once a second."""
        for entry in list(PERIODIC.values()):
            if stop.is_set():
                return
            if entry.seconds < IN_MEMORY_BELOW_SECONDS and time.monotonic() >= self._quick.get(entry.name, 0.0):
                _call(entry.name, entry.function)
                self._quick[entry.name] = time.monotonic() + entry.seconds
        if time.monotonic() < self._next_table_look:
            return
        self._next_table_look = time.monotonic() + 1
        slow = {e.name: e for e in PERIODIC.values() if e.seconds >= IN_MEMORY_BELOW_SECONDS}
        rows = ensure_rows([*slow, *DAILY])
        call_back(rows, {name: entry.seconds for name, entry in slow.items()})
        for name, entry in slow.items():
            if not stop.is_set() and rows[name].due_at <= clock.now():
                _run_periodic(entry)
        for name in DAILY:
            if not stop.is_set() and rows[name].due_at <= clock.now():
                run_missed_days(name, clock.today())


def ensure_rows(names: list[str]) -> dict[str, Cadence]:
    """Return the cadence rows by name, adding those of newly registered work (1 query when all exist)."""
    rows = {row.name: row for row in Cadence.objects.all()}
    missing = [name for name in names if name not in rows]
    if missing:
        now = clock.now()
        Cadence.objects.bulk_create([Cadence(name=n, due_at=now) for n in missing], ignore_conflicts=True)
        rows = {row.name: row for row in Cadence.objects.all()}
    return rows


def call_back(rows: dict[str, Cadence], seconds: dict[str, float]) -> None:
    """Make due at once what a clock that ran ahead put off: no work waits longer than its own period, daily work a day.

    Without this a clock that stood two days ahead and was set right would stop the sequencer for two days.
    """
    now = clock.now()
    for name, row in rows.items():
        if row.due_at > now + timedelta(seconds=seconds.get(name, DAY_S)) + SLACK:
            Cadence.objects.filter(name=name, due_at=row.due_at).update(due_at=now)
            log.warning("系统时间曾经偏快，“%s”改为现在办理", name)
            row.due_at = now


def _claim(name: str, until_seconds: float) -> bool:
    """Move the due time forward; of many workers exactly one sees the row change."""
    now = clock.now()
    changed = Cadence.objects.filter(name=name, due_at__lte=now).update(
        due_at=now + timedelta(seconds=until_seconds), last_started_at=now
    )
    return changed == 1


def _run_periodic(entry: Periodic) -> None:
    if _claim(entry.name, entry.seconds):
        error = _call(entry.name, entry.function)
        _note(entry.name, error)


def run_now(entry: Periodic) -> str | None:
    """Run periodic work now, whenever it is due, and return the error text if it failed."""
    return _call(entry.name, entry.function)


def run_missed_days(name: str, today: date) -> int:
    """Run a daily function for every day not yet done, oldest first, and return how many days were done.

    The first run of a new installation does today only; after a long pause the last 31 days are done.
    A failing day stops the row, so that days stay in order; it is tried again after ten minutes.
    """
    if not _claim(name, DAILY_CLAIM.total_seconds()):
        return 0
    last = Cadence.objects.get(pk=name).last_on
    if last is not None and last <= today:
        first = max(last + timedelta(days=1), today - timedelta(days=MOST_MISSED_DAYS))
    else:  # never, or on a day that is still ahead (the clock was wrong): what lies before it is done all the same
        first = today
    done = 0
    while first <= today:
        if error := run_day(name, first):
            _note(name, error)
            Cadence.objects.filter(pk=name).update(due_at=clock.now() + DAILY_RETRY)
            return done
        done += 1
        first += timedelta(days=1)
    _note(name, None)
    midnight = clock.now().replace(hour=0, minute=0, second=5, microsecond=0)
    Cadence.objects.filter(pk=name).update(due_at=midnight + timedelta(days=1))
    return done


def run_day(name: str, on: date) -> str | None:
    """Run one daily function for one legal day, mark the day done, and return the error text if it failed."""
    function = DAILY[name].function
    error = _call(name, lambda: function(on))
    if error is None:
        Cadence.objects.filter(pk=name, last_on=None).update(last_on=on)
        Cadence.objects.filter(pk=name, last_on__lt=on).update(last_on=on)
    return error


def _call(name: str, function: Callable[[], object]) -> str | None:
    try:
        function()
    except Exception as error:  # one failing room must not stop the others; the error is kept for people to see
        log.exception("定期任务 %s 失败", name)
        return f"{type(error).__name__}: {error}"[:2000]
    return None


def _note(name: str, error: str | None) -> None:
    now = clock.now()
    if error is None:
        Cadence.objects.filter(pk=name).update(last_finished_at=now, failures=0, last_error="")
    else:
        failures = Cadence.objects.values_list("failures", flat=True).get(pk=name)
        Cadence.objects.filter(pk=name).update(last_error=error, failures=failures + 1)
