"""Digests by name. SM3 (GB/T 32905) is the default; the name is stored beside every digest."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

Digest = Callable[[bytes], bytes]
DEFAULT = "SM3"
LENGTH = 32  # bytes, for every algorithm offered


@cache
def digest_of(algorithm: str) -> Digest:
    """Return the function bytes → 32 bytes of ``SM3`` or ``SHA-256``.

    SM3 comes from the system's OpenSSL when it has it (1.9 µs), else from ``cryptography``'s own copy.

    :raises ValueError: the name is unknown
    """
    state = state_of(algorithm)
    if state is None:
        return _sm3_of_cryptography
    copy = state.copy

    def digest(data: bytes) -> bytes:
        ready = copy()  # copying a ready state spares OpenSSL's algorithm look-up
        ready.update(data)
        value: bytes = ready.digest()
        return value

    return digest


def state_of(algorithm: str) -> Any:
    """Return a fresh ``hashlib`` state, None if the system's OpenSSL has no SM3.

    :raises ValueError: the name is unknown
    """
    if algorithm == "SHA-256":
        return hashlib.sha256()
    if algorithm != "SM3":
        raise ValueError(f"unknown digest algorithm {algorithm}")
    try:
        return hashlib.new("sm3")
    except ValueError:  # not built in, or switched off by the system's policy
        return None


def _sm3_of_cryptography(data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes

    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()
