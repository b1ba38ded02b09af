"""Pages of meetings: the page an office works on while the meeting sits, its forms, invitations, corrections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import (
    ChangedMeanwhile,
    Finding,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
    Severity,
)
from gongbu.ground.basics.messages import word
from gongbu.ground.documents import panel as documents_panel
from gongbu.ground.ledger import kinds as entry_kinds
from gongbu.ground.ledger import qr, receipts
from gongbu.ground.ledger.pages.receipts import address_of
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.meetings import forms, kinds, queries, services
from gongbu.ground.meetings.entry import NewItem, NewMeeting
from gongbu.ground.meetings.models import AgendaItem, Attendee, Meeting
from gongbu.ground.meetings.register import RESOLUTION_TONES, SETTLED, STATE_TONES
from gongbu.ground.meetings.rules.settling import check_closing
from gongbu.ground.meetings.services.closing import closing_facts, minutes_on_file
from gongbu.ground.meetings.services.record import runs
from gongbu.ground.meetings.services.telling import when
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers import forms as register_forms
from gongbu.ground.registers import subjects
from gongbu.ground.registers.forms import Form
from gongbu.ground.registers.pages import actor_of, is_htmx, page, posted_rev, render, render_text

BOTH = ("GET", "POST")
MARK_TONES = {"PRESENT": "good", "PROXY": "info", "ABSENT": "off"}
REPLY_TONES = {"COMES": "good", "SENDS": "info", "DECLINES": "warn"}
Problems = Sequence[tuple[str, str]]


@dataclass(slots=True)
class ItemCard:
    """An item as its card shows it: link of its subject, what was posted, what is wrong with it."""

    item: AgendaItem
    number: int
    href: str
    values: Mapping[str, Any]
    problems: Problems = ()
    is_open: bool = False
    errors: dict[str, str] = field(default_factory=dict)


# -- one meeting ---------------------------------------------------------------------------------------------------


@page("meetings.view")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting; while it sits: attendance, items and minutes are entered here."""
    meeting = queries.get_meeting(pk, actor_of(request))
    return _show(request, meeting)


def _show(request: HttpRequest, meeting: Meeting, *, form: Form | None = None, status: int = 200) -> HttpResponse:
    tab = request.GET.get("tab", "")
    context = _frame(request, meeting, tab)
    if tab == "documents":
        context["body"] = documents_panel.render(request, "meeting", meeting.pk, meeting.region_key)
    elif tab == "log":
        context["events"] = _events(meeting)
    else:
        context |= _live(request, meeting)
        if context["may_close"]:
            if form is None:
                form = forms.CLOSE.bind(request, subject=meeting.pk, rev=meeting.rev)
                form.take_draft()
            context["form"] = form
    context["receipt"] = receipts.grouped(meeting.receipt) if meeting.receipt else ""
    context["qr"] = qr.svg(address_of(request, meeting.receipt)) if meeting.receipt else ""
    return render(request, "meetings/meeting.html", context, status=status)


def _frame(request: HttpRequest, meeting: Meeting, tab: str) -> dict[str, Any]:
    here = reverse("meetings:meeting", args=[meeting.pk])
    count = documents_panel.queries.count_for_subject("meeting", meeting.pk)
    return {
        "title": meeting.title,
        "meeting": meeting,
        "kind": kinds.label(meeting.kind),
        "when": when(meeting),
        "tone": STATE_TONES[meeting.state],
        "tab": tab,
        "tabs": [
            ("议程与议定", here, None, tab not in ("documents", "log")),
            ("材料", f"{here}?tab=documents", count, tab == "documents"),
            ("办理记录", f"{here}?tab=log", None, tab == "log"),
        ],
        "crumbs": [("会商", reverse("meetings:list")), (meeting.title, None)],
        **_rights(request, meeting),
    }


def _rights(request: HttpRequest, meeting: Meeting) -> dict[str, bool]:
    """Return what the person may do with the meeting as it stands."""
    actor, state = actor_of(request), meeting.state
    is_mine = runs(actor, meeting)

    def may(act: str, *states: str) -> bool:
        return state in states and is_mine and actor.may(f"meetings.{act}", meeting.region_key)

    before, during = ("DRAFT", "CALLED"), ("DRAFT", "CALLED", "HELD")
    return {
        "may_call": may("call", "DRAFT"),
        "may_change": may("change", *before),
        "may_invite": may("invite", *during),
        "may_add_item": may("add_item", *during),
        "may_withdraw_item": may("withdraw_item", *during),
        "may_cancel": may("cancel", *before),
        "may_hold": may("hold", "CALLED"),
        "may_attend": may("attend", "HELD"),
        "may_resolve": may("resolve_item", "HELD"),
        "may_close": may("close", "HELD"),
        "may_correct": may("correct", "CLOSED"),
    }


def _live(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    items, attendees = queries.list_agenda(meeting), queries.list_attendees(meeting)
    cards = _cards(request, items)
    for card in [card for card in cards if not card.item.resolution][:1]:
        card.is_open = True  # the item in hand; the others open when it is their turn
    counts = {code: sum(row.mark == code for row in attendees) for code in Attendee.Mark.values}
    return {
        "cards": cards,
        "attendees": attendees,
        "counts": counts,
        "replied": sum(bool(row.reply) for row in attendees),
        "todo": _todo(request, meeting, items, attendees),
        "today": clock.today(),
        **_words(meeting, attendees),
    }


def _words(meeting: Meeting, attendees: Sequence[Attendee] = ()) -> dict[str, Any]:
    return {
        "resolutions": SETTLED,
        "tones": RESOLUTION_TONES,
        "marks": Attendee.Mark.choices,
        "mark_tones": MARK_TONES,
        "reply_tones": REPLY_TONES,
        "units": list(dict.fromkeys(row.unit_name for row in attendees if row.unit_name)),
        "has_begun": meeting.state in ("HELD", "CLOSED"),
    }


def _cards(request: HttpRequest, items: Sequence[AgendaItem]) -> list[ItemCard]:
    """Return the items in order; only subjects whose page the person may open carry a link."""
    open_to = subjects.addresses(actor_of(request), [(item.subject_kind, item.subject_id) for item in items])
    return [
        ItemCard(item, number, open_to.get((item.subject_kind, item.subject_id), ""), queries.as_facts(item))
        for number, item in enumerate(items, 1)
    ]


def _todo(
    request: HttpRequest, meeting: Meeting, items: Sequence[AgendaItem], attendees: Sequence[Attendee]
) -> list[dict[str, str]]:
    """Return what still stands between a sitting meeting and its closing, each with the place on the page."""
    if meeting.state != Meeting.State.HELD:
        return []
    has_file = bool(minutes_on_file(meeting, actor_of(request)))
    found = check_closing(closing_facts(meeting, attendees, items, has_file))
    by_place = {(f.field or "").removeprefix("meetings."): word(f) for f in found}
    places = [("attendance", "签到", "#attendance"), ("items", "议定", "#agenda"), ("minutes", "纪要", "#minutes")]
    done = {"attendance": "已记录", "items": "已逐项议定", "minutes": "已归档"}
    return [
        {
            "label": label,
            "href": href,
            "text": by_place.get(key, done[key]),
            "tone": "wait" if key in by_place else "good",
        }
        for key, label, href in places
    ]


def _events(meeting: Meeting) -> list[dict[str, Any]]:
    events = []
    for row in list_for_subject("meeting", meeting.pk):
        after, before = row.content.get("after") or {}, row.content.get("before") or {}
        reason = after.get("reason") or before.get("reason") or ""
        text = "；".join(part for part in (_said(row.kind, after), f"原因：{reason}" if reason else "") if part)
        where = " ".join(part for part in (row.actor.get("unit_name"), row.actor.get("post_name")) if part)
        events.append(
            {
                "at": f"{row.recorded_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
                "title": entry_kinds.label(row.kind),
                "who": f"{row.actor.get('name', '')}（{where}）" if where else row.actor.get("name", ""),
                "text": text,
                "tone": "good" if row.receipt else "plain",
                "href": reverse("ledger:receipt", args=[receipts.grouped(row.receipt)]) if row.receipt else "",
            }
        )
    return events


def _said(kind: str, after: Mapping[str, Any]) -> str:
    """Word what an entry changed, as far as a reader of the record wants to know it."""
    if kind in ("meetings.resolve_item", "meetings.add_item", "meetings.withdraw_item"):
        label = dict(AgendaItem.Resolution.choices).get(after.get("resolution", ""), "")
        return f"{after.get('title', '')}{'：' + label if label else ''}"
    if kind in ("meetings.attend", "meetings.reply", "meetings.invite"):
        rows = after.get("attendees") or ([after] if "attendee" in after else [])
        words = {**dict(Attendee.Mark.choices), **dict(Attendee.Reply.choices)}
        shown = [
            f"{row.get('unit') or '个人'}{words.get(row.get('mark') or row.get('reply') or '', '')}" for row in rows
        ]
        return "、".join(shown[:8]) + ("等" if len(shown) > 8 else "")
    if kind in ("meetings.call", "meetings.draft"):
        return f"议题 {len(after.get('items') or [])} 个，参会 {len(after.get('attendees') or [])} 个单位或人员"
    if kind in ("meetings.close", "meetings.correct"):
        came = after.get("attendance") or {}
        return f"到会 {came.get('PRESENT', 0)}，代会 {came.get('PROXY', 0)}，缺席 {came.get('ABSENT', 0)}；议题 {len(after.get('items') or [])} 个"
    if kind == "meetings.hold":
        return " ".join(part for part in (after.get("held_on"), after.get("number")) if part)
    if kind == "meetings.change":
        return "、".join(str(after[key]) for key in ("title", "held_on", "begins_at", "place", "chair") if key in after)
    return ""


# -- preparing -----------------------------------------------------------------------------------------------------


@page("meetings.draft", methods=BOTH)
def draft(request: HttpRequest) -> HttpResponse:
    """筹备会议: one form; it may be sent to the invitees at once."""
    actor = actor_of(request)
    region = _home(request)
    initial: dict[str, Any] = {"orgs.region_id": region.pk if region else None}
    kind = request.GET.get("kind", "")
    origins = {"orgs.region_id": "取自您的岗位"}
    if kinds.is_known(kind):
        initial["meetings.kind"] = kind
        if (like := queries.last_like(actor, kind)) is not None:
            initial["meetings.attendees"] = forms.write_attendees(queries.list_attendees(like))
            initial |= {"meetings.place": like.place, "meetings.chair": like.chair, "meetings.host": like.host_unit_id}
            origins |= dict.fromkeys(("meetings.attendees", "meetings.place", "meetings.chair"), f"取自“{like.title}”")
    offices = queries.list_offices(region.key_lo, region.key_hi) if region else []
    form = forms.DRAFT.bind(request, initial=initial, origins=origins)
    form.fields["meetings.host"].options = [(str(unit_id), name) for unit_id, name in offices]

    def save(values: dict[str, Any]) -> str:
        new = NewMeeting(
            kind=values["meetings.kind"], title=values["meetings.title"], region_id=values["orgs.region_id"],
            held_on=values["meetings.held_on"], begins_at=forms.read_hour(values["meetings.begins_at"]),
            place=values["meetings.place"], chair=values["meetings.chair"], host_unit_id=values["meetings.host"],
            attendees=forms.read_attendees(values["meetings.attendees"], _ticked(request)),
            items=forms.read_agenda(values["meetings.agenda"]),
        )  # fmt: skip
        if "call" in request.POST:
            return _address(services.call_meeting(new=new, actor=actor).pk)
        return _address(services.draft_meeting(new=new, actor=actor).pk)

    context = {
        "title": "筹备会议",
        "crumbs": [("会商", reverse("meetings:list")), ("筹备会议", None)],
        "offices": offices,
        "ticked": _ticked(request),
        "kinds": kinds.choices(),
        "kind": kind,
        "may_call": actor.may("meetings.call"),
    }
    return register_forms.handle(request, form, save, "meetings/draft.html", context)


def _home(request: HttpRequest) -> Region | None:
    """Return the region of the person's first grant that lets him prepare meetings (1 query)."""
    roles = rights().roles_for("meetings.draft")
    for grant in actor_of(request).grants:
        if grant.role in roles:
            return Region.objects.filter(key_lo=grant.lo, key_hi=grant.hi).first()
    return None


def _ticked(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.POST.getlist("units") if text.isascii() and text.isdigit() and len(text) < 18]


@page("meetings.call", methods=("POST",))
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """发出会议通知."""
    services.call_meeting(meeting_id=pk, rev=posted_rev(request), actor=actor_of(request))
    return _back(request, pk)


@page("meetings.change", methods=BOTH)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """变更会议安排."""
    meeting = _runnable(request, pk, "meetings.change")
    hour = f"{meeting.begins_at:%H:%M}" if meeting.begins_at else ""
    initial = {"meetings.title": meeting.title, "meetings.held_on": meeting.held_on, "meetings.begins_at": hour,
               "meetings.place": meeting.place, "meetings.chair": meeting.chair}  # fmt: skip
    form = forms.CHANGE.bind(request, initial=initial, subject=pk, rev=meeting.rev)

    def save(values: dict[str, Any]) -> str:
        changes = {key: values[f"meetings.{key}"] for key in ("title", "held_on", "place", "chair")}
        changes["begins_at"] = forms.read_hour(values["meetings.begins_at"])
        services.change_meeting(
            meeting_id=pk,
            rev=_form_rev(form),
            changes=changes,
            reason=values["meetings.reason"],
            actor=actor_of(request),
        )
        return _address(pk)

    intro = "已发出的通知将重新通知各参会单位，原回复作废。" if meeting.state == "CALLED" else ""
    return _handle(request, form, save, "变更会议安排", meeting, intro=intro)


@page("meetings.invite", methods=BOTH)
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """确定参会人员: the whole list as text, and the offices of the region to tick."""
    meeting = _runnable(request, pk, "meetings.invite")
    rows = queries.list_attendees(meeting)
    form = forms.INVITE.bind(
        request, initial={"meetings.attendees": forms.write_attendees(rows)}, subject=pk, rev=meeting.rev
    )
    here = {row.unit_id for row in rows}
    offices = queries.list_offices(meeting.region.key_lo, meeting.region.key_hi)

    def save(values: dict[str, Any]) -> str:
        asked = forms.read_attendees(values["meetings.attendees"], _ticked(request))
        services.set_attendees(meeting_id=pk, rev=_form_rev(form), attendees=asked, actor=actor_of(request))
        return _address(pk)

    more = {"offices": [row for row in offices if row[0] not in here], "ticked": _ticked(request)}
    return _handle(request, form, save, "参会单位和人员", meeting, template="meetings/invite.html", more=more)


@page("meetings.add_item", methods=BOTH)
def add_item(request: HttpRequest, pk: int) -> HttpResponse:
    """增列议题, about a subject that was found or about itself."""
    meeting, actor = _runnable(request, pk, "meetings.add_item"), actor_of(request)
    form = forms.ITEM.bind(request, subject=pk)

    def save(values: dict[str, Any]) -> str:
        chosen = request.POST.get("subject", "")
        found = subjects.get(actor, chosen) if chosen else None
        if chosen and found is None:
            raise NotFound("meetings.subject_unknown")
        presenter = values["meetings.presenter"]
        unit_id = queries.match_units([presenter]).get(presenter) if presenter else None
        new = NewItem(
            title=values["meetings.item_title"], question=values["meetings.question"], presenter_unit_id=unit_id,
            presenter_name=presenter,
            subject_kind=found.kind if found else "", subject_id=found.id if found else None,
            region_key=found.region_key if found else None, subject_label=found.label if found else "",
        )  # fmt: skip
        services.add_item(meeting_id=pk, item=new, actor=actor)
        return _address(pk)

    words = request.POST.get("subject_words", "")[:60]
    chosen = subjects.get(actor, request.POST.get("subject", ""))
    more = {
        "subject_kinds": "、".join(subjects.labels()),
        "subject_words": words,
        "found": [chosen] if chosen else [],
        "chosen": chosen.value if chosen else "",
        "units": [row.unit_name for row in queries.list_attendees(meeting) if row.unit_name],
    }
    if "find" in request.POST:  # without scripts: look the subject up, keep what was typed
        form.read(request.POST)
        form.problems, form.findings = [], []
        for bound in form.fields.values():
            bound.errors = []
        more["found"] = subjects.find(actor, words)[:12]
        context = _form_context(form, "增列议题", meeting, "", more)
        return render(request, "meetings/item_form.html", context)
    return _handle(request, form, save, "增列议题", meeting, template="meetings/item_form.html", more=more)


@page("meetings.add_item")
def find_subjects(request: HttpRequest) -> HttpResponse:
    """The subjects that the words may mean, as choices of the item form."""
    words = request.GET.get("subject_words", "")[:60]
    found = subjects.find(actor_of(request), words)[:12]
    return render(request, "registers/subject_choice.html", {"found": found, "chosen": "", "subject_words": words})


@page("meetings.withdraw_item", methods=("POST",))
def withdraw(request: HttpRequest, item_id: int) -> HttpResponse:
    """撤下议题."""
    item = queries.get_item(item_id, actor_of(request))
    services.withdraw_item(item_id=item_id, reason=request.POST.get("reason", ""), actor=actor_of(request))
    return _back(request, item.meeting_id, "#agenda")


@page("meetings.cancel", methods=BOTH)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """取消会议."""
    meeting = _runnable(request, pk, "meetings.cancel")
    form = forms.CANCEL.bind(request, subject=pk, rev=meeting.rev)

    def save(values: dict[str, Any]) -> str:
        services.cancel_meeting(
            meeting_id=pk, reason=values["meetings.reason"], rev=_form_rev(form), actor=actor_of(request)
        )
        return _address(pk)

    intro = "取消后各参会单位会收到消息，议题退回提出单位另行安排。"
    return _handle(request, form, save, "取消会议", meeting, intro=intro, submit="取消会议")


# -- during the meeting --------------------------------------------------------------------------------------------


@page("meetings.hold", methods=("POST",))
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """开始会议; an earlier day enters a meeting late."""
    day = forms.read_day(request.POST.get("held_on", ""), "held_on")
    services.hold_meeting(meeting_id=pk, on=day, rev=posted_rev(request), actor=actor_of(request))
    return _back(request, pk)


@page("meetings.attend", methods=("POST",))
def attend(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the attendance as ticked."""
    actor = actor_of(request)
    meeting = queries.get_meeting(pk, actor)
    marks = forms.read_marks(request.POST, queries.list_attendees(meeting))
    rest = request.POST.get("rest", "")
    problems: list[tuple[str, str]] = []
    try:
        services.attend(meeting_id=pk, marks=marks, rest=rest if rest in ("PRESENT", "ABSENT") else "", actor=actor)
    except InvalidInput as refusal:
        problems = _problems(refusal)
    except Refusal as refusal:
        if refusal.code != "meetings.nothing_changed":
            raise
    if not is_htmx(request) and not problems:
        return _back(request, pk, "#attendance")
    meeting = queries.get_meeting(pk, actor)
    context = {"meeting": meeting, **_rights(request, meeting), **_live(request, meeting)}
    context |= {"problems": problems, "posted": request.POST if problems else {}}
    return _part(request, "meetings/_attendance.html", context, problems, meeting)


@page("meetings.resolve_item", methods=("POST",))
def resolve(request: HttpRequest, item_id: int) -> HttpResponse:
    """Enter what was settled about one item; only its card is drawn anew."""
    actor = actor_of(request)
    item = queries.get_item(item_id, actor)
    problems: list[tuple[str, str]] = []
    try:
        settled = forms.read_resolution(request.POST)
        services.resolve_item(item_id=item_id, settled=settled, rev=posted_rev(request), actor=actor)
    except InvalidInput as refusal:
        problems = _problems(refusal)
    if not is_htmx(request) and not problems:
        return _back(request, item.meeting_id, f"#item-{item_id}")
    meeting = queries.get_meeting(item.meeting_id, actor)
    context = {"meeting": meeting, **_rights(request, meeting), **_live(request, meeting)}
    card = next(card for card in context["cards"] if card.item.pk == item_id)
    if problems:
        card.values, card.problems, card.is_open = request.POST, problems, True
        card.errors = dict(reversed(problems))
    context["card"] = card
    return _part(request, "meetings/_item.html", context, problems, meeting)


def _part(
    request: HttpRequest, template: str, context: dict[str, Any], problems: Problems, meeting: Meeting
) -> HttpResponse:
    """Answer htmx with one part and the list of what is still to do; a browser without scripts gets the whole page."""
    status = 422 if problems else 200
    if not is_htmx(request):
        context |= _frame(request, meeting, "") | {"receipt": "", "qr": ""}
        if context["may_close"]:
            context["form"] = forms.CLOSE.bind(request, subject=meeting.pk, rev=meeting.rev)
        return render(request, "meetings/meeting.html", context, status=status)
    text = render_text(request, template, context) + render_text(
        request, "meetings/_todo.html", {**context, "oob": True}
    )
    return HttpResponse(text, status=status)


@page("meetings.close", methods=("POST",))
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """办结会议: minutes in, receipt out."""
    meeting = queries.get_meeting(pk, actor_of(request))
    form = forms.CLOSE.bind(request, subject=pk, rev=meeting.rev)
    if form.read(request.POST):
        try:
            services.close_meeting(
                meeting_id=pk, minutes=form.values["meetings.minutes"], rev=_form_rev(form), actor=actor_of(request)
            )
        except (NotAllowed, NotFound, ChangedMeanwhile):
            raise
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            form.drop_draft()
            return _back(request, pk)
    return _show(request, meeting, form=form, status=422)


# -- after the meeting ---------------------------------------------------------------------------------------------


@page("meetings.correct", methods=BOTH)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """更正会议记录: minutes and resolutions as they stand, with a reason; the old receipt then says 已被更正."""
    meeting = _runnable(request, pk, "meetings.correct")
    items = [item for item in queries.list_agenda(meeting) if item.resolution != AgendaItem.Resolution.WITHDRAWN]
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            _correct(request, meeting, items)
            return HttpResponseRedirect(_address(pk))
        except ChangedMeanwhile as refusal:
            return _changed(request, meeting, refusal)
        except InvalidInput as refusal:
            problems = _problems(refusal)
        except (NotAllowed, NotFound):
            raise
        except Refusal as refusal:
            problems = [((refusal.field or "").removeprefix("meetings."), word(refusal))]
    posted = request.POST or _standing(meeting, items)
    context = {
        "title": "更正会议记录",
        "crumbs": [("会商", reverse("meetings:list")), (meeting.title, _address(pk)), ("更正", None)],
        "meeting": meeting,
        "cards": _cards(request, items),
        "posted": posted,
        "problems": problems,
        "errors": dict(reversed(problems)),
        **_words(meeting, queries.list_attendees(meeting)),
    }
    return render(request, "meetings/correct.html", context, status=422 if problems else 200)


def _standing(meeting: Meeting, items: Sequence[AgendaItem]) -> dict[str, Any]:
    values: dict[str, Any] = {"minutes": meeting.minutes, "rev": meeting.rev, "reason": ""}
    for item in items:
        values |= {f"item_{item.pk}_{name}": text for name, text in queries.as_facts(item).items()}
    return values


def _correct(request: HttpRequest, meeting: Meeting, items: Sequence[AgendaItem]) -> None:
    changes = {}
    for item in items:
        try:
            settled = forms.changes_of(item, request.POST)
        except InvalidInput as refusal:
            raise _about_item(refusal, item) from None
        if settled is not None:
            changes[item.pk] = settled
    services.correct_meeting(
        meeting_id=meeting.pk, rev=posted_rev(request) or 0, reason=request.POST.get("reason", "")[:300],
        minutes=request.POST.get("minutes", ""), items=changes, actor=actor_of(request),
    )  # fmt: skip


def _about_item(refusal: InvalidInput, item: AgendaItem) -> InvalidInput:
    prefix = f"meetings.item_{item.pk}_"
    return InvalidInput(
        [
            Finding(f.code, f.data, prefix + (f.field or "").removeprefix("meetings."), Severity.REJECT)
            for f in refusal.findings
        ]
    )


def _changed(request: HttpRequest, meeting: Meeting, refusal: ChangedMeanwhile) -> HttpResponse:
    again: QueryDict = request.POST
    context = {
        "crumbs": [("会商", reverse("meetings:list")), ("内容已被他人修改", None)],
        "rows": [{"label": "会议纪要", "unit": "", "theirs": meeting.minutes, "mine": again.get("minutes", ""),
                  "is_clash": True}],
        "by": refusal.data["by"], "at": refusal.data["at"], "rev": refusal.data["rev"], "text": word(refusal),
        "again": [(name, value) for name, value in again.items() if name not in ("rev", "csrfmiddlewaretoken")],
    }  # fmt: skip
    return render(request, "registers/changed.html", context, status=409)


# -- invitations ---------------------------------------------------------------------------------------------------


@page("meetings.reply")
def invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """会议通知 as the invited unit sees it, with the reply; later what was settled for it."""
    return _invitation(request, pk)


def _invitation(request: HttpRequest, pk: int, problems: Problems = (), row_id: int = 0) -> HttpResponse:
    actor = actor_of(request)
    found = queries.get_invitation(pk, actor)
    meeting = found.meeting
    sees_all = actor.may(queries.VIEW, meeting.region_key)
    context = {
        "title": meeting.title,
        "meeting": meeting,
        "kind": kinds.label(meeting.kind),
        "when": when(meeting),
        "tone": STATE_TONES[meeting.state],
        "mine": found.mine,
        "cards": _cards(request, found.items),
        "may_reply": meeting.state == Meeting.State.CALLED,
        "is_final": meeting.state == Meeting.State.CLOSED,
        "replies": Attendee.Reply.choices,
        "reply_tones": REPLY_TONES,
        "tones": RESOLUTION_TONES,
        "href": _address(pk) if sees_all else "",
        "problems": problems,
        "errors": dict(reversed(list(problems))),
        "row_id": row_id,
        "posted": request.POST,
        "crumbs": [("工作台", reverse("inbox:tasks")), ("会议通知", None)],
    }
    return render(request, "meetings/invitation.html", context, status=422 if problems else 200)


@page("meetings.reply", methods=("POST",))
def reply(request: HttpRequest, attendee_id: int) -> HttpResponse:
    """回复参会."""
    meeting_id = queries.meeting_of(attendee_id)
    try:
        row = services.reply(
            attendee_id=attendee_id, code=request.POST.get("reply", ""), note=request.POST.get("note", ""),
            actor=actor_of(request),
        )  # fmt: skip
    except InvalidInput as refusal:
        return _invitation(request, meeting_id, _problems(refusal), attendee_id)
    return HttpResponseRedirect(reverse("meetings:invitation", args=[row.meeting_id]))


# -- small things --------------------------------------------------------------------------------------------------


def _address(pk: int) -> str:
    return reverse("meetings:meeting", args=[pk])


def _back(request: HttpRequest, pk: int, place: str = "") -> HttpResponse:
    target = _address(pk) + place
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _form_rev(form: Form) -> int:
    return form.rev if form.rev is not None else 0


def _problems(refusal: InvalidInput) -> list[tuple[str, str]]:
    return [((finding.field or "").removeprefix("meetings."), word(finding)) for finding in refusal.findings]


def _runnable(request: HttpRequest, pk: int, act: str) -> Meeting:
    """Return a meeting that this person may do ``act`` on; the service tests it again under the lock.

    :raises NotAllowed: another unit's meeting, or no right in its region
    """
    actor = actor_of(request)
    meeting = queries.get_meeting(pk, actor)
    actor.require(act, meeting.region_key)
    if not runs(actor, meeting):
        raise NotAllowed("meetings.not_yours", clerk=meeting.clerk_name or meeting.host_name)
    return meeting


def _form_context(
    form: Form, title: str, meeting: Meeting, intro: str, more: Mapping[str, Any], submit: str = "保存"
) -> dict[str, Any]:
    return {
        "title": title,
        "form": form,
        "meeting": meeting,
        "intro": intro,
        "submit": submit,
        "back": _address(meeting.pk),
        "crumbs": [("会商", reverse("meetings:list")), (meeting.title, _address(meeting.pk)), (title, None)],
        **more,
    }


def _handle(
    request: HttpRequest,
    form: Form,
    save: Any,
    title: str,
    meeting: Meeting,
    *,
    intro: str = "",
    submit: str = "保存",
    template: str = "meetings/form.html",
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    context = _form_context(form, title, meeting, intro, more or {}, submit)
    return register_forms.handle(request, form, save, template, context)
