"""Text that may be kept: no control characters and none that is not seen.

PostgreSQL cannot store NUL; two names that differ by what nobody sees would be one to every reader.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.rules.invisible import INVISIBLE

# C0 without tab, line feed and carriage return, and DEL. Services fold white space where a text has one line.
ID_DIGITS = 18  # every number of so many digits fits a BIGINT
_CONTROL = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|{INVISIBLE.pattern}")


def read_id(text: str) -> int | None:
    """Return the number of a record as a page sends it; None when it is none, or longer than a column can hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None


def one_line(text: str) -> str:
    """Return a text of one line: no line breaks, no doubled spaces, none at the ends."""
    return " ".join(text.split())


def find_control_character(text: str) -> tuple[int, str] | None:
    """Return place (from 1) and code point (``U+0000``) of the first control character, or None."""
    found = _CONTROL.search(text)
    return (found.start() + 1, f"U+{ord(found.group()):04X}") if found else None


def find_control_characters(values: object, field: str | None = None) -> list[Finding]:
    """Return one REJECT finding per text that holds a control character, under the key the text was given by.

    Walks mappings, sequences, sets and dataclasses; a text inside a sequence keeps the key of the sequence. The
    finding holds place and code point, never the text itself.
    """
    if isinstance(values, str):
        found = find_control_character(values)
        if found is None:
            return []
        data = {"place": found[0], "found": found[1]}
        return [Finding("input.control_character", data, field, Severity.REJECT)]
    texts: list[str] = []
    _collect(values, texts)
    if not _CONTROL.search("\n".join(texts)):  # all texts at once; which one it is matters only when there is one
        return []
    return [finding for key, value in _parts(values, field) for finding in find_control_characters(value, key)]


def _collect(values: object, texts: list[str]) -> None:
    if isinstance(values, str):
        texts.append(values)
    elif values is None or isinstance(values, int):
        return
    else:
        for _key, value in _parts(values, None):
            _collect(value, texts)


def _parts(values: object, field: str | None) -> Iterator[tuple[str | None, Any]]:
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield (key if isinstance(key, str) else field), value
    elif isinstance(values, list | tuple | set | frozenset):
        for value in values:
            yield field, value
    elif is_dataclass(values) and not isinstance(values, type):
        for item in fields(values):
            yield item.name, getattr(values, item.name)
