"""The verifier for receipts as one file to keep: works without the platform and without a network."""

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse

from gongbu.ground.ledger.refusals import VerifierNotBuilt
from gongbu.ground.registers import assets, downloads
from gongbu.ground.registers.pages import public_page

FILE = "verifier.html"


@public_page
def download_verifier(request: HttpRequest) -> HttpResponse:
    """Hand out the file, never to be opened here: its script is its own, under its own content policy.

    :raises VerifierNotBuilt: the front end was not built
    """
    file = assets.built_file(FILE)
    if file is None:
        raise VerifierNotBuilt
    answer = HttpResponse(file.read_bytes(), content_type="text/html; charset=utf-8")
    return downloads.attach(answer, "回执凭证离线核验.html", None)  # a program: it holds no record


@cache
def digest() -> str:
    """Return the SHA-256 of the file in hex, so that copies can be compared; empty when it was not built."""
    file = assets.built_file(FILE)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file else ""
