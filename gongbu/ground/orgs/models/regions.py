"""Regions and their dated codes.

A region (区划) has its own id and an order key; a subtree is the half-open range ``key_lo`` ≤ key < ``key_hi``, so
that "this county and its townships" is one range condition. Codes are dated and may change; keys never do.
"""

from typing import ClassVar

from django.db import models


class Region(models.Model):
    """An administrative region (行政区划), a development zone (开发区), or the nation (level NATION, key 0).

    ``valid_to`` of an abolished region is the latest day on which it may still have existed; ``successor`` is the
    region that took over, if one did. Use ``regions.current(region)`` to follow successors.
    """

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
    successor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="predecessors")
    name = models.CharField("名称", max_length=60)
    level = models.CharField("层级", max_length=10, choices=Level)
    kind = models.CharField("类别", max_length=20, choices=Kind, default=Kind.ADMINISTRATIVE)
    key_lo = models.BigIntegerField(unique=True)
    key_hi = models.BigIntegerField()
    sort_pinyin = models.CharField(max_length=240, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        db_table = "orgs_region"
        ordering: ClassVar[list[str]] = ["key_lo"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["parent", "key_lo"], name="region_children"),
            models.Index(fields=["name"], name="region_name"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(key_lo__lt=models.F("key_hi")), name="region_range_not_empty")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> int:
        """The region's own order key (the low end of its subtree range)."""
        return self.key_lo

    def contains(self, key: int) -> bool:
        """Return whether the region with order key ``key`` is this region or lies inside it."""
        return self.key_lo <= key < self.key_hi


class RegionCode(models.Model):
    """A dated code of a region: GB/T 2260 six digits, nine-digit townships, statistical zone codes.

    ``edition`` and ``last_edition`` are the first and last editions that list the code, ``name`` what it was called
    in the last of them. Unless ``is_exact``, the days come from the editions and are the widest possible:
    ``valid_from`` is the earliest and ``valid_to`` the latest day on which the change may have happened.
    """

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="codes")
    code = models.CharField("代码", max_length=12)
    name = models.CharField("当时名称", max_length=60)
    edition = models.CharField("版本", max_length=40)
    last_edition = models.CharField("最近版本", max_length=40)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    is_exact = models.BooleanField(default=False)

    class Meta:
        db_table = "orgs_region_code"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["code"], name="region_code"),
            models.Index(fields=["name"], name="region_code_name"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region", "code"], name="region_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ReferenceLoad(models.Model):
    """Which reference data are loaded, by digest of their files, so that loading again costs one query."""

    name = models.CharField(primary_key=True, max_length=40)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        db_table = "orgs_reference_load"
