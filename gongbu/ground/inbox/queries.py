"""Read the inbox. Whose task it is follows from posts held today, posts acted for, and delegations in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from gongbu.ground.basics import clock
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.calendar.queries import add_workdays
from gongbu.ground.inbox.models import Delegation, Message, Task
from gongbu.ground.orgs.models import Holding
from gongbu.ground.orgs.queries import in_force

SOON_WORKDAYS = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers for the shell: open tasks, how many of them are overdue or due today, unread messages."""

    open: int
    overdue: int
    today: int
    unread: int


# The badges and the duties behind every list are written out as SQL: compiling the same from querysets costs eleven
# milliseconds of Python a page, running it 0.1. A test compares badge and list.
_DUTIES = """
WITH lent AS (
  SELECT d.post_id, d.room FROM inbox_delegation d
  WHERE d.to_person_id = %(me)s AND d.valid_from <= %(on)s AND d.valid_to > %(on)s AND EXISTS (
    SELECT 1 FROM orgs_holding g WHERE g.post_id = d.post_id AND g.person_id = d.from_person_id AND g.kind = 'HOLDS'
    AND g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to > %(on)s))
), duty AS (
  SELECT h.post_id, '' AS room FROM orgs_holding h
  WHERE h.person_id = %(me)s AND h.valid_from <= %(on)s AND (h.valid_to IS NULL OR h.valid_to > %(on)s)
  AND NOT (h.kind = 'ACTS_FOR' AND EXISTS (SELECT 1 FROM inbox_delegation k WHERE k.holding_id = h.id))
  UNION SELECT post_id, room FROM lent
)
"""
_DUTY = _DUTIES + " SELECT post_id, room FROM duty"  # noqa: S608 — constants only
_MINE = """, mine AS (
  SELECT t.id, t.due_on FROM inbox_task t WHERE t.person_id = %(me)s AND t.state = 'OPEN'
  UNION
  SELECT t.id, t.due_on FROM duty JOIN inbox_task t ON t.post_id = duty.post_id AND t.state = 'OPEN'
  WHERE duty.room = '' OR duty.room = t.room
)
SELECT COUNT(*), COALESCE(SUM(CASE WHEN due_on < %(on)s THEN 1 ELSE 0 END), 0),
  COALESCE(SUM(CASE WHEN due_on = %(on)s THEN 1 ELSE 0 END), 0),
  (SELECT COUNT(*) FROM inbox_message m WHERE m.person_id = %(me)s AND m.read_at IS NULL)
FROM mine
"""
_COUNTS = _DUTIES + _MINE


def _parameters(person_id: int, on: date) -> dict[str, Any]:
    return {"me": person_id, "on": on if connection.vendor == "postgresql" else on.isoformat()}


def mine(person_id: int, on: date | None = None) -> Q:
    """Return the filter of the tasks a person has to do on a day, own and delegated (1 query for his duties).

    The posts are read first and stand in the filter as numbers, so that each part of the OR uses its own index.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUTY, _parameters(person_id, on or clock.today()))
        duties: list[tuple[int, str]] = cursor.fetchall()
    whole = [post_id for post_id, room in duties if not room]
    where = Q(person_id=person_id) | Q(post_id__in=whole)
    for post_id, room in duties:
        if room and post_id not in whole:
            where |= Q(post_id=post_id, room=room)
    return where


def open_tasks(person_id: int, on: date | None = None) -> "QuerySet[Task]":
    """Return the open tasks of a person, to be narrowed and sorted by the page."""
    return Task.objects.filter(mine(person_id, on), state=Task.State.OPEN)


def done_tasks(person_id: int) -> "QuerySet[Task]":
    """Return the tasks a person has done, whoever holds the post now."""
    return Task.objects.filter(done_by_id=person_id, state=Task.State.DONE)


def counts(person_id: int, on: date | None = None) -> Counts:
    """Return the numbers of the shell's badges (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, _parameters(person_id, on or clock.today()))
        row = cursor.fetchone()
    return Counts(*(int(number) for number in row))


def own_posts(person_id: int, on: date | None = None) -> set[int]:
    """Return the ids of the posts a person holds himself (1 query); other tasks are marked 受托."""
    rows = Holding.objects.filter(in_force(on or clock.today()), person_id=person_id, kind=Holding.Kind.HOLDS)
    return set(rows.values_list("post_id", flat=True))


def may_handle(task: Task, person_id: int, on: date | None = None) -> bool:
    """Return whether the task is the person's to do today (1 query)."""
    return Task.objects.filter(mine(person_id, on), pk=task.pk).exists()


def list_for_subject(kind: str, subject_id: int, limit: int = 100) -> list[Task]:
    """Return the tasks of a subject, open ones first, with their posts and people (1 query)."""
    rows = Task.objects.filter(subject_kind=kind, subject_id=subject_id).exclude(state=Task.State.WITHDRAWN)
    rows = rows.select_related("post__unit", "person").order_by("done_at", "due_on", "id")
    return sorted(rows[:limit], key=lambda task: task.state != Task.State.OPEN)


_OPEN_OF_SUBJECT = Prepared(
    lambda kind, pk: Task.objects.filter(subject_kind=kind, subject_id=pk, state=Task.State.OPEN).values_list("pk")
)


def count_open_for_subject(kind: str, subject_id: int) -> int:
    """Return how many tasks of a subject are open (1 query)."""
    return _OPEN_OF_SUBJECT.count(kind, subject_id)


def list_messages(person_id: int, *, unread_only: bool = False, limit: int = 100) -> list[Message]:
    """Return a person's messages, newest first (1 query)."""
    rows = Message.objects.filter(person_id=person_id)
    if unread_only:
        rows = rows.filter(read_at=None)
    return list(rows.order_by("-sent_at", "-id")[:limit])


def list_delegations(person_id: int, *, limit: int = 100) -> list[Delegation]:
    """Return the delegations a person gave or received, latest first (1 query)."""
    rows = Delegation.objects.filter(Q(from_person_id=person_id) | Q(to_person_id=person_id))
    return list(rows.select_related("post__unit", "from_person", "to_person").order_by("-valid_from", "-id")[:limit])


def soon_until(on: date) -> date:
    """Return the last day that counts as due soon (three working days ahead)."""
    return add_workdays(on, SOON_WORKDAYS)


def lamp(due_on: date | None, on: date, soon: date) -> str:
    """Return the light of a due day: OVERDUE, TODAY, SOON, RUNNING, or NONE without a due day."""
    if due_on is None:
        return "NONE"
    if due_on < on:
        return "OVERDUE"
    if due_on == on:
        return "TODAY"
    return "SOON" if due_on <= soon else "RUNNING"


def delegates_of(post_ids: Iterable[int], on: date | None = None) -> dict[int, list[int]]:
    """Return the people to whom each post is delegated without narrowing on the day (1 query)."""
    on = on or clock.today()
    rows = Delegation.objects.filter(post_id__in=list(post_ids), valid_from__lte=on, valid_to__gt=on)
    found: dict[int, list[int]] = {}
    for post_id, person_id in rows.values_list("post_id", "to_person_id"):
        found.setdefault(post_id, []).append(person_id)
    return found


def list_open_keys(kind: str, subject_kind: str, subject_id: int) -> list[str]:
    """Return the keys of the open tasks of one kind on a subject, oldest first, for the room that gave them (1 query)."""
    rows = Task.objects.filter(kind=kind, subject_kind=subject_kind, subject_id=subject_id, state=Task.State.OPEN)
    return list(rows.order_by("pk").values_list("key", flat=True))


def previous_day(day: date) -> date:
    """Return the day before: a period that ends before ``day`` is shown as ending on it."""
    return day - timedelta(days=1)


def next_day(day: date) -> date:
    """Return the day after: a period up to and including ``day`` ends before it."""
    return day + timedelta(days=1)
