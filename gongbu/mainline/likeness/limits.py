"""The numbers of likeness out of the packs, with their basis."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.ground.policy.rules.policy import Policy
from gongbu.mainline.likeness.rules.comparing import Limits

SAME_AT, SHOWN_AT = "likeness.same_at", "likeness.shown_at"
REPORT_SHARE, PASSAGE_LEAST, COMMON_IN = "likeness.report_share", "likeness.passage_least", "likeness.common_in"
TEMPLATE_SHARE, REPORT_KINDS = "likeness.template_share", "likeness.report_kinds"
REPORT_TITLES, REPORT_TITLES_OUT = "likeness.report_titles", "likeness.report_titles_out"


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


@dataclass(frozen=True, slots=True)
class ReportLimits:
    """What a region says of reports: which are compared, how long a passage is, how much is too much."""

    share: float
    least: int
    common_in: int
    template_share: float
    kinds: tuple[str, ...]
    titles: tuple[str, ...]
    titles_out: tuple[str, ...]
    stated: tuple[DatedValue, ...]

    @property
    def refs(self) -> list[dict[str, object]]:
        """The references as a ledger entry holds them."""
        return [dict(value.ref.as_dict()) for value in self.stated]

    def covers(self, kind: str, title: str) -> bool:
        """Whether a document of this kind and title is a report that is compared."""
        if any(word in title for word in self.titles_out):
            return False
        return kind in self.kinds or any(word in title for word in self.titles)


def reports(policy: Policy, on: date) -> ReportLimits:
    """Return the limits of reports in force on a day."""
    share, least, common_in, template = (
        policy.at(key, on) for key in (REPORT_SHARE, PASSAGE_LEAST, COMMON_IN, TEMPLATE_SHARE)
    )
    words = [policy.at(key, on).value for key in (REPORT_KINDS, REPORT_TITLES, REPORT_TITLES_OUT)]
    kinds, titles, out = (tuple(map(str, value)) if isinstance(value, tuple) else () for value in words)
    return ReportLimits(
        float(Decimal(str(share.value))), int(str(least.value)), int(str(common_in.value)),
        float(Decimal(str(template.value))), kinds, titles, out, (share, least, common_in, template),
    )  # fmt: skip
