"""A list and what hangs on it go together: its paper, its item on an agenda, its notice."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotAllowed, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.ledger import receipts
from gongbu.ground.ledger.models import Entry
from gongbu.ground.meetings import queries as meeting_queries
from gongbu.ground.meetings import services as meetings
from gongbu.ground.meetings.entry import Resolution
from gongbu.ground.notices import services as notices
from gongbu.ground.notices.models import Notice
from gongbu.ground.orgs.models import Person
from gongbu.ground.papers import services as papers
from gongbu.ground.papers.models import Paper
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.lists import pages, queries, services
from gongbu.mainline.lists.models import ProjectList
from gongbu.mainline.lists.tests.test_lists import again, draft, fill, meeting, series, settled, works
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.reserve.tests import factories as reserve

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _county():
    reserve.county()


def issued():
    """A list that need not be laid open, issued with its paper."""
    reserve.admitted(total_investment_fen=2 * YI, early_stage="PREPARING")
    row = settled("KEY_PREPARATORY")
    series()
    fill(row)
    return services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.head())


def page_of(path, who=None):
    client = Client()
    sign_in(client, Person.objects.get(pk=(who or reserve.head()).person_id))
    return client.get(path).content.decode()


def receipt(code):
    return Client().get(reverse("ledger:receipt", args=[receipts.grouped(code)])).content.decode()


def paper_of(row):
    return Paper.objects.unscoped("test").get(pk=row.paper_id)


@pytest.mark.req("JC-04", "GO-03")
def test_withdrawing_an_issued_list_voids_its_paper_in_the_same_act():
    row = issued()
    first = paper_of(row)
    services.withdraw(list_id=row.pk, reason="责任单位有误", actor=reserve.head())
    first.refresh_from_db()
    assert (first.state, first.void_reason) == ("VOID", "清单作废：责任单位有误")
    assert "已被更正" in receipt(first.receipt), "anybody who scans the old paper is led on"
    assert "已作废，不再有效" in receipt(first.void_receipt)
    reserve.tell()
    assert again(row).state == "WITHDRAWN", "the paper's own message changes nothing any more"
    second = draft("KEY_PREPARATORY")
    assert second.pk != row.pk
    valid = Paper.objects.unscoped("test").filter(subject_kind="project_list", state="ISSUED")
    assert not valid.exists()
    body = page_of(f"/lists/{row.pk}/")
    assert f"文书{row.doc_no}同时作废" in body
    project = row.lines.first().project_id
    assert "责任单位有误" in page_of(f"/projects/{project}/?tab=lists")


@pytest.mark.req("JC-04")
def test_whoever_may_not_void_papers_withdraws_no_issued_list(monkeypatch):
    row = issued()
    head = reserve.head()
    plain = type(head).may

    def may(self, act, *more, **named):
        return False if act == "papers.void" else plain(self, act, *more, **named)

    monkeypatch.setattr(type(head), "may", may)
    before = Entry.objects.count()
    with pytest.raises(Refusal) as refused:
        services.withdraw(list_id=row.pk, reason="重印", actor=head)
    assert "清单没有作废" in word(refused.value)
    assert (again(row).state, paper_of(row).state, Entry.objects.count()) == ("ISSUED", "ISSUED", before)


@pytest.mark.req("JC-04", "GO-03")
def test_voiding_the_paper_takes_the_list_out_of_issued_and_it_may_be_issued_anew():
    row = issued()
    first = paper_of(row)
    papers.void_paper(paper_id=first.pk, reason="附件漏印一页", actor=reserve.head(), rev=first.rev)
    now = again(row)  # in the same transaction: at no moment a list says 已印发 while its paper is void
    assert (now.state, now.doc_no, now.paper_id, now.issued_on) == ("SETTLED", "", None, None)
    assert (now.void_doc_no, now.void_reason) == (row.doc_no, "附件漏印一页")
    assert Entry.objects.filter(kind="lists.unissued").count() == 1
    assert queries.list_issued(row.region_key, row.year) == []
    body = page_of(f"/lists/{row.pk}/")
    assert "附件漏印一页" in body
    assert "退出“已印发”" in body
    project = row.lines.first().project_id
    assert "附件漏印一页" in page_of(f"/projects/{project}/?tab=lists")
    once_more = services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.head())
    assert once_more.doc_no != row.doc_no
    valid = Paper.objects.unscoped("test").filter(subject_kind="project_list", subject_id=row.pk, state="ISSUED")
    assert [paper.doc_no for paper in valid] == [once_more.doc_no]
    assert f"现以{once_more.doc_no}为准" in page_of(f"/lists/{row.pk}/")
    first.refresh_from_db()
    assert "已被更正" in receipt(first.receipt)
    assert "已作废，不再有效" in receipt(first.void_receipt)
    assert "已被更正" not in receipt(once_more.receipt)
    assert once_more.doc_no in receipt(once_more.receipt)


@pytest.mark.req("JC-04")
def test_a_list_with_one_notice_takes_no_second_until_the_first_is_taken_back():
    works()
    row = settled()
    services.put_on_notice(list_id=row.pk, contact="发改局 0900-1234567", actor=reserve.officer())
    first = Notice.objects.unscoped("test").get()
    before = Entry.objects.count()
    with pytest.raises(Refusal) as refused:
        services.put_on_notice(list_id=row.pk, contact="发改局 0900-1234567", actor=reserve.officer())
    assert first.title in word(refused.value)
    assert "先撤回" in word(refused.value)
    assert (Notice.objects.unscoped("test").count(), Entry.objects.count()) == (1, before)
    notices.withdraw_notice(notice_id=first.pk, reason="项目单位写错", actor=reserve.head())
    services.put_on_notice(list_id=row.pk, contact="发改局 0900-1234567", actor=reserve.officer())
    reserve.tell()  # the old notice's message arrives after the new draft and leaves it alone
    assert again(row).notice_id == Notice.objects.unscoped("test").order_by("-pk").first().pk


@pytest.mark.req("JC-04")
def test_a_withdrawn_list_takes_its_unseen_notice_along():
    works()
    row = settled()
    services.put_on_notice(list_id=row.pk, contact="发改局 0900-1234567", actor=reserve.officer())
    services.withdraw(list_id=row.pk, reason="重拟", actor=reserve.head())
    notice = Notice.objects.unscoped("test").get()
    assert (notice.state, notice.withdrawn_reason) == ("WITHDRAWN", "清单作废：重拟")
    with pytest.raises(Refusal):
        notices.open_notice(notice_id=notice.pk, rev=notice.rev, actor=reserve.officer())


@pytest.mark.req("JC-04")
def test_withdrawing_a_list_takes_it_off_the_agenda():
    works()
    row, one = draft(), meeting()
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    services.withdraw(list_id=row.pk, reason="项目有重大变化", actor=reserve.head())
    item = meeting_queries.list_agenda_of(one.pk)[0]
    assert (item.resolution, item.resolution_text) == ("WITHDRAWN", "清单作废：项目有重大变化")
    reserve.tell()
    assert again(row).state == "WITHDRAWN"


@pytest.mark.req("JC-04")
def test_a_list_about_which_the_meeting_spoke_waits_for_its_minutes():
    works()
    row, one = draft(), meeting()
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    meetings.hold_meeting(meeting_id=one.pk, actor=reserve.officer())
    meetings.attend(meeting_id=one.pk, marks={}, rest="PRESENT", actor=reserve.officer())
    item = meeting_queries.list_agenda_of(one.pk)[0]
    meetings.resolve_item(item_id=item.pk, settled=Resolution("AGREED", ""), actor=reserve.officer())
    with pytest.raises(Refusal) as refused:
        services.withdraw(list_id=row.pk, reason="重拟", actor=reserve.head())
    assert "等会议办结" in word(refused.value)
    assert again(row).state == "IN_MEETING"


@pytest.mark.req("JC-04")
def test_an_agenda_that_is_not_the_actors_refuses_the_withdrawal(monkeypatch):
    works()
    row, one = draft(), meeting()
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())

    def not_yours(**_):
        raise NotAllowed("meetings.not_yours", clerk="县政府办")

    monkeypatch.setattr(meetings, "withdraw_item", not_yours)
    with pytest.raises(Refusal) as refused:
        services.withdraw(list_id=row.pk, reason="重拟", actor=reserve.head())
    assert "先由办会单位撤下议题" in word(refused.value)
    assert again(row).state == "IN_MEETING"


@pytest.mark.req("JC-04")
def test_the_second_of_two_who_press_the_same_button_is_told_it_is_done():
    reserve.admitted(total_investment_fen=2 * YI, early_stage="PREPARING")
    row = settled("KEY_PREPARATORY")
    series()
    fill(row)
    seen = again(row).rev
    services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.head(), rev=seen)
    with pytest.raises(Refusal) as refused:
        services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.head(), rev=seen)
    said = word(refused.value)
    assert refused.value.code == "lists.done_already"
    assert reserve.head().name in said
    assert "不用重复办理" in said
    with pytest.raises(Refusal) as refused:
        services.put_on_notice(list_id=row.pk, contact="0900", actor=reserve.officer(), rev=seen)
    assert "不能再公示" in word(refused.value)
    assert Paper.objects.unscoped("test").filter(subject_kind="project_list").count() == 1


@pytest.mark.req("JC-04")
def test_an_annual_list_whose_paper_is_voided_stands_as_noticed(monkeypatch):
    works()
    row = settled()
    services.put_on_notice(list_id=row.pk, contact="发改局 0900-1234567", actor=reserve.officer())
    notice = Notice.objects.unscoped("test").get()
    notices.open_notice(notice_id=notice.pk, rev=notice.rev, actor=reserve.officer())
    reserve.tell()
    monkeypatch.setattr("gongbu.ground.ledger.services._require_honest_clock", lambda: None)
    notice.refresh_from_db()
    after = notice.closes_on + timedelta(days=1)
    with clock.simulate(datetime(after.year, after.month, after.day, 10, tzinfo=clock.SHANGHAI)):
        notices.close_notice(notice_id=notice.pk, result="公示期内未收到意见。", actor=reserve.head())
        reserve.tell()
        fill(again(row))
        series_of(after.year)
        due = after + timedelta(days=10)
        made = services.issue(list_id=row.pk, contact="0900", report_by=due, actor=reserve.head())
        paper = paper_of(made)
        papers.void_paper(paper_id=paper.pk, reason="落款有误", actor=reserve.head(), rev=paper.rev)
        reserve.tell()
        assert again(row).state == "NOTICED"
        made = services.issue(list_id=row.pk, contact="0900", report_by=due, actor=reserve.head())
    assert made.state == ProjectList.State.ISSUED


def series_of(year):
    return papers.open_series(
        unit_id=reserve.head().unit_id, mark="云发改", year=year, sorts=["DOCUMENT"], actor=reserve.head()
    )


@pytest.mark.req("JC-04")
def test_who_has_no_desk_for_notices_is_led_to_the_public_page(monkeypatch):
    works()
    row = settled()
    row = services.put_on_notice(list_id=row.pk, contact="0900", actor=reserve.head())
    head = reserve.head()
    assert pages.notice_route(row, head) == "notices:manage"
    plain = type(head).may
    monkeypatch.setattr(
        type(head), "may", lambda self, act, *a, **k: act != "notices.view" and plain(self, act, *a, **k)
    )
    assert pages.notice_route(row, head) == "", "not laid open yet: nothing for him"
    row.state = ProjectList.State.ISSUED
    assert pages.notice_route(row, head) == "notices:show"


@pytest.mark.req("JC-04")
def test_a_link_to_the_paper_stands_only_where_the_reader_may_open_it(monkeypatch):
    row = issued()
    paper = row.paper_id
    assert f"/issued-papers/{paper}/" in page_of(f"/lists/{row.pk}/")
    monkeypatch.setattr("gongbu.mainline.lists.pages.papers.list_readable", lambda ids, actor: set())
    body = page_of(f"/lists/{row.pk}/")
    assert f"/issued-papers/{paper}/" not in body
    assert row.doc_no in body
