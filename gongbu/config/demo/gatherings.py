"""Meetings of the demo: one closed with its minutes, one that sits, one that was called for next week."""

from datetime import date, time, timedelta
from functools import partial

from gongbu.config.demo import city
from gongbu.config.demo.timeline import Timeline
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
