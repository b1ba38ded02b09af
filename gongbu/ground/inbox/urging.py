"""时限到期提醒: once a day, tell the posts whose limits are about to run out or have run out.

A limit that a task follows reminds the people of that task; one that nobody has a task for becomes a task of the
region's officers, so that no limit runs out unseen. Each limit reminds once when three working days are left, once when
it is overdue, and again on the first run of every later week; a moved due day begins anew.
"""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.urls import reverse

from gongbu.ground.calendar import queries as calendar
from gongbu.ground.calendar.models import Deadline
from gongbu.ground.inbox import queries, services
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor

KIND = "calendar.deadline_due"
ON_DUTY = ("INVESTMENT_OFFICER", "INVESTMENT_HEAD")


def urge_deadlines(on: date) -> int:
    """Remind of every running limit due by three working days after ``on``; return how many messages are new.

    :raises RuntimeError: some limits could not be reminded of; the others were
    """
    due = calendar.list_due_deadlines(queries.soon_until(on))
    followed: dict[int, list[Task]] = {}
    for task in Task.objects.filter(deadline_id__in=[d.pk for d in due], state=Task.State.OPEN).order_by("pk"):
        followed.setdefault(task.deadline_id or 0, []).append(task)
    sent, failed = 0, []
    for deadline in due:
        try:
            with transaction.atomic():  # a limit and its messages stand or fall together, and hide no other limit
                sent += _remind(deadline, followed.get(deadline.pk) or _assign(deadline, on), on)
        except (
            Exception
        ) as error:  # the job is shown as failed at the end and done again; who was told is not told twice
            failed.append((deadline, error))
    if failed:
        deadline, first = failed[0]
        raise RuntimeError(f"{len(failed)} 个时限没有提醒成，其余已提醒；例如“{deadline.title}”：{first}") from first
    return sent


def _assign(deadline: Deadline, on: date) -> list[Task]:
    posts = orgs.nearest_posts(ON_DUTY, deadline.region_key)
    is_overdue = deadline.due_on is not None and deadline.due_on < on
    # Who confirmed a warning gets a task of its own when the limit is missed all the same.
    when, words = ("overdue", "时限已过") if is_overdue else ("due", "时限将到")
    return [
        services.assign_task(
            key=f"deadline:{deadline.pk}:{when}:{post_id}", kind=KIND, title=f"{words}：{deadline.title}",
            post_id=post_id, url=deadline.url or reverse("calendar:deadlines"), due_on=deadline.due_on,
            is_provisional=deadline.is_provisional, deadline_id=deadline.pk, opened_by="系统",
            subject=Subject(
                deadline.subject_kind, deadline.subject_id, deadline.region_key, deadline.subject_label
            ),
        )
        for post_id in posts
    ]  # fmt: skip


def _remind(deadline: Deadline, tasks: Iterable[Task], on: date) -> int:
    assert deadline.due_on is not None
    days = (on - deadline.due_on).days
    label = f"{deadline.subject_label}·{deadline.title}" if deadline.subject_label else deadline.title
    if days > 0:
        when, tone, title = f"overdue:{days // 7}", Message.Tone.URGE, f"已逾期 {days} 天：{label}"
    else:
        when, tone, title = "soon", Message.Tone.WARN, f"{deadline.due_on} 到期：{label}"
    sent = 0
    for task in tasks:
        if task.state != Task.State.OPEN:  # looked at and confirmed by the officer: no more messages
            continue
        sent += len(
            services.notify(
                key=f"deadline:{deadline.pk}:{deadline.due_on}:{when}", people=services.people_of(task), tone=tone,
                title=title, text=f"期限 {deadline.limit}。", url=task.url, region_key=deadline.region_key,
            )
        )  # fmt: skip
    return sent


def drop_reminder(*, deadline_id: int, event: str) -> None:
    """Close the reminders of a limit that was closed or cancelled; tasks of other kinds follow their own acts."""
    system = Actor(None, "系统")
    for key in Task.objects.filter(deadline_id=deadline_id, kind=KIND).values_list("key", flat=True):
        if event == "closed":
            services.finish_task(key=key, actor=system, outcome="时限已办结")
        else:
            services.withdraw_task(key=key, reason="时限已取消")
