"""Prepared statements give what the queryset gives, for other values too, and keep its guards."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, NotSupportedError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import bulk, prepared
from gongbu.ground.basics.prepared import OfKeys, Prepared
from gongbu.ground.orgs.managers import ScopeMissing
from gongbu.ground.orgs.models import Post, Region, Unit
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.projects.models import AnnualInvestment, Project
from gongbu.mainline.projects.tests import factories as make

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def message(topic: str = "test", at: datetime = AT, **data: object) -> OutboxMessage:
    return OutboxMessage(topic=topic, subject_kind="x", subject_id=1, region_key=7, data=data, created_at=at)


def plain(row: object) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def test_whole_rows_with_a_relation_are_those_of_the_queryset() -> None:
    ask = Prepared(
        lambda pk: Project.objects.unscoped("test").select_related("competent_region", "parent").filter(pk=pk)
    )
    for name in ("城西水厂", "城东水厂"):
        pk = make.reserve_project(name=name, planned_start_on=date(2027, 3, 1)).pk
        [found] = ask.all(pk)
        [same] = Project.objects.unscoped("test").select_related("competent_region", "parent").filter(pk=pk)
        assert plain(found) == plain(same)
        assert found.planned_start_on == date(2027, 3, 1)
        with CaptureQueriesContext(connection) as captured:
            assert found.parent is None
            assert plain(found.competent_region) == plain(same.competent_region)
        assert not captured
    assert ask.all(0) == []


def test_days_moments_texts_numbers_and_json_go_in_and_come_out() -> None:
    for n in range(3):
        bulk.insert([message("甲" if n else "乙", AT + timedelta(hours=n), n=n, 名="城西")])
    ask = Prepared(
        lambda topic, since, most: OutboxMessage.objects.filter(
            topic=topic, created_at__gt=since, pk__lte=most
        ).order_by("-pk")
    )
    [found] = ask.all("甲", AT + timedelta(hours=1), 10**12)
    assert (found.created_at, found.data, found.dispatched_at) == (
        AT + timedelta(hours=2),
        {"n": 2, "名": "城西"},
        None,
    )
    day = Prepared(lambda on: Project.objects.unscoped("test").filter(created_on=on).values_list("name", "created_on"))
    project = make.reserve_project(name="城西水厂")
    assert day.all(project.created_on) == [("城西水厂", project.created_on)]
    of_stage = Prepared(lambda stage: Project.objects.unscoped("test").filter(stage=stage).values_list("pk", flat=True))
    assert of_stage.all(Stage.RESERVE) == of_stage.all("RESERVE") == [project.pk]


def test_the_statement_is_compiled_once() -> None:
    built = []

    def build(pk: object) -> object:
        built.append(pk)
        return Region.objects.filter(pk=pk).values_list("name", flat=True)

    ask = Prepared(build)
    region = make.region()
    with CaptureQueriesContext(connection) as captured:
        assert [ask.first(region.pk), ask.first(0), ask.first(region.pk)] == [region.name, None, region.name]
    assert len(built) == 1
    assert len(captured) == 3


def test_a_table_with_a_scope_still_refuses_without_one() -> None:
    with pytest.raises(ScopeMissing):
        Prepared(lambda pk: Project.objects.filter(pk=pk)).all(1)


@pytest.mark.django_db(transaction=True)
def test_a_locking_statement_needs_a_transaction_every_time() -> None:
    ask = Prepared(lambda pk: OutboxMessage.objects.select_for_update().filter(pk=pk))
    with transaction.atomic():
        assert ask.all(0) == []
    with pytest.raises(transaction.TransactionManagementError):
        ask.all(0)


def test_what_cannot_be_prepared_is_refused() -> None:
    with pytest.raises(NotSupportedError):
        Prepared(lambda pk: Unit.objects.unscoped("test").filter(pk=pk).prefetch_related("posts")).all(1)
    with pytest.raises(NotSupportedError):
        Prepared(lambda pk: Region.objects.filter(pk=pk).values("name")).all(1)
    ask = Prepared(lambda pk: Region.objects.filter(pk=pk))
    with pytest.raises(TypeError):
        ask.all()
    for value in (None, [1], 1.5):
        with pytest.raises(TypeError):
            ask.all(value)


def test_rows_of_one_key_of_several_and_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [make.reserve_project(name=f"{n}号水厂", annual={2026: (n, None)}).pk for n in range(6)]
    rows = OfKeys("project_id", lambda: AnnualInvestment.objects.order_by("-pk").values_list("planned_fen", flat=True))
    for few in (prepared.FEW, 2):
        monkeypatch.setattr(prepared, "FEW", few)
        assert rows.all([]) == []
        for size in range(1, 7):
            with CaptureQueriesContext(connection) as captured:
                assert rows.all(keys[:size] + keys[:1]) == list(range(size))[::-1]
            assert len(captured) == 1
    kinds = OfKeys("topic", lambda: OutboxMessage.objects.values_list("topic", flat=True))
    assert set(kinds.all(["project.created", "nothing", "project.renamed"])) == {"project.created"}


def test_an_update_writes_the_named_columns_and_misses_nothing() -> None:
    post = Post.objects.create(unit=make.unit(), name="规划科")
    other = Post.objects.create(unit=make.unit(), name="投资科")
    post.name, post.closed_on = "规划股", date(2026, 5, 1)
    prepared.update(post, ["closed_on"])
    assert Post.objects.values_list("name", "closed_on").get(pk=post.pk) == ("规划科", date(2026, 5, 1))
    assert not prepared.update_by_key(Post, post.pk, {"name": "甲"}, closed_on=None)
    assert prepared.update_by_key(Post, other.pk, {"name": "甲"}, closed_on=None)
    assert prepared.update_by_key(Post, post.pk, {"name": "乙"}, closed_on=date(2026, 5, 1))
    assert list(Post.objects.order_by("pk").values_list("name", flat=True)) == ["乙", "甲"]
    post.pk = 0
    with pytest.raises(DatabaseError):
        prepared.update(post, ["closed_on"])
