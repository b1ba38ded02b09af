"""Pages of 批复文件: one paper with its figures and receipt; the tab on the project page; recording one."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics import messages, money
from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal, Severity
from gongbu.ground.basics.text import read_id
from gongbu.ground.ledger import qr, receipts
from gongbu.ground.ledger.pages.receipts import address_of
from gongbu.ground.registers import jinja
from gongbu.ground.registers.pages import page, render, render_text
from gongbu.mainline.approvals import forms, queries, rules, services
from gongbu.mainline.approvals.models import ApprovalPaper

REASON_LENGTH = 300


@page("approvals.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper: figures, funding, prior papers, source, receipt."""
    paper = queries.get_paper(pk, request.actor)  # type: ignore[attr-defined]
    return render(
        request,
        "approvals/paper.html",
        {
            "title": paper.doc_no or paper.doc_type,
            "crumbs": [("批文台账", reverse("approvals:list")), (paper.doc_no or paper.doc_type, None)],
            **_shown(request, paper),
        },
    )


def _shown(request: HttpRequest, paper: ApprovalPaper) -> dict[str, Any]:
    parts = queries.parts_of(paper)
    return {
        "paper": paper,
        "issued": services.issued_text(paper),
        "parts": parts,
        "parts_rows": [
            (label, money.as_wan(fen), jinja.as_percent(_share(fen, paper.total_fen))) for label, fen in parts
        ],
        "project_link": Markup('<a href="{}">{}</a>').format(
            reverse("projects:show", args=[paper.project_id]), paper.project.name
        ),
        "parts_sum": sum(fen or 0 for _, fen in parts),
        "receipt": receipts.grouped(paper.receipt) if paper.receipt else "",
        "may_correct": request.actor.may("approvals.correct_paper", paper.region_key),  # type: ignore[attr-defined]
        "qr": qr.svg(address_of(request, paper.receipt)) if paper.receipt else "",
    }


def _share(fen: int | None, total_fen: int | None) -> Decimal | None:
    return Decimal(fen) / total_fen if fen is not None and total_fen else None


def render_panel(request: HttpRequest, project: Any) -> str:
    """Return the 批文 tab of a project page: the chain with changes, and the figures of each paper."""
    chain = queries.list_chain(project.pk)
    overrun = queries.judge_overrun(chain, project.competent_region_id)
    keys = sorted({label for row in chain for label, _ in queries.parts_of(row.paper)})
    order = [label for label in rules.PARTS.values() if label in keys]
    lines = [(row, dict(queries.parts_of(row.paper))) for row in chain]
    context = {
        "chain": chain, "lines": lines, "parts": order, "grouped": receipts.grouped, "overrun": overrun,
        "may_record": request.actor.may("approvals.record_paper", project.region_key),  # type: ignore[attr-defined]
        "project": project,
    }  # fmt: skip
    return Markup(render_text(request, "approvals/panel.html", context))  # noqa: S704 — a rendered template


@page("approvals.record_paper", methods=("GET", "POST"))
def record(request: HttpRequest, project_id: int) -> HttpResponse:
    """Record one paper on a project; amounts in 万元 as people write them, checked as an import would."""
    actor = request.actor  # type: ignore[attr-defined]
    from gongbu.mainline.projects.dossier import read_dossier

    project = read_dossier(project_id, actor).project
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        values, findings = forms.read(request.POST)
        stops = [f for f in findings if f.severity is Severity.REJECT]
        if not stops:
            try:
                paper = services.record_paper(project_id=project_id, actor=actor, **values)
                return HttpResponseRedirect(reverse("approvals:paper", args=[paper.pk]))
            except InvalidInput as refusal:
                stops = list(refusal.findings)
        problems = [(f.field or "", messages.word(f)) for f in stops]
    context = {
        "title": "登记批复文件",
        "crumbs": [(project.name, reverse("projects:show", args=[project_id])), ("登记批复文件", None)],
        "project": project,
        "fields": forms.FIELDS,
        "posted": request.POST,
        "problems": problems,
        "by_field": dict(problems),
        "back": reverse("projects:show", args=[project_id]),
        "heading": "登记批复文件",
        "sub": project.name,
        "needs_reason": False,
        "submit": "登记",
    }
    return render(request, "approvals/record.html", context, status=422 if problems else 200)


@page("approvals.correct_paper", methods=("GET", "POST"))
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a paper: the same form as recording, with a reason; the old receipt then says 已被更正."""
    actor = request.actor  # type: ignore[attr-defined]
    paper = queries.get_paper(pk, actor)
    actor.require("approvals.correct_paper", paper.region_key)
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        values, findings = forms.read(request.POST)
        stops = [finding for finding in findings if finding.severity is Severity.REJECT]
        if not stops:
            rev = request.POST.get("rev", "")
            try:
                services.correct_paper(
                    paper_id=pk, rev=read_id(rev) or 0, changes=forms.changes_of(paper, values),
                    reason=request.POST.get("reason", "")[:REASON_LENGTH], actor=actor,
                )  # fmt: skip
                return HttpResponseRedirect(reverse("approvals:paper", args=[pk]))
            except ChangedMeanwhile as refusal:
                return _changed(request, paper, refusal)
            except InvalidInput as refusal:
                stops = list(refusal.findings)
            except (NotAllowed, NotFound):
                raise
            except Refusal as refusal:
                stops = [refusal.as_finding()]
        problems = [(finding.field or "", messages.word(finding)) for finding in stops]
    context = {
        "title": "更正批复文件",
        "crumbs": [(paper.doc_no or paper.doc_type, reverse("approvals:paper", args=[pk])), ("更正", None)],
        "paper": paper,
        "fields": forms.FIELDS,
        "posted": request.POST or {**forms.texts_of(paper), "rev": paper.rev},
        "problems": problems,
        "by_field": dict(problems),
        "back": reverse("approvals:paper", args=[pk]),
        "heading": "更正批复文件",
        "sub": f"{paper.project.name} · 更正后生成新的回执，原回执注明已被更正",
        "needs_reason": True,
        "submit": "更正",
    }
    return render(request, "approvals/record.html", context, status=422 if problems else 200)


def _changed(request: HttpRequest, paper: ApprovalPaper, refusal: ChangedMeanwhile) -> HttpResponse:
    """Show both values of what somebody else corrected meanwhile."""
    theirs = forms.texts_of(paper)
    keys = {forms.FORM_KEY.get(key, key) for key in refusal.data["current"]}
    rows = [
        {"label": label, "unit": "万元" if kind == "amount" else "", "theirs": theirs[key],
         "mine": request.POST.get(key, ""), "is_clash": True}
        for key, label, kind, _wide in forms.FIELDS
        if key in keys and theirs[key] != request.POST.get(key, "").strip()
    ]  # fmt: skip
    context = {
        "crumbs": [("批文台账", reverse("approvals:list")), ("内容已被他人修改", None)],
        "rows": rows,
        "by": refusal.data["by"],
        "at": refusal.data["at"],
        "rev": refusal.data["rev"],
        "text": messages.word(refusal),
        "again": [(name, value) for name, value in request.POST.items() if name not in ("rev", "csrfmiddlewaretoken")],
    }
    return render(request, "registers/changed.html", context, status=409)
