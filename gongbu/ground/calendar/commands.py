"""``gongbu workdays``: counting on the command line, by the notices of the chosen home.

Without a home the shipped notices decide; then neither a database nor Django is loaded.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

import click

from gongbu.ground.calendar.basis import PROVISIONAL, Recorded, list_spans
from gongbu.ground.calendar.official import official_calendar
from gongbu.ground.calendar.rules.workcalendar import OutsideCalendar, WorkCalendar

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


@dataclass(frozen=True, slots=True)
class _Counting:
    """The calendar that a command counts by, and the notices in it that the home recorded."""

    calendar: WorkCalendar
    recorded: Sequence[Recorded] = ()


def _open(region: str | None) -> _Counting:
    """Return the calendar of the chosen home as its notices stand, or the shipped one where there is no home."""
    from gongbu.config.cli import open_home

    if not open_home():
        if region:
            _stop("数据目录中还没有数据，不能按地区推算；请用 --home 指定数据目录，或不写 --region。")
        return _Counting(official_calendar())
    from django.db import DatabaseError

    from gongbu.ground.calendar import queries
    from gongbu.ground.orgs import regions

    try:
        key = None
        if region:
            if (match := regions.find_by_code(region)) is None:
                _stop(f"数据目录的区划表中没有 {region}。")
            key = match.region.key_lo
        return _Counting(queries.get_calendar(key), queries.list_recorded())
    except DatabaseError:
        _stop(
            "数据目录的数据读不出来，可能还没有升级；请先运行 gongbu migrate，或用 --home 指定一个空目录按随附的放假安排推算。"
        )


def _tell_basis(counting: _Counting, first: date, last: date) -> None:
    """Say on standard error on what basis each year counts; one line, and one more where an estimate takes part."""
    spans = list_spans(min(first, last).year, max(first, last).year, counting.calendar, counting.recorded)
    open_years = [span.years for span in spans if span.basis.startswith(PROVISIONAL)]
    if open_years:
        click.echo(
            f"暂定：{'、'.join(open_years)}尚无国务院办公厅放假安排，"
            "按周末和法定节日（含补假）推算，不含调休；安排公布后结果可能改变。",
            err=True,
        )
    click.echo(f"依据：{'；'.join(f'{span.years}，{span.basis}' for span in spans)}。", err=True)


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
    help="工作日推算（随附 2016—2026 年的放假安排与调休，其他年份为暂定）。数据目录（--home）已建立的，按其中登记的通知，"
    "与办理时限和工作日历页面一致；各年的依据写在标准错误输出。"
)
def workdays() -> None:
    pass


def _command(name: str, usage: str, text: str) -> Callable[[Callable[..., None]], click.Command]:
    return workdays.command(  # type: ignore[return-value]
        name, cls=_ChineseErrors, help=text, epilog=usage, context_settings={"ignore_unknown_options": True}
    )


_REGION = click.option("--region", metavar="区划代码", help="按该地区的日历（含地方安排）推算；不写则按全国的。")


@_command("between", "起始日 截止日", "两日之间的工作日数，首尾都计。先后颠倒时给负数。")
@click.argument("first", metavar="起始日")
@click.argument("last", metavar="截止日")
@_REGION
def between(first: str, last: str, region: str | None) -> None:
    start, end = _day(first, "起始日"), _day(last, "截止日")
    if start > end:
        click.echo("起始日晚于截止日，按相反方向计数，结果为负数。", err=True)
    counting = _open(region)
    _tell_basis(counting, start, end)
    click.echo(counting.calendar.workdays_between(start, end))


@_command("add", "日期 工作日数", "某日之后第 N 个工作日，当日不计；N 为负数时向前推算，为 0 时是当日。")
@click.argument("day", metavar="日期")
@click.argument("amount", metavar="工作日数")
@_REGION
def add(day: str, amount: str, region: str | None) -> None:
    start = _day(day, "日期")
    try:
        number = int(amount)
    except ValueError:
        _stop(f"工作日数不是整数：{amount}。")
    counting = _open(region)
    try:
        result = counting.calendar.add_workdays(start, number)
    except OutsideCalendar:
        _stop(f"推算结果超出可表示的日期（公元 1 年至 9999 年）：{day} 加 {amount} 个工作日。")
    _tell_basis(counting, start, result)
    click.echo(result.isoformat())
