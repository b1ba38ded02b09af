"""Pages of copied reports: the card on the 查重 tab of a project, and two reports beside each other."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.ledger import receipts
from gongbu.ground.registers.forms import FormSpec, Step, handle
from gongbu.ground.registers.pages import page
from gongbu.mainline.likeness import report_queries, report_services, report_work, showing
from gongbu.mainline.likeness.choices import PairState, ReportState
from gongbu.mainline.likeness.rules.texts import marked
from gongbu.mainline.projects import access
from gongbu.mainline.projects.models import Project

DECIDE = FormSpec(
    "likeness.decide_report",
    [Step("", ["report_verdict", "report_verdict_reason"])],
    required=["report_verdict", "report_verdict_reason"],
    keeps_draft=False,
)
_UNREAD = {
    ReportState.NO_WORDS: "没有文字，可能是扫描件，不能比对。请另传 PDF（带文字）或 DOCX。",
    ReportState.UNREADABLE: "格式不支持、加密或损坏，不能比对。请另传 PDF（带文字）、DOCX 或 TXT。",
    ReportState.WITHHELD: "含涉密标志，不予比对。",
    ReportState.WAITING: "正在排队比对。",
}


def card_of(request: HttpRequest, project: Project) -> dict[str, Any]:
    """Return what the card of a project's reports shows (at most 10 queries)."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    seen = report_queries.of_project(project.pk, actor)
    return {
        "rows": [
            {
                "shared": row,
                "state": PairState(row.pair.state).label,
                "tone": showing.STATE_TONES[row.pair.state],
                "verdict": row.pair.get_verdict_display(),
                "verdict_tone": showing.REPORT_TONES.get(row.pair.verdict, "plain"),
            }
            for row in seen.rows
        ],
        "hidden": seen.hidden,
        "unread": [(title, _UNREAD[ReportState(state)]) for title, state in seen.reports if state in _UNREAD],
        "compared": sum(state == ReportState.READ for _title, state in seen.reports),
        "basis": showing.basis_of_reports(report_work.limits_of(project.region_key)) if seen.reports else None,
    }


def _beside(passage: dict[str, Any]) -> dict[str, Any]:
    """Return a stored passage as it is shown: both sides in pieces, told apart by whether the other side has them."""
    b, a = marked(passage["b"], passage["a"])
    return {"characters": passage["characters"], "b": b, "a": a}


@page("likeness.view", methods=("GET", "POST"))
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Two reports: what they share side by side, and the form that says what they are to each other."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    seen = report_queries.get_pair(pk, actor)
    pair = seen.pair
    project = pair.b.project
    may_decide = access.may(actor, "likeness.decide_report", project) and pair.state != PairState.CLOSED
    if request.method == "POST":
        access.require(actor, "likeness.decide_report", project)
    initial = {"report_verdict": pair.verdict, "report_verdict_reason": pair.reason}
    form = DECIDE.bind(request, initial=initial, subject=pk, rev=pair.rev)
    back = f"{reverse('projects:show', args=[project.pk])}?tab=likeness"

    def save(values: dict[str, Any]) -> str:
        report_services.decide_report(
            pair_id=pk, verdict=values["report_verdict"], reason=values["report_verdict_reason"] or "", actor=actor,
            rev=form.rev,
        )  # fmt: skip
        return reverse("likeness:report", args=[pk])

    context = {
        "title": "雷同材料",
        "crumbs": [("雷同材料", reverse("likeness:reports")), (project.name, back), ("对照", None)],
        "pair": pair,
        "later": seen.mine,
        "earlier": seen.other,
        "share": seen.share,
        "other_share": seen.other_share,
        "common": [_beside(p) for p in pair.passages if p["common"]],
        "copied": [_beside(p) for p in pair.passages if not p["common"]],
        "state": PairState(pair.state).label,
        "tone": showing.STATE_TONES[pair.state],
        "verdict_tone": showing.REPORT_TONES.get(pair.verdict, "plain"),
        "receipt": receipts.grouped(pair.receipt) if pair.receipt else "",
        "basis": showing.basis_of_reports(report_work.limits_of(project.region_key)),
        "may_decide": may_decide,
        "cancel": back,
        "say": showing,
    }
    return handle(request, form, save, "likeness/report.html", context)
