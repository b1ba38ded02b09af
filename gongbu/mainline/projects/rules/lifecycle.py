"""The order of stages, and what may follow what. Going back is an act with a reason, never a silent edit."""

from gongbu.ground.basics.findings import Finding, Severity

STAGE_ORDER = {
    "RESERVE": 1,
    "APPROVAL": 2,
    "DESIGN": 3,
    "PROCUREMENT": 4,
    "CONSTRUCTION": 5,
    "ACCEPTANCE": 6,
    "OPERATION": 7,
    "BUILT": 8,
    "UNKNOWN": 9,  # last in lists: the published text does not say
}
EARLY_ORDER = {"CONCEIVED": 1, "PLANNED": 2, "INTENDED": 3, "PREPARING": 4}


def compute_stage_order(stage: str, early_stage: str = "") -> int:
    """Return the sort key of a stage; the four early sub-stages sort within 谋划储备."""
    return STAGE_ORDER[stage] * 10 + (EARLY_ORDER.get(early_stage, 0) if stage == "RESERVE" else 0)


def check_stage_change(old: str, new: str, *, early_stage: str, reason: str) -> list[Finding]:
    """Test a change of stage: known target, early sub-stage only in 谋划储备, a reason for going back or skipping."""
    findings: list[Finding] = []
    if new not in STAGE_ORDER or (new == "UNKNOWN" and old != "UNKNOWN"):
        return [_reject("projects.stage_unknown", stage=new)]
    if early_stage and (new != "RESERVE" or early_stage not in EARLY_ORDER):
        findings.append(_reject("projects.early_stage_outside_reserve"))
    step = STAGE_ORDER[new] - STAGE_ORDER[old]
    if old != "UNKNOWN" and (step < 0 or step > 1) and not reason.strip():
        findings.append(_reject("projects.stage_reason_needed", back=step < 0))
    return findings


def _reject(code: str, **data: object) -> Finding:
    return Finding(code, data, "stage", Severity.REJECT)
