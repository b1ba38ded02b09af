"""Measure classification: every grading and initiation table over many records, against the bare numpy comparisons."""

import time
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gongbu.ground.basics.money import FEN_PER_WAN, FEN_PER_YI
from gongbu.ground.policy.loading import load_packs
from gongbu.ground.policy.rules.policy import Policy

ON = date(2026, 3, 1)
WORKS = (
    "RAIL_TRANSIT",
    "OLD_NEIGHBOURHOOD",
    "SMART_CITY",
    "COMMUNITY_RENEWAL",
    "SMALL_MUNICIPAL",
    "BUILDING",
    "WATER",
    None,
)
FUNDING = ("GOVERNMENT", "ENTERPRISE", None)


def sample(size: int, seed: int = 1) -> dict[str, Any]:
    """Return columns of ``size`` records: amounts from 1 万元 to 100 亿元, one in fifty unknown."""
    random = np.random.default_rng(seed)
    total = np.exp(random.uniform(np.log(FEN_PER_WAN), np.log(100 * FEN_PER_YI), size)).astype(np.int64)
    annual = (total * random.uniform(0, 1, size)).astype(np.int64)
    gaps = random.integers(0, 50, size) == 0
    return {
        "total_investment_fen": [None if gap else int(value) for gap, value in zip(gaps, total, strict=True)],
        "annual_planned_fen": [int(value) for value in annual],
        "annual_year": [2026] * size,
        "works_type": [WORKS[index] for index in random.integers(0, len(WORKS), size)],
        "funding_nature": [FUNDING[index] for index in random.integers(0, len(FUNDING), size)],
        "initiation_nature": [None] * size,
        "is_city_strategic": [None] * size,
    }


def classify_all(policy: Policy, columns: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Decide grade, catalogue, class and path (with superior law) for all records; return the counts."""
    tables = ("centralized.grade", "centralized.catalogue", "classified_initiation.class", "classified_initiation.path")
    return {table: policy.decide_many(table, columns, ON).counts() for table in tables}


def compare_bare(
    total: NDArray[np.int64], annual: NDArray[np.int64], works: NDArray[np.int64], funding: NDArray[np.int64]
) -> None:
    """Make the same four judgements with hand-written comparisons of ready arrays: the floor."""
    grade = np.where(total > FEN_PER_YI, 0, np.where(total >= 500 * FEN_PER_WAN, 1, 2))
    listed = annual > 500 * FEN_PER_WAN
    klass = np.where(works == 0, 0, np.where(works <= 2, 1, np.where(works <= 4, 2, 3)))
    path = np.where((klass == 2) & (funding == 0), 3, np.where((klass == 2) & (funding == 2), 4, klass))
    for answer, codes in ((grade, 3), (listed.astype(np.int64), 2), (klass, 4), (path, 5)):
        np.bincount(answer, minlength=codes)


def classify(size: int = 100_000) -> dict[str, Any]:
    """Return the best of five for ``size`` records in ms, beside the floor, from Python lists as a room passes them.

    The floor starts from arrays that are ready in memory: the difference is reading and checking every fact.
    """
    policy = Policy(load_packs()[key] for key in ("classified_initiation", "centralized", "national"))
    columns = sample(size)
    classify_all(policy, {key: column[:10] for key, column in columns.items()})
    total = np.array([0 if value is None else value for value in columns["total_investment_fen"]], dtype=np.int64)
    annual = np.array(columns["annual_planned_fen"], dtype=np.int64)
    works = np.array([WORKS.index(value) for value in columns["works_type"]], dtype=np.int64)
    funding = np.array([FUNDING.index(value) for value in columns["funding_nature"]], dtype=np.int64)
    value = _best(lambda: classify_all(policy, columns))
    floor = _best(lambda: compare_bare(total, annual, works, funding))
    return {
        "name": "classify",
        "value": round(value * 1000, 2),
        "floor": round(floor * 1000, 2),
        "floor_name": "numpy comparisons on ready arrays",
        "ratio": round(value / floor, 1),
        "unit": "ms",
        "size": size,
        "tables": 4,
    }


run = classify


def _best(work: Any, times: int = 5) -> float:
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best
