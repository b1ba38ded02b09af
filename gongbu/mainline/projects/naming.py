"""拼音 sort keys and the folded search text. One reading per character: a sort key, not a transcription."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Place names whose first character is commonly read otherwise when it stands alone.
_PHRASES = {"重庆": "chongqing", "长": "chang", "重建": "chongjian", "银行": "yinhang", "朝阳": "chaoyang"}


def sort_key(name: str) -> str:
    """Return a lower-case 拼音 key: letters, digits and the readings of characters, at most 240 characters."""
    for phrase, reading in _PHRASES.items():
        name = name.replace(phrase, reading)
    return "".join(map(_reading, name))[:240]


@lru_cache(maxsize=30_000)
def _reading(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    from pypinyin.constants import PINYIN_DICT  # heavy to import; only writers need it

    readings = PINYIN_DICT.get(ord(character))
    if not readings:
        return unicodedata.normalize("NFKC", character).lower()
    decomposed = unicodedata.normalize("NFD", readings.split(",")[0])
    return "".join(c for c in decomposed if not unicodedata.combining(c) or c == "\u0308").replace("u\u0308", "v")


def fold(text: str) -> str:
    """Fold a text for searching: full width to half width, lower case, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def search_text(name: str, codes: Iterable[str], owner: str) -> str:
    """Return the one text in which the search box looks: name, codes with and without hyphens, owner."""
    codes = list(codes)
    parts = [fold(name), *codes, *(code.replace("-", "") for code in codes), fold(owner)]
    return "|".join(part for part in parts if part)[:400]
