"""The numbers of likeness out of the packs, with their basis."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.ground.policy.rules.policy import Policy
from gongbu.mainline.likeness.rules.comparing import Limits

SAME_AT, SHOWN_AT = "likeness.same_at", "likeness.shown_at"
REPORT_SHARE, PASSAGE_LEAST, COMMON_IN = "likeness.report_share", "likeness.passage_least", "likeness.common_in"


@dataclass(frozen=True, slots=True)
class Stated:
    """The two limits of names as a region has them, with the values they come from."""

    limits: Limits
    same_at: DatedValue
    shown_at: DatedValue

    @property
    def refs(self) -> list[dict[str, object]]:
        """The references as a ledger entry holds them."""
        return [dict(self.same_at.ref.as_dict()), dict(self.shown_at.ref.as_dict())]


def names(policy: Policy, on: date) -> Stated:
    """Return the limits of names in force on a day."""
    same, shown = policy.at(SAME_AT, on), policy.at(SHOWN_AT, on)
    return Stated(Limits(float(Decimal(str(same.value))), float(Decimal(str(shown.value)))), same, shown)
