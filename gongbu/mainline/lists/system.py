"""What a county's packs say about lists: kinds, the five, which are laid open, the criteria."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gongbu.ground.basics.findings import Basis, Refusal
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.ground.policy.rules.policy import Policy

KINDS, FIVE, ON_NOTICE = "county_reserve.list_kinds", "county_reserve.five_lists", "county_reserve.lists_on_notice"
CRITERIA = "county_reserve.criteria_"  # followed by the kind in lower case; a kind without a table is filled by hand
PROPOSE = "PROPOSE"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of list with its name, whether it is one of the five, and the clause that has it laid open (or None)."""

    code: str
    label: str
    is_of_five: bool
    notice: DatedValue | None


@dataclass(frozen=True, slots=True)
class System:
    """The kinds of lists of one county on one day, and the policy that drafts them."""

    region: Region
    policy: Policy
    kinds: Mapping[str, Kind]

    def kind(self, code: str) -> Kind:
        """Return a kind.

        :raises Refusal: the county's packs know no lists, or not this one
        """
        if not self.kinds:
            raise Refusal("lists.no_system", region=self.region.name)
        if code not in self.kinds:
            raise Refusal("lists.kind_unknown", field="list_kind", region=self.region.name, kind=code)
        return self.kinds[code]


def system_of(region: Region, on: date) -> System:
    """Return what the packs of a region say about lists on a day (2 queries); no kinds where no pack speaks of them."""
    policy = policy_queries.policy_for(region.pk, on)
    try:
        kinds = policy.at(KINDS, on)
    except Refusal as refusal:
        if refusal.code in ("policy.unknown_key", "policy.no_value"):
            return System(region, policy, {})
        raise
    labels = next(pack.parameters[KINDS].choices for pack in policy.packs if KINDS in pack.parameters)
    five, noticed = _codes(policy, FIVE, on), policy.at(ON_NOTICE, on)
    open_ones = set(_as_codes(noticed.value))
    found = {
        code: Kind(code, labels.get(code, code), code in five, noticed if code in open_ones else None)
        for code in _as_codes(kinds.value)
    }
    return System(region, policy, found)


def _codes(policy: Policy, key: str, on: date) -> set[str]:
    return set(_as_codes(policy.at(key, on).value))


def _as_codes(value: object) -> list[str]:
    return [str(code) for code in value] if isinstance(value, list | tuple) else []


def basis_from(stored: Mapping[str, str]) -> Basis | None:
    """Return the clause that has a list laid open, as stored with the list; None where none does."""
    return Basis(stored["instrument"], stored.get("article", "")) if stored.get("instrument") else None
