"""Libraries, the one file of each project in the reserve, its entries in libraries, opinions, targets, snapshots.

``holder_key`` is the order key of the county (or city) that keeps the libraries; ``region_key`` that of the project's
competent region, by which rights and lists are narrowed. Amounts are whole 分.
"""

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Post, Region, Unit
from gongbu.ground.orgs.row_security import RowPolicy
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve import choices

_STANDS = models.Q(closed_on__isnull=True)
_FILTERED = ("region_key", "is_counted", "early_stage", "industry", "general_id", "sector_id", "chain_id", "township_id",
             "step_library_id")  # fmt: skip
# For row-level security: what stands or waits in a library may be read by the unit that keeps it.
_LIBRARIES = ("general_id", "sector_id", "chain_id", "township_id", "step_library_id")
_KEPT = "(SELECT kept.id FROM reserve_library kept WHERE kept.keeper_id = (SELECT gongbu_own_unit()))"


class Library(models.Model):
    """储备库: one library of a county, kept by a unit.

    ``scope`` is what it holds: the sector's name, the chain's code, the township's region id as text, "" of the general
    library. ``leader_post`` is the 链长 of a chain library.
    """

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    kind = models.CharField("类别", max_length=10, choices=choices.LibraryKind)
    name = models.CharField("名称", max_length=80)
    scope = models.CharField(max_length=40, blank=True)
    keeper = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="管理单位")
    leader_post = models.ForeignKey(
        Post, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="链长岗位"
    )
    township = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    opened_on = models.DateField("设立日期")
    closed_on = models.DateField("撤销日期", null=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(unit_fields=("keeper",))

    class Meta:
        db_table = "reserve_library"
        indexes = [models.Index(fields=["region_key", "kind"], name="library_region")]
        constraints = [
            models.UniqueConstraint(fields=["region", "kind", "scope"], condition=_STANDS, name="library_once")
        ]

    def __str__(self) -> str:
        return self.name


class ReserveFile(models.Model):
    """储备档案: one flat row per project in the reserve, for lists, boards and selections.

    Written by acts and listeners through ``files.refresh``; rebuildable from the other tables, and a test proves that
    both agree. ``is_counted``: a live leaf of a stage that a reserve holds, so that money is counted once.
    ``is_doubted``: held and not counted only because its amount came by a list and may be ten thousand times off.
    """

    # The project's id, always given; an auto field for the reason that ProjectStatus gives.
    id = models.BigAutoField(primary_key=True)
    holder_key = models.BigIntegerField()
    region_key = models.BigIntegerField()
    region_name = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=240)
    search = models.CharField(max_length=400)
    owner_name = models.CharField(max_length=120, blank=True)
    owner_unit_id = models.BigIntegerField(null=True)
    sector = models.CharField(max_length=40, blank=True)
    chain = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=12)
    early_stage = models.CharField(max_length=12, blank=True)
    stage_order = models.PositiveSmallIntegerField()
    funding_nature = models.CharField(max_length=12)
    total_investment_fen = models.BigIntegerField(null=True)
    industry = models.CharField(max_length=8, choices=choices.Industry, default=choices.Industry.UNKNOWN)
    is_counted = models.BooleanField(default=True)
    is_doubted = models.BooleanField(default=False)
    ready = models.JSONField(default=list)  # keys of the matters of readiness that are done
    ready_count = models.PositiveSmallIntegerField(default=0)  # preparatory matters done
    facts_count = models.PositiveSmallIntegerField(default=0)  # facts that the file tells
    ready_order = models.PositiveIntegerField(default=0)  # see readiness.count
    state = models.CharField(max_length=10, choices=choices.FileState)
    attention = models.CharField(max_length=8, choices=choices.Attention, blank=True)
    step = models.CharField(max_length=24, choices=choices.Step, blank=True)
    step_library_id = models.BigIntegerField(null=True)
    step_since_on = models.DateField(null=True)
    path = models.CharField(max_length=24, blank=True)
    general_id = models.BigIntegerField(null=True)
    sector_id = models.BigIntegerField(null=True)
    chain_id = models.BigIntegerField(null=True)
    township_id = models.BigIntegerField(null=True)
    declared_on = models.DateField()
    declared_unit_id = models.BigIntegerField(null=True)
    declared_unit_name = models.CharField(max_length=120, blank=True)
    declared_person_id = models.BigIntegerField(null=True)
    in_on = models.DateField(null=True)
    renewed_on = models.DateField()
    renewal_asked_on = models.DateField(null=True)
    renew_by_on = models.DateField(null=True)  # last day for renewal by the packs, while a library holds it
    batch_id = models.BigIntegerField(null=True)
    priorities = models.CharField(max_length=400, blank=True)  # see priorities.pack
    last_act_at = models.DateTimeField()
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(
        sector_field="sector",
        project_field="id",
        unit_fields=("declared_unit_id", "owner_unit_id"),
        own_sql=" OR ".join(f"{column} IN {_KEPT}" for column in _LIBRARIES),
    )

    class Meta:
        db_table = "reserve_file"
        # Lists find their keys, and counts and sums their rows, in one index alone: what is filtered by stands in each.
        indexes = [
            models.Index(
                fields=["holder_key", "state", "step", "attention", *_FILTERED, "total_investment_fen", "ready_count",
                        "declared_on", "renew_by_on"],
                name="reserve_counts",
            ),
            models.Index(
                fields=["holder_key", "last_act_at", "id", "state", "step", "attention", *_FILTERED],
                name="reserve_by_act",
            ),
            models.Index(
                fields=["holder_key", "total_investment_fen", "id", "state", "step", "attention", *_FILTERED],
                name="reserve_by_total",
            ),
            models.Index(fields=["last_act_at", "id", "region_key"], name="reserve_all_by_act"),
            models.Index(fields=["declared_unit_id", "id"], name="reserve_by_declarer"),
            models.Index(fields=["owner_unit_id"], name="reserve_by_owner"),
            models.Index(fields=["holder_key", "renewed_on"], name="reserve_by_renewal"),
            models.Index(fields=["batch_id"], name="reserve_by_batch", condition=models.Q(batch_id__isnull=False)),
            models.Index(
                fields=["holder_key", "region_key", "is_doubted", "total_investment_fen"],
                name="reserve_doubted",
                condition=models.Q(is_doubted=True),
            ),
            # The sums of the board in the order of their groups, and the rows behind each of its figures.
            *(
                models.Index(
                    fields=["holder_key", f"{kind}_id", "industry", "is_counted", "total_investment_fen", "region_key",
                            "state", "early_stage", "last_act_at"],
                    name=f"reserve_{kind}_sums",
                    condition=models.Q(**{f"{kind}_id__isnull": False}),
                )
                for kind in ("general", "sector", "chain", "township")
            ),
            models.Index(
                fields=["holder_key", "state", "industry", "is_counted", "total_investment_fen"],
                name="reserve_state_sums",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class LibraryEntry(models.Model):
    """One project in one library, with the path it goes. At most one open or held entry per project and kind.

    ``doubted_fen`` is the total that a list gave and that may be ten thousand times off, until somebody has passed a step
    with it before him. ``cases`` are the matters for the leading group that it touches. ``decision_id`` is the stored decision of the path.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reserve_entries")
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=choices.LibraryKind)
    region_key = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=choices.EntryState)
    path = models.CharField(max_length=24, blank=True)
    step = models.CharField(max_length=24, choices=choices.Step, blank=True)
    step_since_on = models.DateField(null=True)
    round = models.PositiveSmallIntegerField(default=1)  # rises with every 补正 and step: keys of tasks and limits
    declarer = models.CharField(max_length=12, choices=choices.Declarer, blank=True)
    declared_on = models.DateField()
    declared_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    declared_unit_name = models.CharField(max_length=120, blank=True)
    declared_person_id = models.BigIntegerField(null=True)
    declared_person_name = models.CharField(max_length=40, blank=True)
    cases = models.JSONField(default=list)
    note = models.CharField("申报说明", max_length=1000, blank=True)
    doubted_fen = models.BigIntegerField(null=True)
    in_on = models.DateField(null=True)
    out_on = models.DateField(null=True)
    reason = models.CharField("事由", max_length=500, blank=True)
    decision_id = models.BigIntegerField(null=True)
    gate_id = models.BigIntegerField(null=True)  # the stored decision of the entry gate
    deadline_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager(unit_fields=("declared_unit",), own_sql=f"library_id IN {_KEPT}")

    class Meta:
        db_table = "reserve_entry"
        indexes = [
            models.Index(fields=["project", "id"], name="entry_project"),
            models.Index(fields=["library", "state", "step"], name="entry_library"),
            models.Index(fields=["batch_id"], name="entry_batch", condition=models.Q(batch_id__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"],
                condition=models.Q(state__in=["PENDING", "RETURNED", "IN"]),
                name="entry_once_per_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id}:{self.kind}"


class Opinion(models.Model):
    """意见: what was concluded at one step, by whom, point by point; never erased."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(LibraryEntry, on_delete=models.PROTECT, related_name="opinions")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=24, choices=choices.Step)
    verdict = models.CharField(max_length=10, choices=choices.Verdict)
    given_on = models.DateField()
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField(max_length=40)
    unit_name = models.CharField(max_length=120, blank=True)
    post_name = models.CharField(max_length=60, blank=True)
    points = models.JSONField(default=list)  # [{point, result, opinion}]
    text = models.CharField("意见", max_length=1000, blank=True)
    clause = models.CharField("条款", max_length=200, blank=True)
    document = models.CharField("文件", max_length=200, blank=True)
    ledger_id = models.BigIntegerField(null=True)
    receipt = models.CharField(max_length=12, blank=True)

    row_policy = RowPolicy(through=("project", "entry"))

    class Meta:
        db_table = "reserve_opinion"
        indexes = [models.Index(fields=["project", "id"], name="opinion_project")]


class PerformanceTarget(models.Model):
    """绩效目标 (GO-14): baseline and target value of one indicator of the packs, or why it does not apply.

    Of the project, not of an entry: evaluation after one, three and five years reads it, in a reserve or not.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="performance_targets")
    indicator = models.CharField("指标", max_length=60)
    unit = models.CharField("单位", max_length=30, blank=True)
    baseline = models.DecimalField("基线值", max_digits=18, decimal_places=4, null=True)
    target = models.DecimalField("目标值", max_digits=18, decimal_places=4, null=True)
    unfit_reason = models.CharField("不适用的理由", max_length=200, blank=True)
    set_on = models.DateField()

    row_policy = RowPolicy(through=("project",))

    class Meta:
        db_table = "reserve_performance_target"
        constraints = [models.UniqueConstraint(fields=["project", "indicator"], name="performance_target_once")]


class Priority(models.Model):
    """入库优先事项: that one priority of the packs was arranged for a project, recorded by the 发改 office.

    Never erased: a correction retires the row and puts another in its place.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reserve_priorities")
    region_key = models.BigIntegerField()
    name = models.CharField("优先事项", max_length=60)
    arranged_on = models.DateField("安排日期")
    note = models.CharField("安排情况", max_length=300, blank=True)
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField("登记人", max_length=40, blank=True)
    unit_name = models.CharField("登记单位", max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    is_standing = models.BooleanField(default=True)
    ledger_id = models.BigIntegerField(null=True)
    receipt = models.CharField(max_length=12, blank=True)

    objects = ScopedManager()

    class Meta:
        db_table = "reserve_priority"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=models.Q(is_standing=True), name="priority_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id}:{self.name}"


class Snapshot(models.Model):
    """月度快照: what a library (0: all of the county, counted once) held in a month; the last run of the month stays."""

    id = models.BigAutoField(primary_key=True)
    holder_key = models.BigIntegerField()
    library_id = models.BigIntegerField(default=0)
    month_on = models.DateField()  # first day of the month
    taken_on = models.DateField()
    projects = models.PositiveIntegerField()
    total_fen = models.BigIntegerField()
    industry_fen = models.BigIntegerField()
    target_fen = models.BigIntegerField(null=True)

    objects = ScopedManager(region_field="holder_key")

    class Meta:
        db_table = "reserve_snapshot"
        constraints = [
            models.UniqueConstraint(fields=["holder_key", "library_id", "month_on"], name="snapshot_once_a_month")
        ]
