"""The reserve of 青岚县: libraries, a year of declarations, checks, selections, renewals, and the monthly figures.
望川区 has a small one of its own under other packs, so that the same project takes another way there.

Each by the person whose it is, through the acts that a user calls; everything is found again when it exists.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from gongbu.config.demo import city, story
from gongbu.config.demo.timeline import Timeline, months
from gongbu.ground.orgs.models import Post
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.policy.models import Adoption
from gongbu.ground.policy.services import adopt_packs
from gongbu.mainline.projects.choices import EarlyStage, Stage
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.services import NewProject
from gongbu.mainline.reserve import ageing, services
from gongbu.mainline.reserve.models import Library, LibraryEntry, ReserveFile
from gongbu.mainline.reserve.system import POINTS, holder_of, system_of

COUNTY, OFFICER, HEAD, LEADER = "990121", "qinglan_fgj", "qinglan_fgj_head", "qinglan_leader"
SECTORS = ("住房城乡建设", "水利", "农业农村", "工业和信息化", "文化旅游", "交通运输", "民政")
CHAINS = {"FRUIT_VEGETABLE": "青岚县果业发展中心", "LIVESTOCK": "青岚县农业农村局", "FOOD_PROCESSING": "青岚县农业农村局",
          "CULTURE_TOURISM": "青岚县文化和旅游局", "NEW_ENERGY": "青岚县工业和信息化局", "NEW_INDUSTRY": "青岚县工业和信息化局",
          "BUILDING_MATERIALS": "青岚县工业和信息化局", "MODERN_SERVICES": "青岚县商务局"}  # fmt: skip
KEEPERS = {"住房城乡建设": "青岚县住房和城乡建设局", "水利": "青岚县水务局", "农业农村": "青岚县农业农村局",
           "工业和信息化": "青岚县工业和信息化局", "文化旅游": "青岚县文化和旅游局", "交通运输": "青岚县交通运输局",
           "民政": "青岚县民政局"}  # fmt: skip
# Who checks for a keeper. 民政局 has nobody on the platform; its library is kept by the 发改局 until it has.
CHECKERS = {"青岚县住房和城乡建设局": "qinglan_zjj", "青岚县水务局": "qinglan_swj", "青岚县农业农村局": "qinglan_nyj",
            "青岚县工业和信息化局": "qinglan_gxj", "青岚县文化和旅游局": "qinglan_wlj", "青岚县交通运输局": "qinglan_jtj",
            "青岚县果业发展中心": "qinglan_guoye", "青岚县发展和改革局": OFFICER}  # fmt: skip
TOWNSHIPS = {"990121100": "城关镇人民政府", "990121101": "柳林镇人民政府", "990121102": "荔坡镇人民政府", "990121103": "王坪镇人民政府",
             "990121104": "东山镇人民政府", "990121201": "石桥乡人民政府"}  # fmt: skip
PUBLIC = "公共服务和基础设施项目，不产生产出和税收"
OPENED_DAYS_AGO = 640


@dataclass(frozen=True, slots=True)
class Row:
    """One declaration of the seed file."""

    name: str
    declarer: str
    place: str
    library: str
    total_fen: int
    industry_code: str
    early: str
    cases: tuple[str, ...]
    days_ago: int
    until: str
    location: str
    content: str
    reason: str


def rows() -> list[Row]:
    """Return the declarations of the seed file."""
    with (city.SEED / "reserve.csv").open(encoding="utf-8") as file:
        return [
            Row(
                r["name"], r["declarer"], r["place"], r["library"], _fen(r["total"]), r["industry_code"], r["early"],
                tuple(c for c in r["cases"].split("、") if c), int(r["days_ago"]), r["until"], r["location"], r["content"],
                r["reason"],
            )
            for r in csv.DictReader(file)
        ]  # fmt: skip


def _fen(text: str) -> int:
    unit = 10_000_000_000 if text.endswith("亿元") else 1_000_000
    return int(Decimal(text.rstrip("亿万元")) * unit)


OTHER, OTHER_OFFICER, OTHER_SECTOR = "990102", "wangchuan_fgj", "住房城乡建设"
OTHER_PACKS = ["classified_reserve", "county_reserve"]


def plan(timeline: Timeline) -> None:
    """Put the reserve on the timeline: opening, declarations and what became of them, the figures of each month."""
    opened = timeline.days_ago(OPENED_DAYS_AGO)
    timeline.at(opened, "设立储备库", partial(open_libraries, opened))
    for row in rows():
        day = timeline.days_ago(row.days_ago)
        timeline.at(day, row.name, partial(declare, row, day))
        for wait, step in _steps(row):
            then = min(day + timedelta(days=wait), timeline.days_ago(1))
            timeline.at(then, row.name, partial(step, row, then))
    for life in story.lives(timeline.today):
        if life.row["county"] == "青岚县" and life.stage == Stage.RESERVE:
            day = min(max(life.day_of(Stage.RESERVE) + timedelta(days=9), timeline.days_ago(300)), timeline.days_ago(1))
            timeline.at(day, life.row["name"], partial(declare_life, life.row["name"], day))
    plan_other(timeline)
    timeline.at(timeline.days_ago(3), "储备续报", partial(renew_one, timeline.days_ago(3)))
    for back in range(13, 0, -1):
        end = months(timeline.today.replace(day=1), 1 - back) - timedelta(days=1)
        timeline.at(end, "储备月度快照", partial(ageing.run_daily, end))
    timeline.at(timeline.days_ago(1), "储备月度快照", partial(ageing.run_daily, timeline.days_ago(1)))


def plan_other(timeline: Timeline) -> None:
    """望川区 adopts its own rules, opens two libraries, and has one project of theirs half way."""
    opened, declared = timeline.days_ago(120), timeline.days_ago(30)
    adoption = {"region": OTHER, "packs": OTHER_PACKS, "subjects": ["RESERVE"]}
    timeline.at(opened, "采用制度包", partial(adopt_other, adoption, opened))
    timeline.at(opened, "设立储备库", partial(open_other, opened))
    timeline.at(declared, OTHER_NAME, partial(declare_other, declared))
    timeline.at(timeline.days_ago(25), OTHER_NAME, partial(check_other, timeline.days_ago(25)))


def adopt_other(adoption: dict[str, Any], on: date) -> None:
    """The district adopts packs for its reserve alone."""
    region = city.region_of(adoption["region"])
    for subject in adoption["subjects"]:
        if not Adoption.objects.filter(region=region, subject=subject).exists():
            adopt_packs(
                region_id=region.pk, subject=subject, packs=adoption["packs"], effective_from=on, actor=console_actor(),
                document_number=f"望政办发〔{on.year}〕{on.month + 10}号", reason="演示：储备按三类分级配套做法",
            )  # fmt: skip


def open_other(on: date) -> None:
    """The district opens a general and one sector library, kept by its 发改局."""
    region, officer = city.region_of(OTHER), city.acting(OTHER_OFFICER, on)
    if Library.objects.unscoped("the demo looks for its own").filter(region=region).exists():
        return
    kept = officer.unit_id or 0
    new = [services.NewLibrary("GENERAL", kept), services.NewLibrary("SECTOR", kept, OTHER_SECTOR)]
    services.open_libraries(region_id=region.pk, libraries=new, actor=officer, on=on)


OTHER_NAME = "滨江街道雨污分流改造工程"


def declare_other(on: date) -> None:
    """A public work of the district is declared by its 发改局."""
    if _project(OTHER_NAME) is not None:
        return
    officer, region = city.acting(OTHER_OFFICER, on), city.region_of(OTHER)
    library = Library.objects.unscoped("the demo looks for its own").get(region=region, kind="SECTOR", closed_on=None)
    given = [services.Target(one.name, unfit_reason=PUBLIC) for one in system_of(region, on).indicators]
    values = {
        "name": OTHER_NAME, "funding_nature": "GOVERNMENT", "owner_name": officer.unit_name, "sector": OTHER_SECTOR,
        "industry_code": "4813", "stage": Stage.RESERVE, "early_stage": "PREPARING", "location": "滨江街道",
        "content": "改造雨污水管网8.4千米", "total_investment_fen": 9_800_000_000, "funding_text": "财政资金",
    }  # fmt: skip
    services.declare(
        library_id=library.pk, new=NewProject(city.region_of("990102001"), values), actor=officer, on=on,
        targets=given, key=f"demo:reserve:{OTHER_NAME}",
    )  # fmt: skip


def check_other(on: date) -> None:
    """The department passes it; by the district's rules it then goes to the experts' committee, whatever it touches."""
    found = LibraryEntry.objects.unscoped("the demo looks for its own").filter(project__name=OTHER_NAME)
    entry = found.filter(state="PENDING", step="PRELIMINARY_CHECK").first()
    if entry is None:
        return
    points = [services.Point(p, "FIT") for p in system_of(city.region_of(OTHER), on).texts(POINTS)]
    services.preliminary_check(
        entry_id=entry.pk, points=points, actor=city.acting(OTHER_OFFICER, on), on=on, text="选址符合国土空间规划。"
    )


def _steps(row: Row) -> list[tuple[int, Callable[[Row, date], None]]]:
    """Return (days after the declaration, act) of what happened to a declaration."""
    if row.until == "PENDING":
        return []
    first = {"REFUSED": refuse, "RETURNED": send_back}.get(row.until, check)
    steps: list[tuple[int, Callable[[Row, date], None]]] = [(5, first)]
    if row.until in ("SECTOR", "GENERAL"):
        steps += [(9, lead), (16, decide), (19, admit)]
    if row.until == "GENERAL":
        steps.append((48, select))
    return steps


def open_libraries(on: date) -> None:
    """Open the general library, one per sector, chain and township."""
    region = city.region_of(COUNTY)
    if Library.objects.unscoped("the demo looks for its own").filter(region=region).exists():
        return
    officer = city.acting(OFFICER, on)
    new = [services.NewLibrary("GENERAL", officer.unit_id or 0)]
    for sector in SECTORS:
        keeper = KEEPERS[sector] if sector != "民政" else "青岚县发展和改革局"
        new.append(services.NewLibrary("SECTOR", city.ensure_unit(keeper, region, sector=sector).pk, sector))
    leader = Post.objects.get(unit__name="青岚县人民政府", name="常务副县长")
    for code, keeper in CHAINS.items():
        new.append(services.NewLibrary("CHAIN", city.ensure_unit(keeper, region).pk, code, leader_post_id=leader.pk))
    for code, name in TOWNSHIPS.items():
        place = city.region_of(code)
        new.append(services.NewLibrary("TOWNSHIP", city.ensure_unit(name, place).pk, township_id=place.pk))
    services.open_libraries(region_id=region.pk, libraries=new, actor=officer, on=on)


def _library(scope: str) -> Library:
    return (
        Library.objects.unscoped("the demo looks for its own")
        .select_related("keeper")
        .get(region=city.region_of(COUNTY), scope=scope, closed_on=None)
    )


def _project(name: str) -> Project | None:
    return Project.objects.unscoped("the demo looks for its own").filter(name=name).first()


def _entry(row: Row) -> LibraryEntry | None:
    found = LibraryEntry.objects.unscoped("the demo looks for its own").filter(project__name=row.name)
    return found.exclude(kind__in=["TOWNSHIP", "GENERAL"]).select_related("library__keeper").first()


def targets(industry_code: str, size: int) -> list[services.Target]:
    """Return baseline and target of the county's indicators: figures for factories, a reason for public works."""
    if not industry_code or not ("13" <= industry_code[:2] <= "43" or industry_code[:2] in {"01", "03", "59", "61"}):
        return [services.Target(name, unfit_reason=PUBLIC) for name in ("亩均产出", "亩均税收", "单位能耗", "单位排放")]
    values = {
        "亩均产出": ("0", str(180 + size % 90)),
        "亩均税收": ("0", str(9 + size % 6)),
        "单位能耗": ("0", "0.32"),
        "单位排放": ("0", "1.8"),
    }
    return [services.Target(name, Decimal(low), Decimal(high)) for name, (low, high) in values.items()]


def declare(row: Row, on: date) -> None:
    """The township, department or unit declares; the newest declarations still owe their indicators."""
    if _project(row.name) is not None:
        return
    library = _library(row.library)
    actor = city.acting(row.declarer, on)
    sector = row.library if library.kind == "SECTOR" else actor.grants[0].sector or "农业农村"
    new = NewProject(
        city.region_of(row.place),
        {
            "name": row.name, "funding_nature": "ENTERPRISE" if "13" <= row.industry_code[:2] <= "43" else "GOVERNMENT",
            "owner_name": actor.unit_name, "sector": sector, "industry_code": row.industry_code, "stage": Stage.RESERVE,
            "early_stage": row.early, "content": row.content, "location": row.location,
            "total_investment_fen": row.total_fen, "funding_text": "财政资金、企业自筹",
            **({"owner_unit_id": actor.unit_id} if row.declarer == "xingqing" else {}),
        },
    )  # fmt: skip
    given = [] if row.until == "PENDING" and row.days_ago < 8 else targets(row.industry_code, row.total_fen // 10**9)
    services.declare(
        library_id=library.pk,
        new=new,
        actor=actor,
        cases=row.cases,
        targets=given,
        on=on,
        key=f"demo:reserve:{row.name}",
    )


def declare_life(name: str, on: date) -> None:
    """A reserve project of the story is declared by the 发改局 and checked by the department that keeps its library."""
    project = _project(name)
    if project is None or LibraryEntry.objects.unscoped("the demo looks for its own").filter(project=project).exists():
        return
    scopes = Library.objects.unscoped("the demo looks for its own").filter(kind="SECTOR", closed_on=None)
    library = scopes.filter(scope=project.sector).select_related("keeper").first()
    if library is None:
        return
    given = targets(project.industry_code, (project.total_investment_fen or 0) // 10**9)
    entry = services.declare(
        library_id=library.pk, project_id=project.pk, actor=city.acting(OFFICER, on), targets=given, on=on,
        key=f"demo:reserve:{project.pk}",
    )  # fmt: skip
    if project.early_stage != EarlyStage.CONCEIVED:
        _pass(entry, library, on)


def _pass(entry: LibraryEntry, library: Library, on: date) -> None:
    system = system_of(holder_of(city.region_of(COUNTY)), on)
    points = [services.Point(point, "FIT") for point in system.texts(POINTS)]
    services.preliminary_check(
        entry_id=entry.pk, points=points, actor=city.acting(CHECKERS[library.keeper.name], on), on=on,
        text="符合产业政策和县域规划，同意纳入。",
    )  # fmt: skip


def _at(row: Row, step: str) -> LibraryEntry | None:
    entry = _entry(row)
    return entry if entry is not None and entry.state == "PENDING" and entry.step == step else None


def check(row: Row, on: date) -> None:
    """初核 by the keeper."""
    if (entry := _at(row, "PRELIMINARY_CHECK")) is not None:
        _pass(entry, entry.library, on)


def lead(row: Row, on: date) -> None:
    """链长审核 of chain projects."""
    if (entry := _at(row, "CHAIN_LEADER_REVIEW")) is not None:
        actor = city.acting(LEADER, on)
        services.chain_leader_review(entry_id=entry.pk, actor=actor, text="属延链补链项目，同意列入。", on=on)


def decide(row: Row, on: date) -> None:
    """预判预审 by the leading group, recorded by its office."""
    if (entry := _at(row, "LEADING_GROUP_REVIEW")) is not None:
        services.leading_group_review(
            entry_id=entry.pk, document=f"县重大项目领导小组会议纪要〔{on.year}〕{on.month}号", text="同意开展前期工作。",
            actor=city.acting(OFFICER, on), on=on,
        )  # fmt: skip


def admit(row: Row, on: date) -> None:
    """入库 by the keeper after the group."""
    if (entry := _at(row, "ADMISSION")) is not None:
        services.admit(entry_id=entry.pk, actor=city.acting(CHECKERS[entry.library.keeper.name], on), on=on)


def select(row: Row, on: date) -> None:
    """择优 into the general library."""
    project = _project(row.name)
    if project is None or LibraryEntry.objects.unscoped("own").filter(project=project, kind="GENERAL").exists():
        return
    services.select(project_ids=[project.pk], reason=row.reason, actor=city.acting(OFFICER, on), on=on)


def send_back(row: Row, on: date) -> None:
    """退回补正."""
    if (entry := _at(row, "PRELIMINARY_CHECK")) is not None:
        actor = city.acting(CHECKERS[entry.library.keeper.name], on)
        services.return_entry(entry_id=entry.pk, reason=row.reason, actor=actor, on=on)


def refuse(row: Row, on: date) -> None:
    """不予入库 with the clause."""
    if (entry := _at(row, "PRELIMINARY_CHECK")) is not None:
        points = [
            services.Point("产业政策", "UNFIT", "选址和开采方式不合政策"),
            services.Point("资源禀赋", "UNFIT", "涉及河道岸线"),
        ]
        services.refuse(
            entry_id=entry.pk, reason=row.reason, clause="实施方案第3条", points=points, on=on,
            actor=city.acting(CHECKERS[entry.library.keeper.name], on),
        )  # fmt: skip


def renew_one(on: date) -> None:
    """The water bureau renews its oldest project; what the township owes stays open."""
    file = ReserveFile.objects.unscoped("the demo looks for its own").filter(name="青岚县城西水厂及输水工程").first()
    if file is not None and file.renewed_on < on:
        services.renew(project_id=file.pk, actor=city.acting("qinglan_swj", on), note="可研报告已委托编制", on=on)
