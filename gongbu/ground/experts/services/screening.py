"""Who may be drawn: the pool looked at one by one, with the reasons of those who may not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongbu.ground.basics.findings import Finding
from gongbu.ground.experts import specialties as lists
from gongbu.ground.experts.entry import AvoidList
from gongbu.ground.experts.models import Expert, ExpertRelation, ExpertSpecialty
from gongbu.ground.experts.rules.avoidance import (
    Avoid,
    AvoidRule,
    ExpertFacts,
    Relation,
    check_eligible,
    check_unit,
    fold_unit,
)
from gongbu.ground.experts.rules.drawing import Candidate
from gongbu.ground.orgs.models import Unit
from gongbu.ground.policy.queries import policy_for


@dataclass(frozen=True, slots=True)
class Screened:
    """One expert looked at: his facts and every reason against him (none: eligible)."""

    facts: ExpertFacts
    reasons: tuple[Finding, ...]

    @property
    def candidate(self) -> Candidate:
        """The expert as the draw knows him."""
        return Candidate(self.facts.number, self.facts.specialties)


@dataclass(frozen=True, slots=True)
class Screening:
    """A pool looked at: everybody with a wanted specialty, and the reference of the rule that was applied."""

    rows: tuple[Screened, ...]
    policy: Sequence[dict[str, Any]]

    @property
    def eligible(self) -> list[Candidate]:
        """Those without a reason against them."""
        return [row.candidate for row in self.rows if not row.reasons]


def avoid_of(units: AvoidList, numbers: Collection[int] = ()) -> tuple[Avoid, list[tuple[int | None, str]]]:
    """Return whom to avoid, and the units by id and name as they are kept (1 query, none without ids)."""
    wanted = list(dict.fromkeys(units.unit_ids))
    known = Unit.objects.unscoped("named for avoidance").in_bulk(wanted) if wanted else {}
    named: list[tuple[int | None, str]] = [(pk, row.name) for pk, row in known.items()]
    named += [(None, " ".join(name.split())) for name in units.unit_names if name.strip()]
    names = {fold_unit(name) for _, name in named}
    for row in known.values():
        names |= {fold_unit(former) for former in row.former_names if isinstance(former, str)}
    people = frozenset(" ".join(name.split()) for name in units.people if name.strip())
    return Avoid(frozenset(known), frozenset(names), people, frozenset(numbers)), named


def screen(
    region_id: int, region_key: int, on: date, codes: Collection[str], avoid: Avoid, only: Collection[int] | None = None
) -> Screening:
    """Look at every published expert with one of the specialties, for a subject in the region on a day (5 queries).

    ``only`` narrows to some experts, for looking at them again.

    :raises Refusal: the policy of the region has no rule of 回避 on the day
    """
    years, value = lists.number(policy_for(region_id, on), lists.YEARS, on)
    rule = AvoidRule(int(years), value.basis)
    wanted_rows = ExpertSpecialty.objects.filter(code__in=list(codes)).values("expert_id")
    rows = Expert.objects.unscoped("everybody in line for a draw; rights were tested on the subject").filter(
        is_published=True, is_erased=False, pk__in=wanted_rows
    )
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    experts = list(rows.select_related("serves_in").order_by("pk"))
    ids = rows.values("pk")  # a subquery: a large pool has more numbers than a statement takes
    by_code: dict[int, set[str]] = {}
    for expert_id, code in ExpertSpecialty.objects.filter(expert_id__in=ids).values_list("expert_id", "code"):
        by_code.setdefault(expert_id, set()).add(code)
    relations = _relations(ids)
    wanted = frozenset(codes)
    found = []
    for expert in experts:
        facts = ExpertFacts(
            number=expert.pk, name=expert.name, unit_id=expert.unit_id, unit_name=expert.unit_name, state=expert.state,
            valid_from=expert.valid_from, valid_to=expert.valid_to, state_until=expert.state_until,
            serves=(expert.serves_in.key_lo, expert.serves_in.key_hi), relations=relations.get(expert.pk, ()),
            specialties=frozenset(by_code.get(expert.pk, ())) & wanted,
        )  # fmt: skip
        found.append(Screened(facts, tuple(check_eligible(facts, avoid, region_key, on, rule))))
    return Screening(tuple(found), [value.ref.as_dict()])


def _relations(expert_ids: Any) -> dict[int, list[Relation]]:
    relations: dict[int, list[Relation]] = {}
    for row in ExpertRelation.objects.filter(expert_id__in=expert_ids):
        relations.setdefault(row.expert_id, []).append(
            Relation(row.kind, row.unit_id, row.unit_name, row.person_name, row.until)
        )
    return relations


def find_bonds(
    region_id: int, on: date, expert_ids: Collection[int], units: Collection[tuple[int | None, str]]
) -> dict[int, set[tuple[int | None, str]]]:
    """Return expert → those of the units that he has to keep out of on the day (5 queries).

    :raises Refusal: the policy of the region has no rule of 回避 on the day
    """
    years, value = lists.number(policy_for(region_id, on), lists.YEARS, on)
    rule = AvoidRule(int(years), value.basis)
    known = Unit.objects.unscoped("named for avoidance").in_bulk([pk for pk, _ in units if pk])
    relations = _relations(list(expert_ids))
    avoids = {unit: _avoid_unit(unit, known.get(unit[0] or 0)) for unit in units}
    found: dict[int, set[tuple[int | None, str]]] = {}
    rows = Expert.objects.unscoped("named in a draw; the calling room tested its subject").filter(
        pk__in=list(expert_ids)
    )
    for expert in rows:
        about = relations.get(expert.pk, ())
        for unit, avoid in avoids.items():
            if check_unit(expert.unit_id, expert.unit_name, about, avoid, on, rule):
                found.setdefault(expert.pk, set()).add(unit)
    return found


def _avoid_unit(unit: tuple[int | None, str], row: Unit | None) -> Avoid:
    names = {fold_unit(unit[1])} if unit[1].strip() else set()
    if row is not None:
        names |= {fold_unit(row.name), *(fold_unit(former) for former in row.former_names if isinstance(former, str))}
    return Avoid(frozenset({row.pk} if row is not None else ()), frozenset(names))
