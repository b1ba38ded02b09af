"""Every kind of receipt of the demo: opens signed out, shows whitelisted fields only, and proves them offline."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from receipt_fields import not_listed, whitelist

ROOT = Path(__file__).resolve().parents[2]
# Like the other walks over a home of their own: once, in the run that has time to spare.
pytestmark = [pytest.mark.long, pytest.mark.postgres, pytest.mark.req("GO-03")]


@pytest.fixture(scope="module")
def found(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the walk found in a fresh demo, by kind."""
    home = shutil.copytree(demo_home, tmp_path_factory.mktemp("receipts") / "home")
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    walk = [sys.executable, "-m", "tests.walks.receipts", str(home)]
    done = subprocess.run(walk, check=True, env=environment, cwd=ROOT, capture_output=True, text=True)
    rows: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return rows


def test_every_kind_opens_signed_out_and_is_proven_offline_with_its_fields(found: dict[str, Any]) -> None:
    assert len(found) >= 27, "the demo has receipts of at least so many kinds"
    assert {kind: row["faults"] for kind, row in found.items() if row["faults"]} == {}


def test_every_kind_shows_whitelisted_fields_only(found: dict[str, Any]) -> None:
    wrong = {kind: extra for kind, row in found.items() if (extra := not_listed(kind, row["fields"]))}
    assert wrong == {}, "写入 tests/receipt_fields.yaml 的字段才可公开"


def test_the_whitelist_names_kinds_that_exist(found: dict[str, Any]) -> None:
    assert {"papers.issue", "papers.void", "notices.open", "experts.draw", "meetings.close"} <= set(found)
    assert all(names and len(set(names)) == len(names) for names in whitelist().values())
