"""历史接入 (GO-20): bring a live project in at the stage where it stands, with its papers and opening balances.

The project is marked as taken over for ever. Gates and clocks apply to later acts only: nothing is asked of the past.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Severity, raise_on_reject
from gongbu.ground.basics.money import as_wan
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.mainline.projects.choices import Origin, Stage
from gongbu.mainline.projects.models import AnnualInvestment, Project, TakeOver
from gongbu.mainline.projects.services import entering, record


@dataclass(frozen=True, slots=True)
class OldPaper:
    """A paper the project already has: kind, 文号, day (if known), issuer, and the digest of a stored scan."""

    kind: str
    number: str
    issued_on: date | None = None
    issuer: str = ""
    document: str = ""


@record.repeatable(record.load_project)
@act("projects.take_over", "历史接入")
def take_over(
    *,
    actor: Actor,
    region_id: int,
    stage: str,
    papers: Sequence[OldPaper] = (),
    contracted_fen: int | None = None,
    completed_fen: int | None = None,
    paid_fen: int | None = None,
    annual: Mapping[int, tuple[int | None, int | None]] | None = None,
    code: str = "",
    note: str = "",
    declared_level: str = "",
    on: date | None = None,
    key: str | None = None,
    **values: Any,
) -> Project:
    """Enter a live project at ``stage`` with what it already has; one entry, origin TAKEN_OVER.

    :raises InvalidInput: 谋划储备 (use 新建), a nameless paper, paid above completed, or a bad value
    """
    findings = _check(stage, papers, completed_fen, paid_fen)
    raise_on_reject(findings)
    refuse_secret(note, *(f"{p.kind} {p.number} {p.issuer}" for p in papers))
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise InvalidInput([Finding("projects.region_missing", {}, "competent_region_id", Severity.REJECT)])
    listed = [
        {"kind": p.kind, "number": p.number, "issued_on": p.issued_on.isoformat() if p.issued_on else None,
         "issuer": p.issuer, "document": p.document}
        for p in papers
    ]  # fmt: skip
    balances = {"contracted_fen": contracted_fen, "completed_fen": completed_fen, "paid_fen": paid_fen}
    new = entering.NewProject(region, {**values, "stage": stage}, code, annual or {}, declared_level, key)
    project = entering.enter(
        [new],
        actor=actor,
        on=on,
        origin=Origin.TAKEN_OVER,
        entry_kind="project.taken_over",
        more_after={"papers": listed, **balances},
        documents=[p.document for p in papers if p.document],
    )[0]
    TakeOver.objects.create(
        project=project, entered_on=project.created_on, entered_stage=stage, papers=listed, note=note.strip(),
        **balances,
    )  # fmt: skip
    AnnualInvestment.objects.filter(project=project).update(is_opening_balance=True)
    return project


def _check(stage: str, papers: Sequence[OldPaper], completed_fen: int | None, paid_fen: int | None) -> list[Finding]:
    findings = []
    if stage in (Stage.RESERVE, Stage.UNKNOWN) or stage not in Stage.values:
        findings.append(Finding("projects.take_over_stage", {}, "stage", Severity.REJECT))
    for row, paper in enumerate(papers, 1):
        if not (paper.kind.strip() and paper.number.strip()):
            findings.append(Finding("projects.take_over_paper", {"row": row}, "papers", Severity.REJECT))
    for amount in (completed_fen, paid_fen):
        if amount is not None and amount < 0:
            findings.append(Finding("projects.amount_negative", {}, "completed_fen", Severity.REJECT))
    if completed_fen is not None and paid_fen is not None and paid_fen > completed_fen:
        data = {"paid_wan": as_wan(paid_fen), "completed_wan": as_wan(completed_fen)}
        findings.append(Finding("projects.take_over_balances", data, "paid_fen", Severity.FLAG))
    return findings
