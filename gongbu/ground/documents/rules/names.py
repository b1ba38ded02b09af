"""File names people bring: kept readable, made harmless. Pure."""

import re
import unicodedata

from gongbu.ground.basics.rules.filenames import split_name

MAX_CHARS = 120
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')
# Marks that turn the reading direction or are invisible: "清单\u202excod.exe" would read as 清单exe.docx.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


def clean_name(text: str) -> str:
    """Return a file name without folders, control marks or characters a file system refuses; never empty.

    Path traversal (``../../etc/passwd``) leaves only the last part; the extension survives shortening.
    """
    name = unicodedata.normalize("NFC", text).replace("\\", "/").rsplit("/", 1)[-1]
    name = _INVISIBLE.sub("", _FORBIDDEN.sub("_", name))
    name = name.encode("utf-8", "ignore").decode()  # lone surrogates
    name = re.sub(r"\s+", " ", name).strip(" .")
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, extension = split_name(name)
    if extension and len(name) > MAX_CHARS:
        dot, extension = name[len(stem)], extension[:20]
        name = f"{stem[: MAX_CHARS - len(extension) - 1].rstrip()}{dot}{extension}"
    return name[:MAX_CHARS] or "未命名"


def unique_name(name: str, taken: set[str]) -> str:
    """Return ``name``, or ``name (2)`` and so on if it is taken in a folder (compared without case); marks it taken."""
    stem, extension = split_name(name)
    dot = name[len(stem) : len(stem) + 1]
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate = f"{stem} ({number}){dot}{extension}" if dot else f"{name} ({number})"
        number += 1
    taken.add(candidate.casefold())
    return candidate
