"""How often one address may knock at a public door in an hour. Counted in the cache: a bound, not a record."""

import hashlib

from django.core.cache import cache

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal

HOUR_SECONDS = 3600


class TooMany(Refusal):
    """The address has knocked too often this hour."""

    status = 429


def count_or_refuse(door: str, address: str, most: int) -> None:
    """Count one try at a door (``register``) from an address.

    The window is the running clock hour. With several web processes and a cache per process the bound is that much
    wider; it is there against scripts, not against people.

    :raises TooMany: more than ``most`` tries this hour
    """
    hour = clock.now().strftime("%Y%m%d%H")
    key = f"door:{door}:{hashlib.sha256(address.encode()).hexdigest()[:16]}:{hour}"
    cache.add(key, 0, HOUR_SECONDS)
    if cache.incr(key) > most:
        raise TooMany("orgs.too_many_tries", most=most)
