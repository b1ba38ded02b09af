"""Adoption as an act, and decisions kept with what they were made from."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import is_worded, word
from gongbu.ground.ledger.models import Entry
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy import queries, services
from gongbu.ground.policy.loading import load_pack, load_packs
from gongbu.ground.policy.models import Adoption, PolicyDecision, PolicyRecord
from gongbu.ground.policy.tests.conftest import parameter

pytestmark = pytest.mark.django_db


def adopt(place, actor=None, region=None, subject="GRADING", packs=("centralized",), since=date(2026, 1, 1), **more):
    return services.adopt_packs(
        region_id=(region or place.city).pk,
        subject=subject,
        packs=list(packs),
        effective_from=since,
        actor=actor or place.city_head,
        **more,
    )


def nothing_happened(adoptions=0):
    return (
        Adoption.objects.count(),
        Entry.objects.filter(kind="policy.adopted").count(),
        OutboxMessage.objects.count(),
    ) == (
        adoptions,
        adoptions,
        adoptions,
    )


@pytest.mark.req("GO-01", "CM-14")
def test_the_head_of_a_citys_bureau_adopts_and_the_county_follows(place):
    assert [p.key for p in queries.policy_for(place.east.pk, place.on).packs] == ["national"]
    row = adopt(place, document_number="云政办〔2026〕1号")
    assert [p.key for p in queries.policy_for(place.east.pk, place.on).packs] == ["centralized", "national"]
    assert [p.key for p in queries.policy_for(place.east.pk, date(2025, 12, 31)).packs] == ["national"]
    entry = Entry.objects.get(kind="policy.adopted")
    assert (entry.subject_kind, entry.subject_id, entry.occurred_on) == ("policy_adoption", row.pk, date(2026, 1, 1))
    assert entry.receipt
    assert OutboxMessage.objects.get().topic == "policy.adopted"
    assert row.pack_versions == {"centralized": "2026.11.1"}


def test_a_clerk_may_not_adopt_and_nothing_is_left_behind(place):
    with pytest.raises(NotAllowed):
        adopt(place, actor=place.clerk)
    assert nothing_happened()


def test_the_county_may_not_adopt_for_the_city(place):
    with pytest.raises(NotAllowed):
        adopt(place, actor=place.county_head)
    assert nothing_happened()
    adopt(place, actor=place.county_head, region=place.east)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"packs": ["nowhere"]}, "policy.pack_missing"),
        ({"packs": ["national"]}, "policy.pack_missing"),
        ({"packs": ["county_reserve"], "subject": "RESERVE"}, "policy.pack_level"),
        ({"packs": ["centralized"], "subject": "INITIATION"}, "policy.pack_subject"),
        ({"packs": ["centralized", "centralized"]}, "policy.pack_twice"),
        ({"subject": "WEATHER"}, "policy.subject_unknown"),
        ({"packs": []}, "policy.nothing_to_end"),
    ],
)
def test_an_unfitting_adoption_is_refused_in_words(place, more, code):
    with pytest.raises(Refusal) as caught:
        adopt(place, **more)
    assert caught.value.code == code
    assert "—" not in word(caught.value)
    assert nothing_happened()


def test_one_adoption_per_subject_and_day(place):
    adopt(place)
    with pytest.raises(Refusal) as caught:
        adopt(place)
    assert caught.value.code == "policy.adopted_already"
    assert nothing_happened(adoptions=1)
    adopt(place, packs=[], since=date(2026, 6, 1), reason="停止采用")
    assert [p.key for p in queries.policy_for(place.city.pk, date(2026, 5, 31)).packs] == ["centralized", "national"]
    assert [p.key for p in queries.policy_for(place.city.pk, date(2026, 6, 1)).packs] == ["national"]
    rows = queries.list_adoptions(place.east)
    assert [(r.effective_from, r.effective_to, len(r.packs)) for r in rows] == [
        (date(2026, 6, 1), None, 0),
        (date(2026, 1, 1), date(2026, 6, 1), 1),
    ]


def test_an_unknown_region_is_not_told_from_one_out_of_scope(place):
    with pytest.raises(NotFound):
        services.adopt_packs(
            region_id=0, subject="GRADING", packs=["centralized"], effective_from=place.on, actor=place.city_head
        )


@pytest.fixture
def loose_pack(write_pack, monkeypatch):
    """A local pack that gives tenderers' licence decisions more time than the law allows."""
    text = parameter(key="licences.decision_limit", value='"25"').replace("第一条", "第八条")
    pack = load_pack(write_pack("loose", {"parameters/l.yaml": text}, over="national"))
    installed = {**load_packs(), "loose": pack}
    monkeypatch.setattr(queries, "packs", lambda: installed)
    queries._policy.cache_clear()
    yield
    queries._policy.cache_clear()


def test_a_pack_that_loosens_the_law_cannot_be_adopted(place, loose_pack):
    with pytest.raises(Refusal) as caught:
        adopt(place, packs=["loose"])
    said = word(caught.value)
    assert caught.value.code == "policy.loosens_law"
    assert "25 个工作日（样例条例（第1号令）第八条），放宽了法定上限 20 个工作日（行政许可法第四十二条第一款）" in said
    assert nothing_happened()


def decided(place, facts, on=None):
    return queries.policy_for(place.city.pk, on or place.on).decide("centralized.grade", facts, on or place.on)


@pytest.mark.req("GO-01", "CM-08")
def test_a_decision_is_kept_complete_and_once(place):
    adopt(place)
    decision = decided(place, {"total_investment_fen": 12_000_000_000})
    with transaction.atomic():
        row = services.record_decision(decision, "project", 7, place.city.key_lo)
        again = services.record_decision(decision, "project", 7, place.city.key_lo)
    assert again.pk == row.pk
    stored = queries.get_decision(row.pk)
    assert (stored.value, stored.row, stored.facts) == ("A", "A", {"total_investment_fen": 12_000_000_000})
    assert stored.content["explanation"] == "总投资 1.2 亿元 > 1 亿元 → A 级"
    assert stored.record.content["key"] == "centralized.grade"
    assert stored.record_id == decision.ref.hash
    assert stored.clock == clock.kind()
    with transaction.atomic():
        changed = services.record_decision(decided(place, {"total_investment_fen": 1}), "project", 7, place.city.key_lo)
    assert [r.pk for r in queries.history_of("project", 7, "centralized.grade")] == [changed.pk, row.pk]
    assert [r.pk for r in queries.latest_decisions("project", 7)] == [changed.pk]


def test_a_decision_outside_a_transaction_is_refused(place):
    with pytest.raises(NotFound):
        queries.get_decision(0)


def test_keeping_many_costs_the_same_statements_as_keeping_few(place, django_assert_num_queries):
    from django.db import connection

    adopt(place)

    def keep(start, count):
        items = [
            services.DecisionOf(decided(place, {"total_investment_fen": n + 1}), "project", n, 1)
            for n in range(start, start + count)
        ]
        with transaction.atomic(), CaptureQueriesContext(connection) as caught:
            services.record_decisions(items)
        return len(caught)

    keep(0, 1)
    assert keep(100, 1) == keep(200, 30)
    assert PolicyDecision.objects.count() == 32
    assert PolicyRecord.objects.count() == 1


def test_policy_costs_two_statements_however_many_adoptions(place, django_assert_num_queries):
    adopt(place)
    for year in range(2027, 2037):
        adopt(place, since=date(year, 1, 1))
    with django_assert_num_queries(2):
        queries.policy_for(place.east.pk, place.on)
    for statements in (3, 2):  # the adoptions are read once after each adoption
        with django_assert_num_queries(statements):
            assert len(queries.policies_for([place.east.pk, place.city.pk], place.on)) == 2


def test_every_refusal_is_worded():
    room = Path(services.__file__).parent
    raised = re.compile(r'(?:Refusal|NotFound)\(\s*"([a-z_.]+)"')
    codes = {
        code
        for path in [*room.glob("*.py"), *(room / "rules").glob("*.py")]
        for code in raised.findall(path.read_text())
    }
    assert len(codes) > 15
    assert [code for code in sorted(codes) if not is_worded(code)] == []
