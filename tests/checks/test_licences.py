"""Licences of everything that runs in production: no GPL, no AGPL; LGPL is listed one by one."""

import json
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Weak copyleft that we use as an unmodified library; the reason stands in docs/dependencies.md.
LGPL_LISTED = {"psycopg", "psycopg-binary"}
NODE_ALLOWED = {
    "MIT",
    "BlueOak-1.0.0",
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "Apache-2.0",
    "ISC",
    "Python-2.0",
    "CC0-1.0",
    "Unlicense",
}
# No licence field in package.json; what its own documentation says.
NODE_UNDECLARED = {"node_modules/combine-errors": "MIT"}
FORBIDDEN = re.compile(r"\b(A?GPL|GNU (AFFERO )?GENERAL PUBLIC|SSPL|BUSL|COMMONS CLAUSE)", re.I)
WEAK = re.compile(r"\bLGPL|LESSER GENERAL PUBLIC", re.I)


def locked_names(file: str) -> list[str]:
    """Return the names of a locked requirements file that apply on this platform."""
    names = re.findall(r"^([a-z0-9][a-z0-9._-]*)==[^ ;]+( ;[^\\]*)?", (ROOT / "requirements" / file).read_text(), re.M)
    from packaging.markers import Marker

    return [name for name, marker in names if not marker or Marker(marker.strip(" ;")).evaluate()]


def licence_of(name: str) -> str:
    """Return the licence a distribution declares: expression, classifiers, or the first line of its licence field."""
    about = metadata.metadata(name)
    classifiers = [c.rsplit("::", 1)[-1].strip() for c in about.get_all("Classifier", []) if c.startswith("License ::")]
    return about.get("License-Expression") or "; ".join(classifiers) or (about.get("License") or "").split("\n")[0]


def fault(name: str, licence: str) -> str | None:
    """Return what is wrong with a licence, or None."""
    if not licence:
        return f"{name}：没有声明许可证"
    if WEAK.search(licence):
        return None if name in LGPL_LISTED else f"{name}：{licence} 未列入 LGPL_LISTED"
    return f"{name}：{licence}" if FORBIDDEN.search(licence) else None


def test_runtime_packages_carry_no_strong_copyleft() -> None:
    names = locked_names("runtime.txt")
    assert len(names) > 20
    assert not [bad for name in names if (bad := fault(name, licence_of(name)))]


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v3 (GPLv3)", "LGPL-3.0-only", ""]
)
def test_forbidden_licences_are_recognised(licence: str) -> None:
    assert fault("some-package", licence)


def test_every_runtime_package_has_a_reason() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    direct = re.findall(r"^([A-Za-z0-9_-]+)", (ROOT / "requirements" / "runtime.in").read_text(), re.M)
    assert not [name for name in direct if f"`{name.lower()}`" not in text]


def test_browser_packages_are_permissive() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())
    shipped = {path: row for path, row in lock["packages"].items() if path and not row.get("dev")}
    assert shipped
    bad = {
        path: licence
        for path, row in shipped.items()
        if (licence := row.get("license", NODE_UNDECLARED.get(path, "?")))
        and not set(re.split(r"[ ()]+|\bAND\b|\bOR\b", licence)) - {""} <= NODE_ALLOWED
    }
    assert not bad
