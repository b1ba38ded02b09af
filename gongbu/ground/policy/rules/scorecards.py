"""Scorecards (评分表) as pack data: what is marked, by whom, how marks become one score, what must be done before.

A card says who may mark and how; who marks what about which subject, and when, is the work of the rooms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gongbu.ground.basics.findings import Basis
from gongbu.ground.policy.rules.values import Confidence, plain

MARK_SCALE = 100
"""Marks are computed as whole hundredths."""
WEIGHT_SCALE = 10_000
"""Weights are computed as whole ten-thousandths."""


class Use(StrEnum):
    """What a card is for; rooms ask for the card of their use."""

    SELECTION = "SELECTION"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {"SELECTION": "项目遴选"}[self]


class Aggregate(StrEnum):
    """How the marks of several scorers become one: the mean, or the mean without the highest and lowest ones."""

    MEAN = "MEAN"
    TRIMMED_MEAN = "TRIMMED_MEAN"


class Form(StrEnum):
    """What a step before scoring leaves on file: a planning record, an opinion, a resolution of a meeting, a visit."""

    PLANNING = "PLANNING"
    REVIEW = "REVIEW"
    MEETING = "MEETING"
    VISIT = "VISIT"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {"PLANNING": "谋划记录", "REVIEW": "审核意见", "MEETING": "会议审定", "VISIT": "现场踏勘"}[self]


class Holding(StrEnum):
    """What the record of a visit must hold beside day, leader and notes, when the card says so."""

    PEOPLE = "PEOPLE"
    POSITION = "POSITION"
    PHOTOS = "PHOTOS"

    @property
    def label(self) -> str:
        """Chinese word."""
        return {"PEOPLE": "参加人员", "POSITION": "位置", "PHOTOS": "现场照片"}[self]


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a guide: from this mark up to the next level, what it is called and what it takes."""

    lowest: Decimal
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that is marked: its weight, a ratio, what it asks, and the guide from the best level down."""

    key: str
    label: str
    weight: Decimal
    asks: str
    guide: tuple[Level, ...]

    @property
    def weight_words(self) -> str:
        """The weight as a percentage: 15%, 12.5%."""
        return f"{plain(self.weight * 100)}%"

    def level_of(self, mark: Decimal) -> str:
        """Return the name of the level in which a mark lies, "" without a guide."""
        return next((level.name for level in self.guide if mark >= level.lowest), "")


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done and recorded before scoring is settled: by which roles, with which parties to choose from.

    ``holds`` is what the record of a visit must hold; photographs are filed after it and count before scoring is settled.
    """

    key: str
    label: str
    form: Form
    roles: tuple[str, ...]
    parties_of: str
    is_required: bool
    holds: frozenset[Holding] = frozenset()


@dataclass(frozen=True, slots=True)
class Scale:
    """From where to where marks go, and in which steps."""

    lowest: Decimal
    highest: Decimal
    step: Decimal

    def holds(self, mark: Decimal) -> bool:
        """Return whether a mark lies within the scale."""
        return self.lowest <= mark <= self.highest

    def fits(self, mark: Decimal) -> bool:
        """Return whether a mark lies on a step."""
        return (mark - self.lowest) % self.step == 0


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How the weights are shaken: each by at most ``vary`` of itself, ``times`` times, from a fixed seed."""

    vary: Decimal
    times: int
    seed: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One dated version of a card. ``ties`` are the dimensions that decide between equal scores, in order.

    ``at_least`` is how many scorers a subject needs; of a trimmed mean ``trim`` marks go off at each end.
    ``spread_noted`` is the difference between scorers from which a person should look (None: never noted).
    """

    key: str
    label: str
    use: Use
    effective_from: date
    basis: Basis
    confidence: Confidence
    scale: Scale
    dimensions: tuple[Dimension, ...]
    roles: tuple[str, ...]
    takes_experts: bool
    at_least: int
    aggregate: Aggregate
    trim: int
    places: int
    pass_mark: Decimal | None
    spread_noted: Decimal | None
    ties: tuple[str, ...]
    steps: tuple[Step, ...]
    sensitivity: Sensitivity
    note: str = ""
    from_note: str = ""
    hash: str = ""
    file: str = ""
    line: int = 1

    @property
    def by_key(self) -> Mapping[str, Dimension]:
        """Dimensions by key."""
        return {one.key: one for one in self.dimensions}

    @property
    def weights_words(self) -> str:
        """The weights in words: 产业层次 20%、…."""
        return "、".join(f"{one.label} {one.weight_words}" for one in self.dimensions)

    @property
    def method_words(self) -> str:
        """How one score comes about, in one Chinese sentence."""
        how = "取平均分"
        if self.aggregate is Aggregate.TRIMMED_MEAN:
            how = f"去掉 {self.trim} 个最高分和 {self.trim} 个最低分后取平均分"
        said = f"每位评分人各维度得分按权重加权，{how}，保留 {self.places} 位小数；至少 {self.at_least} 人评分"
        return said if self.pass_mark is None else f"{said}，{self.pass_mark:f} 分及格"

    @property
    def ties_words(self) -> str:
        """How equal scores are told apart."""
        labels = "、".join(self.by_key[key].label for key in self.ties)
        return f"同分的依次比较{labels}，仍相同的并列" if labels else "同分的并列"
