"""每月专题调度: golden months, the page with drill-down and workbook, who is told."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.meetings import dispatch, kinds
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.meetings.rules.dispatch import Held, Status, check_meeting, judge_months
from gongbu.ground.meetings.tests.conftest import held, make_person
from gongbu.ground.orgs.models import Grant, Unit
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy import queries as policies
from gongbu.ground.policy import services as policy
from gongbu.ground.registers.tests.conftest import sign_in

CASES = yaml.safe_load(Path(__file__).with_name("cases").joinpath("dispatch.yaml").read_text("utf-8"))
SIGNS = {"K": Status.KEPT, "M": Status.MISSED, "R": Status.RUNNING, "-": Status.NOT_DUE}


@pytest.mark.req("JC-32")
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_golden_months(case):
    given, expect = case["given"], case["expect"]
    meetings = [
        Held(n, day, given.get("state", "CLOSED"), given.get("chair", ""), tuple(given.get("heads", ())), "改期")
        for n, day in enumerate(given["meetings"])
    ]
    months = judge_months(
        year=2026, today=given["today"], since=given["since"], until=given.get("until"), at_least=1, meetings=meetings,
        due_from=[m >= given.get("due_from", 1) for m in range(1, 13)],
    )  # fmt: skip
    assert [m.status for m in months] == [SIGNS[sign] for sign in expect["months"]]
    unit = dispatch.UnitYear(1, "", given["since"], tuple(months))
    if "due" in expect:
        assert (unit.due, unit.missed) == (expect["due"], expect["missed"])
    if "counted" in expect:
        assert [m.counted for m in months[: len(expect["counted"])]] == expect["counted"]
    if "code" in expect:
        assert [one.code for m in months for one in m.seen] == [expect["code"]]


@pytest.fixture
def ruled(county):
    """东县 under the county's packs since 2026; 水务局 has its department's posts since 2026-01-01."""
    policy.adopt_packs(
        actor=county.head, region_id=county.region.pk, subject="RESERVE", packs=["county_reserve"],
        effective_from=date(2026, 1, 1), document_number="东县政〔2025〕9号",
    )  # fmt: skip
    return county


def dispatched(county, day, *, by=None, chair="局长", unit=None, **more):
    meeting = held(
        county, by or county.water, kind="COORDINATION", title="水务局专题调度会", chair=chair, held_on=date(2027, 3, 5)
    )
    Meeting.objects.unscoped("test").filter(pk=meeting.pk).update(held_on=day, **more)
    return meeting


def months_of(county, unit, year=2027, today=date(2027, 3, 5)):
    _duty, found = dispatch.get_unit(county.region, unit.pk, year, today)
    return "".join({v: k for k, v in SIGNS.items()}[m.status] for m in found.months)


@pytest.mark.req("JC-32")
def test_what_counts_is_said_by_the_pack():
    """Every installed cadence kept by meetings names kinds and roles that exist."""
    found = [
        item["meeting"] for pack in policies.packs().values() for item in pack.extras["cadences"] if item["meeting"]
    ]
    assert found
    for how in found:
        assert all(kinds.is_known(code) for code in how["kinds"])
        assert {*how["units_with"], *how["chaired_by"]} <= set(rights().roles)


@pytest.mark.req("JC-32")
def test_without_a_named_chair_any_chair_counts():
    meeting = Held(1, date(2027, 1, 8), "CLOSED", "副局长", ("段启明",), by_head=False)
    assert check_meeting(meeting).counts


@pytest.mark.req("JC-32")
def test_meetings_of_a_unit_are_counted_by_month(ruled):
    dispatched(ruled, date(2027, 1, 8))
    dispatched(ruled, date(2027, 1, 29))
    assert months_of(ruled, ruled.water_office) == "KMR---------"
    boss = make_person("boss", ruled.water_office, "SECTOR_HEAD", ruled.region, sector="水利", name="段启明")
    assert months_of(ruled, ruled.water_office) == "MMR---------", "the chair is not the head"
    dispatched(ruled, date(2027, 2, 3), chair=f"局长 {boss.name}")
    assert months_of(ruled, ruled.water_office) == "MKR---------"
    held(ruled, ruled.water, kind="SPECIAL", held_on=date(2027, 3, 5))
    assert months_of(ruled, ruled.water_office) == "MKR---------", "another kind of meeting is none"


def test_a_unit_founded_mid_year_owes_from_the_next_month(ruled):
    fresh = Unit.objects.create(name="东县文化和旅游局", kind="GOVERNMENT", region=ruled.region)
    make_person("culture", fresh, "SECTOR_OFFICER", ruled.region, sector="文旅")
    Grant.objects.unscoped("test").filter(post__unit=fresh).update(valid_from=date(2027, 1, 15))
    assert months_of(ruled, fresh) == "-MR---------"
    found = dispatch.get_year(ruled.region, 2026, date(2027, 3, 5))
    assert fresh.pk not in {unit.unit_id for unit in found.units}


@pytest.mark.req("JC-32")
def test_who_is_behind_is_reminded_and_told_once(ruled):
    make_person("boss", ruled.water_office, "SECTOR_HEAD", ruled.region, sector="水利", name="段启明")
    for on in (date(2027, 3, 5), date(2027, 3, 5), date(2027, 3, 6)):
        dispatch.run_daily(on)
    said = Message.objects.filter(key__contains=":202702:missed")
    assert said.count() == 2, "officer and head of the department, once each"
    assert "没有登记调度会" in said.first().text
    assert not Task.objects.filter(kind="meetings.dispatch").exists(), "there is time until the 25th"
    dispatch.run_daily(date(2027, 3, 25))
    dispatch.run_daily(date(2027, 3, 26))
    tasks = Task.objects.filter(kind="meetings.dispatch")
    assert {(t.state, t.due_on) for t in tasks} == {("OPEN", date(2027, 3, 31))}
    assert tasks.count() == 2
    dispatched(ruled, date(2027, 3, 27), chair="局长 段启明")
    dispatch.run_daily(date(2027, 3, 28))
    assert {t.state for t in Task.objects.filter(kind="meetings.dispatch")} == {"WITHDRAWN"}


def test_a_county_without_the_rule_owes_nothing(county):
    assert dispatch.get_year(county.region, 2027, date(2027, 3, 5)).duty is None
    assert dispatch.run_daily(date(2027, 3, 28)) == 0
    client = Client()
    sign_in(client, county.people["head"])
    assert "没有每月专题调度的要求" in client.get("/meetings/dispatch").content.decode()
    assert client.get("/meetings/dispatch/export.xlsx").status_code == 404


@pytest.mark.req("JC-32")
def test_the_page_opens_the_meetings_behind_a_figure_and_leaves_as_a_workbook(ruled):
    meeting = dispatched(ruled, date(2027, 1, 8))
    dispatched(ruled, date(2027, 2, 8), state="CANCELLED", reason="改为防汛会商")
    client = Client()
    sign_in(client, ruled.people["viewer"])
    page = client.get("/meetings/dispatch").content.decode()
    assert "东县水务局" in page
    assert "未开展" in page
    assert "三（一）" in page, "the clause is named"
    base = f"/meetings/dispatch/{ruled.region.pk}/{ruled.water_office.pk}/2027"
    assert f"{base}/1" in page
    january = client.get(f"{base}/1").content.decode()
    assert f"/meetings/{meeting.pk}/" in january
    assert "主持人待核实" in january
    assert "改为防汛会商" in client.get(f"{base}/2").content.decode()
    assert client.get(f"{base}/13").status_code == 404
    answer = client.get("/meetings/dispatch/export.xlsx?year=2027")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("单位", "1月", "2月", "3月")
    (water,) = [row for row in rows[1:] if row[0] == "东县水务局"]
    assert water[1:4] == ("1 次", "未开展", "待召开")
    assert "2月：2月8日的会议已取消：改为防汛会商" in water[-1]
    stranger = Client()
    sign_in(stranger, ruled.people["stranger"])
    assert stranger.get(f"{base}/1").status_code == 404
    assert "东县" not in stranger.get("/meetings/dispatch").content.decode().split("<main")[1]
    owner = Client()
    sign_in(owner, ruled.people["owner"])
    assert owner.get("/meetings/dispatch").status_code == 403


def test_a_year_asks_as_much_for_ten_units_as_for_one(ruled):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            dispatch.get_year(ruled.region, 2027, date(2027, 3, 5))
        return len(captured)

    make_person("boss", ruled.water_office, "SECTOR_HEAD", ruled.region, sector="水利")
    dispatched(ruled, date(2027, 1, 8))
    asked()
    few = asked()
    for n in range(9):
        unit = Unit.objects.create(name=f"东县第{n}局", kind="GOVERNMENT", region=ruled.region)
        make_person(f"u{n}", unit, "SECTOR_HEAD", ruled.region, sector=f"行业{n}")
    dispatched(ruled, date(2027, 2, 8))
    assert asked() == few
