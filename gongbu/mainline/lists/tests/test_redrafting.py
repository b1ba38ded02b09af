"""Nominating anew keeps what people filled in; a ranking that no longer stands stops the list; what SQL leaves out."""

import itertools
from datetime import date

import docx as python_docx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.documents import store
from gongbu.ground.documents.contents import list_contents
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Person
from gongbu.ground.papers.models import Paper
from gongbu.ground.policy.models import PolicyDecision
from gongbu.ground.policy.rules.tables import Cell, Input
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.lists import services
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.lists.services import nominating
from gongbu.mainline.lists.system import CRITERIA, PROPOSE, system_of
from gongbu.mainline.lists.tests.test_lists import YEAR, again, draft, fill, hold, meeting, on, ranked, series, works
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects import services as project_services
from gongbu.mainline.projects.models import Project, ProjectStatus
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.reserve.tests import factories as reserve
from gongbu.mainline.selection import services as selection_services
from gongbu.mainline.selection.tests import factories as selection


@pytest.fixture(autouse=True)
def _county(request):
    if request.node.get_closest_marker("django_db"):
        reserve.county()


def put(row, project, unit="云溪县水务局", year=50 * WAN):
    services.set_item(
        list_id=row.pk, project_id=project.pk, duty_unit=unit, year_fen=year, actor=reserve.officer()
    )  # fmt: skip


def line(row, project):
    return row.lines.filter(project=project).first()


def shrink(project, total=YI // 2):
    """The project no longer meets the criteria, and its name and total changed."""
    Project.objects.unscoped("test").filter(pk=project.pk).update(total_investment_fen=total)
    ProjectStatus.objects.unscoped("test").filter(pk=project.pk).update(total_investment_fen=total)


def page_of(row, who=None):
    client = Client()
    sign_in(client, Person.objects.get(pk=(who or reserve.officer()).person_id))
    return client.get(f"/lists/{row.pk}/").content.decode()


@pytest.mark.django_db
@pytest.mark.req("JC-04", "JC-05")
def test_what_was_filled_in_outlives_a_new_nomination_and_facts_are_brought_up_to_date():
    stays, other = works(2 * YI), works(3 * YI)
    row = draft()
    put(row, stays)
    was = line(row, stays)
    shrink(stays, 4 * YI)  # still nominated, for more
    shrink(other)  # falls off, nothing was filled in
    third = works(5 * YI)
    services.redraft(list_id=row.pk, actor=reserve.officer())
    now = line(row, stays)
    assert now.pk == was.pk
    assert (now.duty_unit, now.year_fen, now.total_fen) == ("云溪县水务局", 50 * WAN, 4 * YI)
    assert PolicyDecision.objects.get(pk=now.decision_id).facts["total_investment_fen"] == 4 * YI
    assert set(on(row)) == {stays.name, third.name}
    body = page_of(row)
    assert "已重新提名" in body
    assert "新列入 1 个" in body
    assert "不再列入 1 个" in body
    assert "保留 1 个，其中 1 个已填内容未动" in body
    assert "已填的内容：" not in body


@pytest.mark.django_db
@pytest.mark.req("JC-04", "JC-05")
def test_a_filled_line_that_falls_off_is_named_with_what_was_filled_in():
    falls, stays = works(2 * YI), works(3 * YI)
    row = draft()
    put(row, falls)
    assert "已填写的 1 个项目" in page_of(row), "asked before, with the number"
    shrink(falls)
    services.redraft(list_id=row.pk, actor=reserve.officer())
    assert on(row) == [stays.name]
    body = page_of(row)
    assert f"{falls.name}（云溪县水务局，年度计划 50.00 万元）" in body
    assert "选入后再填" in body
    entry = Entry.objects.filter(kind="lists.redraft").get()
    assert "云溪县水务局" in entry.canonical
    works(9 * YI)
    services.add_project(list_id=row.pk, project_id=falls.pk, reason="会议要求保留", actor=reserve.officer())
    assert "已重新提名" not in page_of(row), "told while it is the last thing that was done"


@pytest.mark.django_db
@pytest.mark.req("JC-04", "JC-05")
def test_a_line_chosen_in_a_ranking_keeps_what_was_filled_in():
    round_, names = ranked()
    row = draft()
    services.use_ranking(list_id=row.pk, round_id=round_.pk, actor=reserve.officer())
    best = again(row).lines.get(name=names[0])
    put(row, best.project)
    services.redraft(list_id=row.pk, actor=reserve.officer())
    now = again(row).lines.get(name=names[0])
    assert (now.pk, now.duty_unit, now.rank) == (best.pk, "云溪县水务局", 1)


@pytest.mark.django_db
def test_nominating_anew_twice_is_the_same_and_keeps_no_decision_twice():
    works(2 * YI), works(3 * YI)
    row = draft()
    kept = PolicyDecision.objects.count()
    for _ in range(2):
        services.redraft(list_id=row.pk, actor=reserve.officer())
    assert PolicyDecision.objects.count() == kept
    assert [i.position for i in again(row).lines.order_by("position")] == [1, 2]


# -- a ranking that no longer stands


def followed():
    """A draft that follows a settled ranking."""
    works(YI)
    round_, _names = ranked()
    row = draft()
    services.use_ranking(list_id=row.pk, round_id=round_.pk, actor=reserve.officer())
    return again(row), round_


def reopen(round_):
    selection_services.reopen_round(round_id=round_.pk, reason="评分有误需要更正", actor=selection.head())


@pytest.mark.django_db
@pytest.mark.req("JC-04", "JC-05")
def test_a_draft_whose_ranking_was_opened_again_goes_to_no_meeting():
    row, round_ = followed()
    one = meeting()
    reopen(round_)
    before = Entry.objects.count()
    with pytest.raises(Refusal) as refused:
        services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    assert round_.name in word(refused.value)
    assert "重新提名" in word(refused.value)
    assert (again(row).state, Entry.objects.count()) == ("DRAFT", before)
    services.redraft(list_id=row.pk, actor=reserve.officer())
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())


@pytest.mark.django_db
@pytest.mark.req("JC-04", "JC-05")
def test_a_settled_list_whose_ranking_was_opened_again_is_neither_laid_open_nor_issued():
    row, round_ = followed()
    one = meeting()
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    reopen(round_)
    assert "名次不再作数" in page_of(row), "said while it is with the meeting, too"
    hold(one)
    assert "名次不再作数" in page_of(row)
    with pytest.raises(Refusal) as refused:
        services.put_on_notice(list_id=row.pk, contact="0900", actor=reserve.officer())
    assert "作废本清单" in word(refused.value)
    ProjectList.objects.unscoped("test").filter(pk=row.pk).update(state="NOTICED")
    series()
    fill(row)
    with pytest.raises(Refusal) as refused:
        services.issue(list_id=row.pk, contact="0900", report_by=clock.today(), actor=reserve.head())
    assert "不能印发" in word(refused.value)
    assert again(row).doc_no == ""
    ProjectList.objects.unscoped("test").filter(pk=row.pk).update(state="ISSUED")
    assert "印发后" in page_of(row)


@pytest.mark.django_db
@pytest.mark.req("JC-04", "JC-05")
def test_the_paper_of_a_list_that_follows_a_ranking_says_in_which_order_it_stands():
    row, round_ = followed()
    one = meeting()
    services.send_to_meeting(list_id=row.pk, meeting_id=one.pk, actor=reserve.officer())
    hold(one)
    ProjectList.objects.unscoped("test").filter(pk=row.pk).update(
        state="NOTICED", notice_from=clock.today(), notice_to=clock.today()
    )
    series()
    fill(row)
    issued = services.issue(list_id=row.pk, contact="0900", report_by=clock.today(), actor=reserve.head())
    paper = Paper.objects.unscoped("test").get(pk=issued.paper_id)
    file = python_docx.Document(store.path_of(list_contents([paper.docx_id])[paper.docx_id].sha256))
    said = "".join(paragraph.text for paragraph in file.paragraphs)
    assert f"经遴选的项目按“{round_.name}”的名次排列，其余项目排在其后。" in said
    table = next(t for t in file.tables if t.rows[0].cells[0].text == "序号")
    names = [line.cells[1].text for line in table.rows[1:]]
    assert names[:2] == [item.name for item in row.lines.filter(rank__isnull=False).order_by("rank")]


# -- narrowing


def every(kind, region=None):
    """What the table proposes over all live projects of the county, nothing narrowed."""
    region = region or make.region()
    today = clock.today()
    system = system_of(region, today)
    key = CRITERIA + kind.lower()
    ids = projects.list_live_ids(region.key_lo, region.key_hi)
    facts = nominating.facts_for(ids, today)
    return [pk for pk in ids if system.policy.decide(key, facts[pk], today).value == PROPOSE]


@pytest.mark.django_db
@pytest.mark.req("JC-04", "JC-26")
def test_narrowing_leaves_out_nothing_that_the_tables_propose():
    works(2 * YI), works(YI - 1), works(YI)
    for total, early in itertools.product((None, 6_000 * WAN, 2 * YI, 6 * YI), ("CONCEIVED", "PLANNED", "PREPARING")):
        more = {} if total is None else {"total_investment_fen": total}
        reserve.admitted(early_stage=early, **more)
    entry = reserve.admitted(total_investment_fen=2 * YI)
    make.approval_project(total_investment_fen=2 * YI)
    entry.project.refresh_from_db()
    project_services.set_stage(project_id=entry.project.pk, stage="APPROVAL", actor=reserve.officer())
    system = system_of(make.region(), clock.today())
    kinds = list(system.kinds)
    found = nominating.nominate(system, kinds, clock.today())
    with_table = [k for k in kinds if any(CRITERIA + k.lower() in pack.tables for pack in system.policy.packs)]
    for kind in with_table:
        assert list(found[kind].decisions) == every(kind), kind
    assert sum(bool(found[kind].decisions) for kind in with_table) >= 3, "the comparison compares something"


LEVELS = st.one_of(st.none(), st.integers(0, 100))


@given(
    st.booleans(), LEVELS, LEVELS, st.booleans(), st.booleans(), st.one_of(st.none(), st.integers(0, 100)),
    st.sampled_from(["row", "undetermined"]),
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_condition_in_sql_holds_wherever_the_cell_holds(is_unknown, low, high, low_closed, high_closed, fact, waits):
    cell = Cell(low, low_closed, high, high_closed, None, is_unknown)
    item = Input("total_investment_fen", "fen", "总投资", unknown=waits)
    table = type("T", (), {"inputs": {item.key: item}})
    where = nominating.narrowed(table, {item.key: cell}, date(2026, 1, 1))

    def meets(node):
        if not isinstance(node, tuple):
            return all(meets(child) for child in node.children)
        key, value = node
        if key == "pk__isnull":
            return True
        if fact is None:
            return False  # as SQL says of NULL
        compare = {"gte": fact >= value, "gt": fact > value, "lte": fact <= value, "lt": fact < value}
        return compare[key.rpartition("__")[2]]

    if cell.holds(fact) or (fact is None and waits == "undetermined"):
        assert meets(where)


@pytest.mark.django_db
def test_facts_are_computed_before_the_act_locks_anything(monkeypatch):
    works()
    seen = []
    real = nominating.facts_for

    def watched(*args, **more):
        seen.append(connection.in_atomic_block)
        return real(*args, **more)

    monkeypatch.setattr(nominating, "facts_for", watched)
    outer = connection.in_atomic_block  # the test's own
    depth = len(connection.savepoint_ids)
    monkeypatch.setattr(
        nominating, "list_candidates",
        lambda *a: seen.append(len(connection.savepoint_ids) - depth) or projects.list_live_ids(0, 2**62),
    )  # fmt: skip
    services.draft_five(region_id=make.region().pk, year=YEAR, actor=reserve.officer())
    assert seen.count(outer) >= 1
    assert [one for one in seen if one not in (outer, 0)] == [], "no savepoint of an act is open"


@pytest.mark.django_db
def test_the_five_are_drafted_with_the_facts_computed_once():
    reserve.admitted(total_investment_fen=2 * YI, early_stage="PREPARING")
    actor = reserve.officer()

    def facts_read(act):
        with CaptureQueriesContext(connection) as seen:
            act()
        return sum('FROM "projects_annual_investment"' in q["sql"] and "planned_fen" in q["sql"] for q in seen)

    one = facts_read(lambda: services.draft_list(region_id=make.region().pk, kind="QUALITY", year=YEAR, actor=actor))
    five = facts_read(lambda: services.draft_five(region_id=make.region().pk, year=YEAR + 1, actor=actor))
    assert five <= one + 5, (one, five)  # once the facts, and the plans of each list's lines


# -- where


@pytest.mark.django_db
@pytest.mark.req("JC-04")
def test_a_township_drafts_no_list_of_its_own():
    town = reserve.township()
    for draft_one in (
        lambda: services.draft_list(region_id=town.pk, kind="ANNUAL_MAJOR", year=YEAR, actor=reserve.officer()),
        lambda: services.draft_five(region_id=town.pk, year=YEAR, actor=reserve.officer()),
    ):
        with pytest.raises(Refusal) as refused:
            draft_one()
        assert make.region().name in word(refused.value)
    assert not ProjectList.objects.unscoped("test").exists()
    client = Client()
    sign_in(client, Person.objects.get(pk=reserve.officer().person_id))
    for path in ("/lists/new", "/lists/five"):
        body = client.get(path).content.decode()
        assert f'<option value="{make.region().pk}"' in body
        assert f'<option value="{town.pk}"' not in body
    answer = client.post("/lists/new", {"list_region": town.pk, "list_kind": "ANNUAL_MAJOR", "list_year": YEAR})
    assert answer.status_code == 422
    assert not ListItem.objects.unscoped("test").exists()
