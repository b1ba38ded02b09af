"""The shell in Chromium: accessible, usable by keyboard and on a phone, quiet while pinyin is typed."""

from pathlib import Path

import pytest

from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers import assets
from gongbu.ground.registers.tests.conftest import sign_in

AXE = Path(__file__).resolve().parents[4] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ["/_gallery", "/_gallery/list/?size=20", "/_gallery/form", "/_gallery/trouble/403"]
NEEDS_BUILD = "缺前端构建：请先运行 make build"

pytestmark = [
    pytest.mark.urls("gongbu.ground.registers.tests.urls_with_gallery"),
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def open_page(live_server, new_context, demo, town, client):
    """Open a page of the gallery as 发改经办 of 云城市."""
    if not assets.manifest():
        pytest.skip(NEEDS_BUILD)
    person = make_person("officer", town.bureau, "INVESTMENT_OFFICER", town.city, name="李建国")
    for i in range(60):  # enough for three pages of the sample register
        key = town.west.key_lo + 1 + i
        Region.objects.create(name=f"第{i}街道", parent=town.west, level="TOWNSHIP", key_lo=key, key_hi=key + 1)
    sign_in(client, person)
    cookie = {"name": "gongbu_session", "value": client.cookies["gongbu_session"].value, "url": live_server.url}

    def go(path, size="desktop", **options):
        context = new_context(size=size, **options)
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(live_server.url + path)
        return page

    return go


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, path, size):
    if not AXE.exists():
        pytest.skip(NEEDS_BUILD)
    page = open_page(path, size)
    page.wait_for_selector("html[data-js]")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    said = [f"{v['id']}: {n['html'][:160]} — {n['failureSummary']}" for v in found["violations"] for n in v["nodes"]]
    assert not said, "\n".join(said)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_larger_type_and_200_percent_zoom_keep_everything_inside(open_page):
    page = open_page("/_gallery")
    page.click("[data-large-type]")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 18
    page.set_viewport_size({"width": 683, "height": 384})  # 1366×768 at 200 %
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.type") == "large"


def test_half_typed_pinyin_asks_nothing(open_page):
    page = open_page("/_gallery/list/")
    page.wait_for_selector("html[data-js]")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "ime=1" in request.url else None)
    page.evaluate("""() => {
        const box = document.querySelector('#f-q');
        for (const [k, v] of Object.entries({get: '/_gallery/list/?ime=1', trigger: 'input changed delay:50ms', target: '#notice', swap: 'none'}))
            box.setAttribute('hx-' + k, v);
        htmx.process(box);
        box.focus();
    }""")
    session = page.context.new_cdp_session(page)
    for text in ("d", "do", "dong", "dongx"):
        session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        page.wait_for_timeout(120)
    assert asked == []
    session.send("Input.insertText", {"text": "东县"})
    for _ in range(40):
        page.wait_for_timeout(50)
        if asked:
            break
    page.wait_for_timeout(300)  # and no second one after it
    assert len(asked) == 1
    assert page.input_value("#f-q") == "东县"


def test_a_list_is_searched_paged_and_opened_without_leaving_it(open_page):
    page = open_page("/_gallery/list/")
    page.click(".g-tabs a:has-text('乡级')")
    page.wait_for_url("**tab=TOWNSHIP**")
    page.wait_for_selector(".g-total:has-text('共 60 条')")
    page.click("a[rel=next]")
    page.wait_for_url("**page=2**")
    page.click("tbody tr:nth-child(2) td:nth-child(4)")
    page.wait_for_selector("#drawer[open] h2:has-text('街道')")
    page.keyboard.press("Escape")
    assert page.locator("#drawer[open]").count() == 0
    page.wait_for_selector("tr[data-drawer] a:focus")  # the focus is back on its row
    page.keyboard.press("ArrowDown")  # without a mouse: the next row, and its drawer with the space bar
    third = page.locator(".g-reg tbody tr").nth(2).locator("a").first.inner_text()
    assert page.evaluate("document.activeElement.textContent") == third
    page.keyboard.press("Space")
    page.wait_for_selector(f"#drawer[open] h2:has-text('{third}')")
    page.keyboard.press("Escape")
    page.go_back()
    page.wait_for_selector("[aria-current=page]:has-text('乡级')")
    assert "page=2" not in page.url


def test_ticking_rows_shows_the_bar_and_asks_before_acting(open_page):
    page = open_page("/_gallery/list/")
    page.wait_for_selector("html[data-js]")
    page.check("tbody .g-tick input >> nth=0")
    page.locator("tbody .g-tick input").nth(3).click(modifiers=["Shift"])
    assert page.inner_text("[data-batch-count]") == "4"
    page.click("button:has-text('批量催办')")
    assert page.is_visible(".g-ask")
    page.click(".g-ask button:has-text('取消')")
    assert page.url.endswith("/_gallery/list/")
    page.click("[data-batch-clear]")
    assert not page.is_visible(".g-batch")


def test_the_error_summary_takes_the_cursor_to_the_field(open_page):
    page = open_page("/_gallery/form")
    page.fill("[name=s_name]", "")
    page.click("button:has-text('提交初核')")
    page.wait_for_selector(".g-summary:focus")
    page.click(".g-summary a:has-text('项目名称')")
    assert page.evaluate("document.activeElement.name") == "s_name"


def test_dates_are_typed_freely_and_picked_by_keyboard(open_page):
    page = open_page("/_gallery/form")
    page.fill("[name=s_start]", "2026年3月5日")
    page.focus("[name=s_name]")
    assert page.input_value("[name=s_start]") == "2026-03-05"
    page.locator("[data-date=date] .g-date-btn").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("[name=s_start]") == "2026-03-12"


def test_without_scripts_the_list_still_works(open_page):
    page = open_page("/_gallery/list/", java_script_enabled=False)
    page.fill("#f-q", "街道")
    page.click("button:has-text('查询')")
    assert "共 60 条" in page.inner_text(".g-pages")
    page.click("a[rel=next]")
    assert "page=2" in page.url
    page.click("tbody a >> nth=0")
    assert page.is_visible("h1:has-text('街道')")


def test_filters_fold_on_a_phone_and_say_how_many_are_used(open_page):
    page = open_page("/_gallery/list/?q=街道", "phone")
    page.wait_for_selector("html[data-js]")
    box, form = page.locator(".g-fold-box"), page.locator(".g-filters")
    assert "筛选（1 项已用）" in page.inner_text(".g-fold")
    assert not form.is_visible()
    box.focus()
    page.keyboard.press("Space")
    assert form.is_visible()
    page.keyboard.press("Enter")
    assert not form.is_visible()
    page.click(".g-fold")
    page.fill("#f-q", "第1街道")
    page.click(".g-filters button[type=submit]")
    page.wait_for_selector(".g-total:has-text('共 1 条')")
    assert not form.is_visible()  # the answer is what is looked for now
    page.set_viewport_size({"width": 1366, "height": 768})
    assert form.is_visible()
    assert not page.locator(".g-fold").is_visible()


def test_what_is_wrong_in_a_filter_unfolds_them(open_page):
    page = open_page("/_gallery/list/?since_from=2026.13.40", "phone")
    assert page.locator(".g-filters .g-error").is_visible()
    assert page.inner_text(".g-fold").endswith("筛选")  # it has no effect, so it is not counted


def test_a_title_takes_the_width_of_a_phone(open_page):
    page = open_page("/_gallery/list/", "phone")
    page.wait_for_selector("html[data-js]")
    wide = page.evaluate("""[...document.querySelectorAll('.g-reg td.g-title')].map(
        (e) => e.getBoundingClientRect().width / e.closest('tr').clientWidth)""")
    assert wide
    assert min(wide) > 0.9
    narrow = "[...document.querySelectorAll('.g-reg td .g-ell')].map((e) => getComputedStyle(e).maxWidth)"
    assert set(page.evaluate(narrow)) <= {"none"}


def test_a_row_of_a_list_is_three_lines_on_a_phone_and_the_drawer_has_the_rest(open_page):
    page = open_page("/_gallery/list/?tab=TOWNSHIP", "phone")
    page.wait_for_selector("html[data-js]")
    rows = page.locator(".g-reg tbody tr")
    assert (
        max(page.evaluate("[...document.querySelectorAll('.g-reg tbody tr')].map((e) => e.offsetHeight)")) <= 100
    )  # three lines and the frame
    shown = [cell.inner_text() for cell in rows.first.locator("td:visible").all()]
    assert "乡级" in "".join(shown)
    assert len(shown) == 7  # tick, name, state, three facts, action
    assert not rows.first.locator("td[data-label='设立日期']").is_visible()
    rows.first.click(position={"x": 320, "y": 50})
    page.wait_for_selector("#drawer[open] :text('设立日期')")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1366, "height": 768})
    assert rows.first.locator("td[data-label='设立日期']").is_visible()


def test_a_password_may_be_looked_at_and_is_covered_again_when_it_is_sent(open_page):
    page = open_page("/_gallery")
    page.context.clear_cookies()
    page.goto(page.url.replace("/_gallery", "/sign-in"))
    page.wait_for_selector("html[data-js]")
    page.fill("#password", "Look-2026-here")
    page.keyboard.press("Tab")  # the button is the next stop
    page.keyboard.press("Space")
    assert page.get_attribute("#password", "type") == "text"
    assert page.locator("button[aria-label='隐藏密码']:has-text('隐藏')").count() == 1
    page.fill("#login_name", "nobody")
    page.click("button[type=submit]:has-text('登录')")
    page.wait_for_selector("[role=alert]")
    assert page.get_attribute("#password", "type") == "password"
