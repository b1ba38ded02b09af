"""The shapes of pack files (制度包格式), as pydantic models. Unknown keys are refused; nothing is coerced from numbers."""

from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints
from pydantic_core import PydanticCustomError

from gongbu.ground.policy.rules.anchors import ANCHORS

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
HAN = r"\p{Han}"
Label = Annotated[str, StringConstraints(pattern=HAN, strip_whitespace=True)]
"""What people read; a code or a key in its place would stand in pages and papers."""
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


def _known_anchor(name: str) -> str:
    if name not in ANCHORS:
        near = get_close_matches(name, ANCHORS, 3, 0.0)
        raise PydanticCustomError("unknown_anchor", "unknown anchor", {"near": "、".join(near)})
    return name


Anchor = Annotated[Name, AfterValidator(_known_anchor)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
Level = Literal["NATION", "PROVINCE", "CITY", "COUNTY", "TOWNSHIP"]
ConfidenceCode = Literal["V1", "V2", "V3", "E", "S", "G", "G+"]
SUBJECTS = {
    "LAW": "国家法规",
    "INITIATION": "立项分类",
    "GRADING": "分级管理",
    "RESERVE": "储备管理",
    "COORDINATION": "调度督查",
}
LEVELS = {"NATION": "国家", "PROVINCE": "省级", "CITY": "市级", "COUNTY": "县级", "TOWNSHIP": "乡级"}
CADENCES = {
    "WEEK": "每周",
    "HALF_MONTH": "每半月",
    "MONTH": "每月",
    "QUARTER": "每季度",
    "HALF_YEAR": "每半年",
    "YEAR": "每年",
}
TONES = {"": "good", "核原文": "wait", "待确认": "warn"}
"""Mark of a confidence (``Confidence.mark``) → tone of its badge."""
HITS = {"UNIQUE": "每种情形恰有一行命中", "FIRST": "自上而下，首行命中为准"}


class Shape(BaseModel):
    """Base of all shapes."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class InstrumentIn(Shape):
    """A document of the pack's basis list."""

    key: Text
    name: Text
    effective_on: date | None = None
    repealed_on: date | None = None
    issuer: Text | None = None
    text_checked_on: date | None = None
    note: Text | None = None


class PackIn(Shape):
    """``pack.yaml``."""

    key: Name
    label: Label
    subjects: list[Literal["LAW", "INITIATION", "GRADING", "RESERVE", "COORDINATION"]] = Field(min_length=1)
    levels: list[Level] = Field(min_length=1)
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{1,2}\.\d{1,3}$")]
    over: list[Name] = []
    classification: list[Key] = []
    asked_while: dict[Key, list[Code]] = {}  # classification table → stages of a project in which it is asked
    basis: list[InstrumentIn] = Field(min_length=1)
    note: Text | None = None


class BasisIn(Shape):
    """Where a value comes from: an instrument of the basis list, the article, and the day its text was checked."""

    instrument: Text
    article: Text | None = None
    text_checked_on: date | None = None


class CorrectedIn(Shape):
    """A transcription error that was mended: when, and what it said before."""

    on: date
    was: Text
    note: Text | None = None


class VersionIn(Shape):
    """One dated value; ``value`` null means repealed by the instrument of ``basis``."""

    effective_from: date = Field(alias="from")
    from_note: Text | None = None
    value: Any
    only_for: list[Code] | None = Field(default=None, min_length=1)
    basis: BasisIn
    confidence: ConfidenceCode
    note: Text | None = None
    corrected: CorrectedIn | None = None


class BoundsIn(Shape):
    """Bounds of a delegation, both ends included."""

    at_least: Any = None
    up_to: Any = None


class DelegationIn(Shape):
    """Where the law lets others set the value."""

    level: Level | list[Level]
    bounds: BoundsIn = BoundsIn()
    basis: BasisIn


class ParameterIn(Shape):
    """One parameter."""

    key: Key
    label: Label
    unit: Literal[
        "fen",
        "ratio",
        "rated_ratio",
        "points",
        "score",
        "workdays",
        "days",
        "hours",
        "seconds",
        "months",
        "years",
        "times",
        "count",
        "decibels",
        "newtons",
        "ug_per_cbm",
        "people",
        "day_of_month",
        "sqm",
        "mu",
        "text",
        "texts",
        "codes",
        "date",
        "flag",
    ]
    anchor: Anchor
    direction: Literal["floor", "ceiling", "exact"] | None = None
    delegated_to: DelegationIn | None = None
    choices: dict[Code, Label] | None = None
    note: Text | None = None
    versions: list[VersionIn] = Field(min_length=1)


class ParametersIn(Shape):
    """A file of several parameters under one heading."""

    section: Label
    parameters: list[ParameterIn] = Field(min_length=1)


class CellIn(Shape):
    """One condition."""

    up_to: Any = None
    above: Any = None
    at_least: Any = None
    below: Any = None
    one_of: list[Text] | None = Field(default=None, min_length=1)
    equal: Any = Field(default=None, alias="is")


class InputIn(Shape):
    """An input of a table."""

    type: Literal["fen", "integer", "ratio", "date", "choice", "bool"]
    label: Label
    choices: dict[Code, Label] | Name | None = None
    unknown: Literal["undetermined", "row"] = "undetermined"
    domain: CellIn | None = None
    decided_by: Key | None = None
    aliases: list[Name] = []


class OutputIn(Shape):
    """What a row may decide."""

    label: Label
    note: Text | None = None
    basis: BasisIn | None = None
    details: dict[Label, Text] = {}


class SuperiorIn(Shape):
    """The table of superior law over this one."""

    table: Key
    permits: dict[Code, list[Code]]
    otherwise: dict[Code, Code]


class TableIn(Shape):
    """One dated version of a decision table; rows are checked by the loader against the declared inputs."""

    key: Key
    label: Label
    section: Label | None = None
    hit: Literal["UNIQUE", "FIRST"]
    anchor: Anchor
    effective_from: date = Field(alias="from")
    from_note: Text | None = None
    confidence: ConfidenceCode
    basis: BasisIn
    inputs: dict[Name, InputIn]
    outputs: dict[Code, Label | OutputIn]
    rows: list[dict[str, Any]] | None
    superior: SuperiorIn | None = None
    note: Text | None = None


Whole = Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d{0,8})$")]
Number = Annotated[str, StringConstraints(pattern=r"^\d{1,6}(\.\d{1,4})?$")]


class LevelIn(Shape):
    """One level of a guide: the marks from ``from`` up to the next level."""

    lowest: Number = Field(alias="from")
    level: Text
    text: Text | None = None


class DimensionIn(Shape):
    """One thing that is marked."""

    label: Label
    weight: Number
    asks: Text | None = None
    guide: list[LevelIn] = []


class ScaleIn(Shape):
    """Range and step of marks."""

    lowest: Number
    highest: Number
    step: Number


class ScorersIn(Shape):
    """Who may mark: roles by code, experts drawn, and how many a subject needs."""

    roles: list[Code] = []
    experts: Literal["allowed", "none"] = "none"
    at_least: Whole


class AggregateIn(Shape):
    """How several marks become one."""

    by: Literal["MEAN", "TRIMMED_MEAN"]
    trim: Whole = "0"
    places: Annotated[str, StringConstraints(pattern=r"^[0-4]$")] = "2"


class ScoreStepIn(Shape):
    """A step before scoring is settled. ``parties_of`` names the parameter that lists who may have held it.

    ``holds`` is what the record of a visit must hold beside day, leader and notes.
    """

    label: Label
    form: Literal["PLANNING", "REVIEW", "MEETING", "VISIT"]
    roles: list[Code] = Field(min_length=1)
    parties_of: Key | None = None
    need: Literal["REQUIRED", "OPTIONAL"] = "REQUIRED"
    holds: list[Literal["PEOPLE", "POSITION", "PHOTOS"]] = []


class SensitivityIn(Shape):
    """How weights are shaken to see how firm a ranking is."""

    vary: Number
    times: Whole
    seed: Whole


class ScorecardIn(Shape):
    """One dated version of a scorecard (评分表); weights, guides and lists are checked by the loader."""

    key: Key
    label: Label
    use: Literal["SELECTION"]
    effective_from: date = Field(alias="from")
    from_note: Text | None = None
    confidence: ConfidenceCode
    basis: BasisIn
    scale: ScaleIn
    dimensions_of: Key | None = None
    dimensions: dict[Name, DimensionIn] = Field(min_length=1)
    scorers: ScorersIn
    aggregate: AggregateIn
    pass_mark: Number | None = None
    spread_noted: Number | None = None
    ties: list[Name] = []
    steps_of: Key | None = None
    steps: dict[Name, ScoreStepIn] = {}
    sensitivity: SensitivityIn
    note: Text | None = None


class CaseIn(Shape):
    """One golden case: facts and the decision, its arithmetic and where it comes from."""

    name: Text
    on: date
    for_: Code | None = Field(default=None, alias="for")
    given: dict[Name, Any] = {}
    expect: dict[str, Any]
    arithmetic: Text
    source: Text


class CasesIn(Shape):
    """Golden cases of one table, one parameter or one scorecard. ``at``: where in its file they stand."""

    table: Key | None = None
    parameter: Key | None = None
    scorecard: Key | None = None
    cases: list[CaseIn] = Field(min_length=1)
    _at: tuple[str | int, ...] = PrivateAttr(default=())

    @property
    def at(self) -> tuple[str | int, ...]:
        """Return the place of the group in the file, () for a file of one."""
        return self._at


class CaseGroupsIn(Shape):
    """A file of golden cases of several parameters or tables."""

    groups: list[CasesIn] = Field(min_length=1)

    def placed(self) -> list[CasesIn]:
        """Return the groups, each knowing its place."""
        for number, group in enumerate(self.groups):
            group._at = ("groups", number)
        return self.groups


class CodeListIn(Shape):
    """A code list shared by inputs: code → Chinese label."""

    key: Name
    label: Label
    basis: BasisIn | None = None
    note: Text | None = None
    codes: dict[Code, Label]


class DutyMeetingIn(Shape):
    """Which meetings fulfil a duty: their kinds, whose duty it is and who must chair (by role), when to remind."""

    kinds: list[Code] = Field(min_length=1)
    units_with: list[Code] = Field(min_length=1)
    chaired_by: list[Code] = []
    remind_days: Annotated[str, StringConstraints(pattern=r"^[1-9]\d?$")]
    note: Text | None = None


class CadenceIn(Shape):
    """One recurring duty (节奏): what, how often, who, on which clause; ``meeting`` when it is kept by meetings."""

    key: Key
    label: Label
    every: Literal["WEEK", "HALF_MONTH", "MONTH", "QUARTER", "HALF_YEAR", "YEAR"]
    at_least: Text | None = None
    duty: Text
    lead: Text | None = None
    meeting: DutyMeetingIn | None = None
    effective_from: date = Field(alias="from")
    from_note: Text | None = None
    confidence: ConfidenceCode
    basis: BasisIn
    note: Text | None = None


class CadencesIn(Shape):
    """``cadences.yaml``."""

    cadences: list[CadenceIn] = Field(min_length=1)


class PaperFieldIn(Shape):
    """A field of a paper template; with ``default`` it may be left out."""

    label: Label
    type: Literal["text", "long_text", "date", "year", "count", "wan", "yi", "percent", "names"] = "text"
    max: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,3}$")] | None = None
    default: str | None = None
    help: Text | None = None


class PaperColumnIn(Shape):
    """A column of a table of a paper; ``width`` in characters."""

    label: Label
    type: Literal["text", "date", "year", "count", "wan", "yi", "percent"] = "text"
    width: Annotated[str, StringConstraints(pattern=r"^[1-9]\d?$")] = "6"
    default: str | None = None


class PaperTableIn(Shape):
    """A table that the caller brings."""

    label: Label
    columns: dict[Name, PaperColumnIn] = Field(min_length=1)


class PaperParagraphIn(Shape):
    """A paragraph that is more than plain text."""

    heading: Text | None = None
    lead: Text | None = None
    text: Text | None = None
    for_each: Name | None = None
    when: Name | None = None


class PaperAnnexIn(Shape):
    """An annex."""

    title: Text
    table: Name | None = None
    note: Text | None = None
    total: list[Name] = []
    body: list[Text | PaperParagraphIn] = []


class PaperPeopleIn(Shape):
    """A list of people at the end of minutes."""

    label: Label
    field: Name


class PaperIn(Shape):
    """One dated version of a paper template (文书模板); texts are checked by the loader against the declared fields."""

    key: Key
    label: Label
    genre: Text
    form: Literal["RED_HEAD", "LETTER", "MINUTES", "PLAIN"]
    series: Literal["DOCUMENT", "LETTER", "MINUTES", "PUBLIC", "NOTICE"]
    access: Literal["PUBLIC", "INTERNAL", "RESTRICTED"] = "INTERNAL"
    effective_from: date = Field(alias="from")
    from_note: Text | None = None
    confidence: ConfidenceCode
    basis: BasisIn
    fields: dict[Name, PaperFieldIn] = {}
    tables: dict[Name, PaperTableIn] = {}
    mark: Text | None = None
    title: Text
    addressee: Text | None = None
    body: list[Text | PaperParagraphIn] = Field(min_length=1)
    annexes: list[PaperAnnexIn] = []
    people: list[PaperPeopleIn] = []
    copies: Text | None = None
    remark: Text | None = None
    note: Text | None = None
