"""How cells and findings lie in the staging table: plain JSON, dates tagged, wording left to the edge."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson

from gongbu.ground.basics import messages
from gongbu.ground.basics.findings import Basis, Finding, Severity
from gongbu.ground.registers.importing.columns import Column, Field
from gongbu.ground.registers.importing.table import Table, TableFinding
from gongbu.ground.registers.importing.values import Cell


def dump_cells(cells: Sequence[Cell]) -> str:
    """Return the cells as JSON; dates keep their kind, so that a later check reads them the same way."""
    return orjson.dumps(cells, default=_tag, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _tag(cell: Any) -> Any:
    return {"d": cell.isoformat()} if isinstance(cell, date) else str(cell)


def load_cells(text: str) -> tuple[Cell, ...]:
    """Return cells written by :func:`dump_cells`."""
    return tuple(_untag(cell) for cell in orjson.loads(text))


def _untag(cell: Any) -> Cell:
    if isinstance(cell, dict):
        text = cell["d"]
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    return cell  # type: ignore[no-any-return]


def finding_row(finding: Finding, headings: dict[str, str], *, column: str = "") -> dict[str, Any]:
    """Return a finding as stored: code, severity, field key, the user's own heading, data, clause."""
    heading = column or str(finding.data.get("column", "")) or headings.get(finding.field or "", "")
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "field": finding.field,
        "column": heading,
        "data": {
            k: v if isinstance(v, (str, int, float, bool, type(None), list)) else str(v)
            for k, v in finding.data.items()
        },
        "basis": [finding.basis.instrument, finding.basis.article] if finding.basis else None,
    }


def as_finding(row: dict[str, Any]) -> Finding:
    """Return a stored finding as a finding."""
    basis = Basis(*row["basis"]) if row.get("basis") else None
    return Finding(row["code"], row["data"], row["field"], Severity(row["severity"]), basis)


def word(row: dict[str, Any]) -> str:
    """Return the Chinese message of a stored finding."""
    return messages.word(as_finding(row))


def dump_findings(findings: Sequence[Finding], headings: dict[str, str]) -> str:
    """Return a row's findings as JSON."""
    if not findings:
        return "[]"
    return orjson.dumps([finding_row(f, headings) for f in findings]).decode()


FLAGGED = '"severity":"FLAG"'
"""What the stored findings of a row contain when one of them asks to be looked at; a quote inside a text is escaped."""


def is_flagged(findings: str) -> bool:
    """Return whether stored findings hold more than notes (of a row that is not rejected)."""
    return FLAGGED in findings


def dump_tables(tables: Sequence[Table]) -> str:
    """Return what is needed to read the rows again, and to lay them out as they were.

    Sheets, header rows, columns with their fields and units; the rows around the data and their merged ranges.
    """
    return orjson.dumps(
        [
            {
                "sheet": t.sheet,
                "header_row": t.header_row,
                "unit": t.unit,
                "columns": [
                    {
                        "heading": c.heading,
                        "key": c.field.key if c.field else None,
                        "unit": c.unit,
                        "problem": c.problem,
                    }
                    for c in t.columns
                ],
                "around": [[row.number, row.cells] for row in t.around],
                "merged": t.merged,
            }
            for t in tables
        ],
        default=_tag,
        option=orjson.OPT_PASSTHROUGH_DATETIME,
    ).decode()


def load_around(table: dict[str, Any]) -> dict[int, tuple[Cell, ...]]:
    """Return the rows around the data of a stored table by number; none of a batch staged before they were kept."""
    return {number: tuple(map(_untag, cells)) for number, cells in table.get("around", ())}


_FIGURE = re.compile(r"\d|[一二两三四五六七八九十][〇零一二两三四五六七八九十百千]*\s*[百千万亿元]")
_YEAR = re.compile(r"(?:19|20)\d\d(?=年|[-—至]|$)")


def withhold_around(tables: str) -> str:
    """Return stored tables without the figures that stand around their rows: a row was refused for secrecy (GO-15).

    A total, or a title that says one, would give away the amount of the refused row. What is below the header goes
    whole; above it and in it words without figures stay.
    """
    kept = orjson.loads(tables)
    for table in kept:
        rows = []
        for number, cells in table.get("around", ()):
            if number <= table["header_row"]:
                rows.append(
                    [
                        number,
                        [c if isinstance(c, str) and not _FIGURE.search(_YEAR.sub("", c)) else None for c in cells],
                    ]
                )
        table["around"] = rows
    return orjson.dumps(kept).decode()


def load_columns(text: str, fields: Sequence[Field]) -> list[tuple[str, str, list[Column]]]:
    """Return (sheet, table unit, columns) of each table of a batch."""
    by_key = {f.key: f for f in fields}
    return [
        (
            t["sheet"],
            t["unit"],
            [
                Column(i, c["heading"], by_key.get(c["key"] or ""), c["unit"], c["problem"])
                for i, c in enumerate(t["columns"])
            ],
        )
        for t in orjson.loads(text)
    ]


def dump_notes(notes: Sequence[TableFinding]) -> str:
    """Return the findings about the file as JSON; each carries its row number (0: the whole file)."""
    return orjson.dumps([finding_row(n.finding, {}, column=n.column) | {"row": n.row} for n in notes]).decode()


def withhold_sums(notes: str) -> str:
    """Return stored notes without sums over the file: a row has turned out secret after they were taken (GO-15)."""
    from gongbu.ground.registers.importing.checking import withheld

    kept = []
    for row in orjson.loads(notes):
        finding = withheld(as_finding(row))
        if finding is not None:
            kept.append(row | {"code": finding.code})
    return orjson.dumps(kept).decode()
