"""Decision tables (决策表): a closed vocabulary of conditions, one row decides. Nothing is evaluated as code.

A cell says ``up_to`` (不超过), ``above`` (超过), ``at_least`` (不少于), ``below`` (不足), ``one_of`` (属于) or ``is`` (是).
An absent cell accepts anything, also an unknown fact of an input declared ``unknown: row``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from gongbu.ground.basics.findings import Basis, Refusal
from gongbu.ground.policy.rules.values import Confidence, money_words, parse_date, parse_decimal, plain

UNDETERMINED = "UNDETERMINED"
UNDETERMINED_LABEL = "待人工认定"
ORDERED = frozenset({"fen", "integer", "ratio", "date"})
TYPES = frozenset({*ORDERED, "choice", "bool"})

Fact = int | Decimal | date | str | bool | None
Cut = tuple[Any, int]
"""A place on the line of an ordered type: ``(value, 0)`` just before a value, ``(value, 1)`` just after it."""
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cell:
    """Condition on one input: an interval of an ordered type, or a set of codes (``"true"``/``"false"`` for bool)."""

    low: Fact = None
    low_closed: bool = True
    high: Fact = None
    high_closed: bool = True
    codes: frozenset[str] | None = None
    unknown: bool = False

    def holds(self, fact: Fact) -> bool:
        """Return whether ``fact`` meets the condition; an unknown fact meets only ``is: UNKNOWN``."""
        if fact is None or self.unknown:
            return fact is None and self.unknown
        if self.codes is not None:
            return (("true" if fact else "false") if isinstance(fact, bool) else fact) in self.codes
        if self.low is not None and (fact < self.low or (fact == self.low and not self.low_closed)):  # type: ignore[operator]
            return False
        return not (self.high is not None and (fact > self.high or (fact == self.high and not self.high_closed)))  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a table: key of the field catalogue, type, label, declared codes, and what to do when unknown.

    ``unknown`` is ``undetermined`` (the decision waits for a person unless the fact cannot matter) or ``row``
    (rows must say what an unknown fact means). ``domain`` bounds the facts for which the table speaks.
    ``decided_by`` takes the fact from another table's decision. ``aliases`` are other keys under which callers may
    give the fact. An empty string and the code UNKNOWN (未报) are unknown, unless the table declares that code.
    """

    key: str
    type: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    unknown: str = "undetermined"
    domain: Cell | None = None
    decided_by: str | None = None
    aliases: tuple[str, ...] = ()

    def read(self, raw: object) -> Fact:
        """Return the fact of the declared type, exactly.

        :raises Refusal: ``policy.wrong_fact`` naming the key, what was given and what is expected
        """
        if raw is None or raw == "" or (raw == "UNKNOWN" and raw not in self.choices):
            return None
        if self.type in {"fen", "integer"}:
            if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) <= LARGEST:
                return raw
            self._wrong(raw, "整数（分）" if self.type == "fen" else "整数")
        if self.type == "ratio":
            return self._ratio(raw)
        if self.type == "date":
            try:
                return parse_date(raw)
            except ValueError:
                self._wrong(raw, "日期，例如 2026-03-01")
        if self.type == "bool":
            if isinstance(raw, bool):
                return raw
            self._wrong(raw, "true、false 或 null")
        if isinstance(raw, str) and raw in self.choices:
            return raw
        self._wrong(raw, "下列代码之一：" + "、".join(f"{code}（{label}）" for code, label in self.choices.items()))
        return None  # pragma: no cover - _wrong always raises

    def given(self, facts: Mapping[str, object]) -> object:
        """Return the raw fact under the input's key or, failing that, one of its aliases."""
        found = facts.get(self.key)
        if found is None and self.aliases:
            return next((facts[key] for key in self.aliases if facts.get(key) is not None), None)
        return found

    def _ratio(self, raw: object) -> Fact:
        if isinstance(raw, Decimal):
            return raw
        if isinstance(raw, int) and not isinstance(raw, bool):
            return Decimal(raw)
        if isinstance(raw, str):
            try:
                return parse_decimal(raw)
            except ValueError:
                pass
        self._wrong(raw, '十进制小数的文字，例如 "0.10"')
        return None  # pragma: no cover

    def _wrong(self, raw: object, expected: str) -> None:
        raise Refusal(
            "policy.wrong_fact", field=self.key, key=self.key, label=self.label, raw=repr(raw), expected=expected
        )

    def words(self, fact: Fact) -> str:
        """Write a fact of this input in Chinese."""
        if fact is None:
            return "未知"
        if isinstance(fact, bool):
            return "是" if fact else "否"
        if self.type == "fen":
            return money_words(int(fact))  # type: ignore[arg-type]
        if isinstance(fact, Decimal):
            return f"{plain(fact * 100)}%"
        if self.type == "choice":
            return self.choices.get(str(fact), UNDETERMINED_LABEL if fact == UNDETERMINED else str(fact))
        return fact.isoformat() if isinstance(fact, date) else str(fact)


@dataclass(frozen=True, slots=True)
class Output:
    """What a row may decide: code, Chinese label, note, further declared details (lead, procedure …).

    ``basis`` is the clause of the outcome itself, where it has one besides the table's.
    """

    code: str
    label: str
    note: str = ""
    basis: Basis | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: conditions by input key, the output code, an own basis where the row has one."""

    id: str
    cells: Mapping[str, Cell]
    then: str
    basis: Basis | None = None
    note: str = ""
    line: int = 0

    def matches(self, facts: Mapping[str, Fact]) -> bool:
        """Return whether every condition holds."""
        return all(cell.holds(facts[key]) for key, cell in self.cells.items())


@dataclass(frozen=True, slots=True)
class Superior:
    """The table of superior law over a local one: which local outputs each lawful value permits, and what follows else."""

    table: str
    permits: Mapping[str, frozenset[str]]
    otherwise: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One dated version of a decision table. ``rows`` empty means repealed from ``effective_from`` on."""

    key: str
    label: str
    hit: str
    anchor: str
    effective_from: date
    basis: Basis
    confidence: Confidence
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    rows: tuple[Row, ...]
    superior: Superior | None = None
    text_checked_on: date | None = None
    from_note: str = ""
    note: str = ""
    section: str = ""
    hash: str = ""
    file: str = ""
    line: int = 0

    def label_of(self, value: str) -> str:
        """Return the Chinese label of an output code, UNDETERMINED included."""
        if value == UNDETERMINED and value not in self.outputs:
            return UNDETERMINED_LABEL
        return self.outputs[value].label

    def read_facts(self, raw: Mapping[str, object]) -> dict[str, Fact]:
        """Return the typed facts of this table's own inputs; absent ones are unknown; other keys are ignored.

        :raises Refusal: ``policy.wrong_fact``
        """
        return {key: item.read(item.given(raw)) for key, item in self.inputs.items() if item.decided_by is None}

    def find_row(self, facts: Mapping[str, Fact]) -> Row | None:
        """Return the deciding row, or None when an unknown or out-of-range fact could change the answer.

        Scalar path: it walks the rows, independently of the compiled grid, so that the two can be compared.
        """
        waiting = []
        for key, item in self.inputs.items():
            fact = facts[key]
            if fact is None:
                if item.unknown == "undetermined":
                    waiting.append(key)
            elif item.domain is not None and not item.domain.holds(fact):
                return None
        return self._agreed(dict(facts), waiting)

    def _agreed(self, facts: dict[str, Fact], waiting: list[str]) -> Row | None:
        if not waiting:
            return next((row for row in self.rows if row.matches(facts)), None)
        key, rest = waiting[0], waiting[1:]
        answers: set[str | None] = set()
        answer: Row | None = None
        for sample in sample_facts(self, key):
            facts[key] = sample
            answer = self._agreed(facts, rest)
            answers.add(answer.id if answer else None)
            if len(answers) > 1 or answer is None:
                return None
        return answer


def bounds_of(table: Table, key: str) -> list[Cut]:
    """Return the sorted cuts of an ordered input: ``(value, 0)`` just before a value, ``(value, 1)`` just after it.

    For whole numbers and days "just after n" is "just before n + 1", so that no empty gap is seen between them.
    """
    item = table.inputs[key]
    cells = [row.cells[key] for row in table.rows if key in row.cells]
    if item.domain is not None:
        cells.append(item.domain)
    cuts: set[Cut] = set()
    for cell in cells:
        if cell.low is not None:
            cuts.add(cut(item.type, cell.low, after=not cell.low_closed))
        if cell.high is not None:
            cuts.add(cut(item.type, cell.high, after=cell.high_closed))
    return sorted(cuts)


def cut(kind: str, value: Any, *, after: bool) -> Cut:
    """Return the place just before or just after ``value`` on the line of an ordered type."""
    if not after:
        return (value, 0)
    if kind in {"fen", "integer"}:
        return (value + 1, 0)
    if kind == "date":
        return (date.fromordinal(value.toordinal() + 1), 0)
    return (value, 1)


def sample_facts(table: Table, key: str) -> list[Fact]:
    """Return one fact from each region of an input between which some row could tell a difference."""
    item = table.inputs[key]
    if item.type == "bool":
        return [True, False]
    if item.type == "choice":
        return list(item.choices)
    cuts = bounds_of(table, key)
    samples = [_between(item.type, low, high) for low, high in zip([None, *cuts], [*cuts, None], strict=True)]
    return [s for s in samples if item.domain is None or item.domain.holds(s)]


def _between(kind: str, low: Cut | None, high: Cut | None) -> Any:
    """Return a fact after ``low`` and before ``high``."""
    if kind == "date":
        if low is not None:
            return low[0]
        return date.fromordinal(high[0].toordinal() - 1) if high else date(2026, 1, 1)
    if kind in {"fen", "integer"}:
        if low is not None:
            return low[0]
        return high[0] - 1 if high else 0
    if low is not None and low[1] == 0:
        return low[0]
    if low is not None:
        return low[0] + 1 if high is None else (low[0] + high[0]) / 2
    if high is None:
        return Decimal(0)
    return high[0] if high[1] == 1 else high[0] - 1
