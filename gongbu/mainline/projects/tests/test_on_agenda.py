"""A project on the agenda of a meeting: found by who may see it, and its timeline says what was settled."""

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.meetings import queries, services
from gongbu.ground.meetings.entry import NewAttendee, NewItem, NewMeeting, Resolution
from gongbu.ground.meetings.models import AgendaItem
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers import subjects
from gongbu.mainline.projects import timeline
from gongbu.mainline.projects.tests import factories as make

pytestmark = pytest.mark.django_db


def test_only_who_may_see_a_project_finds_it() -> None:
    project = make.reserve_project(name="青石河大桥")
    (found,) = subjects.find(make.officer(), "青石河")
    assert (found.value, found.label, found.region_key) == (f"project:{project.pk}", "青石河大桥", project.region_key)
    assert subjects.find(make.officer(make.neighbour()), "青石河") == []
    assert subjects.get(make.officer(make.neighbour()), found.value) is None
    assert subjects.get(make.officer(), "project:99999999") is None
    pair = ("project", project.pk)
    assert subjects.addresses(make.officer(make.neighbour()), [pair]) == {}
    assert subjects.addresses(make.officer(), [pair, ("unknown", 1)]) == {pair: f"/projects/{project.pk}/"}


@pytest.mark.req("JC-04", "GO-03")
def test_what_a_meeting_settled_stands_in_the_project_timeline() -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    project, officer = make.reserve_project(name="青石河大桥"), make.officer()
    item = NewItem("审定青石河大桥入库", subject_kind="project", subject_id=project.pk, region_key=project.region_key,
                   subject_label=project.name)  # fmt: skip
    meeting = services.call_meeting(
        new=NewMeeting("SPECIAL", "专题会", make.region().pk, held_on=clock.today(), place="二楼", items=(item,),
                       attendees=(NewAttendee(unit_name="云溪县人民政府"),)),
        actor=officer,
    )  # fmt: skip
    services.hold_meeting(meeting_id=meeting.pk, actor=officer)
    services.attend(meeting_id=meeting.pk, marks={}, rest="PRESENT", actor=officer)
    row = AgendaItem.objects.unscoped("test").get(meeting=meeting)
    services.resolve_item(item_id=row.pk, settled=Resolution("AGREED", "同意入库"), actor=officer)
    services.close_meeting(meeting_id=meeting.pk, minutes="同意。", actor=officer)
    event = timeline.list_events(project.pk, project.competent_region_id)[0]
    assert event.title == "会议议定"
    said = {change.label: change.new for change in event.changes}
    assert said == {"会议": "专题会", "议题": "审定青石河大桥入库", "议定结果": "同意", "议定意见": "同意入库"}
    assert queries.list_items_of("project", project.pk)[0].resolution == "AGREED"
