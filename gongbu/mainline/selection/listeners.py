"""What selection does when meetings tell: a resolution on a project that was put to a special meeting is its record."""

from datetime import date

from gongbu.ground.meetings import queries as meetings
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.selection.choices import StepForm
from gongbu.mainline.selection.models import StepRecord
from gongbu.mainline.selection.services import panel, record, steps


def register() -> None:
    """Start to listen (called once, when the room is ready)."""
    outbox.listen("meeting.item_resolved", "selection.follow_item", follow)
    outbox.listen("meeting.item_corrected", "selection.follow_item", follow)
    outbox.listen("meeting.item_withdrawn", "selection.withdraw_item", withdraw)
    for topic in ("documents.added", "documents.replaced", "documents.withdrawn"):
        outbox.listen(topic, "selection.follow_photos", follow_photos)
    outbox.listen("expert.seat_changed", "selection.follow_seats", follow_seats)
    outbox.listen("expert.draw_voided", "selection.follow_void", follow_seats)


def follow(message: OutboxMessage) -> None:
    """Record what was settled about a project, if it was this room that put it on the agenda."""
    data = message.data
    if message.subject_kind != "project" or not str(data.get("item_key") or "").startswith(steps.ITEM_KEY):
        return
    if data.get("held_on") is None:
        return
    found = meetings.list_items_of("project", message.subject_id)
    title = next((steps.title_of(one) for one in found if one.item_id == data["item"]), "专题会议")
    steps.follow_item(
        project_id=message.subject_id, item_id=data["item"], meeting_id=data["meeting"], resolution=data["resolution"],
        held_on=date.fromisoformat(data["held_on"]), text=data.get("text") or "",
        conditions=data.get("conditions") or "", meeting_title=title,
    )  # fmt: skip


def withdraw(message: OutboxMessage) -> None:
    """Let go of what an item said that is no longer on any agenda."""
    if message.subject_kind == "project":
        steps.withdraw_item(message.data["item"])


def follow_photos(message: OutboxMessage) -> None:
    """Say that the photographs of a visit changed, to those who look at its project."""
    if message.subject_kind != record.STEP:
        return
    row = (
        StepRecord.objects.unscoped("follows its documents").filter(pk=message.subject_id, form=StepForm.VISIT).first()
    )
    if row is not None:
        outbox.add(
            "selection.photos_changed", subject_kind=record.PROJECT, subject_id=row.project_id,
            region_key=row.region_key, step=row.step, record=row.pk,
        )  # fmt: skip


def follow_seats(message: OutboxMessage) -> None:
    """Release experts who fell out of a draw made for a round; say when their replacements have accepted."""
    if message.subject_kind != record.ROUND:
        return
    panel.follow_seats(message.subject_id)
    if isinstance(seat := message.data.get("seat"), int):
        panel.tell_replacement(message.subject_id, seat)
