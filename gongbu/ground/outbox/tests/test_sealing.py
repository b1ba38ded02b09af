"""A message changed behind the program's back no longer agrees with its seal."""

import pytest
from django.db import connection, transaction

from gongbu.ground.outbox import sealing, services
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-03")]


def tell(**data):
    with transaction.atomic():
        services.add("t.happened", subject_kind="thing", subject_id=4, region_key=9, **data)
    return OutboxMessage.objects.order_by("-pk")[0]


@pytest.fixture
def messages():
    return [tell(b=1, a={"名": "渡槽", "n": None}), tell(), tell(list=["x", 2**40])]


def test_messages_hold_and_delivery_changes_nothing(messages):
    OutboxMessage.objects.filter(pk=messages[0].pk).update(attempts=3, last_error="慢")
    services.dispatch()
    assert list(sealing.find_changed()) == []


@pytest.mark.parametrize(
    "change",
    [{"topic": "t.happener"}, {"subject_id": 5}, {"region_key": 8}, {"data": {"b": 2}}, {"digest": "0" * 64},
     {"subject_kind": "thinG"}, {"created_at": "2026-01-01T00:00:00Z"}],
)  # fmt: skip
def test_a_changed_message_is_named(messages, change):
    OutboxMessage.objects.filter(pk=messages[1].pk).update(**change)
    assert list(sealing.find_changed()) == [messages[1].pk]


@pytest.mark.sqlite
@pytest.mark.parametrize(("column", "value"), [("data", "'{\"b\"'"), ("created_at", "'no day'"), ("topic", "x'ff'")])
def test_a_message_that_cannot_be_read_is_named_and_hides_no_other(messages, column, value):
    OutboxMessage.objects.filter(pk=messages[2].pk).update(region_key=1)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute(f"UPDATE outbox_message SET {column} = CAST({value} AS TEXT) WHERE id = %s", [messages[0].pk])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    assert list(sealing.find_changed()) == [messages[0].pk, messages[2].pk]


@pytest.mark.sqlite
@pytest.mark.parametrize("place", [11, 19, 20])
def test_a_moment_written_otherwise_is_named_though_it_would_be_read(messages, place):
    """Python takes any separator, a comma before the fraction, and one digit for the seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_message SET created_at = substr(created_at, 1, %s) || CASE %s WHEN 11 THEN '!' WHEN 19 THEN ' ' "
            "ELSE ',' END || substr(created_at, %s) WHERE id = %s", [place - 1, place, place + 1, messages[1].pk]
        )  # fmt: skip
    assert list(sealing.find_changed()) == [messages[1].pk]
