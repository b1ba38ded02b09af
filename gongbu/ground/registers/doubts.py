"""数据质量门 at a form (GO-13): what is typed may be wrong by a unit; it is asked about once, before anything is saved.

Nothing is corrected. The person says “已核对” to each doubt and submits again; a figure changed meanwhile is asked anew.
Rooms add doubts of their own with ``FormSpec.bind(doubts=…)``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from gongbu.ground.basics.findings import Finding
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.money import as_wan, as_yi
from gongbu.ground.basics.rules.amounts import Stated, amounts_in_text, is_slip, largest_without_unit
from gongbu.ground.registers.catalogue import Field

SURE = "_sure"
"""Name of the boxes that say “已核对”; each carries the token of its doubt."""
MOST_SURE = 50


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to look at again: what is said, the token of its box, whether it is ticked."""

    token: str
    text: str
    label: str
    is_sure: bool


def find_in_amounts(
    fields: Sequence[tuple[str, Field]], values: Mapping[str, Any], initial: Mapping[str, Any]
) -> list[Finding]:
    """Return what is doubtful in the money fields of a form: far too large, or a unit away from a text or the old value.

    :param fields: name in the form and catalogue field, of every field
    :param values: typed values by name; amounts in fen
    :param initial: the values the form was opened on
    """
    texts = [values.get(name) or "" for name, spec in fields if spec.type in ("text", "long_text")]
    stated = [one for text in texts for one in amounts_in_text(text)]
    found = []
    for name, spec in fields:
        fen = values.get(name)
        if spec.type == "money" and isinstance(fen, int) and fen and fen != initial.get(name):
            found += _of_one(name, spec, fen, stated, initial.get(name))
    return found


def _of_one(name: str, spec: Field, fen: int, stated: Sequence[Stated], before: Any) -> list[Finding]:
    data = {"label": spec.label, "found": f"{as_wan(fen)} 万元"}
    if isinstance(before, int) and before and is_slip(fen, before):
        return [Finding("forms.amount_slips_from_before", {**data, "before": f"{as_wan(before)} 万元"}, name)]
    for one in stated:
        if is_slip(abs(fen), one.fen, one.half_fen):
            return [Finding("forms.amount_slips_from_text", {**data, "text": one.text}, name)]
    # The unit stands beside the input, but people type what lies on their desk.
    if abs(fen) > largest_without_unit(_as_typed(fen, spec.fen_per_unit)):
        return [Finding("forms.amount_maybe_slip", {**data, "read": f"{as_yi(fen)} 亿元"}, name)]
    return []


def _as_typed(fen: int, fen_per_unit: int) -> str:
    whole, rest = divmod(abs(fen), fen_per_unit)
    return str(whole) if not rest else f"{whole}.{str(rest).zfill(len(str(fen_per_unit)) - 1).rstrip('0')}"


def as_doubts(findings: Sequence[Finding], labels: Mapping[str, str], sure: Iterable[str]) -> list[Doubt]:
    """Return findings as boxes; ``sure`` holds the tokens that came ticked."""
    ticked, doubts = frozenset(sure), []
    for finding in findings:
        text = word(finding)
        token = blake2s(f"{finding.code}\n{finding.field}\n{text}".encode(), digest_size=8).hexdigest()
        doubts.append(Doubt(token, text, labels.get(finding.field or "", ""), token in ticked))
    return doubts
