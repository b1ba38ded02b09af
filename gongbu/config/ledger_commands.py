"""``gongbu ledger``: the book's own commands, and those that look beyond the book at files and messages too."""

import sys
from dataclasses import asdict
from typing import Any

import click
import orjson

from gongbu.ground.ledger.commands import ledger

__all__ = ["ledger"]


@ledger.command("verify-all", help="核对整本账，连同档案文件的内容、版本记录和外发消息。退出码 0 相符，1 不符")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.pass_context
def verify_all(context: click.Context, as_json: bool) -> None:
    from gongbu.config import drill as drilling
    from gongbu.ground.ledger.commands import worded

    verdict, others = drilling.find_all()
    if as_json:
        click.echo(orjson.dumps({**verdict.as_json(), "others": others}).decode())
    else:
        click.echo("\n".join([worded(verdict), *(others or ["档案文件的内容、版本记录和外发消息相符。"])]))
    context.exit(0 if verdict.ok and not others else 1)


@ledger.command("drill", help="篡改演练：复制数据，每次改动一个比特，看核对能否发现；原数据不动")
@click.option("--rounds", default=35, show_default=True, type=click.IntRange(1, 100_000), help="次数")
@click.option("--seed", default=1, show_default=True, help="随机种子：同一种子、同一份数据，改动相同")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def drill(rounds: int, seed: int, as_json: bool) -> None:
    from gongbu.config import backing
    from gongbu.config import drill as drilling

    def tell(change: dict[str, Any]) -> None:
        if not as_json:
            click.echo(f"{change['target']}  {change['place']} 第 {change['bit']} 位 → {change['found'] or '未发现！'}")

    try:
        changes = drilling.drill(rounds=rounds, seed=seed, on_round=tell)
    except backing.BackupError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    missed = [change for change in changes if not change["found"]]
    if as_json:
        facts = {"rounds": len(changes), "found": len(changes) - len(missed), "missed": missed, "seed": seed}
        click.echo(orjson.dumps(facts).decode())
    else:
        click.echo(f"改动 {len(changes):,} 次，发现 {len(changes) - len(missed):,} 次，未发现 {len(missed):,} 次。")
    sys.exit(1 if missed else 0)


@ledger.command("drill-rounds", hidden=True)
@click.option("--rounds", type=int, required=True)
@click.option("--seed", type=int, required=True)
def drill_rounds(rounds: int, seed: int) -> None:
    """Run on the copy, for ``drill``: one JSON object a line."""
    from gongbu.config import drill as drilling

    for change in drilling.run_rounds(rounds=rounds, seed=seed):
        click.echo(orjson.dumps(asdict(change)).decode())
