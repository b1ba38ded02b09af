"""Acts of the calendar: record a notice (放假通知); start, stop, resume, extend and close a limit by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity
from gongbu.ground.calendar import daytable, deadlines
from gongbu.ground.calendar.models import NATION, Deadline, Notice, NoticeDay, WorkDay
from gongbu.ground.calendar.official import list_official_notices
from gongbu.ground.calendar.rules.workcalendar import WorkCalendar
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import ActorStamp, EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox

SYSTEM = ActorStamp(None, "系统")


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice as recorded. ``days`` says for each day whether it is worked and which festival it belongs to.

    ``region`` is (order key, end of its range, name) of the place, None for the State Council's.
    """

    kind: str
    year: int
    title: str
    issued_on: date
    days: Mapping[date, tuple[bool, str]]
    document_number: str = ""
    url: str = ""
    region: tuple[int, int, str] | None = None


@act("calendar.record_notice", "登记放假通知")
def record_notice(*, new: NewNotice, actor: Actor) -> Notice:
    """Record a notice, rebuild the day table and recompute the open limits it touches.

    The days of a later notice supersede those of an earlier one; nothing is edited or deleted.

    :raises NotAllowed: not an administrator, or not of this region
    :raises InvalidInput: days missing, outside the notice's year, or saying nothing new
    :raises Refusal: the year is arranged already (record a correction), or not arranged yet (no correction possible)
    """
    region_key, region_end, region_name = new.region or (NATION, NATION, "")
    # A national notice is public fact for every county alike; system administrators are made on the console only.
    actor.require("calendar.record_notice", None if region_key == NATION else region_key)
    before = daytable.current()
    _check(new, before.for_region(region_key), region_key)
    notice = Notice.objects.create(
        key=_key(new, region_key), kind=new.kind, year=new.year, title=new.title.strip(), issued_on=new.issued_on,
        document_number=new.document_number.strip(), url=new.url.strip(), region_key=region_key,
        region_end=region_end, region_name=region_name, recorded_at=clock.now(),
    )  # fmt: skip
    NoticeDay.objects.bulk_create(
        NoticeDay(notice=notice, day=day, is_work=is_work, name=name) for day, (is_work, name) in new.days.items()
    )
    changed = _changed_days(before, new, region_key)
    daytable.rebuild()
    moved = deadlines.recompute_open(changed)
    _record(notice, new, moved, actor)
    return notice


def _check(new: NewNotice, calendar: WorkCalendar, region_key: int) -> None:
    findings = []
    if not new.title.strip():
        findings.append(Finding("calendar.title_missing", field="title", severity=Severity.REJECT))
    if not new.days:
        findings.append(Finding("calendar.days_missing", field="days", severity=Severity.REJECT))
    first, last = date(new.year - 1, 12, 20), date(new.year, 12, 31)  # 元旦 may begin in December
    for day in sorted(new.days):
        if not first <= day <= last:
            data = {"day": day, "year": new.year}
            findings.append(Finding("calendar.day_outside_year", data, "days", Severity.REJECT))
    if new.issued_on > clock.today():
        data = {"at": new.issued_on}
        findings.append(Finding("calendar.day_in_future", data, "issued_on", Severity.REJECT))
    if findings:
        raise InvalidInput(findings)
    arranged = new.year in calendar.official_years
    if new.kind == Notice.Kind.ANNUAL and arranged:
        raise Refusal("calendar.year_arranged", year=new.year, field="kind")
    if new.kind == Notice.Kind.CORRECTION and not arranged:
        raise Refusal("calendar.year_not_arranged", year=new.year, field="kind")
    if (new.kind == Notice.Kind.LOCAL) == (region_key == NATION):
        raise Refusal("calendar.region_mismatch", field="region")
    same = all(calendar.is_workday(day) is is_work for day, (is_work, _) in new.days.items())
    if new.kind != Notice.Kind.ANNUAL and same:
        raise Refusal("calendar.nothing_new", field="days")


def _key(new: NewNotice, region_key: int) -> str:
    place = "cn" if region_key == NATION else f"r{region_key}"
    number = Notice.objects.filter(region_key=region_key, year=new.year).count()
    return f"{place}-{new.year}" if number == 0 else f"{place}-{new.year}-{number + 1}"


def _changed_days(before: daytable.CalendarSet, new: NewNotice, region_key: int) -> list[date]:
    """Return the days whose judgement changed in the layer; a first arrangement may change its whole year."""
    old, now = before.for_region(region_key), daytable.current().for_region(region_key)
    days = set(new.days)
    if new.kind == Notice.Kind.ANNUAL:
        days |= {fact.day for fact in now.facts_of_year(new.year)}
    return sorted(day for day in days if old.is_workday(day) is not now.is_workday(day))


def _record(notice: Notice, new: NewNotice, moved: Sequence[deadlines.Moved], actor: Actor) -> None:
    subject = Subject("calendar_notice", notice.pk, notice.region_key, notice.title)
    recorded = EntryDraft(
        kind="calendar.notice_recorded",
        subject=subject,
        actor=actor.stamp,
        occurred_on=clock.today(),
        after={
            "kind": notice.kind, "year": notice.year, "title": notice.title, "issued_on": notice.issued_on.isoformat(),
            "document_number": notice.document_number, "url": notice.url, "region": notice.region_name,
            "work": [d.isoformat() for d, (is_work, _) in sorted(new.days.items()) if is_work],
            "off": [d.isoformat() for d, (is_work, _) in sorted(new.days.items()) if not is_work],
            "deadlines_moved": len(moved),
        },
    )  # fmt: skip
    ledger.append_many([recorded, *(_moved_draft(row, notice.key, actor.stamp) for row in moved)])
    outbox.add(
        "calendar.notice_recorded", subject_kind="calendar_notice", subject_id=notice.pk,
        region_key=notice.region_key, year=notice.year, deadlines_moved=len(moved),
    )  # fmt: skip


def _moved_draft(row: deadlines.Moved, notice_key: str, actor: ActorStamp) -> EntryDraft:
    return EntryDraft(
        kind="calendar.deadline_recomputed",
        subject=_subject(row.deadline),
        actor=actor,
        occurred_on=clock.today(),
        before={"due_on": _iso(row.due_before), "is_provisional": row.was_provisional},
        after={"due_on": _iso(row.deadline.due_on), "is_provisional": row.deadline.is_provisional},
        extra={"notice": notice_key, "deadline": row.deadline.key},
    )


@transaction.atomic
def load_official() -> int:
    """Load the shipped notices that the database lacks and return how many came (``gongbu migrate`` runs this).

    Reference data, not an act; safe to run again. A year recorded by hand before the release that ships it stays as
    recorded. Open limits that new notices touch are recomputed and entered in the book.
    """
    before = daytable.current()
    known = set(Notice.objects.values_list("key", flat=True))
    missing = [notice for notice in list_official_notices() if notice.key not in known]
    for notice in missing:
        row = Notice.objects.create(
            key=notice.key, kind=notice.kind, year=notice.year, title=notice.title, issued_on=notice.issued_on,
            document_number=notice.document_number, url=notice.url, recorded_at=clock.now(), is_shipped=True,
        )  # fmt: skip
        NoticeDay.objects.bulk_create(
            NoticeDay(notice=row, day=day, is_work=mark.is_work, name=mark.name) for day, mark in notice.days.items()
        )
    if missing or not WorkDay.objects.exists():
        daytable.rebuild()
    if missing and before.revision[0]:
        now = daytable.current().nation
        days = {fact.day for notice in missing for fact in now.facts_of_year(notice.year)}
        days.update(day for notice in missing for day in notice.days)
        changed = sorted(day for day in days if before.nation.is_workday(day) is not now.is_workday(day))
        moved = deadlines.recompute_open(changed)
        ledger.append_many([_moved_draft(row, missing[-1].key, SYSTEM) for row in moved])
    return len(missing)


@act("calendar.start_deadline", "起算时限")
def start_deadline(*, new: deadlines.NewDeadline, actor: Actor) -> Deadline:
    """Start a limit on a subject; the same key again returns the first one and records nothing.

    :raises NotAllowed: no right in the subject's region
    """
    actor.require("calendar.start_deadline", new.subject.region_key)
    known = Deadline.objects.unscoped("idempotency key").filter(key=new.key).first()
    if known is not None:
        return known
    deadline = deadlines.open_deadline(new)
    _enter(deadline, "calendar.deadline_started", actor, _day(deadline.started_at), before=None, key=new.key)
    return deadline


@act("calendar.stop_deadline", "暂停计时")
def stop_deadline(
    *,
    deadline_id: int,
    kind: str,
    at: date | datetime,
    reason: str,
    actor: Actor,
    basis: str = "",
    rev: int | None = None,
) -> Deadline:
    """Stop a limit for time that is not counted (补正、听证、评审 …).

    :raises NotAllowed, Refusal: see :func:`deadlines.stop`
    """
    deadline = deadlines.lock(deadline_id, rev)
    actor.require("calendar.stop_deadline", deadline.region_key)
    before = _state(deadline)
    deadlines.stop(deadline, kind=kind, at=at, reason=reason, basis=basis)
    _enter(deadline, "calendar.deadline_stopped", actor, _day(at), before, extra={"kind": kind, "reason": reason})
    return deadline


@act("calendar.resume_deadline", "恢复计时")
def resume_deadline(
    *, deadline_id: int, kind: str, at: date | datetime, actor: Actor, rev: int | None = None
) -> Deadline:
    """End a stop; the limit runs on.

    :raises NotAllowed, Refusal: see :func:`deadlines.resume`
    """
    deadline = deadlines.lock(deadline_id, rev)
    actor.require("calendar.resume_deadline", deadline.region_key)
    before = _state(deadline)
    deadlines.resume(deadline, kind=kind, at=at)
    _enter(deadline, "calendar.deadline_resumed", actor, _day(at), before, extra={"kind": kind})
    return deadline


@act("calendar.extend_deadline", "延长时限")
def extend_deadline(
    *, deadline_id: int, amount: int, on: date, reason: str, actor: Actor, rev: int | None = None
) -> Deadline:
    """Extend a limit once, within its bound; the actor is the head who approves it (行政许可法第四十二条).

    :raises NotAllowed, Refusal: see :func:`deadlines.extend`
    """
    deadline = deadlines.lock(deadline_id, rev)
    actor.require("calendar.extend_deadline", deadline.region_key)
    before = _state(deadline)
    deadlines.extend(deadline, amount=amount, on=on, reason=reason)
    _enter(deadline, "calendar.deadline_extended", actor, on, before, extra={"amount": amount, "reason": reason})
    return deadline


@act("calendar.close_deadline", "办结时限")
def close_deadline(*, deadline_id: int, at: date | datetime, actor: Actor, rev: int | None = None) -> Deadline:
    """Close a limit because its matter is done.

    :raises NotAllowed, Refusal: see :func:`deadlines.close`
    """
    deadline = deadlines.lock(deadline_id, rev)
    actor.require("calendar.close_deadline", deadline.region_key)
    before = _state(deadline)
    deadlines.close(deadline, at=at)
    _enter(deadline, "calendar.deadline_closed", actor, _day(at), before)
    return deadline


def _enter(
    deadline: Deadline,
    kind: str,
    actor: Actor,
    on: date,
    before: Mapping[str, object] | None,
    extra: Mapping[str, object] | None = None,
    key: str | None = None,
) -> None:
    ledger.append(
        EntryDraft(
            kind=kind, subject=_subject(deadline), actor=actor.stamp, occurred_on=on, before=before,
            after=_state(deadline), policy=[deadline.policy_ref] if deadline.policy_ref else (),
            key=f"calendar:{key}" if key else None, extra={"deadline": deadline.key, **(extra or {})},
        )
    )  # fmt: skip


def _subject(deadline: Deadline) -> Subject:
    return Subject(deadline.subject_kind, deadline.subject_id, deadline.region_key, deadline.subject_label)


def _state(deadline: Deadline) -> dict[str, object]:
    return {
        "title": deadline.title,
        "limit": str(deadline.limit),
        "status": deadline.status,
        "due_on": _iso(deadline.due_on),
        "is_provisional": deadline.is_provisional,
        "closed_on": _iso(deadline.closed_on),
        "is_late": deadline.is_late,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(at: date | datetime) -> date:
    return at.astimezone(clock.SHANGHAI).date() if isinstance(at, datetime) else at
