"""The act on two reports that share words: a person says what they are to each other."""

from datetime import date

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, InvalidInput, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.likeness import report_queries, report_work
from gongbu.mainline.likeness.choices import PairState, ReportVerdict
from gongbu.mainline.likeness.models import ReportPair
from gongbu.mainline.projects import access

SUBJECT = "project"
REASON_LENGTH = 300


@act("likeness.decide_report", "认定雷同材料")
def decide_report(
    *, pair_id: int, verdict: str, reason: str, actor: Actor, rev: int | None = None, on: date | None = None
) -> ReportPair:
    """Say what two reports are to each other: 同一模板, 照搬照抄 or 不构成雷同; it stands in the books of both projects.

    :raises NotFound: one of the two documents is out of sight
    :raises NotAllowed: not on the project of the later report
    :raises InvalidInput: an unknown verdict, no reason, or a secrecy rule is met
    :raises Refusal: said already, or the two are alike no more
    :raises ChangedMeanwhile: somebody decided, or a report was replaced, since ``rev`` was shown
    """
    seen = report_queries.get_pair(pair_id, actor)
    access.require(actor, "likeness.decide_report", seen.pair.b.project)
    reason = " ".join(reason.split())[:REASON_LENGTH]
    findings = []
    if verdict not in ReportVerdict.values:
        findings.append(Finding("likeness.report_verdict_unknown", {}, "report_verdict", Severity.REJECT))
    if not reason:
        findings.append(Finding("likeness.report_reason_missing", {}, "report_verdict_reason", Severity.REJECT))
    if findings:
        raise InvalidInput(findings)
    refuse_secret(reason)
    rows = ReportPair.objects.unscoped("tested above").select_related("a__project", "b__project")
    pair = rows.select_for_update(of=("self",)).get(pk=pair_id)
    if rev is not None and pair.rev != rev:
        raise ChangedMeanwhile(
            "likeness.changed",
            by=pair.decided_by or "他人",
            rev=pair.rev,
            verdict=pair.get_verdict_display() or "材料已更换",
        )
    if pair.state == PairState.CLOSED:
        raise Refusal("likeness.report_closed")
    if (pair.verdict, pair.reason) == (verdict, reason):
        raise Refusal("likeness.report_said_already", verdict=ReportVerdict(verdict).label)
    before = {"verdict": str(pair.verdict), "reason": pair.reason} if pair.verdict else None
    pair.verdict, pair.reason, pair.state = ReportVerdict(verdict), reason, PairState.DECIDED
    pair.decided_on, pair.decided_by, pair.decided_unit = on or clock.today(), actor.name[:40], actor.unit_name[:120]
    pair.rev += 1
    _enter(pair, actor, before)
    return pair


def _enter(pair: ReportPair, actor: Actor, before: dict[str, str] | None) -> None:
    """Save a decided pair and enter it in the books of both projects, each naming the other; titles stay with the documents."""
    assert pair.decided_on is not None
    refs = report_work.limits_of(pair.region_key).refs
    sides = ((pair.a, pair.b), (pair.b, pair.a))
    entries = ledger.append_many(
        [
            EntryDraft(
                kind="likeness.report_decided",
                subject=Subject(SUBJECT, mine.project_id, mine.project.region_key, mine.project.name),
                actor=actor.stamp,
                occurred_on=pair.decided_on,
                before=before,
                after={
                    "verdict": str(pair.verdict), "reason": pair.reason, "document": mine.document_id,
                    "other_document": other.document_id, "other": other.project_id, "other_name": other.project.name,
                    "share": str(pair.share_b if mine.pk == pair.b_id else pair.share_a),
                    "common_share": str(pair.common_share),
                },
                policy=refs,
                documents=[f"SHA-256:{pair.a_sha}", f"SHA-256:{pair.b_sha}"],
                public={"项目名称": mine.project.name, "比对项目": other.project.name, "认定": pair.get_verdict_display()},
                extra={"report_pair": pair.pk, "pair_rev": pair.rev},
            )
            for mine, other in sides
        ]
    )  # fmt: skip
    pair.entry_id, pair.receipt = entries[1].pk, entries[1].receipt or ""
    pair.save()
    for mine, other in sides:
        outbox.add(
            "likeness.report_decided", subject_kind=SUBJECT, subject_id=mine.project_id,
            region_key=mine.project.region_key, pair=pair.pk, other=other.project_id, verdict=str(pair.verdict),
            by_person=actor.person_id, by_name=actor.name,
        )  # fmt: skip
