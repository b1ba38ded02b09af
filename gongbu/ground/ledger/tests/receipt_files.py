"""Receipts, heads and consistency proofs as files, made without a platform, and the many ways in which one can be damaged."""

import base64
import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gongbu.ground.ledger import hashing, leaf, tree
from gongbu.ground.ledger.canonical import canonical_json
from gongbu.ground.ledger.offline import BOUND_RECEIPT, CONSISTENCY, RECEIPT
from gongbu.ground.ledger.signing import key_id_of

PUBLIC = {
    "项目名称": "城北污水处理厂及配套管网工程",
    "文号": "云发改审〔2026〕15号",
    "批复总投资": "12,000.00 万元",
    "附件数": 3,
}
_KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)


@dataclass(frozen=True, slots=True)
class Files:
    """One receipt with the head of its download, an older and a newer head, and the proofs between them."""

    receipt: dict[str, Any]
    older: dict[str, Any]
    same: dict[str, Any]
    newer: dict[str, Any]
    from_older: dict[str, Any]
    to_newer: dict[str, Any]


def make_files(
    *, algorithm: str = "SM3", is_bound: bool = True, index: int = 4, sizes: tuple[int, int, int] = (3, 7, 13)
) -> Files:
    """Return the files of the entry at ``index`` in a book that had heads at three sizes; the receipt is of the second."""
    digest = hashing.digest_of(algorithm)
    texts = [canonical_json({"v": 1, "n": n}).encode() for n in range(sizes[2])]
    facts: dict[str, Any] = {
        "clock": "SYSTEM", "kind": "papers.issue", "kind_label": "印发文书", "occurred_on": "2026-11-20",
        "public": PUBLIC, "receipt": "7H2K9QXD3M5V", "recorded_at": "2026-11-21T09:30:05.000123+08:00",
    }  # fmt: skip
    inner = leaf.entry_hash(canonical_json({"v": 2, "salt": leaf.new_salt(), **facts}).encode(), digest)
    leaves = [tree.leaf_hash(text, digest) for text in texts]
    leaves[index] = leaf.bound(inner, leaf.statement(facts), digest) if is_bound else leaves[index]
    nodes = {(level, at): value for level, at, value in tree.perfect_nodes(leaves, digest)}

    def node_at(level: int, at: int) -> bytes:
        return nodes[level, at]

    heads = [_head(size, tree.root_of(leaves[:size], digest), algorithm) for size in sizes]
    path = tree.inclusion_path(index, sizes[1], node_at, digest)
    receipt = {
        "format": BOUND_RECEIPT if is_bound else RECEIPT, **facts, "corrected_by": None,
        **({"entry_hash": inner.hex()} if is_bound else {}),
        "proof": {
            "outcome": "HOLDS", "leaf_hash": leaves[index].hex(), "algorithm": algorithm, "index": index,
            "size": sizes[1], "path": [step.hex() for step in path], "head": heads[1],
        },
    }  # fmt: skip

    def link(old: int, new: int) -> dict[str, Any]:
        steps = tree.consistency_path(sizes[old], sizes[new], node_at, digest)
        return {"format": CONSISTENCY, "from": heads[old], "to": heads[new], "path": [step.hex() for step in steps]}

    return Files(receipt, heads[0], heads[1], heads[2], link(0, 1), link(1, 2))


def _head(size: int, root: bytes, algorithm: str) -> dict[str, Any]:
    facts = {
        "size": size,
        "root": root.hex(),
        "algorithm": algorithm,
        "signed_at": "2026-11-21T09:31:00+08:00",
        "clock": "SYSTEM",
    }
    public = _KEY.public_key().public_bytes_raw()
    signature = _KEY.sign(canonical_json({"v": 1, **facts}).encode())
    return {
        **facts, "key_id": key_id_of("ed25519", public), "signature": base64.b64encode(signature).decode(),
        "public_key": base64.b64encode(public).decode(),
    }  # fmt: skip


def damaged(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (what was done, copy) for every field of a document: changed a little, of another type, left out."""
    for way in _ways(document):
        *above, last = way
        for what, change in (("改", _nudged), ("换型", _retyped), ("缺", None)):
            made = copy.deepcopy(document)
            at: Any = made
            for step in above:
                at = at[step]
            if change is None:
                del at[last]
            else:
                at[last] = change(at[last])
            yield f"{what} {'/'.join(map(str, way))}", made


def flipped(document: dict[str, Any], *, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield (which bit, bytes of the file) with one random bit of the file changed."""
    draw, whole = random.Random(seed), json.dumps(document, ensure_ascii=False, indent=1).encode()
    for _ in range(count):
        at, bit, data = draw.randrange(len(whole)), draw.randrange(8), bytearray(whole)
        data[at] ^= 1 << bit
        yield f"第 {at} 字节第 {bit} 位", bytes(data)


def _ways(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield (*above, step)
        yield from _ways(item, (*above, step))


def _nudged(value: Any) -> Any:
    if isinstance(value, str):
        return ("1" if value[:1] == "0" else "0") + value[1:]
    if isinstance(value, int):
        return value + 1
    if isinstance(value, dict):
        return {**value, "多": 1}
    return [*value, "00" * 32] if isinstance(value, list) else "0"


def _retyped(value: Any) -> Any:
    return [value] if isinstance(value, str) else str(value) if isinstance(value, int) else None if value else 0.5
