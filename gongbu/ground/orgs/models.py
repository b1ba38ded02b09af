"""Regions, units, posts, people and grants: who works where and may do what.

A region (区划) has its own id and an order key; a subtree is the half-open range ``key_lo`` ≤ key < ``key_hi``, so
that "this county and its townships" is one range condition. Codes are dated and may change; keys never do.
"""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Region(models.Model):
    """An administrative region (行政区划), a development zone (开发区), or the nation (level NATION, key 0)."""

    class Level(models.TextChoices):
        NATION = "NATION", "国家"
        PROVINCE = "PROVINCE", "省级"
        CITY = "CITY", "市级"
        COUNTY = "COUNTY", "县级"
        TOWNSHIP = "TOWNSHIP", "乡级"

    class Kind(models.TextChoices):
        ADMINISTRATIVE = "ADMINISTRATIVE", "行政区"
        DEVELOPMENT_ZONE = "DEVELOPMENT_ZONE", "开发区"
        LIBRARY = "LIBRARY", "样本库"

    id = models.BigAutoField(primary_key=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField("名称", max_length=60)
    level = models.CharField("层级", max_length=10, choices=Level)
    kind = models.CharField("类别", max_length=20, choices=Kind, default=Kind.ADMINISTRATIVE)
    key_lo = models.BigIntegerField(unique=True)
    key_hi = models.BigIntegerField()
    sort_pinyin = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        db_table = "orgs_region"
        ordering: ClassVar[list[str]] = ["key_lo"]
        indexes = [models.Index(fields=["parent", "key_lo"], name="region_children")]

    def __str__(self) -> str:
        return self.name

    def contains(self, key: int) -> bool:
        """Return whether the region with order key ``key`` is this region or lies inside it."""
        return self.key_lo <= key < self.key_hi


class RegionCode(models.Model):
    """A dated code of a region: GB/T 2260 six digits, nine-digit townships, statistical zone codes."""

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="codes")
    code = models.CharField("代码", max_length=12)
    edition = models.CharField("版本", max_length=40)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "orgs_region_code"
        indexes = [models.Index(fields=["code"], name="region_code")]
        constraints = [models.UniqueConstraint(fields=["region", "code", "edition"], name="region_code_once")]


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
    sort_pinyin = models.CharField(max_length=240, blank=True)

    class Meta:
        db_table = "orgs_unit"

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Finds people by login name."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(login_name=username)


class Person(AbstractBaseUser):
    """A person who can sign in. Nobody is a superuser: what a person may do comes from posts and grants alone."""

    id = models.BigAutoField(primary_key=True)
    login_name = models.CharField("登录名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机", max_length=20, blank=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="people")
    is_active = models.BooleanField("启用", default=True)
    password_set_at = models.DateTimeField(null=True)
    oidc_subject = models.CharField(max_length=200, null=True, blank=True, unique=True)
    is_demo = models.BooleanField(default=False)

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

    class Meta:
        db_table = "orgs_post"
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="post_once_per_unit")]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """任职: a person holds a post from a day to (not including) a day."""

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holdings")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "orgs_holding"
        indexes = [models.Index(fields=["person", "valid_to"], name="holding_by_person")]


class Grant(models.Model):
    """A role over a region range, given to a post or a person, optionally within one sector, from a day to a day."""

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="grants")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField("角色", max_length=40)
    region = models.ForeignKey(Region, on_delete=models.PROTECT)
    sector = models.CharField("行业", max_length=40, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "orgs_grant"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(post__isnull=False, person__isnull=True)
                | models.Q(post__isnull=True, person__isnull=False),
                name="grant_to_post_or_person",
            )
        ]
