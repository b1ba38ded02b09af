"""Is an older head a beginning of a newer one? Proofs between two heads of the book, and a judgement of a kept head.

Whoever keeps a head (a print, a line of JSON) can have it judged at any later time: the book must still have the same
root at that size, and grow from there (RFC 9162 §2.1.4).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from gongbu.ground.ledger import hashing, heads, held, tree
from gongbu.ground.ledger.models import Head
from gongbu.ground.ledger.nodes import stored_nodes
from gongbu.ground.ledger.offline import CONSISTENCY
from gongbu.ground.ledger.sequencer import head_line
from gongbu.ground.ledger.signing import facts_of, public_keys, verify_head

_ROOT = re.compile(r"[0-9a-f]{64}")
_PRINTED_ROOT = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{8}\s*){7}[0-9a-f]{8}(?![0-9a-f])")
_SIZE = re.compile(r"(?<![0-9a-f])[0-9][0-9,，]{0,18}(?![0-9a-f])")
_DAY_OR_TIME = re.compile(r"\d{4}[-年]\d{1,2}[-月]\d{1,2}日?|\d{1,2}:\d{2}(?::\d{2})?")


class Standing(StrEnum):
    """What became of a kept head. Only EXTENDS and SAME are good."""

    EXTENDS = "EXTENDS"
    SAME = "SAME"
    FORKED = "FORKED"  # the book has another root at that size
    AHEAD = "AHEAD"  # the book is shorter than the kept head
    LOST = "LOST"  # a head of this platform, of a stretch that was lost through restoring an older backup
    NOT_SIGNED_HERE = "NOT_SIGNED_HERE"  # its signature is not one of this book's keys over these facts
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class Kept:
    """A head as somebody kept it; without a signature only size and root can be judged."""

    size: int
    root: str
    whole: Mapping[str, Any] | None = None

    @property
    def is_signed(self) -> bool:
        """Whether a signature was kept with it."""
        return self.whole is not None and "signature" in self.whole


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a kept head is worth today: the proof up to the newest head, hashes in hex."""

    standing: Standing
    kept: Kept | None = None
    head: Mapping[str, Any] | None = None
    path: tuple[str, ...] = ()
    is_signed: bool = False
    root_here: str = ""


def read_kept(text: str) -> Kept | None:
    """Read a kept head: a JSON object with ``size`` and ``root``, or any text that names both; None if it names none."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict):
        found = found["head"] if isinstance(found.get("head"), dict) else found
        size, root = found.get("size"), found.get("root")
        if isinstance(size, int) and not isinstance(size, bool) and isinstance(root, str) and _ROOT.fullmatch(root):
            return Kept(size, root, found)
        return None
    plain = text.lower()
    printed = _PRINTED_ROOT.search(plain)
    if printed is None:
        return None
    rest = _DAY_OR_TIME.sub(" ", plain.replace(printed[0], " "))
    sizes = [int(one.replace(",", "").replace("，", "")) for one in _SIZE.findall(rest)]
    return Kept(sizes[0], re.sub(r"\s", "", printed[0])) if sizes else None


def judge(kept: Kept | None) -> Judgement:
    """Judge a kept head against the book as it stands (at most 4 queries)."""
    if kept is None or kept.size < 1:
        return Judgement(Standing.UNREADABLE, kept)
    newest = Head.objects.order_by("-size").first()
    is_ours = kept.whole is not None and kept.is_signed and _is_ours(kept.whole)
    if newest is None or kept.size > newest.size:
        standing = Standing.LOST if _is_lost(kept, is_ours) else Standing.AHEAD
        return Judgement(standing, kept, None if newest is None else _line(newest), is_signed=is_ours)
    try:
        root_here = root_at(kept.size, newest.algorithm)
    except KeyError:  # a node of the tree is missing: the book is damaged
        root_here = ""
    if root_here != kept.root:
        standing = Standing.LOST if _is_lost(kept, is_ours) else Standing.FORKED
        return Judgement(standing, kept, _line(newest), is_signed=is_ours, root_here=root_here)
    if kept.is_signed and not is_ours:
        return Judgement(Standing.NOT_SIGNED_HERE, kept, _line(newest), root_here=root_here)
    path = prove(kept.size, newest.size, newest.algorithm)
    digest = hashing.digest_of(newest.algorithm)
    steps = [bytes.fromhex(step) for step in path]
    roots = bytes.fromhex(kept.root), bytes.fromhex(newest.root)
    if not tree.verify_consistency(kept.size, newest.size, *roots, steps, digest):
        return Judgement(Standing.FORKED, kept, _line(newest), path, is_ours, root_here)
    standing = Standing.SAME if kept.size == newest.size else Standing.EXTENDS
    return Judgement(standing, kept, _line(newest), path, kept.is_signed, root_here)


def _is_lost(kept: Kept, is_ours: bool) -> bool:
    """Return whether a head that the book has not is one that this platform published before it was restored."""
    stretches = [(one.kept, one.known) for one in heads.breaks()]
    if stopped := held.find():
        stretches.append((stopped.kept, stopped.known))
    if not any(low < kept.size <= high for low, high in stretches):
        return False
    return is_ours or (not kept.is_signed and heads.was_published(kept.size, kept.root))


def root_at(size: int, algorithm: str) -> str:
    """Return the root of the book's first ``size`` leaves (1 query)."""
    digest = hashing.digest_of(algorithm)
    nodes = stored_nodes(tree.edge_positions(size))
    return tree.frontier_at(size, nodes, digest).root().hex()


def prove(old: int, new: int, algorithm: str) -> tuple[str, ...]:
    """Return the consistency proof between two sizes of the book, hashes in hex (1 query).

    :raises ValueError: not 0 < old ≤ new
    """
    digest = hashing.digest_of(algorithm)
    wanted = tree.needed_nodes(lambda node_at: tree.consistency_path(old, new, node_at, digest))
    return tuple(step.hex() for step in tree.consistency_path(old, new, stored_nodes(wanted), digest))


def between(old: int, new: int) -> dict[str, Any] | None:
    """Return the proof between two heads of the book as a file to keep; None when it has no such heads."""
    heads = {head.size: head for head in Head.objects.filter(size__in=(old, new))}
    if old not in heads or new not in heads or old > new:
        return None
    algorithm = heads[new].algorithm
    return {
        "format": CONSISTENCY, "from": _line(heads[old]), "to": _line(heads[new]), "path": list(prove(old, new, algorithm)),
        "rules": {"node": "H(0x01 || left || right), RFC 9162 section 2.1", "proof": "RFC 9162 section 2.1.4"},
    }  # fmt: skip


def _line(head: Head) -> dict[str, Any]:
    return head_line(head, public_keys().get(head.key_id))


def _is_ours(head: Mapping[str, Any]) -> bool:
    """Return whether the signature is one of this book's keys over just these facts."""
    keys, key_id = public_keys(), str(head.get("key_id"))
    try:
        message = facts_of(head).message()
    except ValueError:
        return False
    return key_id in keys and verify_head(key_id, message, str(head.get("signature")), keys[key_id])
