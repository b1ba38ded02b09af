"""What the pages of policy show: packs, parameters, tables drawn as tables, search over all of it. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy import queries
from gongbu.ground.policy.checking import below
from gongbu.ground.policy.diffing import condition_words
from gongbu.ground.policy.rules.dated import Parameter, Version, end_of
from gongbu.ground.policy.rules.policy import Pack
from gongbu.ground.policy.rules.scorecards import Holding, Scorecard, Step
from gongbu.ground.policy.rules.tables import Table
from gongbu.ground.policy.rules.values import Confidence
from gongbu.ground.policy.schemas import CADENCES, HITS, LEVELS, SUBJECTS, TONES

CHECKED = "已核"
SCORED = {"PASSED": "及格", "FAILED": "不及格", "TOO_FEW": "评分人数不足"}
TONES_SHOWN = (CHECKED, "核原文", "待确认")


class Standing(StrEnum):
    """Where a version stands on a day (有效情况)."""

    IN_FORCE = "IN_FORCE"
    FUTURE = "FUTURE"
    PAST = "PAST"
    REPEALED = "REPEALED"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {"IN_FORCE": "现行", "FUTURE": "尚未施行", "PAST": "此前", "REPEALED": "已废止"}[self]

    @property
    def tone(self) -> str:
        """Tone of its badge."""
        return {"IN_FORCE": "good", "FUTURE": "wait", "PAST": "off", "REPEALED": "off"}[self]


@dataclass(frozen=True, slots=True)
class VersionView:
    """One dated value as shown, in force from ``since`` until the day before ``until`` (None: no end is set)."""

    since: date
    until: date | None
    words: str
    basis: str
    mark: str
    group: str
    tone: str
    confidence: str
    only_for: str
    notes: tuple[str, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class ParameterView:
    """A parameter as shown: the version in force first, the others below."""

    key: str
    label: str
    section: str
    anchor: str
    direction: str
    now: VersionView
    others: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of a table as shown; ``cells`` in the order of the inputs."""

    id: str
    cells: tuple[str, ...]
    then: str
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class TableView:
    """A decision table as shown."""

    key: str
    label: str
    section: str
    since: date
    basis: str
    mark: str
    tone: str
    confidence: str
    hit: str
    note: str
    from_note: str
    inputs: tuple[tuple[str, str, str], ...]
    rows: tuple[RowView, ...]
    superior: str
    cases: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack in the list."""

    key: str
    label: str
    version: str
    subjects: str
    levels: str
    parameters: int
    tables: int
    cadences: int
    cases: int
    doubts: Mapping[str, int] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One fact found by search."""

    pack: str
    pack_label: str
    kind: str
    key: str
    label: str
    words: str
    basis: str
    mark: str
    tone: str
    tab: str


def mark_of(confidence: Confidence) -> tuple[str, str]:
    """Return the word and tone of a confidence, for a badge."""
    return confidence.word, TONES[confidence.mark]


def group_of(confidence: Confidence) -> str:
    """Return the group that counts and filters use: 已核, 核原文 or 待确认."""
    return confidence.mark or CHECKED


def name_of(pack: Pack) -> str:
    """Return the name of a pack in a choice; one adopted out of the sandbox says its version."""
    return f"{pack.label} {pack.version}（本地版本）" if pack.is_stored else pack.label


def pack_view(pack: Pack) -> PackView:
    """Return a pack as a line of the list."""
    doubts: dict[str, int] = {CHECKED: 0, "核原文": 0, "待确认": 0}
    for confidence in _confidences(pack):
        doubts[group_of(confidence)] += 1
    return PackView(
        pack.key,
        pack.label,
        pack.version,
        "、".join(SUBJECTS[subject] for subject in pack.subjects),
        "、".join(LEVELS[level] for level in pack.levels),
        len(pack.parameters),
        len(pack.tables),
        len(pack.extras["cadences"]),
        sum(len(file.cases) for _, file in pack.extras["cases"]),
        doubts,
        pack.id,
    )


def _confidences(pack: Pack) -> list[Confidence]:
    found = [version.confidence for parameter in pack.parameters.values() for version in parameter.versions]
    found += [table.confidence for versions in pack.tables.values() for table in versions]
    found += [template.confidence for versions in pack.papers.values() for template in versions]
    return found + [item["confidence"] for item in pack.extras["cadences"]]


def parameter_view(parameter: Parameter, on: date) -> ParameterView:
    """Return a parameter with the version in force on ``on`` first (the first one when none is yet)."""
    begun = [version for version in parameter.versions if version.effective_from <= on]
    now = begun[-1] if begun else parameter.versions[0]
    direction = parameter.direction.label if parameter.direction else ""
    if parameter.delegated_to:
        direction += "，可由" + "、".join(LEVELS[level] for level in parameter.delegated_to.levels) + "另定"
    return ParameterView(
        parameter.key,
        parameter.label,
        parameter.section,
        parameter.anchor,
        direction,
        _version_view(parameter, now, on),
        tuple(_version_view(parameter, v, on) for v in reversed(parameter.versions) if v is not now),
    )


def _version_view(parameter: Parameter, version: Version, on: date) -> VersionView:
    mark, tone = mark_of(version.confidence)
    end = end_of(parameter, version)
    until = None if end == date.max else end
    notes = tuple(note for note in (version.note, version.from_note, version.corrected) if note)
    return VersionView(
        version.effective_from,
        until,
        parameter.value_words(version),
        str(version.basis),
        mark,
        group_of(version.confidence),
        tone,
        version.confidence.label,
        "、".join(sorted(version.only_for or ())),
        notes,
        standing_of(version.effective_from, until, on, is_repealed=version.value is None),
    )


def standing_of(since: date, until: date | None, on: date, *, is_repealed: bool) -> Standing:
    """Return where a version stands on ``on``; ``is_repealed`` when it says that nothing holds any more."""
    if since > on:
        return Standing.FUTURE
    if until is not None and until <= on:
        return Standing.PAST
    return Standing.REPEALED if is_repealed else Standing.IN_FORCE


def versions_of(pack: Pack, key: str, on: date) -> tuple[VersionView, ...]:
    """Return every version of a parameter or table of a pack, newest first.

    :raises KeyError: the pack has neither
    """
    if key in pack.parameters:
        parameter = pack.parameters[key]
        return tuple(_version_view(parameter, version, on) for version in reversed(parameter.versions))
    tables = pack.tables[key]
    ends = [*(table.effective_from for table in tables[1:]), None]
    return tuple(_table_version_view(table, end, on) for table, end in reversed(list(zip(tables, ends, strict=True))))


def _table_version_view(table: Table, until: date | None, on: date) -> VersionView:
    mark, tone = mark_of(table.confidence)
    return VersionView(
        table.effective_from,
        until,
        f"{len(table.rows)} 行，{len(table.outputs)} 种结论" if table.rows else "已废止",
        str(table.basis),
        mark,
        group_of(table.confidence),
        tone,
        table.confidence.label,
        "",
        tuple(filter(None, (table.note, table.from_note))),
        standing_of(table.effective_from, until, on, is_repealed=not table.rows),
    )


def table_view(table: Table, pack: Pack | None = None, names: Mapping[str, str] | None = None) -> TableView:
    """Return a table as people draw it: inputs across, rows down, with its golden cases when ``pack`` is given.

    ``names`` are the labels of all tables by key, to name the superior one.
    """
    mark, tone = mark_of(table.confidence)
    rows = tuple(
        RowView(
            row.id,
            tuple(condition_words(table, key, row.cells.get(key)) for key in table.inputs),
            table.label_of(row.then),
            str(row.basis) if row.basis else "",
            row.note,
        )
        for row in table.rows
    )
    unknown = {"row": "未填时按表中所写", "undetermined": "未填时待人工认定"}
    inputs = tuple((item.label, key, unknown[item.unknown]) for key, item in table.inputs.items())
    return TableView(
        table.key,
        table.label,
        table.section,
        table.effective_from,
        str(table.basis),
        mark,
        tone,
        table.confidence.label,
        HITS[table.hit],
        table.note,
        table.from_note,
        inputs,
        rows,
        (names or {}).get(table.superior.table, table.superior.table) if table.superior else "",
        cases_of(pack, table.key) if pack else (),
    )


@dataclass(frozen=True, slots=True)
class ScorecardView:
    """A scorecard as people read it."""

    card: Scorecard
    basis: str
    mark: str
    tone: str
    confidence: str
    scale: str
    roles: str
    steps: tuple[tuple[str, str, str, bool], ...]
    cases: tuple[Mapping[str, str], ...]


def scorecard_view(card: Scorecard, pack: Pack) -> ScorecardView:
    """Return a scorecard as a page shows it: who marks, the steps before, with its golden cases."""
    mark, tone = mark_of(card.confidence)
    labels = rights().roles
    roles = [labels.get(role, role) for role in card.roles] + (["抽取的专家"] if card.takes_experts else [])
    scale = f"{card.scale.lowest:f} 至 {card.scale.highest:f} 分，每档 {card.scale.step:f} 分"
    steps = tuple(
        (step.label, _form_words(step), "、".join(labels.get(role, role) for role in step.roles), step.is_required)
        for step in card.steps
    )
    return ScorecardView(
        card, str(card.basis), mark, tone, card.confidence.label, scale, "、".join(roles), steps,
        cases_of(pack, card.key),
    )  # fmt: skip


def _form_words(step: Step) -> str:
    held = "、".join(one.label for one in Holding if one in step.holds)
    return f"{step.form.label}，须有{held}" if held else step.form.label


def cases_of(pack: Pack, key: str) -> tuple[Mapping[str, str], ...]:
    """Return the golden cases of a table, parameter or scorecard, in words."""
    found = []
    for _, file in pack.extras["cases"]:
        if key in (file.table, file.parameter, file.scorecard):
            for case in file.cases:
                items = case.expect.get("items")
                expect = case.expect.get("value", f"共 {items} 项" if items else "")
                found.append(
                    {
                        "name": case.name,
                        "on": case.on.isoformat(),
                        "expect": "不予判定" if "refused" in case.expect else _label(pack, key, expect),
                        "arithmetic": case.arithmetic,
                        "source": case.source,
                    }
                )
    return tuple(found)


def _label(pack: Pack, key: str, value: Any) -> str:
    if key in pack.tables:
        # A case of the day before the pack's own table is decided by a pack below, whose codes may be others.
        answers = [table for one in below(pack, queries.packs()) for table in one.tables.get(key, ())[::-1]]
        table = next((table for table in answers if str(value) in table.outputs), answers[0])
        return table.label_of(str(value))
    if key in pack.scorecards:
        return SCORED.get(str(value), str(value))
    return str(value)


def search(packs: Sequence[Pack], words: str, on: date, limit: int = 200) -> list[Hit]:
    """Return every parameter, table row, dimension of a scorecard and cadence whose text holds all the words, in pack order."""
    wanted = words.lower().split()
    hits: list[Hit] = []
    for pack in packs:
        for parameter in pack.parameters.values():
            view = parameter_view(parameter, on)
            hits.append(
                Hit(
                    pack.id,
                    pack.label,
                    "参数",
                    view.key,
                    view.label,
                    view.now.words,
                    view.now.basis,
                    view.now.mark,
                    view.now.tone,
                    "parameters",
                )
            )
        for versions in pack.tables.values():
            table = table_view(versions[-1])
            for row in table.rows:
                said = "，".join(
                    f"{label} {cell}"
                    for (label, _, _), cell in zip(table.inputs, row.cells, strict=True)
                    if cell != "—"
                )
                text = f"{said or '其余情形'} → {row.then}"
                hits.append(
                    Hit(
                        pack.id,
                        pack.label,
                        "决策表",
                        table.key,
                        table.label,
                        text,
                        row.basis or table.basis,
                        table.mark,
                        table.tone,
                        "tables",
                    )
                )
        for cards in pack.scorecards.values():
            card = cards[-1]
            mark, tone = mark_of(card.confidence)
            for one in card.dimensions:
                said = " ".join(part for part in (f"{one.label}，权重 {one.weight_words}", one.asks) if part)
                hits.append(
                    Hit(
                        pack.id, pack.label, "评分表", card.key, card.label, said, str(card.basis), mark, tone, "scorecards"
                    )
                )  # fmt: skip
        for item in pack.extras["cadences"]:
            mark, tone = mark_of(item["confidence"])
            text = f"{CADENCES[item['every']]}：{item['duty']}"
            hits.append(
                Hit(
                    pack.id,
                    pack.label,
                    "节奏",
                    item["key"],
                    item["label"],
                    text,
                    str(item["basis"]),
                    mark,
                    tone,
                    "cadences",
                )
            )
    found = [
        hit for hit in hits if all(word in f"{hit.key} {hit.label} {hit.words} {hit.basis}".lower() for word in wanted)
    ]
    return found[:limit]
