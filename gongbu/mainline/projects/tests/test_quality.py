"""What the file check of a project finds (GO-13), one fact changed at a time; and a slip of the unit at the act."""

import re
from dataclasses import replace
from datetime import date

import pytest
from django.urls import reverse

from gongbu.ground.basics.findings import InvalidInput, Severity
from gongbu.ground.basics.messages import word
from gongbu.ground.ledger.models import Entry
from gongbu.ground.registers.doubts import SURE
from gongbu.mainline.projects import services
from gongbu.mainline.projects.rules.quality import FileFacts, check_file
from gongbu.mainline.projects.tests import factories

TODAY, WAN = date(2026, 11, 27), 1_000_000
SOUND = FileFacts(
    stage="CONSTRUCTION", stage_label="在建", funding_nature="GOVERNMENT", works_type="BUILDING", owner_name="县水务局",
    has_owner_unit=True, code="2603-410300-04-01-000001", code_text="", total_fen=1_000 * WAN, total_text="",
    total_precision_fen=None, annual_planned_fen=[400 * WAN, 600 * WAN], annual_completed_fen=[400 * WAN, None],
    planned_finish_on=date(2027, 6, 30), planned_finish_words="2027年6月",
)  # fmt: skip


def test_a_sound_file_has_no_finding():
    assert check_file(SOUND, TODAY) == []


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    ("change", "code"),
    [({"code": ""}, "quality.code_missing"), ({"code": "", "code_text": "2020-****"}, "quality.code_masked"),
     ({"total_fen": None}, "quality.total_missing"), ({"funding_nature": "UNKNOWN"}, "quality.funding_unknown"),
     ({"total_fen": 7_127, "annual_planned_fen": [], "annual_completed_fen": []}, "quality.small_total"),
     ({"annual_planned_fen": [400 * WAN, 601 * WAN]}, "quality.annual_over_total"),
     ({"annual_completed_fen": [400 * WAN, 601 * WAN]}, "quality.completed_over_total"),
     ({"annual_planned_fen": [], "annual_completed_fen": [99_999 * WAN]}, "quality.completed_over_total"),
     ({"planned_finish_on": date(2026, 6, 30)}, "quality.planned_finish_passed"),
     ({"owner_name": ""}, "quality.owner_missing"), ({"has_owner_unit": False}, "quality.owner_unlinked"),
     ({"works_type": ""}, "quality.works_type_missing"), ({"parts_fen": [None]}, "quality.parts_below_whole"),
     ({"parts_fen": [400 * WAN, 500 * WAN]}, "quality.parts_below_whole"),
     ({"parts_fen": [400 * WAN, 700 * WAN]}, "quality.parts_above_whole")],
)  # fmt: skip
def test_one_wrong_fact_is_one_finding_in_plain_words(change, code):
    (finding,) = check_file(replace(SOUND, **change), TODAY)
    assert finding.code == code
    assert finding.severity in {Severity.FLAG, Severity.NOTE}
    assert "{" not in word(finding)


def test_a_total_given_roughly_leaves_room_for_its_rounding():
    roughly = replace(SOUND, total_precision_fen=5 * WAN, annual_completed_fen=[1_004 * WAN])
    assert not [f for f in check_file(roughly, TODAY) if f.code == "quality.completed_over_total"]


@pytest.mark.django_db
@pytest.mark.req("GO-13")
def test_a_completion_of_many_totals_is_a_slip_of_the_unit_and_an_overrun_is_not():
    officer = factories.officer()
    project = factories.reserve_project(by=officer, total_investment_fen=1_000 * WAN)

    def complete(wan):
        services.set_annual_investment(
            project_id=project.pk, year=2026, planned_fen=500 * WAN, completed_fen=wan * WAN, actor=officer
        )

    with pytest.raises(InvalidInput) as caught:
        complete(99_999)
    assert "总投资 1,000.00 万元的 10 倍以上" in word(caught.value.findings[0])
    complete(1_200)


@pytest.mark.django_db
@pytest.mark.req("LY-01", "GO-13")
def test_a_part_that_takes_money_of_its_whole_out_of_the_totals_is_asked_about_and_told():
    from gongbu.mainline.projects import doubts
    from gongbu.mainline.projects.tests.test_pages import post, signed_in

    assert check_file(replace(SOUND, parts_fen=[400 * WAN, 600 * WAN]), TODAY) == []
    whole = factories.approval_project(total_investment_fen=2_100 * WAN)
    body = {"name": "东段", "competent_region_id": whole.competent_region_id, "funding_nature": "GOVERNMENT",
            "parent_id": whole.pk, "total_investment_fen": 100 * WAN}  # fmt: skip
    client = signed_in("INVESTMENT_OFFICER")
    asked = post(client, "/api/projects", body)
    assert asked.status_code == 422
    assert "差额 2,000.00 万元不再计入" in asked.json()["findings"][0]["message"]
    assert post(client, "/api/projects", {**body, "confirmed": True}).status_code == 201
    page = client.get(f"/projects/{whole.pk}/").content.decode()
    assert "汇总只计所含项目，差额 2,000.00 万元没有计入" in page
    rest = {"parent_id": whole.pk, "total_investment_fen": 2_000 * WAN}
    assert not [one for one in doubts.of_values(rest) if one.code == "projects.parts_leave_out"]


@pytest.mark.django_db
@pytest.mark.req("LY-01", "GO-13")
def test_moving_a_project_asks_about_the_money_of_the_old_and_the_new_whole():
    from gongbu.mainline.projects.tests.test_pages import signed_in

    officer = factories.officer()
    whole = factories.approval_project(by=officer, total_investment_fen=2_100 * WAN)
    small = factories.approval_project(by=officer, name="小工程", total_investment_fen=50 * WAN)
    part = factories.approval_project(by=officer, name="东段", total_investment_fen=100 * WAN)
    rest = factories.approval_project(by=officer, name="西段", total_investment_fen=2_000 * WAN)
    client = signed_in("INVESTMENT_OFFICER")

    def move(project, to, *ticks):
        project.refresh_from_db()
        address = reverse("projects:assign_parent", args=[project.pk])
        data = {"parent_id": to.pk if to else "", "rev": project.rev, SURE: ticks}
        answer = client.post(address, data)
        project.refresh_from_db()
        return answer, answer.content.decode()

    before = Entry.objects.count()
    answer, text = move(part, whole)
    assert (answer.status_code, part.parent_id, Entry.objects.count()) == (422, None, before)
    assert "差额 2,000.00 万元不再计入" in text
    tick = re.search(rf'name="{SURE}" value="(\w+)"', text)[1]
    assert move(part, whole, tick)[0].status_code == 302
    assert part.parent_id == whole.pk
    assert move(rest, whole)[0].status_code == 302  # together they are the whole
    answer, text = move(rest, small)
    assert answer.status_code == 422
    assert "超出 1,950.00 万元" in text
    assert "移出后，原上级项目" in text
    assert rest.parent_id == whole.pk
    _, text = move(rest, None)
    assert "差额 2,000.00 万元不再计入" in text
