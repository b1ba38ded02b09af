"""Pages of a scorer: the rounds he scores in, his candidates, the form of one sheet, keeping out. Only his own marks."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotAllowed
from gongbu.ground.ledger import receipts
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.ground.policy.rules.scoring import check_marks
from gongbu.ground.registers import forms
from gongbu.ground.registers.forms import BoundField, Form, FormSpec, Step
from gongbu.ground.registers.pages import actor_of, page, render
from gongbu.mainline.projects import access as project_access
from gongbu.mainline.projects.models import Project
from gongbu.mainline.selection import marks, queries, services
from gongbu.mainline.selection.choices import RoundState
from gongbu.mainline.selection.models import Candidate, Round, Scorer, Sheet
from gongbu.mainline.selection.register import STATE_TONES
from gongbu.mainline.selection.step_pages import TONES, word

BOTH = ("GET", "POST")
CONFIRMED, BACK = "confirmed", "back"
SCORE = FormSpec("selection.score_sheet", [Step("", ["score_comment"])], repeats=["score_mark"])
CORRECT = FormSpec(
    "selection.correct_sheet", [Step("", ["score_comment", "selection_reason"])], required=["selection_reason"],
    repeats=["score_mark"],
)  # fmt: skip
RECUSE = FormSpec(
    "selection.recuse", [Step("", ["selection_reason"])], required=["selection_reason"], keeps_draft=False
)


def _crumbs(round_: Round, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    here = reverse("selection:score", args=[round_.pk])
    return [("我的评分", reverse("selection:mine")), (round_.name, here if more else None), *more]


@page("selection.submit_score")
def mine(request: HttpRequest) -> HttpResponse:
    """我的评分: the rounds in which the person scores."""
    context = {
        "title": "我的评分", "rounds": [(row, STATE_TONES[row.state]) for row in queries.list_to_score(actor_of(request))],
        "crumbs": [("我的评分", None)],
    }  # fmt: skip
    return render(request, "selection/mine.html", context)


@page("selection.submit_score")
def score(request: HttpRequest, pk: int) -> HttpResponse:
    """The candidates of one round with the scorer's own sheets."""
    actor = actor_of(request)
    round_, scorer = queries.get_own_round(pk, actor)
    card = queries.card_of(round_)
    own = queries.list_own(round_, scorer)
    rows = [(one, _total(card, one.sheet)) for one in own]
    due = [one for one in own if not one.kept_out]
    context = {
        "title": f"评分：{round_.name}", "round": round_, "tone": STATE_TONES[round_.state], "scorer": scorer, "rows": rows,
        "done": sum(one.sheet is not None for one in due), "due": len(due), "card": card,
        "card_basis": marks.of_round(card, round_), "is_scoring": round_.state == RoundState.SCORING,
        "next": next((one.candidate for one in due if one.sheet is None), None), "crumbs": _crumbs(round_),
        "may_view": actor.may(queries.VIEW, round_.region_key),
    }  # fmt: skip
    return render(request, "selection/score.html", context)


def _total(card: Scorecard, sheet: Sheet | None) -> Decimal | None:
    """Return the weighted total of the scorer's own sheet."""
    return None if sheet is None else marks.total_of(card, sheet)


@page("selection.submit_score", methods=BOTH)
def sheet(request: HttpRequest, pk: int, candidate_id: int) -> HttpResponse:
    """评分表: marks per dimension with their guide, the project's facts and steps beside; ``?correct=1`` corrects."""
    actor = actor_of(request)
    round_, scorer = queries.get_own_round(pk, actor)
    candidate = queries.get_candidate(round_, candidate_id)
    card = queries.card_of(round_)
    kept_out = next((one.kept_out for one in queries.list_own(round_, scorer) if one.candidate.pk == candidate_id), "")
    sheets = queries.list_own_sheets(scorer, candidate)
    standing = next((one for one in sheets if one.is_standing), None)
    is_scoring = round_.state == RoundState.SCORING
    corrects = standing is not None and is_scoring and request.GET.get("correct") == "1"
    context = {
        **_beside(actor, candidate, card),
        "title": candidate.name, "round": round_, "candidate": candidate, "card": card,
        "card_basis": marks.of_round(card, round_), "kept_out": kept_out, "standing": standing,
        "standing_total": _total(card, standing), "earlier": [one for one in sheets if one is not standing],
        "is_scoring": is_scoring, "corrects": corrects, "grouped": receipts.grouped, "confirm": None,
        "crumbs": _crumbs(round_, (candidate.name, None)),
    }  # fmt: skip
    if kept_out or not is_scoring or (standing is not None and not corrects):
        if request.method == "POST":
            _submit(round_, candidate, actor, {}, card, corrects=False)
        return render(request, "selection/sheet.html", {**context, "form": None})
    form = (CORRECT if corrects else SCORE).bind(request, subject=f"{pk}:{candidate_id}:{scorer.pk}")
    fields = _ask(form, card, standing if corrects else None)
    context |= {
        "form": form, "fields": fields, "preview": reverse("selection:preview", args=[pk]),
        "submit": "核对后提交更正" if corrects else "核对后提交", "total": None, "typed": 0,
    }  # fmt: skip
    if request.method == "POST" and not {CONFIRMED, "_discard"} & request.POST.keys():
        return _ask_once_more(request, form, card, context)

    def save(values: dict[str, Any]) -> str:
        _submit(round_, candidate, actor, values, card, corrects=corrects)
        return _after(round_, scorer, corrects=corrects)

    return forms.handle(request, form, save, "selection/sheet.html", context)


def _ask_once_more(request: HttpRequest, form: Form, card: Scorecard, context: Mapping[str, Any]) -> HttpResponse:
    """Show the marks as they would be handed in, with the button that does; nothing is kept. ``back`` shows the form."""
    is_read = form.read(request.POST)
    if BACK in request.POST:
        form.problems = []
        for bound in form.fields.values():
            bound.errors = []
        return render(request, "selection/sheet.html", context)
    given = {one.key: form.values.get(f"score_mark-{one.key}") for one in card.dimensions}
    if is_read:
        form.add([replace(one, field=f"score_mark-{one.field}") for one in check_marks(card, given)])
    if not form.is_valid:
        return render(request, "selection/sheet.html", context, status=422)
    confirm = {
        "rows": [(one, given[one.key]) for one in card.dimensions],
        "total": sum((Decimal(given[one.key] or 0) * one.weight for one in card.dimensions), Decimal(0)),
        "comment": form.values.get("score_comment") or "", "reason": form.values.get("selection_reason") or "",
        "posted": [(name, request.POST.get(name, "")) for name in form.fields],
    }  # fmt: skip
    return render(request, "selection/sheet.html", {**context, "confirm": confirm})


def _submit(
    round_: Round, candidate: Candidate, actor: Actor, values: Mapping[str, Any], card: Scorecard, *, corrects: bool
) -> None:
    given = {one.key: values.get(f"score_mark-{one.key}") for one in card.dimensions}
    common: dict[str, Any] = {
        "round_id": round_.pk, "candidate_id": candidate.pk, "marks": given, "actor": actor,
        "comment": values.get("score_comment") or "",
    }  # fmt: skip
    if corrects:
        services.correct_score(**common, reason=values.get("selection_reason") or "")
    else:
        services.submit_score(**common)


def _after(round_: Round, scorer: Scorer, *, corrects: bool) -> str:
    """Return where to go next: the next candidate that is still owed, else the list."""
    if not corrects:
        for one in queries.list_own(round_, scorer):
            if one.sheet is None and not one.kept_out:
                return reverse("selection:sheet", args=[round_.pk, one.candidate.pk])
    return reverse("selection:score", args=[round_.pk])


def _ask(form: Form, card: Scorecard, standing: Sheet | None) -> list[tuple[Any, BoundField]]:
    """Ask one mark per dimension; a correction starts from the sheet that stands."""
    found = []
    for one in card.dimensions:
        value = Decimal(standing.marks[one.key]) if standing is not None else None
        bound = form.repeat(
            "score_mark", one.key, label=f"{one.label}（权重 {one.weight_words}）", value=value, is_required=True
        )
        found.append((one, bound))
    if standing is not None:
        form.initial["score_comment"] = standing.comment
        form.fields["score_comment"].value = standing.comment
    return found


def _beside(actor: Actor, candidate: Candidate, card: Scorecard) -> dict[str, Any]:
    """Return what a scorer needs to know of the project: its facts, and its steps in order."""
    project: Project = candidate.project
    rows = queries.checklist_of(card, queries.list_records(project.pk))
    return {
        "project": project,
        "may_open": project_access.sees(actor, project, clock.today()),
        "rows": [
            {"step": row.item.step, "standing": row.item.standing.label, "tone": TONES[row.item.standing],
             "record": word(row.record) if row.record is not None else None}
            for row in rows
        ],
    }  # fmt: skip


@page("selection.submit_score", methods=("POST",))
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The weighted total of marks being typed, computed and forgotten: nothing is kept."""
    round_, _scorer = queries.get_own_round(pk, actor_of(request))
    card = queries.card_of(round_)
    given: dict[str, Decimal | None] = {}
    for one in card.dimensions:
        text = request.POST.get(f"score_mark-{one.key}", "").strip()
        try:
            given[one.key] = Decimal(text) if text and len(text) < 12 else None
        except InvalidOperation:
            given[one.key] = None
    typed = {key: mark for key, mark in given.items() if mark is not None and mark.is_finite()}
    is_whole = len(typed) == len(card.dimensions) and not check_marks(card, given)
    total = sum((typed[one.key] * one.weight for one in card.dimensions), Decimal(0)) if is_whole else None
    return render(request, "selection/_total.html", {"total": total, "typed": len(typed), "card": card})


@page("selection.recuse", methods=BOTH)
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """申报回避: tick the candidates, say why."""
    actor = actor_of(request)
    round_, scorer = queries.get_own_round(pk, actor)
    own = [one for one in queries.list_own(round_, scorer) if not one.kept_out]
    if round_.state not in (RoundState.PREPARING, RoundState.SCORING):
        raise NotAllowed(
            "selection.wrong_state", act=rights().label("selection.recuse"), name=round_.name,
            state=round_.get_state_display(), wanted="筹备中、评分中",
        )  # fmt: skip
    form = RECUSE.bind(request, subject=pk)
    bound = form.fields["selection_reason"]
    bound.spec = replace(bound.spec, label="回避理由")
    asked = request.GET.get("candidate", "")
    ticked = set(request.POST.getlist("ids")) or ({asked} if asked else set())

    def save(values: dict[str, Any]) -> str:
        ids = [int(one) for one in request.POST.getlist("ids") if one.isdecimal() and len(one) < 18]
        services.recuse(round_id=pk, candidate_ids=ids, reason=values["selection_reason"], actor=actor)
        return reverse("selection:score", args=[pk])

    context = {
        "title": "申报回避", "round": round_, "own": own, "ticked": ticked, "crumbs": _crumbs(round_, ("申报回避", None)),
    }  # fmt: skip
    return forms.handle(request, form, save, "selection/recuse.html", context)
