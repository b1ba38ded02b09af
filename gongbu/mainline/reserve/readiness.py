"""前期成熟度: which preparatory matters of a project are done, as far as the rooms know.

Each matter has a key, a label and a function that tells of many projects at once. Rooms further along the line add
theirs from ``AppConfig.ready`` with :func:`add_matter` and name the outbox topics after which to look again.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from gongbu.mainline.projects.models import Project, ProjectCode
from gongbu.mainline.reserve.models import PerformanceTarget

Done = Callable[[list[int]], Collection[int]]


@dataclass(frozen=True, slots=True)
class Matter:
    """One preparatory matter. ``done(project_ids)`` returns those for which it is done, in a constant number of queries."""

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


def done_of(project_ids: Iterable[int]) -> dict[int, list[str]]:
    """Return project id → keys of the matters that are done, in order (one or two queries per matter)."""
    ids = list(project_ids)
    found: dict[int, list[str]] = {pk: [] for pk in ids}
    for matter in matters():
        for pk in set(matter.done(ids)) & found.keys():
            found[pk].append(matter.key)
    return found


def _projects(where: Q) -> Done:
    def done(ids: list[int]) -> set[int]:
        rows = Project.objects.unscoped("readiness of named projects").filter(where, pk__in=ids)
        return set(rows.values_list("pk", flat=True))

    return done


def _coded(ids: list[int]) -> set[int]:
    return set(ProjectCode.objects.current().filter(project_id__in=ids).values_list("project_id", flat=True))


def _with_targets(ids: list[int]) -> set[int]:
    return set(
        PerformanceTarget.objects.filter(project_id__in=ids, target__isnull=False).values_list("project_id", flat=True)
    )


def register() -> None:
    """Add the matters that the project file itself tells."""
    for order, (key, label, done) in enumerate(
        (
            ("owner", "项目单位明确", _projects(~Q(owner_name=""))),
            ("content", "建设内容明确", _projects(~Q(content=""))),
            ("location", "建设地点明确", _projects(~Q(location=""))),
            ("total", "总投资明确", _projects(Q(total_investment_fen__isnull=False))),
            ("funding", "资金来源明确", _projects(~Q(funding_text=""))),
            ("start", "计划开工明确", _projects(Q(planned_start_on__isnull=False))),
            ("targets", "绩效目标已填", _with_targets),
            ("code", "项目代码已赋", _coded),
        ),
        start=10,
    ):
        add_matter(Matter(key, label, done, order))
