"""Keys of requests: an outside caller names his request, and the same name for another request is refused.

Such a key is ``NAME:REQUEST``, both made here: who calls and the name he gave, and a digest of what he asked for.
"""

import hashlib
import re

from gongbu.ground.ledger.models import Entry

_DIGITS = 32
_KEY = re.compile(rf"(api:\d+:[0-9a-f]{{{_DIGITS}}}:)[0-9a-f]{{{_DIGITS}}}")


def make(person_id: int, given: str, request: bytes) -> str:
    """Return the key of the book for the name that a person gave to a request; names of two persons never meet."""
    return f"api:{person_id}:{_digest(given.encode())}:{_digest(request)}"


def name_of(key: str) -> str | None:
    """Return the part of a key that must not be used for two requests; None for a key of the house itself."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def is_used(name: str) -> bool:
    """Return whether the book has an entry of any request of this name (1 query, by index)."""
    between = Entry.objects.filter(key__gte=name + "0" * _DIGITS, key__lte=name + "f" * _DIGITS)
    # A database that sorts by language may put others between them.
    return any(key and key.startswith(name) for key in between.values_list("key", flat=True))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
