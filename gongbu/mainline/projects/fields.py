"""The editable facts of a project: labels, limits and their plain form in a ledger entry.

The labels come from the field catalogue file ``fields.yaml``, the one place that names them.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.text import find_control_characters
from gongbu.ground.references import industries
from gongbu.mainline.projects import choices
from gongbu.mainline.projects.models import Project

CHOICES: dict[str, Any] = {
    "kind": choices.Kind,
    "funding_nature": choices.FundingNature,
    "works_type": choices.WorksType,
    "construction_nature": choices.ConstructionNature,
    "initiation_nature": choices.InitiationNature,
    "stage": choices.Stage,
    "early_stage": choices.EarlyStage,
    "planned_start_precision": choices.Precision,
    "planned_finish_precision": choices.Precision,
}
TEXTS = ("sector", "industry_code", "content", "location", "total_investment_text", "funding_text", "period_text",
         "source", "source_url", "code_text")  # fmt: skip
AMOUNTS = ("total_investment_fen", "total_investment_precision_fen")
DATES = ("planned_start_on", "planned_finish_on")
PRECISIONS = ("planned_start_precision", "planned_finish_precision")
# What the act 修改 may change. Name, owner, stage, code, parent and region have acts of their own.
UPDATABLE = frozenset(
    {
        *TEXTS, *AMOUNTS, *DATES, "funding_nature", "works_type", "construction_nature", "initiation_nature",
        "is_city_strategic", "planned_start_precision", "planned_finish_precision",
    }
)  # fmt: skip
CREATABLE = UPDATABLE | {"name", "kind", "stage", "early_stage", "owner_unit_id", "owner_name", "parent_id"}
MAX_TOTAL_FEN = 10**14  # 1 万亿元; a greater figure is a unit slip
_OPTIONAL = frozenset({"works_type", "construction_nature", "initiation_nature", "early_stage",
                       "planned_start_precision", "planned_finish_precision"})  # fmt: skip
_ALLOWED = {key: (*one.values, "") if key in _OPTIONAL else tuple(one.values) for key, one in CHOICES.items()}
_SNAPSHOT = tuple(sorted(CREATABLE))


@cache
def _rows() -> dict[str, dict[str, Any]]:
    text = (Path(__file__).parent / "fields.yaml").read_text("utf-8")
    return {row["key"]: row for row in yaml.load(text, Loader=yaml.CSafeLoader)["fields"]}


@cache
def labels() -> dict[str, str]:
    """Return the Chinese label of each catalogue key of the room."""
    return {key: row["label"] for key, row in _rows().items()}


def label_of(key: str) -> str:
    """Return the label of a key, or the key itself when the catalogue does not know it."""
    return labels().get(key, key)


def plain(value: Any) -> Any:
    """Return a value as a ledger entry holds it: ISO dates, whole numbers, strings, null."""
    return value.isoformat() if isinstance(value, date) else value


def snapshot(project: Project, keys: Any = None) -> dict[str, Any]:
    """Return the named facts (by default all creatable ones that are set) in plain form."""
    if keys is not None:
        return {key: plain(getattr(project, key)) for key in sorted(keys)}
    values = {key: plain(getattr(project, key)) for key in _SNAPSHOT}
    return {key: value for key, value in values.items() if value not in (None, "")}


def last_day(on: date, precision: str) -> date:
    """Return the last day that a planned day may mean: of its month or year when only that is known."""
    if precision == choices.Precision.YEAR:
        return date(on.year, 12, 31)
    if precision == choices.Precision.MONTH:
        return date(on.year + on.month // 12, on.month % 12 + 1, 1) - timedelta(days=1)
    return on


def say_industry(code: str) -> str:
    """Return an industry with its name (``7610 防洪除涝设施管理``); a code outside GB/T 4754 stands alone."""
    line = industries.find(code) if code else None
    return f"{code} {line.name}" if line else code


def say_day(on: date | None, precision: str) -> str:
    """Return a planned day in words, no more exact than it is known: ``2026年``, ``2026年3月``, ``2026-03-15``."""
    if on is None:
        return ""
    if precision == choices.Precision.YEAR:
        return f"{on.year}年"
    if precision == choices.Precision.MONTH:
        return f"{on.year}年{on.month}月"
    return on.isoformat()


def check_values(values: Mapping[str, Any], today: date) -> list[Finding]:
    """Test typed values: known choices, lengths, sane amounts, dates in order. ``values`` may be partial."""
    findings: list[Finding] = []
    for key, value in values.items():
        findings += _check_one(key, value)
    start, finish = values.get("planned_start_on"), values.get("planned_finish_on")
    how_start, how_finish = (str(values.get(key) or "") for key in PRECISIONS)
    if isinstance(start, date) and isinstance(finish, date) and last_day(finish, how_finish) < start:
        data = {"start": say_day(start, how_start), "finish": say_day(finish, how_finish)}
        findings.append(Finding("projects.dates_reversed", data, "planned_finish_on", Severity.REJECT))
    return findings


def _check_one(key: str, value: Any) -> list[Finding]:
    if key in CHOICES:
        if value in _ALLOWED[key]:
            return []
        return [_reject("projects.choice_unknown", key, label=label_of(key), value=str(value)[:40])]
    if key in AMOUNTS and value is not None:
        if value < 0:
            return [_reject("projects.amount_negative", key)]
        if value > MAX_TOTAL_FEN:
            return [_reject("projects.amount_too_large", key, amount_wan=f"{value // 1_000_000:,}")]
    if key == "industry_code" and value and not (value.isascii() and value.isdigit() and 2 <= len(value) <= 4):
        return [_reject("projects.industry_unknown", key, found=value[:10])]
    if key == "name" and not str(value).strip():
        return [_reject("projects.name_missing", key)]
    if not isinstance(value, str):
        return []
    if unfit := find_control_characters(value, key):
        return unfit
    if (limit := _limit(key)) and len(value) > limit:
        return [_reject("projects.field_too_long", key, label=label_of(key), limit=limit, length=len(value))]
    return []


@cache
def _limit(key: str) -> int | None:
    """Return the greatest length of a text: the forms' own (``max`` of the catalogue), else the column's, else None."""
    if (most := _rows().get(key, {}).get("max")) is not None:
        return int(most)
    return getattr(Project._meta.get_field(key.removesuffix("_id")), "max_length", None)


def _reject(code: str, key: str, **data: Any) -> Finding:
    return Finding(code, data, key, Severity.REJECT)
