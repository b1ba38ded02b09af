"""Appraisal of an expert (履职评价): every item marked, in whole points up to the full mark; the average exact to 0.01."""

from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_UP, Decimal

from gongbu.ground.basics.findings import Finding, Severity


def check_marks(marks: Mapping[str, int], items: Collection[str], full: int) -> list[Finding]:
    """Test that exactly the items of the policy are marked, each from 0 to ``full``."""
    found = []
    for code in items:
        mark = marks.get(code)
        if mark is None:
            found.append(Finding("experts.mark_missing", {}, f"experts.mark_{code}", Severity.REJECT))
        elif not 0 <= mark <= full:
            data = {"full": full, "found": mark}
            found.append(Finding("experts.mark_outside", data, f"experts.mark_{code}", Severity.REJECT))
    if set(marks) - set(items):
        found.append(Finding("experts.mark_unknown", {}, None, Severity.REJECT))
    return found


def compute_average(marks: Collection[int]) -> Decimal:
    """Return the average, rounded half up to a hundredth."""
    return (Decimal(sum(marks)) / len(marks)).quantize(Decimal("0.01"), ROUND_HALF_UP)
