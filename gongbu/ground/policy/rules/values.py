"""Units, values and how they are written; confidence of a transcription.

A value comes out of a pack as a quoted string and leaves here exact: whole fen, ``Decimal``, ``int``, ``date``.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from gongbu.ground.basics.money import FEN_PER_WAN, FEN_PER_YI, FEN_PER_YUAN

Number = TypeVar("Number", int, Decimal)
Value = int | Decimal | str | date | bool | tuple[str, ...]


class Confidence(StrEnum):
    """How well a transcription is checked (置信度, regulations §0.1)."""

    V1 = "V1"
    V2 = "V2"
    V3 = "V3"
    E = "E"
    S = "S"
    G = "G"
    G_PLUS = "G+"

    @property
    def is_locked(self) -> bool:
        """Whether the text itself, a standard or a computation confirms it: V1, V2, E."""
        return self in {Confidence.V1, Confidence.V2, Confidence.E}

    @property
    def mark(self) -> str:
        """The word shown beside the value: empty (locked), 核原文 (V3) or 待确认 (S, G, G+)."""
        if self.is_locked:
            return ""
        return "核原文" if self is Confidence.V3 else "待确认"

    @property
    def word(self) -> str:
        """The word people read in place of the code: 已核条款, 已核原文, 已验证, 核原文 or 待确认."""
        return self.mark or _CHECKED[self]

    @property
    def label(self) -> str:
        """What the code says, for help text."""
        return _CONFIDENCE[self]


_CHECKED = {Confidence.V1: "已核条款", Confidence.V2: "已核原文", Confidence.E: "已验证"}
_CONFIDENCE = {
    Confidence.V1: "已逐条核对法律法规全文",
    Confidence.V2: "已核对标准或政府网站原文",
    Confidence.V3: "仅见于转载或摘要，须核原文",
    Confidence.E: "用真实样本或算法验证",
    Confidence.S: "由需求材料转述，非正式公布文本",
    Confidence.G: "一般知识，未核实",
    Confidence.G_PLUS: "一般知识，把握较大，未核实",
}


class Kind(StrEnum):
    """What a unit's values are made of."""

    MONEY = "MONEY"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    TEXT = "TEXT"
    TEXTS = "TEXTS"
    CODES = "CODES"
    DATE = "DATE"
    FLAG = "FLAG"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: what its values are made of, the word shown after the figure, and between what they lie.

    The bounds are those of sense, not of law: beyond them a figure is a slip of the hand (一个比例不会是 -500%).
    """

    kind: Kind
    word: str
    least: int | None = None
    most: int | None = None


UNITS: dict[str, Unit] = {
    "fen": Unit(Kind.MONEY, "元", 0, 10**15),
    "ratio": Unit(Kind.DECIMAL, "", 0, 1),
    "rated_ratio": Unit(Kind.DECIMAL, "", 0, 2),
    "points": Unit(Kind.DECIMAL, "个百分点", 0, 1_000),
    "score": Unit(Kind.DECIMAL, "分", 0, 1_000),
    "workdays": Unit(Kind.INTEGER, "个工作日", 0, 1_000),
    "days": Unit(Kind.INTEGER, "日", 0, 36_500),
    "hours": Unit(Kind.INTEGER, "小时", 0, 87_600),
    "seconds": Unit(Kind.INTEGER, "秒", 0, 31_536_000),
    "months": Unit(Kind.INTEGER, "个月", 0, 1_200),
    "years": Unit(Kind.INTEGER, "年", 0, 100),
    "times": Unit(Kind.INTEGER, "次", 0, 10_000),
    "count": Unit(Kind.INTEGER, "个", 0, 1_000_000),
    "decibels": Unit(Kind.INTEGER, "分贝", 0, 200),
    "newtons": Unit(Kind.INTEGER, "牛", 0, 10_000_000),
    "ug_per_cbm": Unit(Kind.INTEGER, "微克/立方米", 0, 1_000_000),
    "people": Unit(Kind.INTEGER, "人", 0, 10**9),
    "day_of_month": Unit(Kind.INTEGER, "日（每月）", 1, 31),
    "sqm": Unit(Kind.DECIMAL, "平方米", 0, 10**10),
    "mu": Unit(Kind.DECIMAL, "亩", 0, 10**8),
    "text": Unit(Kind.TEXT, ""),
    "texts": Unit(Kind.TEXTS, ""),
    "codes": Unit(Kind.CODES, ""),
    "date": Unit(Kind.DATE, ""),
    "flag": Unit(Kind.FLAG, ""),
}

SHARES = frozenset({"ratio", "rated_ratio"})
"""Units written in percent; of a rated value (额定值) there may be more than the whole."""

_DIGITS = "零一二三四五六七八九"
_MONEY = re.compile(r"^(-?\d+(?:\.\d+)?)(亿元|万元|元)?$")
_FEN_PER = {"亿元": FEN_PER_YI, "万元": FEN_PER_WAN, "元": FEN_PER_YUAN}


def parse_value(unit: str, raw: object) -> Value:
    """Return the exact value of ``raw`` (a quoted string, a date, or a list of strings) in ``unit``.

    Money may be written ``"500万元"``, ``"1亿元"``, ``"30元"`` or as bare fen ``"50000"``.

    :raises ValueError: worded in Chinese: what was expected and how to write it
    """
    kind = UNITS[unit].kind
    if kind in {Kind.TEXTS, Kind.CODES}:
        if not isinstance(raw, list | tuple) or not raw or not all(isinstance(item, str) and item for item in raw):
            raise ValueError('应为非空列表，例如 ["甲", "乙"]')
        if len(set(raw)) != len(raw):
            raise ValueError("列表中有重复项，请删去重复的一项")
        return tuple(raw)
    if kind is Kind.DATE:
        return parse_date(raw)
    if not isinstance(raw, str):
        raise ValueError("应为一个带引号的值，不是列表或映射")
    if kind is Kind.MONEY:
        return _bounded(unit, parse_money(raw))
    if kind is Kind.INTEGER:
        if not re.fullmatch(r"-?[0-9]{1,30}", raw):
            raise ValueError(f'“{raw}”不是整数，请写成带引号的整数，例如 "20"')
        return _bounded(unit, int(raw))
    if kind is Kind.DECIMAL:
        return _bounded(unit, parse_decimal(raw))
    if kind is Kind.FLAG:
        if raw not in {"true", "false"}:
            raise ValueError(f'“{raw}”不是是否值，请写成 "true" 或 "false"（带引号）')
        return raw == "true"
    if not raw.strip():
        raise ValueError("文字不能为空")
    return raw


def _bounded(unit: str, number: Number) -> Number:
    """Return the number, unless no value of the unit can be so low or so high."""
    least, most = UNITS[unit].least, UNITS[unit].most
    if (least is None or least <= number) and (most is None or number <= most):
        return number
    words = [
        value_words(unit, Decimal(b) if UNITS[unit].kind is Kind.DECIMAL else b) for b in (least, most) if b is not None
    ]
    raise ValueError(f"“{value_words(unit, number)}”超出这种数值可能的范围（{'至'.join(words)}），请核对数值和单位")


def parse_money(raw: str) -> int:
    """Return whole fen of ``"500万元"``, ``"1.2亿元"``, ``"30元"`` or bare fen.

    :raises ValueError: not an amount, or finer than one fen
    """
    match = _MONEY.match(raw)
    if not match or (match[2] is None and "." in match[1]):
        raise ValueError(f'“{raw}”不是金额，请写成 "500万元"、"1亿元"，或以分为单位的整数 "50000"')
    amount = Decimal(match[1]) * (_FEN_PER[match[2]] if match[2] else 1)
    if amount != amount.to_integral_value():
        raise ValueError(f"“{raw}”小于一分，金额最小单位是分")
    return int(amount)


def parse_decimal(raw: str) -> Decimal:
    """Return the exact decimal.

    :raises ValueError: not a plain decimal (exponents, infinities and percent signs are refused)
    """
    if not re.fullmatch(r"-?\d+(\.\d+)?", raw):
        raise ValueError(f'“{raw}”不是十进制小数，请写成 "0.10"（10% 写 "0.10"）')
    try:
        return Decimal(raw)
    except InvalidOperation as error:  # pragma: no cover - the pattern admits decimals only
        raise ValueError(f"“{raw}”不是十进制小数") from error


def parse_date(raw: object) -> date:
    """Return the day of an ISO date.

    :raises ValueError: not ``YYYY-MM-DD``
    """
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    raise ValueError(f"“{raw}”不是日期，请写成 2026-03-01")


def plain(number: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros, as records and JSON hold it."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(number: Decimal | int) -> str:
    """Write a number for people: exact, thousands separated, without trailing zeros."""
    text = f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_words(fen: int) -> str:
    """Write an amount exactly, in the unit a person would use: ``1.2 亿元``, ``5,000 万元``, ``30.5 元``."""
    size = abs(fen)
    if size >= FEN_PER_YI:
        return f"{figure(Decimal(fen) / FEN_PER_YI)} 亿元"
    if size >= FEN_PER_WAN:
        return f"{figure(Decimal(fen) / FEN_PER_WAN)} 万元"
    return f"{figure(Decimal(fen) / FEN_PER_YUAN)} 元"


def value_words(unit: str, value: Value | None, choices: dict[str, str] | None = None) -> str:
    """Write a value with its unit, in Chinese; ``None`` (repealed) is 已废止."""
    if value is None:
        return "已废止"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join((choices or {}).get(item, item) for item in value)
    if isinstance(value, date):
        return value.isoformat()
    if unit == "fen":
        return money_words(int(value))
    if unit in SHARES and isinstance(value, Decimal):
        return _fraction(value) or f"{plain(value * 100)}%"
    word = UNITS[unit].word
    text = value if isinstance(value, str) else figure(value)
    return f"{text} {word}" if word else text


def _fraction(share: Decimal) -> str:
    """Return 三分之二 for a share whose decimals do not end and were cut after the sixth; empty for any other."""
    near = Fraction(share).limit_denominator(9)
    if near.denominator not in (3, 6, 7, 9) or not 0 < abs(near - Fraction(share)) < Fraction(1, 10**6):
        return ""
    return f"{_DIGITS[near.denominator]}分之{_DIGITS[near.numerator]}"


def as_json(value: Value | None) -> str | int | bool | list[str] | None:
    """Return the value as canonical JSON holds it: no floats; decimals and dates are strings."""
    if isinstance(value, bool) or value is None or isinstance(value, int | str):
        return value
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else plain(value)
