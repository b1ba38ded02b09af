"""Rules of 批复文件: which step of the chain a paper is, whether its parts make its total, whether its number fits.

Pure. Amounts are whole fen. The chain is 项目建议书 → 可行性研究 → 初步设计 → 概算, each maybe adjusted later
(政府投资条例 第九条、第十二条、第二十三条).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

STEPS = {
    "PROPOSAL": "项目建议书（立项）",
    "FEASIBILITY": "可行性研究",
    "DESIGN": "初步设计",
    "ESTIMATE": "概算",
    "OTHER": "其他",
}
STEP_ORDER = {step: order for order, step in enumerate(STEPS)}
PARTS = {
    "engineering_fen": "工程费", "other_fen": "工程建设其他费", "contingency_fen": "预备费", "preliminary_fen": "前期费",
    "interest_fen": "建设期利息", "equipment_fen": "设备购置费", "extra_fen": "其余一项",
}  # fmt: skip
_DOC_NO = re.compile(r".{1,30}?[〔\[【﹝(（](\d{4})[〕\]】﹞)）]\s*第?\s*\d+(?:-\d+)?\s*号$")


def step_of(doc_type: str) -> tuple[str, bool]:
    """Return (step, is_adjustment) of a paper by its type as written: 概算变更批复 is (ESTIMATE, True)."""
    text = re.sub(r"\s", "", doc_type)
    adjusted = bool(re.search(r"调整|变更|修改", text))
    if re.search(r"可行性研究|可研", text):
        return "FEASIBILITY", adjusted
    if re.search(r"项目建议书|立项", text):
        return "PROPOSAL", adjusted
    if "概算" in text:
        return "ESTIMATE", adjusted
    if re.search(r"初步设计|初设", text):
        return "DESIGN", adjusted
    return "OTHER", adjusted


def doc_no_year(doc_no: str) -> int | None:
    """Return the year in a document number (文号) such as 潭发改审〔2024〕15号; None when it is no such number."""
    matched = _DOC_NO.fullmatch(re.sub(r"\s", "", doc_no))
    return int(matched[1]) if matched else None


@dataclass(frozen=True, slots=True)
class ChainPaper:
    """What the chain needs of a paper: its step, day, and total in fen (None: not stated)."""

    id: int
    step: str
    is_adjustment: bool
    issued_on: date | None
    total_fen: int | None


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A paper in its place, with the change of its total against the paper before that states one.

    ``change`` is a ratio (0.038 is +3.8 %), None when there is nothing to compare with.
    """

    paper_id: int
    change_fen: int | None
    change: Decimal | None
    against_id: int | None


@dataclass(frozen=True, slots=True)
class Overrun:
    """概算 against the approved 可研 estimate: ``ratio`` is 概算 ÷ 估算 − 1, not rounded (0.10 is exactly 10 %)."""

    estimate_id: int
    feasibility_id: int
    ratio: Decimal


def find_overrun(papers: Iterable[ChainPaper]) -> Overrun | None:
    """Return the first 概算 with a total against the last 可研 with a total that does not come after it; None without both.

    政府投资条例 第十二条第二款 compares what the preliminary design's estimate asks with what the feasibility study was
    approved for. A later adjustment of the 概算 is a case of its own (第二十三条) and is not judged here.
    """
    chain = [paper for paper in order_chain(papers) if paper.total_fen]
    estimate = next((p for p in chain if p.step == "ESTIMATE" and not p.is_adjustment), None)
    if estimate is None or estimate.total_fen is None:
        return None
    before = [p for p in chain if p.step == "FEASIBILITY" and not _comes_after(p, estimate)]
    if not before or not before[-1].total_fen:
        return None
    ratio = Decimal(estimate.total_fen) / before[-1].total_fen - 1
    return Overrun(estimate.id, before[-1].id, ratio)


def _comes_after(paper: ChainPaper, other: ChainPaper) -> bool:
    return paper.issued_on is not None and other.issued_on is not None and paper.issued_on > other.issued_on


def order_chain(papers: Iterable[ChainPaper]) -> list[ChainPaper]:
    """Return papers in chain order: by step, adjustments after what they adjust, then by day; undated last in a step."""
    return sorted(papers, key=lambda p: (STEP_ORDER[p.step], p.is_adjustment, p.issued_on or date.max, p.id))


def compute_chain(papers: Iterable[ChainPaper]) -> list[ChainLink]:
    """Return the links of a chain, each compared with the nearest earlier paper that states a total."""
    links: list[ChainLink] = []
    last: ChainPaper | None = None
    for paper in order_chain(papers):
        if paper.total_fen is None or last is None or not last.total_fen:
            links.append(ChainLink(paper.id, None, None, None))
        else:
            change = paper.total_fen - last.total_fen
            ratio = (Decimal(change) / last.total_fen).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            links.append(ChainLink(paper.id, change, ratio, last.id))
        if paper.total_fen is not None:
            last = paper
    return links
