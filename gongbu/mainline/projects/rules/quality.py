"""数据质量 (GO-13): what is missing or doubtful in a project's file, shown on its page until somebody mends it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.money import as_wan, as_yi, as_yuan
from gongbu.ground.basics.rules.amounts import (
    LARGEST_ASSUMED_FEN,
    LARGEST_USUAL_FEN,
    amounts_in_text,
    is_slip,
)
from gongbu.mainline.projects.rules.lifecycle import STAGE_ORDER

SMALL_TOTAL_FEN = 1_000_000  # 1 万元: a published total below it has usually lost its 万 (71.27元)
SMALL_NEW_FEN = 10_000_000  # 10 万元: a new project below it has usually been written in 亿元
EARLY_STAGES = ("RESERVE", "APPROVAL")
_STARTED = re.compile(
    r"已(?:经)?(?:全面)?(?:开工|动工|进场施工|建成|竣工|完工|封顶|投产|投用|投入使用)|正在施工|施工中|主体封顶|完成投资"
)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What is asked about a project being entered, and of its file afterwards. Amounts are fen.

    ``planned_start_on`` is the last day that the planned day may mean, ``planned_start_words`` how it was given.
    """

    name: str
    content: str
    stage: str
    stage_label: str
    total_fen: int | None
    planned_start_on: date | None = None
    planned_start_words: str = ""
    funding_text: str = ""


def check_entry(facts: EntryFacts, today: date) -> list[Finding]:
    """Return what contradicts itself or is out of all proportion; empty when nothing does."""
    found: list[Finding] = []
    total = facts.total_fen
    if total == 0:
        found.append(_flag("quality.total_zero", "total_investment_fen"))
    elif total is not None and total < SMALL_NEW_FEN and facts.stage in EARLY_STAGES:
        found.append(_flag("quality.small_new_total", "total_investment_fen", amount_yuan=as_yuan(total)))
    if total:
        found += _check_size(facts, total)
    if facts.stage not in EARLY_STAGES:
        return found
    for key, label, text in (("name", "名称", facts.name), ("content", "建设内容", facts.content)):
        if match := _STARTED.search(text):
            found.append(_flag("quality.started_in_text", key, where=label, found=match[0], stage=facts.stage_label))
            break
    if facts.planned_start_on is not None and facts.planned_start_on < today:
        start = facts.planned_start_words or facts.planned_start_on.isoformat()
        found.append(_flag("quality.planned_start_passed", "planned_start_on", start=start, stage=facts.stage_label))
    return found


def _check_size(facts: EntryFacts, total: int) -> list[Finding]:
    data = {"amount_wan": as_wan(total), "amount_yi": as_yi(total)}
    for one in (*amounts_in_text(facts.content), *amounts_in_text(facts.name), *amounts_in_text(facts.funding_text)):
        if is_slip(total, one.fen, one.half_fen):
            return [_flag("quality.total_slips_from_text", "total_investment_fen", text=one.text, **data)]
    if total > (LARGEST_ASSUMED_FEN if facts.stage in EARLY_STAGES else LARGEST_USUAL_FEN):
        return [_flag("quality.large_total", "total_investment_fen", **data)]
    return []


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the check reads. Amounts are fen; ``stage_label`` is the Chinese word for messages.

    ``planned_finish_on`` is the last day that the planned day may mean, ``planned_finish_words`` how it was given.
    ``parts_fen``: the totals of its live parts, whose sum is counted instead of its own; None when it has no part.
    """

    stage: str
    stage_label: str
    funding_nature: str
    works_type: str
    owner_name: str
    has_owner_unit: bool
    code: str
    code_text: str
    total_fen: int | None
    total_text: str
    total_precision_fen: int | None
    annual_planned_fen: Sequence[int | None]
    annual_completed_fen: Sequence[int | None]
    planned_finish_on: date | None
    planned_finish_words: str = ""
    entry: EntryFacts | None = None
    parts_fen: Sequence[int | None] | None = None
    code_elsewhere: tuple[str, str, str] | None = None  # segment and region of a code of a different county; our region


def check_file(facts: FileFacts, today: date) -> list[Finding]:
    """Return the findings of a file, gravest first."""
    found: list[Finding] = []
    started = STAGE_ORDER["DESIGN"] <= STAGE_ORDER[facts.stage] <= STAGE_ORDER["BUILT"]
    if not facts.code and facts.code_text:
        found.append(_flag("quality.code_masked", "project_code", text=facts.code_text))
    elif not facts.code and started:
        found.append(_flag("quality.code_missing", "project_code", stage=facts.stage_label))
    if facts.code_elsewhere is not None:
        found_in, place, region = facts.code_elsewhere
        found.append(_flag("project_code.region_elsewhere", "project_code", found=found_in, place=place, region=region))
    if facts.total_fen is None:
        found.append(_flag("quality.total_missing", "total_investment_fen"))
    else:
        found += _check_amounts(facts, facts.total_fen)
    if facts.parts_fen:
        found += check_parts(facts.total_fen, facts.parts_fen, facts.total_precision_fen or 0)
    if facts.entry is not None:
        found += [f for f in check_entry(facts.entry, today) if f.code != "quality.small_new_total"]
    if facts.funding_nature == "UNKNOWN":
        found.append(_flag("quality.funding_unknown", "funding_nature"))
    if facts.stage == "UNKNOWN":
        found.append(_flag("quality.stage_unknown", "stage"))
    open_stages = ("RESERVE", "APPROVAL", "DESIGN", "PROCUREMENT", "CONSTRUCTION")
    if facts.planned_finish_on is not None and facts.planned_finish_on < today and facts.stage in open_stages:
        finish = facts.planned_finish_words or facts.planned_finish_on.isoformat()
        data = {"finish": finish, "stage": facts.stage_label}
        found.append(Finding("quality.planned_finish_passed", data, "planned_finish_on", Severity.FLAG))
    if not facts.owner_name:
        found.append(_flag("quality.owner_missing", "owner_name"))
    elif not facts.has_owner_unit:
        found.append(_note("quality.owner_unlinked", "owner_name", name=facts.owner_name))
    if not facts.works_type:
        found.append(_note("quality.works_type_missing", "works_type"))
    return found


def check_parts(total_fen: int | None, parts_fen: Sequence[int | None], precision_fen: int = 0) -> list[Finding]:
    """Return the finding that the parts of a project leave out money of the whole, or exceed it.

    Totals count the parts alone. The total's precision, at least one in a hundred, is no difference.
    """
    stated = sum(amount for amount in parts_fen if amount is not None)
    if total_fen is None or abs(stated - total_fen) <= max(precision_fen, total_fen // 100):
        return []
    data = {"parts": len(parts_fen), "unreported": sum(amount is None for amount in parts_fen),
            "parts_wan": as_wan(stated), "total_wan": as_wan(total_fen)}  # fmt: skip
    if stated > total_fen:
        data["over_wan"] = as_wan(stated - total_fen)
        return [Finding("quality.parts_above_whole", data, "total_investment_fen", Severity.FLAG)]
    data["missing_wan"] = as_wan(total_fen - stated)
    return [Finding("quality.parts_below_whole", data, "total_investment_fen", Severity.FLAG)]


def _check_amounts(facts: FileFacts, total_fen: int) -> list[Finding]:
    found = []
    if 0 < total_fen < SMALL_TOTAL_FEN:
        found.append(_flag("quality.small_total", "total_investment_fen", amount_yuan=as_yuan(total_fen)))
    planned = sum(amount for amount in facts.annual_planned_fen if amount is not None)
    if planned > total_fen + (facts.total_precision_fen or 0):
        data = {"planned_wan": as_wan(planned), "total_wan": as_wan(total_fen)}
        found.append(Finding("quality.annual_over_total", data, "annual_planned_fen", Severity.FLAG))
    completed = sum(amount for amount in facts.annual_completed_fen if amount is not None)
    if completed > total_fen + (facts.total_precision_fen or 0):
        data = {"completed_wan": as_wan(completed), "total_wan": as_wan(total_fen)}
        found.append(Finding("quality.completed_over_total", data, "annual_completed_fen", Severity.FLAG))
    if facts.total_text and (facts.total_precision_fen or 0) > SMALL_TOTAL_FEN:
        data = {"text": facts.total_text, "precision_wan": as_wan(facts.total_precision_fen, 0)}
        found.append(Finding("quality.total_approximate", data, "total_investment_fen", Severity.NOTE))
    return found


def _flag(code: str, key: str, **data: object) -> Finding:
    return Finding(code, _plain(data), key, Severity.FLAG)


def _note(code: str, key: str, **data: object) -> Finding:
    return Finding(code, _plain(data), key, Severity.NOTE)


def _plain(data: Mapping[str, object]) -> dict[str, object]:
    return dict(data)
