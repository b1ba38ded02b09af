"""What a leaf of the tree covers (ADR-0012). Pure; the format of an entry is its last key, ``"v"``.

Format 1: ``H(0x00 ‖ text)``. Format 2: ``H(0x00 ‖ "gongbu-leaf/2\\n" ‖ H(0x02 ‖ text) ‖ statement)``.

``text`` is the whole canonical entry with its salt; ``statement`` is the RFC 8785 JSON of what a receipt may show without
an account, empty for an entry without a receipt. Who holds the statement and the inner hash computes the leaf, and learns
nothing else: the salt keeps the rest from being guessed. No bytes are an input of both formats or of a node: after 0x00
format 1 goes on with ``{``, format 2 with ``g``; a node begins with 0x01 (RFC 9162 §2.1.1), the inner hash with 0x02.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import orjson

from gongbu.ground.ledger.canonical import canonical_json
from gongbu.ground.ledger.tree import Digest

FULL, BOUND = 1, 2
"""Format 1: the leaf covers the text as a whole. Format 2: it also binds the public statement by itself."""

MARK = b"gongbu-leaf/2\n"
ENTRY_PREFIX = b"\x02"
SALT_BYTES = 16
STATED = ("clock", "kind", "kind_label", "occurred_on", "public", "receipt", "recorded_at")
"""Keys of an entry that its statement repeats, together with ``v``."""


def new_salt() -> str:
    """Return a fresh salt of 16 random bytes in hex. It stands in the entry and is never shown."""
    return secrets.token_hex(SALT_BYTES)


def is_salt(value: object) -> bool:
    """Return whether an entry's salt is at least as long as a salt of :func:`new_salt`."""
    return isinstance(value, str) and len(value) >= 2 * SALT_BYTES


def entry_hash(text: bytes, digest: Digest) -> bytes:
    """Return the inner hash of format 2 over the whole salted text."""
    return digest(ENTRY_PREFIX + text)


def statement(facts: Mapping[str, Any]) -> bytes:
    """Return what a receipt states: an entry's keys :data:`STATED` and ``v``; empty when ``public`` is null.

    :raises KeyError: one of the keys is missing
    :raises TypeError, ValueError: a value has no one canonical form
    """
    if facts["public"] is None:
        return b""
    return canonical_json({"v": BOUND, **{key: facts[key] for key in STATED}}).encode()


def bound(inner: bytes, stated: bytes, digest: Digest) -> bytes:
    """Return the leaf of format 2 from the inner hash (32 bytes) and the statement."""
    return digest(b"\x00" + MARK + inner + stated)


def leaf_of(text: bytes, digest: Digest) -> bytes:
    """Return the leaf of an entry from its text, by the format that the text names (any but 2 is hashed as format 1).

    :raises ValueError: the text claims format 2 and is no entry of it
    """
    content = read(text)
    if content is None or not is_bound(content):
        return digest(b"\x00" + text)
    try:
        stated = statement(content)
    except (KeyError, TypeError) as error:
        raise ValueError(f"no entry of format {BOUND}: {error}") from error
    return bound(entry_hash(text, digest), stated, digest)


def is_bound(content: Mapping[str, Any]) -> bool:
    """Return whether the leaf of an entry binds its public fields (format 2)."""
    return format_of(content) == BOUND


def format_of(content: Mapping[str, Any]) -> int | None:
    """Return the format that an entry names, None if it is neither."""
    version = content.get("v")
    return version if type(version) is int and version in (FULL, BOUND) else None


def read(text: bytes) -> dict[str, Any] | None:
    """Return the content of an entry's text, None if it is no JSON object."""
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None
