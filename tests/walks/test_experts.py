"""A draw of experts in Chromium: the seed is bound, the supervisor speaks, the office asks and replaces; on a phone too."""

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.req("CB-04", "GO-03")
def test_an_office_draws_experts_before_a_supervisor(desk):
    office = desk()
    office.sign_in("林晓燕")
    office.open("/experts/draws/new")
    page = office.page
    page.get_by_label("评审事项").fill("污水处理厂提标改造初步设计评审")
    page.get_by_label("回避单位").fill("安衡工程咨询有限公司")
    page.get_by_label("投资与技术经济人数").fill("1")
    page.get_by_label("投资与技术经济候补").fill("1")
    page.get_by_label("市政工程人数").fill("2")
    page.get_by_role("button", name="封存种子并发起").click()
    page.wait_for_url(re.compile(r"/experts/draws/\d+/$"))
    assert "种子封存回执" in office.text()
    assert "纪文澜" not in office.text(), "nobody sees the pool before the draw"
    page.get_by_label("现场字").fill("青岚 五九")
    page.get_by_label("监督人").fill("县纪委监委 郑守一")
    page.get_by_role("button", name="抽取", exact=True).click()
    page.get_by_text("待答复").first.wait_for()
    assert page.locator("#main section[id^=seat-]").count() == 4

    seat = page.locator("#main section[id^=seat-]").first
    seat.get_by_text("登记答复").click()
    seat.get_by_label("不能参加").check()
    seat.get_by_label("原因（应邀的不填）").fill("出差")
    seat.get_by_role("button", name="登记", exact=True).click()
    page.get_by_role("button", name="递补下一位").click()
    page.get_by_role("button", name="确定").click()
    page.get_by_text("递补", exact=True).first.wait_for()

    page.get_by_role("link", name="备选专家").click()
    assert re.search(r"不参加\s*在须回避的安衡工程咨询有限公司工作。", office.text())
    page.get_by_role("link", name="核对").click()
    page.get_by_text("重算一致").wait_for()

    phone = desk("phone")
    phone.sign_in("林晓燕")
    for tab in ("", "?tab=pool", "?tab=proof"):
        phone.page.goto(page.url.split("?")[0] + tab)
        over = phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over == 0, tab


def test_a_phone_number_opens_in_the_drawer(desk):
    office = desk()
    office.sign_in("林晓燕")
    office.open("/experts/")
    office.page.get_by_role("link", name="温若谷").first.click()
    assert "1380000" not in office.text()
    office.page.get_by_role("link", name="联系方式").click()
    office.page.get_by_text("查看联系方式已记入审计").wait_for()
    assert "13800000000" in office.text()
