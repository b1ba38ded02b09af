"""Commands of experts: compute a draw again from its file, without a database and without trusting this installation."""

import json
import sys
from pathlib import Path

import click

WRONG, UNREADABLE = 1, 2


@click.group(help="专家抽取记录的核对")
def draw() -> None:
    """Group of commands."""


@draw.command(help="按抽取记录文件重算一遍：种子是否与事先封存的摘要相符，抽中的人是否由它决定。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def verify(file: Path, as_json: bool) -> None:
    """Compute a draw again; exit 0 when everything agrees, 1 when not, 2 when the file cannot be read."""
    from gongbu.config.cli import setup_django

    setup_django(prepare=False)
    from gongbu.ground.experts import verifying

    try:
        data = json.loads(file.read_text("utf-8"))
        verdict = verifying.verify(data)
    except (ValueError, AttributeError) as fault:
        click.echo(f"读不出抽取记录：{fault}", err=True)
        sys.exit(UNREADABLE)
    if as_json:
        expected = [
            {"number": p.number, "specialty": p.specialty, "role": p.role, "rank": p.rank} for p in verdict.expected
        ]
        answer = {"bound": verdict.is_bound, "same": verdict.is_same, "right": verdict.is_right, "expected": expected}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        click.echo(f"种子与事先封存的摘要{'相符' if verdict.is_bound else '不符'}")
        click.echo(f"重算结果与记录{'一致' if verdict.is_same else '不一致'}")
    sys.exit(0 if verdict.is_right else WRONG)
