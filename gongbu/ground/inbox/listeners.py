"""What the inbox does when others tell: idempotent listeners of the outbox.

Tasks and messages get their key from the subject (or from the message in the outbox), so that a message told twice
changes nothing. Here speak the rooms below the inbox; rooms above it assign tasks through ``services`` themselves.
"""

from datetime import date
from typing import Any

from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.inbox import accounts, ports, services, urging
from gongbu.ground.inbox.models import Delivery, Message
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage


def register() -> None:
    """Start to listen (called once, when the room is ready)."""
    outbox.listen("inbox.deliver", "inbox.deliver", deliver)
    outbox.listen("calendar.deadline_changed", "inbox.follow_deadline", follow_deadline)
    outbox.listen("orgs.delegated", "inbox.delegated_elsewhere", take_delegation)
    outbox.listen("orgs.delegation_ended", "inbox.delegation_ended_elsewhere", end_delegation)
    outbox.listen("orgs.handed_over", "inbox.hand_over", hand_over)
    outbox.listen("orgs.means_changed", "inbox.means_changed", accounts.tell_means_changed)
    outbox.listen("orgs.registration_submitted", "inbox.review_registration", ask_to_review)
    outbox.listen("orgs.registration_decided", "inbox.registration_decided", tell_decision)
    outbox.listen("importing.staged", "inbox.check_import", ask_to_check_import)
    outbox.listen("importing.mended", "inbox.check_import", recount_import)
    outbox.listen("importing.published", "inbox.import_published", close_import)
    outbox.listen("importing.discarded", "inbox.import_discarded", close_import)
    outbox.listen("importing.stopped", "inbox.import_stopped", tell_import_stopped)


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
    """Move the due day of tasks with the limit they follow; a limit that is over needs no reminder."""
    if message.data["event"] in ("closed", "cancelled"):
        urging.drop_reminder(deadline_id=message.data["deadline"], event=message.data["event"])
        return
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


def take_delegation(message: OutboxMessage) -> None:
    """Show a delegation made at the post (岗位页) among those of the inbox, so that the holder sees and can end it."""
    data = message.data
    services.take_delegation(
        holding_id=data["holding_id"], post_id=message.subject_id, from_person_id=data["from_person_id"],
        to_person_id=data["to_person_id"], valid_from=date.fromisoformat(data["valid_from"]),
        valid_to=date.fromisoformat(data["valid_to"]), reason=data["reason"], by_name=data["by_name"],
        region_key=message.region_key,
    )  # fmt: skip


def end_delegation(message: OutboxMessage) -> None:
    """Follow a delegation that was ended at the post."""
    services.follow_ended_delegation(
        holding_id=message.data["holding_id"], on=date.fromisoformat(message.data["on"]),
        by_name=message.data["by_name"], region_key=message.region_key,
    )  # fmt: skip


# -- 单位注册 --------------------------------------------------------------------------------------------------------

REVIEW = "orgs.review_registration"
REVIEWERS = ("INVESTMENT_OFFICER", "INVESTMENT_HEAD", "SYSTEM_ADMIN")  # the first that the region has


def ask_to_review(message: OutboxMessage) -> None:
    """Give the officers of the region a task: 审核单位注册."""
    pk, name = message.subject_id, message.data["unit_name"]
    for post_id in orgs.nearest_posts(REVIEWERS, message.region_key):
        services.assign_task(
            key=f"registration:{pk}:review:{post_id}", kind=REVIEW, title=f"审核单位注册：{name}", post_id=post_id,
            subject=Subject("registration", pk, message.region_key, name),
            url=reverse("orgs:registration", args=[pk]), opened_by=name,
        )  # fmt: skip


def tell_decision(message: OutboxMessage) -> None:
    """Close the review; tell the applicant when he has an account now (a rejected one asks with his query code)."""
    data = message.data
    approved = data["status"] == "APPROVED"
    services.close_tasks(
        kind=REVIEW, subject_kind="registration", subject_id=message.subject_id, actor=_doer(data),
        outcome="通过" if approved else "退回",
    )  # fmt: skip
    if data["person_id"] is not None:
        services.notify(
            key=f"registration:{message.subject_id}:decided", people=[data["person_id"]],
            title=f"“{data['unit_name']}”的注册已通过", text="可以申报项目、查看本单位项目的办理进度。",
            url="/projects/", sender=data["by_name"], region_key=message.region_key,
        )  # fmt: skip


# -- 导入 ------------------------------------------------------------------------------------------------------------

CHECK_IMPORT = "importing.check_batch"


def _import_key(message: OutboxMessage) -> str:
    return f"import:{message.subject_id}:check"


def _import_title(data: dict[str, Any]) -> str:
    found = [f"{data['rejected']} 行退回"] if data["rejected"] else []
    found += [f"{data['flagged']} 行有提示"] if data["flagged"] else []
    return f"核对导入《{data['file_name'][-80:]}》：{'，'.join(found) or '待接收'}"


def ask_to_check_import(message: OutboxMessage) -> None:
    """Remind the uploader of a batch with rows that were sent back or flagged; console imports have nobody to remind."""
    data = message.data
    if data["person_id"] is None or not data["rejected"] + data["flagged"]:
        return
    services.assign_task(
        key=_import_key(message), kind=CHECK_IMPORT, title=_import_title(data), person_id=data["person_id"],
        subject=Subject("import_batch", message.subject_id, message.region_key, data["file_name"]),
        url=reverse("importing:batch", args=[message.subject_id]), opened_by="系统",
    )  # fmt: skip


def recount_import(message: OutboxMessage) -> None:
    """Say the numbers anew after a row was mended."""
    services.retitle_task(key=_import_key(message), title=_import_title(message.data))


def close_import(message: OutboxMessage) -> None:
    """Finish the check when the batch was taken or given up; tell the result of an acceptance behind the page."""
    data = message.data
    published = message.topic == "importing.published"
    not_new = f"（{data['not_new']} 行没有新建）" if data.get("not_new") else ""
    outcome = f"已接收 {data['accepted']} 行{not_new}，退回 {data['rejected']} 行" if published else "已放弃"
    services.finish_task(key=_import_key(message), actor=_doer(data), outcome=outcome)
    if published and data["in_background"] and data["person_id"] is not None:
        services.notify(
            key=f"import:{message.subject_id}:published:{message.pk}", people=[data["person_id"]],
            title=f"导入完成：《{data['file_name'][-80:]}》", text=outcome + "。",
            url=reverse("importing:batch", args=[message.subject_id]), region_key=message.region_key,
        )  # fmt: skip


def tell_import_stopped(message: OutboxMessage) -> None:
    """Tell the uploader why an acceptance behind the page was refused."""
    data = message.data
    if data["person_id"] is not None:
        services.notify(
            key=f"import:{message.subject_id}:stopped:{message.pk}", people=[data["person_id"]], tone=Message.Tone.WARN,
            title=f"导入未完成：《{data['file_name'][-80:]}》", text=data["trouble"],
            url=reverse("importing:batch", args=[message.subject_id]), region_key=message.region_key,
        )  # fmt: skip


def _doer(data: dict[str, Any]) -> Actor:
    return Actor(data["by_person"], data["by_name"])
