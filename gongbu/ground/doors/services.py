"""Count tries at a door that asks for no account, and refuse when there were too many."""

import hashlib
import hmac
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.doors.models import Knocks

HOUR, MINUTE = 3600, 60
"""Windows, in seconds."""


class TooMany(Refusal):
    """The address has knocked too often in this window; ``seconds`` says when the next one begins."""

    status = 429


def refuse_if_spent(door: str, address: str, most: int, code: str, *, seconds: int = HOUR) -> None:
    """Refuse an address that has used up its tries, without counting one (1 query, no write).

    :raises TooMany: worded by ``code`` with ``most`` and ``seconds``
    """
    key, ends_at = _window(door, address, seconds)
    tried = Knocks.objects.filter(key=key, ends_at=ends_at).values_list("count", flat=True).first()
    if tried is not None and tried >= most:
        raise _too_many(code, most, ends_at)


def count(door: str, address: str, *, seconds: int = HOUR) -> int:
    """Count one try of an address at a door and return how many there are in this window."""
    key, ends_at = _window(door, address, seconds)
    with transaction.atomic():
        if not Knocks.objects.filter(key=key).update(count=F("count") + 1):
            Knocks.objects.filter(ends_at__lt=clock.now()).delete()  # a new window of an address sweeps what is over
            Knocks.objects.bulk_create([Knocks(key=key, ends_at=ends_at)], ignore_conflicts=True)
            Knocks.objects.filter(key=key).update(count=F("count") + 1)
        return Knocks.objects.values_list("count", flat=True).get(key=key)


def count_or_refuse(door: str, address: str, most: int, code: str, *, seconds: int = HOUR) -> None:
    """Count one try at a door (``register``) from an address; a refused one is not written.

    Windows are fixed (the clock hour, the clock minute): at most twice ``most`` in any span as long as a window.

    :raises TooMany: more than ``most`` tries in this window
    """
    refuse_if_spent(door, address, most, code, seconds=seconds)
    if count(door, address, seconds=seconds) > most:
        raise _too_many(code, most, _window(door, address, seconds)[1])


def _too_many(code: str, most: int, ends_at: datetime) -> TooMany:
    left = int((ends_at - clock.now()).total_seconds()) + 1
    return TooMany(code, most=most, seconds=max(left, 1))


def _window(door: str, address: str, seconds: int) -> tuple[str, datetime]:
    number = int(clock.now().timestamp()) // seconds
    # Keyed, so that the table cannot be turned back into addresses by trying them all.
    who = hmac.new(settings.SECRET_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()[:24]
    return f"{door}:{who}:{seconds}:{number}", datetime.fromtimestamp((number + 1) * seconds, UTC)
