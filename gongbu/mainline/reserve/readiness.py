"""前期成熟度: which preparatory matters of a project are done, as far as the rooms know, and which facts its file tells.

A project is as ready as its preparatory matters (赋码, 谋划, 审核, 踏勘, 批复 …) are done; what the file tells (建设内容,
总投资 …) parts those that are equally far, and no more: an idea may tell as much as a project under preparation.
Each matter has a key, a label and a function that tells of many projects at once. Rooms further along the line add
theirs from ``AppConfig.ready`` with :func:`add_matter` and name the outbox topics after which to look again.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q

from gongbu.ground.basics import reach
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve.models import PerformanceTarget

FACTS_BELOW = 100
"""One preparatory matter outranks all facts of the file."""


class Kind(StrEnum):
    """What a matter is: something that was done to prepare the project, or something that its file tells."""

    PREPARATORY = "PREPARATORY"
    FACT = "FACT"


Done = Callable[[Mapping[int, Project]], Collection[int]]


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter. ``done(projects)`` returns the ids of those for which it is done, in at most a query or two.

    ``topics`` of the outbox (their subject a project) say after what to look again. ``weight`` is how much
    a preparatory matter counts in the order.
    """

    key: str
    label: str
    done: Done
    order: int = 100
    topics: tuple[str, ...] = field(default=())
    kind: Kind = Kind.PREPARATORY
    weight: int = 1


_MATTERS: dict[str, Matter] = {}
_LISTENING: list[Callable[[Matter], None]] = []


def add_matter(matter: Matter) -> None:
    """Add a matter; the same key replaces itself. Files follow its topics."""
    _MATTERS[matter.key] = matter
    for listen in _LISTENING:
        listen(matter)


def follow(listen: Callable[[Matter], None]) -> None:
    """Call ``listen`` for every matter, present and later (the room's own listener)."""
    _LISTENING.append(listen)
    for matter in matters():
        listen(matter)


def matters(kind: Kind | None = None) -> list[Matter]:
    """Return the matters in order, of one kind or all."""
    found = [matter for matter in _MATTERS.values() if kind in (None, matter.kind)]
    return sorted(found, key=lambda matter: (matter.order, matter.key))


@dataclass(frozen=True, slots=True)
class Ready:
    """How far a project is: preparatory matters done, facts told, and the number by which projects are ordered."""

    prepared: int
    facts: int
    order: int


def count(keys: Collection[str]) -> Ready:
    """Return how far a project is whose matters of these keys are done."""
    done = [_MATTERS[key] for key in keys if key in _MATTERS]
    prepared = [matter for matter in done if matter.kind is Kind.PREPARATORY]
    facts = len(done) - len(prepared)
    weight = sum(matter.weight for matter in prepared)
    return Ready(len(prepared), facts, weight * FACTS_BELOW + min(facts, FACTS_BELOW - 1))


def done_of(projects: Mapping[int, Project]) -> dict[int, list[str]]:
    """Return project id → keys of the matters that are done, in order."""
    found: dict[int, list[str]] = {pk: [] for pk in projects}
    for matter in matters():
        for pk in set(matter.done(projects)) & found.keys():
            found[pk].append(matter.key)
    return found


def _told(name: str) -> Done:
    def done(projects: Mapping[int, Project]) -> set[int]:
        return {pk for pk, project in projects.items() if getattr(project, name) not in (None, "")}

    return done


def _with_targets(projects: Mapping[int, Project]) -> set[int]:
    """Those with an answer: 不适用 with its reason is one as well as a value."""
    rows = PerformanceTarget.objects.filter(project_id__in=list(projects))
    answered = rows.filter(Q(target__isnull=False) | ~Q(unfit_reason=""))
    with reach.widened("whether named projects have answered"):
        return set(answered.values_list("project_id", flat=True))


def _coded(projects: Mapping[int, Project]) -> set[int]:
    return project_queries.list_coded(projects)


def register() -> None:
    """Add the facts that the project file tells, and the code, which an authority gives when preparation begins."""
    told = (
        ("owner", "项目单位明确", _told("owner_name")),
        ("content", "建设内容明确", _told("content")),
        ("location", "建设地点明确", _told("location")),
        ("total", "总投资明确", _told("total_investment_fen")),
        ("funding", "资金来源明确", _told("funding_text")),
        ("start", "计划开工明确", _told("planned_start_on")),
        ("targets", "绩效目标已填或已说明不适用", _with_targets),
    )
    for order, (key, label, done) in enumerate(told, start=10):
        add_matter(Matter(key, label, done, order, kind=Kind.FACT))
    add_matter(Matter("code", "项目代码已赋", _coded, 50))
