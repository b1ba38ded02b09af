"""The one place that reads the clock.

Legal days are days in Asia/Shanghai. A demo edition may run on a simulated clock; whoever records
something stamps :func:`kind` beside the time, so that a simulated entry can never pass for a real one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_simulated: ContextVar[datetime | None] = ContextVar("gongbu_simulated_clock", default=None)


def now() -> datetime:
    """Return the aware present moment in Asia/Shanghai, simulated if a simulation is running."""
    return _simulated.get() or datetime.now(SHANGHAI)


def today() -> date:
    """Return the present legal day (法定日, Asia/Shanghai)."""
    return now().date()


def kind() -> str:
    """Return ``SYSTEM`` or ``SIMULATED``: which clock :func:`now` reads."""
    return "SYSTEM" if _simulated.get() is None else "SIMULATED"


@contextmanager
def simulate(moment: datetime | date) -> Iterator[None]:
    """Run the block as if it were ``moment`` (a date means 10:00 that day).

    The ledger refuses entries stamped SIMULATED outside a demo edition.
    """
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, 10, 0, tzinfo=SHANGHAI)
    token = _simulated.set(moment.astimezone(SHANGHAI))
    try:
        yield
    finally:
        _simulated.reset(token)


def advance(delta: timedelta) -> None:
    """Move a running simulation forward (several acts of one simulated day).

    :raises RuntimeError: no simulation is running
    """
    moment = _simulated.get()
    if moment is None:
        raise RuntimeError("advance() needs a running simulation")
    _simulated.set(moment + delta)
