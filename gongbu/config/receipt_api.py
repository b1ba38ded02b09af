"""Checking a receipt through the API, without an account (GO-03): the same whitelisted fields as the public page."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from gongbu.ground.ledger import receipts
from gongbu.ground.ledger.pages import receipts as pages
from gongbu.ground.registers.api import public

router = Router(tags=["回执核验"])


@router.get("/receipts/{code}", auth=None, summary="核验回执", operation_id="check_receipt")
@public
def check_receipt(request: HttpRequest, code: str) -> dict[str, Any]:
    """Return what the receipt proves: kind, public fields, days, corrections and the inclusion proof."""
    receipt = pages.receipt_of(request, code)
    return {
        "receipt": receipts.grouped(receipt.code),
        "kind": receipt.kind,
        "kind_label": receipt.kind_label,
        "public": dict(receipt.public),
        "occurred_on": receipt.occurred_on.isoformat(),
        "recorded_at": receipt.recorded_at.isoformat(),
        "clock": receipt.clock,
        "corrected_by": receipts.grouped(receipt.corrected_by) if receipt.corrected_by else None,
        "corrects": receipts.grouped(receipt.corrects) if receipt.corrects else None,
        "proof": receipt.proof.as_json(),
    }
