"""Plans with their numbered objectives, and the links between objectives and projects."""

from django.db import models

from gongbu.ground.orgs.managers import REGIONS_ABOVE, ScopedManager
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.row_security import RowPolicy
from gongbu.mainline.projects.models import Project

PLAN, OBJECTIVE = "plan_document", "plan_objective"
"""Subject kinds of this room in the book."""


class PlanDocument(models.Model):
    """A master or special plan (总体规划、专项规划) of a region, with the years it covers."""

    class Kind(models.TextChoices):
        DEVELOPMENT = "DEVELOPMENT", "发展规划"
        TERRITORIAL = "TERRITORIAL", "国土空间规划"
        SPECIAL = "SPECIAL", "专项规划"
        ACTION = "ACTION", "行动计划"

    class State(models.TextChoices):
        IN_FORCE = "IN_FORCE", "执行中"
        ENDED = "ENDED", "已终止"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="plan_documents")
    region_key = models.BigIntegerField()
    kind = models.CharField("规划类别", max_length=12, choices=Kind)
    name = models.CharField("规划名称", max_length=160)
    document_number = models.CharField("文号", max_length=80, blank=True)
    issuer = models.CharField("发布机关", max_length=120, blank=True)
    from_year = models.PositiveSmallIntegerField("起始年")
    to_year = models.PositiveSmallIntegerField("截止年")
    state = models.CharField("状态", max_length=8, choices=State, default=State.IN_FORCE)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(own_sql=f"region_id IN {REGIONS_ABOVE}")

    class Meta:
        db_table = "objectives_plan"
        constraints = [models.UniqueConstraint(fields=["region", "name"], name="plan_once_per_region")]

    def __str__(self) -> str:
        return self.name


class Objective(models.Model):
    """One objective of a plan: its number in the text, what it wants, and the indicator when there is one."""

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(PlanDocument, on_delete=models.PROTECT, related_name="objectives")
    number = models.CharField("编号", max_length=20)
    text = models.CharField("目标", max_length=300)
    sector = models.CharField("行业归口", max_length=40, blank=True)
    indicator = models.CharField("指标", max_length=80, blank=True)
    unit = models.CharField("单位", max_length=20, blank=True)
    baseline = models.DecimalField("现状值", max_digits=18, decimal_places=4, null=True)
    target = models.DecimalField("目标值", max_digits=18, decimal_places=4, null=True)
    ended_on = models.DateField(null=True)
    rev = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "objectives_objective"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], condition=models.Q(ended_on__isnull=True), name="objective_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text}"


class Link(models.Model):
    """A project answers an objective, from a day; ending it keeps the row and the reason."""

    id = models.BigAutoField(primary_key=True)
    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="links")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="objective_links")
    contribution = models.CharField("如何支撑", max_length=300)
    amount = models.DecimalField("贡献量", max_digits=18, decimal_places=4, null=True)  # in the objective's own unit
    linked_on = models.DateField()
    linked_by = models.CharField(max_length=60)
    ended_on = models.DateField(null=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    row_policy = RowPolicy(through=("project",))

    class Meta:
        db_table = "objectives_link"
        constraints = [
            models.UniqueConstraint(
                fields=["objective", "project"], condition=models.Q(ended_on__isnull=True), name="link_once"
            )
        ]
        indexes = [models.Index(fields=["project"], name="objective_link_project")]
