"""The orders in which 制度事实 can be read: by name, by day of effect, by clause, by how well the text is checked."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gongbu.ground.orgs.region_data import pinyin
from gongbu.ground.policy.facts import Fact
from gongbu.ground.policy.rules.values import Confidence

_FIRMEST_FIRST = ("V1", "V2", "E", "V3", "S", "G+", "G")
_CERTAINTY = {Confidence(code).label: place for place, code in enumerate(_FIRMEST_FIRST)}
_NUMBER = re.compile("[零〇一二三四五六七八九十百千]+")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}


def in_order(facts: Sequence[Fact], sort: str) -> list[Fact]:
    """Return facts by a column, downward when ``sort`` begins with ``-``; equal ones keep their order, as "" keeps all."""
    key = ORDERS.get(sort.removeprefix("-"))
    return sorted(facts, key=key, reverse=sort.startswith("-")) if key else list(facts)


@lru_cache(maxsize=4_096)
def by_sound(text: str) -> str:
    """Return what a name is sorted by: its pinyin."""
    return pinyin(text)


@lru_cache(maxsize=4_096)
def by_article(article: str) -> tuple[tuple[int, str], ...]:
    """Return what an article is sorted by, its numbers by size: 第九条 stands before 第二十四条."""
    parts = re.split(f"({_NUMBER.pattern}|[0-9]+)", article)
    return tuple((_read(part), "") if place % 2 else (0, part) for place, part in enumerate(parts))


def _read(number: str) -> int:
    if number.isdecimal():
        return int(number)
    total = digit = 0
    for char in number:
        if char in _TENS:
            total, digit = total + (digit or 1) * _TENS[char], 0
        else:
            digit = digit * 10 + _DIGITS[char]
    return total + digit


ORDERS: Mapping[str, Callable[[Fact], Any]] = {
    "label": lambda fact: by_sound(fact.label),
    "since": lambda fact: fact.since,
    "basis": lambda fact: (by_sound(fact.instrument), by_article(fact.basis.removeprefix(fact.instrument))),
    "mark": lambda fact: _CERTAINTY[fact.certainty],
}
"""Column → what its order compares."""
