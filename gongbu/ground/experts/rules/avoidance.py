"""回避 and eligibility: why an expert may not be drawn. Each reason is a finding that can be shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from gongbu.ground.basics.findings import Basis, Finding, Severity

BONDS = frozenset({"EMPLOYED", "DIRECTOR", "SHAREHOLDER"})
"""Relations to a unit that bind for some years after they ended; the others bind while they stand."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation that may mean 回避: to a unit (by id or name), to a person (by name). ``until``: the last day, None: standing."""

    kind: str
    unit_id: int | None = None
    unit_name: str = ""
    person_name: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ExpertFacts:
    """What the rules need to know of an expert. Regions are order keys; ``serves`` is the range he may be drawn for."""

    number: int
    name: str
    unit_id: int | None
    unit_name: str
    state: str
    valid_from: date
    valid_to: date | None
    serves: tuple[int, int]
    specialties: frozenset[str]
    relations: Sequence[Relation] = ()
    state_until: date | None = None


@dataclass(frozen=True, slots=True)
class Avoid:
    """Whom a draw avoids: units (owner, author of the report …) and persons."""

    unit_ids: frozenset[int] = frozenset()
    unit_names: frozenset[str] = frozenset()
    person_names: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AvoidRule:
    """For how many years a bond that ended still means 回避, and where that is written."""

    years: int
    basis: Basis


@lru_cache(maxsize=20_000)
def fold_unit(name: str) -> str:
    """Return a unit's name for comparing: no spaces, brackets narrowed."""
    return re.sub(r"\s+", "", name).replace("（", "(").replace("）", ")")


def years_before(on: date, years: int) -> date:
    """Return the day ``years`` years earlier (28 February for the 29th)."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:
        return on.replace(year=on.year - years, day=28)


def check_eligible(expert: ExpertFacts, avoid: Avoid, region_key: int, on: date, rule: AvoidRule) -> list[Finding]:
    """Return every reason why an expert may not be drawn for a subject in the region on the day; none: he may."""
    return [
        *_check_standing(expert, region_key, on),
        *_check_named(expert, avoid),
        *check_unit(expert.unit_id, expert.unit_name, expert.relations, avoid, on, rule),
    ]


def check_unit(
    unit_id: int | None, unit_name: str, relations: Sequence[Relation], avoid: Avoid, on: date, rule: AvoidRule
) -> list[Finding]:
    """Return every bond of an expert, by his unit or a relation, to the units and people to be avoided on the day."""
    found = []
    if _meets(unit_id, unit_name, avoid):
        found.append(_out("experts.own_unit", rule.basis, unit=unit_name))
    for relation in relations:
        if (finding := _check_relation(relation, avoid, on, rule)) is not None:
            found.append(finding)
    return found


def _check_standing(expert: ExpertFacts, region_key: int, on: date) -> list[Finding]:
    found = []
    if expert.state == "SUSPENDED" and (expert.state_until is None or on <= expert.state_until):
        found.append(_out("experts.suspended"))
    elif expert.state == "RETIRED":
        found.append(_out("experts.retired"))
    if on < expert.valid_from:
        found.append(_out("experts.not_yet", day=expert.valid_from.isoformat()))
    elif expert.valid_to is not None and on >= expert.valid_to:
        found.append(_out("experts.expired", day=expert.valid_to.isoformat()))
    if not expert.serves[0] <= region_key < expert.serves[1]:
        found.append(_out("experts.elsewhere"))
    return found


def _check_named(expert: ExpertFacts, avoid: Avoid) -> list[Finding]:
    if expert.number in avoid.numbers:
        return [_out("experts.drawn_before")]
    return [_out("experts.named")] if expert.name in avoid.person_names else []


def _check_relation(relation: Relation, avoid: Avoid, on: date, rule: AvoidRule) -> Finding | None:
    if relation.person_name and relation.person_name in avoid.person_names:
        return _out("experts.kin", rule.basis)
    if not _meets(relation.unit_id, relation.unit_name, avoid):
        return None
    if relation.until is None or relation.until >= on:
        return _out("experts.related", rule.basis, unit=relation.unit_name)
    if relation.kind in BONDS and relation.until >= years_before(on, rule.years):
        day = relation.until.isoformat()
        return _out("experts.related_lately", rule.basis, unit=relation.unit_name, until=day, years=rule.years)
    return None


def _meets(unit_id: int | None, unit_name: str, avoid: Avoid) -> bool:
    return (unit_id is not None and unit_id in avoid.unit_ids) or (
        bool(unit_name) and fold_unit(unit_name) in avoid.unit_names
    )


def _out(code: str, basis: Basis | None = None, **data: object) -> Finding:
    return Finding(code, data, None, Severity.REJECT, basis)
