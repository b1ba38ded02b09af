"""The pages as people meet them: who sees what, the act form, a refusal shown beside the form, constant query counts."""

import re
from datetime import date

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs import signing
from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Unit
from gongbu.ground.policy import queries, services
from gongbu.ground.policy.models import Adoption

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 1)


@pytest.fixture
def visit(place, rf):
    """Return a signed-in browser of a person with ``role`` over a region."""

    def make(role, region):
        unit = Unit.objects.create(name=f"{region.name}{role}局", kind="GOVERNMENT", region=region)
        person = Person(
            login_name=f"{role}{region.pk}", name="李某", unit=unit, must_change_password=False,
            password_set_at="2026-01-01T00:00+08:00",
        )  # fmt: skip
        person.set_password("Test-pass-2026")
        person.save()
        post = Post.objects.create(unit=unit, name="岗位")
        Holding.objects.create(post=post, person=person, valid_from=DAY)
        Grant.objects.create(post=post, role=role, region=region, valid_from=DAY)
        request = rf.get("/")
        request.session = SessionStore()
        request.session.create()
        signing.begin(request, person, means="DEMO")
        request.session.save()
        client = Client()
        client.cookies["gongbu_session"] = request.session.session_key
        return client

    return make


def decide(place, region, table, facts):
    decision = queries.policy_of_packs(["classified_initiation", "centralized"]).decide(table, facts, place.on)
    with transaction.atomic():
        return services.record_decision(decision, "project", 7, region.key_lo)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


@pytest.mark.req("GO-01")
def test_every_fact_of_every_pack_can_be_found(place, visit):
    client = visit("VIEWER", place.city)
    listed = page(client, "/policy/")
    assert "国家基础包" in listed
    assert "政府工程集中管理" in listed
    found = page(client, "/policy/?q=第十三条")
    assert "可以简化审批程序的情形" in found
    assert "没有找到" in page(client, "/policy/?q=绝无此词")
    pack = page(client, "/policy/packs/national")
    assert "概算超过批准估算须报告的幅度" in pack
    assert "已核条款" in pack
    assert "核原文" in pack
    assert not re.search(r">(V1|V2|V3|E|S|G|G\+)<|title=\"(V1|V2|V3|E|S|G|G\+)\b", pack)
    assert "待确认" in pack
    tables = page(client, "/policy/packs/centralized?tab=tables")
    assert "&gt; 1 亿元" in tables
    assert "恰为 1 亿元，B 级" in tables
    assert "月调度" in page(client, "/policy/packs/centralized?tab=cadences")
    page(client, "/policy/packs/nowhere", 404)


@pytest.mark.req("GO-01", "LY-01")
def test_a_decision_shows_row_facts_clause_and_conflict(place, visit):
    row = decide(
        place,
        place.city,
        "classified_initiation.path",
        {"works_type": "COMMUNITY_RENEWAL", "funding_nature": "GOVERNMENT"},
    )
    shown = page(visit("SECTOR_OFFICER", place.city), f"/policy/decisions/{row.pk}")
    for part in ("与上位法抵触，已按上位法处理", "政府投资条例（国令第712号）第九条", "政府投资条例（国令第712号）第十三条",
                 "命中", "社区微更新", "政府投资", row.record_id):  # fmt: skip
        assert part in shown, part


@pytest.mark.parametrize("pack", queries.packs(), ids=str)
def test_every_pack_opens_and_its_drawn_tables_hold_no_key_even_on_hover(place, visit, pack):
    shown = page(visit("SECTOR_OFFICER", place.city), f"/policy/packs/{pack}?tab=tables")
    drawn = re.findall(r'<table class="g-table g-reg po-table">.*?</table>', shown, re.DOTALL)
    assert len(drawn) == sum(len(versions) for versions in queries.packs()[pack].tables.values())
    for table in drawn:
        said = [re.sub(r"<[^>]*>", " ", table), *re.findall(r'(?:title|data-label|aria-label)="([^"]*)"', table)]
        assert not re.search(r"[a-z]+_[a-z_]+|[A-Z]+_[A-Z\d]+", " ".join(said))


def test_a_case_decided_by_a_pack_below_is_worded_by_it(place, visit):
    shown = page(visit("SECTOR_OFFICER", place.city), "/policy/packs/classified_reserve?tab=tables")
    labels = queries.packs()["county_reserve"].tables["county_reserve.entry_path"][-1].outputs
    assert f'data-label="结论">{labels["TOWNSHIP"].label}<' in shown


def test_a_decision_of_another_region_is_not_told_from_none(place, visit):
    row = decide(place, place.city, "centralized.grade", {"total_investment_fen": 1})
    county = visit("VIEWER", place.east)
    assert "没有这条判定记录，或不在您的管辖范围内" in page(county, f"/policy/decisions/{row.pk}", 404)
    page(county, "/policy/decisions/999999", 404)


def test_an_older_decision_points_to_the_newest(place, visit):
    old = decide(place, place.city, "centralized.grade", {"total_investment_fen": 1})
    new = decide(place, place.city, "centralized.grade", {})
    client = visit("VIEWER", place.city)
    assert f"/policy/decisions/{new.pk}" in page(client, f"/policy/decisions/{old.pk}")
    assert "待人工认定" in page(client, f"/policy/decisions/{new.pk}")


def form(**more):
    return {"policy.subject": "GRADING", "policy.first_pack": "centralized", "policy.second_pack": "", "policy.third_pack": "",
            "policy.effective_from": "2026-01-01", "policy.document_number": "云政办〔2026〕1号", "policy.reason": "", **more}  # fmt: skip


@pytest.mark.req("GO-01", "GO-12")
def test_the_head_adopts_on_the_page_and_the_timeline_shows_it(place, visit):
    client = visit("INVESTMENT_HEAD", place.city)
    assert "只适用国家基础包" in page(client, f"/policy/regions/{place.city.pk}")
    answer = client.post(f"/policy/regions/{place.city.pk}/adopt", form())
    assert (answer.status_code, answer["Location"]) == (302, f"/policy/regions/{place.city.pk}")
    shown = page(client, f"/policy/regions/{place.east.pk}")
    assert "云政办〔2026〕1号" in shown
    assert "市级采用" in shown
    assert Adoption.objects.get().receipt == Entry.objects.get(kind="policy.adopted").receipt
    answer = client.post(
        f"/policy/regions/{place.city.pk}/adopt",
        form(**{"policy.first_pack": "NONE", "policy.effective_from": "2026-06-01"}),
    )
    assert answer.status_code == 302
    assert "停止采用" in page(client, "/policy/regions/")


def test_a_refused_adoption_is_explained_beside_the_form_and_leaves_nothing(place, visit):
    client = visit("INVESTMENT_HEAD", place.city)
    answer = client.post(
        f"/policy/regions/{place.city.pk}/adopt",
        form(**{"policy.first_pack": "county_reserve", "policy.subject": "RESERVE"}),
    )
    assert answer.status_code == 422
    assert "“县级项目储备与推进”由县级采用，云城市为市级，不能采用" in answer.content.decode()
    answer = client.post(f"/policy/regions/{place.city.pk}/adopt", form(**{"policy.first_pack": ""}))
    assert answer.status_code == 422
    assert (Adoption.objects.count(), Entry.objects.count()) == (0, 0)


def test_those_without_the_right_cannot_open_or_send_the_form(place, visit):
    clerk = visit("INVESTMENT_OFFICER", place.city)
    county_head = visit("INVESTMENT_HEAD", place.east)
    for client in (clerk, county_head):
        assert client.get(f"/policy/regions/{place.city.pk}/adopt").status_code == 403
        assert client.post(f"/policy/regions/{place.city.pk}/adopt", form()).status_code == 403
    assert (Adoption.objects.count(), Entry.objects.count()) == (0, 0)
    assert Client().get("/policy/").status_code == 302


def test_the_number_of_statements_does_not_grow(place, visit):
    client = visit("VIEWER", place.city)
    row = decide(place, place.city, "centralized.grade", {"total_investment_fen": 1})
    addresses = ["/policy/", f"/policy/regions/{place.city.pk}", "/policy/regions/", f"/policy/decisions/{row.pk}"]

    def cost():
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as caught:
                client.get(address)
            counts.append(len(caught))
        return counts

    services.adopt_packs(
        region_id=place.city.pk, subject="GRADING", packs=["centralized"], effective_from=DAY, actor=place.city_head
    )
    cost()
    before = cost()
    for year in range(2027, 2057):
        services.adopt_packs(
            region_id=place.city.pk,
            subject="GRADING",
            packs=["centralized"],
            effective_from=date(year, 1, 1),
            actor=place.city_head,
        )
        decide(place, place.city, "centralized.grade", {"total_investment_fen": year})
    assert cost() == before
