"""Read the inbox. Whose task it is follows from posts held today, posts acted for, and delegations in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gongbu.ground.basics import clock
from gongbu.ground.calendar.queries import add_workdays
from gongbu.ground.inbox.models import Delegation, Message, Task
from gongbu.ground.orgs.models import Holding, Person
from gongbu.ground.orgs.queries import in_force

SOON_WORKDAYS = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers for the shell: open tasks, how many of them are overdue or due today, unread messages."""

    open: int
    overdue: int
    today: int
    unread: int


def mine(person_id: int, on: date | None = None) -> Q:
    """Return the filter of the tasks a person has to do on a day, own and delegated."""
    on = on or clock.today()
    # An acting-for that came with a delegation shows what the delegation says; one arranged in orgs shows the post's.
    known = Delegation.objects.filter(holding_id=OuterRef("pk"))
    held = (
        Holding.objects.filter(in_force(on), person_id=person_id)
        .exclude(Q(kind=Holding.Kind.ACTS_FOR) & Exists(known))
        .values("post_id")
    )
    delegated = delegations_to(person_id, on).filter(post_id=OuterRef("post_id"))
    lent = Exists(delegated.filter(Q(room="") | Q(room=OuterRef("room"))))
    return Q(person_id=person_id) | Q(post_id__in=held) | Q(lent)


def delegations_to(person_id: int, on: date) -> "QuerySet[Delegation]":
    """Return the delegations in force to a person, whose giver still holds the post."""
    giver = Holding.objects.filter(
        in_force(on), post_id=OuterRef("post_id"), person_id=OuterRef("from_person_id"), kind=Holding.Kind.HOLDS
    )
    return Delegation.objects.filter(Exists(giver), to_person_id=person_id, valid_from__lte=on, valid_to__gt=on)


def open_tasks(person_id: int, on: date | None = None) -> "QuerySet[Task]":
    """Return the open tasks of a person, to be narrowed and sorted by the page."""
    return Task.objects.filter(mine(person_id, on), state=Task.State.OPEN)


def done_tasks(person_id: int) -> "QuerySet[Task]":
    """Return the tasks a person has done, whoever holds the post now."""
    return Task.objects.filter(done_by_id=person_id, state=Task.State.DONE)


def counts(person_id: int, on: date | None = None) -> Counts:
    """Return the numbers of the shell's badges (1 query)."""
    on = on or clock.today()
    tasks = open_tasks(person_id, on)

    def number(rows: "QuerySet[Task] | QuerySet[Message]") -> Coalesce:
        total = rows.order_by().annotate(one=Coalesce(1, 1)).values("one").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(total, output_field=IntegerField()), 0)

    row = (
        Person.objects.filter(pk=person_id)
        .values_list(
            number(tasks),
            number(tasks.filter(due_on__lt=on)),
            number(tasks.filter(due_on=on)),
            number(Message.objects.filter(person_id=person_id, read_at=None)),
        )
        .first()
    )
    return Counts(*row) if row else Counts(0, 0, 0, 0)


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


def count_open_for_subject(kind: str, subject_id: int) -> int:
    """Return how many tasks of a subject are open (1 query)."""
    return Task.objects.filter(subject_kind=kind, subject_id=subject_id, state=Task.State.OPEN).count()


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


def previous_day(day: date) -> date:
    """Return the day before: a period that ends before ``day`` is shown as ending on it."""
    return day - timedelta(days=1)


def next_day(day: date) -> date:
    """Return the day after: a period up to and including ``day`` ends before it."""
    return day + timedelta(days=1)
