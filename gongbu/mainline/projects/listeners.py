"""What this room asks of people when something happened: 核对新入档项目.

A project that a project unit, a township or a third party entered is looked at by the 发改经办 of its region (files are
imported by officers only). The rule for when that is done is simple on purpose: the task ends when somebody acting as 发改经办 or
发改负责人 records any act on the project (修改, 分类分级, 挂接代码 …), or confirms in the task that he looked and
found it right (确认办结, an entry in the book). Merely opening the page ends nothing: looking leaves no trace, so nobody could answer for it.
"""

from django.urls import reverse

from gongbu.ground.inbox import kinds
from gongbu.ground.inbox import services as inbox
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects.messages import KIND_LABELS
from gongbu.mainline.projects.models import Project

KIND = "projects.review_new"
OFFICERS = ("INVESTMENT_OFFICER", "INVESTMENT_HEAD")
OUTSIDERS = {"OWNER_UNIT", "TOWNSHIP_CLERK", "THIRD_PARTY"}
BRINGS_IN = {"project.created"}


def register() -> None:
    """Start to listen (called once, when the room is ready)."""
    kinds.add_confirmable(KIND)
    outbox.listen("project.created", "projects.review_new", ask_to_review)
    for topic in KIND_LABELS.keys() - BRINGS_IN:
        outbox.listen(topic, "projects.reviewed", close_review)


def ask_to_review(message: OutboxMessage) -> None:
    """Give the officers of the region a task when an outsider entered the project."""
    if not _is_outsider(message):
        return
    project = Project.objects.unscoped("the officers on duty are told").filter(pk=message.subject_id).first()
    if project is None:
        return
    for post_id in orgs.nearest_posts(OFFICERS, message.region_key):
        inbox.assign_task(
            key=f"project:{project.pk}:review:{post_id}", kind=KIND, title=f"核对新入档项目：{project.name}",
            post_id=post_id, subject=Subject("project", project.pk, project.region_key, project.name),
            url=reverse("projects:show", args=[project.pk]), opened_by=message.data["by_name"],
        )  # fmt: skip


def close_review(message: OutboxMessage) -> None:
    """End the task when an officer has worked on the project."""
    data = message.data
    if not set(data.get("by_roles", ())).intersection(OFFICERS):
        return
    inbox.close_tasks(
        kind=KIND, subject_kind="project", subject_id=message.subject_id,
        actor=Actor(data["by_person"], data["by_name"]), outcome=KIND_LABELS[message.topic],
    )  # fmt: skip


def _is_outsider(message: OutboxMessage) -> bool:
    roles = set(message.data.get("by_roles", ()))
    return bool(roles & OUTSIDERS) and not roles.intersection(OFFICERS)
