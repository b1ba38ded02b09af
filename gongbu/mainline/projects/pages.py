"""Pages of the project file: 一项目一档, its tabs, the printed card, search, and the live check of a code."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from markupsafe import Markup

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.ledger import qr, receipts
from gongbu.ground.registers import panels
from gongbu.ground.registers.addresses import address_of
from gongbu.ground.registers.pages import page, render, render_text
from gongbu.mainline.projects import access, dossier, fields, queries, timeline, withholding
from gongbu.mainline.projects.choices import Kind, Stage
from gongbu.mainline.projects.code_region import find_elsewhere, name_segment
from gongbu.mainline.projects.commands import FORM_LABELS, PART_LABELS
from gongbu.mainline.projects.models import ProjectCode
from gongbu.mainline.projects.register import STAGE_TONES
from gongbu.mainline.projects.rules.code import read_project_code

OWN_TABS = (("overview", "概况"), ("money", "投资"), ("works", "工程与标段"), ("units", "单位"))
LAST_TAB = ("timeline", "时间线")


@page("projects.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of one project; ``?tab=`` chooses the open tab."""
    file = dossier.read_dossier(pk, request.actor)  # type: ignore[attr-defined]
    contributed = panels.for_subject("project", request.actor, file.project.region_key)  # type: ignore[attr-defined]
    tabs = [*OWN_TABS, *((p.key, p.label) for p in contributed), LAST_TAB]
    here = request.GET.get("tab", "overview")
    if here not in dict(tabs):
        here = "overview"
    counts: dict[str, int | None] = {p.key: p.count(request, file.project) if p.count else None for p in contributed}
    counts["units"] = len([m for m in file.members if m.valid_to is None]) or None
    context: dict[str, Any] = {
        "file": file,
        "project": file.project,
        "tab": here,
        "tabs": [(label, f"?tab={key}", counts.get(key), key == here) for key, label in tabs],
        "acts": list_acts(request, file),
        "may_end": file.is_live and access.may(request.actor, "projects.end_member", file.project),  # type: ignore[attr-defined]
        "mends": list_mends(request, file),
        "stage_tone": STAGE_TONES[file.project.stage],
        "say_day": fields.say_day,
        "industry": fields.say_industry(file.project.industry_code),
        "choices": fields.CHOICES,
        "year": clock.today().year,
        "crumbs": [("项目库", reverse("projects:list")), (file.project.name, None)],
        "receipt": receipts.grouped(file.receipt) if file.receipt else "",
        "Kind": Kind,
    }
    panel = next((p for p in contributed if p.key == here), None)
    if panel is not None:
        context["panel"] = Markup(panel.render(request, file.project))  # noqa: S704 — Markup by the panels' contract
    elif here == "timeline":
        context["events"] = timeline.list_events(pk, file.project.competent_region_id)
        context["grouped"] = receipts.grouped
    elif here == "works":
        context["works"], context["sections"] = dossier.list_works(pk)
    return render(request, "projects/show.html", context)


def list_acts(request: HttpRequest, file: dossier.Dossier) -> list[tuple[str, str, bool]]:
    """Return the acts this person may do on this project: label, address, whether it stands in the first row."""
    if not file.is_live:
        return []
    pk = file.project.pk
    offered = [
        ("projects.update", "编辑", "projects:update", True),
        ("projects.attach_code", "更换代码" if file.code else "挂接代码", "projects:attach_code", True),
        ("projects.set_stage", "变更阶段", "projects:set_stage", True),
        ("projects.set_annual_investment", "登记年度投资", "projects:annual", False),
        ("projects.classify", "重新分类分级", "projects:classify", False),
        ("projects.rename", "更名", "projects:rename", False),
        ("projects.change_owner", "变更建设单位", "projects:change_owner", False),
        ("projects.set_competent_region", "调整主管区划", "projects:set_region", False),
        ("projects.set_sites", "登记涉及区划", "projects:set_sites", False),
        ("projects.assign_parent", "调整上级项目", "projects:assign_parent", False),
        ("projects.add_work", "登记工程", "projects:add_work", False),
        ("projects.add_section", "登记标段", "projects:add_section", False),
        ("projects.add_member", "登记参建单位", "projects:add_member", False),
        ("projects.split", "拆分", "projects:split", False),
        ("projects.withdraw", "撤销", "projects:withdraw", False),
    ]
    actor = request.actor  # type: ignore[attr-defined]
    return [
        (label, address_of(route, pk), is_first)
        for act, label, route, is_first in offered
        if access.may(actor, act, file.project)
    ]


# Finding → the act that mends it and what to do, in words.
_MENDS = {
    "quality.code_missing": ("projects.attach_code", "projects:attach_code", "到在线审批监管平台取得代码后挂接"),
    "quality.code_masked": ("projects.attach_code", "projects:attach_code", "向建设单位索取原码后挂接"),
    "quality.total_missing": ("projects.update", "projects:update", "按最近一份批文补填总投资"),
    "quality.parts_below_whole": (
        "projects.update",
        "projects:update",
        "补报所含项目的总投资，或按批文核对本项目的总投资",
    ),
    "quality.parts_above_whole": (
        "projects.update",
        "projects:update",
        "核对所含项目的总投资，或按批文调整本项目的总投资",
    ),
    "quality.total_approximate": ("projects.update", "projects:update", "取得批文后改为准确数"),
    "quality.small_total": ("projects.update", "projects:update", "核对单位后改正总投资"),
    "quality.total_zero": ("projects.update", "projects:update", "按测算数填写，没有的留空"),
    "quality.large_total": ("projects.update", "projects:update", "核对单位，填错的改正总投资"),
    "quality.total_slips_from_text": ("projects.update", "projects:update", "核对单位，填错的改正总投资或建设内容"),
    "quality.started_in_text": ("projects.set_stage", "projects:set_stage", "已开工的变更阶段，写法有误的改建设内容"),
    "quality.planned_start_passed": ("projects.update", "projects:update", "已开工的变更阶段，未开工的改填计划开工"),
    "quality.funding_unknown": ("projects.update", "projects:update", "补填资金性质"),
    "quality.works_type_missing": ("projects.update", "projects:update", "补填工程类别"),
    "quality.not_classified": ("projects.classify", "projects:classify", "按现行规则办理一次分类分级"),
    "quality.stage_unknown": ("projects.set_stage", "projects:set_stage", "查明后填写阶段"),
    "quality.owner_missing": ("projects.change_owner", "projects:change_owner", "填写建设单位"),
    "quality.owner_unlinked": (
        "projects.change_owner",
        "projects:change_owner",
        "单位库中已有该单位的，办理变更建设单位，在其中选定；没有的先在单位库登记",
    ),
    "quality.annual_over_total": (
        "projects.set_annual_investment",
        "projects:annual",
        "核对各年计划数，或按批文调整总投资",
    ),
    "quality.completed_over_total": (
        "projects.set_annual_investment",
        "projects:annual",
        "核对各年完成数的单位；属实的按规定报批调整概算",
    ),
    "quality.planned_finish_passed": ("projects.update", "projects:update", "已竣工的变更阶段，未竣工的改填计划竣工"),
}
# Whatever a reading of the attached code finds.
_MEND_CODE = ("projects.attach_code", "projects:attach_code", "与赋码文书核对；抄错的，换挂正确代码并写明事由")


def list_mends(request: HttpRequest, file: dossier.Dossier) -> list[tuple[Finding, str, str]]:
    """Return the findings of the file with what to do, and where: "" when this person may not do it."""
    actor = request.actor  # type: ignore[attr-defined]
    mends = []
    for finding in file.findings:
        act, route, words = _MENDS.get(finding.code, _MEND_CODE)
        may = file.is_live and access.may(actor, act, file.project)
        mends.append((finding, words, reverse(route, args=[file.project.pk]) if may else ""))
    return mends


@page("projects.view")
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """项目卡 for printing: the facts on one A4 page, with the QR code of the newest receipt."""
    file = dossier.read_dossier(pk, request.actor)  # type: ignore[attr-defined]
    withholding.refuse_withheld(pk, request.actor, "项目卡")  # type: ignore[attr-defined]
    address = request.build_absolute_uri(reverse("ledger:receipt", args=[file.receipt])) if file.receipt else ""
    context = {
        "file": file,
        "project": file.project,
        "choices": fields.CHOICES,
        "say_day": fields.say_day,
        "printed_at": clock.now(),
        "qr": qr.svg(address) if address else "",
        "receipt": receipts.grouped(file.receipt) if file.receipt else "",
        "address": address,
        "crumbs": [
            ("项目库", reverse("projects:list")),
            (file.project.name, reverse("projects:show", args=[pk])),
            ("项目卡", None),
        ],
    }
    return render(request, "projects/card.html", context)


@page("projects.view")
def search(request: HttpRequest) -> HttpResponse:
    """The search box: a whole project code opens its project, anything else narrows the register."""
    words = request.GET.get("q", "").strip()[:100]
    reading = read_project_code(words) if words else None
    if reading is not None and reading.code:
        ids = list(ProjectCode.objects.filter(code=reading.code).values_list("project_id", flat=True)[:50])
        seen = queries.get_visible_ids(ids, request.actor)  # type: ignore[attr-defined]
        if len(seen) == 1:
            return HttpResponseRedirect(reverse("projects:show", args=[seen.pop()]))
        words = reading.code
    return HttpResponseRedirect(reverse("projects:list", query={"q": words} if words else None))


@page("projects.view")
def check_code(request: HttpRequest) -> HttpResponse:
    """The live check under the code field: what the digits say, what is wrong (an htmx fragment)."""
    today = clock.today()
    text = request.GET.get("project_code", "")[:60]
    reading = read_project_code(text, name_segment, today_yymm=today.year % 100 * 100 + today.month)
    of = request.GET.get("project", "")
    if reading.is_valid and of.isdigit():
        competent = queries.get_project(int(of), request.actor).competent_region  # type: ignore[attr-defined]
        if (elsewhere := find_elsewhere(reading, competent)) is not None:
            data = {"found": elsewhere[0], "place": elsewhere[1].name, "region": competent.name}
            warning = Finding("project_code.region_elsewhere", data, "project_code", Severity.FLAG)
            reading = replace(reading, findings=(*reading.findings, warning))
    context = {
        "reading": reading,
        "text": text.strip(),
        "form_label": FORM_LABELS.get(reading.form or "", ""),
        "parts": [(PART_LABELS[key], value) for key, value in reading.parts.items() if value],
        "Stage": Stage,
    }
    return HttpResponse(render_text(request, "projects/code_check.html", context))
