"""Choices of likeness: what a person may say about two projects or two reports, and how far the matter is."""

from django.db import models


class Verdict(models.TextChoices):
    """What two projects are to each other, as a person says."""

    SAME = "SAME", "同一项目"
    OTHER_PHASE = "OTHER_PHASE", "同一工程的其他期"
    OTHER_SECTION = "OTHER_SECTION", "同一工程的其他标段或区段"
    DIFFERENT = "DIFFERENT", "不同项目"


class PairState(models.TextChoices):
    """How far a pair is: found; explained by whoever entered the project; settled by an officer; no longer alike."""

    OPEN = "OPEN", "待认定"
    STATED = "STATED", "已说明待确认"
    DECIDED = "DECIDED", "已认定"
    CLOSED = "CLOSED", "已不相近"


class FoundRelation(models.TextChoices):
    """What the rules take two projects for."""

    SAME = "SAME", "疑似同一项目"
    OTHER_PHASE = "OTHER_PHASE", "疑似其他期"
    OTHER_SECTION = "OTHER_SECTION", "疑似其他标段"
    SIMILAR = "SIMILAR", "名称相近"


class ReportState(models.TextChoices):
    """How far a report is: in line, compared, or why it cannot be."""

    WAITING = "WAITING", "待比对"
    READ = "READ", "已比对"
    NO_WORDS = "NO_WORDS", "没有文字（可能是扫描件），不能比对"
    UNREADABLE = "UNREADABLE", "格式不支持、加密或损坏，不能比对"
    WITHHELD = "WITHHELD", "含涉密标志，不予比对"
    GONE = "GONE", "已撤回"


class ReportVerdict(models.TextChoices):
    """What a person says of two reports that share words."""

    SAME_TEMPLATE = "SAME_TEMPLATE", "同一模板"
    COPIED = "COPIED", "照搬照抄"
    NOT_COPIED = "NOT_COPIED", "不构成雷同"
