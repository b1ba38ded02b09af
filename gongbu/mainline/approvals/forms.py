"""The recording form of a paper: the same readers and sum check as an import, so that both doors judge alike."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.registers.importing import values as cells
from gongbu.ground.registers.importing.kinds import CheckedRow
from gongbu.ground.registers.importing.values import Amount, StatedDate
from gongbu.mainline.approvals import importing, rules, services
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects import import_rows

# key, label, kind, wide
FIELDS: tuple[tuple[str, str, str, bool], ...] = (
    ("doc_type", "文件类型", "text", False),
    ("doc_no", "文号", "text", False),
    ("issued_on", "批复日期", "date", False),
    ("issuer", "批复机关", "text", False),
    ("approved_total_fen", "总投资", "amount", False),
    *((key, label, "amount", False) for key, label in rules.PARTS.items()),
    ("amount_note", "金额说明", "text", True),
    ("funding_text", "资金来源", "text", True),
    ("period_text", "建设工期", "text", False),
    ("prior_docs", "前序文件", "text", False),
    ("content", "批复内容", "long", True),
)
COLUMN = {"approved_total_fen": "total_fen"}  # form keys that differ from the column
FORM_KEY = {column: key for key, column in COLUMN.items()}


def texts_of(paper: ApprovalPaper) -> dict[str, str]:
    """Return a paper's facts as the form shows them: amounts exact in 万元, the day as exactly as it is known."""
    texts = {key: str(getattr(paper, key)) for key, _, kind, _ in FIELDS if kind in ("text", "long")}
    texts |= {key: _exact_wan(getattr(paper, COLUMN.get(key, key))) for key, _, kind, _ in FIELDS if kind == "amount"}
    is_day = paper.issued_precision in ("", "DAY")
    texts["issued_on"] = str(paper.issued_on or "") if is_day else services.issued_text(paper)
    return texts


def changes_of(paper: ApprovalPaper, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``values`` (from :func:`read`) would change in a paper; a cleared field becomes empty."""
    fresh: dict[str, Any] = {key: values.get(key, "") for key, _, kind, _ in FIELDS if kind in ("text", "long")}
    fresh |= {key: values.get(key) for key in (*rules.PARTS, "issued_on")}
    if values.get("total_fen") != paper.total_fen:
        fresh |= {"total_fen": values.get("total_fen"), "total_text": values.get("total_text", ""),
                  "total_precision_fen": values.get("total_precision_fen")}  # fmt: skip
    precision = values.get("issued_precision", "")
    if (paper.issued_precision or "DAY") != (precision or "DAY"):
        fresh["issued_precision"] = precision
    return {key: value for key, value in fresh.items() if getattr(paper, key) != value}


def _exact_wan(fen: int | None) -> str:
    return "" if fen is None else f"{(Decimal(fen) / 1_000_000).normalize():f}"


def read(posted: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Return (typed values of the act, findings) of a posted form; amounts without a unit are 万元."""
    row = CheckedRow(0, "", (), stated=frozenset())
    for key, _label, kind, _wide in FIELDS:
        text = str(posted.get(key, "")).strip()
        if not text:
            continue
        if kind == "amount":
            reading = cells.read_amount(text, key, "万元")
        elif kind == "date":
            reading = cells.read_date(text, key)
        else:
            reading = cells.read_text(text, key)
        row.findings.extend(reading.findings)
        if reading.value is not None:
            row.values[key] = reading.value
    importing.check_sum(row)
    for key in ("doc_type", "issuer"):
        if key not in row.values:
            label = {k: name for k, name, _, _ in FIELDS}[key]
            row.find("import.required_missing", key, Severity.REJECT, label=label)
    values: dict[str, Any] = {k: v for k, v in row.values.items() if isinstance(v, str)}
    if isinstance(issued := row.values.get("issued_on"), StatedDate):
        values |= {"issued_on": issued.on, "issued_precision": issued.precision}
    if isinstance(total := row.values.get("approved_total_fen"), Amount):
        text = import_rows.total_values(total, None)["total_investment_text"]
        values |= {"total_fen": total.fen, "total_text": text, "total_precision_fen": total.precision_fen}
    values |= {k: v.fen for k, v in row.values.items() if k in rules.PARTS and isinstance(v, Amount)}
    row.findings.extend(services.check_values({"doc_type": "—", **values}, clock.today()))
    return values, row.findings
