"""A project into the reserve in Chromium, each step as its own person: declared, checked, counted on the board."""

import re

import pytest

pytestmark = pytest.mark.browser
NAME = "柳林镇果品分拣中心扩建项目"


def _held(page) -> int:
    row = page.get_by_role("row", name=re.compile("农业农村")).first
    return int(row.get_by_role("link").first.inner_text().replace(",", ""))


@pytest.mark.req("JC-01", "JC-03", "GO-14")
def test_a_township_declares_a_department_checks_and_the_board_counts(desk):
    leader = desk()
    leader.sign_in("段宏毅")
    leader.open("/reserve/board")
    before = _held(leader.page)

    township = desk("phone")
    township.sign_in("马小军")
    township.open("/reserve/declare")
    page = township.page
    assert page.locator("[name=competent_region_id]").input_value(), "the post says it"
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=owner_name]").fill("柳林镇人民政府")
    page.locator("[name=early_stage]").select_option(label="规划")
    page.locator("[name=reserve_library_id]").select_option(label="农业农村（青岚县农业农村局）")
    page.locator("[name=location]").fill("柳林镇柳林村")
    page.locator("[name=total_investment_fen]").fill("3200")
    for n in range(4):
        page.locator(f"[name=indicator_baseline-{n}]").fill("0")
        page.locator(f"[name=indicator_target-{n}]").fill("12")
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url(re.compile(r"/projects/\d+/\?tab=reserve"))
    here = page.url
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over == 0

    department = desk()
    department.sign_in("孟秋生")
    department.open("/inbox/")
    page = department.page
    page.get_by_role("link", name=re.compile(NAME)).first.click()
    for n in range(3):
        page.locator(f"[name=check_result-{n}]").select_option(label="符合")
    page.locator("[name=review_verdict]").select_option(label="通过")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_url(re.compile(r"/projects/\d+/\?tab=reserve"))

    leader.open("/reserve/board")
    assert _held(leader.page) == before + 1, "counted at once"
    leader.page.get_by_role("row", name=re.compile("农业农村")).first.get_by_role("link").first.click()
    leader.page.get_by_text(NAME).first.wait_for()
    township.page.goto(here)
    assert "在库" in township.text(), "the declarer sees it without asking"
