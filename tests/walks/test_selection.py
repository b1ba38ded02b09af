"""The walk of a selection: steps by the department, a round, sealed scoring on phones, an expert, the ranking and its workbook."""

import io
import re

import openpyxl
import pytest

pytestmark = pytest.mark.browser
NAMES = ("青岚县温泉康养小镇", "柳林镇肉牛规模养殖示范园")
SCORERS = ("段宏毅", "顾行舟", "秦望山", "宋清和", "程砚田")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
HOW_WELL = {NAMES[0]: 82, NAMES[1]: 74}


def send(page):
    """Press the main button of the form and wait for the next page."""
    with page.expect_navigation():
        page.locator("main form button[type=submit]").last.click()


def wide(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def project_address(desk, name):
    desk.open(f"/projects/?q={name}")
    return desk.page.locator("main a", has_text=name).first.get_attribute("href").split("?")[0]


def record(desk, project, step, words, **choose):
    """Record one step of a project as the person at the desk."""
    number = re.search(r"/projects/(\d+)", project)[1]
    desk.open(f"/selection/projects/{number}/{step}")
    page = desk.page
    for field, value in choose.items():
        box = page.locator(f"select[name={field}]")
        if box.count():
            box.select_option(value)
        elif page.locator(f"input[type=radio][name={field}]").count():
            page.locator(f"[name={field}][value={value}]").check()
        else:
            page.locator(f"[name={field}]").fill(value)
    page.locator("[name=step_text]").fill(words)
    send(page)
    assert "tab=selection" in page.url or "/selection/steps/" in page.url, desk.text()[:600]


def photograph(desk, visit):
    """File a photograph with the record of a visit."""
    page = desk.page
    page.goto(visit)
    assert "还没有现场照片" in desk.text()
    page.locator("#doc-kind").select_option(label="踏勘影像")
    photo = {"name": "现场.png", "mimeType": "image/png", "buffer": PNG}
    page.locator("#doc-files").set_input_files(photo)
    page.locator(".g-upload-list li", has_text="已上传").wait_for()
    with page.expect_navigation():
        page.get_by_role("button", name="归档", exact=True).click()
    page.goto(visit)
    assert "还没有现场照片" not in desk.text()


def score(desk, name, around):
    """Hand in one sheet on a phone; the weighted total shows before it is sent."""
    page = desk.page
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url(re.compile(r"/selection/scoring/\d+/\d+/"))
    fields = page.locator("[name^=score_mark-]")
    for at in range(fields.count()):
        fields.nth(at).fill(str(around + at))
    fields.last.blur()
    page.locator("#sheet-total", has_text="加权分").wait_for()
    assert wide(page) == 0
    page.get_by_role("button", name="核对后提交").click()
    page.get_by_role("button", name="确认提交").click()
    page.wait_for_url(re.compile(r"/selection/scoring/\d+/"))


@pytest.mark.req("JC-04", "CB-04")
def test_from_the_steps_to_a_settled_ranking_and_its_workbook(desk):
    # The department, the office and the township record the steps of two projects.
    office = desk()
    office.sign_in("林晓燕")
    projects = {name: project_address(office, name) for name in NAMES}
    departments = {NAMES[0]: "葛清扬", NAMES[1]: "孟秋生"}
    for name, address in projects.items():
        department = desk()
        department.sign_in(departments[name])
        record(office, address, "group_planning", "研究建设必要性和规模", step_party="产业转型")
        record(department, address, "sector_planning", "与行业规划衔接")
        record(department, address, "owner_planning", "提出建设方案和资金筹措")
        record(department, address, "sector_review", "符合规划，同意", step_verdict="AGREED")
        record(
            office,
            address,
            "special_meeting",
            "同意列入",
            step_verdict="AGREED",
            step_document="县委专题会议纪要〔2026〕9号",
        )
        record(
            office, address, "site_visit", "场地平整，道路通达", visit_leader="段宏毅　常务副县长",
            visit_people="林晓燕", visit_lon="107.3521", visit_lat="35.3312", visit_crs="WGS84",
        )  # fmt: skip
        visit = office.page.url
        office.page.goto(office.address + address + "?tab=selection")
        assert office.page.locator(".sl-steps", has_text="缺照片").count() == 1
        photograph(office, visit)
        office.page.goto(office.address + address + "?tab=selection")
        assert office.page.locator(".sl-steps", has_text=re.compile("未办|缺照片")).count() == 0

    # The office opens a round, takes both in, appoints posts and draws an expert.
    page = office.page
    office.open("/selection/rounds/new")
    page.locator("[name=round_name]").fill("年度重大项目遴选第三批")
    page.locator("[name=round_places]").fill("1")
    send(page)
    page.wait_for_url(re.compile(r"/selection/rounds/\d+/$"))
    round_ = page.url
    number = re.search(r"/rounds/(\d+)/", round_)[1]
    page.goto(round_ + "candidates")
    for name in NAMES:
        page.get_by_label(name, exact=False).first.check()
    page.get_by_role("button", name="列入候选").click()
    page.wait_for_url(round_)
    page.goto(round_ + "scorers")
    for person in SCORERS:
        page.locator("label", has_text=person).locator("input").check()
    page.get_by_role("button", name="指定", exact=True).click()
    page.wait_for_url(round_)
    page.goto(round_ + "scorers")
    page.get_by_role("link", name="抽取专家").click()
    page.wait_for_url(re.compile("/experts/draws/new"))
    assert page.get_by_label("回避单位").input_value()  # the owners of the candidates are proposed
    page.get_by_label("回避单位").fill("安衡工程咨询有限公司")
    page.get_by_label("生态环境人数").fill("1")
    page.get_by_label("土地与自然资源人数").fill("1")
    page.get_by_role("button", name="封存种子并发起").click()
    page.wait_for_url(re.compile(r"/experts/draws/\d+/$"))
    page.get_by_label("现场字").fill("青岚 一一")
    page.get_by_label("监督人").fill("县纪委监委 郑守一")
    page.get_by_role("button", name="抽取", exact=True).click()
    page.get_by_text("待答复").first.wait_for()
    for _ in range(2):
        seat = page.locator("#main section[id^=seat-]", has_text="待答复").first
        seat.get_by_text("登记答复").click()
        seat.get_by_label("应邀", exact=True).check()
        seat.get_by_role("button", name="登记", exact=True).click()
        page.wait_for_load_state("load")
    page.goto(round_ + "scorers")
    assert "没有可用的平台账号" in office.text()  # the other expert, and what to do about it
    page.locator("label", has_text="苏见微").locator("input").check()
    page.get_by_role("button", name="指定专家").click()
    page.wait_for_url(round_)
    page.get_by_role("button", name="开始评分").click()
    page.get_by_role("button", name="确定").click()
    page.get_by_text("评分中").first.wait_for()

    # Scorers score on their phones; the expert keeps out of one project and scores the other.
    for n, person in enumerate(SCORERS):
        phone = desk("phone")
        phone.sign_in(person)
        phone.open(f"/selection/scoring/{number}/")
        for name in NAMES:
            phone.open(f"/selection/scoring/{number}/")
            score(phone, name, HOW_WELL[name] + n)
        if n == 0:
            # Nobody sees anything early: neither he, nor the office, nor the head.
            head = desk()
            head.sign_in("乔建平")
            for eyes in (phone, office, head):
                eyes.open(f"/selection/rounds/{number}/")
                assert "得分和排名对任何人都不显示" in eyes.text()
                assert "83.10" not in eyes.text()
                assert eyes.open(f"/selection/rounds/{number}/ranking.xlsx").status >= 400
            head.open(f"/selection/rounds/{number}/settle")
            assert "还不能办理" in head.text()
            assert "没有评分" in head.text()
    expert = desk("phone")
    expert.sign_in("苏见微")
    expert.open(f"/selection/scoring/{number}/recuse")
    expert.page.get_by_label(NAMES[1]).check()
    expert.page.get_by_label(re.compile("回避理由")).fill("参加过本项目可行性研究")
    send(expert.page)
    assert "回避" in expert.page.locator("tr", has_text=NAMES[1]).inner_text()
    expert.page.get_by_role("link", name=NAMES[1]).first.click()
    expert.page.get_by_text("您不评这个项目").wait_for()
    assert expert.page.locator("[name^=score_mark-]").count() == 0
    expert.open(f"/selection/scoring/{number}/")
    score(expert, NAMES[0], 80)

    # The head settles; the ranking carries score, sensitivity and reasons, and goes into Excel.
    head.open(f"/selection/rounds/{number}/settle")
    head.page.get_by_role("button", name="确定结果").click()
    head.page.wait_for_url(round_)
    first = head.page.locator("table.sl-ranking tbody tr").first
    assert NAMES[0] in first.inner_text()
    assert "入选" in first.inner_text()
    assert "100.0%" in first.inner_text()
    first.locator(".g-basis summary").click()
    assert "第 1 名" in head.text()
    first.get_by_role("link", name=NAMES[0]).click()
    head.page.get_by_text("逐人评分").wait_for()
    assert "专家ZJ" in head.text()
    head.page.goto(round_)
    with head.page.expect_download() as started:
        head.page.get_by_role("link", name="导出 Excel").click()
    book = openpyxl.load_workbook(io.BytesIO(started.value.path().read_bytes()))
    rows = [row for row in book.active.iter_rows(values_only=True) if row[1] in NAMES]
    assert [(row[0], row[1]) for row in rows] == [(1, NAMES[0]), (2, NAMES[1])]
    head.page.goto(round_ + "verify")
    head.page.get_by_text("逐份一致").wait_for()

    # Now the scorers see what came out, and anybody checks the receipt on a phone.
    expert.open(f"/selection/scoring/{number}/")
    assert "已定" in expert.text()
    head.page.goto(round_)
    receipt = head.page.locator("aside a[href*='/r/']").last.get_attribute("href")
    citizen = desk("phone")
    assert citizen.open(receipt).status == 200
    assert "项目遴选结果" in citizen.text()
