"""Totals count leaves once; splits and merges conserve money. Amounts are whole fen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gongbu.ground.basics.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Node:
    """A project in a package tree. ``is_live``: in the register (not split, merged or withdrawn)."""

    id: int
    parent_id: int | None
    total_fen: int | None
    is_live: bool = True


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over leaves: the amount, how many leaves gave one, and how many did not (未报)."""

    amount_fen: int
    counted: int
    missing: int


def list_leaf_ids(nodes: Iterable[Node]) -> set[int]:
    """Return the live nodes without a live child: a package's money is its sub-projects' money."""
    live = [node for node in nodes if node.is_live]
    parents = {node.parent_id for node in live if node.parent_id is not None}
    return {node.id for node in live if node.id not in parents}


def compute_total(nodes: Sequence[Node]) -> Total:
    """Return the total of a forest, each yuan once."""
    leaves = list_leaf_ids(nodes)
    amounts = [node.total_fen for node in nodes if node.id in leaves]
    known = [amount for amount in amounts if amount is not None]
    return Total(sum(known), len(known), len(amounts) - len(known))


def check_split(total_fen: int | None, parts: Mapping[str, int | None], precision_fen: int = 0) -> list[Finding]:
    """Test that a split conserves money: at least two named parts that sum to the whole within its precision."""
    if len(parts) < 2:
        return [Finding("projects.split_needs_two", {}, "parts", Severity.REJECT)]
    if any(amount is not None and amount < 0 for amount in parts.values()):
        return [Finding("projects.amount_negative", {}, "parts", Severity.REJECT)]
    if total_fen is None:
        return []
    if any(amount is None for amount in parts.values()):
        return [Finding("projects.split_amount_missing", {}, "parts", Severity.REJECT)]
    sum_fen = sum(amount for amount in parts.values() if amount is not None)
    if abs(sum_fen - total_fen) > max(precision_fen // 2, 0):
        data = {"sum_fen": sum_fen, "total_fen": total_fen, "difference_fen": sum_fen - total_fen}
        return [Finding("projects.split_not_conserved", data, "parts", Severity.REJECT)]
    return []


def check_merge(totals: Sequence[int | None], result_fen: int | None) -> list[Finding]:
    """Test a merge: at least two projects, and the result is their sum (unknown if any of them is unknown)."""
    if len(totals) < 2:
        return [Finding("projects.merge_needs_two", {}, "sources", Severity.REJECT)]
    known = [t for t in totals if t is not None]
    if len(known) < len(totals):
        return [] if result_fen is None else [Finding("projects.merge_total_unknown", {}, "sources", Severity.REJECT)]
    if result_fen != sum(known):
        data = {"sum_fen": sum(known), "total_fen": result_fen}
        return [Finding("projects.merge_not_conserved", data, "sources", Severity.REJECT)]
    return []


def find_cycle(parents: Mapping[int, int | None], child_id: int, new_parent_id: int) -> bool:
    """Return whether putting ``child_id`` under ``new_parent_id`` would make a project its own ancestor."""
    at: int | None = new_parent_id
    seen: set[int] = set()
    while at is not None and at not in seen:
        if at == child_id:
            return True
        seen.add(at)
        at = parents.get(at)
    return False
