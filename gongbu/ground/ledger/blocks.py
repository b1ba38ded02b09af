"""The fast half of verification: one run of the tree, checked whole with as little Python as possible. Says only yes or no.

*Yes* means that :mod:`verify` would find nothing in these entries when it looks at them one by one. *No* means that it
has to look: the words, and the entry to blame, are found there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gongbu.ground.ledger import hashing, leaf, rawrows, receipts, signing
from gongbu.ground.ledger.tree import edge_positions

SIZE = 4096  # entries; a power of two


class _Subject(msgspec.Struct, gc=False):
    kind: str
    id: int
    region: int


class _Actor(msgspec.Struct, gc=False):
    person: int | None


class _Corrected(msgspec.Struct, gc=False):
    entry: int


class _Content(msgspec.Struct, gc=False):
    """The fields of a canonical entry that columns repeat or that decide its leaf; the others are read over."""

    v: int

    kind: str
    subject: _Subject
    occurred_on: str
    recorded_at: str
    actor: _Actor
    clock: str
    key: str | None
    receipt: str | None
    corrects: _Corrected | None
    public: dict[str, Any] | None
    kind_label: str | None = None  # from here on: format 2 only
    salt: str = ""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as a block needs it; plain, because it travels to other processes."""

    key_id: str
    signature: str
    facts: signing.HeadFacts

    def holds(self, keys: dict[str, bytes]) -> bool:
        """Return whether the signature is that of a known key (the root is compared elsewhere)."""
        key = keys.get(self.key_id)
        return key is not None and signing.verify_head(self.key_id, self.facts.message(), self.signature, key)


@dataclass(frozen=True, slots=True)
class Task:
    """Leaves ``[low, high)`` to check, the tree sizes at which a root is wanted, and the heads signed there."""

    low: int
    high: int
    algorithm: str
    is_demo: bool
    sizes: tuple[int, ...]
    heads: tuple[SignedHead, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a block gives: perfect nodes it leaves (level, hash), highest first; its part of each root asked for."""

    low: int
    holds: bool
    nodes: tuple[tuple[int, bytes], ...] = ()
    carries: tuple[bytes, ...] = ()


def check(task: Task, keys: dict[str, bytes]) -> Checked:
    """Check entries, columns, leaves, nodes inside the block and signatures; never raises for what it finds."""
    try:
        return _check(task, keys)
    except Exception:  # not the form of an entry, or not readable at all: the slow half looks and words it
        return Checked(task.low, holds=False)


def _check(task: Task, keys: dict[str, bytes]) -> Checked:
    refused = Checked(task.low, holds=False)
    leaves = _leaves(task)
    if leaves is None or not all(head.holds(keys) for head in task.heads):
        return refused
    hash_node = _prefixed(task.algorithm, b"\x01")
    levels = [bytes.fromhex("".join(leaves))]
    while len(levels[-1]) >= 64:
        below = levels[-1]
        nodes = b"".join([hash_node(below[at : at + 64]) for at in range(0, len(below) - 63, 64)])
        if nodes.hex() != _stored_nodes(len(levels), task):
            return refused
        levels.append(nodes)
    edges = [(level, levels[level][index * 32 :][:32]) for level, index in edge_positions(task.high - task.low)]
    carries = tuple(_carry(levels, size - task.low, hash_node) for size in task.sizes)
    return Checked(task.low, True, tuple(edges), carries)


def _leaves(task: Task) -> list[str] | None:
    """Return the leaf hashes in hex if every entry is whole: digest, leaf, each column, receipt and clock."""
    hash_leaf = _Leaves(task.algorithm)
    hours, read, is_demo = _Hours(), msgspec.json.Decoder(_Content).decode, task.is_demo
    leaves: list[str] = []
    for (
        canonical, stored_leaf, kind, subject_kind, subject_id, region, occurred, recorded, person, clock, key, receipt,
        corrects,
    ) in rawrows.block_rows(task.low, task.high, task.algorithm):  # fmt: skip
        content = read(canonical)
        if hash_leaf(canonical, content) != stored_leaf:
            return None
        subject, corrected = content.subject, content.corrects
        if (
            content.kind != kind
            or subject.kind != subject_kind
            or subject.id != subject_id
            or subject.region != region
            or content.occurred_on != occurred
            or content.recorded_at != f"{hours[recorded[:13]]}{recorded[13:]}+08:00"
            or content.actor.person != person
            or content.clock != clock
            or content.key != key
            or content.receipt != receipt
            or (None if corrected is None else corrected.entry) != corrects
            or not (clock == "SYSTEM" or is_demo)
            or (receipt is not None and receipts.normalise(receipt) != receipt)
        ):
            return None
        leaves.append(stored_leaf)
    return leaves if len(leaves) == task.high - task.low else None


def _stored_nodes(level: int, task: Task) -> str | None:
    """Return the stored nodes (hex, as they stand) of a level whose leaves all lie in the block, None if one is missing."""
    rows = rawrows.block_nodes(level, task.low >> level, task.high >> level, task.algorithm)
    if len(rows) != (task.high >> level) - (task.low >> level):
        return None
    return "".join([row[0] for row in rows])


def _carry(levels: Sequence[bytes], size: int, hash_node: Callable[[bytes], bytes]) -> bytes:
    """Return the root over the first ``size`` leaves of the block (§2.1.1): what a root beyond it is folded from."""
    edge = [levels[level][index * 32 :][:32] for level, index in edge_positions(size)]
    carry = edge.pop()
    while edge:
        carry = hash_node(edge.pop() + carry)
    return carry


class _Leaves:
    """Text and content of an entry → its leaf in hex, in either format (:mod:`leaf`); None for another format."""

    def __init__(self, algorithm: str) -> None:
        self.full = _prefixed(algorithm, b"\x00")
        self.inner = _prefixed(algorithm, leaf.ENTRY_PREFIX)
        self.bound = _prefixed(algorithm, b"\x00" + leaf.MARK)

    def __call__(self, text: bytes, content: _Content) -> str | None:
        if content.v == leaf.BOUND and leaf.is_salt(content.salt):
            stated = b"" if content.public is None else leaf.statement(msgspec.structs.asdict(content))
            return self.bound(self.inner(text) + stated).hex()
        return self.full(text).hex() if content.v == leaf.FULL else None


class _Hours(dict[str, str]):
    """Hour in UTC as the database keeps it → the same hour in Asia/Shanghai as an entry writes it."""

    def __missing__(self, hour: str) -> str:
        there = datetime.strptime(f"{hour}:00", "%Y-%m-%d %H:%M") + timedelta(hours=8)  # noqa: DTZ007 -- UTC, unsaid
        self[hour] = text = there.isoformat()[:13]
        return text


def _prefixed(algorithm: str, prefix: bytes) -> Callable[[bytes], bytes]:
    """Return data → H(prefix ‖ data), from a state that has taken the prefix already where the library can."""
    state = hashing.state_of(algorithm)
    if state is None:
        digest = hashing.digest_of(algorithm)
        return lambda data: digest(prefix + data)
    state.update(prefix)
    copy = state.copy

    def digest_after(data: bytes) -> bytes:
        ready = copy()
        ready.update(data)
        value: bytes = ready.digest()
        return value

    return digest_after
