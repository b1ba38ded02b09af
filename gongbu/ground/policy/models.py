"""Adoptions, the archive of applied records, and decisions with the facts they were made on."""

from typing import ClassVar

from django.db import models

from gongbu.ground.orgs.models import Region
from gongbu.ground.policy.schemas import SUBJECTS


class Adoption(models.Model):
    """采用: a region applies an ordered set of packs for one subject from a day; a later one replaces it from its day.

    ``packs`` empty means that the region gives the subject up again. Rows are never edited.
    """

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="policy_adoptions")
    region_key = models.BigIntegerField(db_index=True)
    subject = models.CharField("事项", max_length=20, choices=list(SUBJECTS.items()))
    packs = models.JSONField("制度包", default=list)
    pack_versions = models.JSONField("采用时版本", default=dict)
    effective_from = models.DateField("采用日期")
    document_number = models.CharField("采用文件", max_length=120, blank=True)
    reason = models.CharField("说明", max_length=300, blank=True)
    adopted_by = models.CharField("经办", max_length=120)
    recorded_at = models.DateTimeField()
    receipt = models.CharField("回执编号", max_length=20, blank=True)

    class Meta:
        db_table = "policy_adoption"
        ordering: ClassVar[list[str]] = ["region_key", "subject", "effective_from"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region", "subject", "effective_from"], name="adoption_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.subject} {self.effective_from}"


class StoredPack(models.Model):
    """A pack adopted out of the sandbox (本地版本): its files as they were adopted, never changed (ADR-0010).

    Adoptions name it ``key@version``; ``digest`` is that of its files, ``pack_hash`` that of its records, as decisions cite.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField("制度包", max_length=60)
    version = models.CharField("版本", max_length=20)
    label = models.CharField("名称", max_length=120)
    digest = models.CharField(max_length=80)
    pack_hash = models.CharField(max_length=80)
    files = models.JSONField("内容")
    base = models.CharField("由何而来", max_length=90)
    base_hash = models.CharField(max_length=80)
    region_key = models.BigIntegerField()
    document_number = models.CharField("依据文件", max_length=120)
    stored_by = models.CharField("经办", max_length=120)
    stored_at = models.DateTimeField()

    class Meta:
        db_table = "policy_stored_pack"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key", "version"], name="stored_pack_once")
        ]

    def __str__(self) -> str:
        return f"{self.key}@{self.version}"


class PolicyRecord(models.Model):
    """The canonical text of a record as it was applied, by content hash: what a decision can be replayed from."""

    hash = models.CharField(primary_key=True, max_length=80)
    pack = models.CharField(max_length=60)
    pack_version = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    content = models.JSONField()
    first_applied_at = models.DateTimeField()

    class Meta:
        db_table = "policy_record"


class PolicyDecision(models.Model):
    """判定: a decision about a subject, complete: value, row, facts, basis, reference, conflicts, explanation."""

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    region_key = models.BigIntegerField()
    table_key = models.CharField("决策表", max_length=120)
    value = models.CharField("结论", max_length=60)
    label = models.CharField(max_length=120)
    row = models.CharField("规则行", max_length=40, blank=True)
    on = models.DateField("适用日")
    facts = models.JSONField("所用事实", default=dict)
    content = models.JSONField("判定全文", default=dict)
    confidence = models.CharField(max_length=2)
    pack = models.CharField(max_length=60)
    pack_version = models.CharField(max_length=20)
    record = models.ForeignKey(PolicyRecord, on_delete=models.PROTECT, related_name="decisions")
    has_conflict = models.BooleanField(default=False)
    clock = models.CharField(max_length=10)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "policy_decision"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_kind", "subject_id", "table_key", "-id"], name="decision_of_subject"),
            models.Index(fields=["record", "value"], name="decision_by_record"),
        ]
