"""Pages of likeness: the check behind a name, the panel of a project, deciding a pair."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.basics.money import as_wan
from gongbu.ground.basics.text import read_id
from gongbu.ground.ledger import receipts
from gongbu.ground.registers.forms import FormSpec, Step, handle
from gongbu.ground.registers.jinja import NOT_REPORTED
from gongbu.ground.registers.pages import page, render_text
from gongbu.mainline.likeness import entry, queries, report_pages, services, showing
from gongbu.mainline.likeness.choices import PairState, Verdict
from gongbu.mainline.likeness.messages import say
from gongbu.mainline.likeness.models import Pair
from gongbu.mainline.projects import access
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects import traits as known
from gongbu.mainline.projects.models import Project

DECIDE = FormSpec(
    "likeness.decide",
    [Step("", ["likeness_verdict", "likeness_reason"])],
    required=["likeness_verdict"],
    keeps_draft=False,
)


@page("projects.create")
def check(request: HttpRequest) -> HttpResponse:
    """What is like a project with the name being typed (an htmx fragment behind the name field)."""
    texts = {key: request.GET.get(key, "")[:300] for key in entry.WATCHED}
    return HttpResponse(entry.render(request, texts, request.GET))


def render_panel(request: HttpRequest, project: Project) -> str:
    """Return the 查重 tab of a project page: what people said, what waits, what the rules find today."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    pairs = {pair.other(project.pk): pair for pair in queries.pairs_of(project.pk)}
    visible = projects.get_visible_ids(pairs, actor) if pairs else set()
    said = [pair for pair in pairs.values() if pair.verdict and pair.other(project.pk) in visible]
    (traits,) = known.list_traits([project.pk], with_hidden=True) or (None,)
    seen = queries.find_for(actor, queries.as_question(traits), most=20) if traits else None
    spoken = {pair.other(project.pk) for pair in said}
    found = [row for row in seen.rows if row.project_id not in spoken] if seen else []
    context = {
        "project": project,
        "said": [_said(pair, project) for pair in said],
        "strong": [row for row in found if row.is_strong],
        "similar": [row for row in found if not row.is_strong],
        "hidden": seen.hidden if seen else 0,
        "basis": showing.basis_of(seen.stated) if seen else None,
        "is_live": traits is not None,
        "may_decide": access.may(actor, "likeness.decide", project),
        "may_confirm": access.may(actor, "likeness.confirm", project),
        "may_merge": access.may(actor, "projects.merge", project),
        "say": showing,
        "reports": report_pages.card_of(request, project),
    }
    return Markup(render_text(request, "likeness/panel.html", context))  # noqa: S704 — our own template


def _said(pair: Pair, project: Project) -> dict[str, Any]:
    other = pair.b if pair.a_id == project.pk else pair.a
    return {
        "pair": pair,
        "other": other,
        "verdict": showing.VERDICT_LABELS[pair.verdict],
        "state": PairState(pair.state).label,
        "tone": showing.STATE_TONES[pair.state],
        "is_stated": pair.state == PairState.STATED,
        "is_same": pair.verdict == Verdict.SAME,
        "both_live": project.state == "ACTIVE" and other.state == "ACTIVE",
        "receipt": receipts.grouped(pair.receipt) if pair.receipt else "",
    }


@page("likeness.decide", methods=("GET", "POST"))
def decide(request: HttpRequest, project_id: int, other_id: int) -> HttpResponse:
    """Two projects beside each other, the reasons, and the form that says what they are to each other."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    project, other = projects.get_project(project_id, actor), projects.get_project(other_id, actor)
    if project.pk == other.pk:
        raise NotFound("likeness.not_found")
    access.require(actor, "likeness.decide", project)
    pair = queries.get_pair(project_id, other_id)
    initial = {"likeness_verdict": pair.verdict, "likeness_reason": pair.reason} if pair else {}
    form = DECIDE.bind(request, initial=initial, subject=f"{project_id}-{other_id}", rev=pair.rev if pair else None)
    back = f"{reverse('projects:show', args=[project_id])}?tab=likeness"

    def save(values: dict[str, Any]) -> str:
        services.decide(
            project_id=project_id, other_id=other_id, verdict=values["likeness_verdict"], reason=values["likeness_reason"] or "",
            actor=actor, rev=form.rev if pair else None,
        )  # fmt: skip
        return back

    both = {t.id: t for t in known.list_traits([project_id, other_id], with_hidden=True)}
    judgement = None
    stated = queries.stated_limits(project.region_key)
    if len(both) == 2:
        judgement = queries.compare_projects(both[project_id], both[other_id], stated.limits)
    context = {
        "title": "认定相似项目",
        "crumbs": [("相似项目", reverse("likeness:list")), (project.name, back), ("认定", None)],
        "project": project,
        "other": other,
        "rows": _beside(project, other),
        "judgement": judgement,
        "reasons": [say(e) for e in judgement.evidence] if judgement else [],
        "basis": showing.basis_of(stated),
        "is_final": access.may(actor, "likeness.confirm", project),
        "cancel": back,
        "say": showing,
    }
    return handle(request, form, save, "likeness/decide.html", context)


def _beside(one: Project, other: Project) -> list[tuple[str, str, str, bool]]:
    """Return (label, one, other, whether they differ) of what tells projects apart."""

    def shown(project: Project) -> list[str]:
        total = (
            as_wan(project.total_investment_fen) + " 万元" if project.total_investment_fen is not None else NOT_REPORTED
        )
        start = project.planned_start_on
        return [
            project.name, project.competent_region.name, project.owner_name or NOT_REPORTED, project.location or NOT_REPORTED,
            project.content or NOT_REPORTED, total, project.get_stage_display(), f"{start:%Y-%m}" if start else NOT_REPORTED,
            project.created_on.isoformat(),
        ]  # fmt: skip

    labels = ("项目名称", "主管区划", "建设单位", "建设地点", "建设内容", "总投资", "阶段", "计划开工", "建档日期")
    return [(label, a, b, a != b) for label, a, b in zip(labels, shown(one), shown(other), strict=True)]


@page("likeness.confirm", methods=("POST",))
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm what an applicant said of two projects."""
    rev = request.POST.get("rev", "")
    pair = services.confirm(pair_id=pk, actor=request.actor, rev=read_id(rev))  # type: ignore[attr-defined]
    project_id = request.POST.get("project", "")
    here = int(project_id) if read_id(project_id) in (pair.a_id, pair.b_id) else pair.b_id
    return HttpResponseRedirect(f"{reverse('projects:show', args=[here])}?tab=likeness")
