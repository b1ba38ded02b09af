"""Compare two editions of a pack: which values, rows, cadences, paper templates, scorecards changed, and between which days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gongbu.ground.policy.rules.dated import Parameter, Version
from gongbu.ground.policy.rules.papers import PaperTemplate
from gongbu.ground.policy.rules.policy import Pack
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.ground.policy.rules.tables import Cell, Row, Table
from gongbu.ground.policy.rules.values import Confidence
from gongbu.ground.policy.schemas import CADENCES, HITS, LEVELS, SUBJECTS


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: ``kind`` added, removed or changed; what it is; before and after in Chinese."""

    kind: str
    what: str
    key: str
    label: str
    effective_from: str
    before: str = ""
    after: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the change as JSON."""
        return {
            "kind": self.kind,
            "what": self.what,
            "key": self.key,
            "label": self.label,
            "from": self.effective_from,
            "before": self.before,
            "after": self.after,
        }

    def __str__(self) -> str:
        sign = {"added": "＋", "removed": "－", "changed": "～"}[self.kind]
        head = f"{sign} {self.label}（{self.key}）{'自 ' + self.effective_from if self.effective_from else ''}"
        if self.kind == "changed":
            return f"{head}\n    原：{self.before}\n    新：{self.after}"
        return f"{head}：{self.after or self.before}"


def same_version_other_content(old: Pack, new: Pack) -> str:
    """Return what to say when two editions carry one version number and differ, or an empty string.

    Decisions keep pack and version beside the content hash: a number that means two contents misleads who reads it.
    """
    if (old.key, old.version) != (new.key, new.version) or old.hash == new.hash:
        return ""
    return f"两个制度包的内容不同而版本号相同（{new.version}），采用前请在新的一份的 pack.yaml 中改写 version。"


def diff_packs(old: Pack, new: Pack) -> list[Change]:
    """Return the differences from ``old`` to ``new``: the head, then parameters, tables, cadences, papers, scorecards."""
    return [
        *_head(old, new),
        *_parameters(old, new),
        *_tables(old, new),
        *_cadences(old, new),
        *_papers(old, new),
        *_scorecards(old, new),
    ]


def _head(old: Pack, new: Pack) -> Iterator[Change]:
    for name, label in (
        ("version", "版本"),
        ("label", "名称"),
        ("subjects", "事项"),
        ("levels", "采用层级"),
        ("over", "高于"),
        ("classification", "分类表"),
    ):
        one, other = getattr(old, name), getattr(new, name)
        if one != other:
            yield Change("changed", "pack", name, label, "", _plain(one), _plain(other))


def _plain(value: Any) -> str:
    words: dict[str, str] = {**SUBJECTS, **LEVELS}
    return (
        ("、".join(words.get(str(one), str(one)) for one in value) or "无") if isinstance(value, tuple) else str(value)
    )


def _pairs(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    for key in [*old, *(key for key in new if key not in old)]:
        yield key, old.get(key), new.get(key)


def _parameters(old: Pack, new: Pack) -> Iterator[Change]:
    for key, one, other in _pairs(old.parameters, new.parameters):
        mine = {} if one is None else {_who(v): v for v in one.versions}
        theirs = {} if other is None else {_who(v): v for v in other.versions}
        label = (other or one).label
        if one is not None and other is not None:
            for name, word in (("unit", "单位"), ("anchor", "取值日"), ("label", "名称")):
                if getattr(one, name) != getattr(other, name):
                    yield Change(
                        "changed", "parameter", key, f"{label}·{word}", "", getattr(one, name), getattr(other, name)
                    )
            if one.direction != other.direction or one.delegated_to != other.delegated_to:
                yield Change("changed", "parameter", key, f"{label}·法定方向", "", _direction(one), _direction(other))
        for (since, _), before, after in _pairs(mine, theirs):
            words = (_version(one, before) if before else "", _version(other, after) if after else "")
            if words[0] != words[1]:
                kind = "added" if before is None else "removed" if after is None else "changed"
                yield Change(kind, "parameter", key, label, since.isoformat(), *words)


def _who(version: Version) -> tuple[Any, tuple[str, ...]]:
    return version.effective_from, tuple(sorted(version.only_for or ()))


def _direction(parameter: Parameter) -> str:
    text = parameter.direction.label if parameter.direction else "无"
    delegation = parameter.delegated_to
    return (
        f"{text}，授权 {'、'.join(LEVELS[one] for one in delegation.levels)}（{delegation.basis}）"
        if delegation
        else text
    )


def _version(parameter: Parameter, version: Version) -> str:
    who = f"，仅适用 {'、'.join(sorted(version.only_for))}" if version.only_for else ""
    return f"{parameter.value_words(version)}{who}（{version.basis}；{_checked(version.confidence)}）"


def _checked(confidence: Confidence) -> str:
    # Word and meaning: two codes may share a word, and passing from one to the other is a difference.
    return f"{confidence.word}，{confidence.label}"


def _tables(old: Pack, new: Pack) -> Iterator[Change]:
    for key, one, other in _pairs(old.tables, new.tables):
        mine = {} if one is None else {table.effective_from: table for table in one}
        theirs = {} if other is None else {table.effective_from: table for table in other}
        for since, before, after in _pairs(mine, theirs):
            if before is None or after is None:
                table = after or before
                yield Change(
                    "added" if before is None else "removed",
                    "table",
                    key,
                    table.label,
                    since.isoformat(),
                    "",
                    f"{len(table.rows)} 行",
                )
            elif before.hash != after.hash:
                yield from _table(before, after)


def diff_tables(before: Table, after: Table) -> list[Change]:
    """Return what one version of a table changes against another, row by row."""
    return list(_table(before, after))


def _table(before: Table, after: Table) -> Iterator[Change]:
    since = after.effective_from.isoformat()
    quiet = True
    for row_id, one, other in _pairs({r.id: r for r in before.rows}, {r.id: r for r in after.rows}):
        words = (_row(before, one) if one else "", _row(after, other) if other else "")
        if words[0] != words[1]:
            quiet = False
            kind = "added" if one is None else "removed" if other is None else "changed"
            yield Change(kind, "row", f"{after.key}#{row_id}", f"{after.label}第 {row_id} 行", since, *words)
    heads = (_table_head(before), _table_head(after))
    if quiet or heads[0] != heads[1]:
        yield Change(
            "changed",
            "table",
            after.key,
            after.label,
            since,
            *(heads if heads[0] != heads[1] else ("说明或输入", "说明或输入有改动")),
        )


def _table_head(table: Table) -> str:
    inputs = "、".join(item.label for item in table.inputs.values())
    order = "、".join(row.id for row in table.rows)
    return f"{HITS[table.hit]}；{table.basis}；{_checked(table.confidence)}；输入 {inputs}；行序 {order}"


def _row(table: Table, row: Row) -> str:
    said = [cell_words(table, key, cell) for key, cell in row.cells.items()]
    return f"{'，'.join(said) or '其余情形'} → {table.label_of(row.then)}"


def cell_words(table: Table, key: str, cell: Cell) -> str:
    """Write a condition for people: ``总投资 > 1 亿元``."""
    return f"{table.inputs[key].label} {condition_words(table, key, cell)}"


def condition_words(table: Table, key: str, cell: Cell | None) -> str:
    """Write a condition without the input's name, as a table cell shows it."""
    item = table.inputs[key]
    if cell is None:
        return "—"
    if cell.unknown:
        return "未填"
    if cell.codes is not None:
        known = {"true": "是", "false": "否"} if item.type == "bool" else item.choices
        return "、".join(label for code, label in known.items() if code in cell.codes)
    if cell.low is not None and cell.low == cell.high:
        return f"＝ {item.words(cell.low)}"
    parts = []
    if cell.low is not None:
        parts.append(f"{'≥' if cell.low_closed else '>'} {item.words(cell.low)}")
    if cell.high is not None:
        parts.append(f"{'≤' if cell.high_closed else '<'} {item.words(cell.high)}")
    return "，".join(parts) or "—"


def _cadences(old: Pack, new: Pack) -> Iterator[Change]:
    mine = {item["key"]: item for item in old.extras.get("cadences", ())}
    theirs = {item["key"]: item for item in new.extras.get("cadences", ())}
    for key, one, other in _pairs(mine, theirs):
        if one is not None and other is not None and one["hash"] == other["hash"]:
            continue
        kind = "added" if one is None else "removed" if other is None else "changed"
        words = tuple(f"{CADENCES[item['every']]}：{item['duty']}" if item else "" for item in (one, other))
        yield Change(kind, "cadence", key, (other or one)["label"], (other or one)["from"], *words)


def _papers(old: Pack, new: Pack) -> Iterator[Change]:
    def dated(pack: Pack) -> dict[tuple[str, Any], PaperTemplate]:
        return {(t.key, t.effective_from): t for versions in pack.papers.values() for t in versions}

    for (key, since), one, other in _pairs(dated(old), dated(new)):
        if one is not None and other is not None and one.hash == other.hash:
            continue
        kind = "added" if one is None else "removed" if other is None else "changed"
        words = tuple(f"{t.genre}“{t.title}”，{len(t.paragraphs)} 段，{t.basis}" if t else "" for t in (one, other))
        yield Change(kind, "paper", key, (other or one).label, since.isoformat(), *words)


def _scorecards(old: Pack, new: Pack) -> Iterator[Change]:
    def dated(pack: Pack) -> dict[tuple[str, Any], Scorecard]:
        return {(card.key, card.effective_from): card for versions in pack.scorecards.values() for card in versions}

    for (key, since), one, other in _pairs(dated(old), dated(new)):
        if one is not None and other is not None and one.hash == other.hash:
            continue
        kind = "added" if one is None else "removed" if other is None else "changed"
        words = tuple(f"{card.weights_words}；{card.method_words}" if card else "" for card in (one, other))
        yield Change(kind, "scorecard", key, (other or one).label, since.isoformat(), *words)
