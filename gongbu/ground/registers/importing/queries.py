"""Reads of imports: batches in scope, rows of a batch with their findings worded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.registers.importing import kinds, magnitude, services, stored
from gongbu.ground.registers.importing.columns import Type
from gongbu.ground.registers.importing.models import ImportBatch, ImportRow
from gongbu.ground.registers.importing.values import show

TABS = {
    "rejected": ("退回", Q(state=ImportRow.State.REJECTED)),
    "flagged": ("提示", Q(findings__contains=stored.FLAGGED) & ~Q(state=ImportRow.State.REJECTED)),
    "ready": ("通过", ~Q(findings__contains=stored.FLAGGED) & ~Q(state=ImportRow.State.REJECTED)),
    "all": ("全部", Q()),
}
MORE_TABS = {"standing": ("没有新建", kinds.stands() & ~Q(state=ImportRow.State.REJECTED))}  # shown when a row is in it
STATE_TONES = {"READY": "good", "FLAGGED": "warn", "REJECTED": "bad", "ACCEPTED": "good"}


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding as shown: the heading of its column, what the cell says, the message, how grave."""

    column: str
    cell: str
    message: str
    tone: str
    code: str


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row as listed."""

    id: int
    number: int
    sheet: str
    title: str
    state: str
    state_label: str
    tone: str
    findings: tuple[FindingLine, ...]
    href: str
    is_mended: bool
    is_secret: bool
    decide_label: str = ""
    decide_href: str = ""


@dataclass(frozen=True, slots=True)
class CellLine:
    """One cell in the mending form."""

    index: int
    heading: str
    label: str
    value: str
    unit: str
    findings: tuple[FindingLine, ...]
    is_long: bool

    @property
    def tone(self) -> str:
        """The gravest tone of the cell's findings."""
        tones = {f.tone for f in self.findings}
        return next((t for t in ("bad", "warn", "info") if t in tones), "")


_TONES = {"REJECT": "bad", "FLAG": "warn", "NOTE": "info"}


def list_batches(actor: Actor) -> QuerySet[ImportBatch]:
    """Return the batches whose kind and region the actor may import."""
    return ImportBatch.objects.filter(services.visible_batches(actor)).exclude(state=ImportBatch.State.DISCARDED)


def count_tabs(batch: ImportBatch) -> dict[str, int]:
    """Return how many rows each tab holds (1 query)."""
    from django.db.models import Count

    counts = ImportRow.objects.filter(batch=batch).aggregate(
        **{key: Count("pk", filter=where) if where else Count("pk") for key, (_, where) in TABS.items()}
    )
    return {key: int(value) for key, value in counts.items()}


def list_rows(batch: ImportBatch, tab: str, offset: int, limit: int) -> list[RowLine]:
    """Return rows of a tab in the order of the file (1 query)."""
    tables = orjson.loads(batch.tables)
    rows = ImportRow.objects.filter((TABS | MORE_TABS)[tab][1], batch=batch).order_by("sheet_no", "number")
    return [_line(batch, row, tables) for row in rows[offset : offset + limit]]


def said_of(row: ImportRow) -> str:
    """Return the state of a row in words; an accepted row that made nothing new says so."""
    if (
        row.state == ImportRow.State.ACCEPTED
        and not row.is_new
        and orjson.loads(row.plan).get("action") in kinds.STANDING
    ):
        return "没有新建"
    return str(row.get_state_display())


def count_standing(batch: ImportBatch) -> int:
    """Return how many rows that are not rejected make, or have made, nothing new (1 query)."""
    return ImportRow.objects.filter(MORE_TABS["standing"][1], batch=batch).count()


def line_of(batch: ImportBatch, row: ImportRow) -> RowLine:
    """Return one row as listed."""
    return _line(batch, row, orjson.loads(batch.tables))


def _line(batch: ImportBatch, row: ImportRow, tables: Sequence[dict[str, Any]]) -> RowLine:
    table = tables[row.sheet_no]
    cells = stored.load_cells(row.cells)
    title_at = _title_column(batch, table)
    kind = kinds.get(batch.kind)
    href = kind.subject_url(row.subject_kind, row.subject_id) if kind.subject_url and row.subject_id else ""
    return RowLine(
        row.pk,
        row.number,
        table["sheet"] if len(tables) > 1 else "",
        show(cells[title_at]) if title_at < len(cells) else "（内容未保留）",
        row.state,
        said_of(row),
        "warn" if row.state == "ACCEPTED" and stored.is_flagged(row.findings) else STATE_TONES[row.state],
        tuple(_findings(row, table, cells)),
        href,
        bool(row.mended_by),
        not cells,
        *_decision(kind, row),
    )


def _decision(kind: kinds.ImportKind, row: ImportRow) -> tuple[str, str]:
    """Return (label, address) of the page where a finding of the row is settled, empty when there is nothing to settle."""
    if kind.decision is None or row.state == ImportRow.State.ACCEPTED:
        return "", ""
    if not any(finding["code"] in kind.decision.codes for finding in orjson.loads(row.findings)):
        return "", ""
    return kind.decision.label, kind.decision.url(row.batch_id, row.pk)


@dataclass(frozen=True, slots=True)
class RowFacts:
    """One row for a room that lets people settle a finding of it."""

    batch: ImportBatch
    line: RowLine
    plan: dict[str, Any]
    rev: int
    is_open: bool


def get_row(batch_id: int, row_id: int, actor: Actor) -> RowFacts:
    """Return a row of a batch that the actor may see, with what its kind decided (2 queries).

    :raises NotFound: no such batch in his scope, or no such row
    """
    batch = services.get_batch(batch_id, actor)
    row = ImportRow.objects.filter(pk=row_id, batch=batch).first()
    if row is None:
        raise NotFound("import.row_missing")
    is_open = row.state != ImportRow.State.ACCEPTED and row.cells != "[]"
    return RowFacts(batch, line_of(batch, row), orjson.loads(row.plan), row.rev, is_open)


def _title_column(batch: ImportBatch, table: dict[str, Any]) -> int:
    required = {f.key for f in kinds.get(batch.kind).fields() if f.required}
    return next((at for at, c in enumerate(table["columns"]) if c["key"] in required), 0)


def _findings(row: ImportRow, table: dict[str, Any], cells: Sequence[Any]) -> list[FindingLine]:
    at_of = {c["key"]: at for at, c in enumerate(table["columns"]) if c["key"]}
    lines = []
    for finding in orjson.loads(row.findings):
        at = at_of.get(finding["field"] or "")
        cell = show(cells[at]) if at is not None and at < len(cells) else ""
        lines.append(
            FindingLine(
                finding["column"], cell[:80], stored.word(finding), _TONES[finding["severity"]], finding["code"]
            )
        )
    order = {"bad": 0, "warn": 1, "info": 2}
    return sorted(lines, key=lambda line: order[line.tone])


def cells_of(batch: ImportBatch, row: ImportRow) -> list[CellLine]:
    """Return every cell of a row with its findings, for the mending form; columns with findings come first."""
    table = orjson.loads(batch.tables)[row.sheet_no]
    labels = {f.key: f.label for f in kinds.get(batch.kind).fields()}
    cells = stored.load_cells(row.cells)
    findings = _findings(row, table, cells)
    lines = []
    for at, column in enumerate(table["columns"]):
        if at >= len(cells):
            continue
        value = show(cells[at])
        mine = tuple(f for f in findings if f.column == column["heading"])
        label = labels.get(column["key"] or "", "")
        lines.append(CellLine(at, column["heading"], label, value, column["unit"], mine, len(value) > 40))
    return sorted(lines, key=lambda line: (not line.findings, line.index))


def columns_of(batch: ImportBatch) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return (sheet, [(heading, field label, unit)]) of each table: how headings were understood."""
    fields = kinds.get(batch.kind).fields()
    labels = {f.key: f.label for f in fields}
    money = {f.key: f.unit for f in fields if f.type is Type.AMOUNT}
    return [
        (t["sheet"], [(c["heading"], labels.get(c["key"] or "", ""), _unit(c, t["unit"], money)) for c in t["columns"]])
        for t in orjson.loads(batch.tables)
    ]


def _unit(column: dict[str, Any], table_unit: str, money: Mapping[str, str | None]) -> str:
    """Return the unit in which a column is read: columns of money alone have one."""
    if column["key"] not in money:
        return ""
    assumed = money[column["key"]]
    return column["unit"] or table_unit or (f"{assumed}（没有写明，按此读取）" if assumed else "")


def count_doubtful(batch: ImportBatch) -> tuple[int, int]:
    """Return how many open rows may be ten thousand times off, and how many in a unit nobody wrote (1 query)."""
    from django.db.models import Count

    doubts = Q()
    for code in magnitude.DOUBTS:
        doubts |= Q(findings__contains=f'"{code}"')
    found = ImportRow.objects.filter(batch=batch, state__in=services.OPEN).aggregate(
        slips=Count("pk", filter=doubts), assumed=Count("pk", filter=Q(findings__contains=f'"{magnitude.ASSUMED}"'))
    )
    return int(found["slips"]), int(found["assumed"])


def notes_of(batch: ImportBatch) -> list[tuple[int, str, str]]:
    """Return (row number, message, tone) of the findings about the file itself."""
    return [(n["row"], stored.word(n), _TONES[n["severity"]]) for n in orjson.loads(batch.notes)]
