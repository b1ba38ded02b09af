"""Units, people, posts, holdings and grants."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models.regions import Region


class Unit(models.Model):
    """A unit (单位): government department, township, owner, firm or institution."""

    class Kind(models.TextChoices):
        GOVERNMENT = "GOVERNMENT", "机关"
        PUBLIC_INSTITUTION = "PUBLIC_INSTITUTION", "事业单位"
        STATE_OWNED = "STATE_OWNED", "国有企业"
        ENTERPRISE = "ENTERPRISE", "企业"
        THIRD_PARTY = "THIRD_PARTY", "第三方机构"
        OTHER = "OTHER", "其他"

    class Status(models.TextChoices):
        PENDING = "PENDING", "待审核"
        ACTIVE = "ACTIVE", "正常"
        CLOSED = "CLOSED", "停用"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField("名称", max_length=120)
    short_name = models.CharField("简称", max_length=40, blank=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, null=True, blank=True, unique=True)
    kind = models.CharField("类别", max_length=20, choices=Kind)
    sector = models.CharField("行业归口", max_length=40, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="units")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.ACTIVE)
    former_names = models.JSONField("曾用名", default=list)
    closed_on = models.DateField("停用日期", null=True)
    sort_pinyin = models.CharField(max_length=240, blank=True)

    objects = ScopedManager(
        region_field="region__key_lo", sector_field="sector", is_directory=True, unit_fields=("id",)
    )

    class Meta:
        db_table = "orgs_unit"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["region", "name"], name="unit_by_region"),
            models.Index(fields=["name"], name="unit_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Finds people by login name."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(login_name=username)


class Person(AbstractBaseUser):
    """A person who can sign in. Nobody is a superuser: what a person may do comes from posts and grants alone.

    ``session_epoch`` rises to end every session at once; ``rights_version`` rises when posts or grants change, so
    that sessions read them again. Phone and the like stay here and never enter the ledger.
    """

    id = models.BigAutoField(primary_key=True)
    login_name = models.CharField("登录名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机", max_length=20, blank=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="people")
    is_active = models.BooleanField("启用", default=True)
    password_set_at = models.DateTimeField("密码设置时间", null=True)
    must_change_password = models.BooleanField("须改密码", default=True)
    session_epoch = models.PositiveIntegerField(default=0)
    rights_version = models.PositiveIntegerField(default=0)
    oidc_subject = models.CharField("统一身份标识", max_length=200, null=True, blank=True, unique=True)
    is_demo = models.BooleanField(default=False)
    sort_pinyin = models.CharField(max_length=120, blank=True)

    objects = PersonManager()
    USERNAME_FIELD = "login_name"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        db_table = "orgs_person"

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return the person's name, as Django's libraries expect it."""
        return self.name


class Post(models.Model):
    """A post (岗位) of a unit. Duties hang on posts, so a successor inherits the open tasks."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    name = models.CharField("岗位", max_length=60)
    closed_on = models.DateField("撤销日期", null=True)

    class Meta:
        db_table = "orgs_post"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["unit", "name"], name="post_once_per_unit")
        ]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """任职: a person holds a post, or acts for its holder (委托), from a day to (not including) a day."""

    class Kind(models.TextChoices):
        HOLDS = "HOLDS", "任职"
        ACTS_FOR = "ACTS_FOR", "受托代行"

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holdings")
    kind = models.CharField("方式", max_length=10, choices=Kind, default=Kind.HOLDS)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    reason = models.CharField("事由", max_length=200, blank=True)

    class Meta:
        db_table = "orgs_holding"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "valid_to"], name="holding_by_person"),
            models.Index(fields=["post", "valid_to"], name="holding_by_post"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="holding_period_in_order",
            )
        ]


class Grant(models.Model):
    """A role over a region range, given to a post or a person, optionally within one sector, from a day to a day."""

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="grants")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField("角色", max_length=40)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    sector = models.CharField("行业", max_length=40, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = ScopedManager(region_field="region__key_lo")

    class Meta:
        db_table = "orgs_grant"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(post__isnull=False, person__isnull=True)
                | models.Q(post__isnull=True, person__isnull=False),
                name="grant_to_post_or_person",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="grant_period_in_order",
            ),
        ]
