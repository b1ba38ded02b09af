"""Pages of 批复文件: one paper with its figures and receipt; the tab on the project page; recording one."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics import money
from gongbu.ground.ledger import qr, receipts
from gongbu.ground.ledger.pages import address_of
from gongbu.ground.registers import jinja
from gongbu.ground.registers.pages import page, render, render_text
from gongbu.mainline.approvals import queries, rules, services
from gongbu.mainline.approvals.models import ApprovalPaper


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
        "qr": qr.svg(address_of(request, paper.receipt)) if paper.receipt else "",
    }


def _share(fen: int | None, total_fen: int | None) -> Decimal | None:
    return Decimal(fen) / total_fen if fen is not None and total_fen else None


def render_panel(request: HttpRequest, project: Any) -> str:
    """Return the 批文 tab of a project page: the chain with changes, and the figures of each paper."""
    chain = queries.list_chain(project.pk)
    keys = sorted({label for row in chain for label, _ in queries.parts_of(row.paper)})
    order = [label for label in rules.PARTS.values() if label in keys]
    lines = [(row, dict(queries.parts_of(row.paper))) for row in chain]
    context = {
        "chain": chain, "lines": lines, "parts": order, "grouped": receipts.grouped,
        "may_record": request.actor.may("approvals.record_paper", project.region_key),  # type: ignore[attr-defined]
        "project": project,
    }  # fmt: skip
    return Markup(render_text(request, "approvals/panel.html", context))  # noqa: S704 — a rendered template


@page("approvals.record_paper", methods=("GET", "POST"))
def record(request: HttpRequest, project_id: int) -> HttpResponse:
    """Record one paper on a project; amounts in 万元 as people write them, checked as an import would."""
    from gongbu.ground.basics import messages
    from gongbu.ground.basics.findings import InvalidInput, Severity
    from gongbu.mainline.approvals.forms import FIELDS, read

    actor = request.actor  # type: ignore[attr-defined]
    from gongbu.mainline.projects.dossier import read_dossier

    project = read_dossier(project_id, actor).project
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        values, findings = read(request.POST)
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
        "fields": FIELDS,
        "posted": request.POST,
        "problems": problems,
        "by_field": dict(problems),
    }
    return render(request, "approvals/record.html", context, status=422 if problems else 200)
