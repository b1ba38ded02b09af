"""Tables of papers: the paper as issued, and the number series (文号) it takes its number from."""

from typing import ClassVar

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Unit
from gongbu.ground.policy.rules.papers import Form, Sort


class NumberSeries(models.Model):
    """文号 of one 发文机关代字 in one year. Numbers are given 1 2 3 … after ``opened_after``; none is ever given twice.

    ``sorts`` are the :class:`Sort` codes of papers that take their number here. A new year continues the series of the
    year before with its first paper.
    """

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="发文机关")
    region_key = models.BigIntegerField()
    mark = models.CharField("机关代字", max_length=30)
    year = models.PositiveSmallIntegerField("年份")
    sorts = models.JSONField("用于", default=list)
    opened_after = models.PositiveIntegerField("启用前已用到", default=0)
    last_number = models.PositiveIntegerField("已编到", default=0)
    opened_at = models.DateTimeField("启用时间")

    objects = ScopedManager()

    class Meta:
        db_table = "papers_series"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["unit", "mark", "year"], name="series_once_a_year"),
            models.CheckConstraint(
                condition=models.Q(last_number__gte=models.F("opened_after")), name="series_only_goes_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mark}〔{self.year}〕"


class Paper(models.Model):
    """文书: one numbered paper. A void one keeps its number, so that the gap in the series explains itself.

    The text lies in the documents ``pdf_id`` and ``docx_id``; their digests stand in the ledger entry.
    """

    class State(models.TextChoices):
        ISSUED = "ISSUED", "已印发"
        VOID = "VOID", "已作废"

    id = models.BigAutoField(primary_key=True)
    region_key = models.BigIntegerField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="发文机关")
    issuer = models.CharField("发文机关", max_length=120)
    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="papers")
    number = models.PositiveIntegerField("序号")
    doc_no = models.CharField("文号", max_length=60)
    title = models.CharField("标题", max_length=200)
    genre = models.CharField("文种", max_length=20)
    form = models.CharField("版式", max_length=10, choices=[(form.value, form.label) for form in Form])
    sort = models.CharField("文号类别", max_length=10, choices=[(sort.value, sort.label) for sort in Sort])
    template = models.CharField("模板", max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    subject_title = models.CharField("事项", max_length=200, blank=True)
    access = models.CharField("访问级别", max_length=12)
    state = models.CharField("状态", max_length=8, choices=State, default=State.ISSUED)
    issued_on = models.DateField("成文日期")
    issued_at = models.DateTimeField("编号时间")
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField("经办", max_length=40)
    pages = models.PositiveSmallIntegerField("页数", default=0)
    pdf_id = models.BigIntegerField(null=True)
    docx_id = models.BigIntegerField(null=True)
    entry_id = models.BigIntegerField(null=True)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    void_on = models.DateField("作废日期", null=True)
    void_reason = models.CharField("作废事由", max_length=300, blank=True)
    void_by = models.CharField("作废人", max_length=40, blank=True)
    void_receipt = models.CharField(max_length=12, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "papers_paper"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_kind", "subject_id"], name="papers_by_subject"),
            models.Index(fields=["region_key", "issued_on", "id"], name="papers_by_region"),
            models.Index(fields=["doc_no"], name="papers_by_number"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["series", "number"], name="number_given_once"),
            models.CheckConstraint(
                condition=~models.Q(state="VOID") | ~models.Q(void_reason=""), name="void_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.doc_no
