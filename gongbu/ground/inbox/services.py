"""Writes of the inbox: tasks and messages for other rooms' acts; delegating and urging as acts of its own.

``assign_task``, ``finish_task``, ``withdraw_task`` and ``notify`` run inside the caller's act and are idempotent by
key: an outbox listener or a repeated request may call them again. They leave no ledger entry of their own; the caller's
act does.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotAllowed, NotFound, Refusal, Severity
from gongbu.ground.inbox import kinds, ports, queries
from gongbu.ground.inbox.models import Delegation, Message, Task
from gongbu.ground.ledger import services as ledger
from gongbu.ground.ledger.entry import EntryDraft, Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Holding, Person, Post
from gongbu.ground.orgs.queries import holders_of
from gongbu.ground.orgs.services import posts as org_posts
from gongbu.ground.orgs.services.posts import LONGEST_DELEGATION_DAYS
from gongbu.ground.outbox import services as outbox

TITLE_LENGTH = 160

# -- tasks ---------------------------------------------------------------------------------------------------------


def assign_task(
    *,
    key: str,
    kind: str,
    title: str,
    subject: Subject,
    url: str,
    post_id: int | None = None,
    person_id: int | None = None,
    due_on: date | None = None,
    is_provisional: bool = False,
    deadline_id: int | None = None,
    opened_by: str = "",
) -> Task:
    """Give a post (or one person) something to do and return the task; the same key returns the first one.

    ``kind`` is ``room.what`` (``approvals.decide``). A task with ``deadline_id`` follows the due day of that limit when
    it is stopped, extended or recomputed. A task of this key that was withdrawn is opened again.

    :raises ValueError: neither or both of post and person, or a kind without a room
    """
    if (post_id is None) == (person_id is None) or "." not in kind:
        raise ValueError("a task is for one post or one person, and its kind is room.what")
    values: dict[str, Any] = {
        "kind": kind, "room": kind.split(".", 1)[0], "title": cut(title), "post_id": post_id, "person_id": person_id,
        "subject_kind": subject.kind, "subject_id": subject.id, "subject_label": subject.label,
        "region_key": subject.region_key, "url": url, "due_on": due_on, "is_provisional": is_provisional,
        "deadline_id": deadline_id, "opened_at": clock.now(), "opened_by": opened_by,
    }  # fmt: skip
    task, created = _get_or_create(key, values)
    if not created and task.state == Task.State.WITHDRAWN:
        for name, value in values.items():
            setattr(task, name, value)
        task.state, task.done_at, task.outcome = Task.State.OPEN, None, ""
        task.save()
    return task


def _get_or_create(key: str, values: dict[str, Any]) -> tuple[Task, bool]:
    if task := Task.objects.filter(key=key).first():
        return task, False
    try:
        with transaction.atomic():
            return Task.objects.create(key=key, **values), True
    except IntegrityError:
        return Task.objects.get(key=key), False


def finish_task(*, key: str, actor: Actor, outcome: str = "") -> Task | None:
    """Mark the task of ``key`` done by the actor and return it; None when there is none, unchanged when not open.

    The act that did the work has checked the right; here only who did it is kept, and whether as a delegate.
    """
    task = Task.objects.select_for_update().filter(key=key).first()
    if task is None or task.state != Task.State.OPEN:
        return task
    task.state, task.done_at, task.outcome = Task.State.DONE, clock.now(), outcome
    task.done_by_id, task.done_by_name = actor.person_id, actor.name
    if actor.person_id is not None and task.post_id is not None:
        is_own = task.post_id in queries.own_posts(actor.person_id)
        task.done_as_delegate = not is_own and queries.may_handle(task, actor.person_id)
    task.save(update_fields=["state", "done_at", "outcome", "done_by", "done_by_name", "done_as_delegate"])
    return task


def withdraw_task(*, key: str, reason: str = "") -> Task | None:
    """Take an open task back (撤回、终止、转办); None when there is none, unchanged when not open."""
    task = Task.objects.select_for_update().filter(key=key).first()
    if task is not None and task.state == Task.State.OPEN:
        task.state, task.done_at, task.outcome = Task.State.WITHDRAWN, clock.now(), reason
        task.save(update_fields=["state", "done_at", "outcome"])
    return task


def close_tasks(*, kind: str, subject_kind: str, subject_id: int, actor: Actor, outcome: str = "") -> int:
    """Close the open tasks of one kind on a subject because ``actor`` did the work; return how many were open.

    When several posts had it, those of the actor are done by him and the others are withdrawn; when he had none of
    them (a head decided himself), the first counts as his work.
    """
    rows = Task.objects.filter(kind=kind, subject_kind=subject_kind, subject_id=subject_id, state=Task.State.OPEN)
    open_rows = list(rows.order_by("pk"))
    person_id = actor.person_id or 0
    his = [task.key for task in open_rows if queries.may_handle(task, person_id)] or [t.key for t in open_rows[:1]]
    for task in open_rows:
        if task.key in his:
            finish_task(key=task.key, actor=actor, outcome=outcome)
        else:
            withdraw_task(key=task.key, reason=f"已由{actor.name}办结")
    return len(open_rows)


def retitle_task(*, key: str, title: str) -> None:
    """Say anew what an open task is about (its numbers changed); nothing when it is not open."""
    Task.objects.filter(key=key, state=Task.State.OPEN).update(title=cut(title))


def cut(title: str) -> str:
    """Return a title that fits its column, marked when something fell off."""
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1] + "…"


@act("inbox.confirm", "确认办结")
def confirm_task(*, task_id: int, actor: Actor, text: str = "") -> Task:
    """Close a task whose whole work is to look and find it right; enters the book on the task's subject.

    :raises NotFound: not a task of the actor
    :raises Refusal: not open, or a task that only its own act can finish
    """
    actor.require("inbox.confirm")
    task = Task.objects.select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None or not queries.may_handle(task, actor.person_id or 0):
        raise NotFound("inbox.task_unknown")
    if task.state != Task.State.OPEN:
        raise Refusal("inbox.task_is_closed", title=task.title, state=task.get_state_display())
    if not kinds.is_confirmable(task.kind):
        raise Refusal("inbox.task_not_confirmable", title=task.title)
    outcome = text.strip()[:180] or "已核对，无误"
    ledger.append(
        EntryDraft(
            kind="inbox.task_confirmed", occurred_on=clock.today(), actor=actor.stamp,
            subject=Subject(task.subject_kind, task.subject_id, task.region_key, task.subject_label),
            after={"task": task.title, "outcome": outcome},
        )
    )  # fmt: skip
    close_tasks(
        kind=task.kind, subject_kind=task.subject_kind, subject_id=task.subject_id, actor=actor, outcome=outcome
    )
    task.refresh_from_db()
    return task


@act("inbox.urge", "催办")
def urge_task(*, task_id: int, actor: Actor, text: str = "") -> Task:
    """Urge whoever has the task, once a day; enters the book and sends each holder and delegate a message.

    :raises NotFound: no such task
    :raises NotAllowed: no right to urge in the task's region
    :raises Refusal: not open, or urged today already
    """
    task = Task.objects.select_for_update().filter(pk=task_id).first()
    if task is None:
        raise NotFound("inbox.task_unknown")
    actor.require("inbox.urge", task.region_key)
    today = clock.today()
    if task.state != Task.State.OPEN:
        raise Refusal("inbox.task_not_open", title=task.title, state=task.get_state_display())
    if task.urged_on == today:
        raise Refusal("inbox.urged_today", title=task.title)
    task.urged_times, task.urged_on = task.urged_times + 1, today
    task.save(update_fields=["urged_times", "urged_on"])
    notify(
        key=f"urge:{task.pk}:{today.isoformat()}", people=people_of(task), tone=Message.Tone.URGE,
        title=f"催办：{task.title}", text=text.strip(), url=task.url, sender=actor.name,
        region_key=task.region_key,
    )  # fmt: skip
    ledger.append(
        EntryDraft(
            kind="inbox.task_urged", occurred_on=today, actor=actor.stamp,
            subject=Subject(task.subject_kind, task.subject_id, task.region_key, task.subject_label),
            after={"task": task.title, "times": task.urged_times, "due_on": _iso(task.due_on)},
        )
    )  # fmt: skip
    return task


def people_of(task: Task) -> list[int]:
    """Return who has the task now: its person, or the holders of its post and their delegates."""
    if task.person_id is not None:
        return [task.person_id]
    assert task.post_id is not None
    holders = holders_of(task.post_id)
    return list(dict.fromkeys([*holders, *queries.delegates_of([task.post_id]).get(task.post_id, [])]))


# -- messages ------------------------------------------------------------------------------------------------------


def notify(
    *,
    key: str,
    people: Iterable[int],
    title: str,
    text: str = "",
    url: str = "",
    tone: str = Message.Tone.INFO,
    sender: str = "",
    region_key: int = 0,
    deliver: bool = True,
) -> list[Message]:
    """Send people a message, once per key and person, and hand it to the delivery ports through the outbox.

    Returns the messages that are new. The outbox carries the message's id only: no address, no phone number.
    """
    wanted = list(dict.fromkeys(people))
    known = set(Message.objects.filter(key=key, person_id__in=wanted).values_list("person_id", flat=True))
    fresh = [
        Message(
            key=key,
            person_id=person_id,
            tone=tone,
            title=cut(title),
            text=text,
            url=url,
            sent_at=clock.now(),
            sender=sender,
        )
        for person_id in wanted
        if person_id not in known
    ]
    if not fresh:
        return []
    with transaction.atomic(
        savepoint=False
    ):  # a daily job has no transaction of its own; a message and its delivery are one
        messages = Message.objects.bulk_create(fresh)
        for message in messages if deliver else ():
            for port in ports.configured():
                outbox.add(
                    "inbox.deliver", subject_kind="message", subject_id=message.pk, region_key=region_key, port=port
                )
    return messages


def notify_post(*, post_id: int, **message: Any) -> list[Message]:
    """Send the holders of a post a message; see :func:`notify`."""
    return notify(people=holders_of(post_id), **message)


def mark_read(*, person_id: int, message_ids: Iterable[int] | None = None) -> int:
    """Mark a person's messages read (all, or the given ones of his) and return how many were unread."""
    rows = Message.objects.filter(person_id=person_id, read_at=None)
    if message_ids is not None:
        rows = rows.filter(pk__in=list(message_ids))
    return rows.update(read_at=clock.now())


# -- delegation ----------------------------------------------------------------------------------------------------


@act("inbox.delegate", "委托")
def delegate(
    *, post_id: int, to_person_id: int, valid_from: date, valid_to: date, reason: str, actor: Actor, room: str = ""
) -> Delegation:
    """Let somebody else see and do the tasks of the post one acts in, from a day to (not including) a day.

    The rights of the post are lent by orgs (受托代行) in the same transaction; the delegate works in his own name.

    :raises NotAllowed: the actor does not hold the post himself (what was delegated is not passed on)
    :raises InvalidInput: days out of order or past, longer than 180 days, to oneself, an unknown person, room or reason
    :raises Refusal: the same post is lent to the same person on some of these days, or orgs refuses (三员分立)
    """
    actor.require("inbox.delegate")
    if actor.person_id is None or post_id not in queries.own_posts(actor.person_id):
        raise NotAllowed("inbox.not_your_post")
    post = Post.objects.select_for_update().select_related("unit__region").get(pk=post_id)
    person = Person.objects.filter(pk=to_person_id, is_active=True).select_related("unit__region").first()
    _check_delegation(actor.person_id, person, valid_from, valid_to, reason, room)
    assert person is not None
    overlapping = Delegation.objects.filter(
        post_id=post_id, to_person_id=to_person_id, valid_from__lt=valid_to, valid_to__gt=valid_from
    )
    if taken := overlapping.first():
        raise Refusal("inbox.delegated_already", name=person.name, until=queries.previous_day(taken.valid_to))
    lent = org_posts.delegate(
        actor=actor, post_id=post_id, to_person_id=to_person_id, valid_from=valid_from, valid_to=valid_to,
        reason=reason.strip(),
    )  # fmt: skip
    row = Delegation.objects.create(
        holding_id=lent.pk, post_id=post_id, from_person_id=actor.person_id, to_person_id=to_person_id, room=room,
        valid_from=valid_from, valid_to=valid_to, reason=reason.strip(), made_at=clock.now(),
    )  # fmt: skip
    region_key = post.unit.region.key_lo
    last_day = queries.previous_day(valid_to)
    _enter(row, "inbox.delegated", actor, region_key, before=None)
    notify(
        key=f"delegation:{row.pk}", people=[to_person_id], title=f"{actor.name}委托您办理“{post}”的{kinds.label(room)}",
        text=f"{valid_from} 至 {last_day}。事由：{reason.strip()}", url="/inbox/delegations/", sender=actor.name,
        region_key=region_key,
    )  # fmt: skip
    outbox.add(
        "inbox.delegated", subject_kind="delegation", subject_id=row.pk, region_key=region_key, post=post_id,
        to_person=to_person_id,
    )  # fmt: skip
    return row


def _check_delegation(
    giver_id: int, person: Person | None, valid_from: date, valid_to: date, reason: str, room: str
) -> None:
    found = []

    def reject(code: str, field: str, **data: Any) -> None:
        found.append(Finding(code, data, field, Severity.REJECT))

    if person is None:
        reject("inbox.person_unknown", "to_person")
    elif person.pk == giver_id:
        reject("inbox.delegate_to_self", "to_person")
    if valid_from < clock.today():
        reject("inbox.delegation_in_past", "valid_from", day=valid_from)
    if valid_to <= valid_from:
        reject("inbox.delegation_order", "valid_to")
    elif (valid_to - valid_from).days > LONGEST_DELEGATION_DAYS:
        reject("inbox.delegation_too_long", "valid_to")
    if not reason.strip():
        reject("inbox.reason_missing", "reason")
    if room and room not in kinds.rooms():
        reject("inbox.room_unknown", "room")
    if found:
        raise InvalidInput(found)


@act("inbox.end_delegation", "终止委托")
def end_delegation(*, delegation_id: int, actor: Actor, reason: str = "") -> Delegation:
    """End a delegation at once; only who gave it may. What the delegate has done stays done.

    :raises NotFound: not a delegation given by the actor
    :raises Refusal: over already
    """
    actor.require("inbox.end_delegation")
    row = Delegation.objects.select_for_update().filter(pk=delegation_id, from_person_id=actor.person_id).first()
    if row is None:
        raise NotFound("inbox.delegation_unknown")
    today = clock.today()
    if row.ended_at is not None or row.valid_to <= today:
        raise Refusal("inbox.delegation_over", until=queries.previous_day(row.valid_to))
    before = _state(row)
    org_posts.end_delegation(actor=actor, holding_id=row.holding_id)
    _end(row, today, reason.strip())
    region_key = row.post.unit.region.key_lo
    _enter(row, "inbox.delegation_ended", actor, region_key, before)
    notify(
        key=f"delegation:{row.pk}:ended", people=[row.to_person_id], title=f"{actor.name}已终止对您的委托",
        text=reason.strip(), url="/inbox/delegations/", sender=actor.name, region_key=region_key,
    )  # fmt: skip
    return row


def _end(row: Delegation, on: date, reason: str) -> None:
    row.valid_to, row.ended_at, row.ended_reason = max(on, row.valid_from), clock.now(), reason
    row.save(update_fields=["valid_to", "ended_at", "ended_reason"])


def _enter(row: Delegation, kind: str, actor: Actor, region_key: int, before: dict[str, Any] | None) -> None:
    ledger.append(
        EntryDraft(
            kind=kind, subject=Subject("delegation", row.pk, region_key, str(row.post)), actor=actor.stamp,
            occurred_on=clock.today(), before=before, after=_state(row),
        )
    )  # fmt: skip


def _state(row: Delegation) -> dict[str, Any]:
    return {
        "post": row.post_id, "from_person": row.from_person_id, "to_person": row.to_person_id,
        "to_name": row.to_person.name, "room": row.room, "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat(), "reason": row.reason, "ended_reason": row.ended_reason,
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def take_delegation(
    *,
    holding_id: int,
    post_id: int,
    from_person_id: int | None,
    to_person_id: int,
    valid_from: date,
    valid_to: date,
    reason: str,
    by_name: str,
    region_key: int,
) -> Delegation | None:
    """Keep a delegation that orgs lent without the inbox, and tell both sides; None when it is known or nobody's to see."""
    if from_person_id in (None, to_person_id) or Delegation.objects.filter(holding_id=holding_id).exists():
        return None
    row = Delegation.objects.create(
        holding_id=holding_id, post_id=post_id, from_person_id=from_person_id, to_person_id=to_person_id, room="",
        valid_from=valid_from, valid_to=valid_to, reason=reason, made_at=clock.now(),
    )  # fmt: skip
    until = f"{valid_from} 至 {queries.previous_day(valid_to)}。事由：{reason}"
    shared: dict[str, Any] = {"url": "/inbox/delegations/", "sender": by_name, "region_key": region_key}
    key, post, to = f"delegation:{row.pk}", str(row.post), row.to_person.name
    notify(key=key, people=[to_person_id], title=f"您受托代行“{post}”", text=until, **shared)
    notify(
        key=f"{key}:given", people=[row.from_person_id], title=f"您的岗位“{post}”已委托{to}代行", text=until, **shared
    )
    return row


def follow_ended_delegation(*, holding_id: int, on: date, by_name: str, region_key: int) -> None:
    """End the inbox's side of a delegation that was ended at the post; nothing when it is over already."""
    row = Delegation.objects.select_for_update().filter(holding_id=holding_id, ended_at=None, valid_to__gt=on).first()
    if row is not None:
        _end(row, on, f"由{by_name}在岗位页终止")
        notify(
            key=f"delegation:{row.pk}:ended", people=[row.to_person_id, row.from_person_id],
            title=f"“{row.post}”的委托已终止", url="/inbox/delegations/", sender=by_name, region_key=region_key,
        )  # fmt: skip


# -- what other rooms' events change -------------------------------------------------------------------------------


def follow_deadline(*, deadline_id: int, due_on: date | None, is_provisional: bool) -> int:
    """Carry a limit's new due day to the open tasks that follow it; returns how many follow it."""
    rows = Task.objects.filter(deadline_id=deadline_id, state=Task.State.OPEN)
    return rows.update(due_on=due_on, is_provisional=is_provisional)


def hand_over(*, post_id: int, from_person_id: int, to_person_id: int, on: date, key: str) -> int:
    """Follow the hand-over of a post (离岗交接): tasks stay with the post; delegations of the leaver end.

    Tells the successor how much is waiting. Returns the number of tasks inherited.
    """
    for row in Delegation.objects.filter(post_id=post_id, from_person_id=from_person_id, valid_to__gt=on):
        org_posts.lapse_delegations(Holding.objects.filter(pk=row.holding_id), on)
        _end(row, on, "岗位交接")
    waiting = Task.objects.filter(post_id=post_id, state=Task.State.OPEN)
    number = waiting.count()
    if number:
        post = Post.objects.select_related("unit__region").get(pk=post_id)
        overdue = waiting.filter(due_on__lt=clock.today()).count()
        notify(
            key=key, people=[to_person_id], tone=Message.Tone.WARN, title=f"您接任“{post}”，移交待办 {number} 件",
            text=f"其中逾期 {overdue} 件，请先行处理。" if overdue else "", url="/inbox/",
            region_key=post.unit.region.key_lo,
        )  # fmt: skip
    return number
