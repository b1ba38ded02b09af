"""Pages of meetings, as clerk, invited township, owner and visitor."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gongbu.ground.inbox.models import Task
from gongbu.ground.meetings import services
from gongbu.ground.meetings.entry import NewAttendee, NewItem
from gongbu.ground.meetings.models import Meeting
from gongbu.ground.meetings.tests.conftest import (
    TODAY,
    attendees_of,
    called,
    closed,
    footprint,
    held,
    items_of,
    new_meeting,
    settled,
)
from gongbu.ground.registers import counting, subjects
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def at_desk(county):
    def browser(name):
        client = Client()
        sign_in(client, county.people[name])
        return client

    return browser


def only(state="DRAFT"):
    return Meeting.objects.unscoped("test").get(state=state)


def draft_form(county, **changes):
    given = {
        "meetings.kind": "SPECIAL", "meetings.title": "储备项目审定专题会", "orgs.region_id": str(county.region.pk),
        "meetings.held_on": "2027-03-05", "meetings.begins_at": "9：00", "meetings.place": "二楼会议室",
        "meetings.chair": "段宏毅", "meetings.host": "",
        "meetings.attendees": "东县水务局　白志强　副局长\n河口镇人民政府　　　列席\n县人大财经工委 沈某",
        "meetings.agenda": "1. 听取汇报\n2. 审定清单", "rev": "",
    }  # fmt: skip
    return {**given, **changes}


def test_a_clerk_prepares_and_calls_from_one_form(county, at_desk):
    client = at_desk("officer")
    page = client.get("/meetings/new").text
    assert "取自您的岗位" in page
    answer = client.post("/meetings/new", draft_form(county, call="1", units=[str(county.bureau.pk)]))
    meeting = only("CALLED")
    assert answer.headers["Location"] == f"/meetings/{meeting.pk}/"
    assert f"{meeting.begins_at:%H:%M}" == "09:00"
    rows = attendees_of(meeting)
    assert [(row.unit_id, row.person_id, row.name, row.duty, row.role) for row in rows] == [
        (county.water_office.pk, county.people["water"].pk, "白志强", "副局长", "MEMBER"),
        (county.township.pk, None, "", "", "OBSERVER"),
        (None, None, "沈某", "", "MEMBER"),
        (county.bureau.pk, None, "", "", "MEMBER"),
    ]  # fmt: skip
    assert [item.title for item in items_of(meeting)] == ["听取汇报", "审定清单"]
    assert Task.objects.filter(person=county.people["water"]).count() == 1
    assert "储备项目审定专题会" in client.get("/meetings/").text
    again = client.get("/meetings/new?kind=SPECIAL").text
    assert "取自“储备项目审定专题会”" in again
    assert "河口镇人民政府　列席" in again


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"meetings.title": ""}, "请填写会议名称"),
        ({"meetings.held_on": "三月五"}, "不是日期"),
        ({"meetings.begins_at": "25:00"}, "不是时间"),
        ({"meetings.kind": "NOTHING"}, "选项"),
        ({"meetings.place": "", "call": "1"}, "请填写会议地点"),
        ({"meetings.agenda": "机密★工程"}, "涉密"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(county, at_desk, changes, said):
    client, before = at_desk("officer"), footprint()
    answer = client.post("/meetings/new", draft_form(county, **changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert footprint() == before


def test_the_desk_works_through_a_meeting_part_by_part(county, at_desk):
    client = at_desk("officer")
    meeting = called(county)
    here = f"/meetings/{meeting.pk}/"
    assert "开始会议" in client.get(here).text
    client.post(f"{here}hold", {"rev": meeting.rev, "held_on": "2027-03-05"})
    page = client.get(here).text
    assert "2027年第1次" in page
    assert "还没有人签到" in page
    water, town, guest = attendees_of(meeting)
    marks = {f"was_{row.pk}": "|" for row in (water, town, guest)}
    part = client.post(
        f"{here}attendance", {**marks, f"mark_{water.pk}": "PRESENT", f"mark_{town.pk}": "PROXY"}, **HTMX
    )
    assert part.status_code == 422
    assert "请写明代会人" in part.text
    assert not attendees_of(meeting)[0].mark
    part = client.post(
        f"{here}attendance",
        {
            **marks,
            f"mark_{water.pk}": "PRESENT",
            f"mark_{town.pk}": "PROXY",
            f"proxy_{town.pk}": "李某",
            "rest": "ABSENT",
        },
        **HTMX,
    )
    assert part.status_code == 200
    assert "到会 1，代会 1，缺席 1" in part.text
    assert 'hx-swap-oob="true"' in part.text
    assert "<html" not in part.text
    item = items_of(meeting)[0]
    path = f"/meetings/items/{item.pk}/resolve"
    part = client.post(path, {"resolution": "CONDITIONAL", "due_on": "2027-03-04", "rev": item.rev}, **HTMX)
    assert part.status_code == 422
    for said in ("请写明附带条件", "早于会议日期", "请写明责任单位"):
        assert said in part.text
    part = client.post(
        path,
        {"resolution": "CONDITIONAL", "conditions": "补充预审", "responsible": "河口镇人民政府", "due_on": "2027.4.30",
         "rev": item.rev},
        **HTMX,
    )  # fmt: skip
    assert part.status_code == 200
    item.refresh_from_db()
    assert (item.responsible_unit, item.due_on.isoformat()) == (county.township, "2027-04-30")
    assert "还有 1 个议题没有议定" in part.text
    last = items_of(meeting)[1]
    assert client.post(f"/meetings/items/{last.pk}/resolve", {"resolution": "NOTED", "rev": "1"}).status_code == 302
    rev = str(only("HELD").rev)
    answer = client.post(f"{here}close", {"meetings.minutes": "", "rev": rev})
    assert answer.status_code == 422
    assert "没有会议纪要" in answer.text
    assert client.post(f"{here}close", {"meetings.minutes": "逐项研究。", "rev": rev}).status_code == 302
    page = client.get(here).text
    assert "可验证回执" in page
    assert "逐项研究。" in page
    settled_list = client.get("/meetings/items/").text
    assert "补充预审" not in settled_list  # a column of the drawer and the export
    assert "原则同意" in settled_list
    log = client.get(f"{here}?tab=log").text
    for said in ("召集会议", "开始会议", "会议签到", "记录议定事项", "办结会议"):
        assert said in log


@pytest.mark.req("GO-16")
def test_two_people_at_the_desk_do_not_undo_each_other(county, at_desk):
    meeting = held(county)
    water, town, _guest = attendees_of(meeting)
    stale = {f"was_{water.pk}": "|", f"was_{town.pk}": "|"}
    path = f"/meetings/{meeting.pk}/attendance"
    at_desk("officer").post(path, {**stale, f"mark_{water.pk}": "PRESENT"})
    at_desk("head").post(path, {**stale, f"mark_{town.pk}": "ABSENT"})
    assert [row.mark for row in attendees_of(meeting)] == ["PRESENT", "ABSENT", ""]
    item = items_of(meeting)[0]
    resolve = f"/meetings/items/{item.pk}/resolve"
    at_desk("officer").post(resolve, {"resolution": "AGREED", "rev": "1"})
    answer = at_desk("head").post(resolve, {"resolution": "NOTED", "rev": "1"})
    assert answer.status_code == 409
    assert "已由他人记录为“同意”" in answer.text


def test_an_item_is_hung_on_a_subject_that_was_found(county, at_desk, monkeypatch):
    monkeypatch.setattr(subjects, "_KINDS", {})
    bridge = subjects.Found("bridge", 5, county.region.key_lo, "清溪大桥")
    subjects.offer(
        "bridge", "桥梁", route="meetings:meeting", find=lambda _actor, words: [bridge] if words in bridge.label else [],
        get=lambda _actor, pk: bridge if pk == 5 else None, readable=lambda _actor, ids: {5} & set(ids),
    )  # fmt: skip
    client, meeting = at_desk("officer"), called(county, items=())
    path = f"/meetings/{meeting.pk}/items/new"
    assert "清溪大桥" in client.get("/meetings/subjects?subject_words=清溪", **HTMX).text
    page = client.post(path, {"meetings.item_title": "审定", "subject_words": "清溪", "find": "1"}).text
    assert 'value="bridge:5"' in page
    assert 'value="审定"' in page
    assert not items_of(meeting)
    before = footprint()
    assert client.post(path, {"meetings.item_title": "审定", "subject": "bridge:6"}).status_code == 404
    assert footprint() == before
    client.post(path, {"meetings.item_title": "审定", "subject": "bridge:5", "meetings.presenter": "东县水务局"})
    (item,) = items_of(meeting)
    assert (item.subject_label, item.presenter_unit) == ("清溪大桥", county.water_office)
    assert f'href="/meetings/5/">{bridge.label}' in client.get(f"/meetings/{meeting.pk}/").text


def test_an_invited_township_answers_from_its_task_and_sees_what_was_settled_for_it(county, at_desk):
    meeting = called(county)
    client = at_desk("clerk")
    task = Task.objects.get(post__unit=county.township)
    page = client.get(client.get(reverse("inbox:open", args=[task.pk])).headers["Location"]).text
    for said in ("县政府二楼会议室", "2027年3月5日 09:00", "河口镇污水管网延伸工程"):
        assert said in page
    row = attendees_of(meeting)[1]
    answer = client.post(f"/meetings/attendees/{row.pk}/reply", {"reply": "SENDS", "note": ""})
    assert answer.status_code == 422
    assert "请写明由谁参加" in answer.text
    assert client.post(f"/meetings/attendees/{row.pk}/reply", {"reply": "SENDS", "note": "李某"}).status_code == 302
    assert client.get(f"/meetings/{meeting.pk}/").status_code == 404, (
        "the county's meeting is not in the township's region"
    )
    assert at_desk("stranger").get(f"/meetings/{meeting.pk}/invitation").status_code == 404
    done = closed(county)
    page = client.get(f"/meetings/{done.pk}/invitation").text
    assert "原则同意" in page
    assert "2027-04-30" in page


def test_an_owner_that_was_asked_sees_only_what_concerns_it(county, at_desk):
    items = (NewItem("兴青产业园", presenter_unit_id=county.firm.pk), NewItem("内部研究事项"))
    meeting = called(county, attendees=(NewAttendee(unit_id=county.firm.pk, role="OBSERVER"),), items=items)
    page = at_desk("owner").get(f"/meetings/{meeting.pk}/invitation").text
    assert "兴青产业园" in page
    assert "内部研究事项" not in page
    assert at_desk("owner").get("/meetings/").status_code == 403


def test_pages_of_changing_inviting_cancelling_and_correcting(county, at_desk):
    client = at_desk("head")
    meeting = called(county)
    here = f"/meetings/{meeting.pk}/"
    assert "县政府二楼会议室" in client.get(f"{here}change").text
    answer = client.post(f"{here}change", {
        "meetings.title": meeting.title, "meetings.held_on": "2027-03-05", "meetings.begins_at": "14:30",
        "meetings.place": meeting.place, "meetings.chair": meeting.chair, "meetings.reason": "", "rev": meeting.rev,
    })  # fmt: skip
    assert answer.status_code == 302
    lines = client.get(f"{here}attendees").text
    assert "县人大财经工委　沈某　主任" in lines
    rev = only("CALLED").rev
    assert client.post(f"{here}attendees", {"meetings.attendees": "东县水务局", "rev": rev}).status_code == 302
    assert len(attendees_of(meeting)) == 1
    stale = client.post(f"{here}cancel", {"meetings.reason": "防汛", "rev": rev})
    assert stale.status_code == 409
    assert client.post(f"{here}cancel", {"meetings.reason": "防汛", "rev": only("CALLED").rev}).status_code == 302
    assert "防汛" in client.get(here).text
    done = closed(county)
    there = f"/meetings/{done.pk}/"
    page = client.get(f"{there}correct").text
    item = items_of(done)[0]
    assert "原则同意入库" in page
    fields = {f"item_{row.pk}_{name}": value for row in items_of(done) for name, value in (
        ("resolution", row.resolution), ("resolution_text", row.resolution_text), ("conditions", row.conditions),
        ("responsible", row.responsible_name), ("due_on", row.due_on or ""))}  # fmt: skip
    same = {**fields, "minutes": done.minutes, "reason": "漏记", "rev": done.rev}
    assert "没有改动" in client.post(f"{there}correct", same).text
    bad = client.post(f"{there}correct", {**same, f"item_{item.pk}_due_on": "明天"})
    assert bad.status_code == 422
    assert f'href="#f-item_{item.pk}_due_on"' in bad.text
    changed = {**same, f"item_{item.pk}_resolution": "AGREED", f"item_{item.pk}_conditions": ""}
    assert client.post(f"{there}correct", changed).status_code == 302
    assert "已更正 1 次" in client.get(there).text
    again = client.post(f"{there}correct", {**changed, "minutes": "另一份"})
    assert again.status_code == 409
    assert "另一份" in again.text
    assert at_desk("officer").get(f"{there}correct").status_code == 403


def test_minutes_on_file_take_the_place_of_text(county, at_desk, settings, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from gongbu.ground.documents.tests.factories import pdf

    settings.FILES_DIR = tmp_path
    meeting, client = settled(county), at_desk("officer")
    upload = {"kind": "MINUTES", "access": "INTERNAL", "title": "纪要扫描件",
              "files": SimpleUploadedFile("minutes.pdf", pdf())}  # fmt: skip
    assert client.post(f"/documents/of/meeting/{meeting.pk}/add", upload).status_code == 302
    page = client.get(f"/meetings/{meeting.pk}/").text
    assert "纪要</span>" in page
    assert "没有会议纪要" not in page
    assert "纪要扫描件" in client.get(f"/meetings/{meeting.pk}/?tab=documents").text
    assert "纪要扫描件" not in at_desk("stranger").get(f"/documents/of/meeting/{meeting.pk}").text
    assert at_desk("water").post(f"/documents/of/meeting/{meeting.pk}/add", upload).status_code == 403
    done = services.close_meeting(meeting_id=meeting.pk, actor=county.officer)
    assert done.minutes == ""


@pytest.mark.parametrize("path", ["/meetings/", "/meetings/items/", "/meetings/{pk}/", "/meetings/{pk}/?tab=log"])
def test_pages_ask_as_many_queries_for_thirty_rows_as_for_one(county, at_desk, path):
    client = at_desk("officer")
    small = closed(county)
    big = closed(county)
    for n in range(28):
        done = Meeting.objects.unscoped("test").create(
            region=county.region, region_key=county.region.key_lo, kind="SPECIAL", title=f"会{n}", created_at=small.created_at,
            state="CLOSED", held_on=TODAY,
        )  # fmt: skip
        for number in range(2):
            items_of(small)[0].__class__.objects.create(
                meeting=done, position=number, subject_kind="bridge", subject_id=n, region_key=0, title=f"题{n}",
                resolution="AGREED",
            )  # fmt: skip
        items_of(small)[0].__class__.objects.create(
            meeting=big, position=n + 9, subject_kind="bridge", subject_id=n, region_key=0, title=f"题{n}",
            resolution="AGREED",
        )  # fmt: skip
        attendees_of(small)[0].__class__.objects.create(
            meeting=big, position=n + 9, unit_name=f"单位{n}", mark="PRESENT"
        )

    def count(meeting):
        address = path.format(pk=meeting.pk)
        client.get(address)
        counting.forget()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    assert count(small) == count(big)
    assert count(big) <= 12


def test_no_page_shows_a_stranger_or_a_visitor_anything(county, at_desk):
    done = closed(county)
    item, row = items_of(done)[0], attendees_of(done)[0]
    for path in ("", "invitation", "change", "attendees", "items/new", "cancel", "correct"):
        answer = at_desk("stranger").get(f"/meetings/{done.pk}/{path}")
        assert answer.status_code in (403, 404), path
        assert Client().get(f"/meetings/{done.pk}/{path}").status_code == 302, path
    before = footprint()
    stranger = at_desk("stranger")
    posts = [f"{done.pk}/{act}" for act in ("call", "hold", "attendance", "close", "cancel", "correct")]
    posts += [f"items/{item.pk}/resolve", f"items/{item.pk}/withdraw", f"attendees/{row.pk}/reply"]
    for path in posts:
        assert stranger.post(f"/meetings/{path}", {"reason": "x", "resolution": "AGREED"}).status_code in (403, 404), (
            path
        )
    assert footprint() == before
    drawer = at_desk("viewer").get(f"/meetings/{done.pk}/drawer").text
    assert re.search("已办结", drawer)


def test_a_prepared_meeting_is_called_from_its_page(county, at_desk):
    meeting = services.draft_meeting(new=new_meeting(county), actor=county.officer)
    client = at_desk("officer")
    assert "发出通知" in client.get(f"/meetings/{meeting.pk}/").text
    assert "发出通知" not in at_desk("water").get(f"/meetings/{meeting.pk}/").text
    assert client.post(f"/meetings/{meeting.pk}/call", {"rev": meeting.rev}).status_code == 302
    assert only("CALLED").pk == meeting.pk
