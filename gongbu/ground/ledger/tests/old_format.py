"""Entries as they were written before ADR-0012: format 1, without salt, the leaf over the text as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from gongbu.ground.ledger import leaf, services


@contextmanager
def old_format() -> Iterator[None]:
    """Let :func:`services.append` write entries of format 1."""
    real = services.canonical_json

    def without_salt(content: dict[str, object]) -> str:
        kept = {key: value for key, value in content.items() if key not in ("salt", "kind_label")}
        return real({**kept, "v": leaf.FULL})

    with (
        patch.object(services, "canonical_json", without_salt),
        patch.object(leaf, "entry_hash", lambda text, digest: text),
        patch.object(leaf, "bound", lambda text, stated, digest: digest(b"\x00" + text)),
    ):
        yield
