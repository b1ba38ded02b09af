"""The grid in Chromium: a pasted column fills downwards, Enter goes on, everything by keyboard and on a phone."""

from pathlib import Path

import pytest
from django.test import Client

from gongbu.ground.orgs.models import Person
from gongbu.ground.registers import assets
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.lists.tests.test_lists import draft, works
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.reserve.tests import factories as reserve

AXE = Path(__file__).resolve().parents[4] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
NEEDS_BUILD = "缺前端构建：请先运行 make build"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet(live_server, new_context):
    """Open pages of a list with four lines as 发改经办: ``(row, projects, open)``."""
    if not assets.manifest():
        pytest.skip(NEEDS_BUILD)
    reserve.county()
    projects = [works((6 - n) * YI) for n in range(4)]
    row, client = draft(), Client()
    sign_in(client, Person.objects.get(pk=reserve.officer().person_id))
    cookie = {"name": "gongbu_session", "value": client.cookies["gongbu_session"].value, "url": live_server.url}

    def go(path="items/", size="desktop"):
        context = new_context(size=size)
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(f"{live_server.url}/lists/{row.pk}/{path}")
        page.wait_for_selector("html[data-js]")
        return page

    return row, projects, go


PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.mark.req("JC-04", "JC-05")
def test_two_pasted_columns_fill_downwards_and_are_saved_by_keyboard(sheet):
    row, projects, go = sheet
    page = go()
    page.focus(f"#li-{projects[0].pk}")
    page.evaluate(
        PASTE,
        "云溪县水务局\t1,200\r\n云溪县教育局\t300.5\r\n云溪县交通运输局\t\r\n云溪县水务局\t80\r\n多出的一行\t1\r\n",
    )
    assert page.text_content("[data-grid-said]") == "已粘贴 4 行，尚未保存；多出的 1 行没有填"
    assert page.input_value(f"[name=duty-{projects[1].pk}]") == "云溪县教育局"
    page.focus(f"#li-{projects[0].pk}")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == f"duty-{projects[1].pk}"
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == f"year-{projects[0].pk}"
    for _ in range(4):
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.type") == "submit", "after the last row comes the button"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith(f"/lists/{row.pk}/")
    found = {i.project_id: (i.duty_unit, i.year_fen) for i in row.lines}
    assert found[projects[0].pk] == ("云溪县水务局", 1200 * WAN)
    assert found[projects[1].pk] == ("云溪县教育局", 30_050 * WAN // 100)
    assert found[projects[2].pk] == ("云溪县交通运输局", None)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(sheet, size):
    _row, _projects, go = sheet
    if not AXE.exists():
        pytest.skip(NEEDS_BUILD)
    for path in ("items/", ""):
        page = go(path, size)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        said = [
            f"{v['id']}: {n['html'][:160]} — {n['failureSummary']}" for v in found["violations"] for n in v["nodes"]
        ]
        assert not said, "\n".join(said)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
