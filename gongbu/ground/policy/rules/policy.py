"""Packs in order, and what they say: the value on a day, the decision for given facts, one record or many."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gongbu.ground.basics.findings import Basis, Refusal
from gongbu.ground.policy.rules.dated import DatedValue, Parameter, PolicyRef, Version
from gongbu.ground.policy.rules.decisions import Conflict, Decision, explain_row, explain_waiting
from gongbu.ground.policy.rules.grid import Grid
from gongbu.ground.policy.rules.papers import PaperTemplate
from gongbu.ground.policy.rules.scorecards import Scorecard, Use
from gongbu.ground.policy.rules.tables import UNDETERMINED, UNDETERMINED_LABEL, Fact, Row, Table


@dataclass(frozen=True, slots=True)
class Instrument:
    """A document that a pack rests on (制度文件): short key, full name with 文号, the days it is in force."""

    key: str
    name: str
    effective_on: date | None = None
    repealed_on: date | None = None
    issuer: str = ""
    text_checked_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A loaded policy pack (制度包). ``over`` names packs whose keys it may refine; ``tables`` hold all dated versions."""

    key: str
    label: str
    subjects: tuple[str, ...]
    levels: tuple[str, ...]
    version: str
    over: tuple[str, ...]
    classification: tuple[str, ...]
    instruments: tuple[Instrument, ...]
    parameters: Mapping[str, Parameter]
    tables: Mapping[str, tuple[Table, ...]]
    code_lists: Mapping[str, Mapping[str, str]]
    hash: str
    note: str = ""
    asked_while: Mapping[str, frozenset[str]] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    papers: Mapping[str, tuple[PaperTemplate, ...]] = field(default_factory=dict)
    scorecards: Mapping[str, tuple[Scorecard, ...]] = field(default_factory=dict)
    is_stored: bool = False

    @property
    def id(self) -> str:
        """The name under which it is adopted: its key when it came with the program, else ``key@version``."""
        return f"{self.key}@{self.version}" if self.is_stored else self.key

    @property
    def keys(self) -> frozenset[str]:
        """Keys of all parameters, tables, paper templates and scorecards."""
        return frozenset([*self.parameters, *self.tables, *self.papers, *self.scorecards])


@dataclass(frozen=True, slots=True)
class Decisions:
    """The answers for many records: row indexes (−1 waits for a person), output codes, label per code."""

    table: Table
    rows: NDArray[np.int32]
    codes: tuple[str, ...]
    code_indexes: NDArray[np.int32]
    conflicts: NDArray[np.bool_]
    ref: PolicyRef

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def values(self) -> NDArray[np.object_]:
        """Output code of each record, UNDETERMINED included."""
        return np.array(self.codes, dtype=object)[self.code_indexes]

    def counts(self) -> dict[str, int]:
        """Return how many records have each output code."""
        numbers = np.bincount(self.code_indexes, minlength=len(self.codes))
        return {code: int(number) for code, number in zip(self.codes, numbers, strict=True)}


_GRIDS: dict[str, Grid] = {}


def grid_of(table: Table) -> Grid:
    """Return the compiled grid of a table, built once per content hash."""
    key = table.hash or f"{id(table)}"
    grid = _GRIDS.get(key)
    if grid is None or grid.table is not table:
        grid = _GRIDS[key] = Grid(table)
    return grid


class Policy:
    """The packs in force for a region on a day, nearest first, ``national`` last. Immutable; safe to share."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self.packs = tuple(packs)

    def at(self, key: str, anchor_date: date, *, for_: str | None = None) -> DatedValue:
        """Return the value of ``key`` in force on ``anchor_date`` (the date that the parameter's anchor names).

        The first pack in order that has a value in force on that day gives it.

        :raises Refusal: ``policy.unknown_key``; ``policy.no_value`` (not yet, or no longer, in force);
            ``policy.for_whom`` when the answer depends on ``for_``
        """
        known, repealed = False, None
        for pack in self.packs:
            parameter = pack.parameters.get(key)
            if parameter is None:
                continue
            known = True
            version = parameter.pick(anchor_date, for_)
            if version is not None and version.value is not None:
                return _dated(pack, parameter, version)
            repealed = repealed or version
        if not known:
            raise Refusal("policy.unknown_key", key=key)
        if repealed is not None:
            raise Refusal("policy.no_value", basis=repealed.basis, key=key, on=anchor_date, why="已废止")
        raise Refusal("policy.no_value", key=key, on=anchor_date, why="尚未施行")

    def table(self, key: str, on: date) -> tuple[Pack, Table]:
        """Return the table version in force on ``on`` and its pack.

        :raises Refusal: ``policy.unknown_key``, ``policy.no_value``
        """
        known, repealed = False, None
        for pack in self.packs:
            versions = pack.tables.get(key)
            if versions is None:
                continue
            known = True
            in_force = [table for table in versions if table.effective_from <= on]
            if in_force and in_force[-1].rows:
                return pack, in_force[-1]
            repealed = repealed or (in_force[-1] if in_force else None)
        if not known:
            raise Refusal("policy.unknown_key", key=key)
        if repealed is not None:
            raise Refusal("policy.no_value", basis=repealed.basis, key=key, on=on, why="已废止")
        raise Refusal("policy.no_value", key=key, on=on, why="尚未施行")

    def paper(self, key: str, on: date) -> tuple[Pack, PaperTemplate]:
        """Return the version of a paper template in force on ``on`` and its pack.

        :raises Refusal: ``policy.unknown_key``, ``policy.no_value``
        """
        known = False
        for pack in self.packs:
            versions = pack.papers.get(key)
            if versions is None:
                continue
            known = True
            in_force = [template for template in versions if template.effective_from <= on]
            if in_force:
                return pack, in_force[-1]
        if not known:
            raise Refusal("policy.unknown_key", key=key)
        raise Refusal("policy.no_value", key=key, on=on, why="尚未施行")

    def list_papers(self, on: date) -> list[PaperTemplate]:
        """Return every paper template in force on ``on``, those of the nearest pack first."""
        keys = dict.fromkeys(key for pack in self.packs for key in pack.papers)
        found = []
        for key in keys:
            try:
                found.append(self.paper(key, on)[1])
            except Refusal:  # not yet in force
                continue
        return found

    def scorecard(self, key: str, on: date) -> tuple[Pack, Scorecard]:
        """Return the version of a scorecard in force on ``on`` and its pack.

        :raises Refusal: ``policy.unknown_key``, ``policy.no_value``
        """
        known = False
        for pack in self.packs:
            versions = pack.scorecards.get(key)
            if versions is None:
                continue
            known = True
            in_force = [card for card in versions if card.effective_from <= on]
            if in_force:
                return pack, in_force[-1]
        if not known:
            raise Refusal("policy.unknown_key", key=key)
        raise Refusal("policy.no_value", key=key, on=on, why="尚未施行")

    def list_scorecards(self, use: Use, on: date) -> list[tuple[Pack, Scorecard]]:
        """Return the scorecards of a use in force on ``on`` with their packs, those of the nearest pack first."""
        keys = dict.fromkeys(key for pack in self.packs for key in pack.scorecards)
        found = []
        for key in keys:
            try:
                pack, card = self.scorecard(key, on)
            except Refusal:  # not yet in force
                continue
            if card.use is use:
                found.append((pack, card))
        return found

    def classifications(self) -> list[str]:
        """Return the declared classification tables, nearest pack first."""
        return list(dict.fromkeys(key for pack in self.packs for key in pack.classification))

    def is_asked(self, table_key: str, stage: str) -> bool:
        """Return whether a classification table is asked about a project in this stage (always, unless a pack says)."""
        stages = next((pack.asked_while[table_key] for pack in self.packs if table_key in pack.asked_while), None)
        return stages is None or stage in stages

    def reads(self, table_key: str, on: date) -> frozenset[str]:
        """Return every fact key on which the answer of a table may depend, through tables it asks and superior law.

        :raises Refusal: as :meth:`table`
        """
        _pack, table = self.table(table_key, on)
        keys: set[str] = set()
        for key, item in table.inputs.items():
            keys |= {key, *item.aliases} if item.decided_by is None else self.reads(item.decided_by, on)
        if table.superior is not None:
            keys |= self.reads(table.superior.table, on)
        return frozenset(keys)

    def decide(self, table_key: str, facts: Mapping[str, object], on: date) -> Decision:
        """Decide one record. Unknown facts are None or absent; keys the table does not use are ignored.

        Facts another table decides are decided first; where superior law permits another answer, the law is followed.

        :raises Refusal: ``policy.unknown_key``, ``policy.no_value``, ``policy.wrong_fact``
        """
        pack, table = self.table(table_key, on)
        read = table.read_facts(facts)
        steps = []
        for key, item in table.inputs.items():
            if item.decided_by is not None:
                step = self.decide(item.decided_by, facts, on)
                steps.append(step)
                read[key] = None if step.is_undetermined else step.value
        row = table.find_row(read)
        return self._worded(pack, table, row, {key: read[key] for key in table.inputs}, facts, on, tuple(steps))

    def _worded(
        self,
        pack: Pack,
        table: Table,
        row: Row | None,
        read: dict[str, Fact],
        facts: Mapping[str, object],
        on: date,
        steps: tuple[Decision, ...],
    ) -> Decision:
        basis = table.basis
        if row is None:
            value, label, reason, note, details = UNDETERMINED, UNDETERMINED_LABEL, explain_waiting(table, read), "", {}
            reason = "；".join([*(step.reason for step in steps if step.is_undetermined), reason]) if steps else reason
            explanation = f"{reason} → {UNDETERMINED_LABEL}"
        else:
            output = table.outputs.get(row.then)
            value, label = row.then, table.label_of(row.then)
            basis = row.basis or (output.basis if output else None) or table.basis
            note, details = row.note or (output.note if output else ""), dict(output.details) if output else {}
            reason = (row.note or (output.note if output else "")) if value == UNDETERMINED else ""
            explanation = explain_row(table, row, read)
        decision = Decision(
            table=table.key,
            table_label=table.label,
            value=value,
            label=label,
            row=row.id if row else None,
            facts={**{key: fact for step in steps for key, fact in step.facts.items()}, **read},
            basis=basis,
            confidence=table.confidence,
            ref=table_ref(pack, table),
            on=on,
            explanation=explanation,
            reason=reason,
            note=note,
            details=details,
            steps=steps,
        )
        if table.superior is None or value == UNDETERMINED:
            return decision
        return self._under_law(table, decision, facts)

    def _under_law(self, table: Table, local: Decision, facts: Mapping[str, object]) -> Decision:
        """Follow superior law where it does not permit what the local table says, and show the conflict."""
        superior = table.superior
        assert superior is not None
        law = self.decide(superior.table, facts, local.on)
        if local.value in superior.permits.get(law.value, frozenset()):
            return replace(local, steps=(*local.steps, law), facts={**law.facts, **local.facts})
        followed = superior.otherwise[law.value]
        label = table.label_of(followed)
        output = table.outputs.get(followed)
        facts_used = {**law.facts, **local.facts}
        if followed == UNDETERMINED:
            reason = f"须先适用上位法：{law.reason or law.explanation}"
            return replace(
                local,
                value=followed,
                label=label,
                reason=reason,
                explanation=f"{local.explanation}；{reason}",
                details={},
                steps=(*local.steps, law),
                facts=facts_used,
            )
        conflict = Conflict(
            local.value,
            local.label,
            local.basis,
            local.row or "",
            law.value,
            law.label,
            law.basis,
            law.ref,
            followed,
            label,
        )
        return replace(
            local,
            value=followed,
            label=label,
            basis=(output and output.basis) or law.basis,
            confidence=law.confidence,
            conflicts=(conflict,),
            steps=(*local.steps, law),
            explanation=f"{local.explanation}；{conflict.words}",
            details=dict(output.details) if output else {},
            note=output.note if output else "",
            facts=facts_used,
        )

    def decide_many(self, table_key: str, columns: Mapping[str, Sequence[Any]], on: date) -> Decisions:
        """Decide many records at once (numpy): columns by fact key, all of one length; None is unknown.

        Gives the same answers as :meth:`decide`; a test compares the two.

        :raises Refusal: as :meth:`decide`; ``policy.columns`` when lengths differ
        """
        sizes = {len(column) for column in columns.values()}
        if len(sizes) != 1:
            raise Refusal("policy.columns", sizes=sorted(sizes))
        return self._decide_many(table_key, columns, on, sizes.pop())

    def _decide_many(self, table_key: str, columns: Mapping[str, Any], on: date, size: int) -> Decisions:
        pack, table = self.table(table_key, on)
        own: dict[str, Any] = {}
        for key, item in table.inputs.items():
            if item.decided_by is not None:
                own[key] = self._decide_many(item.decided_by, columns, on, size).values
            elif (given := next((name for name in (key, *item.aliases) if name in columns), None)) is not None:
                own[key] = columns[given]
        rows = grid_of(table).row_indexes(own, size)
        codes = tuple(dict.fromkeys([*table.outputs, UNDETERMINED]))
        place = {code: index for index, code in enumerate(codes)}
        waiting = place[UNDETERMINED]
        by_row = np.array([*(place[row.then] for row in table.rows), waiting], dtype=np.int32)
        values = by_row[rows]  # WAITING is −1: the last element
        conflicts = np.zeros(size, dtype=bool)
        if table.superior is not None:
            law = self._decide_many(table.superior.table, columns, on, size)
            followed, clash = self._followed(table, law.codes, codes)
            decided = values != waiting
            conflicts = decided & clash[law.code_indexes, values]
            values = np.where(decided, followed[law.code_indexes, values], values).astype(np.int32)
        return Decisions(table, rows, codes, values, conflicts, table_ref(pack, table))

    @staticmethod
    def _followed(
        table: Table, law: tuple[str, ...], codes: tuple[str, ...]
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        superior = table.superior
        assert superior is not None
        followed = np.zeros((len(law), len(codes)), dtype=np.int32)
        clash = np.zeros((len(law), len(codes)), dtype=bool)
        reachable = {row.then for row in table.rows}
        for i, lawful in enumerate(law):
            for j, local in enumerate(codes):
                if local not in reachable:
                    continue
                permitted = local in superior.permits.get(lawful, frozenset())
                code = local if permitted else superior.otherwise[lawful]
                followed[i, j] = codes.index(code)
                clash[i, j] = not permitted and code != UNDETERMINED
        return followed, clash


def table_ref(pack: Pack, table: Table) -> PolicyRef:
    """Return the reference of a table version."""
    return PolicyRef(pack.key, pack.version, table.key, table.effective_from, table.hash)


def paper_ref(pack: Pack, template: PaperTemplate) -> PolicyRef:
    """Return the reference of a template version."""
    return PolicyRef(pack.key, pack.version, template.key, template.effective_from, template.hash)


def card_ref(pack: Pack, card: Scorecard) -> PolicyRef:
    """Return the reference of a scorecard version."""
    return PolicyRef(pack.key, pack.version, card.key, card.effective_from, card.hash)


def _dated(pack: Pack, parameter: Parameter, version: Version) -> DatedValue:
    assert version.value is not None
    basis: Basis = version.basis
    ref = PolicyRef(pack.key, pack.version, parameter.key, version.effective_from, version.hash)
    return DatedValue(
        version.value, ref, basis, version.confidence, parameter.unit, parameter.label, parameter.value_words(version)
    )
