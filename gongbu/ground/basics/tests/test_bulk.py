"""Statements of our own write what the models would have written, and refuse what the tables refuse."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from gongbu.ground.basics import bulk
from gongbu.ground.ledger.models import Entry
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy.models import Adoption
from gongbu.mainline.projects.models import AnnualInvestment, Project
from gongbu.mainline.projects.tests import factories as make

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 1, 2, 3, 456, tzinfo=UTC)


def message(subject_id: int, **more: object) -> OutboxMessage:
    values = {"topic": "t", "subject_kind": "k", "region_key": 10**11, "data": {"名": [1, None]}, "created_at": AT}
    return OutboxMessage(subject_id=subject_id, **{**values, **more})


def test_rows_get_their_keys_in_their_order_and_read_back_as_they_were(django_assert_num_queries) -> None:
    rows = [message(n) for n in range(50)]
    with django_assert_num_queries(1):
        bulk.insert(rows)
    assert [OutboxMessage.objects.get(pk=row.pk).subject_id for row in rows[::10]] == [0, 10, 20, 30, 40]
    last = OutboxMessage.objects.get(pk=rows[-1].pk)
    assert (last.data, last.created_at, last.dispatched_at, last.last_error) == ({"名": [1, None]}, AT, None, "")
    assert rows[0]._state.adding is False


def adoption(subject: str) -> Adoption:
    region = make.region()
    return Adoption(
        region=region, region_key=region.key_lo, subject=subject, packs=["a"], pack_versions={"a": "1"},
        effective_from=date(2026, 1, 2), adopted_by="甲", recorded_at=AT,
    )  # fmt: skip


def test_every_kind_of_column_is_written_as_the_model_writes_it() -> None:
    pk = make.reserve_project(planned_start_on=date(2026, 3, 1), is_city_strategic=True, stage="APPROVAL").pk
    one, other = (Project.objects.unscoped("test").get(pk=pk) for _ in range(2))
    one.pk = other.pk = None
    for mine, models_own in ((one, other), (adoption("GRADING"), adoption("RESERVE"))):
        bulk.insert([mine])
        models_own.save(force_insert=True)
        written, saved = (type(mine)._base_manager.filter(pk=row.pk).values().get() for row in (mine, models_own))
        assert {k for k in written if written[k] != saved[k]} <= {"id", "subject"}


def test_many_parameters_are_spread_over_statements(monkeypatch, django_assert_num_queries) -> None:
    monkeypatch.setattr(bulk, "_PARAMETERS", 40)
    rows = [message(n) for n in range(9)]  # nine columns: four rows a statement
    with django_assert_num_queries(3):
        bulk.insert(rows)
    assert OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).count() == len({row.pk for row in rows}) == 9
    assert bulk.insert([]) is None


def test_a_row_that_stands_already_is_written_over_and_a_new_one_added() -> None:
    project = make.reserve_project(annual={2026: (100, None)})
    unique = ["project_id", "year"]
    bulk.upsert(
        [AnnualInvestment(project_id=project.pk, year=y, planned_fen=n) for n, y in enumerate((2026, 2027))], unique
    )
    years = AnnualInvestment.objects.filter(project=project).order_by("year")
    assert list(years.values_list("year", "planned_fen", "is_opening_balance")) == [(2026, 0, False), (2027, 1, False)]


def test_named_columns_of_many_rows_are_written() -> None:
    rows = [message(n) for n in range(3)]
    bulk.insert(rows)
    for row in rows:
        row.attempts, row.last_error, row.topic, row.data = (
            row.subject_id + 1,
            "错",
            "not written",
            {"字": row.subject_id},
        )
    bulk.update(rows, ["attempts", "last_error", "data"])
    kept = OutboxMessage.objects.order_by("pk").values_list("attempts", "last_error", "topic", "data")
    assert list(kept)[-3:] == [(n + 1, "错", "t", {"字": n}) for n in range(3)]


def test_a_constraint_refuses_the_whole_statement() -> None:
    make.reserve_project()
    standing = Entry.objects.latest("pk")
    before = Entry.objects.count()
    twice = [Entry(**{f.attname: getattr(standing, f.attname) for f in Entry._meta.concrete_fields if f.attname != "id"})
             for _ in range(2)]  # fmt: skip
    for row in twice:
        row.key, row.receipt = "once", None
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(twice)
    assert Entry.objects.count() == before
