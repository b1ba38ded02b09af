"""What the grid editor sends, read into rows of a table as a pack writes them. Closed vocabulary; nothing typed is run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from gongbu.ground.policy.rules.tables import ORDERED, Input, Row, Table
from gongbu.ground.policy.sandbox import editing

MAX_ROWS = 60
LOWS = {"": "不限", "at_least": "≥", "above": ">"}
HIGHS = {"": "不限", "up_to": "≤", "below": "<"}
BOOLS = {"true": "是", "false": "否"}
UNKNOWN = ("UNKNOWN", "未填")


@dataclass(slots=True)
class CellForm:
    """One cell as typed: two bounds, or codes. ``error`` says what cannot be read."""

    low_op: str = ""
    low: str = ""
    high_op: str = ""
    high: str = ""
    codes: list[str] = field(default_factory=list)
    error: str = ""
    bad: list[str] = field(default_factory=list)
    """Controls of the cell that are at fault: ``low_op``, ``low``, ``high_op``, ``high``."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What cannot be read, with the names of the fields it is about."""

    text: str
    fields: tuple[str, ...]


@dataclass(slots=True)
class RowForm:
    """One row as typed."""

    id: str
    then: str
    note: str
    cells: dict[str, CellForm]


@dataclass(slots=True)
class GridForm:
    """The whole table as typed."""

    rows: list[RowForm]
    since: str
    article: str
    trouble: str = ""
    """What is wrong with the day."""

    @property
    def errors(self) -> list[Wrong]:
        """What cannot be read: the day, then row by row, each naming row and column."""
        return [Wrong(self.trouble, ("since",))] * bool(self.trouble) + [
            Wrong(f"第 {row.id or number} 行，{cell.error}", tuple(f"{number - 1}.{key}.{end}" for end in cell.bad))
            for number, row in enumerate(self.rows, 1)
            for key, cell in row.cells.items()
            if cell.error
        ]


def of_table(table: Table, since: str, article: str) -> GridForm:
    """Return the form filled with a table as it stands."""
    return GridForm([_of_row(table, row) for row in table.rows], since, article)


def _of_row(table: Table, row: Row) -> RowForm:
    cells = {}
    for key, item in table.inputs.items():
        shown = editing.grid_cell(item, row.cells.get(key))
        cells[key] = CellForm(
            shown.get("low_op", "") if shown.get("low") else "", shown.get("low", ""),
            shown.get("high_op", "") if shown.get("high") else "", shown.get("high", ""), list(shown["codes"]),
        )  # fmt: skip
    return RowForm(row.id, row.then, row.note, cells)


def read(table: Table, post: QueryDict) -> GridForm:
    """Return what was typed, rows added, moved or removed as the button says."""
    count = post.get("rows", "0")
    number = min(int(count), MAX_ROWS) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    rows = []
    for at in range(number):
        cells = {key: _cell(post, f"{at}.{key}") for key in table.inputs}
        rows.append(
            RowForm(
                post.get(f"{at}.id", "").strip()[:40], post.get(f"{at}.then", ""),
                post.get(f"{at}.note", "").strip()[:300], cells,
            )
        )  # fmt: skip
    do, _, which = post.get("do", "").partition(":")
    at = int(which) if which.isascii() and which.isdigit() and len(which) < 4 else -1
    if do == "add" and len(rows) < MAX_ROWS:
        rows.append(RowForm("", next(iter(table.outputs), ""), "", {key: CellForm() for key in table.inputs}))
    elif do == "remove" and 0 <= at < len(rows):
        del rows[at]
    elif do == "up" and 0 < at < len(rows):
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    return GridForm(rows, post.get("since", "").strip()[:10], post.get("article", "").strip()[:120])


def _cell(post: QueryDict, name: str) -> CellForm:
    low_op, high_op = post.get(f"{name}.low_op", ""), post.get(f"{name}.high_op", "")
    return CellForm(
        low_op if low_op in LOWS else "", post.get(f"{name}.low", "").strip()[:40],
        high_op if high_op in HIGHS else "", post.get(f"{name}.high", "").strip()[:40],
        [code for code in post.getlist(f"{name}.codes") if code][:200],
    )  # fmt: skip


def raw_rows(table: Table, form: GridForm, known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows as a pack writes them; what cannot be read is noted in the cells and left out.

    ``known``: the present rows by id, whose own basis stays with them.
    """
    rows = []
    for number, row in enumerate(form.rows, 1):
        raw: dict[str, Any] = {"id": row.id or str(number)}
        for key, item in table.inputs.items():
            if condition := _raw_cell(item, row.cells[key]):
                raw[key] = condition
        raw["then"] = row.then
        basis = known.get(raw["id"], {}).get("basis")
        raw |= {"basis": basis} if basis is not None else {}
        raw |= {"note": row.note} if row.note else {}
        rows.append(raw)
    return rows


def _raw_cell(item: Input, cell: CellForm) -> dict[str, Any]:
    cell.error, cell.bad = "", []
    if UNKNOWN[0] in cell.codes:
        return {"is": UNKNOWN[0]}
    if item.type not in ORDERED:
        if not cell.codes:
            return {}
        return {"is": cell.codes[0]} if len(cell.codes) == 1 else {"one_of": list(cell.codes)}
    raw: dict[str, Any] = {}
    wrong: list[str] = []
    for end, word, typed, label in (("low", cell.low_op, cell.low, "下端"), ("high", cell.high_op, cell.high, "上端")):
        if word and not typed:
            wrong.append(f"{label}选了符号，却没有填界限")
            cell.bad.append(end)
        elif typed and not word:
            wrong.append(f"{label}填了“{typed}”，却没有选 ≥、>、≤ 或 <")
            cell.bad.append(f"{end}_op")
        elif word:
            try:
                raw[word] = editing.typed_bound(item, typed)
            except ValueError as error:
                wrong.append(f"{label}：{error}")
                cell.bad.append(end)
    if wrong:
        cell.error = f"“{item.label}”列{'；'.join(wrong)}"
    return raw


def options(item: Input) -> list[tuple[str, str]]:
    """Return the codes that a cell of a coded input may hold; 未填 only where rows must speak of it."""
    known = list(BOOLS.items()) if item.type == "bool" else list(item.choices.items())
    return [*known, UNKNOWN] if item.unknown == "row" else known
