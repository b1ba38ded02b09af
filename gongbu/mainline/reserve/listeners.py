"""What the reserve does when others tell: its flat rows follow projects, packs and matters of readiness."""

from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.inbox import services as inbox
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects.messages import KIND_LABELS
from gongbu.mainline.reserve import ageing, files, queries, readiness
from gongbu.mainline.reserve.choices import EntryState, Step
from gongbu.mainline.reserve.models import LibraryEntry, ReserveFile
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.system import system_of

ENDS = {"project.stage_set", "project.withdrawn", "project.merged", "project.split", "project.region_set"}


def register() -> None:
    """Start to listen (called once, when the room is ready)."""
    for topic in KIND_LABELS:
        outbox.listen(topic, "reserve.follow_project", follow_project)
    outbox.listen("policy.adopted", "reserve.follow_packs", follow_packs)
    outbox.listen("meeting.item_resolved", "reserve.follow_meeting", follow_meeting)
    readiness.follow(follow_matter)


def follow_matter(matter: readiness.Matter) -> None:
    """Look again when a room tells that something about a matter of readiness has changed."""
    for topic in matter.topics:
        outbox.listen(topic, f"reserve.matter.{matter.key}", follow_project)


def follow_project(message: OutboxMessage) -> None:
    """Compute the flat row of a changed project anew; propose leaving when it has begun or its file was closed."""
    if message.subject_kind != "project" or not queries.is_known(message.subject_id):
        return
    if message.topic == "project.region_set":
        rows = LibraryEntry.objects.unscoped("follows the project").filter(project_id=message.subject_id)
        rows.update(region_key=message.region_key)
    files.refresh([message.subject_id])
    if message.topic in ENDS:
        ageing.propose_for(message.subject_id)


def follow_meeting(message: OutboxMessage) -> None:
    """Tell who records 预判预审 that the leading group has settled the project; he confirms it on the entry's page."""
    if message.subject_kind != "project" or message.data.get("meeting_kind") != "LEADING_GROUP":
        return
    waiting = LibraryEntry.objects.unscoped("follows the project").filter(
        project_id=message.subject_id, step=Step.LEADING_GROUP_REVIEW, state=EntryState.PENDING
    )
    for entry in waiting.select_related("project", "library__region", "library__keeper"):
        system = system_of(entry.library.region, clock.today())
        posts = record.posts_for(entry, entry.step, system)
        inbox.notify(
            key=f"reserve:{entry.pk}:settled:{message.data['item']}",
            people=sorted({pk for post_id in posts for pk in orgs.holders_of(post_id)}),
            title=f"领导小组已议定：{entry.project.name}", text=str(message.data.get("text", ""))[:900],
            url=reverse("reserve:entry", args=[entry.pk]), region_key=entry.region_key,
        )  # fmt: skip


def follow_packs(message: OutboxMessage) -> None:
    """Compute the rows of a county anew when other packs apply there: 产业类, what a reserve holds, when renewal is due."""
    lo, hi = message.region_key, message.data["region_key_hi"]
    holders = Region.objects.filter(key_lo__gte=lo, key_lo__lt=hi).values_list("key_lo", flat=True)
    rows = ReserveFile.objects.unscoped("all of the region").filter(holder_key__in=list(holders))
    files.refresh(rows.order_by("pk").values_list("pk", flat=True))
