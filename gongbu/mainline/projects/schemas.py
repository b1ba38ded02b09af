"""What the API takes and gives: amounts in fen, dates ISO, choice codes upper case. Unknown fields are refused."""

from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

from gongbu.mainline.projects import choices


class _In(Schema):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ProjectIn(_In):
    """A project to create; amounts in fen."""

    name: str = Field(min_length=1, max_length=200)
    competent_region_id: int = Field(ge=1, le=2**62, strict=True)
    funding_nature: choices.FundingNature
    stage: choices.Stage = choices.Stage.RESERVE
    early_stage: choices.EarlyStage | None = None
    kind: choices.Kind = choices.Kind.PROJECT
    parent_id: int | None = Field(default=None, ge=1, le=2**62, strict=True)
    owner_name: str = Field(default="", max_length=120)
    works_type: choices.WorksType | None = None
    construction_nature: choices.ConstructionNature | None = None
    initiation_nature: choices.InitiationNature | None = None
    is_city_strategic: bool | None = None
    sector: str = Field(default="", max_length=40)
    industry_code: str = Field(default="", pattern=r"^(\d{2,4})?$")
    content: str = Field(default="", max_length=4000)
    location: str = Field(default="", max_length=300)
    total_investment_fen: int | None = Field(default=None, ge=0, le=10**14, strict=True)  # true is no amount
    funding_text: str = Field(default="", max_length=300)
    planned_start_on: date | None = None
    planned_finish_on: date | None = None
    project_code: str = Field(default="", max_length=40)
    declared_level: str = Field(default="", max_length=20)
    occurred_on: date | None = None
    confirmed: bool = Field(default=False, description="存疑的数额、日期已核对无误")


class CodeIn(_In):
    """A code to attach."""

    project_code: str = Field(min_length=1, max_length=40)
    occurred_on: date | None = None
    reason: str = Field(default="", max_length=200)
    rev: int | None = Field(default=None, ge=1, le=2**31)


class ProjectRow(Schema):
    """A project in a list."""

    id: int
    name: str
    project_code: str
    region_key: int
    region_name: str
    kind: str
    parent_id: int | None
    is_leaf: bool
    stage: str
    early_stage: str
    funding_nature: str
    owner_name: str
    works_type: str
    grade: str
    initiation_class: str
    total_investment_fen: int | None
    origin: str
    rev: int
    last_act_at: datetime


class ProjectPage(Schema):
    """One page of projects; ``next_after`` goes into ``after`` for the following page, null at the end."""

    items: list[ProjectRow]
    withheld: int
    next_after: int | None


class CodeOut(Schema):
    """A code of a project."""

    project_code: str
    form: str
    attached_on: date
    replaced_on: date | None
    reason: str


class ProjectOut(ProjectRow):
    """A project in full."""

    content: str
    location: str
    sector: str
    industry_code: str
    construction_nature: str
    initiation_nature: str
    is_city_strategic: bool | None
    total_investment_text: str
    total_investment_precision_fen: int | None
    funding_text: str
    planned_start_on: date | None
    planned_start_precision: str = Field(
        description="计划开工所知的精度：DAY、MONTH、YEAR；只知年月的，日期为该月第一天"
    )
    planned_finish_on: date | None
    planned_finish_precision: str
    state: str
    source: str
    source_url: str
    codes: list[CodeOut]


class DecisionOut(Schema):
    """One judgement: value, rule, facts, clause, pack version and record hash."""

    table: str
    question: str
    judgement: str
    year: int | None
    value: str
    label: str
    decided_on: date
    decision: dict[str, Any]


class ChangeOut(Schema):
    """One change: the place in the ledger, what was done to which project, and the entry's after."""

    index: int
    entry_id: int
    kind: str
    project_id: int
    occurred_on: date
    recorded_at: datetime
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ChangePage(Schema):
    """Changes after a watermark. Keep ``watermark`` and send it as ``after`` next time; nothing is skipped or doubled."""

    items: list[ChangeOut]
    withheld: int
    watermark: int
    has_more: bool
