"""Notices, the comments on them, and apart from both what is personal, so that it can be erased.

A notice is about any subject (``subject_kind``, ``subject_id``) or about none. What it shows is written into it when it
opens and does not change afterwards, whatever becomes of the subject.
"""

from django.db import models

from gongbu.ground.notices import rules
from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Region, Unit

NOTICE, COMMENT = "notice", "notice_comment"
"""Subject kinds of this room in the book."""


class Notice(models.Model):
    """One notice (公示). Opened on a day, open for a period with a basis, closed with a result or withdrawn."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "拟稿"
        OPEN = "OPEN", "公示中"
        CLOSED = "CLOSED", "已办结"
        WITHDRAWN = "WITHDRAWN", "已撤回"

    class PeriodUnit(models.TextChoices):
        WORKDAYS = "WORKDAYS", "个工作日"
        DAYS = "DAYS", "日"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=40)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    subject_url = models.CharField(max_length=200, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="notices")
    region_key = models.BigIntegerField()
    host_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="notices")
    host_name = models.CharField("公示单位", max_length=120)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("公示内容")
    columns = models.JSONField(default=list)  # headings, units within: 总投资（万元）
    rows = models.JSONField(default=list)  # rows of texts as shown
    contact = models.CharField("联系方式", max_length=200)
    period = models.PositiveSmallIntegerField("公示期")
    period_unit = models.CharField(max_length=8, choices=PeriodUnit)
    period_source = models.JSONField(default=dict)  # reference and wording of the parameter, or who set it by hand
    opens_on = models.DateField("公示开始", null=True)
    closes_on = models.DateField("公示截止", null=True)  # the last day on which comments are taken
    is_provisional = models.BooleanField(default=False)  # the last day rests on a calendar not yet official
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    result = models.TextField("公示结果", blank=True)
    closed_on = models.DateField("办结日期", null=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=300, blank=True)
    entry_id = models.BigIntegerField(null=True)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    comment_count = models.PositiveIntegerField("意见", default=0)
    pending_count = models.PositiveIntegerField("待审意见", default=0)
    unanswered_count = models.PositiveIntegerField("未答复", default=0)
    changed_at = models.DateTimeField()
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "notices_notice"
        indexes = [
            models.Index(fields=["region_key", "state", "-id"], name="notice_region"),
            models.Index(fields=["state", "-opens_on", "-id"], name="notice_public"),
            models.Index(fields=["subject_kind", "subject_id"], name="notice_subject"),
        ]

    def __str__(self) -> str:
        return self.title


class Comment(models.Model):
    """What somebody said (意见): reviewed before it is shown, answered before the notice is closed.

    ``display_name`` is what the public page shows (张**). ``captcha`` is the number of the solved picture: one picture,
    one comment.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", "待审核"
        SHOWN = "SHOWN", "已公开"
        WITHHELD = "WITHHELD", "不公开"

    class Outcome(models.TextChoices):
        ADOPTED = "ADOPTED", "采纳"
        PARTLY = "PARTLY", "部分采纳"
        NOT_ADOPTED = "NOT_ADOPTED", "不予采纳"
        EXPLAINED = "EXPLAINED", "解释说明"

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="comments")
    number = models.PositiveIntegerField("意见编号")
    display_name = models.CharField("署名", max_length=40)
    text = models.TextField("意见内容")
    submitted_at = models.DateTimeField("提交时间")
    state = models.CharField("审核", max_length=8, choices=State, default=State.PENDING)
    withheld_reason = models.CharField("不公开原因", max_length=200, blank=True)
    reviewed_by = models.CharField(max_length=60, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    outcome = models.CharField("处理", max_length=12, choices=Outcome, blank=True)
    answer = models.TextField("答复", blank=True)
    answered_by = models.CharField(max_length=120, blank=True)
    answered_at = models.DateTimeField(null=True)
    captcha = models.CharField(max_length=32, unique=True)
    salt = models.CharField(max_length=32)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    rev = models.PositiveIntegerField(default=1)

    @property
    def masked(self) -> rules.Masked:
        """The text as everybody may see it: mobile and identity numbers behind stars. The text itself stays as proven."""
        return rules.mask_numbers(self.text)

    class Meta:
        db_table = "notices_comment"
        constraints = [models.UniqueConstraint(fields=["notice", "number"], name="comment_number_once")]
        indexes = [models.Index(fields=["notice", "state"], name="comment_state")]


class Commenter(models.Model):
    """Who a comment is from: personal data, seen by reviewers only, erased when the retention is over."""

    comment = models.OneToOneField(Comment, primary_key=True, on_delete=models.CASCADE, related_name="commenter")
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机号", max_length=20)

    class Meta:
        db_table = "notices_commenter"
