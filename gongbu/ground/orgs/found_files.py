"""A file found outside: which 追踪码 it carries. Looked for in its name and in the few places where an export writes it."""

import re
import zipfile
from typing import BinaryIO

from gongbu.ground.orgs.rules.trace import find_codes

LARGEST_PART = 1_000_000
# Where an export writes: properties of a workbook and its last sheet, the note in an archive.
_PARTS = re.compile(r"docProps/(custom|core)\.xml|xl/worksheets/sheet\d{1,2}\.xml|xl/sharedStrings\.xml|导出说明\.txt")
_MOST_PARTS = 40


def codes_in(name: str, content: BinaryIO) -> list[str]:
    """Return the codes that a file carries, those of its name first. Nothing is run, unpacked or kept.

    A stranger's file: only parts of the names above and of at most :data:`LARGEST_PART` bytes are read, as text.
    """
    found = find_codes(name.replace("_", " "))
    try:
        with zipfile.ZipFile(content) as archive:
            found += find_codes(archive.comment.decode("ascii", "replace"))
            parts = [part for part in archive.infolist() if _PARTS.fullmatch(part.filename)]
            for part in sorted(parts, key=lambda one: one.filename)[:_MOST_PARTS]:
                if part.file_size <= LARGEST_PART:
                    with archive.open(part) as stream:
                        found += find_codes(stream.read(LARGEST_PART).decode("utf-8", "replace"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        pass  # not an archive, or a broken one: its name is all it says
    return list(dict.fromkeys(found))
