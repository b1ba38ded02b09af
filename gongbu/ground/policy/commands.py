"""``gongbu pack check|diff`` and ``gongbu classify``. None of them needs a database."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import click
import orjson
import yaml

from gongbu.ground.basics import messages
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.checking import all_inputs, below, check_folder
from gongbu.ground.policy.diffing import diff_packs, same_version_other_content
from gongbu.ground.policy.loading import PACKS_DIR, load_pack, load_packs
from gongbu.ground.policy.messages import MESSAGES
from gongbu.ground.policy.reading import PackFaults
from gongbu.ground.policy.rules.decisions import Decision, basis_dict
from gongbu.ground.policy.rules.policy import Pack, Policy
from gongbu.ground.policy.rules.tables import Input
from gongbu.ground.policy.sandbox.commands import export, sandbox

UNUSABLE = 2
ANSWERS_KEPT = 50_000


def _fail(text: str, code: int = UNUSABLE) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(code)


@click.group(help="制度包检查与比较。")
def pack() -> None:
    messages.register(MESSAGES)


pack.add_command(sandbox)
pack.add_command(export)


@pack.command(
    "check", help="检查制度包：格式、依据、完备与重叠的证明、法定上下限、样例。默认检查随程序安装的全部制度包。"
)
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[目录]")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.option("--strict", is_flag=True, help="把提示也当作错误")
def check(folder: Path | None, as_json: bool, strict: bool) -> None:
    where = folder or PACKS_DIR
    if not where.is_dir():
        _fail(f"没有这个目录：{where}")
    report = check_folder(where)
    passed = report.ok and not (strict and report.notes)
    if as_json:
        click.echo(json.dumps({**report.as_dict(), "ok": passed}, ensure_ascii=False))
    else:
        for fault in report.faults:
            click.echo(f"错误 {fault}")
        for note in report.notes:
            click.echo(f"提示 {note}")
        counted = (
            f"{len(report.packs)} 个制度包，{report.parameters} 个参数（{report.versions} 个版本），{report.tables} 张决策表"
            f"（逐一证明 {report.boxes:,} 种组合），{report.scorecards} 张评分表，{report.cases} 个样例"
        )
        click.echo(
            f"{'通过' if passed else '未通过'}：{counted}，{len(report.faults)} 处错误，{len(report.notes)} 条提示。"
        )
    sys.exit(0 if passed else 1)


@pack.command("diff", help="比较两个制度包（已安装的键或目录），列出改动的值、行和日期。")
@click.argument("old", metavar="甲")
@click.argument("new", metavar="乙")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def diff(old: str, new: str, as_json: bool) -> None:
    one, other = _pack_named(old), _pack_named(new)
    changes = diff_packs(one, other)
    warning = same_version_other_content(one, other)
    if as_json:
        head = {
            "old": {"key": one.key, "version": one.version, "hash": one.hash},
            "new": {"key": other.key, "version": other.version, "hash": other.hash},
        }
        listed = [change.as_dict() for change in changes]
        click.echo(json.dumps({**head, "warning": warning, "changes": listed}, ensure_ascii=False))
        return
    for change in changes:
        click.echo(str(change))
    if warning:
        click.echo(f"提示：{warning}", err=True)
    click.echo(f"共 {len(changes)} 处不同：{one.label} {one.version} → {other.label} {other.version}。")


def _pack_named(name: str) -> Pack:
    folder = Path(name)
    try:
        if (folder / "pack.yaml").exists():
            codes: dict[str, Mapping[str, str]] = {}
            for sibling in (PACKS_DIR / "national", *sorted(p for p in PACKS_DIR.iterdir() if p.is_dir())):
                if (sibling / "choices").is_dir():
                    codes.update(load_pack(sibling, codes).code_lists)
            return load_pack(folder.resolve(), codes)
        packs = load_packs()
    except PackFaults as error:
        _fail(str(error), 1)
    if name not in packs:
        _fail(f"没有制度包“{name}”。可用的有：{'、'.join(packs)}；也可以写制度包目录。")
    return packs[name]


@click.command(help='按制度包分类。从标准输入或文件读 JSON 数组 [{"id":…, 字段:值}]。')
@click.argument("source", required=False, type=click.File("rb"), metavar="[文件]")
@click.option("--pack", "pack_key", required=True, help="制度包的键，例如 centralized")
@click.option("--on", "on_text", default=None, help="适用日，例如 2026-03-01（默认今天）")
@click.option("--table", "table_key", default=None, help="决策表（默认制度包声明的分类表中的第一张）")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON（默认每行一条中文）")
@click.option("--all", "every_table", is_flag=True, help="其余分类表的结论也写出（further）")
def classify(
    source: Any, pack_key: str, on_text: str | None, table_key: str | None, as_json: bool, every_table: bool
) -> None:
    messages.register(MESSAGES)
    on = _day(on_text)
    try:
        packs = load_packs()
    except PackFaults as error:
        _fail(str(error), 1)
    if pack_key not in packs:
        _fail(f"没有制度包“{pack_key}”。{_usable(packs)}")
    chosen = packs[pack_key]
    policy = Policy(below(chosen, packs))
    tables = _tables_of(chosen, table_key, packs)
    tables = tables if every_table else tables[:1]
    items = _items(source)
    try:
        classifier = _Classifier(policy, tables, on, {"id": None, **_every_input(packs.values())})
    except Refusal as error:
        _fail(messages.word(error))
    results = [classifier.classify(item) for item in items]
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(results) + b"\n")
    else:
        for result in results:
            said = f"错误\t{result['error']}" if "error" in result else f"{result['label']}\t{result['explanation']}"
            click.echo(f"{result['id']}\t{said}")
    wrong = [index for index, result in enumerate(results, start=1) if "error" in result]
    if wrong:
        _fail(
            f"{len(results)} 项中有 {len(wrong)} 项不能判定，其余已判定；第一处是第 {wrong[0]} 项：{results[wrong[0] - 1]['error']}",
            1,
        )


def _day(text: str | None) -> date:
    if text is None:
        from gongbu.ground.basics import clock

        return clock.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        _fail(f"“{text}”不是日期，请写成 2026-03-01。")
        raise


def _tables_of(chosen: Pack, table_key: str | None, packs: Mapping[str, Pack]) -> list[str]:
    """Return the tables to decide by; a refusal names what can be used instead, ready to be typed."""
    own = "、".join(f"{key}（{versions[-1].label}）" for key, versions in chosen.tables.items())
    if table_key is None:
        if not chosen.classification:
            first = next(iter(chosen.tables), "")
            own_way = f"要用本包的某张决策表，加 --table，例如 --table {first}；本包有：{own}。" if first else ""
            _fail(f"“{chosen.label}”（{chosen.key}）没有声明分类表，不能直接分类。{_usable(packs)}{own_way}")
        return list(chosen.classification)
    if table_key not in chosen.tables:
        holders = [f"--pack {pack.key}" for pack in packs.values() if table_key in pack.tables]
        elsewhere = f"它在另一个制度包，请用 {'、'.join(holders)}。" if holders else ""
        _fail(f"“{chosen.label}”没有决策表“{table_key}”。{elsewhere}可用的有：{own or '无'}。")
    return [table_key]


def _usable(packs: Mapping[str, Pack]) -> str:
    """Say which packs classify without naming a table, and what to type."""
    able = [pack for pack in packs.values() if pack.classification]
    if not able:
        return "现有制度包都没有声明分类表，请用 --table 指定决策表。"
    return (
        f"可直接分类的制度包：{'、'.join(f'{pack.key}（{pack.label}）' for pack in able)}；"
        f"请改用其中一个，例如 gongbu classify --pack {able[0].key}。"
    )


def _items(source: Any) -> list[Any]:
    raw = source.read() if source is not None else sys.stdin.buffer.read()
    try:
        items = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        _fail(
            f'读不出 JSON（第 {error.lineno} 行第 {error.colno} 列）。应为数组，例如 [{{"id": 1, "total_investment_fen": 500000000}}]。'
        )
    if isinstance(items, dict):
        items = [items]
    if not isinstance(items, list):
        _fail('应为 JSON 数组，例如 [{"id": 1, "total_investment_fen": 500000000}]。')
    return items


def _every_input(packs: Iterable[Pack]) -> dict[str, Input]:
    """Return every key under which some pack takes a fact: such a key is known even when this table does not use it."""
    every: dict[str, Input] = {}
    for one in packs:
        for versions in one.tables.values():
            for table in versions:
                for item in table.inputs.values():
                    if item.decided_by is None:
                        every |= dict.fromkeys((item.key, *item.aliases), item)
    return every


@lru_cache(maxsize=1)
def _catalogue_keys() -> frozenset[str]:
    """Return the keys of every room's ``fields.yaml`` (the field catalogue), read as data: no room is imported."""
    keys: set[str] = set()
    for file in Path(__file__).resolve().parents[2].glob("*/*/fields.yaml"):
        rows = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)["fields"]
        keys.update(str(row["key"]) for row in rows)
    return frozenset(keys)


class _Classifier:
    """Decide the items of one run. Equal facts give equal answers, so an answer is worded once."""

    def __init__(self, policy: Policy, tables: Sequence[str], on: date, every: Mapping[str, Input | None]) -> None:
        self.policy, self.tables, self.on, self.every = policy, tables, on, every
        self.inputs = {table: all_inputs(policy, table, on) for table in tables}
        self.answers: dict[tuple[Any, ...], dict[str, Any]] = {}

    def classify(self, item: Any) -> dict[str, Any]:
        """Return the answer of the first table, with those of the others under ``further``; or what is wrong."""
        if not isinstance(item, dict) or "id" not in item:
            return _wrong(None, '应为带 id 的对象，例如 {"id": 1, …}')
        if not item.keys() <= self.every.keys() and (said := self._unknown_keys(item)):
            return _wrong(item["id"], said)
        try:
            first, *further = (self._answer(table, item) for table in self.tables)
        except Refusal as error:
            return _wrong(item["id"], messages.word(error))
        return {"id": item["id"], **first, "further": further} if further else {"id": item["id"], **first}

    def _answer(self, table: str, item: Mapping[str, Any]) -> dict[str, Any]:
        given = [(type(raw), raw) for raw in (entry.given(item) for entry in self.inputs[table])]
        key = (table, *given)
        try:
            known = self.answers.get(key)
        except TypeError:  # a list or an object where a fact is expected: let the table refuse it
            known = None
        if known is None:
            self._refuse_negative(table, item)
            known = _brief(self.policy.decide(table, item, self.on))
            if len(self.answers) < ANSWERS_KEPT:
                self.answers[key] = known
        return known

    def _refuse_negative(self, table: str, item: Mapping[str, Any]) -> None:
        for entry in self.inputs[table]:
            raw = entry.given(item)
            if entry.type == "fen" and isinstance(raw, int) and raw < 0:
                raise Refusal(
                    "policy.wrong_fact",
                    field=entry.key,
                    key=entry.key,
                    label=entry.label,
                    raw=repr(raw),
                    expected="不小于 0 的整数（分）",
                )

    def _unknown_keys(self, item: Mapping[str, Any]) -> str:
        unknown = [key for key in item if key != "id" and key not in self.every and key not in _catalogue_keys()]
        if not unknown:
            return ""
        used = {entry.key: entry for entries in self.inputs.values() for entry in entries}
        listed = "、".join(f"{entry.key}（{entry.label}）" for entry in used.values())
        return f"有不认识的字段：{'、'.join(unknown)}。本制度包用到的字段：{listed}。"


def _wrong(item_id: Any, text: str) -> dict[str, Any]:
    """Return the answer in place of an item that cannot be read: no value, and why."""
    return {"id": item_id, "value": None, "error": text}


def _brief(decision: Decision) -> dict[str, Any]:
    """Return a decision without its steps and empty parts."""
    brief: dict[str, Any] = {
        "value": decision.value,
        "row": decision.row,
        "basis": basis_dict(decision.basis),
        "facts": decision.facts_json(),
        "table": decision.table,
        "label": decision.label,
        "confidence": decision.confidence.value,
        "mark": decision.confidence.mark,
        "explanation": decision.explanation,
        "conflicts": [conflict.as_dict() for conflict in decision.conflicts],
        "ref": decision.ref.as_dict(),
        "on": decision.on.isoformat(),
    }
    more = {"reason": decision.reason, "note": decision.note, "details": dict(decision.details)}
    return brief | {key: value for key, value in more.items() if value}
