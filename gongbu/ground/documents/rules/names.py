"""File names people bring: kept readable, made harmless. Pure."""

import re
import unicodedata

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
    stem, dot, extension = name.rpartition(".")
    if dot and len(name) > MAX_CHARS:
        name = f"{stem[: MAX_CHARS - len(extension) - 1].rstrip()}.{extension[:20]}"
    return name[:MAX_CHARS] or "未命名"


def extension_of(name: str) -> str:
    """Return the lower-case extension without its dot, "" if there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def unique_name(name: str, taken: set[str]) -> str:
    """Return ``name``, or ``name (2)`` and so on if it is taken in a folder (compared without case); marks it taken."""
    stem, dot, extension = name.rpartition(".")
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate = f"{stem} ({number}).{extension}" if dot else f"{name} ({number})"
        number += 1
    taken.add(candidate.casefold())
    return candidate
