"""Trials (试行草稿): an edited edition of a pack, what replaying it came to, and the rows that would change.

A trial is a draft and not of record; adopting it is an act and puts it in the book.
"""

from typing import ClassVar

from django.db import models

from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.row_security import RowPolicy
from gongbu.ground.policy.models import Adoption, StoredPack
from gongbu.ground.policy.schemas import SUBJECTS


class Trial(models.Model):
    """One trial for a region. ``files`` is the edited edition (path → text); ``rev`` counts every change of it.

    ``result`` is the summary of the last replay and holds for ``result_rev`` only.
    """

    class State(models.TextChoices):
        """Where the trial stands."""

        DRAFT = "DRAFT", "草稿"
        ADOPTED = "ADOPTED", "已采用"
        DISCARDED = "DISCARDED", "已放弃"

    class Replay(models.TextChoices):
        """Where the replay stands."""

        NONE = "NONE", "未试算"
        RUNNING = "RUNNING", "试算中"
        DONE = "DONE", "已试算"
        FAILED = "FAILED", "未完成"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField("名称", max_length=120)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="policy_trials")
    region_key = models.BigIntegerField(db_index=True)
    subject = models.CharField("事项", max_length=20, choices=list(SUBJECTS.items()))
    base = models.CharField("原制度包", max_length=90)
    base_label = models.CharField("制度包", max_length=120)
    base_version = models.CharField("原版本", max_length=20)
    base_hash = models.CharField(max_length=80)
    applied = models.CharField(max_length=90, blank=True)  # what applied in the region of this key when it was opened
    version = models.CharField("试行版本", max_length=20)
    files = models.JSONField("内容")
    on = models.DateField("假定施行日")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    rev = models.PositiveIntegerField(default=1)
    replay_state = models.CharField("试算", max_length=10, choices=Replay, default=Replay.NONE)
    result = models.JSONField(null=True)
    result_rev = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField("会变的项目", null=True)
    money_fen = models.BigIntegerField("涉及总投资", null=True)
    trouble = models.CharField(max_length=400, blank=True)
    job_id = models.UUIDField(null=True)
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField("建立人", max_length=60)
    last_by = models.CharField("最近修改", max_length=60)
    created_at = models.DateTimeField("建立时间")
    updated_at = models.DateTimeField("修改时间")
    adoption = models.ForeignKey(Adoption, null=True, on_delete=models.PROTECT, related_name="+")
    stored = models.ForeignKey(StoredPack, null=True, on_delete=models.PROTECT, related_name="+")

    row_policy = RowPolicy(region_field="region_key")

    class Meta:
        db_table = "sandbox_trial"

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed, adopted or discarded."""
        return self.state == self.State.DRAFT

    @property
    def is_current(self) -> bool:
        """Whether the result shown is of the edition as it stands."""
        return self.replay_state == self.Replay.DONE and self.result_rev == self.rev


class TrialRow(models.Model):
    """One record that would change, with the facts from which both answers can be explained again."""

    id = models.BigAutoField(primary_key=True)
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="rows")
    source = models.CharField("来源", max_length=40)
    table_key = models.CharField(max_length=120)
    table_label = models.CharField("判定事项", max_length=120)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    name = models.CharField("名称", max_length=200, blank=True)
    part = models.PositiveIntegerField("年度", null=True)
    region_key = models.BigIntegerField()
    region_name = models.CharField("主管区划", max_length=60)
    before = models.CharField(max_length=60, blank=True)
    before_label = models.CharField("现行", max_length=120)
    before_row = models.CharField("现行规则行", max_length=40, blank=True)
    after = models.CharField(max_length=60, blank=True)
    after_label = models.CharField("试行", max_length=120)
    after_row = models.CharField("试行规则行", max_length=40, blank=True)
    move = models.CharField("变化", max_length=250)
    money_fen = models.BigIntegerField("总投资", null=True)
    has_conflict = models.BooleanField("与上位法抵触", default=False)
    decision_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)

    row_policy = RowPolicy(through=("trial",))

    class Meta:
        db_table = "sandbox_row"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["trial", "source", "id"], name="sandbox_row_of_trial")
        ]
