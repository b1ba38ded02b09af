"""What the rules are measured against: edit distance and shared pairs of characters, each at its own best threshold."""

import re
from collections import Counter

_FILLER = re.compile("建设工程项目|建设项目|建设工程|工程项目|工程|项目|新建|建设|[（）()、，,。 ]")


def edit_distance(one: str, other: str) -> int:
    """Return the Levenshtein distance (Myers' bit vectors; Python's integers are long enough for any name)."""
    if not one or not other:
        return len(one) + len(other)
    peq: dict[str, int] = {}
    for i, c in enumerate(one):
        peq[c] = peq.get(c, 0) | 1 << i
    full, last, score = (1 << len(one)) - 1, 1 << (len(one) - 1), len(one)
    pv, mv = full, 0
    for c in other:
        eq = peq.get(c, 0)
        xv = eq | mv
        xh = (((eq & pv) + pv) ^ pv) | eq
        ph, mh = mv | (~(xh | pv) & full), pv & xh
        score += bool(ph & last) - bool(mh & last)
        ph, mh = (ph << 1 | 1) & full, (mh << 1) & full
        pv, mv = mh | (~(xv | ph) & full), ph & xv
    return score


def edit_likeness(one: str, other: str) -> float:
    """Return 1 − edit distance ÷ length of the longer name."""
    longest = max(len(one), len(other))
    return 1 - edit_distance(one, other) / longest if longest else 1.0


def edit_likeness_bare(one: str, other: str) -> float:
    """The same after the usual fillers are struck out: what a careful clerk's spreadsheet would do."""
    return edit_likeness(_FILLER.sub("", one), _FILLER.sub("", other))


def dice_likeness(one: str, other: str) -> float:
    """Return the Dice coefficient of pairs of characters."""
    a, b = (Counter(t[i : i + 2] for i in range(len(t) - 1)) for t in (one, other))
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else float(one == other)


BASELINES = {"编辑距离": edit_likeness, "编辑距离（去通用词）": edit_likeness_bare, "二字组 Dice": dice_likeness}
