"""What approvals tell of a project's readiness: which papers of the approval chain are on file."""

from functools import partial

from gongbu.mainline.approvals import queries
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.reserve import readiness

TOPICS = ("approval_paper.recorded", "approval_paper.corrected")
MATTERS = (
    (ApprovalPaper.Step.PROPOSAL, "项目建议书（立项）已批"),
    (ApprovalPaper.Step.FEASIBILITY, "可行性研究已批"),
    (ApprovalPaper.Step.DESIGN, "初步设计已批"),
)


def register() -> None:
    """Add a matter per step of the chain (called once, from ``AppConfig.ready``)."""
    for order, (step, label) in enumerate(MATTERS, start=70):
        done = partial(queries.list_with_paper, step.value)
        readiness.add_matter(readiness.Matter(f"approvals.{step.value.lower()}", label, done, order, TOPICS))
