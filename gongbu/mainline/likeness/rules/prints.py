"""Fingerprints of a report: a fixed share of its runs of characters, as numbers. They find who shares words with whom.

Which runs are kept follows from the run alone, so that two reports that share a passage keep the same ones of it. The
words themselves cannot be read back; passages are found by :mod:`texts` in the two files afterwards.
"""

import struct
from collections.abc import Iterable

import numpy as np

from gongbu.mainline.likeness.rules.texts import RUN

VERSION = 1
ONE_IN = 32
"""One of so many runs is kept: a copied passage of 600 characters leaves about 18."""
MOST = 8_000
"""Kept of one report; of a longer one the smallest, which are again the same in every report."""
_BASE = 1_000_003
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # the finishing steps of splitmix64


def prints_of(counted: str) -> list[int]:
    """Return the fingerprints of the counted characters of a text, ascending, each below 2**63."""
    runs = len(counted) - RUN + 1
    if runs <= 0:
        return []
    codes = np.frombuffer(counted.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    with np.errstate(over="ignore"):
        mixed = np.zeros(runs, dtype=np.uint64)
        for at in range(RUN):
            mixed = mixed * np.uint64(_BASE) + codes[at : at + runs]
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_MIX[0])
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_MIX[1])
        mixed ^= mixed >> np.uint64(31)
    kept = np.unique(mixed[mixed % np.uint64(ONE_IN) == 0] >> np.uint64(1))
    return [int(value) for value in kept[:MOST]]


def pack(prints: Iterable[int]) -> bytes:
    """Return fingerprints as the table keeps them: eight bytes each."""
    values = list(prints)
    return struct.pack(f"<{len(values)}q", *values)


def unpack(packed: bytes) -> list[int]:
    """Return what :func:`pack` packed."""
    return list(struct.unpack(f"<{len(packed) // 8}q", packed))
