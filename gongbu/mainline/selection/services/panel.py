"""Experts as scorers: those who accepted a seat of the round's draw; a replacement takes the place.

Each scores by his own account. Who has none signs a sheet on paper, which is entered for him (:mod:`services.papers`).
"""

from collections.abc import Mapping, Sequence

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.experts import queries as experts
from gongbu.ground.experts.queries import SeatOf
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy import queries as policy_queries
from gongbu.mainline.selection.choices import ScorerState
from gongbu.mainline.selection.models import Round, Scorer
from gongbu.mainline.selection.services import record, rounds, telling
from gongbu.mainline.selection.system import roles_words

ACCEPTED, DRAWN = "ACCEPTED", "DRAWN"
OUT = ("DECLINED", "CONFLICT", "ABSENT")
SCORE = "selection.submit_score"


@act("selection.appoint_experts", "指定专家评分")
def appoint_experts(*, round_id: int, seat_ids: Sequence[int], actor: Actor, rev: int | None = None) -> list[Scorer]:
    """Appoint experts who accepted their seats in a draw made for this round; returns the new scorers.

    Each scores by his own account, or on paper when he has none, sealed like everybody. He keeps out of candidates whose owner or declarer is his unit
    or is related to him in the pool. Who sits in the place of an expert that fell out takes his place here too.

    :raises InvalidInput: not accepted, an account that may not score, or in conflict with every candidate
    :raises NotFound: a seat of another draw
    :raises Refusal: settled or cancelled; the card takes no experts; nobody new
    """
    round_ = record.lock_round(
        round_id, actor=actor, act="selection.appoint_experts", states=rounds.OPEN_STATES, rev=rev
    )
    card = policy_queries.scorecard_of(round_.card_hash)
    if not card.takes_experts:
        raise Refusal("selection.no_experts_here", card=card.label)
    seats = {one.seat_id: one for one in experts.list_seats_of(record.ROUND, round_.pk)}
    standing = {row.seat_id: row for row in record.appointed(round_) if row.seat_id is not None}
    if any(pk not in seats for pk in seat_ids):
        raise NotFound("selection.seat_missing")
    wanted = [seats[pk] for pk in dict.fromkeys(seat_ids) if pk not in standing]
    if not wanted:
        raise Refusal("selection.nobody_new")
    taken = people_by_post(round_)
    raise_on_reject([finding for one in wanted for finding in check_seat(round_, one, taken)])
    drafts = []
    for one in wanted:
        old = _predecessor(round_, one, seats)
        if old is not None and old.state == ScorerState.APPOINTED:
            rounds.let_go(round_, old, f"由专家{one.code}递补")
        drafts.append(
            Scorer(
                round=round_, person_id=account_of(one), seat_id=one.seat_id, name=f"专家{one.code}", unit_id=one.unit_id,
                unit_name=one.unit_name, role="", appointed_on=clock.today(), replaces=old,
            )
        )  # fmt: skip
    return rounds.seat(
        round_, drafts, actor, "selection.appoint_experts",
        draws=sorted({one.draw_receipt for one in wanted if one.draw_receipt}), seats=[one.seat_id for one in wanted],
    )  # fmt: skip


def check_seat(round_: Round, one: SeatOf, taken: Mapping[int, str]) -> list[Finding]:
    """Return what keeps an expert from being appointed (2 queries); ``taken`` are people who score in a post."""
    data: dict[str, object] = {"name": one.name, "code": one.code}

    def reject(code: str, **more: object) -> list[Finding]:
        return [Finding(code, {**data, **more}, None, Severity.REJECT)]

    if one.draw_state != DRAWN or one.state != ACCEPTED:
        return reject("selection.seat_not_accepted", state=one.state_label)
    if one.person_id is not None and one.person_id in taken:
        return reject("selection.expert_scores_already", post=taken[one.person_id])
    if (who := _actor(one.person_id)) is not None and not who.may(SCORE, round_.region_key, own=True):
        return reject("selection.expert_may_not", region=round_.region.name, roles=roles_words(scoring_roles()))
    return []


def account_of(one: SeatOf) -> int | None:
    """Return the account by which an expert scores, None when he has none that is open (0–1 query)."""
    return one.person_id if _actor(one.person_id) is not None else None


def has_account(scorer: Scorer) -> bool:
    """Return whether a scorer can hand in his sheets himself (0–1 query)."""
    return scorer.post_id is not None or _actor(scorer.person_id) is not None


def _actor(person_id: int | None) -> Actor | None:
    try:
        return None if person_id is None else orgs.actor_for(person_id)
    except LookupError:
        return None


def scoring_roles() -> list[str]:
    """Return the roles that let an outsider score."""
    matrix = rights()
    return sorted(matrix.roles_for(SCORE) & matrix.own_records_only)


def people_by_post(round_: Round) -> dict[int, str]:
    """Return person → scorer's name, of those who score in a post."""
    found: dict[int, str] = {}
    for row in record.appointed(round_):
        if row.post_id is not None:
            found |= dict.fromkeys(orgs.holders_of(row.post_id), row.name)
    return found


def count_conflicts(round_: Round, seats: Sequence[SeatOf]) -> dict[int, int]:
    """Return seat → of how many candidates its expert would keep out (8 queries at most); none are left out."""
    drafts = [
        Scorer(pk=one.seat_id, seat_id=one.seat_id, unit_id=one.unit_id, unit_name=one.unit_name) for one in seats
    ]
    counted: dict[int, int] = {}
    for seat_id, _candidate in rounds.conflicts_of(drafts, record.standing(round_)):
        counted[seat_id] = counted.get(seat_id, 0) + 1
    return counted


def _predecessor(round_: Round, one: SeatOf, seats: Mapping[int, SeatOf]) -> Scorer | None:
    """Return the scorer whose seat this one fills, back along the line of replacements; None when none scored."""
    rows = Scorer.objects.filter(round=round_, seat_id__isnull=False, replaced_by=None)
    by_seat = {row.seat_id: row for row in rows.order_by("pk")}
    before = one.replaces_id
    while before is not None:
        if before in by_seat:
            return by_seat[before]
        before = seats[before].replaces_id if before in seats else None
    return None


def follow_seats(round_id: int) -> list[Scorer]:
    """Release the experts who fell out of their seats or whose draw was voided; returns them.

    May be called again at any time: it looks at the seats as they stand. A round that is settled keeps its scorers.
    """
    rows = Round.objects.unscoped("follows the draw").select_for_update(of=("self",)).select_related("region")
    round_ = rows.filter(pk=round_id, state__in=rounds.OPEN_STATES).first()
    if round_ is None:
        return []
    seats = {one.seat_id: one for one in experts.list_seats_of(record.ROUND, round_.pk)}
    gone = []
    for scorer in record.appointed(round_):
        if scorer.seat_id is None:
            continue
        one = seats.get(scorer.seat_id)
        if one is not None and one.state not in OUT:
            continue
        why = f"专家席位{one.state_label}" if one is not None else "专家抽取已作废"
        rounds.let_go(round_, scorer, why)
        rounds.recount(round_)
        record.enter(
            "selection.release_scorer",
            round_,
            actor=None,
            on=clock.today(),
            after={"scorers": [scorer.name]},
            reason=why,
        )
        telling.expert_gone(round_, scorer, why)
        gone.append(scorer)
    return gone


def tell_replacement(round_id: int, seat_id: int) -> None:
    """Tell the post that opened the round that a replacement accepted and may be appointed."""
    round_ = Round.objects.unscoped("follows the draw").filter(pk=round_id, state__in=rounds.OPEN_STATES).first()
    if round_ is None:
        return
    seats = {one.seat_id: one for one in experts.list_seats_of(record.ROUND, round_id)}
    one = seats.get(seat_id)
    if one is None or one.state != ACCEPTED or one.replaces_id is None:
        return
    if not Scorer.objects.filter(round=round_, seat_id=seat_id).exists():
        telling.replacement_ready(round_, one.code, seat_id)
