"""A draw as data that anybody can keep and compute again, and the computing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gongbu.ground.experts.models import Draw, Seat, code_of
from gongbu.ground.experts.rules import drawing as rules
from gongbu.ground.ledger.hashing import digest_of

FORMAT = "gongbu-draw/1"
RULES = {
    "commitment": "H(seed)",
    "final_seed": 'H(seed ":" word)',
    "rank": 'H(final_seed ":" number), ascending',
    "places": "down the line, each who can be seated with all before him (augmenting paths over the specialties in the "
    "order of needs); within a specialty members first, then substitutes",
    "H": "digest named by algorithm, over UTF-8, as lower-case hexadecimal",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What computing a draw again found; ``expected`` and ``drawn`` are numbers by specialty and role."""

    is_bound: bool
    is_same: bool
    expected: tuple[rules.Place, ...]

    @property
    def is_right(self) -> bool:
        """Whether seed and result both agree."""
        return self.is_bound and self.is_same


def as_data(draw: Draw) -> dict[str, Any]:
    """Return a drawn draw as plain data, without names (1 query)."""
    seats = Seat.objects.filter(draw=draw).exclude(drawn_as="")
    first = [
        {"number": seat.expert_id, "code": code_of(seat.expert_id), "specialty": seat.specialty, "role": seat.drawn_as,
         "rank": seat.rank}
        for seat in seats
    ]  # fmt: skip
    return {
        "format": FORMAT,
        "title": draw.title,
        "algorithm": draw.algorithm,
        "commitment": draw.commitment,
        "seed": draw.seed,
        "word": draw.word,
        "needs": [{"specialty": c, "members": m, "substitutes": s} for c, _, m, s in draw.needs],
        "pool": [{"number": n, "specialties": codes} for n, codes, reasons in draw.pool if not reasons],
        "drawn": first,
        "receipts": {"opened": draw.opened_receipt, "drawn": draw.receipt},
        "rules": RULES,
    }


def verify(data: Mapping[str, Any]) -> Verdict:
    """Compute a draw again from its data alone.

    :raises ValueError: not the data of a draw
    """
    if data.get("format") != FORMAT:
        raise ValueError("不是抽取记录文件")
    try:
        digest = digest_of(str(data["algorithm"]))
        needs = [rules.Need(n["specialty"], int(n["members"]), int(n["substitutes"])) for n in data["needs"]]
        pool = [rules.Candidate(int(c["number"]), frozenset(c["specialties"])) for c in data["pool"]]
        drawn = {(int(p["number"]), p["specialty"], p["role"], int(p["rank"])) for p in data["drawn"]}
        is_bound = rules.compute_commitment(data["seed"], digest) == data["commitment"]
        final = rules.compute_final_seed(data["seed"], data["word"], digest)
    except (KeyError, TypeError) as fault:
        raise ValueError(f"抽取记录文件缺少 {fault}") from None
    try:
        expected = tuple(rules.draw(final, pool, needs, digest))
    except rules.PoolTooSmall:
        expected = ()
    return Verdict(is_bound, {(p.number, p.specialty, p.role, p.rank) for p in expected} == drawn, expected)
