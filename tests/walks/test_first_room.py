"""The walk of part 1: sign in, import a messy workbook, mend a row, attach a code, see why, verify a receipt."""

import re
from pathlib import Path

import openpyxl
import pytest

from gongbu.mainline.projects.rules.code import compute_check_digit

pytestmark = pytest.mark.browser


def code_of(number: int) -> str:
    """Return a made-up, well-formed project code of 青岚县."""
    body = f"26099901210401{number:05d}"
    return f"2609-990121-04-01-{number:05d}{compute_check_digit(body)}"


@pytest.fixture
def messy_workbook(tmp_path: Path) -> Path:
    """A clerk's own list: title rows, a header over two rows, mixed units, a subtotal, a wrong code, a formula."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "青岚县2026年第四季度谋划项目汇总表"
    sheet.merge_cells("A1:G1")
    sheet["A2"] = "填报单位：青岚县发展和改革局"
    for cell, text in {
        "A3": "序号",
        "B3": "项目名称",
        "C3": "项目代码",
        "D3": "投资（万元）",
        "F3": "资金性质",
        "G3": "建设单位",
    }.items():
        sheet[cell] = text
    sheet["D4"], sheet["E4"] = "总投资", "年度计划投资"
    sheet.merge_cells("D3:E3")
    for column in "ABCFG":
        sheet.merge_cells(f"{column}3:{column}4")
    wrong = code_of(90001)[:-1] + str((int(code_of(90001)[-1]) + 1) % 10)
    sheet.append([1, "南坪镇集中供热站新建项目", wrong, 2680, 900, "政府投资", "南坪镇人民政府"])
    sheet.append([2, "城东农产品批发市场项目", "", "约1.2亿元", 3000, "企业投资", "青岚县丰禾农产品有限公司"])
    sheet.append([3, "石桥乡卫生院改扩建项目", code_of(90002), 560, 560, "政府投资", "石桥乡人民政府"])
    sheet.append(["合计", "", "", 15240, 4460, "", ""])
    file = tmp_path / "青岚县四季度谋划项目.xlsx"
    book.save(file)
    return file


@pytest.mark.req("PF-01", "GO-13", "GO-01")
def test_a_clerk_imports_mends_and_a_citizen_verifies(desk, messy_workbook):
    officer = desk()
    page = officer.page
    officer.sign_in("林晓燕")

    # Import: three rows found, the wrong code is sent back, the other two may be taken.
    officer.open("/imports/new")
    page.set_input_files("#file", str(messy_workbook))
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_selector(".g-kpis", timeout=60_000)  # a worker has just started and has other jobs before it
    said = officer.text()
    assert "南坪镇集中供热站新建项目" in said
    assert "校验码" in said
    assert re.search(r"退回，需修改\s*1", said)

    # Mend the row that was sent back: the right code from the paper at hand.
    page.get_by_role("row", name=re.compile("南坪镇集中供热站")).get_by_role("link", name="修改").click()
    page.get_by_label(re.compile("项目代码")).fill(code_of(90001))
    page.get_by_role("button", name="保存并重新检查").click()
    page.wait_for_selector(".g-kpis")
    assert re.search(r"退回，需修改\s*0", officer.text())

    # Take all three; the page reports what was written.
    page.get_by_role("button", name=re.compile("接收 3 行")).click()
    page.wait_for_selector("text=已接收")

    # The project is in the register, without a code yet; attach one and see it on the page.
    officer.open("/projects/?q=农产品批发市场")
    page.get_by_role("link", name="城东农产品批发市场项目").first.click()
    page.wait_for_selector("h1")
    assert "12,000.00" in officer.text()
    address = page.url
    page.goto(address.rstrip("/") + "/code")
    page.get_by_label(re.compile("项目代码")).first.fill(code_of(90003))
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_selector(f"text={code_of(90003)}")

    # Its class, with the reason and the clause one click away.
    page.goto(address)
    page.locator("summary, button", has_text="依据").first.click()
    why = officer.text()
    assert "A 级" in why
    assert re.search(r"1\.2\s*亿元\s*>\s*1\s*亿元", why)
    assert "政府工程集中管理" in why
    assert "第三步" in why

    # The receipt of the latest act, verified by somebody who is not signed in.
    receipt = page.locator("a[href*='/r/']").first.get_attribute("href")
    assert receipt
    citizen = desk("phone")
    assert citizen.open(receipt).status == 200
    shown = citizen.text()
    assert "城东农产品批发市场项目" in shown
    assert "丰禾" not in shown  # the owner is not on the list of public fields
    assert re.search("在账本中|待入树", shown)


@pytest.mark.req("CM-10", "CM-14")
def test_others_see_only_what_is_theirs(desk):
    neighbour = desk()
    neighbour.sign_in("苏婉清")
    neighbour.open("/projects/?q=青岚县")
    assert "没有" in neighbour.text()
    assert "青岚县东河流域" not in neighbour.text()

    consultant = desk()
    consultant.sign_in("郭若谷")
    consultant.open("/projects/")
    assert "青岚县人民医院传染病区扩建项目" in consultant.text()
    assert "东河流域" not in consultant.text()

    reader = desk()
    reader.sign_in("汤咏梅")
    assert reader.open("/imports/new").status == 403
    assert reader.open("/projects/new").status == 403


@pytest.mark.req("GO-05", "GO-03")
def test_the_library_of_published_projects_is_there_with_its_sources(desk):
    keeper = desk("clerk")
    keeper.sign_in("方静仪")
    keeper.open("/projects/?q=上海光源二期")
    assert "上海光源二期" in keeper.text()
    keeper.page.get_by_role("link", name=re.compile("上海光源二期")).first.click()
    keeper.page.wait_for_selector("h1")
    assert "上海市人民政府" in keeper.text()
