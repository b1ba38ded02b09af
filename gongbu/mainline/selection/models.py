"""Steps done for a project, rounds with candidates and scorers, who keeps out, and the sheets.

``holder_key`` is the order key of the county that selects; ``region_key`` that of the project, by which rights and lists
are narrowed. Amounts are whole 分.
"""

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Person, Post, Region, Unit
from gongbu.mainline.projects.models import Project
from gongbu.mainline.selection import choices

_STANDS = models.Q(is_standing=True)


class StepRecord(models.Model):
    """One record of a step of 三谋两审一踏勘. Never erased: a correction is a new record that names the old one.

    ``party`` is the leading group, where the step names some. ``lon`` and ``lat`` are degrees as given in ``crs``.
    ``text`` is what was planned, the opinion, what the meeting settled, or what was seen.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="selection_steps")
    region_key = models.BigIntegerField()
    step = models.CharField(max_length=40)
    step_label = models.CharField("步骤", max_length=60)
    form = models.CharField(max_length=10, choices=choices.StepForm)
    held_on = models.DateField("日期")
    party = models.CharField("领导小组", max_length=60, blank=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    unit_name = models.CharField("单位", max_length=120, blank=True)
    verdict = models.CharField("结论", max_length=12, choices=choices.Verdict, blank=True)
    text = models.CharField("内容", max_length=2000, blank=True)
    findings = models.CharField("发现的问题", max_length=1000, blank=True)
    leader = models.CharField("带队领导", max_length=80, blank=True)
    people = models.CharField("参加人员", max_length=500, blank=True)
    lon = models.DecimalField("经度", max_digits=11, decimal_places=8, null=True)
    lat = models.DecimalField("纬度", max_digits=10, decimal_places=8, null=True)
    crs = models.CharField("坐标系", max_length=10, choices=choices.Crs, blank=True)
    document = models.CharField("文件", max_length=200, blank=True)
    meeting_id = models.BigIntegerField(null=True)
    item_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField("记录人", max_length=40, blank=True)
    recorded_unit = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    is_standing = models.BooleanField(default=True)
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    reason = models.CharField("更正原因", max_length=300, blank=True)
    ledger_id = models.BigIntegerField(null=True)
    receipt = models.CharField(max_length=12, blank=True)

    objects = ScopedManager()

    class Meta:
        db_table = "selection_step"
        indexes = [models.Index(fields=["project", "step", "held_on"], name="selection_step_project")]
        constraints = [
            models.UniqueConstraint(
                fields=["item_id"], condition=models.Q(item_id__isnull=False) & _STANDS, name="selection_item_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id}:{self.step}"


class Round(models.Model):
    """遴选批次. ``card_*`` pin the version of the scorecard; ``places`` is how many projects are to be chosen.

    ``digest`` is the digest of the settled ranking as the book holds it. ``settlings`` counts how often it was settled.
    """

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    name = models.CharField("批次名称", max_length=80)
    year = models.PositiveSmallIntegerField("年度")
    places = models.PositiveSmallIntegerField("拟选")
    state = models.CharField("状态", max_length=10, choices=choices.RoundState, default=choices.RoundState.PREPARING)
    card_key = models.CharField(max_length=120)
    card_label = models.CharField("评分表", max_length=120)
    card_pack = models.CharField(max_length=60)
    card_version = models.CharField(max_length=20)
    card_from = models.DateField()
    card_hash = models.CharField(max_length=80)
    due_on = models.DateField("评分截止", null=True)
    candidates_count = models.PositiveIntegerField("候选项目", default=0)
    scorers_count = models.PositiveSmallIntegerField("评分人", default=0)
    sheets_due = models.PositiveIntegerField(default=0)
    sheets_in = models.PositiveIntegerField("已交评分", default=0)
    opened_on = models.DateField("设立日期")
    opened_post_id = models.BigIntegerField(null=True)
    unit_name = models.CharField("组织单位", max_length=120, blank=True)
    started_on = models.DateField(null=True)
    settled_on = models.DateField("定结果日期", null=True)
    settlings = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField("事由", max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    entry_id = models.BigIntegerField(null=True)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "selection_round"
        indexes = [models.Index(fields=["region_key", "state", "year"], name="selection_round_region")]
        constraints = [models.UniqueConstraint(fields=["region", "year", "name"], name="selection_round_once")]

    def __str__(self) -> str:
        return self.name


class Candidate(models.Model):
    """候选项目: facts as they were when it came in; the result once the round is settled, empty before.

    ``declarer_ids`` are the units that declared it. ``result``: means and distance from the round's mean per dimension,
    strongest, weakest, who was left out of the mean.
    """

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="candidates")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    name = models.CharField("项目名称", max_length=200)
    sort_key = models.CharField(max_length=240, blank=True)
    region_name = models.CharField(max_length=60, blank=True)
    sector = models.CharField("行业归口", max_length=40, blank=True)
    owner_name = models.CharField("建设单位", max_length=120, blank=True)
    owner_unit_id = models.BigIntegerField(null=True)
    declarer_ids = models.JSONField(default=list)
    total_fen = models.BigIntegerField("总投资", null=True)
    is_removed = models.BooleanField(default=False)
    reason = models.CharField("移出原因", max_length=300, blank=True)
    scorers = models.PositiveSmallIntegerField("评分人数", null=True)
    score = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True)
    rank = models.PositiveIntegerField("排名", null=True)
    passes = models.BooleanField("及格", null=True)
    is_chosen = models.BooleanField("入选", null=True)
    spread = models.DecimalField("评分差", max_digits=9, decimal_places=4, null=True)
    firm = models.DecimalField("稳定度", max_digits=4, decimal_places=3, null=True)
    result = models.JSONField(default=dict)
    decision_id = models.BigIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        db_table = "selection_candidate"
        indexes = [models.Index(fields=["project", "round"], name="selection_candidate_project")]
        constraints = [
            models.UniqueConstraint(fields=["round", "project"], name="selection_candidate_once"),
            models.CheckConstraint(
                condition=models.Q(is_removed=False) | ~models.Q(reason=""), name="selection_removed_why"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Scorer(models.Model):
    """评分人: a post (whoever holds it scores) or an expert; ``seat_id`` is his seat in the draw.

    An expert scores by his account, ``person``; without one his signed paper sheets are entered for him (代录).
    """

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="scorers")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    seat_id = models.BigIntegerField(null=True)
    name = models.CharField("评分人", max_length=120)
    unit_id = models.BigIntegerField(null=True)
    unit_name = models.CharField("单位", max_length=120, blank=True)
    role = models.CharField(max_length=30, blank=True)
    state = models.CharField("状态", max_length=10, choices=choices.ScorerState, default=choices.ScorerState.APPOINTED)
    reason = models.CharField("原因", max_length=300, blank=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    appointed_on = models.DateField()

    class Meta:
        db_table = "selection_scorer"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(post__isnull=False, person__isnull=True)
                | (models.Q(post__isnull=True) & (models.Q(person__isnull=False) | models.Q(seat_id__isnull=False))),
                name="selection_scorer_who",
            ),
            models.UniqueConstraint(
                fields=["round", "post"], condition=models.Q(state="APPOINTED"), name="selection_post_once"
            ),
            models.UniqueConstraint(
                fields=["round", "person"], condition=models.Q(state="APPOINTED"), name="selection_person_once"
            ),
            models.UniqueConstraint(
                fields=["round", "seat_id"], condition=models.Q(state="APPOINTED"), name="selection_seat_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Recusal(models.Model):
    """回避: a scorer who does not score a candidate, and why."""

    id = models.BigAutoField(primary_key=True)
    scorer = models.ForeignKey(Scorer, on_delete=models.PROTECT, related_name="recusals")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="recusals")
    kind = models.CharField(max_length=10, choices=choices.RecusalKind)
    reason = models.CharField("理由", max_length=300, blank=True)
    noted_at = models.DateTimeField()

    class Meta:
        db_table = "selection_recusal"
        constraints = [models.UniqueConstraint(fields=["scorer", "candidate"], name="selection_recusal_once")]


class Sheet(models.Model):
    """评分: the marks of one scorer for one candidate, final once handed in; a correction is a new sheet.

    One that was entered for an expert from his signed paper (代录) says by whom, ``entered_by``, and which paper.

    ``marks`` is dimension → mark as text. ``commitment`` is the digest of marks, words and ``salt`` that the book holds.
    """

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="sheets")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="sheets")
    scorer = models.ForeignKey(Scorer, on_delete=models.PROTECT, related_name="sheets")
    number = models.PositiveSmallIntegerField(default=1)
    marks = models.JSONField()
    comment = models.CharField("评语", max_length=500, blank=True)
    salt = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=10)
    commitment = models.CharField(max_length=64)
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField(max_length=40)
    entered_by_id = models.BigIntegerField(null=True)
    entered_by = models.CharField("代录人", max_length=40, blank=True)
    paper_number = models.CharField("纸质评分表编号", max_length=80, blank=True)
    submitted_at = models.DateTimeField()
    is_standing = models.BooleanField(default=True)
    reason = models.CharField("更正原因", max_length=300, blank=True)
    ledger_id = models.BigIntegerField(null=True)
    receipt = models.CharField(max_length=12, blank=True)

    class Meta:
        db_table = "selection_sheet"
        indexes = [models.Index(fields=["round", "is_standing"], name="selection_sheet_round")]
        constraints = [
            models.UniqueConstraint(fields=["scorer", "candidate", "number"], name="selection_sheet_number"),
            models.UniqueConstraint(fields=["scorer", "candidate"], condition=_STANDS, name="selection_sheet_once"),
            models.CheckConstraint(
                condition=models.Q(entered_by="", paper_number="")
                | ~(models.Q(entered_by="") | models.Q(paper_number="")),
                name="selection_sheet_paper",
            ),
        ]
