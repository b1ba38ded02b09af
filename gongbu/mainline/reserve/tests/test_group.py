"""预判预审 in a meeting of the leading group: its resolution decides; and no step is dated before the one it follows."""

from datetime import date, time, timedelta

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.inbox.models import Message
from gongbu.ground.meetings import services as meetings
from gongbu.ground.meetings.entry import NewAttendee, NewItem, NewMeeting, Resolution
from gongbu.ground.meetings.models import AgendaItem, Meeting
from gongbu.ground.orgs.models import Region
from gongbu.mainline.reserve import services
from gongbu.mainline.reserve.models import Opinion
from gongbu.mainline.reserve.tests import factories as make
from gongbu.mainline.reserve.tests.factories import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nation() -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def waiting(on: date | None = None):
    """An entry that waits for the leading group."""
    entry = make.declared(make.clerk(), make.township(), on=on)
    return services.preliminary_check(
        entry_id=entry.pk, points=make.fit(), actor=make.department(), cases=["重大公共利益"], on=on
    )


def called(
    kind: str = "LEADING_GROUP", entry=None, title: str = "县重大项目领导小组会议", key: str | None = None
) -> Meeting:
    items = ()
    if entry is not None:
        project = entry.project
        items = (NewItem(project.name, subject_kind="project", subject_id=project.pk, region_key=project.region_key, key=key),)  # fmt: skip
    new = NewMeeting(
        kind=kind, title=title, region_id=make.county().pk, held_on=clock.today(), begins_at=time(9, 0), place="二楼会议室",
        chair="常务副县长", attendees=(NewAttendee(unit_name="县水利局"),), items=items,
    )  # fmt: skip
    return meetings.call_meeting(new=new, actor=make.officer())


def close(meeting: Meeting, settled: Resolution) -> None:
    officer = make.officer()
    meetings.hold_meeting(meeting_id=meeting.pk, actor=officer)
    meetings.attend(meeting_id=meeting.pk, marks={}, rest="PRESENT", actor=officer)
    for item in AgendaItem.objects.unscoped("test").filter(meeting=meeting):
        meetings.resolve_item(item_id=item.pk, actor=officer, settled=settled)
    meetings.close_meeting(meeting_id=meeting.pk, actor=officer, minutes="会议审议了储备项目。")
    make.tell()


@pytest.mark.req("JC-03", "JC-05")
def test_only_meetings_of_the_leading_group_are_offered_and_taken() -> None:
    make.libraries()
    entry, officer = waiting(), make.officer()
    special = called("SPECIAL", title="乡镇道路专题会")
    group = called()
    client = browser(officer)
    page = client.get(f"/reserve/entries/{entry.pk}/").content.decode()
    options = page[page.index("agenda-meeting") :]
    assert "县重大项目领导小组会议" in options
    assert "乡镇道路专题会" not in options
    answer = client.post(f"/reserve/entries/{entry.pk}/agenda", {"meeting": special.pk})
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "领导小组预判预审由领导小组会议议定，乡镇道路专题会是专题会议，不能列入" in said
    assert not AgendaItem.objects.unscoped("test").exists()
    assert client.post(f"/reserve/entries/{entry.pk}/agenda", {"meeting": group.pk}).status_code == 302


@pytest.mark.req("JC-03")
def test_while_it_is_on_an_open_agenda_nobody_passes_returns_or_refuses_it_by_hand() -> None:
    make.libraries()
    entry, officer = waiting(), make.officer()
    meeting = called(entry=entry)
    before = make.footprint()
    acts = (
        lambda: services.leading_group_review(entry_id=entry.pk, document="会议纪要〔2026〕1号", actor=officer),
        lambda: services.return_entry(entry_id=entry.pk, reason="材料不齐全", actor=officer),
        lambda: services.refuse(entry_id=entry.pk, reason="不符合规划", clause="第3条", actor=officer),
    )
    for attempt in acts:
        with pytest.raises(Refusal) as caught:
            attempt()
        assert "已列入县重大项目领导小组会议" in word(caught.value)
        assert "先在会议中撤下这项议题" in word(caught.value)
    assert make.footprint() == before
    item = AgendaItem.objects.unscoped("test").get(meeting=meeting)
    meetings.withdraw_item(item_id=item.pk, reason="材料不齐", actor=officer)
    passed = services.leading_group_review(entry_id=entry.pk, document="会议纪要〔2026〕1号", actor=officer)
    assert passed.step == "ADMISSION"


@pytest.mark.req("JC-03")
def test_not_agreed_refuses_by_the_packs_rule_and_stands_in_the_opinions() -> None:
    make.libraries()
    entry = waiting()
    meeting = called(entry=entry)
    close(meeting, Resolution("NOT_AGREED", "与县城防洪规划冲突"))
    found = make.fresh(entry)
    assert found.state == "REFUSED"
    assert make.flat(entry).state == "REFUSED", "the township's library lets it go as well"
    opinion = Opinion.objects.get(entry=entry, step="LEADING_GROUP_REVIEW")
    assert (opinion.verdict, opinion.person_name) == ("REFUSED", "系统（会议议定）")
    assert "与县城防洪规划冲突" in opinion.text
    assert opinion.document.startswith("县重大项目领导小组会议")
    assert "第3条" in opinion.clause
    assert opinion.receipt
    told = Message.objects.filter(person_id=make.officer().person_id, title__contains="不同意，不予入库")
    assert told.exists()
    make.tell()
    assert Opinion.objects.filter(entry=entry, step="LEADING_GROUP_REVIEW").count() == 1


@pytest.mark.req("JC-03")
def test_between_closing_and_delivery_nobody_passes_what_was_not_agreed() -> None:
    make.libraries()
    entry, officer = waiting(), make.officer()
    meeting = called(entry=entry)
    meetings.hold_meeting(meeting_id=meeting.pk, actor=officer)
    meetings.attend(meeting_id=meeting.pk, marks={}, rest="PRESENT", actor=officer)
    item = AgendaItem.objects.unscoped("test").get(meeting=meeting)
    meetings.resolve_item(item_id=item.pk, actor=officer, settled=Resolution("NOT_AGREED", "与规划冲突"))
    meetings.close_meeting(meeting_id=meeting.pk, actor=officer, minutes="不同意。")
    with pytest.raises(Refusal, match="group_not_agreed"):
        services.leading_group_review(entry_id=entry.pk, document="会议纪要〔2026〕1号", actor=officer)


@pytest.mark.req("JC-03")
def test_put_off_it_waits_on_and_the_matter_of_another_room_settles_nothing() -> None:
    make.libraries()
    put_off, other = waiting(), waiting()
    close(called(entry=put_off), Resolution("DEFERRED", "补充论证后再议"))
    assert make.fresh(put_off).step == "LEADING_GROUP_REVIEW"
    assert make.fresh(put_off).state == "PENDING"
    close(
        called(entry=other, title="领导小组第二次会议", key="selection:1:1"), Resolution("NOT_AGREED", "不列入年度计划")
    )
    assert make.fresh(other).state == "PENDING"


@pytest.mark.req("JC-03")
def test_a_correction_after_the_entry_went_on_asks_the_office_to_look() -> None:
    make.libraries()
    entry, officer = waiting(), make.officer()
    meeting = called(entry=entry)
    close(meeting, Resolution("AGREED", "同意"))
    assert make.fresh(entry).step == "ADMISSION"
    item = AgendaItem.objects.unscoped("test").get(meeting=meeting)
    meeting.refresh_from_db()
    meetings.correct_meeting(
        meeting_id=meeting.pk, rev=meeting.rev, reason="录错", actor=make.head(),
        items={item.pk: Resolution("NOT_AGREED", "与规划冲突")},
    )  # fmt: skip
    make.tell()
    assert make.fresh(entry).step == "ADMISSION", "what went on is not called back by itself"
    assert Message.objects.filter(person_id=officer.person_id, title__contains="会议记录更正，请核对").exists()


# --- the order of days ----------------------------------------------------------------------------------------------


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


def refused(attempt) -> str:
    before = make.footprint()
    with pytest.raises(InvalidInput) as caught:
        attempt()
    assert make.footprint() == before
    return word(caught.value.findings[0])


@pytest.mark.req("JC-01", "JC-03")
@pytest.mark.parametrize("days", [1, 30])
def test_a_step_is_not_dated_before_the_step_it_follows(days: int) -> None:
    make.libraries()
    checked_on = ago(10)
    entry = waiting(on=checked_on)
    early = checked_on - timedelta(days=days)
    said = refused(
        lambda: services.leading_group_review(
            entry_id=entry.pk, document="会议纪要〔2026〕1号", actor=make.officer(), on=early
        )
    )
    assert early.isoformat() in said
    assert checked_on.isoformat() in said
    entry = services.leading_group_review(
        entry_id=entry.pk, document="会议纪要〔2026〕1号", actor=make.officer(), on=checked_on
    )
    assert entry.step == "ADMISSION", "the same day is in order"


@pytest.mark.req("JC-03")
def test_the_message_names_the_earlier_step_with_its_day() -> None:
    make.libraries()
    chain = make.declared(make.officer(), sector="农业农村", library="FRUIT_VEGETABLE", on=ago(20))
    services.preliminary_check(entry_id=chain.pk, points=make.fit(), actor=make.chain_office(), on=ago(4))
    said = refused(lambda: services.chain_leader_review(entry_id=chain.pk, actor=make.leader(), on=ago(8)))
    assert f"日期 {ago(8)} 早于“初核”的日期 {ago(4)}" in said
    assert f"应不早于 {ago(4)}" in said


@pytest.mark.req("JC-03")
def test_leaving_selecting_and_sending_again_keep_the_order_too() -> None:
    make.libraries()
    held = make.admitted(on=ago(5))
    said = refused(
        lambda: services.withdraw(project_id=held.project_id, reason="项目不再实施", actor=make.head(), on=ago(6))
    )
    assert f"日期 {ago(6)} 早于“初核”的日期 {ago(5)}" in said or f"早于“入库”的日期 {ago(5)}" in said
    refused(
        lambda: services.select(project_ids=[held.project_id], reason="前期工作成熟", actor=make.officer(), on=ago(6))
    )
    back = make.declared(make.clerk(), make.township(), on=ago(9))
    services.return_entry(entry_id=back.pk, reason="补充选址意见", actor=make.department(), on=ago(3))
    said = refused(lambda: services.resubmit(entry_id=back.pk, actor=make.clerk(), on=ago(4)))
    assert f"早于“初核退回补正”的日期 {ago(3)}" in said
    services.resubmit(entry_id=back.pk, actor=make.clerk(), on=ago(2))
    said = refused(
        lambda: services.preliminary_check(entry_id=back.pk, points=make.fit(), actor=make.department(), on=ago(3))
    )
    assert f"早于“重新报送”的日期 {ago(2)}" in said
