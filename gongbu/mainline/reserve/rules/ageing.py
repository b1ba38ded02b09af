"""Ageing of a reserve: when renewal (续报) is asked, and when leaving is proposed. Months as 民法典第二百零二条 counts them."""

import calendar
from datetime import date, timedelta


def add_months(on: date, months: int) -> date:
    """Return the corresponding day ``months`` later, or the last day of that month."""
    index = on.year * 12 + on.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def months_before(on: date, months: int) -> date:
    """Return the latest day from which ``months`` have passed on ``on``: what was renewed on it or before is due."""
    back = add_months(on, -months)
    while add_months(back + timedelta(days=1), months) <= on:
        back += timedelta(days=1)
    return back


def compute_deadline(*, renewed_on: date, asked_on: date | None, months: int, grace_days: int | None) -> date:
    """Return the last day for renewal: ``grace_days`` after it was asked, or will be asked; that day itself without any."""
    asked = asked_on or add_months(renewed_on, months)
    return asked + timedelta(days=grace_days or 0)


def compute_attention(
    *, renewed_on: date, asked_on: date | None, on: date, months: int, grace_days: int
) -> tuple[str, date]:
    """Return what a project in the reserve waits for (``""``, RENEWAL or STALE) and the day on which that began or begins.

    Renewal is asked on the corresponding day ``months`` after the last renewal; leaving is proposed when ``grace_days``
    days have passed since it was asked and nothing came.
    """
    due_on = add_months(renewed_on, months)
    if on < due_on:
        return "", due_on
    asked = asked_on or on
    stale_on = asked + timedelta(days=grace_days)
    return ("STALE", stale_on) if on > stale_on else ("RENEWAL", due_on)
