"""Read ProjectFacts out of the tables, for one project or for very many, with the contributions of other rooms."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gongbu.ground.basics import reach
from gongbu.ground.basics.prepared import OfKeys
from gongbu.mainline.projects.models import AnnualInvestment, Project, ProjectStatus
from gongbu.mainline.projects.rules.facts import ProjectFacts

Contributor = Callable[[list[int], date], Mapping[int, Mapping[str, Any]]]
YearOf = tuple[int, int | None, int | None]
"""Annual investment: year, planned and completed in fen."""
CHUNK = 1_000
_CONTRIBUTORS: dict[str, tuple[Contributor, frozenset[str] | None]] = {}


@dataclass(frozen=True, slots=True)
class Attached:
    """What an act has attached to the projects that it makes, by project id, so that nothing is read back."""

    codes: Mapping[int, str] = field(default_factory=dict)
    annual: Mapping[int, Sequence[YearOf]] = field(default_factory=dict)


def contribute(name: str, contributor: Contributor, keys: Collection[str] | None = None) -> None:
    """Register a room's facts: ``contributor(project_ids, on)`` returns project id → {key: value}.

    ``keys`` are all the facts it may give; then an act asks it only when a table reads one of them, else always.
    Called from an ``AppConfig.ready``; the same name replaces itself. A contributor asks a constant number of queries.
    """
    _CONTRIBUTORS[name] = (contributor, None if keys is None else frozenset(keys))


_YEARS = OfKeys(
    "project_id",
    lambda: AnnualInvestment.objects.values_list("project_id", "year", "planned_fen", "completed_fen"),
)
_FLAT = OfKeys(
    "pk", lambda: ProjectStatus.objects.unscoped("facts of named projects").values_list("pk", "is_leaf", "code")
)


def years_of(project_ids: Sequence[int]) -> dict[int, list[YearOf]]:
    """Return the annual investments of projects (1 query)."""
    years: dict[int, list[YearOf]] = defaultdict(list)
    with reach.widened("facts of named projects"):
        rows = _YEARS.all(project_ids)
    for project_id, year, planned, completed in rows:
        years[project_id].append((year, planned, completed))
    return years


def facts_of(
    project_ids: Iterable[int], on: date, *, year: int | None = None, needed: Collection[str] | None = None
) -> dict[int, ProjectFacts]:
    """Return the facts of projects on a day (3 queries per thousand, plus those of the contributors).

    ``year`` picks the annual investment, by default the year of ``on``. ``needed``: facts that will be read; rooms that
    contribute none of them are not asked.
    """
    ids = sorted(set(project_ids))
    found: dict[int, ProjectFacts] = {}
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        projects = list(Project.objects.unscoped("facts of named projects").filter(pk__in=some))
        found.update(_chunk(projects, years_of(some), on, year or on.year, needed))
    return found


def facts_of_loaded(
    projects: Sequence[Project], years: Mapping[int, Sequence[YearOf]], on: date, needed: Collection[str]
) -> dict[int, ProjectFacts]:
    """Return the facts of projects that the caller holds as they are saved (1 query per thousand, plus contributors).

    ``years``: their annual investments, from :func:`years_of`. ``needed``: facts that will be read; rooms that
    contribute none of them are not asked.
    """
    found: dict[int, ProjectFacts] = {}
    for start in range(0, len(projects), CHUNK):
        found.update(_chunk(projects[start : start + CHUNK], years, on, on.year, needed))
    return found


def _chunk(
    projects: Sequence[Project],
    years: Mapping[int, Sequence[YearOf]],
    on: date,
    year: int,
    needed: Collection[str] | None = None,
) -> dict[int, ProjectFacts]:
    ids = [p.pk for p in projects]
    flat = {pk: (is_leaf, code) for pk, is_leaf, code in _FLAT.all(ids)}
    more = _contributed(ids, on, needed)
    found = {}
    for project in projects:
        own = years.get(project.pk, ())
        this_year = next((one for one in own if one[0] == year), (year, None, None))
        is_leaf, code = flat.get(project.pk, (True, ""))
        found[project.pk] = _facts(
            project, on, this_year, compute_completed(own), code, is_leaf, more.get(project.pk, {})
        )
    return found


def facts_of_new(
    projects: Sequence[Project], on: date, attached: Attached, needed: Collection[str]
) -> dict[int, ProjectFacts]:
    """Return the facts of projects made in this act, as :func:`facts_of_loaded` will (only contributors are asked)."""
    more = _contributed([p.pk for p in projects], on, needed)
    found = {}
    for project in projects:
        years = attached.annual.get(project.pk, ())
        this_year = next((one for one in years if one[0] == on.year), (on.year, None, None))
        found[project.pk] = _facts(
            project, on, this_year, compute_completed(years), attached.codes.get(project.pk, ""), True,
            more.get(project.pk, {}),
        )  # fmt: skip
    return found


def compute_completed(years: Iterable[YearOf]) -> int | None:
    """Return the completed investment of all years in fen; None when no year says any."""
    completed = [fen for _year, _planned, fen in years if fen is not None]
    return sum(completed) if completed else None


def _contributed(ids: list[int], on: date, needed: Collection[str] | None) -> dict[int, dict[str, Any]]:
    more: dict[int, dict[str, Any]] = {}
    for name, (contributor, keys) in _CONTRIBUTORS.items():
        if keys is not None and needed is not None and keys.isdisjoint(needed):
            continue
        for project_id, values in contributor(ids, on).items():
            if keys is not None and not keys.issuperset(values):
                raise KeyError(f"{name} contributes facts it did not declare: {sorted(values.keys() - keys)}")
            more.setdefault(project_id, {}).update(values)
    return more


def contributed_columns(ids: list[int], on: date, needed: Collection[str]) -> dict[str, list[Any]]:
    """Return what other rooms contribute to these projects as columns, None where they say nothing."""
    more = _contributed(ids, on, needed)
    keys = {key for values in more.values() for key in values}
    return {key: [more.get(pk, {}).get(key) for pk in ids] for key in keys}


def _facts(
    project: Project, on: date, annual: YearOf, completed_fen: int | None, code: str, is_leaf: bool,
    contributed: Mapping[str, Any],
) -> ProjectFacts:  # fmt: skip
    return ProjectFacts(
        project_id=project.pk,
        region_key=project.region_key,
        on=on,
        kind=project.kind,
        funding_nature=project.funding_nature,
        stage=project.stage,
        early_stage=project.early_stage,
        works_type=project.works_type,
        construction_nature=project.construction_nature,
        initiation_nature=project.initiation_nature,
        is_city_strategic=project.is_city_strategic,
        sector=project.sector,
        industry_code=project.industry_code,
        origin=project.origin,
        is_leaf=is_leaf,
        total_investment_fen=project.total_investment_fen,
        annual_planned_fen=annual[1],
        annual_completed_fen=annual[2],
        annual_year=annual[0],
        completed_fen=completed_fen,
        planned_start_on=project.planned_start_on,
        planned_finish_on=project.planned_finish_on,
        code=code,
        owner_unit_id=project.owner_unit_id,
        contributed=contributed,
    )
