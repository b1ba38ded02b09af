"""Tables of meetings: the meeting, who was asked, what was on the agenda and settled."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Person, Region, Unit


class Meeting(models.Model):
    """A meeting. ``held_on`` is the planned day until it is held, then the day it was held on.

    ``number`` (2026年第3次) is given when it is held, without gaps per host unit, kind and year. ``clerk_unit_id`` is the
    unit whose people run it (承办单位). ``minutes`` are the words of the minutes; a signed file lies in the documents.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "筹备中"
        CALLED = "CALLED", "已通知"
        HELD = "HELD", "会议中"
        CLOSED = "CLOSED", "已办结"
        CANCELLED = "CANCELLED", "已取消"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120, null=True, unique=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    kind = models.CharField("会议类别", max_length=20)
    title = models.CharField("会议名称", max_length=160)
    year = models.PositiveSmallIntegerField(null=True)
    ordinal = models.PositiveSmallIntegerField(null=True)
    number = models.CharField("期次", max_length=40, blank=True)
    host_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    host_name = models.CharField("召集单位", max_length=120, blank=True)
    clerk_unit_id = models.BigIntegerField(null=True)
    clerk_name = models.CharField("承办单位", max_length=120, blank=True)
    place = models.CharField("地点", max_length=120, blank=True)
    held_on = models.DateField("召开日期", null=True)
    begins_at = models.TimeField("开始时间", null=True)
    chair = models.CharField("主持人", max_length=80, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    minutes = models.TextField("会议纪要", blank=True)
    items_total = models.PositiveSmallIntegerField("议题数", default=0)
    items_open = models.PositiveSmallIntegerField("待议定", default=0)
    reason = models.CharField("取消原因", max_length=300, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    entry_id = models.BigIntegerField(null=True)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    corrections = models.PositiveSmallIntegerField(default=0)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "meetings_meeting"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["region_key", "state", "held_on"], name="meeting_by_region"),
            models.Index(fields=["host_unit", "kind", "held_on"], name="meeting_by_host"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["host_unit", "kind", "year", "ordinal"], name="meeting_number_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Attendee(models.Model):
    """Somebody asked to come. Names are erasable: the book holds the row's id and the unit."""

    class Role(models.TextChoices):
        CHAIR = "CHAIR", "主持"
        MEMBER = "MEMBER", "出席"
        OBSERVER = "OBSERVER", "列席"
        RECORDER = "RECORDER", "记录"

    class Reply(models.TextChoices):
        COMES = "COMES", "参加"
        SENDS = "SENDS", "派员参加"
        DECLINES = "DECLINES", "请假"

    class Mark(models.TextChoices):
        PRESENT = "PRESENT", "到会"
        PROXY = "PROXY", "代会"
        ABSENT = "ABSENT", "缺席"

    id = models.BigAutoField(primary_key=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendees")
    position = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    unit_name = models.CharField("单位", max_length=120, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("姓名", max_length=40, blank=True)
    duty = models.CharField("职务", max_length=60, blank=True)
    role = models.CharField("身份", max_length=10, choices=Role, default=Role.MEMBER)
    reply = models.CharField("回复", max_length=10, choices=Reply, blank=True)
    reply_note = models.CharField("回复说明", max_length=200, blank=True)
    replied_at = models.DateTimeField(null=True)
    mark = models.CharField("签到", max_length=10, choices=Mark, blank=True)
    proxy_name = models.CharField("代会人", max_length=40, blank=True)

    class Meta:
        db_table = "meetings_attendee"
        ordering: ClassVar[list[str]] = ["position", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["unit", "meeting"], name="attendee_by_unit", condition=Q(unit__isnull=False)),
            models.Index(fields=["person", "meeting"], name="attendee_by_person", condition=Q(person__isnull=False)),
        ]

    @property
    def label(self) -> str:
        """Unit and name as shown."""
        return " ".join(part for part in (self.unit_name, self.name) if part)


class AgendaItem(models.Model):
    """An item of an agenda (议题). ``resolution`` is provisional until the meeting is closed.

    ``region_key`` is the subject's; who may see an item follows from its meeting.
    """

    class Resolution(models.TextChoices):
        AGREED = "AGREED", "同意"
        CONDITIONAL = "CONDITIONAL", "原则同意"
        NOT_AGREED = "NOT_AGREED", "不同意"
        NOTED = "NOTED", "已听取"
        DEFERRED = "DEFERRED", "缓议"
        WITHDRAWN = "WITHDRAWN", "撤下"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120, null=True, unique=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    region_key = models.BigIntegerField()
    subject_label = models.CharField("议题对象", max_length=200, blank=True)
    title = models.CharField("议题", max_length=200)
    question = models.CharField("提请研究的问题", max_length=1000, blank=True)
    presenter_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    presenter_name = models.CharField("汇报单位", max_length=120, blank=True)
    resolution = models.CharField("议定结果", max_length=12, choices=Resolution, blank=True)
    resolution_text = models.CharField("议定意见", max_length=2000, blank=True)
    conditions = models.CharField("附带条件", max_length=1000, blank=True)
    due_on = models.DateField("完成时限", null=True)
    responsible_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    responsible_name = models.CharField("责任单位", max_length=120, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(region_field="meeting__region_key")

    class Meta:
        db_table = "meetings_item"
        ordering: ClassVar[list[str]] = ["position", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_kind", "subject_id"], name="item_by_subject"),
            models.Index(fields=["responsible_unit", "due_on"], name="item_by_responsible"),
        ]

    def __str__(self) -> str:
        return self.title
