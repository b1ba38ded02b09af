"""The command line as an official or a script uses it: one line each, exit 2 with one clear line on bad input."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

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
def test_one_line_on_stdout_and_nothing_else(args, line):
    assert run(*args) == (0, f"{line}\n", "")


def test_reversed_days_give_a_negative_number_and_a_note():
    code, out, err = run("between", "2026-03-05", "2026-03-01")
    assert (code, out) == (0, "-4\n")
    assert "负数" in err


@pytest.mark.parametrize("args", [("between", "2026-12-01", "2027-01-31"), ("add", "2026-12-30", "5")])
def test_a_span_without_official_arrangement_is_noted_on_stderr(args):
    code, out, err = run(*args)
    assert code == 0
    assert out.count("\n") == 1
    assert err.startswith("暂定")


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
