"""Events of the demo in the order of their days, each run on a simulated clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction

from gongbu.ground.basics import clock

EVENTS_PER_SYNC = 20


def months(day: date, count: int) -> date:
    """Return the day ``count`` months later (earlier when negative), at most the 28th, which every month has."""
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, min(day.day, 28))


@dataclass(order=True)
class Event:
    """Something that happens on a day: what the progress bar says, and what is done."""

    day: date
    order: int
    label: str = field(compare=False)
    run: Callable[[], object] = field(compare=False)


class Timeline:
    """Collects events and runs them day by day; nothing may happen after yesterday."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._events: list[Event] = []

    def __len__(self) -> int:
        return len(self._events)

    def at(self, day: date, label: str, run: Callable[[], object]) -> None:
        """Add an event; days still ahead are brought back to yesterday."""
        self._events.append(Event(min(day, self.today - timedelta(days=1)), len(self._events), label, run))

    def days_ago(self, count: int) -> date:
        """Return the day ``count`` days before today."""
        return self.today - timedelta(days=count)

    def run(self, told: Callable[[int, str], None]) -> int:
        """Run all events in order of day and return their number.

        Some events share a transaction, so that the disk is asked to sync once for them; each is found done when a
        broken-off build is taken up again.
        """
        events = sorted(self._events)
        for start in range(0, len(events), EVENTS_PER_SYNC):
            with transaction.atomic():
                for event in events[start : start + EVENTS_PER_SYNC]:
                    with clock.simulate(event.day):
                        event.run()
            done = min(start + EVENTS_PER_SYNC, len(events))
            told(done, events[done - 1].label)
        return len(events)
