"""Addresses of selection."""

from django.urls import path

from gongbu.mainline.selection import paper_pages, round_pages, score_pages, step_pages
from gongbu.mainline.selection.register import ROUNDS

app_name = "selection"
urlpatterns = [
    *ROUNDS.urls("selection:", "rounds/"),
    path("rounds/new", round_pages.open_round, name="open"),
    path("rounds/<int:pk>/", round_pages.show, name="round"),
    path("rounds/<int:pk>/change", round_pages.change, name="change"),
    path("rounds/<int:pk>/candidates", round_pages.candidates, name="candidates"),
    path("candidates/<int:candidate_id>/", round_pages.find_candidate, name="find_candidate"),
    path("rounds/<int:pk>/candidates/<int:candidate_id>/", round_pages.candidate, name="candidate"),
    path("rounds/<int:pk>/candidates/<int:candidate_id>/remove", round_pages.remove, name="remove"),
    path("rounds/<int:pk>/scorers", round_pages.scorers, name="scorers"),
    path("rounds/<int:pk>/scorers/<int:scorer_id>/release", round_pages.release, name="release"),
    path("rounds/<int:pk>/scorers/<int:scorer_id>/paper", paper_pages.paper, name="paper"),
    path(
        "rounds/<int:pk>/scorers/<int:scorer_id>/paper/<int:candidate_id>", paper_pages.paper_sheet, name="paper_sheet"
    ),
    path("rounds/<int:pk>/meeting", round_pages.put_to_meeting, name="put_to_meeting"),
    path("rounds/<int:pk>/start", round_pages.start, name="start"),
    path("rounds/<int:pk>/settle", round_pages.settle, name="settle"),
    path("rounds/<int:pk>/reopen", round_pages.reopen, name="reopen"),
    path("rounds/<int:pk>/cancel", round_pages.cancel, name="cancel"),
    path("rounds/<int:pk>/verify", round_pages.verify, name="verify"),
    path("rounds/<int:pk>/ranking.xlsx", round_pages.export, name="ranking"),
    path("scoring/", score_pages.mine, name="mine"),
    path("scoring/<int:pk>/", score_pages.score, name="score"),
    path("scoring/<int:pk>/preview", score_pages.preview, name="preview"),
    path("scoring/<int:pk>/recuse", score_pages.recuse, name="recuse"),
    path("scoring/<int:pk>/<int:candidate_id>/", score_pages.sheet, name="sheet"),
    path("projects/<int:project_id>/<slug:step_key>", step_pages.record, name="record"),
    path("steps/<int:pk>/", step_pages.show, name="step"),
    path("steps/<int:pk>/correct", step_pages.correct, name="correct_step"),
]
