"""制度事实: every fact of the packs in one list, narrowed by the URL, as a workbook, with who uses it."""

import csv
import io
import re
from datetime import date
from html import unescape

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401  the fictional town
from gongbu.ground.policy import facts, facts_order, queries, usage
from gongbu.ground.policy.models import Adoption
from gongbu.ground.policy.showing import Standing
from gongbu.ground.registers.tests.conftest import sign_in

TODAY = date(2026, 11, 27)


@pytest.fixture
def officer(town):  # noqa: F811
    client = Client()
    sign_in(client, make_person("officer", town.bureau, "INVESTMENT_OFFICER", town.east))
    return client


@pytest.mark.req("GO-01", "CM-03")
def test_the_list_holds_every_parameter_and_table_once():
    rows = facts.list_facts(TODAY)
    wanted = sum(len(pack.parameters) + len(pack.tables) for pack in queries.packs().values())
    assert len(rows) == len({(fact.pack, fact.key) for fact in rows}) == wanted
    assert all(fact.basis and fact.mark for fact in rows)


def test_who_uses_a_fact_is_found_in_the_code():
    national, county = queries.packs()["national"], queries.packs()["county_reserve"]
    assert usage.users_of("experts.avoid_years", national) == ("专家库",)
    assert "储备库" in usage.users_of("county_reserve.check_points", county), "read by its last part"
    assert "项目分类" in usage.users_of("county_reserve.entry_gate", county)
    assert usage.users_of("tendering.bid_period", national) == (), "no room tenders yet"


def test_a_value_that_begins_later_is_marked_and_the_one_in_force_is_shown():
    def shown(on):
        return next(f for f in facts.list_facts(on) if f.key == "payments.progress_low")

    assert (shown(date(2022, 7, 31)).words, shown(date(2022, 8, 1)).words) == ("60%", "80%")
    assert shown(date(2004, 10, 19)).words == "60%（尚未施行）"


@pytest.mark.req("GO-01")
def test_an_inferred_limit_is_listed_to_be_checked_and_says_its_unit():
    """The new noise standard names no change of the limits; that they stand is inferred, not read."""
    noise = next(f for f in facts.list_facts(TODAY) if f.key == "noise.day_limit")
    assert (noise.words, noise.group) == ("70 分贝", "待确认")
    assert noise.group in facts.TO_CHECK


@pytest.mark.django_db
@pytest.mark.req("GO-01", "CM-03")
def test_the_page_narrows_by_the_url_and_leads_to_the_fact(officer):
    text = officer.get("/policy/facts/", {"pack": "national", "q": "投标截止"}).content.decode()
    assert "自招标文件发出至投标截止" in text
    assert "20 日" in text
    assert "第二十四条" in text
    assert "/policy/packs/national#tendering.bid_period" in text
    assert "质量保证金比例" not in text
    to_check = officer.get("/policy/facts/", {"group": "TO_CHECK", "size": "100"}).content.decode()
    assert "已核条款</span>" not in to_check
    assert "没有符合条件的事实" in officer.get("/policy/facts/", {"q": "查无此项"}).content.decode()
    for odd in (
        {"page": "999"},
        {"page": "-1"},
        {"pack": "x" * 900},
        {"group": "?"},
        {"q": "%\x00'"},
        {"sort": "?"},
        {"region": "9" * 30},
    ):
        assert officer.get("/policy/facts/", odd).status_code == 200


def names_on(page) -> list[str]:
    """Return the names of the facts that a list page shows, in its order."""
    return [
        unescape(name) for name in re.findall(r'<td class="g-title"[^>]*><a [^>]*>([^<]*)</a>', page.content.decode())
    ]


@pytest.mark.req("GO-01", "GO-02")
def test_where_a_fact_stands_on_a_day_before_on_and_after_its_end():
    def stands(key, on):
        return next(f for f in facts.list_facts(on) if f.key == key).standing

    custom = "payments.large_firm_custom"  # 行业惯例: repealed by the 2025 regulation on its day
    assert stands(custom, date(2025, 5, 31)) is Standing.IN_FORCE
    assert stands(custom, date(2025, 6, 1)) is stands(custom, date(2025, 6, 2)) is Standing.REPEALED
    assert stands("payments.progress_low", date(2004, 10, 19)) is Standing.FUTURE


@pytest.mark.django_db
@pytest.mark.req("GO-01", "GO-02")
def test_the_list_shows_what_is_in_force_on_the_day_that_is_asked_for(officer):
    def found(**asked):
        return names_on(officer.get("/policy/facts/", {"q": "payments.large_firm_custom", **asked}))

    name = queries.packs()["national"].parameters["payments.large_firm_custom"].label
    assert found() == [], "repealed since"
    assert found(on="2025-05-31") == found(on="20250531") == [name]
    assert found(on="2025-06-01") == []
    assert found(standing="REPEALED") == found(standing="ALL") == [name]
    assert found(standing="FUTURE") == []
    assert found(on="1990-01-01", standing="FUTURE") == [name]


@pytest.mark.django_db
@pytest.mark.req("GO-01")
def test_a_day_or_a_choice_that_cannot_be_read_is_refused_and_today_is_shown(officer):
    text = officer.get("/policy/facts/", {"on": "2026-02-30", "q": "payments.progress_low"})
    assert "日期写作 2026-01-31，此条件未生效" in text.content.decode()
    assert names_on(text) == names_on(officer.get("/policy/facts/", {"q": "payments.progress_low"})) != []
    assert "没有这个选项，此条件未生效" in officer.get("/policy/facts/", {"standing": "?"}).content.decode()
    for wrong in (
        "/policy/facts/export.pdf",
        "/policy/facts/nothing/payments.progress_low",
        "/policy/facts/national/no.such",
    ):
        assert officer.get(wrong).status_code == 404, wrong
    assert not AuditEvent.objects.unscoped("test").filter(kind=AuditEvent.Kind.EXPORTED).exists()


@pytest.mark.django_db
@pytest.mark.req("GO-01")
def test_the_list_is_ordered_by_the_url_like_every_other_list(officer):
    asked = {"pack": "national", "size": "100"}
    everything = [f for f in facts.list_facts(TODAY) if f.pack == "national" and f.standing is Standing.IN_FORCE]
    assert names_on(officer.get("/policy/facts/", asked)) == [f.label for f in everything][:100]
    for column in facts_order.ORDERS:
        for sort, word in ((column, "ascending"), (f"-{column}", "descending")):
            page = officer.get("/policy/facts/", {**asked, "sort": sort})
            assert names_on(page) == [f.label for f in facts_order.in_order(everything, sort)][:100]
            assert f'aria-sort="{word}"' in page.content.decode()
    since = [f.since for f in facts_order.in_order(everything, "-since")]
    assert since == sorted(since, reverse=True)
    marks = [f.group for f in facts_order.in_order(everything, "mark")]
    assert marks == sorted(marks, key=("已核", "核原文", "待确认").index)


def test_clauses_stand_in_the_order_of_their_numbers():
    written = ["第二十四条", "第一百零二条", "第九条", "第十三条第(三)项", "第十条", "第十三条", "第100条", "", "附录A"]
    assert sorted(written, key=facts_order.by_article) == [
        "", "第九条", "第十条", "第十三条", "第十三条第(三)项", "第二十四条", "第100条", "第一百零二条", "附录A",
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.req("GO-01", "GO-02")
def test_a_fact_shows_its_versions_beside_the_list(officer):
    listed = officer.get("/policy/facts/", {"q": "payments.progress_low"}).content.decode()
    assert '<tr data-drawer="/policy/facts/national/payments.progress_low?on=' in listed
    drawer = officer.get(
        "/policy/facts/national/payments.progress_low", {"on": "2026-11-27"}, headers={"HX-Target": "drawer-body"}
    )
    text = drawer.content.decode()
    assert "<html" not in text
    newer, older = text.index("2022-08-01</span>"), text.index("2004-10-20</span>")
    assert newer < text.index("80%") < older < text.index("60%"), "newest first"
    assert text.count("至 2022-08-01 前") == 1
    assert "财建〔2022〕183号" in text[newer:older]
    assert text.index("现行") < older < text.index("此前")
    cases = [
        c
        for _, file in queries.packs()["national"].extras["cases"]
        if file.parameter == "payments.progress_low"
        for c in file.cases
    ]
    assert f"样例 {len(cases)} 个" in text
    assert "<html" in officer.get("/policy/facts/national/payments.progress_low").content.decode(), (
        "a page without a script"
    )
    table = officer.get("/policy/facts/national/tendering.must_tender").content.decode()
    assert "种结论" in table


@pytest.mark.django_db
@pytest.mark.req("GO-02")
def test_a_region_narrows_to_what_applies_there_and_the_list_says_who_adopted_a_pack(officer, town):  # noqa: F811
    def found(**asked):
        return officer.get("/policy/facts/", {"region": town.east.pk, "size": "100", **asked})

    assert names_on(found(pack="county_reserve")) == []
    assert "尚无地区采用" in officer.get("/policy/facts/", {"pack": "county_reserve"}).content.decode()
    Adoption.objects.create(
        region=town.east, region_key=town.east.key_lo, subject="RESERVE", packs=["county_reserve"],
        effective_from=date(2026, 6, 1), adopted_by="样例", recorded_at=clock.now(),
    )  # fmt: skip
    applied = found(pack="county_reserve")
    assert len(names_on(applied)) > 20
    assert f'po-line">{town.east.name}</span>' in applied.content.decode()
    assert names_on(found(pack="county_reserve", on="2026-05-31")) == []


@pytest.mark.django_db
@pytest.mark.req("GO-02")
def test_what_a_nearer_pack_replaces_is_not_listed_for_the_region_whatever_else_is_asked(officer, town):  # noqa: F811
    def found(**asked):
        return names_on(officer.get("/policy/facts/", {"pack": "national", "q": "estimates.overrun_response", **asked}))

    assert len(found()) == len(found(region=town.east.pk)) == 1
    Adoption.objects.create(
        region=town.east, region_key=town.east.key_lo, subject="INITIATION", packs=["classified_initiation"],
        effective_from=date(2026, 6, 1), adopted_by="样例", recorded_at=clock.now(),
    )  # fmt: skip
    assert len(found()) == 1
    assert found(region=town.east.pk) == []


def test_of_two_packs_that_apply_the_nearer_one_speaks():
    rows = facts.list_facts(TODAY)
    near = next(f for f in rows if f.elsewhere and f.pack != "national" and f.standing is Standing.IN_FORCE)
    keys = [(f.pack, f.key) for f in facts.applying(rows, [near.pack, "national"])]
    assert (near.pack, near.key) in keys
    assert ("national", near.key) not in keys
    assert {pack for pack, _ in keys} == {near.pack, "national"}


@pytest.mark.django_db
@pytest.mark.req("PF-04")
def test_the_file_holds_what_the_list_shows_in_its_order_and_is_recorded(officer):
    asked = {"instrument": "招标投标法", "pack": "national", "sort": "-label", "on": "2026-11-27"}
    rows = [f for f in facts.list_facts(TODAY) if (f.instrument, f.pack) == ("招标投标法", "national")]
    wanted = [f.label for f in facts_order.in_order(rows, "-label")]
    assert len(wanted) > 8
    answer = officer.get("/policy/facts/export.xlsx", asked)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == wanted
    answer = officer.get("/policy/facts/export.csv", asked)
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [line["名称"] for line in lines] == wanted
    assert {(line["有效情况"], line["采用的地区"]) for line in lines} == {("现行", "全国")}
    for event in AuditEvent.objects.unscoped("test").filter(kind=AuditEvent.Kind.EXPORTED):
        filters = event.data["filters"]
        assert (event.data["rows"], filters["依据"], filters["在某日有效"]) == (len(wanted), "招标投标法", "2026-11-27")


@pytest.mark.django_db
def test_reading_the_list_asks_the_database_for_the_adoptions_only(officer, town):  # noqa: F811
    def asked(address, **given):
        officer.get(address, given)
        with CaptureQueriesContext(connection) as captured:
            officer.get(address, given)
        return len([one for one in captured if "policy_" in one["sql"]])

    assert asked("/policy/facts/", pack="national") == 1
    assert asked("/policy/facts/", region=town.east.pk) == 2, "and for those above the region"
    assert asked("/policy/facts/national/payments.progress_low") == 1
