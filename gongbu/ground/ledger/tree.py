"""The Merkle tree of RFC 9162 §2.1, pure. ``leaf = H(0x00 ‖ entry)``, ``node = H(0x01 ‖ left ‖ right)``.

A *perfect node* ``(level, index)`` covers the leaves ``[index·2^level, (index+1)·2^level)``. Perfect nodes never
change once they exist, so they can be stored append-only; every root and proof is made of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Digest = Callable[[bytes], bytes]
NodeAt = Callable[[int, int], bytes]


def leaf_hash(entry: bytes, digest: Digest) -> bytes:
    """Return the hash of a leaf (RFC 9162 §2.1.1)."""
    return digest(b"\x00" + entry)


def node_hash(left: bytes, right: bytes, digest: Digest) -> bytes:
    """Return the hash of an inner node (RFC 9162 §2.1.1)."""
    return digest(b"\x01" + left + right)


@dataclass(slots=True)
class Frontier:
    """The growing edge: for each binary digit 1 of ``size`` the perfect node it stands for, lowest level last."""

    digest: Digest
    size: int = 0
    edge: list[bytes] = field(default_factory=list)

    def append(self, node: bytes, level: int = 0) -> list[tuple[int, int, bytes]]:
        """Add one leaf hash and return the perfect nodes of level ≥ 1 that it completed, as (level, index, hash).

        With ``level`` a whole perfect node is added; ``size`` must be a multiple of its 2^level leaves.
        """
        made = []
        carry, position, leaves = node, self.size >> level, 1 << level
        while position & 1:
            carry = self.digest(b"\x01" + self.edge.pop() + carry)
            position >>= 1
            level += 1
            made.append((level, position, carry))
        self.edge.append(carry)
        self.size += leaves
        return made

    def root(self) -> bytes:
        """Return the root of the ``size`` leaves so far (RFC 9162: the empty tree hashes the empty string)."""
        if not self.edge:
            return self.digest(b"")
        return self._folded(self.edge[-1], self.edge[:-1])

    def root_with(self, right: bytes) -> bytes:
        """Return the root of the leaves so far followed by fewer or as many as the lowest node has, rooted ``right``."""
        return self._folded(right, self.edge)

    def _folded(self, carry: bytes, edge: Sequence[bytes]) -> bytes:
        for left in reversed(edge):
            carry = self.digest(b"\x01" + left + carry)
        return carry


def frontier_at(size: int, node_at: NodeAt, digest: Digest) -> Frontier:
    """Return the edge of a tree of ``size`` leaves from its stored perfect nodes (⌈log2⌉ look-ups)."""
    return Frontier(digest, size, [node_at(level, index) for level, index in edge_positions(size)])


def edge_positions(size: int) -> list[tuple[int, int]]:
    """Return (level, index) of the perfect nodes whose leaves are exactly ``[0, size)``, left to right."""
    positions, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            positions.append((level, start >> level))
            start += 1 << level
    return positions


def root_of(leaves: Iterable[bytes], digest: Digest) -> bytes:
    """Return the root of the given leaf hashes."""
    frontier = Frontier(digest)
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_path(index: int, size: int, node_at: NodeAt, digest: Digest) -> list[bytes]:
    """Return the audit path of leaf ``index`` in the tree of ``size`` leaves, lowest sibling first (§2.1.3.1).

    :raises ValueError: there is no such leaf
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_hash(middle, high, node_at, digest))
            high = middle
        else:
            path.append(_range_hash(low, middle, node_at, digest))
            low = middle
    return path[::-1]


def consistency_path(old: int, new: int, node_at: NodeAt, digest: Digest) -> list[bytes]:
    """Return the proof that the tree of ``old`` leaves is a beginning of the tree of ``new`` leaves (§2.1.4.1).

    :raises ValueError: not 0 < old ≤ new
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    path: list[bytes] = []
    low, high, whole = 0, new, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_hash(middle, high, node_at, digest))
            high = middle
        else:
            path.append(_range_hash(low, middle, node_at, digest))
            low, whole = middle, False
    if not whole:
        path.append(_range_hash(low, high, node_at, digest))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes, digest: Digest) -> bool:
    """Return whether ``path`` proves that ``leaf`` stands at ``index`` under ``root`` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, carry = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            carry = digest(b"\x01" + sibling + carry)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            carry = digest(b"\x01" + carry + sibling)
        position >>= 1
        last >>= 1
    return last == 0 and carry == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes], digest: Digest
) -> bool:
    """Return whether ``path`` proves that the older tree is a beginning of the newer one (RFC 9162 §2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old_carry = new_carry = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_carry = digest(b"\x01" + sibling + old_carry)
            new_carry = digest(b"\x01" + sibling + new_carry)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new_carry = digest(b"\x01" + new_carry + sibling)
        position >>= 1
        last >>= 1
    return last == 0 and old_carry == old_root and new_carry == new_root


def needed_nodes(walk: Callable[[NodeAt], object]) -> list[tuple[int, int]]:
    """Return which perfect nodes ``walk`` will ask for, so that a database can be asked once for all of them."""
    asked: dict[tuple[int, int], None] = {}

    def note(level: int, index: int) -> bytes:
        asked[level, index] = None
        return b"\x00" * 32

    walk(note)
    return list(asked)


def perfect_nodes(leaves: Iterable[bytes], digest: Digest) -> Iterator[tuple[int, int, bytes]]:
    """Yield every perfect node of the leaves, level 0 included, in the order in which they come into being."""
    frontier = Frontier(digest)
    for index, leaf in enumerate(leaves):
        yield 0, index, leaf
        yield from frontier.append(leaf)


def _split(count: int) -> int:
    """Return the largest power of two smaller than ``count`` (> 1)."""
    return 1 << (count - 1).bit_length() - 1


def _range_hash(low: int, high: int, node_at: NodeAt, digest: Digest) -> bytes:
    """Return the root of the leaves ``[low, high)``; ``low`` is a multiple of the range's largest power of two."""
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node_at(level, low >> level)
    middle = low + _split(count)
    return digest(b"\x01" + _range_hash(low, middle, node_at, digest) + _range_hash(middle, high, node_at, digest))
