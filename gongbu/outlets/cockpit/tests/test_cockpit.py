"""The cockpit: what it sums, that each figure opens its rows, that rows do not add statements, how it looks."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock
from gongbu.mainline.projects import movement
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.projects.tests.test_pages import signed_in
from gongbu.mainline.reserve import movement as reserve_movement
from gongbu.mainline.reserve import services as reserve_services
from gongbu.mainline.reserve.models import LibraryEntry
from gongbu.mainline.reserve.tests import factories as reserve

AXE = Path(__file__).resolve().parents[4] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LONG_AGO = clock.today().replace(year=clock.today().year - 1)


def aged(project):
    """Let a file have been opened a year ago."""
    Project.objects.unscoped("test").filter(pk=project.pk).update(created_on=LONG_AGO, stage_since_on=LONG_AGO)
    return project


@pytest.mark.django_db
def test_movement_tells_new_files_from_older_ones_that_moved_on():
    aged(make.reserve_project(total_investment_fen=YI))
    moved_on = aged(make.reserve_project(total_investment_fen=2 * YI))
    projects.set_stage(project_id=moved_on.pk, stage="APPROVAL", actor=make.officer())
    make.reserve_project(total_investment_fen=4 * YI)
    since = clock.today().replace(day=1)
    found = movement.get_movement(make.officer(), since)
    assert (found.new.projects, found.new.total_fen) == (1, 4 * YI)
    assert {stage: s.total_fen for stage, s in found.entered.items()} == {"APPROVAL": 2 * YI}
    assert movement.get_movement(make.officer(make.neighbour()), since).new.projects == 0


@pytest.mark.django_db
@pytest.mark.req("JC-01", "JC-32")
def test_what_was_only_declared_this_month_did_not_come_into_the_reserve():
    county = reserve.county()
    town = reserve.township()
    reserve.declared(by=reserve.clerk(town), at=town)
    long_declared = reserve.declared(by=reserve.clerk(town), at=town)
    LibraryEntry.objects.unscoped("test").filter(project=long_declared.project, kind="TOWNSHIP").update(in_on=LONG_AGO)
    assert LibraryEntry.objects.unscoped("test").filter(kind="TOWNSHIP", state="IN").count() == 2
    since = clock.today().replace(day=1)

    def came_in():
        moved = reserve_movement.count_moved(reserve.officer(), county, since)
        return next(n for code, _label, n in moved if code == "IN")

    assert came_in() == 0, "a township's library holds what nobody has checked yet"
    reserve_services.preliminary_check(entry_id=long_declared.pk, points=reserve.fit(), actor=reserve.department())
    assert came_in() == 1, "and it may have waited there since last year"


@pytest.mark.django_db
@pytest.mark.req("JC-01")
def test_every_figure_opens_as_many_rows_as_it_says():
    reserve.county()
    reserve.admitted(total_investment_fen=3 * YI)
    for stage in ("APPROVAL", "APPROVAL", "DESIGN"):
        project = aged(make.reserve_project(total_investment_fen=YI, sector="水利"))
        projects.set_stage(project_id=project.pk, stage=stage, reason="前期完成", actor=make.officer())
    client = signed_in("LEADER")
    page = client.get("/cockpit/").content.decode()
    opened = re.findall(r'<a href="(/projects/\?[^"]+)">([\d,]+)</a>', page)
    assert len(opened) > 5
    reserved = re.findall(r'<a href="(/reserve/\?[^"]+)">[^<]* <b>([\d,]+)</b></a>', page)
    assert "moved=IN" in " ".join(href for href, _ in reserved), reserved
    assert not re.findall(r'ck-(?:n|money)">[\d.,]*[1-9][\d.,]*<', page), "no figure without its rows"
    for href, said in [*opened, *reserved]:
        rows = client.get(href.replace("&amp;", "&")).content.decode()
        assert f"共 {said} 条" in re.sub(r"<[^>]+>", "", rows), href


@pytest.mark.django_db
def test_a_clerk_is_refused_and_a_leader_sees_his_county_alone():
    make.reserve_project(total_investment_fen=YI)
    assert signed_in("TOWNSHIP_CLERK").get("/cockpit/").status_code == 403
    page = signed_in("LEADER", make.neighbour()).get("/cockpit/").content.decode()
    assert "还没有项目" in page


@pytest.mark.django_db
def test_statements_do_not_grow_with_projects():
    client = signed_in("LEADER")

    def count():
        client.get("/cockpit/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/cockpit/").status_code == 200
        return len(seen)

    make.reserve_project(total_investment_fen=YI)
    one = count()
    for n in range(20):
        make.reserve_project(total_investment_fen=YI, sector=f"行业{n}")
    assert count() == one


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_it_is_accessible_and_stays_inside(live_server, new_context, size):
    reserve.county()
    reserve.admitted(total_investment_fen=3 * YI)
    make.taken_over_project(total_investment_fen=2 * YI)
    client = signed_in("LEADER")
    context = new_context(size=size)
    context.add_cookies(
        [{"name": "gongbu_session", "value": client.cookies["gongbu_session"].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/cockpit/")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert not [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
