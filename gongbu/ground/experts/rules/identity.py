"""身份证号: the check character of GB 11643-1999, so that a slip of the pen is found at the door."""

import re

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_FORM = re.compile(r"\d{17}[\dX]")


def tidy(number: str) -> str:
    """Return a number without spaces, in capitals."""
    return "".join(number.split()).upper()


def is_valid(number: str) -> bool:
    """Return whether a tidy number has 18 characters and the right check character."""
    if not _FORM.fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[17]
