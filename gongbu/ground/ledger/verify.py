"""Offline verification: recompute everything that the book claims and name the first entry that does not hold.

A run of the tree is first checked whole and fast (:mod:`blocks`, on all processors); one that does not hold is walked
entry by entry (:mod:`faults`), which finds the words and whom to blame. Order of suspicion: an entry's own text and
columns; its leaf; the tree over it; the signed heads; the heads kept outside the database. What cannot be found here: a
forger who owns the database, the signing key *and* ``heads.log``. Against him stand the receipts and heads that others
hold.
"""

import gc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from django.db import DatabaseError, connection

from gongbu.ground.ledger import blocks, crew, faults, hashing, heads, signing
from gongbu.ground.ledger.models import Head
from gongbu.ground.ledger.rawrows import (
    Snapshot,
    entry_at,
    expected_triggers,
    node_at,
    number,
    oddly_written,
    one_row,
    pending_rows,
    present_triggers,
    sequenced_rows,
)
from gongbu.ground.ledger.services import DEMO_EDITION
from gongbu.ground.ledger.tree import Frontier


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing that does not hold: entry id and leaf index where known, and what is wrong (Chinese)."""

    entry: int | None
    index: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a verification: entries seen, how many are in the tree, the first bad one and further remarks."""

    ok: bool
    entries: int
    sequenced: int
    pending: int
    heads: int
    first_bad: Bad | None
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the verdict for ``gongbu ledger verify --json``."""
        return {**asdict(self), "notes": list(self.notes)}


def verify(*, on_progress: Callable[[int], None] | None = None) -> Verdict:
    """Check the whole book: every entry, leaf, node, head and the heads file. Reads in one snapshot, writes nothing."""
    collecting = gc.isenabled()
    gc.disable()  # no cycles are made here; the collector would walk every parsed entry again and again
    try:
        with Snapshot():
            return _Check(on_progress or (lambda seen: None)).run()
    finally:
        if collecting:
            gc.enable()


class _Check:
    def __init__(self, on_progress: Callable[[int], None]) -> None:
        self.on_progress = on_progress
        self.bad: Bad | None = None
        self.notes: list[str] = []
        self.is_demo = False
        self.heads = self._read_heads()
        self.logged = heads.read()
        self.due: dict[int, list[Head | heads.LoggedHead]] = {}
        every: list[Head | heads.LoggedHead] = [*self.heads, *self.logged]
        for head in every:
            self.due.setdefault(head.size, []).append(head)
        self.keys = signing.public_keys()
        self.algorithm = self.heads[-1].algorithm if self.heads else hashing.DEFAULT
        self.proven = 0  # entries before this index stand under a head that holds

    def run(self) -> Verdict:
        self._look_around()
        entries = number("SELECT count(*) FROM ledger_entry")
        sequenced = self._tree() if self.bad is None else 0
        pending = self._pending(entries - sequenced) if self.bad is None else 0
        return Verdict(
            ok=self.bad is None,
            entries=entries,
            sequenced=sequenced,
            pending=pending,
            heads=len(self.heads),
            first_bad=self.bad,
            notes=tuple(self.notes),
        )

    def _read_heads(self) -> list[Head]:
        try:
            read = list(Head.objects.order_by("size"))
        except (ValueError, DatabaseError) as error:
            self._fail(None, None, f"数据库读不出签名树头：{error}")
            return []
        for head in read:
            if head.signed_at is None:  # the database keeps text there that is no moment
                self._fail(None, None, f"含 {head.size} 条记录的树头，签名时刻读不出：该栏被改动")
        if connection.vendor == "sqlite" and (
            odd := one_row(f"SELECT size FROM ledger_head WHERE {oddly_written('signed_at')} ORDER BY size LIMIT 1")  # noqa: S608
        ):  # Python reads it all the same
            self._fail(None, None, f"含 {odd[0]} 条记录的树头，签名时刻的写法被改动")
        return read

    def _look_around(self) -> None:
        first = one_row("SELECT kind FROM ledger_entry ORDER BY id LIMIT 1")
        self.is_demo = first is not None and first[0] == DEMO_EDITION
        if missing := sorted(expected_triggers() - present_triggers()):
            self.notes.append(f"数据库缺少防改触发器：{'、'.join(missing)}。记录仍逐条核对，但请尽快重建触发器。")

    # --- entries in the order of the tree ----------------------------------------------------------------------

    def _tree(self) -> int:
        try:
            frontier = Frontier(hashing.digest_of(self.algorithm))
        except ValueError:
            self._fail(None, None, f"树头写明的摘要算法“{self.algorithm}”无法识别")
            return 0
        tasks = self._tasks(number("SELECT count(*) FROM ledger_leaf"))
        work = partial(blocks.check, keys=self.keys)
        for task, checked in zip(tasks, crew.in_order(tasks, work, crew.helpers_for(len(tasks))), strict=True):
            grown = self._joined(frontier, task, checked)
            if grown is not None:
                frontier, self.proven = grown, max((self.proven, *task.sizes))
            else:
                self._walk(frontier, task)
            if self.bad:
                return frontier.size
            self.on_progress(frontier.size)
        self._ends(frontier.size)
        return frontier.size

    def _tasks(self, leaves: int) -> list[blocks.Task]:
        tasks, signed, sizes = [], sorted(self.heads, key=lambda head: head.size), sorted(self.due)
        for low in range(0, leaves, blocks.SIZE):
            high = min(low + blocks.SIZE, leaves)
            here = [head for head in signed if low < head.size <= high]
            facts = [
                signing.HeadFacts(head.size, head.root, head.algorithm, head.signed_at, head.clock) for head in here
            ]
            tasks.append(
                blocks.Task(
                    low, high, self.algorithm, self.is_demo, tuple(size for size in sizes if low < size <= high),
                    tuple(blocks.SignedHead(head.key_id, head.signature, fact) for head, fact in zip(here, facts, strict=True)),
                )
            )  # fmt: skip
        return tasks

    def _joined(self, frontier: Frontier, task: blocks.Task, checked: blocks.Checked) -> Frontier | None:
        """Return the tree grown by a block, None if the block, a node above it or a root in it does not hold."""
        if not checked.holds:
            return None
        for size, carry in zip(task.sizes, checked.carries, strict=True):
            root = frontier.root_with(carry).hex()
            if any(head.root != root or head.algorithm != self.algorithm for head in self.due[size]):
                return None
        grown = Frontier(frontier.digest, frontier.size, frontier.edge.copy())
        for level, value in checked.nodes:
            for above in grown.append(value, level):
                if faults.of_node(*above, node_at(*above[:2]), self.algorithm):
                    return None
        return grown

    def _walk(self, frontier: Frontier, task: blocks.Task) -> None:
        """Look at every entry of a block by itself and grow the tree with it, up to the first that does not hold."""
        try:
            for row in sequenced_rows(task.low, task.high):
                self._step(frontier, row)
                if self.bad:
                    return
        except DatabaseError as error:
            self._fail(entry_at(frontier.size), frontier.size, f"数据库读不出这条记录：{error}")
        if frontier.size < task.high:
            self._fail(None, frontier.size, f"树中缺第 {frontier.size} 号位置")

    def _step(self, frontier: Frontier, row: tuple[Any, ...]) -> None:
        at, (index, entry_id, leaf) = frontier.size, row[:3]
        if index != at:
            self._fail(None, at, f"树中缺第 {at} 号位置，下一个是第 {index} 号")
            return
        if what := faults.of_leaf(row, self.algorithm, is_demo=self.is_demo):
            self._fail(entry_id, at, what)
            return
        for level, place, value in frontier.append(bytes.fromhex(leaf)):
            if what := faults.of_node(level, place, value, node_at(level, place), self.algorithm):
                low = place << level
                self._fail(entry_at(low), low, f"{what}，涉及第 {low + 1}–{at + 1} 条记录")
                return
        due = self.due.get(frontier.size, ())
        for head in due:
            if what := faults.of_head(head, frontier.root().hex(), self.algorithm, self.keys):
                self._fail(entry_at(self.proven), self.proven, f"{what}，涉及第 {self.proven + 1}–{at + 1} 条记录")
                return
        if due:
            self.proven = frontier.size

    def _ends(self, size: int) -> None:
        """What can be wrong behind the last leaf: cut-off ends, and a book older than the heads kept elsewhere."""
        signed = self.heads[-1].size if self.heads else 0
        if signed > size:
            self._fail(None, size, f"已签名的树头含 {signed} 条记录，树中只剩 {size} 条：末尾的记录不见了")
        elif signed < size:
            self._fail(entry_at(signed), signed, "末尾的记录没有签名树头覆盖：树头不见了")
        elif any(head.size < 1 for head in self.heads):
            self._fail(None, 0, "有一个树头的大小不是正数")
        elif number("SELECT count(*) FROM ledger_node") != size - size.bit_count():  # each of those was met above
            self._fail(None, size, "树中有多出的中间节点，对应的记录不见了")
        elif self.logged and self.logged[-1].size > size:
            last = self.logged[-1]
            self._fail(
                None,
                size,
                f"账本比另存的树头旧：heads.log 记有 {last.signed_at} 签名、含 {last.size} 条记录的树头，"
                f"账本只有 {size} 条已入树。很可能从较早的备份恢复，其后的记录已丢失",
            )
        if size and not self.logged:
            self.notes.append("没有另存的树头（heads.log）可比对：若数据库和签名密钥同时被换，本次校验发现不了。")

    # --- what has no leaf yet ------------------------------------------------------------------------------------

    def _pending(self, unsequenced: int) -> int:
        lost = one_row(
            "SELECT p.entry_id FROM ledger_pending p LEFT JOIN ledger_entry e ON e.id = p.entry_id "
            "WHERE e.id IS NULL ORDER BY 1 LIMIT 1"
        )
        orphan = one_row(
            "SELECT p.entry_id FROM ledger_pending p JOIN ledger_leaf l ON l.entry_id = p.entry_id ORDER BY 1 LIMIT 1"
        )
        waiting = number("SELECT count(*) FROM ledger_pending")
        if lost:
            self._fail(lost[0], None, "待入树的记录不见了")
        elif orphan:
            self._fail(orphan[0], None, "记录已入树，却又列为待入树")
        else:
            hidden = None if waiting == unsequenced else _first_hidden()
            for row in pending_rows():
                if hidden is not None and hidden < row[0]:
                    break
                if what := faults.of_entry(row, is_demo=self.is_demo):
                    self._fail(row[0], None, what)
                    break
            if hidden is not None:
                self._fail(hidden, None, "记录不在树中，也不在待入树清单中")
        if self.bad is None and connection.vendor == "sqlite":
            self._sqlite_numbers()
        return waiting

    def _sqlite_numbers(self) -> None:
        """SQLite numbers without gaps (a roll-back takes its number back), so a gap is a removed entry."""
        low, high, count = one_row("SELECT min(id), max(id), count(*) FROM ledger_entry") or (None, None, 0)
        last = one_row("SELECT seq FROM sqlite_sequence WHERE name = 'ledger_entry'")
        if count and high - low + 1 != count:
            gap = one_row(
                "SELECT e.id + 1 FROM ledger_entry e LEFT JOIN ledger_entry n ON n.id = e.id + 1 "
                "WHERE n.id IS NULL ORDER BY e.id LIMIT 1"
            )
            self._fail(gap[0] if gap else None, None, "记录编号中断：这一号记录不见了")
        elif count and last and last[0] > high:
            self._fail(high + 1, None, "末尾的记录不见了（编号已发出）")

    def _fail(self, entry: int | None, index: int | None, what: str) -> None:
        if self.bad is None:
            self.bad = Bad(entry, index, what)


def _first_hidden() -> int | None:
    row = one_row(
        "SELECT e.id FROM ledger_entry e WHERE NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.entry_id = e.id) "
        "AND NOT EXISTS (SELECT 1 FROM ledger_pending p WHERE p.entry_id = e.id) ORDER BY e.id LIMIT 1"
    )
    return row[0] if row else None
