"""国民经济行业 GB/T 4754: code → name, edition 2017, with the divisions that meant something else in 2011."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "gbt4754_2017.csv"
LEVELS = {"门类": "SECTION", "大类": "DIVISION", "中类": "GROUP", "小类": "CLASS"}

# 法规事实库 §2.3 (confidence G+): in the 2011 edition these divisions were numbered one lower.
DIVISIONS_2011 = {"82": "教育", "83": "卫生", "84": "社会工作"}
SHIFTED_2011 = {"82": "83", "83": "84", "84": "85"}
USUAL_FOR_GOVERNMENT = (
    "47", "48", "49", "50", "54", "44", "46", "76", "77", "78", "79", "83", "84", "85", "91", "92",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Industry:
    """One line of the classification. ``level`` is SECTION, DIVISION, GROUP or CLASS; ``section`` its letter."""

    code: str
    name: str
    level: str
    section: str


@cache
def all_industries() -> dict[str, Industry]:
    """Return every line of GB/T 4754—2017 by code, in the standard's order."""
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        return {row["code"]: Industry(row["code"], row["name"], LEVELS[row["level"]], row["section"]) for row in rows}


def find(code: str) -> Industry | None:
    """Return the line of a code (letter, or two to four digits), or None."""
    return all_industries().get(code.strip().upper())


def path_of(code: str) -> list[Industry]:
    """Return section, division, group and class down to ``code``; empty when the code is unknown."""
    line = find(code)
    if line is None:
        return []
    known = all_industries()
    steps = [line.section, *(line.code[:size] for size in (2, 3, 4) if size <= len(line.code) and line.code.isdigit())]
    return [known[step] for step in dict.fromkeys(steps) if step in known]


def children_of(code: str = "") -> Iterator[Industry]:
    """Yield the lines directly below a code; without a code the sections."""
    if not code:
        yield from (line for line in all_industries().values() if line.level == "SECTION")
        return
    line = find(code)
    if line is None:
        return
    if line.level == "SECTION":
        yield from (x for x in all_industries().values() if x.level == "DIVISION" and x.section == line.code)
        return
    size = len(line.code) + 1
    yield from (x for x in all_industries().values() if len(x.code) == size and x.code.startswith(line.code))


def search(words: str, limit: int = 20) -> list[Industry]:
    """Return lines whose code starts with, or whose name contains, every word; broader lines first."""
    wanted = words.split()
    if not wanted:
        return []
    hits = [
        line
        for line in all_industries().values()
        if all(line.code.startswith(word.upper()) or word in line.name for word in wanted)
    ]
    return sorted(hits, key=lambda line: (len(line.code), line.code))[:limit]


def division_of_2011(code: str) -> str | None:
    """Return the 2017 division that a 2011 division became, where the two editions differ (82 教育 → 83), else None.

    An old project code keeps the division of its day: read ``82`` in it as 教育.
    """
    return SHIFTED_2011.get(code.strip())
