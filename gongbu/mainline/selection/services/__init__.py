"""Acts of selection: steps before, rounds with candidates and scorers, scoring, settling."""

from gongbu.mainline.selection.services.panel import appoint_experts
from gongbu.mainline.selection.services.rounds import (
    NewRound,
    add_candidates,
    appoint_scorers,
    cancel_round,
    change_round,
    open_round,
    recuse,
    release_scorer,
    remove_candidate,
    start_scoring,
)
from gongbu.mainline.selection.services.scoring import correct_score, enter_paper, submit_score
from gongbu.mainline.selection.services.settling import Verified, reopen_round, settle_round, verify
from gongbu.mainline.selection.services.steps import (
    NewStep,
    correct_step,
    put_to_meeting,
    record_meeting,
    record_planning,
    record_review,
    record_visit,
)

__all__ = [
    "NewRound", "NewStep", "Verified", "add_candidates", "appoint_experts", "appoint_scorers", "cancel_round",
    "change_round",
    "correct_score", "correct_step", "enter_paper", "open_round", "put_to_meeting", "record_meeting", "record_planning", "record_review",
    "record_visit", "recuse", "release_scorer", "remove_candidate", "reopen_round", "settle_round", "start_scoring",
    "submit_score", "verify",
]  # fmt: skip
