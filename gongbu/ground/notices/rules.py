"""Rules of notices: when one is over, whether it may be closed, how a name is shown, what a comment must look like."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gongbu.ground.basics.findings import Basis, Finding, Severity

TEXT_LEAST, TEXT_MOST = 5, 1000
NAME_MOST = 20
PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
_COMPOUND = frozenset(
    re.findall(
        "..",
        "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空令狐",
    )
)
"""Family names of two characters."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long a notice is open and what says so. ``basis`` is the clause, or who set it by hand."""

    amount: int
    is_workdays: bool
    basis: Basis


def check_close(
    *, today: date, closes_on: date, pending: int, unanswered: int, result: str, period: Period
) -> list[Finding]:
    """Test that a notice may be closed: its last day is over, every comment reviewed and answered, a result stated.

    Closing on the last day itself is too early: until midnight somebody may still say something.
    """
    found = []
    if today <= closes_on:
        unit = "个工作日" if period.is_workdays else "日"
        data = {"closes": closes_on.isoformat(), "amount": period.amount, "unit": unit, "today": today.isoformat()}
        found.append(Finding("notices.too_early", data, None, Severity.REJECT, period.basis))
    if pending:
        found.append(Finding("notices.pending_left", {"n": pending}, None, Severity.REJECT))
    if unanswered:
        found.append(Finding("notices.unanswered_left", {"n": unanswered}, None, Severity.REJECT))
    if not result.strip():
        found.append(Finding("notices.result_missing", {}, "result", Severity.REJECT))
    return found


def check_comment(name: str, phone: str, text: str) -> list[Finding]:
    """Test what a visitor typed."""
    found = []
    if not 2 <= len(name) <= NAME_MOST:
        found.append(Finding("notices.name_length", {"most": NAME_MOST}, "name", Severity.REJECT))
    if not PHONE.fullmatch(phone):
        found.append(Finding("notices.phone_shape", {}, "phone", Severity.REJECT))
    if not TEXT_LEAST <= len(text) <= TEXT_MOST:
        data = {"least": TEXT_LEAST, "most": TEXT_MOST, "length": len(text)}
        found.append(Finding("notices.text_length", data, "text", Severity.REJECT))
    return found


def hide_name(name: str) -> str:
    """Return a name as the public page shows it: the family name and stars (张**, 欧阳**)."""
    family = name[:2] if name[:2] in _COMPOUND and len(name) > 2 else name[:1]
    return f"{family}**"


def check_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Finding | None:
    """Test that every row of the table shown has one cell per column."""
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            data = {"row": number, "cells": len(row), "columns": len(columns)}
            return Finding("notices.ragged_table", data, "rows", Severity.REJECT)
    return None
