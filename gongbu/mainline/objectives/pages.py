"""Pages of plans: one plan with the cover of its objectives, adding plans and objectives, linking a project."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.registers.forms import handle
from gongbu.ground.registers.pages import page, render, render_text
from gongbu.mainline.objectives import forms, queries, rules, services
from gongbu.mainline.objectives.models import PLAN
from gongbu.mainline.objectives.rules import Cover
from gongbu.mainline.projects import access
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects.choices import Stage

TONES = {Cover.UNCOVERED: "warn", Cover.COVERED: "good", Cover.CROWDED: "bad"}


def _crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [("规划目标", reverse("objectives:list")), *more]


@page("objectives.record_plan", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """Record a plan."""
    form = forms.PLAN.bind(request)

    def save(values: dict[str, Any]) -> str:
        plan = services.record_plan(
            region_id=values["plan_region"], kind=values["plan_kind"], name=values["plan_name"],
            from_year=values["plan_from_year"], to_year=values["plan_to_year"],
            document_number=values["plan_document_number"] or "", issuer=values["plan_issuer"] or "",
            actor=request.actor,  # type: ignore[attr-defined]
        )  # fmt: skip
        return reverse("objectives:add", args=[plan.pk])

    context = {"title": "登记规划", "crumbs": _crumbs(("登记规划", None)), "cancel": reverse("objectives:list")}
    return handle(request, form, save, "objectives/form.html", context)


@page("objectives.set_objectives", methods=("GET", "POST"))
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Paste objectives into a plan, all or none."""
    actor = request.actor  # type: ignore[attr-defined]
    plan = queries.get_plan(pk, actor)
    actor.require("objectives.set_objectives", plan.region_key)
    form = forms.OBJECTIVES.bind(request, subject=pk, rev=plan.rev)

    def save(values: dict[str, Any]) -> str:
        read = rules.read_objectives(values["objectives"])
        if read.findings:
            raise InvalidInput(read.findings)
        services.set_objectives(plan_id=pk, objectives=read.objectives, actor=actor, rev=form.rev)
        return reverse("objectives:plan", args=[pk])

    back = reverse("objectives:plan", args=[pk])
    context = {
        "title": "登记目标",
        "sub": plan.name,
        "crumbs": _crumbs((plan.name, back), ("登记目标", None)),
        "cancel": back,
    }
    return handle(request, form, save, "objectives/form.html", context)


@page("objectives.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: each objective with its cover and the projects that answer it."""
    return _show(request, pk)


def _show(request: HttpRequest, pk: int, problem: str = "", status: int = 200) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    plan = queries.get_plan(pk, actor)
    coverage = queries.get_coverage(plan, actor)
    wanted = request.GET.get("cover", "")
    chosen = Cover(wanted) if wanted in Cover.__members__ else None
    here = reverse("objectives:plan", args=[pk])
    context = {
        "title": plan.name,
        "crumbs": _crumbs((plan.name, None)),
        "plan": plan,
        "rows": [row for row in coverage.rows if chosen is None or row.cover == chosen],
        "tabs": [("全部", here, len(coverage.rows), chosen is None)]
        + [(cover.label, f"{here}?cover={cover}", coverage.counts[cover], cover == chosen) for cover in Cover],
        "tones": TONES,
        "stages": dict(Stage.choices),
        "crowded": queries.crowded_basis(coverage.crowded_from),
        "may_add": plan.state == plan.State.IN_FORCE and actor.may("objectives.set_objectives", plan.region_key),
        "may_end": plan.state == plan.State.IN_FORCE and actor.may("objectives.end_plan", plan.region_key),
        "history": [(row, entry_kinds.label(row.kind)) for row in list_for_subject(PLAN, plan.pk)],
        "problem": problem,
    }
    return render(request, "objectives/plan.html", context, status=status)


@page("objectives.end_plan", methods=("POST",))
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a plan."""
    try:
        services.end_plan(plan_id=pk, reason=request.POST.get("reason", "")[:200], actor=request.actor)  # type: ignore[attr-defined]
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return _show(request, pk, word(refusal), refusal.status)
    return HttpResponseRedirect(reverse("objectives:plan", args=[pk]))


def render_panel(request: HttpRequest, project: Any) -> str:
    """Return the 规划目标 tab of a project page."""
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "project": project,
        "answers": queries.list_answers(project.pk),
        "may_link": access.may(actor, "objectives.link", project),
        "may_unlink": access.may(actor, "objectives.unlink", project),
        "may_view_plan": actor.may("objectives.view"),
    }
    return Markup(render_text(request, "objectives/panel.html", context))  # noqa: S704 — a rendered template


def _tab(project_id: int) -> str:
    return reverse("projects:show", args=[project_id]) + "?tab=objectives"


@page("objectives.link", methods=("GET", "POST"))
def link(request: HttpRequest, project_id: int) -> HttpResponse:
    """Link a project to an objective."""
    actor = request.actor  # type: ignore[attr-defined]
    project = projects.get_project(project_id, actor)
    access.require(actor, "objectives.link", project)
    choices = queries.list_choices(project)
    form = forms.LINK.bind(request, subject=project_id)
    form.fields["objective_id"].options = choices

    def save(values: dict[str, Any]) -> str:
        services.link(
            project_id=project_id, objective_id=int(values["objective_id"]), actor=actor,
            contribution=values["objective_contribution"], amount=values["objective_amount"],
        )  # fmt: skip
        return _tab(project_id)

    context = {
        "title": "挂接规划目标", "sub": project.name, "cancel": _tab(project_id), "choices": choices,
        "crumbs": [(project.name, _tab(project_id)), ("挂接规划目标", None)],
    }  # fmt: skip
    return handle(request, form, save, "objectives/link.html", context)


@page("objectives.unlink", methods=("POST",))
def unlink(request: HttpRequest, project_id: int, objective_id: int) -> HttpResponse:
    """End a link."""
    services.unlink(
        project_id=project_id, objective_id=objective_id, reason=request.POST.get("reason", "")[:200],
        actor=request.actor,  # type: ignore[attr-defined]
    )  # fmt: skip
    return HttpResponseRedirect(_tab(project_id))
