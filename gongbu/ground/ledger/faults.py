"""The slow half of verification: what exactly is wrong with one entry, node or head, in words. None: it holds."""

from datetime import datetime, timedelta
from typing import Any

from gongbu.ground.ledger import hashing, heads, leaf, receipts, signing
from gongbu.ground.ledger.models import Head

_EIGHT_HOURS = timedelta(hours=8)
_COLUMNS = (
    "kind", "subject_kind", "subject_id", "region_key", "occurred_on", "recorded_at", "person_id", "clock", "key",
    "receipt", "corrects_id",
)  # fmt: skip


def of_leaf(row: tuple[Any, ...], algorithm: str, *, is_demo: bool) -> str | None:
    """Judge a row of :func:`rawrows.sequenced_rows`: the leaf and the entry behind it."""
    _, _, leaf, leaf_algorithm, entry_id, entry_algorithm, _, entry_leaf = row[:8]
    if entry_id is None:
        return "树中有这条记录的叶子，记录本身不见了"
    if what := of_entry(row[4:], is_demo=is_demo):
        return what
    if leaf != entry_leaf:
        return "记录的摘要与树中叶子的摘要不一致：内容被改动"
    if leaf_algorithm != algorithm or entry_algorithm != algorithm:
        return f"摘要算法与本账本的 {algorithm} 不一致"
    return None


def of_entry(row: tuple[Any, ...], *, is_demo: bool) -> str | None:
    """Judge one entry by itself (id, algorithm, columns): do its text, digest and columns agree?"""
    algorithm, data, stored_leaf = row[1:4]
    try:
        digest = hashing.digest_of(algorithm)
    except ValueError:
        return f"摘要算法“{algorithm}”无法识别"
    try:
        computed = leaf.leaf_of(data, digest).hex()
    except ValueError:
        computed = ""
    if computed != stored_leaf:
        return "记录内容与摘要不符：内容被改动"
    content = leaf.read(data)
    if content is None or leaf.format_of(content) is None:
        return "记录内容不是本账本的格式"
    try:
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
    except (KeyError, TypeError):
        return "记录内容不是本账本的格式"
    stored = (*row[4:9], _moment(row[9]), *row[10:])
    if columns != stored:
        wrong = next(name for name, a, b in zip(_COLUMNS, columns, stored, strict=True) if a != b)
        return f"记录的“{wrong}”栏与记录内容不一致：该栏被改动"
    if columns[9] is not None and receipts.normalise(columns[9]) != columns[9]:
        return "回执编号的校验位不符"
    if leaf.is_bound(content) and not leaf.is_salt(content.get("salt")):
        return "记录没有足够长的随机盐"
    if content["clock"] != "SYSTEM" and not is_demo:
        return "正式账本中出现了模拟时钟的记录"
    return None


def of_node(level: int, index: int, value: bytes, stored: tuple[Any, ...] | None, algorithm: str) -> str | None:
    """Compare a recomputed node with the stored one (hash, algorithm)."""
    if stored is None:
        return f"树的中间节点（第 {level} 层第 {index} 号）不见了"
    if stored != (value.hex(), algorithm):
        return f"树的中间节点（第 {level} 层第 {index} 号）与重新计算的不一致"
    return None


def of_head(head: Head | heads.LoggedHead, root: str, algorithm: str, keys: dict[str, bytes]) -> str | None:
    """Compare a head, of the database or of the heads file, with the recomputed root; check its signature."""
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


def _moment(value: Any) -> Any:
    """A moment as the database keeps it (UTC, without saying so) as an entry writes it; anything else unchanged."""
    try:
        there = datetime.fromisoformat(value) + _EIGHT_HOURS
        return f"{there.isoformat()}+08:00" if value[10] == " " else value
    except (ValueError, TypeError, OverflowError):
        return value
