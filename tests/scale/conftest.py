"""One installation for the whole folder: a database of its own, a shared home, two web servers, nginx in front."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.scale import proxy
from bench.scale.composition import Composition, Started
from gongbu.ground.basics import reach
from tests.scale.visiting import Visitor, read

PASSWORD = "Test-pass-2026"
SET_UP = """
import json
from gongbu.config import home; home.prepare(quiet=True)
from datetime import date
from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.policy import services as policy
from gongbu.mainline.projects import bench
from gongbu.mainline.projects.tests import factories as make
county = make.region()
bureau = make.unit("云溪县发展和改革局", "GOVERNMENT")
clerk = make_person("clerk", bureau, "INVESTMENT_OFFICER", county, password_set_at=clock.now())
head = make_person("head", bureau, "INVESTMENT_HEAD", county)
projects = [make.reserve_project(by=make.officer(), name=f"云溪县第{n}号道路工程", total_investment_fen=9_000 * 10**6)
            for n in range(30)]
sessions = {one.login_name: bench.signed_in(one).cookies["gongbu_session"].value for one in (clerk, head)}
print(json.dumps({"county": county.pk, "clerk": clerk.pk, "head": head.pk, "projects": [p.pk for p in projects],
                  "sessions": sessions}))
"""


def _server() -> str:
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[str], str]]:
    """Make a database in the suite's cluster and return its DATABASE_URL; it goes with the session."""
    made: list[str] = []

    def make(name: str, template: str = "template0") -> str:
        with psycopg.connect(_server(), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        made.append(name)
        return _server().rsplit("/", 1)[0] + f"/{name}"

    yield make
    with psycopg.connect(_server(), autocommit=True) as server:
        for name in made:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass
class Pair:
    """Two web servers ``one`` and ``two`` (ports) on a shared home; ``known`` holds what was set up."""

    composition: Composition
    url: str
    webs: list[Started]
    known: dict[str, Any]

    @property
    def one(self) -> int:
        return self.webs[0].port

    @property
    def two(self) -> int:
        return self.webs[1].port

    def visitor(self, name: str) -> Visitor:
        """Return somebody who is signed in already."""
        return Visitor(self.known["sessions"][name])

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database itself, with every region in reach of row-level security."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for name, value in zip(reach.SETTINGS, reach.EVERYTHING.settings, strict=True):
                connection.execute("SELECT set_config(%s, %s, false)", (name, value))
            return connection.execute(sql, values).fetchall()

    def new_project(self) -> int:
        """Return a project that no other test uses."""
        return self.known["projects"].pop()


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[str], str]) -> Iterator[Pair]:
    """The installation; web processes count on one proxy in front."""
    url = new_database("gongbu_scale")
    with Composition(tmp_path_factory.mktemp("scale") / "home", url, proxies=1) as composition:
        known = read(composition.python(SET_UP))
        assert isinstance(known, dict)
        webs = [composition.begin_web() for _ in range(2)]
        for one in webs:
            composition.wait_for(one)
        yield Pair(composition, url, webs, known)


@pytest.fixture
def front(pair: Pair, tmp_path: Path) -> Iterator[Started]:
    """nginx in front of both."""
    if proxy.find_nginx() is None:
        pytest.skip(f"缺 nginx（{proxy.PACKAGE}）：经反向代理的测试未运行")
    one = proxy.start(tmp_path / "nginx", [pair.one, pair.two])
    yield one
    one.stop()
