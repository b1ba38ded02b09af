"""Drafts of forms (草稿) beside the record as it stands: what the person typed, and what others changed meanwhile.

A draft keeps the revision of the record it was begun on and a mark of each value the form then showed. With both, a
field is one of three things when the form is opened again: untouched by the person (the present value stands), changed
by the person alone (the draft fills it in), or changed by both (the person decides).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

MARK = 12
"""Characters of a mark: it tells a changed value from an unchanged one, nothing more."""


def mark(text: str) -> str:
    """Return the mark of an input's text; a browser sends other line ends than it was given."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:MARK]


def marks_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Return field → mark of the texts a form shows."""
    return {name: mark(text) for name, text in texts.items()}


def read_marks(raw: str, limit: int) -> dict[str, str]:
    """Read the marks a browser sent back; {} when they are not marks."""
    try:
        found = json.loads(raw) if len(raw) <= limit else {}
    except ValueError:
        found = {}
    if not isinstance(found, dict):
        return {}
    return {name: text for name, text in found.items() if isinstance(text, str) and len(text) == MARK}


def touched(data: Mapping[str, str], opened: Mapping[str, str]) -> dict[str, str]:
    """Return what the person changed; a field without a mark may be one of them."""
    return {name: text for name, text in data.items() if opened.get(name) != mark(text)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A draft beside the present texts of the same form, by field name."""

    mine: dict[str, str]
    """What the person changed and what differs from the present text."""
    moved: frozenset[str]
    """Fields whose present text is another than when the draft was begun."""
    is_known: bool
    """Whether every field of ``mine`` says what it was when the draft was begun."""

    def needs_choice(self, *, begun_rev: int | None, rev: int | None) -> bool:
        """Return whether filling in the draft could cover a newer value, so that the person has to decide."""
        if not self.mine:
            return False
        if rev is None:
            return bool(self.moved & set(self.mine))
        return begun_rev != rev and (bool(self.moved) or not self.is_known)


def compare(data: Mapping[str, str], opened: Mapping[str, str], present: Mapping[str, str]) -> Comparison:
    """Compare a draft with the texts its form shows now; fields the form no longer has are left aside."""
    now = marks_of(present)
    mine = {n: text for n, text in touched(data, opened).items() if n in present and mark(text) != now[n]}
    moved = frozenset(name for name, was in opened.items() if name in now and now[name] != was)
    return Comparison(mine, moved, all(name in opened for name in mine))


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of the choice: what stands and what the draft holds, both as shown."""

    label: str
    unit: str
    present: str
    drafted: str
    is_clash: bool = False
    """Others changed it after the draft was begun."""
    is_kept: bool = False
    """Only others changed it: the present value stands either way."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A draft that is not filled in before the person has seen what it would cover."""

    saved_at: datetime
    differences: list[Difference]
    token: str
    settle_url: str
