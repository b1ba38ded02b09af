"""Pages of the room: one record each with what may be done to it, and a form for each act."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.money import as_wan
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger.queries import TimelineRow, list_for_subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.registers import catalogue
from gongbu.ground.registers.forms import FormSpec, handle
from gongbu.ground.registers.pages import page, public_page, render
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.promotion import assets, forms, leads, offers, queries, register, services
from gongbu.mainline.promotion.models import ASSET, LEAD, OFFER, CapitalOffer, Errand, IdleAsset, Lead

Row = Lead | IdleAsset | CapitalOffer
HOME: dict[type, tuple[str, str, str]] = {
    Lead: ("招商项目代办", "promotion:leads", "promotion:lead"),
    IdleAsset: ("闲置资产", "promotion:assets", "promotion:asset"),
    CapitalOffer: ("民间资本推介", "promotion:offers", "promotion:offer"),
}


def _crumbs(model: type, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    label, route, _one = HOME[model]
    return [(label, reverse(route)), *more]


CORRECTIONS = {"promotion.correct_lead": leads.CORRECTABLE, "promotion.correct_asset": assets.CORRECTABLE}


def _history(kind: str, row: Row, actor: Actor) -> list[tuple[Any, str, list[str]]]:
    """Return the entries on a record with their names and, of corrections, what was changed, a line each, and why."""
    entries = list_for_subject(kind, row.pk)
    sides = [(e.content["before"], e.content["after"]) for e in entries if e.kind in CORRECTIONS]
    named = {side["project_id"] for pair in sides for side in pair if side.get("project_id")}
    readable = projects.list_readable(actor, named) if named else set()
    return [(entry, entry_kinds.label(entry.kind), _corrections(entry, readable)) for entry in entries]


def _corrections(entry: TimelineRow, readable: set[int]) -> list[str]:
    if entry.kind not in CORRECTIONS:
        return []
    before, after = entry.content["before"], entry.content["after"]
    lines = []
    for name, key in CORRECTIONS[entry.kind].items():
        if name not in after:
            continue
        spec = catalogue.get(key)
        if name == "project" and not {f["project_id"] for f in (before, after) if f.get("project_id")} <= readable:
            lines.append(f"{spec.label}：已更正")  # the record is in sight, the project is not
            continue
        was, now = (_said(spec, facts.get(name)) for facts in (before, after))
        lines.append(f"{spec.label}：{was} → {now}")
    return [*lines, f"更正原因：{entry.content['extra']['reason']}"]


def _said(spec: catalogue.Field, value: Any) -> str:
    if value in (None, ""):
        return "未填"
    if spec.type == "money":
        return f"{as_wan(value)} 万元"
    return f"{dict(spec.choices or {}).get(value, value)} {spec.unit_word}".strip()


def _new(
    request: HttpRequest, model: type, spec: FormSpec, title: str, save: Callable[[dict[str, Any]], Row], **initial: Any
) -> HttpResponse:
    def go(values: dict[str, Any]) -> str:
        return reverse(HOME[model][2], args=[save(values).pk])

    context = {
        "title": title,
        "crumbs": _crumbs(model, (title, None)),
        "cancel": reverse(HOME[model][1]),
        "submit": title,
    }
    return handle(request, spec.bind(request, initial=initial), go, "promotion/form.html", context)


def _act(
    request: HttpRequest,
    row: Row,
    act: str,
    spec: FormSpec,
    title: str,
    save: Callable[[dict[str, Any], int | None], object],
    *,
    options: dict[str, Any] | None = None,
    sub: str = "",
    without: Iterable[str] = (),
    **initial: Any,
) -> HttpResponse:
    """Run the form of one act on one record, then go back to its page."""
    actor = request.actor  # type: ignore[attr-defined]
    actor.require(act, row.region_key)
    here = reverse(HOME[type(row)][2], args=[row.pk])
    form = spec.bind(request, initial=initial, subject=f"{row.pk}", rev=row.rev)
    form.drop(*without)
    for key, choices in (options or {}).items():
        form.fields[key].options = choices

    def go(values: dict[str, Any]) -> str:
        save(values, form.rev)
        return here

    context = {
        "title": title, "sub": sub or str(row), "crumbs": _crumbs(type(row), (str(row), here), (title, None)),
        "cancel": here, "submit": title,
    }  # fmt: skip
    return handle(request, form, go, "promotion/form.html", context)


def _correct(
    request: HttpRequest, row: Lead | IdleAsset, act: str, spec: FormSpec, title: str, keys: Mapping[str, str],
    asked: Collection[str], save: Callable[[dict[str, Any], str, int | None], object],
) -> HttpResponse:  # fmt: skip
    """Run a form of corrections that opens on what the record says; ``keys``: field → key, ``asked``: fields shown."""
    actor = request.actor  # type: ignore[attr-defined]
    initial = {key: getattr(row, name) for name, key in keys.items()}
    project_key = keys["project"]
    initial[project_key] = row.project.name if row.project else ""
    if row.project_id is not None and not projects.list_readable(actor, [row.project_id]):
        asked = [name for name in asked if name != "project"]  # its name would be told

    def go(v: dict[str, Any], rev: int | None) -> object:
        changes = {name: v[keys[name]] for name in asked if name != "project"}
        texts = {name for name in changes if isinstance(getattr(row, name), str)}
        changes |= {name: changes[name] or "" for name in texts}
        if "project" in asked and (typed := (v[project_key] or "").strip()) != initial[project_key]:
            changes["project_id"] = queries.find_project(typed, row.region, actor, project_key) if typed else None
        return save(changes, v["promotion_reason"], rev)

    without = [key for name, key in keys.items() if name not in asked]
    return _act(request, row, act, spec, title, go, without=without, **initial)


# -- 招商项目 --------------------------------------------------------------------------------------------------------


@page("promotion.register_lead", methods=("GET", "POST"))
def new_lead(request: HttpRequest) -> HttpResponse:
    """Register a lead."""
    actor = request.actor  # type: ignore[attr-defined]

    def save(v: dict[str, Any]) -> Lead:
        return services.register_lead(
            region_id=v["promotion_region"], name=v["lead_name"], investor=v["lead_investor"],
            agent_post_id=int(v["lead_agent_post"]), talking_since_on=v["lead_talking_since_on"],
            industry=v["lead_industry"] or "", intended_fen=v["lead_intended_fen"], needs=v["lead_needs"] or "",
            source=v["lead_source"] or "", actor=actor,
        )  # fmt: skip

    return _new(request, Lead, forms.LEAD, "登记招商项目", save, lead_talking_since_on=clock.today())


@page("promotion.view")
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """One lead with its errands."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(Lead, pk, actor)
    errands = list(row.errands.order_by("done_on", "due_on", "pk"))
    context = {
        "title": row.name,
        "crumbs": _crumbs(Lead, (row.name, None)),
        "row": row,
        "agent": row.agent_post,
        "agent_unit": row.agent_post.unit,
        "errands": errands,
        "today": clock.today(),
        "tones": register.LEAD_TONES,
        "may": {name: actor.may(f"promotion.{name}", row.region_key) for name in LEAD_ACTS},
        "history": _history(LEAD, row, actor),
    }
    return render(request, "promotion/lead.html", context)


LEAD_ACTS = ("correct_lead", "change_agent", "open_errand", "finish_errand", "sign_lead", "land_lead", "end_lead")


@page("promotion.correct_lead", methods=("GET", "POST"))
def correct_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what was entered wrongly."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(Lead, pk, actor)
    return _correct(
        request, row, "promotion.correct_lead", forms.CORRECT_LEAD, "更正招商项目", leads.CORRECTABLE,
        leads.list_correctable(row, actor),
        lambda changes, reason, rev: services.correct_lead(
            lead_id=pk, changes=changes, reason=reason, actor=actor, rev=rev
        ),
    )  # fmt: skip


@page("promotion.change_agent", methods=("GET", "POST"))
def change_agent(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a lead to another agent."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(Lead, pk, actor)
    return _act(
        request, row, "promotion.change_agent", forms.AGENT, "更换代办岗位",
        lambda v, rev: services.change_agent(
            lead_id=pk, agent_post_id=int(v["lead_agent_post"]), reason=v["promotion_reason"], actor=actor, rev=rev
        ),
        options={"lead_agent_post": queries.list_agent_posts(row.region, actor)},
    )  # fmt: skip


@page("promotion.open_errand", methods=("GET", "POST"))
def open_errand(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an errand."""
    actor = request.actor  # type: ignore[attr-defined]
    return _act(
        request, queries.get_row(Lead, pk, actor), "promotion.open_errand", forms.ERRAND, "登记代办事项",
        lambda v, _rev: services.open_errand(
            lead_id=pk, title=v["errand_title"], office=v["errand_office"], due_on=v["errand_due_on"], actor=actor
        ),
    )  # fmt: skip


@page("promotion.finish_errand", methods=("GET", "POST"))
def finish_errand(request: HttpRequest, pk: int, errand_id: int) -> HttpResponse:
    """Finish an errand."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(Lead, pk, actor)
    errand = Errand.objects.filter(pk=errand_id, lead_id=pk).first()
    return _act(
        request, row, "promotion.finish_errand", forms.RESULT, "办结代办事项",
        lambda v, _rev: services.finish_errand(
            errand_id=errand_id, result=v["errand_result"], on=v["promotion_day"], actor=actor
        ),
        sub=f"{errand.title} · {errand.office}" if errand else "", promotion_day=clock.today(),
    )  # fmt: skip


@page("promotion.sign_lead", methods=("GET", "POST"))
def sign_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the signing."""
    actor = request.actor  # type: ignore[attr-defined]
    return _act(
        request, queries.get_row(Lead, pk, actor), "promotion.sign_lead", forms.DAY, "登记签约",
        lambda v, rev: services.sign_lead(lead_id=pk, signed_on=v["promotion_day"], actor=actor, rev=rev),
        promotion_day=clock.today(),
    )  # fmt: skip


@page("promotion.land_lead", methods=("GET", "POST"))
def land_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which project the lead became."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(Lead, pk, actor)

    def save(v: dict[str, Any], rev: int | None) -> object:
        project = queries.find_project(v["promotion_project"], row.region, actor, "promotion_project")
        return services.land_lead(
            lead_id=pk, project_id=project, landed_on=v["promotion_day"], actor=actor, rev=rev,
            unsigned_reason=v.get("lead_unsigned_reason") or "",
        )  # fmt: skip

    signed = row.signed_on is not None
    return _act(
        request, row, "promotion.land_lead", forms.LAND, "登记落地", save, promotion_day=clock.today(),
        sub=f"{row.name} · {f'{row.signed_on} 签约' if signed else '还没有登记签约'}",
        without=["lead_unsigned_reason"] if signed else [],
    )  # fmt: skip


@page("promotion.end_lead", methods=("GET", "POST"))
def end_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """End a lead."""
    actor = request.actor  # type: ignore[attr-defined]
    return _act(
        request, queries.get_row(Lead, pk, actor), "promotion.end_lead", forms.REASON, "终止招商项目",
        lambda v, rev: services.end_lead(lead_id=pk, reason=v["promotion_reason"], actor=actor, rev=rev),
    )  # fmt: skip


# -- 闲置资产 --------------------------------------------------------------------------------------------------------


@page("promotion.register_asset", methods=("GET", "POST"))
def new_asset(request: HttpRequest) -> HttpResponse:
    """Register an idle asset."""
    actor = request.actor  # type: ignore[attr-defined]

    def save(v: dict[str, Any]) -> IdleAsset:
        return services.register_asset(
            region_id=v["promotion_region"], name=v["asset_name"], kind=v["asset_kind"], owner_name=v["asset_owner"],
            location=v["asset_location"], idle_since_on=v["asset_idle_since_on"], land_area_mu=v["asset_land_area_mu"],
            floor_area_sqm=v["asset_floor_area_sqm"], book_value_fen=v["asset_book_value_fen"],
            cause=v["asset_cause"] or "", terms=v["asset_terms"] or "", actor=actor,
        )  # fmt: skip

    return _new(request, IdleAsset, forms.ASSET, "登记闲置资产", save)


@page("promotion.view")
def asset(request: HttpRequest, pk: int) -> HttpResponse:
    """One idle asset."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(IdleAsset, pk, actor)
    until = row.revived_on or clock.today()
    context = {
        "title": row.name,
        "crumbs": _crumbs(IdleAsset, (row.name, None)),
        "row": row,
        "idle_days": (until - row.idle_since_on).days,
        "tones": register.ASSET_TONES,
        "may": {
            name: actor.may(f"promotion.{name}", row.region_key)
            for name in ("correct_asset", "match_asset", "revive_asset", "remove_asset")
        },
        "history": _history(ASSET, row, actor),
    }
    return render(request, "promotion/asset.html", context)


@page("promotion.correct_asset", methods=("GET", "POST"))
def correct_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what was entered wrongly."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(IdleAsset, pk, actor)
    return _correct(
        request, row, "promotion.correct_asset", forms.CORRECT_ASSET, "更正闲置资产", assets.CORRECTABLE,
        assets.list_correctable(row, actor),
        lambda changes, reason, rev: services.correct_asset(
            asset_id=pk, changes=changes, reason=reason, actor=actor, rev=rev
        ),
    )  # fmt: skip


@page("promotion.match_asset", methods=("GET", "POST"))
def match_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """Say with whom it is being talked about."""
    actor = request.actor  # type: ignore[attr-defined]
    return _act(
        request, queries.get_row(IdleAsset, pk, actor), "promotion.match_asset", forms.MATCH, "登记对接",
        lambda v, rev: services.match_asset(asset_id=pk, matched_with=v["asset_matched_with"], actor=actor, rev=rev),
    )  # fmt: skip


@page("promotion.revive_asset", methods=("GET", "POST"))
def revive_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """Record how it came to use again."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(IdleAsset, pk, actor)

    def save(v: dict[str, Any], rev: int | None) -> object:
        typed = v["asset_project"] or ""
        project = queries.find_project(typed, row.region, actor, "asset_project") if typed.strip() else None
        return services.revive_asset(
            asset_id=pk, outcome=v["asset_outcome"], revived_on=v["promotion_day"], project_id=project, actor=actor,
            rev=rev,
        )  # fmt: skip

    return _act(request, row, "promotion.revive_asset", forms.REVIVE, "登记盘活", save, promotion_day=clock.today())


@page("promotion.remove_asset", methods=("GET", "POST"))
def remove_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it off the register."""
    actor = request.actor  # type: ignore[attr-defined]
    return _act(
        request, queries.get_row(IdleAsset, pk, actor), "promotion.remove_asset", forms.REASON, "销账",
        lambda v, rev: services.remove_asset(asset_id=pk, reason=v["promotion_reason"], actor=actor, rev=rev),
    )  # fmt: skip


# -- 民间资本推介 ----------------------------------------------------------------------------------------------------


@page("promotion.draft_offer", methods=("GET", "POST"))
def new_offer(request: HttpRequest) -> HttpResponse:
    """Begin a list."""
    actor = request.actor  # type: ignore[attr-defined]

    def save(v: dict[str, Any]) -> CapitalOffer:
        return services.draft_offer(
            region_id=v["promotion_region"], title=v["offer_title"], contact=v["offer_contact"], actor=actor
        )

    return _new(request, CapitalOffer, forms.OFFER, "拟推介清单", save)


@page("promotion.view")
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """One list, drafted or published."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(CapitalOffer, pk, actor)
    offered = list(row.offered.select_related("project__competent_region").order_by("pk")) if not row.items else []
    acts = ("put_on_offer", "take_off_offer", "publish_offer", "withdraw_offer")
    context = {
        "title": row.title,
        "crumbs": _crumbs(CapitalOffer, (row.title, None)),
        "row": row,
        "offered": offered,
        "opens": projects.list_readable(actor, [o.project_id for o in offered] + [i["project"] for i in row.items]),
        "tones": register.OFFER_TONES,
        "may": {name: actor.may(f"promotion.{name}", row.region_key) for name in acts},
        "receipt": offers.receipt_of(row),
        "history": _history(OFFER, row, actor),
    }
    return render(request, "promotion/offer.html", context)


@page("promotion.put_on_offer", methods=("GET", "POST"))
def put_on_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a project on a list."""
    actor = request.actor  # type: ignore[attr-defined]
    row = queries.get_row(CapitalOffer, pk, actor)

    def save(v: dict[str, Any], _rev: int | None) -> object:
        project = queries.find_project(v["promotion_project"], row.region, actor, "promotion_project")
        return services.put_on_offer(
            offer_id=pk, project_id=project, mode=v["offer_mode"], wanted_fen=v["offer_wanted_fen"], actor=actor
        )

    return _act(request, row, "promotion.put_on_offer", forms.CHOOSE, "选入项目", save)


@page("promotion.take_off_offer", methods=("POST",))
def take_off_offer(request: HttpRequest, pk: int, project_id: int) -> HttpResponse:
    """Take a project off a list."""
    services.take_off_offer(offer_id=pk, project_id=project_id, actor=request.actor)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("promotion:offer", args=[pk]))


@page("promotion.publish_offer", methods=("GET", "POST"))
def publish_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a list, after a last look."""
    actor = request.actor  # type: ignore[attr-defined]
    return _act(
        request, queries.get_row(CapitalOffer, pk, actor), "promotion.publish_offer", PUBLISH, "发布推介清单",
        lambda _v, rev: services.publish_offer(offer_id=pk, actor=actor, rev=rev),
    )  # fmt: skip


PUBLISH = FormSpec("promotion.publish", [], keeps_draft=False)


@page("promotion.withdraw_offer", methods=("GET", "POST"))
def withdraw_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a list."""
    actor = request.actor  # type: ignore[attr-defined]
    return _act(
        request, queries.get_row(CapitalOffer, pk, actor), "promotion.withdraw_offer", forms.REASON, "撤下推介清单",
        lambda v, rev: services.withdraw_offer(offer_id=pk, reason=v["promotion_reason"], actor=actor, rev=rev),
    )  # fmt: skip


@public_page
def index(request: HttpRequest) -> HttpResponse:
    """Published lists, for everybody."""
    return render(request, "promotion/index.html", {"offers": queries.list_public()})


@public_page
def public(request: HttpRequest, pk: int) -> HttpResponse:
    """One published list, for everybody: what it said on the day."""
    row = queries.get_public(pk)
    context = {
        "row": row, "receipt": offers.receipt_of(row),
        "crumbs": [("民间资本推介", reverse("promotion:index")), (row.title, None)],
    }  # fmt: skip
    return render(request, "promotion/public.html", context)
