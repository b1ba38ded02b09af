"""Every page that the demo links to opens for whoever is offered it, and speaks to people (see crawl.py)."""

import json
import subprocess
import sys

import pytest


@pytest.mark.long
@pytest.mark.sqlite
@pytest.mark.req("CM-02")
def test_every_page_that_the_demo_links_to_opens_and_speaks_chinese(tmp_path):
    home = str(tmp_path / "home")
    subprocess.run([sys.executable, "-m", "gongbu", "--home", home, "demo", "--no-serve"], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.walks.crawl", home, "1"], check=True, capture_output=True, text=True, timeout=1200
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["pages"] > 3_000, "the walk came nowhere"
    assert found["faults"] == []
