"""Pages of lists: draft one or the five, one list with its lines, a form for each act."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.basics.text import read_id
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger import receipts
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.meetings import queries as meetings
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.papers import queries as papers
from gongbu.ground.registers.forms import FormSpec, handle
from gongbu.ground.registers.pages import page, render, render_text
from gongbu.mainline.lists import forms, queries, register, services, telling
from gongbu.mainline.lists.models import LIST, ListItem, ProjectList
from gongbu.mainline.lists.services.ranking import is_current
from gongbu.mainline.lists.services.record import require_state
from gongbu.mainline.lists.system import System, system_of
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.selection import closing
from gongbu.mainline.selection import queries as selection

ACTS = (
    "redraft", "use_ranking", "add_project", "remove_project", "set_item", "send_to_meeting", "put_on_notice", "issue", "withdraw",
)  # fmt: skip
STEPS = ("DRAFT", "IN_MEETING", "SETTLED", "ON_NOTICE", "NOTICED", "ISSUED")


def _crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [("项目清单", reverse("lists:list")), *more]


def _systems(request: HttpRequest) -> list[System]:
    """Return what the packs of the counties that the actor drafts for say about lists (3 queries a county, at most five)."""
    return [
        system_of(region, clock.today())
        for lo, hi in request.actor.ranges("lists.draft")[:5]  # type: ignore[attr-defined]
        for region in Region.objects.filter(key_lo__gte=lo, key_hi__lte=hi, level=Region.Level.COUNTY)[:5]
    ]


def _not_offered(request: HttpRequest, systems: list[System], title: str) -> HttpResponse | None:
    """Say why no list can be drafted where the packs of none of the counties speak of lists; else None."""
    if not systems or any(system.kinds for system in systems):
        return None
    region = systems[0].region
    context = {
        "title": title, "cannot": "不能拟清单", "why": Refusal("lists.no_system", region=region.name),
        "policy_href": reverse("policy:region", args=[region.pk]), "crumbs": _crumbs((title, None)),
    }  # fmt: skip
    return render(request, "not_offered.html", context, status=200 if request.method == "GET" else 409)


@page("lists.draft", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """Draft one list."""
    actor = request.actor  # type: ignore[attr-defined]
    systems = _systems(request)
    if (told := _not_offered(request, systems, "拟清单")) is not None:
        return told
    form = forms.NEW.bind(request, initial={"list_year": clock.today().year})
    labels = {kind.code: kind.label for system in systems for kind in system.kinds.values()}
    form.fields["list_kind"].options = list(labels.items())

    def save(v: dict[str, Any]) -> str:
        row = services.draft_list(region_id=v["list_region"], kind=v["list_kind"], year=v["list_year"], actor=actor)
        return reverse("lists:show", args=[row.pk])

    context = {
        "title": "拟清单", "sub": "按制度包的条件提名，提名只是初稿，可以写明理由选入、移出。",
        "crumbs": _crumbs(("拟清单", None)), "cancel": reverse("lists:list"), "submit": "按条件提名",
    }  # fmt: skip
    return handle(request, form, save, "lists/form.html", context)


@page("lists.draft", methods=("GET", "POST"))
def five(request: HttpRequest) -> HttpResponse:
    """Draft the five lists in one go."""
    actor = request.actor  # type: ignore[attr-defined]
    if (told := _not_offered(request, _systems(request), "一键生成五个清单")) is not None:
        return told
    form = forms.FIVE.bind(request, initial={"list_year": clock.today().year})

    def save(v: dict[str, Any]) -> str:
        services.draft_five(region_id=v["list_region"], year=v["list_year"], actor=actor)
        return reverse("lists:list") + f"?q={v['list_year']}"

    context = {
        "title": "一键生成五个清单", "sub": "已有的清单保持原样。", "crumbs": _crumbs(("一键生成五个清单", None)),
        "cancel": reverse("lists:list"), "submit": "生成",
    }  # fmt: skip
    return handle(request, form, save, "lists/form.html", context)


@page("lists.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: its way to the issue, its lines with reasons, what was taken off, the acts open to the reader."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    items, history = queries.list_items(row), list_for_subject(LIST, row.pk)
    context = {
        "title": row.title,
        "crumbs": _crumbs((row.title, None)),
        "row": row,
        "opens_meeting": meetings.may_open(actor, row.meeting_id),
        "notice_route": notice_route(row, actor),
        "papers": papers.list_readable([pk for pk in (row.paper_id, row.void_paper_id) if pk], actor),
        "on": [item for item in items if item.state == ListItem.State.ON],
        "off": [item for item in items if item.state == ListItem.State.OFF],
        "steps": steps_of(row),
        "tones": register.TONES,
        "stages": dict(Stage.choices),
        "may": {name: actor.may(f"lists.{name}", row.region_key) for name in ACTS},
        "rankings": selection.list_settled(row.region_key) if row.state == ProjectList.State.DRAFT else [],
        "stale": "" if row.state == ProjectList.State.WITHDRAWN or is_current(row) else telling.stale(row),
        "told": telling.last_changes(history),
        "asks": telling.ask_before_redraft(items),
        "sees_ranking": actor.may(selection.VIEW, row.region_key),
        "shows_ranking": row.ranking_id is not None and closing.may_read_ranking(actor, row.ranking_id),
        "receipt": receipts.grouped(row.receipt) if row.receipt else "",
        "history": [(entry, entry_kinds.label(entry.kind)) for entry in history],
    }
    return render(request, "lists/show.html", context)


def notice_route(row: ProjectList, actor: Actor) -> str:
    """Return where the reader finds the list's notice: its desk, or the public page once it was laid open; "" nowhere."""
    state = ProjectList.State
    if row.notice_id is None or row.state not in (state.SETTLED, state.ON_NOTICE, state.NOTICED, state.ISSUED):
        return ""
    if actor.may("notices.view", row.region_key):
        return "notices:manage"
    return "" if row.state == state.SETTLED else "notices:show"


def steps_of(row: ProjectList) -> list[dict[str, Any]]:
    """Return the stage bar of a list; a list that need not be laid open has no such steps."""
    state = ProjectList.State
    wanted = [s for s in STEPS if row.needs_notice or s not in (state.ON_NOTICE, state.NOTICED)]
    at = wanted.index(row.state) if row.state in wanted else -1
    days = {"DRAFT": row.drafted_on, "SETTLED": row.settled_on, "ON_NOTICE": row.notice_from, "NOTICED": row.notice_to,
            "ISSUED": row.issued_on}  # fmt: skip
    return [
        {"label": str(state(s).label), "state": "done" if n < at or s == row.state == state.ISSUED else "now" if n == at else "todo",
         "on": days.get(s) or ""}
        for n, s in enumerate(wanted)
    ]  # fmt: skip


def _act(
    request: HttpRequest,
    row: ProjectList,
    act: str,
    spec: FormSpec,
    title: str,
    save: Callable[[dict[str, Any], int | None], object],
    *,
    sub: str = "",
    options: dict[str, Any] | None = None,
    note: str = "",
    required: tuple[str, ...] = (),
    shown_rev: int | None = None,
    **initial: Any,
) -> HttpResponse:
    """Run the form of one act on a list, then go back to its page. ``shown_rev``: that of a line instead of the list's."""
    actor = request.actor  # type: ignore[attr-defined]
    actor.require(act, row.region_key)
    if request.method == "GET":
        require_state(row, act)  # no form that could only be refused
    here = reverse("lists:show", args=[row.pk])
    form = spec.bind(request, initial=initial, subject=row.pk, rev=row.rev if shown_rev is None else shown_rev)
    for key, choices in (options or {}).items():
        form.fields[key].options = choices
    for key in required:
        form.fields[key].is_required = True

    def go(values: dict[str, Any]) -> str:
        save(values, form.rev)
        return here

    context = {
        "title": title, "sub": sub or row.title, "note": note, "crumbs": _crumbs((row.title, here), (title, None)),
        "cancel": here, "submit": title,
    }  # fmt: skip
    return handle(request, form, go, "lists/form.html", context)


@page("lists.redraft", methods=("POST",))
def redraft(request: HttpRequest, pk: int) -> HttpResponse:
    """Nominate anew; the page then says what came on, fell off and stayed."""
    services.redraft(list_id=pk, actor=request.actor, rev=read_id(request.POST.get("rev", "")))  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("lists:show", args=[pk]))


@page("lists.use_ranking", methods=("GET", "POST"))
def ranking(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the settled ranking that a draft follows."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    found = sorted(selection.list_settled(row.region_key), key=lambda one: one.year != row.year)
    options = [
        (str(one.id), f"{one.name}（{one.candidates} 个候选，选 {one.places} 个，{one.settled_on} 定结果）")
        for one in found
    ]
    return _act(
        request, row, "lists.use_ranking", forms.RANKING, "选用择优排名",
        lambda v, rev: services.use_ranking(
            list_id=pk, round_id=int(v["list_ranking"]) if v["list_ranking"] else None, actor=actor, rev=rev
        ),
        options={"list_ranking": options}, list_ranking=str(row.ranking_id) if row.ranking_id else "",
        note="入选而不在清单上的项目将列入，参加排名的按名次排在前面；手工选入、移出的不变。不选批次则恢复按条件的次序。",
    )  # fmt: skip


@page("lists.add_project", methods=("GET", "POST"))
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a project on."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)

    def save(v: dict[str, Any], rev: int | None) -> object:
        found, near = projects.find_meant(v["list_project"], row.region.key_lo, row.region.key_hi, actor)
        if found is None:
            data = {"typed": v["list_project"], "near": "、".join(near) or "没有相近的"}
            raise InvalidInput([Finding("lists.project_unknown", data, "list_project", Severity.REJECT)])
        return services.add_project(list_id=pk, project_id=found, reason=v["list_reason"], actor=actor, rev=rev)

    return _act(request, row, "lists.add_project", forms.ADD, "选入项目", save)


def _item(row: ProjectList, project_id: int) -> ListItem | None:
    return row.lines.filter(project_id=project_id).first()


@page("lists.remove_project", methods=("GET", "POST"))
def remove(request: HttpRequest, pk: int, project_id: int) -> HttpResponse:
    """Take a project off."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    item = _item(row, project_id)
    return _act(
        request, row, "lists.remove_project", forms.REASON, "移出清单",
        lambda v, rev: services.remove_project(
            list_id=pk, project_id=project_id, reason=v["list_reason"], actor=actor, rev=rev
        ),
        sub=item.name if item else "",
    )  # fmt: skip


@page("lists.set_item", methods=("GET", "POST"))
def fill(request: HttpRequest, pk: int, project_id: int) -> HttpResponse:
    """Fill in one line."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    item = _item(row, project_id)
    return _act(
        request, row, "lists.set_item", forms.ITEM, "填写清单内容",
        lambda v, rev: services.set_item(
            list_id=pk, project_id=project_id, duty_unit=v["list_duty_unit"], year_fen=v["list_year_fen"], actor=actor,
            rev=rev,
        ),
        sub=item.name if item else "", shown_rev=item.rev if item else 0, list_duty_unit=item.duty_unit if item else "",
        list_year_fen=item.year_fen if item else None,
    )  # fmt: skip


@page("lists.send_to_meeting", methods=("GET", "POST"))
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the list on an agenda."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    return _act(
        request, row, "lists.send_to_meeting", forms.MEETING, "提请会商",
        lambda v, rev: services.send_to_meeting(list_id=pk, meeting_id=int(v["list_meeting"]), actor=actor, rev=rev),
        options={"list_meeting": queries.list_open_meetings(actor, row.region_key)},
        note="没有合适的会议时，先在“会商”里筹备一次，再回来提请。",
    )  # fmt: skip


@page("lists.put_on_notice", methods=("GET", "POST"))
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft the notice of a settled list."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    return _act(
        request, row, "lists.put_on_notice", forms.NOTICE, "拟公示稿",
        lambda v, rev: services.put_on_notice(
            list_id=pk, contact=v["list_contact"], period=v["notice_period"], actor=actor, rev=rev
        ),
        note="生成公示稿后，到“公示”页面核对并发布；公示期满办结后回来印发。",
    )  # fmt: skip


@page("lists.issue", methods=("GET", "POST"))
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the list."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_list(pk, actor)
    noticed = row.state == ProjectList.State.NOTICED
    return _act(
        request, row, "lists.issue", forms.ISSUE, "印发清单",
        lambda v, rev: services.issue(
            list_id=pk, contact=v["list_contact"], report_by=v["list_report_by"], actor=actor, rev=rev
        ),
        note="按本单位文号编号，生成公文版式的 PDF 和 DOCX，附清单和回执；印发后不能改动，只能作废重来。",
        required=("list_report_by",) if noticed else (),
    )  # fmt: skip


@page("lists.withdraw", methods=("GET", "POST"))
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw the list."""
    actor = request.actor  # type: ignore[attr-defined]
    return _act(
        request, queries.get_list(pk, actor), "lists.withdraw", forms.REASON, "作废",
        lambda v, rev: services.withdraw(list_id=pk, reason=v["list_reason"], actor=actor, rev=rev),
    )  # fmt: skip


def render_panel(request: HttpRequest, project: Any) -> str:
    """Return the 清单 tab of a project page."""
    context = {
        "standings": queries.list_standings(project.pk), "tones": register.TONES,
        "may_open": request.actor.may("lists.view"),  # type: ignore[attr-defined]
    }  # fmt: skip
    return Markup(render_text(request, "lists/panel.html", context))  # noqa: S704 — a rendered template
