"""``gongbu ledger …``: verify the book offline, say where it is stored, bring the tree up to date."""

import sys
from pathlib import Path
from typing import Any

import click
import orjson

from gongbu.config.cli import setup_django


def _print_json(value: Any) -> None:
    click.echo(orjson.dumps(value).decode())


@click.group(help="账本校验与结构")
@click.pass_context
def ledger(context: click.Context) -> None:
    """Open the book as it is. Where there is none, verification says so: a mistyped home must not pass for a whole book."""
    setup_django(prepare=False)
    from django.conf import settings
    from django.db import connection

    name = Path(connection.settings_dict["NAME"])
    is_missing = connection.vendor == "sqlite" and name.is_absolute() and not name.exists()  # looking would create it
    has_book = not is_missing and "ledger_entry" in connection.introspection.table_names()
    if not has_book and context.invoked_subcommand == "verify":
        click.echo(
            f"数据目录 {settings.HOME} 里没有账本，没有核对；请检查 --home（新的数据目录先运行 gongbu migrate）",
            err=True,
        )
        sys.exit(2)
    if not has_book:
        setup_django()


@ledger.command(help="离线重算整本账：内容、各栏、树、签名树头；指出第一条不符的记录。退出码 0 相符，1 不符")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def verify(as_json: bool) -> None:
    from gongbu.ground.ledger import verify as checking

    show = not as_json and sys.stderr.isatty()
    verdict = checking.verify(
        on_progress=lambda seen: click.echo(f"\r已核对 {seen:,} 条", nl=False, err=True) if show else None
    )
    if as_json:
        _print_json(verdict.as_json())
    else:
        click.echo(worded(verdict))
    sys.exit(0 if verdict.ok else 1)


def worded(verdict: Any) -> str:
    """Return a verdict as people read it: a line for the outcome, one per remark."""
    lines = []
    if verdict.ok:
        lines.append(
            f"账本相符：共 {verdict.entries:,} 条记录，待入树 {verdict.pending:,} 条，签名树头 {verdict.heads:,} 个。"
        )
    else:
        bad = verdict.first_bad
        where = "，".join(
            text
            for text in (
                f"第 {bad.entry} 号记录" if bad.entry is not None else "",
                f"树中第 {bad.index + 1} 位" if bad.index is not None else "",
            )
            if text
        )
        lines.append(f"账本不符：{where}：{bad.what}。" if where else f"账本不符：{bad.what}。")
        lines.append("请停止写入，保留现场，由安全审计员核查。")
    return "\n".join([*lines, *verdict.notes])


@ledger.command(help="说明规范记录存放的表和列、摘要规则、数据库位置")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def schema(as_json: bool) -> None:
    from gongbu.ground.ledger import schema as naming

    facts = naming.describe()
    if as_json:
        _print_json(facts)
    else:
        for key, value in facts.items():
            click.echo(f"{key}: {value}")


@ledger.command(help="立即把待入树的记录排序入树并签名树头（平时由后台任务每 15 秒执行）")
def sequence() -> None:
    from gongbu.ground.ledger import held, sequencer

    done = sequencer.run()
    if done.held is not None:
        click.echo(f"{done.held.said}；{held.TODO}。", err=True)
        sys.exit(1)
    click.echo(f"入树 {done.placed:,} 条，树大小 {done.size:,}。")


@ledger.command(help="列出签名树头，供打印或交第三方保存")
@click.option("--last", default=20, show_default=True, help="最近几个")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def heads(last: int, as_json: bool) -> None:
    from gongbu.ground.ledger import queries

    rows = queries.list_heads(limit=last)
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['size']:>10,}  {row['algorithm']} {row['root']}  {row['signed_at']}  {row['key_id']}")


@ledger.command(
    "acknowledge-restore", help="从较早的备份恢复后，确认其后的记录已丢失，记入账本，换用新的签名密钥（旧私钥销毁）"
)
@click.option("--reason", required=True, help="原因，例如“磁盘损坏，恢复 11 月 3 日备份”")
@click.option("--by", "name", required=True, help="确认人姓名")
def acknowledge_restore(reason: str, name: str) -> None:
    from gongbu.ground.basics.findings import Refusal
    from gongbu.ground.basics.messages import word
    from gongbu.ground.ledger import restored

    try:
        loss = restored.acknowledge_restore(reason=reason, name=name)
    except Refusal as refusal:
        click.echo(word(refusal), err=True)
        sys.exit(1)
    click.echo(
        f"已确认：第 {loss.kept + 1:,}–{loss.known:,} 条记录丢失，此事已记入账本，账本树头页面公开写明。\n"
        f"此后的树头改由新的密钥 {loss.new_key} 签名：请公布它的指纹，复制 keys/ 到其他服务器，并立即重新备份。"
    )
