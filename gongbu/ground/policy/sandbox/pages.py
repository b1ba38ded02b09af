"""Pages of trials: open one, see what it changes and what that comes to, replay, adopt or discard."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.text import read_id
from gongbu.ground.jobs import queries as job_queries
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.reading import PackFaults
from gongbu.ground.policy.rules.policy import Pack
from gongbu.ground.policy.sandbox import editing, editions, following, register, services, showing
from gongbu.ground.policy.sandbox.models import Trial, TrialRow
from gongbu.ground.policy.schemas import SUBJECTS
from gongbu.ground.registers.pages import actor_of, page, posted_rev, render

CRUMBS: list[tuple[str, str | None]] = [("制度包", "/policy/"), ("制度沙盘", "/policy/sandbox/")]


@page(services.TRY, methods=("GET", "POST"))
def open_trial(request: HttpRequest) -> HttpResponse:
    """Choose region and pack, or bring an edited folder along as a ZIP file."""
    actor = actor_of(request)
    packs = policy_queries.all_packs()
    regions = _regions(actor)
    problem, typed = "", request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        try:
            trial = _open(request, actor, packs)
            return HttpResponseRedirect(reverse("sandbox:trial", args=[trial.pk]))
        except NotAllowed:
            raise
        except Refusal as refusal:
            problem = word(refusal)
        except PackFaults as error:
            problem = str(error.faults[0])
    context = {
        "packs": [(key, f"{pack.label} {pack.version}{'（本地版本）' if pack.is_stored else ''}") for key, pack in packs.items()],
        "subjects": [(key, label) for key, label in SUBJECTS.items() if key != "LAW"],
        "regions": regions,
        "typed": typed,
        "today": clock.today(),
        "problem": problem,
        "crumbs": [*CRUMBS, ("新建试行草稿", None)],
    }  # fmt: skip
    return render(request, "sandbox/open.html", context, status=422 if problem else 200)


def _regions(actor: Actor) -> list[Region]:
    los = [lo for lo, _hi in actor.ranges(services.TRY)]
    found = list(Region.objects.filter(key_lo__in=los, valid_to=None).order_by("key_lo"))
    for one in list(found):
        found += Region.objects.filter(parent=one, valid_to=None).order_by("key_lo")[:200]
    return found


def _open(request: HttpRequest, actor: Actor, packs: Any) -> Trial:
    files = None
    if (upload := request.FILES.get("file")) is not None:
        if (upload.size or 0) > editions.MAX_ARCHIVE_BYTES:
            raise editions.too_large(editions.MAX_ARCHIVE_BYTES)
        files = editions.read_archive(upload.read())
    base = request.POST.get("base", "")
    pack: Pack | None = packs.get(base)
    subject = request.POST.get("subject", "")
    if pack is not None and subject not in pack.subjects:
        subject = pack.subjects[0]
    return services.open_trial(
        region_id=read_id(request.POST.get("region", "")) or 0, subject=subject, base=base,
        name=request.POST.get("name", "").strip() or f"{pack.label if pack else base}试行", on=_day(request, "on"),
        actor=actor, files=files,
    )  # fmt: skip


def _day(request: HttpRequest, name: str) -> date:
    try:
        return date.fromisoformat(request.POST.get(name, "").strip())
    except ValueError:
        raise Refusal("sandbox.no_day", found=request.POST.get(name, "")[:20]) from None


@page(services.VIEW)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One trial: result first, then what it changes and, for who may try, what else can be changed."""
    actor = actor_of(request)
    trial = services.get_trial(pk, actor, right=services.VIEW)
    return render(request, "sandbox/trial.html", _context(request, trial, actor))


def _context(request: HttpRequest, trial: Trial, actor: Actor, problem: str = "") -> dict[str, Any]:
    far, checked = _progress(trial), services.check(trial)
    pack = checked.trial or checked.base
    words = request.GET.get("q", "").strip()[:60]
    parameters = list(pack.parameters.values()) if pack else []
    return {
        "trial": trial,
        "problem": problem,
        "checked": checked,
        "faults": showing.faults([*checked.faults, *checked.cases]),
        "is_faulty": bool(checked.faults),
        "changes": showing.changes(checked),
        "sources": showing.result(trial),
        "outcomes": showing.parameters(trial),
        "left_alone": showing.left_alone(trial),
        "adopted_for": [SUBJECTS[one] for one in services.subjects_of(trial, trial.on)] if trial.is_open else [],
        "tables": [versions[-1] for versions in pack.tables.values()] if pack else [],
        "parameters": [
            (one, one.value_words(one.versions[-1]))
            for one in parameters
            if all(part in f"{one.key} {one.label}".lower() for part in words.lower().split())
        ],
        "words": words,
        "may_try": services.may_see(actor, trial.region_key),
        "may_adopt": services.may_see(actor, trial.region_key, "policy.adopt") and services.is_adoptable(trial),
        "is_adoptable": services.is_adoptable(trial),
        "subject_label": SUBJECTS.get(trial.subject, trial.subject),
        "state_tone": register.STATE_TONES[trial.state],
        "progress": far,
        "day": services.day_of(trial, checked),
        "crumbs": [*CRUMBS, (trial.name, None)],
    }


def _progress(trial: Trial) -> tuple[int, int] | None:
    """Return how far the replay is, or None when none runs; one whose job is gone is shown as failed (nothing is saved)."""
    if trial.replay_state != Trial.Replay.RUNNING:
        return None
    job = job_queries.get_job(trial.job_id) if trial.job_id else None
    if job is None or job.status not in ("READY", "RUNNING"):
        trial.replay_state, trial.trouble = Trial.Replay.FAILED, "试算中断了，没有改动任何数据；请再试算一次。"
        return None
    return job.done, job.total or 0


@page(services.VIEW)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the replay is; asks again every second until it is done."""
    trial = services.get_trial(pk, actor_of(request), right=services.VIEW)
    far = _progress(trial)
    if far is None:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("sandbox:trial", args=[pk])})
    return render(request, "sandbox/progress.html", {"trial": trial, "done": far[0], "total": far[1]})


@page(services.TRY, methods=("POST",))
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Replay: at once when there is little to ask, else behind the page."""
    actor = actor_of(request)
    trial = services.get_trial(pk, actor)
    try:
        following.start(trial, actor)
    except Refusal as refusal:
        return render(request, "sandbox/trial.html", _context(request, trial, actor, word(refusal)), status=409)
    return HttpResponseRedirect(reverse("sandbox:trial", args=[pk]))


@page(services.TRY, methods=("POST",))
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a trial up."""
    services.discard_trial(trial_id=pk, actor=actor_of(request))
    return HttpResponseRedirect(reverse("sandbox:list"))


@page(services.TRY, methods=("POST",))
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one change back."""
    actor = actor_of(request)
    what, _, key = request.POST.get("what", "").partition(":")
    trial = services.get_trial(pk, actor)
    take_back = editing.without_table if what == "table" else editing.without_value
    try:
        services.change(
            trial_id=pk, rev=posted_rev(request) or 0, change=lambda files: take_back(files, key), actor=actor
        )
    except KeyError:
        raise NotFound("policy.unknown_key", key=key) from None
    except Refusal as refusal:
        return render(request, "sandbox/trial.html", _context(request, trial, actor, word(refusal)), status=409)
    return HttpResponseRedirect(reverse("sandbox:trial", args=[pk]))


@page("policy.adopt", methods=("GET", "POST"))
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of the act 采用试行制度."""
    actor = actor_of(request)
    trial = services.get_trial(pk, actor)
    services.require(actor, trial.region_key, "policy.adopt")
    problem = ""
    if request.method == "POST":
        try:
            services.adopt_trial(
                trial_id=pk, rev=posted_rev(request) or 0, effective_from=_day(request, "effective_from"),
                document_number=request.POST.get("document_number", ""),
                document_title=request.POST.get("document_title", "")[:120],
                reason=request.POST.get("reason", "")[:300],
                is_checked=request.POST.get("is_checked") == "true", actor=actor,
            )  # fmt: skip
            return HttpResponseRedirect(reverse("policy:region", args=[trial.region_id]))
        except NotAllowed:
            raise
        except Refusal as refusal:
            problem = word(refusal)
    context = {
        "trial": trial,
        "changes": showing.changes(services.check(trial)),
        "subjects": [SUBJECTS[one] for one in services.subjects_of(trial, trial.on)],
        "typed": request.POST,
        "said": showing.said(trial),
        "problem": problem,
        "crumbs": [*CRUMBS, (trial.name, reverse("sandbox:trial", args=[pk])), ("采用", None)],
    }
    return render(request, "sandbox/adopt.html", context, status=409 if problem else 200)


@page(services.VIEW)
def show_row(request: HttpRequest, pk: int) -> HttpResponse:
    """One record that would change: both answers with row, basis and the facts they rest on."""
    actor = actor_of(request)
    row = TrialRow.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound("sandbox.row_missing")
    trial = services.get_trial(row.trial_id, actor, right=services.VIEW)
    before, after = showing.answers(trial, row)
    context = {
        "row": row,
        "trial": trial,
        "sides": [("现行", before), ("试行", after)],
        "facts": showing.facts(row),
        "subject_link": showing.subject_link(row),
        "source": _source_label(row),
        "crumbs": [*CRUMBS, (trial.name, reverse("sandbox:trial", args=[trial.pk])), (row.name or "会变的事项", None)],
    }
    return render(request, "sandbox/row.html", context)


def _source_label(row: TrialRow) -> str:
    from gongbu.ground.policy.sandbox import sources

    return sources.label_of(row.source)
