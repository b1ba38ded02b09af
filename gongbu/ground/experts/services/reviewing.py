"""After the draw: what each expert said, and how he did his duty."""

from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.text import one_line
from gongbu.ground.experts import specialties as lists
from gongbu.ground.experts.entry import NewAppraisal, NewReview
from gongbu.ground.experts.models import Appraisal, Draw, Review, Seat, code_of
from gongbu.ground.experts.rules.appraising import check_marks, compute_average
from gongbu.ground.experts.services.record import (
    bump,
    enter_draw,
    lock_draw,
    recount,
    tell_seat,
)
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy.queries import policy_for

OPINION_LENGTH = 4000


def _seat(seat_id: int, actor: Actor, act_name: str) -> tuple[Seat, Draw]:
    seat = Seat.objects.select_for_update(of=("self",)).select_related("expert").filter(pk=seat_id).first()
    if seat is None:
        raise NotFound("experts.seat_missing")
    return seat, lock_draw(seat.draw_id, actor=actor, act=act_name, states=[Draw.State.DRAWN])


@act("experts.record_review", "登记评审意见")
def record_review(*, seat_id: int, new: NewReview, actor: Actor, reason: str = "") -> Review:
    """Record what an expert said; a second time only with a reason, as a correction.

    :raises InvalidInput: no conclusion, a day before the draw or ahead, no opinion with 修改后同意 or 不同意, too long
    :raises Refusal: he has not accepted, or a review stands and no reason is given
    """
    seat, draw = _seat(seat_id, actor, "experts.record_review")
    if seat.state not in (Seat.State.ACCEPTED, Seat.State.REVIEWED):
        raise Refusal("experts.seat_wrong_state", code=code_of(seat.expert_id), state=seat.get_state_display())
    standing = Review.objects.filter(seat=seat).first()
    if standing is not None and not reason.strip():
        raise Refusal("experts.review_stands", code=code_of(seat.expert_id))
    opinion, reason = new.opinion.replace("\r\n", "\n").strip(), one_line(reason)
    refuse_secret(opinion, reason)
    raise_on_reject(_check_review(new, opinion, draw))
    before = _state_of_review(standing) if standing else None
    review, _ = Review.objects.update_or_create(
        seat=seat,
        defaults={"reviewed_on": new.reviewed_on, "conclusion": new.conclusion, "opinion": opinion,
                  "recorded_at": clock.now()},
    )  # fmt: skip
    if seat.state != Seat.State.REVIEWED:
        seat.state = Seat.State.REVIEWED
        bump(seat, "state")
    after: dict[str, Any] = {**_state_of_review(review), **({"reason": reason} if reason else {})}
    enter_draw("experts.record_review", draw, actor, on=new.reviewed_on, before=before, after=after)
    recount([seat.expert_id])
    if standing is None:
        tell_seat(draw, seat, seat.expert.person_id)
    return review


def _check_review(new: NewReview, opinion: str, draw: Draw) -> list[Finding]:
    found: list[Finding] = []

    def reject(code: str, key: str, **data: object) -> None:
        found.append(Finding(code, data, f"experts.{key}", Severity.REJECT))

    if new.conclusion not in Review.Conclusion.values:
        reject("experts.conclusion_missing", "conclusion")
    elif new.conclusion in (Review.Conclusion.IF, Review.Conclusion.AGAINST) and not opinion:
        reject("experts.opinion_missing", "opinion")
    if len(opinion) > OPINION_LENGTH:
        reject("experts.too_long", "opinion", limit=OPINION_LENGTH, length=len(opinion))
    today = clock.today()
    if new.reviewed_on > today:
        reject("experts.day_ahead", "reviewed_on", on=new.reviewed_on.isoformat(), today=today.isoformat())
    elif new.reviewed_on < draw.on:
        reject("experts.before_draw", "reviewed_on", on=new.reviewed_on.isoformat(), drawn=draw.on.isoformat())
    return found


def _state_of_review(review: Review) -> dict[str, Any]:
    return {
        "seat": review.seat_id, "expert": code_of(review.seat.expert_id), "conclusion": review.conclusion,
        "opinion": review.opinion, "reviewed_on": review.reviewed_on.isoformat(),
    }  # fmt: skip


@act("experts.appraise", "评价专家履职")
def appraise(*, seat_id: int, new: NewAppraisal, actor: Actor, reason: str = "") -> Appraisal:
    """Mark how an expert did his duty, by the items of the policy; somebody who stayed away is marked too.

    :raises InvalidInput: an item without mark, a mark outside the scale, a secrecy rule met
    :raises Refusal: he has neither reviewed nor stayed away; or marks stand and no reason is given
    """
    seat, draw = _seat(seat_id, actor, "experts.appraise")
    if seat.state not in (Seat.State.REVIEWED, Seat.State.ABSENT):
        raise Refusal("experts.seat_wrong_state", code=code_of(seat.expert_id), state=seat.get_state_display())
    standing = Appraisal.objects.filter(seat=seat).first()
    if standing is not None and not reason.strip():
        raise Refusal("experts.appraisal_stands", code=code_of(seat.expert_id))
    today = clock.today()
    policy = policy_for(draw.region_id, today)
    items, full = lists.read(policy, lists.ITEMS, today), lists.number(policy, lists.FULL, today)
    note, reason = one_line(new.note), one_line(reason)
    refuse_secret(note, reason)
    found = check_marks(new.marks, items.labels, int(full[0]))
    if len(note) > 300:
        found.append(Finding("experts.too_long", {"limit": 300, "length": len(note)}, "experts.note", Severity.REJECT))
    raise_on_reject(found)
    before = {"marks": standing.marks, "average": str(standing.average)} if standing else None
    row, _ = Appraisal.objects.update_or_create(
        seat=seat,
        defaults={"expert_id": seat.expert_id, "marks": dict(new.marks), "note": note, "recorded_at": clock.now(),
                  "average": compute_average(list(new.marks.values()))},
    )  # fmt: skip
    enter_draw(
        "experts.appraise", draw, actor, before=before, policy=[items.value.ref.as_dict(), full[1].ref.as_dict()],
        after={"seat": seat.pk, "expert": code_of(seat.expert_id), "marks": row.marks, "average": str(row.average),
               **({"reason": reason} if reason else {})},
    )  # fmt: skip
    recount([seat.expert_id])
    return row
