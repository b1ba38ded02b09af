"""Pages of documents: preview and versions, downloads, filing, replacing, withdrawing, the ZIP."""

from collections.abc import Iterator
from typing import Any, TypeVar

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.basics.text import read_id
from gongbu.ground.documents import access, archive, panel, previews, queries, services, store, uploads
from gongbu.ground.documents.messages import FLAGS
from gongbu.ground.documents.models import Document
from gongbu.ground.documents.rules.formats import FORMATS
from gongbu.ground.orgs import trace as traces
from gongbu.ground.registers import downloads, pages

Answer = TypeVar("Answer", HttpResponse, FileResponse, StreamingHttpResponse)

# What a browser may do with a downloaded file if it shows it at all: nothing.
SANDBOX = "default-src 'none'; sandbox"


@pages.public_page
def show(request: HttpRequest, document_id: int) -> HttpResponse:
    """One document: preview, facts, versions. PUBLIC ones need no account."""
    actor = request.actor  # type: ignore[attr-defined]
    document = queries.get_document(document_id, actor)
    number = _number(request)
    version = queries.get_version(document, number)
    count = previews.page_count(version)
    page = min(max(_int(request.GET.get("page")) or 1, 1), max(count, 1))
    context = {
        "document": queries.row_of(document),
        "subject": (document.subject_kind, document.subject_id),
        "version": version,
        "form": FORMATS[version.format],
        "size": store.in_words(version.size),
        "flags": [FLAGS.get(flag, flag) for flag in version.flags],
        "versions": queries.list_versions(document),
        "pages": count,
        "page": page,
        "is_current": number is None or (document.current is not None and document.current.number == number),
        "may_change": document.withdrawn_at is None and _may(actor, "documents.replace", document),
        "may_withdraw": document.withdrawn_at is None and _may(actor, "documents.withdraw", document),
    }
    return pages.render(request, "documents/document.html", context)


@pages.public_page
def download(request: HttpRequest, document_id: int) -> HttpResponse | FileResponse:
    """The file itself, always as a download, never run by the browser.

    The bytes stay as filed: their digest is in the book, a watermark would break it. What is not public is recorded as
    an export, and the file's name carries the code.
    """
    actor = request.actor  # type: ignore[attr-defined]
    document = queries.get_document(document_id, actor)
    version = queries.get_version(document, _number(request))
    trace = None
    if document.access != Document.Access.PUBLIC and request.method == "GET":
        trace = traces.record(actor, "材料原件", 1, {"材料": document.title, "版本": version.number})
    answer = FileResponse(store.open_content(version.sha256), content_type=FORMATS[version.format].media_type)
    answer["Content-Length"] = str(version.size)
    answer["ETag"] = f'"{version.sha256}"'
    return _safe(answer, version.name, trace)


@pages.public_page
def preview(request: HttpRequest, document_id: int, page: int) -> HttpResponse | FileResponse:
    """One page as a picture."""
    document = queries.get_document(document_id, request.actor)  # type: ignore[attr-defined]
    drawn = previews.get_preview(queries.get_version(document, _number(request)), page)
    answer = FileResponse(drawn.path.open("rb"), content_type=drawn.media_type)
    answer["Cache-Control"] = "private, max-age=600"
    answer["Content-Security-Policy"] = SANDBOX
    return answer


@pages.page("documents.upload", methods=("POST",))
def add(request: HttpRequest, subject_kind: str, subject_id: int) -> HttpResponse:
    """File uploads (tus ids in ``documents``) or plain files (``files``, for browsers without scripts)."""
    actor = request.actor  # type: ignore[attr-defined]
    region_key = panel.region_of(subject_kind, subject_id)
    access.require(actor, "documents.add", subject_kind, subject_id, region_key, actor.unit_id)
    ids, received = _received(request)
    if not received:
        raise Refusal("documents.nothing_chosen", field="documents")
    titles = [request.POST.get("title", "")] if len(received) == 1 else [""] * len(received)
    for one, title in zip(received, titles, strict=True):
        services.add(
            received=one, subject_kind=subject_kind, subject_id=subject_id, region_key=region_key,
            access=request.POST.get("access", ""), kind=request.POST.get("kind", ""), title=title, actor=actor,
        )  # fmt: skip
    uploads.done(ids, actor)
    return _back(request, reverse("documents:archive_page", args=[subject_kind, subject_id]))


@pages.page("documents.replace", methods=("POST",))
def replace(request: HttpRequest, document_id: int) -> HttpResponse:
    """Add a new version."""
    actor = request.actor  # type: ignore[attr-defined]
    queries.get_document(document_id, actor)
    ids, received = _received(request)
    if not received:
        raise Refusal("documents.nothing_chosen", field="documents")
    services.replace(document_id=document_id, received=received[0], actor=actor, rev=_int(request.POST.get("rev")) or 0)
    uploads.done(ids, actor)
    return HttpResponseRedirect(reverse("documents:document", args=[document_id]))


@pages.page("documents.withdraw", methods=("POST",))
def withdraw(request: HttpRequest, document_id: int) -> HttpResponse:
    """Withdraw a document with a reason."""
    services.withdraw(
        document_id=document_id, reason=request.POST.get("reason", ""), rev=_int(request.POST.get("rev")) or 0,
        actor=request.actor,  # type: ignore[attr-defined]
    )  # fmt: skip
    return HttpResponseRedirect(reverse("documents:document", args=[document_id]))


@pages.page("documents.view")
def archive_page(request: HttpRequest, subject_kind: str, subject_id: int) -> HttpResponse:
    """All documents of a subject on a page of their own (the panel, when the subject has no page)."""
    actor = request.actor  # type: ignore[attr-defined]
    region_key = panel.region_of(subject_kind, subject_id)
    if not access.may(actor, access.VIEW, subject_kind, subject_id, region_key, actor.unit_id):
        raise NotFound("documents.not_found")
    label = panel.label_of(subject_kind, subject_id)
    body = panel.render(request, subject_kind, subject_id, region_key)
    return pages.render(request, "documents/archive.html", {"body": body, "label": label})


@pages.page("documents.view")
def download_archive(request: HttpRequest, subject_kind: str, subject_id: int) -> StreamingHttpResponse:
    """一项目一档 as a streamed ZIP; leaves a line in the export audit."""
    actor = request.actor  # type: ignore[attr-defined]
    region_key = panel.region_of(subject_kind, subject_id)
    if not access.may(actor, access.VIEW, subject_kind, subject_id, region_key, actor.unit_id):
        raise NotFound("documents.not_found")
    found = queries.list_for_subject(subject_kind, subject_id, actor)
    found, withheld = archive.withhold(found)
    label = panel.label_of(subject_kind, subject_id)
    said = {"对象": label, "编号": f"{subject_kind} {subject_id}"}
    trace = traces.record(actor, "一项目一档", len(found.rows), said, withheld=withheld)
    chunks: Iterator[bytes] = archive.stream_zip(found, trace)
    answer = StreamingHttpResponse(chunks, content_type="application/zip")
    return _safe(answer, f"{label}-一项目一档.zip", trace)


def _safe(answer: Answer, name: str, trace: traces.Trace | None) -> Answer:
    answer["Content-Security-Policy"] = SANDBOX
    return downloads.attach(answer, name, trace)


def _received(request: HttpRequest) -> tuple[list[str], list[services.Received]]:
    actor = request.actor  # type: ignore[attr-defined]
    ids = list(dict.fromkeys(request.POST.getlist("documents")))
    try:
        services.pass_guards(title=request.POST.get("title", ""))
        for file in request.FILES.getlist("files"):
            services.pass_guards(name=file.name or "")
    except services.SecretRefused:
        uploads.done(ids, actor)  # what arrived before the title was written does not stay either
        raise
    received = uploads.take(ids, actor)
    for file in request.FILES.getlist("files"):
        received.append(services.receive(file, file.name or "", expected_size=file.size))  # type: ignore[arg-type]
    return ids, received


def _back(request: HttpRequest, fallback: str) -> HttpResponse:
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = fallback
    return HttpResponseRedirect(target)


def _may(actor: Any, act: str, document: Document) -> bool:
    facts = (document.subject_kind, document.subject_id, document.region_key, document.unit_id)
    return actor.person_id is not None and access.may(actor, act, *facts)


def _number(request: HttpRequest) -> int | None:
    return _int(request.GET.get("v"))


def _int(text: str | None) -> int | None:
    return read_id(text or "")
