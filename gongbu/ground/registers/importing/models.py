"""Staging tables of imports. Not of record: a row becomes of record when it is accepted, through the kind's acts."""

from django.db import models

from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.row_security import RowPolicy


class ImportBatch(models.Model):
    """One file on its way in. What it brings becomes visible at once, at ``published_at``."""

    class State(models.TextChoices):
        STAGING = "STAGING", "读取中"
        STAGED = "STAGED", "待接收"
        ACCEPTING = "ACCEPTING", "接收中"
        PUBLISHED = "PUBLISHED", "已接收"
        DISCARDED = "DISCARDED", "已放弃"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("类别", max_length=40)
    file_name = models.CharField("文件名", max_length=200)
    digest = models.CharField("文件摘要", max_length=64)  # SHA-256 of the file as uploaded; the file itself is not kept
    form = models.CharField(max_length=10)
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    scope_region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    state = models.CharField("状态", max_length=10, choices=State, default=State.STAGING)
    tables = models.TextField(default="[]")  # JSON: sheet, header_row, columns, rows around the data
    notes = models.TextField(default="[]")  # JSON: findings about the file, sheets, headings, totals
    rows_total = models.PositiveIntegerField("行数", default=0)
    rows_ready = models.PositiveIntegerField("通过", default=0)
    rows_flagged = models.PositiveIntegerField("提示", default=0)
    rows_rejected = models.PositiveIntegerField("退回", default=0)
    rows_done = models.PositiveIntegerField("已接收", default=0)
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField("上传人", max_length=40)
    created_at = models.DateTimeField("上传时间")
    published_at = models.DateTimeField("接收时间", null=True)
    job_id = models.UUIDField(null=True)  # the job that accepts; None: a command or a page does
    acting_person = models.BigIntegerField(null=True)  # who accepts; None beside no uploader: the command line
    acting_post = models.BigIntegerField(null=True)
    alive_at = models.DateTimeField(null=True)  # the accepting process's last sign of life, its lease
    trouble = models.CharField(max_length=300, blank=True)

    row_policy = RowPolicy(region_field="region_key", person_fields=("person_id",))

    class Meta:
        db_table = "importing_batch"
        indexes = [
            models.Index(fields=["region_key", "-id"], name="import_batch_region"),
            models.Index(fields=["digest", "kind"], name="import_batch_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} #{self.pk}"


class ImportRow(models.Model):
    """One staged row. A secret row (GO-15) keeps its number and the rule, and nothing else."""

    class State(models.TextChoices):
        READY = "READY", "通过"
        FLAGGED = "FLAGGED", "提示"
        REJECTED = "REJECTED", "退回"
        ACCEPTED = "ACCEPTED", "已接收"

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    sheet_no = models.PositiveSmallIntegerField(default=0)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State)
    cells = models.TextField(default="[]")  # JSON list, as the file holds them
    plan = models.TextField(default="{}")  # JSON, what the kind decided
    findings = models.TextField(default="[]")  # JSON
    match_key = models.CharField(max_length=300, blank=True)
    mended_by = models.CharField(max_length=40, blank=True)
    mended_at = models.DateTimeField(null=True)
    original = models.TextField(blank=True)  # cells before the first mending
    rev = models.PositiveIntegerField(default=1)
    is_new = models.BooleanField(default=False)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)

    row_policy = RowPolicy(through=("batch",))

    class Meta:
        db_table = "importing_row"
        indexes = [
            models.Index(fields=["batch", "state", "sheet_no", "number"], name="import_row_state"),
            models.Index(fields=["batch", "match_key"], name="import_row_match"),
            models.Index(fields=["subject_kind", "subject_id"], name="import_row_subject"),
        ]
        constraints = [models.UniqueConstraint(fields=["batch", "sheet_no", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.number}"
