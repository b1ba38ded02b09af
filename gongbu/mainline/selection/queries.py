"""Read selection: rounds in sight, their candidates and scorers, checklists; the ranking of a settled round."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.experts.entry import AvoidList
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.ground.registers.subjects import Found
from gongbu.mainline.projects.models import Project
from gongbu.mainline.selection import photos
from gongbu.mainline.selection.choices import RecusalKind, RoundState, ScorerState
from gongbu.mainline.selection.models import Candidate, Recusal, Round, Scorer, Sheet, StepRecord
from gongbu.mainline.selection.rules.checklist import Item, Standing, compute_checklist
from gongbu.mainline.selection.system import system_for, system_of

VIEW = "selection.view"


def region_scope(actor: Actor, field: str = "region_key") -> Q:
    """Return the filter of the counties whose rounds the actor may see; a grant within a sector counts whole."""
    return actor.scope_any_sector(VIEW, field)


def _mine(actor: Actor) -> Q:
    """Return the filter of the rounds in which the actor scores."""
    who = Q(pk__in=[])
    if actor.post_id is not None:
        who |= Q(scorers__post_id=actor.post_id)
    if actor.person_id is not None:
        who |= Q(scorers__person_id=actor.person_id)
    return who & Q(scorers__state=ScorerState.APPOINTED)


def list_rounds(actor: Actor) -> "QuerySet[Round]":
    """Return the rounds in the actor's regions, unevaluated."""
    rows: QuerySet[Round] = Round.objects.narrowed("region_scope").filter(region_scope(actor))
    return rows


def list_to_score(actor: Actor) -> list[Round]:
    """Return the rounds in which the actor scores, newest first (1 query)."""
    rows = Round.objects.unscoped("the actor's own rounds").filter(_mine(actor))
    return list(rows.exclude(state=RoundState.CANCELLED).select_related("region").distinct().order_by("-pk"))


def get_round(round_id: int, actor: Actor) -> Round:
    """Return one round in the actor's regions with its region (1 query).

    :raises NotFound: none such in sight
    """
    found = list_rounds(actor).select_related("region").filter(pk=round_id).first()
    if found is None:
        raise NotFound("selection.round_missing")
    return found


def get_own_round(round_id: int, actor: Actor) -> tuple[Round, Scorer]:
    """Return a round in which the actor scores, and him as scorer (2 queries).

    :raises NotFound: he does not score there
    """
    rows = Round.objects.unscoped("the actor's own rounds").filter(_mine(actor), pk=round_id)
    found = rows.select_related("region").distinct().first()
    if found is None:
        raise NotFound("selection.round_missing")
    mine = Q(pk__in=[])
    if actor.post_id is not None:
        mine |= Q(post_id=actor.post_id)
    if actor.person_id is not None:
        mine |= Q(person_id=actor.person_id)
    scorer = Scorer.objects.filter(mine, round=found, state=ScorerState.APPOINTED).order_by("pk").first()
    if scorer is None:  # released between the two statements
        raise NotFound("selection.round_missing")
    return found, scorer


def card_of(round_: Round) -> Scorecard:
    """Return the pinned scorecard of a round (0–1 query)."""
    return policy_queries.scorecard_of(round_.card_hash)


def list_candidates(round_: Round, *, removed: bool = False) -> list[Candidate]:
    """Return the candidates of a round that was tested: by rank once settled, else by name (1 query)."""
    rows = Candidate.objects.unscoped("of a round that was tested").filter(round=round_, is_removed=removed)
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.sort_key, row.pk))


def get_candidate(round_: Round, candidate_id: int) -> Candidate:
    """Return one candidate of a round that was tested (1 query).

    :raises NotFound: none such, or removed
    """
    rows = Candidate.objects.unscoped("of a round that was tested").filter(round=round_, is_removed=False)
    found = rows.select_related("project__competent_region__parent").filter(pk=candidate_id).first()
    if found is None:
        raise NotFound("selection.candidate_missing")
    return found


def list_scorers(round_: Round) -> list[Scorer]:
    """Return everybody who was appointed, those who still score first (1 query)."""
    rows = Scorer.objects.filter(round=round_).select_related("replaces", "person")
    return sorted(rows, key=lambda row: (row.state != ScorerState.APPOINTED, row.pk))


def list_recusals(round_: Round) -> list[Recusal]:
    """Return who keeps out of what, of standing scorers and candidates (1 query)."""
    rows = Recusal.objects.filter(
        scorer__round=round_, scorer__state=ScorerState.APPOINTED, candidate__is_removed=False
    )
    return list(rows.select_related("scorer", "candidate").order_by("scorer_id", "candidate__sort_key"))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far scoring is, without a single mark: sheets handed in per scorer and per candidate, and what each owes."""

    by_scorer: dict[int, int]
    by_candidate: dict[int, int]
    due_by_scorer: dict[int, int]
    due_by_candidate: dict[int, int]


def get_progress(
    round_: Round, candidates: Sequence[Candidate], scorers: Sequence[Scorer], recusals: Sequence[Recusal]
) -> Progress:
    """Return how far scoring is (2 queries)."""
    sheets = Sheet.objects.filter(round=round_, is_standing=True)
    by_scorer = dict(sheets.values("scorer_id").order_by().annotate(n=Count("pk")).values_list("scorer_id", "n"))
    by_candidate = dict(
        sheets.values("candidate_id").order_by().annotate(n=Count("pk")).values_list("candidate_id", "n")
    )
    standing = [row for row in scorers if row.state == ScorerState.APPOINTED]
    due_scorer = {row.pk: len(candidates) for row in standing}
    due_candidate = {row.pk: len(standing) for row in candidates}
    for recusal in recusals:
        due_scorer[recusal.scorer_id] -= 1
        due_candidate[recusal.candidate_id] -= 1
    return Progress(by_scorer, by_candidate, due_scorer, due_candidate)


@dataclass(frozen=True, slots=True)
class Own:
    """A candidate as one scorer sees it: his own sheet if he handed one in, why he keeps out if he does."""

    candidate: Candidate
    sheet: Sheet | None
    kept_out: str


def list_own(round_: Round, scorer: Scorer) -> list[Own]:
    """Return the candidates of a round with the scorer's own sheets, and nobody else's (3 queries)."""
    sheets = {row.candidate_id: row for row in Sheet.objects.filter(scorer=scorer, is_standing=True)}
    out = {row.candidate_id: row.reason or RecusalKind(row.kind).label for row in Recusal.objects.filter(scorer=scorer)}
    rows = Candidate.objects.unscoped("of the scorer's round").filter(round=round_, is_removed=False)
    return [Own(row, sheets.get(row.pk), out.get(row.pk, "")) for row in rows.order_by("sort_key", "pk")]


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A candidate as who enters an expert's paper sheets sees it: whether it is in and by whom, never a mark."""

    candidate: Candidate
    is_in: bool
    entered_by: str
    paper_number: str
    submitted_at: datetime | None
    kept_out: str


def list_on_paper(round_: Round, scorer: Scorer) -> list[OnPaper]:
    """Return the candidates of a round with what is in of one scorer; marks and words are not read (3 queries)."""
    rows = Sheet.objects.filter(scorer=scorer, is_standing=True)
    sheets = {
        candidate_id: (by, number, at)
        for candidate_id, by, number, at in rows.values_list(
            "candidate_id", "entered_by", "paper_number", "submitted_at"
        )
    }
    out = {row.candidate_id: row.reason or RecusalKind(row.kind).label for row in Recusal.objects.filter(scorer=scorer)}
    found = []
    for row in Candidate.objects.unscoped("of a round that was tested").filter(round=round_, is_removed=False):
        by, number, at = sheets.get(row.pk, ("", "", None))
        found.append(OnPaper(row, row.pk in sheets, by, number, at, out.get(row.pk, "")))
    return sorted(found, key=lambda one: (one.candidate.sort_key, one.candidate.pk))


def list_own_sheets(scorer: Scorer, candidate: Candidate) -> list[Sheet]:
    """Return every sheet the scorer handed in for a candidate, newest first (1 query)."""
    return list(Sheet.objects.filter(scorer=scorer, candidate=candidate).order_by("-number"))


def list_sheets(round_: Round, candidate: Candidate, actor: Actor) -> list[Sheet]:
    """Return the standing sheets for a candidate of a settled round (1 query).

    :raises Refusal: not settled: nobody sees them
    :raises NotAllowed: no right to see who gave what
    """
    require_settled(round_)
    actor.require("selection.view_sheets", round_.region_key)
    rows = Sheet.objects.filter(round=round_, candidate=candidate, is_standing=True)
    return list(rows.select_related("scorer").order_by("scorer_id"))


def require_settled(round_: Round) -> None:
    """Raise unless a round is settled: before that, nobody sees marks, scores or ranks.

    :raises Refusal: ``selection.not_settled``
    """
    if round_.state != RoundState.SETTLED:
        raise Refusal("selection.not_settled", name=round_.name, state=round_.get_state_display())


# --- draws of experts for a round ---------------------------------------------------------------------------------


def find_subjects(actor: Actor, words: str) -> list[Found]:
    """Return open rounds in the actor's regions that the words may mean, newest first (1 query)."""
    rows = list_rounds(actor).filter(
        name__icontains=words.strip(), state__in=[RoundState.PREPARING, RoundState.SCORING]
    )
    return [_found(row) for row in rows.select_related("region").order_by("-pk")[:5]]


def get_subject(actor: Actor, round_id: int) -> Found | None:
    """Return a round in the actor's regions as a subject, None when he sees none (1 query)."""
    row = list_rounds(actor).select_related("region").filter(pk=round_id).first()
    return None if row is None else _found(row)


def list_readable(actor: Actor, round_ids: Collection[int]) -> set[int]:
    """Return those of the rounds that the actor may open (1 query)."""
    return set(list_rounds(actor).filter(pk__in=round_ids).values_list("pk", flat=True)) if actor.may(VIEW) else set()


def _found(row: Round) -> Found:
    return Found("selection_round", row.pk, row.region_key, row.name, f"{row.region.name}　{row.year} 年度")


def propose_avoidance(round_id: int) -> AvoidList:
    """Return the owners of a round's candidates, whom a draw of experts should avoid (1 query)."""
    rows = Candidate.objects.unscoped("of a round that was tested").filter(round_id=round_id, is_removed=False)
    names = rows.exclude(owner_name="").order_by("sort_key", "pk").values_list("owner_name", flat=True)
    return AvoidList(unit_names=tuple(dict.fromkeys(names)))


# --- the border: rankings ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RankedProject:
    """One candidate of a settled round. Scores and means are in the scorecard's scale; ``firm`` is a share 0–1.

    ``is_chosen``: passes and ranks within the places. ``strongest`` and ``weakest`` are labels of dimensions.
    """

    project_id: int
    candidate_id: int
    name: str
    region_key: int
    region_name: str
    sector: str
    owner_name: str
    total_investment_fen: int | None
    rank: int
    score: Decimal
    passes: bool
    is_chosen: bool
    scorers: int
    spread: Decimal
    firm: Decimal | None
    means: dict[str, Decimal]
    strongest: str
    weakest: str
    decision_id: int | None


@dataclass(frozen=True, slots=True)
class RoundRanking:
    """The ranking of a settled round, best first, with what it rests on: scorecard version and receipt."""

    round_id: int
    name: str
    region_id: int
    region_key: int
    year: int
    places: int
    settled_on: date
    receipt: str
    digest: str
    card: Scorecard
    policy: dict[str, str]
    rows: tuple[RankedProject, ...]

    @property
    def chosen(self) -> tuple[RankedProject, ...]:
        """The rows that were chosen."""
        return tuple(row for row in self.rows if row.is_chosen)


def get_ranking(round_id: int, actor: Actor | None = None) -> RoundRanking:
    """Return the ranking of a settled round, best first (2–3 queries). Equal ranks stand in order of names.

    With ``actor`` the round must be in his sight; a room that drafts lists has tested the county itself and gives none.

    :raises NotFound: no such round in sight
    :raises Refusal: ``selection.not_settled``
    """
    rows = list_rounds(actor) if actor is not None else Round.objects.unscoped("the calling room tested the county")
    round_ = rows.select_related("region").filter(pk=round_id).first()
    if round_ is None:
        raise NotFound("selection.round_missing")
    require_settled(round_)
    assert round_.settled_on is not None
    card = card_of(round_)
    return RoundRanking(
        round_.pk, round_.name, round_.region_id, round_.region_key, round_.year, round_.places, round_.settled_on,
        round_.receipt, round_.digest, card,
        {"pack": round_.card_pack, "version": round_.card_version, "key": round_.card_key,
         "from": round_.card_from.isoformat(), "hash": round_.card_hash},
        tuple(_ranked(card, row) for row in list_candidates(round_)),
    )  # fmt: skip


def _ranked(card: Scorecard, row: Candidate) -> RankedProject:
    assert row.rank is not None
    assert row.score is not None
    labels = {one.key: one.label for one in card.dimensions}
    result: dict[str, Any] = row.result
    return RankedProject(
        row.project_id, row.pk, row.name, row.region_key, row.region_name, row.sector, row.owner_name, row.total_fen,
        row.rank, row.score, bool(row.passes), bool(row.is_chosen), row.scorers or 0, row.spread or Decimal(0),
        row.firm, {labels[key]: Decimal(text) for key, text in result["means"].items()},
        labels[result["strongest"]], labels[result["weakest"]], row.decision_id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettledRound:
    """A settled round to choose from."""

    id: int
    name: str
    year: int
    places: int
    candidates: int
    settled_on: date
    receipt: str


def list_settled(region_key: int, *, year: int | None = None) -> list[SettledRound]:
    """Return the settled rounds of a county, newest first (1 query). The caller has tested that it may see them."""
    rows = Round.objects.unscoped("the calling room tested the county").filter(
        region_key=region_key, state=RoundState.SETTLED
    )
    if year is not None:
        rows = rows.filter(year=year)
    return [
        SettledRound(row.pk, row.name, row.year, row.places, row.candidates_count, row.settled_on, row.receipt)
        for row in rows.order_by("-year", "-settled_on", "-pk") if row.settled_on is not None
    ]  # fmt: skip


# --- steps ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """One step of a project's checklist with the record that decides it and the earlier ones."""

    item: Item
    record: StepRecord | None
    earlier: tuple[StepRecord, ...]


def get_checklist(project: Project, on: date | None = None) -> list[ChecklistRow] | None:
    """Return the steps of a project's county with their records, None when its packs have no scorecard (1–4 queries).

    The caller has tested that the project may be seen.
    """
    card = system_for(project, on or clock.today()).card
    return None if card is None else checklist_of(card, list_records(project.pk))


def checklist_of(card: Scorecard, records: Sequence[StepRecord]) -> list[ChecklistRow]:
    """Return the steps of a card with a project's records (2 queries where the card asks for photographs of a visit)."""
    standing = {row.pk: row for row in records if row.is_standing}
    found = []
    done = [one for row in photos.done_of(card.steps, standing.values()).values() for one in row]
    for item in compute_checklist(card.steps, done):
        record = standing.get(item.record) if item.record is not None else None
        earlier = tuple(row for row in records if row.step == item.step.key and row is not record)
        found.append(ChecklistRow(item, record, earlier))
    return found


def list_stepped(project_ids: Collection[int], region: Region, on: date) -> set[int]:
    """Return those of a county's projects for which every required step of its card is done (1–4 queries).

    None where its packs have no card.
    """
    card = system_of(region, on).card
    if card is None:
        return set()
    rows = StepRecord.objects.unscoped("of projects that the calling room has in hand")
    rows = rows.filter(project_id__in=project_ids, is_standing=True, held_on__lte=on)
    done = photos.done_of(card.steps, rows.only("project_id", "step", "held_on", "verdict"))
    return {
        pk for pk, records in done.items()
        if all(
            item.standing is Standing.DONE for item in compute_checklist(card.steps, records) if item.step.is_required
        )
    }  # fmt: skip


def list_records(project_id: int) -> list[StepRecord]:
    """Return every record of a project's steps, corrected ones too, newest first (1 query).

    The caller has tested that the project may be seen.
    """
    rows = StepRecord.objects.unscoped("of a project that the caller may see").filter(project_id=project_id)
    return list(rows.order_by("-held_on", "-pk"))


def get_record(record_id: int) -> StepRecord:
    """Return one record with its project (1 query). The caller tests that the project may be seen.

    :raises NotFound: no such record
    """
    rows = StepRecord.objects.unscoped("the page tests the project").select_related("project__competent_region__parent")
    found = rows.filter(pk=record_id).first()
    if found is None:
        raise NotFound("selection.record_missing")
    return found


@dataclass(frozen=True, slots=True)
class Taking:
    """A round that a project takes part in; score and rank only once it is settled."""

    round_id: int
    name: str
    year: int
    state: str
    state_label: str
    candidates: int
    score: Decimal | None
    rank: int | None
    is_chosen: bool
    firm: Decimal | None
    decision_id: int | None
    receipt: str


def list_takings(project_id: int) -> list[Taking]:
    """Return the rounds of a project, newest first (1 query). The caller has tested that the project may be seen."""
    rows = Candidate.objects.unscoped("of a project that the caller may see").filter(
        project_id=project_id, is_removed=False
    )
    return [
        Taking(
            row.round_id, row.round.name, row.round.year, row.round.state, row.round.get_state_display(),
            row.round.candidates_count, row.score, row.rank, bool(row.is_chosen), row.firm, row.decision_id,
            row.round.receipt,
        )
        for row in rows.select_related("round").order_by("-pk")
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChosenBefore:
    """That a project was chosen in a settled round of the same year and county."""

    project_id: int
    name: str
    round_name: str
    rank: int

    @property
    def words(self) -> str:
        """It in a sentence, without the stop."""
        return f"“{self.name}”已在“{self.round_name}”入选（第 {self.rank} 名）"


def list_chosen(project_ids: Collection[int], round_: Round) -> list[ChosenBefore]:
    """Return those of the projects that another settled round of this county and year has chosen (1 query)."""
    rows = Candidate.objects.unscoped("of the county of a round that was tested").filter(
        project_id__in=project_ids, is_removed=False, is_chosen=True, round__state=RoundState.SETTLED,
        round__region_key=round_.region_key, round__year=round_.year,
    )  # fmt: skip
    rows = rows.exclude(round=round_).order_by("sort_key", "pk")
    return [
        ChosenBefore(project_id, name, round_name, rank or 0)
        for project_id, name, round_name, rank in rows.values_list("project_id", "name", "round__name", "rank")
    ]


def list_busy(project_ids: Collection[int]) -> set[int]:
    """Return those of the projects that stand in a round that is not settled (1 query)."""
    rows = Candidate.objects.unscoped("ids only").filter(
        project_id__in=project_ids, is_removed=False, round__state__in=[RoundState.PREPARING, RoundState.SCORING]
    )
    return set(rows.values_list("project_id", flat=True))
