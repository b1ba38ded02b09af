"""The tus 1.0 protocol over HTTP: creation, termination, checksum-free core. https://tus.io/protocols/resumable-upload"""

import base64
import binascii
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.documents import store, uploads
from gongbu.ground.registers import pages

VERSION = "1.0.0"
UPLOAD = "documents.upload"


@pages.page(UPLOAD, methods=("POST", "OPTIONS"))
def collection(request: HttpRequest) -> HttpResponse:
    """POST begins an upload; OPTIONS says what the server can."""
    if request.method == "OPTIONS":
        can = {"Tus-Version": VERSION, "Tus-Extension": "creation,termination", "Tus-Max-Size": str(store.max_bytes())}
        return _answer(204, can)
    if (wrong := _wrong_version(request)) is not None:
        return wrong
    try:
        size = int(request.headers.get("Upload-Length", ""))
    except ValueError:
        return _answer(400)
    try:
        upload = uploads.begin(
            name=_metadata(request).get("filename", ""), size=size, actor=request.actor  # type: ignore[attr-defined]
        )  # fmt: skip
    except Refusal as refusal:
        return _refused(refusal)
    return _answer(201, {"Location": reverse("documents:upload", args=[upload.pk])})


@pages.page(UPLOAD, methods=("HEAD", "PATCH", "DELETE"))
def item(request: HttpRequest, upload_id: str) -> HttpResponse:
    """HEAD says where to go on; PATCH appends; DELETE forgets. Another person's upload does not exist."""
    if (wrong := _wrong_version(request)) is not None:
        return wrong
    try:
        upload = uploads.get_upload(upload_id, request.actor)  # type: ignore[attr-defined]
        if request.method == "HEAD":
            facts = {"Upload-Offset": str(uploads.offset_of(upload)), "Upload-Length": str(upload.size)}
            return _answer(200, {**facts, "Cache-Control": "no-store"})
        if request.method == "DELETE":
            uploads.cancel(upload)
            return _answer(204)
        if request.content_type != "application/offset+octet-stream":
            return _answer(415)
        try:
            offset = int(request.headers.get("Upload-Offset", ""))
        except ValueError:
            return _answer(400)
        now_at = uploads.append(upload, request, offset=offset)  # type: ignore[arg-type]
        return _answer(204, {"Upload-Offset": str(now_at)})
    except Refusal as refusal:
        return _refused(refusal)


def _metadata(request: HttpRequest) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = part.strip().partition(" ")
        try:
            pairs[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return pairs


def _wrong_version(request: HttpRequest) -> HttpResponse | None:
    if request.headers.get("Tus-Resumable") == VERSION:
        return None
    return _answer(412, {"Tus-Version": VERSION})


def _refused(refusal: Refusal) -> HttpResponse:
    """Answer with the status tus clients know and the sentence for people in ``X-Message`` (percent-encoded)."""
    status = {"documents.too_large": 413, "documents.disk_full": 507}.get(refusal.code, refusal.status)
    return _answer(status, {"X-Message": quote(word(refusal))})


def _answer(status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(status=status, headers={"Tus-Resumable": VERSION, **(headers or {})})
