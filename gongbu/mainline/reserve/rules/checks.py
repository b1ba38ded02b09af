"""Checks of a declaration and of an opinion: performance indicators (GO-14), check points, reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gongbu.ground.basics.findings import Basis, Finding, Severity
from gongbu.ground.basics.rules.numbers import fits

REASON_LEAST = 4
FIT = "FIT"


@dataclass(frozen=True, slots=True)
class Target:
    """Baseline and target value of one performance indicator, or why it does not apply."""

    indicator: str
    baseline: Decimal | None = None
    target: Decimal | None = None
    unfit_reason: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether both values stand, or a reason why not."""
        return (self.baseline is not None and self.target is not None) or bool(self.unfit_reason.strip())


@dataclass(frozen=True, slots=True)
class Point:
    """The finding and the opinion on one check point."""

    point: str
    result: str
    opinion: str = ""


def check_target(given: Target, field: str | None = None) -> list[Finding]:
    """Test one indicator as entered: both values or none, not both values and a reason, values that can be kept."""
    has = (given.baseline is not None, given.target is not None)
    if any(has) and not all(has):
        return [_reject("reserve.target_half", field, indicator=given.indicator)]
    if any(has) and given.unfit_reason.strip():
        return [_reject("reserve.target_both", field, indicator=given.indicator)]
    if any(value is not None and value.is_finite() and value < 0 for value in (given.baseline, given.target)):
        return [_reject("reserve.target_negative", field, indicator=given.indicator)]
    if any(value is not None and not fits(value) for value in (given.baseline, given.target)):
        return [_reject("reserve.target_large", field, indicator=given.indicator)]
    return []


def find_missing_targets(indicators: Sequence[str], given: Mapping[str, Target]) -> list[str]:
    """Return the indicators of the list that have neither values nor a reason, in order."""
    return [name for name in indicators if name not in given or not given[name].is_complete]


def check_points(
    points: Sequence[str], given: Sequence[Point], *, is_passing: bool, basis: Basis | None
) -> list[Finding]:
    """Test an opinion: every point of the pack answered once; 存疑 and 不符合 say why; passing needs every point 符合."""
    findings: list[Finding] = []
    by_point = {item.point: item for item in given}
    for item in given:
        if item.point not in points:
            findings.append(_reject("reserve.point_unknown", None, point=item.point, known="、".join(points)))
    for number, name in enumerate(points):
        answer = by_point.get(name)
        field = f"check_result-{number}"
        if answer is None or not answer.result:
            findings.append(_reject("reserve.point_missing", field, basis, point=name))
        elif answer.result != FIT and len(answer.opinion.strip()) < REASON_LEAST:
            findings.append(_reject("reserve.point_opinion_missing", f"check_opinion-{number}", point=name))
        elif answer.result != FIT and is_passing:
            findings.append(_reject("reserve.point_not_fit", field, basis, point=name))
    return findings


def check_reason(reason: str, field: str = "reason") -> list[Finding]:
    """Test that a reason says something: at least four characters."""
    if len(reason.strip()) >= REASON_LEAST:
        return []
    return [_reject("reserve.reason_missing", field)]


def _reject(code: str, field: str | None, basis: Basis | None = None, **data: object) -> Finding:
    return Finding(code, data, field, Severity.REJECT, basis)
