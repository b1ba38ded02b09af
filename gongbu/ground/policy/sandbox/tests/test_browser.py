"""The grid in Chromium: a cell at fault is marked as it is typed, tied to its words, and cleared when it is mended."""

import pytest

from gongbu.ground.policy.sandbox.tests.test_services import opened
from gongbu.ground.policy.tests.test_pages import visit
from gongbu.ground.registers import assets

__all__ = ["visit"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.req("GO-02")
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_cell_is_marked_while_it_is_typed_and_cleared_when_mended(place, visit, live_server, new_context, size):
    if not assets.manifest():
        pytest.skip("缺前端构建：请先运行 make build")
    trial = opened(place)
    client = visit("INVESTMENT_OFFICER", place.city)
    context = new_context(size=size)
    session = client.cookies["gongbu_session"].value
    context.add_cookies([{"name": "gongbu_session", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/policy/sandbox/{trial.pk}/tables/centralized.grade")
    page.wait_for_selector("html[data-js]")
    cell = page.locator('[name="0.total_investment_fen.low"]')
    right = cell.input_value()
    cell.fill("abc")
    page.wait_for_selector('[name="0.total_investment_fen.low"][aria-invalid="true"]')
    said = page.locator("#" + (cell.get_attribute("aria-describedby") or "none")).inner_text()
    assert "行，“总投资”列下端：“abc”不是金额" in said
    assert page.locator("[aria-invalid]").count() == 1
    cell.fill(right)
    page.wait_for_selector("[aria-invalid]", state="detached")
