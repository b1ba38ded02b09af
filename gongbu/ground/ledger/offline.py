"""Check a kept receipt without the platform: its fields, its place in the tree, the signed head, heads kept elsewhere.

Needs nothing but the files: no database, no network, no key of the installation. The verifier for browsers
(``frontend/js/verifier``) gives the same answers in the same words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gongbu.ground.ledger import hashing, leaf, tree
from gongbu.ground.ledger.canonical import canonical_json
from gongbu.ground.ledger.offline_reading import Fields, Unreadable, plain_numbers, unreadable, words
from gongbu.ground.ledger.signing import key_id_of, verify_ed25519

__all__ = ["BOUND_RECEIPT", "CONSISTENCY", "NOT_BOUND", "RECEIPT", "Report", "Unreadable", "check"]

RECEIPT, BOUND_RECEIPT, CONSISTENCY = "gongbu-receipt/1", "gongbu-receipt/2", "gongbu-consistency/1"
NOT_BOUND = words("open", "not_bound")
LONGEST_QUOTE = 40


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
    """Check a receipt file against itself and against kept heads, receipts and consistency proofs.

    :raises Unreadable: one of the files is not what it should be
    """
    receipt, others = plain_numbers(receipt), [plain_numbers(one) for one in kept]
    report, form = Report(), receipt.get("format")
    if form not in (RECEIPT, BOUND_RECEIPT):
        found = form if isinstance(form, str) else canonical_or_dash(form)
        raise unreadable("not_receipt", expected=f"{RECEIPT} 或 {BOUND_RECEIPT}", found=found[:LONGEST_QUOTE])
    proof = Fields(receipt.get("proof"), "receipt")
    if form == BOUND_RECEIPT:
        _fields(receipt, proof, report)
        report.open.append(words("open", "later"))
    else:
        report.open.append(NOT_BOUND)
    if proof.holder.get("head") is None or proof.holder.get("index") is None:
        report.open.append(words("open", "pending"))
        return report
    head = Fields(proof.any("head"), "head")
    _place(proof, head, report)
    _signature(head, report)
    _kept(_facts(head), others, report)
    return report


def canonical_or_dash(value: Any) -> str:
    """Return a short value as JSON, a dash for what has no canonical form or is no short value."""
    return canonical_json(value) if value is None or isinstance(value, bool) else "—"


def _fields(receipt: Mapping[str, Any], proof: Fields, report: Report) -> None:
    """Compute the leaf from what the receipt states and the inner hash (format 2 of :mod:`leaf`)."""
    stated = Fields(receipt, "receipt")
    facts = {key: stated.any(key) for key in leaf.STATED}
    digest = hashing.digest_of(proof.algorithm("algorithm"))
    inner, expected = stated.hash("entry_hash"), proof.hash("leaf_hash")
    public = facts["public"]
    if not isinstance(public, Mapping):
        raise unreadable("receipt", field="public")
    try:
        computed = leaf.bound(inner, leaf.statement(facts), digest)
    except (TypeError, ValueError):  # a number that no entry can hold
        computed = b""
    if computed == expected:
        report.proven.append(words("proven", "fields", count=len(public)))
    else:
        report.wrong.append(words("wrong", "fields"))


def _place(proof: Fields, head: Fields, report: Report) -> None:
    digest = hashing.digest_of(proof.algorithm("algorithm"))
    found, root, path = proof.hash("leaf_hash"), head.hash("root"), proof.path("path")
    index, size = proof.count("index"), head.count("size")
    if tree.verify_inclusion(found, index, size, path, root, digest):
        report.proven.append(words("proven", "place", number=index + 1, size=size))
    else:
        report.wrong.append(words("wrong", "place"))


def _signature(head: Fields, report: Report) -> None:
    key_id = head.text("key_id")
    scheme = key_id.partition(":")[0]
    if scheme != "ed25519":
        report.open.append(words("open", "scheme", scheme=scheme[:LONGEST_QUOTE]))
    elif _is_signed(head):
        at = head.text("signed_at")[:19].replace("T", " ")
        report.proven.append(words("proven", "signed", key_id=key_id, at=at))
        report.open.append(words("open", "whose_key"))
    else:
        report.wrong.append(words("wrong", "signature"))


def _is_signed(head: Fields) -> bool:
    """Return whether the Ed25519 signature covers the head's facts just as they are written in the file.

    :raises Unreadable: a part of the head is missing
    """
    key, signature = head.base64("public_key"), head.base64("signature")
    message = {
        "v": 1, "size": head.count("size"), "root": head.text("root"), "algorithm": head.text("algorithm"),
        "signed_at": head.text("signed_at"), "clock": head.text("clock"),
    }  # fmt: skip
    if key is None or signature is None or key_id_of("ed25519", key) != head.text("key_id"):
        return False
    return verify_ed25519(canonical_json(message).encode(), signature, key)


def _kept(head: tuple[int, str], kept: Sequence[Mapping[str, Any]], report: Report) -> None:
    heads, links = [], []
    for one in kept:
        if one.get("format") == CONSISTENCY:
            links.append(_link(one, report))
        else:
            heads.append(_kept_head(one, report))
    if not kept:
        report.open.append(words("open", "no_kept"))
        return
    known = {head}
    for _ in links:  # each round may reach one head more
        for link in links:
            if link is not None and (link.old in known or link.new in known):
                known |= {link.old, link.new}
    for size, root in heads:
        if (size, root) in known:
            report.proven.append(words("proven", "same_book", size=size))
        elif any(size == other and root != value for other, value in known):
            report.wrong.append(words("wrong", "fork", size=size))
        else:
            first, last = sorted((size, head[0]))
            report.open.append(words("open", "need_link", size=size, here=head[0], first=str(first), last=str(last)))


def _kept_head(one: Mapping[str, Any], report: Report) -> tuple[int, str]:
    """Read a kept head: a line of ``heads.log``, or the head in a receipt kept from earlier; check its signature if any."""
    if one.get("format") in (RECEIPT, BOUND_RECEIPT):
        one = Fields(one.get("proof"), "kept").any("head")
    head = Fields(one, "kept")
    facts = _facts(head)
    if "signature" in head.holder and head.text("key_id").partition(":")[0] == "ed25519" and not _is_signed(head):
        report.wrong.append(words("wrong", "kept_signature", size=facts[0]))
    return facts


def _link(proof: Mapping[str, Any], report: Report) -> Link | None:
    fields = Fields(proof, "link")
    first, last = Fields(fields.any("from"), "link"), Fields(fields.any("to"), "link")
    old, new = _facts(first), _facts(last)
    digest = hashing.digest_of(last.algorithm("algorithm"))
    roots = first.hash("root"), last.hash("root")
    if tree.verify_consistency(old[0], new[0], *roots, fields.path("path"), digest):
        return Link(old, new)
    report.wrong.append(words("wrong", "link", old=old[0], new=new[0]))
    return None


def _facts(head: Fields) -> tuple[int, str]:
    return head.count("size"), head.hash("root").hex()
