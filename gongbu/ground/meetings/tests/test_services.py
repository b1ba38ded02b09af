"""Acts on meetings, as the people who do them; a refusal leaves nothing."""

from datetime import date, timedelta

import pytest

from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger.models import Entry
from gongbu.ground.meetings import queries, services
from gongbu.ground.meetings.entry import Mark, NewAttendee, NewItem, Resolution
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.meetings.tests.conftest import (
    TODAY,
    attended,
    attendees_of,
    called,
    closed,
    footprint,
    held,
    items_of,
    new_meeting,
    settled,
)
from gongbu.ground.orgs.actor import Actor, GrantScope
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db


def codes(refusal):
    return [finding.code for finding in refusal.value.findings]


def told(topic):
    return list(OutboxMessage.objects.filter(topic=topic).order_by("pk"))


# -- preparing and calling -----------------------------------------------------------------------------------------


def test_a_draft_tells_nobody_and_may_lack_day_and_place(county):
    meeting = services.draft_meeting(
        new=new_meeting(county, held_on=None, begins_at=None, place="", attendees=()), actor=county.officer
    )
    assert (meeting.state, meeting.host_name, meeting.items_total, meeting.items_open) == (
        "DRAFT",
        "东县发展和改革局",
        2,
        2,
    )
    assert not Task.objects.exists()
    entry = Entry.objects.get(kind="meetings.draft")
    assert entry.region_key == county.region.key_lo
    before = footprint()
    with pytest.raises(InvalidInput) as refusal:
        services.call_meeting(meeting_id=meeting.pk, rev=meeting.rev, actor=county.officer)
    assert codes(refusal) == ["meetings.day_missing", "meetings.place_missing", "meetings.nobody_asked"]
    assert footprint() == before


def test_calling_gives_each_invited_office_a_task_to_reply(county):
    meeting = called(county)
    tasks = Task.objects.order_by("pk")
    assert [task.post.unit.name for task in tasks] == ["东县水务局", "河口镇人民政府"]
    assert {task.due_on for task in tasks} == {TODAY}
    assert tasks[0].url == f"/meetings/{meeting.pk}/invitation"
    assert [row.data["kind"] for row in told("meeting.called")] == ["SPECIAL"]
    after = ledger.list_for_subject("meeting", meeting.pk)[0].content["after"]
    assert [row["unit"] for row in after["attendees"]] == ["东县水务局", "河口镇人民政府", "县人大财经工委"]
    assert "沈某" not in str(after), "names of people stay out of the book"


def test_the_same_key_calls_one_meeting(county):
    first = services.call_meeting(new=new_meeting(county), actor=county.officer, key="reserve:2027")
    before = footprint()
    assert services.call_meeting(new=new_meeting(county), actor=county.officer, key="reserve:2027") == first
    assert footprint() == before


@pytest.mark.parametrize("name", ["viewer", "owner", "stranger"])
def test_who_has_no_right_calls_no_meeting(county, name):
    before = footprint()
    with pytest.raises(NotAllowed):
        services.call_meeting(new=new_meeting(county), actor=getattr(county, name))
    assert footprint() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": " "}, "meetings.title_missing"),
        ({"kind": "NOTHING"}, "meetings.kind_missing"),
        ({"title": "密级：机密 专题会"}, "secrecy.refused"),
        ({"place": "长" * 121}, "meetings.too_long"),
        ({"attendees": (NewAttendee(unit_id=10**9),)}, "meetings.unit_unknown"),
        ({"attendees": (NewAttendee(),)}, "meetings.nobody_named"),
        ({"attendees": (NewAttendee(unit_name="甲局", role="BOSS"),)}, "meetings.role_unknown"),
        ({"items": (NewItem(" "),)}, "meetings.item_title_missing"),
        ({"items": (NewItem("某军事禁区改造"),)}, "secrecy.refused"),
        ({"title": "专题\x00会"}, "input.control_character"),
    ],
)
def test_what_is_not_in_order_is_refused_whole(county, changes, code):
    before = footprint()
    with pytest.raises(InvalidInput) as refusal:
        called(county, **changes)
    assert code in codes(refusal)
    assert footprint() == before


def test_a_subject_of_another_county_is_not_on_the_agenda(county):
    before = footprint()
    elsewhere = NewItem("别县的桥", subject_kind="bridge", subject_id=6, region_key=county.town.west.key_lo)
    with pytest.raises(NotAllowed):
        called(county, items=(elsewhere,))
    assert footprint() == before
    citywide = NewItem("市级项目", subject_kind="bridge", subject_id=7, region_key=county.town.city.key_lo)
    assert items_of(called(county, items=(citywide,)))[0].subject_id == 7


def test_moving_a_called_meeting_asks_anew_and_says_what_moved(county):
    meeting = called(county)
    row = attendees_of(meeting)[0]
    services.reply(attendee_id=row.pk, code="COMES", actor=county.water)
    day = TODAY + timedelta(days=3)
    services.change_meeting(
        meeting_id=meeting.pk, rev=meeting.rev, changes={"held_on": day, "place": "三楼"}, reason="领导外出",
        actor=county.officer,
    )  # fmt: skip
    assert [(row.reply, row.reply_note) for row in attendees_of(meeting)] == [("", "")] * 3
    assert Task.objects.filter(state="OPEN", due_on=day).count() == 2
    message = Message.objects.get(person=county.people["water"])
    assert "2027年3月8日" in message.text
    assert "领导外出" in message.text
    entry = ledger.list_for_subject("meeting", meeting.pk)[0].content
    assert (entry["before"], entry["after"]["place"]) == (
        {"held_on": "2027-03-05", "place": "县政府二楼会议室"}, "三楼",
    )  # fmt: skip


def test_a_called_meeting_keeps_its_day_and_who_changes_second_is_told(county):
    meeting = called(county)
    before = footprint()
    with pytest.raises(InvalidInput):
        services.change_meeting(meeting_id=meeting.pk, rev=meeting.rev, changes={"held_on": None}, actor=county.officer)
    with pytest.raises(ChangedMeanwhile) as refusal:
        services.change_meeting(
            meeting_id=meeting.pk, rev=meeting.rev - 1, changes={"place": "三楼"}, actor=county.head
        )
    assert (refusal.value.data["by"], refusal.value.data["what"]) == ("林晓燕", "召集会议")
    with pytest.raises(Refusal, match="nothing_changed"):
        services.change_meeting(
            meeting_id=meeting.pk, rev=meeting.rev, changes={"place": " 县政府二楼会议室 "}, actor=county.officer
        )
    assert footprint() == before


def test_another_office_does_not_run_the_meeting_but_the_head_of_investment_may(county):
    meeting = called(county)
    before = footprint()
    with pytest.raises(NotAllowed, match="not_yours"):
        services.cancel_meeting(meeting_id=meeting.pk, reason="x", actor=county.water)
    with pytest.raises(NotFound):
        services.cancel_meeting(meeting_id=meeting.pk, reason="x", actor=county.stranger)
    assert footprint() == before
    of_water = called(county, by=county.water)
    assert services.hold_meeting(meeting_id=of_water.pk, actor=county.head).state == "HELD"


def test_the_list_keeps_replies_adds_and_drops(county):
    meeting = called(county)
    kept = attendees_of(meeting)[0]
    services.reply(attendee_id=kept.pk, code="COMES", actor=county.water)
    wanted = [
        NewAttendee(unit_id=county.firm.pk, role="OBSERVER"), NewAttendee(unit_id=county.water_office.pk, duty="局长"),
    ]  # fmt: skip
    services.set_attendees(meeting_id=meeting.pk, attendees=wanted, actor=county.officer)
    rows = attendees_of(meeting)
    assert [(row.unit_name, row.duty, row.reply) for row in rows] == [
        ("云城建设有限公司", "", ""), ("东县水务局", "局长", "COMES"),
    ]  # fmt: skip
    open_tasks = Task.objects.filter(state="OPEN")
    assert [task.post.unit.name for task in open_tasks] == ["云城建设有限公司"]
    before = footprint()
    with pytest.raises(InvalidInput):
        services.set_attendees(meeting_id=meeting.pk, attendees=[], actor=county.officer)
    assert footprint() == before


# -- replies -------------------------------------------------------------------------------------------------------


def test_a_township_answers_for_itself_and_its_task_is_done(county):
    meeting = called(county)
    row = attendees_of(meeting)[1]
    services.reply(attendee_id=row.pk, code="SENDS", note="副镇长李某", actor=county.clerk)
    row.refresh_from_db()
    assert (row.reply, row.reply_note) == ("SENDS", "副镇长李某")
    task = Task.objects.get(post__unit=county.township)
    assert (task.state, task.done_by, task.outcome) == ("DONE", county.people["clerk"], "派员参加")
    assert "李某" not in str(ledger.list_for_subject("meeting", meeting.pk)[0].content["after"])


@pytest.mark.parametrize(
    ("name", "code", "note", "error"),
    [
        ("stranger", "COMES", "", NotFound),
        ("water", "COMES", "", NotFound),
        ("viewer", "COMES", "", NotAllowed),
        ("clerk", "MAYBE", "", InvalidInput),
        ("clerk", "SENDS", " ", InvalidInput),
        ("clerk", "DECLINES", "", InvalidInput),
        ("clerk", "DECLINES", "涉密项目出差", InvalidInput),
    ],
)
def test_a_reply_that_is_not_ones_own_or_says_nothing_is_refused(county, name, code, note, error):
    row = attendees_of(called(county))[1]
    before = footprint()
    with pytest.raises(error):
        services.reply(attendee_id=row.pk, code=code, note=note, actor=getattr(county, name))
    assert footprint() == before


# -- agenda --------------------------------------------------------------------------------------------------------


def test_a_room_puts_an_item_on_the_agenda_once(county):
    meeting = called(county)
    item = NewItem("增列", subject_kind="bridge", subject_id=9, region_key=county.region.key_lo, key="reserve:entry:9")
    first = services.add_item(meeting_id=meeting.pk, item=item, actor=county.officer)
    assert (first.position, first.subject_id) == (3, 9)
    before = footprint()
    assert services.add_item(meeting_id=meeting.pk, item=item, actor=county.officer) == first
    assert footprint() == before
    meeting.refresh_from_db()
    assert (meeting.items_total, meeting.items_open) == (3, 3)


def test_an_item_taken_off_stays_with_its_reason_and_its_room_is_told(county):
    meeting = called(county)
    item = items_of(meeting)[0]
    services.withdraw_item(item_id=item.pk, reason="材料未齐", actor=county.officer)
    item.refresh_from_db()
    meeting.refresh_from_db()
    assert (item.resolution, item.resolution_text, meeting.items_total) == ("WITHDRAWN", "材料未齐", 1)
    (message,) = told("meeting.item_withdrawn")
    assert (message.subject_kind, message.subject_id) == ("bridge", 5)
    assert queries.list_items_of("bridge", 5) == []
    before = footprint()
    with pytest.raises(Refusal, match="item_withdrawn"):
        services.withdraw_item(item_id=item.pk, reason="再撤", actor=county.officer)
    with pytest.raises(InvalidInput):
        services.withdraw_item(item_id=items_of(meeting)[1].pk, reason=" ", actor=county.officer)
    assert footprint() == before


def test_cancelling_tells_everybody_and_stops_asking(county):
    meeting = called(county)
    services.cancel_meeting(meeting_id=meeting.pk, reason="防汛", actor=county.officer)
    assert not Task.objects.filter(state="OPEN").exists()
    assert Message.objects.filter(title__startswith="会议取消").count() == 2
    assert [row.subject_kind for row in told("meeting.item_withdrawn")] == ["bridge", "meeting"]
    before = footprint()
    with pytest.raises(Refusal, match="wrong_state"):
        services.hold_meeting(meeting_id=meeting.pk, actor=county.officer)
    assert footprint() == before


# -- during the meeting --------------------------------------------------------------------------------------------


def test_numbers_count_per_host_kind_and_year_without_gaps(county):
    first = held(county)
    services.cancel_meeting(meeting_id=called(county).pk, reason="x", actor=county.officer)
    second = held(county)
    other_kind = held(county, kind="JOINT")
    other_host = held(county, by=county.water)
    last_year = services.hold_meeting(
        meeting_id=called(county, held_on=date(2026, 12, 31)).pk, on=date(2026, 12, 31), actor=county.officer
    )
    assert [m.number for m in (first, second, other_kind, other_host, last_year)] == [
        "2027年第1次", "2027年第2次", "2027年第1次", "2027年第1次", "2026年第1次",
    ]  # fmt: skip


@pytest.mark.req("GO-07")
def test_a_meeting_entered_late_keeps_its_day(county):
    meeting = called(county, held_on=date(2027, 2, 20))
    services.hold_meeting(meeting_id=meeting.pk, on=date(2027, 2, 20), actor=county.officer)
    row = next(r for r in ledger.list_for_subject("meeting", meeting.pk) if r.kind == "meetings.hold")
    assert (row.occurred_on, row.late.is_late) == (date(2027, 2, 20), True)


def test_opening_begins_with_the_call_and_not_before_the_day(county):
    draft = services.draft_meeting(new=new_meeting(county), actor=county.officer)
    ready = called(county)
    before = footprint()
    with pytest.raises(Refusal, match="wrong_state"):
        services.hold_meeting(meeting_id=draft.pk, actor=county.officer)
    with pytest.raises(Refusal, match="day_ahead"):
        services.hold_meeting(meeting_id=ready.pk, on=TODAY + timedelta(days=1), actor=county.officer)
    assert footprint() == before


def test_attendance_is_marked_and_the_rest_at_once(county):
    meeting = held(county)
    water, town, guest = attendees_of(meeting)
    services.attend(
        meeting_id=meeting.pk, marks={water.pk: Mark("PRESENT"), town.pk: Mark("PROXY", " 李某 ")}, actor=county.officer
    )
    services.attend(meeting_id=meeting.pk, marks={}, rest="ABSENT", actor=county.officer)
    assert [(row.mark, row.proxy_name) for row in attendees_of(meeting)] == [
        ("PRESENT", ""), ("PROXY", "李某"), ("ABSENT", ""),
    ]  # fmt: skip
    assert "李某" not in Entry.objects.order_by("-pk").first().canonical
    before = footprint()
    with pytest.raises(Refusal, match="nothing_changed"):
        services.attend(meeting_id=meeting.pk, marks={guest.pk: Mark("ABSENT")}, actor=county.officer)
    with pytest.raises(InvalidInput):
        services.attend(meeting_id=meeting.pk, marks={guest.pk: Mark("PROXY")}, actor=county.officer)
    with pytest.raises(InvalidInput):
        services.attend(meeting_id=meeting.pk, marks={10**9: Mark("PRESENT")}, actor=county.officer)
    with pytest.raises(Refusal, match="marked_stays"):
        services.set_attendees(
            meeting_id=meeting.pk,
            attendees=[NewAttendee(unit_name="县人大财经工委", name="沈某")],
            actor=county.officer,
        )
    assert footprint() == before


def test_items_are_settled_one_by_one_and_may_be_entered_anew(county):
    meeting = attended(county)
    item = items_of(meeting)[0]
    done = services.resolve_item(
        item_id=item.pk, settled=Resolution("DEFERRED", "另行研究"), actor=county.officer, rev=1
    )
    meeting.refresh_from_db()
    assert (done.rev, meeting.items_open) == (2, 1)
    services.resolve_item(item_id=item.pk, settled=Resolution("AGREED", "同意"), actor=county.officer, rev=2)
    assert queries.list_items_of("bridge", 5)[0].resolution == "", "provisional until the meeting is closed"
    before = footprint()
    with pytest.raises(ChangedMeanwhile):
        services.resolve_item(item_id=item.pk, settled=Resolution("NOTED"), actor=county.head, rev=2)
    with pytest.raises(InvalidInput):
        services.resolve_item(item_id=item.pk, settled=Resolution("CONDITIONAL"), actor=county.officer)
    with pytest.raises(InvalidInput):
        services.resolve_item(item_id=item.pk, settled=Resolution("AGREED", "绝密"), actor=county.officer)
    with pytest.raises(NotAllowed):
        services.resolve_item(item_id=item.pk, settled=Resolution("AGREED"), actor=county.water)
    assert footprint() == before
    assert told("meeting.item_resolved") == []


# -- closing and correcting ----------------------------------------------------------------------------------------


@pytest.mark.req("GO-03", "JC-04")
def test_closing_leaves_a_receipt_and_tells_the_rooms_of_the_items(county):
    meeting = closed(county)
    assert (meeting.state, meeting.items_open, len(meeting.receipt)) == ("CLOSED", 0, 12)
    first, second = told("meeting.item_resolved")
    assert (first.subject_kind, first.subject_id, first.region_key) == ("bridge", 5, county.township_region.key_lo)
    assert first.data["resolution"] == "CONDITIONAL"
    assert first.data["due_on"] == "2027-04-30"
    assert first.data["responsible_unit"] == county.township.pk
    assert first.data["receipt"] == meeting.receipt
    assert (second.subject_kind, second.subject_id, second.data["resolution"]) == ("meeting", meeting.pk, "NOTED")
    (entry,) = ledger.list_for_subject("bridge", 5)
    assert entry.content["after"]["resolution"] == "原则同意"
    receipt = ledger.get_receipt(meeting.receipt)
    assert receipt.public["期次"] == "2027年第1次"
    assert receipt.public["到会"] == "3（代会 0）"
    assert "污水" not in str(receipt.public), "what was discussed is not public"
    (row,) = queries.list_items_of("bridge", 5)
    assert (row.resolution_label, row.conditions, row.number) == ("原则同意", "补充用地预审意见", "2027年第1次")
    message = Message.objects.get(person=county.people["clerk"], title__contains="由贵单位负责")
    assert "2027-04-30 前" in message.text
    assert Task.objects.get(kind="meetings.close").state == "DONE"


def test_closing_says_everything_that_is_missing_and_leaves_nothing(county):
    meeting = held(county)
    before = footprint()
    with pytest.raises(InvalidInput) as refusal:
        services.close_meeting(meeting_id=meeting.pk, minutes=" ", actor=county.officer)
    assert codes(refusal) == ["meetings.nobody_came", "meetings.items_open", "meetings.minutes_missing"]
    assert footprint() == before
    ready = settled(county)
    before = footprint()
    for actor, error in ((county.water, NotAllowed), (county.viewer, NotAllowed), (county.stranger, NotFound)):
        with pytest.raises(error):
            services.close_meeting(meeting_id=ready.pk, minutes="纪要", actor=actor)
    with pytest.raises(InvalidInput):
        services.close_meeting(meeting_id=ready.pk, minutes="密级：秘密", actor=county.officer)
    assert footprint() == before


@pytest.mark.req("GO-03", "GO-07")
def test_a_correction_is_a_new_entry_that_corrects_and_tells_what_was(county):
    meeting = closed(county)
    old = meeting.receipt
    item = items_of(meeting)[0]
    corrected = services.correct_meeting(
        meeting_id=meeting.pk, rev=meeting.rev, reason="漏记", minutes="会议逐项研究。补记一句。", actor=county.head,
        items={item.pk: Resolution("AGREED", "同意入库")},
    )  # fmt: skip
    assert (corrected.corrections, corrected.receipt != old) == (1, True)
    assert ledger.get_receipt(old).is_corrected
    assert ledger.get_receipt(corrected.receipt).corrects == old
    (message,) = told("meeting.item_corrected")
    assert (message.data["was"], message.data["resolution"]) == ("CONDITIONAL", "AGREED")
    assert [row.content["after"]["resolution"] for row in ledger.list_for_subject("bridge", 5)] == ["同意", "原则同意"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reason": " "}, InvalidInput),
        ({"minutes": None}, Refusal),
        ({"minutes": " "}, InvalidInput),
        ({"rev": 1}, ChangedMeanwhile),
        ({"items": {10**9: Resolution("AGREED")}}, NotFound),
    ],
)
def test_a_correction_that_is_not_in_order_leaves_nothing(county, changes, error):
    meeting = closed(county)
    given = {"meeting_id": meeting.pk, "rev": meeting.rev, "reason": "x", "minutes": "新", "actor": county.head}
    before = footprint()
    with pytest.raises(error):
        services.correct_meeting(**{**given, **changes})
    with pytest.raises(NotAllowed):
        services.correct_meeting(**{**given, "actor": county.officer})
    assert footprint() == before


def test_a_meeting_called_by_an_act_of_another_room_is_run_by_who_has_the_right(county):
    """The actor of a test or a job may have no unit; the meeting then belongs to the region's officers."""
    grant = GrantScope("INVESTMENT_OFFICER", county.region.key_lo, county.region.key_hi)
    nobody = Actor(county.officer.person_id, "林晓燕", grants=(grant,))
    meeting = services.call_meeting(new=new_meeting(county, host_unit_id=county.bureau.pk), actor=nobody)
    assert meeting.clerk_unit_id is None
    assert services.hold_meeting(meeting_id=meeting.pk, actor=county.officer).number == "2027年第1次"


def test_reads_of_a_region_follow_its_grants_also_those_of_a_sector(county):
    meeting = called(county)
    for name in ("officer", "head", "water", "viewer"):
        assert list(queries.list_meetings(getattr(county, name))) == [meeting], name
    for name in ("clerk", "owner", "stranger"):
        assert list(queries.list_meetings(getattr(county, name))) == [], name
    assert queries.get_invitation(meeting.pk, county.clerk).mine[0].unit == county.township
    assert [item.title for item in queries.get_invitation(meeting.pk, county.clerk).items][:1] == [
        "河口镇污水管网延伸工程"
    ]
    for name in ("owner", "stranger"):
        with pytest.raises(NotFound):
            queries.get_invitation(meeting.pk, getattr(county, name))
    draft = services.draft_meeting(new=new_meeting(county), actor=county.officer)
    with pytest.raises(NotFound):
        queries.get_invitation(draft.pk, county.clerk)


def test_what_is_said_about_a_subject_is_one_query_whatever_the_number(county, django_assert_num_queries):
    closed(county)
    with django_assert_num_queries(1):
        assert len(queries.list_items_of("bridge", 5)) == 1
    for _ in range(4):
        called(county)
    with django_assert_num_queries(1):
        assert len(queries.list_items_of("bridge", 5)) == 5
    assert Meeting.objects.unscoped("test").count() == 5
