"""After restoring an older backup: say openly what was lost, instead of quietly going on."""

from dataclasses import dataclass

from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.ledger import hashing, heads, sequencer, tree
from gongbu.ground.ledger.canonical import moment
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Head
from gongbu.ground.ledger.nodes import stored_nodes
from gongbu.ground.ledger.services import append


@dataclass(frozen=True, slots=True)
class Loss:
    """Up to where the book and the heads file agree (``kept``), and how far the file once reached (``known``)."""

    kept: int
    known: int
    root: str


def find_loss() -> Loss | None:
    """Return what the heads file knows and the book has not, None when the file is no further than the book."""
    logged = heads.read()
    size = Head.objects.order_by("-size").values_list("size", flat=True).first() or 0
    disagreeing: heads.LoggedHead | None = None
    for head in reversed(logged):
        if head.size <= size and _root_at(head.size, head.algorithm) == head.root:
            return Loss(head.size, logged[-1].size, logged[-1].root) if disagreeing else None
        disagreeing = head
    return Loss(0, logged[-1].size, logged[-1].root) if disagreeing else None


def acknowledge_restore(*, reason: str, name: str) -> Loss:
    """Record the loss in the book and mark it in the heads file; verification agrees again from here on.

    Run by the operator on the server's command line. The cut-off heads stay readable in the file.

    :raises Refusal: nothing is missing
    """
    loss = find_loss()
    if loss is None:
        raise Refusal("ledger.nothing_lost")
    with transaction.atomic():
        append(
            EntryDraft(
                kind="ledger.restored",
                subject=Subject("installation", 1, 0, "账本"),
                actor=ActorStamp(None, name),
                occurred_on=clock.today(),
                before={"size": loss.known, "root": loss.root},
                after={"size": loss.kept},
                extra={"reason": reason},
            )
        )
        line = {"restored_to": loss.kept, "known": loss.known, "root": loss.root, "at": moment(clock.now())}
        transaction.on_commit(lambda: heads.write([line]))
    sequencer.run()
    return loss


def _root_at(size: int, algorithm: str) -> str:
    positions = tree.edge_positions(size)
    return tree.frontier_at(size, stored_nodes(positions), hashing.digest_of(algorithm)).root().hex()
