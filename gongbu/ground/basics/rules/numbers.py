"""Plain numbers (not amounts): how large one may be that is kept."""

from decimal import Decimal

INTEGER_DIGITS = 12
"""Digits before the point that every column of a plain number has room for."""


def fits(number: Decimal) -> bool:
    """Return whether every column of a plain number can hold this one: finite, at most :data:`INTEGER_DIGITS` digits."""
    return number.is_finite() and abs(number) < Decimal(10) ** INTEGER_DIGITS
