"""Let a draft follow a settled ranking of selection (择优排名): chosen projects come on, ranked lines come first."""

from typing import Any

from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.lists import rules
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.lists.services import record
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects.rules.lifecycle import STAGE_ORDER
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
    follow(row, ranking)
    record.count_items(row)
    after = {"ranking": row.ranking_name, "items": row.item_count, "total_fen": row.total_fen}
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


def follow(row: ProjectList, ranking: RoundRanking | None) -> None:
    """Write a ranking into a draft: new lines, rank and score of each line, the order; saves the lines, not the list."""
    row.ranking_id, row.ranking_name, row.ranking_digest = (
        (ranking.round_id, ranking.name, ranking.digest) if ranking else (None, "", "")
    )
    row.lines.filter(origin=ListItem.Origin.RANKED, state=ListItem.State.ON, reason="").delete()
    places = {one.project_id: one for one in ranking.rows} if ranking else {}
    if ranking is not None:
        known = set(row.lines.values_list("project_id", flat=True))
        _put_on(row, ranking, [one for one in ranking.chosen if one.project_id not in known])
    lines = list(row.lines.order_by("position", "pk"))
    for item in lines:
        one = places.get(item.project_id)
        item.rank, item.score, item.candidate_id = (
            (one.rank, one.score, one.candidate_id) if one else (None, None, None)
        )
    if ranking is not None:
        lines.sort(key=lambda item: (item.rank is None, item.rank or 0))
    else:
        lines.sort(key=lambda item: rules.order_key(STAGE_ORDER[item.stage], item.total_fen, item.name))
    for position, item in enumerate(lines, start=1):
        item.position = position
    ListItem.objects.unscoped("lines of the locked list").bulk_update(
        lines, ["rank", "score", "candidate_id", "position"], batch_size=200
    )


def _put_on(row: ProjectList, ranking: RoundRanking, wanted: list[RankedProject]) -> None:
    facts = {p.id: p for p in projects.list_for_lists([one.project_id for one in wanted], row.year)}
    places = ranking.card.places
    ListItem.objects.bulk_create(
        ListItem(
            list=row, project_id=p.id, region_key=row.region_key, position=0, name=p.name, region_name=p.region_name,
            owner_name=p.owner_name, content=p.content[:400], stage=p.stage, total_fen=p.total_fen, year_fen=p.year_fen,
            origin=ListItem.Origin.RANKED, decision_id=one.decision_id,
            rule=f"{ranking.name}第 {one.rank} 名，{one.score:.{places}f} 分，入选",
        )
        for one in wanted if (p := facts.get(one.project_id)) is not None
    )  # fmt: skip
