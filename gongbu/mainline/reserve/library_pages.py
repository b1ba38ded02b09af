"""储备库设置: the libraries of a county, opening one, its keeper, closing it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import Post, Region, Unit
from gongbu.ground.registers import forms
from gongbu.ground.registers.forms import Form, FormSpec, Step
from gongbu.ground.registers.pages import page, render
from gongbu.mainline.reserve import marks, queries, services
from gongbu.mainline.reserve.choices import LibraryKind
from gongbu.mainline.reserve.models import Library
from gongbu.mainline.reserve.system import CHAINS, TARGETS, System, system_of

BOTH = ("GET", "POST")
OPEN = FormSpec(
    "reserve.open_library",
    [Step("", ["library_kind", "library_sector", "library_chain", "library_township_id", "library_keeper_id",
               "library_leader_post_id", "library_name", "occurred_on"])],
    required=["library_kind", "library_keeper_id"],
)  # fmt: skip
KEEPER = FormSpec(
    "reserve.change_keeper",
    [Step("", ["library_keeper_id", "library_leader_post_id", "reserve_reason", "occurred_on"])],
    required=["reserve_reason"],
)
CLOSE = FormSpec("reserve.close_library", [Step("", ["reserve_reason", "occurred_on"])], required=["reserve_reason"])


@page("reserve.open_libraries")
def show(request: HttpRequest) -> HttpResponse:
    """The open libraries of a county with their keepers, and what the packs say they should hold."""
    actor = request.actor  # type: ignore[attr-defined]
    holder = _holder(request)
    system = system_of(holder, clock.today()) if holder else None
    libraries = queries.list_libraries(holder) if holder else []
    context = {
        "title": "储备库设置",
        "holder": holder,
        "system": system,
        "why": system.why_not if system and not system.is_adopted else None,
        "policy_href": reverse("policy:region", args=[holder.pk]) if holder else "",
        "groups": [(kind.label, [lib for lib in libraries if lib.kind == kind], _target(system, kind)) for kind in LibraryKind],
        "lacking": _lacking(system, libraries) if system else [],
        "may_change": holder is not None and actor.may("reserve.change_keeper", holder.key_lo),
        "crumbs": [("储备项目", reverse("reserve:list")), ("储备库设置", None)],
    }  # fmt: skip
    return render(request, "reserve/libraries.html", context)


def _target(system: System | None, kind: LibraryKind) -> dict[str, Any] | None:
    target = system.target(kind) if system else None
    return marks.of_value(target, note=system.note_of(TARGETS[kind])) if system and target else None


def _lacking(system: System, libraries: list[Library]) -> list[str]:
    """Return which libraries the packs speak of that nobody has opened: the general one, chains, townships."""
    if not system.is_adopted:
        return []
    have = {(lib.kind, lib.scope) for lib in libraries}
    found = [] if (LibraryKind.GENERAL, "") in have else ["综合库"]
    found += [f"{name}产业链库" for code, name in system.chains.items() if (LibraryKind.CHAIN, code) not in have]
    townships = Region.objects.filter(parent=system.holder, level=Region.Level.TOWNSHIP, valid_to=None).order_by(
        "key_lo"
    )
    return found + [f"{row.name}储备库" for row in townships if (LibraryKind.TOWNSHIP, str(row.pk)) not in have]


@page("reserve.open_libraries", methods=BOTH)
def open_library(request: HttpRequest) -> HttpResponse:
    """设立储备库."""
    actor = request.actor  # type: ignore[attr-defined]
    holder = _holder(request)
    if holder is None:
        return show(request)
    system = system_of(holder, clock.today())
    form = OPEN.bind(request)
    form.fields["library_chain"].options = list(system.chains.items())
    townships = Region.objects.filter(parent=holder, level=Region.Level.TOWNSHIP, valid_to=None).order_by("key_lo")
    form.fields["library_township_id"].options = [(str(row.pk), row.name) for row in townships]
    _offer(form, holder)

    def save(values: dict[str, Any]) -> str:
        kind = values["library_kind"]
        scope = {LibraryKind.SECTOR: values["library_sector"], LibraryKind.CHAIN: values["library_chain"]}.get(
            kind
        ) or ""
        township, leader = values["library_township_id"], values["library_leader_post_id"]
        services.open_libraries(
            region_id=holder.pk, actor=actor, on=values["occurred_on"],
            libraries=[
                services.NewLibrary(
                    kind, int(values["library_keeper_id"]), scope, int(township) if township else None,
                    values["library_name"] or "", int(leader) if leader else None,
                )
            ],
        )  # fmt: skip
        return reverse("reserve:libraries", query={"region": holder.pk})

    return _run(request, form, save, "设立储备库", submit="设立", system=system)


@page("reserve.change_keeper", methods=BOTH)
def change_keeper(request: HttpRequest, pk: int) -> HttpResponse:
    """更换储备库管理单位."""
    actor = request.actor  # type: ignore[attr-defined]
    library = queries.get_library(pk)
    actor.require("reserve.change_keeper", library.region_key)
    initial = {"library_keeper_id": library.keeper_id, "library_leader_post_id": str(library.leader_post_id or "")}
    form = KEEPER.bind(request, subject=pk, rev=library.rev, initial=initial)
    _offer(form, library.region)

    def save(values: dict[str, Any]) -> str:
        keeper, leader = values["library_keeper_id"], values["library_leader_post_id"]
        services.change_keeper(
            library_id=pk, reason=values["reserve_reason"], actor=actor, rev=form.rev, on=values["occurred_on"],
            keeper_id=int(keeper) if keeper else None, leader_post_id=int(leader) if leader else None,
        )  # fmt: skip
        return reverse("reserve:libraries", query={"region": library.region_id})

    intro = f"{library.name}现由{library.keeper.name}管理。更换后，正在办理的事项转给新的管理单位，时限继续计算。"
    return _run(request, form, save, "更换管理单位", intro=intro, submit="更换")


@page("reserve.close_library", methods=BOTH)
def close_library(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销储备库."""
    actor = request.actor  # type: ignore[attr-defined]
    library = queries.get_library(pk)
    actor.require("reserve.close_library", library.region_key)
    form = CLOSE.bind(request, subject=pk, rev=library.rev)

    def save(values: dict[str, Any]) -> str:
        services.close_library(
            library_id=pk, reason=values["reserve_reason"], actor=actor, rev=form.rev, on=values["occurred_on"]
        )
        return reverse("reserve:libraries", query={"region": library.region_id})

    return _run(
        request, form, save, f"撤销{library.name}", intro="库里还有项目的不能撤销，请先移交或退出。", submit="撤销"
    )


def _holder(request: HttpRequest) -> Region | None:
    wanted = request.GET.get("region", "")
    actor = request.actor  # type: ignore[attr-defined]
    return queries.find_holder(
        actor, int(wanted) if wanted.isdecimal() and len(wanted) < 18 else None, "reserve.open_libraries"
    )


def _offer(form: Form, holder: Region) -> None:
    units = Unit.objects.unscoped("keepers of a county").filter(
        region__key_lo__gte=holder.key_lo, region__key_lo__lt=holder.key_hi, status="ACTIVE",
        kind__in=["GOVERNMENT", "PUBLIC_INSTITUTION", "STATE_OWNED"],
    )  # fmt: skip
    form.fields["library_keeper_id"].options = [
        (str(pk), name) for pk, name in units.order_by("sort_pinyin").values_list("pk", "name")[:500]
    ]
    posts = Post.objects.filter(
        unit__region__key_lo__gte=holder.key_lo,
        unit__region__key_lo__lt=holder.key_hi,
        closed_on=None,
        grants__role="LEADER",
    ).distinct()
    form.fields["library_leader_post_id"].options = [
        (str(pk), f"{unit}·{name}")
        for pk, unit, name in posts.order_by("pk").values_list("pk", "unit__name", "name")[:200]
    ]


def _run(
    request: HttpRequest,
    form: Form,
    save: Any,
    title: str,
    *,
    intro: str = "",
    submit: str = "提交",
    system: System | None = None,
) -> HttpResponse:
    pages_form = {
        "title": title, "intro": intro, "project": None, "chosen": None, "submit": submit, "indicator_basis": None,
        "cases_basis": marks.of_value(value, note=system.note_of(CHAINS)) if system and (value := system.value(CHAINS)) else None,
        "cancel": reverse("reserve:libraries"),
        "crumbs": [("储备项目", reverse("reserve:list")), ("储备库设置", reverse("reserve:libraries")), (title, None)],
    }  # fmt: skip
    form.start_on_today()
    return forms.handle(request, form, save, "reserve/form.html", pages_form)
