"""Pages of experts: the pool, one expert, draws with their seats, reviews and appraisals, the expert's own answer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import (
    ChangedMeanwhile,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
)
from gongbu.ground.basics.messages import word
from gongbu.ground.experts import avoiding, forms, queries, services, verifying
from gongbu.ground.experts import specialties as lists
from gongbu.ground.experts.entry import NewAppraisal, NewDraw, NewExpert, NewRelation, NewReview
from gongbu.ground.experts.models import Draw, Expert, ExpertRelation, Seat
from gongbu.ground.experts.register import DRAW_TONES, SEAT_TONES, STATE_TONES
from gongbu.ground.experts.services.record import DRAW, runs
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger import qr, receipts
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.ledger.pages.receipts import address_of
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.orgs import audit
from gongbu.ground.orgs import trace as traces
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rights import rights
from gongbu.ground.policy.queries import check_of, pack_words, policy_for
from gongbu.ground.policy.rules.dated import DatedValue
from gongbu.ground.registers import downloads, subjects
from gongbu.ground.registers import forms as register_forms
from gongbu.ground.registers.forms import Form
from gongbu.ground.registers.pages import actor_of, page, posted_rev, render

BOTH = ("GET", "POST")
CONCLUSION_TONES = {"FOR": "good", "IF": "warn", "AGAINST": "bad", "NONE": "off"}
ANSWERS = (("ACCEPTED", "应邀"), ("DECLINED", "不能参加"), ("CONFLICT", "需要回避"), ("ABSENT", "未到场"))
Problems = Sequence[tuple[str, str]]


# -- the pool ------------------------------------------------------------------------------------------------------


@page("experts.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One expert: facts, relations, record."""
    actor = actor_of(request)
    expert = queries.get_expert(pk, actor)
    record = queries.list_record(expert)
    tab = request.GET.get("tab", "")
    here = reverse("experts:expert", args=[pk])

    def may(act: str, *states: str) -> bool:
        return expert.state in states and actor.may(f"experts.{act}", expert.region_key)

    standing = ("ACTIVE", "SUSPENDED")
    context = {
        "title": expert.name,
        "expert": expert,
        "tone": STATE_TONES[expert.state],
        "relations": queries.list_relations(expert),
        "record": record,
        "seat_tones": SEAT_TONES,
        "tones": CONCLUSION_TONES,
        "concern": _concern(expert),
        "events": _events("expert", pk) if tab == "log" else [],
        "tab": tab,
        "tabs": [("基本情况", here, None, tab != "log"), ("办理记录", f"{here}?tab=log", None, tab == "log")],
        "may_update": may("update", *standing),
        "may_relate": may("relate", *standing),
        "may_end": may("end_relation", *standing),
        "may_suspend": may("suspend", "ACTIVE"),
        "may_resume": may("resume", "SUSPENDED"),
        "may_retire": may("retire", *standing),
        "may_erase": may("erase", "RETIRED") and not expert.is_erased,
        "may_contact": actor.may("experts.view_contacts", expert.region_key) and not expert.is_erased,
        "crumbs": [("专家库", reverse("experts:list")), (expert.name, None)],
    }
    return render(request, "experts/expert.html", context)


def _concern(expert: Expert) -> Mapping[str, Any] | None:
    """Return the judgement that an expert's marks ask for attention, with where it is written; None when they do not."""
    if expert.mark is None:
        return None
    today = clock.today()
    try:
        floor, value = lists.number(policy_for(expert.region_id, today), lists.FLOOR, today)
    except Refusal:
        return None
    if expert.mark >= floor:
        return None
    return _basis(value, "履职评价应予关注", rule=f"平均分低于 {floor:f} 分", facts=[("平均分", str(expert.mark))])


@page("experts.register", methods=BOTH)
def register(request: HttpRequest) -> HttpResponse:
    """专家入库."""
    region = _home(request, "experts.register")
    form = forms.REGISTER.bind(
        request, initial={"orgs.region_id": region.pk if region else None, "experts.valid_from": clock.today()},
        origins={"orgs.region_id": "取自您的岗位", "experts.valid_from": "今天"},
    )  # fmt: skip

    def save(values: dict[str, Any]) -> str:
        new = NewExpert(
            name=values["experts.name"], region_id=values["orgs.region_id"], unit_name=values["experts.unit_name"],
            unit_id=forms.match_unit(values["experts.unit_name"]), specialties=_ticked(request),
            duty=values["experts.duty"], title=values["experts.title"], qualification=values["experts.qualification"],
            serves_in_id=values["experts.serves_in"], valid_from=values["experts.valid_from"],
            valid_to=values["experts.valid_to"], phone=values["experts.phone"], id_number=values["experts.id_number"],
            person_id=forms.read_login(values["experts.login_name"]),
        )  # fmt: skip
        return _address(services.register_expert(new=new, actor=actor_of(request)).pk)

    context = {
        "title": "专家入库",
        "crumbs": [("专家库", reverse("experts:list")), ("专家入库", None)],
        "choices": _choices(region.pk if region else None),
        "ticked": _ticked(request),
        "back": reverse("experts:list"),
        "submit": "入库",
    }
    return register_forms.handle(request, form, save, "experts/form.html", context)


def _choices(region_id: int | None) -> list[tuple[str, str]]:
    if region_id is None:
        return list(lists.labels_of(lists.SPECIALTIES).items())
    return list(lists.list_specialties(region_id).items())


def _ticked(request: HttpRequest) -> list[str]:
    return list(dict.fromkeys(request.POST.getlist("specialties")))


@page("experts.update", methods=BOTH)
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """更新专家信息."""
    expert = _expert(request, pk, "experts.update")
    private, codes = queries.private_of(expert), queries.codes_of(expert)
    login = expert.person.login_name if expert.person else ""
    initial: dict[str, Any] = {f"experts.{key}": getattr(expert, key) for key in (
        "name", "unit_name", "duty", "title", "qualification", "valid_from", "valid_to")}  # fmt: skip
    initial |= {"experts.serves_in": expert.serves_in_id, "experts.phone": private.phone,
                "experts.id_number": private.id_number, "experts.login_name": login}  # fmt: skip
    form = forms.UPDATE.bind(request, initial=initial, subject=pk, rev=expert.rev)

    def save(values: dict[str, Any]) -> str:
        changes: dict[str, Any] = {key: values[f"experts.{key}"] for key in (
            "name", "duty", "title", "qualification", "valid_from", "valid_to", "phone", "id_number")}  # fmt: skip
        changes["serves_in_id"] = values["experts.serves_in"] or expert.region_id
        changes["specialties"] = sorted(_ticked(request), key=lambda c: codes.index(c) if c in codes else 99)
        if values["experts.unit_name"] != expert.unit_name:
            changes |= {"unit_name": values["experts.unit_name"],
                        "unit_id": forms.match_unit(values["experts.unit_name"])}  # fmt: skip
        if values["experts.login_name"] != login:
            changes["person_id"] = forms.read_login(values["experts.login_name"])
        if changes["valid_from"] is None:
            changes.pop("valid_from")
        services.update_expert(expert_id=pk, rev=_form_rev(form), changes=changes, actor=actor_of(request))
        return _address(pk)

    if request.method == "GET":  # the form shows phone and identity number
        audit.record_export(actor_of(request), "专家联系方式", 1, {"专家": expert.code})
    context = {
        "title": "更新专家信息",
        "crumbs": [("专家库", reverse("experts:list")), (expert.name, _address(pk)), ("更新", None)],
        "choices": _with(_choices(expert.region_id), codes),
        "ticked": _ticked(request) if request.method == "POST" else codes,
        "back": _address(pk),
        "submit": "保存",
    }
    return register_forms.handle(request, form, save, "experts/form.html", context)


def _with(choices: list[tuple[str, str]], codes: Sequence[str]) -> list[tuple[str, str]]:
    """Add the specialties an expert has that the list of today no longer holds."""
    known = dict(choices)
    return [*choices, *((code, lists.label(code)) for code in codes if code not in known)]


@page("experts.view_contacts")
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawer with phone and identity number; looking leaves a line in the audit."""
    actor = actor_of(request)
    expert = _contactable(request, pk)
    context = {
        "title": f"{expert.name} 联系方式",
        "private": queries.get_contact(expert, actor),
        "expert": expert,
        "crumbs": [("专家库", reverse("experts:list")), (expert.name, None)],
    }
    return render(request, "experts/contact.html", context)


def _contactable(request: HttpRequest, pk: int) -> Expert:
    """Return an expert of the actor's pool, or one who sits in a draw that he runs."""
    actor = actor_of(request)
    try:
        return queries.get_expert(pk, actor)
    except NotFound:
        seat = queries.find_seat_of(pk, actor)
        if seat is None or not runs(actor, seat.draw):
            raise
        return seat.expert


@page("experts.relate", methods=BOTH)
def relate(request: HttpRequest, pk: int) -> HttpResponse:
    """登记回避关系."""
    expert = _expert(request, pk, "experts.relate")
    form = forms.RELATE.bind(request, subject=pk)

    def save(values: dict[str, Any]) -> str:
        unit = values["experts.relation_unit"]
        new = NewRelation(
            values["experts.relation_kind"], forms.match_unit(unit), unit, values["experts.relation_person"],
            values["experts.until"], values["experts.note"],
        )  # fmt: skip
        services.add_relation(expert_id=pk, relation=new, actor=actor_of(request))
        return _address(pk)

    return _plain(request, form, save, "登记回避关系", expert)


@page("experts.end_relation", methods=("POST",))
def end_relation(request: HttpRequest, pk: int) -> HttpResponse:
    """解除回避关系."""
    row = services.end_relation(
        relation_id=pk, until=forms.read_day(request.POST.get("until", ""), "until"),
        reason=request.POST.get("reason", ""), actor=actor_of(request),
    )  # fmt: skip
    return HttpResponseRedirect(_address(row.expert_id))


@page("experts.suspend", methods=BOTH)
def suspend(request: HttpRequest, pk: int) -> HttpResponse:
    """暂停专家."""
    expert = _expert(request, pk, "experts.suspend")
    form = forms.SUSPEND.bind(request, subject=pk, rev=expert.rev)

    def save(values: dict[str, Any]) -> str:
        services.suspend_expert(
            expert_id=pk, reason=values["experts.reason"], until=values["experts.suspended_until"], rev=_form_rev(form),
            actor=actor_of(request),
        )  # fmt: skip
        return _address(pk)

    return _plain(request, form, save, "暂停专家", expert, "暂停期间不参加抽取。")


def _state_page(act: str, title: str, intro: str, run: Callable[..., Any]) -> Any:
    """Make the page of an act that needs a reason and nothing else."""

    @page(f"experts.{act}", methods=BOTH)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        expert = _expert(request, pk, f"experts.{act}")
        form = forms.STATE.bind(request, subject=f"{act}:{pk}", rev=expert.rev)

        def save(values: dict[str, Any]) -> str:
            more = {} if act == "erase" else {"rev": _form_rev(form)}
            run(expert_id=pk, reason=values["experts.reason"], actor=actor_of(request), **more)
            return _address(pk)

        return _plain(request, form, save, title, expert, intro)

    return view


resume = _state_page("resume", "恢复专家", "恢复后重新参加抽取。", services.resume_expert)
retire = _state_page("retire", "专家出库", "出库后不再抽取，抽取和评审记录保留。", services.retire_expert)
erase = _state_page(
    "erase", "删除专家个人信息",
    "删除姓名、单位、联系方式、证件号和回避关系，不能恢复；编号和评审记录保留。依据：个人信息保护法第四十七条。",
    services.erase_expert,
)  # fmt: skip


# -- draws ---------------------------------------------------------------------------------------------------------


@page("experts.open_draw", methods=BOTH)
def open_draw(request: HttpRequest) -> HttpResponse:
    """发起抽取: what is wanted and whom to avoid; the seed is bound on submitting."""
    actor = actor_of(request)
    region = _home(request, "experts.open_draw")
    supplements = _supplemented(request)
    initial: dict[str, Any] = {"orgs.region_id": region.pk if region else None}
    if supplements is not None:
        initial = {
            "orgs.region_id": supplements.region_id, "experts.draw_title": f"{supplements.title}（补充）"[:160],
            "experts.avoid_units": "\n".join(name for _, name in supplements.avoid["units"]),
            "experts.avoid_people": "\n".join(supplements.avoid["people"]),
        }  # fmt: skip
        region = supplements.region
    chosen = subjects.get(actor, request.POST.get("subject", "") or request.GET.get("subject", ""))
    if chosen is not None and supplements is None:
        region = Region.objects.filter(key_lo=chosen.region_key).order_by("-key_hi").first() or region
        proposed = avoiding.proposed_for(chosen.kind, chosen.id)
        initial |= {
            "orgs.region_id": region.pk if region else None, "experts.draw_title": f"{chosen.label}评审专家"[:160],
            "experts.avoid_units": "\n".join(proposed.unit_names), "experts.avoid_people": "\n".join(proposed.people),
        }  # fmt: skip
    form = forms.OPEN.bind(request, initial=initial)
    choices = _choices(region.pk if region else None)
    codes = [code for code, _ in choices]
    counts = queries.count_by_specialty(region.key_lo) if region else {}

    def save(values: dict[str, Any]) -> str:
        if request.POST.get("subject") and chosen is None:
            raise NotFound("experts.draw_missing")
        place = Region.objects.filter(pk=values["orgs.region_id"]).first()
        if supplements is not None:
            subject = Subject(
                supplements.subject_kind, supplements.subject_id, supplements.region_key, supplements.subject_label
            )
        elif chosen is not None:
            subject = Subject(chosen.kind, chosen.id, chosen.region_key, chosen.label)
        else:
            subject = Subject(DRAW, 0, place.key_lo if place else 0, "")
        new = NewDraw(
            title=values["experts.draw_title"], subject=subject, needs=forms.read_needs(request.POST, codes, dict(choices)),
            avoid=forms.read_avoid(values["experts.avoid_units"], values["experts.avoid_people"]),
            supplements=supplements.pk if supplements else None, reason=request.POST.get("reason", "")[:300],
        )  # fmt: skip
        return _draw_address(services.open_draw(new=new, actor=actor).pk)

    words = request.POST.get("subject_words", "")[:60]
    context = {
        "title": "补充抽取" if supplements else "发起抽取",
        "crumbs": [("专家库", reverse("experts:list")), ("专家抽取", reverse("experts:draws")), ("发起抽取", None)],
        "choices": [(code, label, counts.get(code, 0)) for code, label in choices],
        "posted": request.POST,
        "avoid_basis": _avoid_basis(region.pk, clock.today()) if region else None,
        "supplements": supplements,
        "subject_kinds": "、".join(subjects.labels()),
        "subject_words": words,
        "found": [chosen] if chosen else [],
        "chosen": chosen.value if chosen else "",
    }
    if "find" in request.POST:
        form.read(request.POST)
        form.problems, form.findings = [], []
        for bound in form.fields.values():
            bound.errors = []
        context["found"] = subjects.find(actor, words)[:12]
        return render(request, "experts/open.html", {**context, "form": form})
    return register_forms.handle(request, form, save, "experts/open.html", context)


def _supplemented(request: HttpRequest) -> Draw | None:
    text = request.GET.get("supplements", "")
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    return queries.get_draw(int(text), actor_of(request))


@page("experts.open_draw")
def find_subjects(request: HttpRequest) -> HttpResponse:
    """The subjects that the words may mean, as choices of the form."""
    words = request.GET.get("subject_words", "")[:60]
    context = {"found": subjects.find(actor_of(request), words)[:12], "chosen": "", "subject_words": words}
    return render(request, "registers/subject_choice.html", context)


@page("experts.view_draws")
def show_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """One draw: terms, the draw itself, seats, the pool with reasons, the proof."""
    return _show_draw(request, queries.get_draw(pk, actor_of(request)))


def _show_draw(request: HttpRequest, draw: Draw, *, form: Form | None = None, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    tab = request.GET.get("tab", "")
    here = _draw_address(draw.pk)
    is_mine = runs(actor, draw)

    def may(act: str, *states: str) -> bool:
        return draw.state in states and is_mine and actor.may(f"experts.{act}", draw.region_key)

    may_make = may("draw", "OPEN")
    context: dict[str, Any] = {
        "title": draw.title,
        "draw": draw,
        "tone": DRAW_TONES[draw.state],
        "subject_href": "".join(subjects.addresses(actor, [(draw.subject_kind, draw.subject_id)]).values()),
        "tab": tab,
        "tabs": [
            ("抽取与评审", here, None, tab not in ("pool", "proof", "log")),
            ("备选专家", f"{here}?tab=pool", None, tab == "pool"),
            ("核对", f"{here}?tab=proof", None, tab == "proof"),
            ("办理记录", f"{here}?tab=log", None, tab == "log"),
        ],
        "receipt": receipts.grouped(draw.receipt) if draw.receipt else "",
        "opened_receipt": receipts.grouped(draw.opened_receipt) if draw.opened_receipt else "",
        "qr": qr.svg(address_of(request, draw.receipt or draw.opened_receipt)),
        "may_make": may_make,
        "may_void": may("void_draw", "OPEN", "DRAWN"),
        "may_supplement": may("open_draw", "DRAWN"),
        "may_respond": may("respond", "DRAWN"),
        "may_replace": may("replace", "DRAWN"),
        "may_review": may("record_review", "DRAWN"),
        "may_appraise": may("appraise", "DRAWN"),
        "may_contact": is_mine and actor.may("experts.view_contacts", draw.region_key),
        "may_view": actor.may("experts.view"),
        "crumbs": [("专家库", reverse("experts:list")), ("专家抽取", reverse("experts:draws")), (draw.title, None)],
    }
    if tab == "log":
        context["events"] = _events(DRAW, draw.pk)
    elif draw.state != "OPEN" and tab == "pool":
        context |= {"pool": queries.list_pool(draw), "avoid_basis": _avoid_basis(draw.region_id, draw.on)}
    elif draw.state != "OPEN" and draw.drawn_at and tab == "proof":
        context["verdict"] = verifying.verify(verifying.as_data(draw))
    elif draw.state != "OPEN":
        context |= {
            "seats": queries.list_seats(draw), "replaced": queries.replaced_ids(draw), "seat_tones": SEAT_TONES,
            "tones": CONCLUSION_TONES, "answers": ANSWERS,
        }  # fmt: skip
    if may_make:
        context["form"] = form or forms.MAKE.bind(request, subject=draw.pk, rev=draw.rev)
    return render(request, "experts/draw.html", context, status=status)


@page("experts.draw", methods=("POST",))
def make_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """抽取."""
    draw = queries.get_draw(pk, actor_of(request))
    form = forms.MAKE.bind(request, subject=pk, rev=draw.rev)
    if form.read(request.POST):
        try:
            services.make_draw(
                draw_id=pk, spoken=form.values["experts.spoken"], witness=form.values["experts.witness"],
                rev=_form_rev(form), actor=actor_of(request),
            )  # fmt: skip
        except (NotAllowed, NotFound, ChangedMeanwhile):
            raise
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return HttpResponseRedirect(_draw_address(pk))
    return _show_draw(request, draw, form=form, status=422)


@page("experts.view_draws")
def download_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """The draw as data, without names: everybody can compute it again."""
    actor = actor_of(request)
    draw = queries.get_draw(pk, actor)
    if draw.drawn_at is None:
        raise NotFound("experts.draw_missing")
    trace = traces.record(actor, "专家抽取记录", 1, {"抽取": draw.title})
    answer = JsonResponse(verifying.as_data(draw), json_dumps_params={"ensure_ascii": False, "indent": 1})
    return downloads.attach(answer, f"draw-{draw.pk}.json", trace)


@page("experts.void_draw", methods=BOTH)
def void_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """作废."""
    draw = _draw(request, pk, "experts.void_draw")
    form = forms.VOID.bind(request, subject=pk, rev=draw.rev)

    def save(values: dict[str, Any]) -> str:
        services.void_draw(draw_id=pk, reason=values["experts.reason"], rev=_form_rev(form), actor=actor_of(request))
        return _draw_address(pk)

    context = _draw_context("作废抽取", draw, form, "作废后记录保留，可以重新发起。")
    return register_forms.handle(request, form, save, "experts/plain.html", context)


# -- seats ---------------------------------------------------------------------------------------------------------


@page("experts.respond", methods=("POST",))
def respond(request: HttpRequest, pk: int) -> HttpResponse:
    """登记专家答复, by the office or by the expert himself."""
    seat = services.respond(
        seat_id=pk, code=request.POST.get("answer", ""), reason=request.POST.get("reason", ""), rev=posted_rev(request),
        actor=actor_of(request),
    )  # fmt: skip
    if request.POST.get("own"):
        return HttpResponseRedirect(reverse("experts:answer", args=[pk]))
    return HttpResponseRedirect(f"{_draw_address(seat.draw_id)}#seat-{pk}")


@page("experts.replace", methods=("POST",))
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    """递补."""
    fresh = services.replace(seat_id=pk, actor=actor_of(request))
    return HttpResponseRedirect(f"{_draw_address(fresh.draw_id)}#seat-{fresh.pk}")


@page("experts.respond")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The expert's own page: what he is asked, and his answer."""
    record = queries.get_own_seat(pk, actor_of(request))
    context = {
        "title": record.draw.title,
        "record": record,
        "tone": SEAT_TONES[record.seat.state],
        "answers": [pair for pair in ANSWERS if pair[0] != "ABSENT"],
        "may_answer": record.seat.state in (Seat.State.ASKED, Seat.State.ACCEPTED) and record.draw.state == "DRAWN",
        "crumbs": [("工作台", reverse("inbox:tasks")), ("评审邀请", None)],
    }
    return render(request, "experts/answer.html", context)


@page("experts.record_review", methods=BOTH)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """登记评审意见."""
    record = queries.get_seat(pk, actor_of(request))
    draw = _runnable(request, record.draw, "experts.record_review")
    standing = record.review
    initial: dict[str, Any] = {"experts.reviewed_on": clock.today()}
    if standing is not None:
        initial = {"experts.reviewed_on": standing.reviewed_on, "experts.conclusion": standing.conclusion,
                   "experts.opinion": standing.opinion}  # fmt: skip
    spec = forms.REVIEW if standing is None else forms.REVIEW_AGAIN
    form = spec.bind(request, initial=initial, subject=pk)

    def save(values: dict[str, Any]) -> str:
        new = NewReview(values["experts.reviewed_on"], values["experts.conclusion"], values["experts.opinion"])
        reason = values.get("experts.reason", "")
        services.record_review(seat_id=pk, new=new, reason=reason, actor=actor_of(request))
        return f"{_draw_address(draw.pk)}#seat-{pk}"

    intro = "评审意见已登记，更正须写明事由。" if standing else f"{record.seat.expert.name}，{record.specialty}。"
    context = _draw_context("登记评审意见", draw, form, intro)
    return register_forms.handle(request, form, save, "experts/plain.html", context)


@page("experts.appraise", methods=BOTH)
def appraise(request: HttpRequest, pk: int) -> HttpResponse:
    """评价专家履职."""
    actor = actor_of(request)
    record = queries.get_seat(pk, actor)
    draw = _runnable(request, record.draw, "experts.appraise")
    today = clock.today()
    policy = policy_for(draw.region_id, today)
    items, full = lists.read(policy, lists.ITEMS, today), lists.number(policy, lists.FULL, today)
    problems: list[tuple[str, str]] = []
    standing = record.appraisal
    if request.method == "POST":
        try:
            new = NewAppraisal(forms.read_marks(request.POST, list(items.labels)), request.POST.get("note", ""))
            services.appraise(seat_id=pk, new=new, reason=request.POST.get("reason", "")[:300], actor=actor)
            return HttpResponseRedirect(f"{_draw_address(draw.pk)}#seat-{pk}")
        except InvalidInput as refusal:
            problems = [((f.field or "").removeprefix("experts."), word(f)) for f in refusal.findings]
        except (NotAllowed, NotFound):
            raise
        except Refusal as refusal:
            problems = [("reason", word(refusal))]
    marks = {f"mark_{code}": mark for code, mark in (standing.marks if standing else {}).items()}
    context = {
        "title": "评价专家履职",
        "record": record,
        "items": items.labels,
        "full": int(full[0]),
        "basis": _basis(items.value, "履职评价内容和分值"),
        "posted": request.POST or {**marks, "note": standing.note if standing else ""},
        "standing": standing,
        "problems": problems,
        "errors": dict(reversed(problems)),
        "back": _draw_address(draw.pk),
        "crumbs": [("专家抽取", reverse("experts:draws")), (draw.title, _draw_address(draw.pk)), ("履职评价", None)],
    }
    return render(request, "experts/appraise.html", context, status=422 if problems else 200)


def _basis(value: DatedValue, title: str, **more: Any) -> dict[str, Any]:
    """Return what a 依据 mark shows about a value of the policy."""
    return {
        "value": title, "clause": str(value.basis), "check": check_of(value.confidence.value),
        "dates": f"{value.ref.effective_from.isoformat()} 起施行", "pack": pack_words(value.ref.pack, value.ref.version),
        **more,
    }  # fmt: skip


def _avoid_basis(region_id: int, on: date) -> dict[str, Any] | None:
    """Return the rule of 回避 in force in a region on a day, for its 依据 mark; None when there is none (2 queries)."""
    try:
        years, value = lists.number(policy_for(region_id, on), lists.YEARS, on)
    except Refusal:
        return None
    return _basis(value, f"关系结束后 {years:f} 年内仍须回避", rule=value.label)


# -- small things --------------------------------------------------------------------------------------------------


def _home(request: HttpRequest, act: str) -> Region | None:
    """Return the region of the person's first grant that lets him do ``act`` (1 query)."""
    roles = rights().roles_for(act)
    for grant in actor_of(request).grants:
        if grant.role in roles:
            return Region.objects.filter(key_lo=grant.lo, key_hi=grant.hi).first()
    return None


def _expert(request: HttpRequest, pk: int, act: str) -> Expert:
    expert = queries.get_expert(pk, actor_of(request))
    actor_of(request).require(act, expert.region_key)
    return expert


def _draw(request: HttpRequest, pk: int, act: str) -> Draw:
    return _runnable(request, queries.get_draw(pk, actor_of(request)), act)


def _runnable(request: HttpRequest, draw: Draw, act: str) -> Draw:
    actor = actor_of(request)
    actor.require(act, draw.region_key)
    if not runs(actor, draw):
        raise NotAllowed("experts.not_yours", unit=draw.unit_name)
    return draw


def _address(pk: int) -> str:
    return reverse("experts:expert", args=[pk])


def _draw_address(pk: int) -> str:
    return reverse("experts:draw", args=[pk])


def _form_rev(form: Form) -> int:
    return form.rev if form.rev is not None else 0


def _plain(
    request: HttpRequest, form: Form, save: Callable[[dict[str, Any]], str], title: str, expert: Expert, intro: str = ""
) -> HttpResponse:
    context = {
        "title": title,
        "sub": f"{expert.name} · {expert.code}",
        "intro": intro,
        "back": _address(expert.pk),
        "submit": title if title.startswith(("暂停", "恢复", "删除", "专家出库")) else "保存",
        "crumbs": [("专家库", reverse("experts:list")), (expert.name, _address(expert.pk)), (title, None)],
    }
    return register_forms.handle(request, form, save, "experts/plain.html", context)


def _draw_context(title: str, draw: Draw, form: Form, intro: str) -> dict[str, Any]:
    return {
        "title": title,
        "sub": draw.title,
        "form": form,
        "intro": intro,
        "back": _draw_address(draw.pk),
        "submit": "保存" if title.startswith("登记") else title,
        "crumbs": [("专家抽取", reverse("experts:draws")), (draw.title, _draw_address(draw.pk)), (title, None)],
    }


def _events(kind: str, subject_id: int) -> list[dict[str, Any]]:
    events = []
    for row in list_for_subject(kind, subject_id):
        after = row.content.get("after") or {}
        where = " ".join(part for part in (row.actor.get("unit_name"), row.actor.get("post_name")) if part)
        events.append(
            {
                "at": f"{row.recorded_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
                "title": entry_kinds.label(row.kind),
                "who": f"{row.actor.get('name', '')}（{where}）" if where else row.actor.get("name", ""),
                "text": _said(row.kind, after),
                "tone": "good" if row.receipt else "plain",
                "href": reverse("ledger:receipt", args=[receipts.grouped(row.receipt)]) if row.receipt else "",
            }
        )
    return events


def _said(kind: str, after: Mapping[str, Any]) -> str:
    """Word what an entry changed."""
    states = {**dict(Seat.State.choices), **dict(Expert.State.choices), **dict(Draw.State.choices)}
    parts = []
    if kind in ("experts.respond", "experts.replace", "experts.record_review", "experts.appraise"):
        parts.append(str(after.get("expert", "")))
    if "state" in after and kind != "experts.register":
        parts.append(states.get(after["state"], ""))
    if kind in ("experts.relate", "experts.end_relation"):
        parts.append(dict(ExpertRelation.Kind.choices).get(after.get("kind", ""), ""))
        parts.append(str(after.get("unit", "")))
    if "average" in after:
        parts.append(f"平均 {after['average']} 分")
    if passed := after.get("passed_over"):
        parts.append("跳过 " + "、".join(code for code, _reasons in passed))
    if after.get("reason"):
        parts.append(f"原因：{after['reason']}")
    return "，".join(part for part in parts if part)
