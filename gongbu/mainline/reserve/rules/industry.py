"""产业类: which divisions of GB/T 4754 a pack counts as industry projects."""

import re
from collections.abc import Iterable
from functools import lru_cache

_RANGE = re.compile(r"^(\d{2})(?:[至\-—~](\d{2}))?")
YES, NO, UNKNOWN = "YES", "NO", "UNKNOWN"


@lru_cache(maxsize=64)
def read_divisions(texts: tuple[str, ...]) -> frozenset[str]:
    """Return the two-digit divisions that texts such as ``13至43制造`` or ``65信息`` name.

    :raises ValueError: a text begins with no division, or runs backwards
    """
    found: set[str] = set()
    for text in texts:
        match = _RANGE.match(text.strip())
        if match is None:
            raise ValueError(f"“{text}”没有以行业大类开头，写成“13至43制造”或“65信息”")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"“{text}”的大类范围前大后小")
        found.update(f"{number:02d}" for number in range(first, last + 1))
    return frozenset(found)


def judge_industry(code: str, divisions: Iterable[str] | None) -> str:
    """Return YES, NO, or UNKNOWN when the code is not reported or no pack says what an industry project is."""
    if divisions is None or len(code) < 2 or not code[:2].isdigit():
        return UNKNOWN
    return YES if code[:2] in divisions else NO
