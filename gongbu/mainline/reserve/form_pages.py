"""Forms of the reserve: declare, handle a step, supplement, indicators, renew, withdraw, hand over, select."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.meetings.queries import ItemOf
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers import forms
from gongbu.ground.registers.forms import Form, FormSpec, Step
from gongbu.ground.registers.pages import actor_of, page, render
from gongbu.mainline.projects import access as project_access
from gongbu.mainline.projects import at_entry
from gongbu.mainline.projects import queries as project_queries
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve import agenda, asking, doubts, group, marks, pages, queries, services
from gongbu.mainline.reserve.choices import EntryState, LibraryKind, Verdict
from gongbu.mainline.reserve.choices import Step as PathStep
from gongbu.mainline.reserve.models import LibraryEntry
from gongbu.mainline.reserve.rules.checks import Point
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.services.reviewing import clause_of
from gongbu.mainline.reserve.system import CASES, POINTS, PRIORITIES, System, holder_of, system_of

BOTH = ("GET", "POST")
Save = Callable[[dict[str, Any]], str]
_PROJECT = (
    "funding_nature", "works_type", "construction_nature", "industry_code", "location", "content", "total_investment_fen",
    "funding_text", "planned_start_on", "planned_finish_on",
)  # fmt: skip
_REPEATS = (
    "leading_group_case",
    "indicator_baseline",
    "indicator_target",
    "indicator_unfit",
    "check_result",
    "check_opinion",
)
# What an existing file is asked for when it lacks it; the rest of what it lacks can wait.
_ASKED_AGAIN = ("industry_code", "location", "content", "total_investment_fen", "funding_text", "planned_start_on")

DECLARE = FormSpec(
    "reserve.declare",
    [
        Step("基本信息", ["name", "competent_region_id", "owner_name", "funding_nature", "early_stage", "reserve_library_id",
                      "industry_chain_id"]),
        Step("建设内容与投资", ["works_type", "construction_nature", "industry_code", "location", "content",
                       "total_investment_fen", "funding_text", "planned_start_on", "planned_finish_on"]),
        Step("说明", ["project_code", "declared_level", "reserve_note", "occurred_on"]),
    ],
    required=["early_stage", "total_investment_fen", "reserve_library_id"],
    repeats=_REPEATS,
)  # fmt: skip
AGAIN = FormSpec(
    "reserve.declare_existing",
    [
        Step(
            "申报",
            ["reserve_library_id", "industry_chain_id", "early_stage", *_ASKED_AGAIN, "reserve_note", "occurred_on"],
        )
    ],
    required=["total_investment_fen"],
    repeats=_REPEATS,
)
HANDLE = FormSpec(
    "reserve.handle",
    [Step("结论", ["review_verdict", "review_document", "opinion_text", "refusal_clause", "occurred_on"])],
    required=["review_verdict"],
    repeats=_REPEATS,
)
RESUBMIT = FormSpec("reserve.resubmit", [Step("", ["reserve_note", "occurred_on"])])
TARGETS = FormSpec("reserve.set_targets", [Step("", ["occurred_on"])], repeats=_REPEATS)
RENEW = FormSpec("reserve.renew", [Step("", ["reserve_note", "occurred_on"])])
WITHDRAW = FormSpec(
    "reserve.withdraw", [Step("", ["reserve_library_id", "reserve_reason", "occurred_on"])],
    required=["reserve_library_id", "reserve_reason"],
)  # fmt: skip
ALL_LIBRARIES = "ALL"
TRANSFER = FormSpec(
    "reserve.transfer", [Step("", ["reserve_library_id", "reserve_reason", "occurred_on"])],
    required=["reserve_library_id", "reserve_reason"],
)  # fmt: skip
PRIORITY = FormSpec(
    "reserve.set_priority", [Step("", ["priority_name", "priority_state", "occurred_on", "priority_note"])],
    required=["priority_name", "priority_state"],
)  # fmt: skip
SELECT = FormSpec("reserve.select", [Step("", ["reserve_reason", "occurred_on"])], required=["reserve_reason"])


# --- declare ---------------------------------------------------------------------------------------------------------


@page("reserve.declare", methods=BOTH)
def declare(request: HttpRequest) -> HttpResponse:
    """申报项目: a new project, declared in one go (``?region=`` another county in sight)."""
    actor = actor_of(request)
    wanted = request.GET.get("region", "")
    holder = queries.find_holder(
        actor, int(wanted) if wanted.isdecimal() and len(wanted) < 18 else None, "reserve.declare"
    )
    if holder is None:
        raise NotFound("policy.region_missing", region=wanted)
    system = system_of(holder, clock.today())
    if not system.is_adopted:
        return _not_offered(request, system, "申报储备项目")
    initial, origins = asking.known_of(actor, holder)
    form = DECLARE.bind(request, initial=initial, origins=origins, doubts=partial(doubts.of_form, system=system))
    asking.offer_libraries(form, holder, actor)
    asking.ask_cases(form, system)
    asking.ask_targets(form, system, {})
    at_entry.ask(request, form)

    def save(values: dict[str, Any]) -> str:
        library_id = asking.library_of(form, values)
        at_entry.before(request, values)
        region = Region.objects.select_related("parent").get(pk=values.pop("competent_region_id"))
        values.pop("reserve_library_id", None), values.pop("industry_chain_id", None)
        level = values.pop("declared_level") or ""
        on, note, code = values.pop("occurred_on"), values.pop("reserve_note"), values.pop("project_code")
        cases, targets = asking.cases_of(form, system), asking.targets_of(form, system)
        new = projects.NewProject(
            region, {"stage": Stage.RESERVE.value, **asking.sector_of(form, library_id), **asking.facts_of(values)}, code or "",
            declared_level={"OPEN": "公开", "INNER": "内部"}.get(level, level),
        )  # fmt: skip
        entry = services.declare(
            library_id=library_id, new=new, actor=actor, cases=cases, targets=targets, note=note or "", on=on
        )
        at_entry.after(request, entry.project)
        return _address(entry.project_id)

    intro = "新谋划的项目在这里建档并申报。已在项目库的，从项目页的“储备”页签申报，不重复填写。"
    return _run(request, form, save, "申报储备项目", intro=intro, submit="提交申报", system=system)


@page("reserve.declare", methods=BOTH)
def declare_existing(request: HttpRequest, project_id: int) -> HttpResponse:
    """申报入库: a project on file; only what the file lacks is asked."""
    actor = actor_of(request)
    project = project_queries.get_project(project_id, actor)
    holder = holder_of(project.competent_region)
    system = system_of(holder, clock.today())
    if not system.is_adopted:
        return _not_offered(request, system, "申报入库", project)
    targets = {row.indicator: row for row in queries.list_targets(project.pk)}
    form = AGAIN.bind(
        request, subject=project.pk, rev=project.rev, doubts=partial(doubts.of_form, system=system, project=project)
    )
    lacks = [
        key
        for key in _ASKED_AGAIN
        if getattr(project, key) in (None, "") and project_access.may(actor, "projects.update", project)
    ]
    asks_early = (
        project.stage == Stage.RESERVE
        and not project.early_stage
        and project_access.may(actor, "projects.set_stage", project)
    )
    _keep_only(
        form,
        [
            *lacks,
            *(["early_stage"] if asks_early else []),
            "reserve_library_id",
            "industry_chain_id",
            "reserve_note",
            "occurred_on",
        ],
    )
    held = {
        e.kind
        for e in queries.list_entries(project.pk)
        if e.state in (EntryState.IN, EntryState.PENDING, EntryState.RETURNED)
    }
    asking.offer_libraries(form, holder, actor, sector=project.sector, held=held)
    asking.ask_cases(form, system)
    asking.ask_targets(form, system, targets, only_missing=True)

    def save(values: dict[str, Any]) -> str:
        library_id = asking.library_of(form, values)
        changes = {
            key: value
            for key, value in asking.facts_of({k: values[k] for k in lacks}).items()
            if value not in (None, "")
        }
        entry = services.declare(
            library_id=library_id, project_id=project.pk, actor=actor, changes=changes, rev=form.rev,
            early_stage=values.get("early_stage") or "", cases=asking.cases_of(form, system), targets=asking.targets_of(form, system),
            note=values["reserve_note"] or "", on=values["occurred_on"],
        )  # fmt: skip
        return _address(entry.project_id)

    intro = "名称、建设单位、投资等沿用项目档案，只补缺的。"
    return _run(request, form, save, "申报入库", project, intro=intro, submit="提交申报", system=system)


# --- one step -----------------------------------------------------------------------------------------------------


@page("reserve.view", methods=BOTH)
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: its path and opinions, and the form of the step for who acts at it."""
    actor = actor_of(request)
    found = queries.get_entry(pk, actor)
    system = system_of(found.library.region, clock.today())
    opinions = queries.list_opinions(found.project_id)
    targets = queries.list_targets(found.project_id)
    file = queries.find_file(found.project_id) if found.state == EntryState.IN else None
    act = pages.ACT_OF.get(PathStep(found.step)) if found.step else None
    may = act is not None and record.may_act(actor, act, found, system)
    held = group.items_of(found, system) if group.waits(found) else []
    on_agenda = group.find_open(held)
    context: dict[str, Any] = {
        "doubts": doubts.of_entry(system, found),
        "title": f"储备{system.step_label(found.step)}" if found.state == EntryState.PENDING else "储备申报",
        "entry": found,
        "project": found.project,
        "tone": pages.ENTRY_TONES[found.state],
        "path": pages.path_of(found, system, opinions),
        "opinions": [pages.word_opinion(one) for one in opinions if one.entry_id == found.pk],
        "targets": targets,
        "missing": queries.missing_indicators(system, targets),
        "stored": pages.read_decisions([found]),
        "whose": record.whose(found, system) if found.state == EntryState.PENDING else "",
        "limit": system.step_limit if found.state == EntryState.PENDING else None,
        "limit_basis": marks.of_value(system.step_limit[1]) if system.step_limit else None,
        "file": file,
        "step_label": system.step_label(found.step),
        "renew_by": marks.of_deadline(file, system) if file is not None else None,
        "stage": Stage(found.project.stage).label,
        "meetings": held,
        "agenda": agenda.card_of(actor, found, system),
        "on_agenda": on_agenda,
        "meeting_kinds": group.kinds_words(system) if group.waits(found) else "",
        "meeting_kind": system.meeting_kinds_of(found.step)[0] if group.waits(found) else "",
        "may_call": may and actor.may("meetings.draft", found.region_key),
        "grouped": pages.receipts.grouped,
        "crumbs": [
            ("储备项目", reverse("reserve:list")),
            (found.project.name, _address(found.project_id)),
            (found.library.name, None),
        ],
    }
    if on_agenda is not None and may and request.method == "POST":
        services.leave_to_meeting(found, system)
    if not may or on_agenda is not None:
        if request.method == "POST":
            record.require_step(actor, act or "reserve.view", found, system)
        return render(request, "reserve/entry.html", {**context, "form": None})
    points = system.texts(POINTS) if found.step == PathStep.PRELIMINARY_CHECK else ()
    form = HANDLE.bind(request, subject=found.pk, rev=found.rev, initial={"refusal_clause": clause_of(found, system)},
                       origins={"refusal_clause": "取自制度包"})  # fmt: skip
    if found.step in (PathStep.PRELIMINARY_CHECK, PathStep.ADMISSION):
        form.drop("review_document")
    if group.waits(found):
        _take_from_meeting(form, held)
    form.start_on_today()
    asking.ask_points(form, points)
    if points:
        asking.ask_cases(form, system, found.cases)

    def save(values: dict[str, Any]) -> str:
        _handle(found, form, values, points, system, actor)
        return _address(found.project_id)

    context |= {"form": form, "submit": "提交", "points_basis": _points_basis(system) if points else None}
    return forms.handle(request, form, save, "reserve/entry.html", context)


_RESOLVED = {"AGREED": Verdict.PASSED, "CONDITIONAL": Verdict.PASSED, "NOT_AGREED": Verdict.REFUSED}


def _take_from_meeting(form: Form, held: Sequence[ItemOf]) -> None:
    """Prefill the opinion of the leading group from a meeting that was closed before the entry came to the step."""
    item = next((one for one in held if one.resolution in _RESOLVED), None)
    if item is None or form.request.method == "POST":
        return
    known = {
        "review_verdict": _RESOLVED[item.resolution].value, "review_document": group.document_of(item),
        "opinion_text": group.words_of(item), "occurred_on": item.held_on.isoformat() if item.held_on else None,
    }  # fmt: skip
    for key, value in known.items():
        if value:
            form.fields[key].value, form.fields[key].origin = value, "取自会议议定"


def _handle(
    found: LibraryEntry, form: Form, values: dict[str, Any], points: Sequence[str], system: System, actor: Actor
) -> None:
    """Call the act of the verdict."""
    given = [
        Point(name, values.get(f"check_result-{n}") or "", values.get(f"check_opinion-{n}") or "")
        for n, name in enumerate(points)
    ]
    text, on = values["opinion_text"] or "", values["occurred_on"]
    common: dict[str, Any] = {"entry_id": found.pk, "actor": actor, "rev": form.rev, "on": on}
    stated = [point for point in given if point.result]
    if values["review_verdict"] == Verdict.RETURNED:
        services.return_entry(reason=text, points=stated, **common)
    elif values["review_verdict"] == Verdict.REFUSED:
        services.refuse(reason=text, clause=values["refusal_clause"] or "", points=stated, **common)
    elif found.step == PathStep.PRELIMINARY_CHECK:
        services.preliminary_check(points=given, text=text, cases=asking.cases_of(form, system), **common)
    elif found.step == PathStep.CHAIN_LEADER_REVIEW:
        services.chain_leader_review(text=text, document=values["review_document"] or "", **common)
    elif found.step == PathStep.LEADING_GROUP_REVIEW:
        services.leading_group_review(text=text, document=values["review_document"] or "", **common)
    else:
        services.admit(text=text, **common)


def _points_basis(system: System) -> dict[str, Any] | None:
    listed = system.value(POINTS)
    return marks.of_value(listed, note=system.note_of(POINTS)) if listed else None


@page("reserve.resubmit", methods=BOTH)
def resubmit(request: HttpRequest, pk: int) -> HttpResponse:
    """补正后重新报送."""
    actor = actor_of(request)
    found = queries.get_entry(pk, actor)
    system = system_of(found.library.region, clock.today())
    form = RESUBMIT.bind(request, subject=pk, rev=found.rev)

    def save(values: dict[str, Any]) -> str:
        services.resubmit(
            entry_id=pk, actor=actor, note=values["reserve_note"] or "", rev=form.rev, on=values["occurred_on"]
        )
        return _address(found.project_id)

    intro = f"退回意见：{found.reason or '—'}。项目信息和绩效目标请先在项目页补好，再重新报送；办理时限重新起算。"
    return _run(request, form, save, "补正后重新报送", found.project, intro=intro, submit="重新报送", system=system)


# --- indicators ----------------------------------------------------------------------------------------------------


@page("reserve.set_targets", methods=BOTH)
def set_targets(request: HttpRequest, project_id: int) -> HttpResponse:
    """登记绩效目标: baseline and target value of every indicator of the county's packs (GO-14)."""
    actor = actor_of(request)
    project = project_queries.get_project(project_id, actor)
    project_access.require(actor, "reserve.set_targets", project)
    system = system_of(holder_of(project.competent_region), clock.today())
    known = {row.indicator: row for row in queries.list_targets(project.pk)}
    form = TARGETS.bind(request, subject=project.pk)
    asking.ask_targets(form, system, known)

    def save(values: dict[str, Any]) -> str:
        services.set_targets(
            project_id=project.pk, targets=asking.targets_of(form, system), actor=actor, on=values["occurred_on"]
        )
        return _address(project.pk)

    intro = "入库时的基线值和目标值，竣工后第一、三、五年评价时对照。每项填两个值；确不适用的写明理由。"
    if not system.indicators:
        intro = f"{system.holder.name}采用的制度包{system.pack_labels}没有列明绩效指标，不用填写。"
    return _run(request, form, save, "登记绩效目标", project, intro=intro, submit="保存", system=system)


# --- keeping -------------------------------------------------------------------------------------------------------


@page("reserve.renew", methods=BOTH)
def renew(request: HttpRequest, project_id: int) -> HttpResponse:
    """储备续报."""
    actor = actor_of(request)
    project = project_queries.get_project(project_id, actor)
    file = queries.get_file(project_id, actor)
    if file is None:
        raise NotFound("reserve.file_missing")
    form = RENEW.bind(request, subject=project_id, rev=file.rev)

    def save(values: dict[str, Any]) -> str:
        services.renew(
            project_id=project_id,
            actor=actor,
            note=values["reserve_note"] or "",
            rev=form.rev,
            on=values["occurred_on"],
        )
        return _address(project_id)

    intro = f"最近续报 {file.renewed_on}。续报表示项目仍在谋划推进；信息有变化的先在项目页修改。"
    return _run(request, form, save, "储备续报", project, intro=intro, submit="续报")


@page("reserve.set_priority", methods=BOTH)
def set_priority(request: HttpRequest, project_id: int) -> HttpResponse:
    """登记优先安排 (``?name=`` the priority): what was arranged, on which day; or that nothing is after all."""
    actor = actor_of(request)
    project = project_queries.get_project(project_id, actor)
    actor.require("reserve.set_priority", project.region_key)
    system = system_of(holder_of(project.competent_region), clock.today())
    known = dict(queries.list_priorities(project.pk, system))
    asked = request.GET.get("name", "")
    form = PRIORITY.bind(request, subject=project.pk, initial={"priority_state": "ARRANGED"})
    form.fields["priority_name"].options = [
        (name, f"{name}（{got.on.isoformat()} 安排）" if got else f"{name}（尚未安排）") for name, got in known.items()
    ]
    if asked in known and request.method != "POST":
        form.fields["priority_name"].value = asked
        if (got := known[asked]) is not None:
            form.fields["occurred_on"].value, form.fields["priority_note"].value = got.on.isoformat(), got.note
    form.fields["occurred_on"].spec = _relabel(
        form.fields["occurred_on"], "安排日期", "实际安排的日期，不早于入库日期。"
    )

    def save(values: dict[str, Any]) -> str:
        services.set_priority(
            project_id=project.pk, name=values["priority_name"], actor=actor, note=values["priority_note"] or "",
            is_arranged=values["priority_state"] == "ARRANGED", on=values["occurred_on"],
        )  # fmt: skip
        return _address(project.pk)

    intro = "入库项目优先安排的事项。平台内已办理的由办理记录自动填写，其余在这里登记；登记错的可以更正或撤销，原登记保留在时间线。"
    priorities_basis = _basis_of(system, PRIORITIES)
    return _run(
        request,
        form,
        save,
        "登记优先安排",
        project,
        intro=intro,
        submit="保存",
        extra=("入库优先事项", priorities_basis),
    )


@page("reserve.withdraw", methods=BOTH)
def withdraw(request: HttpRequest, project_id: int) -> HttpResponse:
    """退出储备库."""
    actor = actor_of(request)
    project = project_queries.get_project(project_id, actor)
    file = queries.get_file(project_id, actor)
    if file is None:
        raise NotFound("reserve.file_missing")
    held = [
        e
        for e in queries.list_entries(project_id)
        if e.state in (EntryState.IN, EntryState.PENDING, EntryState.RETURNED)
    ]
    form = WITHDRAW.bind(request, subject=project_id, rev=file.rev)
    bound = form.fields["reserve_library_id"]
    bound.options = [(str(e.library_id), f"{e.library.name}（{e.get_state_display()}）") for e in held]
    if len(held) > 1:
        bound.options.append((ALL_LIBRARIES, f"全部退出（{'、'.join(e.library.name for e in held)}）"))
    elif held and request.method != "POST":
        bound.value, bound.origin = str(held[0].library_id), "只在这个库中"
    bound.spec = replace(bound.spec, type="choice", label="退出的库", help="选一个库；要退出所有的库，选“全部退出”。")

    def save(values: dict[str, Any]) -> str:
        chosen = "" if values["reserve_library_id"] == ALL_LIBRARIES else values["reserve_library_id"]
        services.withdraw(
            project_id=project_id, reason=values["reserve_reason"], actor=actor, rev=form.rev, on=values["occurred_on"],
            library_id=int(chosen) if chosen else None,
        )  # fmt: skip
        return _address(project_id)

    intro = "退出须写明事由；档案、意见和记录保留，项目本身不受影响。"
    return _run(request, form, save, "退出储备库", project, intro=intro, submit="退出")


@page("reserve.transfer", methods=BOTH)
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """移交储备库."""
    actor = actor_of(request)
    found = queries.get_entry(pk, actor)
    form = TRANSFER.bind(request, subject=pk, rev=found.rev)
    others = [lib for lib in queries.list_libraries(found.library.region, found.kind) if lib.pk != found.library_id]
    bound = form.fields["reserve_library_id"]
    bound.options = [(str(lib.pk), f"{lib.name}（{lib.keeper.name}）") for lib in others]
    bound.spec = _relabel(bound, "移交给", "同县同类的库。")

    def save(values: dict[str, Any]) -> str:
        services.transfer(
            entry_id=pk, library_id=int(values["reserve_library_id"]), reason=values["reserve_reason"], actor=actor,
            rev=form.rev, on=values["occurred_on"],
        )  # fmt: skip
        return _address(found.project_id)

    intro = f"现在{found.library.name}（{found.library.keeper.name}）。移交后由新的管理单位办理。"
    return _run(request, form, save, "移交储备库", found.project, intro=intro, submit="移交")


@page("reserve.select", methods=BOTH)
def select(request: HttpRequest) -> HttpResponse:
    """择优纳入综合库: the ticked rows of the register, with the reason."""
    actor = actor_of(request)
    if request.method == "POST" and "ids" in request.POST and "reserve_reason" not in request.POST:
        ticked = ",".join(i for i in request.POST.getlist("ids") if i.isdecimal())
        return HttpResponseRedirect(reverse("reserve:select", query={"ids": ticked}))
    ids = [int(i) for i in request.GET.get("ids", "").split(",") if i.isdecimal() and len(i) < 18][:200]
    chosen = list(queries.list_files(actor).filter(pk__in=ids).order_by("sort_key")) if ids else []
    form = SELECT.bind(request)

    def save(values: dict[str, Any]) -> str:
        services.select(
            project_ids=[file.pk for file in chosen],
            reason=values["reserve_reason"],
            actor=actor,
            on=values["occurred_on"],
        )
        return reverse("reserve:list", query={"kind": LibraryKind.GENERAL})

    intro = "综合库由发改部门从行业库、产业链库择优生成；同一项目仍是一份档案，只计一次。"
    return _run(request, form, save, "择优纳入综合库", intro=intro, submit="纳入综合库", chosen=chosen)


# --- shared -------------------------------------------------------------------------------------------------------


def _run(
    request: HttpRequest,
    form: Form,
    save: Save,
    title: str,
    project: Project | None = None,
    *,
    intro: str = "",
    submit: str = "提交",
    chosen: Sequence[Any] | None = None,
    system: System | None = None,
    extra: tuple[str, Any] | None = None,
) -> HttpResponse:
    crumbs: list[tuple[str, str | None]] = [("储备项目", reverse("reserve:list"))]
    if project is not None:
        crumbs.append((project.name, _address(project.pk)))
    form.start_on_today()
    context = {
        "title": title,
        "intro": intro,
        "project": project,
        "chosen": chosen,
        "submit": submit,
        "extra": extra,
        "cases_basis": _basis_of(system, CASES),
        "indicator_basis": marks.of_value(system.indicators[0].value) if system and system.indicators else None,
        "cancel": _address(project.pk) if project else reverse("reserve:list"),
        "crumbs": [*crumbs, (title, None)],
    }
    return forms.handle(request, form, save, "reserve/form.html", context)


def _basis_of(system: System | None, key: str) -> dict[str, Any] | None:
    value = system.value(key) if system else None
    return marks.of_value(value, note=system.note_of(key)) if system and value else None


def _not_offered(request: HttpRequest, system: System, title: str, project: Project | None = None) -> HttpResponse:
    """Say that nothing can be declared here and why; the refusal's own words, with the way to the packs."""
    context = {
        "title": title, "sub": project.name if project else "", "cannot": "不能申报", "why": system.why_not,
        "policy_href": reverse("policy:region", args=[system.holder.pk]),
        "crumbs": [("储备项目", reverse("reserve:list")), (title, None)],
    }  # fmt: skip
    return render(request, "not_offered.html", context, status=200 if request.method == "GET" else 409)


def _address(project_id: int) -> str:
    return reverse("projects:show", args=[project_id]) + "?tab=reserve"


def _relabel(bound: Any, label: str, help_text: str) -> Any:
    return replace(bound.spec, label=label, help=help_text)


def _keep_only(form: Form, keys: Sequence[str]) -> None:
    form.drop(*[key for key in form.fields if key not in keys])
