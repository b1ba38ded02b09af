"""Tables of the inbox: tasks that hang on posts, messages to people, delegations, deliveries made."""

from typing import ClassVar

from django.db import models

from gongbu.ground.orgs.models import Person, Post


class Task(models.Model):
    """待办: something a post (or, rarely, one person) has to do. The successor in a post inherits what is open.

    Who sees a task follows from the post, not from a region: the table is read through ``queries`` only. ``key``
    makes assigning idempotent; ``room`` is the part of ``kind`` before the dot, by which delegations are narrowed.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "待办"
        DONE = "DONE", "已办"
        WITHDRAWN = "WITHDRAWN", "已撤回"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField("类别", max_length=60)
    room = models.CharField(max_length=30)
    title = models.CharField("事项", max_length=160)
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    subject_label = models.CharField("对象", max_length=200, blank=True)
    region_key = models.BigIntegerField()
    url = models.CharField(max_length=300)
    due_on = models.DateField("到期日", null=True)
    is_provisional = models.BooleanField("暂定", default=False)
    deadline_id = models.BigIntegerField(null=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField("交办时间")
    opened_by = models.CharField("交办人", max_length=80, blank=True)
    done_at = models.DateTimeField("办结时间", null=True)
    done_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    done_by_name = models.CharField("办理人", max_length=80, blank=True)
    done_as_delegate = models.BooleanField("受托办理", default=False)
    outcome = models.CharField("结果", max_length=200, blank=True)
    urged_times = models.PositiveSmallIntegerField("催办次数", default=0)
    urged_on = models.DateField("最近催办", null=True)

    class Meta:
        db_table = "inbox_task"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["post", "state", "due_on"], name="task_by_post"),
            models.Index(fields=["person", "state", "due_on"], name="task_by_person"),
            models.Index(fields=["done_by", "-done_at"], name="task_by_doer"),
            models.Index(fields=["subject_kind", "subject_id"], name="task_by_subject"),
            models.Index(
                fields=["deadline_id"], name="task_by_deadline", condition=models.Q(deadline_id__isnull=False)
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(post__isnull=False, person__isnull=True)
                | models.Q(post__isnull=True, person__isnull=False),
                name="task_for_post_or_person",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Message(models.Model):
    """消息: something one person should know. Reading it is not of record."""

    class Tone(models.TextChoices):
        INFO = "INFO", "通知"
        URGE = "URGE", "催办"
        WARN = "WARN", "提醒"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=160)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    tone = models.CharField("类别", max_length=10, choices=Tone, default=Tone.INFO)
    title = models.CharField("标题", max_length=160)
    text = models.CharField("内容", max_length=1000, blank=True)
    url = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField("时间")
    sender = models.CharField("发送人", max_length=80, blank=True)
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        db_table = "inbox_message"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "-sent_at"], name="message_by_person"),
            models.Index(fields=["person"], name="message_unread", condition=models.Q(read_at=None)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "key"], name="message_once")
        ]


class Delegation(models.Model):
    """委托: the holder of a post lets somebody else see and do its tasks, from a day to (not including) a day.

    ``room`` narrows it to the tasks of one room (``""``: all). ``holding_id`` is the acting-for (受托代行) in orgs that
    lends the rights of the post. Ending it early sets ``valid_to``; the row stays.
    """

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    from_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    to_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    room = models.CharField("范围", max_length=30, blank=True)
    valid_from = models.DateField("开始日期")
    valid_to = models.DateField("结束日期（不含）")
    reason = models.CharField("事由", max_length=200)
    holding_id = models.BigIntegerField(unique=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField("终止原因", max_length=200, blank=True)

    class Meta:
        db_table = "inbox_delegation"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["to_person", "valid_to"], name="delegation_by_delegate"),
            models.Index(fields=["post", "valid_to"], name="delegation_by_post"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(valid_to__gte=models.F("valid_from")), name="delegation_in_order"
            ),
            models.CheckConstraint(
                condition=~models.Q(from_person=models.F("to_person")), name="delegation_to_another"
            ),
        ]


class Delivery(models.Model):
    """投递: that a message went out through a port (log, SMS, 政务微信). No address is kept."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    port = models.CharField(max_length=30)
    sent_at = models.DateTimeField()
    reference = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "inbox_delivery"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["message", "port"], name="delivery_once")
        ]
