"""``gongbu code check``: test a project code on the command line, by the regions of the chosen home as well.

Without a home the published editions decide; then neither a database nor Django is loaded.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from gongbu.ground.basics import clock, messages
from gongbu.mainline.projects.messages import MESSAGES
from gongbu.mainline.projects.region_names import region_name
from gongbu.mainline.projects.rules.code import ProjectCodeReading, read_project_code

PART_LABELS = {
    "time": "赋码时间", "year": "赋码年份", "region": "区划", "region_name": "区划名称",
    "department": "中央业务指导部门",
    "department_name": "部门名称", "industry": "行业", "industry_edition": "行业版本", "type": "项目类型",
    "type_name": "类型名称", "serial": "流水号", "check": "校验码",
}  # fmt: skip
FORM_LABELS = {"2020": "2020 版（带校验码）", "2016": "2016 版（无校验码）"}


@click.group(help="项目代码校验")
def code() -> None:
    """Commands about 项目代码."""


@code.command(
    "check", help="校验一个项目代码；退出码 0 有效，1 无效。数据目录（--home）已建立的，区划段也按其中的区划判断。"
)
@click.argument("text", metavar="代码")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def check(text: str, as_json: bool) -> None:
    """Print what the code says and what is wrong with it."""
    now = clock.now()
    reading = read_project_code(text, _region_names(), today_yymm=now.year % 100 * 100 + now.month)
    if as_json:
        click.echo(json.dumps(as_answer(reading), ensure_ascii=False))
    else:
        click.echo(f"{'有效' if reading.is_valid else '无效'}  {reading.code or reading.raw}")
        if reading.form:
            click.echo(f"  版本：{FORM_LABELS[reading.form]}")
        for key, value in reading.parts.items():
            if value is not None:
                click.echo(f"  {PART_LABELS[key]}：{value}")
        for finding in as_answer(reading)["findings"]:
            click.echo(f"  · {finding['message']}")
    sys.exit(0 if reading.is_valid else 1)


def _region_names() -> Callable[[str], str | None]:
    """Return what names a region segment: the published editions, then the regions of the home when it has data."""
    from gongbu.config.cli import open_home

    if not open_home():
        return region_name
    from django.db import DatabaseError

    from gongbu.mainline.projects.code_region import name_segment

    def name(segment: str) -> str | None:
        try:
            return name_segment(segment)
        except DatabaseError:
            click.echo(
                "数据目录的区划读不出来，可能还没有升级（gongbu migrate）；区划段只按公布的区划代码表判断。", err=True
            )
            return None

    return name


def as_answer(reading: ProjectCodeReading) -> dict[str, Any]:
    """Return the JSON answer: valid, canonical code, form, parts, worded findings."""
    messages.register(MESSAGES)
    return {
        "valid": reading.is_valid,
        "code": reading.code,
        "form": reading.form,
        "parts": dict(reading.parts),
        "findings": [
            {"code": f.code, "severity": f.severity.value, "message": messages.word(f)} for f in reading.findings
        ],
    }
