"""Rules of notices: when one is over, whether it may be closed, how a name is shown, what a comment must look like."""

import re
import unicodedata
from collections.abc import Collection, Sequence
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


_DIGIT = r"[0-9０-９]"
_GAP = r"[\s\-－—–.·]{0,2}"
_MOBILE = re.compile(
    rf"(?<![0-9０-９])(?:(?:[+＋]|00)?[8８][6６]{_GAP})?([1１][3-9３-９](?:{_GAP}{_DIGIT}){{9}})(?![0-9０-９])"
)
_IDENTITY = re.compile(rf"(?<![0-9０-９])({_DIGIT}(?:{_GAP}{_DIGIT}){{16}}{_GAP}[0-9０-９xXｘＸ])(?![0-9０-９xXｘＸ])")
_BORN = re.compile(r"[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_SHOWN_OF_NUMBER = 3


@dataclass(frozen=True, slots=True)
class Masked:
    """A text as everybody may see it, and the mobile and identity numbers in it, in plain digits."""

    text: str
    mobiles: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()

    @property
    def numbers(self) -> frozenset[str]:
        """Every number that is hidden."""
        return frozenset((*self.mobiles, *self.identities))


def mask_numbers(text: str) -> Masked:
    """Hide mobile numbers (11 digits) and identity numbers (18, GB 11643) behind stars, however they are spaced or typed.

    A number is an identity number when a day of birth stands in its place; its check character may be a slip of the pen.
    The first three figures stay, so that its writer knows which is meant (个人信息保护法第二十八条：身份信息).
    """
    identities: list[str] = []
    mobiles: list[str] = []

    def hide_identity(found: re.Match[str]) -> str:
        plain = _plain(found[1])
        if not _BORN.fullmatch(plain):
            return found[0]
        identities.append(plain)
        return _starred(plain)

    def hide_mobile(found: re.Match[str]) -> str:
        plain = _plain(found[1])
        mobiles.append(plain)
        return _starred(plain)

    masked = _MOBILE.sub(hide_mobile, _IDENTITY.sub(hide_identity, text))
    return Masked(masked, tuple(mobiles), tuple(identities))


def _plain(found: str) -> str:
    return re.sub(r"[^0-9X]", "", unicodedata.normalize("NFKC", found).upper())


def _starred(plain: str) -> str:
    return plain[:_SHOWN_OF_NUMBER] + "*" * (len(plain) - _SHOWN_OF_NUMBER)


def check_repeats(text: str, field: str, known: Collection[str]) -> list[Finding]:
    """Test that what an office publishes (答复, 原因) repeats no number of whoever commented, and no identity number."""
    said = mask_numbers(text)
    repeated = [n for n in (*said.identities, *said.mobiles) if n in known or n in said.identities]
    if not repeated:
        return []
    return [Finding("notices.number_repeated", {"found": _starred(repeated[0])}, field, Severity.REJECT)]


def check_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Finding | None:
    """Test that every row of the table shown has one cell per column."""
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            data = {"row": number, "cells": len(row), "columns": len(columns)}
            return Finding("notices.ragged_table", data, "rows", Severity.REJECT)
    return None
