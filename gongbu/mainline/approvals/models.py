"""批复文件: what an authority decided about a project on a day, with its figures as published."""

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.mainline.projects.models import Project


class ApprovalPaper(models.Model):
    """One paper of the approval chain. Amounts are whole 分; what was not stated is null, not zero.

    ``issued_on`` with ``issued_precision`` YEAR or MONTH is the first day that the publication allows.
    """

    class Step(models.TextChoices):
        PROPOSAL = "PROPOSAL", "项目建议书（立项）"
        FEASIBILITY = "FEASIBILITY", "可行性研究"
        DESIGN = "DESIGN", "初步设计"
        ESTIMATE = "ESTIMATE", "概算"
        OTHER = "OTHER", "其他"

    class Precision(models.TextChoices):
        DAY = "DAY", "日"
        MONTH = "MONTH", "月"
        YEAR = "YEAR", "年"

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="approval_papers")
    region_key = models.BigIntegerField()
    doc_type = models.CharField("文件类型", max_length=60)
    step = models.CharField("环节", max_length=12, choices=Step)
    is_adjustment = models.BooleanField("调整", default=False)
    doc_no = models.CharField("文号", max_length=120, blank=True)
    issued_on = models.DateField("批复日期", null=True)
    issued_precision = models.CharField("日期精度", max_length=5, choices=Precision, blank=True)
    issuer = models.CharField("批复机关", max_length=120, blank=True)
    applicant = models.CharField("申报单位", max_length=120, blank=True)
    content = models.TextField("批复内容", blank=True)
    total_fen = models.BigIntegerField("总投资", null=True)
    total_text = models.CharField("总投资原文", max_length=60, blank=True)
    total_precision_fen = models.BigIntegerField("总投资精度", null=True)
    engineering_fen = models.BigIntegerField("工程费", null=True)
    other_fen = models.BigIntegerField("工程建设其他费", null=True)
    contingency_fen = models.BigIntegerField("预备费", null=True)
    preliminary_fen = models.BigIntegerField("前期费", null=True)
    interest_fen = models.BigIntegerField("建设期利息", null=True)
    equipment_fen = models.BigIntegerField("设备购置费", null=True)
    extra_fen = models.BigIntegerField("其余一项", null=True)
    amount_note = models.CharField("金额说明", max_length=300, blank=True)
    funding_text = models.CharField("资金来源", max_length=300, blank=True)
    period_text = models.CharField("建设工期", max_length=120, blank=True)
    prior_docs = models.CharField("前序文件", max_length=400, blank=True)
    record_no = models.CharField("来源编号", max_length=40, blank=True)
    source = models.CharField("来源", max_length=300, blank=True)
    source_url = models.CharField("来源链接", max_length=600, blank=True)
    quality_note = models.CharField("质量备注", max_length=400, blank=True)
    batch_id = models.BigIntegerField("导入批次", null=True)
    is_published = models.BooleanField(default=True)
    recorded_at = models.DateTimeField("录入时间")
    entry_id = models.BigIntegerField("账本条目", null=True)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "approvals_paper"
        indexes = [
            models.Index(fields=["project", "issued_on"], name="paper_project"),
            models.Index(fields=["region_key", "-issued_on", "-id"], name="paper_region"),
            models.Index(fields=["doc_no"], name="paper_doc_no"),
            models.Index(fields=["batch_id"], name="paper_batch", condition=models.Q(batch_id__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total_fen__isnull=True) | models.Q(total_fen__gte=0), name="paper_total_not_negative"
            )
        ]

    def __str__(self) -> str:
        return self.doc_no or self.doc_type
