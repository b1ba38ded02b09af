"""The parts of a file name as a Chinese input method may write them: 表．xlsx, 表.ＸＬＳＸ, 表。xlsx. Pure."""

import re
import unicodedata

_PARTS = re.compile(r"(.*)[.．。｡﹒](.*)", re.DOTALL)
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def split_name(name: str) -> tuple[str, str]:
    """Return stem and extension as written, at the last dot of any width; the extension is "" where there is none.

    A Chinese full stop parts them only where Latin letters or digits follow, as in 表。xlsx: it may end a sentence.
    """
    matched = _PARTS.fullmatch(name)
    if matched is None:
        return name, ""
    stem, extension = matched[1], matched[2]
    if name[len(stem)] in "。｡" and not re.fullmatch(r"[0-9A-Za-z]{1,8}", plain(extension)):
        return name, ""
    return stem, extension


def extension_of(name: str) -> str:
    """Return the extension by which a file is judged: half-width, lower-case, without its dot, "" if there is none."""
    return plain(split_name(_UNSEEN.sub("", name).rstrip(" .．"))[1]).lower()


def plain(text: str) -> str:
    """Return a text in half-width characters, without blanks at its ends (NFKC)."""
    return unicodedata.normalize("NFKC", text).strip()
