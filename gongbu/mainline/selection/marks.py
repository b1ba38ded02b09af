"""The 依据 marks of selection: what ``ui.basis`` shows beside a scorecard, a step, a rank."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from gongbu.ground.ledger import receipts
from gongbu.ground.policy.queries import check_of, pack_words
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.mainline.selection.models import Round, Sheet
from gongbu.mainline.selection.queries import RankedProject
from gongbu.mainline.selection.services.settling import CHOSEN, FAILED, OUTCOMES, PASSED


def of_card(card: Scorecard, pack: str, version: str, facts: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the mark of a scorecard: how marks become a rank."""
    return {
        "value": card.label,
        "rule": f"{card.weights_words}。{card.method_words}。{card.ties_words}。",
        "facts": list(facts),
        "clause": str(card.basis),
        "dates": f"{card.effective_from.isoformat()} 起施行",
        "pack": pack_words(pack, version),
        "check": check_of(card.confidence.value),
        "note": card.note,
    }


def of_round(card: Scorecard, round_: Round) -> dict[str, Any]:
    """Return the mark of a round: the card it pinned."""
    return of_card(card, round_.card_pack, round_.card_version)


def total_of(card: Scorecard, sheet: Sheet) -> Decimal:
    """Return the weighted total of one sheet."""
    return sum((Decimal(sheet.marks[one.key]) * one.weight for one in card.dimensions), Decimal(0))


def of_sheets(
    card: Scorecard, sheets: Sequence[Sheet], left_out: Collection[int]
) -> list[tuple[Sheet, list[Decimal], Decimal, str]]:  # fmt: skip
    """Return each sheet with its marks, its weighted total, and why it does not count ("" when it does), best first."""
    totals = {sheet.pk: total_of(card, sheet) for sheet in sheets}
    ordered = sorted(sheets, key=lambda one: (-totals[one.pk], one.scorer_id))
    why = _left_out_words([totals[one.pk] for one in ordered], [one.scorer_id in left_out for one in ordered])
    return [
        (sheet, [Decimal(sheet.marks[one.key]) for one in card.dimensions], totals[sheet.pk], out)
        for sheet, out in zip(ordered, why, strict=True)
    ]


def _left_out_words(totals: Sequence[Decimal], outs: Sequence[bool]) -> list[str]:
    """Return which of the totals, best first, are left out as the highest and which as the lowest."""
    at = [n for n, out in enumerate(outs) if out]
    kept = [total for total, out in zip(totals, outs, strict=True) if not out]
    words = [""] * len(totals)
    for place, n in enumerate(at):
        is_high = totals[n] >= max(kept, default=totals[n]) if len(at) == 1 else 2 * place < len(at)
        words[n] = "去掉最高" if is_high else "去掉最低"
    return words


def of_rank(card: Scorecard, round_: Round, row: RankedProject) -> dict[str, Any]:
    """Return the mark of one rank: the means that made the score, and where the whole decision stands."""
    outcome = OUTCOMES[CHOSEN if row.is_chosen else PASSED if row.passes else FAILED]
    facts = [(label, f"{mean:.{card.places}f}") for label, mean in row.means.items()]
    facts += [("评分人", f"{row.scorers} 人"), ("评分差（最高减最低）", f"{row.spread:.{card.places}f}")]
    if row.firm is not None:
        vary = f"{card.sensitivity.vary * 100:f}".rstrip("0").rstrip(".")
        said = f"权重各自上下浮动 {vary}%，试算 {card.sensitivity.times} 次，留在前 {round_.places} 名的占 {row.firm * 100:.1f}%"
        facts.append(("稳定度", said))
    return {
        **of_card(card, round_.card_pack, round_.card_version, facts),
        "value": f"{row.score:.{card.places}f} 分，第 {row.rank} 名，{outcome}",
        "decision_url": reverse("policy:decision", args=[row.decision_id]) if row.decision_id else "",
        "receipt_url": reverse("ledger:receipt", args=[receipts.grouped(round_.receipt)]) if round_.receipt else "",
    }
