"""Selection in 青岚县: steps on file, a round settled with its ranking, a round that is being scored, an expert among the scorers.

Each by the person whose it is, through the acts that a user calls; everything is found again when it exists.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from math import sin
from zlib import crc32

from PIL import Image, ImageDraw

from gongbu.config.demo import city, reserve
from gongbu.config.demo.timeline import Timeline
from gongbu.ground.documents import services as documents
from gongbu.ground.experts import queries as experts_queries
from gongbu.ground.experts import services as experts
from gongbu.ground.experts.entry import AvoidList, NewDraw
from gongbu.ground.experts.models import Expert
from gongbu.ground.experts.rules.drawing import Need
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Person, Post
from gongbu.ground.policy import queries as policy_queries
from gongbu.ground.policy.rules.scorecards import Scorecard
from gongbu.mainline.lists import services as lists
from gongbu.mainline.lists.models import ProjectList
from gongbu.mainline.projects.models import Project
from gongbu.mainline.selection import services
from gongbu.mainline.selection.choices import STEP
from gongbu.mainline.selection.models import Candidate, Round, Scorer, StepRecord
from gongbu.mainline.selection.services import NewRound, NewStep

COUNTY, OFFICER, HEAD, LEADER = reserve.COUNTY, reserve.OFFICER, reserve.HEAD, reserve.LEADER
EXPERT = "suweijian"
PEOPLE = (
    {"login": "qinglan_vice", "name": "顾行舟", "unit": "青岚县人民政府", "post": "副县长", "role": "LEADER",
     "region": COUNTY},
    {"login": "qinglan_zrj_head", "name": "秦望山", "unit": "青岚县自然资源局", "post": "局长", "role": "SECTOR_HEAD",
     "region": COUNTY, "sector": "自然资源"},
    {"login": "qinglan_czj_head", "name": "宋清和", "unit": "青岚县财政局", "post": "局长", "role": "SECTOR_HEAD",
     "region": COUNTY, "sector": "财政"},
    {"login": "qinglan_hbj_head", "name": "程砚田", "unit": "澜安市生态环境局青岚分局", "post": "局长",
     "role": "SECTOR_HEAD", "region": COUNTY, "sector": "生态环境"},
    {"login": "qinglan_swj_head", "name": "江既明", "unit": "青岚县水务局", "post": "局长", "role": "SECTOR_HEAD",
     "region": COUNTY, "sector": "水利"},
    {"login": EXPERT, "name": "苏见微", "unit": "澜安市环境科学研究所", "post": "研究员", "role": "THIRD_PARTY",
     "region": COUNTY, "kind": "THIRD_PARTY"},
)  # fmt: skip
SCORERS = (
    LEADER, "qinglan_vice", HEAD, "qinglan_zrj_head", "qinglan_czj_head", "qinglan_hbj_head", "qinglan_swj_head",
)  # fmt: skip
# name → leading group that planned it, quality of each dimension of the scorecard in its order
FIRST = {
    "青岚县光伏组件配套产业园": ("产业转型", (88, 86, 82, 78, 74, 86)),
    "青岚县新型建材（微晶板）项目": ("产业转型", (86, 86, 78, 72, 68, 86)),
    "荔坡镇苹果气调库": ("产业转型", (85, 74, 83, 80, 82, 78)),
    "青岚县城西水厂及输水工程": ("基础设施", (72, 78, 88, 76, 86, 90)),
    "青岚县县乡公路联网工程": ("基础设施", (66, 70, 80, 68, 72, 84)),
}
SECOND = {
    "青岚县装配式建筑构件基地": ("产业转型", (84, 80, 72, 76, 70, 74)),
    "青岚县南河防洪提升工程": ("基础设施", (68, 74, 84, 72, 88, 88)),
    "青岚县云台山景区索道": ("城市更新", (76, 80, 78, 66, 62, 82)),
    "柳林镇集镇污水管网延伸工程": ("基础设施", (64, 70, 80, 74, 90, 78)),
    "荔坡镇高标准农田提升": ("产业转型", (78, 70, 82, 80, 82, 80)),
    "城关镇东关农贸市场改造": ("民生保障", (66, 66, 76, 78, 72, 82)),
}
SITE = {name: (Decimal("107.30") + Decimal(at) / 50, Decimal("35.28") + Decimal(at) / 60)
        for at, name in enumerate((*FIRST, *SECOND))}  # fmt: skip
WITHOUT = {"城关镇东关农贸市场改造": ("special_meeting", "site_visit"), "青岚县云台山景区索道": ("site_visit",)}
FINISHED, HALFWAY = (LEADER, "qinglan_zrj_head", "qinglan_czj_head"), "qinglan_hbj_head"


def plan(timeline: Timeline) -> None:
    """Put the selection on the timeline."""
    founded = timeline.days_ago(city.FOUNDED_DAYS_AGO)
    for row in PEOPLE:
        timeline.at(founded, row["name"], partial(city.ensure_person, row, founded))
    year = timeline.today.year + (timeline.today.month >= 7)
    one, two = f"{year}年度重大项目遴选第一批", f"{year}年度重大项目遴选第二批"
    for names, back in ((FIRST, 82), (SECOND, 22)):
        for at, name in enumerate(names):
            day = timeline.days_ago(back - at)
            timeline.at(day, "三谋两审一踏勘", partial(do_steps, name, day))
    _plan(timeline, 74, partial(open_round, one, year, 3, tuple(FIRST)))
    _plan(timeline, 66, partial(score_first, one))
    _plan(timeline, 58, partial(settle, one))
    _plan(timeline, 30, link_account)
    _plan(timeline, 15, partial(open_round, two, year, 3, tuple(SECOND)))
    _plan(timeline, 12, partial(draw_experts, two))
    _plan(timeline, 10, partial(begin, two))
    _plan(timeline, 5, partial(score_second, two))
    _plan(timeline, 4, partial(draft_list, one, year))


def _plan(timeline: Timeline, back: int, run: Callable[[date], None]) -> None:
    day = timeline.days_ago(back)
    timeline.at(day, "项目遴选", partial(run, day))


def do_steps(name: str, on: date) -> None:
    """Record the steps of one project: the three parties' plans, the department's review, the meeting, the visit."""
    project = Project.objects.unscoped("the demo looks for its own").get(name=name)
    if StepRecord.objects.unscoped("the demo looks for its own").filter(project=project).exists():
        return
    group = {**FIRST, **SECOND}[name][0]
    officer, without = city.acting(OFFICER, on), WITHOUT.get(name, ())
    sector = city.acting(reserve.CHECKERS[reserve.KEEPERS[project.sector]], on)
    declarer = city.acting(next(row.declarer for row in reserve.rows() if row.name == name), on)
    number = crc32(name.encode()) % 40 + 3

    def day(back: int) -> date:
        return on - timedelta(days=back)

    for step, actor, text, found, party in (
        (
            "group_planning",
            officer,
            "研究了建设必要性、规模和选址，同意作为本年度谋划重点。",
            "用地指标需统筹安排。",
            group,
        ),
        ("sector_planning", sector, "与行业专项规划衔接，明确了建设标准和分期安排。", "", ""),
        ("owner_planning", declarer, "提出建设方案、投资构成和资金筹措方案。", "前期费尚有缺口。", ""),
    ):
        new = NewStep(step, day(14), text, findings=found, party=party)
        services.record_planning(project_id=project.pk, new=new, actor=actor)
    new = NewStep("sector_review", day(9), "符合行业规划和产业政策，投资估算基本合理。", verdict="AGREED")
    services.record_review(project_id=project.pk, new=new, actor=sector)
    if "special_meeting" not in without:
        new = NewStep(
            "special_meeting", day(5), "同意列入年度重大项目遴选。", verdict="AGREED",
            document=f"青岚县委专题会议纪要〔{on.year}〕{number}号",
        )  # fmt: skip
        services.record_meeting(project_id=project.pk, new=new, actor=officer)
    if "site_visit" not in without:
        lon, lat = SITE[name]
        new = NewStep(
            "site_visit", day(1), "场地较平整，道路、供电可以接入，周边无敏感点。", leader="段宏毅　常务副县长",
            people="乔建平、秦望山、林晓燕", lon=round(lon, 6), lat=round(lat, 6), crs="CGCS2000",
        )  # fmt: skip
        visit = services.record_visit(project_id=project.pk, new=new, actor=officer)
        documents.store(
            BytesIO(_picture(crc32(name.encode()))), f"{name}现场.png", subject_kind=STEP, subject_id=visit.pk,
            region_key=visit.region_key, access="INTERNAL", actor=officer, kind="SITE_VISIT", title="现场全景",
        )  # fmt: skip


def _picture(seed: int, width: int = 480, height: int = 270) -> bytes:
    """Return a drawn picture of a site as PNG: sky, hills, ground. Fictional, like all of the demo."""
    picture = Image.new("RGB", (width, height), (168, 150, 118))
    draw = ImageDraw.Draw(picture)
    for y in range(int(height * 0.72)):
        draw.line([(0, y), (width, y)], (150 + y // 4, 190 + y // 6, 225))
    hills = [(x, height * 0.5 + 24 * sin((x + seed % 97) / 53) + 11 * sin((x + seed % 31) / 17)) for x in range(width)]
    draw.polygon([*hills, (width, height * 0.72), (0, height * 0.72)], (122, 138, 92))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _round(name: str) -> Round:
    return Round.objects.unscoped("the demo looks for its own").get(name=name)


def _candidates(round_: Round) -> list[Candidate]:
    return list(Candidate.objects.unscoped("the demo looks for its own").filter(round=round_).order_by("pk"))


def open_round(name: str, year: int, places: int, projects: tuple[str, ...], on: date) -> None:
    """The 发改局 opens a round, takes the candidates in and appoints the scorers."""
    if Round.objects.unscoped("the demo looks for its own").filter(name=name).exists():
        return
    officer = city.acting(OFFICER, on)
    new = NewRound(city.region_of(COUNTY).pk, name, year, places, due_on=on + timedelta(days=21))
    round_ = services.open_round(new=new, actor=officer)
    rows = Project.objects.unscoped("the demo looks for its own").filter(name__in=projects)
    services.add_candidates(round_id=round_.pk, project_ids=list(rows.values_list("pk", flat=True)), actor=officer)
    posts = Post.objects.filter(holdings__person__login_name__in=SCORERS).order_by("pk").values_list("pk", flat=True)
    services.appoint_scorers(round_id=round_.pk, post_ids=list(dict.fromkeys(posts)), actor=officer)


def begin(name: str, on: date) -> None:
    """Scoring begins; tasks go out."""
    round_ = _round(name)
    if round_.state == "PREPARING":
        services.start_scoring(round_id=round_.pk, actor=city.acting(OFFICER, on))


def score_first(name: str, on: date) -> None:
    """Everybody scores everything that is his to score."""
    round_ = _round(name)
    if round_.state == "PREPARING":
        begin(name, on)
        for login in SCORERS:
            _score(round_, login, _candidates(round_), on)


def settle(name: str, on: date) -> None:
    """The head settles the first round."""
    round_ = _round(name)
    if round_.state == "SCORING":
        services.settle_round(round_id=round_.pk, actor=city.acting(HEAD, on))


def link_account(on: date) -> None:
    """An expert of the pool gets an account on the platform."""
    expert = Expert.objects.unscoped("the demo looks for its own").get(name="苏见微")
    if expert.person_id is None:
        person = Person.objects.get(login_name=EXPERT)
        experts.update_expert(
            expert_id=expert.pk, rev=expert.rev, changes={"person_id": person.pk}, actor=city.acting(OFFICER, on)
        )


def draw_experts(name: str, on: date) -> None:
    """Two experts are drawn for the second round and accept; the one with an account is appointed."""
    round_, officer = _round(name), city.acting(OFFICER, on)
    subject = Subject("selection_round", round_.pk, round_.region_key, round_.name)
    new = NewDraw(
        f"{round_.name}评审专家", subject, (Need("ENVIRONMENT", 1), Need("LAND", 1)),
        AvoidList(unit_names=("安衡工程咨询有限公司",)),
    )  # fmt: skip
    draw = experts.open_draw(new=new, actor=officer, key="demo:selection-panel")
    if draw.state != "OPEN":
        return
    experts.make_draw(draw_id=draw.pk, spoken="云台 九八", witness="县纪委监委 郑守一", actor=officer)
    seats = experts_queries.list_seats_of("selection_round", round_.pk)
    for seat in seats:
        experts.respond(seat_id=seat.seat_id, code="ACCEPTED", actor=officer)
    ready = [seat.seat_id for seat in seats if seat.person_id is not None]
    services.appoint_experts(round_id=round_.pk, seat_ids=ready, actor=officer)


def score_second(name: str, on: date) -> None:
    """Three have finished, one is half through, the expert keeps out of one project and has scored another."""
    round_ = _round(name)
    if round_.sheets_in or round_.state != "SCORING":
        return
    candidates = _candidates(round_)
    for login in FINISHED:
        _score(round_, login, candidates, on)
    _score(round_, HALFWAY, candidates[:3], on)
    expert = city.acting(EXPERT, on)
    services.recuse(
        round_id=round_.pk, candidate_ids=[candidates[0].pk], reason="参加过本项目环境影响评价文件的编制", actor=expert
    )
    _score(round_, EXPERT, candidates[1:3], on)


def draft_list(name: str, year: int, on: date) -> None:
    """The list of next year's major projects is drafted by the criteria and follows the settled ranking."""
    region, officer = city.region_of(COUNTY), city.acting(OFFICER, on)
    if ProjectList.objects.unscoped("the demo looks for its own").filter(region=region, year=year).exists():
        return
    row = lists.draft_list(region_id=region.pk, kind="ANNUAL_MAJOR", year=year, actor=officer)
    lists.use_ranking(list_id=row.pk, round_id=_round(name).pk, actor=officer)


def _score(round_: Round, login: str, candidates: list[Candidate], on: date) -> None:
    """Hand in the sheets of one scorer for those that he need not keep out of."""
    actor = city.acting(login, on)
    card = policy_queries.scorecard_of(round_.card_hash)
    scorer = _scorer(round_, actor)
    out = set(scorer.recusals.values_list("candidate_id", flat=True))
    for row in candidates:
        if row.pk not in out:
            marks = _marks(card, row.name, login)
            services.submit_score(
                round_id=round_.pk, candidate_id=row.pk, marks=marks, actor=actor, comment=_said(marks)
            )


def _scorer(round_: Round, actor: Actor) -> Scorer:
    rows = Scorer.objects.filter(round=round_, state="APPOINTED")
    return next(row for row in rows if actor.post_id == row.post_id or actor.person_id == row.person_id)


def _marks(card: Scorecard, name: str, login: str) -> dict[str, Decimal | None]:
    """Return marks around the project's quality: each scorer has his own eye, the same every time."""
    base = {**FIRST, **SECOND}[name][1]
    return {
        one.key: Decimal(min(98, max(40, mark + crc32(f"{login}{name}{one.key}".encode()) % 13 - 6)))
        for one, mark in zip(card.dimensions, base, strict=True)
    }


def _said(marks: dict[str, Decimal | None]) -> str:
    low = min(mark for mark in marks.values() if mark is not None)
    return "有短板，须补充论证。" if low < 64 else ""
