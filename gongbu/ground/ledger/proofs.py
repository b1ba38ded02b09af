"""Inclusion proofs for receipts: read the path, and check it anew every time it is shown."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from gongbu.ground.ledger import hashing, tree
from gongbu.ground.ledger import leaf as leaves
from gongbu.ground.ledger.models import Entry, Head, Leaf
from gongbu.ground.ledger.nodes import stored_nodes
from gongbu.ground.ledger.sequencer import head_line
from gongbu.ground.ledger.signing import HeadFacts, public_keys, verify_head


class Outcome(StrEnum):
    """What checking found. Only HOLDS is good; PENDING means that the sequencer has not come by yet."""

    HOLDS = "HOLDS"
    PENDING = "PENDING"
    CHANGED = "CHANGED"
    NOT_UNDER_ROOT = "NOT_UNDER_ROOT"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN_KEY = "UNKNOWN_KEY"


@dataclass(frozen=True, slots=True)
class Proof:
    """Leaf, place, path and signed head; hashes in hex. ``outcome`` is the result of checking them just now."""

    outcome: Outcome
    leaf_hash: str
    algorithm: str
    index: int | None = None
    size: int | None = None
    path: tuple[str, ...] = ()
    head: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the proof for download."""
        return {**asdict(self), "path": list(self.path), "outcome": str(self.outcome)}


def prove(entry: Entry) -> Proof:
    """Return the proof of an entry under the newest signed head (at most 4 queries)."""
    digest = hashing.digest_of(entry.algorithm)
    try:
        leaf = leaves.leaf_of(entry.canonical.encode(), digest)
    except ValueError:
        leaf = b""
    if leaf.hex() != entry.leaf_hash:
        return Proof(Outcome.CHANGED, entry.leaf_hash, entry.algorithm)
    index = Leaf.objects.filter(entry=entry).values_list("index", flat=True).first()
    head = Head.objects.order_by("-size").first()
    if index is None or head is None:
        return Proof(Outcome.PENDING, entry.leaf_hash, entry.algorithm)
    try:
        wanted = tree.needed_nodes(lambda node_at: tree.inclusion_path(index, head.size, node_at, digest))
        path = tree.inclusion_path(index, head.size, stored_nodes(wanted), digest)
    except (KeyError, ValueError):
        return Proof(Outcome.NOT_UNDER_ROOT, entry.leaf_hash, entry.algorithm, index, head.size)
    keys = public_keys()
    outcome = Outcome.HOLDS
    if not tree.verify_inclusion(leaf, index, head.size, path, bytes.fromhex(head.root), digest):
        outcome = Outcome.NOT_UNDER_ROOT
    elif head.key_id not in keys:
        outcome = Outcome.UNKNOWN_KEY
    else:
        facts = HeadFacts(head.size, head.root, head.algorithm, head.signed_at, head.clock)
        if not verify_head(head.key_id, facts.message(), head.signature, keys[head.key_id]):
            outcome = Outcome.BAD_SIGNATURE
    return Proof(
        outcome,
        entry.leaf_hash,
        entry.algorithm,
        index,
        head.size,
        tuple(step.hex() for step in path),
        head_line(head, keys.get(head.key_id)),
    )
