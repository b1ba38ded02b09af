"""Pages of the inbox: the workbench with its four tabs, drawers, and the forms of delegation and urging."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.text import read_id
from gongbu.ground.inbox import kinds, queries, register, services
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.orgs.models import Person
from gongbu.ground.registers import pages

DELEGATION_FIELDS = ("to_person", "valid_from", "last_day", "room", "reason")


def counts_of(request: HttpRequest) -> queries.Counts:
    """Return the person's numbers, asked for once per request (1 query)."""
    found: queries.Counts | None = getattr(request, "inbox_counts", None)
    if found is None:
        found = queries.counts(request.actor.person_id or 0)  # type: ignore[attr-defined]
        request.inbox_counts = found  # type: ignore[attr-defined]
    return found


def _tabs(request: HttpRequest, here: str) -> list[tuple[str, str, int | None, bool]]:
    numbers = counts_of(request)
    rows: list[tuple[str, str, int | None]] = [
        ("tasks", "待办", numbers.open),
        ("done", "已办", None),
        ("messages", "消息", numbers.unread),
        ("delegations", "委托", None),
    ]
    return [(label, reverse(f"inbox:{name}"), number, name == here) for name, label, number in rows]


@pages.signed_in_page
def home(request: HttpRequest) -> HttpResponse:
    """The first page after signing in; who holds no post any more has his account and nothing else."""
    return HttpResponseRedirect(reverse("inbox:tasks" if pages.actor_of(request).may("inbox.view") else "orgs:account"))


@pages.page("inbox.view")
def tasks(request: HttpRequest) -> HttpResponse:
    """待办."""
    numbers = counts_of(request)
    return register.TASKS.render_list(
        request, {"title": "工作台", "inbox_tabs": _tabs(request, "tasks"), "numbers": numbers}, "inbox/tasks.html"
    )


@pages.page("inbox.view")
def done(request: HttpRequest) -> HttpResponse:
    """已办."""
    return register.DONE.render_list(
        request, {"title": "工作台", "inbox_tabs": _tabs(request, "done")}, "inbox/list.html"
    )


@pages.page("inbox.view")
def messages(request: HttpRequest) -> HttpResponse:
    """消息."""
    return register.MESSAGES.render_list(
        request,
        {"title": "工作台", "inbox_tabs": _tabs(request, "messages"), "unread": counts_of(request).unread},
        "inbox/messages.html",
    )


@pages.page("inbox.view")
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawer of one task: for whoever has it, did it, or may urge it."""
    row = _task(request, pk)
    actor, today = request.actor, clock.today()  # type: ignore[attr-defined]
    context = {
        "title": row.title,
        "task": row,
        "lamp": queries.lamp(row.due_on, today, queries.soon_until(today)) if row.state == Task.State.OPEN else "",
        "lamps": register.LAMPS,
        "tones": register.LAMP_TONES,
        "room": kinds.label(row.room),
        "is_mine": row.state == Task.State.OPEN and queries.may_handle(row, actor.person_id),
        "may_urge": row.state == Task.State.OPEN and actor.may("inbox.urge", row.region_key),
        "may_confirm": kinds.is_confirmable(row.kind) and actor.may("inbox.confirm"),
        "urged_today": row.urged_on == today,
        "crumbs": [("工作台", reverse("inbox:tasks")), (row.title, None)],
    }
    return pages.render(request, "inbox/task.html", context)


@pages.page("inbox.view")
def open_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where the task is done."""
    row = _task(request, pk)
    return HttpResponseRedirect(_inside(request, row.url))


def _task(request: HttpRequest, pk: int) -> Task:
    """Return a task the person has, has done, or may urge.

    :raises NotFound: none of these
    """
    actor = request.actor  # type: ignore[attr-defined]
    person_id = actor.person_id or 0
    seen = queries.mine(person_id) | Q(done_by_id=person_id)
    if actor.may("inbox.urge"):
        seen |= actor.scope("inbox.urge")
    row = Task.objects.filter(seen, pk=pk).select_related("post__unit", "person").first()
    if row is None:
        raise NotFound("inbox.task_unknown")
    return row


def _inside(request: HttpRequest, url: str) -> str:
    """Return the address if it lies within this site, else the workbench."""
    if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return url
    return reverse("inbox:tasks")


@pages.page("inbox.confirm", methods=("POST",))
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """确认办结: looked, and found right."""
    services.confirm_task(task_id=pk, actor=request.actor, text=request.POST.get("text", ""))  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("inbox:done"))


@pages.page("inbox.urge", methods=("POST",))
def urge(request: HttpRequest, pk: int) -> HttpResponse:
    """催办."""
    services.urge_task(task_id=pk, actor=request.actor, text=request.POST.get("text", "")[:500])  # type: ignore[attr-defined]
    back = request.POST.get("back", "")
    return HttpResponseRedirect(_inside(request, back) if back else reverse("inbox:task", args=[pk]))


@pages.page("inbox.view")
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawer of one message; opening it marks it read."""
    person_id = request.actor.person_id  # type: ignore[attr-defined]
    row = Message.objects.filter(pk=pk, person_id=person_id).first()
    if row is None:
        raise NotFound("inbox.message_unknown")
    services.mark_read(person_id=person_id, message_ids=[pk])
    context = {
        "title": row.title,
        "message": row,
        "href": _inside(request, row.url) if row.url else "",
        "crumbs": [("消息", reverse("inbox:messages")), (row.title, None)],
    }
    return pages.render(request, "inbox/message.html", context)


@pages.page("inbox.view", methods=("POST",))
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark every message read."""
    services.mark_read(person_id=request.actor.person_id)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("inbox:messages"))


@pages.page("inbox.view", methods=("GET", "POST"))
def delegations(request: HttpRequest) -> HttpResponse:
    """委托: what was given and received, and the form to give one."""
    given = {name: request.POST.get(name, "").strip() for name in DELEGATION_FIELDS}
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            _delegate(request, given)
            return HttpResponseRedirect(reverse("inbox:delegations"))
        except InvalidInput as refusal:
            problems = [(f.field or "", word(f)) for f in refusal.findings]
        except Refusal as refusal:
            problems = [(refusal.field or "", word(refusal))]
    actor, today = request.actor, clock.today()  # type: ignore[attr-defined]
    may_give = actor.may("inbox.delegate") and actor.post_id in queries.own_posts(actor.person_id)
    errors: dict[str, list[str]] = {}
    for name, text in problems:
        errors.setdefault(name, []).append(text)
    rows = queries.list_delegations(actor.person_id)
    context = {
        "title": "工作台",
        "inbox_tabs": _tabs(request, "delegations"),
        "rows": [(r, r.valid_from <= today < r.valid_to, queries.previous_day(r.valid_to)) for r in rows],
        "today": today,
        "given": given,
        "problems": problems,
        "errors": errors,
        "may_give": may_give,
        "colleagues": _colleagues(request) if may_give else [],
        "rooms": kinds.rooms(),
        "room_label": kinds.label,
        "crumbs": [("工作台", reverse("inbox:tasks")), ("委托", None)],
    }  # fmt: skip
    return pages.render(request, "inbox/delegations.html", context, status=422 if problems else 200)


def _delegate(request: HttpRequest, given: dict[str, str]) -> None:
    found: list[Finding] = []

    def day(name: str, label: str) -> date:
        try:
            return date.fromisoformat(given[name])
        except ValueError:
            found.append(Finding("inbox.day_unreadable", {"label": label}, name, Severity.REJECT))
            return clock.today()

    valid_from, last_day = day("valid_from", "开始日期"), day("last_day", "结束日期")
    to_person = read_id(given["to_person"])
    if to_person is None:
        found.append(Finding("inbox.person_unknown", {}, "to_person", Severity.REJECT))
    if found or to_person is None:
        raise InvalidInput(found)
    actor = request.actor  # type: ignore[attr-defined]
    services.delegate(
        post_id=actor.post_id or 0, to_person_id=to_person, valid_from=valid_from,
        valid_to=queries.next_day(last_day), reason=given["reason"], room=given["room"], actor=actor,
    )  # fmt: skip


def _colleagues(request: HttpRequest) -> list[tuple[int, str]]:
    """Return the active people of the actor's unit, to whom he may delegate."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = Person.objects.filter(unit_id=actor.unit_id, is_active=True).exclude(pk=actor.person_id)
    return list(rows.order_by("sort_pinyin", "name").values_list("pk", "name")[:300])


@pages.page("inbox.end_delegation", methods=("POST",))
def end_delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """终止委托."""
    services.end_delegation(
        delegation_id=pk, actor=request.actor, reason=request.POST.get("reason", "")[:200]  # type: ignore[attr-defined]
    )  # fmt: skip
    return HttpResponseRedirect(reverse("inbox:delegations"))


def panel(request: HttpRequest, subject: Any) -> str:
    """The 待办 tab on the page of a subject."""
    from gongbu.ground.inbox.panels import kind_of

    actor, today = request.actor, clock.today()  # type: ignore[attr-defined]
    rows = queries.list_for_subject(kind_of(subject), subject.pk)
    context = {
        "rows": [(row, queries.lamp(row.due_on, today, queries.soon_until(today))) for row in rows],
        "lamps": register.LAMPS,
        "tones": register.LAMP_TONES,
        "may_urge": actor.may("inbox.urge"),
        "today": today,
        "here": request.get_full_path(),
    }
    return pages.render_text(request, "inbox/panel.html", context)
