"""Plans, leads, idle assets and offers of the demo's county, and the monthly meetings of two of its departments."""

from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial

from gongbu.config.demo import city
from gongbu.config.demo.gatherings import hold_and_close
from gongbu.config.demo.timeline import Timeline, months
from gongbu.ground.basics import clock
from gongbu.ground.basics.money import FEN_PER_WAN
from gongbu.ground.meetings import services as meetings
from gongbu.ground.meetings.entry import NewAttendee, NewItem, NewMeeting
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.orgs.models import Post
from gongbu.mainline.objectives import services as objectives
from gongbu.mainline.objectives.models import Objective, PlanDocument
from gongbu.mainline.objectives.rules import NewObjective
from gongbu.mainline.projects.models import Project
from gongbu.mainline.promotion import services as promotion
from gongbu.mainline.promotion.models import CapitalOffer, IdleAsset, Lead

COUNTY, OFFICER, HEAD = "990121", "qinglan_fgj", "qinglan_fgj_head"
INDUSTRY = "qinglan_gxj"
PLAN = "青岚县国民经济和社会发展规划纲要"
OBJECTIVES = (
    NewObjective("1", "新增高效节水灌溉面积", "水利", "新增灌溉面积", "万亩", Decimal(0), Decimal(6)),
    NewObjective("2", "城区供水保障率达到 98%", "水利", "供水保障率", "%", Decimal(91), Decimal(98)),
    NewObjective(
        "3", "万元工业增加值能耗下降", "工业和信息化", "能耗强度", "吨标准煤/万元", Decimal("0.62"), Decimal("0.52")
    ),
    NewObjective("4", "新型建材产业产值突破 12 亿元", "工业和信息化", "产值", "亿元", Decimal("3.5"), Decimal(12)),
    NewObjective("5", "所有乡镇通三级及以上公路", "交通运输", "通达率", "%", Decimal(76), Decimal(100)),
    NewObjective("6", "每千名老人养老床位达到 45 张", "民政", "床位", "张", Decimal(31), Decimal(45)),
)
# objective → project of the reserve that answers it, how, and how much of it (in the objective's unit)
LINKS = (
    ("1", "柳林镇提水灌溉工程", "改善灌溉面积 1.1 万亩", "1.1"),
    ("2", "青岚县城西水厂及输水工程", "日供水 4 万吨，补足城区缺口", "5"),
    ("4", "青岚县新型建材（微晶板）项目", "建成后年产值 5 亿元", "5"),
    ("4", "青岚县装配式建筑构件基地", "年产构件 15 万立方米", "2.2"),
    ("5", "青岚县县乡公路联网工程", "6 个乡镇打通断头路", "18"),
)
# name, investor, industry, intended 万元, needs, errands (title, office, promised days, done after days or None)
LEADS = (
    ("高岭土精深加工项目", "远岱新材料有限公司", "新型建材", 32_000, "用地 120 亩，需天然气管道",
     (("营业执照办理", "青岚县市场监督管理局", 5, 3), ("用地预审与选址意见书", "青岚县自然资源局", 20, None))),
    ("果汁深加工生产线", "禾川食品有限公司", "食品加工", 18_500, "标准厂房 1.2 万平方米，污水预处理",
     (("标准厂房租赁意向", "青岚县兴青产业投资有限公司", 15, 12), ("环评编制对接", "澜安市生态环境局青岚分局", 30, None))),
    ("分布式光伏逆变器装配", "曜辰能源科技有限公司", "新能源", 26_000, "并网容量 20 兆瓦", ()),
)  # fmt: skip
# name, kind, owner, place, idle for months, land 亩, floor 平方米, cause
ASSETS = (
    ("原青岚县水泥厂厂房", "PLANT", "青岚县兴青产业投资有限公司", "工业集中区北环路", 40, "86.4", "12400", "淘汰落后产能后停产"),
    ("原石桥乡中心小学旧校舍", "BUILDING", "石桥乡人民政府", "石桥乡政府以西", 62, "14.2", "3260", "撤并后闲置"),
    ("城关镇粮库旧址", "LAND", "青岚县粮食收储公司", "城关镇南门外", 75, "31.8", None, "库点迁建后腾空"),
)  # fmt: skip


def plan(timeline: Timeline) -> None:
    """Put plans, leads, assets, offers and the departments' meetings on the timeline."""
    timeline.at(timeline.days_ago(330), "规划目标", record_plan)
    timeline.at(timeline.days_ago(24), "规划目标挂接", link_objectives)
    timeline.at(timeline.days_ago(75), "招商代办", partial(register_leads, timeline.days_ago(75)))
    timeline.at(timeline.days_ago(70), "闲置资产", partial(register_assets, timeline.days_ago(70)))
    timeline.at(timeline.days_ago(15), "民间资本推介", partial(publish_offer, timeline.days_ago(15)))
    for back in range(1, 7):
        first = months(timeline.today.replace(day=1), -back)
        for login, unit, chair, skipped in DISPATCHES:
            if back not in skipped:
                day = first + timedelta(days=17)
                timeline.at(day, "部门专题调度", partial(dispatch, day, login, unit, chair))


# -- plan and objectives ----------------------------------------------------------------------------------------------


def record_plan() -> None:
    """The county's outline with six objectives."""
    if PlanDocument.objects.unscoped("the demo looks for its own").filter(name=PLAN).exists():
        return
    officer, today = city.acting(OFFICER, clock.today()), clock.today()
    plan = objectives.record_plan(
        region_id=city.region_of(COUNTY).pk, kind="DEVELOPMENT", name=PLAN, from_year=today.year, to_year=today.year + 4,
        issuer="青岚县人民代表大会", actor=officer,
    )  # fmt: skip
    objectives.set_objectives(plan_id=plan.pk, objectives=OBJECTIVES, actor=officer)


def link_objectives() -> None:
    """Five projects answer four of the objectives; two stay uncovered."""
    officer = city.acting(OFFICER, clock.today())
    for number, name, how, amount in LINKS:
        objective = Objective.objects.get(plan__name=PLAN, number=number)
        project = Project.objects.unscoped("the demo looks for its own project").filter(name=name).first()
        if project is None or objective.links.filter(project=project).exists():
            continue
        objectives.link(
            project_id=project.pk, objective_id=objective.pk, contribution=how, amount=Decimal(amount), actor=officer
        )


# -- leads, assets, offers --------------------------------------------------------------------------------------------


def register_leads(on: date) -> None:
    """Three investors are talked to; errands in every state."""
    if Lead.objects.unscoped("the demo looks for its own").exists():
        return
    officer, region = city.acting(INDUSTRY, on), city.region_of(COUNTY)
    agent = Post.objects.get(pk=officer.post_id or 0)
    for name, investor, industry, wan, needs, errands in LEADS:
        lead = promotion.register_lead(
            region_id=region.pk, name=name, investor=investor, agent_post_id=agent.pk, industry=industry, needs=needs,
            intended_fen=wan * FEN_PER_WAN, talking_since_on=on - timedelta(days=20), source="产业链招商", actor=officer,
        )  # fmt: skip
        for title, office, promised, done in errands:
            errand = promotion.open_errand(
                lead_id=lead.pk, title=title, office=office, due_on=on + timedelta(days=promised), actor=officer, on=on
            )
            if done is not None:
                promotion.finish_errand(errand_id=errand.pk, result="已办结，材料送投资方", actor=officer, on=on)


def register_assets(on: date) -> None:
    """Three assets stand idle; one is being talked about."""
    if IdleAsset.objects.unscoped("the demo looks for its own").exists():
        return
    officer, region = city.acting(OFFICER, on), city.region_of(COUNTY)
    for name, kind, owner, place, idle, land, floor, cause in ASSETS:
        promotion.register_asset(
            region_id=region.pk, name=name, kind=kind, owner_name=owner, location=place, idle_since_on=months(on, -idle),
            land_area_mu=Decimal(land), floor_area_sqm=Decimal(floor) if floor else None, cause=cause,
            terms="出租或作价入股", actor=officer,
        )  # fmt: skip
    first = IdleAsset.objects.unscoped("the demo looks for its own").order_by("pk")[0]
    promotion.match_asset(asset_id=first.pk, matched_with="远岱新材料有限公司（高岭土精深加工项目）", actor=officer)


def publish_offer(on: date) -> None:
    """Two projects of the reserve are offered to private capital."""
    if CapitalOffer.objects.unscoped("the demo looks for its own").exists():
        return
    officer, region = city.acting(OFFICER, on), city.region_of(COUNTY)
    offer = promotion.draft_offer(
        region_id=region.pk, title=f"青岚县{on.year}年向民间资本推介项目清单",
        contact="青岚县发展和改革局投资股，电话 0000—6620137", actor=officer,
    )  # fmt: skip
    for name, mode, wan in (
        ("青岚县新型建材（微晶板）项目", "合资或独资", 20_000),
        ("青岚县云台山景区索道", "特许经营", 18_000),
    ):
        project = Project.objects.unscoped("the demo looks for its own project").get(name=name)
        promotion.put_on_offer(
            offer_id=offer.pk, project_id=project.pk, mode=mode, wanted_fen=wan * FEN_PER_WAN, actor=officer
        )
    promotion.publish_offer(offer_id=offer.pk, actor=city.acting(HEAD, on))


# -- monthly meetings of departments ----------------------------------------------------------------------------------

# login of who calls it, unit, chair, months back in which it was missed
DISPATCHES = (
    ("qinglan_nyj", "青岚县农业农村局", "范春生　局长", (4,)),
    ("qinglan_swj", "青岚县水务局", "江既明　局长", (2, 5)),
)


def dispatch(on: date, login: str, unit: str, chair: str) -> None:
    """A department's head chairs the month's meeting on its projects (JC-32)."""
    key = f"demo:dispatch:{login}:{on:%Y-%m}"
    if Meeting.objects.unscoped("the demo looks for its own").filter(key=key).exists():
        return
    officer = city.acting(login, on)
    new = NewMeeting(
        kind="COORDINATION", title=f"{unit}{on.month}月重大项目专题调度会", region_id=city.region_of(COUNTY).pk, held_on=on,
        begins_at=time(9, 0), place="局三楼会议室", chair=chair,
        attendees=(NewAttendee(unit_id=officer.unit_id, unit_name=unit),),
        items=(NewItem("本行业储备和在建项目推进情况"),),
    )  # fmt: skip
    meeting = meetings.call_meeting(new=new, actor=officer, key=key)
    minutes = f"会议逐项听取了本行业项目推进情况，对进度滞后的提出了要求，明确了{on.month}月底前的节点。"
    hold_and_close(meeting, on, officer, {}, minutes)
