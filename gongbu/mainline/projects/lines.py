"""Lines pasted from a table: parts of a split, papers of a taken-over project. Cells parted by tab, comma or ｜."""

import re
from decimal import Decimal, InvalidOperation

from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.basics.money import FEN_PER_WAN
from gongbu.ground.registers.parsing import BadValue, parse_date
from gongbu.mainline.projects.services import OldPaper, Part

_CELLS = re.compile(r"\t|[|｜，,；;]")


def read_lines(text: str) -> list[list[str]]:
    """Return the cells of every line that is not empty. A comma between digits belongs to the figure."""
    joined = re.sub(r"(?<=\d)[,，](?=\d{3}(?:\D|$))", "", text)
    return [[cell.strip() for cell in _CELLS.split(line)] for line in joined.splitlines() if line.strip()]


def read_parts(text: str) -> list[Part]:
    """Return the parts of a split: name and total in 万元 per line.

    :raises InvalidInput: an amount that is no number
    """
    parts = []
    for row, cells in enumerate(read_lines(text), 1):
        amount = cells[1].removesuffix("万元").strip() if len(cells) > 1 else ""
        parts.append(Part(cells[0], _fen(amount, row) if amount else None, cells[2] if len(cells) > 2 else ""))
    return parts


def read_papers(text: str) -> list[OldPaper]:
    """Return the papers: kind, 文号, day, issuer per line.

    :raises InvalidInput: a day that cannot be read
    """
    papers = []
    for row, cells in enumerate(read_lines(text), 1):
        kind, number, day, issuer = [*cells, "", "", "", ""][:4]
        try:
            issued_on = parse_date(day) if day else None
        except BadValue as error:
            raise InvalidInput([_bad("projects.line_date", "old_papers", row=row, found=day[:20])]) from error
        papers.append(OldPaper(kind, number, issued_on, issuer))
    return papers


def _fen(amount: str, row: int) -> int:
    try:
        fen = Decimal(amount) * FEN_PER_WAN
    except InvalidOperation as error:
        raise InvalidInput([_bad("projects.line_amount", "split_parts", row=row, found=amount[:20])]) from error
    return int(fen)


def _bad(code: str, field: str, **data: object) -> Finding:
    return Finding(code, data, field, Severity.REJECT)
