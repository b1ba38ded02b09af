"""Check a kept receipt without the platform: its fields, its place in the tree, the signed head, heads kept elsewhere.

Needs nothing but the files: no database, no network, no key of the installation. The verifier for browsers
(``frontend/js/verifier``) gives the same answers in the same words.

A receipt brings its own head and its own key, so a file that agrees with itself proves nothing about who made it: it
holds only when it is tied to a head or a key that was come by in another way.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gongbu.ground.ledger import hashing, leaf, tree
from gongbu.ground.ledger.canonical import canonical_json
from gongbu.ground.ledger.offline_reading import Fields, Unreadable, plain_numbers, unreadable, words
from gongbu.ground.ledger.signing import key_id_of, verify_ed25519

__all__ = ["BOUND_RECEIPT", "CONSISTENCY", "NOT_BOUND", "RECEIPT", "Report", "Unreadable", "Verdict", "check"]

RECEIPT, BOUND_RECEIPT, CONSISTENCY = "gongbu-receipt/1", "gongbu-receipt/2", "gongbu-consistency/1"
NOT_BOUND = words("open", "not_bound")
LONGEST_QUOTE = 40
MOST_OF_KEY_ID = 80


_KEY = re.compile(r"(?:ed25519:)?([0-9a-f]{16}|[0-9a-f]{64})")


class Verdict(StrEnum):
    """What a receipt is worth. Only HOLDS may be relied on."""

    HOLDS = "holds"
    WRONG = "wrong"
    KEY_UNCHECKED = "key_unchecked"  # whole in itself, but anybody can make such a file with a key of their own
    INCOMPLETE = "incomplete"  # fields not bound, not in the tree yet, a scheme unknown here, a link missing


@dataclass(slots=True)
class Report:
    """What was proven, what was found wrong, and what cannot be told from the files."""

    proven: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    is_bound: bool = False
    is_placed: bool = False
    is_signed: bool = False
    is_tied: bool = False  # to a head or a key come by in another way
    lacks_link: bool = False

    @property
    def verdict(self) -> Verdict:
        """The one word for all of it; anything not proven keeps it from HOLDS."""
        if self.wrong:
            return Verdict.WRONG
        if not (self.is_bound and self.is_placed and self.is_signed) or self.lacks_link:
            return Verdict.INCOMPLETE
        return Verdict.HOLDS if self.is_tied else Verdict.KEY_UNCHECKED

    @property
    def holds(self) -> bool:
        """Whether everything was proven and is tied to a trusted head or key."""
        return self.verdict is Verdict.HOLDS


@dataclass(frozen=True, slots=True)
class KeptHead:
    """A head kept elsewhere; ``key_id`` None when only size and root were kept, ``key`` when it carries no signature."""

    at: tuple[int, str]
    key_id: str | None
    key: bytes | None


@dataclass(frozen=True, slots=True)
class Link:
    """A consistency proof from a file, found to hold: one head grows into the other."""

    old: tuple[int, str]
    new: tuple[int, str]


def check(receipt: Mapping[str, Any], kept: Sequence[Mapping[str, Any]] = (), key: str = "") -> Report:
    """Check a receipt file against itself and against kept heads, receipts and consistency proofs.

    ``key`` is a public key, or its fingerprint, that the reader trusts.

    :raises Unreadable: one of the files, or the key, is not what it should be
    """
    receipt, others = plain_numbers(receipt), [plain_numbers(one) for one in kept]
    trusted = _trusted_key(key)
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
    _trust(head, trusted, report)
    _kept(head, proof.count("index"), others, report)
    if report.is_signed and not report.is_tied:
        report.open.append(words("open", "whose_key"))
    return report


def _trusted_key(text: str) -> str:
    """Return the hexadecimal digits of a public key or of its fingerprint, however it was printed; empty if none was given.

    :raises Unreadable: it is neither
    """
    said = re.sub(r"[ \t\r\n]", "", text).lower()
    if not said:
        return ""
    found = _KEY.fullmatch(said)
    if found is None:
        raise unreadable("key")
    return found[1]


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
    report.is_bound = computed == expected
    if report.is_bound:
        report.proven.append(words("proven", "fields", count=len(public)))
    else:
        report.wrong.append(words("wrong", "fields"))


def _place(proof: Fields, head: Fields, report: Report) -> None:
    digest = hashing.digest_of(proof.algorithm("algorithm"))
    found, root, path = proof.hash("leaf_hash"), head.hash("root"), proof.path("path")
    index, size = proof.count("index"), head.count("size")
    report.is_placed = tree.verify_inclusion(found, index, size, path, root, digest)
    if report.is_placed:
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
        report.is_signed = True
        report.proven.append(words("proven", "signed", key_id=key_id, at=at))
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


def _trust(head: Fields, trusted: str, report: Report) -> None:
    """Compare the key that signed the head with the one that the reader trusts."""
    if not trusted or not report.is_signed:
        return
    key, key_id = head.base64("public_key") or b"", head.text("key_id")
    if trusted in (key.hex(), key_id.partition(":")[2]):
        report.is_tied = True
        report.proven.append(words("proven", "key", key_id=key_id))
    else:
        report.wrong.append(words("wrong", "key", key_id=key_id, key=trusted[:16]))


def _kept(head: Fields, index: int, kept: Sequence[Mapping[str, Any]], report: Report) -> None:
    here, key_id = _facts(head), head.text("key_id")
    heads: list[KeptHead] = []
    links: list[Link] = []
    for one in kept:
        if one.get("format") != CONSISTENCY:
            heads.append(_kept_head(one, report))
        elif link := _link(one, report):
            links.append(link)
    if not heads:
        report.open.append(words("open", "no_kept"))
        return
    known = _same_book(here, links)
    for other in heads:
        size, root = other.at
        is_other_key = other.key_id is not None and (
            other.key_id != key_id or (other.key is not None and other.key != head.base64("public_key"))
        )
        if other.at in known:
            report.proven.append(words("proven", "same_book", size=size))
            if index < size:  # the kept root itself stands over this entry, whoever signed the receipt's head
                report.is_tied = True
            elif is_other_key:
                report.wrong.append(words("wrong", "other_key", size=size, kept=other.key_id, key_id=key_id))
            elif other.key is not None:
                report.is_tied = True
            else:
                report.open.append(words("open", "beyond", size=size))
        elif any(size == at and root != value for at, value in known):
            report.wrong.append(words("wrong", "fork", size=size))
        elif is_other_key:
            report.wrong.append(words("wrong", "other_key", size=size, kept=other.key_id, key_id=key_id))
        else:
            report.lacks_link = True
            first, last = sorted((size, here[0]))
            report.open.append(words("open", "need_link", size=size, here=here[0], first=str(first), last=str(last)))


def _same_book(head: tuple[int, str], links: Sequence[Link]) -> set[tuple[int, str]]:
    """Return the heads proven to be of one book with ``head``: those it grows into, and the beginnings of all of them.

    Two heads that merely share a beginning may have parted after it, so a link is never followed back and then forth.
    """
    known = {head}
    for _ in links:  # each round may reach one head more
        known |= {link.new for link in links if link.old in known}
    for _ in links:
        known |= {link.old for link in links if link.new in known}
    return known


def _kept_head(one: Mapping[str, Any], report: Report) -> KeptHead:
    """Read a kept head: a line of ``heads.log``, or the head in a receipt kept from earlier; check its signature if any."""
    if one.get("format") in (RECEIPT, BOUND_RECEIPT):
        one = Fields(one.get("proof"), "kept").any("head")
    head = Fields(one, "kept")
    facts, key_id = _facts(head), None
    if "key_id" in head.holder or "signature" in head.holder:
        key_id = head.text("key_id")[:MOST_OF_KEY_ID]
    if key_id is None or "signature" not in head.holder or key_id.partition(":")[0] != "ed25519":
        return KeptHead(facts, key_id, None)
    if not _is_signed(head):
        report.wrong.append(words("wrong", "kept_signature", size=facts[0]))
        return KeptHead(facts, key_id, None)
    return KeptHead(facts, key_id, head.base64("public_key"))


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
