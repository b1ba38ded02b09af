"""三谋两审一踏勘: each party records its own step, meetings report by themselves, what is missing is told."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.documents import services as documents
from gongbu.ground.ledger.models import Entry
from gongbu.ground.meetings import services as meetings
from gongbu.ground.meetings.entry import Mark, NewAttendee, NewMeeting, Resolution
from gongbu.ground.meetings.models import AgendaItem, Meeting
from gongbu.mainline.projects import timeline
from gongbu.mainline.reserve.models import ReserveFile
from gongbu.mainline.reserve.tests import factories as reserve
from gongbu.mainline.selection import queries, services
from gongbu.mainline.selection.models import StepRecord
from gongbu.mainline.selection.rules.checklist import Standing
from gongbu.mainline.selection.services import NewStep
from gongbu.mainline.selection.tests import factories as make

pytestmark = pytest.mark.django_db
TODAY = clock.today


def standings(project: Any) -> list[str]:
    rows = queries.get_checklist(project)
    assert rows is not None
    return [row.item.standing.value for row in rows]


def refuses(error: type[Exception], code: str, act: Any, **arguments: Any) -> None:
    before = make.footprint()
    with pytest.raises(error) as caught:
        act(**arguments)
    found = caught.value
    codes = [f.code for f in found.findings] if isinstance(found, InvalidInput) else [found.code]  # type: ignore[attr-defined]
    assert code in codes
    assert make.footprint() == before


@pytest.mark.req("JC-04")
def test_the_checklist_fills_step_by_step_with_who_when_and_receipt() -> None:
    project = make.held()
    assert standings(project) == ["MISSING"] * 6
    made = make.do_steps(project)
    rows = queries.get_checklist(project)
    assert rows is not None
    assert [row.item.step.key for row in rows] == list(make.STEPS)
    assert {row.item.standing for row in rows} == {Standing.DONE}
    group, visit = rows[0].record, rows[5].record
    assert group is not None
    assert (group.party, group.unit_name, group.person_name) == ("基础设施", "云溪县发展和改革局", make.officer().name)
    assert len(group.receipt) == 12
    assert visit is not None
    assert (visit.lon, visit.lat, visit.crs, visit.leader) == (
        Decimal("107.3521"),
        Decimal("35.3312"),
        "WGS84",
        "段县长",
    )
    entry = Entry.objects.get(pk=visit.ledger_id)
    assert '"visit_position":"107.3521, 35.3312（WGS84）"' in entry.canonical
    assert "王某" not in entry.canonical  # who came along is no official identity of the act
    titles = [event.title for event in timeline.list_events(project.pk, reserve.county().pk)]
    assert titles.count("记录谋划") == 3
    assert made["site_visit"].pk == visit.pk


def test_a_position_is_kept_as_given_to_the_last_figure() -> None:
    project = make.held()
    new = NewStep(
        "site_visit",
        TODAY(),
        "看了现场",
        leader="段县长",
        people="王某",
        lon=Decimal("107.35210001"),
        lat=Decimal("-0.5"),
        crs="CGCS2000",
    )
    row = services.record_visit(project_id=project.pk, new=new, actor=make.officer())
    row.refresh_from_db()
    assert (row.lon, row.lat, row.crs) == (Decimal("107.35210001"), Decimal("-0.5"), "CGCS2000")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lat": None}, "selection.position_half"),
        ({"lon": Decimal(181)}, "selection.lon_wrong"),
        ({"lat": Decimal("-90.1")}, "selection.lat_wrong"),
        ({"crs": ""}, "selection.crs_missing"),
        ({"crs": "GCJ02"}, "selection.crs_missing"),
        ({"leader": " "}, "selection.leader_missing"),
        ({"people": " "}, "selection.people_missing"),
        ({"lon": None, "lat": None, "crs": ""}, "selection.position_missing"),
        ({"text": "好"}, "selection.visit_notes_missing"),
        ({"text": "x" * 2001}, "selection.too_long"),
        ({"held_on": timedelta(days=1)}, "projects.day_ahead"),
        ({"text": "机密★20年的内容"}, "secrecy.refused"),
    ],
)
def test_a_visit_that_says_too_little_or_nonsense_is_refused(changes: dict[str, Any], code: str) -> None:
    project = make.held()
    values: dict[str, Any] = {
        "step": "site_visit", "held_on": TODAY(), "text": "现场平整", "leader": "段县长", "people": "王某", "lon": Decimal(107),
        "lat": Decimal(35), "crs": "WGS84",
    }  # fmt: skip
    if "held_on" in changes:
        changes = {"held_on": TODAY() + changes["held_on"]}
    refuses(
        InvalidInput, code, services.record_visit, project_id=project.pk, new=NewStep(**{**values, **changes}),
        actor=make.officer(),
    )  # fmt: skip


@pytest.mark.req("JC-04")
def test_a_visit_is_done_once_it_is_photographed_and_the_pack_says_what_it_must_hold() -> None:
    project = make.held()
    visit = make.do_steps(project, but=["photos"])["site_visit"]
    assert standings(project)[-1] == "NO_PHOTOS"
    county = reserve.county()
    assert queries.list_stepped([project.pk], county, clock.today()) == set()
    paper = documents.store(
        BytesIO("现场情况说明".encode()), "说明.txt", subject_kind="selection_step", subject_id=visit.pk,
        region_key=visit.region_key, access="INTERNAL", actor=make.officer(),
    )  # fmt: skip
    assert standings(project)[-1] == "NO_PHOTOS", "a text is no photograph"
    photo = make.photograph(visit)
    make.tell()
    assert standings(project)[-1] == "DONE"
    assert queries.list_stepped([project.pk], county, clock.today()) == {project.pk}
    assert "selection.visit" in ReserveFile.objects.unscoped("test").get(pk=project.pk).ready
    documents.withdraw(document_id=photo.pk, reason="照片拍错了地方", actor=make.head(), rev=photo.rev)
    make.tell()
    assert standings(project)[-1] == "NO_PHOTOS"
    assert "selection.visit" not in ReserveFile.objects.unscoped("test").get(pk=project.pk).ready
    make.photograph(visit)
    new = NewStep(
        "site_visit", visit.held_on, "现场有高压线", leader="段县长", people="王某", lon=visit.lon, lat=visit.lat, crs="WGS84"
    )  # fmt: skip
    services.correct_step(record_id=visit.pk, new=new, reason="漏记高压线", actor=make.officer())
    assert standings(project)[-1] == "DONE", "a correction keeps the photographs of what it corrects"
    assert paper.withdrawn_at is None


def test_who_may_record_a_step_is_what_the_card_says() -> None:
    project = make.held()
    plan = NewStep("sector_planning", TODAY(), "与行业规划衔接")
    for stranger in (make.officer(), reserve.department("教育"), reserve.clerk(), reserve.owner(), make.leaders(1)[0]):
        refuses(
            NotAllowed,
            "selection.not_the_one",
            services.record_planning,
            project_id=project.pk,
            new=plan,
            actor=stranger,
        )
    assert services.record_planning(project_id=project.pk, new=plan, actor=reserve.department("水利"))


def test_the_project_unit_records_its_own_planning_and_no_other() -> None:
    owner = reserve.owner()
    entry = reserve.admitted(reserve.department("水利"), owner_unit_id=owner.unit_id, owner_name=owner.unit_name)
    new = NewStep("owner_planning", TODAY(), "提出建设方案")
    assert services.record_planning(project_id=entry.project_id, new=new, actor=owner).unit_name == owner.unit_name
    other = make.held()
    refuses(NotAllowed, "selection.not_the_one", services.record_planning, project_id=other.pk, new=new, actor=owner)


@pytest.mark.parametrize(
    ("act", "new", "code"),
    [
        ("record_planning", NewStep("group_planning", clock.today(), "研究规模", party="水利"), "selection.party_unknown"),
        ("record_planning", NewStep("group_planning", clock.today(), "好", party="基础设施"), "selection.plan_missing"),
        ("record_meeting", NewStep("special_meeting", clock.today(), verdict="AGREED"), "selection.minutes_missing"),
        ("record_meeting", NewStep("special_meeting", clock.today(), document="会议纪要3号"), "selection.verdict_missing"),
        ("record_meeting", NewStep("special_meeting", clock.today(), document="会议纪要3号", verdict="NOT_AGREED"), "selection.verdict_words_missing"),
    ],
)  # fmt: skip
def test_planning_and_meetings_say_what_they_must(act: str, new: NewStep, code: str) -> None:
    project = make.held()
    refuses(InvalidInput, code, getattr(services, act), project_id=project.pk, new=new, actor=make.officer())


def test_a_step_of_another_form_or_no_step_is_refused() -> None:
    project = make.held()
    new = NewStep("sector_review", TODAY(), "研究规模")
    refuses(
        Refusal,
        "selection.step_unknown",
        services.record_planning,
        project_id=project.pk,
        new=new,
        actor=make.officer(),
    )
    new = NewStep("blessing", TODAY(), "研究规模")
    refuses(
        Refusal,
        "selection.step_unknown",
        services.record_planning,
        project_id=project.pk,
        new=new,
        actor=make.officer(),
    )
    refuses(NotFound, "projects.not_found", services.record_planning, project_id=0, new=new, actor=make.officer())


def test_a_county_without_a_card_says_why() -> None:
    from gongbu.mainline.projects.tests import factories as projects

    project = projects.reserve_project()
    new = NewStep("site_visit", TODAY(), "现场平整", leader="段县长")
    assert queries.get_checklist(project) is None
    refuses(
        Refusal,
        "selection.no_packs",
        services.record_visit,
        project_id=project.pk,
        new=new,
        actor=reserve.officer(projects.region()),
    )


def test_a_newer_record_decides_and_a_refusal_stands_against_the_project() -> None:
    project = make.held()
    sector = reserve.department("水利")
    early, today = TODAY() - timedelta(days=9), TODAY()
    no = NewStep("sector_review", today, "选址不妥", verdict="NOT_AGREED")
    services.record_review(project_id=project.pk, new=no, actor=sector)
    assert standings(project)[3] == "AGAINST"
    earlier = NewStep("sector_review", early, verdict="AGREED")
    services.record_review(project_id=project.pk, new=earlier, actor=sector)
    assert standings(project)[3] == "AGAINST"  # entered later, but held earlier
    again = NewStep("sector_review", today, "已调整选址", verdict="CONDITIONAL")
    services.record_review(project_id=project.pk, new=again, actor=sector)
    assert standings(project)[3] == "DONE"


def test_a_correction_is_a_new_record_that_names_the_old_one() -> None:
    project = make.held()
    old = make.do_steps(project)["site_visit"]
    new = NewStep(
        "site_visit",
        TODAY(),
        "现场有高压线",
        leader="段县长",
        people="王某",
        lon=Decimal("107.36"),
        lat=Decimal("35.33"),
        crs="CGCS2000",
    )
    refuses(
        InvalidInput,
        "selection.reason_missing",
        services.correct_step,
        record_id=old.pk,
        new=new,
        reason="错",
        actor=make.officer(),
    )
    row = services.correct_step(record_id=old.pk, new=new, reason="坐标记错了", actor=make.officer())
    old.refresh_from_db()
    assert (old.is_standing, row.corrects_id, row.reason) == (False, old.pk, "坐标记错了")
    assert Entry.objects.get(pk=row.ledger_id).corrects_id == old.ledger_id
    rows = queries.get_checklist(project)
    assert rows is not None
    assert rows[5].record == row
    assert rows[5].earlier == (old,)
    refuses(
        Refusal,
        "selection.record_corrected",
        services.correct_step,
        record_id=old.pk,
        new=new,
        reason="再改一次",
        actor=make.officer(),
    )
    refuses(
        Refusal,
        "selection.nothing_changed",
        services.correct_step,
        record_id=row.pk,
        new=new,
        reason="再改一次",
        actor=make.officer(),
    )
    refuses(
        NotAllowed,
        "rights.not_allowed",
        services.correct_step,
        record_id=row.pk,
        new=new,
        reason="再改一次",
        actor=reserve.department("教育"),
    )


# --- meetings -------------------------------------------------------------------------------------------------------


def called(title: str = "储备项目审定专题会议") -> Meeting:
    new = NewMeeting(
        "SPECIAL", title, reserve.county().pk, held_on=TODAY(), place="二楼会议室",
        attendees=(NewAttendee(unit_id=make.officer().unit_id),),
    )  # fmt: skip
    return meetings.call_meeting(new=new, actor=make.officer())


def close(meeting: Meeting, *resolutions: Resolution) -> None:
    officer = make.officer()
    meetings.hold_meeting(meeting_id=meeting.pk, actor=officer)
    marks = {row.pk: Mark("PRESENT") for row in meeting.attendees.all()}
    meetings.attend(meeting_id=meeting.pk, marks=marks, actor=officer)
    items = AgendaItem.objects.unscoped("test").filter(meeting=meeting).order_by("position")
    for item, resolution in zip(items, resolutions, strict=True):
        meetings.resolve_item(item_id=item.pk, settled=resolution, actor=officer)
    meetings.close_meeting(meeting_id=meeting.pk, minutes="会议研究了有关项目。", actor=officer)
    make.tell()


@pytest.mark.req("JC-04")
def test_a_closed_meeting_leaves_the_record_of_the_projects_put_to_it() -> None:
    agreed, refused, put_off = make.held(), make.held(), make.held()
    meeting, officer = called(), make.officer()
    ids = [agreed.pk, refused.pk, put_off.pk]
    assert services.put_to_meeting(project_ids=ids, meeting_id=meeting.pk, actor=officer) == 3
    assert services.put_to_meeting(project_ids=ids, meeting_id=meeting.pk, actor=officer) == 0
    assert standings(agreed)[4] == "MISSING"  # on the agenda is not settled
    close(
        meeting,
        Resolution("CONDITIONAL", "同意列入。", "先落实用地。"),
        Resolution("NOT_AGREED", "规模偏大。"),
        Resolution("DEFERRED", "资金来源不清。"),
    )
    assert [standings(one)[4] for one in (agreed, refused, put_off)] == ["DONE", "AGAINST", "MISSING"]
    row = StepRecord.objects.unscoped("test").get(project=agreed)
    assert (row.text, row.verdict, row.held_on) == ("同意列入。\n条件：先落实用地。", "CONDITIONAL", TODAY())
    assert row.document == f"储备项目审定专题会议（{TODAY().year}年第1次）"
    assert row.receipt
    assert Entry.objects.get(pk=row.ledger_id).kind == "selection.record_meeting"


def test_the_same_message_twice_records_once_and_a_correction_replaces() -> None:
    project, meeting = make.held(), called()
    services.put_to_meeting(project_ids=[project.pk], meeting_id=meeting.pk, actor=make.officer())
    close(meeting, Resolution("AGREED", "同意列入。"))
    from gongbu.ground.outbox.models import OutboxMessage
    from gongbu.mainline.selection import listeners

    listeners.follow(OutboxMessage.objects.get(topic="meeting.item_resolved"))
    assert StepRecord.objects.unscoped("test").filter(project=project).count() == 1
    meeting.refresh_from_db()
    item = AgendaItem.objects.unscoped("test").get(meeting=meeting)
    meetings.correct_meeting(
        meeting_id=meeting.pk, rev=meeting.rev, reason="记录有误", actor=make.head(),
        items={item.pk: Resolution("NOT_AGREED", "不同意列入。")},
    )  # fmt: skip
    make.tell()
    assert standings(project)[4] == "AGAINST"
    old, new = StepRecord.objects.unscoped("test").filter(project=project).order_by("pk")
    assert (old.is_standing, new.corrects_id, new.reason) == (False, old.pk, "会议记录更正")
    meeting.refresh_from_db()
    meetings.correct_meeting(
        meeting_id=meeting.pk, rev=meeting.rev, reason="记录仍有误", actor=make.head(),
        items={item.pk: Resolution("DEFERRED", "下次再议。")},
    )  # fmt: skip
    make.tell()
    assert standings(project)[4] == "MISSING"


def test_an_item_that_others_put_on_counts_only_when_a_person_says_so() -> None:
    from gongbu.ground.meetings.entry import NewItem

    project, meeting, officer = make.held(), called(), make.officer()
    item = meetings.add_item(
        meeting_id=meeting.pk, actor=officer,
        item=NewItem(project.name, subject_kind="project", subject_id=project.pk, region_key=project.region_key),
    )  # fmt: skip
    refuses(
        NotFound,
        "selection.item_missing",
        services.record_meeting,
        project_id=project.pk,
        new=NewStep("special_meeting", TODAY()),
        actor=officer,
        item_id=item.pk,
    )
    close(meeting, Resolution("AGREED", "同意。"))
    assert standings(project)[4] == "MISSING"
    row = services.record_meeting(
        project_id=project.pk, new=NewStep("special_meeting", TODAY()), actor=officer, item_id=item.pk
    )
    assert (row.item_id, row.meeting_id, row.verdict) == (item.pk, meeting.pk, "AGREED")
    assert standings(project)[4] == "DONE"
    refuses(
        Refusal,
        "selection.item_recorded",
        services.record_meeting,
        project_id=project.pk,
        new=NewStep("special_meeting", TODAY()),
        actor=officer,
        item_id=item.pk,
    )


def test_putting_to_a_meeting_needs_the_right_and_a_project() -> None:
    project, meeting = make.held(), called()
    refuses(
        NotAllowed,
        "rights.not_allowed",
        services.put_to_meeting,
        project_ids=[project.pk],
        meeting_id=meeting.pk,
        actor=reserve.clerk(),
    )
    refuses(
        Refusal,
        "selection.nothing_chosen",
        services.put_to_meeting,
        project_ids=[],
        meeting_id=meeting.pk,
        actor=make.officer(),
    )
