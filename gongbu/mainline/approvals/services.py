"""Acts on 批复文件: record one, record many under a batch, publish the batch, correct one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gongbu.ground.basics import bulk, clock, money
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import (
    ChangedMeanwhile,
    Finding,
    InvalidInput,
    NotFound,
    Refusal,
    Severity,
    raise_on_reject,
)
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.ledger import AlreadyRecorded
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.approvals import rules
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects.models import Project

SUBJECT = "approval_paper"
AMOUNTS = ("total_fen", *rules.PARTS)
TEXTS = (
    "doc_type", "doc_no", "issuer", "applicant", "content", "total_text", "amount_note", "funding_text", "period_text",
    "prior_docs", "record_no", "source", "source_url", "quality_note",
)  # fmt: skip
VALUES = frozenset({*AMOUNTS, *TEXTS, "issued_on", "issued_precision", "total_precision_fen"})


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper about to be recorded: its project, typed values by column name, and an idempotency key."""

    project_id: int
    values: Mapping[str, Any]
    key: str | None = None


@act("approvals.record_paper", "登记批复文件")
def _record_one(new: NewPaper, actor: Actor, on: date | None) -> ApprovalPaper:
    return _record([new], actor, on, None, "approvals.record_paper")[0]


def record_paper(
    *, project_id: int, actor: Actor, on: date | None = None, key: str | None = None, **values: Any
) -> ApprovalPaper:
    """Record one paper on a project; it gets a receipt that anybody can check without an account (GO-03).

    The legal day of the entry is the paper's own day when that is known to the day, else ``on`` (today): a paper
    recorded long after its day is shown as late (补录, GO-07).

    :raises InvalidInput: the type or issuer is missing, a date lies ahead, a secrecy rule is met
    :raises Refusal: the same number stands on the project already
    :raises NotAllowed: not in this region
    """
    try:
        return _record_one(NewPaper(project_id, values, key), actor, on)
    except AlreadyRecorded as repeat:
        return ApprovalPaper.objects.unscoped("the answer to a repeated request").get(pk=repeat.entry.subject_id)


@act("approvals.import", "导入批复文件")
def record_papers(
    *, drafts: Sequence[NewPaper], actor: Actor, batch_id: int, on: date | None = None
) -> list[ApprovalPaper]:
    """Record one chunk of an import, unseen until :func:`publish_batch`; one entry per paper.

    :raises InvalidInput: some paper is impossible; nothing of the chunk is saved
    """
    return _record(drafts, actor, on, batch_id, "approvals.import")


def _record(
    drafts: Sequence[NewPaper], actor: Actor, on: date | None, batch_id: int | None, act_name: str
) -> list[ApprovalPaper]:
    today = clock.today()
    projects = (
        Project.objects.unscoped("each is tested against the actor below")
        .select_related("competent_region")
        .in_bulk([new.project_id for new in drafts])
    )
    papers = []
    for new in drafts:
        project = projects.get(new.project_id)
        if project is None:
            raise NotFound("projects.not_found")
        actor.require(act_name, project.region_key)
        _check(new.values, today)
        papers.append(_build(project, new.values, batch_id))
    if batch_id is None:
        _refuse_twice(papers[0])
    bulk.insert(papers)
    entries = ledger.append_many(
        [
            EntryDraft(
                kind="approvals.record_paper",
                subject=Subject(SUBJECT, paper.pk, paper.region_key, _label(paper)),
                actor=actor.stamp,
                occurred_on=_legal_day(paper, on or today),
                after=snapshot(paper),
                public=public_fields(paper, projects[paper.project_id]),
                key=new.key,
                extra={"project": paper.project_id, "rev": 1},
            )
            for paper, new in zip(papers, drafts, strict=True)
        ]
    )
    for paper, entry in zip(papers, entries, strict=True):
        paper.entry_id, paper.receipt = entry.pk, entry.receipt or ""
    bulk.update(papers, ["entry_id", "receipt"])
    outbox.add_many("approval_paper.recorded", SUBJECT, [(p.pk, p.region_key) for p in papers])
    return papers


def _build(project: Project, values: Mapping[str, Any], batch_id: int | None) -> ApprovalPaper:
    step, adjusted = rules.step_of(str(values.get("doc_type", "")))
    return ApprovalPaper(
        **values,
        project=project,
        region_key=project.region_key,
        step=step,
        is_adjustment=adjusted,
        batch_id=batch_id,
        is_published=batch_id is None,
        recorded_at=clock.now(),
    )


def _check(values: Mapping[str, Any], today: date) -> None:
    if unknown := set(values) - VALUES:
        raise TypeError(f"not facts of a paper: {sorted(unknown)}")
    refuse_secret(*values.values())
    raise_on_reject(check_values(values, today))


def check_values(values: Mapping[str, Any], today: date) -> list[Finding]:
    """Test typed values of a paper: type present, day not ahead, lengths, amounts not negative."""
    findings: list[Finding] = []
    if not str(values.get("doc_type") or "").strip():
        findings.append(Finding("approvals.type_missing", {}, "doc_type", Severity.REJECT))
    issued = values.get("issued_on")
    if isinstance(issued, date) and issued > today:
        data = {"on": issued.isoformat(), "today": today.isoformat()}
        findings.append(Finding("approvals.day_ahead", data, "issued_on", Severity.REJECT))
    for key in TEXTS:
        column, text = ApprovalPaper._meta.get_field(key), values.get(key)
        limit = getattr(column, "max_length", None)
        if limit and isinstance(text, str) and len(text) > limit:
            said: dict[str, Any] = {
                "limit": limit,
                "length": len(text),
                "label": str(getattr(column, "verbose_name", key)),
            }
            findings.append(Finding("approvals.too_long", said, key, Severity.REJECT))
    for key in AMOUNTS:
        if (values.get(key) or 0) < 0:
            findings.append(Finding("import.amount_negative", {"found": str(values[key])}, key, Severity.REJECT))
    return findings


def read_parts(parts: Mapping[str, Decimal], total_fen: int | None) -> dict[str, int]:
    """Return component sums in fen from amounts in 元, exact to the fen.

    :raises InvalidInput: an unknown key, a negative amount, or parts that do not make the stated total
    """
    findings = [
        Finding("approvals.part_unknown", {"found": k}, k, Severity.REJECT) for k in parts if k not in rules.PARTS
    ]
    findings += [
        Finding("import.amount_negative", {"found": str(v)}, k, Severity.REJECT)
        for k, v in parts.items()
        if v < 0 or v > 10**12
    ]
    if findings:
        raise InvalidInput(findings)
    fens = {key: int(amount * 100) for key, amount in parts.items()}
    if fens and total_fen is not None and sum(fens.values()) != total_fen:
        data = {
            "parts": money.as_wan(sum(fens.values())),
            "total": money.as_wan(total_fen),
            "difference": money.as_wan(total_fen - sum(fens.values())),
        }
        raise InvalidInput([Finding("approvals.sum_disagrees", data, "total_fen", Severity.REJECT)])
    return fens


def _refuse_twice(paper: ApprovalPaper) -> None:
    if not paper.doc_no:
        return
    same = ApprovalPaper.objects.unscoped("one number stands once").filter(
        project_id=paper.project_id, doc_no=paper.doc_no
    )
    if same.exists():
        raise Refusal("approvals.on_file", field="doc_no", doc_no=paper.doc_no)


def _legal_day(paper: ApprovalPaper, on: date) -> date:
    return paper.issued_on if paper.issued_on and paper.issued_precision in ("", "DAY") else on


def _label(paper: ApprovalPaper) -> str:
    return f"{paper.doc_no or '（无文号）'} {paper.doc_type}"[:200]


def snapshot(paper: ApprovalPaper, keys: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the facts of a paper as a ledger entry holds them; empty ones are left out unless asked for by key."""
    wanted = sorted(VALUES) if keys is None else sorted(keys)
    values = {key: getattr(paper, key) for key in wanted}
    plain = {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}
    return plain if keys is not None else {key: value for key, value in plain.items() if value not in (None, "")}


def public_fields(paper: ApprovalPaper, project: Project) -> dict[str, str]:
    """Return what a receipt page may show without an account."""
    shown = {
        "文书": paper.doc_type,
        "文号": paper.doc_no,
        "项目名称": project.name,
        "出具单位": paper.issuer,
        "批复日期": issued_text(paper),
        "批复总投资（万元）": money.as_wan(paper.total_fen) if paper.total_fen is not None else "",
    }
    return {key: value for key, value in shown.items() if value}


def issued_text(paper: ApprovalPaper) -> str:
    """Return the day of a paper as exactly as it is known: 2024年4月17日, 2024年4月, 2024年."""
    if paper.issued_on is None:
        return ""
    day = paper.issued_on
    if paper.issued_precision == "YEAR":
        return f"{day.year}年"
    if paper.issued_precision == "MONTH":
        return f"{day.year}年{day.month}月"
    return f"{day.year}年{day.month}月{day.day}日"


@act("approvals.publish_batch", "公布批文导入批次")
def publish_batch(*, batch_id: int, region_id: int, actor: Actor) -> int:
    """Make all papers of an import batch visible at once; returns their number. A repeat does nothing."""
    region = Region.objects.get(pk=region_id)
    actor.require("approvals.publish_batch", region.key_lo)
    mine = ApprovalPaper.objects.unscoped("narrowed to the region below").filter(
        batch_id=batch_id, is_published=False, region_key__gte=region.key_lo, region_key__lt=region.key_hi
    )
    count = mine.update(is_published=True)
    if count:
        draft = EntryDraft(
            kind="approvals.publish_batch",
            subject=Subject("import_batch", batch_id, region.key_lo, f"批次 {batch_id}"),
            actor=actor.stamp,
            occurred_on=clock.today(),
            after={"papers": count},
        )
        ledger.append(draft)
    return count


def follow_project(message: OutboxMessage) -> None:
    """Let the papers of a project follow it to another competent region."""
    mine = ApprovalPaper.objects.unscoped("moved with their project").filter(project_id=message.subject_id)
    project = Project.objects.unscoped("its region as it stands").filter(pk=message.subject_id)
    for region_key in project.values_list("region_key", flat=True):
        mine.exclude(region_key=region_key).update(region_key=region_key)


def _changed_meanwhile(paper: ApprovalPaper, seen_rev: int) -> ChangedMeanwhile:
    """Return the refusal that tells who corrected which facts since revision ``seen_rev`` (2 queries)."""
    rows = list_for_subject(SUBJECT, paper.pk)
    later = [row for row in rows if row.content["extra"].get("rev", 0) > seen_rev]
    last = max(later, key=lambda row: row.entry_id, default=None)
    keys = sorted({key for row in later for key in (row.content["after"] or {})})
    at = last.recorded_at.astimezone(clock.SHANGHAI) if last else None
    who = last.actor["name"] if last else "他人"
    labels = [str(getattr(ApprovalPaper._meta.get_field(key), "verbose_name", key)) for key in keys]
    return ChangedMeanwhile(
        "approvals.changed_meanwhile", who=who, when=f"{at:%Y-%m-%d %H:%M}" if at else "刚才",
        fields="、".join(labels) or "—", by=who, at=at, rev=paper.rev, current={key: getattr(paper, key) for key in keys},
    )  # fmt: skip


@act("approvals.correct_paper", "更正批复文件")
def correct_paper(
    *, paper_id: int, rev: int, changes: Mapping[str, Any], reason: str, actor: Actor, on: date | None = None
) -> ApprovalPaper:
    """Correct a recorded paper: a new entry that corrects the former one, with a new receipt; the old one says so.

    :raises ChangedMeanwhile: another correction came first; tells who corrected what and when
    :raises Refusal: no reason, or nothing changed
    """
    paper = (
        ApprovalPaper.objects.visible_to(actor, "approvals.correct_paper")
        .select_for_update(of=("self",))
        .select_related("project")
        .filter(pk=paper_id)
        .first()
    )
    if paper is None:
        raise NotFound("approvals.not_found")
    if paper.rev != rev:
        raise _changed_meanwhile(paper, rev)
    if not reason.strip():
        raise Refusal("approvals.reason_missing", field="reason")
    changed = {key: value for key, value in changes.items() if getattr(paper, key, None) != value}
    if not changed:
        raise Refusal("approvals.nothing_changed")
    _check(
        {
            **{k: getattr(paper, k) for k in ("doc_type", "issued_on")},
            **changed,
            "amount_note": changed.get("amount_note", paper.amount_note),
        },
        clock.today(),
    )
    before = snapshot(paper, list(changed))
    for key, value in changed.items():
        setattr(paper, key, value)
    paper.step, paper.is_adjustment = rules.step_of(paper.doc_type)
    paper.rev += 1
    entry = ledger.append(
        EntryDraft(
            kind="approvals.correct_paper",
            subject=Subject(SUBJECT, paper.pk, paper.region_key, _label(paper)),
            actor=actor.stamp,
            occurred_on=on or clock.today(),
            before=before,
            after=snapshot(paper, list(changed)),
            public=public_fields(paper, paper.project),
            corrects=paper.entry_id,
            extra={"project": paper.project_id, "rev": paper.rev, "reason": reason.strip()},
        )
    )
    paper.entry_id, paper.receipt = entry.pk, entry.receipt or ""
    paper.save()
    outbox.add("approval_paper.corrected", subject_kind=SUBJECT, subject_id=paper.pk, region_key=paper.region_key)
    return paper
