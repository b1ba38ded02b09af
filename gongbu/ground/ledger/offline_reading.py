"""Read receipts, heads and consistency proofs from files strictly: one meaning for every reader, or none at all.

The verifier for browsers (``frontend/js/verifier``) reads by the same rules, and a test compares the two on damaged
files. Numbers mean what RFC 8785 §3.2.2.3 says (1.0 is 1); hashes are 64 hexadecimal digits; base 64 has one spelling.
"""

import base64
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gongbu.ground.ledger.canonical import MAX_INTEGER

MOST_DEEP = 64
MOST_STEPS = 128  # of a path; a tree of 2^53 leaves needs 53, a consistency proof twice that at most
_HASH = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class Unreadable(Exception):
    """Not a receipt, a head or a consistency proof of this format; the text says what was found."""


@cache
def _all_words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("offline_words.json").read_text("utf-8"))
    return found


def words(group: str, code: str, **facts: object) -> str:
    """Return a text of ``offline_words.json``, which the verifier for browsers shares; whole numbers get separators."""
    said = {key: f"{value:,}" if type(value) is int else str(value) for key, value in facts.items()}
    return _all_words()[group][code].format(**said)


def unreadable(code: str, **facts: object) -> Unreadable:
    """Return the refusal in words."""
    return Unreadable(words("unreadable", code, **facts))


def plain_numbers(value: Any, depth: int = 0) -> Any:
    """Return parsed JSON with every whole float as the integer it is; other floats stay and have no canonical form.

    :raises Unreadable: nested deeper than any file of the platform
    """
    if depth > MOST_DEEP:
        raise unreadable("too_deep", most=MOST_DEEP)
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_INTEGER:
        return int(value)
    if isinstance(value, Mapping):
        return {key: plain_numbers(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_numbers(item, depth + 1) for item in value]
    return value


class Fields:
    """The fields of one JSON object, read by name; ``what`` is the refusal (receipt, head, kept, link)."""

    def __init__(self, holder: Any, what: str) -> None:
        if not isinstance(holder, Mapping):
            raise unreadable(what, field="应为一个对象")
        self.holder, self.what = holder, what

    def any(self, name: str) -> Any:
        """Return a field of any type.

        :raises Unreadable: it is missing
        """
        if name not in self.holder:
            raise self._no(name)
        return self.holder[name]

    def text(self, name: str) -> str:
        """Return a text field.

        :raises Unreadable: missing or no text
        """
        value = self.any(name)
        if not isinstance(value, str):
            raise self._no(name)
        return value

    def count(self, name: str) -> int:
        """Return a whole number of 0 or more.

        :raises Unreadable: missing, not whole, negative or beyond 2^53−1
        """
        value = self.any(name)
        if type(value) is not int or not 0 <= value <= MAX_INTEGER:
            raise self._no(name)
        return value

    def hash(self, name: str) -> bytes:
        """Return a digest of 32 bytes.

        :raises Unreadable: missing or not 64 hexadecimal digits
        """
        return self._hash(self.any(name), name)

    def path(self, name: str) -> list[bytes]:
        """Return a list of digests.

        :raises Unreadable: missing, longer than any proof, or an item is no digest
        """
        value = self.any(name)
        if not isinstance(value, list) or len(value) > MOST_STEPS:
            raise self._no(name)
        return [self._hash(item, name) for item in value]

    def base64(self, name: str) -> bytes | None:
        """Return bytes; None when the text decodes but is not spelled as an encoder spells it.

        :raises Unreadable: missing or not base 64
        """
        text = self.text(name)
        if not _BASE64.fullmatch(text):
            raise self._no(name)
        raw = base64.b64decode(text)
        return raw if base64.b64encode(raw).decode() == text else None

    def algorithm(self, name: str) -> str:
        """Return the name of a digest algorithm that is offered.

        :raises Unreadable: missing or unknown
        """
        text = self.text(name)
        if text not in ("SM3", "SHA-256"):
            raise self._no(name)
        return text

    def _hash(self, value: Any, name: str) -> bytes:
        if not isinstance(value, str) or not _HASH.fullmatch(value):
            raise self._no(name)
        return bytes.fromhex(value)

    def _no(self, name: str) -> Unreadable:
        return unreadable(self.what, field=name)
