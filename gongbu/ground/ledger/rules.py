"""Pure rules of the book."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

_SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long after the legal day an entry was recorded, in whole days, and whether that counts as 补录."""

    days: int
    is_late: bool
    is_ahead: bool


def lateness(occurred_on: date, recorded_at: datetime, tolerance_days: int) -> Lateness:
    """Compare the legal day with the day of recording in Asia/Shanghai (诚实时钟, GO-07).

    Up to and including ``tolerance_days`` after the day is on time. A legal day in the future is ``is_ahead``
    (a plan or notice dated ahead), never late.

    :raises ValueError: negative tolerance or a moment without a zone
    """
    if tolerance_days < 0:
        raise ValueError("tolerance is in whole days, at least 0")
    if recorded_at.tzinfo is None:
        raise ValueError("recorded_at must carry its zone")
    days = (recorded_at.astimezone(_SHANGHAI).date() - occurred_on).days
    return Lateness(days=days, is_late=days > tolerance_days, is_ahead=days < 0)
