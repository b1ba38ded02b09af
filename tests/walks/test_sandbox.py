"""制度沙盘 in Chromium: edit a threshold, see who changes, export, adopt, and find the new grade with its basis."""

import os
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy import services as policy
from gongbu.ground.policy.sandbox.models import Trial
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.projects import following
from gongbu.mainline.projects.tests import factories

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = os.environ.get("GONGBU_SHOTS", "")


@pytest.fixture
def county(db):
    """云溪县 with its head signed in, A/B/C grading adopted, and projects on both sides of a new threshold."""
    Region.objects.create(name="全国", level="NATION", key_lo=0, key_hi=10**12)
    county = factories.region()
    bureau = factories.unit("云溪县发展和改革局", kind="GOVERNMENT")
    head = make_person("head", bureau, "INVESTMENT_HEAD", county)
    policy.adopt_packs(
        region_id=county.pk, subject="GRADING", packs=["centralized"], effective_from=date(2025, 1, 1),
        actor=factories.head(), document_number="云政发〔2025〕1号",
    )  # fmt: skip
    near = factories.reserve_project(
        name="云溪县东河堤防加固工程", stage="APPROVAL", total_investment_fen=9_000 * factories.WAN
    )
    for wan in (300, 7_900, 8_000, 8_200, 9_500, 30_000):
        factories.reserve_project(stage="APPROVAL", total_investment_fen=wan * factories.WAN)
    client = Client()
    sign_in(client, head)
    return client, county, near


def look(page, name, size):
    """Keep a picture when asked to, and test that nothing is cut off and that axe finds nothing."""
    page.wait_for_load_state("networkidle")
    wide = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        name,
        page.evaluate(wide + ".slice(0, 3).map(e => e.outerHTML.slice(0, 160))"),
    )
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{size}.png", full_page=True)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert not [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]], name


@pytest.mark.req("GO-02")
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_threshold_is_tried_and_adopted(live_server, new_context, county, size):
    client, region, near = county
    context = new_context(size=size)
    context.add_cookies(
        [{"name": key, "value": one.value, "url": live_server.url} for key, one in client.cookies.items()]
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/policy/sandbox/")
    look(page, "empty", size)
    page.goto(f"{live_server.url}/policy/sandbox/new")
    page.fill("#name", "A 级界限降到 8000 万元")
    page.select_option("#base", "centralized")
    page.select_option("#subject", "GRADING")
    look(page, "open", size)
    page.click("text=建立草稿")
    look(page, "fresh", size)
    with page.expect_navigation():  # to its end: what is typed before the scripts run is checked by nobody
        page.click("main a:has-text('每年专题培训次数下限')")
    page.fill("#value", "三")
    page.wait_for_selector("#grid-findings >> text=不是整数")
    page.fill("#value", "3")
    page.wait_for_selector("#grid-findings >> text=校验通过")
    look(page, "parameter", size)
    page.click("text=取消")
    page.click("main a:has-text('集中管理分级')")
    look(page, "grid", size)
    page.fill("[name='0.total_investment_fen.low']", "8000")
    page.wait_for_selector("#grid-findings >> text=没有写单位")
    page.fill("[name='0.total_investment_fen.low']", "8000万元")
    page.wait_for_selector("#grid-findings >> text=同时命中")
    look(page, "overlap", size)
    page.fill("[name='1.total_investment_fen.high']", "7000万元")
    page.wait_for_selector("#grid-findings >> text=没有一行覆盖这种情形")
    page.fill("[name='1.total_investment_fen.high']", "8000万元")
    page.wait_for_selector("#grid-findings >> text=校验通过")
    page.click("text=存入草稿 >> nth=0")
    page.click("main button:has-text('试算')")
    assert "会变" in page.inner_text("main")
    assert "26,700.00" in page.inner_text("main")
    look(page, "result", size)
    page.click("text=逐项查看、导出 >> nth=0")
    look(page, "rows", size)
    assert "云溪县东河堤防加固工程" in page.inner_text("main")
    page.click("main a:has-text('云溪县东河堤防加固工程') >> nth=0")
    assert "总投资 9,000 万元 > 8,000 万元 → A 级" in page.inner_text("main")
    look(page, "row", size)
    trial = Trial.objects.get()
    csv = page.request.get(f"{live_server.url}/policy/sandbox/rows/export.csv?trial={trial.pk}&source=projects").text()
    assert csv.count("B 级,") == 3
    assert "总投资（万元）" in csv
    page.goto(f"{live_server.url}/policy/sandbox/{trial.pk}/adopt")
    page.fill("#document_number", "云政发〔2026〕8号")
    look(page, "adopt", size)
    page.click("main button:has-text('采用')")
    assert "云政发〔2026〕8号" in page.inner_text("main")
    look(page, "region", size)
    for message in OutboxMessage.objects.filter(topic="policy.adopted"):
        following.on_adopted(message)
    following.follow(region.key_lo, region.key_hi)
    page.goto(f"{live_server.url}/projects/{near.pk}")
    assert "A 级" in page.inner_text("main")
    page.goto(
        f"{live_server.url}/policy/decisions/{near.classifications.get(table_key='centralized.grade').decision_id}"
    )
    said = page.inner_text("main")
    assert "云政发〔2026〕8号" in said
    assert "2026.11.501" in said
    look(page, "decision", size)
    page.goto(f"{live_server.url}/policy/packs/centralized@2026.11.501?tab=tables")
    assert "8,000 万元" in page.inner_text("main")
    assert clock.today().isoformat() in page.inner_text("main")
