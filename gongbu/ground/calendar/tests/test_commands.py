"""The command line as an official or a script uses it: one line each, exit 2 with one clear line on bad input."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from gongbu_processes import environment_of_processes

from gongbu.ground.calendar.commands import workdays

ROOT = Path(__file__).resolve().parents[4]


def run(*args):
    result = CliRunner().invoke(workdays, list(args))
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("between", "2026-01-01", "2026-12-31"), "248"),
        (("between", "2026-02-14", "2026-02-14"), "1"),
        (("between", "2026-02-15", "2026-02-15"), "0"),
        (("add", "2026-02-13", "1"), "2026-02-14"),
        (("add", "2026-02-14", "1"), "2026-02-24"),
        (("add", "2026-02-15", "0"), "2026-02-15"),
        (("add", "2026-02-24", "-1"), "2026-02-14"),
    ],
)
def test_one_line_on_stdout_and_the_basis_beside_it(args, line):
    assert run(*args) == (0, f"{line}\n", "依据：2026 年，随附的国务院办公厅放假安排。\n")


def test_reversed_days_give_a_negative_number_and_a_note():
    code, out, err = run("between", "2026-03-05", "2026-03-01")
    assert (code, out) == (0, "-4\n")
    assert "负数" in err


@pytest.mark.parametrize("args", [("between", "2026-12-01", "2027-01-31"), ("add", "2026-12-30", "5")])
def test_a_span_without_official_arrangement_is_noted_on_stderr(args):
    code, out, err = run(*args)
    assert code == 0
    assert out.count("\n") == 1
    assert err.startswith("暂定：2027 年尚无")
    assert err.endswith("依据：2026 年，随附的国务院办公厅放假安排；2027 年，暂定。\n")


@pytest.mark.parametrize(
    "args",
    [
        ("between", "2026-02-30", "2026-03-01"),
        ("between", "2026-03-01", "明天"),
        ("between", "2026-W09-1", "2026-03-01"),
        ("between", "2026-03-01"),
        ("add", "20260301", "5"),
        ("add", "2026-03-01", "五"),
        ("add", "2026-03-01", "1.5"),
        ("add", "2026-03-01", "99999999"),
        ("add", "2026-03-01", "5", "6"),
        ("add", "2026-03-01", "--days"),
    ],
)
def test_unusable_input_is_one_chinese_line_and_exit_2(args):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert any("\u4e00" <= char <= "\u9fff" for char in err)


def of_home(home, *args):
    done = subprocess.run(
        [sys.executable, "-m", "gongbu", "--home", str(home), "workdays", *args], cwd=ROOT, capture_output=True,
        text=True, env=environment_of_processes(), timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def record(home, key, kind, days, *, year=2027, title="国务院办公厅关于2027年部分节假日安排的通知", region=(0, 0)):
    """Put a notice into a home's file as the act leaves it (自拟)."""
    with closing(sqlite3.connect(home / "gongbu.sqlite3")) as file, file:
        cursor = file.execute(
            "INSERT INTO calendar_notice (key, kind, year, region_key, region_end, region_name, title, document_number,"
            " issued_on, url, recorded_at, is_shipped) VALUES (?, ?, ?, ?, ?, '', ?, '国办发明电〔2026〕9号', '2026-11-19',"
            " '', '2026-11-20 00:00:00', 0)",
            (key, kind, year, *region, title),
        )
        file.executemany(
            "INSERT INTO calendar_notice_day (notice_id, day, is_work, name) VALUES (?, ?, ?, '春节')",
            [(cursor.lastrowid, day, is_work) for day, is_work in days],
        )


def test_a_home_counts_by_the_notices_it_recorded_and_says_so(own_home):
    assert of_home(own_home, "add", "2027-01-29", "1")[1] == "2027-02-01\n"  # provisional: 01-30 is a Saturday
    record(own_home, "cn-2027", "ANNUAL", [("2027-01-30", 1), ("2027-02-05", 0)])
    record(
        own_home,
        "r1-2027",
        "LOCAL",
        [("2027-02-01", 0)],
        title="关于三月三放假的通知",
        region=(410000000000, 420000000000),
    )
    code, out, err = of_home(own_home, "add", "2027-01-29", "1")
    assert (code, out) == (0, "2027-01-30\n")
    assert err == "依据：2027 年，数据目录登记的《国务院办公厅关于2027年部分节假日安排的通知》国办发明电〔2026〕9号。\n"
    code, out, err = of_home(own_home, "add", "2026-12-31", "700")
    assert err.startswith("暂定：2028—")
    assert "依据：2026 年，随附的国务院办公厅放假安排；2027 年，数据目录登记的《国务院" in err
    assert of_home(own_home, "between", "2027-02-01", "2027-02-05")[1] == "4\n"
    code, out, err = of_home(own_home, "between", "2027-02-01", "2027-02-05", "--region", "410322")
    assert (code, out) == (0, "3\n")
    assert "《关于三月三放假的通知》" in err


def test_a_home_that_cannot_be_read_is_said_and_nothing_is_counted(own_home):
    with closing(sqlite3.connect(own_home / "gongbu.sqlite3")) as file, file:
        file.execute("ALTER TABLE calendar_notice RENAME TO older")
    code, out, err = of_home(own_home, "add", "2026-03-02", "20")
    assert (code, out) == (2, "")
    assert "gongbu migrate" in err
    assert err.count("\n") == 1


def test_a_region_needs_a_home():
    code, out, err = run("add", "2026-03-02", "20", "--region", "410322")
    assert (code, out) == (2, "")
    assert "--region" in err


def test_counting_loads_neither_django_nor_a_database(tmp_path):
    script = (
        "import sys; from gongbu.config.cli import cli; "
        "cli.main(args=['--home', sys.argv[1], 'workdays', 'add', '2026-03-02', '20'], standalone_mode=False); "
        "sys.exit('django' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)], capture_output=True, text=True, env=env, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, "2026-03-30\n"), done.stderr
    assert not home.exists()
