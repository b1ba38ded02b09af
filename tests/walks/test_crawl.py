"""The whole demo, walked by machine: every page that is linked opens and speaks to people; no nonsense breaks a form."""

import json
import os
import shutil
import subprocess
import sys

import pytest

# The walks bring a home of their own, so once is enough: one in either lane, since they are the longest of all.
pytestmark = pytest.mark.long
# One of each: 发改 officer and head, sector office, township, chain office, leader who scores, owner, security office.
PEOPLE = ("林晓燕", "乔建平", "魏长林", "常春燕", "董果林", "江既明", "何志远", "顾明澈")


def environment():
    """Return the environment without the database of this run: the homes of the walks have their own."""
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def run(module, *words):
    command = [sys.executable, "-m", f"tests.walks.{module}", *map(str, words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1500, env=environment())
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.sqlite
@pytest.mark.req("CM-02")
def test_every_page_that_the_demo_links_to_opens_and_speaks_chinese(demo_home, tmp_path):
    found = run("crawl", shutil.copytree(demo_home, tmp_path / "home"), 1)
    assert found["pages"] > 3_000, "the walk came nowhere"
    assert found["faults"] == []


@pytest.mark.postgres
@pytest.mark.req("GO-13")
def test_no_nonsense_typed_into_a_form_breaks_it_or_the_pages_that_show_it(demo_home, tmp_path):
    home = shutil.copytree(demo_home, tmp_path / "home")
    found = run("nonsense", home, *PEOPLE)
    assert found["posts"] > 2_000, "the walk came nowhere"
    assert found["faults"] == []
