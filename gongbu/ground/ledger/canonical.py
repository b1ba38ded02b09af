"""Canonical JSON (RFC 8785) of a ledger entry, restricted so that every writer makes the same bytes.

Only objects with text keys, lists, text, whole numbers within ±(2^53−1), booleans and null. No floats: a
number that is not whole (unit price, ratio) is written as text by whoever owns it. Dates become ISO text.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson

VERSION = 2
"""Format of new entries: how their leaf is made (:mod:`leaf`). Entries of format 1 stay as they are."""

MAX_INTEGER = 2**53 - 1  # RFC 8785 §3.2.2.3: beyond it readers of JSON disagree
_SHANGHAI = timezone(timedelta(hours=8))


def canonical_json(value: Any) -> str:
    """Return the RFC 8785 text of ``value``.

    :raises TypeError: a float or another type that has no one canonical form
    :raises ValueError: an integer that is too large, or a key outside the basic multilingual plane
    """
    return orjson.dumps(plain(value), option=orjson.OPT_SORT_KEYS).decode()


def plain(value: Any) -> Any:
    """Return ``value`` made of JSON's own types only; ``Decimal`` and dates become text, enums their value."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is int:
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return value
        raise ValueError(f"integer {value} does not survive JSON (RFC 8785 allows ±(2^53−1))")
    if kind is dict:
        return {_key(key): plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [plain(item) for item in value]
    return _rarely(value)


def _rarely(value: Any) -> Any:
    """The types that are met now and then."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return plain(int(value))
    if isinstance(value, Mapping):
        return plain(dict(value))
    if isinstance(value, (list, tuple)):
        return plain(list(value))
    raise TypeError(f"{type(value).__name__} has no canonical JSON form; write whole numbers or text")


def moment(value: datetime) -> str:
    """Return an aware moment as ISO text at +08:00 (microseconds only if there are any)."""
    if value.tzinfo is None:
        raise ValueError("a moment without a zone says nothing")
    return value.astimezone(_SHANGHAI).isoformat()


def _key(key: Any) -> str:
    if type(key) is str and key.isascii():
        return key
    if not isinstance(key, str):
        raise TypeError(f"JSON keys are text, not {type(key).__name__}")
    if any(char > "\uffff" for char in key):  # UTF-16 order (RFC 8785) and UTF-8 order differ only there
        raise ValueError("keys outside the basic multilingual plane are refused")
    return str(key)
