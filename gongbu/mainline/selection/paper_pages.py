"""代录: the sheets that an expert without an account signed on paper. What was entered is sealed: no page shows it again."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics.findings import InvalidInput, NotFound, Refusal
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.registers import forms
from gongbu.ground.registers.forms import FormSpec, Step
from gongbu.ground.registers.pages import actor_of, page, render
from gongbu.mainline.selection import marks, queries, services
from gongbu.mainline.selection.choices import RoundState, ScorerState
from gongbu.mainline.selection.models import Round, Scorer
from gongbu.mainline.selection.services.scoring import PAPER, require_paper

BOTH = ("GET", "POST")
# No draft: marks would wait in it for whoever signs in at this desk next.
ENTER = FormSpec(
    "selection.paper_sheet", [Step("", ["paper_number", "score_comment"])], required=["paper_number"],
    repeats=["score_mark"], keeps_draft=False,
)  # fmt: skip
AGAIN = FormSpec(
    "selection.paper_again", [Step("", ["paper_number", "score_comment", "selection_reason"])],
    required=["paper_number", "selection_reason"], repeats=["score_mark"], keeps_draft=False,
)  # fmt: skip


def _found(actor: Actor, pk: int, scorer_id: int) -> tuple[Round, Scorer]:
    """Return a round and the expert whose sheets the actor may enter.

    :raises NotFound: no such round in sight, or no such scorer
    :raises NotAllowed: not his, or he scores in it himself
    :raises Refusal: the scorer is no expert, or scores by his account
    """
    round_ = queries.get_round(pk, actor)
    actor.require(PAPER, round_.region_key)
    scorers = [row for row in queries.list_scorers(round_) if row.state == ScorerState.APPOINTED]
    scorer = next((row for row in scorers if row.pk == scorer_id), None)
    if scorer is None:
        raise NotFound("selection.scorer_missing")
    require_paper(round_, scorer, scorers, actor)
    return round_, scorer


def _crumbs(round_: Round, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    here = reverse("selection:round", args=[round_.pk])
    return [("遴选批次", reverse("selection:list")), (round_.name, here), *more]


@page(PAPER)
def paper(request: HttpRequest, pk: int, scorer_id: int) -> HttpResponse:
    """The candidates of a round with what is in of one expert, and where to enter the rest."""
    round_, scorer = _found(actor_of(request), pk, scorer_id)
    rows = queries.list_on_paper(round_, scorer)
    due = [row for row in rows if not row.kept_out]
    title = f"代录{scorer.name}的评分"
    context = {
        "title": title, "round": round_, "scorer": scorer, "rows": rows, "due": len(due),
        "done": sum(row.is_in for row in due), "is_scoring": round_.state == RoundState.SCORING,
        "crumbs": _crumbs(round_, (title, None)),
    }  # fmt: skip
    return render(request, "selection/paper.html", context)


@page(PAPER, methods=BOTH)
def paper_sheet(request: HttpRequest, pk: int, scorer_id: int, candidate_id: int) -> HttpResponse:
    """Enter one sheet as it stands on the signed paper; one that is in already is entered anew, from empty fields."""
    actor = actor_of(request)
    round_, scorer = _found(actor, pk, scorer_id)
    row = next((one for one in queries.list_on_paper(round_, scorer) if one.candidate.pk == candidate_id), None)
    if row is None:
        raise NotFound("selection.candidate_missing")
    here = reverse("selection:paper", args=[pk, scorer_id])
    if request.method == "GET":
        _require_open(round_, scorer, row)
    card = queries.card_of(round_)
    form = (AGAIN if row.is_in else ENTER).bind(request, subject=f"{pk}:{candidate_id}:{scorer_id}")
    fields = [
        form.repeat("score_mark", one.key, label=f"{one.label}（权重 {one.weight_words}）", is_required=True)
        for one in card.dimensions
    ]
    form.steps.insert(0, forms.BoundStep("", fields))

    def save(values: dict[str, Any]) -> str:
        given: dict[str, Decimal | None] = {one.key: values.get(f"score_mark-{one.key}") for one in card.dimensions}
        try:
            services.enter_paper(
                round_id=pk, scorer_id=scorer_id, candidate_id=candidate_id, marks=given,
                paper_number=values["paper_number"] or "", comment=values.get("score_comment") or "",
                reason=values.get("selection_reason") or "", actor=actor,
            )  # fmt: skip
        except InvalidInput as refusal:  # a mark is named by its dimension
            raise InvalidInput(
                [
                    replace(one, field=f"score_mark-{one.field}" if one.field in given else one.field)
                    for one in refusal.findings
                ]
            ) from refusal
        return here

    context = {
        "title": row.candidate.name, "round": round_, "scorer": scorer, "row": row, "form": form, "cancel": here,
        "submit": "重新录入" if row.is_in else "代录", "card": card, "card_basis": marks.of_round(card, round_),
        "crumbs": _crumbs(round_, (f"代录{scorer.name}的评分", here), (row.candidate.name, None)),
    }  # fmt: skip
    return forms.handle(request, form, save, "selection/paper_sheet.html", context)


def _require_open(round_: Round, scorer: Scorer, row: queries.OnPaper) -> None:
    """Raise rather than show a form that could only be refused."""
    name = row.candidate.name
    if round_.state != RoundState.SCORING:
        wanted = RoundState.SCORING.label
        raise Refusal("selection.wrong_state", name=round_.name, state=round_.get_state_display(), wanted=wanted)
    if row.kept_out:
        raise Refusal("selection.expert_kept_out", actor=scorer.name, name=name, why=row.kept_out)
    if row.is_in and not row.entered_by:
        raise Refusal("selection.sheet_by_himself", name=name, scorer=scorer.name)
