"""Forms of sites, parent, judgement anew, the end of a membership; planned months; the strategic list."""

from datetime import date

import pytest

from gongbu.mainline.projects import facts, fields, services, timeline
from gongbu.mainline.projects.models import Member, Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.projects.tests.test_pages import rev, signed_in
from gongbu.mainline.projects.tests.test_services import adopt_centralized

pytestmark = pytest.mark.django_db


def now(project: Project) -> Project:
    return Project.objects.unscoped("test").get(pk=project.pk)


@pytest.mark.req("LY-01")
def test_the_strategic_list_has_three_answers() -> None:
    project = make.reserve_project()
    assert facts.facts_of([project.pk], date(2026, 3, 2))[project.pk].as_mapping()["is_city_strategic"] is None
    client = signed_in("INVESTMENT_OFFICER")
    form = client.get(f"/projects/{project.pk}/edit").content.decode()
    assert "列入市级重大战略" in form
    for typed, kept in (("1", True), ("0", False), ("", None)):
        values = {"rev": rev(project), "funding_nature": "GOVERNMENT", "is_city_strategic": typed, "content": typed}
        assert client.post(f"/projects/{project.pk}/edit", values).status_code == 302
        assert now(project).is_city_strategic is kept
    before = make.footprint()
    values = {"rev": rev(project), "funding_nature": "GOVERNMENT", "is_city_strategic": "也许"}
    assert client.post(f"/projects/{project.pk}/edit", values).status_code == 422
    assert make.footprint() == before


def test_a_planned_month_stays_a_month() -> None:
    project = make.reserve_project(
        planned_start_on=date(2026, 3, 1), planned_start_precision="MONTH",
        planned_finish_on=date(2026, 3, 1), planned_finish_precision="MONTH",
    )  # fmt: skip
    client = signed_in("INVESTMENT_OFFICER")
    assert "2026年3月" in client.get(f"/projects/{project.pk}/").content.decode()
    form = client.get(f"/projects/{project.pk}/edit").content.decode()
    assert 'value="2026-03"' in form
    values = {"rev": rev(project), "funding_nature": "GOVERNMENT", "planned_start_on": "2026-03",
              "planned_finish_on": "2027年"}  # fmt: skip
    assert client.post(f"/projects/{project.pk}/edit", values).status_code == 302
    kept = now(project)
    assert (kept.planned_start_on, kept.planned_start_precision) == (date(2026, 3, 1), "MONTH")
    assert (kept.planned_finish_on, kept.planned_finish_precision) == (date(2027, 1, 1), "YEAR")
    said = [
        change for event in timeline.list_events(project.pk, project.competent_region_id) for change in event.changes
    ]
    assert [(c.label, c.old, c.new) for c in said] == [("计划竣工", "2026年3月", "2027年")]
    values |= {"rev": rev(project), "planned_finish_on": "三月份"}
    assert client.post(f"/projects/{project.pk}/edit", values).status_code == 422


@pytest.mark.parametrize(
    ("on", "precision", "last"),
    [
        (date(2028, 2, 1), "MONTH", date(2028, 2, 29)), (date(2026, 12, 1), "MONTH", date(2026, 12, 31)),
        (date(2026, 1, 1), "YEAR", date(2026, 12, 31)), (date(2026, 5, 3), "DAY", date(2026, 5, 3)),
        (date(2026, 5, 3), "", date(2026, 5, 3)),
    ],
)  # fmt: skip
def test_a_month_ends_with_its_last_day(on: date, precision: str, last: date) -> None:
    assert fields.last_day(on, precision) == last


def test_a_start_within_the_month_of_the_finish_is_no_contradiction() -> None:
    values = {"planned_start_on": date(2026, 3, 20), "planned_finish_on": date(2026, 3, 1)}
    assert fields.check_values(values, date(2026, 1, 1))
    assert not fields.check_values({**values, "planned_finish_precision": "MONTH"}, date(2026, 1, 1))


def test_sites_are_ticked_and_their_officers_may_read() -> None:
    project, other = make.reserve_project(name="跨县道路"), make.neighbour()
    client = signed_in("INVESTMENT_OFFICER")
    assert "登记涉及区划" in client.get(f"/projects/{project.pk}/").content.decode()
    assert client.get(f"/projects/{project.pk}/sites").status_code == 200
    there = signed_in("INVESTMENT_OFFICER", other)
    assert there.get(f"/projects/{project.pk}/").status_code == 404
    services.set_sites(project_id=project.pk, region_ids=[other.pk], actor=make.officer())
    assert there.get(f"/projects/{project.pk}/").status_code == 200
    before = make.footprint()
    assert there.post(f"/projects/{project.pk}/sites", {"site_regions": []}).status_code in (403, 404)
    assert make.footprint() == before
    assert client.post(f"/projects/{project.pk}/sites", {"rev": rev(project)}).status_code == 302
    assert not project.sites.exists()
    assert there.get(f"/projects/{project.pk}/").status_code == 404


def test_only_offered_regions_can_be_ticked() -> None:
    project = make.reserve_project()
    before = make.footprint()
    client = signed_in("INVESTMENT_OFFICER")
    answer = client.post(f"/projects/{project.pk}/sites", {"rev": rev(project), "site_regions": ["999999"]})
    assert answer.status_code == 422
    assert make.footprint() == before


def test_a_project_is_put_under_another_and_taken_out() -> None:
    project, whole = make.reserve_project(name="一期"), make.reserve_project(name="产业园")
    client = signed_in("INVESTMENT_OFFICER")
    page = client.get(f"/projects/{project.pk}/parent").content.decode()
    assert "产业园" in page
    assert f'<option value="{project.pk}"' not in page
    values = {"rev": rev(project), "parent_id": whole.pk, "reason": "分期建设"}
    assert client.post(f"/projects/{project.pk}/parent", values).status_code == 302
    assert now(project).parent_id == whole.pk
    assert client.post(f"/projects/{project.pk}/parent", {"rev": rev(project), "parent_id": ""}).status_code == 302
    assert now(project).parent_id is None
    before = make.footprint()
    assert signed_in("SECTOR_OFFICER").post(f"/projects/{project.pk}/parent", values).status_code == 403
    assert make.footprint() == before


def test_a_project_is_judged_anew_after_a_pack_came_into_force() -> None:
    project = make.reserve_project(total_investment_fen=2 * YI)
    client = signed_in("INVESTMENT_OFFICER")
    assert client.post(f"/projects/{project.pk}/classify", {}).status_code == 422  # nothing to judge by
    adopt_centralized()
    assert client.post(f"/projects/{project.pk}/classify", {}).status_code == 302
    page = client.get(f"/projects/{project.pk}/").content.decode()
    assert "A 级" in page
    assert "判定全文" in page
    before = make.footprint()
    assert signed_in("LEADER").post(f"/projects/{project.pk}/classify", {}).status_code == 403
    assert make.footprint() == before


def test_a_decision_leads_back_to_its_project() -> None:
    adopt_centralized()
    project = make.reserve_project(total_investment_fen=2 * YI)
    decision = project.classifications.first()
    assert decision is not None
    page = signed_in("INVESTMENT_OFFICER").get(f"/policy/decisions/{decision.decision_id}").content.decode()
    assert f'href="/projects/{project.pk}/"' in page


@pytest.mark.req("CM-10")
def test_a_membership_ends_and_its_people_no_longer_see_the_project() -> None:
    firm, project = make.unit("安衡工程咨询有限公司", "CONSULTING"), make.reserve_project()
    member = services.add_member(project_id=project.pk, unit_id=firm.pk, role="CONSULTING", actor=make.officer())
    outside, client = signed_in("THIRD_PARTY", unit=firm), signed_in("INVESTMENT_OFFICER")
    assert outside.get(f"/projects/{project.pk}/").status_code == 200
    before = make.footprint()
    assert outside.post(f"/projects/{project.pk}/members/{member.pk}/end", {}).status_code == 403
    assert make.footprint() == before
    assert "结束参建" in client.get(f"/projects/{project.pk}/?tab=units").content.decode()
    assert client.post(f"/projects/{project.pk}/members/{member.pk}/end", {"reason": "合同届满"}).status_code == 302
    assert Member.objects.get(pk=member.pk).valid_to is not None
    assert outside.get(f"/projects/{project.pk}/").status_code == 404
    assert client.get(f"/projects/{project.pk}/members/{member.pk}/end").status_code == 404


def test_the_rail_says_what_mends_a_finding_to_those_who_may() -> None:
    project = make.reserve_project()
    officer = signed_in("INVESTMENT_OFFICER").get(f"/projects/{project.pk}/").content.decode()
    assert f'href="/projects/{project.pk}/edit">按最近一份批文补填总投资' in officer
    viewer = signed_in("LEADER").get(f"/projects/{project.pk}/").content.decode()
    assert "按最近一份批文补填总投资" in viewer
    assert f'href="/projects/{project.pk}/edit"' not in viewer


@pytest.mark.req("GO-07")
def test_how_late_counts_as_late_is_a_parameter() -> None:
    from gongbu.ground.policy.queries import policy_for

    value = policy_for(make.region().pk, date(2026, 3, 2)).at(timeline.TOLERANCE, date(2026, 3, 2))
    assert (value.value, str(value.confidence)) == (3, "G")
