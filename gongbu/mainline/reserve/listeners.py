"""What the reserve does when others tell: its flat rows follow projects, packs and matters of readiness."""

from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.inbox import services as inbox
from gongbu.ground.meetings.queries import ItemOf
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects.messages import KIND_LABELS
from gongbu.mainline.reserve import ageing, files, group, priorities, queries, readiness, services
from gongbu.mainline.reserve.choices import EntryState, Step
from gongbu.mainline.reserve.models import LibraryEntry, Opinion, ReserveFile
from gongbu.mainline.reserve.services import record
from gongbu.mainline.reserve.system import System, system_of

ENDS = {"project.stage_set", "project.withdrawn", "project.merged", "project.split", "project.region_set"}


def register() -> None:
    """Start to listen (called once, when the room is ready)."""
    for topic in KIND_LABELS:
        outbox.listen(topic, "reserve.follow_project", follow_project)
    outbox.listen("policy.adopted", "reserve.follow_packs", follow_packs)
    outbox.listen("meeting.item_resolved", "reserve.follow_meeting", follow_meeting)
    outbox.listen("meeting.item_corrected", "reserve.follow_meeting", follow_meeting)
    readiness.follow(follow_matter)
    priorities.follow(follow_source)


def follow_matter(matter: readiness.Matter) -> None:
    """Look again when a room tells that something about a matter of readiness has changed."""
    for topic in matter.topics:
        outbox.listen(topic, f"reserve.matter.{matter.key}", follow_project)


def follow_source(source: priorities.Source) -> None:
    """Look again when a room tells that something about a priority has changed."""
    for topic in source.topics:
        outbox.listen(topic, f"reserve.priority.{source.key}", follow_project)


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
    """Let the step 预判预审 follow what a closed meeting settled, and tell its office; so, too, when it was corrected.

    An entry that has gone on is not called back by a correction: the office is told, and decides.
    """
    if message.subject_kind != "project" or message.data.get("item_key"):
        return
    rows = LibraryEntry.objects.unscoped("follows the project").filter(
        project_id=message.subject_id, state__in=[EntryState.PENDING, EntryState.IN, EntryState.REFUSED]
    )
    for entry in rows.select_related("project", "library__region", "library__keeper").order_by("pk"):
        system = system_of(entry.library.region, clock.today())
        item = next((one for one in group.items_of(entry, system) if one.item_id == message.data["item"]), None)
        if item is not None:
            _settle(entry, system, item, is_correction=message.topic == "meeting.item_corrected")


def _settle(entry: LibraryEntry, system: System, item: ItemOf, *, is_correction: bool) -> None:
    if entry.state == EntryState.PENDING and group.waits(entry):
        why = ""
        try:
            done = services.settle_by_group(entry_id=entry.pk, item=item)
        except Refusal as refusal:
            done, why = None, word(refusal)
        verdict = "" if done is None else {"RETURNED": "退回补正", "REFUSED": "不予入库"}.get(done.state, "通过")
        title = f"会议已议定：{entry.project.name}" + (f"（{item.resolution_label}，{verdict}）" if verdict else "")
        text = why or group.words_of(item) or item.resolution_label
    elif is_correction and _was_settled_by(entry, item):
        title = f"会议记录更正，请核对：{entry.project.name}"
        text = f"{item.meeting_title}更正为“{item.resolution_label}”。储备库中已按原议定办理（{entry.get_state_display()}），请核对是否变更。"
    else:
        return
    posts = record.posts_for(entry, Step.LEADING_GROUP_REVIEW, system)
    inbox.notify(
        key=f"reserve:{entry.pk}:settled:{item.item_id}{':corrected:' + item.receipt if is_correction else ''}",
        people=sorted({pk for post_id in posts for pk in orgs.holders_of(post_id)}),
        title=title[:200], text=text[:900], url=reverse("reserve:entry", args=[entry.pk]), region_key=entry.region_key,
    )  # fmt: skip


def _was_settled_by(entry: LibraryEntry, item: ItemOf) -> bool:
    rows = Opinion.objects.filter(entry=entry, step=Step.LEADING_GROUP_REVIEW, document=group.document_of(item)[:200])
    return rows.exists()


def follow_packs(message: OutboxMessage) -> None:
    """Compute the rows of a county anew when other packs apply there: 产业类, what a reserve holds, when renewal is due."""
    lo, hi = message.region_key, message.data["region_key_hi"]
    holders = Region.objects.filter(key_lo__gte=lo, key_lo__lt=hi).values_list("key_lo", flat=True)
    rows = ReserveFile.objects.unscoped("all of the region").filter(holder_key__in=list(holders))
    files.refresh(rows.order_by("pk").values_list("pk", flat=True))
