"""追踪码 (trace code) of an export: the number of its audit row, and a check made from what that row says.

``00A7-K3QX9B``: before the hyphen the number in base 32, after it thirty bits of a digest over the row. So a code leads to
its row without an index, is not guessed (one in a billion), and stops fitting when the row is no longer what it was.
"""

import hashlib
import re
from datetime import UTC, datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
SHORTEST, LONGEST, CHECKED = 4, 10, 6
_LIKE = str.maketrans("ILO", "110")
# No hyphen on either side: the parts of a project code (2603-990121-04-01-123456) are none.
_CODE = re.compile(rf"(?<![0-9A-Z-])([{ALPHABET}]{{{SHORTEST},{LONGEST}}})-([{ALPHABET}]{{{CHECKED}}})(?![0-9A-Z-])")


def make_code(number: int, *, at: datetime, person_id: int | None, what: str, rows: int) -> str:
    """Return the code of the audit row ``number`` that recorded an export of ``rows`` rows of ``what``."""
    said = f"{number}|{at.astimezone(UTC).isoformat()}|{person_id}|{what}|{rows}"
    digest = int.from_bytes(hashlib.sha256(said.encode()).digest()[:4]) >> 2
    return f"{_base32(number).rjust(SHORTEST, '0')}-{_base32(digest).rjust(CHECKED, '0')}"


def read_code(typed: str) -> str | None:
    """Return a code as a person typed it in its own form (``o`` is 0, ``l`` is 1); None when it cannot be one."""
    text = re.sub(r"[\s\-—－_]+", "", typed).upper().translate(_LIKE)
    found = _CODE.fullmatch(f"{text[:-CHECKED]}-{text[-CHECKED:]}")
    return found[0] if found else None


def number_of(code: str) -> int:
    """Return the number of the audit row that a code names."""
    number = 0
    for char in code.split("-")[0]:
        number = number * 32 + ALPHABET.index(char)
    return number


def find_codes(text: str) -> list[str]:
    """Return every code that stands in a text, in order, each once."""
    return list(dict.fromkeys(found[0] for found in _CODE.finditer(text)))


def _base32(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 32)
        text = ALPHABET[rest] + text
    return text
