"""``gongbu receipt verify``: check a receipt file anywhere, without a home and without the platform."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import orjson

LARGEST = 1_000_000  # bytes; a receipt has some thousands
EXIT_CODES = {"holds": 0, "wrong": 1, "key_unchecked": 3, "incomplete": 4}  # 2: a file cannot be read


@click.group(help="离线核验回执凭证")
def receipt() -> None:
    """No home is opened."""


HELP = """核验回执凭证文件

凭证自带的树头和公钥谁都能仿造，所以要用 --head 带上另外取得的树头（平台“账本树头”页面、盖章的打印件、报纸公告、第三方保存的），
或者用 --key 写明平台公布的公钥指纹，才会核验通过。

\b
退出码（--json 中的 verdict）：
  0  holds          核验通过；只有这时 holds 为 true
  1  wrong          发现不符
  2                 文件或公钥不能读
  3  key_unchecked  内部一致，但签名密钥未与可信来源核对
  4  incomplete     没有核验完全：字段没有绑定、还没有入树、签名不能核对、缺一致性证明
"""


@receipt.command(help=HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--head", "heads", multiple=True, type=click.Path(path_type=Path), help="另外取得的树头或一致性证明（JSON），可多次"
)
@click.option("--key", default="", help="可信的公钥指纹（ed25519:16 位十六进制）或 64 位十六进制公钥")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def verify(file: Path, heads: tuple[Path, ...], key: str, as_json: bool) -> None:
    from gongbu.ground.ledger import offline
    from gongbu.ground.ledger.offline_reading import words

    try:
        report = offline.check(_read(file), [_read(head) for head in heads], key)
    except offline.Unreadable as error:
        click.echo(f"不能核验：{error}", err=True)
        sys.exit(2)
    verdict = report.verdict
    said, todo = words("verdict", verdict), words("next", verdict)
    if as_json:
        found = {
            "verdict": verdict, "holds": report.holds, "said": said, "next": todo,
            "proven": report.proven, "wrong": report.wrong, "open": report.open,
        }  # fmt: skip
        click.echo(orjson.dumps(found).decode())
    else:
        click.echo(f"结论：{said}")
        for title, lines in (("已证明", report.proven), ("不符", report.wrong), ("未能证明", report.open)):
            for line in lines:
                click.echo(f"{title}：{line}")
        click.echo(f"下一步：{todo}" if not report.holds else todo)
    sys.exit(EXIT_CODES[verdict])


def _read(file: Path) -> Mapping[str, Any]:
    """Read a JSON object.

    :raises Unreadable: missing, too large, or no JSON object
    """
    from gongbu.ground.ledger.offline_reading import Unreadable, unreadable

    try:
        if file.stat().st_size > LARGEST:
            raise unreadable("too_large", name=file)
        found = orjson.loads(file.read_bytes())
    except OSError as error:
        raise Unreadable(f"读不出 {file}（{error.strerror}）") from error
    except orjson.JSONDecodeError as error:
        raise unreadable("not_json", name=file) from error
    if not isinstance(found, Mapping):
        raise unreadable("not_object", name=file)
    return found
