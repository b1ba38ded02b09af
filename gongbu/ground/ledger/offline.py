"""Check a kept receipt without the platform: place in the tree, signature of the head, and against heads kept elsewhere.

Needs nothing but the files: no database, no network, no key of the installation.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gongbu.ground.ledger import hashing, tree
from gongbu.ground.ledger.signing import facts_of, key_id_of, verify_ed25519

RECEIPT, CONSISTENCY = "gongbu-receipt/1", "gongbu-consistency/1"
NOT_BOUND = "公开字段（名称、文号、金额等）由出具凭证的平台声明，没有与叶子摘要绑定；请与平台的查验页或纸面核对。"


class Unreadable(Exception):
    """Not a receipt, a head or a consistency proof of this format; the text says what was found."""


@dataclass(slots=True)
class Report:
    """What was proven, what was found wrong, and what cannot be told from the files."""

    proven: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Link:
    """A consistency proof from a file, found to hold: one head grows into the other."""

    old: tuple[int, str]
    new: tuple[int, str]


def check(receipt: Mapping[str, Any], kept: Sequence[Mapping[str, Any]] = ()) -> Report:
    """Check a receipt file against itself and against kept heads and consistency proofs.

    :raises Unreadable: one of the files is not what it should be
    """
    report = Report(open=[NOT_BOUND])
    proof = receipt.get("proof") if receipt.get("format") == RECEIPT else None
    if not isinstance(proof, Mapping):
        raise Unreadable(f"不是回执凭证：format 应为 {RECEIPT}，实际为 {str(receipt.get('format'))[:40]}")
    head = proof.get("head")
    if not isinstance(head, Mapping) or proof.get("index") is None:
        report.open.append("凭证下载时记录还没有入树，没有可以核对的证明。请过一分钟后重新下载凭证。")
        return report
    _place(proof, head, report)
    _signature(head, report)
    _kept(_facts(head), kept, report)
    return report


def _place(proof: Mapping[str, Any], head: Mapping[str, Any], report: Report) -> None:
    try:
        digest = hashing.digest_of(str(proof["algorithm"]))
        leaf, root = bytes.fromhex(proof["leaf_hash"]), bytes.fromhex(head["root"])
        path = [bytes.fromhex(step) for step in proof["path"]]
        index, size = int(proof["index"]), int(head["size"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"凭证不完整或被截断：{error}") from error
    if tree.verify_inclusion(leaf, index, size, path, root, digest):
        report.proven.append(f"这条记录是账本第 {index + 1:,} 条，在记录数为 {size:,} 的树头之下。")
    else:
        report.wrong.append("记录不在凭证所附的树头之下：叶子、位置、路径或树根被改动。")


def _signature(head: Mapping[str, Any], report: Report) -> None:
    try:
        key = base64.b64decode(str(head["public_key"]), validate=True)
        signature = base64.b64decode(str(head["signature"]), validate=True)
        key_id = str(head["key_id"])
        message = facts_of(head).message()
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"树头不完整：{error}") from error
    scheme = key_id.partition(":")[0]
    if scheme != "ed25519":
        report.open.append(f"树头用 {scheme} 签名，本程序不能核对。")
    elif key_id_of(scheme, key) != key_id or not verify_ed25519(message, signature, key):
        report.wrong.append("树头的签名不成立：树头、公钥或签名被改动。")
    else:
        report.proven.append(f"树头由公钥 {key_id} 签名，签名时间 {head['signed_at'][:19].replace('T', ' ')}。")
        report.open.append("公钥属于哪个平台，请与平台“账本树头”页面或盖章的打印件上的公钥核对。")


def _kept(head: tuple[int, str], kept: Sequence[Mapping[str, Any]], report: Report) -> None:
    heads, links = [], []
    for one in kept:
        if one.get("format") == CONSISTENCY:
            links.append(_link(one, report))
        else:
            heads.append(_facts(one))
    if not kept:
        report.open.append("没有提供另外保存的树头。带上一个（--head），才能发现账本整体被换过。")
        return
    known = {head}
    for _ in links:  # each round may reach one head more
        for link in links:
            if link is not None and (link.old in known or link.new in known):
                known |= {link.old, link.new}
    for size, root in heads:
        if (size, root) in known:
            report.proven.append(f"与另外保存的树头（记录数 {size:,}）属于同一本账。")
        elif any(size == other and root != value for other, value in known):
            report.wrong.append(f"与另外保存的树头矛盾：同样 {size:,} 条记录，树根不同，账本出现过两个版本。")
        else:
            first, last = sorted((size, head[0]))
            report.open.append(
                f"另外保存的树头有 {size:,} 条，凭证的有 {head[0]:,} 条。请在平台下载 {first} 到 {last} 的一致性证明，一并用 --head 带上。"
            )


def _link(proof: Mapping[str, Any], report: Report) -> Link | None:
    try:
        old, new = _facts(proof["from"]), _facts(proof["to"])
        digest = hashing.digest_of(str(proof["to"]["algorithm"]))
        path = [bytes.fromhex(step) for step in proof["path"]]
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"一致性证明不完整：{error}") from error
    if tree.verify_consistency(old[0], new[0], bytes.fromhex(old[1]), bytes.fromhex(new[1]), path, digest):
        return Link(old, new)
    report.wrong.append(f"一致性证明不成立：{old[0]:,} 条到 {new[0]:,} 条。")
    return None


def _facts(head: Mapping[str, Any]) -> tuple[int, str]:
    try:
        return int(head["size"]), bytes.fromhex(str(head["root"])).hex()
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"不是树头：应有 size 和 root（{error}）") from error
