"""Rows that name a group of projects and not a project: “一 | 农业水利（2个） | 300” over its projects.

Offices number groups 一、（一）、A and projects 1, 2, 3; a group has a name, mostly the sum of its rows, and nothing else.
What is sure is left aside and its sum compared; what only looks so stays a record and is told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gongbu.ground.registers.importing.columns import Column, Type
from gongbu.ground.registers.importing.values import Amount, Cell, is_blank, read_amount, show

# Depth of a group: the one that comes first in this order holds those behind it.
_NUMBERS = (
    (1, re.compile(r"第?[一二三四五六七八九十]{1,3}[类部批]?[、.．)）]?")),
    (2, re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]")),
    (1, re.compile(r"[A-Z][、.．)）]?|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]+[、.．]?")),
)
_PLAIN_NUMBER = re.compile(r"\d+(?:\.0)?|\d+[-.]\d+")
_AMONG = re.compile(r"其中[:：]?")
_PART = re.compile(r"[（(]?其中")
_COUNTED = re.compile(r"[（(]\s*\d+\s*[个项]\s*[)）]$")
_LEVEL_AMONG, _LEVEL_COUNTED = 4, 3


@dataclass(frozen=True, slots=True)
class Group:
    """A row that names a group: its depth, its words, whether that is sure, whether it states a sum."""

    level: int
    label: str
    is_sure: bool
    has_sum: bool


def find_groups(rows: Sequence[Sequence[Cell]], columns: Sequence[Column], unit: str) -> dict[int, Group]:
    """Return place among ``rows`` → the group that the row names. A list without projects under its groups has none."""
    name = next((c.index for c in columns if c.field is not None and c.field.required), None)
    if name is None:
        return {}
    money = {c.index: c.unit or unit or c.field.unit or "" for c in columns if c.field and c.field.type is Type.AMOUNT}
    levels = {at: level for at, cells in enumerate(rows) if (level := _level(cells, name, money)) is not None}
    numbered = sum(_PLAIN_NUMBER.fullmatch(_lead(cells, name)) is not None for cells in rows)
    if not levels or len(levels) >= len(rows) or not numbered:
        return {}
    return {at: _group(rows, at, levels, name, money) for at in levels}


def is_part(cells: Sequence[Cell], name: int) -> bool:
    """Return whether a row says of itself that it is a part of the one above (其中：甲工程)."""
    words = show(cells[name]).strip() if name < len(cells) and not is_blank(cells[name]) else ""
    return bool(words) and bool(_AMONG.fullmatch(_lead(cells, name)) or _PART.match(words))


def _lead(cells: Sequence[Cell], name: int) -> str:
    """Return what stands before the name: the number of the row."""
    said = [show(cell).strip() for cell in cells[:name] if not is_blank(cell)]
    return said[0] if len(said) == 1 else ""


def _level(cells: Sequence[Cell], name: int, money: dict[int, str]) -> int | None:
    """Return the depth at which a row could name a group, None when it holds more than a group says."""
    words = show(cells[name]).strip() if name < len(cells) and not is_blank(cells[name]) else ""
    rest = [c for at, c in enumerate(cells) if at > name and at not in money and not is_blank(c)]
    if not words or any(isinstance(cell, str) and not re.fullmatch(r"\d+\s*[个项]?", cell.strip()) for cell in rest):
        return None
    lead = _lead(cells, name)
    for level, pattern in _NUMBERS:
        if pattern.fullmatch(lead):
            return level
    if _AMONG.fullmatch(lead) or _AMONG.match(words):
        return _LEVEL_AMONG
    if not _PLAIN_NUMBER.fullmatch(lead) and _COUNTED.search(words):
        return _LEVEL_COUNTED
    return None


def _group(rows: Sequence[Sequence[Cell]], at: int, levels: dict[int, int], name: int, money: dict[int, str]) -> Group:
    level, label = levels[at], show(rows[at][name]).strip()
    end = next((i for i in range(at + 1, len(rows)) if levels.get(i, 99) <= level), len(rows))
    members = [i for i in range(at + 1, end) if i not in levels]
    stated = {c: amount for c, unit in money.items() if (amount := _amount(rows[at], c, unit)) is not None}
    agrees = True
    for column, amount in stated.items():
        found = [one for i in members if (one := _amount(rows[i], column, money[column])) is not None]
        slack = amount.half_fen + sum(one.half_fen for one in found)
        agrees = agrees and abs(amount.fen - sum(one.fen for one in found)) <= slack
    follows = at + 1 < len(rows) and (at + 1 not in levels or levels[at + 1] > level)
    return Group(level, label, bool(members) and follows and agrees, bool(stated))


def _amount(cells: Sequence[Cell], column: int, unit: str) -> Amount | None:
    cell = cells[column] if column < len(cells) else None
    value: Amount | None = read_amount(cell, "", unit, may_be_negative=True).value
    return value
