"""Actors and limits of the calendar's tests."""

from datetime import date

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.calendar.deadlines import NewDeadline
from gongbu.ground.calendar.rules.counting import Limit, Unit
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.actor import Actor, GrantScope

COUNTY = 990_121_000_000


def actor(role: str, lo: int = COUNTY, hi: int = COUNTY + 1_000_000) -> Actor:
    """Someone who holds ``role`` in the county (or the given range)."""
    return Actor(7, "林晓燕", 3, "投资股经办", 5, "青岚县发展和改革局", "GOVERNMENT", (GrantScope(role, lo, hi),))


@pytest.fixture
def officer() -> Actor:
    return actor("INVESTMENT_OFFICER")


@pytest.fixture
def head() -> Actor:
    return actor("INVESTMENT_HEAD")


@pytest.fixture
def administrator() -> Actor:
    return actor("SYSTEM_ADMIN", 990_100_000_000, 990_200_000_000)


@pytest.fixture
def viewer() -> Actor:
    return actor("VIEWER")


@pytest.fixture
def demo(db):
    """A demo edition, so that the clock may be simulated."""
    from gongbu.ground.ledger.services import mark_demo_edition

    mark_demo_edition()


@pytest.fixture
def on():
    """Run a block on a simulated day."""
    return lambda text: clock.simulate(date.fromisoformat(text))


def new_deadline(start: str, amount: int = 20, unit: Unit = Unit.WORKDAY, key: str = "case:1", **extra) -> NewDeadline:
    subject = Subject("case", 1, COUNTY, "城关镇污水管网工程施工许可")
    return NewDeadline(key, "施工许可决定", subject, date.fromisoformat(start), Limit(amount, unit), **extra)
