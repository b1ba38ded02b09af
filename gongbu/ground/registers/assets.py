"""Built front-end files: hashed names from the manifest that ``frontend/build.mjs`` writes, and the icon sprite."""

import json
from functools import cache
from pathlib import Path

from django.conf import settings
from markupsafe import Markup, escape

DIST = Path(__file__).resolve().parent / "static" / "dist"


@cache
def manifest() -> dict[str, str]:
    """Return logical name → built name; empty when the front end was not built (pages then show unstyled)."""
    file = DIST / "manifest.json"
    names: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return names


@cache
def asset(name: str) -> str:
    """Return the address of a built file, for example ``asset("app.css")``."""
    return f"{settings.STATIC_URL}dist/{manifest().get(name, name)}"


def built_file(name: str) -> Path | None:
    """Return the built file of a logical name, for a page that hands it out itself; None when it was not built."""
    file = DIST / manifest().get(name, name)
    return file if file.is_file() else None


@cache
def icon(name: str, label: str = "", cls: str = "") -> Markup:
    """Return an icon of the sprite. Without ``label`` it is decoration and hidden from screen readers.

    ``build.mjs`` finds the names in templates and Python files (``icon("plus")``, ``icon="plus"``).
    """
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    address = f"{asset('icons.svg')}#{escape(name)}"
    return Markup(  # noqa: S704 — every part is escaped above
        f'<svg class="icon {escape(cls)}" {spoken} focusable="false"><use href="{address}"/></svg>'
    )
