"""The program ``gongbu``: options that choose a home, then one command of one room, loaded only when called."""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gongbu.config import usage
from gongbu.ground.basics import reach

# command → (module:attribute, short help). A room's commands.py is imported only for its own command.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("gongbu.config.commands:demo", "建立演示数据并启动"),
    "serve": ("gongbu.config.commands:serve", "启动网页服务（含一个后台任务进程）"),
    "worker": ("gongbu.config.commands:worker", "只运行后台任务进程"),
    "tick": ("gongbu.config.commands:tick", "执行某一日的例行工作"),
    "doctor": ("gongbu.config.commands:doctor", "检查安装与数据，说明缺什么"),
    "backup": ("gongbu.config.commands:backup", "备份到一个文件"),
    "restore": ("gongbu.config.commands:restore", "从备份文件恢复"),
    "migrate": ("gongbu.config.commands:migrate", "建立或升级数据库，装载区划、日历和制度包"),
    "import": ("gongbu.ground.registers.importing.commands:import_file", "导入台账文件"),
    "code": ("gongbu.mainline.projects.commands:code", "项目代码校验"),
    "classify": ("gongbu.ground.policy.commands:classify", "按制度包分类"),
    "fields": ("gongbu.ground.registers.commands:fields", "列出字段目录"),
    "workdays": ("gongbu.ground.calendar.commands:workdays", "工作日推算"),
    "pack": ("gongbu.ground.policy.commands:pack", "制度包检查与比较"),
    "draw": ("gongbu.ground.experts.commands:draw", "专家抽取记录核对"),
    "account": ("gongbu.ground.orgs.commands:account", "设立三员、开通账号"),
    "receipt": ("gongbu.ground.ledger.receipt_commands:receipt", "离线核验回执凭证"),
    "ledger": ("gongbu.config.ledger_commands:ledger", "账本校验、结构与篡改演练"),
    "match": ("gongbu.mainline.likeness.commands:match", "比对两份项目清单"),
    "likeness": ("gongbu.mainline.likeness.commands:likeness", "查重规则测量、索引重建"),
    "bench": ("gongbu.config.bench:bench", "测量并与底线比较"),
}


click.Context.formatter_class = usage.ChineseHelp  # every room's commands: Chinese headings, no English remark


class Rooms(click.Group):
    """A group whose commands live in the rooms; importing one room's commands does not import the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> Any:  # type: ignore[override]
        """Run; what goes wrong is said in one Chinese line (see :mod:`gongbu.config.usage`)."""
        extra.pop("standalone_mode", None)
        usage.run(super().main, list(args) if args is not None else None, prog_name="gongbu", **extra)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Rooms, help="工部 Gongbu：县市政府投资工程项目全生命周期平台。")
@click.option("--home", default="./var", show_default=True, type=click.Path(path_type=Path), help="数据所在目录")
def cli(home: Path) -> None:
    os.environ["GONGBU_HOME"] = str(home.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    os.environ.setdefault("PGAPPNAME", "gongbu")  # how PostgreSQL names our connections: see config.machines
    sys.path[:0] = [p for p in [str(Path.cwd())] if p not in sys.path]


def setup_django(*, prepare: bool = True) -> None:
    """Load the rooms and make the chosen home ready: a fresh one gets its tables and reference data, told in one line.

    Commands that need no database never call this; ``prepare=False`` leaves the home as it is.
    """
    import django

    django.setup()
    reach.widen_process("the operator's command")  # web processes of ``serve`` start afresh and are not widened
    if prepare:
        from gongbu.config import home

        home.prepare()


def open_home() -> bool:
    """Load the rooms for a command that also answers without data; return whether the chosen home holds any.

    Where there is none nothing is made and Django is not loaded. What is there is read as it stands, never migrated.
    """
    chosen = os.environ.get("GONGBU_HOME")
    if not chosen:
        return False
    on_server = bool(os.environ.get("DATABASE_URL")) and (Path(chosen) / "run" / "prepared").exists()
    if not on_server and not (Path(chosen) / "gongbu.sqlite3").exists():
        return False
    setup_django(prepare=False)
    return True


def main(argv: Sequence[str] | None = None) -> None:
    """Run the program; exit codes are 0 done, 1 refused by a rule, 2 unusable input, 70 a fault."""
    cli.main(args=list(argv) if argv is not None else None, prog_name="gongbu")
