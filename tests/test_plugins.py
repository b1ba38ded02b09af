"""The suite's own machinery works: a browser cut off from the world, a counted database."""

from typing import Any

import pytest
from django.db import connection


@pytest.mark.django_db
def test_suite_runs_on_the_database_it_says() -> None:
    import conftest

    assert connection.vendor == ("postgresql" if conftest.ON_POSTGRES else "sqlite")


@pytest.mark.browser
def test_browser_blocks_requests_off_this_machine(browser: Any) -> None:
    from gongbu_browser import _only_here

    faults: list[str] = []
    context = browser.new_context()
    context.route("**/*", lambda route: _only_here(route, faults))
    page = context.new_page()
    page.set_content("<img src='http://192.0.2.1/x.png'>")
    context.close()
    assert faults == ["请求了本机以外的地址：http://192.0.2.1/x.png"]
