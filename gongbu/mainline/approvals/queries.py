"""Reads of 批复文件: the register, one paper, a project's chain with its changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.money import as_wan
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy.queries import check_of, pack_words, policy_for
from gongbu.ground.policy.rules.decisions import Decision
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


_OF_PROJECT = Prepared(
    lambda project_id: (
        ApprovalPaper.objects.unscoped("papers of a project that the caller may see")
        .filter(project_id=project_id, is_published=True)
        .values_list("pk")
    )
)


def list_with_paper(step: str, project_ids: Iterable[int]) -> set[int]:
    """Return those of the projects that have a paper of this step of the chain on file, whoever asks (1 query)."""
    rows = ApprovalPaper.objects.unscoped("whether there is one").filter(
        project_id__in=list(project_ids), step=step, is_published=True
    )
    return set(rows.values_list("project_id", flat=True))


def count_of_project(project_id: int) -> int:
    """Return how many papers a project has (1 query). The caller has tested that the project may be seen."""
    return _OF_PROJECT.count(project_id)


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


@dataclass(frozen=True, slots=True)
class OverrunMark:
    """The judgement on 概算 against 可研估算: percent, answer, tone, and what the 依据 mark shows."""

    percent: str
    label: str
    tone: str
    basis: Mapping[str, Any]


def judge_overrun(chain: Sequence[ChainRow], region_id: int) -> OverrunMark | None:
    """Judge 概算 against the approved 可研 estimate by the region's policy; None without both (2 queries at most).

    The law's anchor is the day on which the 概算 was submitted; papers do not state it, so the day of the 概算 paper
    stands for it, and the mark says so.
    """
    found = rules.find_overrun(
        rules.ChainPaper(r.paper.pk, r.paper.step, r.paper.is_adjustment, r.paper.issued_on, r.paper.total_fen)
        for r in chain
    )
    if found is None:
        return None
    papers = {row.paper.pk: row.paper for row in chain}
    estimate, feasibility = papers[found.estimate_id], papers[found.feasibility_id]
    on = estimate.issued_on or clock.today()
    percent = f"{found.ratio * 100:+.2f}%"
    try:
        decision = policy_for(region_id, on).decide("estimates.overrun_response", {"overrun_ratio": found.ratio}, on)
    except Refusal as refusal:  # no rule was in force on that day: say so instead of guessing
        return OverrunMark(percent, "没有可适用的规定", "plain", {"value": "没有可适用的规定", "note": word(refusal)})
    tone = "wait" if decision.is_undetermined else "good" if decision.value == "PROCEED" else "bad"
    return OverrunMark(percent, decision.label, tone, _basis(decision, estimate, feasibility, percent))


def _basis(decision: Decision, estimate: ApprovalPaper, feasibility: ApprovalPaper, percent: str) -> dict[str, Any]:
    clause = f"{decision.basis.instrument}{decision.basis.article}"
    anchored = "按概算批复日适用（批文未写概算报送日）" if estimate.issued_on else "概算批文未写日期，按今天适用"
    notes = [anchored, decision.reason, decision.note, *(conflict.words for conflict in decision.conflicts)]
    return {
        "value": decision.label,
        "rule": decision.explanation,
        "facts": [
            (f"概算总投资（{estimate.doc_no or estimate.doc_type}）", f"{as_wan(estimate.total_fen)} 万元"),
            (
                f"批准的可研估算（{feasibility.doc_no or feasibility.doc_type}）",
                f"{as_wan(feasibility.total_fen)} 万元",
            ),
            ("概算较估算", percent),
        ],
        "clause": clause,
        "dates": f"{decision.ref.as_dict()['from']} 起施行，按 {decision.on.isoformat()} 适用",
        "pack": pack_words(decision.ref.pack, decision.ref.version),
        "check": check_of(decision.confidence.value),
        "note": "；".join(dict.fromkeys(note.rstrip("。；") for note in notes if note)),
    }


def parts_of(paper: ApprovalPaper) -> list[tuple[str, int | None]]:
    """Return the component sums that the paper states, in the order of the rules."""
    return [(label, getattr(paper, key)) for key, label in rules.PARTS.items() if getattr(paper, key) is not None]
