"""The whitelist of public fields by kind of entry (``tests/receipt_fields.yaml``), for tests that write or read receipts."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parents[1] / "receipt_fields.yaml"


@cache
def whitelist() -> dict[str, list[str]]:
    """Return kind → the names of fields that its receipts may show."""
    found: dict[str, list[str]] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def not_listed(kind: str, names: Iterable[str]) -> list[str]:
    """Return the fields that a listed kind may not show; all of them for a kind that is not listed."""
    allowed = whitelist().get(kind, [])
    return [name for name in names if not any(fnmatchcase(name, one) for one in allowed)]
