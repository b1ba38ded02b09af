"""Read reports that share words: of a project, all in sight, one pair with its passages."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.documents import contents
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.mainline.likeness.choices import PairState, ReportState
from gongbu.mainline.likeness.models import Report, ReportPair
from gongbu.mainline.projects import queries as projects


@dataclass(frozen=True, slots=True)
class Side:
    """One report of a pair: the document, its project."""

    document_id: int
    title: str
    project_id: int
    project_name: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A pair seen from one project: its own report, the other one, and the share of its own that both have."""

    pair: ReportPair
    mine: Side
    other: Side
    share: float
    other_share: float


@dataclass(frozen=True, slots=True)
class OfProject:
    """What an actor may see of a project's reports: pairs, how many stand outside his sight, how far each report is."""

    rows: list[Shared]
    hidden: int
    reports: list[tuple[str, str]]  # (title, state)


def list_pairs(actor: Actor) -> ScopedQuerySet[ReportPair]:
    """Return the pairs of which the actor may see both projects' regions, unevaluated."""
    here = actor.scope("likeness.view", "region_key") & actor.scope("likeness.view", "a_region_key")
    return ReportPair.objects.narrowed("both regions").filter(here).exclude(state=PairState.CLOSED)


def of_project(project_id: int, actor: Actor) -> OfProject:
    """Return the pairs of a project that the caller may see, most copied first (at most 7 queries).

    A pair is shown to those who may open both documents; the others are told that there is one.
    """
    found = _pairs().filter(Q(a__project_id=project_id) | Q(b__project_id=project_id)).exclude(state=PairState.CLOSED)
    pairs = list(found.select_related("a__project", "b__project").order_by("-share_b", "pk"))
    own = list(Report.objects.unscoped("of a project in sight").filter(project_id=project_id))
    states = {row.document_id: row.state for row in own if row.state != ReportState.GONE}
    may_open = _openable([r for p in pairs for r in (p.a, p.b)], actor, also=list(states))
    titles = {pk: content.title for pk, content in contents.list_contents(may_open).items()}
    rows, hidden = [], 0
    for pair in pairs:
        if not {pair.a.document_id, pair.b.document_id} <= may_open:
            hidden += pair.state == PairState.OPEN
            continue
        rows.append(_seen_from(pair, project_id, titles))
    rows.sort(key=lambda row: -row.share)
    return OfProject(rows, hidden, [(titles[pk], state) for pk, state in sorted(states.items()) if pk in titles])


def get_pair(pair_id: int, actor: Actor) -> Shared:
    """Return one pair, seen from the later report (at most 5 queries).

    :raises NotFound: none such, or one of the two documents is not for the actor
    """
    pair = _pairs().select_related("a__project", "b__project").filter(pk=pair_id).first()
    if pair is None:
        raise NotFound("likeness.report_not_found")
    may_open = _openable([pair.a, pair.b], actor)
    if not {pair.a.document_id, pair.b.document_id} <= may_open:
        raise NotFound("likeness.report_not_found")
    titles = {pk: content.title for pk, content in contents.list_contents(may_open).items()}
    return _seen_from(pair, pair.b.project_id, titles)


_OPEN = Prepared(
    lambda a, b: (
        _pairs()
        .filter(Q(a__project_id=a) | Q(b__project_id=b), state=PairState.OPEN)
        .order_by()
        .values_list("pk", flat=True)
    )
)


def count_open(project_id: int) -> int:
    """Return how many pairs of reports of a project wait for somebody (1 query, on every page of a project)."""
    return len(_OPEN.all(project_id, project_id))


def _seen_from(pair: ReportPair, project_id: int, titles: dict[int, str]) -> Shared:
    a, b = (Side(r.document_id, titles.get(r.document_id, ""), r.project_id, r.project.name) for r in (pair.a, pair.b))
    if pair.b.project_id == project_id:
        return Shared(pair, b, a, float(pair.share_b), float(pair.share_a))
    return Shared(pair, a, b, float(pair.share_a), float(pair.share_b))


def _openable(reports: Collection[Report], actor: Actor, also: Collection[int] = ()) -> set[int]:
    documents = {row.document_id for row in reports} | set(also)
    if not documents:
        return set()
    found = contents.list_contents(documents)
    visible = projects.get_visible_ids({content.subject_id for content in found.values()}, actor)
    return contents.readable(documents, actor, visible)


def _pairs() -> ScopedQuerySet[ReportPair]:
    return ReportPair.objects.unscoped("narrowed by the caller to pairs whose two documents may be opened")
