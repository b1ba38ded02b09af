"""Investment leads with the matters done for them, idle assets, and lists of projects offered to private capital."""

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Post, Region, Unit
from gongbu.mainline.projects.models import Project

LEAD, ASSET, OFFER = "investment_lead", "idle_asset", "capital_offer"
"""Subject kinds of this room in the book."""


class Lead(models.Model):
    """招商项目: an investor's project on its way to the county, with the post that does the errands (帮办代办)."""

    class State(models.TextChoices):
        TALKING = "TALKING", "在谈"
        SIGNED = "SIGNED", "签约"
        LANDED = "LANDED", "落地"
        ENDED = "ENDED", "终止"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    name = models.CharField("项目名称", max_length=160)
    investor = models.CharField("投资方", max_length=120)
    industry = models.CharField("产业方向", max_length=60, blank=True)
    intended_fen = models.BigIntegerField("意向投资", null=True)
    needs = models.TextField("用地、厂房、能耗等需求", blank=True)
    source = models.CharField("来源", max_length=120, blank=True)
    agent_post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", verbose_name="代办岗位")
    state = models.CharField("状态", max_length=8, choices=State, default=State.TALKING)
    talking_since_on = models.DateField("洽谈日期")
    signed_on = models.DateField("签约日期", null=True)
    landed_on = models.DateField("落地日期", null=True)
    unsigned_reason = models.CharField("未签约落地的原因", max_length=300, blank=True)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="investment_leads")
    ended_reason = models.CharField(max_length=300, blank=True)
    errand_count = models.PositiveIntegerField("代办事项", default=0)
    open_count = models.PositiveIntegerField("未办结", default=0)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "promotion_lead"
        indexes = [models.Index(fields=["region_key", "state", "-id"], name="lead_region")]

    def __str__(self) -> str:
        return self.name


class Errand(models.Model):
    """代办事项: one matter done for the investor, with the office that decides it and the day promised."""

    id = models.BigAutoField(primary_key=True)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="errands")
    title = models.CharField("事项", max_length=120)
    office = models.CharField("办理部门", max_length=80)
    due_on = models.DateField("承诺办结日", null=True)
    opened_on = models.DateField()
    done_on = models.DateField("办结日期", null=True)
    result = models.CharField("结果", max_length=300, blank=True)

    class Meta:
        db_table = "promotion_errand"
        indexes = [models.Index(fields=["lead", "done_on"], name="errand_lead")]


class IdleAsset(models.Model):
    """闲置资产: a stopped works, empty building or unused land, until somebody puts it to use again."""

    class Kind(models.TextChoices):
        PLANT = "PLANT", "厂房"
        BUILDING = "BUILDING", "房屋"
        LAND = "LAND", "土地"
        EQUIPMENT = "EQUIPMENT", "设备"
        OTHER = "OTHER", "其他"

    class State(models.TextChoices):
        IDLE = "IDLE", "闲置"
        MATCHING = "MATCHING", "对接中"
        REVIVED = "REVIVED", "已盘活"
        REMOVED = "REMOVED", "已销账"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    name = models.CharField("资产名称", max_length=160)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    owner_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    owner_name = models.CharField("权属单位", max_length=120)
    location = models.CharField("坐落", max_length=200)
    land_area_mu = models.DecimalField("土地面积（亩）", max_digits=14, decimal_places=2, null=True)
    floor_area_sqm = models.DecimalField("建筑面积（平方米）", max_digits=14, decimal_places=2, null=True)
    book_value_fen = models.BigIntegerField("账面价值", null=True)
    idle_since_on = models.DateField("闲置起始")
    cause = models.CharField("闲置原因", max_length=300, blank=True)
    terms = models.CharField("盘活条件", max_length=300, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.IDLE)
    matched_with = models.CharField("对接对象", max_length=160, blank=True)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="revived_assets")
    revived_on = models.DateField("盘活日期", null=True)
    outcome = models.CharField("盘活方式", max_length=300, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "promotion_asset"
        indexes = [models.Index(fields=["region_key", "state", "-id"], name="asset_region")]

    def __str__(self) -> str:
        return self.name


class CapitalOffer(models.Model):
    """民间资本推介: a list of projects in which private capital may take part, open to everybody once published.

    ``items`` is written when the list is published: what was offered then stays readable, whatever becomes of a project.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "拟稿"
        PUBLISHED = "PUBLISHED", "已推介"
        WITHDRAWN = "WITHDRAWN", "已撤下"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    title = models.CharField("标题", max_length=160)
    contact = models.CharField("联系方式", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    published_on = models.DateField("推介日期", null=True)
    items = models.JSONField(default=list)
    project_count = models.PositiveIntegerField("项目", default=0)
    total_fen = models.BigIntegerField("总投资", null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "promotion_offer"
        indexes = [
            models.Index(fields=["region_key", "-id"], name="offer_region"),
            models.Index(fields=["state", "-published_on"], name="offer_public"),
        ]

    def __str__(self) -> str:
        return self.title


class OfferedProject(models.Model):
    """A project on a list: how private capital may take part, and how much is wanted."""

    id = models.BigAutoField(primary_key=True)
    offer = models.ForeignKey(CapitalOffer, on_delete=models.PROTECT, related_name="offered")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    mode = models.CharField("参与方式", max_length=120)
    wanted_fen = models.BigIntegerField("拟引入民间投资", null=True)

    class Meta:
        db_table = "promotion_offered"
        constraints = [models.UniqueConstraint(fields=["offer", "project"], name="offered_once")]
