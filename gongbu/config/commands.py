"""Commands that concern the whole installation. Exit codes: 0 done, 1 refused or broken, 2 unusable input."""

import os
import sys
import time
from datetime import date, datetime
from pathlib import Path

import click

from gongbu.config.cli import setup_django


def _refuse(message: str, code: int = 1) -> None:
    click.echo(message, err=True)
    sys.exit(code)


def _bind(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise click.BadParameter(f"应为 主机:端口，例如 127.0.0.1:8000，现为 {value}")
    return host.strip("[]") or "127.0.0.1", int(port)


@click.command(help="建立或升级数据库，装载区划、日历等基础数据。")
def migrate() -> None:
    setup_django(prepare=False)
    from gongbu.config import home

    if not home.prepare(force=True):
        click.echo("已是最新")


def _join() -> None:
    """Leave when this home must not work on this database; say what differs from other machines."""
    from gongbu.config import machines

    if why := machines.why_not_one_of_them():
        _refuse(why)
    if warning := machines.what_differs():
        click.echo(f"注意：{warning}", err=True)
    from gongbu.ground.ledger import held

    if stopped := held.find():
        click.echo(f"注意：{stopped.said}。{held.TODO}。", err=True)


def _serve(bind: str, workers: int, with_worker: bool) -> None:
    from contextlib import nullcontext

    from django.conf import settings

    from gongbu.config import home, serving

    started = time.monotonic()
    host, port = _bind(bind)
    if serving.is_taken(host, port):
        _refuse(f"{bind} 已被另一个程序占用，没有启动；请停止它，或用 --bind 换一个端口")

    def ready(address: str) -> None:
        seconds = f"{time.monotonic() - started:.1f} 秒"
        if begun := os.environ.get("GONGBU_STARTED"):  # make demo: from the command to the first answer
            seconds = f"自 make 起 {time.time() - float(begun):.0f} 秒"
        click.echo(f"工部已启动（{seconds}）：{address}  数据目录 {settings.HOME}；按 Ctrl-C 停止", err=True)

    refusal = f"数据目录 {settings.HOME} 已有一个服务在运行；请先停止它，或用 --home 另指定目录"
    lock = home.locked("serve", wait=False, refusal=refusal) if home.is_sqlite() else nullcontext()
    try:
        with lock:
            serving.serve(host, port, workers=workers, with_worker=with_worker, on_ready=ready)
    except home.HomeBusy as busy:
        _refuse(str(busy))
    except OSError as error:
        _refuse(f"不能在 {bind} 上启动：{error.strerror or error}")


@click.command(help="启动网页服务和一个后台作业进程。")
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="主机:端口")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="网页进程数")
@click.option("--no-worker", is_flag=True, help="不带后台作业进程（另行用 gongbu worker 运行）")
def serve(bind: str, workers: int, no_worker: bool) -> None:
    _bind(bind)
    setup_django()
    _join()
    _serve(bind, workers, not no_worker)


@click.command(help="建立演示数据（虚构的市县与公开项目样本）并启动。")
@click.option("--no-serve", is_flag=True, help="只建立数据，不启动服务")
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="主机:端口")
def demo(no_serve: bool, bind: str) -> None:
    _bind(bind)
    setup_django()
    from django.conf import settings
    from tqdm import tqdm

    from gongbu.config import home
    from gongbu.config.demo import build

    if home.is_sqlite() and home.is_serving():
        _refuse(f"数据目录 {settings.HOME} 已有一个服务在运行；请先停止它，或用 --home 另指定目录")
    started = time.monotonic()
    with tqdm(total=0, unit="项", desc="演示数据", dynamic_ncols=True, mininterval=0.2, leave=False) as bar:

        def progress(done: int, total: int, text: str = "") -> None:
            """Show how far the building is: ``done`` of ``total`` steps, and what is being made."""
            bar.total = total
            if text:
                bar.set_description_str(text, refresh=False)
            bar.update(done - bar.n)

        build(Path(settings.HOME), progress)
    click.echo(f"演示数据已就绪（{time.monotonic() - started:.1f} 秒）", err=True)
    if not no_serve:
        _serve(bind, 1, True)


@click.command(help="只运行后台作业进程。")
@click.option("--parent", type=int, hidden=True)
def worker(parent: int | None) -> None:
    setup_django()
    _join()
    from gongbu.config.serving import watch_parent
    from gongbu.ground.jobs.worker import JobWorker

    one = JobWorker()
    if parent is not None:
        watch_parent(parent, one.stop)
    one.run()


@click.command(help="执行某一日的例行工作（时限、提醒、状态刷新、账本入树）。")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="法定日，默认今天")
def tick(on: datetime | None) -> None:
    setup_django()
    from gongbu.ground.basics import clock
    from gongbu.ground.jobs import due
    from gongbu.ground.jobs.registry import DAILY, PERIODIC
    from gongbu.ground.ledger.queries import is_demo_edition

    day: date = on.date() if on else clock.today()
    if day > clock.today() and not is_demo_edition():
        # A day done ahead of its time would leave the days up to it without their work.
        _refuse(f"{day} 还没有到，不能先办当日的例行工作；今天是 {clock.today()}。以后的日子只能在演示版中试办", 2)
    due.ensure_rows([*DAILY])
    errors = []
    for name, entry in DAILY.items():
        error = due.run_day(name, day)
        errors += [error] if error else []
        click.echo(f"{day} {entry.label}：{error or '完成'}")
    for periodic in PERIODIC.values():
        error = due.run_now(periodic)
        errors += [error] if error else []
        click.echo(f"{day} {periodic.label}：{error or '完成'}")
    sys.exit(1 if errors else 0)


@click.command(help="检查安装与数据，说明缺什么、怎么补。")
def doctor() -> None:
    setup_django(prepare=False)
    from gongbu.config.doctor import run_checks, table

    results = run_checks()
    click.echo(table(results))
    sys.exit(1 if any(r.state == "坏" for r in results) else 0)


@click.command(help="备份数据库、文件和密钥到一个文件（运行中也可以）。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="覆盖已有的备份文件")
def backup(file: Path, force: bool) -> None:
    setup_django()
    from gongbu.config import backing

    try:
        made = backing.backup(file, force=force)
    except backing.BackupError as error:
        _refuse(str(error))
    click.echo(
        f"已备份到 {file}：{made['files']} 个文件，账本 {made['entries']} 条（账头 {made['head_size']}），"
        f"{file.stat().st_size / 1e6:.1f} MB。文件内含密钥，请按密件保管。"
    )


@click.command(help="从备份恢复；先核对每个文件的摘要，不覆盖已有数据。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="替换已有数据（原数据移入 replaced-… 目录）")
def restore(file: Path, force: bool) -> None:
    setup_django(prepare=False)
    from gongbu.config import backing, home

    try:
        outcome = backing.restore(file, force=force)
    except backing.BackupError as error:
        _refuse(str(error), error.exit_code)
    home.prepare(quiet=True)
    click.echo(f"已恢复 {outcome['made_at']} 的备份：账本 {outcome['entries']} 条，{outcome['files']} 个文件")
    if outcome["kept_in"]:
        click.echo(f"原数据保留在 {outcome['kept_in']}")
    if outcome["lost_entries"] > 0:
        click.echo(
            f"注意：本机账头记录已到第 {outcome['known_size']} 条，备份只到第 {outcome['head_size']} 条，"
            f"其后 {outcome['lost_entries']} 条不在恢复的数据中。"
            "账本停签，直到运行 gongbu ledger acknowledge-restore 确认丢失；在此之前请先找更新的备份，确无时再确认并补录缺失事项。",
            err=True,
        )
