"""Take the pictures of docs/manual: every page below at 1440 and 390 pixels, as its own person, from a demo.

python tools/pictures.py                          a fresh demo of its own, every picture
python tools/pictures.py project inbox            some of them
python tools/pictures.py --at http://127.0.0.1:8000 --to /tmp/shots project

Prints what the browser complains about and every page that scrolls sideways; exit 1 if there was anything.
"""

import argparse
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
MANUAL = ROOT / "docs" / "manual"
FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--lang=zh-CN", "--font-render-hinting=none",
]  # fmt: skip
WIDTHS = {1440: 900, 390: 844}
COLOURS = 56  # of a palette: a fraction of the bytes, and hardly an eye sees it on these pages
PATIENCE_S = 240


@dataclass(frozen=True)
class Shot:
    """One page: what the reader sees, who looks, the address, then a link to follow and a thing to open there."""

    says: str
    person: str
    address: str
    follow: str = ""
    opens: str = ""


SHOTS = {
    "sign-in": Shot("登录", "", "/sign-in"),
    "demo-sign-in": Shot("演示版：选一个人进入", "", "/demo/sign-in"),
    "inbox": Shot("工作台：待办、已办、消息、委托", "林晓燕", "/"),
    "projects": Shot("项目库", "林晓燕", "/projects/"),
    "project": Shot("一项目一档", "林晓燕", "/projects/", follow="青岚县东河流域水环境综合治理项目"),
    "project-basis": Shot(
        "判断旁的依据", "林晓燕", "/projects/", follow="青岚县东河流域水环境综合治理项目", opens=".g-basis summary"
    ),
    "project-timeline": Shot(
        "时间线取自账本", "林晓燕", "/projects/", follow="青岚县东河流域水环境综合治理项目→时间线"
    ),
    "project-new": Shot("新建项目", "林晓燕", "/projects/new"),
    "sample-projects": Shot("公开项目样本", "方静仪", "/projects/"),
    "portfolio": Shot("家底", "许知行", "/projects/overview"),
    "import": Shot("导入：逐行检查，改好再收", "林晓燕", "/imports/", follow="青岚县下一年度谋划项目"),
    "papers": Shot("批文台账", "林晓燕", "/papers/"),
    "receipt": Shot("公众查验回执，不需要账号", "", "/r/", follow="林晓燕 /papers/→青发改审→打开回执"),
    "policy": Shot("制度包：数值、界限、依据、核对情况", "林晓燕", "/policy/packs/national"),
    "decision-table": Shot("决策表与样例", "林晓燕", "/policy/packs/centralized?tab=tables"),
    "calendar": Shot("工作日历", "林晓燕", "/calendar/"),
    "meetings": Shot("会商", "林晓燕", "/meetings/"),
    "meeting-live": Shot("会上逐项议定", "林晓燕", "/meetings/?tab=HELD", follow="项目前期工作联席会议"),
    "meeting-closed": Shot("办结的会议与回执", "林晓燕", "/meetings/", follow="重大项目储备审定专题会议"),
    "experts": Shot("专家库", "林晓燕", "/experts/"),
    "expert-draw": Shot("抽取专家", "林晓燕", "/experts/draws/", follow="冷链物流集散中心项目可行性研究评审"),
    "reserve-board": Shot("储备看板：目标、缺口、走势", "林晓燕", "/reserve/board"),
    "reserve": Shot("储备项目", "林晓燕", "/reserve/"),
    "selection-steps": Shot(
        "三谋两审一踏勘", "林晓燕", "/projects/?q=云台山景区索道", follow="青岚县云台山景区索道→遴选"
    ),
    "selection-scoring": Shot("评分中的批次：进度，不见得分", "乔建平", "/selection/rounds/", follow="第二批"),
    "selection-scorers": Shot("指定评分人：岗位和抽取的专家", "林晓燕", "/selection/rounds/", follow="第二批→指定"),
    "selection-mine": Shot("专家的评分清单", "苏见微", "/selection/scoring/", follow="第二批"),
    "selection-sheet": Shot("评分表", "江既明", "/selection/scoring/", follow="第二批→荔坡镇高标准农田提升"),
    "selection-ranking": Shot("已定的排名、稳定度和依据", "乔建平", "/selection/rounds/", follow="第一批"),
    "selection-candidate": Shot(
        "一个项目的得分：各维度、逐人", "乔建平", "/selection/rounds/", follow="第一批→青岚县新型建材"
    ),
    "list": Shot("清单按择优排名列入", "林晓燕", "/lists/?tab=SETTLED", follow="年度重大项目清单"),
    "list-issued": Shot(
        "走完全程的清单：会商、公示、文号、回执", "林晓燕", "/lists/?tab=ISSUED", follow="年度重大项目清单"
    ),
    "notice": Shot("公示：不登录可看、可提意见", "", "/notices/", follow="遴选结果公示"),
    "issued-papers": Shot("文书台账", "林晓燕", "/issued-papers/"),
    "paper": Shot("签发的文书与回执", "林晓燕", "/issued-papers/", follow="青发改补"),
    "help": Shot("随页帮助", "林晓燕", "/help/projects"),
    "matrix": Shot("权限矩阵", "顾明澈", "/grants/matrix"),
    "audit": Shot("访问审计", "秦若兰", "/audit/"),
}


class Camera:
    """A browser before one demo; people stay signed in between their pictures."""

    def __init__(self, browser: Browser, base: str, folder: Path) -> None:
        self.browser, self.base, self.folder = browser, base, folder
        self.faults: list[str] = []
        self._desks: dict[tuple[str, int], Page] = {}

    def take(self, name: str, width: int) -> None:
        """Take one picture; a phone has a finer pixel ratio."""
        shot = SHOTS[name]
        page = self._desk(shot.person, width)
        address = self._receipt(shot.follow) if shot.address == "/r/" else shot.address
        page.goto(self.base + address)
        if shot.address != "/r/":
            self._follow(page, shot.follow)
        page.wait_for_load_state("networkidle")
        if shot.opens:
            page.locator(shot.opens).first.click()
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            self.faults.append(f"{name} {width}：横向多出 {over} px")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(self.folder / f"{name}-{width}.png", optimize=True)

    def _desk(self, person: str, width: int) -> Page:
        if (person, width) not in self._desks:
            page = self._context(width).new_page()
            page.on("console", lambda m: self.faults.append(f"{page.url}：{m.text}") if m.type == "error" else None)
            page.on("pageerror", lambda error: self.faults.append(f"{page.url}：{error}"))
            if person:
                page.goto(f"{self.base}/demo/sign-in")
                page.get_by_role("button", name=re.compile(person)).first.click()
                page.wait_for_selector("#menu", state="attached")
            self._desks[person, width] = page
        return self._desks[person, width]

    def _context(self, width: int) -> BrowserContext:
        is_phone = width < 500
        return self.browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            device_scale_factor=1.5 if is_phone else 1,
            is_mobile=is_phone,
            has_touch=is_phone,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )

    def _follow(self, page: Page, links: str) -> None:
        for text in filter(None, links.split("→")):
            target = page.locator("main a", has_text=text).first
            page.goto(page.evaluate("e => e.href", target.element_handle()))

    def _receipt(self, way: str) -> str:
        """Return the path of a receipt that the person of the way can see: ``person path→link→link``."""
        start, _, links = way.partition("→")
        person, path = start.split(" ")
        page = self._desk(person, 1440)
        page.goto(self.base + path)
        self._follow(page, links)
        return page.url.removeprefix(self.base)


@contextmanager
def fresh_demo() -> Iterator[str]:
    """Build a demo in a folder of its own, serve it, and throw it away."""
    folder = Path(tempfile.mkdtemp(prefix="gongbu-pictures-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {k: v for k, v in os.environ.items() if k not in {"GONGBU_HOME", "DATABASE_URL", "SECRET_KEY"}}
    command = [sys.executable, "-m", "gongbu", "--home", str(folder / "home"), "demo", "--bind", address]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + PATIENCE_S
        while not _is_up(f"http://{address}"):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"演示没有启动：\n{(folder / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.5)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _is_up(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/healthz", timeout=2):  # noqa: S310 — our own loopback address
            return True
    except OSError:
        return False


def write_index(folder: Path) -> None:
    """Write the page that shows all pictures with their captions."""
    lines = [
        "# 界面图册",
        "",
        "取自全新的演示数据（单位、人员、项目均为虚构，或注明来源的公开样本）。左为 1440 像素，右为手机 390 像素。",
        "使用说明在系统里：每页右上角“帮助”；分岗位的办法见[乡镇](township.md)、[行业主管部门](department.md)、"
        "[发改部门](investment-office.md)、[遴选](selection.md)。更新图片：`.venv/bin/python tools/pictures.py`。",
        "",
    ]
    for name, shot in SHOTS.items():
        who = f"（{shot.person}）" if shot.person else "（不登录）"
        lines += [
            f"## {shot.says}{who}",
            "",
            f"![{shot.says}]({name}-1440.png) ![手机：{shot.says}]({name}-390.png)",
            "",
        ]
    (folder / "README.md").write_text("\n".join(lines), "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="名称", help=f"默认全部：{'、'.join(SHOTS)}")
    parser.add_argument("--at", metavar="地址", help="用已在运行的演示")
    parser.add_argument("--to", metavar="目录", type=Path, default=MANUAL)
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(SHOTS):
        parser.error(f"没有这些图：{'、'.join(sorted(unknown))}")
    asked.to.mkdir(parents=True, exist_ok=True)
    if asked.at:
        return photograph(asked.at.rstrip("/"), asked.to, asked.names or list(SHOTS))
    with fresh_demo() as base:
        return photograph(base, asked.to, asked.names or list(SHOTS))


def photograph(base: str, folder: Path, names: list[str]) -> int:
    """Take the named pictures at both widths; return the exit code."""
    path = os.environ.get("GONGBU_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        camera = Camera(browser, base, folder)
        for name in names:
            for width in WIDTHS:
                camera.take(name, width)
        browser.close()
    if folder == MANUAL:
        write_index(folder)
    total = sum(file.stat().st_size for file in folder.glob("*.png"))
    print(f"{len(names)} 页，{len(list(folder.glob('*.png')))} 张图，共 {total / 1e6:.2f} MB：{folder}")
    for fault in camera.faults:
        print(fault)
    return 1 if camera.faults else 0


if __name__ == "__main__":
    sys.exit(main())
