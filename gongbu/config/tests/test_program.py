"""``gongbu`` on SQLite: a fresh home, the server, the doctor."""

import os
import re
import signal
import socket
import subprocess
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from gongbu.config.tests.conftest import Program, answers, wait_for
from gongbu.ground.basics import clock

pytestmark = pytest.mark.sqlite


def children(server: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return every process below the server."""
    return [p for p in psutil.Process(server.pid).children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]


def worker_of(server: subprocess.Popen[str]) -> psutil.Process | None:
    """Return the server's background worker."""
    return next((p for p in children(server) if "worker" in p.cmdline()), None)


@pytest.mark.req("GO-05")
def test_a_fresh_home_is_prepared_once_with_one_line(tmp_path: Path, program: Program) -> None:
    program.home = tmp_path / "fresh"
    first = program.run("tick", "--on", "2026-11-20")
    assert re.fullmatch(r"数据目录 \S+ 已就绪；装载 .+（[\d.]+ 秒）\n", first.stderr)
    assert "2026-11-20 发件箱投递：完成" in first.stdout
    assert program.run("tick", "--on", "2026-11-20").stderr == ""
    assert (program.home / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.req("GO-05")
def test_server_and_worker_are_one_tree_that_ends_with_ctrl_c(program: Program) -> None:
    server, address = program.serve()
    wait_for(lambda: worker_of(server))
    family = children(server)
    assert len(family) >= 2
    server.send_signal(signal.SIGINT)
    server.wait(30)
    gone, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    assert len(gone) == len(family)
    assert not answers(address)


def test_second_server_on_the_same_home_is_refused(program: Program) -> None:
    server, address = program.serve()
    refused = program.run("serve", "--bind", "127.0.0.1:1", expect=1)
    assert refused.stderr.strip() == (
        f"数据目录 {program.home} 已有一个服务在运行；请先停止它，或用 --home 另指定目录（进程号 {server.pid}）"
    )
    assert answers(address)


def test_killed_worker_is_replaced_and_killed_server_takes_all_along(program: Program) -> None:
    server, _ = program.serve()
    wait_for(lambda: worker_of(server))
    first = worker_of(server)
    assert first is not None
    first.kill()
    wait_for(lambda: (new := worker_of(server)) is not None and new.pid != first.pid)
    second = worker_of(server)
    assert second is not None
    family = children(server)
    os.kill(server.pid, signal.SIGKILL)
    server.wait(30)
    _gone, alive = psutil.wait_procs(family, timeout=60)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def test_unusable_address_is_refused(program: Program) -> None:
    assert "主机:端口" in program.run("serve", "--bind", "8000x", expect=2).stderr


@pytest.mark.req("GO-05")
def test_doctor_finds_what_is_broken_and_says_what_to_do(program: Program) -> None:
    healthy = program.run("doctor")
    assert "坏 0" in healthy.stdout
    (program.home / "secret_key").chmod(0o644)
    broken = program.run("doctor", expect=1)
    assert re.search(r"坏\s+文件权限\s+其他用户可读：secret_key", broken.stdout)
    assert "→ chmod 600" in broken.stdout


def test_doctor_names_tree_heads_that_the_database_lost(program: Program) -> None:
    program.add_entry()
    heads = (program.home / "heads.log").read_text()
    (program.home / "heads.log").write_text(heads + heads.replace('"size":1', '"size":9'))
    assert "已公布的树头到第 9 条" in program.run("doctor", expect=1).stdout


@pytest.mark.long
@pytest.mark.req("PF-01", "GO-05")
def test_the_daily_work_of_a_demo_goes_on_without_a_failure_for_months(tmp_path: Path, program: Program) -> None:
    """A day skipped, a week, a year's end: every job of every room on data that all rooms have written."""
    program.home = tmp_path / "months"
    program.run("demo", "--no-serve")
    day = clock.today()
    for days in (1, 1, 1, 2, 3, 7, 7, 14, 30, 60, 200):
        day += timedelta(days=days)
        done = program.run("tick", "--on", day.isoformat())
        assert "失败" not in done.stdout + done.stderr
    assert program.run("doctor").stdout.count("坏  ") == 0


def test_a_server_does_not_share_the_port_of_another(program: Program, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = program.run("serve", "--bind", f"127.0.0.1:{port}", expect=1)
    assert f"127.0.0.1:{port} 已被另一个程序占用" in refused.stderr


@pytest.mark.req("PF-01")
def test_a_day_that_is_still_ahead_is_not_done_in_service(program: Program) -> None:
    assert "还没有到" in program.run("tick", "--on", "2030-01-01", expect=2).stderr
    ask = "import django; django.setup()\nfrom gongbu.ground.jobs.models import Cadence\nprint(Cadence.objects.exclude(last_on=None).count())"
    assert program.python(ask) == "0"


@pytest.mark.req("GO-03")
def test_a_home_without_a_book_does_not_pass_for_a_whole_one(program: Program, tmp_path: Path) -> None:
    stranger = Program(tmp_path / "mistyped", program.environment)
    assert "没有账本，没有核对" in stranger.run("ledger", "verify", "--json", expect=2).stderr
    assert not (stranger.home / "gongbu.sqlite3").exists()
