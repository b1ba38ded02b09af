"""列入会议议题: from the page of an entry onto the agenda of a prepared meeting, and back."""

from datetime import date, timedelta

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.ledger.models import Entry
from gongbu.ground.meetings import offering
from gongbu.ground.meetings import services as meetings
from gongbu.ground.meetings.entry import NewAttendee, NewMeeting
from gongbu.ground.meetings.models import AgendaItem, Meeting
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.reserve.tests import factories as make
from gongbu.mainline.reserve.tests.factories import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nation() -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def prepared(by, at: Region | None = None, title: str = "储备项目审定专题会", on: date | None = None) -> Meeting:
    day = on or clock.today() + timedelta(days=7)
    new = NewMeeting("SPECIAL", title, (at or make.county()).pk, held_on=day, place="二楼会议室",
                     attendees=(NewAttendee(unit_name="县水利局"),))  # fmt: skip
    return meetings.draft_meeting(new=new, actor=by)


def items() -> list[AgendaItem]:
    return list(AgendaItem.objects.unscoped("test"))


@pytest.mark.req("JC-05", "JC-01")
def test_one_click_puts_the_project_on_the_agenda_linked_both_ways() -> None:
    make.libraries()
    entry, officer = make.declared(), make.officer()
    meeting = prepared(officer)
    client = browser(officer)
    page = client.get(f"/reserve/entries/{entry.pk}/").content.decode()
    assert "列入会议议题" in page
    assert "储备项目审定专题会" in page
    for _ in range(2):
        answer = client.post(f"/reserve/entries/{entry.pk}/agenda", {"meeting": meeting.pk})
        assert answer.status_code == 302
    (item,) = items()
    assert (item.subject_kind, item.subject_id, item.presenter_unit_id) == (
        "project",
        entry.project_id,
        entry.library.keeper_id,
    )
    page = client.get(f"/reserve/entries/{entry.pk}/").content.decode()
    assert f"/meetings/{meeting.pk}/" in page
    assert "列入会议议题" not in page, "it stands there already, and no other meeting is prepared"
    there = client.get(f"/meetings/{meeting.pk}/").content.decode()
    assert f"/projects/{entry.project_id}/" in there
    meetings.withdraw_item(item_id=item.pk, reason="材料不齐", actor=officer)
    assert "列入会议议题" in client.get(f"/reserve/entries/{entry.pk}/").content.decode()


def test_only_meetings_that_one_runs_and_that_hold_the_place_are_offered() -> None:
    make.libraries()
    entry, officer, department = make.declared(), make.officer(), make.department()
    mine, other = prepared(officer), prepared(department, title="水利局专题会")
    begun = prepared(officer, title="已取消的会")
    meetings.cancel_meeting(meeting_id=begun.pk, reason="改期", actor=officer)

    def offered(actor) -> list[int]:
        found = offering.list_offers(actor, "project", entry.project_id, entry.region_key)
        return [offer.meeting_id for offer in found]

    assert offered(officer) == [mine.pk]
    assert offered(department) == [other.pk]
    assert offered(projects.actor("LEADER")) == []
    assert offered(make.officer(projects.neighbour())) == []


def test_who_may_not_puts_nothing_on_an_agenda() -> None:
    make.libraries()
    entry, officer = make.declared(), make.officer()
    meeting = prepared(officer)
    address = f"/reserve/entries/{entry.pk}/agenda"
    before = Entry.objects.count(), OutboxMessage.objects.count()
    assert browser(make.leader()).post(address, {"meeting": meeting.pk}).status_code == 403
    assert browser(make.department()).post(address, {"meeting": meeting.pk}).status_code == 403
    assert browser(officer).post(address, {"meeting": ""}).status_code == 409
    assert browser(officer).post(address, {"meeting": 10**9}).status_code == 404
    assert items() == []
    assert (Entry.objects.count(), OutboxMessage.objects.count()) == before
