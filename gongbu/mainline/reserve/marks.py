"""The 依据 marks of the reserve: what ``ui.basis`` shows beside a target, a limit, a list of the packs."""

from collections.abc import Sequence
from typing import Any

from gongbu.ground.policy.models import PolicyDecision
from gongbu.ground.policy.queries import check_of, pack_words, say_facts
from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.mainline.reserve.models import ReserveFile
from gongbu.mainline.reserve.rules.ageing import add_months
from gongbu.mainline.reserve.system import GRACE, MONTHS, System


def of_value(
    value: DatedValue, *, note: str = "", facts: Sequence[tuple[str, str]] = (), shown: str = ""
) -> dict[str, Any]:
    """Return the mark of a parameter; ``shown`` is the conclusion drawn from it, when that is not the value itself."""
    return {
        "value": shown or value.words,
        "rule": f"{value.label}：{value.words}",
        "facts": list(facts),
        "clause": str(value.basis),
        "dates": f"{value.ref.effective_from.isoformat()} 起施行",
        "pack": pack_words(value.ref.pack, value.ref.version),
        "check": check_of(value.confidence.value),
        "note": note,
    }


def of_deadline(file: ReserveFile, system: System) -> dict[str, Any] | None:
    """Return the mark of the last day for renewal: since when it counts, after how many months, with what grace."""
    months, grace = system.value(MONTHS), system.value(GRACE)
    if months is None or file.renew_by_on is None:
        return None
    asked = file.renewal_asked_on or add_months(file.renewed_on, int(str(months.value)))
    word = "通知续报" if file.renewal_asked_on else "将通知续报"
    facts = [("最近续报", file.renewed_on.isoformat()), (word, f"{asked.isoformat()}（满 {months.words}）")]
    if grace is not None:
        facts.append(("期限", f"通知后 {grace.words}内（{grace.basis}）"))
    note = system.note_of(MONTHS) + (system.note_of(GRACE) if grace is not None else "")
    return of_value(months, note=note, facts=facts, shown=file.renew_by_on.isoformat())


def fact_words(decision: PolicyDecision) -> list[tuple[str, str]]:
    """Return (label, words) of the facts of a stored decision."""
    return [(label, words) for label, _key, words in say_facts(decision)]
