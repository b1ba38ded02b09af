"""``gongbu bench``: measure one path against a peer or a floor in the same run. Figures, not pass or fail.

A bench is a function ``(size: int) -> dict`` of a room's ``bench.py`` that returns ``value`` and ``floor`` (same unit),
``unit`` and ``floor_name``; it makes its own data and leaves nothing behind in the home.
"""

import json
import platform
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from gongbu.config.cli import setup_django

# name → (module:function, default size, what is measured)
BENCHES: dict[str, tuple[str, int, str]] = {
    "list": ("gongbu.mainline.projects.bench:list_page", 100_000, "台账列表页：两个筛选、排序、计数"),
    "search": ("gongbu.mainline.projects.bench:search", 100_000, "台账两字检索"),
    "page": ("gongbu.mainline.projects.bench:project_page", 100_000, "项目页"),
    "act": ("gongbu.mainline.projects.bench:act", 100_000, "一次办理，含账本"),
    "export": ("gongbu.mainline.projects.bench:export", 100_000, "导出十分之一的行"),
    "memory": ("gongbu.mainline.projects.bench:memory", 100_000, "一个网页进程的内存峰值"),
    "cockpit": ("gongbu.mainline.projects.bench:cockpit", 100_000, "总览汇总"),
    "reserve": ("gongbu.mainline.reserve.bench:reserve", 100_000, "储备看板、列表、钻取、清单检查"),
    "lists": ("gongbu.mainline.lists.bench:drafting", 10_000, "拟五个清单，别人等写锁多久"),
    "classify": ("gongbu.ground.policy.bench:classify", 100_000, "按制度包分类"),
    "sandbox": ("gongbu.ground.policy.sandbox.bench:run", 100_000, "制度试算：今天的项目与历次判定"),
    "match": ("gongbu.mainline.likeness.bench:match", 100_000, "一个新项目与全部项目查重"),
    "reports": ("gongbu.mainline.likeness.bench_reports:reports", 3_000, "一份材料与全部材料比对雷同"),
    "import": ("gongbu.ground.registers.importing.bench:run", 10_000, "导入工作簿，全部检查"),
    "ledger": ("gongbu.ground.ledger.bench:run", 100_000, "账本写入与核对"),
    "scoring": ("gongbu.mainline.selection.bench:scoring", 500, "遴选定结果：九人评分，开封、排名、稳定度、保存"),
    "papers": ("gongbu.ground.papers.bench:run", 300, "排印一页文书（PDF）"),
}


def find(name: str) -> Callable[[int], dict[str, Any]] | None:
    """Return the bench function, or None when its room has not brought it."""
    module, attribute = BENCHES[name][0].split(":")
    try:
        found: Callable[[int], dict[str, Any]] = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return None
    return found


@click.command(help="测量一条路径，并与同一次运行中的底线比较：" + "、".join(BENCHES))
@click.argument("name", metavar="名称", type=click.Choice(list(BENCHES)))
@click.option("--size", type=click.IntRange(min=1), help="规模（行数、条数）")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def bench(name: str, size: int | None, as_json: bool) -> None:
    setup_django()
    function = find(name)
    if function is None:
        click.echo(f"尚无 {name} 的测量程序", err=True)
        sys.exit(2)
    chosen = size or BENCHES[name][1]
    started = time.monotonic()
    result = {"name": name, "size": chosen, **function(chosen)}
    if result.get("floor"):
        result["ratio"] = round(result["value"] / result["floor"], 3)
    result["seconds"] = round(time.monotonic() - started, 2)
    result["machine"] = f"{platform.machine()} {platform.system()} Python {platform.python_version()}"
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    unit = result.get("unit", "")
    click.echo(f"{BENCHES[name][2]}（规模 {chosen:,}）：{result['value']:,} {unit}")
    if "ratio" in result:
        click.echo(f"底线（{result.get('floor_name', '')}）：{result['floor']:,} {unit}；倍数 {result['ratio']}")
