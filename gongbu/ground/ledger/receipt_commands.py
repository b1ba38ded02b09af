"""``gongbu receipt verify``: check a receipt file anywhere, without a home and without the platform."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import orjson

LARGEST = 1_000_000  # bytes; a receipt has some thousands


@click.group(help="离线核验回执凭证")
def receipt() -> None:
    """No home is opened."""


@receipt.command(help="核验回执凭证文件；可带另外保存的树头或一致性证明。退出码 0 没有发现不符，1 不符，2 文件不能读")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--head", "heads", multiple=True, type=click.Path(path_type=Path), help="另外保存的树头或一致性证明（JSON），可多次"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def verify(file: Path, heads: tuple[Path, ...], as_json: bool) -> None:
    from gongbu.ground.ledger import offline

    try:
        report = offline.check(_read(file), [_read(head) for head in heads])
    except offline.Unreadable as error:
        click.echo(f"不能核验：{error}", err=True)
        sys.exit(2)
    if as_json:
        found = {"holds": report.holds, "proven": report.proven, "wrong": report.wrong, "open": report.open}
        click.echo(orjson.dumps(found).decode())
    else:
        for title, lines in (("已证明", report.proven), ("不符", report.wrong), ("未能证明", report.open)):
            for line in lines:
                click.echo(f"{title}：{line}")
    sys.exit(0 if report.holds else 1)


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
