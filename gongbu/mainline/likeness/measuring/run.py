"""Run the measurement: the labelled real lists and the seeded hard set, the rules beside the baselines.

Thresholds come from the development split alone: the rules use the pack's (chosen there, ``tune`` shows how), each
baseline is given its own best one. The held-out split is only ever counted.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from gongbu.mainline.likeness.measuring.baseline import BASELINES
from gongbu.mainline.likeness.measuring.figures import Counts, bootstrap_f1, wilson
from gongbu.mainline.likeness.measuring.hard_set import DEVELOPMENT, HELD_OUT, Sheet, make_sheet
from gongbu.mainline.likeness.rules.comparing import Judgement, Limits, Relation, Traits, compare
from gongbu.mainline.likeness.rules.pairing import Lookup, Match, choose
from gongbu.mainline.likeness.sounds import sound

TRUTH = Path(__file__).with_name("shanghai_truth.csv")
LISTS = Path(__file__).parents[3] / "config/demo/published/shanghai_major_projects.csv"
STEPS = [n / 100 for n in range(40, 100, 2)]
OURS = "本规则"
_ANY = Limits(0.0, 0.0)
VARIANTS = {"只有名称": False, "另有建设单位、地点、区划等列": True}


@lru_cache(maxsize=8_000)
def homophones(character: str) -> tuple[str, ...]:
    """Return the common characters (GB 2312 level 1) that sound like this one."""
    return _by_sound().get(sound(character), ())


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF if high < 0xD7 else 0xFA):
            character = bytes((high, low)).decode("gb2312")
            found[sound(character)].append(character)
    return {syllable: tuple(characters) for syllable, characters in found.items()}


def score_ours(sheet: Sheet) -> list[Match]:
    """Return every candidate pair that the rules would call the same at some threshold."""
    lookup = Lookup([row.traits.name for row in sheet.theirs])
    return [
        Match(a, b, judgement)
        for a, row in enumerate(sheet.ours)
        for b in lookup.candidates(row.traits.name)
        if (judgement := compare(row.traits, sheet.theirs[b].traits, _ANY, sound)).relation is Relation.SAME
    ]


def score_baseline(sheet: Sheet, likeness: Callable[[str, str], float]) -> list[Match]:
    """Return every pair of rows with the baseline's score of their names."""
    return [
        Match(a, b, Judgement(score, Relation.SAME))
        for a, row in enumerate(sheet.ours)
        for b, other in enumerate(sheet.theirs)
        if (score := likeness(row.traits.name, other.traits.name)) >= STEPS[0]
    ]


def count(sheet: Sheet, scored: Iterable[Match], threshold: float) -> tuple[Counts, list[Match]]:
    """Return the counts of one sheet at a threshold, after the same one-to-one choice for everybody."""
    chosen = choose(match for match in scored if match.judgement.score >= threshold)
    hit = sum(sheet.pairs.get(match.a) == match.b for match in chosen)
    return Counts(hit, len(chosen) - hit, len(sheet.pairs) - hit), chosen


def measure(sheets: int, limits: Limits, *, tune: bool = False) -> dict[str, Any]:
    """Return all figures of the documentation."""
    report: dict[str, Any] = {
        "limits": {"same_at": limits.same_at, "similar_at": limits.similar_at},
        "hard_set": {},
        "tuning": {},
    }
    thresholds: dict[str, float] = {}
    for label, with_columns in VARIANTS.items():
        made = {split: [make_sheet(n, split, with_columns=with_columns, sounds=homophones) for n in range(sheets)]
                for split in (DEVELOPMENT, HELD_OUT)}  # fmt: skip
        ours = {split: [score_ours(sheet) for sheet in made[split]] for split in made}
        if tune:
            report["tuning"][label] = _sweep(made[DEVELOPMENT], ours[DEVELOPMENT])
        rows = {OURS: _figures(made[HELD_OUT], ours[HELD_OUT], limits.same_at)}
        rows[f"{OURS}（开发集）"] = _figures(made[DEVELOPMENT], ours[DEVELOPMENT], limits.same_at)
        for name, likeness in BASELINES.items():
            scored = [score_baseline(sheet, likeness) for sheet in made[DEVELOPMENT]]
            thresholds[name] = _best(made[DEVELOPMENT], scored)
            rows[name] = _figures(
                made[HELD_OUT], [score_baseline(s, likeness) for s in made[HELD_OUT]], thresholds[name]
            )
        report["hard_set"][label] = {
            "sheets": sheets,
            "rows": sum(len(s.ours) + len(s.theirs) for s in made[HELD_OUT]),
            "true_pairs": sum(len(s.pairs) for s in made[HELD_OUT]),
            "methods": rows,
            "by_kind": _by_kind(made[HELD_OUT], ours[HELD_OUT], limits.same_at),
            "wrong_by_kind": _wrong_by_kind(made[HELD_OUT], ours[HELD_OUT], limits.same_at),
            "shown": _shown(made[HELD_OUT], limits),
        }
    report["shanghai"] = measure_shanghai(limits, thresholds)
    return report


def _figures(sheets: Sequence[Sheet], scored: Sequence[list[Match]], threshold: float) -> dict[str, Any]:
    groups = [count(sheet, matches, threshold)[0] for sheet, matches in zip(sheets, scored, strict=True)]
    total = sum(groups, Counts())
    return {
        "threshold": threshold,
        "hit": total.hit,
        "wrong": total.wrong,
        "missed": total.missed,
        "precision": round(total.precision, 4),
        "precision_95": [round(x, 4) for x in wilson(total.hit, total.hit + total.wrong)],
        "recall": round(total.recall, 4),
        "recall_95": [round(x, 4) for x in wilson(total.hit, total.hit + total.missed)],
        "f1": round(total.f1, 4),
        "f1_95": [round(x, 4) for x in bootstrap_f1(groups)],
    }


def _best(sheets: Sequence[Sheet], scored: Sequence[list[Match]]) -> float:
    """Return the threshold with the best F1; of equal ones the higher."""
    return max(
        STEPS, key=lambda t: (sum((count(s, m, t)[0] for s, m in zip(sheets, scored, strict=True)), Counts()).f1, t)
    )


def _sweep(sheets: Sequence[Sheet], scored: Sequence[list[Match]]) -> list[dict[str, float]]:
    rows = []
    for threshold in STEPS:
        total = sum((count(s, m, threshold)[0] for s, m in zip(sheets, scored, strict=True)), Counts())
        rows.append(
            {
                "threshold": threshold,
                "precision": round(total.precision, 4),
                "recall": round(total.recall, 4),
                "f1": round(total.f1, 4),
            }
        )
    return rows


def _by_kind(sheets: Sequence[Sheet], scored: Sequence[list[Match]], threshold: float) -> dict[str, Any]:
    """Return found and missed true pairs by the way they were rewritten (the first way that shows)."""
    found, all_of = Counter[str](), Counter[str]()
    for sheet, matches in zip(sheets, scored, strict=True):
        chosen = {match.a: match.b for match in count(sheet, matches, threshold)[1]}
        for a, b in sheet.pairs.items():
            kind = sheet.theirs[b].kind.rsplit("·", 1)[-1]
            all_of[kind] += 1
            found[kind] += chosen.get(a) == b
    return {
        kind: {"pairs": n, "found": found[kind], "recall_95": [round(x, 3) for x in wilson(found[kind], n)]}
        for kind, n in sorted(all_of.items())
    }


def _wrong_by_kind(sheets: Sequence[Sheet], scored: Sequence[list[Match]], threshold: float) -> dict[str, int]:
    """Return wrong pairs by the kinds of the two rows."""
    wrong = Counter[str]()
    for sheet, matches in zip(sheets, scored, strict=True):
        for match in count(sheet, matches, threshold)[1]:
            if sheet.pairs.get(match.a) != match.b:
                kinds = {sheet.ours[match.a].kind.split("·")[0], sheet.theirs[match.b].kind.split("·")[0]} - {"原项目"}
                wrong["、".join(sorted(kinds)) or "原项目"] += 1
    return dict(wrong.most_common())


def _shown(sheets: Sequence[Sheet], limits: Limits) -> dict[str, Any]:
    """Return how a person at entry is served: is the true one among those shown, and how many are shown in all."""
    true_shown, shown, asked = 0, 0, 0
    for sheet in sheets:
        lookup = Lookup([row.traits.name for row in sheet.theirs])
        for a, row in enumerate(sheet.ours):
            seen = [b for b in lookup.candidates(row.traits.name)
                    if compare(row.traits, sheet.theirs[b].traits, limits, sound).relation is not Relation.UNRELATED]  # fmt: skip
            shown += len(seen)
            asked += 1
            true_shown += a in sheet.pairs and sheet.pairs[a] in seen
    pairs = sum(len(s.pairs) for s in sheets)
    return {"true_shown": true_shown, "pairs": pairs, "share_95": [round(x, 4) for x in wilson(true_shown, pairs)],
            "shown_per_row": round(shown / asked, 2)}  # fmt: skip


# --- the real lists ---------------------------------------------------------------------------------------------------


def shanghai_sheet() -> Sheet:
    """Return the published lists of 2021 and 2022 with the pairs labelled by hand."""
    from gongbu.mainline.likeness.measuring.hard_set import Row

    with LISTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with TRUTH.open(encoding="utf-8", newline="") as file:
        truth = [(row["seq_2021"], row["seq_2022"]) for row in csv.DictReader(file)]
    lists = {year: [row for row in rows if row["year"] == year] for year in ("2021", "2022")}
    at = {year: {row["seq"]: n for n, row in enumerate(lists[year])} for year in lists}
    made = {year: [Row(Traits(row["project_name"]), "") for row in lists[year]] for year in lists}
    pairs = {at["2021"][a]: at["2022"][b] for a, b in truth}
    return Sheet(made["2021"], made["2022"], pairs, [0] * len(made["2021"]), [0] * len(made["2022"]))


def measure_shanghai(limits: Limits, thresholds: dict[str, float]) -> dict[str, Any]:
    """Return the figures of the real lists; the thresholds are those of the development split."""
    sheet = shanghai_sheet()
    rows = {OURS: _figures([sheet], [score_ours(sheet)], limits.same_at)}
    for name, likeness in BASELINES.items():
        rows[name] = _figures([sheet], [score_baseline(sheet, likeness)], thresholds[name])
    for row in rows.values():
        del row["f1_95"]  # one list: nothing to draw again
    mistakes = [
        [sheet.ours[m.a].traits.name, sheet.theirs[m.b].traits.name, m.judgement.score]
        for m in count(sheet, score_ours(sheet), limits.same_at)[1]
        if sheet.pairs.get(m.a) != m.b
    ]
    return {
        "rows": [len(sheet.ours), len(sheet.theirs)],
        "true_pairs": len(sheet.pairs),
        "methods": rows,
        "mistakes": mistakes,
    }


def in_words(report: dict[str, Any]) -> str:
    """Return the report as Markdown tables."""
    lines = [
        f"阈值：同一项目 {report['limits']['same_at']}，相近 {report['limits']['similar_at']}（国家基础包，待确认）"
    ]
    for label, part in report["hard_set"].items():
        lines += [
            "",
            f"### 难例集（留出部分，{label}）：{part['sheets']} 对清单，{part['rows']:,} 行，真对 {part['true_pairs']:,}",
            "",
            *_table(part["methods"]),
        ]
        shown = part["shown"]
        lines += [
            "",
            f"录入时：真对出现在提示中的占 {shown['true_shown'] / shown['pairs']:.2%}（95% {_span(shown['share_95'])}），"
            f"平均每行提示 {shown['shown_per_row']} 个。",
        ]
        lines += ["", "| 改写方式 | 真对 | 找到 | 召回 95% |", "|---|---:|---:|---|"]
        lines += [
            f"| {kind} | {row['pairs']} | {row['found']} | {_span(row['recall_95'])} |"
            for kind, row in part["by_kind"].items()
        ]
        wrong = "、".join(f"{kind} {n}" for kind, n in part["wrong_by_kind"].items()) or "无"
        lines += ["", f"错认（按近邻种类）：{wrong}。"]
    real = report["shanghai"]
    lines += [
        "",
        f"### 上海市重大工程 2021 × 2022（{real['rows'][0]} × {real['rows'][1]} 行，真对 {real['true_pairs']}）",
        "",
        *_table(real["methods"]),
    ]
    for label, rows in report["tuning"].items():
        lines += ["", f"### 开发集上的阈值（{label}）", "", "| 阈值 | 精确率 | 召回率 | F1 |", "|---:|---:|---:|---:|"]
        lines += [
            f"| {r['threshold']:.2f} | {r['precision']:.4f} | {r['recall']:.4f} | {r['f1']:.4f} |"
            for r in rows
            if r["threshold"] >= 0.5
        ]
    return "\n".join(lines)


def _table(methods: dict[str, Any]) -> list[str]:
    lines = ["| 方法 | 阈值 | 精确率（95%） | 召回率（95%） | F1（95%） | 对 / 错 / 漏 |", "|---|---:|---|---|---|---|"]
    for name, m in methods.items():
        f1 = f"{m['f1']:.4f}" + (f"（{_span(m['f1_95'])}）" if "f1_95" in m else "")
        lines.append(
            f"| {name} | {m['threshold']:.2f} | {m['precision']:.4f}（{_span(m['precision_95'])}） | {m['recall']:.4f}（{_span(m['recall_95'])}）"
            f" | {f1} | {m['hit']} / {m['wrong']} / {m['missed']} |"
        )
    return lines


def _span(pair: Sequence[float]) -> str:
    return f"{pair[0]:.3f}–{pair[1]:.3f}"
