"""Scoring: a scorer hands in a sheet for a candidate; a correction is a new sheet. The book holds sealed digests only."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, NotAllowed, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.text import one_line
from gongbu.ground.experts import queries as experts
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft
from gongbu.ground.ledger.hashing import DEFAULT, digest_of
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.ground.policy.rules.scoring import check_marks
from gongbu.ground.policy.rules.values import plain
from gongbu.mainline.selection.choices import RecusalKind, RoundState
from gongbu.mainline.selection.models import Candidate, Recusal, Round, Scorer, Sheet
from gongbu.mainline.selection.rules.sealing import commitment_of, sealed_text
from gongbu.mainline.selection.services import panel, record, rounds, telling

SALT_BYTES = 32
PAPER = "selection.enter_paper"
COMMENT_LENGTH, PAPER_LENGTH = 500, 80


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet signed on paper: its number (of the sheet, or of its scan in the archive), who signed it."""

    number: str
    signed_by: str


@act("selection.submit_score", "提交评分")
def submit_score(
    *, round_id: int, candidate_id: int, marks: Mapping[str, Decimal | None], actor: Actor, comment: str = ""
) -> Sheet:
    """Hand in the marks for one candidate. It is final; nobody sees it before the round is settled.

    The book gets a salted digest with a receipt, not the marks.

    :raises InvalidInput: a dimension without mark, out of scale, between steps; a secrecy rule met
    :raises Refusal: not being scored; he does not score here; handed in already
    :raises NotAllowed: he keeps out of this candidate
    """
    round_, scorer, candidate, card = _open(round_id, candidate_id, actor, "selection.submit_score")
    if Sheet.objects.filter(scorer=scorer, candidate=candidate, is_standing=True).exists():
        raise Refusal("selection.sheet_handed_in", name=candidate.name)
    sheet = _hand_in("selection.submit_score", round_, scorer, candidate, card, marks, comment, actor)
    rounds.count_in(round_, 1)
    if not telling.owing(round_, [scorer])[scorer.pk]:
        telling.close_done(round_, actor)
    return sheet


@act("selection.correct_score", "更正评分")
def correct_score(
    *,
    round_id: int,
    candidate_id: int,
    marks: Mapping[str, Decimal | None],
    reason: str,
    actor: Actor,
    comment: str = "",
) -> Sheet:
    """Correct a sheet before the round is settled, with a reason: a new sheet, the old one stays on file.

    :raises InvalidInput: no reason; as :func:`submit_score`
    :raises Refusal: nothing handed in yet, or nothing changed
    """
    round_, scorer, candidate, card = _open(round_id, candidate_id, actor, "selection.correct_score")
    raise_on_reject(record.check_reason(reason, "selection_reason"))
    refuse_secret(reason)
    old = Sheet.objects.filter(scorer=scorer, candidate=candidate, is_standing=True).first()
    if old is None:
        raise Refusal("selection.no_sheet", name=candidate.name)
    raise_on_reject(check_marks(card, marks))
    if old.marks == _texts(card, marks) and old.comment == comment.strip():
        raise Refusal("selection.nothing_changed")
    old.is_standing = False
    old.save(update_fields=["is_standing"])
    return _hand_in(
        "selection.correct_score", round_, scorer, candidate, card, marks, comment, actor, corrects=old, reason=reason
    )


@act(PAPER, "代录专家评分")
def enter_paper(
    *, round_id: int, scorer_id: int, candidate_id: int, marks: Mapping[str, Decimal | None], paper_number: str,
    actor: Actor, comment: str = "", reason: str = "",
) -> Sheet:  # fmt: skip
    """Enter for an expert without an account the sheet that he signed on paper (代录); sealed like every other.

    What was entered wrongly is entered anew, with a reason. Nobody who scores in the round enters for others: he would
    know a sheet before he hands in his own.

    :raises InvalidInput: no number of the paper; no reason to enter anew; as :func:`submit_score`
    :raises NotAllowed: he scores in this round himself, or the expert keeps out of this candidate
    :raises NotFound: no such scorer or candidate
    :raises Refusal: not being scored; no expert, or one who scores by his account; the expert handed in himself
    """
    round_ = record.lock_round(round_id, actor=actor, act=PAPER, states=[RoundState.SCORING])
    scorers = record.appointed(round_)
    scorer = next((row for row in scorers if row.pk == scorer_id), None)
    if scorer is None:
        raise NotFound("selection.scorer_missing")
    require_paper(round_, scorer, scorers, actor)
    candidate = _candidate(round_, candidate_id)
    _require_in(scorer, candidate, PAPER, "selection.expert_kept_out", scorer.name)
    old = Sheet.objects.filter(scorer=scorer, candidate=candidate, is_standing=True).first()
    if old is not None and not old.entered_by:
        raise Refusal("selection.sheet_by_himself", name=candidate.name, scorer=scorer.name)
    number = one_line(paper_number)
    refuse_secret(number, reason)
    found = record.check_length(number, PAPER_LENGTH, "paper_number")
    if not number:
        found.append(Finding("selection.paper_missing", {}, "paper_number", Severity.REJECT))
    if old is not None:
        found += record.check_reason(reason, "selection_reason")
    card = policy_queries.scorecard_of(round_.card_hash)
    raise_on_reject([*found, *check_marks(card, marks)])
    if old is not None:
        old.is_standing = False
        old.save(update_fields=["is_standing"])
    seats = {one.seat_id: one.name for one in experts.list_seats_of(record.ROUND, round_.pk)}
    paper = Paper(number, seats.get(scorer.seat_id or 0, scorer.name)[:40])
    sheet = _hand_in(
        PAPER, round_, scorer, candidate, card, marks, comment, actor, corrects=old, paper=paper,
        reason=reason if old is not None else "",
    )  # fmt: skip
    if old is None:
        rounds.count_in(round_, 1)
        if not telling.owing(round_, [scorer])[scorer.pk]:
            telling.close_done(round_, actor)
    return sheet


def require_paper(round_: Round, scorer: Scorer, scorers: Sequence[Scorer], actor: Actor) -> None:
    """Raise unless the actor may enter a scorer's paper sheets; the right itself was tested (0–1 query).

    :raises NotAllowed: he scores in this round himself
    :raises Refusal: the scorer is no expert, or scores by his account
    """
    if any(rounds.is_scorer(row, actor) for row in scorers):
        raise NotAllowed("selection.paper_by_scorer", act=rights().label(PAPER), actor=actor.name, name=round_.name)
    if scorer.seat_id is None or panel.has_account(scorer):
        raise Refusal("selection.paper_needless", scorer=scorer.name)


def _open(round_id: int, candidate_id: int, actor: Actor, kind: str) -> tuple[Round, Scorer, Candidate, Scorecard]:
    round_ = record.lock_round(round_id, actor=actor, act=kind, states=[RoundState.SCORING], own=True)
    scorer = rounds.scorer_of(round_, actor)
    candidate = _candidate(round_, candidate_id)
    _require_in(scorer, candidate, kind, "selection.kept_out", actor.name)
    return round_, scorer, candidate, policy_queries.scorecard_of(round_.card_hash)


def _candidate(round_: Round, candidate_id: int) -> Candidate:
    rows = Candidate.objects.unscoped("of the locked round").filter(round=round_, is_removed=False)
    candidate = rows.filter(pk=candidate_id).first()
    if candidate is None:
        raise NotFound("selection.candidate_missing")
    return candidate


def _require_in(scorer: Scorer, candidate: Candidate, kind: str, code: str, who: str) -> None:
    out = Recusal.objects.filter(scorer=scorer, candidate=candidate).first()
    if out is not None:
        why = out.reason or RecusalKind(out.kind).label
        raise NotAllowed(code, act=rights().label(kind), actor=who, name=candidate.name, why=why)


def _texts(card: Scorecard, marks: Mapping[str, Decimal | None]) -> dict[str, str]:
    return {one.key: plain(mark) for one in card.dimensions if (mark := marks[one.key]) is not None}


def _hand_in(
    kind: str, round_: Round, scorer: Scorer, candidate: Candidate, card: Scorecard,
    marks: Mapping[str, Decimal | None], comment: str, actor: Actor, corrects: Sheet | None = None, reason: str = "",
    paper: Paper | None = None,
) -> Sheet:  # fmt: skip
    comment = comment.strip()
    refuse_secret(comment)
    raise_on_reject([*check_marks(card, marks), *record.check_length(comment, COMMENT_LENGTH, "score_comment")])
    last = Sheet.objects.filter(scorer=scorer, candidate=candidate).order_by("-number").first()
    sheet = Sheet(
        round=round_, candidate=candidate, scorer=scorer, number=last.number + 1 if last else 1, comment=comment,
        marks=_texts(card, marks), salt=secrets.token_hex(SALT_BYTES), algorithm=DEFAULT, person_id=actor.person_id,
        person_name=actor.name, submitted_at=clock.now(), reason=one_line(reason),
    )  # fmt: skip
    if paper is not None:
        sheet.person_id, sheet.person_name = scorer.person_id, paper.signed_by
        sheet.entered_by_id, sheet.entered_by, sheet.paper_number = actor.person_id, actor.name[:40], paper.number
    sheet.commitment = commitment_of(text_of(sheet, candidate.project_id), digest_of(sheet.algorithm))
    sheet.save(force_insert=True)
    what = "遴选评分" if paper is None else "遴选评分（代录专家签字的纸质评分表）"
    entry = ledger.append(
        EntryDraft(
            kind=kind,
            subject=record.subject_of(round_),
            actor=actor.stamp,
            occurred_on=clock.today(),
            after={
                "scorers": [scorer.name], "candidates": [candidate.name], "sheet": f"{sheet.pk}",
                "commitment": sheet.commitment, "algorithm": sheet.algorithm,
                **({"paper": paper.number} if paper is not None else {}),
            },
            policy=[record.ref_of(round_).as_dict()],
            corrects=corrects.ledger_id if corrects is not None else None,
            public={"事项": what, "批次": round_.name, f"评分摘要（{sheet.algorithm}）": sheet.commitment},
            extra={"reason": reason.strip()} if reason.strip() else {},
        )
    )  # fmt: skip
    sheet.ledger_id, sheet.receipt = entry.pk, entry.receipt or ""
    sheet.save(update_fields=["ledger_id", "receipt"])
    return sheet


def text_of(sheet: Sheet, project_id: int) -> str:
    """Return the text whose digest is the sheet's commitment."""
    return sealed_text(
        round_id=sheet.round_id, project_id=project_id, scorer_id=sheet.scorer_id, number=sheet.number,
        marks=sheet.marks, comment=sheet.comment, salt=sheet.salt,
    )  # fmt: skip
