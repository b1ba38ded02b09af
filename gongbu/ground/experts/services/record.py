"""What every act on experts shares: lock and test, enter the book under a number instead of a name, count."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Avg, Count, Q

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import ChangedMeanwhile, NotAllowed, NotFound, Refusal
from gongbu.ground.experts.models import Appraisal, Draw, Expert, Seat, code_of
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.ledger.queries import find_last_act
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox

EXPERT, DRAW = "expert", "expert_draw"


def lock_expert(
    expert_id: int, *, actor: Actor, act: str, rev: int | None = None, states: Collection[str] | None = None
) -> Expert:
    """Lock an expert and make sure that this actor may do this act on him.

    :raises NotFound: none such in the actor's regions
    :raises NotAllowed: not this act
    :raises ChangedMeanwhile: ``rev`` is no longer the present one
    :raises Refusal: the expert is in another state
    """
    rows = Expert.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    expert = next(iter(rows.filter(pk=expert_id, is_published=True)), None)
    if expert is None or not (actor.may("experts.view", expert.region_key) or actor.may(act, expert.region_key)):
        raise NotFound("experts.not_found")
    actor.require(act, expert.region_key)
    if rev is not None and rev != expert.rev:
        raise changed_meanwhile(EXPERT, expert.pk, expert.rev)
    if states is not None and expert.state not in states:
        raise Refusal("experts.wrong_state", code=expert.code, state=expert.get_state_display())
    return expert


def changed_meanwhile(kind: str, subject_id: int, rev: int) -> ChangedMeanwhile:
    """Return the refusal that tells who did what last (1 query)."""
    last = find_last_act(kind, subject_id)
    return ChangedMeanwhile(
        "experts.changed_meanwhile", by=last.by, at=last.at, rev=rev, when=last.when,
        what=entry_kinds.label(last.kind) if last.kind else "修改",
    )  # fmt: skip


def runs(actor: Actor, draw: Draw) -> bool:
    """Return whether the actor is of the unit that draws, or may run every draw of the region."""
    if draw.unit_id is None or actor.may("experts.run_any", draw.region_key):
        return True
    return actor.unit_id is not None and actor.unit_id == draw.unit_id


def lock_draw(draw_id: int, *, actor: Actor, act: str, states: Collection[str], rev: int | None = None) -> Draw:
    """Lock a draw and make sure that this actor may do this act on it now.

    :raises NotFound: none such in the actor's regions
    :raises NotAllowed: not this act, or another unit's draw
    :raises ChangedMeanwhile: ``rev`` is no longer the present one
    :raises Refusal: the draw is in another state
    """
    rows = Draw.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    draw = next(iter(rows.defer("pool").filter(pk=draw_id)), None)  # the pool is large, and few acts read it
    if draw is None or not (actor.may("experts.view_draws", draw.region_key) or actor.may(act, draw.region_key)):
        raise NotFound("experts.draw_missing")
    actor.require(act, draw.region_key)
    if not runs(actor, draw):
        raise NotAllowed("experts.not_yours", unit=draw.unit_name)
    if rev is not None and rev != draw.rev:
        raise changed_meanwhile(DRAW, draw.pk, draw.rev)
    if draw.state not in states:
        raise Refusal("experts.draw_wrong_state", title=draw.title, state=draw.get_state_display())
    return draw


def enter_expert(kind: str, expert: Expert, actor: Actor, **more: Any) -> Entry:
    """Leave one entry about an expert, under his number."""
    return ledger.append(expert_draft(kind, expert, actor, **more))


def expert_draft(kind: str, expert: Expert, actor: Actor, **more: Any) -> EntryDraft:
    """Return the draft of an entry about an expert."""
    on: date | None = more.pop("on", None)
    return EntryDraft(
        kind=kind, subject=Subject(EXPERT, expert.pk, expert.region_key, expert.code), actor=actor.stamp,
        occurred_on=on or clock.today(), extra={"rev": expert.rev}, **more,
    )  # fmt: skip


def enter_draw(kind: str, draw: Draw, actor: Actor, **more: Any) -> Entry:
    """Leave one entry about a draw."""
    on: date | None = more.pop("on", None)
    return ledger.append(
        EntryDraft(
            kind=kind, subject=Subject(DRAW, draw.pk, draw.region_key, draw.title), actor=actor.stamp,
            occurred_on=on or clock.today(), extra={"rev": draw.rev}, **more,
        )
    )  # fmt: skip


def bump(row: Expert | Draw | Seat, *columns: str) -> None:
    """Count the revision and save the named columns."""
    row.rev += 1
    row.save(update_fields=[*columns, "rev"])


def state_of_expert(expert: Expert, codes: Iterable[str]) -> dict[str, Any]:
    """Return the facts of an expert as an entry holds them: no name, no phone, no identity number."""
    facts = {
        "unit": expert.unit_name, "duty": expert.duty, "title": expert.title, "qualification": expert.qualification,
        "specialties": sorted(codes), "serves_in": expert.serves_in_id, "valid_from": expert.valid_from.isoformat(),
        "valid_to": expert.valid_to.isoformat() if expert.valid_to else "", "state": expert.state,
        "person": expert.person_id,
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value not in ("", None)}


def state_of_seat(seat: Seat) -> dict[str, Any]:
    """Return a seat as an entry holds it."""
    facts: Mapping[str, Any] = {
        "seat": seat.pk, "expert": code_of(seat.expert_id), "specialty": seat.specialty, "role": seat.role,
        "rank": seat.rank, "round": seat.round, "state": seat.state, "reason": seat.reason, "replaces": seat.replaces_id,
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value not in ("", None)}


def tell_seat(draw: Draw, seat: Seat, person_id: int | None) -> None:
    """Tell the room of the draw's subject that a seat changed."""
    outbox.add(
        "expert.seat_changed", subject_kind=draw.subject_kind, subject_id=draw.subject_id, region_key=draw.region_key,
        draw=draw.pk, draw_key=draw.key, seat=seat.pk, expert=seat.expert_id, state=seat.state, role=seat.role,
        specialty=seat.specialty, person=person_id,
    )  # fmt: skip


def recount(expert_ids: Collection[int]) -> None:
    """Count draws, reviews and absences of experts anew, and their average mark (2 queries and one write each)."""
    seats = Seat.objects.filter(expert_id__in=list(expert_ids)).values("expert_id").order_by()
    counted = {
        row["expert_id"]: row
        for row in seats.annotate(
            drawn=Count("pk", filter=~Q(state=Seat.State.WAITING)),
            reviewed=Count("pk", filter=Q(state=Seat.State.REVIEWED)),
            missed=Count("pk", filter=Q(state=Seat.State.ABSENT)),
        )
    }
    marks = dict(
        Appraisal.objects.filter(expert_id__in=list(expert_ids))
        .values("expert_id").order_by().annotate(mark=Avg("average")).values_list("expert_id", "mark")
    )  # fmt: skip
    experts = list(Expert.objects.unscoped("counted by acts that tested them").filter(pk__in=list(expert_ids)))
    for expert in experts:
        row = counted.get(expert.pk, {"drawn": 0, "reviewed": 0, "missed": 0})
        expert.times_drawn, expert.times_reviewed, expert.times_missed = row["drawn"], row["reviewed"], row["missed"]
        expert.mark = marks.get(expert.pk)
    Expert.objects.unscoped("counted above").bulk_update(
        experts, ["times_drawn", "times_reviewed", "times_missed", "mark"]
    )
