"""数据质量门 (GO-13): is the figure of the right magnitude? Against its row, its text and its file.

A slip of the unit multiplies by ten thousand (万) or a hundred million (亿). Nothing is corrected: the reader is told.
"""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from gongbu.ground.basics.rules.amounts import (
    LARGEST_PLAUSIBLE_FEN,
    LARGEST_USUAL_FEN,
    SMALLEST_PLAUSIBLE_FEN,
    amounts_in_text,
    is_slip,
    largest_without_unit,
)
from gongbu.ground.registers.importing.columns import Field
from gongbu.ground.registers.importing.kinds import CheckedRow
from gongbu.ground.registers.importing.values import Amount

FAR = 5_000  # times away from the middle of the column: nearer is variety, farther is almost always a unit
FEWEST = 5
ASSUMED = "import.unit_assumed_here"
DOUBTS = ("import.amount_maybe_slip", "import.amount_implausible", "import.amount_far_from_others",
          "import.amount_slips_from_text", "import.amount_above_whole", "import.amount_slips_from_register", "import.amounts_slip")  # fmt: skip
"""Findings that a figure may be ten thousand times off: acceptance asks once more."""
DOUBTED = "amount_doubted"
"""Set in a row's plan when one of them was found, for what its kind does with the row."""
TEXT_KEYS = ("content", "funding_text", "period_text", "stage_text", "funding", "period", "amount_note")


def check(rows: Sequence[CheckedRow], fields: Sequence[Field]) -> None:
    """Add magnitude findings to the rows, for every amount field of the kind."""
    for item in fields:
        fens = [row.values[item.key].fen for row in rows if item.key in row.values]
        middle = median(fens) if len(fens) >= FEWEST else 0
        for row in rows:
            amount = row.values.get(item.key)
            if isinstance(amount, Amount):
                _check_one(row, item, amount, middle)


def _check_one(row: CheckedRow, item: Field, amount: Amount, middle: float) -> None:
    if amount.fen == 0:
        row.find("import.amount_zero", item.key, label=item.label)
        return
    size = abs(amount.fen)
    if size > LARGEST_PLAUSIBLE_FEN or size < SMALLEST_PLAUSIBLE_FEN:
        row.find("import.amount_implausible", item.key, label=item.label, found=amount.text)
        return
    if middle and (size > middle * FAR or size * FAR < middle):
        times = max(size / middle, middle / size)
        row.find("import.amount_far_from_others", item.key, label=item.label, found=amount.text,
                 times=f"{times:,.0f}")  # fmt: skip
        return
    for key in TEXT_KEYS:
        text = row.values.get(key)
        for other in amounts_in_text(text) if isinstance(text, str) else ():
            if is_slip(size, other.fen, other.half_fen):
                row.find("import.amount_slips_from_text", item.key, label=item.label, found=amount.text,
                         text=other.text)  # fmt: skip
                return
    if size > _largest_usual(row, item, amount):
        row.find("import.amount_maybe_slip", item.key, label=item.label, found=amount.text, read=_in_yi(size))


def _largest_usual(row: CheckedRow, item: Field, amount: Amount) -> int:
    """Return the largest amount that is taken without a question."""
    if not any(f.code == ASSUMED and f.field == item.key for f in row.findings):
        return LARGEST_USUAL_FEN
    return largest_without_unit(amount.raw)


def _in_yi(fen: int) -> str:
    return f"{Decimal(fen) / 10**10:,.2f}亿元"
