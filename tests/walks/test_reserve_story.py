"""The walk of part 2: from a township's own list to an issued list and a receipt checked signed out, each as its own role."""

import re
from pathlib import Path

import openpyxl
import pytest

pytestmark = pytest.mark.browser
PROJECT = "柳林镇北沟小流域综合治理工程"


@pytest.fixture
def township_list(tmp_path: Path) -> Path:
    """A township's list: a title row, a project under construction among the others, a total row that disagrees."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["柳林镇储备项目申报表"])
    sheet.append(["序号", "项目名称", "行业归口", "前期阶段", "总投资（万元）", "资金性质", "建设内容", "国民经济行业"])
    sheet.append([1, PROJECT, "水利", "正在开展前期", 6800, "政府投资", "治理小流域12平方公里", "7610"])
    sheet.append([2, "柳林镇农产品冷链分拣中心", "农业农村", "规划", 3200, "政府投资", "冷库3000平方米", "0513"])
    sheet.append([3, "柳林镇敬老院改造项目", "民政", "施工建设", 560, "政府投资", "改造床位80张", "8514"])
    sheet.append(["合计", "", "", "", 12000, "", "", ""])
    file = tmp_path / "柳林镇储备项目.xlsx"
    book.save(file)
    return file


def wait_for(desk, address, words, where="main"):
    """Open an address again and again until the worker has brought the words there."""
    for _ in range(90):
        desk.page.goto(address)
        if words in desk.page.locator(where).inner_text():
            return
        desk.page.wait_for_timeout(1000)
    raise AssertionError(f"{address} 没有出现：{words}")


@pytest.mark.req("JC-03", "JC-04", "JC-26")
def test_from_a_townships_list_to_an_issued_list_and_its_receipt(desk, township_list):
    # The township clerk hands in his own workbook: what is under construction is refused with the clause.
    clerk = desk()
    clerk.sign_in("马小军")
    page = clerk.page
    clerk.open("/imports/new")
    page.set_input_files("#file", str(township_list))
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_selector(".g-kpis", timeout=60_000)
    page.wait_for_load_state("load")
    assert "已开工建设的项目不储备" in clerk.text()
    assert "第3条" in clerk.text()
    page.get_by_role("button", name="接收 2 行").click()
    page.get_by_role("button", name="确定").click()
    page.wait_for_selector("text=已接收")
    clerk.open("/reserve/mine")
    page.get_by_role("link", name=PROJECT).first.click()
    page.wait_for_url(re.compile(r"/projects/\d+/"))
    project_id = re.search(r"/projects/(\d+)/", page.url)[1]
    clerk.open(f"/reserve/projects/{project_id}/targets")
    for number in range(4):
        page.locator(f"[name=indicator_baseline-{number}]").fill("1")
        page.locator(f"[name=indicator_target-{number}]").fill("2")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(re.compile(rf"/projects/{project_id}/"))

    # He may neither check nor open the libraries' settings.
    assert clerk.open("/reserve/libraries/").status == 403

    # The water department checks point by point.
    water = desk()
    water.sign_in("白志强")
    wait_for(water, water.address + "/inbox/", "柳林镇人民政府申报的项目（水利行业储备库")
    water.page.get_by_role("link", name=re.compile("柳林镇人民政府申报的项目（水利")).first.click()
    water.page.get_by_role("link", name=PROJECT).first.wait_for()
    water.open(f"/projects/{project_id}/?tab=reserve")
    water.page.locator("a[href*='/reserve/entries/']").first.click()
    water.page.wait_for_selector("text=办理初核")
    for number in range(3):
        water.page.locator(f"[name=check_result-{number}]").first.wait_for()
        box = water.page.locator(f"select[name=check_result-{number}]")
        if box.count():
            box.select_option("FIT")
        else:
            water.page.locator(f"[name=check_result-{number}][value=FIT]").check()
    verdict = water.page.locator("select[name=review_verdict]")
    if verdict.count():
        verdict.select_option("PASSED")
    else:
        water.page.locator("[name=review_verdict][value=PASSED]").check()
    water.page.locator("[name=opinion_text]").fill("符合流域规划，同意入库")
    water.page.locator("main form button[type=submit]").last.click()
    water.page.wait_for_url(re.compile(rf"/projects/{project_id}/|/reserve/"))
    water.open(f"/projects/{project_id}/?tab=reserve")
    assert "符合流域规划，同意入库" in water.text()

    # The board has counted it; its figure opens the rows.
    officer = desk()
    officer.sign_in("林晓燕")
    desktop = officer.page
    officer.open("/reserve/board")
    assert "水利行业储备库" in officer.text()

    # The 发改 office drafts a list by the criteria: the project stands on it with its reason.
    officer.open("/lists/new")
    desktop.locator("select[name=list_region]").select_option(label="青岚县")
    desktop.locator("select[name=list_kind]").select_option("KEY_PREPARATORY")
    desktop.get_by_role("button", name="按条件提名").click()
    desktop.wait_for_url(re.compile(r"/lists/\d+/$"))
    address = desktop.url
    assert PROJECT in officer.text()
    assert "正在开展前期" in officer.text()
    desktop.get_by_role("link", name="填写责任单位和计划").click()
    for box in desktop.locator("[name^=duty-]").all():
        box.fill("青岚县水务局")
    for box in desktop.locator("[name^=year-]").all():
        box.fill("100")
    with desktop.expect_navigation():
        desktop.locator(".li-foot-save button[type=submit]").click()
    desktop.goto(address)
    assert "100.00" in officer.text()

    # A joint meeting settles it.
    officer.open("/meetings/new?kind=JOINT")
    desktop.get_by_label("会议名称").fill("重大项目联席会议（清单审定）")
    today = desktop.locator(".g-demo-clock").inner_text().split()[-1]
    desktop.get_by_label("召开日期").fill(today)
    desktop.get_by_label("地点").fill("县政府三楼会议室")
    desktop.get_by_label("参会单位和人员").fill("青岚县水务局")
    desktop.get_by_role("button", name="保存并发出通知").click()
    desktop.wait_for_url(re.compile(r"/meetings/\d+/$"))
    meeting = desktop.url
    desktop.goto(address + "meeting")
    value = desktop.locator("select[name=list_meeting] option", has_text="清单审定").get_attribute("value")
    desktop.locator("select[name=list_meeting]").select_option(value)
    desktop.locator("main form button[type=submit]").last.click()
    desktop.wait_for_url(address)
    desktop.goto(meeting)
    desktop.get_by_role("button", name="开始会议").click()
    desktop.get_by_role("button", name="其余均到会").click()
    item = desktop.locator("#agenda > section", has_text="重点前期项目清单")
    if not item.get_by_label("同意", exact=True).is_visible():
        item.get_by_text("记录议定").click()
    item.get_by_label("同意", exact=True).check()
    item.get_by_role("button", name="保存本项").click()
    item.get_by_text("修改记录").wait_for()
    desktop.get_by_label("会议纪要").fill("会议审定了重点前期项目清单，由发改局按程序印发。")
    desktop.get_by_role("button", name="办结会议").click()
    desktop.get_by_text("可验证回执").wait_for()
    wait_for(officer, address, "已定稿", ".g-head")
    assert desktop.get_by_role("link", name="印发").count() == 0  # the officer may not issue

    # The head issues it with a number.
    head = desk()
    head.sign_in("乔建平")
    head.page.goto(address)
    head.page.get_by_role("link", name="印发").click()
    head.page.get_by_label(re.compile("联系人及电话")).fill("林晓燕，0900-1234567")
    head.page.locator("main form button[type=submit]").last.click()
    head.page.wait_for_url(address)
    assert re.search(r"〔\d{4}〕\d+号", head.text())
    receipt = head.page.locator("a[href*='/r/']").first.get_attribute("href")

    # Anybody checks the receipt, on a phone, signed out.
    citizen = desk("phone")
    assert citizen.open(receipt).status == 200
    assert "重点前期项目清单" in citizen.text()


@pytest.mark.req("CM-14", "JC-04")
def test_a_county_under_other_packs_is_told_why_it_has_no_such_lists(desk):
    neighbour = desk()
    neighbour.sign_in("苏婉清")
    neighbour.open("/lists/new")
    assert "柏溪县没有采用规定项目清单的制度包" in neighbour.text()
    neighbour.open("/lists/five")
    assert "柏溪县没有采用规定项目清单的制度包" in neighbour.text()
    neighbour.open("/reserve/board")
    assert "柏溪县没有储备库" in neighbour.text()
