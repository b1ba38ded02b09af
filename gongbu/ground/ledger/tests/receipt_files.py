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
_FORGERS_KEY = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)


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
    *,
    algorithm: str = "SM3",
    is_bound: bool = True,
    index: int = 4,
    sizes: tuple[int, int, int] = (3, 7, 13),
    forged_from: int | None = None,
) -> Files:
    """Return the files of the entry at ``index`` in a book that had heads at three sizes; the receipt is of the second.

    ``forged_from`` makes a forger's book: the genuine one up to that many entries, others after it, and a key of its own
    for every head that is not genuine.
    """
    digest = hashing.digest_of(algorithm)
    genuine = sizes[2] if forged_from is None else forged_from
    texts = [canonical_json({"v": 1, "n": n if n < genuine else -n}).encode() for n in range(sizes[2])]
    facts: dict[str, Any] = {
        "clock": "SYSTEM", "kind": "papers.issue", "kind_label": "印发文书", "occurred_on": "2026-11-20",
        "public": PUBLIC, "receipt": "7H2K9QXD3M5V", "recorded_at": "2026-11-21T09:30:05.000123+08:00",
    }  # fmt: skip
    if index >= genuine:
        facts["public"] = {**PUBLIC, "批复总投资": "92,000.00 万元"}
    inner = leaf.entry_hash(canonical_json({"v": 2, "salt": "7" * 32, **facts}).encode(), digest)
    leaves = [tree.leaf_hash(text, digest) for text in texts]
    leaves[index] = leaf.bound(inner, leaf.statement(facts), digest) if is_bound else leaves[index]
    nodes = {(level, at): value for level, at, value in tree.perfect_nodes(leaves, digest)}

    def node_at(level: int, at: int) -> bytes:
        return nodes[level, at]

    heads = [
        _head(size, tree.root_of(leaves[:size], digest), algorithm, _KEY if size <= genuine else _FORGERS_KEY)
        for size in sizes
    ]
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


def _head(size: int, root: bytes, algorithm: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    facts = {
        "size": size,
        "root": root.hex(),
        "algorithm": algorithm,
        "signed_at": "2026-11-21T09:31:00+08:00",
        "clock": "SYSTEM",
    }
    public = key.public_key().public_bytes_raw()
    signature = key.sign(canonical_json({"v": 1, **facts}).encode())
    return {
        **facts, "key_id": key_id_of("ed25519", public), "signature": base64.b64encode(signature).decode(),
        "public_key": base64.b64encode(public).decode(),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One question to both verifiers, and the verdict that is right."""

    name: str
    verdict: str
    receipt: dict[str, Any]
    kept: tuple[dict[str, Any], ...] = ()
    key: str = ""


def cases() -> list[Case]:
    """Return genuine and forged receipts, with and without something to compare them with."""
    real, own, old = make_files(), make_files(forged_from=0), make_files(is_bound=False)
    extended = make_files(index=5, forged_from=3)
    bare = {"size": real.same["size"], "root": real.same["root"]}
    bare_older = {"size": real.older["size"], "root": real.older["root"]}
    fingerprint, key = real.same["key_id"], base64.b64decode(real.same["public_key"]).hex()
    in_older = make_files(index=2)
    downgraded = {**real.receipt, "format": RECEIPT, "public": {"文号": "云发改〔2026〕999号"}, "kind_label": "批复"}
    del downgraded["entry_hash"]

    def with_proof(receipt: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return {**receipt, "proof": {**receipt["proof"], **changes}}

    pending = with_proof(own.receipt)
    del pending["proof"]["head"]
    other_scheme = with_proof(own.receipt, head={**own.same, "key_id": "sm2:abcd", "signature": "AAAA"})
    unsigned = {name: value for name, value in real.same.items() if name not in ("signature", "public_key")}
    return [
        Case("真凭证，别无依据", "key_unchecked", real.receipt),
        Case("真凭证，同一树头", "holds", real.receipt, (real.same,)),
        Case("真凭证，照抄的树根", "holds", real.receipt, (bare,)),
        Case("真凭证，没有签名的同一树头", "holds", real.receipt, (unsigned,)),
        Case("真凭证，指纹", "holds", real.receipt, (), fingerprint),
        Case("真凭证，只写指纹的数字", "holds", real.receipt, (), f" {fingerprint[8:].upper()} "),
        Case("真凭证，公钥", "holds", real.receipt, (), key),
        Case("真凭证，别的指纹", "wrong", real.receipt, (real.same,), own.same["key_id"]),
        Case("真凭证，较新树头缺证明", "incomplete", real.receipt, (real.newer,)),
        Case("真凭证，较新树头缺证明，有指纹", "incomplete", real.receipt, (real.newer,), fingerprint),
        Case("真凭证，较新树头带证明", "holds", real.receipt, (real.newer, real.to_newer)),
        Case("真凭证，较早树头带证明", "holds", real.receipt, (real.older, real.from_older)),
        Case("真凭证，照抄的较早树根带证明", "key_unchecked", real.receipt, (bare_older, real.from_older)),
        Case("较早树头之内的记录，照抄的树根带证明", "holds", in_older.receipt,
             ({"size": 3, "root": in_older.older["root"]}, in_older.from_older)),
        Case("只有证明", "key_unchecked", real.receipt, (real.to_newer,)),
        Case("自造的账本和密钥", "key_unchecked", own.receipt),
        Case("自造的账本，真树头", "wrong", own.receipt, (real.same,)),
        Case("自造的账本，较新的真树头", "wrong", own.receipt, (real.newer,)),
        Case("自造的账本，较早的真树头", "wrong", own.receipt, (real.older,)),
        Case("自造的账本，较新的照抄树根", "incomplete", own.receipt, ({"size": 13, "root": real.newer["root"]},)),
        Case("自造的账本，真指纹", "wrong", own.receipt, (), fingerprint),
        Case("接着真账本伪造", "wrong", extended.receipt, (extended.older, extended.from_older)),
        Case("接着真账本伪造，照抄的树根", "key_unchecked", extended.receipt, (bare_older, extended.from_older)),
        Case("绕过分叉点相连", "wrong", extended.receipt,
             (real.same, extended.from_older, real.from_older)),
        Case("绕过分叉点连到较新的照抄树根", "incomplete", extended.receipt,
             ({"size": 13, "root": real.newer["root"]}, extended.from_older, real.from_older, real.to_newer)),
        Case("降为旧格式", "incomplete", downgraded),
        Case("降为旧格式，真树头", "incomplete", downgraded, (real.same,), fingerprint),
        Case("旧格式", "incomplete", old.receipt, (old.same,)),
        Case("没有树头", "incomplete", pending),
        Case("没有树头，真树头", "incomplete", pending, (real.same,), fingerprint),
        Case("别的签名方案", "incomplete", other_scheme),
        Case("别的签名方案，真指纹", "incomplete", other_scheme, (), fingerprint),
        Case("别的签名方案，真树头", "wrong", other_scheme, (real.same,)),
        Case("别的签名方案，照抄的自造树根", "incomplete", other_scheme, ({"size": 7, "root": own.same["root"]},)),
        Case("换了公钥的树头", "wrong", real.receipt, ({**real.same, "public_key": own.same["public_key"]},)),
    ]  # fmt: skip


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
