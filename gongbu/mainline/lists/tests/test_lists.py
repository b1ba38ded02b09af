"""Lists from the criteria to the issued paper: rules, acts, what a meeting and a notice do to them, pages."""

from datetime import datetime, timedelta
from itertools import pairwise

import docx as python_docx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.documents import store
from gongbu.ground.documents.contents import list_contents
from gongbu.ground.ledger import receipts
from gongbu.ground.ledger.models import Entry
from gongbu.ground.meetings import queries as meeting_queries
from gongbu.ground.meetings import services as meetings
from gongbu.ground.meetings.entry import NewAttendee, NewMeeting, Resolution
from gongbu.ground.notices import services as notices
from gongbu.ground.notices.models import Notice
from gongbu.ground.orgs.models import Person
from gongbu.ground.papers import services as papers
from gongbu.ground.papers.models import Paper, Sort
from gongbu.ground.policy.models import PolicyDecision
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.lists import queries, rules, services
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.lists.services.nominating import facts_for
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.facts import facts_of
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.projects.tests.test_pages import signed_in
from gongbu.mainline.reserve.tests import factories as reserve
from gongbu.mainline.selection import queries as selection_queries
from gongbu.mainline.selection import services as selection_services
from gongbu.mainline.selection.tests import factories as selection

YEAR = clock.today().year


def draft(kind="ANNUAL_MAJOR", by=None, **more):
    by = by or reserve.officer()
    return services.draft_list(region_id=make.region().pk, kind=kind, year=more.get("year", YEAR), actor=by)


def works(total=2 * YI, **more):
    """A project under construction that came in by 历史接入."""
    return make.taken_over_project(total_investment_fen=total, owner_name="云溪县城建投资有限公司", **more)


def on(row):
    return list(row.lines.filter(state="ON").order_by("position").values_list("name", flat=True))


def again(row):
    return ProjectList.objects.unscoped("test").get(pk=row.pk)


def meeting():
    desk = reserve.officer()
    new = NewMeeting(
        "JOINT", "重大项目联席会议", make.region().pk, clock.today(), place="县政府三楼会议室", chair="副县长",
        attendees=[NewAttendee(unit_name="云溪县财政局")],
    )  # fmt: skip
    return meetings.call_meeting(actor=desk, new=new)


def hold(one, code="AGREED", text=""):
    desk = reserve.officer()
    meetings.hold_meeting(meeting_id=one.pk, actor=desk)
    meetings.attend(meeting_id=one.pk, marks={}, rest="PRESENT", actor=desk)
    for item in meeting_queries.list_agenda_of(one.pk):
        meetings.resolve_item(item_id=item.pk, settled=Resolution(code, text), actor=desk)
    meetings.close_meeting(
        meeting_id=one.pk, actor=desk, minutes="会议审定了项目清单，形成一致意见，由发改部门按程序印发。"
    )
    reserve.tell()


def settled(kind="ANNUAL_MAJOR"):
    row, one = draft(kind), meeting()
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    hold(one)
    return again(row)


def fill(row):
    for item in row.lines.filter(state="ON"):
        services.set_item(
            list_id=row.pk,
            project_id=item.project_id,
            duty_unit="云溪县水务局",
            year_fen=50 * WAN,
            actor=reserve.officer(),
        )


def series():
    return papers.open_series(
        unit_id=reserve.head().unit_id,
        mark="云发改",
        year=YEAR,
        sorts=[sort.value for sort in Sort],
        actor=reserve.head(),
    )


@pytest.fixture(autouse=True)
def _county(request):
    if request.node.get_closest_marker("django_db"):
        reserve.county()


# -- rules


@given(st.lists(st.tuples(st.integers(0, 8), st.one_of(st.none(), st.integers(0, 10**12)), st.text(max_size=4))))
@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the rule
def test_the_order_of_a_list_does_not_depend_on_the_order_it_came_in(rows):
    ordered = sorted(rows, key=lambda r: rules.order_key(*r))
    assert ordered == sorted(list(reversed(rows)), key=lambda r: rules.order_key(*r))  # noqa: C414
    for first, second in pairwise(ordered):
        assert first[0] >= second[0]


def test_before_the_issue_everything_missing_is_named():
    items = [rules.ItemFacts("甲", 100, 200, ""), rules.ItemFacts("乙", None, None, "水务局")]
    assert [f.code for f in rules.check_issue(items)] == ["lists.duty_missing", "lists.year_over_total"]
    assert rules.check_issue([*items[1:], rules.ItemFacts("丙", 1, None, "水务局")]) == []
    assert [f.code for f in rules.check_issue(items[1:])] == ["lists.totals_missing"]


# -- drafting


@pytest.mark.django_db
@pytest.mark.req("JC-04", "GO-01")
def test_the_criteria_nominate_with_the_decision_behind_each_line():
    big, small = works(YI), works(YI - 1)
    row = draft()
    assert on(row) == [big.name]
    item = row.lines.get()
    decision = PolicyDecision.objects.get(pk=item.decision_id)
    assert decision.facts["total_investment_fen"] == YI
    assert "1亿" in item.rule.replace(" ", "")
    entry = Entry.objects.get(kind="lists.draft")
    assert "county_reserve.criteria_annual_major" in entry.canonical
    assert small.name not in on(row)


@pytest.mark.django_db
@pytest.mark.req("JC-04")
def test_planned_works_come_on_out_of_the_reserve_only():
    entry = reserve.admitted(total_investment_fen=2 * YI)
    make.approval_project(total_investment_fen=2 * YI)
    project = entry.project
    project.refresh_from_db()
    projects.set_stage(project_id=project.pk, stage="APPROVAL", actor=reserve.officer())
    row = draft()
    assert on(row) == [project.name]


@pytest.mark.django_db
@pytest.mark.req("JC-26")
def test_five_lists_in_one_go_and_a_second_time_changes_nothing():
    reserve.admitted(total_investment_fen=2 * YI, early_stage="PREPARING")
    made = services.draft_five(region_id=make.region().pk, year=YEAR, actor=reserve.officer())
    assert [row.kind for row in made] == ["QUALITY", "PROVINCE_KEY", "KEY_PREPARATORY", "FUND_SEEKING", "INVESTMENT"]
    assert {row.kind: row.item_count for row in made}["KEY_PREPARATORY"] == 1
    assert services.draft_five(region_id=make.region().pk, year=YEAR, actor=reserve.officer()) == []


@pytest.mark.django_db
def test_a_county_without_such_a_pack_is_told_what_to_do():
    other = make.neighbour()
    with pytest.raises(Refusal) as refused:
        services.draft_list(region_id=other.pk, kind="ANNUAL_MAJOR", year=YEAR, actor=make.officer(other))
    assert "没有采用规定项目清单的制度包" in word(refused.value)
    assert not ProjectList.objects.unscoped("test").exists()


@pytest.mark.django_db
def test_one_list_of_a_kind_a_year_until_it_is_withdrawn():
    row = draft()
    before = Entry.objects.count()
    with pytest.raises(Refusal, match="on_file"):
        draft()
    assert Entry.objects.count() == before
    with pytest.raises(NotAllowed):
        services.withdraw(list_id=row.pk, reason="重拟", actor=reserve.officer())
    services.withdraw(list_id=row.pk, reason="重拟", actor=reserve.head())
    assert draft().pk != row.pk


@pytest.mark.django_db
def test_a_township_clerk_drafts_nothing_and_the_next_county_sees_nothing():
    with pytest.raises(NotAllowed):
        draft(by=reserve.clerk())
    row = draft()
    with pytest.raises(NotFound):
        services.redraft(list_id=row.pk, actor=make.officer(make.neighbour()))


@pytest.mark.django_db
def test_hands_on_and_off_need_reasons_and_outlive_a_new_nomination():
    big, small = works(2 * YI), works(10 * WAN)
    row = draft()
    with pytest.raises(Refusal, match="reason_missing"):
        services.add_project(list_id=row.pk, project_id=small.pk, reason=" ", actor=reserve.officer())
    services.add_project(
        list_id=row.pk, project_id=small.pk, reason="民生急需，县长办公会明确", actor=reserve.officer()
    )
    services.remove_project(list_id=row.pk, project_id=big.pk, reason="已基本完工", actor=reserve.officer())
    third = works(3 * YI)
    services.redraft(list_id=row.pk, actor=reserve.officer())
    assert set(on(row)) == {small.name, third.name}
    assert row.lines.get(project=big).reason == "已基本完工"
    assert again(row).item_count == 2


@pytest.mark.django_db
def test_two_on_one_list_one_is_told():
    row = draft()
    project = works(10 * WAN)
    services.add_project(list_id=row.pk, project_id=project.pk, reason="会议要求", actor=reserve.officer(), rev=row.rev)
    with pytest.raises(ChangedMeanwhile) as late:
        services.redraft(list_id=row.pk, actor=reserve.head(), rev=row.rev)
    assert reserve.officer().name in word(late.value)


@pytest.mark.django_db
@pytest.mark.req("GO-15")
def test_a_marked_reason_is_refused():
    row, project = draft(), works(10 * WAN)
    with pytest.raises(InvalidInput):
        services.add_project(list_id=row.pk, project_id=project.pk, reason="机密★事项", actor=reserve.officer())
    assert on(row) == []


# -- settling, notice, issue


@pytest.mark.django_db
@pytest.mark.req("JC-04")
def test_a_meeting_settles_a_list_or_sends_it_back():
    works()
    row, one = draft(), meeting()
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    assert again(row).state == "IN_MEETING"
    hold(one, "DEFERRED", "再核实两个项目的资金来源")
    assert (again(row).state, again(row).settled_text) == ("DRAFT", "再核实两个项目的资金来源")
    two = meeting()
    services.send_to_meeting(list_id=row.pk, meeting_id=two.pk, actor=reserve.officer())
    hold(two)
    assert (again(row).state, again(row).settled_on) == ("SETTLED", clock.today())
    reserve.tell()  # told twice changes nothing
    assert Entry.objects.filter(kind="lists.settled").count() == 1


@pytest.mark.django_db
def test_an_empty_list_goes_to_no_meeting_and_a_cancelled_meeting_gives_it_back():
    row, one = draft(), meeting()
    with pytest.raises(Refusal, match="empty"):
        services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    works()
    services.redraft(list_id=row.pk, actor=reserve.officer())
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    meetings.cancel_meeting(meeting_id=one.pk, reason="改期", actor=reserve.officer())
    reserve.tell()
    assert again(row).state == "DRAFT"


@pytest.mark.django_db
@pytest.mark.req("JC-04")
def test_the_annual_list_is_not_issued_before_the_public_has_seen_it():
    works()
    row = settled()
    series()
    fill(row)
    before = Entry.objects.count()
    with pytest.raises(Refusal) as refused:
        services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.head())
    assert refused.value.code == "lists.notice_first"
    assert refused.value.basis is not None
    assert refused.value.basis.instrument
    assert (Entry.objects.count(), again(row).state) == (before, "SETTLED")


@pytest.mark.django_db
@pytest.mark.req("JC-04", "GO-03")
def test_from_the_notice_to_a_numbered_paper_whose_receipt_anybody_may_check(monkeypatch):
    project = works()
    row = settled()
    services.put_on_notice(list_id=row.pk, contact="发改局 0900-1234567", actor=reserve.officer())
    notice = Notice.objects.unscoped("test").get()
    assert notice.rows[0][1] == project.name
    notices.open_notice(notice_id=notice.pk, rev=notice.rev, actor=reserve.officer())
    reserve.tell()
    assert again(row).state == "ON_NOTICE"
    monkeypatch.setattr("gongbu.ground.ledger.services._require_honest_clock", lambda: None)
    notice.refresh_from_db()
    after = notice.closes_on + timedelta(days=1)
    with clock.simulate(datetime(after.year, after.month, after.day, 10, tzinfo=clock.SHANGHAI)):
        notices.close_notice(notice_id=notice.pk, result="公示期内未收到意见。", actor=reserve.head())
        reserve.tell()
        assert again(row).state == "NOTICED"
        with pytest.raises(InvalidInput) as refused:
            services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.head())
        assert {f.code for f in refused.value.findings} == {"lists.duty_missing", "lists.report_by_missing"}
        fill(again(row))
        papers.open_series(
            unit_id=reserve.head().unit_id,
            mark="云发改",
            year=after.year,
            sorts=[s.value for s in Sort],
            actor=reserve.head(),
        )
        issued = services.issue(
            list_id=row.pk, contact="0900-1234567", report_by=after + timedelta(days=10), actor=reserve.head()
        )
    assert issued.doc_no == f"云发改〔{after.year}〕1号"
    page = Client().get(reverse("ledger:receipt", args=[receipts.grouped(issued.receipt)]))
    assert page.status_code == 200
    assert issued.doc_no in page.content.decode()
    facts = facts_of([project.pk], clock.today())[project.pk].as_mapping()
    assert facts["project_lists"] == "ANNUAL_MAJOR"


@pytest.mark.django_db
def test_a_list_that_need_not_be_seen_is_issued_once_settled():
    reserve.admitted(total_investment_fen=2 * YI, early_stage="PREPARING")
    row = settled("KEY_PREPARATORY")
    with pytest.raises(Refusal, match="no_notice_needed"):
        services.put_on_notice(list_id=row.pk, contact="0900-1234567", actor=reserve.officer())
    series()
    fill(row)
    with pytest.raises(NotAllowed):
        services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.officer())
    issued = services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.head())
    page = signed_in("INVESTMENT_HEAD").get(f"/lists/{row.pk}/").content.decode()
    assert f"文书 {issued.doc_no}" in page
    assert (issued.state, issued.doc_no) == ("ISSUED", f"云发改〔{YEAR}〕1号")
    with pytest.raises(Refusal, match="not_in_state"):
        services.issue(list_id=row.pk, contact="0900-1234567", actor=reserve.head())


@pytest.mark.django_db
@pytest.mark.req("JC-04", "GO-09")
def test_an_amount_that_was_not_reported_is_not_issued_as_nought():
    for _ in range(2):
        reserve.admitted(total_investment_fen=2 * YI, early_stage="PREPARING")
    row = settled("KEY_PREPARATORY")
    row.lines.filter(pk=row.lines.last().pk).update(total_fen=None)
    series()
    fill(row)
    issued = services.issue(list_id=row.pk, contact="", actor=reserve.head())
    paper = Paper.objects.unscoped("test").get(pk=issued.paper_id)
    file = store.path_of(list_contents([paper.docx_id])[paper.docx_id].sha256)
    table = next(t for t in python_docx.Document(file).tables if t.rows[0].cells[0].text == "序号")
    column = [row.cells[4].text for row in table.rows]
    assert sorted(column) == ["20,000.00", "20,000.00", "总投资", "未报"], "the lines, and the sum of what was reported"


@pytest.mark.django_db
def test_a_year_plan_above_the_total_is_refused():
    project = works(10 * WAN + YI)
    row = draft()
    with pytest.raises(InvalidInput) as refused:
        services.set_item(
            list_id=row.pk, project_id=project.pk, duty_unit="水务局", year_fen=2 * YI, actor=reserve.officer()
        )
    assert "超过总投资 10,010.00 万元" in word(refused.value.findings[0])
    assert row.lines.get().year_fen is None


@pytest.mark.django_db
def test_facts_of_the_criteria_come_in_a_constant_number_of_statements():
    def count(n):
        ids = [works().pk for _ in range(n)]
        with CaptureQueriesContext(connection) as seen:
            facts_for(ids, clock.today())
        return len(seen)

    assert count(1) == count(30)


# -- pages


@pytest.mark.django_db
@pytest.mark.req("JC-04")
def test_pages_from_draft_to_meeting():
    client = Client()
    sign_in(client, Person.objects.get(pk=reserve.officer().person_id))
    project, small = works(), works(10 * WAN)
    made = client.post(
        "/lists/new", {"list_region": str(make.region().pk), "list_kind": "ANNUAL_MAJOR", "list_year": YEAR}
    )
    row = ProjectList.objects.unscoped("test").get()
    assert made.headers["Location"] == f"/lists/{row.pk}/"
    page = client.get(f"/lists/{row.pk}/").content.decode()
    assert project.name in page
    assert "提请会商" in page
    wrong = client.post(f"/lists/{row.pk}/add", {"list_project": "没有的项目", "list_reason": "急需", "rev": row.rev})
    assert wrong.status_code == 422
    added = client.post(f"/lists/{row.pk}/add", {"list_project": small.name, "list_reason": "民生急需", "rev": row.rev})
    assert added.status_code == 302
    filled = client.post(
        f"/lists/{row.pk}/items/{project.pk}/",
        {"list_duty_unit": "云溪县水务局", "list_year_fen": "5000", "rev": row.lines.get(project=project).rev},
    )
    assert filled.status_code == 302
    assert ListItem.objects.unscoped("test").get(project=project).year_fen == 5000 * WAN
    head = Client()
    sign_in(head, Person.objects.get(pk=reserve.head().person_id))
    for act in ("issue", "notice"):
        early = head.get(f"/lists/{row.pk}/{act}")
        assert early.status_code == 409, "no form that could only be refused"
        assert "拟稿" in early.content.decode()
    one = meeting()
    sent = client.post(f"/lists/{row.pk}/meeting", {"list_meeting": str(one.pk), "rev": again(row).rev})
    assert sent.status_code == 302
    assert "打开会议" in client.get(f"/lists/{row.pk}/").content.decode()
    assert "提请会商" in client.get(f"/projects/{project.pk}/?tab=lists").content.decode()
    export = client.get(f"/lists/items/export.csv?q={row.title}")
    body = b"".join(export.streaming_content) if export.streaming else export.content
    assert project.name in body.decode("utf-8-sig")


@pytest.mark.django_db
def test_the_page_asks_the_same_for_thirty_lines():
    client = signed_in("INVESTMENT_OFFICER")
    works()
    row = draft()

    def count():
        client.get(f"/lists/{row.pk}/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/lists/{row.pk}/").status_code == 200
        return len(seen)

    before = count()
    for _ in range(29):
        works()
    services.redraft(list_id=row.pk, actor=reserve.officer())
    assert count() == before
    assert queries.list_facts([row.lines.first().project_id], clock.today())


# -- following a settled ranking


def ranked(places=2):
    """A settled round of three reserve projects, best first."""
    round_, candidates, people = selection.scoring(3, places)
    selection.score_all(round_, candidates, people)
    selection_services.settle_round(round_id=round_.pk, actor=selection.head())
    return selection.fresh(round_), [row.name for row in candidates]


@pytest.mark.django_db
def test_without_a_settled_ranking_nothing_changes(client):
    works(YI)
    row = draft()
    page = Client()
    sign_in(page, Person.objects.get(pk=reserve.officer().person_id))
    body = page.get(reverse("lists:show", args=[row.pk])).content.decode()
    assert "择优" not in body
    with pytest.raises(NotFound) as refused:
        services.use_ranking(list_id=row.pk, round_id=999, actor=reserve.officer())
    assert refused.value.code == "lists.ranking_missing"
    with pytest.raises(Refusal) as refused:
        services.use_ranking(list_id=row.pk, round_id=None, actor=reserve.officer())
    assert refused.value.code == "lists.ranking_none"
    assert not Entry.objects.filter(kind="lists.use_ranking").exists()


@pytest.mark.django_db
@pytest.mark.req("JC-04")
def test_a_draft_follows_a_settled_ranking():
    big = works(YI)
    round_, names = ranked()
    row = draft()
    nominated = on(row)
    assert big.name in nominated
    row = services.use_ranking(list_id=row.pk, round_id=round_.pk, actor=reserve.officer())
    assert on(row)[:2] == names[:2]  # the two that were chosen, in order of rank; the third was not
    assert names[2] not in on(row)
    assert on(row)[2:] == nominated
    lines = list(row.lines.order_by("position"))
    assert [(item.rank, item.origin) for item in lines] == [(1, "RANKED"), (2, "RANKED"), (None, "CRITERIA")]
    assert lines[0].score == selection_queries.get_ranking(round_.pk).rows[0].score
    assert "第 1 名" in lines[0].rule
    entry = Entry.objects.filter(kind="lists.use_ranking").get()
    assert round_.receipt in entry.canonical
    with pytest.raises(Refusal) as refused:
        services.use_ranking(list_id=row.pk, round_id=round_.pk, actor=reserve.officer())
    assert refused.value.code == "lists.ranking_same"

    page = Client()
    sign_in(page, Person.objects.get(pk=reserve.officer().person_id))
    body = page.get(reverse("lists:show", args=[row.pk])).content.decode()
    for words in ("择优入选", "第 1 名", f"/selection/rounds/{round_.pk}/candidates/{lines[0].candidate_id}/"):
        assert words in body
    form = page.get(reverse("lists:ranking", args=[row.pk])).content.decode()
    assert round_.name in form
    answer = page.post(reverse("lists:ranking", args=[row.pk]), {"list_ranking": "", "_rev": again(row).rev})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert on(again(row)) == nominated


@pytest.mark.django_db
def test_lines_by_hand_stay_and_a_ranking_opened_again_is_let_go():
    works(YI)
    round_, names = ranked()
    row = draft()
    services.use_ranking(list_id=row.pk, round_id=round_.pk, actor=reserve.officer())
    first = again(row).lines.get(name=names[0])
    services.remove_project(
        list_id=row.pk, project_id=first.project_id, reason="资金没有落实，下年再列", actor=reserve.officer()
    )
    services.redraft(list_id=row.pk, actor=reserve.officer())
    assert names[0] not in on(again(row))
    assert on(again(row))[0] == names[1]
    selection_services.reopen_round(round_id=round_.pk, reason="评分有误需要更正", actor=selection.head())
    page = Client()
    sign_in(page, Person.objects.get(pk=reserve.officer().person_id))
    assert "排名已重新评分" in page.get(reverse("lists:show", args=[row.pk])).content.decode()
    services.redraft(list_id=row.pk, actor=reserve.officer())
    assert again(row).ranking_id is None
    assert names[1] not in on(again(row))


@pytest.mark.django_db
def test_only_who_drafts_lists_lets_one_follow_a_ranking_and_only_of_this_county():
    round_, _ = ranked()
    row = draft()
    with pytest.raises(NotAllowed):
        services.use_ranking(list_id=row.pk, round_id=round_.pk, actor=reserve.department("水利"))
    assert again(row).ranking_id is None


@pytest.mark.django_db
@pytest.mark.req("JC-04", "CM-14")
def test_a_county_whose_packs_know_no_lists_says_so_before_anything_is_filled_in():
    client = signed_in("INVESTMENT_HEAD", make.neighbour())
    for path in ("/lists/new", "/lists/five"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "没有采用规定项目清单的制度包，不能拟清单" in answer.content.decode()
        assert client.post(path, {"list_year": YEAR}).status_code == 409
    assert "按条件提名" in signed_in("INVESTMENT_HEAD").get("/lists/new").content.decode()
