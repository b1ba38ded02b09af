"""What the inbox does when others tell: idempotent listeners of the outbox."""

from datetime import date

from gongbu.ground.basics import clock
from gongbu.ground.inbox import ports, services
from gongbu.ground.inbox.models import Delivery, Message
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage


def register() -> None:
    """Start to listen (called once, when the room is ready)."""
    outbox.listen("inbox.deliver", "inbox.deliver", deliver)
    outbox.listen("calendar.deadline_changed", "inbox.follow_deadline", follow_deadline)
    outbox.listen("orgs.handed_over", "inbox.hand_over", hand_over)


def deliver(message: OutboxMessage) -> None:
    """Send one message through one port, once; what the port raises makes the outbox try again later."""
    name = message.data["port"]
    row = Message.objects.select_related("person").filter(pk=message.subject_id).first()
    if row is None or Delivery.objects.filter(message=row, port=name).exists():
        return
    if not row.person.is_active:
        return
    parcel = ports.Parcel(row.pk, row.person_id, row.person.name, row.tone, row.title, row.text, row.url, row.sent_at)
    reference = ports.port(name).send(parcel)
    Delivery.objects.create(message=row, port=name, sent_at=clock.now(), reference=reference[:120])


def follow_deadline(message: OutboxMessage) -> None:
    """Move the due day of tasks with the limit they follow."""
    after = message.data["due_after"]
    services.follow_deadline(
        deadline_id=message.data["deadline"],
        due_on=date.fromisoformat(after) if after else None,
        is_provisional=message.data["is_provisional"],
    )


def hand_over(message: OutboxMessage) -> None:
    """Let the successor of a post know what he inherits."""
    services.hand_over(
        post_id=message.subject_id,
        from_person_id=message.data["from_person_id"],
        to_person_id=message.data["to_person_id"],
        on=date.fromisoformat(message.data["on"]),
        key=f"handover:{message.pk}",
    )
