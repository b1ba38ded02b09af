"""Tables of likeness: the index of names, reports and their fingerprints, and the pairs that people are asked about.

The index (names, grams) follows the acts on projects and can be made anew at any time; pairs hold what people said.
``region_key`` repeats the order key of a project's competent region.
"""

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.mainline.likeness.choices import FoundRelation, PairState, ReportState, ReportVerdict, Verdict
from gongbu.mainline.projects.models import Project


class IndexedName(models.Model):
    """A name by which a live project is found: its present one, and those it had before (曾用名).

    ``keys`` are the keys of this row in the gram table, eight bytes each, ascending.
    """

    id = models.BigAutoField(primary_key=True)
    project_id = models.BigIntegerField()
    text = models.CharField(max_length=200)
    is_current = models.BooleanField()
    region_key = models.BigIntegerField()
    version = models.PositiveSmallIntegerField()
    keys = models.BinaryField()

    objects = ScopedManager(project_field="project_id")

    class Meta:
        db_table = "likeness_name"
        # The same columns find the names of a project.
        constraints = [models.UniqueConstraint(fields=["project_id", "text", "is_current"], name="likeness_name_once")]


class Gram(models.Model):
    """One key of one name: two neighbouring characters, or a mark of the content. Clustered by key, then region."""

    pk = models.CompositePrimaryKey("gram", "region_key", "name_id")
    gram = models.BigIntegerField()
    region_key = models.BigIntegerField()
    name_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        db_table = "likeness_gram"


class Outdated(models.Model):
    """A project whose names are to be looked at again; ``marked_at`` tells a newer mark from the one being worked on."""

    project_id = models.BigIntegerField(primary_key=True)
    marked_at = models.DateTimeField()

    class Meta:
        db_table = "likeness_outdated"
        indexes = [models.Index(fields=["marked_at"], name="likeness_outdated_age")]


class Pair(models.Model):
    """Two projects that are alike, ``a`` the earlier file. What the rules found, and what a person said of it."""

    id = models.BigAutoField(primary_key=True)
    a = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    b = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()  # of b, the later file
    a_region_key = models.BigIntegerField()
    score = models.DecimalField("相似度", max_digits=5, decimal_places=4)
    relation = models.CharField("判断", max_length=14, choices=FoundRelation)
    evidence = models.JSONField(default=list)
    found_on = models.DateField("发现日期")
    state = models.CharField("状态", max_length=8, choices=PairState, default=PairState.OPEN)
    verdict = models.CharField("认定", max_length=14, choices=Verdict, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    decided_on = models.DateField(null=True)
    decided_by = models.CharField("认定人", max_length=40, blank=True)
    decided_unit = models.CharField(max_length=120, blank=True)
    entry_id = models.BigIntegerField(null=True)
    receipt = models.CharField(max_length=12, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(project_field="b")

    class Meta:
        db_table = "likeness_pair"
        indexes = [models.Index(fields=["state", "relation", "region_key"], name="likeness_pair_state")]
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="likeness_pair_once"),
            models.CheckConstraint(condition=models.Q(a__lt=models.F("b")), name="likeness_pair_ordered"),
        ]

    def other(self, project_id: int) -> int:
        """The id of the other project of the pair."""
        return self.b_id if project_id == self.a_id else self.a_id


class Report(models.Model):
    """A report of a project (可研、建议书、实施方案 …) as far as it has been read: its fingerprints, never its words.

    ``sha256`` is the content that was read; ``prints`` are its rows in the table of fingerprints, eight bytes each.
    """

    id = models.BigAutoField(primary_key=True)
    document_id = models.BigIntegerField(unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=ReportState, default=ReportState.WAITING)
    sha256 = models.CharField(max_length=64, blank=True)
    characters = models.PositiveIntegerField("字数", default=0)
    version = models.PositiveSmallIntegerField(default=0)
    prints = models.BinaryField(default=b"")
    noted_at = models.DateTimeField()
    compared_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        db_table = "likeness_report"
        indexes = [models.Index(fields=["state", "noted_at"], name="likeness_report_state")]


class ReportPrint(models.Model):
    """One fingerprint of one report, clustered by fingerprint."""

    pk = models.CompositePrimaryKey("print", "report_id")
    print = models.BigIntegerField()
    report_id = models.BigIntegerField()

    objects = ScopedManager()

    class Meta:
        db_table = "likeness_report_print"


class ReportPair(models.Model):
    """Two reports of different projects that share words, ``a`` the earlier on file; and what a person said of it.

    Shares leave common wording out; ``common_share`` is the part of ``b`` that is common wording. ``a_sha`` and
    ``b_sha`` are the contents compared: a new version of either opens the pair again.
    """

    id = models.BigAutoField(primary_key=True)
    a = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+", db_index=False)
    b = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+")
    a_region_key = models.BigIntegerField()
    region_key = models.BigIntegerField()  # of b's project
    share_a = models.DecimalField("占先归档材料", max_digits=5, decimal_places=4)
    share_b = models.DecimalField("雷同占比", max_digits=5, decimal_places=4)
    common_share = models.DecimalField("通用表述占比", max_digits=5, decimal_places=4)
    passages = models.JSONField(default=list)
    passages_total = models.PositiveIntegerField("雷同处数", default=0)
    a_sha = models.CharField(max_length=64)
    b_sha = models.CharField(max_length=64)
    found_on = models.DateField("发现日期")
    state = models.CharField("状态", max_length=8, choices=PairState, default=PairState.OPEN)
    verdict = models.CharField("认定", max_length=14, choices=ReportVerdict, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    decided_on = models.DateField(null=True)
    decided_by = models.CharField("认定人", max_length=40, blank=True)
    decided_unit = models.CharField(max_length=120, blank=True)
    entry_id = models.BigIntegerField(null=True)
    receipt = models.CharField(max_length=12, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "likeness_report_pair"
        indexes = [models.Index(fields=["state", "region_key"], name="likeness_report_pair_state")]
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="likeness_report_pair_once"),
            models.CheckConstraint(condition=models.Q(a__lt=models.F("b")), name="likeness_report_pair_order"),
        ]
