"""The outbox tells nothing that did not happen, loses nothing, and is not stopped by one bad listener."""

import threading

import pytest
from django.db import connection, transaction

from gongbu.ground.outbox import services
from gongbu.ground.outbox.models import OutboxMessage


@pytest.fixture
def heard(monkeypatch):
    """Listeners of this test only, and what they heard."""
    monkeypatch.setattr(services, "_LISTENERS", {})
    return []


def tell(topic="t.happened", subject_id=1, **data):
    with transaction.atomic():
        services.add(topic, subject_kind="thing", subject_id=subject_id, region_key=1, **data)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_is_refused(heard):
    with pytest.raises(RuntimeError, match="outside a transaction"):
        services.add("t.happened", subject_kind="thing", subject_id=1, region_key=1)
    assert OutboxMessage.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_act_tells_nothing(heard):
    services.listen("t.happened", "l", lambda m: heard.append(m.subject_id))

    @transaction.atomic
    def failing_act():
        services.add("t.happened", subject_kind="thing", subject_id=1, region_key=1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing_act()
    assert services.dispatch() == 0
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_messages_arrive_in_order_and_once(heard):
    services.listen("t.happened", "l", lambda m: heard.append(m.data["n"]))
    for n in range(5):
        tell(n=n)
    assert services.dispatch() == 5
    assert services.dispatch() == 0
    assert heard == [0, 1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_a_failing_listener_is_kept_with_its_error_and_does_not_block(heard):
    def fail_on_one(message):
        if message.subject_id == 1:
            raise ValueError("no such unit")
        heard.append(message.subject_id)

    services.listen("t.happened", "l", fail_on_one)
    tell(subject_id=1)
    tell(subject_id=2)
    assert services.dispatch() == 1
    kept = OutboxMessage.objects.get(subject_id=1)
    assert (kept.attempts, kept.last_error, kept.dispatched_at) == (1, "ValueError: no such unit", None)
    for _ in range(services.MAX_ATTEMPTS + 2):
        services.dispatch()
    kept.refresh_from_db()
    assert kept.attempts == services.MAX_ATTEMPTS
    assert heard == [2]


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_leaves_no_half_work(heard):
    def write_then_fail(message):
        services.add("t.second", subject_kind="thing", subject_id=9, region_key=1)
        raise ValueError("after writing")

    services.listen("t.happened", "l", write_then_fail)
    tell()
    services.dispatch()
    assert not OutboxMessage.objects.filter(topic="t.second").exists()


@pytest.mark.django_db(transaction=True)
def test_registering_the_same_name_again_replaces_it(heard):
    services.listen("t.happened", "l", lambda m: heard.append("old"))
    services.listen("t.happened", "l", lambda m: heard.append("new"))
    tell()
    services.dispatch()
    assert heard == ["new"]


@pytest.mark.postgres
@pytest.mark.req("GO-05")
@pytest.mark.django_db(transaction=True)
def test_where_another_worker_delivers_this_one_does_not_wait_and_overtakes_nobody(heard):
    services.listen("t.happened", "l", lambda m: heard.append(m.subject_id))
    for n in range(3):
        tell(subject_id=n)
    taken, may_end = threading.Event(), threading.Event()

    def other_worker():
        with transaction.atomic():
            OutboxMessage.objects.select_for_update().get(subject_id=0)
            taken.set()
            may_end.wait(20)
        connection.close()

    other = threading.Thread(target=other_worker)
    other.start()
    assert taken.wait(20)
    assert services.dispatch() == 0
    assert heard == [], "the second message does not go before the first"
    may_end.set()
    other.join()
    assert services.dispatch() == 3
    assert heard == [0, 1, 2]
    assert not OutboxMessage.objects.exclude(attempts=0).exists()
