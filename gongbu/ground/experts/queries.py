"""Reads of experts: the pool, one expert with his record, draws with their seats, what a room needs of a subject."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet

from gongbu.ground.basics import reach
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.experts import specialties as lists
from gongbu.ground.experts.models import (
    Appraisal,
    Draw,
    Expert,
    ExpertPrivate,
    ExpertRelation,
    ExpertSpecialty,
    Review,
    Seat,
    code_of,
)
from gongbu.ground.experts.services.screening import find_bonds
from gongbu.ground.orgs import audit
from gongbu.ground.orgs.actor import Actor

VIEW, VIEW_DRAWS = "experts.view", "experts.view_draws"


def list_experts(actor: Actor) -> QuerySet[Expert]:
    """Return the experts kept in the actor's regions."""
    rows: QuerySet[Expert] = Expert.objects.narrowed("scope_any_sector").filter(
        actor.scope_any_sector(VIEW), is_published=True
    )
    return rows


def get_expert(expert_id: int, actor: Actor) -> Expert:
    """Return one expert (1 query).

    :raises NotFound: none such in the actor's regions
    """
    rows = list_experts(actor).select_related("region", "serves_in", "person")
    expert = rows.filter(pk=expert_id).first()
    if expert is None:
        raise NotFound("experts.not_found")
    return expert


def codes_of(expert: Expert) -> list[str]:
    """Return the specialties of an expert, by code (1 query)."""
    return list(ExpertSpecialty.objects.filter(expert=expert).order_by("pk").values_list("code", flat=True))


def list_relations(expert: Expert) -> list[ExpertRelation]:
    """Return the relations of an expert that mean 回避 (1 query)."""
    return list(ExpertRelation.objects.filter(expert=expert))


def get_contact(expert: Expert, actor: Actor) -> ExpertPrivate:
    """Return phone and identity number of an expert, and note in the audit who looked (4 queries).

    :raises NotAllowed: no right to see contacts there
    """
    actor.require("experts.view_contacts", expert.region_key)
    audit.record_export(actor, "专家联系方式", 1, {"专家": expert.code})
    return ExpertPrivate.objects.filter(expert=expert).first() or ExpertPrivate(expert=expert)


def private_of(expert: Expert) -> ExpertPrivate:
    """Return phone and identity number for the form of who may update him (1 query)."""
    return ExpertPrivate.objects.filter(expert=expert).first() or ExpertPrivate(expert=expert)


@dataclass(frozen=True, slots=True)
class Record:
    """One draw in the life of an expert: what it was for, how it went, what he said, how he was marked."""

    seat: Seat
    draw: Draw
    specialty: str
    review: Review | None
    appraisal: Appraisal | None


def list_record(expert: Expert) -> list[Record]:
    """Return the draws of an expert, newest first (3 queries)."""
    seats = list(Seat.objects.filter(expert=expert).select_related("draw").defer("draw__pool").order_by("-pk"))
    return _records(seats)


def _records(seats: Sequence[Seat]) -> list[Record]:
    ids = [seat.pk for seat in seats]
    reviews = Review.objects.in_bulk(ids)
    marks = Appraisal.objects.in_bulk(ids)
    labels = lists.labels_of(lists.SPECIALTIES)
    return [
        Record(seat, seat.draw, labels.get(seat.specialty, seat.specialty), reviews.get(seat.pk), marks.get(seat.pk))
        for seat in seats
    ]


# -- draws ---------------------------------------------------------------------------------------------------------


def list_draws(actor: Actor) -> QuerySet[Draw]:
    """Return the draws of the actor's regions."""
    rows: QuerySet[Draw] = Draw.objects.narrowed("scope_any_sector").filter(actor.scope_any_sector(VIEW_DRAWS))
    return rows


def get_draw(draw_id: int, actor: Actor) -> Draw:
    """Return one draw (1 query).

    :raises NotFound: none such in the actor's regions
    """
    draw = list_draws(actor).select_related("region").defer("pool").filter(pk=draw_id).first()
    if draw is None:
        raise NotFound("experts.draw_missing")
    return draw


def list_seats(draw: Draw) -> list[Record]:
    """Return the seats of a draw with review and appraisal, members by specialty first (3 queries)."""
    seats = list(Seat.objects.filter(draw=draw).select_related("expert"))
    for seat in seats:
        seat.draw = draw  # a draw carries its whole pool; one of it is enough
    order = {code: at for at, (code, *_rest) in enumerate(draw.needs)}
    seats.sort(key=lambda s: (order.get(s.specialty, 99), s.role != Seat.Role.MEMBER, s.round, s.rank))
    return _records(seats)


def _seats_with_draw() -> QuerySet[Seat]:
    """Return seats with expert and draw, without the pools of the draws, which are large."""
    return Seat.objects.select_related("expert", "draw").defer("draw__pool")


def get_seat(seat_id: int, actor: Actor) -> Record:
    """Return one seat of a draw in the actor's regions (4 queries).

    :raises NotFound: none such
    """
    rows = _seats_with_draw().filter(pk=seat_id, draw__in=list_draws(actor))
    seat = rows.first()
    if seat is None:
        raise NotFound("experts.seat_missing")
    return _records([seat])[0]


def get_own_seat(seat_id: int, actor: Actor) -> Record:
    """Return a seat of the actor's own account (3 queries).

    :raises NotFound: not his
    """
    with reach.widened("a seat by the account of its own expert, wherever he works"):
        seat = _seats_with_draw().filter(pk=seat_id, expert__person_id=actor.person_id or -1).first()
        if seat is None:
            raise NotFound("experts.seat_missing")
        return _records([seat])[0]


def replaced_ids(draw: Draw) -> set[int]:
    """Return the seats whose place somebody else took (1 query)."""
    return set(
        Seat.objects.filter(draw=draw, replaces__isnull=False).values_list("replaces_id", flat=True)  # type: ignore[misc]
    )


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One expert of the pool of a draw: number, name if he is still on file, specialties, reasons against him."""

    code: str
    name: str
    specialties: str
    reasons: tuple[str, ...]


def list_pool(draw: Draw) -> list[PoolRow]:
    """Return the pool of a drawn draw, eligible ones first (1 query)."""
    ids = [number for number, _codes, _reasons in draw.pool]
    rows = Expert.objects.unscoped("named in a draw that was tested")
    names = {pk: expert.name for pk, expert in rows.only("name").in_bulk(ids).items()}
    labels = {code: label for code, label, _m, _s in draw.needs}
    found = [
        PoolRow(
            code_of(number), names.get(number, "—"), "、".join(labels.get(code, code) for code in codes),
            tuple(text for _code, text in reasons),
        )
        for number, codes, reasons in draw.pool
    ]  # fmt: skip
    return sorted(found, key=lambda row: (bool(row.reasons), row.code))


@dataclass(frozen=True, slots=True)
class SeatOf:
    """A seat as a room uses it: who (name, account), as what, for which specialty, how he was marked."""

    draw_id: int
    draw_key: str | None
    draw_state: str
    seat_id: int
    expert_id: int
    code: str
    name: str
    unit_id: int | None
    unit_name: str
    person_id: int | None
    specialty: str
    specialty_label: str
    role: str
    state: str
    state_label: str
    conclusion: str
    mark: Decimal | None
    replaces_id: int | None
    draw_receipt: str


def list_seats_of(subject_kind: str, subject_id: int) -> list[SeatOf]:
    """Return the seats of all draws for a subject that were not voided, oldest draw first (3 queries).

    The caller has tested that the subject may be seen.
    """
    seats = _seats_with_draw().filter(draw__subject_kind=subject_kind, draw__subject_id=subject_id)
    rows = list(seats.exclude(draw__state=Draw.State.VOID).order_by("draw_id", "pk"))
    return [
        SeatOf(
            draw_id=row.draw.pk, draw_key=row.draw.key, draw_state=row.draw.state, seat_id=row.seat.pk,
            expert_id=row.seat.expert_id, code=code_of(row.seat.expert_id), name=row.seat.expert.name,
            unit_id=row.seat.expert.unit_id, unit_name=row.seat.expert.unit_name, person_id=row.seat.expert.person_id, specialty=row.seat.specialty,
            specialty_label=row.specialty, role=row.seat.role, state=row.seat.state,
            state_label=row.seat.get_state_display(), conclusion=row.review.conclusion if row.review else "",
            mark=row.appraisal.average if row.appraisal else None, replaces_id=row.seat.replaces_id,
            draw_receipt=row.draw.receipt,
        )
        for row in _records(rows)
    ]  # fmt: skip


UnitOf = tuple[int | None, str]
"""A unit as rooms name it: id in the register if it has one, and name."""


def list_bonds(seat_ids: Collection[int], units: Collection[UnitOf], on: date) -> dict[int, set[UnitOf]]:
    """Return seat → those of the units that its expert has to keep out of on the day (回避; 6 queries per region).

    His own unit, relations that stand, and bonds that ended too short ago. Seats without any are left out.

    :raises Refusal: the policy of the draw's region has no rule of 回避 on the day
    """
    found: dict[int, set[UnitOf]] = {}
    by_region: dict[int, dict[int, int]] = {}
    rows = Seat.objects.filter(pk__in=list(seat_ids)).values_list("draw__region_id", "pk", "expert_id")
    for region_id, seat_id, expert_id in rows:
        by_region.setdefault(region_id, {})[seat_id] = expert_id
    for region_id, seats in by_region.items():
        bonds = find_bonds(region_id, on, set(seats.values()), units)
        found |= {seat_id: bonds[expert_id] for seat_id, expert_id in seats.items() if bonds.get(expert_id)}
    return found


@dataclass(frozen=True, slots=True)
class DrawOf:
    """A draw for a subject, for a room's panel."""

    id: int
    key: str | None
    title: str
    state: str
    state_label: str
    opened_on: date
    drawn_on: date | None
    receipt: str


def list_draws_of(subject_kind: str, subject_id: int) -> list[DrawOf]:
    """Return the draws for a subject, newest first (1 query). The caller has tested that the subject may be seen."""
    rows = Draw.objects.unscoped("draws of a subject that the caller may see")
    rows = rows.filter(subject_kind=subject_kind, subject_id=subject_id).defer("pool").order_by("-pk")
    return [
        DrawOf(
            row.pk, row.key, row.title, row.state, row.get_state_display(), row.opened_at.date(),
            row.drawn_at.date() if row.drawn_at else None, row.receipt,
        )
        for row in rows
    ]  # fmt: skip


def find_seat_of(expert_id: int, actor: Actor) -> Seat | None:
    """Return the newest seat of an expert in a drawn draw of the actor's regions, None when there is none (1 query)."""
    drawn = list_draws(actor).filter(state=Draw.State.DRAWN)
    rows = _seats_with_draw().filter(expert__id=expert_id, draw__in=drawn)  # by id: a number too large is nobody
    return rows.order_by("-pk").first()


def count_by_specialty(region_key: int) -> dict[str, int]:
    """Return how many standing experts who serve the region have each specialty (1 query); no names, no numbers."""
    rows = ExpertSpecialty.objects.filter(
        expert__state=Expert.State.ACTIVE, expert__is_published=True, expert__serves_in__key_lo__lte=region_key,
        expert__serves_in__key_hi__gt=region_key,
    )  # fmt: skip
    return dict(rows.values("code").order_by().annotate(n=Count("pk")).values_list("code", "n"))
