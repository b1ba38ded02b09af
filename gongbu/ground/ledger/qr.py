"""QR codes of receipts, as SVG for pages and as a path for papers."""

import io

import segno
from markupsafe import Markup


def svg(text: str, *, label: str = "回执二维码") -> Markup:
    """Return an inline SVG of ``text`` (error correction M, quiet zone of 4 modules), sized by CSS."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, title=label, nl=False, dark="#000"
    )
    return Markup(out.getvalue().decode())  # noqa: S704 — segno's own markup; the text is encoded into the modules


def matrix(text: str) -> list[list[int]]:
    """Return the dark (1) and light (0) modules, for a paper template that draws its own code."""
    return [[int(bool(cell)) for cell in row] for row in segno.make(text, error="m", micro=False).matrix]
