"""``gongbu workdays``: counting on the command line, from the shipped notices alone (no database, no Django)."""

import re
from collections.abc import Callable
from datetime import date
from typing import NoReturn

import click

from gongbu.ground.calendar.official import official_calendar
from gongbu.ground.calendar.rules.workcalendar import OutsideCalendar

UNUSABLE = 2


def _stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(UNUSABLE)


def _day(text: str, what: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        _stop(f"{what}不是有效日期：{text}。请写成 年-月-日，例如 2026-03-01。")


def _warn_if_provisional(first: date, last: date) -> None:
    calendar = official_calendar()
    first, last = min(first, last), max(first, last)
    if not calendar.is_provisional(first, last):
        return
    years = sorted(calendar.official_years)
    click.echo(
        f"暂定：{years[0]}—{years[-1]} 年以外尚无国务院办公厅放假安排，"
        "按周末和法定节日（含补假）推算，不含调休；安排公布后结果可能改变。",
        err=True,
    )


class _ChineseErrors(click.Command):
    """A command whose usage errors are one Chinese line and exit code 2."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)  # type: ignore[arg-type]
        except click.UsageError:
            _stop(f"用法：gongbu workdays {info_name} {self.epilog}")


@click.group(
    help="工作日推算（法定节假日与调休 2016—2026，其他年份为暂定）。只按随附的放假安排，不看数据目录中补录的通知；"
    "补录后的结果见办理时限和工作日历页面。"
)
def workdays() -> None:
    pass


def _command(name: str, usage: str, text: str) -> Callable[[Callable[..., None]], click.Command]:
    return workdays.command(  # type: ignore[return-value]
        name, cls=_ChineseErrors, help=text, epilog=usage, context_settings={"ignore_unknown_options": True}
    )


@_command("between", "起始日 截止日", "两日之间的工作日数，首尾都计。先后颠倒时给负数。")
@click.argument("first", metavar="起始日")
@click.argument("last", metavar="截止日")
def between(first: str, last: str) -> None:
    start, end = _day(first, "起始日"), _day(last, "截止日")
    if start > end:
        click.echo("起始日晚于截止日，按相反方向计数，结果为负数。", err=True)
    _warn_if_provisional(start, end)
    click.echo(official_calendar().workdays_between(start, end))


@_command("add", "日期 工作日数", "某日之后第 N 个工作日，当日不计；N 为负数时向前推算，为 0 时是当日。")
@click.argument("day", metavar="日期")
@click.argument("amount", metavar="工作日数")
def add(day: str, amount: str) -> None:
    start = _day(day, "日期")
    try:
        number = int(amount)
    except ValueError:
        _stop(f"工作日数不是整数：{amount}。")
    try:
        result = official_calendar().add_workdays(start, number)
    except OutsideCalendar:
        _stop(f"推算结果超出可表示的日期（公元 1 年至 9999 年）：{day} 加 {amount} 个工作日。")
    _warn_if_provisional(start, result)
    click.echo(result.isoformat())
