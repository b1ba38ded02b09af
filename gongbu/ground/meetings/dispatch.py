"""部门每月专题调度 (JC-32): which units owe a dispatch meeting each month, who held it, who is behind; the daily reminders.

A unit owes it when the packs of its county hold a monthly cadence kept by meetings, and it has posts there with a
role that the cadence names. Which kinds of meeting count, and who must chair them, is said by the cadence too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound
from gongbu.ground.inbox import queries as tasks
from gongbu.ground.inbox import services as inbox
from gongbu.ground.inbox.models import Message
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.meetings.messages import DISPATCH
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.meetings.queries import VIEW
from gongbu.ground.meetings.rules.dispatch import Held, Month, Seen, Status, judge_months, last_day
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Grant, Holding, Region, Unit
from gongbu.ground.policy import queries as policies

TASK = "meetings.dispatch"


@dataclass(frozen=True, slots=True)
class Duty:
    """The cadence in force: how many a month, on which clause, out of which pack."""

    at_least: int
    label: str
    duty: str
    basis: str
    pack: str
    version: str
    since: date
    confidence: str
    kinds: tuple[str, ...]  # codes of Meeting.Kind
    units_with: tuple[str, ...]  # roles
    chaired_by: tuple[str, ...]  # roles; empty: whoever chairs
    remind_days: int


@dataclass(frozen=True, slots=True)
class UnitYear:
    """A unit's year: its twelve months, and since when it has the duty."""

    unit_id: int
    name: str
    since: date
    months: tuple[Month, ...]

    @property
    def due(self) -> int:
        """Months that had to be kept so far, this one left out until it is over or kept."""
        return sum(m.status in (Status.KEPT, Status.MISSED) for m in self.months)

    @property
    def kept(self) -> int:
        """Months kept."""
        return sum(m.status is Status.KEPT for m in self.months)

    @property
    def missed(self) -> int:
        """Months missed."""
        return sum(m.status is Status.MISSED for m in self.months)


@dataclass(frozen=True, slots=True)
class CountyYear:
    """A county's year; ``duty`` is None where no pack asks for it."""

    region: Region
    year: int
    duty: Duty | None
    units: tuple[UnitYear, ...]


@dataclass(slots=True)
class _Duty:
    """A unit's bounds of duty, gathered from its grants."""

    name: str
    since: date
    until: date | None


def _owing_roles() -> set[str]:
    """Return every role that some installed cadence kept by meetings names."""
    cadences = (item for pack in policies.packs().values() for item in pack.extras.get("cadences", ()))
    return {role for item in cadences if item["meeting"] for role in item["meeting"]["units_with"]}


def list_counties(actor: Actor | None = None) -> list[Region]:
    """Return the counties in which departments with such a duty have posts, those in the actor's sight (1 query)."""
    grants = Grant.objects.unscoped("which counties have departments")
    ids = grants.filter(role__in=_owing_roles()).values("region_id")
    rows = list(Region.objects.filter(pk__in=ids, level=Region.Level.COUNTY).order_by("key_lo"))
    return [row for row in rows if actor is None or actor.may(VIEW, row.key_lo)]


def get_county(region_id: int, actor: Actor) -> Region:
    """Return one of them.

    :raises NotFound: none such in the actor's sight
    """
    for region in list_counties(actor):
        if region.pk == region_id:
            return region
    raise NotFound("meetings.dispatch_missing")


def find_duty(region: Region, on: date) -> Duty | None:
    """Return the cadence in force in a county on a day (1 query)."""
    installed = policies.packs()
    for placed in policies.placed_packs(region, on):
        pack = installed[placed.pack]
        for item in pack.extras.get("cadences", ()):
            begins = date.fromisoformat(str(item["from"]))
            if (how := item["meeting"]) and item["every"] == "MONTH" and begins <= on:
                return Duty(
                    int(item["at_least"] or 1), item["label"], item["duty"], str(item["basis"]), pack.key, pack.version,
                    begins, item["confidence"].value, tuple(how["kinds"]), tuple(how["units_with"]),
                    tuple(how["chaired_by"]), int(how["remind_days"]),
                )  # fmt: skip
    return None


def get_year(region: Region, year: int, today: date, unit_id: int | None = None) -> CountyYear:
    """Return a county's year, units by name (at most 6 queries, 17 in the year of an adoption)."""
    now = find_duty(region, min(max(today, date(year, 1, 1)), date(year, 12, 31)))
    if now is None:
        return CountyYear(region, year, None, ())
    begun = find_duty(region, date(year, 1, 1)) is not None
    due_from = [begun or find_duty(region, date(year, m, 1)) is not None for m in range(1, 13)]
    bounds = _bounds(region, now.units_with)
    if unit_id is not None:
        bounds = {pk: found for pk, found in bounds.items() if pk == unit_id}
    held = _held(bounds, year, now)
    units = [
        UnitYear(pk, found.name, found.since, tuple(judge_months(
            year=year, today=today, since=found.since, until=found.until, due_from=due_from, at_least=now.at_least,
            meetings=held.get(pk, ()),
        )))
        for pk, found in bounds.items()
        if found.since.year <= year and (found.until is None or found.until.year >= year)
    ]  # fmt: skip
    return CountyYear(region, year, now, tuple(sorted(units, key=lambda u: (-u.missed, u.name))))


def get_unit(region: Region, unit_id: int, year: int, today: date) -> tuple[Duty, UnitYear]:
    """Return one unit's year.

    :raises NotFound: it has no such duty in the county in that year
    """
    found = get_year(region, year, today, unit_id)
    if found.duty is None or not found.units:
        raise NotFound("meetings.dispatch_missing")
    return found.duty, found.units[0]


def _bounds(region: Region, roles: Sequence[str]) -> dict[int, _Duty]:
    """Return unit → since and until when it has had posts with one of the roles in the county (2 queries)."""
    rows = Grant.objects.unscoped("whose duty it is").filter(role__in=roles, region=region)
    found: dict[int, _Duty] = {}
    for by_post, by_person, begins, ends in rows.values_list(
        "post__unit_id", "person__unit_id", "valid_from", "valid_to"
    ):
        if (unit_id := by_post or by_person) is None:
            continue
        known = found.setdefault(unit_id, _Duty("", begins, ends))
        known.since = min(known.since, begins)
        known.until = None if known.until is None or ends is None else max(known.until, ends)
    units = Unit.objects.unscoped("named by the statistics of their county").filter(pk__in=found)
    for pk, name, closed_on in units.exclude(status=Unit.Status.PENDING).values_list("pk", "name", "closed_on"):
        found[pk].name = name
        if closed_on is not None:
            found[pk].until = closed_on if found[pk].until is None else min(found[pk].until or closed_on, closed_on)
    return {pk: duty for pk, duty in found.items() if duty.name}


def _held(unit_ids: Iterable[int], year: int, duty: Duty) -> dict[int, list[Held]]:
    """Return the meetings of units that may fulfil the duty in a year, cancelled ones too (1 query, 2 for heads)."""
    ids = list(unit_ids)
    heads = _heads(ids, duty.chaired_by)
    rows = Meeting.objects.unscoped("counted by unit").filter(
        host_unit_id__in=ids, kind__in=duty.kinds, held_on__gte=date(year, 1, 1), held_on__lte=date(year, 12, 31)
    )
    found: dict[int, list[Held]] = {}
    for pk, unit_id, day, state, chair, reason in rows.order_by("held_on", "pk").values_list(
        "pk", "host_unit_id", "held_on", "state", "chair", "reason"
    ):
        if day is None:
            continue
        names = tuple(
            name for name, begins, ends in heads.get(unit_id, ()) if begins <= day and (ends is None or day < ends)
        )
        found.setdefault(unit_id, []).append(Held(pk, day, state, chair, names, reason, bool(duty.chaired_by)))
    return found


def _heads(unit_ids: Sequence[int], roles: Sequence[str]) -> dict[int, list[tuple[str, date, date | None]]]:
    """Return unit → (name, from, to) of its heads: who is granted the role, and who holds a post that is (2 queries)."""
    found: dict[int, list[tuple[str, date, date | None]]] = {}
    grants = Grant.objects.unscoped("who leads a unit").filter(
        Q(post__unit_id__in=unit_ids) | Q(person__unit_id__in=unit_ids), role__in=roles
    )
    posts: dict[int, tuple[int, date, date | None]] = {}
    for post, of_post, of_person, name, begins, ends in grants.values_list(
        "post_id", "post__unit_id", "person__unit_id", "person__name", "valid_from", "valid_to"
    ):
        if post is None:
            found.setdefault(of_person, []).append((name, begins, ends))
        else:
            posts[post] = (of_post, begins, ends)
    for post, name, begins, ends in Holding.objects.filter(post_id__in=posts, kind=Holding.Kind.HOLDS).values_list(
        "post_id", "person__name", "valid_from", "valid_to"
    ):
        found.setdefault(posts[post][0], []).append((name, begins, ends))
    return found


# --- words -----------------------------------------------------------------------------------------------------------


def say(seen: Seen) -> str:
    """Return why a meeting does not count, or what remains to be confirmed; empty for a plain one."""
    if not seen.code:
        return ""
    held = seen.held
    return DISPATCH[seen.code].format(day=f"{held.day.month}月{held.day.day}日", chair=held.chair, reason=held.reason)


def reasons(month: Month) -> list[str]:
    """Return why a month is not kept (or what is to be confirmed of one that is)."""
    words = [text for one in month.seen if (text := say(one))]
    if month.status in (Status.MISSED, Status.RUNNING) and not month.seen:
        words.append(DISPATCH["none"])
    return words


# --- the daily look --------------------------------------------------------------------------------------------------


def run_daily(on: date) -> int:
    """Remind units that have not held this month's meeting, and tell those that missed the last; returns how many.

    Tasks and messages carry keys: it may run twice. A task goes when the meeting is held or the month is over.
    """
    told = 0
    for region in list_counties():
        before = on.replace(day=1) - timedelta(days=1)
        this = get_year(region, on.year, on)
        last = this if before.year == on.year else get_year(region, before.year, on)
        duty = this.duty or last.duty
        if duty is None:
            continue
        roles, remind_days = duty.units_with, duty.remind_days
        for unit in last.units:
            if unit.months[before.month - 1].status is Status.MISSED:
                told += _tell_missed(region, unit, unit.months[before.month - 1], roles)
            _take_back(
                unit.unit_id, before, "当月已过" if unit.months[before.month - 1].status is Status.MISSED else "已召开"
            )
        for unit in this.units:
            month = unit.months[on.month - 1]
            if month.status is Status.RUNNING and (month.last - on).days < remind_days:
                told += _remind(region, unit, month, roles)
            elif month.status is Status.KEPT:
                _take_back(unit.unit_id, on, "已召开")
    return told


def _key(unit_id: int, day: date) -> str:
    return f"dispatch:{unit_id}:{day:%Y%m}"


def _address(region: Region, unit: UnitYear, month: Month) -> str:
    return reverse("meetings:dispatch_month", args=[region.pk, unit.unit_id, month.year, month.month])


def _targets(unit_id: int, roles: Sequence[str]) -> list[dict[str, Any]]:
    """Return the posts of a unit that hold one of the roles, else the people who hold it themselves."""
    today = clock.today()
    rows = Grant.objects.unscoped("finding whose duty it is").filter(
        Q(valid_to=None) | Q(valid_to__gt=today), Q(post__unit_id=unit_id, post__closed_on=None) | Q(person__unit_id=unit_id),
        valid_from__lte=today, role__in=roles,
    )  # fmt: skip
    pairs = list(rows.order_by("pk").values_list("post_id", "person_id"))
    posts = list(dict.fromkeys(post for post, _ in pairs if post))
    people = list(dict.fromkeys(person for _, person in pairs if person))
    return [{"post_id": pk} for pk in posts] or [{"person_id": pk} for pk in people]


@transaction.atomic
def _remind(region: Region, unit: UnitYear, month: Month, roles: Sequence[str]) -> bool:
    subject = Subject("unit", unit.unit_id, region.key_lo, unit.name)
    for target in _targets(unit.unit_id, roles):
        inbox.assign_task(
            key=f"{_key(unit.unit_id, month.last)}:{next(iter(target.values()))}", kind=TASK,
            title=f"召开{month.month}月专题调度会（{unit.name}）", subject=subject, url=_address(region, unit, month),
            due_on=month.last, opened_by="系统", **target,
        )  # fmt: skip
    return True


def _take_back(unit_id: int, day: date, reason: str) -> None:
    keys = [key for key in tasks.list_open_keys(TASK, "unit", unit_id) if key.startswith(f"{_key(unit_id, day)}:")]
    if keys:
        with transaction.atomic():
            for key in keys:
                inbox.withdraw_task(key=key, reason=reason)


@transaction.atomic
def _tell_missed(region: Region, unit: UnitYear, month: Month, roles: Sequence[str]) -> bool:
    message: dict[str, Any] = {
        "key": f"{_key(unit.unit_id, month.last)}:missed", "tone": Message.Tone.WARN, "sender": "系统",
        "title": f"{month.year}年{month.month}月未开展专题调度：{unit.name}", "text": "；".join(reasons(month)),
        "url": _address(region, unit, month), "region_key": region.key_lo,
    }  # fmt: skip
    told = []
    for target in _targets(unit.unit_id, roles):
        if "post_id" in target:
            told += inbox.notify_post(post_id=target["post_id"], **message)
        else:
            told += inbox.notify(people=[target["person_id"]], **message)
    return bool(told)


def shown_month(month: Month) -> Mapping[str, str]:
    """Return what the cell of a month shows: words, tone, reasons on hover."""
    words = {
        Status.KEPT: (f"{month.counted} 次", "good"), Status.MISSED: ("未开展", "bad"), Status.RUNNING: ("待召开", "wait"),
        Status.NOT_DUE: ("—" if not month.counted else f"{month.counted} 次", ""),
    }  # fmt: skip
    text, tone = words[month.status]
    return {"text": text, "tone": tone, "why": "；".join(reasons(month))}


__all__ = ["CountyYear", "Duty", "UnitYear", "get_unit", "get_year", "last_day", "reasons", "run_daily", "say"]
