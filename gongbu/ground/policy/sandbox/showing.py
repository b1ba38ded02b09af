"""What the page of a trial shows: what it changes, what is wrong, what replaying came to, both answers about one row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.basics.money import as_wan
from gongbu.ground.policy import queries
from gongbu.ground.policy import showing as policy_showing
from gongbu.ground.policy.diffing import Change, diff_packs, diff_tables
from gongbu.ground.policy.reading import Fault
from gongbu.ground.policy.rules.decisions import Decision
from gongbu.ground.policy.rules.policy import Pack, Policy
from gongbu.ground.policy.rules.tables import Input
from gongbu.ground.policy.sandbox import replaying, services
from gongbu.ground.policy.sandbox.editions import Checked
from gongbu.ground.policy.sandbox.models import Trial, TrialRow
from gongbu.ground.policy.sandbox.sources import subjects_of

SIGNS = {"added": ("新增", "good"), "removed": ("删去", "bad"), "changed": ("改动", "info")}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One difference from the base, with how to undo it (``what:key``) when it was made in the grid."""

    sign: str
    tone: str
    label: str
    since: str
    before: str
    after: str
    undo: str


def changes(checked: Checked) -> list[ChangeView]:
    """Return what the trial changes, the head left out: version and instruments follow by themselves.

    A new version of a table or value is shown against the version before it.
    """
    if checked.trial is None or checked.base is None:
        return []
    shown: list[ChangeView] = []
    for one in diff_packs(checked.base, checked.trial):
        if one.what == "pack":
            continue
        if one.kind == "added" and one.what == "table":
            shown += _new_table(one, checked.trial)
        elif one.kind == "added" and one.what == "parameter":
            shown.append(_new_value(one, checked.trial))
        else:
            shown.append(_change(one, ""))
    return shown


def _change(one: Change, undo: str) -> ChangeView:
    sign, tone = SIGNS[one.kind]
    return ChangeView(sign, tone, one.label, one.effective_from, one.before, one.after, undo)


def _new_table(one: Change, pack: Pack) -> list[ChangeView]:
    versions = pack.tables[one.key]
    at = next(n for n, table in enumerate(versions) if table.effective_from.isoformat() == one.effective_from)
    if not at:
        return [_change(one, "")]
    rows = [row for row in diff_tables(versions[at - 1], versions[at]) if row.what == "row"]
    head = ChangeView("新版本", "good", one.label, one.effective_from, "", f"共 {one.after}", f"table:{one.key}")
    return [head, *(_change(row, "") for row in rows)]


def _new_value(one: Change, pack: Pack) -> ChangeView:
    parameter = pack.parameters[one.key]
    earlier = [v for v in parameter.versions if v.effective_from.isoformat() < one.effective_from]
    before = f"{parameter.value_words(earlier[-1])}（{earlier[-1].basis}）" if earlier else ""
    return ChangeView("新数值", "good", one.label, one.effective_from, before, one.after, f"parameter:{one.key}")


_KEY = re.compile(r"（[a-z][a-z0-9_.]*）")


def faults(found: Sequence[Fault], limit: int = 12) -> list[tuple[str, str, str]]:
    """Return (where, what was found, how to mend it) of the first faults, worded for people who never see the files."""
    return [
        (fault.key, _KEY.sub("", fault.found), _KEY.sub("", fault.mend).replace("，或把 hit 改为 FIRST", ""))
        for fault in found[:limit]
    ]


def result(trial: Trial) -> list[dict[str, Any]]:
    """Return the sources of a result with links to the rows behind each figure."""
    if not trial.result:
        return []
    at = reverse("sandbox:rows")
    shown = []
    for source in sorted(trial.result["sources"], key=lambda one: one["source"] == "decisions"):
        if not source.get("is_asked", True):  # nothing was looked at: no figure, not even 0
            continue
        tables = []
        for table in source["tables"]:
            moves = [
                {
                    **move,
                    "href": f"{at}?{urlencode({'trial': trial.pk, 'source': source['source'], 'table': table['table'], 'move': _move(move)})}",
                }
                for move in table["moves"]
            ]
            tables.append({**table, "moves": moves})
        shown.append(
            {
                **source, "tables": tables,
                "href": f"{at}?{urlencode({'trial': trial.pk, 'source': source['source']})}",
            }
        )  # fmt: skip
    return shown


def parameters(trial: Trial) -> list[dict[str, Any]]:
    """Return the changed parameters of a result, each with what was looked at and what was not."""
    return list((trial.result or {}).get("parameters", []))


def left_alone(trial: Trial) -> list[str]:
    """Return the names of the sources that were not looked at, because no table differs."""
    return [one["label"] for one in (trial.result or {}).get("sources", []) if not one.get("is_asked", True)]


def said(trial: Trial) -> str:
    """Return in one sentence what a replay came to, and no figure for what was not looked at."""
    parts = []
    if trial.changed is not None:
        parts.append(f"会变 {trial.changed:,} 个项目，涉及总投资 {as_wan(trial.money_fen)} 万元")
    elif trial.result:
        parts.append("决策表没有改动，项目没有重判")
    for one in parameters(trial):
        for effect in one["effects"]:
            parts.append(f"{one['label']}：{effect['label']}看 {effect['total']:,} 项，变 {effect['changed']:,} 项")
        if not one["effects"]:
            parts.append(f"{one['label']}：没有可试算的")
    return "；".join(parts) + "。" if parts else ""


def _move(move: dict[str, Any]) -> str:
    return f"{move['from_label']} → {move['to_label']}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One side of a row: what is decided, by which row of which table, on what basis."""

    label: str
    explanation: str
    basis: str
    pack: str
    row: str
    table: policy_showing.TableView | None
    conflicts: tuple[str, ...]


def answers(trial: Trial, row: TrialRow) -> tuple[Answer, Answer]:
    """Return both answers about a row, decided again from the facts kept with it."""
    checked = services.check(trial)
    if checked.trial is None:
        raise Refusal("sandbox.not_readable", count=len(checked.faults), first=str(checked.faults[0]))
    on = services.day_of(trial, checked)
    orders = replaying.Orders(checked.trial, checked.base, on, trial.region)
    orders.learn([row.region_key])
    before, after = orders.of(row.region_key)
    return (
        _answer(before, row, on, row.before_label, bool(row.before)),
        _answer(after, row, on, row.after_label, bool(row.after)),
    )


def _answer(policy: Policy, row: TrialRow, on: Any, label: str, is_asked: bool) -> Answer:
    if not is_asked:
        return Answer(label, "这里的制度没有规定这项判定。", "", "", "", None, ())
    try:
        decision: Decision = policy.decide(row.table_key, row.facts, on)
        pack, table = policy.table(row.table_key, on)
    except Refusal:
        return Answer(label, "留存的事实已不能由这张表读出。", "", "", "", None, ())
    return Answer(
        decision.label, decision.explanation, str(decision.basis), f"{pack.label} {pack.version}", decision.row or "",
        replace(policy_showing.table_view(table), label=f"{table.label}（{pack.version}）"), tuple(conflict.words for conflict in decision.conflicts),
    )  # fmt: skip


def facts(row: TrialRow) -> list[tuple[str, str]]:
    """Return the facts of a row in words."""
    found: dict[str, Input] = {}
    for pack in queries.packs().values():
        for versions in pack.tables.values():
            for item in versions[-1].inputs.values():
                for name in (item.key, *item.aliases):
                    found.setdefault(name, item)
    shown = []
    for key, raw in row.facts.items():
        known = found.get(key)
        try:
            words = "未报" if raw in (None, "") else known.words(known.read(raw)) if known else str(raw)
        except Refusal:
            words = str(raw)
        shown.append((known.label if known else key, words))
    return shown


def subject_link(row: TrialRow) -> str:
    """Return the page of a row's subject, or an empty string."""
    subjects = subjects_of(row.subject_kind)
    return reverse(subjects.route, args=[row.subject_id]) if subjects else ""
