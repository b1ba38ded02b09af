"""Fixtures of the whole suite, and the rules that every test keeps."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from gongbu_browser import find_chromium

REQUIRE_ALL = os.environ.get("GONGBU_REQUIRE_ALL") == "1"
ON_POSTGRES = bool(os.environ.get("DATABASE_URL"))
PART = os.environ.get("GONGBU_TEST_PART", "")
"""What of the suite tools/run_tests.py asks of this run: ``browser``, ``rest`` (no browser) or, on the second database,
``beside`` (nothing that never asks a database: the first has run that); empty for all of it."""
SHARED = os.environ.get("GONGBU_TEST_SHARED", "")
"""A folder in which runs side by side put a mark for each module that they take, so that none is run twice."""
MOST_REQUIREMENTS = 3
DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}
# A skip for this reason is no missing part: the test has no meaning in this run.
NOT_APPLICABLE = "不适用"


def pytest_report_header() -> list[str]:
    return [
        f"数据库 {'PostgreSQL' if ON_POSTGRES else 'SQLite'}；浏览器 {find_chromium() or '未找到 Chromium'}；"
        f"{'缺件即失败' if REQUIRE_ALL else '缺件则跳过'}"
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse tests with too many requirement IDs; leave out what belongs to the other database's run."""
    crowded = [item.nodeid for item in items if sum(len(m.args) for m in item.iter_markers("req")) > MOST_REQUIREMENTS]
    if crowded:
        raise pytest.UsageError(f"一个测试最多标 {MOST_REQUIREMENTS} 个需求编号：{'; '.join(crowded)}")
    elsewhere = {"sqlite", "browser"} if ON_POSTGRES else {"postgres"}
    elsewhere |= {"browser"} if PART == "rest" else set()
    here = [item for item in items if not elsewhere & {mark.name for mark in item.iter_markers()}]
    if ON_POSTGRES and PART == "beside":
        here = [item for item in here if _asks_the_database(item)]
    if PART == "browser":
        here = [item for item in here if item.get_closest_marker("browser")]
    if len(here) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(here)])
        items[:] = here


_taken: dict[str, bool] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Pass over a test whose module another run has taken; without sharing every test is ours."""
    if not SHARED:
        return None
    module = item.nodeid.partition("::")[0]
    if module not in _taken:
        try:
            (Path(SHARED) / module.replace("/", ".")).touch(exist_ok=False)
        except FileExistsError:
            _taken[module] = False
        else:
            _taken[module] = True
    return None if _taken[module] else True


def _asks_the_database(item: pytest.Item) -> bool:
    named = {mark.name for mark in item.iter_markers()}
    return bool(named & {"django_db", "postgres"}) or bool(DATABASE & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """With ``GONGBU_REQUIRE_ALL=1`` a skip for a missing part is a failure."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NOT_APPLICABLE not in reason:
            report.outcome = "failed"
            report.longrepr = f"跳过即失败（GONGBU_REQUIRE_ALL=1）：{reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _fast_passwords() -> None:
    """Hash passwords quickly: PBKDF2 takes a third of a second each, which is its purpose, but not here."""
    from django.conf import settings
    from django.contrib.auth.hashers import get_hashers

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    get_hashers.cache_clear()


@pytest.fixture(autouse=True)
def _nothing_kept_from_the_last_test() -> None:
    """Forget what a web process keeps between requests: another test has other rows under the same ids."""
    from gongbu.ground.policy import stored
    from gongbu.ground.registers import counting, region_picker, shell
    from gongbu.mainline.projects import queries

    for forget in (stored.forget, counting.forget, region_picker.forget, shell.forget, queries.forget):
        forget()


@pytest.fixture
def home(settings: object, tmp_path: Path) -> Path:
    """An empty home for files and keys of one test."""
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    settings.FILES_DIR = tmp_path / "files"  # type: ignore[attr-defined]
    settings.KEYS_DIR = tmp_path / "keys"  # type: ignore[attr-defined]
    return tmp_path
