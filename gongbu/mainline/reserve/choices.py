"""Closed vocabularies of the reserve: upper-case codes in the table, Chinese labels on the page."""

from django.db import models


class LibraryKind(models.TextChoices):
    """The four kinds of library (储备库)."""

    GENERAL = "GENERAL", "综合库"
    SECTOR = "SECTOR", "行业库"
    CHAIN = "CHAIN", "产业链库"
    TOWNSHIP = "TOWNSHIP", "乡镇库"


class EntryState(models.TextChoices):
    """Where an entry stands. PENDING waits at a step of its path, RETURNED at the declarer."""

    PENDING = "PENDING", "办理中"
    RETURNED = "RETURNED", "待补正"
    IN = "IN", "在库"
    REFUSED = "REFUSED", "不予入库"
    WITHDRAWN = "WITHDRAWN", "已退出"


class FileState(models.TextChoices):
    """The state of a project in the reserve as a whole, in the order of the tabs."""

    IN = "IN", "在库"
    TOWNSHIP = "TOWNSHIP", "仅在乡镇库"
    PENDING = "PENDING", "办理中"
    RETURNED = "RETURNED", "待补正"
    REFUSED = "REFUSED", "不予入库"
    WITHDRAWN = "WITHDRAWN", "已退出"


class Step(models.TextChoices):
    """Steps of a path, as ``county_reserve.entry_step`` names them. ADMITTED ends the path."""

    DECLARED = "DECLARED", "申报"
    PRELIMINARY_CHECK = "PRELIMINARY_CHECK", "初核"
    CHAIN_LEADER_REVIEW = "CHAIN_LEADER_REVIEW", "链长审核"
    LEADING_GROUP_REVIEW = "LEADING_GROUP_REVIEW", "预判预审"
    ADMISSION = "ADMISSION", "入库办理"
    ADMITTED = "ADMITTED", "入库"


class Declarer(models.TextChoices):
    """Who declared, as ``county_reserve.entry_path`` asks."""

    TOWNSHIP = "TOWNSHIP", "乡镇"
    SECTOR = "SECTOR", "行业主管部门"
    CHAIN_OFFICE = "CHAIN_OFFICE", "产业链办公室"
    OWNER = "OWNER", "项目单位"
    INVESTMENT = "INVESTMENT", "发改部门"


class Verdict(models.TextChoices):
    """What an opinion concludes."""

    PASSED = "PASSED", "通过"
    RETURNED = "RETURNED", "退回补正"
    REFUSED = "REFUSED", "不予入库"


class PointResult(models.TextChoices):
    """The finding on one check point (初核重点)."""

    FIT = "FIT", "符合"
    UNCLEAR = "UNCLEAR", "存疑"
    UNFIT = "UNFIT", "不符合"


class Industry(models.TextChoices):
    """产业类 by the pack's divisions; UNKNOWN when the industry code is not reported, or no pack defines it."""

    YES = "YES", "产业类"
    NO = "NO", "非产业类"
    UNKNOWN = "UNKNOWN", "行业未报"


class Attention(models.TextChoices):
    """What a project in the reserve waits for besides its path."""

    RENEWAL = "RENEWAL", "待续报"
    STALE = "STALE", "逾期未续报，建议退出"
    STARTED = "STARTED", "已开工，建议退出"
    CLOSED = "CLOSED", "档案已关闭或已调出，建议退出"
