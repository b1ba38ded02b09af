"""Attendance lists as people write or paste them: one line each, unit, name, office and 列席/主持 in any order of gaps."""

import re
from dataclasses import dataclass

ROLES = {"主持": "CHAIR", "主持人": "CHAIR", "出席": "MEMBER", "参会": "MEMBER", "列席": "OBSERVER", "记录": "RECORDER",
         "记录人": "RECORDER"}  # fmt: skip
_GAP = re.compile(r"[\t\u3000,，、;；|]+| {2,}")
_NUMBER = re.compile(r"^\s*(?:[（(]\d{1,3}[)）]|\d{1,3}(?:[.、．)）]|\s))\s*")
_UNIT_ENDS = re.compile(
    r"(局|委|委员会|办|办公室|政府|厅|部|院|校|所|站|中心|公司|集团|大队|管委会|街道|乡|镇|村|银行|处|科|会|馆|厂|社)$"
)
_NAME = re.compile(r"^[\u4e00-\u9fff·]{2,4}$")


@dataclass(frozen=True, slots=True)
class Line:
    """One person or unit as written; ``role`` is a code of the attendee's roles."""

    unit: str = ""
    name: str = ""
    duty: str = ""
    role: str = "MEMBER"


def read_lines(text: str) -> list[Line]:
    """Return the lines of a pasted list; empty lines and leading numbers are left out, repeats are kept once.

    A single word that does not look like a unit and has two to four characters is a name.
    """
    found: list[Line] = []
    for raw in text.splitlines():
        parts = [part.strip() for part in _split(_NUMBER.sub("", raw))]
        role = next((ROLES[part] for part in parts if part in ROLES), "MEMBER")
        parts = [part for part in parts if part and part not in ROLES]
        if not parts:
            continue
        if len(parts) == 1 and _NAME.match(parts[0]) and not _UNIT_ENDS.search(parts[0]):
            line = Line("", parts[0], "", role)
        else:
            unit, name, *duty = [*parts, ""] if len(parts) == 1 else parts
            line = Line(unit, name, " ".join(duty), role)
        if line not in found:
            found.append(line)
    return found


def _split(raw: str) -> list[str]:
    parts = _GAP.split(raw.strip())
    return parts if len(parts) > 1 else raw.split()


def write_line(line: Line) -> str:
    """Return a line as :func:`read_lines` reads it again, for prefilled forms."""
    words = {code: word for word, code in reversed(ROLES.items())}
    parts = [line.unit, line.name, line.duty, words[line.role] if line.role != "MEMBER" else ""]
    return "\u3000".join(part for part in parts if part)
