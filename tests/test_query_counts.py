"""Every GET page without arguments, and the file of a project: how many statements it runs, with 1 and 30 projects.

``query_counts.yaml`` is the reviewed list. A page that is not in it, or that runs another number, fails here: look at
the statements, then change the list in the same commit (``GONGBU_WRITE_COUNTS=1`` writes what was counted).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from gongbu.ground.basics import clock
from gongbu.ground.registers import counting, region_picker, shell
from gongbu.mainline.projects import queries, services
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.projects.tests.test_pages import signed_in
from gongbu.mainline.projects.tests.test_services import adopt_centralized

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
LIST = Path(__file__).with_name("query_counts.yaml")
MANY = 30


def pages() -> Iterator[str]:
    """Yield the addresses of declared pages that take no argument and answer GET."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for one in patterns:
            address = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, address)
            elif "<" not in address and "^" not in address and "GET" in getattr(one.callback, "methods", ()):
                yield "/" + address

    yield from sorted(set(walk(get_resolver().url_patterns, "")))


def furnish(count: int, start: int = 0) -> int:
    """Enter projects with money, codes and answers of an adopted pack; give the first one parts of its file."""
    officer, year = make.officer(), clock.today().year
    first = 0
    for n in range(start, start + count):
        project = make.reserve_project(
            name=f"云溪县{n}号工程", total_investment_fen=2 * YI, annual={year: (600 * WAN, 100 * WAN)}
        )
        first = first or project.pk
    services.attach_code(project_id=first, code=make.valid_code(10_000 + start), actor=officer)
    return first


def add_parts(pk: int, count: int) -> None:
    """Let a project have ``count`` works, units and years."""
    officer, year = make.officer(), clock.today().year
    for n in range(count):
        services.add_work(project_id=pk, name=f"{n}号楼", level="SINGLE", actor=officer)
        services.add_member(project_id=pk, unit_id=make.unit(f"第{n}公司").pk, role="CONTRACTOR", actor=officer)
        services.set_annual_investment(project_id=pk, year=year - 1 - n, completed_fen=n * WAN, actor=officer)


def count(client: Client, address: str) -> tuple[int, int]:
    """Return (status, statements) of a page whose process is warm but whose counts are not kept."""
    client.get(address)
    counting.forget()
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
        if answer.streaming:
            list(answer.streaming_content)  # type: ignore[call-overload]
    return answer.status_code, len(captured)


def test_no_page_asks_more_when_there_are_more_rows() -> None:
    region_picker.forget()
    shell.forget()
    queries._wide.clear()
    adopt_centralized()
    client = signed_in("INVESTMENT_HEAD")
    first = furnish(1)
    add_parts(first, 1)
    tabs = [f"/projects/{first}/?tab={tab}" for tab in ("overview", "money", "works", "units", "timeline")]
    addresses = [*pages(), *tabs]
    few = {address: count(client, address) for address in addresses}
    furnish(MANY - 1, start=1)
    many = furnish(1, start=100)
    add_parts(many, MANY)
    queries._wide.clear()
    counted: dict[str, int] = {}
    growing = {}
    for address in addresses:
        status, statements = few[address]
        if status != 200:
            continue  # not for this role, or a form that sends elsewhere
        more = count(client, address.replace(f"/{first}/", f"/{many}/"))
        if more != (status, statements):
            growing[address] = (statements, more)
        counted[address.replace(f"/{first}/", "/<pk>/")] = statements
    assert not growing, growing
    assert len(counted) > 15
    if os.environ.get("GONGBU_WRITE_COUNTS"):
        LIST.write_text(
            "# 页面 → 语句数（一个项目与三十个项目相同）。由 tests/test_query_counts.py 核对，改动须一并复核。\n"
            + yaml.safe_dump(counted, allow_unicode=True, sort_keys=True),
            "utf-8",
        )
    assert yaml.safe_load(LIST.read_text("utf-8")) == counted
