"""Take the pictures of docs/manual from a running demo: every page at 1440 and 390 pixels, as its own person.

Usage: python tools/pictures.py http://127.0.0.1:8000 docs/manual [name …]
"""

import os
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--lang=zh-CN", "--font-render-hinting=none",
]  # fmt: skip
# name → (person, address; a trailing "→text" clicks the first link with that text afterwards)
PAGES = {
    "sign-in": ("", "/sign-in"),
    "demo-sign-in": ("", "/demo/sign-in"),
    "receipts": ("", "/receipts"),
    "inbox": ("林晓燕", "/"),
    "projects": ("林晓燕", "/projects/"),
    "projects-filtered": ("许知行", "/projects/?q=学校"),
    "project": ("林晓燕", "/projects/→青岚县东河流域水环境综合治理项目"),
    "project-new": ("林晓燕", "/projects/new"),
    "sample-projects": ("方静仪", "/projects/"),
    "portfolio": ("许知行", "/projects/overview"),
    "help": ("林晓燕", "/help/projects"),
    "meetings": ("林晓燕", "/meetings/"),
    "meeting-live": ("林晓燕", "/meetings/?tab=HELD→项目前期工作联席会议"),
    "meeting-closed": ("林晓燕", "/meetings/→重大项目储备审定专题会议"),
    "experts": ("林晓燕", "/experts/"),
    "expert-draw": ("林晓燕", "/experts/draws/→冷链物流集散中心项目可行性研究评审"),
    "issued-papers": ("林晓燕", "/issued-papers/"),
    "paper": ("林晓燕", "/issued-papers/→青发改补"),
    "imports": ("方静仪", "/imports/"),
    "policy": ("林晓燕", "/policy/"),
    "calendar": ("林晓燕", "/calendar/"),
    "regions": ("邵文博", "/regions/"),
    "units": ("邵文博", "/units/"),
    "audit": ("秦若兰", "/audit/"),
}


def sign_in(page: Page, base: str, person: str) -> None:
    """Sign in through the demo page as the person of that name."""
    page.goto(f"{base}/demo/sign-in")
    page.get_by_role("button", name=re.compile(person)).first.click()
    page.wait_for_load_state("networkidle")


def take(browser: Browser, base: str, folder: Path, name: str, width: int) -> None:
    """Take one picture; a phone is 390 wide with a doubled pixel ratio."""
    person, address = PAGES[name]
    context = browser.new_context(
        viewport={"width": width, "height": 900 if width > 500 else 844},
        device_scale_factor=1 if width > 500 else 2,
        is_mobile=width < 500,
        has_touch=width < 500,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.on("console", lambda message: print(name, width, message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: print(name, width, error))
    if person:
        sign_in(page, base, person)
    path, _, link = address.partition("→")
    page.goto(base + path)
    if link:
        target = page.get_by_role("link", name=link).first
        page.goto(base + str(target.get_attribute("href")))
    page.wait_for_load_state("networkidle")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        print(f"{name} {width}: scrolls sideways by {overflow} px")
    page.screenshot(path=folder / f"{name}-{width}.png")
    context.close()


def main() -> None:
    base, folder = sys.argv[1].rstrip("/"), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in sys.argv[3:] or PAGES:
            for width in (1440, 390):
                take(browser, base, folder, name, width)
        browser.close()


if __name__ == "__main__":
    main()
