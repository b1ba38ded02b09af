"""``gongbu pack sandbox`` and ``gongbu pack export``."""

import json
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import click


def _stop(text: str, code: int = 2) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(code)


@click.command(
    "sandbox",
    help="制度沙盘：用改过的制度包目录，对历次判定留存的事实和今天的项目试算一遍，列出谁会变、怎么变、涉及多少钱。只读，不改任何数据。",
)
@click.option("--pack", "folder", required=True, type=click.Path(path_type=Path), help="制度包目录（内有 pack.yaml）")
@click.option(
    "--on", "on_text", default=None, help="假定在哪一天判定，例如 2026-03-01（默认今天；改动日后才施行的，为其施行日）"
)
@click.option("--region", "region_code", default=None, help="假定由哪个区划采用（区划代码）；不写则已采用此包的各地")
@click.option("--rows", "limit", type=click.IntRange(0), default=None, help="最多列出多少行（默认全部；数目总是全的）")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def sandbox(folder: Path, on_text: str | None, region_code: str | None, limit: int | None, as_json: bool) -> None:
    """Replay a folder; exit 0 when it could be replayed, 1 when the pack has faults, 2 when unusable."""
    if not (folder / "pack.yaml").is_file():
        _stop(f"没有这个制度包目录：{folder}（其中应有 pack.yaml）。")
    on = _day(on_text)
    from gongbu.config.cli import setup_django

    setup_django(prepare=False)
    from gongbu.config import home

    home.prepare(quiet=not sys.stderr.isatty())
    from gongbu.ground.basics.findings import Refusal

    try:
        answer = _replay(folder, on, region_code, limit)
    except Refusal as refusal:
        answer = _refused(refusal)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _print(answer)
    sys.exit(0 if answer["ok"] else 1)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        _stop(f"“{text}”不是日期，请写成 2026-03-01。")


def _refused(refusal: Any) -> dict[str, Any]:
    """Return a refusal as the answer of a pack with one fault, in the words of the page."""
    from gongbu.ground.basics import messages

    found, _, mend = messages.word(refusal).removesuffix("。").partition("。")
    fault = {"file": str(refusal.data.get("name", "")), "line": 1, "key": "", "found": found, "mend": mend}
    return {"ok": False, "faults": [fault], "cases": [], "notes": []}


def _replay(folder: Path, on: date | None, region_code: str | None, limit: int | None) -> dict[str, Any]:
    from gongbu.ground.orgs.queries import console_actor
    from gongbu.ground.policy.sandbox import editions, replaying, reporting

    begun = time.perf_counter()
    checked = editions.check(editions.read_folder(folder))
    if checked.trial is None or checked.faults:
        return {"ok": False, "faults": [fault.as_dict() for fault in checked.faults], "cases": [], "notes": []}
    region = None
    if region_code is not None:
        from gongbu.ground.orgs.regions import find_by_key

        digits = region_code.ljust(12, "0")
        region = find_by_key(int(digits)) if digits.isdecimal() and len(digits) == 12 else None
        if region is None or region.key_lo != int(digits):
            _stop(f"没有区划代码 {region_code}。请写六位、九位或十二位代码，例如 620821。")
    day = on or editions.natural_day(checked.trial, checked.base)

    def tell(done: int, total: int, label: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{label} {done:,} / {total:,}", nl=False, err=True)

    found = replaying.replay(checked.trial, checked.base, actor=console_actor(), on=day, region=region, progress=tell)
    listed = found.rows if limit is None else found.rows[:limit]
    regions = replaying.region_names(replaying.region_keys(found))
    names = replaying.names_of(listed)
    return {
        "ok": True,
        "faults": [],
        "cases": [fault.as_dict() for fault in checked.cases],
        "notes": [fault.as_dict() for fault in checked.notes],
        **reporting.head(checked.trial, checked.base),
        "region": {"id": region.pk, "name": region.name} if region else None,
        **reporting.summary(found, regions),
        "rows_total": len(found.rows),
        "rows": [reporting.row_json(found, row, names, regions) for row in listed],
        "seconds": round(time.perf_counter() - begun, 2),
    }


def _print(answer: dict[str, Any]) -> None:
    for fault in answer["faults"]:
        click.echo(
            f"错误 {fault['file']} 第 {fault['line']} 行 {fault['key']}：{fault['found']}。改法：{fault['mend']}"
        )
    if not answer["ok"]:
        click.echo(f"不能试算：{len(answer['faults'])} 处错误。")
        return
    if answer["cases"]:
        click.echo(f"提示：{len(answer['cases'])} 个样例的结论与原来不同，采用前须随规则改好。")
    click.echo(f"{answer['pack']['label']} {_versions(answer)}，假定于 {answer['on']} 判定。")
    if answer["is_supposed"]:
        click.echo("还没有地区采用此包，按各地都采用来比较新旧两版。")
    for parameter in answer["parameters"]:
        _print_parameter(parameter)
    for source in answer["sources"]:
        if not source["is_asked"]:
            click.echo(f"{source['label']}：没有重判，决策表没有改动。")
            continue
        click.echo(
            f"{source['label']}：{source['total']:,} 项，变 {source['changed']:,} 项，不变 {source['unchanged']:,} 项，"
            f"涉及 {_yuan(source)} 元。"
        )
        for table in source["tables"]:
            for move in table["moves"]:
                click.echo(
                    f"  {table['label']}：{move['from_label']} → {move['to_label']} {move['count']:,} 项，{_yuan(move)} 元"
                )
        for line in source["by_region"][:20]:
            click.echo(f"  {line['region']}：{line['count']:,} 项，{_yuan(line)} 元")
    labels = {source["source"]: source["label"] for source in answer["sources"]}
    for row in answer["rows"][:50]:
        money = f"{_yuan(row)} 元" if row["money_yuan"] else "未报"
        moved = f"{row['table_label']}\t{row['from_label']} → {row['to_label']}"
        click.echo(f"  {labels[row['source']]}\t{row['name'] or row['subject_id']}\t{moved}\t{money}")
    if len(answer["rows"]) > 50:
        click.echo(f"  另有 {len(answer['rows']) - 50:,} 行，用 --json 全部列出。")
    click.echo(f"用时 {answer['seconds']} 秒。")


def _yuan(found: dict[str, Any]) -> str:
    return f"{Decimal(found['money_yuan']):,.2f}"


def _versions(answer: dict[str, Any]) -> str:
    base, version = answer["base"], answer["pack"]["version"]
    if base is None:
        return f"（新包）→ {version}"
    if base["version"] != version:
        return f"{base['version']} → {version}"
    if base["hash"] == answer["pack"]["hash"]:
        return f"{version}（与已安装的相同）"
    return f"{version}（改过的目录，版本号未改；采用前请改写 pack.yaml 的 version）"


def _print_parameter(one: dict[str, Any]) -> None:
    click.echo(
        f"参数 {one['label']}：{one['before']} → {one['after']}；用到它的：{'、'.join(one['users']) or '还没有'}。"
    )
    if not one["effects"]:
        click.echo("  用到它的地方还不能试算，没有重算。")
    for effect in one["effects"]:
        click.echo(f"  {effect['label']}：看了 {effect['total']:,} 项，变 {effect['changed']:,} 项。{effect['note']}")
        for row in effect["rows"][:20]:
            if row["is_changed"]:
                click.echo(f"    {row['name']}：{row['before']} → {row['after']}")


@click.command("export", help="把采用过的本地版本（例如 centralized@2026.11.501）或随程序的制度包写成目录。")
@click.argument("pack_id", metavar="键@版本")
@click.argument("folder", metavar="目录", type=click.Path(path_type=Path))
def export(pack_id: str, folder: Path) -> None:
    """Write a pack as a folder; the digest of a stored one is tested first."""
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        _stop(f"{folder} 已存在且不是空目录，请换一个。")
    from gongbu.config.cli import setup_django

    setup_django(prepare=False)
    from gongbu.config import home

    home.prepare(quiet=not sys.stderr.isatty())
    from gongbu.ground.basics import messages
    from gongbu.ground.basics.findings import Refusal
    from gongbu.ground.policy import queries, stored
    from gongbu.ground.policy.sandbox import editions

    try:
        queries.all_packs()
        files = editions.files_of(pack_id)
        folder.mkdir(parents=True, exist_ok=True)
        stored.write(files, folder)
    except Refusal as refusal:
        _stop(messages.word(refusal), 1)
    click.echo(f"已写出 {len(files)} 个文件：{folder}")
