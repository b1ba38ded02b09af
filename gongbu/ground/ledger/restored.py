"""After restoring an older backup: say openly what was lost, instead of quietly going on."""

import base64
from dataclasses import dataclass

from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.ledger import hashing, heads, held, sequencer, signing, tree
from gongbu.ground.ledger.canonical import moment
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.ledger.models import Head
from gongbu.ground.ledger.nodes import stored_nodes
from gongbu.ground.ledger.services import append


@dataclass(frozen=True, slots=True)
class Loss:
    """Up to where the book and the heads file agree (``kept``), and how far the file once reached (``known``).

    ``lost`` are the heads in between, oldest first: published, and no longer those of this book.
    """

    kept: int
    kept_at: str
    lost: tuple[heads.LoggedHead, ...]
    new_key: str = ""

    @property
    def known(self) -> int:
        """The size of the last lost head."""
        return self.lost[-1].size

    @property
    def root(self) -> str:
        """The root of the last lost head."""
        return self.lost[-1].root


def find_loss() -> Loss | None:
    """Return what the heads file knows and the book has not, None when the file is no further than the book."""
    logged = heads.read()
    size = Head.objects.order_by("-size").values_list("size", flat=True).first() or 0
    for at in range(len(logged), 0, -1):
        head = logged[at - 1]
        if head.size <= size and _root_at(head.size, head.algorithm) == head.root:
            return Loss(head.size, head.signed_at, tuple(logged[at:])) if at < len(logged) else None
    return Loss(0, "", tuple(logged)) if logged else None


def acknowledge_restore(*, reason: str, name: str) -> Loss:
    """Record the loss in the book, mark it in the heads file and go on with a new key.

    Run by the operator on the server's command line. The cut-off heads stay readable in the file. The key that signed
    them signs nothing more, so no two heads of one size are ever signed with one key. The key is changed first: whoever
    sees the mark signs with the new one, and after a crash in between signing is still held.

    :raises Refusal: nothing is missing; or the key of the lost heads is another scheme's, and still in use
    """
    loss = find_loss()
    if loss is None:
        raise Refusal("ledger.nothing_lost")
    for key_id, key in {(head.key_id, head.public_key) for head in heads.read() if head.public_key}:
        signing.keep_public_key(key_id, base64.b64decode(key))  # a backup brings the keys of its own day only
    _, new_key = signing.change_key()
    last = loss.lost[-1]
    if new_key in {head.key_id for head in loss.lost}:
        raise Refusal("ledger.key_must_change", key=new_key)
    with transaction.atomic():
        append(
            EntryDraft(
                kind="ledger.restored",
                subject=Subject("installation", 1, 0, "账本"),
                actor=ActorStamp(None, name),
                occurred_on=clock.today(),
                before={"size": loss.known, "root": loss.root, "signed_at": last.signed_at, "key": last.key_id},
                after={"size": loss.kept, "signed_at": loss.kept_at, "key": new_key},
                extra={"reason": reason},
            )
        )
        line = {
            "restored_to": loss.kept, "known": loss.known, "root": loss.root, "at": moment(clock.now()),
            "kept_at": loss.kept_at, "known_at": last.signed_at, "old_key": last.key_id, "new_key": new_key,
        }  # fmt: skip
        transaction.on_commit(lambda: heads.write([line]))
    sequencer.run()
    return Loss(loss.kept, loss.kept_at, loss.lost, new_key)


def notices() -> list[str]:
    """Return what the public must know of lost stretches, one sentence each, the one not yet acknowledged last."""
    told = [
        f"{_days(one.kept_on, one.known_on)}第 {one.kept + 1:,}–{one.known:,} 条记录因恢复较早的备份而丢失，"
        f"已于 {one.acknowledged_on} 确认并记入账本"
        + (f"；此后的树头改由密钥 {one.new_key} 签名，原密钥 {one.old_key} 停用。" if one.new_key else "。")
        for one in heads.breaks()
    ]
    if stopped := held.find():
        told.append(
            f"{_days(stopped.kept_on, stopped.known_on)}第 {stopped.kept + 1:,}–{stopped.known:,} 条记录不在现在的账本中，"
            "很可能恢复过较早的备份，尚未确认；在确认之前不签新的树头。"
        )
    return told


def _days(first: str, last: str) -> str:
    return f"{first or '开始'} 至 {last} 之间，" if last else ""


def _root_at(size: int, algorithm: str) -> str:
    positions = tree.edge_positions(size)
    return tree.frontier_at(size, stored_nodes(positions), hashing.digest_of(algorithm)).root().hex()
