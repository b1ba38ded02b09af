"""The lives of the fictional projects: entered, staged, coded, approved, begun, finished, each by the right person."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from gongbu.config.demo import city
from gongbu.config.demo.timeline import Timeline, months
from gongbu.ground.basics.money import FEN_PER_WAN
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.mainline.approvals import services as approvals
from gongbu.mainline.projects import services
from gongbu.mainline.projects.choices import EarlyStage, MemberRole, Stage
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.rules.code import compute_check_digit

COUNTIES = {"澜安市": ("990100", "lanan_fgw"), "青岚县": ("990121", "qinglan_fgj"), "柏溪县": ("990122", "baixi_fgj"),
            "望川区": ("990102", "wangchuan_fgj")}  # fmt: skip
LOCAL_CLERKS = {"柳林镇人民政府": ("liulin", "990121101"), "城关镇人民政府": ("chengguan", "990121100")}
# How many months before commencement a project entered each stage; the demo's own pace, no rule.
LEAD_MONTHS = {Stage.RESERVE: 14, Stage.APPROVAL: 10, Stage.DESIGN: 7, Stage.PROCUREMENT: 3, Stage.CONSTRUCTION: 0}
ORDER: list[str] = [*LEAD_MONTHS, Stage.ACCEPTANCE, Stage.BUILT]
KINDS = {
    "轨道交通": ("RAIL", "MAJOR_STRATEGIC"), "国家级产业园区": ("NATIONAL_PARK", "MAJOR_STRATEGIC"),
    "老旧小区改造": ("OLD_NEIGHBOURHOOD", "SPECIAL_SUPPORTING"), "智慧城市": ("SMART_CITY", "SPECIAL_SUPPORTING"),
    "社区微更新": ("COMMUNITY_RENEWAL", "GENERAL_LIVELIHOOD"), "小型市政设施": ("SMALL_MUNICIPAL", "GENERAL_LIVELIHOOD"),
    "学校医院等公共建筑": ("BUILDING", "SPECIAL_SUPPORTING"), "保障性住房": ("BUILDING", "SPECIAL_SUPPORTING"),
    "市政道路": ("MUNICIPAL", "SPECIAL_SUPPORTING"), "市政公用设施": ("MUNICIPAL", "SPECIAL_SUPPORTING"),
    "公路工程": ("HIGHWAY", ""), "水利工程": ("WATER", ""), "农田水利": ("FARMLAND", ""), "产业园区": ("BUILDING", ""),
    "产业项目": ("BUILDING", ""), "文化旅游设施": ("ECOLOGY", "GENERAL_LIVELIHOOD"),
}  # fmt: skip
NATURES = {"新建": "NEW", "扩建": "EXPANSION", "改建": "REBUILDING", "迁建": "RELOCATION"}


@dataclass
class Life:
    """One project of the seed file and what became of it; ``project_id`` is known once it is entered."""

    row: dict[str, str]
    number: int
    today: date
    project_id: int = 0
    start: date = field(init=False)
    stage: str = field(init=False)
    early: str = field(init=False)
    _days: dict[str, date] = field(init=False)

    def __post_init__(self) -> None:
        self.start = months(self.today, int(self.row["start_offset_months"]))
        labels = {label: value for value, label in Stage.choices}
        name, _, early = self.row["stage"].partition("·")
        self.stage = labels[name]
        self.early = {label: value for value, label in EarlyStage.choices}.get(early, "")
        self._days = self._stage_days()

    @property
    def total_fen(self) -> int:
        text = self.row["total"]
        unit = 100_000_000 if text.endswith("亿元") else 10_000
        return int(Decimal(text.removesuffix("元").rstrip("亿万")) * unit * 100)

    @property
    def is_government(self) -> bool:
        return self.row["funding_nature"] == "政府投资"

    @property
    def is_taken_over(self) -> bool:
        """Whether the project was under way before the county joined, and came in by 历史接入."""
        return self.row["code"] != "无" and int(self.row["start_offset_months"]) <= -18

    def region(self) -> Region:
        clerk = LOCAL_CLERKS.get(self.row["owner"])
        return city.region_of(clerk[1] if clerk else COUNTIES[self.row["county"]][0])

    def officer(self, on: date) -> Actor:
        return city.acting(COUNTIES[self.row["county"]][1], on)

    def day_of(self, stage: str) -> date:
        """Return the day on which the project entered a stage it has reached."""
        return self._days[stage]

    def _stage_days(self) -> dict[str, date]:
        """The demo's pace from the planned start; then, back from today, never two stages within three weeks."""
        finish = int(self.row["duration_months"])
        pace: dict[str, int] = {stage: -lead for stage, lead in LEAD_MONTHS.items()}
        pace |= {Stage.ACCEPTANCE: finish - 1, Stage.BUILT: finish}
        days: dict[str, date] = {}
        latest = self.today - timedelta(days=2 + self.number * 3 % 40)
        for stage in reversed(ORDER[: ORDER.index(self.stage) + 1]):
            days[stage] = min(months(self.start, pace[stage]) + timedelta(days=self.number * 7 % 23), latest)
            latest = days[stage] - timedelta(days=21 + self.number % 30)
        return days

    def passed(self) -> Iterator[str]:
        """Yield the stages after the first that the project went through, in order."""
        yield from ORDER[1 : ORDER.index(self.stage) + 1]

    def values(self) -> dict[str, Any]:
        """Return the facts of the project by catalogue key."""
        works_type, nature = KINDS[self.row["works_type"]]
        return {
            "name": self.row["name"],
            "funding_nature": "GOVERNMENT" if self.is_government else "ENTERPRISE",
            "owner_name": self.row["owner"],
            "sector": self.row["sector"],
            "industry_code": self.row["industry_code"],
            "works_type": works_type,
            "construction_nature": NATURES[self.row["construction_nature"]],
            "initiation_nature": nature,
            "is_city_strategic": True if nature == "MAJOR_STRATEGIC" else None,
            "content": self.row["content"],
            "location": self.row["location"],
            "total_investment_fen": self.total_fen,
            "total_investment_text": self.row["total"],
            "funding_text": "财政资金、专项债券" if self.is_government else "企业自筹、银行贷款",
            "planned_start_on": self.start.replace(day=1),
            "planned_start_precision": "MONTH",
            "planned_finish_on": months(self.start.replace(day=1), int(self.row["duration_months"])),
            "planned_finish_precision": "MONTH",
        }

    def code_on(self, day: date) -> str:
        """Return a made-up project code with a right check digit (a code of the demo's own region)."""
        region = COUNTIES[self.row["county"]][0]
        body = f"{day:%y%m}{region}0401{self.number:05d}"
        return f"{day:%y%m}-{region}-04-01-{self.number:05d}{compute_check_digit(body)}"

    def old_code(self) -> str:
        """Return a made-up code of the form used until 2020."""
        return f"2019-{COUNTIES[self.row['county']][0]}-{self.row['industry_code'][:2]}-01-{self.number:06d}"


def lives(today: date) -> list[Life]:
    """Return the projects of the seed file."""
    with (city.SEED / "projects.csv").open(encoding="utf-8") as file:
        return [Life(row, number, today) for number, row in enumerate(csv.DictReader(file), start=1)]


def plan(timeline: Timeline) -> None:
    """Put every project's life on the timeline."""
    for life in lives(timeline.today):
        if life.is_taken_over:
            joined = timeline.days_ago(330 - life.number % 20)
            timeline.at(joined, life.row["name"], partial(take_over, life, joined))
            timeline.at(timeline.days_ago(12), "年度投资", partial(report_year, life, timeline.days_ago(12)))
            continue
        entered = life.day_of(Stage.RESERVE)
        timeline.at(entered, life.row["name"], partial(enter, life, entered))
        for stage in life.passed():
            day = life.day_of(stage)
            timeline.at(day, life.row["name"], partial(advance, life, stage, day))
        for day, kind, share in papers_of(life):
            late = 38 if life.number % 9 == 0 else 2
            told = min(day + timedelta(days=late), timeline.days_ago(1))
            timeline.at(told, "批复文件", partial(record_paper, life, kind, day, told, share))
        if life.row["annual_wan"]:
            planned_on = max(entered + timedelta(days=3), date(timeline.today.year, 1, 20))
            timeline.at(planned_on, "年度计划", partial(plan_year, life, timeline.today.year))
            if life.stage == Stage.CONSTRUCTION:
                timeline.at(timeline.days_ago(12), "年度投资", partial(report_year, life, timeline.days_ago(12)))
    timeline.at(timeline.days_ago(40), "参建单位", partial(join_members, timeline))


def enter(life: Life, on: date) -> None:
    """Create the project in the reserve."""
    clerk = LOCAL_CLERKS.get(life.row["owner"])
    actor = city.acting(clerk[0], on) if clerk else life.officer(on)
    region = life.region()
    owner = city.ensure_unit(life.row["owner"], region, sector=life.row["sector"])
    project = services.create_project(
        actor=actor,
        region_id=region.pk,
        on=on,
        key=f"demo:{life.number}:enter",
        stage=Stage.RESERVE,
        early_stage=life.early if life.stage == Stage.RESERVE else EarlyStage.CONCEIVED,
        owner_unit_id=owner.pk,
        **life.values(),
    )
    life.project_id = project.pk


def advance(life: Life, stage: str, on: date) -> None:
    """Move the project on; with initiation it gets its code."""
    if stage == Stage.APPROVAL and life.row["code"] == "新":
        services.attach_code(
            project_id=life.project_id,
            code=life.code_on(on),
            actor=life.officer(on),
            on=on,
            reason="在线平台赋码",
            key=f"demo:{life.number}:code",
        )
    key = f"demo:{life.number}:{stage}"
    reason = "竣工验收合格，已交付使用" if stage == Stage.BUILT else ""
    services.set_stage(project_id=life.project_id, stage=stage, reason=reason, actor=life.officer(on), on=on, key=key)


def papers_of(life: Life) -> Iterator[tuple[date, str, str]]:
    """Yield (day, type, share of the final total) of the papers the project has by now."""
    reached = ORDER.index(life.stage)
    if reached < ORDER.index(Stage.APPROVAL):
        return
    begun = life.day_of(Stage.APPROVAL) + timedelta(days=9)
    if not life.is_government:
        yield begun, "企业投资项目备案证明", "1"
        return
    yield begun, "项目建议书批复", "0.96"
    if reached > ORDER.index(Stage.APPROVAL):
        yield life.day_of(Stage.DESIGN) - timedelta(days=4), "可行性研究报告批复", "0.98"
    if reached > ORDER.index(Stage.DESIGN):
        yield life.day_of(Stage.PROCUREMENT) - timedelta(days=6), "初步设计概算批复", "1"
    if life.number in {2, 21} and reached >= ORDER.index(Stage.CONSTRUCTION):
        yield life.day_of(Stage.CONSTRUCTION) + timedelta(days=120), "概算调整批复", "1.06"


def record_paper(life: Life, kind: str, issued_on: date, told_on: date, share: str) -> None:
    """Record a paper with its parts; the parts make the total exactly."""
    total = round(life.total_fen * Decimal(share) / FEN_PER_WAN, 2) * FEN_PER_WAN
    other = round(total * Decimal("0.11") / FEN_PER_WAN, 2) * FEN_PER_WAN
    contingency = round(total * Decimal("0.06") / FEN_PER_WAN, 2) * FEN_PER_WAN
    parts: dict[str, Any] = {
        "engineering_fen": int(total - other - contingency),
        "other_fen": int(other),
        "contingency_fen": int(contingency),
    }
    office = "市发展和改革委员会" if life.row["county"] == "澜安市" else f"{life.row['county']}发展和改革局"
    serial = life.number * 3 + {"项": 1, "可": 2, "初": 3, "概": 4, "企": 5}[kind[0]]
    approvals.record_paper(
        project_id=life.project_id,
        actor=life.officer(told_on),
        key=f"demo:{life.number}:paper:{kind}",
        doc_type=kind,
        doc_no=f"{life.row['county'][:1]}发改{'备' if kind[0] == '企' else '审'}〔{issued_on.year}〕{serial}号",
        issued_on=issued_on,
        issued_precision="DAY",
        issuer=f"澜安{office}" if life.row["county"] == "澜安市" else office,
        applicant=life.row["owner"],
        content=life.row["content"],
        total_fen=int(total),
        **(parts if kind[0] != "企" else {}),
    )


def plan_year(life: Life, year: int) -> None:
    """Enter the investment planned for this year."""
    planned = int(Decimal(life.row["annual_wan"]) * FEN_PER_WAN)
    day = max(date(year, 1, 20), life.day_of(Stage.RESERVE) + timedelta(days=3))
    services.set_annual_investment(
        project_id=life.project_id,
        year=year,
        planned_fen=planned,
        actor=life.officer(min(day, life.today)),
        key=f"demo:{life.number}:plan:{year}",
    )


def report_year(life: Life, on: date) -> None:
    """Report what was completed this year: most near the even pace, some behind, a few ahead."""
    if not life.row["annual_wan"] or life.stage == Stage.BUILT:
        return
    planned = int(Decimal(life.row["annual_wan"]) * FEN_PER_WAN)
    pace = Decimal(on.timetuple().tm_yday) / 365 * (Decimal(70 + life.number * 11 % 42) / 100)
    services.set_annual_investment(
        project_id=life.project_id,
        year=on.year,
        planned_fen=planned,
        completed_fen=int(planned * min(pace, Decimal(1)) // FEN_PER_WAN * FEN_PER_WAN),
        actor=life.officer(on),
        on=on,
        key=f"demo:{life.number}:report:{on.year}",
    )


def take_over(life: Life, on: date) -> None:
    """历史接入: the project was under way when the county joined; its papers come along as they are."""
    region = life.region()
    owner = city.ensure_unit(life.row["owner"], region, sector=life.row["sector"])
    paid = life.total_fen * 62 // 100 if life.stage != Stage.BUILT else life.total_fen * 95 // 100
    office = "澜安市发展和改革委员会" if life.row["county"] == "澜安市" else f"{life.row['county']}发展和改革局"
    day = months(life.start, -8)
    code = life.old_code() if life.row["code"] == "旧" else life.code_on(months(life.start, -10))
    project = services.take_over(
        actor=life.officer(on),
        region_id=region.pk,
        stage=life.stage,
        on=on,
        code=code,
        papers=[
            services.OldPaper(
                "可行性研究报告批复", f"{life.row['county'][:1]}发改审〔{day.year}〕{life.number}号", day, office
            )
        ],
        contracted_fen=life.total_fen * 86 // 100,
        completed_fen=life.total_fen * 71 // 100 if life.stage != Stage.BUILT else life.total_fen,
        paid_fen=paid,
        note="接入时已在建或已建成，手续以原件为准",
        key=f"demo:{life.number}:takeover",
        owner_unit_id=owner.pk,
        **life.values(),
    )
    life.project_id = project.pk


def join_members(timeline: Timeline) -> None:
    """Give the consulting firm one project of 青岚县: the only one it will see."""
    day = timeline.days_ago(40)
    project = Project.objects.unscoped("the demo looks for its own project").get(name="青岚县人民医院传染病区扩建项目")
    firm = city.ensure_unit("安衡工程咨询有限公司", city.region_of("990121"))
    actor = city.acting("qinglan_fgj", day)
    services.add_member(
        project_id=project.pk, unit_id=firm.pk, role=MemberRole.CONSULTING, actor=actor, on=day, key="demo:member:1"
    )
