"""Pages with forms: each reads catalogue fields, calls one act, and goes back to the project."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.basics.text import read_id
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers import forms
from gongbu.ground.registers.forms import Form, FormSpec, Step
from gongbu.ground.registers.pages import actor_of, page
from gongbu.ground.registers.parsing import StatedDay
from gongbu.mainline.projects import access, at_entry, doubts, fields, owners, publishing, queries, services
from gongbu.mainline.projects.choices import Kind, Stage, State
from gongbu.mainline.projects.lines import read_papers, read_parts
from gongbu.mainline.projects.models import AnnualInvestment, Member, Project, Works

Save = Callable[[dict[str, Any]], str]
BOTH = ("GET", "POST")
_BUILD = (
    "works_type", "construction_nature", "industry_code", "sector", "initiation_nature", "is_city_strategic", "location",
    "content",
)  # fmt: skip
_MONEY = ("total_investment_fen", "annual_planned_fen", "funding_text")
_PLAN = ("planned_start_on", "planned_finish_on", "period_text")
_TEXT_KEYS = frozenset(
    {*fields.TEXTS, "owner_name", "early_stage", "works_type", "construction_nature", "initiation_nature"}
)

CREATE = FormSpec(
    "projects.create",
    [
        Step("基本信息", ["name", "funding_nature", "competent_region_id", "owner_name", "stage", "early_stage"]),
        Step("建设内容", _BUILD),
        Step("投资与计划", [*_MONEY, *_PLAN]),
        Step("代码与其他", ["project_code", "declared_level", "occurred_on"], "尚无代码的留空，赋码后再挂接。"),
    ],
    required=["stage"],
    wide=["name"],
    options={"stage": [("RESERVE", "谋划储备"), ("APPROVAL", "立项审批")]},
)
UPDATE = FormSpec(
    "projects.update",
    [
        Step("建设内容", ["funding_nature", *_BUILD]),
        Step("投资与计划", ["total_investment_fen", "total_investment_text", "funding_text", *_PLAN]),
        Step("来源与说明", ["source", "source_url", "occurred_on", "reason"]),
    ],
)
ATTACH = FormSpec(
    "projects.attach_code", [Step("", ["project_code", "occurred_on", "reason"])], required=["project_code"]
)
STAGE = FormSpec(
    "projects.set_stage", [Step("", ["stage", "early_stage", "occurred_on", "reason"])], required=["stage"]
)
RENAME = FormSpec("projects.rename", [Step("", ["name", "occurred_on", "reason"])], required=["reason"], wide=["name"])
OWNER = FormSpec(
    "projects.change_owner",
    [Step("", ["owner_name", "owner_unit_id", "occurred_on", "reason"])],
    required=["owner_name", "reason"],
)
ANNUAL = FormSpec(
    "projects.annual",
    [Step("", ["annual_year", "annual_planned_fen", "annual_completed_fen", "occurred_on"])],
    required=["annual_year"],
)
WORK = FormSpec(
    "projects.add_work",
    [Step("", ["works_name", "works_level", "works_parent_id", "works_code", "works_scale", "works_investment_fen"])],
    required=["works_name", "works_level"],
)
SECTION = FormSpec(
    "projects.add_section",
    [Step("", ["section_number", "section_name", "section_work_id"])],
    required=["section_number", "section_name"],
)
MEMBER = FormSpec(
    "projects.add_member",
    [Step("", ["member_unit_id", "member_role", "occurred_on"])],
    required=["member_unit_id", "member_role"],
)
SITES = FormSpec(
    "projects.set_sites", [Step("", ["site_regions", "occurred_on"])], wide=["site_regions"], keeps_draft=False
)
PLACE = FormSpec(
    "projects.set_competent_region", [Step("", ["competent_region_id", "occurred_on", "reason"])], required=["reason"],
    keeps_draft=False,
)  # fmt: skip
PARENT = FormSpec("projects.assign_parent", [Step("", ["parent_id", "occurred_on", "reason"])])
CLASSIFY = FormSpec("projects.classify", [Step("", ["occurred_on"])], keeps_draft=False)
END_MEMBER = FormSpec("projects.end_member", [Step("", ["occurred_on", "reason"])])
SPLIT = FormSpec(
    "projects.split", [Step("", ["split_parts", "occurred_on", "reason"])], required=["split_parts", "reason"]
)
MERGE = FormSpec(
    "projects.merge",
    [Step("", ["name", "total_investment_fen", "content", "occurred_on", "reason"])],
    required=["reason"],
    wide=["name"],
)
PACKAGE = FormSpec(
    "projects.make_package", [Step("", ["name", "occurred_on", "reason"])], required=["reason"], wide=["name"]
)
WITHDRAW = FormSpec("projects.withdraw", [Step("", ["occurred_on", "reason"])], required=["reason"])
TAKE_OVER = FormSpec(
    "projects.take_over",
    [
        Step("基本信息", ["name", "project_code", "funding_nature", "competent_region_id", "owner_name", "stage"],
             "填写接入当日所处的阶段。"),
        Step("建设内容", _BUILD),
        Step("投资与计划", ["total_investment_fen", "funding_text", *_PLAN]),
        Step("已有批文", ["old_papers"], "接入前的批文照录，不追溯检查时限和前置条件。"),
        Step("期初数", ["opening_contracted_fen", "opening_completed_fen", "opening_paid_fen", "annual_year",
                    "annual_planned_fen", "annual_completed_fen"]),
        Step("其他", ["take_over_note", "declared_level", "occurred_on"]),
    ],
    required=["stage"],
    wide=["name"],
    options={"stage": [(s.value, s.label) for s in Stage if s not in (Stage.RESERVE, Stage.UNKNOWN)]},
)  # fmt: skip


# --- entering ----------------------------------------------------------------------------------------------------


@page("projects.create", methods=BOTH)
def create(request: HttpRequest) -> HttpResponse:
    """新建项目."""
    initial, origins = _known(request)
    known = {"stage": "RESERVE", "declared_level": "OPEN", **initial}
    form = CREATE.bind(request, initial=known, origins=origins, doubts=doubts.of_form)
    at_entry.ask(request, form)

    def save(values: dict[str, Any]) -> str:
        at_entry.before(request, values)
        project = services.create_project(actor=actor_of(request), **_entry(values), annual=_annual(values))
        at_entry.after(request, project)
        return _address(project.pk)

    return _run(request, form, save, "新建项目", submit="提交入库")


@page("projects.take_over", methods=BOTH)
def take_over(request: HttpRequest) -> HttpResponse:
    """历史接入 (GO-20)."""
    initial, origins = _known(request)
    form = TAKE_OVER.bind(
        request, initial={"declared_level": "OPEN", **initial}, origins=origins, doubts=doubts.of_form
    )
    at_entry.ask(request, form)

    def save(values: dict[str, Any]) -> str:
        at_entry.before(request, values)
        project = services.take_over(
            actor=actor_of(request),
            papers=read_papers(values.pop("old_papers") or ""),
            contracted_fen=values.pop("opening_contracted_fen"),
            completed_fen=values.pop("opening_completed_fen"),
            paid_fen=values.pop("opening_paid_fen"),
            note=values.pop("take_over_note") or "",
            annual=_annual(values),
            **_entry(values),
        )
        at_entry.after(request, project)
        return _address(project.pk)

    intro = "已经立项、在建或建成的项目按现状接入，标明“历史接入”，以后的事项从接入之日起办理。"
    return _run(request, form, save, "历史接入", intro=intro, submit="接入")


# --- one project -------------------------------------------------------------------------------------------------


@page("projects.update", methods=BOTH)
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """编辑项目信息."""
    project = _project(request, pk, "projects.update")
    keys = [*(key for key in UPDATE.keys if key in fields.UPDATABLE), *fields.PRECISIONS]
    initial = {key: getattr(project, key) for key in [*keys, "name", "stage"]} | _stated(project)
    form = UPDATE.bind(request, initial=initial, subject=pk, rev=project.rev, doubts=doubts.of_form)

    def save(values: dict[str, Any]) -> str:
        plain = _plain(values)
        changes = {key: plain[key] for key in keys if plain[key] != getattr(project, key)}
        services.update_project(
            project_id=pk, rev=_rev(form), changes=changes, actor=actor_of(request), on=values["occurred_on"],
            reason=values["reason"] or "",
        )  # fmt: skip
        return _address(pk)

    return _run(request, form, save, "编辑项目信息", project, submit="保存")


@page("projects.attach_code", methods=BOTH)
def attach_code(request: HttpRequest, pk: int) -> HttpResponse:
    """挂接项目代码, with the live check."""
    project = _project(request, pk, "projects.attach_code")
    codes = queries.list_codes(pk)
    present = next((row.code for row in codes if row.is_current), "")
    form = ATTACH.bind(request, subject=pk, rev=project.rev)

    def save(values: dict[str, Any]) -> str:
        services.attach_code(
            project_id=pk, code=values["project_code"], actor=actor_of(request), on=values["occurred_on"],
            reason=values["reason"] or "", rev=_rev(form),
        )  # fmt: skip
        return _address(pk)

    title, intro = "挂接项目代码", "代码由投资项目在线审批监管平台赋予。"
    if present:
        title, intro = "更换项目代码", f"现行代码 {present}。更换后旧代码仍可查到，须写明事由。"
    return _run(request, form, save, title, project, intro=intro)


@page("projects.set_stage", methods=BOTH)
def set_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """变更阶段."""
    project = _project(request, pk, "projects.set_stage")
    initial = {"stage": project.stage, "early_stage": project.early_stage}
    form = STAGE.bind(request, initial=initial, subject=pk, rev=project.rev)

    def save(values: dict[str, Any]) -> str:
        early = values["early_stage"] or ""
        if values["stage"] != "RESERVE":
            early = ""
        services.set_stage(
            project_id=pk, stage=values["stage"], early_stage=early, reason=values["reason"] or "",
            on=values["occurred_on"], actor=actor_of(request), rev=_rev(form),
        )  # fmt: skip
        return _address(pk)

    return _run(request, form, save, "变更阶段", project, intro="倒退或跨越阶段须写明事由。")


@page("projects.rename", methods=BOTH)
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """项目更名."""
    project = _project(request, pk, "projects.rename")
    form = RENAME.bind(request, initial={"name": project.name}, subject=pk, rev=project.rev)

    def save(values: dict[str, Any]) -> str:
        services.rename(
            project_id=pk, rev=_rev(form), name=values["name"], reason=values["reason"], on=values["occurred_on"],
            actor=actor_of(request),
        )  # fmt: skip
        return _address(pk)

    return _run(request, form, save, "项目更名", project, intro="原名称保留在时间线中。")


@page("projects.change_owner", methods=BOTH)
def change_owner(request: HttpRequest, pk: int) -> HttpResponse:
    """变更建设单位."""
    project = _project(request, pk, "projects.change_owner")
    form = OWNER.bind(request, initial={"owner_name": project.owner_name}, subject=pk, rev=project.rev)
    # A name typed anew may be that of a unit elsewhere: then it is offered once the form comes back.
    name = request.POST.get("owner_name", "")[:120] or project.owner_name
    choices = owners.list_choices(name, project.competent_region)
    _offer(form, "owner_unit_id", [(str(key), label) for key, label in choices])

    def save(values: dict[str, Any]) -> str:
        unit_id = values["owner_unit_id"]
        if unit_id is None:
            (found,) = owners.find([owners.Written(values["owner_name"], "", project.competent_region)])
            unit_id = found.unit.pk if found.unit is not None else None
        services.change_owner(
            project_id=pk, rev=_rev(form), owner_name=values["owner_name"], reason=values["reason"],
            owner_unit_id=unit_id, on=values["occurred_on"], actor=actor_of(request),
        )  # fmt: skip
        return _address(pk)

    intro = (
        "名称与本地或上级的一个单位一致时自动对应；同名的有几个，或者只有别处的单位，请在“建设单位（单位库）”中选定。"
        "对应后该单位人员可以查看本项目。"
    )
    return _run(request, form, save, "变更建设单位", project, intro=intro)


@page("projects.set_annual_investment", methods=BOTH)
def annual(request: HttpRequest, pk: int) -> HttpResponse:
    """登记年度投资."""
    project = _project(request, pk, "projects.set_annual_investment")
    text = request.GET.get("year", "")
    year = read_id(text) if len(text) == len("2026") else None
    row = AnnualInvestment.objects.filter(project=project, year=year).first() if year is not None else None
    initial: dict[str, Any] = {"annual_year": year} if year is not None else {}
    if row:
        initial |= {"annual_planned_fen": row.planned_fen, "annual_completed_fen": row.completed_fen}
    form = ANNUAL.bind(request, initial=initial, subject=pk, rev=project.rev)

    def save(values: dict[str, Any]) -> str:
        services.set_annual_investment(
            project_id=pk, year=values["annual_year"], planned_fen=values["annual_planned_fen"],
            completed_fen=values["annual_completed_fen"], on=values["occurred_on"], actor=actor_of(request),
            rev=_rev(form),
        )  # fmt: skip
        return _address(pk, "money")

    return _run(request, form, save, "登记年度投资", project, intro="不填表示未报，填 0 表示当年没有。")


@page("projects.add_work", methods=BOTH)
def add_work(request: HttpRequest, pk: int) -> HttpResponse:
    """登记工程."""
    project = _project(request, pk, "projects.add_work")
    form = WORK.bind(request, subject=pk)
    singles = Works.objects.filter(project=project, level="SINGLE").values_list("pk", "name")
    _offer(form, "works_parent_id", [(str(key), name) for key, name in singles])

    def save(values: dict[str, Any]) -> str:
        parent = values["works_parent_id"]
        services.add_work(
            project_id=pk, name=values["works_name"], level=values["works_level"], actor=actor_of(request),
            parent_id=int(parent) if parent else None, works_code=values["works_code"] or "",
            scale=values["works_scale"] or "", investment_fen=values["works_investment_fen"],
        )  # fmt: skip
        return _address(pk, "works")

    return _run(request, form, save, "登记工程", project)


@page("projects.add_section", methods=BOTH)
def add_section(request: HttpRequest, pk: int) -> HttpResponse:
    """登记标段."""
    project = _project(request, pk, "projects.add_section")
    form = SECTION.bind(request, subject=pk)
    works = Works.objects.filter(project=project).values_list("pk", "name")
    _offer(form, "section_work_id", [(str(key), name) for key, name in works])

    def save(values: dict[str, Any]) -> str:
        work = values["section_work_id"]
        services.add_section(
            project_id=pk, number=values["section_number"], name=values["section_name"], actor=actor_of(request),
            works_ids=[int(work)] if work else [],
        )  # fmt: skip
        return _address(pk, "works")

    return _run(request, form, save, "登记标段", project)


@page("projects.add_member", methods=BOTH)
def add_member(request: HttpRequest, pk: int) -> HttpResponse:
    """登记参建单位."""
    project = _project(request, pk, "projects.add_member")
    form = MEMBER.bind(request, subject=pk)
    units = Unit.objects.unscoped("any unit may work on a project").filter(status="ACTIVE").order_by("sort_pinyin")
    _offer(form, "member_unit_id", [(str(key), name) for key, name in units.values_list("pk", "name")[:1000]])

    def save(values: dict[str, Any]) -> str:
        services.add_member(
            project_id=pk, unit_id=int(values["member_unit_id"]), role=values["member_role"], on=values["occurred_on"],
            actor=actor_of(request),
        )  # fmt: skip
        return _address(pk, "units")

    return _run(request, form, save, "登记参建单位", project)


@page("projects.end_member", methods=BOTH)
def end_member(request: HttpRequest, pk: int, member_id: int) -> HttpResponse:
    """结束参建."""
    project = _project(request, pk, "projects.end_member")
    member = Member.objects.select_related("unit").filter(pk=member_id, project=project, valid_to=None).first()
    if member is None:
        raise NotFound("projects.member_gone")
    form = END_MEMBER.bind(request, subject=f"{pk}-{member_id}")

    def save(values: dict[str, Any]) -> str:
        services.end_member(
            member_id=member_id, actor=actor_of(request), reason=values["reason"] or "", on=values["occurred_on"]
        )
        return _address(pk, "units")

    intro = f"{member.unit.name}（{member.get_role_display()}）自结束之日起不再看到本项目，已办事项保留。"
    return _run(request, form, save, "结束参建", project, intro=intro, submit="结束参建")


@page("projects.set_sites", methods=BOTH)
def set_sites(request: HttpRequest, pk: int) -> HttpResponse:
    """登记建设地点所在区划."""
    project = _project(request, pk, "projects.set_sites")
    chosen = list(project.sites.values_list("region_id", flat=True))
    form = SITES.bind(request, initial={"site_regions": chosen}, subject=pk, rev=project.rev)
    _offer(form, "site_regions", _near(project.competent_region, chosen))

    def save(values: dict[str, Any]) -> str:
        services.set_sites(
            project_id=pk, region_ids=values["site_regions"] or [], on=values["occurred_on"], actor=actor_of(request),
            rev=_rev(form),
        )  # fmt: skip
        return _address(pk)

    intro = f"主管区划 {project.competent_region.name} 之外、工程所跨的区划。所选区划的人员可以查看本项目，不能办理。"
    return _run(request, form, save, "登记涉及区划", project, intro=intro)


@page("projects.set_competent_region", methods=BOTH)
def set_competent_region(request: HttpRequest, pk: int) -> HttpResponse:
    """调整主管区划."""
    project = _project(request, pk, "projects.set_competent_region")
    initial = {"competent_region_id": project.competent_region_id}
    form = PLACE.bind(request, initial=initial, subject=pk, rev=project.rev)

    def save(values: dict[str, Any]) -> str:
        services.set_competent_region(
            project_id=pk, region_id=values["competent_region_id"], reason=values["reason"] or "", rev=_rev(form),
            on=values["occurred_on"], actor=actor_of(request),
        )  # fmt: skip
        return _address(pk)

    intro = (
        f"现属{project.competent_region.name}。调整后由新的区划主管，办理权限和适用的制度包随之改变；"
        "须同时有原区划和新区划的办理权限。"
    )
    return _run(request, form, save, "调整主管区划", project, intro=intro)


@page("projects.assign_parent", methods=BOTH)
def assign_parent(request: HttpRequest, pk: int) -> HttpResponse:
    """调整上级项目."""
    project = _project(request, pk, "projects.assign_parent")
    form = PARENT.bind(
        request, initial={"parent_id": project.parent_id}, subject=pk, rev=project.rev,
        doubts=partial(doubts.of_move, project),
    )  # fmt: skip
    _offer(form, "parent_id", _possible_parents(request, project))

    def save(values: dict[str, Any]) -> str:
        services.assign_parent(
            project_id=pk, rev=_rev(form), parent_id=values["parent_id"], reason=values["reason"] or "",
            on=values["occurred_on"], actor=actor_of(request),
        )  # fmt: skip
        return _address(pk)

    intro = "可以归入同一主管区划的项目包或项目；不选表示不再归入任何上级。汇总时只计末级项目。"
    return _run(request, form, save, "调整上级项目", project, intro=intro)


@page("projects.classify", methods=BOTH)
def classify(request: HttpRequest, pk: int) -> HttpResponse:
    """重新分类分级: ask the packs now in force."""
    project = _project(request, pk, "projects.classify")
    form = CLASSIFY.bind(request, subject=pk)

    def save(values: dict[str, Any]) -> str:
        services.classify(project_id=pk, actor=actor_of(request), on=values["occurred_on"])
        return _address(pk)

    intro = "按发生之日适用的制度包重新判定。结论与依据没有变化的，不留新记录；信息修改后系统已自动判定，不必再办。"
    return _run(request, form, save, "重新分类分级", project, intro=intro, submit="重新判定")


@page("projects.split", methods=BOTH)
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """拆分项目."""
    project = _project(request, pk, "projects.split")
    form = SPLIT.bind(request, subject=pk, rev=project.rev)

    def save(values: dict[str, Any]) -> str:
        services.split(
            project_id=pk, rev=_rev(form), parts=read_parts(values["split_parts"]), reason=values["reason"],
            on=values["occurred_on"], actor=actor_of(request),
        )  # fmt: skip
        return _address(pk)

    intro = "原项目档案关闭并保留，新项目继承主管区划、资金性质、建设单位、阶段等信息。"
    return _run(request, form, save, "拆分项目", project, intro=intro, submit="拆分")


@page("projects.withdraw", methods=BOTH)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销项目."""
    project = _project(request, pk, "projects.withdraw")
    form = WITHDRAW.bind(request, subject=pk, rev=project.rev)

    def save(values: dict[str, Any]) -> str:
        services.withdraw(
            project_id=pk, rev=_rev(form), reason=values["reason"], on=values["occurred_on"], actor=actor_of(request)
        )
        return _address(pk)

    return _run(request, form, save, "撤销项目", project, intro="撤销后不再出现在项目库，档案仍可查。", submit="撤销")


# --- several projects --------------------------------------------------------------------------------------------


@page("projects.merge", methods=BOTH)
def merge(request: HttpRequest) -> HttpResponse:
    """合并项目: the ticked rows of the register."""
    if (answer := _take_ticked(request, "projects:merge")) is not None:
        return answer
    chosen = _chosen(request)
    totals = [p.total_investment_fen for p in chosen]
    total = sum(t for t in totals if t is not None) if totals and None not in totals else None
    form = MERGE.bind(request, initial={"total_investment_fen": total}, origins={"total_investment_fen": "各项目之和"})

    def save(values: dict[str, Any]) -> str:
        made = services.merge(
            sources={p.pk: p.rev for p in chosen}, name=values["name"], reason=values["reason"],
            total_investment_fen=values["total_investment_fen"], content=values["content"] or "",
            on=values["occurred_on"], actor=actor_of(request),
        )  # fmt: skip
        return _address(made.pk)

    intro = "合并后各原项目档案关闭并保留，新项目承接其投资。"
    return _run(request, form, save, "合并项目", intro=intro, chosen=chosen, submit="合并")


@page("projects.make_package", methods=BOTH)
def make_package(request: HttpRequest) -> HttpResponse:
    """组成项目包: the ticked rows of the register."""
    if (answer := _take_ticked(request, "projects:make_package")) is not None:
        return answer
    chosen = _chosen(request)
    form = PACKAGE.bind(request)

    def save(values: dict[str, Any]) -> str:
        made = services.make_package(
            name=values["name"], project_ids=[p.pk for p in chosen], reason=values["reason"],
            on=values["occurred_on"], actor=actor_of(request),
        )  # fmt: skip
        return _address(made.pk)

    intro = "项目包自身不计投资，汇总时只计所含项目。"
    return _run(request, form, save, "组成项目包", intro=intro, chosen=chosen, submit="组成项目包")


# --- shared ------------------------------------------------------------------------------------------------------


def _run(
    request: HttpRequest,
    form: Form,
    save: Save,
    title: str,
    project: Project | None = None,
    *,
    intro: str = "",
    submit: str = "",
    chosen: Sequence[Project] = (),
) -> HttpResponse:
    crumbs: list[tuple[str, str | None]] = [("项目库", reverse("projects:list"))]
    if project is not None:
        crumbs.append((project.name, _address(project.pk)))
    form.start_on_today()
    context = {
        "title": title,
        "intro": intro,
        "project": project,
        "chosen": chosen,
        "checks_code": "project_code" in form.fields,
        "submit": submit or title,  # the button says what it does
        "cancel": _address(project.pk) if project else reverse("projects:list"),
        "crumbs": [*crumbs, (title, None)],
    }
    return forms.handle(request, form, save, "projects/form.html", context)


def _project(request: HttpRequest, pk: int, act: str) -> Project:
    project = queries.get_project(pk, actor_of(request))
    access.require(actor_of(request), act, project)
    return project


def _address(pk: int, tab: str = "") -> str:
    return reverse("projects:show", args=[pk]) + (f"?tab={tab}" if tab else "")


def _rev(form: Form) -> int:
    return form.rev or 0


def _offer(form: Form, key: str, options: Sequence[tuple[str, str]]) -> None:
    """Give a reference field its choices: a select."""
    form.fields[key].options = options


def _near(region: Region, chosen: Sequence[int]) -> list[tuple[str, str]]:
    """Return the regions that works of a region may reach into: below it, beside it, beside its parent, those chosen."""
    parents = [key for key in (region.pk, region.parent_id) if key is not None]
    if region.level == Region.Level.TOWNSHIP and region.parent is not None and region.parent.parent_id is not None:
        parents.append(region.parent.parent_id)
    rows = Region.objects.filter(Q(parent_id__in=parents) | Q(pk__in=chosen), valid_to=None).exclude(pk=region.pk)
    return [(str(pk), name) for pk, name in rows.order_by("key_lo").values_list("pk", "name")[:300]]


def _possible_parents(request: HttpRequest, project: Project) -> list[tuple[str, str]]:
    """Return packages and projects of the same region that this one could stand under (packages first)."""
    rows = publishing.published(access.readable(actor_of(request), clock.today()))
    rows = rows.filter(region_key=project.region_key, state=State.ACTIVE)
    rows = rows.exclude(pk=project.pk).exclude(kind=Kind.SUBPROJECT).exclude(parent_id=project.pk)
    found = rows.order_by("kind", "sort_pinyin").values_list("pk", "name", "kind")[:1000]
    return [(str(pk), f"{name}（项目包）" if kind == Kind.PACKAGE else name) for pk, name, kind in found]


def _known(request: HttpRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what the person's post already says: region, and for a project unit its own name."""
    actor = actor_of(request)
    initial: dict[str, Any] = {}
    origins: dict[str, str] = {}
    lows = {grant.lo for grant in actor.grants}
    region = Region.objects.filter(key_lo=lows.pop()).first() if len(lows) == 1 else None
    if region is not None and region.level in ("COUNTY", "TOWNSHIP"):
        initial["competent_region_id"] = region.pk
        origins["competent_region_id"] = "取自您的岗位"
    if actor.roles and actor.roles <= rights().own_records_only:
        initial["owner_name"] = actor.unit_name
        origins["owner_name"] = "取自您的单位"
    return initial, origins


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as the table holds them: texts are never null, an unreported funding nature is UNKNOWN."""
    plain = {key: ("" if value is None and key in _TEXT_KEYS else value) for key, value in values.items()}
    for key, how in zip(fields.DATES, fields.PRECISIONS, strict=True):
        if key in plain:
            stated = cast("StatedDay | None", plain[key])
            plain[key], plain[how] = (stated.on, stated.precision) if stated else (None, "")
    if "funding_nature" in plain:
        plain["funding_nature"] = plain["funding_nature"] or "UNKNOWN"
    return plain


def _entry(values: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of an entering act out of form values."""
    plain = _plain(values)
    for key in ("annual_year", "annual_planned_fen", "annual_completed_fen"):
        plain.pop(key, None)
    level = plain.pop("declared_level", "") or ""
    entry = {
        "region_id": plain.pop("competent_region_id"),
        "on": plain.pop("occurred_on"),
        "code": plain.pop("project_code") or "",
        "declared_level": {"OPEN": "公开", "INNER": "内部"}.get(level, level),
    }
    return {**plain, **entry}


def _stated(project: Project) -> dict[str, StatedDay]:
    """Return the planned days as exactly as they are known, for a form."""
    days = {
        key: (getattr(project, key), getattr(project, how))
        for key, how in zip(fields.DATES, fields.PRECISIONS, strict=True)
    }
    return {key: StatedDay(on, how or "DAY") for key, (on, how) in days.items() if on is not None}


def _annual(values: Mapping[str, Any]) -> dict[int, tuple[int | None, int | None]]:
    planned, completed = values.get("annual_planned_fen"), values.get("annual_completed_fen")
    if planned is None and completed is None:
        return {}
    day = values.get("occurred_on")
    year = values.get("annual_year") or (day.year if day else clock.today().year)
    return {int(year): (planned, completed)}


def _take_ticked(request: HttpRequest, route: str) -> HttpResponse | None:
    """Turn the post of ticked rows into an address that can be opened again."""
    if request.method == "POST" and "ids" in request.POST and "name" not in request.POST:
        ids = ",".join(i for i in request.POST.getlist("ids") if read_id(i) is not None)
        return HttpResponseRedirect(f"{reverse(route)}?ids={ids}")
    return None


def _chosen(request: HttpRequest) -> list[Project]:
    ids = [read_id(text) for text in request.GET.get("ids", "").split(",")]
    return [queries.get_project(pk, actor_of(request)) for pk in ids[:50] if pk is not None]
