"""调整主管区划: with the right over both regions, by one entry; everything that hangs on the region follows."""

import pytest

from gongbu.ground.basics.findings import NotAllowed, NotFound, Refusal
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.approvals import services as papers
from gongbu.mainline.projects import services
from gongbu.mainline.projects.models import Project, ProjectStatus
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.test_pages import rev, signed_in

pytestmark = pytest.mark.django_db


def city() -> Region:
    return make.region("云江市", 991100, "CITY", 100_000_000)


def move(project: Project, to: Region, actor, reason: str = "导入时区划不明") -> Project:
    return services.set_competent_region(project_id=project.pk, region_id=to.pk, reason=reason, actor=actor)


def test_project_flat_row_and_papers_go_to_the_new_region_by_one_entry() -> None:
    project, there = make.reserve_project(), make.neighbour()
    paper = papers.record_paper(
        project_id=project.pk, actor=make.officer(), doc_type="立项批复", doc_no="", issuer="某局"
    )
    move(project, there, console_actor())
    outbox.dispatch()
    project.refresh_from_db()
    paper.refresh_from_db()
    status = ProjectStatus.objects.unscoped("test").get(pk=project.pk)
    assert {project.region_key, paper.region_key, status.region_key} == {there.key_lo}
    assert status.region_name == "松岭县"
    entry = Entry.objects.get(kind="project.region_set")
    assert "云溪县" in entry.canonical
    assert "导入时区划不明" in entry.canonical


@pytest.mark.req("CM-14")
def test_the_right_is_needed_over_both_regions() -> None:
    project, there = make.reserve_project(), make.neighbour()
    before = make.footprint()
    for actor in (make.head(), make.officer(), make.actor("INVESTMENT_OFFICER", city())):
        with pytest.raises(NotAllowed):
            move(project, there, actor)
    with pytest.raises(NotFound):
        move(project, there, make.head(there))
    assert make.footprint() == before
    move(project, there, make.head(city()))


def test_a_taken_name_the_same_region_and_a_bound_project_are_refused() -> None:
    there, head = make.neighbour(), make.head(city())
    project = make.reserve_project(name="同名工程")
    make.reserve_project(by=make.officer(there), at=there, name="同名工程")
    for target in (there, make.region()):
        before = make.footprint()
        with pytest.raises(Refusal):
            move(project, target, head)
        assert make.footprint() == before
    child = make.reserve_project(parent_id=make.reserve_project(name="产业园").pk)
    with pytest.raises(Refusal):
        move(child, there, head)


def test_the_head_of_the_city_does_it_on_the_page_and_the_county_cannot() -> None:
    above, there = city(), make.neighbour()
    project = make.reserve_project()
    values = {"competent_region_id": there.pk, "reason": "填错区划"}
    county = signed_in("INVESTMENT_OFFICER")
    assert "调整主管区划" not in county.get(f"/projects/{project.pk}/").content.decode()
    assert county.post(f"/projects/{project.pk}/region", values | {"rev": rev(project)}).status_code == 403
    head = signed_in("INVESTMENT_HEAD", above)
    assert "调整主管区划" in head.get(f"/projects/{project.pk}/").content.decode()
    assert "调整主管区划" in head.get(f"/projects/{project.pk}/region").content.decode()
    assert head.post(f"/projects/{project.pk}/region", values | {"rev": rev(project)}).status_code == 302
    assert "松岭县" in head.get(f"/projects/{project.pk}/").content.decode()
