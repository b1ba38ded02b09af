"""``gongbu match`` and ``gongbu likeness``: two lists against each other; how good the rules are; the index."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from gongbu.ground.basics import clock
from gongbu.ground.policy.loading import load_packs
from gongbu.ground.policy.rules.policy import Policy
from gongbu.mainline.likeness import limits
from gongbu.mainline.likeness.lists import ProjectList, Unusable, read_list
from gongbu.mainline.likeness.messages import say
from gongbu.mainline.likeness.rules.comparing import Limits
from gongbu.mainline.likeness.rules.pairing import Match, pair_lists
from gongbu.mainline.likeness.sounds import sound

UNUSABLE = 2


def national_limits() -> Limits:
    """Return the limits of the national pack in force today; no database is asked."""
    return limits.names(Policy([load_packs()["national"]]), clock.today()).limits


@click.command(
    help="比对两份项目清单（CSV，含 project_name 或“项目名称”一列），找出哪一行与哪一行是同一项目，一对一。"
    "另有建设单位、建设地点、区划、年度、建设内容等列的一并使用。"
)
@click.argument("first", metavar="甲.csv", type=click.Path(path_type=Path))
@click.argument("second", metavar="乙.csv", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def match(first: Path, second: Path, as_json: bool) -> None:
    try:
        ours, theirs = read_list(first), read_list(second)
    except Unusable as reason:
        click.echo(str(reason), err=True)
        sys.exit(UNUSABLE)
    for path, rows in ((first, ours), (second, theirs)):
        if rows.totals:
            where = "、".join(map(str, rows.totals[:10])) + ("……" if len(rows.totals) > 10 else "")
            click.echo(
                f"{path.name} 有 {len(rows.totals)} 行合计、小计（第 {where} 行），不是项目，没有比对。", err=True
            )
    pairs, unsure = pair_lists(ours.rows, theirs.rows, national_limits(), sound)
    answer = as_answer(ours, theirs, pairs, unsure)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    for pair in answer["pairs"]:
        click.echo(f"{pair['score']:.2f}  {pair['a']}\n  ＝  {pair['b']}\n      {'；'.join(pair['evidence'])}")
    for pair in answer["unsure"]:
        click.echo(f"{pair['score']:.2f}  {pair['a']}\n  ？  {pair['b']}\n      {'；'.join(pair['evidence'])}")
    click.echo(
        f"相同 {len(pairs)} 对；{first.name} 未匹配 {len(answer['unmatched_a'])} 行，"
        f"{second.name} 未匹配 {len(answer['unmatched_b'])} 行"
        + (f"，其中 {len(unsure)} 对不能确定，请核对。" if unsure else "。")
    )


def as_answer(ours: ProjectList, theirs: ProjectList, pairs: list[Match], unsure: list[Match]) -> dict[str, Any]:
    """Return the answer: names as they stand in the files, with row numbers beside them (the header is row 1).

    The rows of ``unsure`` are not paired; they stand among the unmatched as well.
    """

    def say_pairs(matches: list[Match]) -> list[dict[str, Any]]:
        return [
            {
                "a": ours.rows[m.a].name, "b": theirs.rows[m.b].name, "score": m.judgement.score,
                "evidence": [say(e) for e in m.judgement.evidence], "row_a": ours.numbers[m.a],
                "row_b": theirs.numbers[m.b],
            }
            for m in matches
        ]  # fmt: skip

    left_a = [n for n in range(len(ours.rows)) if n not in {m.a for m in pairs}]
    left_b = [n for n in range(len(theirs.rows)) if n not in {m.b for m in pairs}]
    return {
        "pairs": say_pairs(pairs),
        "unsure": say_pairs(unsure),
        "unmatched_a": [ours.rows[n].name for n in left_a],
        "unmatched_b": [theirs.rows[n].name for n in left_b],
        "unmatched_rows_a": [ours.numbers[n] for n in left_a],
        "unmatched_rows_b": [theirs.numbers[n] for n in left_b],
        "total_rows_a": ours.totals,
        "total_rows_b": theirs.totals,
    }  # fmt: skip


@click.group(help="查重：测量规则，重建索引。")
def likeness() -> None:
    """Commands about likeness."""


@likeness.command(
    "measure", help="在公开清单和按种子生成的难例集上测量，与编辑距离比较（docs/likeness.md 的数字由此而来）。"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.option("--sheets", type=click.IntRange(2, 500), default=40, show_default=True, help="每个部分的清单对数")
@click.option("--tune", is_flag=True, help="另列开发集上各阈值的数字")
def measure(as_json: bool, sheets: int, tune: bool) -> None:
    from gongbu.mainline.likeness.measuring import run

    report = run.measure(sheets, national_limits(), tune=tune)
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else run.in_words(report))


@likeness.command(
    "texts", help="比对两份报告（PDF、DOCX、TXT），列出逐字相同的段落和占比；另给出的报告用来识别通用表述。"
)
@click.argument("first", metavar="甲", type=click.Path(path_type=Path))
@click.argument("second", metavar="乙", type=click.Path(path_type=Path))
@click.argument("others", metavar="[其他…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def texts(first: Path, second: Path, others: tuple[Path, ...], as_json: bool) -> None:
    from gongbu.mainline.likeness.reports import read_report
    from gongbu.mainline.likeness.rules.texts import Text, share

    policy = Policy([load_packs()["national"]])
    least, common_in = (
        int(str(policy.at(key, clock.today()).value)) for key in (limits.PASSAGE_LEAST, limits.COMMON_IN)
    )
    try:
        one, other, *more = (Text(read_report(path)) for path in (first, second, *others))
    except Unusable as reason:
        click.echo(str(reason), err=True)
        sys.exit(UNUSABLE)
    found = share(one, other, least, more, common_in)
    if as_json:
        passages = [{"text": p.text, "characters": p.characters, "common": p.is_common} for p in found.passages]
        answer = {"share_a": round(found.share, 4), "share_b": round(found.other_share, 4), "passages": passages}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    for passage in found.passages:
        click.echo(f"{'通用' if passage.is_common else '雷同'} {passage.characters} 字：{passage.text[:120]}")
    click.echo(f"扣除通用表述后，雷同部分占{first.name} {found.share:.1%}，占{second.name} {found.other_share:.1%}。")
