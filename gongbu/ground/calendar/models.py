"""Tables of the calendar: notices with their days, the day table derived from them, and running time limits."""

from typing import ClassVar

from django.db import models

from gongbu.ground.calendar.rules.counting import UNIT_LABELS, Limit, Unit
from gongbu.ground.orgs.managers import ScopedManager

NATION = 0
"""``region_key`` of the national calendar; a local calendar carries its region's own key."""


class Notice(models.Model):
    """放假通知: what an authority said about certain days. Never edited: a later notice supersedes it day by day."""

    class Kind(models.TextChoices):
        ANNUAL = "ANNUAL", "年度安排"
        CORRECTION = "CORRECTION", "同年修正"
        LOCAL = "LOCAL", "地方安排"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField("编号", max_length=60, unique=True)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    year = models.PositiveSmallIntegerField("年度")
    region_key = models.BigIntegerField(default=NATION)
    region_end = models.BigIntegerField(default=NATION)
    region_name = models.CharField("适用地区", max_length=60, blank=True)
    title = models.CharField("标题", max_length=120)
    document_number = models.CharField("文号", max_length=60, blank=True)
    issued_on = models.DateField("公布日期")
    url = models.URLField("链接", max_length=300, blank=True)
    recorded_at = models.DateTimeField("录入时间")
    is_shipped = models.BooleanField("随系统提供", default=False)

    class Meta:
        db_table = "calendar_notice"
        ordering: ClassVar[list[str]] = ["issued_on", "id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["region_key", "year"], name="notice_by_year")]

    def __str__(self) -> str:
        return f"{self.title}（{self.document_number}）" if self.document_number else self.title


class NoticeDay(models.Model):
    """One day of a notice: worked (调休上班) or off (放假)."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="days")
    day = models.DateField("日期")
    is_work = models.BooleanField("上班")
    name = models.CharField("节日", max_length=40, blank=True)

    class Meta:
        db_table = "calendar_notice_day"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["notice", "day"], name="notice_day_once")
        ]


class WorkDay(models.Model):
    """A day of a calendar, derived from the notices and rebuilt when one arrives.

    ``running`` counts the working days of the table up to and including the day, so that the n-th working day after
    another is one lookup in the index ``workday_nth``.
    """

    id = models.BigAutoField(primary_key=True)
    region_key = models.BigIntegerField(default=NATION)
    day = models.DateField()
    is_work = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=60, blank=True)
    is_provisional = models.BooleanField(default=False)
    running = models.IntegerField()

    class Meta:
        db_table = "calendar_workday"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region_key", "day"], name="workday_once"),
            models.UniqueConstraint(
                fields=["region_key", "running"], condition=models.Q(is_work=True), name="workday_nth"
            ),
        ]


class Deadline(models.Model):
    """办理时限: a limit that runs on a subject, with what stopped it and when it is due.

    ``due_on`` is None while it is stopped. ``due_at`` is set for limits in hours. ``policy_ref`` is the reference of
    the policy value that fixed the limit.
    """

    class Status(models.TextChoices):
        RUNNING = "RUNNING", "计时中"
        STOPPED = "STOPPED", "暂停"
        CLOSED = "CLOSED", "已办结"
        CANCELLED = "CANCELLED", "已取消"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120, unique=True)
    title = models.CharField("时限", max_length=120)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    subject_label = models.CharField("事项", max_length=200, blank=True)
    url = models.CharField(max_length=300, blank=True)
    region_key = models.BigIntegerField()
    started_at = models.DateTimeField("起算时间")
    limit_amount = models.PositiveIntegerField("时限")
    limit_unit = models.CharField("单位", max_length=12, choices=[(u.value, UNIT_LABELS[u]) for u in Unit])
    office_hours = models.CharField("工作时间", max_length=60, blank=True)
    extension_amount = models.PositiveIntegerField("延长", default=0)
    extension_max = models.PositiveIntegerField("最多延长", default=0)
    extended_on = models.DateField("延长日期", null=True)
    extension_reason = models.CharField("延长理由", max_length=300, blank=True)
    due_on = models.DateField("到期日", null=True)
    due_at = models.DateTimeField("到期时间", null=True)
    is_provisional = models.BooleanField("暂定", default=False)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.RUNNING)
    closed_on = models.DateField("办结日期", null=True)
    is_late = models.BooleanField("逾期办结", default=False)
    policy_ref = models.JSONField("依据", default=dict)
    rev = models.PositiveIntegerField(default=0)

    objects = ScopedManager()

    class Meta:
        db_table = "calendar_deadline"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_kind", "subject_id"], name="deadline_by_subject"),
            models.Index(fields=["status", "due_on"], name="deadline_by_due"),
            models.Index(fields=["region_key", "status", "due_on"], name="deadline_by_region"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(limit_amount__gt=0), name="deadline_limit_positive"),
            models.CheckConstraint(
                condition=models.Q(extension_amount__lte=models.F("extension_max")), name="deadline_extension_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.limit}）"

    @property
    def limit(self) -> Limit:
        """The limit with its extension."""
        return Limit(self.limit_amount + self.extension_amount, Unit(self.limit_unit))

    @property
    def is_open(self) -> bool:
        """Whether the limit still runs or is stopped."""
        return self.status in (self.Status.RUNNING, self.Status.STOPPED)


class DeadlineStop(models.Model):
    """暂停计时: 补正 or a special procedure (听证、评审、检测、公示). Several may overlap; time is left out once."""

    class Kind(models.TextChoices):
        SUPPLEMENT = "SUPPLEMENT", "补正"
        HEARING = "HEARING", "听证"
        EXPERT_REVIEW = "EXPERT_REVIEW", "专家评审"
        TESTING = "TESTING", "检验检测鉴定"
        PUBLIC_NOTICE = "PUBLIC_NOTICE", "公示"
        OTHER = "OTHER", "其他依法不计入"

    id = models.BigAutoField(primary_key=True)
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="stops")
    kind = models.CharField("事由", max_length=20, choices=Kind)
    reason = models.CharField("说明", max_length=300, blank=True)
    basis = models.CharField("依据", max_length=120, blank=True)
    since = models.DateTimeField("暂停时间")
    until = models.DateTimeField("恢复时间", null=True)

    class Meta:
        db_table = "calendar_deadline_stop"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")), name="stop_in_order"
            ),
            models.UniqueConstraint(
                fields=["deadline", "kind"], condition=models.Q(until=None), name="stop_open_once_per_kind"
            ),
        ]
