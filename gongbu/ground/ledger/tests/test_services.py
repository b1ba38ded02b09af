import hashlib
from datetime import UTC, date, datetime

import orjson
import pytest
from django.db import DatabaseError, connection, transaction

from gongbu.ground.basics import clock
from gongbu.ground.ledger import AlreadyRecorded, queries, services
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Entry, Pending
from gongbu.ground.ledger.refusals import BookNotEmpty, SimulatedClockRefused, UnknownCorrection

CLERK = ActorStamp(7, "陈静", 3, "云溪县发展和改革局", 12, "投资科经办")


def draft(number=1, **changes):
    values = {
        "kind": "projects.created",
        "subject": Subject("project", number, 990101000000, "城北污水处理厂"),
        "actor": CLERK,
        "occurred_on": clock.today(),
        "after": {"name": "城北污水处理厂", "total_fen": 120_000_000_00},
    }
    return EntryDraft(**{**values, **changes})


@pytest.mark.django_db
@pytest.mark.req("GO-07")
def test_entry_copies_actor_and_hashes_its_own_text():
    with transaction.atomic():
        entry = services.append(draft())
    entry.refresh_from_db()
    content = orjson.loads(entry.canonical)
    assert content["actor"] == {
        "person": 7,
        "name": "陈静",
        "unit": 3,
        "unit_name": "云溪县发展和改革局",
        "post": 12,
        "post_name": "投资科经办",
    }
    assert content["clock"] == "SYSTEM"
    assert content["recorded_at"].endswith("+08:00")
    text = entry.canonical.encode()
    inner = hashlib.new("sm3", b"\x02" + text).digest()
    assert content["salt"].encode() in text, "kept in the entry"
    assert entry.leaf_hash == hashlib.new("sm3", b"\x00gongbu-leaf/2\n" + inner).hexdigest()
    assert list(Pending.objects.values_list("entry_id", flat=True)) == [entry.pk]
    assert [row.entry_id for row in queries.list_for_subject("project", 1)] == [entry.pk]


@pytest.mark.django_db(transaction=True)
def test_append_needs_a_transaction():
    with pytest.raises(RuntimeError):
        services.append(draft())
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("value", [0.1, 2**53, {1: "x"}, object(), {"\U00020000": 1}])
def test_values_without_one_canonical_form_are_refused(value):
    with pytest.raises((TypeError, ValueError)), transaction.atomic():
        services.append(draft(after={"value": value}))
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_second_entry_with_the_same_key_is_refused_and_shows_the_first():
    with transaction.atomic():
        first = services.append(draft(key="form-8f1c"))
    with pytest.raises(AlreadyRecorded) as refusal, transaction.atomic():
        services.append_many([draft(2), draft(3, key="form-8f1c")])
    assert refusal.value.entry.pk == first.pk
    assert Entry.objects.count() == 1
    assert Pending.objects.count() == 1


@pytest.mark.django_db
def test_simulated_clock_is_refused_outside_a_demo_edition():
    with clock.simulate(date(2026, 3, 2)), pytest.raises(SimulatedClockRefused), transaction.atomic():
        services.append(draft())
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_demo_edition_is_declared_first_or_never():
    assert not queries.is_demo_edition()
    services.mark_demo_edition()
    assert queries.is_demo_edition()
    with clock.simulate(date(2026, 3, 2)), transaction.atomic():
        entry = services.append(draft())
    assert entry.clock == "SIMULATED"
    assert orjson.loads(entry.canonical)["recorded_at"] == "2026-03-02T10:00:00+08:00"
    with pytest.raises(BookNotEmpty):
        services.mark_demo_edition()
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_a_correction_binds_the_corrected_leaf_and_shows_in_the_timeline():
    with transaction.atomic():
        wrong = services.append(draft())
        right = services.append(draft(corrects=wrong.pk, after={"name": "城北第二污水处理厂"}))
    assert orjson.loads(right.canonical)["corrects"] == {"entry": wrong.pk, "leaf": wrong.leaf_hash}
    rows = {row.entry_id: row for row in queries.list_for_subject("project", 1)}
    assert rows[wrong.pk].corrected_by_id == right.pk
    with pytest.raises(UnknownCorrection), transaction.atomic():
        services.append(draft(corrects=right.pk + 1))
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_many_entries_keep_their_order_and_only_public_ones_get_a_receipt():
    with transaction.atomic():
        entries = services.append_many(
            [draft(n, public={"文号": f"云发改审〔2026〕{n}号"} if n % 2 else None) for n in range(6)]
        )
    assert [entry.subject_id for entry in Entry.objects.order_by("pk")] == list(range(6))
    assert [bool(entry.receipt) for entry in entries] == [False, True] * 3


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["ledger_entry", "ledger_leaf", "ledger_node", "ledger_head"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_database_itself_refuses_changes(table, verb):
    fill(table)
    statement = f"DELETE FROM {table}" if verb == "DELETE" else f"UPDATE {table} SET algorithm = 'MD5'"
    with pytest.raises(DatabaseError, match="账本只增不改"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE algorithm = 'SM3'")
        assert cursor.fetchone()[0] > 0


def fill(table):
    from gongbu.ground.ledger.models import Head, Leaf, Node

    with transaction.atomic():
        entry = services.append(draft())
    Leaf.objects.create(index=0, entry=entry, hash=entry.leaf_hash, algorithm="SM3")
    Node.objects.create(level=1, index=0, hash="0" * 64, algorithm="SM3")
    Head.objects.create(
        size=1, root="0" * 64, algorithm="SM3", key_id="k", signature="s", signed_at=datetime.now(UTC), clock="SYSTEM"
    )


@pytest.mark.django_db
def test_the_last_act_is_the_one_entered_last_also_when_its_day_lies_back():
    assert (queries.find_last_act("project", 1).by, queries.find_last_act("project", 1).when) == ("他人", "刚才")
    with transaction.atomic():
        services.append(draft())
        later = services.append(
            draft(actor=ActorStamp(8, "周敏", 3, "云溪县发展和改革局", 13, "投资科科长"), occurred_on=date(2026, 3, 2))
        )
    last = queries.find_last_act("project", 1)
    assert (last.by, last.at, last.kind) == ("周敏", later.recorded_at, "projects.created")
