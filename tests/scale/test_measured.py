"""The measurement of docs/scale.md runs: a small one, in which every answer must be right."""

import json
import subprocess
import sys

import pytest

from bench.scale import proxy
from bench.scale.composition import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.long]


@pytest.mark.req("GO-05")
def test_two_web_servers_two_workers_and_a_proxy_answer_everything_asked_at_once():
    if proxy.find_nginx() is None:
        pytest.skip(f"缺 nginx（{proxy.PACKAGE}）：横向扩展的测量未运行")
    words = ("--size", "200", "--clients", "1,4", "--seconds", "1", "--setups", "scale-out")
    done = subprocess.run(
        [sys.executable, "-m", "bench.scale", *words], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = [cell for line in done.stdout.splitlines() if "kind" in (cell := json.loads(line))]
    assert [(cell["kind"], cell["clients"]) for cell in cells] == [
        (kind, clients) for kind in ("list", "page", "act", "import") for clients in (1, 4)
    ]
    assert [cell["first_errors"] for cell in cells if cell["errors"]] == []
    assert all(cell["imports"] and not cell["import_faults"] for cell in cells if cell["kind"] == "import")


@pytest.mark.req("GO-05")
def test_the_configuration_for_operators_is_the_one_that_is_tried():
    """docs/scale.md shows what :mod:`bench.scale.proxy` writes, with an operator's ports."""
    shown = (ROOT / "docs" / "scale.md").read_text("utf-8")
    for line in proxy.configuration([8001, 8002], "80").splitlines():
        assert line.strip() in shown
