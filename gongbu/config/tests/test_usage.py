"""A command called wrongly says one Chinese line and leaves with 2; a fault of the program leaves with 70."""

import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from gongbu.config import home as homes
from gongbu.config.cli import COMMANDS, cli

ENGLISH = re.compile(r"Usage|Error|Try |Missing|Invalid|Option|No such|not a ")


def run(tmp_path, *args, **more):
    return CliRunner().invoke(cli, ["--home", str(tmp_path), *args], **more)


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.setenv("GONGBU_HOME", str(tmp_path))
    monkeypatch.delenv("GONGBU_TRACEBACK", raising=False)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nope"], "没有命令“nope”"),
        (["code"], "缺少命令"),
        (["code", "check"], "缺少参数 代码"),
        (["code", "check", "a", "b"], "多出参数：b"),
        (["code", "nope"], "没有命令“nope”，可用：check"),
        (["tick", "--on", "2026-13-01"], "“2026-13-01”不是有效日期"),
        (["import", "x.csv"], "缺少选项 --kind"),
        (["classify"], "缺少选项 --pack"),
        (["classify", "--pack"], "选项 --pack 后面缺少值"),
        (["classify", "--pack", "centralized", "/nowhere.json"], "打不开“/nowhere.json”"),
        (["bench", "nope"], "没有“nope”，可选：list"),
        (["bench", "list", "--size", "0"], "0 超出范围"),
        (["bench", "list", "--size", "x"], "“x”不是数"),
        (["serve", "--bind", "x"], "应为 主机:端口"),
        (["serve", "--nope"], "没有选项 --nope"),
        (["serve", "--no-worker=1"], "选项 --no-worker 不带值"),
    ],
)
def test_a_misuse_is_one_chinese_line_and_exit_2(tmp_path, args, said):
    answer = run(tmp_path, *args)
    assert (answer.exit_code, answer.stdout) == (2, ""), answer.output
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "--help 查看用法" in answer.stderr
    assert not ENGLISH.search(answer.stderr)


@pytest.mark.parametrize("text", ["{bad", "5", '"a"'])
def test_unreadable_input_of_classify_is_exit_2(tmp_path, text):
    answer = run(tmp_path, "classify", "--pack", "centralized", input=text)
    assert (answer.exit_code, answer.stderr.count("\n")) == (2, 1)
    assert "JSON" in answer.stderr


def test_a_file_that_is_no_backup_is_exit_2(tmp_path):
    (tmp_path / "gb.csv").write_text("a,b\n")
    answer = run(tmp_path, "restore", str(tmp_path / "gb.csv"))
    assert (answer.exit_code, answer.stderr.count("\n")) == (2, 1)
    assert not ENGLISH.search(answer.stderr)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_chinese(tmp_path, name):
    answer = run(tmp_path, name, "--help")
    assert answer.exit_code == 0
    assert answer.stdout.startswith(f"用法：gongbu {name} ")
    assert not re.search(r"Usage|Options|Commands|Show this|default:|required", answer.stdout)


def test_plain_gongbu_shows_its_commands():
    answer = CliRunner().invoke(cli, [])
    assert answer.exit_code == 0
    assert "命令：" in answer.stdout
    assert "选项：" in answer.stdout


def test_a_fault_of_the_program_is_one_line_and_a_traceback_in_the_log(tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("盘满")

    monkeypatch.setattr(homes, "prepare", broken)
    answer = run(tmp_path, "migrate")
    assert (answer.exit_code, answer.stderr.count("\n")) == (70, 1)
    assert answer.stderr.startswith("程序出错：RuntimeError 盘满")
    assert "Traceback" not in answer.output
    assert "Traceback" in (tmp_path / "run" / "error.log").read_text()
    monkeypatch.setenv("GONGBU_TRACEBACK", "1")
    assert isinstance(run(tmp_path, "migrate").exception, RuntimeError)


@pytest.mark.parametrize("place", ["file", "file/below", "n" * 300])
def test_a_home_that_cannot_be_made_is_told_in_one_line(tmp_path, place):
    (tmp_path / "file").write_text("")
    command = [
        sys.executable,
        "-c",
        "from gongbu.config.cli import main; main()",
        "--home",
        str(tmp_path / place),
        "doctor",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert answer.stderr.startswith(f"数据目录 {tmp_path / place} 不能使用：")
    assert "请用 --home" in answer.stderr
