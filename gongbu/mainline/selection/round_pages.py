"""Pages of rounds: one round with candidates, scorers and progress, its ranking once settled, and the acts on it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.experts import queries as experts
from gongbu.ground.ledger import kinds, receipts
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.meetings import queries as meetings
from gongbu.ground.orgs import trace as traces
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Post
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.ground.registers import exports, forms
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.forms import Form, FormSpec, Step
from gongbu.ground.registers.pages import actor_of, page, render
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects import withholding
from gongbu.mainline.reserve import queries as reserve
from gongbu.mainline.reserve import readiness
from gongbu.mainline.reserve.choices import FileState
from gongbu.mainline.selection import closing, marks, queries, services
from gongbu.mainline.selection.choices import RecusalKind, RoundState, ScorerState
from gongbu.mainline.selection.messages import ROUND_WORDS
from gongbu.mainline.selection.models import Candidate, Round, Scorer
from gongbu.mainline.selection.register import STATE_TONES
from gongbu.mainline.selection.rules.checklist import Item, Standing
from gongbu.mainline.selection.services import panel
from gongbu.mainline.selection.services.record import ROUND
from gongbu.mainline.selection.services.rounds import check_enough, is_scorer, posts_that_may
from gongbu.mainline.selection.services.scoring import PAPER
from gongbu.mainline.selection.services.settling import check_settleable, checklists
from gongbu.mainline.selection.system import system_of

BOTH = ("GET", "POST")
SHOWN, EVENTS, FOUND = 100, 200, 200
OPEN = FormSpec(
    "selection.open",
    [Step("", ["round_region_id", "round_name", "round_year", "round_places", "round_due_on", "round_card"])],
    required=["round_name", "round_year", "round_places"],
)
CHANGE = FormSpec(
    "selection.change", [Step("", ["round_name", "round_places", "round_due_on", "selection_reason"])],
    required=["round_name", "round_places", "selection_reason"],
)  # fmt: skip
REASON = FormSpec(
    "selection.reason", [Step("", ["selection_reason"])], required=["selection_reason"], keeps_draft=False
)
SETTLE = FormSpec("selection.settle", [Step("", ["occurred_on"])], keeps_draft=False)
MEETING = FormSpec("selection.meeting", [Step("", ["meeting_id", "meeting_question"])], required=["meeting_id"])


def _crumbs(round_: Round, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    here = reverse("selection:round", args=[round_.pk])
    return [("遴选批次", reverse("selection:list")), (round_.name, here if more else None), *more]


def _here(round_: Round) -> str:
    return reverse("selection:round", args=[round_.pk])


# --- one round ------------------------------------------------------------------------------------------------------


@page("selection.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: progress without marks until it is settled, then the ranking."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    card = queries.card_of(round_)
    candidates, scorers = queries.list_candidates(round_), queries.list_scorers(round_)
    recusals = queries.list_recusals(round_)
    progress = queries.get_progress(round_, candidates, scorers, recusals)
    is_settled = round_.state == RoundState.SETTLED
    ranking = queries.get_ranking(pk, actor) if is_settled else None
    shows_all = request.GET.get("all") == "1"
    listed = list(ranking.rows if ranking else candidates)
    lists = dict(checklists(card, candidates))
    entries = ledger.list_for_subject("selection_round", round_.pk, limit=EVENTS)
    again = closing.is_scored_again(round_)
    may = {
        name: actor.may(f"selection.{name}", round_.region_key)
        for name in (
            "change_round", "add_candidates", "remove_candidate", "appoint_scorers", "release_scorer", "start_scoring",
            "settle_round", "reopen_round", "cancel_round", "put_to_meeting", "view_sheets", "export",
            "enter_paper",
        )
    }  # fmt: skip
    context = {
        "title": round_.name,
        "round": round_,
        "tone": STATE_TONES[round_.state],
        "card": card,
        "card_basis": marks.of_round(card, round_),
        "ranking": ranking,
        "rows": [(row, marks.of_rank(card, round_, row)) for row in ranking.rows[: None if shows_all else SHOWN]]
        if ranking else [],
        "open_to": set() if ranking else projects.list_readable(actor, [row.project_id for row in candidates]),
        "candidates": [] if ranking else [
            (row, *_steps(lists[row]), progress.by_candidate.get(row.pk, 0), progress.due_by_candidate[row.pk])
            for row in candidates[: None if shows_all else SHOWN]
        ],
        "hidden": 0 if shows_all else max(0, len(listed) - SHOWN),
        "removed": queries.list_candidates(round_, removed=True),
        "scorers": [
            (row, progress.by_scorer.get(row.pk, 0), progress.due_by_scorer.get(row.pk, 0), row.state == ScorerState.APPOINTED)
            for row in scorers
        ],
        "recusals": [(row, row.reason or RecusalKind(row.kind).label) for row in recusals],
        "not_ready": _not_ready(round_, card, candidates, scorers, lists),
        "mine": any(is_scorer(row, actor) and row.state == ScorerState.APPOINTED for row in scorers),
        "may": may,
        "events": _events(
            [row for row in entries if row.kind not in (*HANDED_IN, "selection.revealed")],
            hides=("chosen",) if again and not closing.may_read(actor, round_) else (),
        ),
        "earlier": _earlier(entries) if again else None,
        "handed_in": _handed_in([row for row in entries if row.kind in HANDED_IN]),
        "is_open": round_.state in (RoundState.PREPARING, RoundState.SCORING),
        "grouped": receipts.grouped,
        "outcome": marks.OUTCOMES,
        "crumbs": _crumbs(round_),
    }  # fmt: skip
    return render(request, "selection/round.html", context)


def _steps(items: Sequence[Item]) -> tuple[int, int, str, str]:
    """Return how many required steps are done, how many there are, what is missing in words, and the tone."""
    must = [item for item in items if item.step.is_required]
    done = sum(item.standing is Standing.DONE for item in must)
    lacking = [
        f"{item.step.label}{'' if item.standing is Standing.MISSING else f'（{item.standing.label}）'}"
        for item in must
        if item.standing is not Standing.DONE
    ]
    against = any(item.standing is Standing.AGAINST for item in must)
    return done, len(must), "、".join(lacking), "bad" if against else "good" if done == len(must) else "wait"


def _not_ready(
    round_: Round, card: Scorecard, candidates: Sequence[Candidate], scorers: Sequence[Scorer],
    lists: Mapping[Candidate, Sequence[Item]],
) -> list[Any]:  # fmt: skip
    """Return what stands between the round and its next step: too few scorers before scoring; steps afterwards."""
    standing = [row for row in scorers if row.state == ScorerState.APPOINTED]
    if round_.state == RoundState.PREPARING and candidates and standing:
        return check_enough(card, candidates, standing)[:10]
    return []


HANDED_IN = ("selection.submit_score", "selection.correct_score", PAPER)


def _earlier(rows: Sequence[Any]) -> dict[str, str]:
    """Return when the round was settled before, and the receipt of that result."""
    last = next((row for row in rows if row.kind == "selection.settle_round"), None)
    if last is None:
        return {"on": "", "receipt": ""}
    return {"on": last.occurred_on.isoformat(), "receipt": last.receipt or ""}


def _events(rows: Sequence[Any], hides: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return entries of the round in words: who did what; sheets stand in a list of their own."""
    found = []
    for row in rows:
        after = row.content.get("after") or {}
        parts = [
            f"{ROUND_WORDS[key]}：{_said([receipts.grouped(one) for one in value] if key == 'draws' else value)}"
            for key, value in after.items()
            if key in ROUND_WORDS and key not in hides and value not in (None, "", [])
        ]
        reason = (row.content.get("extra") or {}).get("reason")
        found.append(
            {
                "at": row.occurred_on.isoformat(), "title": kinds.label(row.kind), "who": row.actor.get("name", ""),
                "text": "；".join([*parts, *([f"事由：{reason}"] if reason else [])]),
            }
        )  # fmt: skip
    return found


def _handed_in(rows: Sequence[Any]) -> list[dict[str, str]]:
    """Return what the book holds of each sheet: who, for which project, when, and the digest; never marks."""
    found = []
    for row in rows:
        after = row.content.get("after") or {}
        found.append(
            {
                "at": row.occurred_on.isoformat(), "who": row.actor.get("name", ""), "what": kinds.label(row.kind),
                "scorer": "、".join(after.get("scorers") or ()), "candidate": "、".join(after.get("candidates") or ()),
                "commitment": str(after.get("commitment") or ""), "paper": str(after.get("paper") or ""),
            }
        )  # fmt: skip
    return found


def _said(value: Any) -> str:
    text = "、".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text if len(text) <= 120 else text[:118] + "……"


# --- acts -----------------------------------------------------------------------------------------------------------


@page("selection.open_round", methods=BOTH)
def open_round(request: HttpRequest) -> HttpResponse:
    """设立遴选批次."""
    actor = actor_of(request)
    wanted = request.GET.get("region", "")
    holder = reserve.find_holder(
        actor, int(wanted) if wanted.isdecimal() and len(wanted) < 18 else None, "selection.open_round"
    )
    if holder is None:
        raise NotFound("policy.region_missing", region=wanted)
    holders = [one for one in reserve.list_holders(actor) if actor.may("selection.open_round", one.key_lo)]
    if holder.pk not in {one.pk for one in holders} and not wanted and holders:
        holder = holders[0]
    system = system_of(holder, clock.today())
    if system.card is None:
        context = {
            "title": "设立遴选批次", "cannot": "不能设立遴选批次", "why": system.why_not, "policy_href": reverse("policy:region", args=[holder.pk]),
            "crumbs": [("遴选批次", reverse("selection:list")), ("设立批次", None)],
        }  # fmt: skip
        return render(request, "not_offered.html", context)
    year = clock.today().year + (clock.today().month >= 7)
    form = OPEN.bind(
        request, initial={"round_region_id": str(holder.pk), "round_year": year, "round_card": system.card.key},
        origins={"round_year": "下一个计划年度"},
    )  # fmt: skip
    form.fields["round_region_id"].options = [(str(one.pk), one.name) for one in holders or [holder]]
    form.fields["round_card"].options = [(card.key, card.label) for _, card in system.cards]
    if len(system.cards) == 1:
        form.drop("round_card")
    if len(holders) < 2:
        form.drop("round_region_id")

    def save(values: dict[str, Any]) -> str:
        made = services.open_round(
            new=services.NewRound(
                int(values.get("round_region_id") or holder.pk), values["round_name"], values["round_year"],
                values["round_places"], values["round_due_on"], values.get("round_card") or "",
            ),
            actor=actor,
        )  # fmt: skip
        return _here(made)

    pack = system.cards[0][0]
    context = {
        "title": "设立遴选批次", "sub": holder.name, "submit": "设立", "cancel": reverse("selection:list"),
        "basis": marks.of_card(system.card, pack.key, pack.version),
        "crumbs": [("遴选批次", reverse("selection:list")), ("设立批次", None)],
    }  # fmt: skip
    return forms.handle(request, form, save, "selection/form.html", context)


@page("selection.change_round", methods=BOTH)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """变更遴选批次."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    initial = {"round_name": round_.name, "round_places": round_.places, "round_due_on": round_.due_on}
    form = CHANGE.bind(request, subject=pk, rev=round_.rev, initial=initial)

    def save(values: dict[str, Any]) -> str:
        services.change_round(
            round_id=pk, name=values["round_name"], places=values["round_places"], due_on=values["round_due_on"],
            reason=values["selection_reason"], actor=actor, rev=form.rev,
        )  # fmt: skip
        return _here(round_)

    return _run(request, form, save, "变更批次", round_, submit="变更")


@page("selection.add_candidates", methods=BOTH)
def candidates(request: HttpRequest, pk: int) -> HttpResponse:
    """列入候选项目: find projects of the reserve by library, sector, readiness or name, tick them."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    problems: list[Any] = []
    again: list[queries.ChosenBefore] = []
    if request.method == "POST":
        ids = [int(one) for one in request.POST.getlist("ids") if one.isdecimal() and len(one) < 18]
        again = [] if request.POST.get("again") else queries.list_chosen(ids, round_)
        try:
            if again:
                raise Refusal("selection.chosen_before", names="；".join(one.words for one in again))
            services.add_candidates(round_id=pk, project_ids=ids, actor=actor)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            problems = list(getattr(refusal, "findings", [refusal.as_finding()]))
        else:
            return HttpResponseRedirect(_here(round_))
    libraries = reserve.list_libraries(round_.region)
    rows, asked = _find(request, actor, round_)
    known = {row.project_id for row in queries.list_candidates(round_)}
    files = [file for file in rows[: FOUND + len(known) + 1] if file.pk not in known]
    listed = [file.pk for file in files[:FOUND]]
    busy, chosen = queries.list_busy(listed), {one.project_id: one for one in queries.list_chosen(listed, round_)}
    context = {
        "title": "列入候选项目", "round": round_, "again": again,
        "files": [(file, file.pk in busy, chosen.get(file.pk)) for file in files[:FOUND]],
        "more": len(files) > FOUND, "asked": asked, "problems": problems, "libraries": libraries,
        "sectors": [row.scope for row in libraries if row.kind == "SECTOR"], "most": len(readiness.matters(readiness.Kind.PREPARATORY)),
        "facts": len(readiness.matters(readiness.Kind.FACT)),
        "ticked": set(request.POST.getlist("ids")), "crumbs": _crumbs(round_, ("列入候选", None)),
    }  # fmt: skip
    return render(request, "selection/candidates.html", context, status=422 if problems else 200)


def _find(request: HttpRequest, actor: Actor, round_: Round) -> "tuple[QuerySet[Any], dict[str, str]]":
    """Return the projects in the county's reserve that meet the filters of the page."""
    asked = {key: request.GET.get(key, "").strip()[:60] for key in ("q", "library", "sector", "ready")}
    rows = reserve.list_files(actor).filter(holder_key=round_.region_key, state=FileState.IN, is_counted=True)
    if asked["q"]:
        rows = reserve.search(rows, asked["q"])
    if asked["library"].isdecimal() and len(asked["library"]) < 18:
        rows = reserve.held_by(rows, int(asked["library"]))
    if asked["sector"]:
        rows = rows.filter(sector=asked["sector"])
    if asked["ready"].isdecimal() and len(asked["ready"]) < 4:
        rows = rows.filter(ready_count__gte=int(asked["ready"]))
    return rows.order_by("-ready_order", "-total_investment_fen", "pk"), asked


@page("selection.remove_candidate", methods=BOTH)
def remove(request: HttpRequest, pk: int, candidate_id: int) -> HttpResponse:
    """移出候选项目."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    row = queries.get_candidate(round_, candidate_id)
    form = REASON.bind(request, subject=candidate_id)

    def save(values: dict[str, Any]) -> str:
        services.remove_candidate(
            round_id=pk, candidate_id=candidate_id, reason=values["selection_reason"], actor=actor
        )
        return _here(round_)

    note = "已交的评分不再计入。项目仍在储备库中。"
    return _run(request, form, save, "移出候选", round_, submit="移出", note=note, chosen=[row.name])


@page("selection.appoint_scorers", methods=BOTH)
def scorers(request: HttpRequest, pk: int) -> HttpResponse:
    """指定评分人: tick posts that hold a role of the card; who has to keep out of what is shown beside."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    card = queries.card_of(round_)
    problems: list[Any] = []
    replaces = request.GET.get("replaces", "")
    if request.method == "POST":
        ids, seats = _numbers(request.POST.getlist("posts")), _numbers(request.POST.getlist("seats"))
        old = _numbers([request.POST.get("replaces", "")])
        try:
            if "experts" in request.POST:
                services.appoint_experts(round_id=pk, seat_ids=seats, actor=actor)
            else:
                services.appoint_scorers(round_id=pk, post_ids=ids, actor=actor, replaces=old[0] if old else None)
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            problems = list(getattr(refusal, "findings", [refusal.as_finding()]))
        else:
            return HttpResponseRedirect(_here(round_))
    known = {row.post_id for row in queries.list_scorers(round_) if row.state == ScorerState.APPOINTED}
    context = {
        "title": "指定评分人", "round": round_, "card": card, "card_basis": marks.of_round(card, round_),
        "groups": _posts(round_, card, known), "problems": problems, "replaces": replaces,
        "experts": _experts(round_) if card.takes_experts else [],
        "draws": experts.list_draws_of(ROUND, pk) if card.takes_experts else [],
        "may_draw": card.takes_experts and actor.may("experts.open_draw", round_.region_key),
        "ticked": set(request.POST.getlist("posts")), "ticked_seats": set(request.POST.getlist("seats")),
        "crumbs": _crumbs(round_, ("指定评分人", None)),
    }  # fmt: skip
    return render(request, "selection/scorers.html", context, status=422 if problems else 200)


def _numbers(texts: Sequence[str]) -> list[int]:
    return [int(one) for one in texts if one.isascii() and one.isdecimal() and len(one) < 18]


def _experts(round_: Round) -> list[dict[str, Any]]:
    """Return the seats of the draws for a round: who sits there, whether he may be appointed, and what to do if not."""
    scoring = {row.seat_id for row in queries.list_scorers(round_) if row.state == ScorerState.APPOINTED}
    seats = [one for one in experts.list_seats_of(ROUND, round_.pk) if one.state != "WAITING"]
    out = panel.count_conflicts(round_, seats)
    taken = panel.people_by_post(round_)
    rows = []
    for one in seats:
        gone = one.state in panel.OUT
        problems = [] if gone or one.seat_id in scoring else panel.check_seat(round_, one, taken)
        rows.append(
            {
                "seat": one, "tone": "off" if gone else "good" if one.state == "ACCEPTED" else "wait",
                "on_paper": not gone and panel.account_of(one) is None,
                "is_in": one.seat_id in scoring, "gone": gone, "problems": problems, "out": out.get(one.seat_id, 0),
                "all": round_.candidates_count > 0 and out.get(one.seat_id, 0) == round_.candidates_count,
            }
        )  # fmt: skip
    return rows


def _posts(round_: Round, card: Scorecard, known: set[int | None]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the posts that may be appointed by role: unit, post, who holds it, of how many candidates it keeps out."""
    roles = {pk: role for pk, role in posts_that_may(round_, card).items() if pk not in known}
    posts = Post.objects.filter(pk__in=roles).select_related("unit").prefetch_related("holdings__person")
    candidates_ = queries.list_candidates(round_)
    groups: dict[str, list[dict[str, Any]]] = {role: [] for role in card.roles}
    today = clock.today()
    for post in sorted(posts, key=lambda one: (one.unit.sort_pinyin, one.pk)):
        people = [
            held.person.name for held in post.holdings.all()
            if held.valid_from <= today and (held.valid_to is None or today < held.valid_to)
        ]  # fmt: skip
        out = sum(
            post.unit_id == row.owner_unit_id or post.unit.name == row.owner_name or post.unit_id in row.declarer_ids
            for row in candidates_
        )
        groups[roles[post.pk]].append(
            {"post": post, "people": "、".join(people), "out": out, "all": out == len(candidates_) > 0}
        )
    labels = rights().roles
    return [(labels.get(role, role), rows) for role, rows in groups.items() if rows]


@page("selection.release_scorer", methods=BOTH)
def release(request: HttpRequest, pk: int, scorer_id: int) -> HttpResponse:
    """免去评分人; then somebody else may take the place."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    row = next((one for one in queries.list_scorers(round_) if one.pk == scorer_id), None)
    if row is None:
        raise NotFound("selection.scorer_missing")
    form = REASON.bind(request, subject=scorer_id)

    def save(values: dict[str, Any]) -> str:
        services.release_scorer(round_id=pk, scorer_id=scorer_id, reason=values["selection_reason"], actor=actor)
        return reverse("selection:scorers", args=[pk], query={"replaces": scorer_id})

    note = "已交的评分不再计入。免去之后可以另外指定一人接替。"
    return _run(request, form, save, "免去评分人", round_, submit="免去", note=note, chosen=[row.name])


@page("selection.start_scoring", methods=("POST",))
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """开始评分."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    rev = request.POST.get("rev", "")
    services.start_scoring(round_id=pk, actor=actor, rev=int(rev) if rev.isdecimal() and len(rev) < 9 else None)
    return HttpResponseRedirect(_here(round_))


@page("selection.settle_round", methods=BOTH)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """确定遴选结果: what is still missing, or the button."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    card = queries.card_of(round_)
    form = SETTLE.bind(request, subject=pk, rev=round_.rev, initial={"occurred_on": clock.today()})
    found = []
    if round_.state == RoundState.SCORING:
        standing = [row for row in queries.list_scorers(round_) if row.state == ScorerState.APPOINTED]
        found = check_settleable(round_, card, queries.list_candidates(round_), standing)

    def save(values: dict[str, Any]) -> str:
        services.settle_round(round_id=pk, actor=actor, rev=form.rev, on=values["occurred_on"])
        return _here(round_)

    note = f"将按{card.label}计算排名，取前 {round_.places} 名中及格的入选，公开全部评分并出具回执。定结果后只能写明事由重新评分。"
    return _run(
        request, form, save, "确定遴选结果", round_, submit="确定结果", note="" if found else note, findings=found[:50]
    )


@page("selection.reopen_round", methods=BOTH)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """重新评分."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    form = REASON.bind(request, subject=pk, rev=round_.rev)

    def save(values: dict[str, Any]) -> str:
        services.reopen_round(round_id=pk, reason=values["selection_reason"], actor=actor, rev=form.rev)
        return _here(round_)

    note = "现在的结果不再有效，原回执会注明已更正；已公开的评分留在账本中。评分人可以更正评分，然后重新定结果。"
    return _run(request, form, save, "重新评分", round_, submit="重新评分", note=note)


@page("selection.cancel_round", methods=BOTH)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """取消遴选批次."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    form = REASON.bind(request, subject=pk, rev=round_.rev)

    def save(values: dict[str, Any]) -> str:
        services.cancel_round(round_id=pk, reason=values["selection_reason"], actor=actor, rev=form.rev)
        return _here(round_)

    note = "评分人的待办将撤回，候选项目可以列入别的批次。"
    return _run(request, form, save, "取消批次", round_, submit="取消批次", note=note)


@page("selection.put_to_meeting", methods=BOTH)
def put_to_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """提请专题会议审定: the candidates whose meeting is still missing, onto the agenda of a meeting in preparation."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    card = queries.card_of(round_)
    lacking = [
        row for row, items in checklists(card, queries.list_candidates(round_))
        if any(item.step.form.value == "MEETING" and item.standing is not Standing.DONE for item in items)
    ]  # fmt: skip
    form = MEETING.bind(request, subject=pk)
    rows = meetings.list_meetings(actor).filter(
        state__in=["DRAFT", "CALLED", "HELD"],
        kind__in=["SPECIAL", "LEADING_GROUP", "EXECUTIVE"],
        region_key=round_.region_key,
    )
    form.fields["meeting_id"].options = [
        (str(row.pk), f"{row.held_on or '时间待定'}　{row.title}") for row in rows.order_by("-held_on", "-pk")[:50]
    ]

    def save(values: dict[str, Any]) -> str:
        services.put_to_meeting(
            project_ids=[row.project_id for row in lacking], meeting_id=int(values["meeting_id"]), actor=actor,
            question=values["meeting_question"] or "",
        )  # fmt: skip
        return reverse("meetings:meeting", args=[values["meeting_id"]])

    note = "下列项目还没有会议审定，各列一项议题；会议办结后，议定结果自动记入项目的步骤。没有合适的会议，先在“会商”中召集。"
    return _run(
        request,
        form,
        save,
        "提请专题会议审定",
        round_,
        submit="列入议程",
        note=note,
        chosen=[row.name for row in lacking],
    )


def _run(
    request: HttpRequest, form: Form, save: Callable[[dict[str, Any]], str], title: str, round_: Round, *, submit: str,
    note: str = "", findings: Sequence[Any] = (), chosen: Sequence[str] = (),
) -> HttpResponse:  # fmt: skip
    context = {
        "title": title, "sub": round_.name, "submit": submit, "cancel": _here(round_), "note": note,
        "findings": findings, "chosen": chosen, "crumbs": _crumbs(round_, (title, None)),
    }  # fmt: skip
    return forms.handle(request, form, save, "selection/form.html", context)


# --- the result -----------------------------------------------------------------------------------------------------


@page("selection.view")
def candidate(request: HttpRequest, pk: int, candidate_id: int) -> HttpResponse:
    """One candidate of a settled round: its score step by step, and who gave what, for who may see it."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    ranking = queries.get_ranking(pk, actor)
    row = next((one for one in ranking.rows if one.candidate_id == candidate_id), None)
    if row is None:
        raise NotFound("selection.candidate_missing")
    found = queries.get_candidate(round_, candidate_id)
    sees = actor.may("selection.view_sheets", round_.region_key)
    context = {
        "title": row.name, "round": round_, "row": row, "card": ranking.card,
        "may_open": bool(projects.list_readable(actor, [row.project_id])),
        "basis": marks.of_rank(ranking.card, round_, row), "result": found.result,
        "dimensions": [
            (one, row.means[one.label], found.result["relative"][one.key], one.level_of(row.means[one.label]))
            for one in ranking.card.dimensions
        ],
        "sheets": marks.of_sheets(
            ranking.card, queries.list_sheets(round_, found, actor), found.result["left_out"]
        ) if sees else None,
        "outcome": "入选" if row.is_chosen else "及格，未入选" if row.passes else "不及格",
        "grouped": receipts.grouped, "crumbs": _crumbs(round_, (row.name, None)),
    }  # fmt: skip
    return render(request, "selection/candidate.html", context)


@page("selection.view")
def find_candidate(request: HttpRequest, candidate_id: int) -> HttpResponse:
    """Go to a candidate known by its own number (decisions name it so)."""
    rows = Candidate.objects.unscoped("the round is tested below").filter(pk=candidate_id)
    round_id = rows.values_list("round_id", flat=True).first()
    if round_id is None:
        raise NotFound("selection.candidate_missing")
    queries.get_round(round_id, actor_of(request))  # its number is not told to who may not read it
    return HttpResponseRedirect(reverse("selection:candidate", args=[round_id, candidate_id]))


@page("selection.view")
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """核对评分: digests and ranking of a settled round, computed again."""
    round_ = queries.get_round(pk, actor_of(request))
    found = services.verify(pk)
    context = {
        "title": "核对评分", "round": round_, "found": found, "grouped": receipts.grouped,
        "crumbs": _crumbs(round_, ("核对评分", None)),
    }  # fmt: skip
    return render(request, "selection/verify.html", context)


@page("selection.export")
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Excel of a settled ranking, with what it rests on in the last row."""
    actor = actor_of(request)
    round_ = queries.get_round(pk, actor)
    actor.require("selection.export", round_.region_key)
    ranking = queries.get_ranking(pk, actor)
    card = ranking.card
    columns = [
        Column("rank", "排名", "int"), Column("name", "项目名称", width=40), Column("region_name", "主管区划"),
        Column("sector", "行业归口"), Column("owner_name", "建设单位", width=24),
        Column("total_investment_fen", "总投资", "wan"), Column("score", "得分", "decimal"),
        *(Column(one.key, f"{one.label}（{one.weight_words}）", "decimal") for one in card.dimensions),
        Column("outcome", "结果"), Column("scorers", "评分人数", "int"), Column("spread", "评分差", "decimal"),
        Column("firm", "稳定度", "percent"), Column("strongest", "较强的维度"), Column("weakest", "较弱的维度"),
    ]  # fmt: skip
    withheld = withhold(round_)
    rows = [
        (
            row.rank, row.name, row.region_name, row.sector, row.owner_name, row.total_investment_fen, row.score,
            *(row.means[one.label] for one in card.dimensions),
            "入选" if row.is_chosen else "及格，未入选" if row.passes else "不及格", row.scorers, row.spread, row.firm,
            row.strongest, row.weakest,
        )
        for row in ranking.rows if row.candidate_id not in withheld
    ]  # fmt: skip
    what = f"遴选结果：{round_.name}（XLSX）"
    trace = traces.record(actor, what, len(rows), {"批次": round_.name}, withheld=withheld)
    said = [
        f"{card.label}（{round_.card_version}）：{card.weights_words}。{card.method_words}。{card.ties_words}。",
        f"定结果日期 {ranking.settled_on}，回执 {receipts.grouped(ranking.receipt)}。", exports.note_of(withheld),
    ]  # fmt: skip
    name = f"遴选结果_{round_.name}_{clock.today():%Y%m%d}.xlsx"
    return exports.send_table(columns, rows, name, "遴选结果", "　".join(part for part in said if part), trace=trace)


def withhold(round_: Round) -> dict[int, str]:
    """Return the candidates that may not go into a file (GO-15), with the rule: by their own texts and their projects'."""
    rows = Candidate.objects.unscoped("of a round that was tested").filter(round=round_, is_removed=False)
    found = exports.withhold_texts(rows, ["name", "region_name", "sector", "owner_name"])
    by_project = withholding.find_withheld(rows.values_list("project_id", flat=True))
    ids = dict(rows.values_list("project_id", "pk"))
    return {**{ids[project_id]: rule for project_id, rule in by_project.items()}, **found}
