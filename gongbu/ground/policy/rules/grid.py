"""A table compiled to a dense grid of boxes: the proof of completeness and overlap, and the fast path for many rows.

Every input is cut at the bounds its rows name; between two cuts no row can tell a difference, so the product of the
pieces covers all possible inputs exactly. Each axis has two more places: unknown, and outside (out of the domain).
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.rules.tables import LARGEST, ORDERED, Cell, Fact, Input, Table, bounds_of, cut, sample_facts

MAX_BOXES = 2_000_000
WAITING = -1

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Flaw:
    """A table that is not a function: kind ``hole``, ``overlap``, ``unreachable`` or ``too_large``, with an example."""

    kind: str
    rows: tuple[str, ...] = ()
    example: str = ""
    line: int = 0


class Axis:
    """One input of a table, cut into pieces; place ``size`` is unknown, ``size + 1`` is outside."""

    def __init__(self, table: Table, key: str) -> None:
        self.item: Input = table.inputs[key]
        self.cuts = bounds_of(table, key) if self.item.type in ORDERED else []
        self.codes = (
            ["true", "false"] if self.item.type == "bool" else list(self.item.choices) if not self._ordered else []
        )
        self.size = len(self.cuts) + 1 if self._ordered else len(self.codes)
        self._place = {code: index for index, code in enumerate(self.codes)}
        self._keys: list[Any] = list(self.cuts)
        inside = np.ones(self.size + 2, dtype=bool)
        inside[self.size :] = False
        if self.item.domain is not None:
            inside &= self.mask(self.item.domain)
        self.inside: Bools = inside

    @property
    def _ordered(self) -> bool:
        return self.item.type in ORDERED

    @property
    def unknown(self) -> int:
        """Place of an unknown fact."""
        return self.size

    @property
    def outside(self) -> int:
        """Place of a fact for which the table does not speak."""
        return self.size + 1

    def mask(self, cell: Cell | None) -> Bools:
        """Return the places that meet ``cell``; an absent cell accepts all of them, the outside excepted."""
        mask = np.zeros(self.size + 2, dtype=bool)
        if cell is None:
            mask[: self.size + 1] = True
        elif cell.unknown:
            mask[self.size] = True
        elif cell.codes is not None:
            mask[[self._place[code] for code in cell.codes]] = True
        else:
            low = (
                0 if cell.low is None else self.cuts.index(cut(self.item.type, cell.low, after=not cell.low_closed)) + 1
            )
            high = (
                self.size
                if cell.high is None
                else self.cuts.index(cut(self.item.type, cell.high, after=cell.high_closed)) + 1
            )
            mask[low:high] = True
        return mask

    def place(self, fact: Fact) -> int:
        """Return the place of one typed fact."""
        if fact is None:
            return self.unknown
        if not self._ordered:
            code = ("true" if fact else "false") if isinstance(fact, bool) else fact
            return self._place.get(code, self.unknown)  # type: ignore[arg-type]
        place = bisect_right(self._keys, (fact, 0.5))
        return place if self.inside[place] else self.outside

    def places(self, column: Sequence[Any] | NDArray[Any]) -> NDArray[np.intp]:
        """Return the places of a column of raw facts (None unknown); whole-number arrays take the numpy path.

        :raises Refusal: ``policy.wrong_fact``
        """
        if isinstance(column, np.ndarray) and column.dtype.kind in "iu" and self.item.type in {"fen", "integer"}:
            cuts = np.array([value for value, _ in self.cuts], dtype=np.int64)
            found = np.searchsorted(cuts, column, side="right")
            return np.where(self.inside[: self.size][found], found, self.outside)
        if self.item.type in {"fen", "integer"}:
            return self._whole_numbers(column)
        if self.item.type in {"choice", "bool"}:
            return self._coded(column)
        read, place = self.item.read, self.place
        return np.fromiter((place(read(raw)) for raw in column), dtype=np.intp, count=len(column))

    def _whole_numbers(self, column: Sequence[Any] | NDArray[Any]) -> NDArray[np.intp]:
        known = np.fromiter((raw is not None for raw in column), dtype=bool, count=len(column))
        for raw in column:
            if raw is not None and (type(raw) is not int or not -LARGEST <= raw <= LARGEST):
                self.item.read(raw)
        whole = np.fromiter((0 if raw is None else raw for raw in column), dtype=np.int64, count=len(column))
        return np.where(known, self.places(whole), self.unknown)

    def _coded(self, column: Sequence[Any] | NDArray[Any]) -> NDArray[np.intp]:
        table: dict[Any, int] = {None: self.unknown, "": self.unknown, "UNKNOWN": self.unknown}
        if self.item.type == "bool":
            table |= {True: self._place["true"], False: self._place["false"]}
        else:
            table |= self._place
        if self.item.type == "bool":
            for raw in column:
                if raw is not None and not isinstance(raw, bool | np.bool_):
                    self.item.read(raw)
        try:
            return np.fromiter((table[raw] for raw in column), dtype=np.intp, count=len(column))
        except (KeyError, TypeError):
            for raw in column:
                if self.item.decided_by is None:
                    self.item.read(raw)
            return np.fromiter((table.get(raw, self.unknown) for raw in column), dtype=np.intp, count=len(column))


class Grid:
    """The compiled table: for every combination of places the index of the deciding row, or :data:`WAITING`."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.axes = {key: Axis(table, key) for key in table.inputs}
        self.shape = tuple(axis.size + 2 for axis in self.axes.values())
        boxes = 1
        for size in self.shape:
            boxes *= size
        if boxes > MAX_BOXES:
            raise Refusal("policy.table_too_large", key=table.key, boxes=boxes, limit=MAX_BOXES)
        self._fill()

    def _fill(self) -> None:
        rows = np.full(self.shape, WAITING, dtype=np.int32)
        hits = np.zeros(self.shape, dtype=np.int32)
        self.reached = [False] * len(self.table.rows)
        for index, row in enumerate(self.table.rows):
            box = np.ix_(*(axis.mask(row.cells.get(key)) for key, axis in self.axes.items())) if self.axes else ()
            hits[box] += 1
            free = rows[box] == WAITING
            self.reached[index] = bool((free & self._spoken(box)).any())
            rows[box] = np.where(free, index, rows[box])
        self.hits, self.first = hits, rows
        self.rows = self._waiting_resolved(rows)

    def _spoken(self, box: Any) -> Any:
        return self.spoken[box]

    @property
    def spoken(self) -> Bools:
        """Which boxes the rows must answer: inside every domain; unknown only where the rows speak of it."""
        spoken = np.ones(self.shape, dtype=bool)
        for position, axis in enumerate(self.axes.values()):
            here = axis.inside.copy()
            here[axis.unknown] = axis.item.unknown == "row"
            spoken &= here.reshape([-1 if i == position else 1 for i in range(len(self.shape))])
        return spoken

    def _waiting_resolved(self, rows: Ints) -> Ints:
        """Set the unknown places of waiting inputs: the row all known facts agree on, else WAITING."""
        rows = rows.copy()
        for position, axis in enumerate(self.axes.values()):
            view = np.moveaxis(rows, position, 0)
            view[axis.outside] = WAITING
            if axis.item.domain is not None:
                view[: axis.size][~axis.inside[: axis.size]] = WAITING
            if axis.item.unknown == "undetermined":
                inside = view[: axis.size][axis.inside[: axis.size]]
                view[axis.unknown] = np.where(inside.min(axis=0) == inside.max(axis=0), inside[0], WAITING)
        return rows

    def row_indexes(self, columns: Mapping[str, Sequence[Any]], size: int) -> Ints:
        """Return for each of ``size`` records the index of its row, or :data:`WAITING`.

        A missing column is unknown throughout.

        :raises Refusal: ``policy.wrong_fact``
        """
        flat = np.zeros(size, dtype=np.intp)
        for key, axis in self.axes.items():
            flat *= axis.size + 2
            flat += axis.places(columns[key]) if key in columns else axis.unknown
        return self.rows.reshape(-1)[flat]

    def flaws(self) -> list[Flaw]:
        """Return every way in which the table is not a function, each with a counterexample."""
        flaws = []
        spoken = self.spoken
        holes = np.argwhere(spoken & (self.hits == 0))
        if len(holes):
            flaws.append(Flaw("hole", (), self._example(holes[0]), self.table.line))
        if self.table.hit == "UNIQUE":
            seen: set[tuple[str, ...]] = set()
            for box in np.argwhere(spoken & (self.hits > 1)):
                pair = tuple(row.id for index, row in enumerate(self.table.rows) if self._covers(index, box))
                if pair not in seen:
                    seen.add(pair)
                    lines = [row.line for row in self.table.rows if row.id in pair]
                    flaws.append(Flaw("overlap", pair, self._example(box), lines[-1]))
                if len(seen) >= 5:
                    break
        flaws.extend(
            Flaw("unreachable", (row.id,), "", row.line)
            for row, reached in zip(self.table.rows, self.reached, strict=True)
            if not reached
        )
        return flaws

    def _covers(self, index: int, box: NDArray[np.intp]) -> bool:
        cells = self.table.rows[index].cells
        return all(bool(axis.mask(cells.get(key))[box[i]]) for i, (key, axis) in enumerate(self.axes.items()))

    def _example(self, box: NDArray[np.intp]) -> str:
        words = []
        for position, (key, axis) in enumerate(self.axes.items()):
            place = int(box[position])
            words.append(f"{axis.item.label}（{key}）＝{axis.item.words(self._fact(key, axis, place))}")
        return "，".join(words)

    def _fact(self, key: str, axis: Axis, place: int) -> Fact:
        if place >= axis.size:
            return None
        if axis.item.type == "bool":
            return axis.codes[place] == "true"
        if axis.codes:
            return axis.codes[place]
        samples = [s for s in sample_facts(self.table, key) if axis.place(s) == place]
        return samples[0] if samples else None
