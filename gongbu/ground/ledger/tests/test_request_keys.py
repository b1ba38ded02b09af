"""One name for two requests: the second is refused, one after the other and both at once."""

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.ledger import request_keys, services
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.refusals import AlreadyRecorded, KeyReused


def enter(request: bytes, *, given: str = "k1", person_id: int = 7, then: Any = None) -> None:
    """Write the entry of an act; ``then`` runs before the transaction ends."""
    key = request_keys.make(person_id, given, request)
    draft = EntryDraft(
        "project.created", Subject("project", 1, 0, "水厂"), ActorStamp(None, "接口"), date(2026, 3, 2), key=key
    )
    with transaction.atomic():
        services.append(draft)
        if then is not None:
            then()


@pytest.mark.django_db
@pytest.mark.req("GO-18")
def test_a_name_is_for_one_request_of_one_person() -> None:
    enter(b"one")
    with pytest.raises(AlreadyRecorded):
        enter(b"one")
    with pytest.raises(KeyReused) as refused:
        enter(b"two")
    assert [finding.code for finding in refused.value.findings] == ["ledger.key_reused"]
    enter(b"two", given="k2")
    enter(b"two", person_id=8)
    assert Entry.objects.count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.req("GO-18", "GO-05")
@pytest.mark.parametrize(("other", "refusal"), [(b"one", AlreadyRecorded), (b"two", KeyReused)])
def test_of_two_at_once_the_second_waits_and_is_told(other: bytes, refusal: type[Refusal]) -> None:
    """SQLite takes one writer at a time; here the second comes while the first has not ended."""
    came, told = threading.Event(), []

    def second() -> None:
        came.set()
        try:
            enter(other)
        except Refusal as error:
            told.append(type(error))
        finally:
            connection.close()

    thread = threading.Thread(target=second)

    def meanwhile() -> None:
        thread.start()
        assert came.wait(10)
        thread.join(0.3)
        assert thread.is_alive(), "waits for the first"

    enter(b"one", then=meanwhile)
    thread.join(10)
    assert told == [refusal]
    assert Entry.objects.count() == 1
