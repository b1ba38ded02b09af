"""Two counties under different packs in Chromium: the same project, declared the same way, takes another way; both say why."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser
NAME = "老城片区雨污分流改造工程"
LIBRARY = {"林晓燕": "住房城乡建设（青岚县住房和城乡建设局）", "叶清和": "住房城乡建设（望川区发展和改革局）"}


def _declare(desk: Any, person: str) -> Any:
    """Declare the project as the 发改 officer of a county and return the page of its entry."""
    here = desk()
    here.sign_in(person)
    here.open("/reserve/declare")
    page = here.page
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=owner_name]").fill("城建投资有限公司")
    page.locator("[name=early_stage]").select_option(label="规划")
    page.locator("[name=reserve_library_id]").select_option(label=LIBRARY[person])
    page.locator("[name=location]").fill("老城片区")
    page.locator("[name=total_investment_fen]").fill("5600")
    for field in page.locator("[name^=indicator_unfit-]").all():
        field.fill("公共设施，不产生产出和税收")
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url(re.compile(r"/projects/\d+/\?tab=reserve"))
    page.get_by_role("link", name=re.compile("住房城乡建设行业储备库")).first.click()
    page.wait_for_url(re.compile(r"/reserve/entries/\d+/"))
    return here


def _why(page: Any) -> str:
    """Open the 依据 of the path and return what it says."""
    card = page.locator(".g-card", has_text="入库路径").first
    card.locator("summary, button").first.click()
    return str(card.inner_text())


@pytest.mark.req("JC-01", "JC-03")
def test_the_same_project_goes_another_way_in_another_county_and_both_say_why(desk):
    qinglan, wangchuan = _declare(desk, "林晓燕"), _declare(desk, "叶清和")
    here, there = qinglan.text(), wangchuan.text()
    assert "专家评审委员会评审" not in here, "by 青岚县's rules only three matters go further"
    assert "专家评审委员会评审" in there, "by 望川区's rules every project does"
    assert "资源禀赋" not in there
    for word in ("国土空间规划", "生态保护红线", "历史文化保护范围"):
        assert word in there, "its officer keeps the library and is asked by its own points"

    said_here, said_there = _why(qinglan.page), _why(wangchuan.page)
    for word in ("行业主管部门初核，纳入行业库", "县级项目储备与推进", "第2条、第3条"):
        assert word in said_here, (word, said_here)
    for word in ("专家评审委员会评审，纳入行业库", "储备项目前期论证", "洛阳市立项工程管理办法", "二（1）、二（2）"):
        assert word in said_there, (word, said_there)
    wangchuan.page.get_by_role("link", name="判定全文").first.click()
    wangchuan.page.get_by_text("一律经专家评审").first.wait_for()
