"""The sequencer (排序入树): gives committed entries their index, grows the tree and signs its head.

One at a time, in batches, each batch one transaction: killed at any moment it leaves either a whole batch or nothing.
"""

import base64
import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from gongbu.ground.basics import clock
from gongbu.ground.ledger import hashing, heads, tree
from gongbu.ground.ledger import held as holding
from gongbu.ground.ledger.canonical import moment
from gongbu.ground.ledger.models import Entry, Head, Leaf, Node, Pending
from gongbu.ground.ledger.nodes import stored_nodes
from gongbu.ground.ledger.signing import HeadFacts, Signer, public_keys, signer

log = logging.getLogger(__name__)
BATCH = 1000  # entries per transaction: about 30 ms of SQLite's write lock
_LOCK = 0x67_6F_6E_67_62_75  # "gongbu": the advisory lock that admits one sequencer on PostgreSQL


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What a run did: entries placed, tree size after it, batches signed; ``held`` why nothing may be signed."""

    placed: int
    size: int
    batches: int
    held: holding.Held | None = None


def run(*, max_batches: int | None = None) -> Sequenced:
    """Place everything that is pending (or ``max_batches`` batches) and return what was done.

    Safe to call from several processes at once and after a crash at any point; an empty run costs two queries. While
    signing is held (:mod:`held`) nothing is placed.

    :raises ImproperlyConfigured: the digest algorithm was changed in a book that is not empty, or this home does not
        hold the key of the last head (another machine's, or one that was lost)
    """
    placed, batches = 0, 0
    stopped = holding.look()
    while stopped is None and (max_batches is None or batches < max_batches):
        done = _run_batch()
        if done == 0:
            break
        placed, batches = placed + done, batches + 1
    if stopped is None:
        write_missing_heads()
    else:
        log.warning("%s；%s", stopped.said, holding.TODO)
    last = Head.objects.order_by("-size").values_list("size", flat=True).first()
    return Sequenced(placed, last or 0, batches, stopped)


def write_missing_heads() -> int:
    """Copy heads that are in the database but not yet in ``heads.log`` (a crash in between) and return how many."""
    if connection.in_atomic_block:  # not committed yet: a head that may be rolled back must not be published
        transaction.on_commit(write_missing_heads)
        return 0
    if not Head.objects.filter(size__gt=heads.last_size()).exists():
        return 0
    with heads.alone():
        missing = list(Head.objects.filter(size__gt=heads.last_size()).order_by("size"))
        keys = public_keys() if missing else {}
        heads.write(head_line(head, keys.get(head.key_id)) for head in missing)
    return len(missing)


def head_line(head: Head, public_key: bytes | None) -> dict[str, Any]:
    """Return a head as it is written to ``heads.log`` and into proofs."""
    line = {
        "size": head.size,
        "root": head.root,
        "algorithm": head.algorithm,
        "signed_at": moment(head.signed_at),
        "clock": head.clock,
        "key_id": head.key_id,
        "signature": head.signature,
    }
    if public_key is not None:
        line["public_key"] = base64.b64encode(public_key).decode()
    return line


def _run_batch() -> int:
    if not Pending.objects.exists():  # a look without the write lock
        return 0
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # Looked at anew behind the lock; the key is read after it, for it may have changed.
        if holding.look() is not None:
            return 0
        by = signer()
        ids = list(Pending.objects.order_by("entry_id").values_list("entry_id", flat=True)[:BATCH])
        if not ids:
            return 0
        entries = list(Entry.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "leaf_hash", "algorithm"))
        if len(entries) != len(ids):
            raise RuntimeError("a pending entry is missing from the book; run: gongbu ledger verify")
        _place(entries, by)
        Pending.objects.filter(entry_id__in=ids).delete()
    return len(ids)


def _place(entries: list[tuple[int, str, str]], by: Signer) -> None:
    head = Head.objects.order_by("-size").first()
    algorithm = head.algorithm if head else getattr(settings, "LEDGER_ALGORITHM", hashing.DEFAULT)
    if any(entry_algorithm != algorithm for _, _, entry_algorithm in entries):
        raise ImproperlyConfigured(f"the book is hashed with {algorithm}; another algorithm needs a new book")
    if head and head.key_id != by.key_id and head.key_id not in public_keys():
        raise ImproperlyConfigured(
            f"keys/ 中没有上一个树头的签名公钥 {head.key_id}，不能以另一把密钥接着签：放回密钥文件，"
            "或把该公钥（heads.log 中有）存为 keys/ 下的 .pub 文件"
        )
    digest = hashing.digest_of(algorithm)
    size = head.size if head else 0
    frontier = tree.frontier_at(size, stored_nodes(tree.edge_positions(size)), digest)
    leaves, nodes = [], []
    for entry_id, leaf, _ in entries:
        leaves.append(Leaf(index=frontier.size, entry_id=entry_id, hash=leaf, algorithm=algorithm))
        for level, index, value in frontier.append(bytes.fromhex(leaf)):
            nodes.append(Node(level=level, index=index, hash=value.hex(), algorithm=algorithm))
    Leaf.objects.bulk_create(leaves, batch_size=200)
    Node.objects.bulk_create(nodes, batch_size=200)
    facts = HeadFacts(frontier.size, frontier.root().hex(), algorithm, clock.now(), clock.kind())
    Head.objects.create(
        size=facts.size,
        root=facts.root,
        algorithm=algorithm,
        key_id=by.key_id,
        signature=base64.b64encode(by.sign(facts.message())).decode(),
        signed_at=facts.signed_at,
        clock=facts.clock,
    )
