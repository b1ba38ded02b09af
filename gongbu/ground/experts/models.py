"""Tables of experts: the pool, relations that mean 回避, draws with their seats, reviews and appraisals."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models import Person, Region, Unit


class Expert(models.Model):
    """An expert of a pool. ``region`` keeps him, ``serves_in`` is where he may be drawn for.

    He is valid from ``valid_from`` up to, not including, ``valid_to``. Counts and marks are kept by the acts.
    ``specialty_text`` says the specialties in words for lists; the rows are in :class:`ExpertSpecialty`.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", "在库"
        SUSPENDED = "SUSPENDED", "暂停"
        RETIRED = "RETIRED", "出库"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    serves_in = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("姓名", max_length=40)
    sort_pinyin = models.CharField(max_length=120, blank=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    unit_name = models.CharField("工作单位", max_length=120)
    duty = models.CharField("职务", max_length=60, blank=True)
    title = models.CharField("职称", max_length=60, blank=True)
    qualification = models.CharField("执业资格", max_length=200, blank=True)
    specialty_text = models.CharField("专业", max_length=300, blank=True)
    person = models.OneToOneField(Person, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, default=State.ACTIVE)
    state_reason = models.CharField("原因", max_length=300, blank=True)
    state_until = models.DateField("暂停至", null=True)
    valid_from = models.DateField("入库日期")
    valid_to = models.DateField("聘期至", null=True)
    is_erased = models.BooleanField(default=False)
    is_published = models.BooleanField(default=True)
    batch_id = models.BigIntegerField(null=True)
    times_drawn = models.PositiveSmallIntegerField("抽中次数", default=0)
    times_reviewed = models.PositiveSmallIntegerField("评审次数", default=0)
    times_missed = models.PositiveSmallIntegerField("缺席次数", default=0)
    mark = models.DecimalField("平均分", max_digits=5, decimal_places=2, null=True)
    created_at = models.DateTimeField()
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "experts_expert"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["region_key", "state", "sort_pinyin"], name="expert_by_region"),
            models.Index(fields=["name"], name="expert_by_name"),
            models.Index(fields=["batch_id"], name="expert_batch", condition=Q(batch_id__isnull=False)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")), name="expert_period_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The number by which the book and public records name him."""
        return code_of(self.pk)


def code_of(expert_id: int) -> str:
    """Return the number of an expert as written: ZJ000012."""
    return f"ZJ{expert_id:06d}"


class ExpertPrivate(models.Model):
    """手机、证件号: personal data that the book never sees and that can be erased."""

    expert = models.OneToOneField(Expert, primary_key=True, on_delete=models.CASCADE, related_name="private")
    phone = models.CharField("手机", max_length=20, blank=True)
    id_number = models.CharField("身份证号", max_length=18, blank=True, db_index=True)

    class Meta:
        db_table = "experts_private"


class ExpertSpecialty(models.Model):
    """One specialty of an expert, by code of the policy's list."""

    id = models.BigAutoField(primary_key=True)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="specialties")
    code = models.CharField(max_length=40)

    class Meta:
        db_table = "experts_specialty"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["code"], name="specialty_by_code")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["expert", "code"], name="specialty_once")
        ]


class ExpertRelation(models.Model):
    """A relation that means 回避 while it stands, and for some years after it ended. ``until`` is its last day."""

    class Kind(models.TextChoices):
        EMPLOYED = "EMPLOYED", "劳动关系"
        DIRECTOR = "DIRECTOR", "任董事、监事或顾问"
        SHAREHOLDER = "SHAREHOLDER", "持股或实际控制"
        KIN = "KIN", "亲属关系"
        INTEREST = "INTEREST", "其他利害关系"

    id = models.BigAutoField(primary_key=True)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="relations")
    kind = models.CharField("关系", max_length=12, choices=Kind)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    unit_name = models.CharField("单位", max_length=120, blank=True)
    person_name = models.CharField("人员", max_length=40, blank=True)
    until = models.DateField("截止日期", null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    added_at = models.DateTimeField()

    class Meta:
        db_table = "experts_relation"
        ordering: ClassVar[list[str]] = ["id"]


class Draw(models.Model):
    """A random draw for a subject. ``seed`` is bound by ``commitment`` when it is opened and shown when it is drawn.

    ``needs``: [code, label, members, substitutes]. ``avoid``: units [id, name] and people's names. ``pool``: one row per
    expert looked at: [id, codes, reasons]; no reason means eligible. ``word`` is what was spoken on the spot.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "待抽取"
        DRAWN = "DRAWN", "已抽取"
        VOID = "VOID", "已作废"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120, null=True, unique=True)
    title = models.CharField("评审事项", max_length=160)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    region_key = models.BigIntegerField()
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    subject_label = models.CharField("评审对象", max_length=200, blank=True)
    needs = models.JSONField(default=list)
    avoid = models.JSONField(default=dict)
    on = models.DateField("抽取依据日期")
    unit_id = models.BigIntegerField(null=True)
    unit_name = models.CharField("抽取单位", max_length=120, blank=True)
    state = models.CharField("状态", max_length=6, choices=State, default=State.OPEN)
    algorithm = models.CharField(max_length=10)
    seed = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    word = models.CharField("现场字", max_length=40, blank=True)
    witness = models.CharField("监督人", max_length=60, blank=True)
    pool = models.JSONField(default=list)
    policy = models.JSONField(default=list)
    supplements = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="supplemented_by")
    reason = models.CharField("原因", max_length=300, blank=True)
    opened_at = models.DateTimeField("发起时间")
    drawn_at = models.DateTimeField("抽取时间", null=True)
    opened_receipt = models.CharField(max_length=12, blank=True)
    receipt = models.CharField("回执编号", max_length=12, blank=True)
    entry_id = models.BigIntegerField(null=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "experts_draw"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["region_key", "state", "opened_at"], name="draw_by_region"),
            models.Index(fields=["subject_kind", "subject_id"], name="draw_by_subject"),
        ]

    def __str__(self) -> str:
        return self.title


class Seat(models.Model):
    """A place of a draw and who holds it. ``rank`` is his place in line; ``round`` 1 is the draw, later ones replacements.

    ``drawn_as`` is what the draw made of him; empty for who came in later, down the same line.
    """

    class Role(models.TextChoices):
        MEMBER = "MEMBER", "评审"
        SUBSTITUTE = "SUBSTITUTE", "候补"

    class State(models.TextChoices):
        ASKED = "ASKED", "待答复"
        ACCEPTED = "ACCEPTED", "应邀"
        WAITING = "WAITING", "候补"
        DECLINED = "DECLINED", "不能参加"
        CONFLICT = "CONFLICT", "回避"
        ABSENT = "ABSENT", "缺席"
        REVIEWED = "REVIEWED", "已评审"

    id = models.BigAutoField(primary_key=True)
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="seats")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="seats")
    specialty = models.CharField("专业", max_length=40)
    role = models.CharField("身份", max_length=10, choices=Role)
    rank = models.PositiveIntegerField("序位")
    round = models.PositiveSmallIntegerField("轮次", default=1)
    state = models.CharField("状态", max_length=10, choices=State)
    reason = models.CharField("原因", max_length=300, blank=True)
    drawn_as = models.CharField(max_length=10, choices=Role, blank=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    replied_at = models.DateTimeField(null=True)
    rev = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "experts_seat"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["draw", "expert"], name="seat_once_per_draw")
        ]


class Review(models.Model):
    """What an expert said in a review (评审意见)."""

    class Conclusion(models.TextChoices):
        FOR = "FOR", "同意"
        IF = "IF", "修改后同意"
        AGAINST = "AGAINST", "不同意"
        NONE = "NONE", "未表态"

    seat = models.OneToOneField(Seat, primary_key=True, on_delete=models.PROTECT, related_name="review")
    reviewed_on = models.DateField("评审日期")
    conclusion = models.CharField("结论", max_length=8, choices=Conclusion)
    opinion = models.CharField("评审意见", max_length=4000, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "experts_review"


class Appraisal(models.Model):
    """How an expert did his duty (履职评价): a mark per item of the policy, and their average."""

    seat = models.OneToOneField(Seat, primary_key=True, on_delete=models.PROTECT, related_name="appraisal")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="appraisals")
    marks = models.JSONField(default=dict)
    average = models.DecimalField("平均分", max_digits=5, decimal_places=2, default=Decimal(0))
    note = models.CharField("说明", max_length=300, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "experts_appraisal"
