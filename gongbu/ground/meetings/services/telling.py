"""Who is told: invitees get a task to reply, and messages when the meeting moves, falls away or gave them work."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.inbox import queries as tasks
from gongbu.ground.inbox import services as inbox
from gongbu.ground.inbox.models import Message
from gongbu.ground.meetings.models import AgendaItem, Attendee, Meeting
from gongbu.ground.meetings.services.record import SUBJECT, subject_of
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Grant
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.orgs.rights import rights

REPLY, CLOSE = "meetings.reply", "meetings.close"


def posts_of_units(unit_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return unit → its posts on duty that may answer an invitation (1 query)."""
    wanted = set(unit_ids)
    found: dict[int, list[int]] = {}
    if not wanted:
        return found
    rows = Grant.objects.unscoped("finding whose duty it is").filter(
        in_force(clock.today()), post__unit_id__in=wanted, post__closed_on=None, role__in=rights().roles_for(REPLY)
    )
    for unit_id, post_id in rows.order_by("id").values_list("post__unit_id", "post_id"):
        if post_id not in found.setdefault(unit_id, []):
            found[unit_id].append(post_id)
    return found


def when(meeting: Meeting) -> str:
    """Return day and hour as written in a notice: 2027年3月5日 9:00."""
    if meeting.held_on is None:
        return "时间待定"
    day = f"{meeting.held_on.year}年{meeting.held_on.month}月{meeting.held_on.day}日"
    return f"{day} {meeting.begins_at:%H:%M}" if meeting.begins_at else day


def ask_to_come(meeting: Meeting, attendees: Sequence[Attendee], actor: Actor) -> None:
    """Give each invitee a task to reply: the named person, else the posts of the unit."""
    posts = posts_of_units(row.unit_id for row in attendees if row.unit_id and not row.person_id)
    for row in attendees:
        targets: list[dict[str, Any]] = []
        if row.person_id:
            targets = [{"person_id": row.person_id}]
        elif row.unit_id:
            targets = [{"post_id": post_id} for post_id in posts.get(row.unit_id, [])]
        for target in targets:
            inbox.assign_task(
                key=_key(meeting, row, next(iter(target.values()))), kind=REPLY,
                title=f"回复参会：{meeting.title}（{when(meeting)}）", subject=subject_of(meeting),
                url=reverse("meetings:invitation", args=[meeting.pk]), due_on=meeting.held_on, opened_by=actor.name,
                **target,
            )  # fmt: skip


def _key(meeting: Meeting, row: Attendee, target: int) -> str:
    return f"meeting:{meeting.pk}:reply:{row.pk}:{target}:{meeting.rev}"  # a meeting that moves asks anew


def _reply_tasks(meeting: Meeting, row: Attendee | None = None) -> list[str]:
    keys = tasks.list_open_keys(REPLY, SUBJECT, meeting.pk)
    return keys if row is None else [key for key in keys if key.startswith(f"meeting:{meeting.pk}:reply:{row.pk}:")]


def replied(meeting: Meeting, row: Attendee, actor: Actor) -> None:
    """Close the reply tasks of one invitee: the first counts as done by the actor, others of the unit fall away."""
    for number, key in enumerate(_reply_tasks(meeting, row)):
        if number == 0:
            inbox.finish_task(key=key, actor=actor, outcome=row.get_reply_display())
        else:
            inbox.withdraw_task(key=key, reason=f"已由{actor.name}回复")


def stop_asking(meeting: Meeting, reason: str, row: Attendee | None = None) -> None:
    """Take the open reply tasks back: the meeting began, fell away, or this invitee is no longer asked."""
    for key in _reply_tasks(meeting, row):
        inbox.withdraw_task(key=key, reason=reason)


def ask_to_close(meeting: Meeting, actor: Actor) -> None:
    """Remind the post that opened the meeting to settle its minutes."""
    if actor.post_id is None:
        return
    inbox.assign_task(
        key=f"meeting:{meeting.pk}:close", kind=CLOSE, title=f"整理会议纪要并办结：{meeting.title}",
        subject=subject_of(meeting), url=reverse("meetings:meeting", args=[meeting.pk]), post_id=actor.post_id,
        opened_by="系统",
    )  # fmt: skip


def closed(meeting: Meeting, actor: Actor) -> None:
    """Finish the reminder to close."""
    inbox.finish_task(key=f"meeting:{meeting.pk}:close", actor=actor, outcome="已办结")


def tell_invitees(meeting: Meeting, *, key: str, title: str, text: str, sender: str, tone: str = "INFO") -> None:
    """Send a message to everybody asked: the named person, else the holders of the unit's posts."""
    attendees = list(meeting.attendees.all())
    posts = posts_of_units(row.unit_id for row in attendees if row.unit_id and not row.person_id)
    message: dict[str, Any] = {
        "key": key, "title": title, "text": text[:1000], "sender": sender, "tone": tone,
        "url": reverse("meetings:invitation", args=[meeting.pk]), "region_key": meeting.region_key,
    }  # fmt: skip
    inbox.notify(people=[row.person_id for row in attendees if row.person_id], **message)
    for post_id in dict.fromkeys(post for rows in posts.values() for post in rows):
        inbox.notify_post(post_id=post_id, **message)


def tell_responsible(meeting: Meeting, items: Sequence[AgendaItem]) -> None:
    """Tell each unit what the meeting gave it to do, and until when."""
    by_unit: dict[int, list[AgendaItem]] = {}
    for item in items:
        if item.responsible_unit_id:
            by_unit.setdefault(item.responsible_unit_id, []).append(item)
    posts = posts_of_units(by_unit)
    for unit_id, mine in by_unit.items():
        lines = [
            f"{item.title}：{item.resolution_text or item.get_resolution_display()}"
            + (f"（{item.due_on.isoformat()} 前）" if item.due_on else "")
            for item in mine
        ]
        for post_id in posts.get(unit_id, []):
            inbox.notify_post(
                post_id=post_id, key=f"meeting:{meeting.pk}:work:{meeting.rev}", tone=Message.Tone.WARN,
                title=f"会议议定由贵单位负责 {len(mine)} 项：{meeting.title}", text="\n".join(lines)[:1000],
                url=reverse("meetings:invitation", args=[meeting.pk]), sender=meeting.clerk_name,
                region_key=meeting.region_key,
            )  # fmt: skip
