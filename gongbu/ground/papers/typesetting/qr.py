"""The QR code of a receipt as a bare drawing: the paper around it is its quiet zone."""

import io
from functools import lru_cache

import segno


@lru_cache(maxsize=8)
def _code(text: str) -> segno.QRCode:
    """Return the code; PDF and DOCX of one paper share it, and choosing its mask takes 2 ms."""
    return segno.make(text, error="m", micro=False)


def svg(text: str) -> str:
    """Return an SVG of the dark modules alone (error correction M)."""
    out = io.BytesIO()
    _code(text).save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=0, nl=False, dark="#000")
    return out.getvalue().decode()


def png(text: str) -> bytes:
    """Return a PNG, black on white with a narrow margin (error correction M)."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=8, border=1, dark="#000", light="#fff")
    return out.getvalue()
