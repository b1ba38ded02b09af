"""Lists of the demo's county: next year's major list settled by a meeting, the five lists on the desk."""

from datetime import date, time, timedelta
from functools import partial

from gongbu.config.demo import city
from gongbu.config.demo.gatherings import hold_and_close
from gongbu.config.demo.timeline import Timeline
from gongbu.ground.meetings import services as meetings
from gongbu.ground.meetings.entry import NewAttendee, NewItem, NewMeeting, Resolution
from gongbu.ground.meetings.models import Meeting
from gongbu.mainline.lists import services
from gongbu.mainline.lists.models import LIST, ListItem, ProjectList
from gongbu.mainline.lists.services.filling import Filled

COUNTY, OFFICER = "990121", "qinglan_fgj"
MEETING = "demo:major-list"
DUTY = "青岚县发展和改革局"
DUTIES = {"水利": "青岚县水务局", "交通运输": "青岚县交通运输局", "农业农村": "青岚县农业农村局",
          "工业和信息化": "青岚县工业和信息化局", "文化旅游": "青岚县文化和旅游局", "住房城乡建设": "青岚县住房和城乡建设局"}  # fmt: skip


def plan(timeline: Timeline) -> None:
    """Put the lists and the meeting that settles one of them on the timeline."""
    held = timeline.days_ago(2)
    drafted, year = timeline.days_ago(6), timeline.today.year + 1
    timeline.at(drafted, "年度重大项目清单", partial(draft, year, MEETING, drafted, held))
    timeline.at(held, "清单会商", partial(settle, MEETING, held))
    timeline.at(timeline.days_ago(1), "五个清单", partial(draft_five, timeline.days_ago(1)))


def major(year: int) -> ProjectList | None:
    """Return the county's major list of a year."""
    rows = ProjectList.objects.unscoped("the demo looks for its own").filter(region=city.region_of(COUNTY))
    return rows.filter(kind="ANNUAL_MAJOR", year=year).order_by("pk").first()


def draft(year: int, key: str, on: date, held: date) -> None:
    """A year's major list: nominated, filled in, put on the agenda of a joint meeting."""
    if major(year) is not None:
        return
    officer, region = city.acting(OFFICER, on), city.region_of(COUNTY)
    row = services.draft_list(region_id=region.pk, kind="ANNUAL_MAJOR", year=year, actor=officer)
    items = list(row.lines.filter(state=ListItem.State.ON).select_related("project"))
    if not items:
        return
    lines = [
        Filled(i.project_id, DUTIES.get(i.project.sector, DUTY), i.total_fen // 4 if i.total_fen else None, i.rev)
        for i in items
    ]
    services.set_items(list_id=row.pk, lines=lines, actor=officer)
    new = NewMeeting(
        kind="JOINT", title=f"{year}年度重大项目清单审定会", region_id=region.pk, held_on=held, begins_at=time(9, 0),
        place="县政府二楼会议室", chair="段宏毅　常务副县长",
        attendees=tuple(NewAttendee(unit_name=name) for name in dict.fromkeys((DUTY, *DUTIES.values()))),
        items=(NewItem("通报储备和遴选情况"),),
    )  # fmt: skip
    meeting = meetings.call_meeting(new=new, actor=officer, key=key)
    row.refresh_from_db()
    services.send_to_meeting(list_id=row.pk, meeting_id=meeting.pk, actor=officer, rev=row.rev)


def settle(key: str, on: date) -> None:
    """The meeting agrees to the list."""
    meeting = Meeting.objects.unscoped("the demo looks for its own").filter(key=key).first()
    if meeting is None or meeting.state != Meeting.State.CALLED:
        return
    officer = city.acting(OFFICER, on)
    agreed = Resolution("AGREED", "同意列入，责任单位按清单落实。", "", on + timedelta(days=30), None, DUTY)
    minutes = "会议听取了县发展和改革局关于重大项目清单提名情况的说明，同意所列项目，责任单位和年度计划按清单执行。"
    hold_and_close(meeting, on, officer, {LIST: agreed}, minutes)


def draft_five(on: date) -> None:
    """The five lists lie on the desk as drafts."""
    rows = ProjectList.objects.unscoped("the demo looks for its own").filter(region=city.region_of(COUNTY))
    if rows.exclude(kind="ANNUAL_MAJOR").exists():
        return
    services.draft_five(region_id=city.region_of(COUNTY).pk, year=on.year + 1, actor=city.acting(OFFICER, on))
