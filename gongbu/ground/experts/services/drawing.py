"""Draws: bind a seed, draw, ask, replace down the same line, void."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.text import one_line
from gongbu.ground.experts import specialties as lists
from gongbu.ground.experts.entry import AvoidList, NewDraw
from gongbu.ground.experts.models import Draw, Expert, Seat, code_of
from gongbu.ground.experts.rules import drawing as rules
from gongbu.ground.experts.rules.avoidance import Avoid
from gongbu.ground.experts.services import asking
from gongbu.ground.experts.services.record import (
    DRAW,
    bump,
    enter_draw,
    lock_draw,
    recount,
    runs,
    state_of_seat,
    tell_seat,
)
from gongbu.ground.experts.services.screening import Screening, avoid_of, screen
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.hashing import DEFAULT, digest_of
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox

State, SeatState = Draw.State, Seat.State
SEED_BYTES = 32
MOST_PLACES = 60
OUT = (SeatState.DECLINED, SeatState.CONFLICT, SeatState.ABSENT)


def open_draw(*, new: NewDraw, actor: Actor, key: str | None = None) -> Draw:
    """Open a draw: what is wanted and whom to avoid are fixed, and a seed is bound before the pool is looked at.

    The digest of the seed goes into the book with a receipt; the seed itself is shown when the draw is made. The same
    ``key`` returns the first draw.

    :raises NotAllowed: no right in the subject's region
    :raises InvalidInput: no title, no places, too many, an unknown specialty or unit, a secrecy rule met
    :raises Refusal: the draw that this one supplements is not drawn, or no reason is given
    """
    try:
        return _open(new, actor, key)
    except IntegrityError:  # two requests at once with one key: the other came first
        if (first := _first(key)) is None:
            raise
        return first


def _first(key: str | None) -> Draw | None:
    return Draw.objects.unscoped("the answer to a repeated request").filter(key=key).first() if key else None


@act("experts.open_draw", "发起专家抽取")
def _open(new: NewDraw, actor: Actor, key: str | None) -> Draw:
    actor.require("experts.open_draw", new.subject.region_key)
    if (first := _first(key)) is not None:
        return first
    region = Region.objects.filter(key_lo=new.subject.region_key).order_by("-key_hi").first()
    if region is None:
        raise NotFound("experts.region_missing")
    today = clock.today()
    known = lists.list_specialties(region.pk, today)
    raise_on_reject(_check_new(new, known))
    earlier = _supplemented(new, actor)
    _avoid, units = avoid_of(new.avoid)
    if len([pk for pk, _ in units if pk]) < len(set(new.avoid.unit_ids)):
        raise_on_reject([Finding("experts.unit_unknown", {}, "experts.avoid_units", Severity.REJECT)])
    seed = secrets.token_hex(SEED_BYTES)
    draw = Draw.objects.create(
        key=key, title=one_line(new.title), region=region, region_key=region.key_lo, subject_kind=new.subject.kind,
        subject_id=new.subject.id, subject_label=new.subject.label[:200], on=today, unit_id=actor.unit_id,
        needs=[[need.specialty, known[need.specialty], need.members, need.substitutes] for need in new.needs],
        avoid={"units": units, "people": [one_line(name) for name in new.avoid.people if name.strip()]},
        unit_name=actor.unit_name, algorithm=DEFAULT, seed=seed, supplements=earlier, reason=one_line(new.reason)[:300],
        commitment=rules.compute_commitment(seed, digest_of(DEFAULT)), opened_at=clock.now(),
    )  # fmt: skip
    if draw.subject_kind == DRAW:  # about nothing but itself
        draw.subject_id = draw.pk
    entry = enter_draw(
        "experts.open_draw", draw, actor, after=_terms(draw), public=_public_terms(draw), on=today,
    )  # fmt: skip
    draw.opened_receipt = entry.receipt or ""
    draw.save(update_fields=["opened_receipt", "subject_id"])
    return draw


def _check_new(new: NewDraw, known: dict[str, str]) -> list[Finding]:
    refuse_secret(new.title, new.subject.label, new.reason, *new.avoid.unit_names)
    found: list[Finding] = []

    def reject(code: str, key: str, **data: object) -> None:
        found.append(Finding(code, data, f"experts.{key}", Severity.REJECT))

    if not new.title.strip():
        reject("experts.draw_title_missing", "draw_title")
    elif len(new.title) > 160:
        reject("experts.too_long", "draw_title", limit=160, length=len(new.title))
    if not any(need.members for need in new.needs):
        reject("experts.needs_missing", "needs")
    if len({need.specialty for need in new.needs}) < len(new.needs):
        reject("experts.need_twice", "needs")
    if sum(need.places for need in new.needs) > MOST_PLACES:
        reject("experts.too_many_places", "needs", limit=MOST_PLACES)
    for need in new.needs:
        if need.specialty not in known:
            reject("experts.specialty_unknown", "needs", found=need.specialty)
        if need.members < 0 or need.substitutes < 0 or not need.places:
            reject("experts.need_wrong", "needs", specialty=known.get(need.specialty, need.specialty))
    return found


def _supplemented(new: NewDraw, actor: Actor) -> Draw | None:
    if new.supplements is None:
        return None
    rows = Draw.objects.unscoped("tested below").filter(
        pk=new.supplements, subject_kind=new.subject.kind, subject_id=new.subject.id
    )
    earlier = rows.first()
    if earlier is None or not actor.may("experts.view_draws", earlier.region_key):
        raise NotFound("experts.draw_missing")
    if earlier.state != State.DRAWN:
        raise Refusal("experts.draw_wrong_state", title=earlier.title, state=earlier.get_state_display())
    if not new.reason.strip():
        raise_on_reject([Finding("experts.reason_missing", {}, "experts.reason", Severity.REJECT)])
    return earlier


def _terms(draw: Draw) -> dict[str, Any]:
    facts = {
        "subject": f"{draw.subject_kind}:{draw.subject_id}", "needs": [[code, m, s] for code, _, m, s in draw.needs],
        "avoid_units": [name for _, name in draw.avoid["units"]], "avoid_people": len(draw.avoid["people"]),
        "algorithm": draw.algorithm, "commitment": draw.commitment, "supplements": draw.supplements_id,
        "reason": draw.reason,
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value not in (None, "", [])}


def _public_terms(draw: Draw) -> dict[str, str]:
    return {
        "文书": "评审专家抽取",
        "名称": draw.title,
        "抽取单位": draw.unit_name,
        "专业和人数": "；".join(f"{label} {m} 人" + (f"，候补 {s} 人" if s else "") for _, label, m, s in draw.needs),
        f"种子摘要（{draw.algorithm}）": draw.commitment,
    }


@act("experts.draw", "抽取专家")
def make_draw(*, draw_id: int, actor: Actor, spoken: str = "", witness: str = "", rev: int | None = None) -> Draw:
    """Draw: look at the pool as it is now, order it by the bound seed and the word spoken on the spot, fill the places.

    Everything needed to compute it again goes into the book: seed, word, the numbers and specialties of everybody
    eligible, who was drawn. Names do not.

    :raises InvalidInput: the pool cannot fill the places; says which, and how many were left out for which reason
    :raises Refusal: drawn or void already
    """
    draw = lock_draw(draw_id, actor=actor, act="experts.draw", states=[State.OPEN], rev=rev)
    spoken, witness = one_line(spoken), one_line(witness)
    refuse_secret(spoken, witness)
    for field, text, limit in (("spoken", spoken, 40), ("witness", witness, 60)):
        if len(text) > limit:
            data = {"limit": limit, "length": len(text)}
            raise_on_reject([Finding("experts.too_long", data, f"experts.{field}", Severity.REJECT)])
    needs = needs_of(draw)
    draw.on = clock.today()
    screening = screen(draw.region_id, draw.region_key, draw.on, [need.specialty for need in needs], avoid_for(draw))
    digest = digest_of(draw.algorithm)
    final = rules.compute_final_seed(draw.seed, spoken, digest)
    try:
        places = rules.draw(final, screening.eligible, needs, digest)
    except rules.PoolTooSmall as short:
        raise InvalidInput(_shortages(draw, short.shortages, screening)) from None
    draw.word, draw.witness, draw.drawn_at, draw.state = spoken, witness, clock.now(), State.DRAWN
    draw.pool, draw.policy = pool_rows(screening), list(screening.policy)
    bump(draw, "word", "witness", "drawn_at", "state", "pool", "policy", "on")
    seats = Seat.objects.bulk_create([_seat(draw, place) for place in places])
    seats = list(Seat.objects.filter(draw=draw).select_related("expert"))
    entry = enter_draw(
        "experts.draw", draw, actor, policy=draw.policy, after=_result(draw, screening, seats),
        public=_public_result(draw, screening, seats),
    )  # fmt: skip
    draw.receipt, draw.entry_id = entry.receipt or "", entry.pk
    draw.save(update_fields=["receipt", "entry_id"])
    _enter_subject(draw, seats, actor)
    recount([seat.expert_id for seat in seats])
    outbox.add(
        "expert.drawn", subject_kind=draw.subject_kind, subject_id=draw.subject_id, region_key=draw.region_key,
        draw=draw.pk, draw_key=draw.key, seats=len(seats), receipt=draw.receipt,
    )  # fmt: skip
    for seat in seats:
        tell_seat(draw, seat, seat.expert.person_id)
        asking.ask(draw, seat, actor)
    return draw


def draw_experts(*, new: NewDraw, actor: Actor, key: str | None = None) -> Draw:
    """Open a draw and make it at once; a refusal leaves neither. The same ``key`` returns the first draw.

    :raises NotAllowed, InvalidInput, Refusal: see :func:`open_draw` and :func:`make_draw`
    """
    with transaction.atomic():
        draw = open_draw(new=new, actor=actor, key=key)
        return draw if draw.state != State.OPEN else make_draw(draw_id=draw.pk, actor=actor)


def needs_of(draw: Draw) -> list[rules.Need]:
    """Return what a draw wants."""
    return [rules.Need(code, members, substitutes) for code, _label, members, substitutes in draw.needs]


def avoid_for(draw: Draw) -> Avoid:
    """Return whom a draw avoids, experts of the draw it supplements among them (2 queries at most)."""
    earlier: list[int] = []
    if draw.supplements_id is not None:
        earlier = list(Seat.objects.filter(draw_id=draw.supplements_id).values_list("expert_id", flat=True))
    units = AvoidList(
        [pk for pk, _ in draw.avoid["units"] if pk], [name for pk, name in draw.avoid["units"] if not pk],
        draw.avoid["people"],
    )  # fmt: skip
    return avoid_of(units, earlier)[0]


def pool_rows(screening: Screening) -> list[list[Any]]:
    """Return the pool as it is kept with the draw: number, specialties, reasons in words."""
    return [
        [row.facts.number, sorted(row.facts.specialties), [[f.code, word(f)] for f in row.reasons]]
        for row in screening.rows
    ]


def _seat(draw: Draw, place: rules.Place) -> Seat:
    state = SeatState.ASKED if place.role == rules.MEMBER else SeatState.WAITING
    return Seat(
        draw=draw, expert_id=place.number, specialty=place.specialty, role=place.role, drawn_as=place.role,
        rank=place.rank, state=state,
    )  # fmt: skip


def _shortages(draw: Draw, shortages: Sequence[rules.Shortage], screening: Screening) -> list[Finding]:
    labels = {code: label for code, label, _, _ in draw.needs}
    found = []
    for short in shortages:
        mine = [row for row in screening.rows if short.specialty in row.facts.specialties]
        out = sum(bool(row.reasons) for row in mine)
        data = {
            "specialty": labels[short.specialty], "wanted": short.wanted, "missing": short.missing, "pool": len(mine),
            "out": out,
        }  # fmt: skip
        found.append(Finding("experts.short", data, "experts.needs", Severity.REJECT))
    return found


def _result(draw: Draw, screening: Screening, seats: Sequence[Seat]) -> dict[str, Any]:
    out: dict[str, int] = {}
    for row in screening.rows:
        for code in {f.code for f in row.reasons}:
            out[code] = out.get(code, 0) + 1
    return {
        "algorithm": draw.algorithm, "commitment": draw.commitment, "seed": draw.seed, "word": draw.word,
        "needs": [[code, m, s] for code, _, m, s in draw.needs],
        "pool": [[c.number, sorted(c.specialties)] for c in screening.eligible], "left_out": out,
        "seats": [state_of_seat(seat) for seat in seats],
    }  # fmt: skip


def _public_result(draw: Draw, screening: Screening, seats: Sequence[Seat]) -> dict[str, str]:
    drawn = [f"{code_of(seat.expert_id)}（{seat.get_role_display()}）" for seat in seats]
    shown = {
        **_public_terms(draw), "种子": draw.seed, "现场字": draw.word, "合格专家": f"{len(screening.eligible)} 人",
        "抽中专家编号": "、".join(drawn), "发起回执": draw.opened_receipt,
    }  # fmt: skip
    return {key: value for key, value in shown.items() if value}


def _enter_subject(draw: Draw, seats: Sequence[Seat], actor: Actor) -> None:
    """Let the timeline of the draw's subject say that experts were drawn for it."""
    if draw.subject_kind == DRAW:
        return
    members = sum(seat.role == Seat.Role.MEMBER for seat in seats)
    ledger.append(
        EntryDraft(
            kind="experts.drawn_for", actor=actor.stamp, occurred_on=clock.today(),
            subject=Subject(draw.subject_kind, draw.subject_id, draw.region_key, draw.subject_label or draw.title),
            after={"expert_draw": f"{draw.title}：抽取 {members} 人，候补 {len(seats) - members} 人"},
            extra={"draw": draw.pk},
        )
    )  # fmt: skip


# -- answers and replacements --------------------------------------------------------------------------------------


@act("experts.respond", "登记专家答复")
def respond(*, seat_id: int, code: str, actor: Actor, reason: str = "", rev: int | None = None) -> Seat:
    """Enter what an expert answered: he comes, cannot, must 回避; or that he stayed away. He may answer himself.

    :raises NotFound: no such seat for the actor
    :raises InvalidInput: an unknown answer, or no reason
    :raises Refusal: the seat waits as substitute, was reviewed, or said so before
    """
    seat, draw = _locked_seat(seat_id, actor, "experts.respond", rev, is_self=True)
    allowed = {
        SeatState.ASKED: {SeatState.ACCEPTED, *OUT},
        SeatState.ACCEPTED: set(OUT),
    }.get(SeatState(seat.state), set())  # fmt: skip
    if code not in (SeatState.ACCEPTED, *OUT):
        raise_on_reject([Finding("experts.answer_unknown", {}, "experts.answer", Severity.REJECT)])
    if code not in allowed or (is_own(seat, actor) and code == SeatState.ABSENT):
        raise Refusal("experts.seat_wrong_state", code=code_of(seat.expert_id), state=seat.get_state_display())
    reason = one_line(reason)
    refuse_secret(reason)
    if code in OUT and not reason:
        raise_on_reject([Finding("experts.reason_missing", {}, "experts.reason", Severity.REJECT)])
    before = state_of_seat(seat)
    seat.state, seat.reason, seat.replied_at = code, reason[:300], clock.now()
    bump(seat, "state", "reason", "replied_at")
    enter_draw("experts.respond", draw, actor, before=before, after=state_of_seat(seat))
    recount([seat.expert_id])
    tell_seat(draw, seat, seat.expert.person_id)
    asking.answered(draw, seat, actor)
    return seat


def is_own(seat: Seat, actor: Actor) -> bool:
    """Return whether the seat is that of the actor's own account."""
    return actor.person_id is not None and seat.expert.person_id == actor.person_id


def _locked_seat(seat_id: int, actor: Actor, act_name: str, rev: int | None, *, is_self: bool) -> tuple[Seat, Draw]:
    rows = Seat.objects.select_for_update(of=("self",)).select_related("expert", "draw").defer("draw__pool")
    seat = next(iter(rows.filter(pk=seat_id)), None)
    if seat is None:
        raise NotFound("experts.seat_missing")
    if is_self and is_own(seat, actor):
        actor.require(act_name)
        draw = seat.draw
        if draw.state != State.DRAWN:
            raise Refusal("experts.draw_wrong_state", title=draw.title, state=draw.get_state_display())
    else:
        draw = lock_draw(seat.draw_id, actor=actor, act=act_name, states=[State.DRAWN])
    if rev is not None and rev != seat.rev:
        raise Refusal("experts.seat_changed", code=code_of(seat.expert_id), state=seat.get_state_display())
    return seat, draw


@act("experts.replace", "递补专家")
def replace(*, seat_id: int, actor: Actor) -> Seat:
    """Put the next in line on the place of somebody who fell out: substitutes first, then on down the drawn line.

    Whoever may no longer be drawn (suspended meanwhile, a relation recorded since) is passed over, with the reason.

    :raises Refusal: nobody fell out, the place was filled, or nobody is left in line
    """
    seat, draw = _locked_seat(seat_id, actor, "experts.replace", None, is_self=False)
    if seat.state not in OUT or Seat.objects.filter(replaces=seat).exists():
        raise Refusal("experts.nothing_to_replace", code=code_of(seat.expert_id), state=seat.get_state_display())
    passed: list[list[Any]] = []
    fresh = _next_substitute(draw, seat, passed) or _next_in_line(draw, seat, passed)
    if fresh is None:
        labels = {code: label for code, label, _, _ in draw.needs}
        raise Refusal("experts.line_exhausted", specialty=labels.get(seat.specialty, seat.specialty))
    last = Seat.objects.filter(draw=draw).order_by("-round").values_list("round", flat=True).first() or 1
    fresh.role, fresh.state, fresh.replaces, fresh.round = Seat.Role.MEMBER, SeatState.ASKED, seat, last + 1
    fresh.save()
    bump(draw)
    fresh = Seat.objects.select_related("expert").get(pk=fresh.pk)
    enter_draw(
        "experts.replace",
        draw,
        actor,
        before=state_of_seat(seat),
        after={**state_of_seat(fresh), "passed_over": passed},
    )
    recount([fresh.expert_id, seat.expert_id])
    tell_seat(draw, fresh, fresh.expert.person_id)
    asking.ask(draw, fresh, actor)
    return fresh


def _still_out(draw: Draw, expert_id: int, specialty: str) -> tuple[Finding, ...]:
    """Return the reasons that stand today against somebody in line (none: he may be asked)."""
    screening = screen(draw.region_id, draw.region_key, clock.today(), [specialty], avoid_for(draw), only=[expert_id])
    if not screening.rows:
        return (Finding("experts.specialty_gone", {}, None, Severity.REJECT),)
    return screening.rows[0].reasons


def _next_substitute(draw: Draw, seat: Seat, passed: list[list[Any]]) -> Seat | None:
    waiting = Seat.objects.select_for_update().filter(draw=draw, specialty=seat.specialty, state=SeatState.WAITING)
    for substitute in waiting.order_by("rank"):
        reasons = _still_out(draw, substitute.expert_id, seat.specialty)
        if not reasons:
            return substitute
        passed.append([code_of(substitute.expert_id), [f.code for f in reasons]])
        substitute.state, substitute.reason = SeatState.CONFLICT, "".join(word(f) for f in reasons)[:300]
        bump(substitute, "state", "reason")
    return None


def _next_in_line(draw: Draw, seat: Seat, passed: list[list[Any]]) -> Seat | None:
    pool = [rules.Candidate(number, frozenset(codes)) for number, codes, reasons in draw.pool if not reasons]
    digest = digest_of(draw.algorithm)
    final = rules.compute_final_seed(draw.seed, draw.word, digest)
    used = set(Seat.objects.filter(draw=draw).values_list("expert_id", flat=True))
    while (found := rules.find_next(final, pool, seat.specialty, used, digest)) is not None:
        candidate, rank = found
        reasons = _still_out(draw, candidate.number, seat.specialty)
        if not reasons:
            return Seat(draw=draw, expert_id=candidate.number, specialty=seat.specialty, rank=rank)
        passed.append([code_of(candidate.number), [f.code for f in reasons]])
        used.add(candidate.number)
    return None


@act("experts.void_draw", "作废专家抽取")
def void_draw(*, draw_id: int, reason: str, actor: Actor, rev: int | None = None) -> Draw:
    """Void a draw with a reason; it stays on file with everything it said.

    :raises InvalidInput: no reason
    :raises Refusal: somebody has reviewed already
    """
    draw = lock_draw(draw_id, actor=actor, act="experts.void_draw", states=[State.OPEN, State.DRAWN], rev=rev)
    reason = one_line(reason)
    refuse_secret(reason)
    if not reason:
        raise_on_reject([Finding("experts.reason_missing", {}, "experts.reason", Severity.REJECT)])
    seats = list(Seat.objects.filter(draw=draw).select_related("expert"))
    if any(seat.state == SeatState.REVIEWED for seat in seats):
        raise Refusal("experts.reviewed_already", title=draw.title)
    before = {"state": draw.state}
    draw.state, draw.reason = State.VOID, reason[:300]
    bump(draw, "state", "reason")
    enter_draw("experts.void_draw", draw, actor, before=before, after={"state": draw.state, "reason": reason})
    outbox.add(
        "expert.draw_voided", subject_kind=draw.subject_kind, subject_id=draw.subject_id, region_key=draw.region_key,
        draw=draw.pk, draw_key=draw.key,
    )  # fmt: skip
    for seat in seats:
        asking.stop(draw, seat, "抽取已作废")
    return draw


__all__ = ["Expert", "draw_experts", "make_draw", "open_draw", "replace", "respond", "runs", "void_draw"]
