"""Acts on papers: open a number series, issue a paper, void one."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pypdfium2
from django.conf import settings
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.documents import services as documents
from gongbu.ground.documents.models import Document
from gongbu.ground.ledger import AlreadyRecorded, receipts
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Unit
from gongbu.ground.outbox import services as outbox
from gongbu.ground.papers import following, numbers
from gongbu.ground.papers.models import NumberSeries, Paper
from gongbu.ground.papers.rules.filling import Words, fill
from gongbu.ground.papers.rules.layout import day_words, document_number
from gongbu.ground.papers.typesetting import docx, faces, pdf
from gongbu.ground.papers.typesetting.sheet import Receipt, Sheet
from gongbu.ground.policy.queries import policy_for
from gongbu.ground.policy.rules.dated import PolicyRef
from gongbu.ground.policy.rules.papers import PaperTemplate, Sort
from gongbu.ground.policy.rules.policy import paper_ref

SUBJECT = "paper"
DOCUMENT_KIND = "PAPER"
REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants issued: template key, subject, issuer, contents. See :func:`issue_paper`."""

    kind: str
    subject: Subject
    unit_id: int
    fields: Mapping[str, Any]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    on: date
    addressee: str | None = None
    copies: str | None = None
    signer: str = ""
    access: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that can be issued: the unit, the template with its reference, and the filled words."""

    unit: Unit
    template: PaperTemplate
    ref: PolicyRef
    words: Words


@act("papers.open_series", "启用文号")
def open_series(
    *,
    unit_id: int,
    mark: str,
    year: int,
    sorts: Sequence[str],
    actor: Actor,
    last_used: int = 0,
    on: date | None = None,
) -> NumberSeries:
    """Open a number series (启用文号): the unit's 机关代字 for the given sorts of papers from this year on.

    :param mark: 发文机关代字 as printed, for example 云发改
    :param sorts: codes of :class:`Sort` that take their numbers here; one series may serve several
    :param last_used: the last number given on paper before the series is kept here (接续编号), 0 for none
    :raises NotAllowed: the unit is outside the actor's range
    :raises NotFound: no such unit
    :raises InvalidInput: a mark with brackets or digits at its end, no sort, a year out of range
    :raises Refusal: the unit, or another unit of the same region, uses the mark this year; a sort has a series already
    """
    unit = _unit(unit_id)
    actor.require("papers.open_series", unit.region.key_lo)
    mark = "".join(mark.split())
    chosen = [sort.value for sort in Sort if sort.value in set(sorts)]
    findings = _check_series(mark, year, sorts, chosen, last_used)
    if findings:
        raise InvalidInput(findings)
    rows = NumberSeries.objects.unscoped("one mark belongs to one unit of a region")
    same_region = rows.filter(region_key=unit.region.key_lo, mark=mark, year=year).select_related("unit").first()
    if same_region is not None:
        raise Refusal("papers.mark_taken", field="mark", mark=mark, year=year, unit=same_region.unit.name)
    for other in rows.filter(unit=unit, year=year):
        if shared := [Sort(sort).label for sort in chosen if sort in other.sorts]:
            raise Refusal("papers.sort_taken", field="sorts", sorts="、".join(shared), series=str(other))
    series = NumberSeries.objects.create(
        unit=unit, region_key=unit.region.key_lo, mark=mark, year=year, sorts=chosen, opened_after=last_used,
        last_number=last_used, opened_at=clock.now(),
    )  # fmt: skip
    ledger.append(
        EntryDraft(
            kind="papers.open_series",
            subject=Subject("number_series", series.pk, series.region_key, str(series)),
            actor=actor.stamp,
            occurred_on=on or clock.today(),
            after={"unit": unit.pk, "mark": mark, "year": year, "sorts": chosen, "after": last_used},
        )
    )
    return series


def _check_series(mark: str, year: int, sorts: Sequence[str], chosen: Sequence[str], last_used: int) -> list[Finding]:
    findings = []
    if not 1 <= len(mark) <= 30 or any(char in "〔〕[]（）()0123456789号" for char in mark):
        findings.append(Finding("papers.bad_mark", {"mark": mark}, "mark", Severity.REJECT))
    if not 2000 <= year <= 2100:
        findings.append(Finding("papers.bad_year", {"year": year}, "year", Severity.REJECT))
    if not chosen or len(chosen) < len(set(sorts)):
        findings.append(
            Finding("papers.bad_sorts", {"known": "、".join(s.label for s in Sort)}, "sorts", Severity.REJECT)
        )
    if not 0 <= last_used <= 99_999:
        findings.append(Finding("papers.bad_last_number", {"number": last_used}, "last_used", Severity.REJECT))
    return findings


def issue_paper(
    *,
    kind: str,
    subject: Subject,
    unit_id: int,
    fields: Mapping[str, Any],
    actor: Actor,
    on: date,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    addressee: str | None = None,
    copies: str | None = None,
    signer: str = "",
    access: str | None = None,
    key: str | None = None,
    origin: str = "",
) -> Paper:
    """Issue a paper (签发文书): number, PDF and DOCX with receipt, filed in the archive under access level.

    Call it inside the act that decides; a roll-back gives the number back.

    :param kind: key of a template in the packs of the issuer's region
    :param subject: what the paper is about; its region decides who sees the paper
    :param unit_id: the issuer (发文机关)
    :param fields: typed values of the template's fields: ``date``, whole fen, ``Decimal`` ratios, lists of names
    :param tables: rows of the template's tables
    :param on: 成文日期, not ahead of today
    :param addressee, copies: replace 主送机关 and 抄送机关 of the template
    :param signer: 签发人, on papers to a superior only
    :param access: PUBLIC, INTERNAL or RESTRICTED instead of the template's own
    :param key: idempotency key: a second call with the same key returns the first paper
    :param origin: ``https://host`` for the QR code where the installation sets no ``PUBLIC_ORIGIN``
    :raises NotAllowed: the issuer is outside the actor's range
    :raises NotFound: no such unit
    :raises InvalidInput: a field or row is missing, unknown, of the wrong type or too long; a secrecy rule is met
    :raises Refusal: no such template in force, no number series, a day ahead, no typefaces on this machine
    """
    wanted = Request(
        kind, subject, unit_id, fields, tables or {}, on, addressee, copies, signer.strip(), access, origin
    )
    return issue(wanted, actor, key=key)


def issue(request: Request, actor: Actor, *, key: str | None = None) -> Paper:
    """Issue what a :class:`Request` asks for; see :func:`issue_paper`."""
    warm_up()
    try:
        return _issue(request, actor, key)
    except AlreadyRecorded as repeat:
        return Paper.objects.unscoped("the answer to a repeated request").get(pk=repeat.entry.subject_id)


def warm_up() -> None:
    """Make the compiler ready, before any row is locked.

    :raises Refusal: this machine has no Chinese typeface
    """
    try:
        faces.faces()
    except faces.NoFonts:
        raise Refusal("papers.no_fonts") from None
    pdf.compiler()


def prepare(request: Request, actor: Actor) -> Prepared:
    """Return a request as it would be issued, or refuse as :func:`issue_paper` does (3 queries)."""
    unit = _unit(request.unit_id)
    actor.require("papers.issue", unit.region.key_lo)
    if request.on > clock.today():
        raise Refusal("papers.day_ahead", field="on", on=request.on.isoformat(), today=clock.today().isoformat())
    pack, template = policy_for(unit.region_id, request.on).paper(request.kind, request.on)
    if request.access is not None and request.access not in Document.Access.values:
        raise Refusal("documents.unknown_access", access=request.access, field="access")
    words, findings = fill(
        template, request.fields, request.tables, issuer=unit.name, on=request.on,
        addressee=request.addressee, copies=request.copies,
    )  # fmt: skip
    if words is None:
        raise InvalidInput(findings)
    refuse_secret(*_texts(request, words))
    return Prepared(unit, template, paper_ref(pack, template), words)


def _texts(request: Request, words: Words) -> list[str]:
    said = [request.signer, words.title, words.mark, words.addressee, words.copies, words.remark]
    said += [part for passage in words.passages for part in (passage.lead, passage.text)]
    for annex in words.attachments:
        said += [annex.title, annex.note, *(cell for row in annex.rows for cell in row)]
        said += [part for passage in annex.passages for part in (passage.lead, passage.text)]
    return said + [name for _, names in words.people for name in names]


@act("papers.issue", "签发文书")
def _issue(request: Request, actor: Actor, key: str | None) -> Paper:
    ready = prepare(request, actor)
    unit, template, words = ready.unit, ready.template, ready.words
    series, number = numbers.take(numbers.find_series(unit, template.sort, request.on.year))
    doc_no = document_number(series.mark, series.year, number)
    code = receipts.new_code()
    sheet = Sheet(
        words, template.form, unit.name, doc_no, request.on, request.signer,
        Receipt(receipts.grouped(code), receipt_address(code, request.origin)),
    )  # fmt: skip
    pdf_bytes, docx_bytes = pdf.render(sheet), docx.render(sheet)
    paper = Paper.objects.create(
        region_key=request.subject.region_key,
        unit=unit,
        issuer=unit.name,
        series=series,
        number=number,
        doc_no=doc_no,
        title=words.title.replace("\n", ""),
        genre=template.genre,
        form=template.form.value,
        sort=template.sort.value,
        template=template.key,
        subject_kind=request.subject.kind,
        subject_id=request.subject.id,
        subject_title=request.subject.label[:200],
        access=request.access or template.access,
        issued_on=request.on,
        issued_at=clock.now(),
        person_id=actor.person_id,
        person_name=actor.name,
        pages=len(pypdfium2.PdfDocument(pdf_bytes)),
    )
    digests = []
    for name, content in (("pdf", pdf_bytes), ("docx", docx_bytes)):
        received = documents.receive(io.BytesIO(content), f"{doc_no} {paper.title}.{name}", expected_size=len(content))
        filed = documents.add(
            received=received, subject_kind=SUBJECT, subject_id=paper.pk, region_key=paper.region_key,
            access=paper.access, actor=actor, kind=DOCUMENT_KIND, title=f"{doc_no} {paper.title}（{name.upper()}）",
        )  # fmt: skip
        setattr(paper, f"{name}_id", filed.pk)
        digests.append((f"SM3:{received.stored.sm3}", f"SHA-256:{received.stored.sha256}"))
    entry = ledger.append(
        EntryDraft(
            kind="papers.issue",
            subject=Subject(SUBJECT, paper.pk, paper.region_key, f"{doc_no} {paper.title}"[:200]),
            actor=actor.stamp,
            occurred_on=request.on,
            after={
                "doc_no": doc_no, "title": paper.title, "genre": paper.genre, "template": template.key,
                "issuer": unit.pk, "issuer_name": unit.name, "access": paper.access, "pages": paper.pages,
                "about": [request.subject.kind, request.subject.id], "documents": [paper.pdf_id, paper.docx_id],
            },
            policy=[ready.ref.as_dict()],
            documents=[digest for pair in digests for digest in pair],
            public=public_fields(paper) | {"PDF 文件 SM3 摘要": digests[0][0].removeprefix("SM3:")},
            key=key,
            receipt=code,
        )
    )  # fmt: skip
    paper.entry_id, paper.receipt = entry.pk, code
    paper.save(update_fields=["pdf_id", "docx_id", "entry_id", "receipt"])
    _tell("paper.issued", paper)
    return paper


def draft_pdf(request: Request, actor: Actor) -> bytes:
    """Return what a paper would look like, without number and receipt, marked 预览稿; nothing is kept (3 queries).

    Refuses as :func:`issue_paper` does, apart from the number series.
    """
    warm_up()
    ready = prepare(request, actor)
    try:
        mark = numbers.find_series(ready.unit, ready.template.sort, request.on.year).mark
    except Refusal:  # the series can still be opened; a preview needs none
        mark = "〇〇〇"
    sheet = Sheet(
        ready.words, ready.template.form, ready.unit.name, document_number(mark, request.on.year, None), request.on,
        request.signer, None, is_draft=True,
    )  # fmt: skip
    return pdf.render(sheet)


@act("papers.void", "作废文书")
def void_paper(*, paper_id: int, reason: str, actor: Actor, rev: int | None, on: date | None = None) -> Paper:
    """Void a paper (作废): the number stays used, the files leave the public, the old receipt leads to the new one.

    The record on which it stands follows. ``rev`` None: inside an act on that record, which is locked already, was shown
    with its own revision and knows what becomes of it.

    :raises NotFound: no such paper
    :raises NotAllowed: not in this region
    :raises Refusal: no reason, or void already
    :raises ChangedMeanwhile: somebody changed it since ``rev`` was shown
    """
    if rev is not None:
        following.hold(paper_id)
    found = Paper.objects.unscoped("tested against the actor below").select_related("series")
    paper = found.select_for_update(of=("self",)).filter(pk=paper_id).first()
    if paper is None:
        raise NotFound("papers.not_found")
    actor.require("papers.void", paper.region_key)
    reason = " ".join(reason.split())[:REASON_LENGTH]
    if not reason:
        raise Refusal("papers.reason_needed", field="reason")
    refuse_secret(reason)
    if paper.state == Paper.State.VOID:
        raise Refusal("papers.void_already", doc_no=paper.doc_no, on=paper.void_on, reason=paper.void_reason)
    if rev is not None and paper.rev != rev:
        raise ChangedMeanwhile("papers.changed", doc_no=paper.doc_no)
    paper.state, paper.void_reason, paper.void_by = Paper.State.VOID, reason, actor.name
    paper.void_on = on or clock.today()
    paper.rev += 1
    documents.withdraw_all(subject_kind=SUBJECT, subject_id=paper.pk, reason=f"文书作废：{reason}", actor=actor)
    entry = ledger.append(
        EntryDraft(
            kind="papers.void",
            subject=Subject(SUBJECT, paper.pk, paper.region_key, f"{paper.doc_no} {paper.title}"[:200]),
            actor=actor.stamp,
            occurred_on=paper.void_on,
            before={"state": "ISSUED"},
            after={"state": "VOID", "reason": reason, "doc_no": paper.doc_no},
            public=public_fields(paper)
            | {"状态": "已作废，不再有效", "作废日期": day_words(paper.void_on), "作废事由": reason},
            corrects=paper.entry_id,
        )
    )
    paper.void_receipt = entry.receipt or ""
    paper.save()
    _tell("paper.voided", paper, reason=reason)
    if rev is not None:
        following.follow(paper)
    return paper


def follow_subject(*, subject_kind: str, subject_id: int, region_key: int) -> int:
    """Let the papers of a subject follow it to another region, inside the act that moves it; returns their number."""
    mine = Paper.objects.unscoped("moved with their subject").filter(subject_kind=subject_kind, subject_id=subject_id)
    for paper_id in mine.values_list("pk", flat=True):
        documents.follow_subject(subject_kind=SUBJECT, subject_id=paper_id, region_key=region_key)
    return mine.update(region_key=region_key)


def receipt_address(code: str, origin: str = "") -> str:
    """Return what the QR code of a receipt says: its address, or the bare code where no origin is known."""
    origin = settings.PUBLIC_ORIGIN or origin
    path = reverse("ledger:receipt", args=[receipts.grouped(code)])
    return f"{origin.rstrip('/')}{path}" if origin else receipts.grouped(code)


def public_fields(paper: Paper) -> dict[str, str]:
    """Return what a receipt page may show without an account."""
    return {
        "文书": paper.title,
        "文号": paper.doc_no,
        "文种": paper.genre,
        "出具单位": paper.issuer,
        "成文日期": day_words(paper.issued_on),
    }


def _unit(unit_id: int) -> Unit:
    units = Unit.objects.unscoped("tested against the actor by the caller").select_related("region")
    unit = units.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("orgs.no_such_unit")
    return unit


def _tell(topic: str, paper: Paper, **data: Any) -> None:
    outbox.add(
        topic, subject_kind=paper.subject_kind, subject_id=paper.subject_id, region_key=paper.region_key,
        paper=paper.pk, doc_no=paper.doc_no, template=paper.template, **data,
    )  # fmt: skip
