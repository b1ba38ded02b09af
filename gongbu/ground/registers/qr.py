"""QR codes as inline SVG, for receipts and printed papers."""

import io

import segno
from markupsafe import Markup


def svg(text: str) -> Markup:
    """Return a QR code of ``text`` (error correction M) as inline SVG without a fixed size."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, nl=False
    )
    return Markup(out.getvalue().decode())  # noqa: S704 — made of module coordinates only
