"""Find what is like a project: among all on file, for a form, for a room that declares projects, for the panel."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.db import connection
from django.db.models import Q

from gongbu.ground.basics import clock, reach
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.managers import ScopedQuerySet
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import queries as policies
from gongbu.mainline.likeness import index, limits
from gongbu.mainline.likeness.choices import PairState
from gongbu.mainline.likeness.messages import say
from gongbu.mainline.likeness.models import Pair
from gongbu.mainline.likeness.rules import keys
from gongbu.mainline.likeness.rules.comparing import (
    Evidence,
    Judgement,
    Limits,
    Relation,
    Traits,
    compare,
    is_corroborated,
)
from gongbu.mainline.likeness.rules.names import grams_of, parse
from gongbu.mainline.likeness.rules.pairing import Lookup
from gongbu.mainline.likeness.sounds import sound
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects import traits as known
from gongbu.mainline.projects.traits import Traits as ProjectTraits

MOST = 8
# Rows of the index read for one question: rare keys first, then common ones within the region alone.
RARE_ROWS, COMMON_KEYS, MOST_FOUND, MOST_COMPARED = 12_000, 5, 150, 50
CONTENT_ROWS, CONTENT_FOUND = 400, 20
LEAST_ALIKE = 0.12
"""Share of pairs of characters (Dice) below which two names are not compared; a short form shares that much."""
MOST_UNINDEXED = 1_000


@dataclass(frozen=True, slots=True)
class Likeness:
    """A project on file that is like the one asked about, seen from that one (``one`` in the evidence is its side).

    ``former_name`` is set when it was found by a name it no longer has (曾用名).
    """

    project_id: int
    name: str
    score: float
    relation: Relation
    evidence: tuple[Evidence, ...]
    former_name: str = ""
    is_corroborated: bool = False

    @property
    def is_strong(self) -> bool:
        """Whether a person should be asked: the names tell, or what stands beside names that are alike."""
        return self.relation is not Relation.SIMILAR or self.is_corroborated

    @property
    def reasons(self) -> list[str]:
        """The evidence in words."""
        words = [say(e) for e in self.evidence]
        return [f"曾用名“{self.former_name}”", *words] if self.former_name else words


@dataclass(frozen=True, slots=True)
class Seen:
    """What an actor may see of the likenesses of a project, and how many stand outside his sight."""

    rows: list[Likeness]
    hidden: int
    stated: limits.Stated


@dataclass(frozen=True, slots=True)
class Question:
    """A project about to be entered, or one on file (``project_id``), whose like is looked for."""

    name: str
    content: str = ""
    region_key: int | None = None
    owner: str = ""
    location: str = ""
    start: date | None = None
    total_fen: int | None = None
    project_id: int | None = None
    parent_id: int | None = None
    exclude: Collection[int] = field(default=())


def find_similar(
    *, name: str, content: str = "", region_key: int | None = None, owner: str = "", location: str = "",
    start: date | None = None, exclude: Collection[int] = (), total_fen: int | None = None, most: int = MOST,
) -> list[Likeness]:  # fmt: skip
    """Return the projects on file that are like this one, most alike first (at most 11 queries, whatever is on file).

    Limits are those of the region's packs today. No scope: narrow by the actor (:func:`find_for`) before showing.
    """
    question = Question(name, content, region_key, owner, location, start, total_fen, exclude=exclude)
    return _find(question, stated_limits(region_key).limits)[:most]


def find_for(actor: Actor, question: Question, most: int = MOST) -> Seen:
    """Return what is like a project and what of it the actor may see (at most 14 queries)."""
    stated = stated_limits(question.region_key)
    found = _find(question, stated.limits)
    visible = projects.get_visible_ids([row.project_id for row in found], actor) if found else set()
    rows = [row for row in found if row.project_id in visible]
    strong = [row for row in found if row.project_id not in visible and row.is_strong]
    return Seen(rows[:most], len(strong), stated)


def list_alike(question: Question, wanted: Limits) -> list[Likeness]:
    """Return everything on file that is like a project, by limits that the caller has (at most 8 queries); no scope."""
    return _find(question, wanted)


def stated_limits(region_key: int | None) -> limits.Stated:
    """Return the limits of a region today, those of the national pack without a region (at most 3 queries)."""
    today = clock.today()
    region = Region.objects.filter(key_lo=region_key).first() if region_key is not None else None
    policy = policies.policies_of([region], today)[region.pk] if region else policies.policy_of_packs([])
    return limits.names(policy, today)


def as_question(traits: ProjectTraits) -> Question:
    """Return the question that a project on file asks."""
    return Question(
        traits.name, traits.content, traits.region_key, traits.owner_name, traits.location, traits.planned_start_on,
        traits.total_investment_fen, traits.id, traits.parent_id, (traits.id,),
    )  # fmt: skip


def _find(question: Question, wanted: Limits) -> list[Likeness]:
    if not question.name.strip():
        return []
    with reach.widened("likenesses are looked for everywhere; what is shown is narrowed by the caller"):
        names = _candidates(question)
        found = known.list_traits(names) if names else []
    if not found:
        return []
    regions = regions_by_key([t.region_key for t in found], question.region_key)
    asked = _traits(question)
    best: dict[int, tuple[Judgement, str, bool]] = {}
    for traits in found:
        if _belong_together(question, traits):
            continue
        one, other = _place(asked, question.region_key, traits, regions)
        for text in names[traits.id]:
            judgement = compare(one, _named(other, text), wanted, sound)
            if judgement.relation is Relation.UNRELATED:
                continue
            if traits.id not in best or judgement.score > best[traits.id][0].score:
                is_alike = judgement.relation is Relation.SIMILAR  # of the others the names alone tell enough
                best[traits.id] = judgement, text, is_alike and is_corroborated(one, _named(other, text), judgement)
    by_id = {t.id: t for t in found}
    rows = [
        Likeness(pk, by_id[pk].name, judgement.score, judgement.relation, judgement.evidence,
                 text if text != by_id[pk].name else "", is_corroborated=is_borne_out)
        for pk, (judgement, text, is_borne_out) in best.items()
    ]  # fmt: skip
    order = {Relation.SAME: 0, Relation.OTHER_PHASE: 1, Relation.OTHER_SECTION: 1, Relation.SIMILAR: 2}
    return sorted(rows, key=lambda row: (order[row.relation], not row.is_strong, -row.score, row.project_id))


def _belong_together(question: Question, traits: ProjectTraits) -> bool:
    """Whether the two stand above, below or beside each other in one package: the register knows them as parts."""
    if question.project_id is None:
        return False
    return (
        traits.parent_id == question.project_id
        or question.parent_id == traits.id
        or (question.parent_id is not None and question.parent_id == traits.parent_id)
    )


def _traits(question: Question) -> Traits:
    return Traits(
        question.name, question.owner, question.location, "", question.content, question.start, question.total_fen
    )


def _named(traits: Traits, text: str) -> Traits:
    return traits if traits.name == text else replace(traits, name=text)


def _place(
    asked: Traits, region_key: int | None, traits: ProjectTraits, regions: Mapping[int, Region]
) -> tuple[Traits, Traits]:
    """Return both as the rules compare them."""
    told = told_regions(regions.get(region_key or -1), regions.get(traits.region_key))
    return replace(asked, region=told[0]), as_rules_see(traits, traits.name, told[1])


COUNTY = 10**6  # order keys of a county's townships differ in the last six figures only


def told_regions(here: Region | None, there: Region | None) -> tuple[str, str]:
    """Return the names of two regions when they lie in different counties, else nothing: within a county none is told."""
    if here and there and here.key_lo // COUNTY == there.key_lo // COUNTY:
        return "", ""
    if here and there and not here.contains(there.key_lo) and not there.contains(here.key_lo):
        return here.name, there.name
    return "", ""


def as_rules_see(traits: ProjectTraits, text: str, region: str) -> Traits:
    """Return a project on file, under one of its names, as the rules compare it."""
    return Traits(
        text,
        traits.owner_name,
        traits.location,
        region,
        traits.content,
        traits.planned_start_on,
        traits.total_investment_fen,
    )


def regions_by_key(region_keys: Iterable[int], own: int | None = None) -> dict[int, Region]:
    """Return regions by order key (1 query)."""
    wanted = {*region_keys, *([own] if own is not None else [])}
    return {region.key_lo: region for region in Region.objects.filter(key_lo__in=wanted)}


# --- candidates ------------------------------------------------------------------------------------------------------


def _candidates(question: Question) -> dict[int, list[str]]:
    """Return project id → names under which it may be the one asked about (at most 5 queries)."""
    asked = keys.name_keys(question.name)
    marks = keys.content_keys(question.content)
    counts = count_rows(asked | marks)
    found: dict[int, float] = {}
    for name_id, shared in _share_names(asked, counts, question.region_key):
        found[name_id] = shared
    by_content = _share_content([k for k in marks if 0 < counts.get(k, 0) <= CONTENT_ROWS])
    rows = index.names().filter(pk__in=[*found, *by_content]).exclude(project_id__in=list(question.exclude))
    named = list(rows.values_list("pk", "project_id", "text"))
    wanted = grams_of(parse(question.name))

    def alike(row: tuple[int, int, str]) -> float:
        grams = grams_of(parse(row[2]))
        return 2 * len(wanted & grams) / (len(wanted) + len(grams))

    named = [row for row in named if row[0] in by_content or alike(row) >= LEAST_ALIKE]
    named.sort(key=lambda row: (row[0] not in by_content, -alike(row), row[0]))
    names: dict[int, list[str]] = {}
    for _pk, project_id, text in named[:MOST_COMPARED]:
        names.setdefault(project_id, []).append(text)
    for project_id, text in _unindexed(question):
        names.setdefault(project_id, []).append(text)
    return names


def count_rows(wanted: Collection[int]) -> dict[int, int]:
    """Return how many names hold each key (1 query, answered by the index alone)."""
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT gram, COUNT(*) FROM likeness_gram WHERE gram IN ({_marks(wanted)}) GROUP BY gram",  # noqa: S608
            list(wanted),
        )
        return dict(cursor.fetchall())


def _share_names(wanted: Collection[int], counts: Mapping[int, int], region_key: int | None) -> list[tuple[int, int]]:
    """Return (name, shared keys) of the names that share most: rare keys everywhere, common ones nearby (1–2 queries)."""
    known = sorted((counts[k], k) for k in wanted if counts.get(k))
    rare: list[int] = []
    common: list[int] = []
    budget = RARE_ROWS
    for rows, key in known:
        if rows <= budget or not rare:
            rare.append(key)
            budget -= rows
        else:
            common.append(key)
    if not rare:
        return []
    parts = [f"SELECT name_id FROM likeness_gram WHERE gram IN ({_marks(rare)})"]  # noqa: S608
    arguments: list[int] = list(rare)
    if common and (near := _county_range(region_key)) is not None:
        common = common[:COMMON_KEYS]
        parts.append(
            f"SELECT name_id FROM likeness_gram WHERE gram IN ({_marks(common)}) AND region_key >= %s AND region_key < %s"  # noqa: S608
        )
        arguments += [*common, *near]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name_id, COUNT(*) FROM ({' UNION ALL '.join(parts)}) AS shared GROUP BY name_id"  # noqa: S608
            f" ORDER BY COUNT(*) DESC, name_id DESC LIMIT {MOST_FOUND}",
            arguments,
        )
        return list(cursor.fetchall())


def _share_content(marks: Collection[int]) -> set[int]:
    """Return the names whose content shares at least two marks (1 query)."""
    if len(marks) < 2:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name_id FROM likeness_gram WHERE gram IN ({_marks(marks)}) GROUP BY name_id HAVING COUNT(*) >= 2"  # noqa: S608
            f" ORDER BY COUNT(*) DESC, name_id DESC LIMIT {CONTENT_FOUND}",
            list(marks),
        )
        return {row[0] for row in cursor.fetchall()}


def _marks(values: Collection[int]) -> str:
    return ", ".join(["%s"] * len(values))


def _county_range(region_key: int | None) -> tuple[int, int] | None:
    """Return the range of the county that a region lies in; of a city or province, its own (1 query)."""
    if region_key is None:
        return None
    around = Region.objects.filter(key_lo__lte=region_key, key_hi__gt=region_key)
    rows = list(around.values_list("level", "key_lo", "key_hi"))
    own = [(lo, hi) for level, lo, hi in rows if level == Region.Level.COUNTY] or [
        (lo, hi) for _level, lo, hi in rows if lo == region_key
    ]
    return min(own, key=lambda r: r[1] - r[0]) if own else None


def _unindexed(question: Question) -> list[tuple[int, str]]:
    """Return the likeliest of the projects entered since the index was last brought up to date (1 or 2 queries)."""
    ids = [pk for pk in known.list_live_ids(index.newest(), MOST_UNINDEXED) if pk not in set(question.exclude)]
    if not ids:
        return []
    rows = [(t.id, t.name) for t in known.list_traits(ids)]
    lookup = Lookup([text for _, text in rows])
    return [rows[n] for n in lookup.candidates(question.name)]


# --- pairs -----------------------------------------------------------------------------------------------------------


def pairs() -> ScopedQuerySet[Pair]:
    """Return all pairs, unevaluated; callers narrow by both projects' regions."""
    return Pair.objects.unscoped("narrowed by the caller to pairs whose two projects are in sight")


def list_pairs(actor: Actor) -> ScopedQuerySet[Pair]:
    """Return the pairs of which the actor may see both projects, unevaluated."""
    here = actor.scope("likeness.view", "region_key") & actor.scope("likeness.view", "a_region_key")
    return Pair.objects.narrowed("both regions").filter(here).exclude(state=PairState.CLOSED)


def pairs_of(project_id: int) -> list[Pair]:
    """Return the pairs of a project, found or decided (1 query)."""
    rows = pairs().filter(Q(a_id=project_id) | Q(b_id=project_id)).exclude(state=PairState.CLOSED)
    return list(rows.select_related("a", "b").order_by("-score", "pk"))


def get_pair(one: int, other: int) -> Pair | None:
    """Return the pair of two projects, if there is one (1 query)."""
    a, b = sorted((one, other))
    return pairs().filter(a_id=a, b_id=b).select_related("a", "b").first()


_WAITING = Prepared(
    lambda a, b: (
        pairs().filter(Q(a_id=a) | Q(b_id=b), state__in=[PairState.OPEN, PairState.STATED]).values_list("pk", flat=True)
    )
)


def count_open(project_id: int) -> int:
    """Return how many pairs of a project wait for somebody (1 query, on every page of a project)."""
    return len(_WAITING.all(project_id, project_id))


def has_open(project_id: int) -> bool:
    """Return whether the rules hold something against a project that nobody has spoken on (1 query)."""
    return pairs().filter(Q(a_id=project_id) | Q(b_id=project_id), state=PairState.OPEN).exists()


def compare_projects(one: ProjectTraits, other: ProjectTraits, wanted: Limits) -> Judgement:
    """Return the judgement of two projects on file, seen from the first (1 query)."""
    regions = regions_by_key([other.region_key], one.region_key)
    mine, theirs = _place(_traits(as_question(one)), one.region_key, other, regions)
    return compare(mine, theirs, wanted, sound)
