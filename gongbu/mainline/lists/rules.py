"""Rules of lists: their order, and what must be there before one is issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gongbu.ground.basics.findings import Finding, Severity

NAMED = 3  # names told in a message; the rest is a number


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What an item says when the list is checked. Amounts are fen; None: not reported."""

    name: str
    total_fen: int | None
    year_fen: int | None
    duty_unit: str


def order_key(stage_order: int, total_fen: int | None, name: str) -> tuple[int, int, str]:
    """Return the sort key of a list: furthest stage first, larger totals before smaller, unreported last, then name."""
    return (-stage_order, -(total_fen if total_fen is not None else -1), name)


def check_issue(items: Sequence[ItemFacts]) -> list[Finding]:
    """Test that the lines of a list may be issued: a responsible unit on every line, no year's plan above its total,
    at least one total to state."""
    found = []
    if without := [item.name for item in items if not item.duty_unit.strip()]:
        names = "、".join(without[:NAMED]) + ("等" if len(without) > NAMED else "")
        found.append(Finding("lists.duty_missing", {"n": len(without), "names": names}, "duty_unit", Severity.REJECT))
    if items and all(item.total_fen is None for item in items):
        found.append(Finding("lists.totals_missing", {"n": len(items)}, "total_investment", Severity.REJECT))
    found += [finding for item in items if (finding := check_year(item.name, item.total_fen, item.year_fen))]
    return found


def check_year(name: str, total_fen: int | None, year_fen: int | None) -> Finding | None:
    """Test the year's plan of one item against its total."""
    if year_fen is None:
        return None
    if year_fen < 0:
        data = {"label": "年度计划投资", "found": _wan(year_fen)}
        return Finding("lists.amount_negative", data, "list_year_fen", Severity.REJECT)
    if total_fen is not None and year_fen > total_fen:
        data = {"project": name, "year": _wan(year_fen), "total": _wan(total_fen)}
        return Finding("lists.year_over_total", data, "list_year_fen", Severity.REJECT)
    return None


def _wan(fen: int) -> str:
    return f"{Decimal(fen) / 1_000_000:,.2f}"
