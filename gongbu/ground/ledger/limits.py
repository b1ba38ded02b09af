"""A small bucket per address against guessing receipt codes. It counts in this process: with n web processes the
limit is n times as high, which 55 random bits can afford."""

import time
from threading import Lock

CAPACITY = 30  # look-ups at once
REFILL_PER_S = 0.5
_MOST_ADDRESSES = 10_000

_buckets: dict[str, tuple[float, float]] = {}
_lock = Lock()


def seconds_to_wait(address: str) -> int:
    """Take one look-up from the address's bucket; return 0, or the whole seconds until the next one is free."""
    now = time.monotonic()
    with _lock:
        if len(_buckets) > _MOST_ADDRESSES:
            _buckets.clear()
        left, at = _buckets.get(address, (float(CAPACITY), now))
        left = min(CAPACITY, left + (now - at) * REFILL_PER_S)
        if left < 1:
            _buckets[address] = (left, now)
            return int((1 - left) / REFILL_PER_S) + 1
        _buckets[address] = (left - 1, now)
        return 0


def forget() -> None:
    """Empty all buckets (tests)."""
    with _lock:
        _buckets.clear()
