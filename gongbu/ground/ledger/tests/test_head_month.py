"""The sheet of a month of heads: right at the ends of days in Shanghai, and read without reading every head."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.ground.ledger import queries
from gongbu.ground.ledger.models import Head

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-03")]
MARCH = datetime(2026, 2, 28, 16, tzinfo=UTC)  # 2026-03-01 00:00 in Shanghai


def sign(*moments):
    """Put heads into the book as if signed at these moments, sizes 1 2 3 …"""
    Head.objects.bulk_create(
        Head(size=n, root="ab" * 32, algorithm="SM3", key_id="ed25519:0", signature="", signed_at=at, clock="SYSTEM")
        for n, at in enumerate(moments, 1)
    )


def test_days_are_those_of_shanghai_up_to_the_last_microsecond():
    last = MARCH + timedelta(days=31) - timedelta(microseconds=1)
    sign(MARCH - timedelta(microseconds=1), MARCH, MARCH + timedelta(hours=23), MARCH + timedelta(days=1), last,
         MARCH + timedelta(days=31))  # fmt: skip
    month = queries.get_head_month(date(2026, 3, 1))
    assert (month.count, month.first["size"], month.last["size"], month.last_day) == (4, 2, 5, date(2026, 3, 31))
    assert [(day.day, head["size"]) for day, head in month.days] == [(1, 3), (2, 4), (31, 5)]
    assert queries.get_head_month(date(2026, 2, 1)).count == 1
    assert queries.get_head_month(date(2026, 4, 1)).last["size"] == 6
    assert queries.get_head_month(date(2026, 5, 1)) is None


def test_the_last_head_of_a_day_is_the_largest_whatever_the_clock_did():
    sign(MARCH + timedelta(hours=9), MARCH + timedelta(hours=8), MARCH + timedelta(hours=7))
    month = queries.get_head_month(date(2026, 3, 1))
    assert (month.count, month.first["size"], month.last["size"]) == (3, 1, 3)


@pytest.mark.parametrize("a_day", [1, 40])
def test_a_month_reads_the_lines_of_its_sheet_and_no_more(a_day, monkeypatch):
    sign(*(MARCH + timedelta(days=day, minutes=n) for day in range(31) for n in range(a_day)))
    made, read = [], Head.from_db.__func__
    monkeypatch.setattr(Head, "from_db", classmethod(lambda cls, *row: made.append(1) or read(cls, *row)))
    with CaptureQueriesContext(
        connection,
    ) as seen:
        month = queries.get_head_month(date(2026, 3, 1))
    assert (month.count, len(month.days), len(seen)) == (31 * a_day, 31, 2)
    assert len(made) == (31 if a_day == 1 else 32), "the last head of each day, and the first of the month"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {seen[0]['sql']}")
            plan = [row[3] for row in cursor.fetchall()]
        assert sum("ledger_heads_by_moment" in step for step in plan) == 31
        assert not any(step.startswith("SCAN ledger_head") for step in plan)
