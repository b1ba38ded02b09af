"""The outcome of a replay as JSON: what ``gongbu pack sandbox --json`` prints and what a trial keeps.

Amounts are given twice: ``money_fen`` in 分 (integer) and ``money_yuan`` in 元 (text with two decimals).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gongbu.ground.policy.diffing import diff_packs
from gongbu.ground.policy.rules.policy import Pack
from gongbu.ground.policy.sandbox.effects import Found, Outcome
from gongbu.ground.policy.sandbox.replaying import Replay, Row
from gongbu.ground.policy.sandbox.rules.comparing import Sum, Tally
from gongbu.ground.policy.sandbox.sources import label_of

EFFECTS_KEPT = 100
"""So many rows of a source are kept for a parameter, those that change first; the numbers are always of all."""


def yuan(fen: int | None) -> str | None:
    """Return an amount in 元 with two decimals, exactly; None stays None."""
    return None if fen is None else f"{Decimal(fen) / 100:.2f}"


def summary(found: Replay, region_names: Mapping[int, str]) -> dict[str, Any]:
    """Return totals per source and per table, from what to what, and by region."""
    return {
        "on": found.on.isoformat(),
        "is_supposed": found.is_supposed,
        "parameters": [_parameter(one, region_names) for one in found.parameters],
        "sources": [_source(found, key, region_names) for key in found.totals],
    }


def _parameter(one: Outcome, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "key": one.key, "label": one.label, "before": one.before, "after": one.after, "users": list(one.users),
        "effects": [_effects(each, names) for each in one.found],
    }  # fmt: skip


def _effects(found: Found, names: Mapping[int, str]) -> dict[str, Any]:
    changed = [row for row in found.rows if row.is_changed]
    money = sum(row.money_fen or 0 for row in changed) if found.source.sums else None
    return {
        "source": found.source.key, "label": found.source.label, "note": found.source.note,
        "total": len(found.rows), "changed": len(changed), "money_label": found.source.sums, "money_fen": money,
        "money_yuan": yuan(money),
        "rows": [
            {
                "name": row.name, "region_key": row.region_key, "region": names.get(row.region_key, ""),
                "before": row.before, "after": row.after, "is_changed": row.is_changed, "href": row.href,
                "money_fen": row.money_fen, "money_yuan": yuan(row.money_fen),
            }
            for row in found.rows[:EFFECTS_KEPT]
        ],
    }  # fmt: skip


def _source(found: Replay, key: str, region_names: Mapping[int, str]) -> dict[str, Any]:
    tallies = found.tallies.get(key, {})
    changed = found.changed_subjects(key)
    unit = len(changed) if key != "decisions" else sum(tally.changed for tally in tallies.values())
    money = found.money_fen(key)
    is_asked = found.asked.get(key, 0) > 0
    asked = found.totals[key] if key != "decisions" else sum(tally.asked for tally in tallies.values())
    return {
        "source": key,
        "label": label_of(key),
        "is_asked": is_asked,
        "total": asked if is_asked else None,
        "changed": unit if is_asked else None,
        "unchanged": asked - unit if is_asked else None,
        "changed_subjects": len(changed) if is_asked else None,
        "money_fen": money if is_asked else None,
        "money_yuan": yuan(money) if is_asked else None,
        "left_out": found.left_out.get(key, 0),
        "tables": [_table(tally) for tally in tallies.values()],
        "by_region": _regions(found, key, region_names),
    }


def _table(tally: Tally) -> dict[str, Any]:
    return {
        "table": tally.table,
        "label": tally.label,
        "asked": tally.asked,
        "changed": tally.changed,
        "unchanged": tally.asked - tally.changed,
        "misread": tally.misread,
        "drifted": tally.drifted,
        "conflicts": {"before": tally.conflicts_before, "after": tally.conflicts_after},
        "undetermined": {"before": tally.undetermined_before, "after": tally.undetermined_after},
        "moves": [
            {
                "from": one, "to": other, "from_label": tally.labels[one], "to_label": tally.labels[other],
                **_sum(found),
            }
            for (one, other), found in sorted(tally.moves.items(), key=lambda item: -item[1].count)
        ],
    }  # fmt: skip


def _sum(found: Sum) -> dict[str, Any]:
    return {
        "count": found.count, "money_fen": found.money_fen, "money_yuan": yuan(found.money_fen),
        "money_unknown": found.unknown,
    }  # fmt: skip


def _regions(found: Replay, source: str, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return distinct subjects that change, with their money, by region; most first."""
    seen: dict[int, dict[tuple[str, int], int | None]] = {}
    for row in found.rows:
        if row.source == source:
            money = row.money_fen if row.is_counted else 0
            seen.setdefault(row.region_key, {})[row.subject_kind, row.subject_id] = money
    lines = []
    for key, subjects in seen.items():
        money = sum(fen or 0 for fen in subjects.values())
        unknown = sum(fen is None for fen in subjects.values())
        lines.append(
            {"region_key": key, "region": names.get(key, str(key)), **_sum(Sum(len(subjects), money, unknown))}
        )
    return sorted(lines, key=lambda line: (-line["count"], line["region_key"]))


def row_json(
    found: Replay, row: Row, names: Mapping[tuple[str, int], str], regions: Mapping[int, str]
) -> dict[str, Any]:
    """Return one row that changes."""
    labels = found.tallies[row.source][row.table].labels
    return {
        "source": row.source,
        "table": row.table,
        "table_label": found.tallies[row.source][row.table].label,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "name": names.get((row.subject_kind, row.subject_id), ""),
        "part": row.part or None,
        "decision_id": row.decision_id or None,
        "region_key": row.region_key,
        "region": regions.get(row.region_key, ""),
        "from": row.moved.before,
        "to": row.moved.after,
        "from_label": labels[row.moved.before],
        "to_label": labels[row.moved.after],
        "from_row": row.moved.before_row or None,
        "to_row": row.moved.after_row or None,
        "conflict": {"before": row.moved.had_conflict, "after": row.moved.has_conflict},
        "money_fen": row.money_fen,
        "money_yuan": yuan(row.money_fen),
        "facts": dict(row.facts),
    }


def head(trial: Pack, base: Pack | None) -> dict[str, Any]:
    """Return which editions are compared and what differs between them."""
    return {
        "pack": {"key": trial.key, "label": trial.label, "version": trial.version, "hash": trial.hash},
        "base": {"version": base.version, "hash": base.hash} if base else None,
        "changes": [change.as_dict() for change in diff_packs(base, trial)] if base else [],
    }
