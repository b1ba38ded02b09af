"""Let a draft follow a settled ranking of selection (择优排名): chosen projects come on, ranked lines come first.

A ranking may be opened again or cancelled while a list is under way: :func:`require_current` is asked at every step."""

from typing import Any

from gongbu.ground.basics import bulk
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.lists.services import record
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.selection import queries as selection
from gongbu.mainline.selection.queries import RankedProject, RoundRanking


@act("lists.use_ranking", "选用择优排名")
def use_ranking(*, list_id: int, round_id: int | None, actor: Actor, rev: int | None = None) -> ProjectList:
    """Let a draft follow the ranking of a settled round of its county; None: it follows none any more.

    Projects that were chosen and are neither on nor taken off come on, with rank and score as the reason; lines that
    stand in the ranking come first, in its order. Lines put on or off by hand stay as they are.

    :raises NotFound: no settled round of this county
    :raises Refusal: no draft; nothing to change
    """
    row = record.lock(list_id, actor, "lists.use_ranking", rev=rev)
    if round_id is None and row.ranking_id is None:
        raise Refusal("lists.ranking_none", title=row.title)
    before = {"ranking": row.ranking_name, "items": row.item_count}
    ranking = None
    if round_id is not None:
        if round_id not in {one.id for one in selection.list_settled(row.region_key)}:
            raise NotFound("lists.ranking_missing")
        ranking = selection.get_ranking(round_id)
        if (row.ranking_id, row.ranking_digest) == (ranking.round_id, ranking.digest):
            raise Refusal("lists.ranking_same", title=row.title, name=ranking.name)
    changes = record.Changes()
    follow(row, ranking, changes)
    record.count_items(row)
    after = {
        "ranking": row.ranking_name, "items": row.item_count, "total_fen": row.total_fen, **changes.as_facts(),
    }  # fmt: skip
    extra: dict[str, Any] = (
        {"round": ranking.round_id, "receipt": ranking.receipt, "digest": ranking.digest} if ranking else {}
    )
    record.commit(
        "lists.use_ranking", row, actor.stamp, before=before, after=after,
        policy=[ranking.policy] if ranking else [], **extra,
    )  # fmt: skip
    return row


def is_current(row: ProjectList) -> bool:
    """Return whether the ranking that a list follows still stands as it was taken over (2–3 queries, none without one)."""
    return row.ranking_id is None or current(row) is not None


def current(row: ProjectList) -> RoundRanking | None:
    """Return the ranking that a list follows, None when it follows none or that was opened again since."""
    if row.ranking_id is None:
        return None
    try:
        ranking = selection.get_ranking(row.ranking_id)
    except Refusal:  # being scored again, or cancelled
        return None
    return ranking if ranking.digest == row.ranking_digest else None


def require_current(row: ProjectList, what: str) -> None:
    """Make sure that the ranking which a list follows stands, before the list goes a step further.

    :raises Refusal: it was opened again or cancelled since, with what to do in this state
    """
    if not is_current(row):
        code = "lists.ranking_stale" if row.state == ProjectList.State.DRAFT else "lists.ranking_stale_settled"
        raise Refusal(code, title=row.title, name=row.ranking_name, what=what)


def follow(row: ProjectList, ranking: RoundRanking | None, changes: record.Changes) -> None:
    """Write a ranking into a draft: new lines, rank and score of each line, the order; saves the lines, not the list.

    A line that stays chosen keeps what was filled in.
    """
    row.ranking_id, row.ranking_name, row.ranking_digest = (
        (ranking.round_id, ranking.name, ranking.digest) if ranking else (None, "", "")
    )
    chosen = {one.project_id: one for one in ranking.chosen} if ranking else {}
    lines = record.list_lines(row)
    own = [item for item in lines if item.state == ListItem.State.ON and item.origin == ListItem.Origin.RANKED]
    own = [item for item in own if not item.reason]
    gone = {item.pk for item in own if item.project_id not in chosen}
    changes.fall([item for item in own if item.pk in gone])
    changes.keep([item for item in own if item.pk not in gone])
    lines = [item for item in lines if item.pk not in gone]
    if ranking is not None:
        printed = {p.id: p for p in projects.list_for_lists([i.project_id for i in own if i.pk not in gone], row.year)}
        for item in own:
            if item.pk not in gone and (p := printed.get(item.project_id)) is not None:
                record.write_facts(item, p)
                _say(item, ranking, chosen[item.project_id])
        known = {item.project_id for item in lines}
        came = _put_on(row, ranking, [one for one in ranking.chosen if one.project_id not in known])
        changes.come(came)
        lines += came
    places = {one.project_id: one for one in ranking.rows} if ranking else {}
    for item in lines:
        one = places.get(item.project_id)
        item.rank, item.score, item.candidate_id = (
            (one.rank, one.score, one.candidate_id) if one else (None, None, None)
        )
    record.arrange(row, lines, *record.FACT_COLUMNS, "rank", "score", "candidate_id", "rule", "decision_id")


def _say(item: ListItem, ranking: RoundRanking, one: RankedProject) -> None:
    item.decision_id = one.decision_id
    item.rule = f"{ranking.name}第 {one.rank} 名，{one.score:.{ranking.card.places}f} 分，入选"


def _put_on(row: ProjectList, ranking: RoundRanking, wanted: list[RankedProject]) -> list[ListItem]:
    facts = {p.id: p for p in projects.list_for_lists([one.project_id for one in wanted], row.year)}
    made = []
    for one in wanted:
        if (p := facts.get(one.project_id)) is not None:
            item = ListItem(
                list=row, project_id=p.id, region_key=row.region_key, position=0, origin=ListItem.Origin.RANKED
            )
            record.write_facts(item, p)
            _say(item, ranking, one)
            made.append(item)
    bulk.insert(made)
    return made
