"""前期成熟度: which preparatory matters of a project are done, as far as the rooms know.

Each matter has a key, a label and a function that tells of many projects at once. Rooms further along the line add
theirs from ``AppConfig.ready`` with :func:`add_matter` and name the outbox topics after which to look again.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve.models import PerformanceTarget

Done = Callable[[Mapping[int, Project]], Collection[int]]


@dataclass(frozen=True, slots=True)
class Matter:
    """One preparatory matter. ``done(projects)`` returns the ids of those for which it is done, in at most a query or two.

    ``topics`` of the outbox (their subject a project) say after what to look again.
    """

    key: str
    label: str
    done: Done
    order: int = 100
    topics: tuple[str, ...] = field(default=())


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


def matters() -> list[Matter]:
    """Return the matters in order."""
    return sorted(_MATTERS.values(), key=lambda matter: (matter.order, matter.key))


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
    rows = PerformanceTarget.objects.filter(project_id__in=list(projects), target__isnull=False)
    return set(rows.values_list("project_id", flat=True))


def _coded(projects: Mapping[int, Project]) -> set[int]:
    return project_queries.list_coded(projects)


def register() -> None:
    """Add the matters that the project file itself tells."""
    told = (
        ("owner", "项目单位明确", _told("owner_name")),
        ("content", "建设内容明确", _told("content")),
        ("location", "建设地点明确", _told("location")),
        ("total", "总投资明确", _told("total_investment_fen")),
        ("funding", "资金来源明确", _told("funding_text")),
        ("start", "计划开工明确", _told("planned_start_on")),
        ("targets", "绩效目标已填", _with_targets),
        ("code", "项目代码已赋", _coded),
    )
    for order, (key, label, done) in enumerate(told, start=10):
        add_matter(Matter(key, label, done, order))
