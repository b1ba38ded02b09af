"""Public pages of the book: look up a receipt, see and download its proof, see the signed heads. No account needed."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from gongbu.ground.doors import services as doors
from gongbu.ground.ledger import leaf, qr, queries, receipts, restored
from gongbu.ground.ledger.canonical import moment
from gongbu.ground.ledger.offline import BOUND_RECEIPT, RECEIPT
from gongbu.ground.ledger.pages import verifier
from gongbu.ground.ledger.refusals import UnknownReceipt
from gongbu.ground.registers import downloads, pages

DOOR, MISSES_PER_MINUTE = "receipt", 30
"""How many codes that nobody was given one address may try in a minute; 55 random bits stand behind that."""

LEAF_FULL = "H(0x00 || canonical entry)"
LEAF_BOUND = (
    'H(0x00 || "gongbu-leaf/2" 0x0A || entry_hash || RFC 8785 JSON of {'
    + ", ".join((*leaf.STATED, f"v: {leaf.BOUND}"))
    + "}), entry_hash = H(0x02 || canonical entry with salt)"
)


@pages.public_page
def find_receipt(request: HttpRequest) -> HttpResponse:
    """The form into which a code is typed."""
    text = request.GET.get("code", "").strip()
    if not text:
        return pages.render(request, "ledger/find.html", {"text": "", "error": "", "digest": verifier.digest()})
    _refuse_guessing(request)
    code = receipts.normalise(text)
    if code is not None:
        if queries.get_receipt(code) is not None:
            return HttpResponseRedirect(reverse("ledger:receipt", args=[receipts.grouped(code)]))
        _count_miss(request)
    error = "编号不完整或有误（校验位不符），请对照纸面逐位核对。"
    if code is not None:
        lost = "".join(restored.notices())
        keep = "回执若在此段，请保存好原件和下载的凭证，向出具单位提出补录。" if lost else ""
        error = f"没有找到这个编号的回执，请核对纸面编号。{lost}{keep}"
    context = {"text": text[:40], "error": error, "digest": verifier.digest()}
    return pages.render(request, "ledger/find.html", context, status=404)


@pages.public_page
def show_receipt(request: HttpRequest, code: str) -> HttpResponse:
    """One receipt: whitelisted fields, what is proven and what is not."""
    receipt = receipt_of(request, code)
    context = {
        "receipt": receipt,
        "grouped": receipts.grouped(receipt.code),
        "corrected_by": receipts.grouped(receipt.corrected_by) if receipt.corrected_by else "",
        "corrects": receipts.grouped(receipt.corrects) if receipt.corrects else "",
        "qr": qr.svg(address_of(request, receipt.code)),
        "address": address_of(request, receipt.code),
    }
    return pages.render(request, "ledger/receipt.html", context)


@pages.public_page
def download_proof(request: HttpRequest, code: str) -> HttpResponse:
    """The proof as JSON, to be kept and checked elsewhere and later."""
    receipt = receipt_of(request, code)
    bound = {} if receipt.entry_hash is None else {"entry_hash": receipt.entry_hash}
    answer = JsonResponse(
        {
            "format": BOUND_RECEIPT if bound else RECEIPT,
            "receipt": receipt.code,
            "kind": receipt.kind,
            "kind_label": receipt.kind_label,
            "public": dict(receipt.public),
            "occurred_on": receipt.occurred_on.isoformat(),
            "recorded_at": moment(receipt.recorded_at),
            "clock": receipt.clock,
            "corrected_by": receipt.corrected_by,
            **bound,
            "proof": receipt.proof.as_json(),
            "rules": {
                "leaf": LEAF_BOUND if bound else LEAF_FULL,
                "node": "H(0x01 || left || right), RFC 9162 section 2.1",
                "head_message": "RFC 8785 JSON of {algorithm, clock, root, signed_at, size, v: 1}",
            },
        },
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    answer["Cache-Control"] = "no-store"
    return downloads.attach(answer, f"回执凭证-{receipts.grouped(receipt.code)}.json", None)


def address_of(request: HttpRequest, code: str) -> str:
    """Return the full address of a receipt as it goes into QR codes (``settings.PUBLIC_ORIGIN`` when set)."""
    return origin_of(request) + reverse("ledger:receipt", args=[receipts.grouped(code)])


def origin_of(request: HttpRequest) -> str:
    """Return how the public reaches this installation, without a slash at the end."""
    origin = getattr(settings, "PUBLIC_ORIGIN", "")
    return origin.rstrip("/") if origin else f"{request.scheme}://{request.get_host()}"


def receipt_of(request: HttpRequest, code: str) -> queries.Receipt:
    """Return the receipt of a code for whoever asks, within the rate limit of the visitor's address.

    Only codes that nobody was given are counted: who verifies papers in hand never meets the limit.

    :raises TooMany, UnknownReceipt: guessed too often; malformed or unknown code
    """
    _refuse_guessing(request)
    if receipts.normalise(code) is None:
        raise UnknownReceipt("ledger.receipt_malformed", typed=code)
    receipt = queries.get_receipt(code)
    if receipt is None:
        _count_miss(request)
        if lost := restored.notices():
            raise UnknownReceipt("ledger.receipt_lost", typed=code, notices="".join(lost))
        raise UnknownReceipt("ledger.receipt_unknown", typed=code)
    return receipt


def _refuse_guessing(request: HttpRequest) -> None:
    address = _client(request.META)
    doors.refuse_if_spent(DOOR, address, MISSES_PER_MINUTE, "ledger.too_many_lookups", seconds=doors.MINUTE)


def _count_miss(request: HttpRequest) -> None:
    doors.count(DOOR, _client(request.META), seconds=doors.MINUTE)


def _client(meta: dict[str, Any]) -> str:
    """Return the visitor's address behind ``settings.TRUSTED_PROXIES`` proxies (0: their header is not believed)."""
    count = int(getattr(settings, "TRUSTED_PROXIES", 0))
    chain = [part.strip() for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    return chain[-count] if count and len(chain) >= count else str(meta.get("REMOTE_ADDR", ""))
