"""Settle a round: everything in, sheets revealed, the ranking computed and entered with a receipt; reopen with a reason."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from gongbu.ground.basics import bulk
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Basis, Finding, Refusal, Severity, raise_on_reject
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.basics.text import one_line
from gongbu.ground.ledger import queries as book
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.ledger.hashing import DEFAULT, digest_of
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy import services as policy_services
from gongbu.ground.policy.rules import scoring as rules
from gongbu.ground.policy.rules.decisions import Decision
from gongbu.ground.policy.rules.scorecards import MARK_SCALE, Scorecard
from gongbu.mainline.projects.services.record import day_of
from gongbu.mainline.selection import photos
from gongbu.mainline.selection.choices import RoundState
from gongbu.mainline.selection.models import Candidate, Round, Scorer, Sheet, StepRecord
from gongbu.mainline.selection.rules.checklist import Item, check_ready, compute_checklist
from gongbu.mainline.selection.rules.sealing import commitment_of
from gongbu.mainline.selection.services import record, telling
from gongbu.mainline.selection.services.rounds import check_enough
from gongbu.mainline.selection.services.scoring import text_of

CANDIDATE = "selection_candidate"
CHOSEN, PASSED, FAILED = "CHOSEN", "PASSED", "FAILED"
OUTCOMES = {CHOSEN: "入选", PASSED: "及格，未入选", FAILED: "不及格"}
_RESULT = ["scorers", "score", "rank", "passes", "is_chosen", "spread", "firm", "result", "decision_id"]


@act("selection.settle_round", "确定遴选结果")
def settle_round(*, round_id: int, actor: Actor, rev: int | None = None, on: date | None = None) -> Round:
    """Settle a round: rank the candidates by the sheets, choose the places, keep the decision on each, with a receipt.

    Every step that the scorecard requires must be on file and not against the project, every scorer must have handed in
    what he owes, and every candidate needs enough scorers. The book then gets marks and salts of all sheets.

    :raises InvalidInput: what is missing, project by project and scorer by scorer
    :raises Refusal: not being scored
    """
    round_ = record.lock_round(
        round_id, actor=actor, act="selection.settle_round", states=[RoundState.SCORING], rev=rev
    )
    day = day_of(on)
    card = policy_queries.scorecard_of(round_.card_hash)
    candidates, scorers = record.standing(round_), record.appointed(round_)
    raise_on_reject(check_settleable(round_, card, candidates, scorers))
    sheets = list(Sheet.objects.filter(round=round_, is_standing=True).order_by("scorer_id", "candidate_id"))
    ranking = compute(card, candidates, sheets, round_.places)
    decisions = policy_services.record_decisions(
        policy_services.DecisionOf(_decision(round_, card, row, standing, day), CANDIDATE, row.pk, row.region_key)
        for row, standing in _paired(candidates, ranking)
    )
    for (row, standing), decision in zip(_paired(candidates, ranking), decisions, strict=True):
        _put(card, row, standing, decision.pk)
    bulk.update(candidates, _RESULT)
    _finish(round_, card, candidates, scorers, sheets, actor, day)
    return round_


def check_settleable(
    round_: Round, card: Scorecard, candidates: Sequence[Candidate], scorers: Sequence[Scorer]
) -> list[Finding]:
    """Return what keeps a round from being settled (5 queries)."""
    if not candidates:
        return [Finding("selection.no_candidates", {}, None, Severity.REJECT)]
    found: list[Finding] = []
    for row, items in checklists(card, candidates):
        found += check_ready(row.name, items, card.basis)
    found += check_enough(card, candidates, scorers)
    owed = telling.owing(round_, scorers)
    for scorer in scorers:
        if owed[scorer.pk]:
            data = {"scorer": scorer.name, "left": owed[scorer.pk]}
            found.append(Finding("selection.sheets_missing", data, None, Severity.REJECT))
    return found


def checklists(card: Scorecard, candidates: Sequence[Candidate]) -> list[tuple[Candidate, list[Item]]]:
    """Return the checklist of each candidate (1 query; 3 where the card asks for photographs)."""
    rows = StepRecord.objects.unscoped("of candidates that were tested").filter(
        project_id__in=[row.project_id for row in candidates], is_standing=True
    )
    by_project = photos.done_of(card.steps, rows.only("project_id", "step", "held_on", "verdict"))
    return [(row, compute_checklist(card.steps, by_project.get(row.project_id, ()))) for row in candidates]


def compute(card: Scorecard, candidates: Sequence[Candidate], sheets: Sequence[Sheet], places: int) -> rules.Ranking:
    """Return the ranking of candidates by their standing sheets."""
    keys = [one.key for one in card.dimensions]
    return rules.rank(
        card,
        [row.pk for row in candidates],
        [
            rules.Sheet(sheet.candidate_id, sheet.scorer_id, tuple(_hundredths(sheet.marks[k]) for k in keys))
            for sheet in sheets
        ],
        places,
    )


@lru_cache(4_096)
def _hundredths(text: str) -> int:
    return int(Decimal(text) * MARK_SCALE)


def _paired(candidates: Sequence[Candidate], ranking: rules.Ranking) -> list[tuple[Candidate, rules.Standing]]:
    found = ranking.by_subject()
    return [(row, found[row.pk]) for row in candidates]


def outcome_of(standing: rules.Standing) -> str:
    """Return the code of what came out for a candidate."""
    return CHOSEN if standing.is_chosen else PASSED if standing.passes else FAILED


def _decision(round_: Round, card: Scorecard, row: Candidate, standing: rules.Standing, day: date) -> Decision:
    """Return the decision about one candidate, complete with the facts it rests on."""
    value = outcome_of(standing)
    facts: dict[str, Any] = {"得分": standing.score, "排名": standing.rank, "评分人数": standing.scorers}
    facts |= {one.label: mean for one, mean in zip(card.dimensions, standing.means, strict=True)}
    facts["拟选"] = round_.places
    parts = " + ".join(
        f"{one.label} {mean:f}×{one.weight_words}" for one, mean in zip(card.dimensions, standing.means, strict=True)
    )
    said = f"{parts} ≈ {standing.score:f} 分，第 {standing.rank} 名（共 {round_.candidates_count} 个，拟选 {round_.places} 个）"
    if not standing.passes and card.pass_mark is not None:
        said = f"{said}，低于及格分 {card.pass_mark:f}"
    return Decision(
        table=card.key,
        table_label=card.label,
        value=value,
        label=OUTCOMES[value],
        row=None,
        facts=facts,
        basis=Basis(card.basis.instrument, card.basis.article),
        confidence=card.confidence,
        ref=record.ref_of(round_),
        on=day,
        explanation=f"{said} → {OUTCOMES[value]}",
        reason=card.method_words,
    )


def _put(card: Scorecard, row: Candidate, standing: rules.Standing, decision_id: int) -> None:
    keys = [one.key for one in card.dimensions]
    row.scorers, row.score, row.rank = standing.scorers, standing.score, standing.rank
    row.passes, row.is_chosen, row.spread, row.firm = (
        standing.passes,
        standing.is_chosen,
        standing.spread,
        standing.firm,
    )
    row.decision_id = decision_id
    row.result = {
        "means": {key: f"{mean:f}" for key, mean in zip(keys, standing.means, strict=True)},
        "relative": {key: f"{mean:f}" for key, mean in zip(keys, standing.relative, strict=True)},
        "strongest": keys[standing.strongest], "weakest": keys[standing.weakest], "left_out": list(standing.left_out),
    }  # fmt: skip


def _finish(
    round_: Round, card: Scorecard, candidates: Sequence[Candidate], scorers: Sequence[Scorer],
    sheets: Sequence[Sheet], actor: Actor, day: date,
) -> None:  # fmt: skip
    """Enter the result and the revealed sheets, put it on the projects' timelines, tell everybody."""
    round_.state, round_.settled_on = RoundState.SETTLED, day
    round_.settlings += 1
    ranked = sorted(candidates, key=lambda row: (row.rank or 0, row.pk))
    text = result_text(round_, ranked)
    round_.digest = digest_of(DEFAULT)(text.encode()).hex()
    chosen = sum(bool(row.is_chosen) for row in candidates)
    reveal(round_, scorers, candidates, sheets, actor, day)
    entry = record.enter(
        "selection.settle_round", round_, actor=actor, on=day, save=["state", "settled_on", "settlings", "digest"],
        after={
            "candidates_total": len(candidates), "scorers_total": len(scorers), "sheets_total": len(sheets),
            "chosen": [row.name for row in ranked if row.is_chosen], "ranking": json.loads(text)["ranking"],
        },
        documents=[f"{DEFAULT}:{round_.digest}"],
        public={
            "文书": "项目遴选结果", "批次": round_.name, "年度": str(round_.year), "地区": round_.region.name,
            "评分表": f"{card.label}（{round_.card_version}）", "候选项目": str(len(candidates)), "评分人": str(len(scorers)),
            "入选": str(chosen), "定结果日期": day.isoformat(), f"结果摘要（{DEFAULT}）": round_.digest,
        },
    )  # fmt: skip
    round_.receipt, round_.entry_id = entry.receipt or "", entry.pk
    round_.save(update_fields=["receipt", "entry_id"])
    ledger.append_many([_on_project(round_, card, row, actor, day) for row in ranked])
    record.tell("selection.settled", round_, receipt=round_.receipt, chosen=chosen)
    for scorer in scorers:
        telling.stop_asking(round_, scorer, "结果已定")
    telling.settled(round_, scorers, actor, chosen)


def result_text(round_: Round, ranked: Sequence[Candidate]) -> str:
    """Return the ranking as the text whose digest stands in the book: project, rank, score, chosen, best first."""
    rows = [
        {"project": f"{row.project_id}", "rank": row.rank, "score": _text(row.score), "chosen": bool(row.is_chosen)}
        for row in ranked
    ]
    content = {"round": round_.pk, "card": round_.card_hash, "ranking": rows}
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _text(score: Decimal | None) -> str:
    return "" if score is None else f"{score.normalize():f}"


def reveal(
    round_: Round, scorers: Sequence[Scorer], candidates: Sequence[Candidate], sheets: Sequence[Sheet], actor: Actor,
    day: date,
) -> None:  # fmt: skip
    """Enter marks, words and salts of every sheet, one entry per scorer, so that the digests can be computed again."""
    projects = {row.pk: row.project_id for row in candidates}
    by_scorer: dict[int, list[dict[str, Any]]] = {}
    for sheet in sheets:
        by_scorer.setdefault(sheet.scorer_id, []).append(
            {
                "project": f"{projects[sheet.candidate_id]}", "number": sheet.number, "marks": sheet.marks,
                "comment": sheet.comment, "salt": sheet.salt, "commitment": sheet.commitment,
                "algorithm": sheet.algorithm,
                **({"entered_by": sheet.entered_by, "paper": sheet.paper_number} if sheet.entered_by else {}),
            }
        )  # fmt: skip
    ledger.append_many(
        [
            EntryDraft(
                kind="selection.revealed", subject=record.subject_of(round_), actor=actor.stamp, occurred_on=day,
                after={"scorers": [scorer.name], "scorer": f"{scorer.pk}", "sheets": by_scorer[scorer.pk]},
            )
            for scorer in scorers if scorer.pk in by_scorer
        ]
    )  # fmt: skip


def _on_project(round_: Round, card: Scorecard, row: Candidate, actor: Actor, day: date) -> EntryDraft:
    labels = card.by_key
    after = {
        "selection_round": round_.name, "selection_outcome": OUTCOMES[CHOSEN if row.is_chosen else PASSED if row.passes else FAILED],
        "selection_score": f"{row.score:.{card.places}f}", "selection_rank": f"{row.rank}/{round_.candidates_count}",
        "selection_strongest": labels[row.result["strongest"]].label,
        "selection_weakest": labels[row.result["weakest"]].label,
    }  # fmt: skip
    return EntryDraft(
        kind="selection.result", subject=Subject(record.PROJECT, row.project_id, row.region_key, row.name), actor=actor.stamp, occurred_on=day, after=after,
        policy=[{**record.ref_of(round_).as_dict(), "decision": row.decision_id}],
        extra={"round": round_.pk, "candidate": row.pk},
    )  # fmt: skip


@act("selection.reopen_round", "重新评分")
def reopen_round(*, round_id: int, reason: str, actor: Actor, rev: int | None = None) -> Round:
    """Open a settled round again, with a reason: its result no longer stands, scorers may correct their sheets.

    The earlier result and the sheets revealed with it stay in the book; so do the decisions.

    :raises InvalidInput: no reason
    :raises Refusal: not settled
    """
    round_ = record.lock_round(
        round_id, actor=actor, act="selection.reopen_round", states=[RoundState.SETTLED], rev=rev
    )
    raise_on_reject(record.check_reason(reason, "selection_reason"))
    refuse_secret(reason)
    candidates = record.standing(round_)
    for row in candidates:
        row.scorers = row.rank = row.score = row.passes = row.is_chosen = row.spread = row.firm = row.decision_id = None
        row.result = {}
    bulk.update(candidates, _RESULT)
    was = {"receipt": round_.receipt, "settled_on": round_.settled_on.isoformat() if round_.settled_on else ""}
    corrected = round_.entry_id
    round_.state, round_.settled_on, round_.reason = RoundState.SCORING, None, one_line(reason)
    round_.receipt, round_.entry_id, round_.digest = "", None, ""
    day = day_of(None)
    record.enter(
        "selection.reopen_round", round_, actor=actor, on=day, before=was, reason=reason, corrects=corrected,
        after={"round_state": round_.get_state_display()},
        save=["state", "settled_on", "reason", "receipt", "entry_id", "digest"],
    )  # fmt: skip
    record.tell("selection.reopened", round_)
    telling.ask_scorers(round_, record.appointed(round_), actor)
    return round_


@dataclass(frozen=True, slots=True)
class Verified:
    """What computing a settled round again found: sheets looked at, those whose digest differs, whether the result holds."""

    sheets: int
    changed: tuple[str, ...]
    is_same_result: bool

    @property
    def ok(self) -> bool:
        """Whether everything is as it was handed in and settled."""
        return self.is_same_result and not self.changed


def verify(round_id: int) -> Verified:
    """Compute digests and ranking of a settled round again from the tables and compare them with what the book holds.

    The caller has tested that the round may be seen.

    :raises Refusal: not settled
    """
    rows = Round.objects.unscoped("the caller tested it").select_related("region")
    round_ = rows.get(pk=round_id)
    if round_.state != RoundState.SETTLED:
        raise Refusal("selection.not_settled", name=round_.name, state=round_.get_state_display())
    card = policy_queries.scorecard_of(round_.card_hash)
    candidates = record.standing(round_)
    projects = {row.pk: row for row in candidates}
    sheets = list(Sheet.objects.filter(round=round_, is_standing=True).select_related("scorer"))
    entered = book.contents_of([sheet.ledger_id for sheet in sheets if sheet.ledger_id is not None])
    entered |= book.contents_of([round_.entry_id] if round_.entry_id is not None else [])
    sealed = {pk: (content["after"] or {}).get("commitment") for pk, content in entered.items()}
    changed = [
        f"{sheet.scorer.name}：{projects[sheet.candidate_id].name}"
        for sheet in sheets
        if commitment_of(text_of(sheet, projects[sheet.candidate_id].project_id), digest_of(sheet.algorithm))
        != sealed.get(sheet.ledger_id or 0)
    ]
    ranking = compute(card, candidates, sheets, round_.places).by_subject()
    again = [Candidate(pk=row.pk, project_id=row.project_id) for row in candidates]
    for row in again:
        standing = ranking[row.pk]
        row.rank, row.score, row.is_chosen = standing.rank, standing.score, standing.is_chosen
    again.sort(key=lambda row: (row.rank or 0, row.pk))
    digest = digest_of(DEFAULT)(result_text(round_, again).encode()).hex()
    settled = entered.get(round_.entry_id or 0, {}).get("documents", [])
    return Verified(len(sheets), tuple(changed), digest == round_.digest and settled == [f"{DEFAULT}:{digest}"])
