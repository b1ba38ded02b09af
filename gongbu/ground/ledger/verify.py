"""Offline verification: recompute everything that the book claims and name the first entry that does not hold.

Order of suspicion for the entry named: its own text and columns; its leaf; the tree over it; the signed heads; the
heads kept outside the database. What cannot be found here: a forger who owns the database, the signing key *and*
``heads.log``. Against him stand the receipts and heads that others hold.
"""

import gc
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

import orjson
from django.db import connection

from gongbu.ground.ledger import hashing, heads, receipts, signing
from gongbu.ground.ledger.models import Head
from gongbu.ground.ledger.rawrows import (
    CHUNK,
    Snapshot,
    entry_at,
    expected_triggers,
    node_rows,
    number,
    one_row,
    present_triggers,
    sequenced_rows,
    unsequenced_rows,
)
from gongbu.ground.ledger.services import DEMO_EDITION
from gongbu.ground.ledger.tree import Frontier

_EIGHT_HOURS = timedelta(hours=8)
_SHANGHAI = timezone(_EIGHT_HOURS)


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

    def run(self) -> Verdict:
        stored_heads = list(Head.objects.order_by("size"))
        logged = heads.read()
        self._look_around()
        sequenced = self._tree(stored_heads, logged)
        pending = self._pending() if self.bad is None else 0
        return Verdict(
            ok=self.bad is None,
            entries=number("SELECT count(*) FROM ledger_entry"),
            sequenced=sequenced,
            pending=pending,
            heads=len(stored_heads),
            first_bad=self.bad,
            notes=tuple(self.notes),
        )

    def _look_around(self) -> None:
        first = one_row("SELECT kind FROM ledger_entry ORDER BY id LIMIT 1")
        self.is_demo = first is not None and first[0] == DEMO_EDITION
        if missing := sorted(expected_triggers() - present_triggers()):
            self.notes.append(f"数据库缺少防改触发器：{'、'.join(missing)}。记录仍逐条核对，但请尽快重建触发器。")

    # --- entries in the order of the tree ----------------------------------------------------------------------

    def _tree(self, stored_heads: list[Head], logged: list[heads.LoggedHead]) -> int:
        algorithm = stored_heads[-1].algorithm if stored_heads else hashing.DEFAULT
        try:
            frontier = Frontier(hashing.digest_of(algorithm))
        except ValueError:
            self._fail(None, None, f"树头写明的摘要算法“{algorithm}”无法识别")
            return 0
        nodes: dict[int, Iterator[tuple[Any, ...]]] = {}
        keys = signing.public_keys()
        due = _by_size(stored_heads, logged)
        proven = 0  # entries before this index stand under a head that holds
        for row in sequenced_rows():
            index, entry_id, leaf = row[:3]
            at = frontier.size
            if index != at:
                self._fail(None, at, f"树中缺第 {at} 号位置，下一个是第 {index} 号")
            elif what := self._leaf_fault(row, algorithm):
                self._fail(entry_id, at, what)
            else:
                for node in frontier.append(bytes.fromhex(leaf)):
                    if what := _node_fault(node, algorithm, nodes):
                        low = node[1] << node[0]
                        self._fail(entry_at(low), low, f"{what}，涉及第 {low}–{at} 号记录")
                        break
                for head in due.pop(frontier.size, ()):
                    if what := _head_fault(head, frontier.root().hex(), algorithm, keys):
                        self._fail(entry_at(proven), proven, f"{what}，涉及第 {proven}–{at} 号记录")
                        break
                    proven = frontier.size
            if self.bad:
                return at
            if frontier.size % CHUNK == 0:
                self.on_progress(frontier.size)
        self._ends(frontier.size, stored_heads, logged, nodes)
        return frontier.size

    def _leaf_fault(self, row: tuple[Any, ...], algorithm: str) -> str | None:
        _, _, leaf, leaf_algorithm, entry_id, _, entry_leaf, entry_algorithm = row[:8]
        if entry_id is None:
            return "树中有这条记录的叶子，记录本身不见了"
        if what := self._entry_fault(row[4:]):
            return what
        if leaf != entry_leaf:
            return "记录的摘要与树中叶子的摘要不一致：内容被改动"
        if leaf_algorithm != algorithm or entry_algorithm != algorithm:
            return f"摘要算法与本账本的 {algorithm} 不一致"
        return None

    def _ends(
        self,
        size: int,
        stored_heads: list[Head],
        logged: list[heads.LoggedHead],
        nodes: dict[int, Iterator[tuple[Any, ...]]],
    ) -> None:
        """What can be wrong behind the last leaf: cut-off ends, and a book older than the heads kept elsewhere."""
        signed = stored_heads[-1].size if stored_heads else 0
        if signed > size:
            self._fail(None, size, f"已签名的树头含 {signed} 条记录，树中只剩 {size} 条：末尾的记录不见了")
        elif signed < size:
            self._fail(entry_at(signed), signed, "末尾的记录没有签名树头覆盖：树头不见了")
        elif any(head.size < 1 for head in stored_heads):
            self._fail(None, 0, "有一个树头的大小不是正数")
        elif any(next(rows, None) is not None for rows in nodes.values()) or one_row(
            "SELECT 1 FROM ledger_node WHERE level >= %s OR level < 1", [size.bit_length() or 1]
        ):
            self._fail(None, size, "树中有多出的中间节点，对应的记录不见了")
        elif logged and logged[-1].size > size:
            last = logged[-1]
            self._fail(
                None,
                size,
                f"账本比另存的树头旧：heads.log 记有 {last.signed_at} 签名、含 {last.size} 条记录的树头，"
                f"账本只有 {size} 条已入树。很可能从较早的备份恢复，其后的记录已丢失",
            )
        if size and not logged:
            self.notes.append("没有另存的树头（heads.log）可比对：若数据库和签名密钥同时被换，本次校验发现不了。")

    def _entry_fault(self, row: tuple[Any, ...]) -> str | None:
        """Return what is wrong inside one entry, None if its text, digest and columns agree."""
        canonical, leaf, algorithm = row[1], row[2], row[3]
        data = canonical.encode()
        try:
            digest = hashing.digest_of(algorithm)
        except ValueError:
            return f"摘要算法“{algorithm}”无法识别"
        if digest(b"\x00" + data).hex() != leaf:
            return "记录内容与摘要不符：内容被改动"
        try:
            content = orjson.loads(data)
            subject, corrects = content["subject"], content["corrects"]
            columns = (
                content["kind"],
                subject["kind"],
                subject["id"],
                subject["region"],
                content["occurred_on"],
                content["recorded_at"],
                content["actor"]["person"],
                content["clock"],
                content["key"],
                content["receipt"],
                None if corrects is None else corrects["entry"],
            )
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return "记录内容不是本账本的格式"
        stored = (*row[4:8], _day(row[8]), _moment(row[9]), *row[10:])
        if columns != stored:
            wrong = next(name for name, a, b in zip(_COLUMNS, columns, stored, strict=True) if a != b)
            return f"记录的“{wrong}”栏与记录内容不一致：该栏被改动"
        if columns[9] is not None and receipts.normalise(columns[9]) != columns[9]:
            return "回执编号的校验位不符"
        if content["clock"] != "SYSTEM" and not self.is_demo:
            return "正式账本中出现了模拟时钟的记录"
        return None

    # --- what has no leaf yet ------------------------------------------------------------------------------------

    def _pending(self) -> int:
        pending = 0
        lost = one_row(
            "SELECT p.entry_id FROM ledger_pending p LEFT JOIN ledger_entry e ON e.id = p.entry_id "
            "WHERE e.id IS NULL ORDER BY 1 LIMIT 1"
        )
        if lost:
            self._fail(lost[0], None, "待入树的记录不见了")
        for row in unsequenced_rows():
            pending += 1
            if row[-1] is None:
                self._fail(row[0], None, "记录不在树中，也不在待入树清单中")
            elif what := self._entry_fault(row[:-1]):
                self._fail(row[0], None, what)
            if self.bad:
                return pending
        orphan = one_row(
            "SELECT p.entry_id FROM ledger_pending p JOIN ledger_leaf l ON l.entry_id = p.entry_id ORDER BY 1 LIMIT 1"
        )
        if orphan:
            self._fail(orphan[0], None, "记录已入树，却又列为待入树")
        if self.bad is None and connection.vendor == "sqlite":
            self._sqlite_numbers()
        return pending

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


_COLUMNS = (
    "kind", "subject_kind", "subject_id", "region_key", "occurred_on", "recorded_at", "person_id", "clock", "key",
    "receipt", "corrects_id",
)  # fmt: skip


def _node_fault(
    node: tuple[int, int, bytes], algorithm: str, streams: dict[int, Iterator[tuple[Any, ...]]]
) -> str | None:
    """Compare a recomputed node with the next stored one of its level; each level is one ordered read."""
    level, index, value = node
    if level not in streams:
        streams[level] = node_rows(level)
    stored = next(streams[level], None)
    if stored is None or stored[0] != index:
        return f"树的中间节点（第 {level} 层第 {index} 号）不见了"
    if stored[1] != value.hex() or stored[2] != algorithm:
        return f"树的中间节点（第 {level} 层第 {index} 号）与重新计算的不一致"
    return None


def _by_size(stored: list[Head], logged: list[heads.LoggedHead]) -> dict[int, list[Head | heads.LoggedHead]]:
    due: dict[int, list[Head | heads.LoggedHead]] = {}
    both: list[Head | heads.LoggedHead] = [*stored, *logged]
    for head in both:
        due.setdefault(head.size, []).append(head)
    return due


def _head_fault(head: Head | heads.LoggedHead, root: str, algorithm: str, keys: dict[str, bytes]) -> str | None:
    if isinstance(head, heads.LoggedHead):
        return None if head.root == root else f"与另存的树头（heads.log，{head.signed_at}）不一致"
    if head.root != root or head.algorithm != algorithm:
        return "树根与签名的树头不一致"
    if head.key_id not in keys:
        return f"树头的签名公钥 {head.key_id} 不在密钥目录中，无法核对"
    facts = signing.HeadFacts(head.size, head.root, head.algorithm, head.signed_at, head.clock)
    if not signing.verify_head(head.key_id, facts.message(), head.signature, keys[head.key_id]):
        return "树头的签名不成立"
    return None


def _day(value: date | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _moment(value: datetime | str) -> str:
    if isinstance(value, str):  # SQLite keeps UTC without saying so
        return f"{(datetime.fromisoformat(value) + _EIGHT_HOURS).isoformat()}+08:00"
    return value.astimezone(_SHANGHAI).isoformat()
