"""Reads of 批复文件: the register, one paper, a project's chain with its changes."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.approvals import rules
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.approvals.services import issued_text


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One paper of a project's chain: its place, day as exactly as known, total, and change against the one before."""

    paper: ApprovalPaper
    step_label: str
    issued: str
    change_fen: int | None
    change: Decimal | None
    against: str


def list_papers(actor: Actor) -> QuerySet[ApprovalPaper]:
    """Return the published papers in the actor's scope."""
    rows: QuerySet[ApprovalPaper] = ApprovalPaper.objects.visible_to(actor, "approvals.view").filter(is_published=True)
    return rows


def get_paper(paper_id: int, actor: Actor) -> ApprovalPaper:
    """Return one paper with its project.

    :raises NotFound: none such in the actor's scope
    """
    paper = list_papers(actor).select_related("project", "project__competent_region").filter(pk=paper_id).first()
    if paper is None:
        raise NotFound("approvals.not_found")
    return paper


def count_of_project(project_id: int) -> int:
    """Return how many papers a project has (1 query). The caller has tested that the project may be seen."""
    rows = ApprovalPaper.objects.unscoped("papers of a project that the caller may see")
    return rows.filter(project_id=project_id, is_published=True).count()


def list_chain(project_id: int) -> list[ChainRow]:
    """Return a project's papers in chain order with the change of the total against the paper before (1 query).

    The caller has tested that the project may be seen.
    """
    rows = ApprovalPaper.objects.unscoped("papers of a project that the caller may see")
    papers = {p.pk: p for p in rows.filter(project_id=project_id, is_published=True)}
    links = rules.compute_chain(
        rules.ChainPaper(p.pk, p.step, p.is_adjustment, p.issued_on, p.total_fen) for p in papers.values()
    )
    return [
        ChainRow(
            papers[link.paper_id],
            rules.STEPS[papers[link.paper_id].step] + ("调整" if papers[link.paper_id].is_adjustment else ""),
            issued_text(papers[link.paper_id]),
            link.change_fen,
            link.change,
            rules.STEPS[papers[link.against_id].step] if link.against_id else "",
        )
        for link in links
    ]


def parts_of(paper: ApprovalPaper) -> list[tuple[str, int | None]]:
    """Return the component sums that the paper states, in the order of the rules."""
    return [(label, getattr(paper, key)) for key, label in rules.PARTS.items() if getattr(paper, key) is not None]
