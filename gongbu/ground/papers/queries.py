"""Read papers, number series and templates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.papers.models import NumberSeries, Paper
from gongbu.ground.policy.queries import policy_for
from gongbu.ground.policy.rules.papers import PaperTemplate


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper as panels of other rooms show it."""

    id: int
    doc_no: str
    title: str
    genre: str
    issuer: str
    issued_on: date
    access: str
    is_void: bool
    void_reason: str
    receipt: str
    pdf_id: int | None
    docx_id: int | None
    template: str


def list_papers(actor: Actor) -> "QuerySet[Paper]":
    """Return the papers in the actor's scope; RESTRICTED ones only where he may open restricted files, or his own."""
    rows: QuerySet[Paper] = Paper.objects.narrowed("scope_any_sector")
    rows = rows.filter(actor.scope_any_sector("papers.view"))
    own = Q(person_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    return rows.filter(~Q(access="RESTRICTED") | own | actor.scope("documents.view_restricted"))


def get_paper(paper_id: int, actor: Actor) -> Paper:
    """Return one paper with its series (1 query).

    :raises NotFound: none such in the actor's scope
    """
    paper = list_papers(actor).select_related("series").filter(pk=paper_id).first()
    if paper is None:
        raise NotFound("papers.not_found")
    return paper


def list_readable(paper_ids: Collection[int], actor: Actor) -> set[int]:
    """Return which of these papers the actor may open (1 query, none for none)."""
    return set(list_papers(actor).filter(pk__in=paper_ids).values_list("pk", flat=True)) if paper_ids else set()


def list_for_subject(subject_kind: str, subject_id: int) -> list[PaperRow]:
    """Return the papers about a subject, newest first (1 query). The caller has tested that the subject may be seen."""
    rows = Paper.objects.unscoped("papers of a subject that the caller may see")
    rows = rows.filter(subject_kind=subject_kind, subject_id=subject_id)
    return [
        PaperRow(
            paper.pk, paper.doc_no, paper.title, paper.genre, paper.issuer, paper.issued_on, paper.access,
            paper.state == Paper.State.VOID, paper.void_reason, paper.receipt, paper.pdf_id, paper.docx_id,
            paper.template,
        )
        for paper in rows.order_by("-issued_on", "-pk")
    ]  # fmt: skip


def list_series(actor: Actor) -> "QuerySet[NumberSeries]":
    """Return the number series in the actor's scope."""
    rows: QuerySet[NumberSeries] = NumberSeries.objects.narrowed("scope_any_sector")
    return rows.filter(actor.scope_any_sector("papers.view"))


def list_templates(region_id: int, on: date, *, by_hand: bool = False) -> list[PaperTemplate]:
    """Return the templates in force for a region, those of the nearest pack first (2 queries).

    ``by_hand``: only those that a person can fill in on a page.
    """
    found = policy_for(region_id, on).list_papers(on)
    return [template for template in found if template.is_by_hand or not by_hand]


def find_subject(paper_id: int) -> tuple[int, str] | None:
    """Return region key and label of a paper for the documents filed under it (1 query)."""
    row = Paper.objects.unscoped("the documents room tests rights").filter(pk=paper_id)
    found = row.values_list("region_key", "doc_no", "title").first()
    return (found[0], f"{found[1]} {found[2]}") if found else None


def may_with_documents(actor: Actor, act: str, paper_id: int) -> bool:
    """Return whether the actor may do a documents act with the files of a paper: as with the paper itself."""
    found = find_subject(paper_id)
    if found is None:
        return False
    key = found[0]
    if act == "documents.view":
        return actor.may("papers.view", key)
    if act == "documents.view_restricted":
        return actor.may("papers.view", key) and actor.may(act, key)
    if act == "documents.add":  # a scan of the stamped paper, for example
        return actor.may("papers.issue", key)
    return act == "documents.withdraw" and actor.may("papers.void", key)
