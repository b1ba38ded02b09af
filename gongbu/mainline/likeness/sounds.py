"""How a character sounds: one syllable without its tone, for telling typing slips (most are homophones)."""

import unicodedata
from functools import lru_cache

# Typed alike where sh and s, ch and c, zh and z, or -ng and -n are not told apart in speech.
_FLAT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


@lru_cache(maxsize=8_000)
def sound(character: str) -> str:
    """Return the syllable of a Chinese character as most people type it, "" for anything else."""
    from pypinyin.constants import PINYIN_DICT  # heavy to import; only comparing needs it

    readings = PINYIN_DICT.get(ord(character))
    if not readings:
        return ""
    decomposed = unicodedata.normalize("NFD", readings.split(",")[0])
    syllable = "".join(c for c in decomposed if not unicodedata.combining(c))
    for written, flat in _FLAT:
        syllable = syllable.replace(written, flat)
    return syllable
