"""A decision (判定): value, row, facts used, basis, reference, conflicts with superior law, explanation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gongbu.ground.basics.findings import Basis
from gongbu.ground.policy.rules.dated import PolicyRef
from gongbu.ground.policy.rules.tables import UNDETERMINED, Cell, Fact, Input, Row, Table
from gongbu.ground.policy.rules.values import Confidence, as_json


@dataclass(frozen=True, slots=True)
class Conflict:
    """A local rule that collides with superior law: what each says, on what basis; the law was followed."""

    local_value: str
    local_label: str
    local_basis: Basis
    local_row: str
    law_value: str
    law_label: str
    law_basis: Basis
    law_ref: PolicyRef
    followed: str
    followed_label: str

    @property
    def words(self) -> str:
        """The conflict in one Chinese sentence."""
        return (
            f"本地规定为“{self.local_label}”（{self.local_basis}），上位法为“{self.law_label}”（{self.law_basis}），"
            f"二者抵触，已按上位法处理：{self.followed_label}。"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the conflict as JSON."""
        return {
            "local": {
                "value": self.local_value,
                "label": self.local_label,
                "basis": basis_dict(self.local_basis),
                "row": self.local_row,
            },
            "law": {
                "value": self.law_value,
                "label": self.law_label,
                "basis": basis_dict(self.law_basis),
                "ref": self.law_ref.as_dict(),
            },
            "followed": {"value": self.followed, "label": self.followed_label},
            "explanation": self.words,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What a table decided for given facts on a day. ``value`` UNDETERMINED (待人工认定) always has a ``reason``.

    ``on`` is the anchor day that picked the table version; ``steps`` are the decisions of tables it drew facts from.
    """

    table: str
    table_label: str
    value: str
    label: str
    row: str | None
    facts: Mapping[str, Fact]
    basis: Basis
    confidence: Confidence
    ref: PolicyRef
    on: date
    explanation: str
    conflicts: tuple[Conflict, ...] = ()
    reason: str = ""
    note: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    steps: tuple["Decision", ...] = ()

    @property
    def is_undetermined(self) -> bool:
        """Whether a person must decide (待人工认定)."""
        return self.value == UNDETERMINED

    def facts_json(self) -> dict[str, Any]:
        """Return the facts used as canonical JSON values (no floats)."""
        return {key: as_json(fact) for key, fact in self.facts.items()}

    def as_dict(self) -> dict[str, Any]:
        """Return the whole decision as JSON, as it is stored, printed and sent."""
        return {
            "table": self.table,
            "table_label": self.table_label,
            "value": self.value,
            "label": self.label,
            "row": self.row,
            "facts": self.facts_json(),
            "basis": basis_dict(self.basis),
            "confidence": self.confidence.value,
            "mark": self.confidence.mark,
            "ref": self.ref.as_dict(),
            "on": self.on.isoformat(),
            "explanation": self.explanation,
            "reason": self.reason,
            "note": self.note,
            "details": dict(self.details),
            "conflicts": [conflict.as_dict() for conflict in self.conflicts],
            "steps": [step.as_dict() for step in self.steps],
        }


def basis_dict(basis: Basis) -> dict[str, str]:
    """Return a basis as JSON."""
    return {"instrument": basis.instrument, "article": basis.article}


def explain_row(table: Table, row: Row, facts: Mapping[str, Fact]) -> str:
    """Say which bounds matched: ``总投资 1.2 亿元 > 1 亿元 → A 级``."""
    said = [explain_cell(table.inputs[key], cell, facts[key]) for key, cell in row.cells.items()]
    if not said:
        said = ["不属于前列各行"] if table.hit == "FIRST" and len(table.rows) > 1 else ["无条件"]
    return f"{'，'.join(said)} → {table.label_of(row.then)}"


def explain_cell(item: Input, cell: Cell, fact: Fact) -> str:
    """Say how a fact meets a condition; a fact that is unknown and cannot matter is called so."""
    if fact is None:
        return f"{item.label}未填（按表中“未知”处理）" if cell.unknown else f"{item.label}未填（不影响结论）"
    if cell.codes is not None:
        if len(cell.codes) == 1 or item.type == "bool":
            return f"{item.label}：{item.words(fact)}"
        listed = "、".join(label for code, label in item.choices.items() if code in cell.codes)
        return f"{item.label}“{item.words(fact)}”属于（{listed}）"
    low, high = cell.low, cell.high
    text = f"{item.label}{'' if item.label.endswith('）') else ' '}{item.words(fact)}"
    if low is not None and low == high:
        return f"{text} ＝ {item.words(low)}"
    if low is not None and high is not None:
        return f"{item.words(low)} {'≤' if cell.low_closed else '<'} {text} {'≤' if cell.high_closed else '<'} {item.words(high)}"
    if low is not None:
        return f"{text} {'≥' if cell.low_closed else '>'} {item.words(low)}"
    return f"{text} {'≤' if cell.high_closed else '<'} {item.words(high)}"


def explain_waiting(table: Table, facts: Mapping[str, Fact]) -> str:
    """Say why a table cannot decide: which facts are missing or out of its range."""
    missing, outside = [], []
    for key, item in table.inputs.items():
        fact = facts[key]
        if fact is None and item.unknown == "undetermined":
            missing.append(f"“{item.label}”")
        elif fact is not None and item.domain is not None and not item.domain.holds(fact):
            outside.append(f"{item.label} {item.words(fact)}")
    said = []
    if missing:
        said.append(f"缺少{'、'.join(missing)}，补录后自动重新认定")
    if outside:
        said.append(f"{'、'.join(outside)}不在本规则适用范围内，请核对")
    return "；".join(said) or "本规则没有规定这种情形"
