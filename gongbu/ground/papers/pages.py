"""Pages of papers: one paper as printed, drafting one by hand, opening a number series, voiding."""

import base64
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pypdfium2
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.text import read_id
from gongbu.ground.documents import panel as documents_panel
from gongbu.ground.documents.models import Document
from gongbu.ground.ledger import kinds, qr, receipts
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.ledger.pages.receipts import address_of
from gongbu.ground.ledger.queries import TimelineRow, list_for_subject
from gongbu.ground.orgs.models import Unit
from gongbu.ground.papers import forms, queries, services
from gongbu.ground.papers.models import Paper
from gongbu.ground.policy.queries import check_of, pack_words, packs
from gongbu.ground.policy.rules.papers import PaperTemplate, Sort
from gongbu.ground.registers import forms as form_engine
from gongbu.ground.registers import pages

CRUMB = ("文书台账", "/issued-papers/")
SHOWN_PAGES = 12
PREVIEW_SCALE = 1.6


@pages.page("papers.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper: its sheets as printed, number and receipt, files, and voiding for those who may."""
    actor = request.actor  # type: ignore[attr-defined]
    paper = queries.get_paper(pk, actor)
    rows = list_for_subject(services.SUBJECT, pk, limit=30)
    context = {
        "paper": paper,
        "access": Document.Access(paper.access).label,
        "sheets": range(1, min(paper.pages, SHOWN_PAGES) + 1),
        "receipt": receipts.grouped(paper.receipt),
        "void_receipt": receipts.grouped(paper.void_receipt) if paper.void_receipt else "",
        "qr": qr.svg(address_of(request, paper.receipt)),
        "basis": _basis(paper, rows),
        "lines": [_line(row) for row in rows],
        "files": Markup(documents_panel.render(request, services.SUBJECT, paper.pk, paper.region_key)),  # noqa: S704
        "may_void": paper.state != Paper.State.VOID and actor.may("papers.void", paper.region_key),
        "crumbs": [CRUMB, (paper.doc_no, None)],
    }
    return pages.render(request, "papers/paper.html", context)


def _basis(paper: Paper, rows: Sequence[TimelineRow]) -> dict[str, Any]:
    """Return what the 依据 mark shows: the template that the ledger says the paper was made from."""
    ref = next((row.content["policy"][0] for row in rows if row.kind == "papers.issue"), None)
    pack = packs().get(ref["pack"]) if ref is not None else None
    versions = pack.papers.get(paper.template, ()) if pack is not None else ()
    template = next((one for one in versions if ref is not None and one.hash == ref["hash"]), None)
    if ref is None or template is None:
        return {"value": paper.template, "note": "该模板已不在现行制度包中；文书保持签发时的样子。"}
    return {
        "value": template.label,
        "rule": f"文书模板，{template.form.label}，按《党政机关公文格式》（GB/T 9704-2012）排印",
        "clause": str(template.basis),
        "dates": f"自 {template.effective_from} 起",
        "pack": pack_words(ref["pack"], ref["version"]),
        "check": check_of(template.confidence.value),
        "note": template.note,
        "receipt_url": reverse("ledger:receipt", args=[receipts.grouped(paper.receipt)]),
    }


def _line(row: TimelineRow) -> dict[str, Any]:
    """Return one entry of the paper's timeline."""
    after = row.content.get("after") or {}
    return {
        "at": f"{row.occurred_on:%Y-%m-%d}",
        "title": kinds.label(row.kind),
        "who": " ".join(part for part in (row.actor.get("name"), row.actor.get("post_name")) if part),
        "text": str(after.get("reason") or after.get("format_label") or ""),
        "tone": "warn" if row.kind == "papers.void" else "",
        "href": "",
        "mark": "",
    }


@pages.page("papers.void", methods=("POST",))
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Void a paper with a reason."""
    rev = request.POST.get("rev", "")
    services.void_paper(
        paper_id=pk, reason=request.POST.get("reason", ""), rev=read_id(rev) or 0,
        actor=request.actor,  # type: ignore[attr-defined]
    )  # fmt: skip
    return HttpResponseRedirect(reverse("papers:paper", args=[pk]))


@pages.page("papers.issue")
def list_templates(request: HttpRequest) -> HttpResponse:
    """The templates in force where the person works; those made of a form can be drafted here."""
    actor = request.actor  # type: ignore[attr-defined]
    unit = _own_unit(request)
    found = queries.list_templates(unit.region_id, clock.today()) if unit else []
    context = {
        "templates": [(template, check_of(template.confidence.value)) for template in found],
        "unit": unit,
        "may_open": actor.may("papers.open_series"),
        "crumbs": [CRUMB, ("文书模板", None)],
    }
    return pages.render(request, "papers/templates.html", context)


@pages.page("papers.issue", methods=("GET", "POST"))
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """Draft a paper by hand: fill in the template, look at the sheets, issue it with the next number."""
    template = _template(request, key)
    form = forms.bind_draft(request, template)
    context: dict[str, Any] = {
        "template": template,
        "sheets": [],
        "crumbs": [CRUMB, ("文书模板", reverse("papers:templates")), (template.label, None)],
    }
    if request.method == "POST" and request.POST.get("_preview"):
        return _preview(request, template, form, context)

    def save(values: dict[str, Any]) -> str:
        try:
            paper = services.issue(_request(request, template, values), request.actor)  # type: ignore[attr-defined]
        except Refusal as refusal:
            _name_field(refusal)
            raise
        return reverse("papers:paper", args=[paper.pk])

    return form_engine.handle(request, form, save, "papers/draft.html", context)


def _preview(
    request: HttpRequest, template: PaperTemplate, form: form_engine.Form, context: dict[str, Any]
) -> HttpResponse:
    """Show the sheets above the form; nothing is kept."""
    if form.read(request.POST):
        try:
            wanted = _request(request, template, form.values)
            context["sheets"] = pictures(services.draft_pdf(wanted, request.actor))  # type: ignore[attr-defined]
        except (NotAllowed, NotFound):
            raise
        except Refusal as refusal:
            _name_field(refusal)
            form.refuse(refusal)
    return pages.render(request, "papers/draft.html", {**context, "form": form}, status=200 if form.is_valid else 422)


def _name_field(refusal: Refusal) -> None:
    refusal.field = {"on": "papers.issued_on", "access": "papers.access"}.get(refusal.field or "", refusal.field)


def _request(request: HttpRequest, template: PaperTemplate, values: dict[str, Any]) -> services.Request:
    unit_id = int(values["papers.unit"])
    unit = Unit.objects.visible_to(request.actor, "papers.issue").select_related("region").filter(pk=unit_id).first()  # type: ignore[attr-defined]
    if unit is None:
        raise NotFound("orgs.no_such_unit")
    return services.Request(
        kind=template.key,
        subject=Subject("unit", unit.pk, unit.region.key_lo, unit.name),
        unit_id=unit.pk,
        fields=forms.values_of(template, values),
        tables={},
        on=forms.day_of(values),
        copies=values.get("papers.copies") or None,
        access=values["papers.access"],
        origin=request.build_absolute_uri("/"),
    )


def _own_unit(request: HttpRequest) -> Unit | None:
    actor = request.actor  # type: ignore[attr-defined]
    return Unit.objects.unscoped("the actor's own unit").select_related("region").filter(pk=actor.unit_id).first()


def _template(request: HttpRequest, key: str) -> PaperTemplate:
    unit = _own_unit(request)
    found = queries.list_templates(unit.region_id, clock.today(), by_hand=True) if unit else []
    template = next((one for one in found if one.key == key), None)
    if template is None:
        raise NotFound("papers.no_template")
    return template


def pictures(pdf: bytes) -> list[str]:
    """Return the sheets of a PDF of our own making as ``data:`` addresses of PNG pictures."""
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for index in range(min(len(document), SHOWN_PAGES)):
        out = io.BytesIO()
        document[index].render(scale=PREVIEW_SCALE).to_pil().save(out, "PNG")
        found.append("data:image/png;base64," + base64.b64encode(out.getvalue()).decode())
    return found


@pages.page("papers.open_series", methods=("GET", "POST"))
def open_series(request: HttpRequest) -> HttpResponse:
    """Open a number series."""
    actor = request.actor  # type: ignore[attr-defined]
    initial = {"papers.unit": str(actor.unit_id or ""), "papers.year": clock.today().year, "papers.last_used": 0}
    form = forms.OPEN_SERIES.bind(request, initial=initial)

    def save(values: dict[str, Any]) -> str:
        given = {key.removeprefix("papers."): value for key, value in values.items()}
        sorts = [sort.value for sort in Sort] if given["sorts"] == "ALL" else [given["sorts"]]
        try:
            services.open_series(
                unit_id=int(given["unit"]), mark=given["mark"], year=given["year"], sorts=sorts,
                last_used=given["last_used"], actor=actor,
            )  # fmt: skip
        except InvalidInput as refusal:
            raise InvalidInput([replace(f, field=f"papers.{f.field}") for f in refusal.findings]) from refusal
        except (NotAllowed, NotFound):
            raise
        except Refusal as refusal:
            refusal.field = f"papers.{refusal.field}" if refusal.field else None
            raise
        return reverse("papers:series")

    context = {"crumbs": [CRUMB, ("文号", reverse("papers:series")), ("启用文号", None)]}
    return form_engine.handle(request, form, save, "papers/open_series.html", context)
