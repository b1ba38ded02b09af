"""A township declares a project and finds it again without a mouse: Tab, arrows, typing, Enter, space, Escape."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser
NAME = "柳林镇粮食烘干中心新建项目"
FAR = 90  # stops of Tab after which something is held to be out of reach


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the element has the focus, and see that one can see it there."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        focused = page.locator(f"{selector}:focus")
        if focused.count():
            assert (
                focused.evaluate("e => getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow") != "nonenone"
            )
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def choose(page: Any, selector: str, label: str) -> None:
    """Take an option of a select with the arrow keys."""
    tab_to(page, selector)
    for _ in range(60):
        if page.locator(selector).evaluate("e => e.selectedOptions[0]?.label ?? ''") == label:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{label} is not among the options of {selector}")


def write(page: Any, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.insert_text(text)  # as an input method does


@pytest.mark.req("JC-01", "PF-01")
def test_a_project_is_declared_and_looked_up_without_a_mouse(desk: Any) -> None:
    township = desk("clerk")
    township.sign_in("马小军")
    township.open("/reserve/declare")
    page = township.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    write(page, "[name=name]", NAME)
    write(page, "[name=owner_name]", "柳林镇人民政府")
    choose(page, "[name=early_stage]", "规划")
    choose(page, "[name=reserve_library_id]", "农业农村（青岚县农业农村局）")
    write(page, "[name=location]", "柳林镇柳林村")
    tab_to(page, "button[type=submit]:not([formnovalidate])")
    page.keyboard.press("Enter")  # too early: the total and the targets are missing
    page.wait_for_selector(".g-summary:focus")
    tab_to(page, ".g-summary a")
    said = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    named = page.evaluate("document.activeElement.labels?.[0]?.textContent ?? ''")
    assert named.strip("* ")[:3] in said, "the summary leads to the field"
    page.reload()
    write(page, "[name=total_investment_fen]", "2600")
    for n in range(4):
        write(page, f"[name=indicator_baseline-{n}]", "0")
        write(page, f"[name=indicator_target-{n}]", "9")
    tab_to(page, "button[type=submit]:not([formnovalidate])")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/projects/\d+/\?tab=reserve"))

    township.open("/reserve/mine/")
    page.wait_for_selector("html[data-js]")
    tab_to(page, "tr[data-drawer] a")
    page.keyboard.press("Space")
    page.wait_for_selector(f"#drawer[open]:has-text('{NAME}')")
    page.keyboard.press("Escape")
    page.wait_for_selector("tr[data-drawer] a:focus")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/projects/\d+/"))
    assert NAME in township.text()
