"""Rules of plan fit: how well an objective is covered, and what a pasted list of objectives must look like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from gongbu.ground.basics.findings import Finding, Severity

MOST_OBJECTIVES = 500
HEADS: Mapping[str, tuple[str, ...]] = {
    "number": ("编号", "序号", "目标编号"),
    "text": ("目标", "目标内容", "主要目标", "任务"),
    "sector": ("行业归口", "行业", "牵头部门"),
    "indicator": ("指标", "指标名称"),
    "unit": ("单位", "计量单位"),
    "baseline": ("现状值", "基期值", "基准值"),
    "target": ("目标值", "规划目标值"),
}
LENGTHS = {"number": 20, "text": 300, "sector": 40, "indicator": 80, "unit": 20}


class Cover(StrEnum):
    """How an objective stands: nobody answers it, somebody does, so many do that it looks like doubled work."""

    UNCOVERED = "UNCOVERED"
    COVERED = "COVERED"
    CROWDED = "CROWDED"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {"UNCOVERED": "无项目支撑", "COVERED": "有项目支撑", "CROWDED": "项目扎堆"}[self]


def compute_cover(projects: int, crowded_from: int) -> Cover:
    """Return how an objective with so many live projects stands; ``crowded_from`` is a parameter of the packs."""
    if projects <= 0:
        return Cover.UNCOVERED
    return Cover.CROWDED if projects >= crowded_from else Cover.COVERED


def compute_share(
    amounts: Sequence[Decimal | None], baseline: Decimal | None, target: Decimal | None
) -> Decimal | None:
    """Return which share (0–…) of the way from baseline to target the stated contributions add up to.

    A contribution to an objective that is to fall (energy, distance) is how much it takes off.
    None when the objective has no measurable way to go, or nobody stated an amount: unknown is not zero.
    """
    stated = [amount for amount in amounts if amount is not None]
    if target is None or not stated:
        return None
    way = target - (baseline or Decimal(0))
    return sum(stated, Decimal(0)) / abs(way) if way else None


@dataclass(frozen=True, slots=True)
class NewObjective:
    """An objective as typed or pasted; numbers are exact decimals in ``unit``."""

    number: str
    text: str
    sector: str = ""
    indicator: str = ""
    unit: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was read from a pasted table, and what is wrong with it, by line."""

    objectives: list[NewObjective] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_objectives(text: str) -> Pasted:
    """Read a table as a spreadsheet puts it on the clipboard: tabs between cells, the first line names the columns."""
    lines = [(n, line.split("\t")) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    result = Pasted()
    if not lines:
        result.findings.append(_reject("objectives.nothing_pasted"))
        return result
    heads = {name.strip(): at for at, name in enumerate(lines[0][1])}
    places = {key: heads[name] for key, names in HEADS.items() for name in names if name in heads}
    if not {"number", "text"} <= set(places):
        found = "、".join(filter(None, heads)) or "（空）"
        result.findings.append(_reject("objectives.no_heads", found=found[:80]))
        return result
    if len(lines) - 1 > MOST_OBJECTIVES:
        result.findings.append(_reject("objectives.too_many", n=len(lines) - 1, most=MOST_OBJECTIVES))
        return result
    seen: dict[str, int] = {}
    for number, cells in lines[1:]:
        row = {key: cells[at].strip() if at < len(cells) else "" for key, at in places.items()}
        if (first := seen.setdefault(row["number"], number)) != number:
            result.findings.append(_reject("objectives.number_doubled", line=number, number=row["number"], first=first))
            continue
        _read_row(number, row, result)
    if not result.objectives and not result.findings:
        result.findings.append(_reject("objectives.nothing_pasted"))
    return result


def _read_row(line: int, row: Mapping[str, str], result: Pasted) -> None:
    values: dict[str, Decimal | None] = {}
    before = len(result.findings)
    for key in ("number", "text"):
        if not row[key]:
            result.findings.append(_reject("objectives.cell_missing", line=line, label=HEADS[key][0]))
    for key, most in LENGTHS.items():
        if len(row.get(key, "")) > most:
            data = {"line": line, "label": HEADS[key][0], "length": len(row[key]), "most": most}
            result.findings.append(_reject("objectives.cell_too_long", **data))
    for key in ("baseline", "target"):
        typed = row.get(key, "").replace(",", "").replace("，", "")
        try:
            values[key] = Decimal(typed) if typed else None
        except InvalidOperation:
            result.findings.append(
                _reject("objectives.not_a_number", line=line, label=HEADS[key][0], found=row[key][:30])
            )
            continue
        if (value := values[key]) is not None and (not value.is_finite() or abs(value) >= 10**14):
            result.findings.append(
                _reject("objectives.not_a_number", line=line, label=HEADS[key][0], found=row[key][:30])
            )
    if len(result.findings) > before:
        return
    result.objectives.append(
        NewObjective(
            row["number"], row["text"], row.get("sector", ""), row.get("indicator", ""), row.get("unit", ""),
            values["baseline"], values["target"],
        )
    )  # fmt: skip


def _reject(code: str, **data: object) -> Finding:
    return Finding(code, data, "objectives", Severity.REJECT)
