"""``gongbu code check``: test a project code on the command line. Needs no database and loads no Django."""

import json
import sys
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


@code.command("check", help="校验一个项目代码；退出码 0 有效，1 无效。")
@click.argument("text", metavar="代码")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def check(text: str, as_json: bool) -> None:
    """Print what the code says and what is wrong with it."""
    now = clock.now()
    reading = read_project_code(text, region_name, today_yymm=now.year % 100 * 100 + now.month)
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
