"""Pages of the calendar: the year on one page, recording a notice, one limit with what may be done to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.text import read_id
from gongbu.ground.calendar import queries, register, services
from gongbu.ground.calendar.models import Deadline, DeadlineStop, Notice
from gongbu.ground.calendar.rules.counting import Limit, Unit, compute_remaining
from gongbu.ground.calendar.rules.noticetext import read_notice
from gongbu.ground.ledger import kinds
from gongbu.ground.ledger.queries import list_for_subject
from gongbu.ground.orgs.regions import find_by_key
from gongbu.ground.registers import pages

FIRST_YEAR, LAST_YEAR = 2016, 2100
WEEKDAYS = "一二三四五六日"


@pages.page("calendar.view")
def show_year(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """A year as a wall calendar, with totals and the notices it rests on."""
    today = clock.today()
    year = year or today.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound("calendar.year_outside", first=FIRST_YEAR, last=LAST_YEAR)
    region = _region(request)
    context = {
        "title": f"{year} 年工作日历",
        "view": queries.get_year(year, region),
        "year": year,
        "today": today,
        "weekdays": WEEKDAYS,
        "first": FIRST_YEAR,
        "last": LAST_YEAR,
        "may_record": request.actor.may("calendar.record_notice"),  # type: ignore[attr-defined]
        "crumbs": [("工作日历", reverse("calendar:year")), (f"{year} 年", None)],
    }
    return pages.render(request, "calendar/year.html", context)


def _region(request: HttpRequest) -> int | None:
    """Return where the person works: local days of that place are part of his calendar."""
    ranges = request.actor.ranges("calendar.view")  # type: ignore[attr-defined]
    return ranges[0][0] if ranges else None


@dataclass(slots=True)
class NoticeForm:
    """What was typed into the notice form, and what is wrong with it."""

    kind: str
    year: str
    title: str
    document_number: str
    issued_on: str
    url: str
    region: str
    days: str
    problems: list[tuple[str, str]]

    @classmethod
    def read(cls, post: Any) -> "NoticeForm":
        """Read the form; an uploaded text file takes the place of the pasted text."""
        names = ("kind", "year", "title", "document_number", "issued_on", "url", "region", "days")
        return cls(**{name: post.get(name, "").strip() for name in names}, problems=[])

    def build(self) -> services.NewNotice:
        """Return the notice.

        :raises InvalidInput: names the fields that cannot be read
        """
        found: list[Finding] = []
        year = read_id(self.year) or 0
        year = year if FIRST_YEAR <= year <= LAST_YEAR else 0
        if not year:
            found.append(Finding("calendar.year_unreadable", {}, "year", Severity.REJECT))
        try:
            issued_on = date.fromisoformat(self.issued_on)
        except ValueError:
            issued_on = clock.today()
            found.append(Finding("calendar.day_unreadable", {"text": self.issued_on}, "issued_on", Severity.REJECT))
        if self.kind not in Notice.Kind.values:
            found.append(Finding("calendar.kind_missing", {}, "kind", Severity.REJECT))
        read = read_notice(self.days, year or FIRST_YEAR)
        for bad in read.bad[:10]:
            data = {"line": bad.line, "text": bad.text, "day": bad.text}
            found.append(Finding(bad.code, data, "days", Severity.REJECT))
        region = None
        if self.region:
            key = read_id(self.region)
            row = find_by_key(key) if key is not None else None
            if row is None:
                found.append(Finding("calendar.region_unknown", {}, "region", Severity.REJECT))
            else:
                region = (row.key_lo, row.key_hi, row.name)
        if found:
            raise InvalidInput(found)
        return services.NewNotice(
            self.kind, year, self.title, issued_on, read.days, self.document_number, self.url, region
        )


@pages.page("calendar.record_notice", methods=("GET", "POST"))
def record_notice(request: HttpRequest) -> HttpResponse:
    """Paste a notice, check what was read and what it changes, record it."""
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        following = str(max(queries.get_calendar().official_years) + 1)
        title = f"国务院办公厅关于{following}年部分节假日安排的通知"
        form = NoticeForm("ANNUAL", following, title, "", "", "", "", "", [])
        return _show_form(request, form)
    form = NoticeForm.read(request.POST)
    try:
        new = form.build()
        if "check" in request.POST:
            region = new.region[0] if new.region else None
            preview = queries.preview_notice(
                new.days, new.year, is_annual=new.kind == Notice.Kind.ANNUAL, region=region
            )
            return _show_form(request, form, preview=preview)
        notice = services.record_notice(new=new, actor=actor)
    except InvalidInput as refusal:
        form.problems = [(f.field or "", word(f)) for f in refusal.findings]
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        form.problems = [(refusal.field or "", word(refusal))]
    else:
        return HttpResponseRedirect(reverse("calendar:year", args=[notice.year]))
    return _show_form(request, form, status=422)


def _show_form(
    request: HttpRequest, form: NoticeForm, *, preview: queries.Preview | None = None, status: int = 200
) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    for name, text in form.problems:
        errors.setdefault(name, []).append(text)
    context = {
        "title": "登记放假通知",
        "form": form,
        "errors": errors,
        "preview": preview,
        "weekdays": WEEKDAYS,
        "kinds": Notice.Kind.choices,
        "recorded": queries.list_notices(),
        "regions": _own_regions(request),
        "crumbs": [("工作日历", reverse("calendar:year")), ("登记放假通知", None)],
    }
    return pages.render(request, "calendar/record_notice.html", context, status=status)


def _own_regions(request: HttpRequest) -> list[tuple[int, str]]:
    """Return the regions of the person's ranges and their counties, for a local notice."""
    from gongbu.ground.orgs.models import Region

    found: list[tuple[int, str]] = []
    for lo, hi in request.actor.ranges("calendar.record_notice"):  # type: ignore[attr-defined]
        rows = Region.objects.filter(key_lo__gte=lo, key_hi__lte=hi).exclude(level=Region.Level.TOWNSHIP)
        found += rows.order_by("key_lo").values_list("key_lo", "name")[:300]
    return found


@pages.page("calendar.list_deadlines")
def show_deadline(request: HttpRequest, pk: int) -> HttpResponse:
    """One limit: how its due day came about, and what may be done to it."""
    deadline = _deadline(request, pk)
    actor, today = request.actor, clock.today()  # type: ignore[attr-defined]
    calendar = queries.get_calendar(deadline.region_key)
    stops = list(deadline.stops.order_by("since"))

    def may(act: str) -> bool:
        return deadline.is_open and bool(actor.may(act, deadline.region_key))

    running = deadline.status == Deadline.Status.RUNNING and deadline.due_on is not None
    remaining = compute_remaining(deadline.due_on, today, calendar)
    context = {
        "title": deadline.title,
        "deadline": deadline,
        "stops": stops,
        "open_stops": [stop for stop in stops if stop.until is None],
        "lamp": register.show_lamp(remaining) if running else "",
        "today": today,
        "kinds": DeadlineStop.Kind.choices,
        "may_stop": may("calendar.stop_deadline"),
        "may_resume": may("calendar.resume_deadline"),
        "longest": Limit(deadline.extension_max, Unit(deadline.limit_unit)),
        "may_extend": may("calendar.extend_deadline") and deadline.extension_max and deadline.extended_on is None,
        "may_close": may("calendar.close_deadline"),
        "history": [
            row
            for row in list_for_subject(deadline.subject_kind, deadline.subject_id)
            if row.content["extra"].get("deadline") == deadline.key
        ],
        "kind_label": kinds.label,
        "crumbs": [("办理时限", reverse("calendar:deadlines")), (deadline.title, None)],
    }
    return pages.render(request, "calendar/deadline.html", context)


def _deadline(request: HttpRequest, pk: int) -> Deadline:
    rows = Deadline.objects.visible_to(request.actor, "calendar.list_deadlines")  # type: ignore[attr-defined]
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound("calendar.deadline_unknown")
    return row


def _day(request: HttpRequest, name: str = "on") -> date:
    text = request.POST.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        finding = Finding("calendar.day_unreadable", {"text": text}, name, Severity.REJECT)
        raise InvalidInput([finding]) from None


def _done(request: HttpRequest, pk: int) -> HttpResponse:
    target = reverse("calendar:deadline", args=[pk])
    if pages.is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _act(name: str, run: Callable[[HttpRequest, int, int | None], object]) -> Any:
    """Make the view of one act on a limit; it must be visible to the person first."""

    @pages.page(name, methods=("POST",))
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        _deadline(request, pk)
        rev = request.POST.get("rev", "")
        run(request, pk, read_id(rev))
        return _done(request, pk)

    return view


def _moment(request: HttpRequest, pk: int) -> Any:
    """Return the day typed; for a limit in hours the present moment, since a day would not do."""
    return clock.now() if _deadline(request, pk).due_at is not None else _day(request)


def _stop(request: HttpRequest, pk: int, rev: int | None) -> None:
    kind, reason = request.POST.get("kind", ""), request.POST.get("reason", "").strip()[:300]
    at, actor = _moment(request, pk), request.actor  # type: ignore[attr-defined]
    services.stop_deadline(deadline_id=pk, kind=kind, at=at, reason=reason, actor=actor, rev=rev)


def _resume(request: HttpRequest, pk: int, rev: int | None) -> None:
    kind, actor = request.POST.get("kind", ""), request.actor  # type: ignore[attr-defined]
    services.resume_deadline(deadline_id=pk, kind=kind, at=_moment(request, pk), actor=actor, rev=rev)


def _extend(request: HttpRequest, pk: int, rev: int | None) -> None:
    text, reason = request.POST.get("amount", ""), request.POST.get("reason", "")[:300]
    amount = (read_id(text) or 0) if len(text) < 6 else 0
    actor = request.actor  # type: ignore[attr-defined]
    services.extend_deadline(deadline_id=pk, amount=amount, on=clock.today(), reason=reason, actor=actor, rev=rev)


def _close(request: HttpRequest, pk: int, rev: int | None) -> None:
    actor = request.actor  # type: ignore[attr-defined]
    services.close_deadline(deadline_id=pk, at=_moment(request, pk), actor=actor, rev=rev)


stop = _act("calendar.stop_deadline", _stop)
resume = _act("calendar.resume_deadline", _resume)
extend = _act("calendar.extend_deadline", _extend)
close = _act("calendar.close_deadline", _close)
