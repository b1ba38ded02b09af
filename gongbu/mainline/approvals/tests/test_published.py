"""The published samples go in as they are, by the command a user has; a second time nothing is added."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[3]
PUBLISHED = PACKAGE / "config" / "demo" / "published"
FILES = {
    "key_projects": ("projects", 23), "livelihood_projects": ("projects", 20), "shanghai_major_projects": ("projects", 56),
    "approvals": ("approvals", 42),
}  # fmt: skip

pytestmark = pytest.mark.sqlite


def gongbu(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    return subprocess.run(
        [sys.executable, "-c", "from gongbu.config.cli import main; main()", "--home", str(home), *arguments],
        cwd=PACKAGE.parent, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def ask(home: Path, query: str):
    with sqlite3.connect(home / "gongbu.sqlite3") as db:
        return db.execute(query).fetchall()


@pytest.fixture(scope="module")
def home(prepared_home, tmp_path_factory):
    """A fresh home with all four files imported; the reports are kept beside it."""
    folder = shutil.copytree(prepared_home, tmp_path_factory.mktemp("published") / "home")
    for name, (kind, _) in FILES.items():
        done = gongbu(folder, "import", str(PUBLISHED / f"{name}.csv"), "--kind", kind, "--json")
        assert done.returncode == 0, done.stderr
        (folder / f"{name}.json").write_text(done.stdout)
    return folder


def report(home: Path, name: str):
    return json.loads((home / f"{name}.json").read_text())


@pytest.mark.parametrize("name", list(FILES))
def test_every_published_row_is_accepted(home, name):
    told = report(home, name)
    assert (told["rows"], told["accepted"], told["rejected"]) == (FILES[name][1], FILES[name][1], 0)
    assert set(told) == {"rows", "accepted", "flagged", "rejected", "findings"}
    assert all(set(f) == {"row", "column", "code", "message", "severity"} for f in told["findings"])


def test_masked_missing_and_unknown_codes_are_flagged_with_the_segment_named(home):
    told = report(home, "approvals")["findings"]
    assert {f["row"] for f in told if f["code"] == "project_code.masked"} >= {5, 6}
    assert any(f["code"] == "import.code_missing" for f in told)
    assert any("611102" in f["message"] for f in told)
    assert any("341171" in f["message"] for f in told)
    assert any("440000" in f["message"] for f in told)


def test_figures_arrive_to_the_fen(home):
    rows = dict(ask(home, "SELECT name, total_investment_fen FROM projects_project"))
    assert rows["奉节县冯坪乡龙坝村至兴隆镇龙门村公路工程"] == 11_668_155_100  # 11668.1551 万元
    assert rows["祥云实验学校项目"] == 37_000_000_000  # 3.7 亿元
    paper = ask(
        home,
        "SELECT engineering_fen, other_fen, contingency_fen, extra_fen FROM approvals_paper WHERE record_no = 'AP003'",
    )
    assert paper == [(7_378_040_000, 1_484_060_000, 443_110_000, 78_420_000)]
    assert ask(home, "SELECT issued_on, issued_precision FROM approvals_paper WHERE record_no = 'AP015'") == [
        ("2010-01-01", "YEAR")
    ]
    assert ask(home, "SELECT count(*) FROM approvals_paper WHERE receipt = '' OR is_published = 0") == [(0,)]


def test_same_name_over_the_years_is_one_project_and_another_name_another(home):
    names = [n for (n,) in ask(home, "SELECT name FROM projects_project")]
    assert names.count("上海硬X射线自由电子激光装置项目") == 1
    assert {"上海光源二期", "上海光源二期(线站工程)"} <= set(names)


def test_regions_are_found_by_row(home):
    rows = dict(
        ask(home, "SELECT p.name, r.name FROM projects_project p JOIN orgs_region r ON r.id = p.competent_region_id")
    )
    assert rows["兴宁市特殊教育学校启智楼加建教职工宿舍工程"] == "兴宁市"  # the code says 440000
    assert rows["江华县污水处理厂配套管网改扩建工程"] == "江华瑶族自治县"
    assert rows["李政道研究所"] == "上海市"


@pytest.mark.long  # the kinds are each imported once above
def test_a_second_import_adds_nothing(home):
    before = ask(
        home,
        "SELECT (SELECT count(*) FROM projects_project), (SELECT count(*) FROM approvals_paper), (SELECT count(*) FROM ledger_entry)",
    )
    for name, (kind, rows) in FILES.items():
        done = gongbu(home, "import", str(PUBLISHED / f"{name}.csv"), "--kind", kind, "--json")
        told = json.loads(done.stdout)
        assert (done.returncode, told["accepted"], told["rejected"]) == (0, rows, 0)
    after = ask(
        home,
        "SELECT (SELECT count(*) FROM projects_project), (SELECT count(*) FROM approvals_paper), (SELECT count(*) FROM ledger_entry)",
    )
    assert after == before


def test_exit_codes_and_one_clear_line(home, tmp_path):
    bad = tmp_path / "renamed.xlsx"
    bad.write_bytes(b"%PDF-1.7")
    done = gongbu(home, "import", str(bad), "--kind", "projects", "--json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("项目名称,项目代码\n甲,2603-410300-04-01-123456\n", "utf-8")
    before = ask(home, "SELECT count(*) FROM importing_batch")
    dry = gongbu(home, "import", str(wrong), "--kind", "projects", "--dry-run", "--json", "--region", "410300")
    assert dry.returncode == 1
    assert json.loads(dry.stdout)["rejected"] == 1
    assert ask(home, "SELECT count(*) FROM importing_batch") == before
