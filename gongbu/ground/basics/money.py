"""Amounts are whole 分 (CNY 0.01). 元, 万元 and 亿元 exist only at the edge."""

from decimal import Decimal

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
FEN_PER_YI = 10_000_000_000


def as_wan(amount_fen: int | None, places: int = 2) -> str:
    """Return an amount in 万元 with thousands separators, for example ``12,345.60``; unknown is ``—``."""
    if amount_fen is None:
        return "—"
    return _rounded(Decimal(amount_fen) / FEN_PER_WAN, places)


def as_yi(amount_fen: int | None, places: int = 2) -> str:
    """Return an amount in 亿元 with thousands separators; unknown is ``—``."""
    if amount_fen is None:
        return "—"
    return _rounded(Decimal(amount_fen) / FEN_PER_YI, places)


def as_yuan(amount_fen: int | None) -> str:
    """Return an amount in 元 with two decimals and thousands separators; unknown is ``—``."""
    if amount_fen is None:
        return "—"
    return f"{Decimal(amount_fen) / FEN_PER_YUAN:,.2f}"


def _rounded(amount: Decimal, places: int) -> str:
    """Round for reading; what is not nothing is never shown as nothing (10 元 is 0.001 万元, not 0.00)."""
    if amount and places and abs(amount) <= Decimal(5).scaleb(-places - 1):
        return f"{amount.normalize():,f}"
    return f"{amount:,.{places}f}"
