"""Meetings and experts of the demo: meetings closed, sitting and called; a pool, a panel that was heard, a draw that waits."""

from datetime import date, time, timedelta
from functools import partial

from gongbu.config.demo import city
from gongbu.config.demo.timeline import Timeline
from gongbu.ground.basics import clock
from gongbu.ground.experts import forms as experts_forms
from gongbu.ground.experts import queries as experts_queries
from gongbu.ground.experts import services as experts
from gongbu.ground.experts.entry import AvoidList, NewAppraisal, NewDraw, NewExpert, NewRelation, NewReview
from gongbu.ground.experts.models import Draw, Expert
from gongbu.ground.experts.rules.drawing import Need
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.meetings import queries, services
from gongbu.ground.meetings.entry import Mark, NewAttendee, NewItem, NewMeeting, Resolution
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects.models import Project

COUNTY, OFFICER = "990121", "qinglan_fgj"
OFFICES = ("青岚县水务局", "青岚县住房和城乡建设局", "柳林镇人民政府", "城关镇人民政府")
PLACE, CHAIR = "县政府二楼会议室", "段宏毅　常务副县长"


def plan(timeline: Timeline) -> None:
    """Put the meetings on the timeline."""
    held = timeline.days_ago(26)
    timeline.at(timeline.days_ago(30), "专题会议", partial(call_special, held))
    timeline.at(held, "专题会议", partial(hold_special, held))
    timeline.at(timeline.days_ago(25), "会议纪要", close_special)
    timeline.at(timeline.days_ago(4), "联席会议", partial(call_joint, timeline.days_ago(1)))
    timeline.at(timeline.days_ago(1), "联席会议", open_joint)
    plan_experts(timeline)
    timeline.at(timeline.days_ago(2), "会议通知", partial(call_next_week, timeline.today + timedelta(days=6)))


def _officer(on: date) -> Actor:
    return city.acting(OFFICER, on)


def _project(name: str) -> Project:
    return Project.objects.unscoped("the demo looks for its own project").get(name=name)


def _about(name: str, question: str, presenter: str) -> NewItem:
    project = _project(name)
    units = queries.match_units([presenter])
    return NewItem(
        name, question, "project", project.pk, project.region_key, project.name,
        presenter_unit_id=units.get(presenter), presenter_name=presenter,
    )  # fmt: skip


def _asked(*names: str) -> tuple[NewAttendee, ...]:
    units = queries.match_units(names)
    return tuple(NewAttendee(unit_id=units.get(name), unit_name=name) for name in names)


def _meeting(key: str) -> Meeting:
    return Meeting.objects.unscoped("the demo looks for its own meeting").get(key=key)


def hold_and_close(meeting: Meeting, on: date, actor: Actor, settled: dict[str, Resolution], minutes: str) -> None:
    """Hold a called meeting that everybody attends and close it; ``settled`` by subject kind, the rest is only noted."""
    services.hold_meeting(meeting_id=meeting.pk, actor=actor, on=on)
    marks = {row.pk: Mark("PRESENT") for row in queries.list_attendees(meeting)}
    services.attend(meeting_id=meeting.pk, marks=marks, actor=actor)
    for item in queries.list_agenda(meeting):
        resolution = settled.get(item.subject_kind, Resolution("NOTED"))
        services.resolve_item(item_id=item.pk, settled=resolution, actor=actor)
    services.close_meeting(meeting_id=meeting.pk, minutes=minutes, actor=actor)


def call_special(day: date) -> None:
    """The 专题会 that settles which projects go into the reserve."""
    on = day - timedelta(days=4)
    new = NewMeeting(
        kind="SPECIAL", title="重大项目储备审定专题会议", region_id=city.region_of(COUNTY).pk, held_on=day,
        begins_at=time(9, 0), place=PLACE, chair=CHAIR,
        attendees=(*_asked(*OFFICES), NewAttendee(unit_name="县人大财经工委", name="沈岚", duty="主任", role="OBSERVER")),
        items=(
            _about("青岚县养老服务综合体项目", "建设规模和床位数是否合理，是否列入储备。", "青岚县民政局"),
            _about("青岚县冷链物流集散中心项目", "选址与生态保护红线的关系。", "青岚县自然资源局"),
            _about("青岚县儿童福利院改扩建项目", "分期实施的必要性和资金来源。", "青岚县民政局"),
            NewItem("通报上季度储备项目前期工作进展"),
        ),
    )  # fmt: skip
    services.call_meeting(new=new, actor=_officer(on), key="demo:special")


def hold_special(day: date) -> None:
    """It is held; four items are settled."""
    meeting, actor = _meeting("demo:special"), _officer(day)
    if meeting.state != Meeting.State.CALLED:
        return
    services.hold_meeting(meeting_id=meeting.pk, actor=actor, on=day)
    rows = queries.list_attendees(meeting)
    marks = {row.pk: Mark("PROXY", "李文斌") if row.unit_name == "城关镇人民政府" else Mark("PRESENT") for row in rows}
    services.attend(meeting_id=meeting.pk, marks=marks, actor=actor)
    civil = queries.match_units(["青岚县民政局"]).get("青岚县民政局")
    settled = (
        Resolution("AGREED", "同意列入县级综合储备库，床位数按 260 张控制。", "", day + timedelta(days=45), civil, "青岚县民政局"),
        Resolution("CONDITIONAL", "原则同意选址方案。", "先完成生态保护红线不可避让论证，再报县重大项目领导小组。",
                   day + timedelta(days=60), None, "青岚县自然资源局"),
        Resolution("DEFERRED", "分期方案与资金来源不清，下次会议再议。"),
        Resolution("NOTED"),
    )  # fmt: skip
    for item, resolution in zip(queries.list_agenda(meeting), settled, strict=True):
        services.resolve_item(item_id=item.pk, settled=resolution, actor=actor)


def close_special() -> None:
    """The minutes are in; a receipt goes out."""
    meeting = _meeting("demo:special")
    if meeting.state != Meeting.State.HELD or meeting.held_on is None:
        return
    minutes = (
        "会议听取了县发展和改革局关于储备项目情况的汇报，逐项研究了拟列入县级综合储备库的项目。\n"
        "一、养老服务综合体项目建设必要，同意列入储备，床位数按 260 张控制。\n"
        "二、冷链物流集散中心项目原则同意，须先完成生态保护红线不可避让论证。\n"
        "三、儿童福利院改扩建项目分期方案和资金来源不清，缓议。\n"
        "四、通报了上季度储备项目前期工作进展。"
    )
    services.close_meeting(meeting_id=meeting.pk, minutes=minutes, actor=_officer(meeting.held_on))


def call_joint(day: date) -> None:
    """The 联席会议 on what departments cannot settle alone."""
    new = NewMeeting(
        kind="JOINT", title="项目前期工作联席会议", region_id=city.region_of(COUNTY).pk, held_on=day,
        begins_at=time(15, 0), place=PLACE, chair=CHAIR, attendees=_asked(*OFFICES),
        items=(
            _about("青岚县第二中学新校区建设项目", "用地预审与规划选址意见尚未取得，请自然资源部门限期办结。", "青岚县教育局"),
            _about("青岚县人民医院传染病区扩建项目", "环评审批与医疗废水处理方案。", "青岚县人民医院"),
            NewItem("研究二季度前期工作集中交办事项"),
        ),
    )  # fmt: skip
    services.call_meeting(new=new, actor=_officer(day), key="demo:joint")


def open_joint() -> None:
    """It sits: attendance is half taken, one item is settled."""
    meeting = _meeting("demo:joint")
    if meeting.state != Meeting.State.CALLED or meeting.held_on is None:
        return
    actor = _officer(meeting.held_on)
    services.hold_meeting(meeting_id=meeting.pk, actor=actor, on=meeting.held_on)
    marks = {row.pk: Mark("PRESENT") for row in queries.list_attendees(meeting)[:2]}
    services.attend(meeting_id=meeting.pk, marks=marks, actor=actor)
    first = queries.list_agenda(meeting)[0]
    settled = Resolution(
        "AGREED",
        "自然资源局倒排时限，办结用地预审。",
        "",
        meeting.held_on + timedelta(days=20),
        None,
        "青岚县自然资源局",
    )
    services.resolve_item(item_id=first.pk, settled=settled, actor=actor)


def call_next_week(day: date) -> None:
    """A 协同会商 next week; the township has answered."""
    on = day - timedelta(days=8)
    new = NewMeeting(
        kind="CONSULTATION", title="立项用地规划许可阶段协同会商", region_id=city.region_of(COUNTY).pk, held_on=day,
        begins_at=time(9, 30), place="县自然资源局三楼会议室", chair="乔建平　县发展和改革局局长",
        attendees=_asked(*OFFICES, "青岚县兴青产业投资有限公司"),
        items=(_about("青岚县儿童福利院改扩建项目", "立项与用地规划许可并联办理的材料清单。", "青岚县民政局"),),
    )  # fmt: skip
    meeting = services.call_meeting(new=new, actor=_officer(on), key="demo:consultation")
    mine = [row for row in queries.list_attendees(meeting) if row.unit_name == "柳林镇人民政府"]
    if mine and not mine[0].reply:
        services.reply(attendee_id=mine[0].pk, code="SENDS", note="副镇长 赵启明", actor=city.acting("liulin", on))


# -- experts ---------------------------------------------------------------------------------------------------------

DESIGNERS = "安衡工程咨询有限公司"
# name, unit, title, specialties; the firm that wrote the reports is among their units.
EXPERTS = (
    ("温若谷", "澜安市规划设计院", "正高级工程师", ("PLANNING", "MUNICIPAL")),
    ("沈怀远", "澜安市造价管理站", "高级工程师", ("COST",)),
    ("陆明哲", "澜安理工大学", "教授", ("ECONOMICS", "INDUSTRY")),
    ("卢青山", "青岚县水利勘测设计队", "高级工程师", ("WATER", "MUNICIPAL")),
    ("纪文澜", DESIGNERS, "注册咨询工程师", ("ECONOMICS", "COST")),
    ("苏见微", "澜安市环境科学研究所", "研究员", ("ENVIRONMENT",)),
    ("叶知秋", "澜安市财政投资评审中心", "高级会计师", ("FINANCE", "ECONOMICS")),
    ("施若水", "澜安市市政设计院", "正高级工程师", ("MUNICIPAL", "COST")),
    ("汤敬之", DESIGNERS, "高级工程师", ("MUNICIPAL",)),
    ("方思齐", "青岚县自然资源测绘院", "高级工程师", ("LAND", "PLANNING")),
    ("江慕白", "澜安市工程建设服务中心", "高级工程师", ("ECONOMICS", "MANAGEMENT")),
    ("韩守正", "澜安明理律师事务所", "一级律师", ("LAW",)),
)


def plan_experts(timeline: Timeline) -> None:
    """Put the pool and its draws on the timeline."""
    timeline.at(timeline.days_ago(200), "专家入库", enter_experts)
    timeline.at(timeline.days_ago(20), "专家抽取", draw_panel)
    timeline.at(timeline.days_ago(14), "专家评审", hear_panel)
    timeline.at(timeline.days_ago(1), "发起抽取", open_next_draw)


def enter_experts() -> None:
    """The county's pool; one worked for the owner of a project until last year."""
    on = clock.today()
    actor, region = _officer(on), city.region_of(COUNTY)
    standing = set(Expert.objects.unscoped("the demo looks for its own").values_list("name", flat=True))
    for number, (name, unit, title, codes) in enumerate(EXPERTS):
        if name in standing:
            continue
        bond = (NewRelation("EMPLOYED", unit_name="青岚县兴青产业投资有限公司", until=on - timedelta(days=160)),)
        new = NewExpert(
            name=name, region_id=region.pk, unit_name=unit, unit_id=experts_forms.match_unit(unit), specialties=codes,
            title=title, valid_from=on, valid_to=on + timedelta(days=1095), phone=f"1380000{number:04d}",
            relations=bond if name == "江慕白" else (),
        )  # fmt: skip
        experts.register_expert(new=new, actor=actor)


def _subject() -> Subject:
    project = _project("青岚县冷链物流集散中心项目")
    return Subject("project", project.pk, project.region_key, project.name)


def draw_panel() -> None:
    """The panel for a feasibility report: drawn, one declines and is replaced."""
    on = clock.today()
    actor = _officer(on)
    new = NewDraw(
        "冷链物流集散中心项目可行性研究评审", _subject(), (Need("ECONOMICS", 1, 1), Need("MUNICIPAL", 1, 1), Need("COST", 1)),
        AvoidList(unit_names=(DESIGNERS, "青岚县丰禾农产品有限公司")),
    )  # fmt: skip
    draw = experts.open_draw(new=new, actor=actor, key="demo:panel")
    if draw.state != "OPEN":
        return
    draw = experts.make_draw(draw_id=draw.pk, spoken="青岚 三七", witness="县纪委监委 郑守一", actor=actor)
    seats = [row.seat for row in experts_queries.list_seats(draw) if row.seat.role == "MEMBER"]
    for seat in seats[1:]:
        experts.respond(seat_id=seat.pk, code="ACCEPTED", actor=actor)
    experts.respond(seat_id=seats[0].pk, code="DECLINED", reason="赴外地评审", actor=actor)
    second = experts.replace(seat_id=seats[0].pk, actor=actor)
    experts.respond(seat_id=second.pk, code="ACCEPTED", actor=actor)


def hear_panel() -> None:
    """What the panel said, and how they did."""
    on = clock.today()
    actor = _officer(on)
    said = [("FOR", "市场分析充分，建设规模合理，同意。"), ("IF", "补充冷链运输组织方案和氨制冷安全专篇。"),
            ("IF", "工程费用指标偏高，建议按同类项目复核。")]  # fmt: skip
    draw = Draw.objects.unscoped("the demo looks for its own").get(key="demo:panel")
    rows = [row for row in experts_queries.list_seats(draw) if row.seat.state == "ACCEPTED"]
    for row, (conclusion, opinion) in zip(rows, said, strict=False):
        experts.record_review(seat_id=row.seat.pk, new=NewReview(on, conclusion, opinion), actor=actor)
        marks = {"DILIGENCE": 5, "COMPETENCE": 4, "FAIRNESS": 5, "DISCIPLINE": 5}
        experts.appraise(seat_id=row.seat.pk, new=NewAppraisal(marks, "意见具体，按时提交"), actor=actor)


def open_next_draw() -> None:
    """A draw whose seed is bound and that waits for the supervisor."""
    region = city.region_of(COUNTY)
    new = NewDraw(
        "储备项目遴选评分专家抽取", Subject("expert_draw", 0, region.key_lo, ""),
        (Need("PLANNING", 1, 1), Need("ECONOMICS", 2, 1), Need("ENVIRONMENT", 1)),
        AvoidList(unit_names=(DESIGNERS, "青岚县兴青产业投资有限公司")),
    )  # fmt: skip
    experts.open_draw(new=new, actor=_officer(clock.today()), key="demo:selection")
