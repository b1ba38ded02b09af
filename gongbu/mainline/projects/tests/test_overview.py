"""家底: totals for leaders, every figure with its rows."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock
from gongbu.mainline.projects import services
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.projects.tests.test_pages import _fresh, signed_in  # noqa: F401  the fixture forgets counts

pytestmark = pytest.mark.django_db


def plan(project: object, planned: int, completed: int | None = None) -> None:
    services.set_annual_investment(
        project_id=project.pk,  # type: ignore[attr-defined]
        year=clock.today().year,
        planned_fen=planned,
        completed_fen=completed,
        actor=make.officer(),
    )


def test_a_leader_sees_totals_and_opens_the_rows_behind_every_figure() -> None:
    plan(make.reserve_project(name="青石河大桥", total_investment_fen=2 * YI), 4000 * WAN, 1000 * WAN)
    make.approval_project(name="城东小学", total_investment_fen=3000 * WAN)
    make.approval_project(name="城西小学")
    client = signed_in("LEADER")
    page = client.get("/projects/overview").content.decode()
    assert "2.30" in page  # 亿元
    assert "1 个项目的总投资未报" in page
    assert "25.0%" in page
    for href in set(re.findall(r'href="(/projects/\?[^"]+)"', page)):
        assert "没有符合条件的记录" not in client.get(href.replace("&amp;", "&")).content.decode(), href
    planned = client.get("/projects/?counted=YES&this_year=PLANNED").content.decode()
    assert "青石河大桥" in planned
    assert "城东小学" not in planned
    assert "城西小学" in client.get("/projects/?unreported=TOTAL&counted=YES").content.decode()


def test_a_package_is_not_counted_with_its_projects() -> None:
    parts = [make.reserve_project(name=f"分项{n}", total_investment_fen=YI) for n in range(2)]
    services.make_package(name="组合", project_ids=[p.pk for p in parts], reason="打包", actor=make.head())
    client = signed_in("LEADER")
    assert "2.00" in client.get("/projects/overview").content.decode()
    assert "共 2 条" in client.get("/projects/?counted=YES").content.decode()


def test_the_page_costs_the_same_for_one_project_and_for_thirty() -> None:
    make.reserve_project(total_investment_fen=YI)
    client = signed_in("LEADER")
    client.get("/projects/overview")
    with CaptureQueriesContext(connection) as one:
        client.get("/projects/overview")
    for _ in range(29):
        make.reserve_project(total_investment_fen=YI)
    with CaptureQueriesContext(connection) as thirty:
        client.get("/projects/overview")
    assert len(thirty) == len(one)


def test_an_empty_county_is_told_what_will_stand_here() -> None:
    page = signed_in("INVESTMENT_OFFICER").get("/projects/overview").content.decode()
    assert "还没有项目" in page
    assert "新建项目" in page


def test_the_security_administrator_has_no_business_here() -> None:
    make.reserve_project(name="青石河大桥")
    answer = signed_in("SECURITY_ADMIN").get("/projects/overview")
    assert answer.status_code == 403
    assert "青石河大桥" not in answer.content.decode()
