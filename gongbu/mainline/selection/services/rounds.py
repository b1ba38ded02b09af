"""A round (遴选批次): open it, take projects of the reserve in, appoint who scores, keep out who may not, begin, cancel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.text import one_line
from gongbu.ground.experts import queries as experts
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Grant, Post, Region, Unit
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy import services as policy_services
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.mainline.projects.services.record import day_of
from gongbu.mainline.reserve import queries as reserve
from gongbu.mainline.reserve.system import holder_of
from gongbu.mainline.selection.choices import RecusalKind, RoundState, ScorerState
from gongbu.mainline.selection.models import Candidate, Recusal, Round, Scorer, Sheet
from gongbu.mainline.selection.rules.conflicts import Concerned, Rater, find_conflicts, find_short
from gongbu.mainline.selection.services import record, telling
from gongbu.mainline.selection.system import roles_words, system_of

MOST_CANDIDATES, MOST_SCORERS, MOST_PLACES = 1000, 60, 1000
PREPARING, SCORING = RoundState.PREPARING, RoundState.SCORING
OPEN_STATES = (PREPARING, SCORING)


@dataclass(frozen=True, slots=True)
class NewRound:
    """A round about to be opened; ``card`` is the key of a scorecard ("" for the county's nearest)."""

    region_id: int
    name: str
    year: int
    places: int
    due_on: date | None = None
    card: str = ""


@act("selection.open_round", "设立遴选批次")
def open_round(*, new: NewRound, actor: Actor, on: date | None = None) -> Round:
    """Open a round (遴选批次) of a county under the scorecard in force; its version is pinned.

    :raises InvalidInput: no name, a year or number of places out of range, due before it opens, the name taken
    :raises Refusal: the county's packs bring no scorecard
    :raises NotAllowed: no right in the county
    """
    region = Region.objects.select_related("parent").filter(pk=new.region_id).first()
    if region is None:
        raise NotFound("policy.region_missing", region=new.region_id)
    holder = holder_of(region)
    actor.require("selection.open_round", holder.key_lo)
    day = day_of(on)
    system = system_of(holder, day)
    card, ref = system.find(new.card)
    name = one_line(new.name)
    refuse_secret(name)
    raise_on_reject(_check(holder, new, name, day))
    policy_services.keep_records([ref])
    round_ = Round.objects.create(
        region=holder, region_key=holder.key_lo, name=name, year=new.year, places=new.places, card_key=card.key,
        card_label=card.label, card_pack=ref.pack, card_version=ref.version, card_from=ref.effective_from,
        card_hash=ref.hash, due_on=new.due_on, opened_on=day, opened_post_id=actor.post_id,
        unit_name=actor.unit_name or actor.name,
    )  # fmt: skip
    after = {**_terms(round_), "weights": card.weights_words, "method": card.method_words}
    record.enter("selection.open_round", round_, actor=actor, on=day, after=after)
    record.tell("selection.opened", round_)
    return round_


def _check(holder: Region, new: NewRound, name: str, day: date, but: int | None = None) -> list[Finding]:
    found = record.check_length(name, 80, "round_name")

    def reject(code: str, field: str, **data: object) -> None:
        found.append(Finding(code, data, field, Severity.REJECT))

    if not name:
        reject("selection.name_missing", "round_name")
    if not 2000 <= new.year <= 2100:
        reject("selection.year_wrong", "round_year", found=new.year)
    if not 1 <= new.places <= MOST_PLACES:
        reject("selection.places_wrong", "round_places", found=new.places, limit=MOST_PLACES)
    if new.due_on is not None and new.due_on < day:
        reject("selection.due_before", "round_due_on", due=new.due_on.isoformat(), on=day.isoformat())
    rows = Round.objects.unscoped("whether the name is taken").filter(region=holder, year=new.year, name=name)
    if (rows if but is None else rows.exclude(pk=but)).exists():
        reject("selection.name_taken", "round_name", name=name, year=new.year)
    return found


def _terms(round_: Round) -> dict[str, Any]:
    return {
        "round": round_.name, "year": round_.year, "places": round_.places, "card": round_.card_label,
        "due_on": round_.due_on.isoformat() if round_.due_on else "",
    }  # fmt: skip


@act("selection.change_round", "变更遴选批次")
def change_round(
    *, round_id: int, name: str, places: int, due_on: date | None, reason: str, actor: Actor, rev: int | None = None
) -> Round:
    """Change name, number of places or last day of a round that is not settled, with a reason.

    :raises InvalidInput: as for a new round; no reason
    :raises Refusal: settled or cancelled; nothing changed
    """
    round_ = record.lock_round(round_id, actor=actor, act="selection.change_round", states=OPEN_STATES, rev=rev)
    refuse_secret(name, reason)
    today = clock.today()
    new = NewRound(round_.region_id, one_line(name), round_.year, places, due_on)
    found = record.check_reason(reason, "selection_reason")
    raise_on_reject([*_check(round_.region, new, new.name, round_.opened_on, round_.pk), *found])
    before = _terms(round_)
    round_.name, round_.places, round_.due_on = new.name, places, due_on
    if _terms(round_) == before:
        raise Refusal("selection.nothing_changed")
    record.enter(
        "selection.change_round", round_, actor=actor, on=today, before=before, after=_terms(round_), reason=reason,
        save=["name", "places", "due_on"],
    )  # fmt: skip
    if round_.state == SCORING:
        telling.ask_scorers(round_, record.appointed(round_), actor)
    return round_


# --- candidates -------------------------------------------------------------------------------------------------------


@act("selection.add_candidates", "列入候选项目")
def add_candidates(
    *, round_id: int, project_ids: Sequence[int], actor: Actor, rev: int | None = None
) -> list[Candidate]:
    """Take projects of the county's reserve into a round that is being prepared; returns the new ones.

    Who is already in it stays; one that was removed comes back.

    :raises InvalidInput: a project is not held by this county's reserve, has begun, or is in another open round
    :raises Refusal: no longer being prepared; nothing chosen; too many
    """
    round_ = record.lock_round(round_id, actor=actor, act="selection.add_candidates", states=[PREPARING], rev=rev)
    wanted = list(dict.fromkeys(project_ids))
    if not wanted:
        raise Refusal("selection.nothing_chosen")
    known = {row.project_id: row for row in Candidate.objects.unscoped("of the locked round").filter(round=round_)}
    fresh = [pk for pk in wanted if pk not in known or known[pk].is_removed]
    if len([row for row in known.values() if not row.is_removed]) + len(fresh) > MOST_CANDIDATES:
        raise Refusal("selection.too_many_candidates", limit=MOST_CANDIDATES)
    facts = reserve.list_holdings(fresh, round_.region_key)
    raise_on_reject(_check_candidates(round_, fresh, facts))
    if not fresh:
        raise Refusal("selection.all_in", name=round_.name)
    made = []
    for pk in fresh:
        row = known.get(pk) or Candidate(round=round_, project_id=pk)
        holding = facts[pk]
        row.region_key, row.region_name, row.name = holding.region_key, holding.region_name, holding.name
        row.sort_key, row.sector, row.total_fen = holding.sort_key, holding.sector, holding.total_investment_fen
        row.owner_name, row.owner_unit_id = holding.owner_name, holding.owner_unit_id
        row.declarer_ids, row.is_removed, row.reason = sorted(holding.declarer_ids), False, ""
        row.save()
        made.append(row)
    _sync_recusals(round_, candidates=made)
    recount(round_)
    record.enter(
        "selection.add_candidates", round_, actor=actor, on=clock.today(),
        after={"candidates": [row.name for row in made], "projects": [row.project_id for row in made]},
    )  # fmt: skip
    return made


def _check_candidates(round_: Round, wanted: Sequence[int], facts: "dict[int, reserve.Holding]") -> list[Finding]:
    found = []
    busy = Candidate.objects.unscoped("whether they are busy elsewhere").filter(
        project_id__in=wanted, is_removed=False, round__state__in=OPEN_STATES, round__region_id=round_.region_id
    )
    elsewhere = dict(busy.exclude(round=round_).values_list("project_id", "round__name"))
    for pk in wanted:
        holding = facts.get(pk)
        if holding is None or not holding.is_in:
            data = {"name": holding.name if holding else str(pk), "region": round_.region.name}
            found.append(Finding("selection.not_in_reserve", data, None, Severity.REJECT))
        elif not holding.is_counted:
            found.append(Finding("selection.not_counted", {"name": holding.name}, None, Severity.REJECT))
        elif pk in elsewhere:
            data = {"name": holding.name, "round": elsewhere[pk]}
            found.append(Finding("selection.in_other_round", data, None, Severity.REJECT))
    return found


@act("selection.remove_candidate", "移出候选项目")
def remove_candidate(*, round_id: int, candidate_id: int, reason: str, actor: Actor) -> Candidate:
    """Take a project out of a round that is not settled, with a reason; sheets handed in for it no longer count.

    :raises InvalidInput: no reason
    :raises NotFound: not in this round
    """
    round_ = record.lock_round(round_id, actor=actor, act="selection.remove_candidate", states=OPEN_STATES)
    raise_on_reject(record.check_reason(reason, "selection_reason"))
    refuse_secret(reason)
    rows = Candidate.objects.unscoped("of the locked round").filter(round=round_, is_removed=False)
    row = rows.filter(pk=candidate_id).first()
    if row is None:
        raise NotFound("selection.candidate_missing")
    row.is_removed, row.reason = True, one_line(reason)
    row.save(update_fields=["is_removed", "reason"])
    Sheet.objects.filter(candidate=row, is_standing=True).update(is_standing=False, reason="项目移出候选")
    recount(round_)
    record.enter(
        "selection.remove_candidate", round_, actor=actor, on=clock.today(), reason=reason,
        after={"candidates": [row.name], "projects": [row.project_id]},
    )  # fmt: skip
    telling.close_done(round_, actor)
    return row


# --- scorers ----------------------------------------------------------------------------------------------------------


@act("selection.appoint_scorers", "指定评分人")
def appoint_scorers(
    *, round_id: int, post_ids: Sequence[int], actor: Actor, replaces: int | None = None, rev: int | None = None
) -> list[Scorer]:
    """Appoint posts that hold a role of the scorecard; returns the new ones. Whoever holds the post scores.

    A scorer whose unit owns or declared a candidate keeps out of that one; whose unit has to do with all of them is
    refused. ``replaces`` names a released scorer whose place the (one) new one takes.

    :raises InvalidInput: a post without such a role here, closed, or in conflict with every candidate
    :raises Refusal: settled or cancelled; nobody new
    """
    round_ = record.lock_round(round_id, actor=actor, act="selection.appoint_scorers", states=OPEN_STATES, rev=rev)
    card = policy_queries.scorecard_of(round_.card_hash)
    known = {row.post_id for row in record.appointed(round_)}
    wanted = [pk for pk in dict.fromkeys(post_ids) if pk not in known]
    if not wanted:
        raise Refusal("selection.nobody_new")
    roles = posts_that_may(round_, card)
    posts = Post.objects.select_related("unit").in_bulk(wanted)
    drafts = []
    for pk in wanted:
        post = posts.get(pk)
        if post is None or pk not in roles:
            data = {"post": f"{post.unit.name}{post.name}" if post else str(pk), "roles": roles_words(card.roles)}
            raise InvalidInput([Finding("selection.role_wrong", data, None, Severity.REJECT, card.basis)])
        drafts.append(
            Scorer(
                round=round_, post=post, name=f"{post.unit.name}{post.name}", unit_id=post.unit_id,
                unit_name=post.unit.name, role=roles[pk], appointed_on=clock.today(),
            )
        )  # fmt: skip
    return seat(round_, drafts, actor, "selection.appoint_scorers", replaces)


def seat(
    round_: Round, drafts: Sequence[Scorer], actor: Actor, kind: str, replaces: int | None = None, **said: Any
) -> list[Scorer]:
    """Give new scorers their places, inside the act ``kind``: 回避 first, then tasks when the round is being scored.

    ``said`` goes into the entry with them.
    """
    if len(record.appointed(round_)) + len(drafts) > MOST_SCORERS:
        raise Refusal("selection.too_many_scorers", limit=MOST_SCORERS)
    _take_place(round_, drafts, replaces)
    candidates = record.standing(round_)
    for draft in drafts:
        draft.save(force_insert=True)
    kept_out = _sync_recusals(round_, scorers=drafts)
    for draft in drafts:
        if candidates and len(kept_out.get(draft.pk, ())) == len(candidates):
            data = {"scorer": draft.name}
            raise InvalidInput([Finding("selection.conflict_with_all", data, None, Severity.REJECT)])
    recount(round_)
    after: dict[str, Any] = {
        "scorers": [draft.name for draft in drafts],
        "recusals": [f"{draft.name}：{len(kept_out[draft.pk])} 个项目" for draft in drafts if kept_out.get(draft.pk)],
    }
    after |= said
    record.enter(kind, round_, actor=actor, on=clock.today(), after={k: v for k, v in after.items() if v})
    if round_.state == SCORING:
        telling.ask_scorers(round_, drafts, actor)
    return list(drafts)


def _take_place(round_: Round, drafts: Sequence[Scorer], replaces: int | None) -> None:
    if replaces is None:
        return
    rows = Scorer.objects.filter(round=round_, pk=replaces, state=ScorerState.RELEASED, replaced_by=None)
    old = rows.first()
    if old is None or len(drafts) != 1:
        raise NotFound("selection.scorer_missing")
    drafts[0].replaces = old


def posts_that_may(round_: Round, card: Scorecard) -> dict[int, str]:
    """Return the open posts whose grants of the card's roles cover the county or lie in it: post → role (1 query).

    A grant within a sector counts: it is the department's. Posts of the city above do not.
    """
    rows = Grant.objects.unscoped("finding who may be appointed").filter(
        orgs.in_force(clock.today()), role__in=card.roles, post__isnull=False, post__closed_on=None,
        region__key_lo__gte=round_.region.key_lo, region__key_hi__lte=round_.region.key_hi,
    )  # fmt: skip
    order = {role: at for at, role in enumerate(card.roles)}
    found: dict[int, str] = {}
    for post_id, role in rows.order_by("id").values_list("post_id", "role"):
        if post_id is not None and (post_id not in found or order[role] < order[found[post_id]]):
            found[post_id] = role
    return found


@act("selection.release_scorer", "免去评分人")
def release_scorer(*, round_id: int, scorer_id: int, reason: str, actor: Actor) -> Scorer:
    """Release a scorer with a reason; what he handed in no longer counts. Somebody else may be appointed in his place.

    :raises InvalidInput: no reason
    :raises NotFound: he does not score in this round
    """
    round_ = record.lock_round(round_id, actor=actor, act="selection.release_scorer", states=OPEN_STATES)
    raise_on_reject(record.check_reason(reason, "selection_reason"))
    refuse_secret(reason)
    scorer = Scorer.objects.filter(round=round_, pk=scorer_id, state=ScorerState.APPOINTED).first()
    if scorer is None:
        raise NotFound("selection.scorer_missing")
    let_go(round_, scorer, one_line(reason))
    recount(round_)
    record.enter(
        "selection.release_scorer", round_, actor=actor, on=clock.today(), after={"scorers": [scorer.name]},
        reason=reason,
    )  # fmt: skip
    return scorer


def let_go(round_: Round, scorer: Scorer, reason: str) -> None:
    """Release a scorer inside an act: what he handed in no longer counts, nobody waits for him."""
    scorer.state, scorer.reason = ScorerState.RELEASED, reason[:300]
    scorer.save(update_fields=["state", "reason"])
    Sheet.objects.filter(scorer=scorer, is_standing=True).update(is_standing=False, reason="评分人已免")
    telling.stop_asking(round_, scorer, "已免去评分人")


@act("selection.recuse", "申报回避")
def recuse(*, round_id: int, candidate_ids: Sequence[int], reason: str, actor: Actor) -> list[Recusal]:
    """Declare a conflict of interest with candidates (申报回避): the scorer keeps out, a sheet handed in no longer counts.

    :raises InvalidInput: no reason, or a candidate of another round
    :raises Refusal: settled or cancelled; nothing new
    :raises NotAllowed: he does not score in this round
    """
    round_ = record.lock_round(round_id, actor=actor, act="selection.recuse", states=OPEN_STATES, own=True)
    scorer = scorer_of(round_, actor)
    raise_on_reject(record.check_reason(reason, "selection_reason"))
    refuse_secret(reason)
    candidates = {row.pk: row for row in record.standing(round_)}
    wanted = list(dict.fromkeys(candidate_ids))
    if any(pk not in candidates for pk in wanted):
        raise NotFound("selection.candidate_missing")
    known = set(Recusal.objects.filter(scorer=scorer).values_list("candidate_id", flat=True))
    made = [
        Recusal(
            scorer=scorer, candidate=candidates[pk], kind=RecusalKind.DECLARED, reason=one_line(reason),
            noted_at=clock.now(),
        )
        for pk in wanted if pk not in known
    ]  # fmt: skip
    if not made:
        raise Refusal("selection.nothing_chosen")
    Recusal.objects.bulk_create(made)
    Sheet.objects.filter(scorer=scorer, candidate__in=[row.candidate for row in made], is_standing=True).update(
        is_standing=False, reason="申报回避"
    )
    recount(round_)
    names = [row.candidate.name for row in made]
    record.enter(
        "selection.recuse", round_, actor=actor, on=clock.today(), after={"scorers": [scorer.name], "candidates": names},
        reason=reason,
    )  # fmt: skip
    telling.recused(round_, scorer, names, reason, actor)
    telling.close_done(round_, actor)
    return made


def scorer_of(round_: Round, actor: Actor) -> Scorer:
    """Return the scorer that the actor is: by his post, or by his account as an expert (1 query).

    :raises Refusal: he does not score in this round
    """
    mine = [row for row in record.appointed(round_) if is_scorer(row, actor)]
    if not mine:
        raise Refusal("selection.not_a_scorer", name=round_.name)
    return mine[0]


def is_scorer(row: Scorer, actor: Actor) -> bool:
    """Return whether the actor acts as this scorer."""
    if row.post_id is not None:
        return row.post_id == actor.post_id
    return row.person_id is not None and row.person_id == actor.person_id


def _sync_recusals(
    round_: Round, *, scorers: Iterable[Scorer] | None = None, candidates: Iterable[Candidate] | None = None
) -> dict[int, list[int]]:
    """Note who keeps out of what by his unit, for new scorers or new candidates; returns scorer → candidates."""
    of = list(scorers) if scorers is not None else record.appointed(round_)
    about = list(candidates) if candidates is not None else record.standing(round_)
    found = conflicts_of(of, about)
    known = set(Recusal.objects.filter(scorer__in=of, candidate__in=about).values_list("scorer_id", "candidate_id"))
    now = clock.now()
    Recusal.objects.bulk_create(
        [
            Recusal(scorer_id=scorer, candidate_id=candidate, kind=why, noted_at=now)
            for (scorer, candidate), why in found.items()
            if (scorer, candidate) not in known
        ]
    )
    kept_out: dict[int, list[int]] = {}
    for scorer, candidate in {*found, *known}:
        kept_out.setdefault(scorer, []).append(candidate)
    return kept_out


def conflicts_of(scorers: Sequence[Scorer], candidates: Sequence[Candidate]) -> dict[tuple[int, int], str]:
    """Return (scorer, candidate) → why, of all pairs that conflict: by unit, and of experts by relation."""
    raters = [Rater(row.pk, row.unit_id, row.unit_name) for row in scorers]
    return _bonds(scorers, candidates) | find_conflicts(raters, [concerned(row) for row in candidates])


def _bonds(scorers: Sequence[Scorer], candidates: Sequence[Candidate]) -> dict[tuple[int, int], str]:
    """Return (scorer, candidate) → RELATED, of experts with a relation to a unit concerned, as the pool knows it."""
    seats = {row.seat_id: row.pk for row in scorers if row.seat_id is not None}
    if not seats or not candidates:
        return {}
    ids = {pk for row in candidates for pk in row.declarer_ids}
    names = dict(Unit.objects.unscoped("declarers of the candidates").filter(pk__in=ids).values_list("pk", "name"))
    units = {row.pk: units_of(row, names) for row in candidates}
    bonds = experts.list_bonds(list(seats), set().union(*units.values()), clock.today())
    return {
        (seats[seat_id], pk): RecusalKind.RELATED
        for seat_id, bound in bonds.items()
        for pk, about in units.items()
        if about & bound
    }


def units_of(row: Candidate, names: Mapping[int, str]) -> set[tuple[int | None, str]]:
    """Return the units that have an interest in a candidate: owner and declarers, by id and name."""
    owner = {(row.owner_unit_id, row.owner_name)} if row.owner_name or row.owner_unit_id else set()
    return owner | {(pk, names.get(pk, "")) for pk in row.declarer_ids}


def concerned(row: Candidate) -> Concerned:
    """Return a candidate as the rules of 回避 see it."""
    return Concerned(row.pk, row.owner_unit_id, row.owner_name, frozenset(row.declarer_ids))


# --- begin and end ----------------------------------------------------------------------------------------------------


@act("selection.start_scoring", "开始评分")
def start_scoring(*, round_id: int, actor: Actor, rev: int | None = None) -> Round:
    """Begin scoring: every candidate has enough scorers who need not keep out; each scorer gets his task.

    :raises InvalidInput: no candidates, or some have too few scorers (each named)
    :raises Refusal: not being prepared
    """
    round_ = record.lock_round(round_id, actor=actor, act="selection.start_scoring", states=[PREPARING], rev=rev)
    card = policy_queries.scorecard_of(round_.card_hash)
    candidates, scorers = record.standing(round_), record.appointed(round_)
    if not candidates:
        raise InvalidInput([Finding("selection.no_candidates", {}, None, Severity.REJECT)])
    raise_on_reject(check_enough(card, candidates, scorers))
    round_.state, round_.started_on = SCORING, clock.today()
    recount(round_)
    record.enter(
        "selection.start_scoring", round_, actor=actor, on=clock.today(), save=["state", "started_on"],
        after={"candidates_total": len(candidates), "scorers": [row.name for row in scorers]},
    )  # fmt: skip
    telling.ask_scorers(round_, scorers, actor)
    return round_


def check_enough(card: Scorecard, candidates: Sequence[Candidate], scorers: Sequence[Scorer]) -> list[Finding]:
    """Return the candidates that fewer scorers than the card asks for may score (1 query)."""
    kept_out: dict[int, set[int]] = {}
    rows = Recusal.objects.filter(scorer__in=scorers).values_list("candidate_id", "scorer_id")
    for candidate, scorer in rows:
        kept_out.setdefault(candidate, set()).add(scorer)
    short = find_short([row.pk for row in candidates], {row.pk for row in scorers}, kept_out, card.at_least)
    return [
        Finding(
            "selection.too_few_scorers", {"name": row.name, "left": short[row.pk], "at_least": card.at_least}, None,
            Severity.REJECT, card.basis,
        )
        for row in candidates if row.pk in short
    ]  # fmt: skip


@act("selection.cancel_round", "取消遴选批次")
def cancel_round(*, round_id: int, reason: str, actor: Actor, rev: int | None = None) -> Round:
    """Cancel a round that is not settled, with a reason; its projects may enter another one.

    :raises InvalidInput: no reason
    :raises Refusal: settled or cancelled
    """
    round_ = record.lock_round(round_id, actor=actor, act="selection.cancel_round", states=OPEN_STATES, rev=rev)
    raise_on_reject(record.check_reason(reason, "selection_reason"))
    refuse_secret(reason)
    round_.state, round_.reason = RoundState.CANCELLED, one_line(reason)
    record.enter(
        "selection.cancel_round", round_, actor=actor, on=clock.today(), reason=reason, save=["state", "reason"],
        after={"round_state": round_.get_state_display()},
    )  # fmt: skip
    for scorer in record.appointed(round_):
        telling.stop_asking(round_, scorer, "批次已取消")
    record.tell("selection.cancelled", round_)
    return round_


def recount(round_: Round) -> None:
    """Count candidates, scorers, sheets due and handed in anew, and save the counts (4 queries)."""
    candidates, scorers = record.standing(round_), record.appointed(round_)
    out = Recusal.objects.filter(scorer__in=scorers, candidate__in=candidates).count()
    sheets = Sheet.objects.filter(round=round_, is_standing=True)
    round_.candidates_count, round_.scorers_count = len(candidates), len(scorers)
    round_.sheets_due = len(candidates) * len(scorers) - out
    round_.sheets_in = sheets.count()
    round_.save(update_fields=["candidates_count", "scorers_count", "sheets_due", "sheets_in"])


def count_in(round_: Round, by: int) -> None:
    """Add to the number of sheets handed in, without counting them all again."""
    Round.objects.unscoped("locked by the act").filter(pk=round_.pk).update(sheets_in=F("sheets_in") + by)
    round_.sheets_in += by
