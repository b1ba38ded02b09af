"""制度事实: every fact of the packs in one list, narrowed by the URL, as a workbook, with who uses it."""

import io
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401  the fictional town
from gongbu.ground.policy import facts, queries, usage
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
    assert facts.Asked(group="TO_CHECK").takes(noise)


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
    assert ">已核条款<" not in to_check
    assert "没有符合条件的事实" in officer.get("/policy/facts/", {"q": "查无此项"}).content.decode()
    for odd in ({"page": "999"}, {"page": "-1"}, {"pack": "x" * 900}, {"group": "?"}, {"q": "%\x00'"}):
        assert officer.get("/policy/facts/", odd).status_code == 200


@pytest.mark.django_db
@pytest.mark.req("PF-04")
def test_the_workbook_holds_what_the_list_shows_and_is_recorded(officer):
    asked = {"instrument": "招标投标法", "pack": "national"}
    answer = officer.get("/policy/facts/export.xlsx", asked)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    wanted = [f for f in facts.list_facts(TODAY) if facts.Asked(**asked).takes(f)]
    assert len(wanted) > 8
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [fact.label for fact in wanted]
    event = AuditEvent.objects.unscoped("test").get(kind=AuditEvent.Kind.EXPORTED)
    assert (event.data["rows"], event.data["filters"]["依据"]) == (len(wanted), "招标投标法")


@pytest.mark.django_db
def test_reading_the_list_asks_the_database_nothing_of_its_own(officer):
    officer.get("/policy/facts/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        officer.get("/policy/facts/", {"pack": "national"})
    with CaptureQueriesContext(connection) as bare:
        officer.get("/policy/regions/")
    assert len(asked) <= len(bare)
