"""Projects and what hangs on them. The key is internal; 项目代码 is attached by a dated act.

``region_key`` repeats the order key of the competent region, so that rights and lists are one range condition.
Amounts are whole 分; a published text such as 8.2亿元 keeps its raw form and its precision beside the figure.
"""

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.orgs.row_security import RowPolicy
from gongbu.mainline.projects import choices

_LIVE = models.Q(is_live=True)
_PART = RowPolicy(through=("project",))
_TESTED = ("region_key", "stage", "grade", "funding_nature", "is_live")


class Project(models.Model):
    """One project, package or sub-project (一项目一档). Every change is an act; ``rev`` counts them."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField("项目名称", max_length=200)
    sort_pinyin = models.CharField(max_length=240, blank=True)
    kind = models.CharField("类型", max_length=12, choices=choices.Kind, default=choices.Kind.PROJECT)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children", db_index=False)
    funding_nature = models.CharField("资金性质", max_length=12, choices=choices.FundingNature)
    competent_region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="projects")
    region_key = models.BigIntegerField()
    owner_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="owned_projects")
    owner_name = models.CharField("建设单位", max_length=120, blank=True)
    sector = models.CharField("行业归口", max_length=40, blank=True)
    industry_code = models.CharField("国民经济行业", max_length=5, blank=True)
    works_type = models.CharField("工程类别", max_length=20, choices=choices.WorksType, blank=True)
    construction_nature = models.CharField("建设性质", max_length=12, choices=choices.ConstructionNature, blank=True)
    initiation_nature = models.CharField("立项属性", max_length=20, choices=choices.InitiationNature, blank=True)
    is_city_strategic = models.BooleanField("列入市级重大战略", null=True)  # None: 未报
    stage = models.CharField("阶段", max_length=12, choices=choices.Stage)
    early_stage = models.CharField("前期阶段", max_length=12, choices=choices.EarlyStage, blank=True)
    stage_since_on = models.DateField("进入本阶段日期", null=True)
    content = models.TextField("建设内容", blank=True)
    location = models.CharField("建设地点", max_length=300, blank=True)
    total_investment_fen = models.BigIntegerField("总投资", null=True)
    total_investment_text = models.CharField("总投资原文", max_length=60, blank=True)
    total_investment_precision_fen = models.BigIntegerField("总投资精度", null=True)
    funding_text = models.CharField("资金来源", max_length=300, blank=True)
    period_text = models.CharField("建设工期原文", max_length=120, blank=True)
    planned_start_on = models.DateField("计划开工", null=True)
    planned_start_precision = models.CharField(max_length=5, choices=choices.Precision, blank=True)
    planned_finish_on = models.DateField("计划竣工", null=True)
    planned_finish_precision = models.CharField(max_length=5, choices=choices.Precision, blank=True)
    code_text = models.CharField("来源所载代码", max_length=60, blank=True)  # masked or faulty, as published
    origin = models.CharField("来源方式", max_length=12, choices=choices.Origin)
    source = models.CharField("来源", max_length=300, blank=True)
    source_url = models.CharField("来源链接", max_length=600, blank=True)
    batch_id = models.BigIntegerField("导入批次", null=True)
    state = models.CharField("档案状态", max_length=10, choices=choices.State, default=choices.State.ACTIVE)
    created_on = models.DateField("入档日期")
    last_act_at = models.DateTimeField()
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(sector_field="sector", project_field="id", unit_fields=("owner_unit",))

    class Meta:
        db_table = "projects_project"
        indexes = [
            models.Index(fields=["region_key", "id"], name="project_region"),
            models.Index(fields=["name"], name="project_name"),
            models.Index(fields=["parent"], name="project_parent", condition=models.Q(parent__isnull=False)),
            models.Index(fields=["owner_unit"], name="project_owner"),
            models.Index(fields=["batch_id"], name="project_batch", condition=models.Q(batch_id__isnull=False)),
            models.Index(fields=["created_on"], name="project_created"),
            models.Index(fields=["stage_since_on", "stage"], name="project_stage_since"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="SUBPROJECT", parent__isnull=False) | ~models.Q(kind="SUBPROJECT"),
                name="subproject_has_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(total_investment_fen__isnull=True) | models.Q(total_investment_fen__gte=0),
                name="total_investment_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OpenBatch(models.Model):
    """An import that has not been published: its projects from ``first_project_id`` on are seen by nobody.

    Publishing removes this one row, so that ten thousand projects appear at once and nobody waits for it.
    """

    batch_id = models.BigIntegerField(primary_key=True)
    first_project_id = models.BigIntegerField()

    class Meta:
        db_table = "projects_open_batch"


class ProjectCodes(models.QuerySet["ProjectCode"]):
    """Codes of projects; the one place that says which code is the present one."""

    def current(self) -> "ProjectCodes":
        """Return the codes that nothing has replaced: at most one of each project, whatever the days say."""
        return self.filter(replaced_on=None)

    def current_first(self) -> "ProjectCodes":
        """Order codes of a project: the present one, then the replaced ones, the last attached first."""
        return self.order_by(models.F("replaced_on").desc(nulls_first=True), "-attached_on", "-pk")


class ProjectCode(models.Model):
    """A project code attached from a day; re-approval (重新审批) replaces it and both stay readable."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField("项目代码", max_length=32)
    form = models.CharField("版本", max_length=4, choices=choices.CodeForm)
    attached_on = models.DateField("赋码日期")
    replaced_on = models.DateField(null=True)
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaces")
    reason = models.CharField("事由", max_length=200, blank=True)

    objects = ProjectCodes.as_manager()
    row_policy = _PART

    class Meta:
        db_table = "projects_code"
        indexes = [models.Index(fields=["code"], name="project_code_code")]
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=models.Q(replaced_on__isnull=True), name="one_current_code_per_project"
            ),
            models.UniqueConstraint(fields=["project", "code", "attached_on"], name="code_attached_once_a_day"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_current(self) -> bool:
        """Whether nothing has replaced it."""
        return self.replaced_on is None


class ProjectSite(models.Model):
    """A region the works stand in besides the competent one; its officers may read the project."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="sites")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="site_projects")
    region_key = models.BigIntegerField()

    row_policy = RowPolicy(through=("project",), region_field="region_key")

    class Meta:
        db_table = "projects_site"
        indexes = [models.Index(fields=["region_key", "project"], name="site_region")]
        constraints = [models.UniqueConstraint(fields=["project", "region"], name="site_once")]


class AnnualInvestment(models.Model):
    """Planned and completed investment of one calendar year (年度计划投资、年度完成投资)."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annual_investments")
    year = models.PositiveSmallIntegerField("年度")
    planned_fen = models.BigIntegerField("计划投资", null=True)
    completed_fen = models.BigIntegerField("完成投资", null=True)
    is_opening_balance = models.BooleanField("期初数", default=False)

    row_policy = _PART

    class Meta:
        db_table = "projects_annual_investment"
        constraints = [models.UniqueConstraint(fields=["project", "year"], name="annual_investment_once")]


class Works(models.Model):
    """单项工程 or 单位工程 of a project, with its 工程代码; carries permits, contracts and acceptance later."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="works")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    level = models.CharField("层级", max_length=6, choices=choices.WorksLevel)
    name = models.CharField("工程名称", max_length=200)
    works_code = models.CharField("工程代码", max_length=40, blank=True)
    scale = models.CharField("规模", max_length=200, blank=True)
    investment_fen = models.BigIntegerField("投资", null=True)

    row_policy = _PART

    class Meta:
        db_table = "projects_works"
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="works_name_once")]

    def __str__(self) -> str:
        return self.name


class Section(models.Model):
    """标段 of a project; may cover several works."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="sections")
    number = models.CharField("标段号", max_length=40)
    name = models.CharField("标段名称", max_length=200)
    works = models.ManyToManyField(Works, related_name="sections", db_table="projects_section_works")

    row_policy = _PART

    class Meta:
        db_table = "projects_section"
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="section_number_once")]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A unit on a project in a role, from a day to a day. Outside parties see exactly these projects (CM-10)."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="members")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField("身份", max_length=12, choices=choices.MemberRole)
    section = models.ForeignKey(Section, null=True, on_delete=models.PROTECT, related_name="members")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    row_policy = RowPolicy(through=("project",), unit_fields=("unit",))

    class Meta:
        db_table = "projects_member"
        indexes = [models.Index(fields=["unit", "valid_to", "project"], name="member_by_unit")]


class Lineage(models.Model):
    """Where a project came from and went: split into, or merged into, with the amount carried over."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=6, choices=[("SPLIT", "拆分"), ("MERGE", "合并")])
    from_project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="went_to")
    to_project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="came_from")
    amount_fen = models.BigIntegerField(null=True)
    occurred_on = models.DateField()
    reason = models.CharField(max_length=200, blank=True)

    row_policy = RowPolicy(through=("from_project", "to_project"))

    class Meta:
        db_table = "projects_lineage"


class TakeOver(models.Model):
    """历史接入 (GO-20): how a live project came in: stage, day, papers as listed, opening balances. Never erased."""

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.PROTECT, related_name="take_over")
    entered_on = models.DateField("接入日期")
    entered_stage = models.CharField(max_length=12, choices=choices.Stage)
    papers = models.JSONField("已有批文", default=list)
    contracted_fen = models.BigIntegerField("期初合同额", null=True)
    completed_fen = models.BigIntegerField("期初累计完成投资", null=True)
    paid_fen = models.BigIntegerField("期初累计支付", null=True)
    note = models.TextField(blank=True)

    row_policy = _PART

    class Meta:
        db_table = "projects_take_over"


class Classification(models.Model):
    """The present answer of one policy table about a project (for a catalogue: of one year), with its decision.

    ``fingerprint`` covers value, row, facts and record, so that an unchanged answer is not decided again.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="classifications")
    judgement = models.CharField(max_length=12, choices=choices.Judgement)
    table_key = models.CharField(max_length=120)
    year = models.PositiveSmallIntegerField(default=0)  # 0: not bound to a year
    question = models.CharField(max_length=120)
    value = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    decision_id = models.BigIntegerField()  # policy.PolicyDecision
    fingerprint = models.CharField(max_length=64)
    decided_on = models.DateField()

    row_policy = _PART

    class Meta:
        db_table = "projects_classification"
        constraints = [models.UniqueConstraint(fields=["project", "table_key", "year"], name="classification_once")]


class ProjectStatus(models.Model):
    """One flat row per project for lists, cockpit and map; refreshed by acts, rebuildable from the other tables.

    ``is_leaf``: no live children; totals sum leaves only, so money is counted once.
    ``search`` holds name, codes and owner in one folded text. ``sort_key`` orders by 拼音.
    """

    # The project's id, always given. An auto field all the same: in SQLite only that is the row's own address, which
    # every index then holds for nothing.
    id = models.BigAutoField(primary_key=True)
    region_key = models.BigIntegerField()
    region_name = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    code = models.CharField(max_length=32, blank=True)
    owner_name = models.CharField(max_length=120, blank=True)
    owner_unit_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=12)
    parent_id = models.BigIntegerField(null=True)
    is_leaf = models.BooleanField(default=True)
    is_live = models.BooleanField(default=True)
    state = models.CharField(max_length=10)
    stage = models.CharField(max_length=12)
    stage_order = models.PositiveSmallIntegerField()
    early_stage = models.CharField(max_length=12, blank=True)
    funding_nature = models.CharField(max_length=12)
    sector = models.CharField(max_length=40, blank=True)
    works_type = models.CharField(max_length=20, blank=True)
    grade = models.CharField(max_length=60, blank=True)
    grade_label = models.CharField(max_length=120, blank=True)
    initiation_class = models.CharField(max_length=60, blank=True)
    initiation_label = models.CharField(max_length=120, blank=True)
    catalogue_year = models.PositiveSmallIntegerField(null=True)
    total_investment_fen = models.BigIntegerField(null=True)
    total_investment_precision_fen = models.BigIntegerField(null=True)
    year = models.PositiveSmallIntegerField(null=True)
    year_planned_fen = models.BigIntegerField(null=True)
    year_completed_fen = models.BigIntegerField(null=True)
    completed_fen = models.BigIntegerField(null=True)
    planned_start_on = models.DateField(null=True)
    planned_start_precision = models.CharField(max_length=5, null=True)
    planned_finish_on = models.DateField(null=True)
    planned_finish_precision = models.CharField(max_length=5, null=True)
    origin = models.CharField(max_length=12)
    batch_id = models.BigIntegerField(null=True)
    sort_key = models.CharField(max_length=240)
    search = models.CharField(max_length=400)
    last_act_at = models.DateTimeField()
    rev = models.PositiveIntegerField()

    objects = ScopedManager(sector_field="sector", project_field="id", unit_fields=("owner_unit_id",))

    class Meta:
        db_table = "projects_status"
        indexes = [
            models.Index(fields=["region_key", "stage"], name="status_region_stage"),
            # Counts and sums out of the index alone, which lies in the order in which the totals are grouped. ``is_live``
            # stands in it because SQLite reads the row for a column of the condition that the index does not hold.
            models.Index(
                fields=[
                    "stage",
                    "grade",
                    "funding_nature",
                    "year",
                    "region_key",
                    "is_live",
                    "is_leaf",
                    "total_investment_fen",
                    "year_planned_fen",
                    "year_completed_fen",
                    "id",
                ],
                name="status_money",
                condition=_LIVE,
            ),
            models.Index(
                fields=["stage", "region_key", "search", "is_live", "id"], name="status_text", condition=_LIVE
            ),
            # Walked in their order until a page is full; the filters that people set are tested in the index.
            models.Index(fields=["last_act_at", "id", *_TESTED], name="status_by_act", condition=_LIVE),
            models.Index(fields=["total_investment_fen", "id", *_TESTED], name="status_by_total", condition=_LIVE),
            models.Index(fields=["sort_key", "id", *_TESTED], name="status_by_pinyin", condition=_LIVE),
            models.Index(fields=["code"], name="status_code"),
            models.Index(fields=["owner_unit_id"], name="status_owner_unit"),
        ]
