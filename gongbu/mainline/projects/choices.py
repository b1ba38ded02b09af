"""Closed vocabularies of a project: upper-case codes in the table, Chinese labels on the page."""

from django.db import models


class Kind(models.TextChoices):
    """What the row is: a whole project, a package (项目包) of projects, or a sub-project of a package or project."""

    PROJECT = "PROJECT", "项目"
    PACKAGE = "PACKAGE", "项目包"
    SUBPROJECT = "SUBPROJECT", "子项目"


class FundingNature(models.TextChoices):
    """资金性质: government investment is approved (审批), enterprise investment verified or filed (核准、备案)."""

    GOVERNMENT = "GOVERNMENT", "政府投资"
    ENTERPRISE = "ENTERPRISE", "企业投资"
    UNKNOWN = "UNKNOWN", "未报"


class Stage(models.TextChoices):
    """The place in the lifecycle, in order. UNKNOWN only for published rows that do not say."""

    RESERVE = "RESERVE", "谋划储备"
    APPROVAL = "APPROVAL", "立项审批"
    DESIGN = "DESIGN", "勘察设计"
    PROCUREMENT = "PROCUREMENT", "招标采购"
    CONSTRUCTION = "CONSTRUCTION", "施工建设"
    ACCEPTANCE = "ACCEPTANCE", "竣工验收"
    OPERATION = "OPERATION", "移交运营"
    BUILT = "BUILT", "已建成"
    UNKNOWN = "UNKNOWN", "未报"


class EarlyStage(models.TextChoices):
    """The four early sub-stages of a reserve project (谋划储备四阶段)."""

    CONCEIVED = "CONCEIVED", "策划"
    PLANNED = "PLANNED", "规划"
    INTENDED = "INTENDED", "拟开展前期"
    PREPARING = "PREPARING", "正在开展前期"


class Origin(models.TextChoices):
    """How the project came in; never changes."""

    CREATED = "CREATED", "新建"
    IMPORTED = "IMPORTED", "公开信息导入"
    TAKEN_OVER = "TAKEN_OVER", "历史接入"


class State(models.TextChoices):
    """Whether the file is live. Only ACTIVE projects take further acts."""

    ACTIVE = "ACTIVE", "在册"
    SPLIT = "SPLIT", "已拆分"
    MERGED = "MERGED", "已并入"
    WITHDRAWN = "WITHDRAWN", "已撤销"


class ConstructionNature(models.TextChoices):
    """建设性质."""

    NEW = "NEW", "新建"
    EXPANSION = "EXPANSION", "扩建"
    REBUILDING = "REBUILDING", "改建"
    RELOCATION = "RELOCATION", "迁建"
    RESTORATION = "RESTORATION", "恢复"
    PURCHASE = "PURCHASE", "单纯购置"


class WorksType(models.TextChoices):
    """工程类别, which chooses the approval process family and, for the examples of LY-01, the initiation class.

    One field and not two: the examples of the practice (老旧小区改造, 社区微更新 …) are kinds of works themselves, nobody
    should be asked the same thing twice (GO-12), and which family a kind follows is a table of a pack, not code.
    """

    BUILDING = "BUILDING", "房屋建筑"
    MUNICIPAL = "MUNICIPAL", "市政基础设施"
    HIGHWAY = "HIGHWAY", "公路"
    WATER = "WATER", "水利"
    FARMLAND = "FARMLAND", "农田"
    ECOLOGY = "ECOLOGY", "生态环境"
    RAIL = "RAIL", "轨道交通"
    ENERGY = "ENERGY", "能源"
    INFORMATION = "INFORMATION", "信息化"
    NATIONAL_PARK = "NATIONAL_PARK", "国家级产业园区"
    OLD_NEIGHBOURHOOD = "OLD_NEIGHBOURHOOD", "老旧小区改造"
    SMART_CITY = "SMART_CITY", "智慧城市"
    COMMUNITY_RENEWAL = "COMMUNITY_RENEWAL", "社区微更新"
    SMALL_MUNICIPAL = "SMALL_MUNICIPAL", "小型市政设施"
    OTHER = "OTHER", "其他"


class InitiationNature(models.TextChoices):
    """立项属性: what the applicant says the project is for, in the words of the 三类分级 practice (LY-01)."""

    MAJOR_STRATEGIC = "MAJOR_STRATEGIC", "市级重大战略"
    SPECIAL_SUPPORTING = "SPECIAL_SUPPORTING", "专项配套"
    GENERAL_LIVELIHOOD = "GENERAL_LIVELIHOOD", "一般民生"


class Precision(models.TextChoices):
    """How exactly a planned day was given."""

    DAY = "DAY", "日"
    MONTH = "MONTH", "月"
    YEAR = "YEAR", "年"


class CodeForm(models.TextChoices):
    """Edition of the project code (项目代码): 2020 with a check digit, 2016 without."""

    FORM_2020 = "2020", "2020 版"
    FORM_2016 = "2016", "2016 版"


class MemberRole(models.TextChoices):
    """What a unit is on a project."""

    OWNER = "OWNER", "建设单位"
    AGENT = "AGENT", "代建单位"
    USER = "USER", "使用单位"
    CONTRACTOR = "CONTRACTOR", "施工单位"
    SUPERVISION = "SUPERVISION", "监理单位"
    SURVEY = "SURVEY", "勘察单位"
    DESIGN = "DESIGN", "设计单位"
    TESTING = "TESTING", "检测机构"
    CONSULTING = "CONSULTING", "咨询机构"
    AUDIT = "AUDIT", "审计机构"
    OTHER = "OTHER", "其他"


class WorksLevel(models.TextChoices):
    """单项工程 or 单位工程."""

    SINGLE = "SINGLE", "单项工程"
    UNIT = "UNIT", "单位工程"


class Judgement(models.TextChoices):
    """Which question a classification answers."""

    GRADE = "GRADE", "集中管理分级"
    CATALOGUE = "CATALOGUE", "集中管理目录"
    INITIATION = "INITIATION", "立项分类"
    OTHER = "OTHER", "其他判定"
