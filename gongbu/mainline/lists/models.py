"""A list of projects for a year, and its items. What an issued list says is written into its items and stays.

``rank`` and ``score`` of an item are those of the ranking that the list follows (择优排名), empty when it has none.
A line has a revision of its own: it counts how often 责任单位 and 年度计划 were filled in, so that two people may fill
two lines of one list. ``void_…`` of a list is the paper that issued it last and was voided since.
"""

from django.db import models

from gongbu.ground.orgs.managers import REGIONS_ABOVE, ScopedManager, ScopedQuerySet
from gongbu.ground.orgs.models import Region
from gongbu.mainline.projects.models import Project

LIST = "project_list"
"""Subject kind of this room in the book, in meetings, notices and papers."""


class ProjectList(models.Model):
    """One list: a kind of the packs, a county, a year. ``kind_label`` is the kind's name in the pack of its day."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "拟稿"
        IN_MEETING = "IN_MEETING", "提请会商"
        SETTLED = "SETTLED", "已定稿"
        ON_NOTICE = "ON_NOTICE", "公示中"
        NOTICED = "NOTICED", "公示期满"
        ISSUED = "ISSUED", "已印发"
        WITHDRAWN = "WITHDRAWN", "已作废"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    kind = models.CharField("种类", max_length=24)
    kind_label = models.CharField("清单", max_length=60)
    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("名称", max_length=120)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    needs_notice = models.BooleanField(default=False)
    notice_basis = models.JSONField(default=dict)
    drafted_on = models.DateField("拟稿日期")
    item_count = models.PositiveIntegerField("项目", default=0)
    total_fen = models.BigIntegerField("总投资", null=True)
    meeting_id = models.BigIntegerField(null=True)
    meeting_title = models.CharField(max_length=160, blank=True)
    meeting_on = models.DateField(null=True)
    settled_text = models.CharField("议定意见", max_length=500, blank=True)
    settled_on = models.DateField("定稿日期", null=True)
    notice_id = models.BigIntegerField(null=True)
    notice_from = models.DateField(null=True)
    notice_to = models.DateField(null=True)
    paper_id = models.BigIntegerField(null=True)
    doc_no = models.CharField("文号", max_length=60, blank=True)
    issued_on = models.DateField("印发日期", null=True)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    void_paper_id = models.BigIntegerField(null=True)
    void_doc_no = models.CharField(max_length=60, blank=True)
    void_reason = models.CharField(max_length=300, blank=True)
    void_on = models.DateField(null=True)
    ranking_id = models.BigIntegerField(null=True)  # the settled round of selection that this list follows
    ranking_name = models.CharField("择优排名", max_length=80, blank=True)
    ranking_digest = models.CharField(max_length=64, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(own_sql=f"region_id IN {REGIONS_ABOVE}")

    class Meta:
        db_table = "lists_list"
        indexes = [models.Index(fields=["region_key", "-year", "kind"], name="list_region")]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "kind", "year"], condition=~models.Q(state="WITHDRAWN"), name="list_once_a_year"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def lines(self) -> "ScopedQuerySet[ListItem]":
        """Its items, on and off; whoever holds the list was let to it."""
        return ListItem.objects.unscoped("lines of a list in hand").filter(list=self)


class ListItem(models.Model):
    """A project on a list, or one that was taken off it with the reason. ``decision_id``: the stored nomination."""

    class Origin(models.TextChoices):
        CRITERIA = "CRITERIA", "按条件提名"
        ADDED = "ADDED", "选入"
        RANKED = "RANKED", "择优入选"

    class State(models.TextChoices):
        ON = "ON", "列入"
        OFF = "OFF", "移出"

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(ProjectList, on_delete=models.PROTECT, related_name="items")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="list_items")
    region_key = models.BigIntegerField()
    position = models.PositiveIntegerField("序号")
    origin = models.CharField("来源", max_length=8, choices=Origin)
    state = models.CharField("状态", max_length=3, choices=State, default=State.ON)
    name = models.CharField("项目名称", max_length=200)
    region_name = models.CharField("区划", max_length=60)
    owner_name = models.CharField("项目单位", max_length=120, blank=True)
    content = models.CharField("建设内容及规模", max_length=400, blank=True)
    stage = models.CharField("阶段", max_length=12)
    total_fen = models.BigIntegerField("总投资", null=True)
    year_fen = models.BigIntegerField("年度计划投资", null=True)
    duty_unit = models.CharField("责任单位", max_length=120, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    rule = models.CharField(max_length=300, blank=True)  # how the criteria came to nominate it, in words
    decision_id = models.BigIntegerField(null=True)
    candidate_id = models.BigIntegerField(null=True)
    rank = models.PositiveIntegerField("择优排名", null=True)
    score = models.DecimalField("择优得分", max_digits=9, decimal_places=4, null=True)
    filled_by = models.CharField(max_length=40, blank=True)
    filled_at = models.DateTimeField(null=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(own_sql="list_id IN (SELECT up.id FROM lists_list up)")

    class Meta:
        db_table = "lists_item"
        constraints = [models.UniqueConstraint(fields=["list", "project"], name="list_item_once")]
        indexes = [models.Index(fields=["project", "state"], name="list_item_project")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_typed(self) -> bool:
        """Whether somebody filled in its responsible unit or plan, so that a new nomination may not overwrite it."""
        return self.rev > 1 or bool(self.duty_unit)
