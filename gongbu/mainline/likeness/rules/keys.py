"""Keys under which a project is looked up: pairs of characters of its name, and a few marks of its content."""

import hashlib
from collections.abc import Iterable

import numpy as np

from gongbu.mainline.likeness.rules import wording
from gongbu.mainline.likeness.rules.names import grams_of, parse

VERSION = 1
"""Counted up when names are taken apart otherwise than before, so that the index knows what to make anew."""
_CONTENT = 1 << 44  # above every pair of characters (two of 21 bits)
CONTENT_MARKS, CONTENT_RUN, CONTENT_LEAST = 6, 5, 24


def name_keys(name: str) -> frozenset[int]:
    """Return the keys of a name: one number for each pair of characters, without loss."""
    return frozenset(as_key(gram) for gram in grams_of(parse(name)))


def as_key(gram: str) -> int:
    """Return the number of one or two characters."""
    return ord(gram[0]) << 21 | (ord(gram[1]) if len(gram) > 1 else 0)


def content_keys(content: str) -> frozenset[int]:
    """Return the few smallest hashes of runs of five characters: contents that share much share some of them."""
    text = "".join(c for c in wording.normalise(content) if c.isalnum())
    if len(text) < CONTENT_LEAST:
        return frozenset()
    hashes = {
        int.from_bytes(hashlib.blake2b(text[i : i + CONTENT_RUN].encode(), digest_size=5).digest(), "big")
        for i in range(len(text) - CONTENT_RUN + 1)
    }
    return frozenset(_CONTENT | value for value in sorted(hashes)[:CONTENT_MARKS])


def is_content(key: int) -> bool:
    """Return whether a key is a mark of content."""
    return key >= _CONTENT


def pack(keys: Iterable[int]) -> bytes:
    """Return keys as the table holds them, ascending."""
    return np.array(sorted(keys), dtype="<i8").tobytes()


def unpack(raw: bytes) -> list[int]:
    """Return the keys of a row."""
    found: list[int] = np.frombuffer(raw, dtype="<i8").tolist()
    return found
