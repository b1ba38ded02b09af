"""The main pages of the real demo: no axe violation, nothing scrolls sideways, at 1440 and at 390 px."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from gongbu_browser import SIZES

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
NEEDS_AXE = "缺前端依赖 axe-core：请先运行 make build"
DESKTOP, PHONE = ({"width": w, "height": h} for w, h in (SIZES["desktop"], SIZES["phone"]))

pytestmark = pytest.mark.browser


def first_link(pattern: str) -> Callable[[Any], str]:
    """Return a finder of the first link on the page whose address matches."""

    def find(page: Any) -> str:
        for link in page.locator("a[href], [data-drawer]").all():
            href = link.get_attribute("href") or link.get_attribute("data-drawer") or ""
            if re.search(pattern, href):
                return str(href)
        raise AssertionError(f"{page.url}：没有指向 {pattern} 的链接")

    return find


# Who looks, what is called what, where to begin, and the links to follow from there.
WALKS: list[tuple[str, str, str, list[str]]] = [
    ("", "登录", "/sign-in", []),
    ("", "演示登录", "/demo/sign-in", []),
    ("", "单位注册", "/register", []),
    ("林晓燕", "工作台", "/inbox/", []),
    ("林晓燕", "已办", "/inbox/done/", []),
    ("林晓燕", "消息", "/inbox/messages/", []),
    ("林晓燕", "委托", "/inbox/delegations/", []),
    ("林晓燕", "项目台账", "/projects/", []),
    ("林晓燕", "项目页", "/projects/", [r"^/projects/\d+/$"]),
    ("林晓燕", "新建项目", "/projects/new", []),
    ("林晓燕", "导入结果", "/imports/", [r"^/imports/\d+/$"]),
    ("林晓燕", "单位注册审核", "/registrations/", [r"^/registrations/\d+/$"]),
    ("林晓燕", "批复文件", "/papers/", [r"^/papers/\d+/$"]),
    ("林晓燕", "制度包", "/policy/", [r"^/policy/packs/[\w-]+"]),
    ("林晓燕", "判定", "/projects/", [r"^/projects/\d+/$", r"^/policy/decisions/\d+"]),
    ("林晓燕", "工作日历", "/calendar/", []),
    ("林晓燕", "办理时限", "/deadlines/", []),
    ("林晓燕", "回执", "/projects/", [r"^/projects/\d+/$", r"/r/[\w-]+$"]),
    ("林晓燕", "查回执", "/receipts", []),
    ("林晓燕", "账号与安全", "/account/", []),
    ("林晓燕", "家底", "/projects/overview", []),
    ("林晓燕", "没有这个项目", "/projects/987654321/", []),
    ("林晓燕", "遴选批次", "/selection/rounds/", []),
    ("乔建平", "遴选评分中", "/selection/rounds/?tab=SCORING", [r"^/selection/rounds/\d+/$"]),
    ("乔建平", "遴选排名", "/selection/rounds/?tab=SETTLED", [r"^/selection/rounds/\d+/$"]),
    (
        "乔建平",
        "遴选得分",
        "/selection/rounds/?tab=SETTLED",
        [r"^/selection/rounds/\d+/$", r"^/selection/rounds/\d+/candidates/\d+/$"],
    ),
    (
        "林晓燕",
        "遴选评分人",
        "/selection/rounds/?tab=SCORING",
        [r"^/selection/rounds/\d+/$", r"^/selection/rounds/\d+/scorers$"],
    ),
    (
        "江既明",
        "遴选评分表",
        "/selection/scoring/",
        [r"^/selection/scoring/\d+/$", r"^/selection/scoring/\d+/\d+/$"],
    ),
    ("苏见微", "遴选回避", "/selection/scoring/", [r"^/selection/scoring/\d+/$", r"/recuse$"]),
    ("林晓燕", "遴选清单", "/lists/", [r"^/lists/\d+/$"]),
    ("林晓燕", "会商", "/meetings/", []),
    ("林晓燕", "已办结的会议", "/meetings/?tab=CLOSED", [r"^/meetings/\d+/$"]),
    ("林晓燕", "开着的会议", "/meetings/?tab=HELD", [r"^/meetings/\d+/$"]),
    ("林晓燕", "筹备会议", "/meetings/new?kind=SPECIAL", []),
    ("林晓燕", "议定事项", "/meetings/items/", []),
    ("白志强", "会议通知", "/inbox/", [r"/open$"]),
    ("段宏毅", "储备看板", "/reserve/board", []),
    ("林晓燕", "储备项目", "/reserve/", []),
    ("林晓燕", "储备页签", "/reserve/", [r"^/reserve/projects/\d+/$"]),
    ("乔建平", "储备库设置", "/reserve/libraries/", []),
    ("马小军", "申报项目", "/reserve/declare", []),
    ("马小军", "我的申报", "/reserve/mine/", []),
    ("苏婉清", "没有储备库的县", "/reserve/board", []),
    ("林晓燕", "专家库", "/experts/", []),
    ("林晓燕", "专家", "/experts/", [r"^/experts/\d+/$"]),
    ("林晓燕", "专家入库", "/experts/new", []),
    ("林晓燕", "专家抽取", "/experts/draws/", []),
    ("林晓燕", "抽取结果", "/experts/draws/?tab=DRAWN", [r"^/experts/draws/\d+/$"]),
    ("林晓燕", "抽取核对", "/experts/draws/?tab=DRAWN", [r"^/experts/draws/\d+/$", r"tab=proof"]),
    ("林晓燕", "待抽取", "/experts/draws/?tab=OPEN", [r"^/experts/draws/\d+/$"]),
    ("林晓燕", "发起抽取", "/experts/draws/new", []),
    ("邵文博", "单位", "/units/", []),
    ("邵文博", "人员", "/people/", []),
    ("邵文博", "单位页", "/units/", [r"^/units/\d+/$"]),
    ("邵文博", "人员页", "/people/", [r"^/people/\d+/$"]),
    ("邵文博", "批量导入人员", "/people/import", []),
    ("邵文博", "行政区划", "/regions/", []),
    ("邵文博", "后台作业", "/jobs/", []),
    ("顾明澈", "授权", "/grants/", []),
    ("顾明澈", "权限矩阵", "/grants/matrix", []),
    ("顾明澈", "授予角色", "/grants/new", []),
    ("秦若兰", "访问审计", "/audit/", []),
]


@pytest.fixture
def axe() -> Path:
    """The checker of the built front end."""
    if not AXE.exists():
        pytest.skip(NEEDS_AXE)
    return AXE


@pytest.mark.req("GO-01")
@pytest.mark.parametrize("person", sorted({walk[0] for walk in WALKS}))
def test_main_pages_are_accessible_and_never_wider_than_the_screen(desk, axe, person):
    def look(page):
        faults = look_at(page, axe)
        page.set_viewport_size(PHONE)
        narrow = wider_than_the_screen(page)
        page.set_viewport_size(DESKTOP)
        return faults + [f"390 px {fault}" for fault in narrow]

    assert not (faults := walk_as(desk("desktop"), person, look)), "\n".join(faults)


@pytest.mark.long  # what a phone adds to the walk above: other targets, other contrasts, the cards
@pytest.mark.sqlite
@pytest.mark.req("GO-01")
@pytest.mark.parametrize("person", sorted({walk[0] for walk in WALKS}))
def test_main_pages_are_accessible_on_a_phone(desk, axe, person):
    assert not (faults := walk_as(desk("phone"), person, lambda page: look_at(page, axe))), "\n".join(faults)


def walk_as(here: Any, person: str, look: Callable[[Any], list[str]]) -> list[str]:
    """Open the pages of a person one by one; return what ``look`` finds, with the name of each page."""
    if person:
        here.sign_in(person)
    faults: list[str] = []
    for _, name, path, links in (walk for walk in WALKS if walk[0] == person):
        response = here.open(path)
        for pattern in links:
            response = here.page.goto(urljoin(here.page.url, first_link(pattern)(here.page)))
        if response is None or response.status != (404 if "987654321" in path else 200):
            faults.append(f"{name} {here.page.url}: {response and response.status}")
            continue
        faults += [f"{name}：{fault}" for fault in look(here.page)]
    return faults


@pytest.mark.parametrize("size", ["clerk", "phone"])
def test_the_larger_type_keeps_inside_the_screen(desk, size):
    here = desk(size)
    here.page.context.add_cookies([{"name": "g_type", "value": "large", "url": here.address}])
    here.sign_in("林晓燕")
    faults = []
    for path in ("/inbox/", "/projects/", "/projects/new", "/calendar/", "/policy/", "/account/"):
        here.open(path)
        assert here.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 18
        over = here.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            faults.append(f"{path}：横向多出 {over} px")
    assert not faults


LISTS = {
    "林晓燕": ["/projects/", "/papers/", "/inbox/", "/inbox/done/", "/deadlines/", "/meetings/"],
    "方静仪": ["/projects/", "/imports/"],
    "邵文博": ["/units/", "/people/"],
    "顾明澈": ["/grants/"],
    "秦若兰": ["/audit/"],
}


@pytest.mark.parametrize("size", ["desktop", "clerk"])
def test_every_column_of_a_list_is_seen_without_scrolling_sideways(desk, size):
    here = desk(size)
    faults = []
    for person, paths in LISTS.items():
        here.sign_in(person)
        for path in paths:
            here.open(path)
            wrap = here.page.locator(".g-table-wrap").first
            over = wrap.evaluate("e => e.scrollWidth - e.clientWidth")
            if over > 0:
                faults.append(f"{person} {path}：表格横向多出 {over} px")
            for cell in (".g-fix-last", ".g-fix-end"):
                if (found := here.page.locator(f"tbody {cell}").first).count():
                    assert found.evaluate("e => getComputedStyle(e).position") == "sticky", f"{path} {cell}"
        here.page.context.clear_cookies()
    assert not faults, "\n".join(faults)


@pytest.mark.req("GO-01")
def test_the_basis_of_a_judgement_opens_inside_a_real_phone(desk):
    here = desk("phone", is_mobile=True, has_touch=True)
    here.sign_in("林晓燕")
    here.open("/projects/")
    here.open(first_link(r"^/projects/\d+/$")(here.page))
    here.page.locator(".g-basis summary").first.tap()
    box = here.page.locator(".g-basis[open] .g-pop").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert here.page.evaluate("document.documentElement.scrollWidth") == 390
    assert here.page.evaluate("innerHeight") >= box["y"] + box["height"]


def test_a_list_prints_as_a_table_whatever_the_paper_and_without_the_frame(desk):
    here = desk("phone")  # A4 is as narrow as a phone: the cards of a phone must not go to paper
    here.sign_in("林晓燕")
    here.open("/projects/")
    shown = "e => getComputedStyle(document.querySelector(e)).display"
    assert here.page.evaluate(shown, ".g-reg tbody tr") == "flex"
    here.page.emulate_media(media="print")
    assert here.page.evaluate(shown, ".g-reg tbody tr") == "table-row"
    assert here.page.evaluate(shown, ".g-reg thead") == "table-header-group"
    assert {here.page.evaluate(shown, e) for e in (".g-side", ".g-top", ".g-bottom", ".g-filters", ".g-pages")} == {
        "none"
    }


@pytest.mark.req("GO-01")
@pytest.mark.parametrize("path", ["/projects/", "/reserve/"])
def test_five_projects_stand_on_the_first_screen_of_a_phone(desk, path):
    here = desk("phone")
    here.sign_in("林晓燕")
    here.open(path)
    free = here.page.evaluate("innerHeight - document.querySelector('.g-bottom').offsetHeight")
    boxes = [row.bounding_box() for row in here.page.locator(".g-reg tbody tr").all()]
    assert sum(box["y"] + box["height"] <= free for box in boxes) >= 5
    assert max(box["height"] for box in boxes) < 120


@pytest.mark.req("GO-01")
def test_a_page_wider_than_the_screen_would_be_found(desk, axe):
    here = desk("phone")
    here.open("/sign-in")
    here.page.evaluate(
        "const wide = document.createElement('img'); wide.style.cssText = 'width:900px;max-width:none;height:9px';"
        "document.body.append(wide)"
    )
    found = " ".join(look_at(here.page, axe))
    assert "横向" in found
    assert "image-alt" in found


def look_at(page: Any, axe: Path) -> list[str]:
    """Return what is wrong with the page as it stands."""
    page.evaluate(axe.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{v['id']}：{v['nodes'][0]['html'][:160]}" for v in found["violations"]] + wider_than_the_screen(page)


def wider_than_the_screen(page: Any) -> list[str]:
    """Return that the page scrolls sideways, if it does."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"横向多出 {over} px"] if over > 0 else []
