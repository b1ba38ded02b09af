"""Running time limits (办理时限): start, stop, resume, extend, close, recompute.

Plain functions inside the caller's transaction, without rights and ledger entry of their own: a room whose act starts
or stops a limit (受理, 一次性告知补正) calls them as part of that one act. The acts for a limit by itself are in
``services``. Every change tells ``calendar.deadline_changed`` through the outbox, with the due day before and after.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import QuerySet

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.basics.findings import Basis, ChangedMeanwhile, NotFound, Refusal
from gongbu.ground.calendar import daytable
from gongbu.ground.calendar.models import Deadline, DeadlineStop
from gongbu.ground.calendar.rules.counting import HOUR_UNITS, Limit, Stop, Unit, compute_due
from gongbu.ground.calendar.rules.hours import DEFAULT_OFFICE_HOURS, OfficeHours, StopMoment, compute_due_at
from gongbu.ground.calendar.rules.workcalendar import WorkCalendar
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox

CHANGED = "calendar.deadline_changed"
EXTENSION_BASIS = Basis("行政许可法", "第四十二条")


@dataclass(frozen=True, slots=True)
class NewDeadline:
    """What a limit is started with. ``key`` makes starting idempotent (for example ``case:12:accept``)."""

    key: str
    title: str
    subject: Subject
    started: date | datetime
    limit: Limit
    url: str = ""
    extension_max: int = 0
    policy_ref: Mapping[str, Any] | None = None
    office: OfficeHours = DEFAULT_OFFICE_HOURS


def open_deadline(new: NewDeadline) -> Deadline:
    """Start a limit and return it; the same key returns the limit already started.

    :raises ValueError: a limit in hours needs the moment it began, not only the day
    """
    if existing := _all().filter(key=new.key).first():
        return existing
    deadline = _build(new, daytable.current())
    deadline.save(force_insert=True)
    _tell(deadline, "started", None)
    return deadline


def open_deadlines(wanted: Sequence[NewDeadline]) -> list[Deadline]:
    """Start many limits as :func:`open_deadline` does each, in their order and in a few statements (importers)."""
    keys = [new.key for new in wanted]
    known: dict[str, Deadline] = {}
    for at in range(0, len(keys), 500):
        known |= {row.key: row for row in _all().filter(key__in=keys[at : at + 500])}
    calendars = daytable.current()
    fresh = [_build(new, calendars) for new in wanted if new.key not in known]
    bulk.insert(fresh)
    outbox.add_each(CHANGED, [_told(deadline, "started", None) for deadline in fresh])
    known |= {row.key: row for row in fresh}
    return [known[key] for key in keys]


def _build(new: NewDeadline, calendars: daytable.CalendarSet) -> Deadline:
    deadline = Deadline(
        key=new.key, title=new.title, subject_kind=new.subject.kind, subject_id=new.subject.id,
        subject_label=new.subject.label, url=new.url, region_key=new.subject.region_key,
        started_at=_moment(new.started, new.limit.unit), limit_amount=new.limit.amount,
        limit_unit=new.limit.unit.value, extension_max=new.extension_max, policy_ref=dict(new.policy_ref or {}),
        office_hours=str(new.office) if new.limit.unit is Unit.OFFICE_HOUR else "",
    )  # fmt: skip
    _settle(deadline, [], calendars.for_region(deadline.region_key))
    return deadline


def stop(deadline: Deadline, *, kind: str, at: date | datetime, reason: str = "", basis: str = "") -> DeadlineStop:
    """Stop a running limit for a reason that is not counted (补正、听证、评审 …).

    :raises Refusal: closed; stopped for the same reason already; before the start, in the future, or after the due day
    """
    _require_open(deadline)
    if kind not in DeadlineStop.Kind.values:
        raise Refusal("calendar.kind_unknown", field="kind")
    since = _moment(at, Unit(deadline.limit_unit))
    _require_not_future(since)
    if since < deadline.started_at and since.date() < _day(deadline.started_at):
        raise Refusal("calendar.stop_before_start", at=since.date(), started=_day(deadline.started_at))
    if deadline.stops.filter(kind=kind, until=None).exists():
        raise Refusal("calendar.stopped_already", kind=DeadlineStop.Kind(kind).label)
    if deadline.due_on is not None and since.date() > deadline.due_on:
        raise Refusal("calendar.stop_after_due", at=since.date(), due=deadline.due_on)
    row = DeadlineStop.objects.create(deadline=deadline, kind=kind, reason=reason, basis=basis, since=since)
    _change(deadline, "stopped")
    return row


def resume(deadline: Deadline, *, kind: str, at: date | datetime) -> None:
    """End the stop of ``kind``; the limit runs on from the next day unless another stop still lasts.

    :raises Refusal: closed; not stopped for this reason; before the stop began or in the future
    """
    _require_open(deadline)
    if kind not in DeadlineStop.Kind.values:
        raise Refusal("calendar.kind_unknown", field="kind")
    until = _moment(at, Unit(deadline.limit_unit))
    _require_not_future(until)
    row = deadline.stops.filter(kind=kind, until=None).first()
    if row is None:
        raise Refusal("calendar.not_stopped", kind=DeadlineStop.Kind(kind).label)
    if until < row.since:
        raise Refusal("calendar.resume_before_stop", at=until.date(), since=_day(row.since))
    row.until = until
    row.save(update_fields=["until"])
    _change(deadline, "resumed")


def extend(deadline: Deadline, *, amount: int, on: date, reason: str) -> None:
    """Lengthen a limit, once, within the bound it was started with, before it has run out.

    :raises Refusal: closed, extended before, not extendable, too long, without reason, or after the due day
    """
    _require_open(deadline)
    if deadline.extended_on is not None:
        raise Refusal("calendar.extended_already", on=deadline.extended_on, basis=EXTENSION_BASIS)
    if deadline.extension_max == 0:
        raise Refusal("calendar.not_extendable", title=deadline.title)
    if not 0 < amount <= deadline.extension_max:
        longest = Limit(deadline.extension_max, Unit(deadline.limit_unit))
        raise Refusal("calendar.extension_too_long", longest=str(longest), basis=EXTENSION_BASIS, field="amount")
    if not reason.strip():
        raise Refusal("calendar.reason_missing", basis=EXTENSION_BASIS, field="reason")
    if deadline.due_on is not None and on > deadline.due_on:
        raise Refusal("calendar.extension_after_due", due=deadline.due_on, basis=EXTENSION_BASIS)
    deadline.extension_amount, deadline.extended_on, deadline.extension_reason = amount, on, reason.strip()
    _change(deadline, "extended")


def close(deadline: Deadline, *, at: date | datetime) -> None:
    """Close a limit because the matter is done; it is late when done after the due day (届满 includes it).

    :raises Refusal: closed before, or a day in the future or before the start
    """
    _require_open(deadline)
    moment = _moment(at, Unit(deadline.limit_unit))
    _require_not_future(moment)
    closed_on = _day(moment)
    if closed_on < _day(deadline.started_at):
        raise Refusal("calendar.close_before_start", at=closed_on, started=_day(deadline.started_at))
    deadline.closed_on = closed_on
    if deadline.due_at is not None:
        deadline.is_late = moment > deadline.due_at
    else:
        deadline.is_late = deadline.due_on is not None and closed_on > deadline.due_on
    deadline.status = Deadline.Status.CLOSED
    _write(deadline)
    _tell(deadline, "closed", deadline.due_on)


def cancel(deadline: Deadline, *, on: date) -> None:
    """End a limit without a result (撤回、终止); it is neither in time nor late.

    :raises Refusal: closed before
    """
    _require_open(deadline)
    deadline.closed_on, deadline.status = on, Deadline.Status.CANCELLED
    _write(deadline)
    _tell(deadline, "cancelled", deadline.due_on)


def lock(deadline_id: int, rev: int | None = None) -> Deadline:
    """Return a deadline locked for change; ``rev`` is the revision that the person saw.

    :raises NotFound: no such deadline
    :raises ChangedMeanwhile: somebody else changed it since
    """
    row = _all().select_for_update().filter(pk=deadline_id).first()
    if row is None:
        raise NotFound("calendar.deadline_unknown")
    if rev is not None and row.rev != rev:
        raise ChangedMeanwhile("calendar.stale", rev=row.rev)
    return row


@dataclass(frozen=True, slots=True)
class Moved:
    """A due day that a notice moved."""

    deadline: Deadline
    due_before: date | None
    was_provisional: bool


def recompute_open(changed: Iterable[date]) -> list[Moved]:
    """Recompute the open limits that a changed day or a newly arranged year may move; return those that moved.

    A limit is touched when it began on or before the last changed day and was not yet over on the first one, or was
    provisional. One message per moved limit; limits in which only 暂定 fell away move too.
    """
    days = sorted(changed)
    rows = _all().filter(status__in=[Deadline.Status.RUNNING, Deadline.Status.STOPPED])
    touched = rows.filter(is_provisional=True)
    if days:
        touched |= rows.filter(started_at__date__lte=days[-1], due_on__gte=days[0])
        touched |= rows.filter(started_at__date__lte=days[-1], due_on=None)
    calendars = daytable.current()
    moved = []
    for deadline in touched.select_for_update().prefetch_related("stops").order_by("pk"):
        before = (deadline.due_on, deadline.due_at, deadline.is_provisional)
        _settle(deadline, list(deadline.stops.all()), calendars.for_region(deadline.region_key))
        if before != (deadline.due_on, deadline.due_at, deadline.is_provisional):
            deadline.rev += 1
            moved.append(Moved(deadline, before[0], before[2]))
            _tell(deadline, "recomputed", before[0])
    Deadline.objects.unscoped("recomputation after a notice").bulk_update(
        [m.deadline for m in moved], ["due_on", "due_at", "is_provisional", "status", "rev"], batch_size=500
    )
    return moved


def list_open_by_policy(actor: Actor, act: str, key: str, span: tuple[int, int]) -> list[Deadline]:
    """Return the open limits in the actor's sight and the span that a policy value of this key fixed (2 queries)."""
    rows = Deadline.objects.visible_to(actor, act).filter(
        status__in=[Deadline.Status.RUNNING, Deadline.Status.STOPPED], policy_ref__key=key,
        region_key__gte=span[0], region_key__lt=span[1],
    )  # fmt: skip
    return list(rows.prefetch_related("stops").order_by("due_on", "pk"))


def due_with(deadline: Deadline, amount: int) -> date | None:
    """Return when a limit would be due with another amount, stops and extension as they are; nothing is saved."""
    other = copy.copy(deadline)
    other.limit_amount = amount
    _settle(other, list(deadline.stops.all()), daytable.current().for_region(deadline.region_key))
    return other.due_on


def _all() -> "QuerySet[Deadline]":
    return Deadline.objects.unscoped("the calling act has checked the right for the subject")


def _change(deadline: Deadline, event: str) -> None:
    before = deadline.due_on
    calendar = daytable.current().for_region(deadline.region_key)
    _settle(deadline, list(deadline.stops.all()), calendar)
    _write(deadline)
    _tell(deadline, event, before)


def _write(deadline: Deadline) -> None:
    deadline.rev += 1
    deadline.save()


def _settle(deadline: Deadline, stops: list[DeadlineStop], calendar: WorkCalendar) -> None:
    """Set due day, provisional mark and status from start, limit and stops."""
    limit, started = deadline.limit, deadline.started_at.astimezone(SHANGHAI)
    if limit.unit in HOUR_UNITS:
        moments = [StopMoment(s.since, s.until) for s in stops]
        deadline.due_at = compute_due_at(started, limit, calendar, OfficeHours.parse(deadline.office_hours), moments)
        deadline.due_on = None if deadline.due_at is None else deadline.due_at.date()
        last = deadline.due_on or started.date()
        deadline.is_provisional = limit.unit is not Unit.HOUR and calendar.is_provisional(started.date(), last)
    else:
        days = [Stop(_day(s.since), None if s.until is None else _day(s.until)) for s in stops]
        due = compute_due(started.date(), limit, calendar, days)
        deadline.due_on, deadline.due_at, deadline.is_provisional = due.due_on, None, due.is_provisional
    stopped = any(stop.until is None for stop in stops)
    deadline.status = Deadline.Status.STOPPED if stopped else Deadline.Status.RUNNING


def _tell(deadline: Deadline, event: str, before: date | None) -> None:
    kind, pk, key, data = _told(deadline, event, before)
    outbox.add(CHANGED, subject_kind=kind, subject_id=pk, region_key=key, **data)


def _told(deadline: Deadline, event: str, before: date | None) -> tuple[str, int, int, dict[str, Any]]:
    data = {
        "deadline": deadline.pk, "key": deadline.key, "event": event, "title": deadline.title,
        "due_before": before.isoformat() if before else None,
        "due_after": deadline.due_on.isoformat() if deadline.due_on else None,
        "is_provisional": deadline.is_provisional,
    }  # fmt: skip
    return deadline.subject_kind, deadline.subject_id, deadline.region_key, data


def _require_open(deadline: Deadline) -> None:
    if not deadline.is_open:
        raise Refusal("calendar.deadline_closed", title=deadline.title, on=deadline.closed_on)


def _require_not_future(moment: datetime) -> None:
    if moment.astimezone(SHANGHAI).date() > clock.today():
        raise Refusal("calendar.day_in_future", at=_day(moment))


def _moment(at: date | datetime, unit: Unit) -> datetime:
    if isinstance(at, datetime):
        return at.astimezone(SHANGHAI)
    if unit in HOUR_UNITS:
        raise ValueError("a limit in hours needs moments, not days")
    return datetime.combine(at, time.min, tzinfo=SHANGHAI)


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
