"""A meeting from its preparation to its receipt, in Chromium, each step as its own person; once on a phone."""

import re

import pytest

pytestmark = pytest.mark.browser
TITLE = "县重大项目领导小组第一次会议"


@pytest.mark.req("JC-04", "GO-03")
def test_a_clerk_runs_a_meeting_while_it_sits(desk):
    clerk = desk()
    clerk.sign_in("林晓燕")
    clerk.open("/meetings/new?kind=LEADING_GROUP")
    page = clerk.page
    page.get_by_label("会议名称").fill(TITLE)
    page.get_by_label("召开日期").fill(page.locator(".g-demo-clock").inner_text().split()[-1])
    page.get_by_label("开始时间").fill("9:00")
    page.get_by_label("地点").fill("县政府三楼会议室")
    page.get_by_label("参会单位和人员").fill("青岚县水务局\n柳林镇人民政府")
    page.get_by_label("议题", exact=True).fill("审议年度重点项目清单\n通报进度")
    page.get_by_role("button", name="保存并发出通知").click()
    page.wait_for_url(re.compile(r"/meetings/\d+/$"))
    here = page.url

    water = desk("phone")
    water.sign_in("白志强")
    water.page.goto(here + "invitation")
    water.page.get_by_label("派员参加").check()
    water.page.get_by_role("button", name="回复").click()
    assert "请写明由谁参加" in water.text()
    water.page.get_by_label("由谁参加，或请假原因").fill("副局长 白某")
    water.page.get_by_role("button", name="回复").click()
    water.page.get_by_role("button", name="改回复").wait_for()

    page.reload()
    assert "派员参加" in clerk.text()
    page.get_by_role("button", name="开始会议").click()
    page.get_by_text("年第1次").first.wait_for()
    row = page.get_by_role("group", name="青岚县水务局")
    row.get_by_label("代会", exact=True).check()
    assert row.get_by_label("青岚县水务局 代会人").input_value() == "副局长 白某", "as the office answered"
    page.get_by_role("button", name="其余均到会").click()
    page.get_by_text("到会 1，代会 1，缺席 0").wait_for()

    first = page.locator("#agenda > section").first
    first.get_by_label("原则同意").check()
    first.get_by_role("button", name="保存本项").click()
    first.get_by_text("原则同意的，请写明附带条件").first.wait_for()
    assert first.get_by_label("原则同意").is_checked(), "what was entered stays"
    first.get_by_label("附带条件").fill("补齐用地预审意见")
    first.get_by_role("button", name="保存本项").click()
    first.get_by_text("修改记录").wait_for()
    assert "还有 1 个议题没有议定" in clerk.text(), "the list of what is left follows at once"
    second = page.locator("#agenda > section").nth(1)
    second.get_by_text("记录议定").click()
    second.get_by_label("已听取").check()
    second.get_by_role("button", name="保存本项").click()
    second.get_by_text("修改记录").wait_for()

    page.get_by_label("会议纪要").fill("会议审议了年度重点项目清单。")
    page.get_by_text("草稿已保存").wait_for()
    page.get_by_role("button", name="办结会议").click()
    page.get_by_text("可验证回执").wait_for()
    code = page.locator(".g-qr b").inner_text()
    visitor = desk("phone")
    visitor.open(f"/r/{code}")
    assert TITLE in visitor.text()
    assert "补齐用地预审意见" not in visitor.text()


def test_the_desk_fits_a_phone(desk):
    here = desk("phone")
    here.sign_in("林晓燕")
    here.open("/meetings/?tab=HELD")
    here.page.get_by_role("link", name="项目前期工作联席会议").click()
    here.page.get_by_text("签到").first.wait_for()
    over = here.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over == 0
    here.page.get_by_text("记录议定").first.wait_for()
    button = here.page.get_by_role("button", name="保存本项").first
    button.scroll_into_view_if_needed()
    assert button.bounding_box()["height"] >= 40
