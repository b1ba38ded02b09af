"""Receipt codes (回执编号): 12 characters of Crockford base 32, the last one a check character. Pure.

Eleven random characters are 55 bits: a code cannot be guessed within the look-up limit. The check character
(Luhn mod 32) catches every single wrong character and all but one kind of neighbour swap before the database is asked.
"""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_VALUE = {char: number for number, char in enumerate(ALPHABET)}
_LOOKALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "—": None, "–": None, "−": None})


def new_code() -> str:
    """Return a fresh random code, without separators."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + check_char(body)


def normalise(text: str) -> str | None:
    """Return the code a person meant (case, full width, look-alikes and separators forgiven), or None if it cannot be one."""
    code = unicodedata.normalize("NFKC", text).strip().upper().translate(_LOOKALIKE)
    if len(code) != LENGTH or any(char not in _VALUE for char in code):
        return None
    return code if check_char(code[:-1]) == code[-1] else None


def grouped(code: str) -> str:
    """Return the code as printed: three groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def check_char(body: str) -> str:
    """Return the Luhn mod 32 check character of ``body``."""
    total, factor = 0, 2
    for char in reversed(body):
        product = factor * _VALUE[char]
        total += product // 32 + product % 32
        factor = 3 - factor
    return ALPHABET[-total % 32]
