"""Closed vocabularies of selection: upper-case codes in the table, Chinese labels on the page."""

from django.db import models

STEP = "selection_step"
"""The kind of subject under which documents of a step's record are filed."""


class StepForm(models.TextChoices):
    """What a step leaves on file, as ``policy.rules.scorecards.Form`` names it."""

    PLANNING = "PLANNING", "谋划记录"
    REVIEW = "REVIEW", "审核意见"
    MEETING = "MEETING", "会议审定"
    VISIT = "VISIT", "现场踏勘"


class Verdict(models.TextChoices):
    """What a review or meeting concluded; planning and visits conclude nothing."""

    AGREED = "AGREED", "同意"
    CONDITIONAL = "CONDITIONAL", "原则同意"
    NOT_AGREED = "NOT_AGREED", "不同意"


class Crs(models.TextChoices):
    """Coordinate reference of a position as it was given; nothing is converted."""

    CGCS2000 = "CGCS2000", "CGCS2000"
    WGS84 = "WGS84", "WGS84"


class RoundState(models.TextChoices):
    """Where a round stands, in the order of the tabs."""

    PREPARING = "PREPARING", "筹备中"
    SCORING = "SCORING", "评分中"
    SETTLED = "SETTLED", "已定"
    CANCELLED = "CANCELLED", "已取消"


class ScorerState(models.TextChoices):
    """Whether a scorer still scores."""

    APPOINTED = "APPOINTED", "在评"
    RELEASED = "RELEASED", "已免"


class RecusalKind(models.TextChoices):
    """Why a scorer does not score a project."""

    OWNER = "OWNER", "所在单位是项目单位"
    DECLARER = "DECLARER", "所在单位申报了本项目"
    RELATED = "RELATED", "与项目单位或申报单位有利害关系"
    DECLARED = "DECLARED", "本人申报回避"
