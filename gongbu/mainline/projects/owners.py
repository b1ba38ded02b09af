"""Which unit of the register (单位库) an owner (建设单位) written by name or 统一社会信用代码 is.

Linking lets the people of the unit read the project, so it is done by itself only where there is no doubt: one
standing unit, near the project. A unit of another county is never linked without a person who says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.orgs.rules.credit_code import check_credit_code, normalise

_WIDE = str.maketrans("()", "（）")
_NARROW = str.maketrans("（）", "()")


@dataclass(frozen=True, slots=True)
class Written:
    """An owner as written beside a project: its name, its code ("" if none), and the project's competent region."""

    name: str
    code: str
    region: Region


class Outcome(Enum):
    """What is known of a written owner."""

    LINKED = "LINKED"
    NO_OWNER = "NO_OWNER"
    UNKNOWN = "UNKNOWN"  # no standing unit has the name or the code
    SEVERAL = "SEVERAL"  # several near units have the name
    ELSEWHERE = "ELSEWHERE"  # only units of other places have it
    CODE_WRONG = "CODE_WRONG"  # the code does not check
    CONFLICT = "CONFLICT"  # the code is one unit's, the name another's


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome, the unit when it is linked, and the units that it may be."""

    outcome: Outcome
    unit: Unit | None = None
    candidates: tuple[Unit, ...] = ()

    @property
    def said(self) -> str:
        """The candidates as a person tells them apart: 松岭县“教育局”."""
        names = [f"{unit.region.name}“{unit.name}”" for unit in self.candidates]
        return "、".join(names[:3]) + ("等" if len(names) > 3 else "")


def is_near(unit: Region, project: Region) -> bool:
    """Return whether a unit of one region may be linked to a project of another by itself.

    The project's own region and what holds it: its county, city, province. Below a county also its townships and zones;
    below a city lie counties, each with offices of the same names.
    """
    if unit.contains(project.key_lo):
        return True
    return project.level in (Region.Level.COUNTY, Region.Level.TOWNSHIP) and project.contains(unit.key_lo)


def is_named(unit: Unit, name: str) -> bool:
    """Return whether a written name is the unit's own."""
    return unit.name in _spellings(name)


def is_own(name: str, actor: Actor) -> bool:
    """Return whether a person writes his own unit's name: he means his own unit, wherever it is registered."""
    return actor.unit_id is not None and bool(name) and name == actor.unit_name


def find(written: Sequence[Written]) -> list[Found]:
    """Return what is known of each written owner, in order (1 query per 500 names or codes)."""
    codes = {code for one in written if (code := normalise(one.code)) and check_credit_code(code) is None}
    names = {name for one in written for name in _spellings(one.name)}
    by_name: dict[str, list[Unit]] = {}
    by_code: dict[str, Unit] = {}
    for unit in orgs.list_units_by_identity(names, codes):
        by_name.setdefault(unit.name, []).append(unit)
        if unit.credit_code:
            by_code[unit.credit_code] = unit
    return [_judge(one, by_name, by_code) for one in written]


def _spellings(name: str) -> list[str]:
    """Return the written name as the register may hold it: trimmed, blanks out, brackets of either width."""
    plain = " ".join(name.split())
    return list(dict.fromkeys(s for t in (plain, "".join(plain.split())) for s in (t, t.translate(_WIDE), t.translate(_NARROW)) if s))  # fmt: skip


def _judge(one: Written, by_name: dict[str, list[Unit]], by_code: dict[str, Unit]) -> Found:
    named = {unit.pk: unit for name in _spellings(one.name) for unit in by_name.get(name, ())}
    near = [unit for unit in named.values() if is_near(unit.region, one.region)]
    if code := normalise(one.code):
        if check_credit_code(code) is not None:
            return Found(Outcome.CODE_WRONG, candidates=tuple(named.values()))
        if (holder := by_code.get(code)) is not None:
            if named and holder.pk not in named:
                return Found(Outcome.CONFLICT, candidates=(holder, *named.values()))
            if not is_near(holder.region, one.region):
                return Found(Outcome.ELSEWHERE, candidates=(holder,))
            return Found(Outcome.LINKED, holder)
        # The register knows the unit of that name under another code, or without one: a person decides.
        if any(unit.credit_code for unit in near):
            return Found(Outcome.CONFLICT, candidates=tuple(near))
    if not _spellings(one.name):
        return Found(Outcome.UNKNOWN if code else Outcome.NO_OWNER)
    if len(near) == 1:
        return Found(Outcome.LINKED, near[0])
    if near:
        return Found(Outcome.SEVERAL, candidates=tuple(near))
    return Found(Outcome.ELSEWHERE if named else Outcome.UNKNOWN, candidates=tuple(named.values()))


def list_choices(name: str, region: Region) -> list[tuple[int, str]]:
    """Return the units that a person may link a project of a region to: those of the written name first, then near ones.

    Each with its label; a unit of another place says where it is (2 queries).
    """
    (found,) = find([Written(name, "", region)])
    first = [found.unit] if found.unit else list(found.candidates)
    units = {unit.pk: unit for unit in (*first, *orgs.list_units_around(region))}
    return [(unit.pk, f"{unit.name}（{unit.region.name}）") for unit in units.values()]
