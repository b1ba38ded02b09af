"""Where a project stands in the reserve as a whole, out of its entries in the libraries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_COUNTY = ("GENERAL", "SECTOR", "CHAIN")


@dataclass(frozen=True, slots=True)
class EntryFact:
    """What the standing needs of one entry. ``order`` tells the later of two (its id)."""

    kind: str
    state: str
    library_id: int
    order: int
    step: str = ""
    path: str = ""
    in_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """State of the whole, the libraries that hold the project by kind, and the entry that waits for somebody."""

    state: str
    held: dict[str, int]
    open_entry: EntryFact | None
    in_on: date | None


def compute_standing(entries: Sequence[EntryFact]) -> Standing:
    """Return the standing: 在库 beats 办理中 beats 仅在乡镇库 beats what ended last.

    A project that only its township holds is reserve of the township, not of the county (实施方案 第2条).
    """
    held = {entry.kind: entry.library_id for entry in entries if entry.state == "IN"}
    waiting = [entry for entry in entries if entry.state in ("PENDING", "RETURNED")]
    open_entry = max(waiting, key=lambda entry: entry.order) if waiting else None
    days = [entry.in_on for entry in entries if entry.state == "IN" and entry.in_on is not None]
    in_on = min(days) if days else None
    if any(kind in held for kind in _COUNTY):
        state = "IN"
    elif open_entry is not None:
        state = open_entry.state
    elif "TOWNSHIP" in held:
        state = "TOWNSHIP"
    elif entries:
        last = max((e for e in entries if e.kind != "TOWNSHIP"), key=lambda e: e.order, default=None)
        state = (last or max(entries, key=lambda e: e.order)).state
    else:
        state = "WITHDRAWN"
    return Standing(state, held, open_entry, in_on)
