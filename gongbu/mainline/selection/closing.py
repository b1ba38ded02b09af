"""重新评分: what a first settling made public is closed while the round is scored again, so that the second is independent.

The book keeps every entry and every decision; who may settle the round, and does not score in it, reads on.
"""

from collections.abc import Mapping, Sequence

from gongbu.ground.basics.findings import NotAllowed, Refusal
from gongbu.ground.ledger.queries import TimelineRow
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy.models import PolicyDecision
from gongbu.mainline.selection.choices import RoundState, ScorerState
from gongbu.mainline.selection.models import Candidate, Round, Scorer
from gongbu.mainline.selection.services.rounds import is_scorer

SETTLE = "selection.settle_round"


def is_scored_again(round_: Round) -> bool:
    """Return whether the round was settled before and is being scored again."""
    return round_.state == RoundState.SCORING and round_.settlings > 0


def may_read(actor: Actor, round_: Round) -> bool:
    """Return whether the actor may read what an earlier settling of this round made public (0–1 query)."""
    if not is_scored_again(round_):
        return True
    if not actor.may(SETTLE, round_.region_key):
        return False
    scorers = Scorer.objects.filter(round=round_, state=ScorerState.APPOINTED)
    return not any(is_scorer(one, actor) for one in scorers)


def may_read_ranking(actor: Actor, round_id: int) -> bool:
    """Return whether the actor may read ranks and scores that came from this round (1–2 queries)."""
    round_ = Round.objects.unscoped("whether its first result is closed").filter(pk=round_id).first()
    return round_ is None or may_read(actor, round_)


def of_decision(actor: Actor, row: PolicyDecision) -> Refusal | None:
    """Return what keeps the actor from a decision about a candidate now, None when nothing does (1–2 queries)."""
    rows = Candidate.objects.unscoped("the round is judged next").select_related("round")
    candidate = rows.filter(pk=row.subject_id).first()
    if candidate is None or may_read(actor, candidate.round):
        return None
    return NotAllowed(
        "selection.scored_again", act=rights().label("selection.view"), actor=actor.name, name=candidate.round.name
    )


def of_timeline(rows: Sequence[TimelineRow]) -> Mapping[int, str]:
    """Return the entries 遴选结果 whose round is being scored again, with why their facts are not shown (1 query)."""
    by_entry = {row.entry_id: (row.content.get("extra") or {}).get("round") for row in rows}
    again = Round.objects.unscoped("states of named rounds").filter(
        pk__in=[pk for pk in by_entry.values() if isinstance(pk, int)], state=RoundState.SCORING, settlings__gt=0
    )
    names = dict(again.values_list("pk", "name"))
    return {
        entry: f"“{names[pk]}”正在重新评分，原结果重新定结果之前不显示" for entry, pk in by_entry.items() if pk in names
    }
