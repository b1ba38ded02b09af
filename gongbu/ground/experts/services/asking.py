"""Asking experts who have an account: a task to answer, taken back when it is no longer wanted."""

from django.urls import reverse

from gongbu.ground.experts.models import Draw, Seat
from gongbu.ground.experts.services.record import DRAW
from gongbu.ground.inbox import services as inbox
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.actor import Actor

ANSWER = "experts.respond"


def _key(seat: Seat) -> str:
    return f"expert-seat:{seat.pk}:answer"


def ask(draw: Draw, seat: Seat, actor: Actor) -> None:
    """Give an asked expert with an account a task; others are telephoned."""
    if seat.state != Seat.State.ASKED or seat.expert.person_id is None:
        return
    inbox.assign_task(
        key=_key(seat), kind=ANSWER, title=f"确认参加评审：{draw.title}", person_id=seat.expert.person_id,
        subject=Subject(DRAW, draw.pk, draw.region_key, draw.title), opened_by=actor.unit_name or actor.name,
        url=reverse("experts:answer", args=[seat.pk]),
    )  # fmt: skip


def answered(draw: Draw, seat: Seat, actor: Actor) -> None:
    """Close the task: the expert answered himself, or somebody entered what he said."""
    if seat.expert.person_id == actor.person_id:
        inbox.finish_task(key=_key(seat), actor=actor, outcome=seat.get_state_display())
    else:
        stop(draw, seat, f"已由{actor.name}登记")


def stop(draw: Draw, seat: Seat, reason: str) -> None:
    """Take the task back."""
    inbox.withdraw_task(key=_key(seat), reason=reason)
