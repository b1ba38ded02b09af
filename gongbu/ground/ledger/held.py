"""Whether signing is held (停签): the heads that were published are ahead of the book, as after restoring an older backup.

Going on would sign a second, different head of a size that is already published. So nothing is signed until the loss is
acknowledged (:mod:`restored`), which changes the key. Acts go on; their entries wait for their place in the tree.
"""

from dataclasses import dataclass

from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.ledger import heads
from gongbu.ground.ledger.models import Head


@dataclass(frozen=True, slots=True)
class Held:
    """How far the book reaches, and how far the published heads do; both moments as days, "" where unknown."""

    kept: int
    kept_on: str
    known: int
    known_on: str

    @property
    def said(self) -> str:
        """One line for start-up, health, doctor and the frame of pages."""
        when = f"（{self.known_on}）" if self.known_on else ""
        return (
            f"账本停签：已公布的树头到第 {self.known:,} 条{when}，账本只到第 {self.kept:,} 条，"
            "很可能恢复过较早的备份。办理照常记录，但在确认丢失之前不签新的树头"
        )


TODO = "请先找更新的备份恢复；确无时由安全审计员决定，运行 gongbu ledger acknowledge-restore 确认丢失并换用新的签名密钥"
_good: tuple[str, int, int] | None = None


def find() -> Held | None:
    """Return why signing is held, None when it is not (1 query, none while the heads file has not changed).

    The file is read before the database: a head is written there only after it is committed.
    """
    global _good
    file = heads.path()
    if not file.exists():
        return None
    state = file.stat()
    stamp = (str(file), state.st_size, state.st_mtime_ns)
    if stamp == _good:
        return None
    found = look()
    if found is None:
        _good = stamp
    return found


def look() -> Held | None:
    """Return the same, asked of the file and the database anew (at most 2 queries)."""
    last = heads.last()
    if last is None or last.size == 0:
        return None
    here = Head.objects.filter(size__gte=last.size).order_by("size").values_list("size", "root").first()
    if here is not None and (here[0] > last.size or not last.root or here[1] == last.root):
        return None
    own = Head.objects.filter(size__lte=last.size).order_by("-size").values_list("size", "signed_at").first()
    kept, kept_on = (own[0], f"{own[1].astimezone(SHANGHAI):%Y-%m-%d}") if own else (0, "")
    return Held(kept, kept_on, last.size, last.signed_at[:10])
