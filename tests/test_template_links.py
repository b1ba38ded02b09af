"""Every route that a template names exists, with as many arguments as it takes: a page that links nowhere is a 500."""

import re
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[1]
CALL = re.compile(r"""\burl\(\s*"([a-z_]+:[a-z_]+)"\s*((?:,[^()]*(?:\([^()]*\)[^()]*)*)?)\)""")


def routes(resolver: URLResolver, namespace: str = "") -> dict[str, set[int]]:
    """Return full route name → numbers of arguments that its addresses take."""
    found: dict[str, set[int]] = {}
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            if entry.name:
                found.setdefault(f"{namespace}{entry.name}", set()).add(entry.pattern.regex.groups)
            continue
        inner = f"{entry.namespace}:" if entry.namespace else namespace
        for name, counts in routes(entry, inner).items():
            found.setdefault(name, set()).update(counts)
    return found


def test_every_route_named_in_a_template_exists():
    known = routes(get_resolver())
    bad = []
    for file in sorted((ROOT / "gongbu").rglob("templates/**/*.html")):
        for name, rest in CALL.findall(file.read_text("utf-8")):
            given = [part for part in re.split(r",(?![^{]*})", rest) if part.strip() and "_query" not in part]
            if name.startswith("gallery:"):
                continue
            if name not in known or len(given) not in known[name]:
                bad.append(f"{file.relative_to(ROOT)}: {name} with {len(given)} arguments, takes {known.get(name)}")
    assert not bad, "\n".join(bad)
