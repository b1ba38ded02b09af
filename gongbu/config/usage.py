"""What the program says when it is called wrongly or breaks: one Chinese line on stderr, and a Chinese ``--help``.

click words its errors and its help in English; every command of every room gets its words from here.
Exit codes: 0 done, 1 refused by a rule, 2 unusable input, 70 a fault of the program, 130 stopped by the user.
"""

import errno
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from gongbu.ground.basics import clock

UNUSABLE, BROKEN, STOPPED = 2, 70, 130

_HELP = [
    (re.compile(r"\[default: "), "[默认："),
    (re.compile(r"; required\]|\[required\]"), "[必填]"),
    (re.compile(r"Show this message and exit\."), "显示本说明"),
]
_METAVARS = {"[OPTIONS]": "[选项]", "COMMAND": "命令", "[ARGS]...": "[参数]…"}
_SECTIONS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数"}

# What click's types say of a value → Chinese. Groups are put in as {0}, {1} …
_VALUES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"^'(.*)' does not match the formats? .*$", re.S), "“{0}”不是有效日期，请写成 2026-03-01"),
    (re.compile(r"^'(.*)' is not one of (.*)\.$", re.S), "没有“{0}”，可选：{1}"),
    (re.compile(r"^'(.*)' is not a valid (?:integer|integer range|float|float range)\.$", re.S), "“{0}”不是数"),
    (re.compile(r"^(\S+) is not in the range (.*)\.$"), "{0} 超出范围（{1}）"),
    (re.compile(r"^'(.*)': (.*)$", re.S), "打不开“{0}”"),
    (re.compile(r"^.*'(.*)' does not exist\.$", re.S), "没有“{0}”"),
    (re.compile(r"^.*'(.*)' is a directory\.$", re.S), "“{0}”是目录，不是文件"),
    (re.compile(r"^.*'(.*)' is a file\.$", re.S), "“{0}”是文件，不是目录"),
    (re.compile(r"^.*'(.*)' is not (?:read|writ)able\.$", re.S), "“{0}”没有读写权限"),
]
_USES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"^Missing command\.$"), "缺少命令"),
    (re.compile(r"^Got unexpected extra arguments? \((.*)\)$", re.S), "多出参数：{0}"),
    (re.compile(r"^Option '(.*)' requires an argument\.$"), "选项 {0} 后面缺少值"),
    (re.compile(r"^Option '(.*)' does not take a value\.$"), "选项 {0} 不带值"),
    (re.compile(r"^Option '(.*)' requires \d+ arguments\.$"), "选项 {0} 后面缺少值"),
    (re.compile(r"^Argument '(.*)' takes \d+ values\.$"), "参数 {0} 的个数不对"),
]


class ChineseHelp(click.HelpFormatter):
    """click's help with Chinese headings and remarks."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for english, chinese in _METAVARS.items():
            args = args.replace(english, chinese)
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_SECTIONS.get(heading, heading)}：\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_typed(term), _helped(text)) for term, text in rows], col_max, col_spacing)


def _typed(term: str) -> str:
    words = {" TEXT": " 文字", " INTEGER RANGE": " 数", " INTEGER": " 数", " PATH": " 路径", " [%Y-%m-%d]": " 日期"}
    for english, chinese in words.items():
        term = term.replace(english, chinese)
    return term


def _helped(text: str) -> str:
    for pattern, chinese in _HELP:
        text = pattern.sub(chinese, text)
    return text


def _translated(message: str, table: list[tuple[re.Pattern[str], str]]) -> str | None:
    for pattern, chinese in table:
        if found := pattern.match(message):
            return chinese.format(*(group.replace("'", "") for group in found.groups()))
    return None


def worded(error: click.ClickException) -> str:
    """Return what is wrong in one Chinese line; a command misused gets the way to its help."""
    if not isinstance(error, click.UsageError):
        text = f"打不开文件：{error.ui_filename}" if isinstance(error, click.FileError) else error.message
        return _one_line(text)
    ctx = error.ctx
    path = ctx.command_path if ctx is not None else "gongbu"
    return f"{_one_line(_misuse(error)).rstrip('。')}。用 {path} --help 查看用法。"


def _misuse(error: click.UsageError) -> str:
    if isinstance(error, click.MissingParameter):
        return _missing(error)
    if isinstance(error, click.BadParameter):
        said = _translated(error.message, _VALUES) or error.message
        name = _name(error.param)
        return f"{name}：{said}" if name else said
    if isinstance(error, click.NoSuchOption):
        close = f"；是不是 {'、'.join(error.possibilities)}" if error.possibilities else ""
        return f"没有选项 {error.option_name}{close}"
    unknown = re.match(r"^No such command '(.*?)'\.", error.message, re.S)
    if unknown:
        group = error.ctx.command if error.ctx is not None else None
        names = group.list_commands(error.ctx) if isinstance(group, click.Group) and error.ctx is not None else []
        return f"没有命令“{unknown[1]}”" + (f"，可用：{'、'.join(names)}" if names else "")
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return "缺少命令"
    return _translated(error.message, _USES) or error.message


def _missing(error: click.MissingParameter) -> str:
    kind = "选项" if isinstance(error.param, click.Option) else "参数"
    help_text = error.param.help if isinstance(error.param, click.Option) else None
    return f"缺少{kind} {_name(error.param)}" + (f"（{help_text}）" if help_text else "")


def _name(param: click.Parameter | None) -> str:
    if param is None:
        return ""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return (param.metavar or param.human_readable_name).strip("[]")


def _one_line(text: str) -> str:
    return " ".join(text.split())


_HOME_REASONS = {
    errno.ENOENT: "不能在那里建立目录", errno.ENOTDIR: "它或它的上级不是目录", errno.EEXIST: "它不是目录",
    errno.EACCES: "没有写的权限", errno.EPERM: "没有写的权限", errno.EROFS: "那里只读", errno.ENAMETOOLONG: "名称太长",
}  # fmt: skip


def run(call: Callable[..., Any], argv: list[str] | None, **extra: Any) -> None:
    """Run a click command and leave with its exit code; nothing but one line is said of what went wrong."""
    try:
        code = call(argv, standalone_mode=False, **extra)
    except click.exceptions.NoArgsIsHelpError as error:
        if error.ctx is not None and error.ctx.parent is None:  # plain ``gongbu``: show what there is
            click.echo(error.ctx.get_help())
            sys.exit(0)
        _leave(worded(error), UNUSABLE)
    except click.ClickException as error:
        _leave(worded(error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _leave("已中止。", STOPPED)
    except SystemExit as leaving:
        if isinstance(leaving.code, str):
            _leave(_one_line(leaving.code), UNUSABLE)
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            os._exit(1)  # the reader of our output has gone: nothing left to tell it
        if os.environ.get("GONGBU_TRACEBACK") == "1":
            raise
        if said := _unusable_home(error):
            _leave(said, UNUSABLE)
        _leave(_broken(error), BROKEN)
    sys.exit(code if isinstance(code, int) else 0)


def _leave(text: str, code: int) -> None:
    click.echo(text, err=True)
    sys.exit(code)


def _unusable_home(error: Exception) -> str:
    """Return what to say of a home that cannot be made or written (a file in the way, no right); else nothing."""
    home = os.environ.get("GONGBU_HOME")
    reason = _HOME_REASONS.get(error.errno or 0) if isinstance(error, OSError) else None
    if home is None or reason is None or not str(error.filename or "").startswith(home):  # type: ignore[attr-defined]
        return ""
    if os.path.isdir(home) and os.access(home, os.W_OK):
        return ""  # the home is fine, something in it is not
    return f"数据目录 {home} 不能使用：{reason}。请用 --home 指定一个可写的目录。"


def _broken(error: Exception) -> str:
    """Put the traceback into ``<home>/run/error.log`` and return the line that says so."""
    said = _one_line(f"{type(error).__name__} {error}")[:200]
    log = Path(os.environ.get("GONGBU_HOME", "var")) / "run" / "error.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as out:
            out.write(f"{clock.now().isoformat(timespec='seconds')} {' '.join(sys.argv[1:3])}\n")
            traceback.print_exception(error, file=out)
    except OSError:
        return f"程序出错：{said}；日志写不进 {log}，设 GONGBU_TRACEBACK=1 再运行可见详情。"
    return f"程序出错：{said}；详情见日志 {log}。"
