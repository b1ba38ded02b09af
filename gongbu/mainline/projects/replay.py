"""Today's projects as a source of the sandbox (GO-02): facts in columns, read for very many projects at once.

Gives the same facts as ``facts.facts_of``; a test compares the two.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from gongbu.ground.basics import reach
from gongbu.ground.basics.prepared import OfKeys
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy.sandbox.sources import Batch, Question, Source, Span, Subjects
from gongbu.mainline.projects import publishing
from gongbu.mainline.projects.access import VIEW
from gongbu.mainline.projects.choices import State
from gongbu.mainline.projects.facts import CHUNK, YearOf, compute_completed, contributed_columns
from gongbu.mainline.projects.models import AnnualInvestment, Project, ProjectStatus

BATCH = 10_000
_OWN = (
    "kind", "funding_nature", "stage", "early_stage", "works_type", "construction_nature", "initiation_nature",
    "is_city_strategic", "sector", "industry_code", "origin", "total_investment_fen", "planned_start_on",
    "planned_finish_on", "owner_unit_id", "region_key",
)  # fmt: skip
_ANNUAL = frozenset({"annual_planned_fen", "annual_completed_fen", "annual_year", "completed_fen"})
_NAMES = OfKeys("pk", lambda: Project.objects.unscoped("names of rows the actor may read").values_list("pk", "name"))


def _projects(actor: Actor, span: Span) -> "QuerySet[Project]":
    inside = Q(region_key__gte=span[0], region_key__lt=span[1])
    rows = Project.objects.narrowed("the actor's scope").filter(
        actor.scope(VIEW, "region_key", "sector"), inside, state=State.ACTIVE
    )
    return publishing.published(rows)


def count(actor: Actor, span: Span) -> int:
    """Return how many projects would be asked about (2 queries)."""
    return _projects(actor, span).count()


def read(actor: Actor, span: Span, questions: Sequence[Question], on: date) -> Iterator[Batch]:
    """Yield the facts of today's projects, ten thousand at a time (3 queries each, plus those of the contributors)."""
    if not questions:
        return
    needed = frozenset[str]().union(*(question.reads for question in questions))
    wanted = [name for name in _OWN if name in needed or name in ("stage", "total_investment_fen", "region_key")]
    rows = _projects(actor, span).order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last).values_list("pk", *wanted)[:BATCH]):
        ids, *values = zip(*chunk, strict=True)
        columns: dict[str, Sequence[Any]] = dict(zip(wanted, values, strict=True))
        yield from _batches(list(ids), columns, questions, needed, (last, ids[-1]), on)
        last = ids[-1]


def _batches(
    ids: Sequence[int], own: Mapping[str, Sequence[Any]], questions: Sequence[Question], needed: frozenset[str],
    between: tuple[int, int], on: date,
) -> Iterator[Batch]:  # fmt: skip
    flat = {
        pk: (is_leaf, code)
        for pk, is_leaf, code in ProjectStatus.objects.unscoped("facts of projects the actor may read")
        .filter(pk__gt=between[0], pk__lte=between[1])
        .values_list("pk", "is_leaf", "code")
    }
    leaves = [flat.get(pk, (True, ""))[0] for pk in ids]
    columns: dict[str, Sequence[Any]] = {
        **own,
        "project_id": ids, "on": [on] * len(ids), "is_leaf": leaves, "code": [flat.get(pk, (True, ""))[1] for pk in ids],
    }  # fmt: skip
    years = _years(between) if needed & _ANNUAL else {}
    if needed & _ANNUAL:
        columns |= _annual_columns(ids, years, on.year)
    known = {key: [None if value in ("", "UNKNOWN") else value for value in column] for key, column in columns.items()}
    for start in range(0, len(ids), CHUNK):
        for key, column in contributed_columns(list(ids[start : start + CHUNK]), on, needed).items():
            full = list(known.get(key, [None] * len(ids)))
            full[start : start + CHUNK] = [
                given if given is not None else full[start + at] for at, given in enumerate(column)
            ]
            known[key] = full
    for question in questions:
        yield from _ask(question, ids, own, known, leaves, years)


def _years(between: tuple[int, int]) -> dict[int, list[YearOf]]:
    found: dict[int, list[YearOf]] = {}
    rows = AnnualInvestment.objects.filter(project_id__gt=between[0], project_id__lte=between[1])
    with reach.widened("facts of projects the actor may read: of the others between them nothing is asked"):
        read = list(rows.values_list("project_id", "year", "planned_fen", "completed_fen"))
    for pk, year, planned, completed in read:
        found.setdefault(pk, []).append((year, planned, completed))
    return found


def _annual_columns(ids: Sequence[int], years: Mapping[int, Sequence[YearOf]], year: int) -> dict[str, list[Any]]:
    of_year = [next((one for one in years.get(pk, ()) if one[0] == year), (year, None, None)) for pk in ids]
    return {
        "annual_year": [year] * len(ids),
        "annual_planned_fen": [one[1] for one in of_year],
        "annual_completed_fen": [one[2] for one in of_year],
        "completed_fen": [compute_completed(years.get(pk, ())) for pk in ids],
    }


def _ask(
    question: Question, ids: Sequence[int], own: Mapping[str, Sequence[Any]], known: Mapping[str, Sequence[Any]],
    leaves: Sequence[bool], years: Mapping[int, Sequence[YearOf]],
) -> Iterator[Batch]:  # fmt: skip
    """Yield the records of one table: one per project, or one per project and year for a table that reads the year."""
    columns = {key: known[key] for key in question.reads if key in known}
    parts: list[int] = [0] * len(ids)
    places: list[int] | None = None
    if "annual_year" in question.inputs:
        lines = [(at, one) for at, pk in enumerate(ids) for one in sorted(years.get(pk, ()))]
        places = [at for at, _one in lines]
        parts = [one[0] for _at, one in lines]
        columns = {key: [column[at] for at in places] for key, column in columns.items()}
        columns |= {"annual_year": parts, "annual_planned_fen": [one[1] for _at, one in lines]}

    def pick(values: Sequence[Any]) -> Sequence[Any]:
        return values if places is None else [values[at] for at in places]

    if places == []:
        return
    yield Batch(
        table=question.table, subject_kind="project", ids=pick(ids), region_keys=pick(own["region_key"]),
        money_fen=pick(own["total_investment_fen"]), counts=pick(leaves), parts=parts, columns=columns,
        stages=pick(own["stage"]),
    )  # fmt: skip


def names(ids: Sequence[int]) -> dict[int, str]:
    """Return the names of projects by id (1 query per 500)."""
    return dict(_NAMES.all(ids))


SOURCE = Source("projects", "今天的项目", "个项目", read, count)
SUBJECTS = Subjects("项目", names, "projects:show")
