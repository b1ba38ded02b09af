"""The 依据 marks of the reserve: what ``ui.basis`` shows beside a target, a path, a gate, a limit."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.ground.policy.rules.decisions import Decision


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
        "pack": f"{value.ref.pack} {value.ref.version}",
        "confidence": value.confidence.value,
        "note": note,
    }


def of_decision(decision: Decision, decision_id: int | None = None, *, note: str = "") -> dict[str, Any]:
    """Return the mark of a decision, with the link to the stored one."""
    notes = [note, decision.reason, decision.note, *(conflict.words for conflict in decision.conflicts)]
    return {
        "value": decision.label,
        "rule": decision.explanation,
        "facts": [],
        "clause": str(decision.basis),
        "dates": f"{decision.ref.effective_from.isoformat()} 起施行，按 {decision.on.isoformat()} 适用",
        "pack": f"{decision.ref.pack} {decision.ref.version}",
        "confidence": decision.confidence.value,
        "note": "；".join(part for part in dict.fromkeys(notes) if part),
        "decision_url": reverse("policy:decision", args=[decision_id]) if decision_id else "",
    }
