"""Decide the same facts by two orders of packs and compare: who changes from what to what, and how much money.

Vectorised: the same compiled grids as :meth:`Policy.decide_many`; a test compares with deciding one by one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.rules.policy import Pack, Policy
from gongbu.ground.policy.rules.tables import Table

NOT_ASKED = ""
"""Code of a subject that the packs do not ask: no such table on the day, or not in this stage."""
NOT_ASKED_LABEL = "不判定"


@dataclass(frozen=True, slots=True)
class Side:
    """What one order of packs answers for many records: code, row and conflict per record; labels by code."""

    codes: tuple[str, ...]
    labels: Mapping[str, str]
    indexes: NDArray[np.int32]
    rows: NDArray[np.int32]
    conflicts: NDArray[np.bool_]
    table: Table | None
    misread: frozenset[int] = frozenset()

    def row_id(self, record: int) -> str:
        """Return the id of the row that decided a record; empty when none did."""
        row = int(self.rows[record])
        return self.table.rows[row].id if self.table is not None and row >= 0 else ""

    def code(self, record: int) -> str:
        """Return the answer about a record."""
        return self.codes[int(self.indexes[record])]


def decide_side(
    policy: Policy, table_key: str, columns: Mapping[str, Sequence[Any]], stages: Sequence[str], on: date, size: int
) -> Side:
    """Decide ``size`` records by a table. ``stages`` is the stage of each subject, or empty when nobody asks by stage.

    A stored fact that the table cannot read (its codes have moved on) counts as unknown and is told in ``misread``.
    """
    try:
        table = policy.table(table_key, on)[1]
    except Refusal:
        return _nobody(size)
    misread: frozenset[int] = frozenset()
    given = {**columns, "": [None] * size}
    try:
        found = policy.decide_many(table_key, given, on)
    except Refusal as refusal:
        if refusal.code != "policy.wrong_fact":
            raise
        given, misread = _legible(policy, table_key, given, on)
        found = policy.decide_many(table_key, given, on)
    codes = (*found.codes, NOT_ASKED)
    indexes, conflicts, rows = found.code_indexes, found.conflicts, found.rows
    if stages:
        asked_in = {stage: policy.is_asked(table_key, stage) for stage in set(stages)}
        asked = np.fromiter((asked_in[stage] for stage in stages), dtype=bool, count=size)
        indexes = np.where(asked, indexes, len(codes) - 1).astype(np.int32)
        conflicts, rows = conflicts & asked, np.where(asked, rows, -1).astype(np.int32)
    labels = {code: table.label_of(code) for code in found.codes} | {NOT_ASKED: NOT_ASKED_LABEL}
    return Side(codes, labels, indexes, rows, conflicts, table, misread)


def _nobody(size: int) -> Side:
    none = np.zeros(size, dtype=np.int32)
    return Side((NOT_ASKED,), {NOT_ASKED: NOT_ASKED_LABEL}, none, none - 1, np.zeros(size, dtype=bool), None)


def _legible(
    policy: Policy, table_key: str, columns: Mapping[str, Sequence[Any]], on: date
) -> tuple[dict[str, Sequence[Any]], frozenset[int]]:
    clean = {key: list(column) for key, column in columns.items()}
    wrong: set[int] = set()
    for key in closure(policy, table_key, on):
        for item in policy.table(key, on)[1].inputs.values():
            if item.decided_by is not None:
                continue
            for name in (item.key, *item.aliases):
                for at, raw in enumerate(clean.get(name, ())):
                    try:
                        item.read(raw)
                    except Refusal:
                        clean[name][at] = None
                        wrong.add(at)
    return dict(clean), frozenset(wrong)


def closure(policy: Policy, table_key: str, on: date) -> frozenset[str]:
    """Return the table and every table it draws on or stands under, as far as they are in force on the day."""
    seen: set[str] = set()
    todo = [table_key]
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        try:
            table = policy.table(key, on)[1]
        except Refusal:
            continue
        seen.add(key)
        todo += [item.decided_by for item in table.inputs.values() if item.decided_by is not None]
        todo += [table.superior.table] if table.superior is not None else []
    return frozenset(seen)


def affected(policies: Iterable[Policy], touched: Collection[str], on: date) -> list[str]:
    """Return every table whose answer may depend on one of ``touched``, in pack order."""
    found: dict[str, None] = {}
    for policy in policies:
        for pack in policy.packs:
            for key in pack.tables:
                if key in touched or not closure(policy, key, on).isdisjoint(touched):
                    found[key] = None
    return list(found)


def swap(policy: Policy, trial: Pack, *, is_adopted: bool) -> Policy:
    """Return the order with ``trial`` in the place of the pack of its key; in front when it is not there.

    ``is_adopted``: the trial would be adopted where this order holds; else an order without the pack stays as it is.
    """
    if any(pack.key == trial.key for pack in policy.packs):
        return Policy(trial if pack.key == trial.key else pack for pack in policy.packs)
    return Policy((trial, *policy.packs)) if is_adopted else policy


@dataclass(slots=True)
class Sum:
    """A number of records and their money; ``unknown`` counts those whose money nobody reported."""

    count: int = 0
    money_fen: int = 0
    unknown: int = 0

    def add(self, count: int, money_fen: int, unknown: int) -> None:
        """Add more."""
        self.count, self.money_fen, self.unknown = (
            self.count + count, self.money_fen + money_fen, self.unknown + unknown
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """One record whose answer changes; ``at`` is its place in the batch."""

    at: int
    before: str
    after: str
    before_row: str
    after_row: str
    had_conflict: bool
    has_conflict: bool


@dataclass(slots=True)
class Tally:
    """What comparing one table over one source comes to."""

    table: str
    label: str = ""
    asked: int = 0
    changed: int = 0
    misread: int = 0
    conflicts_before: int = 0
    conflicts_after: int = 0
    undetermined_before: int = 0
    undetermined_after: int = 0
    drifted: int = 0
    moves: dict[tuple[str, str], Sum] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    regions: dict[int, Sum] = field(default_factory=dict)

    @property
    def money_fen(self) -> int:
        """Money of all records that change, fen."""
        return sum(one.money_fen for one in self.moves.values())


def compare(before: Side, after: Side) -> list[Moved]:
    """Return every record whose answer differs between the two sides."""
    codes = list(dict.fromkeys([*before.codes, *after.codes]))
    place = {code: index for index, code in enumerate(codes)}
    one = np.array([place[code] for code in before.codes], dtype=np.int32)[before.indexes]
    other = np.array([place[code] for code in after.codes], dtype=np.int32)[after.indexes]
    return [
        Moved(
            at, codes[one[at]], codes[other[at]], before.row_id(at), after.row_id(at),
            bool(before.conflicts[at]), bool(after.conflicts[at]),
        )
        for at in map(int, np.flatnonzero(one != other))
    ]  # fmt: skip


def count(
    tally: Tally,
    before: Side,
    after: Side,
    moved: Sequence[Moved],
    money_fen: Sequence[int | None],
    counts: Sequence[bool],
    region_keys: Sequence[int],
) -> None:
    """Add a compared batch to a tally. ``counts``: whose money is counted (parents of packages are not, so once only)."""
    from gongbu.ground.policy.rules.tables import UNDETERMINED

    tally.asked += len(before.indexes)
    tally.changed += len(moved)
    tally.misread += len(before.misread | after.misread)
    tally.conflicts_before += int(before.conflicts.sum())
    tally.conflicts_after += int(after.conflicts.sum())
    tally.undetermined_before += _how_many(before, UNDETERMINED)
    tally.undetermined_after += _how_many(after, UNDETERMINED)
    tally.labels |= {**before.labels, **after.labels}
    for side in (before, after):
        tally.label = side.table.label if side.table is not None else tally.label
    for one in moved:
        fen = money_fen[one.at] if counts[one.at] else 0
        numbers = (1, fen or 0, int(fen is None))
        tally.moves.setdefault((one.before, one.after), Sum()).add(*numbers)
        tally.regions.setdefault(region_keys[one.at], Sum()).add(*numbers)


def _how_many(side: Side, code: str) -> int:
    return int((side.indexes == side.codes.index(code)).sum()) if code in side.codes else 0
