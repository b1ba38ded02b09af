"""Which heading is which field: synonyms of the field catalogue, units written in headings, nothing guessed.

A heading that matches no field stays in the row's raw cells and is reported; two headings for one field likewise.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gongbu.ground.basics.rules.amounts import UNITS_FEN
from gongbu.ground.registers.importing.values import fold


class Type(StrEnum):
    """How the cells of a field are read (``values.py``)."""

    TEXT = "TEXT"
    NAME = "NAME"
    CODE = "CODE"
    AMOUNT = "AMOUNT"
    DATE = "DATE"
    INTEGER = "INTEGER"
    BOOL = "BOOL"
    CHOICE = "CHOICE"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a kind of import takes.

    ``synonyms`` are headings people use, compared folded and without unit; ``unit`` is assumed only when neither
    heading, table nor cell says one (None: then the value is unknown). ``choices`` maps words to codes.
    ``is_gated``: an amount to be judged for its magnitude (GO-13); parts of a sum are judged by the sum.
    """

    key: str
    label: str
    type: Type = Type.TEXT
    synonyms: tuple[str, ...] = ()
    required: bool = False
    unit: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    may_be_negative: bool = False
    is_gated: bool = True
    help: str = ""
    in_template: bool = True

    def words(self) -> tuple[str, ...]:
        """Every heading that means this field."""
        return (self.label, self.key, *self.synonyms)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the user's sheet: zero-based index, heading as written, the field it feeds (if any), its unit.

    ``problem`` of a column that feeds none: ``unmatched``; ``doubled`` and ``outranked``, when the column ``other`` says
    the same field equally well, or by its own name.
    """

    index: int
    heading: str
    field: Field | None
    unit: str = ""
    problem: str = ""  # "" | "unmatched" | "doubled" | "outranked"
    other: str = ""


_UNIT_IN_HEADING = re.compile(
    r"[（(\[【,，/:：]?\s*(?:单位\s*[:：]?)?\s*("
    + "|".join(sorted(UNITS_FEN, key=len, reverse=True))
    + r")\s*[)）\]】]?$"
)
_UNIT_SUFFIX = {"_yuan": "元", "_wan": "万元", "_yi": "亿元"}
TABLE_UNIT = re.compile(
    r"(?:金额)?单位\s*[:：]\s*(?:(?:[个项处][、,，/])|人民币)?\s*("
    + "|".join(sorted(UNITS_FEN, key=len, reverse=True))
    + r")"
)


def split_unit(heading: str) -> tuple[str, str]:
    """Return (folded heading without its unit, unit): 总投资（万元） gives (总投资, 万元); no unit gives an empty text."""
    text = fold(heading).strip("*＊:：")
    for suffix, unit in _UNIT_SUFFIX.items():
        if text.endswith(suffix):
            return text, unit
    if (matched := _UNIT_IN_HEADING.search(text)) and matched.start() > 0:
        unit = matched[1] if matched[1].endswith("元") or matched[1] in ("分", "角") else matched[1] + "元"
        if matched[1] not in ("分", "角", "元") or matched[0][0] in "（(【[,，/:：":
            return text[: matched.start()], unit
    return text, ""


def _plain(heading: str) -> str:
    """Drop remarks in brackets: 开工时间（年月） means 开工时间."""
    return re.sub(r"[（(\[【].*?[)）\]】]", "", heading).strip("*:：、,，")


class Matcher:
    """Finds the field of a heading. Built once per kind."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = tuple(fields)
        self._by_word: dict[str, Field] = {}
        for item in fields:
            for word in item.words():
                self._by_word.setdefault(fold(word), item)
                self._by_word.setdefault(split_unit(word)[0], item)

    def match(self, heading: str) -> tuple[Field | None, str]:
        """Return (field or None, unit in the heading)."""
        found, unit, _rank = self._claim(heading)
        return found, unit

    def _claim(self, heading: str) -> tuple[Field | None, str, int]:
        """Return (field or None, unit in the heading, how loosely it was found): 0 the field's own name, then synonyms."""
        if not heading.strip():
            return None, "", 0
        word, unit = split_unit(heading)
        tried = [fold(heading), word, _plain(word)]
        if "/" in word:  # 投资/总投资: two header rows joined
            *_, last = word.split("/")
            tried += [last, _plain(last), word.replace("/", "")]
        for at, said in enumerate(tried):
            if (found := self._by_word.get(said)) is not None:
                own = {fold(found.label), split_unit(found.label)[0], fold(found.key)}
                return found, unit, (at >= 2) + (0 if said in own else 2)
        return None, unit, 0

    def knows(self, heading: str) -> bool:
        """Return whether a heading is, but for its unit, a word of this kind's own fields."""
        return fold(heading) in self._by_word or split_unit(heading)[0] in self._by_word

    def columns(self, headings: Sequence[str]) -> list[Column]:
        """Match a whole header row. Of two headings for one field the one nearest to the field's own name wins, wherever
        it stands (建设单位 before 申报单位), of equals the first; the other is kept and reported."""
        claims = [self._claim(heading) for heading in headings]
        best: dict[str, tuple[int, int]] = {}
        for index, (found, _unit, rank) in enumerate(claims):
            if found is not None:
                best[found.key] = min(best.get(found.key, (rank, index)), (rank, index))
        result = []
        for index, (heading, (found, unit, rank)) in enumerate(zip(headings, claims, strict=True)):
            if found is None:
                result.append(Column(index, heading, None, "", "unmatched" if heading.strip() else ""))
            elif best[found.key] == (rank, index):
                result.append(Column(index, heading, found, unit))
            else:
                problem = "doubled" if best[found.key][0] == rank else "outranked"
                result.append(Column(index, heading, None, "", problem, headings[best[found.key][1]]))
        return result
