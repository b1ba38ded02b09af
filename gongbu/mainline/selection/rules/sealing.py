"""Sealed sheets: the book holds a digest of marks, words and a random salt; revealing them later proves nothing changed."""

import json
from collections.abc import Callable, Mapping

Digest = Callable[[bytes], bytes]


def sealed_text(
    *, round_id: int, project_id: int, scorer_id: int, number: int, marks: Mapping[str, str], comment: str, salt: str
) -> str:
    """Return the text whose digest is the commitment: JSON with sorted keys, no spaces, everything as text."""
    content = {
        "round": str(round_id), "project": str(project_id), "scorer": str(scorer_id), "number": str(number),
        "marks": dict(marks), "comment": comment, "salt": salt,
    }  # fmt: skip
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def commitment_of(text: str, digest: Digest) -> str:
    """Return the commitment of a sealed text as hexadecimal."""
    return digest(text.encode()).hex()
