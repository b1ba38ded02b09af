"""Chromium for the suite: Debian's own binary driven by Playwright, cut off from everything but this machine."""

import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--lang=zh-CN", "--font-render-hinting=none",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
]  # fmt: skip
LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}
SIZES = {"desktop": (1440, 900), "phone": (390, 844), "clerk": (1366, 768)}


def find_chromium() -> str | None:
    """Return the path of Chromium: ``GONGBU_CHROMIUM``, or a well-known name on PATH."""
    if given := os.environ.get("GONGBU_CHROMIUM"):
        return given
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running Chromium for the whole session."""
    path = find_chromium()
    if path is None:
        pytest.skip("缺 Chromium：浏览器测试未运行")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_context(browser: Any) -> Iterator[Any]:
    """Make browser contexts (one person each) that report every foreign request, page error and CSP violation.

    Call it with ``size="desktop" | "phone" | "clerk"``; the test fails at its end if anything was reported.
    """
    faults: list[str] = []
    contexts: list[Any] = []

    def make(size: str = "desktop", **options: Any) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            service_workers="block",
            **options,
        )
        context.set_default_timeout(float(os.environ.get("GONGBU_BROWSER_TIMEOUT_MS", "45000")))
        context.route("**/*", lambda route: _only_here(route, faults))
        context.on("weberror", lambda error: faults.append(f"页面脚本出错：{error.error}"))
        context.on("console", lambda message: _console(message, faults))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not faults, "浏览器报告：\n" + "\n".join(faults)


@pytest.fixture
def page(new_context: Any) -> Any:
    """A page at 1440 px in a context of its own."""
    return new_context().new_page()


def _only_here(route: Any, faults: list[str]) -> None:
    address = urlsplit(route.request.url)
    if address.scheme in {"http", "https", "ws", "wss"} and (address.hostname or "") not in LOOPBACK:
        faults.append(f"请求了本机以外的地址：{route.request.url}")
        route.abort()
    else:
        route.continue_()


def _console(message: Any, faults: list[str]) -> None:
    text = message.text
    if "Content Security Policy" in text or "Content-Security-Policy" in text:
        faults.append(f"违反内容安全策略：{text}")
