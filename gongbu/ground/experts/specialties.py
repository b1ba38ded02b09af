"""Lists of the policy that this room uses: specialties, items of appraisal, years of 回避, with where they come from."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Basis
from gongbu.ground.policy.queries import packs, policy_for
from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.ground.policy.rules.policy import Policy

SPECIALTIES, ITEMS = "experts.specialties", "experts.appraisal_items"
YEARS, FULL, FLOOR = "experts.avoid_years", "experts.appraisal_full", "experts.appraisal_floor"


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of codes in force with its labels and the value it came from."""

    labels: dict[str, str]
    value: DatedValue


def labels_of(key: str) -> dict[str, str]:
    """Return code → label of a list over all installed packs (the nearest pack of a region may use fewer)."""
    found: dict[str, str] = {}
    for pack in packs().values():
        if (parameter := pack.parameters.get(key)) is not None:
            found |= {code: label for code, label in parameter.choices.items() if code not in found}
    return found


def label(code: str) -> str:
    """Return the name of a specialty; one that no pack knows any more shows its code."""
    return labels_of(SPECIALTIES).get(code, code)


def read(policy: Policy, key: str, on: date) -> Listed:
    """Return a list of codes as it is in force on a day.

    :raises Refusal: the policy has no such list on the day
    """
    value = policy.at(key, on)
    codes = [str(code) for code in value.value] if isinstance(value.value, tuple | list | frozenset) else []
    known = labels_of(key)
    return Listed({code: known.get(code, code) for code in codes}, value)


def list_specialties(region_id: int, on: date | None = None) -> dict[str, str]:
    """Return the specialties of a region on a day, code → label (2 queries)."""
    on = on or clock.today()
    return read(policy_for(region_id, on), SPECIALTIES, on).labels


def number(policy: Policy, key: str, on: date) -> tuple[Decimal, DatedValue]:
    """Return a number of the policy with its value record.

    :raises Refusal: no such parameter on the day
    """
    value = policy.at(key, on)
    return Decimal(str(value.value)), value


def basis_of(value: DatedValue) -> Basis:
    """Return the clause of a value."""
    return value.basis
