"""Filling in lines: two people on two lines, both versions of one, all lines on one page; the workbook and the paper."""

import io

import docx as python_docx
import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.documents import store
from gongbu.ground.documents.contents import list_contents
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.audit import AuditEvent
from gongbu.ground.orgs.models import Person
from gongbu.ground.papers.models import Paper
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.lists import grid_pages, queries, services
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.lists.services import Filled
from gongbu.mainline.lists.tests.test_lists import YEAR, again, draft, fill, ranked, series, works
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI
from gongbu.mainline.reserve.tests import factories as reserve
from gongbu.mainline.selection import services as selection_services
from gongbu.mainline.selection.tests import factories as selection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _county():
    reserve.county()


def client_of(actor):
    client = Client()
    sign_in(client, Person.objects.get(pk=actor.person_id))
    return client


def put(row, project, by, unit, year=None, rev=None):
    return services.set_item(
        list_id=row.pk, project_id=project.pk, duty_unit=unit, year_fen=year, actor=by, rev=rev
    )  # fmt: skip


# -- two people


@pytest.mark.req("JC-04", "GO-09")
def test_two_clerks_fill_two_lines_of_one_list():
    a, b = works(), works()
    row = draft()
    revs = {item.project_id: item.rev for item in row.lines}
    put(row, a, reserve.officer(), "云溪县水务局", rev=revs[a.pk])
    put(row, b, reserve.head(), "云溪县教育局", rev=revs[b.pk])
    assert {i.project_id: i.duty_unit for i in row.lines} == {a.pk: "云溪县水务局", b.pk: "云溪县教育局"}


@pytest.mark.req("JC-04", "GO-09")
def test_the_second_on_one_line_sees_both_values_and_may_insist():
    project = works()
    row = draft()
    page = f"/lists/{row.pk}/items/{project.pk}/"
    rev = row.lines.get().rev
    put(row, project, reserve.head(), "云溪县教育局", 30 * WAN, rev)
    before = Entry.objects.count()
    late = client_of(reserve.officer()).post(
        page, {"list_duty_unit": "云溪县水务局", "list_year_fen": "50", "rev": rev}
    )
    body = late.content.decode()
    assert late.status_code == 409
    for words in ("云溪县教育局", "云溪县水务局", reserve.head().name, "30", "50"):
        assert words in body
    assert "一致" not in body
    assert (row.lines.get().duty_unit, Entry.objects.count()) == ("云溪县教育局", before)
    now = row.lines.get().rev
    answer = client_of(reserve.officer()).post(
        page, {"list_duty_unit": "云溪县水务局", "list_year_fen": "50", "rev": now}
    )
    assert answer.status_code == 302
    assert row.lines.get().duty_unit == "云溪县水务局"


def test_a_form_of_a_list_changed_elsewhere_does_not_call_two_versions_equal():
    project = works()
    row = draft()
    put(row, project, reserve.head(), "云溪县教育局")
    answer = client_of(reserve.officer()).post(
        f"/lists/{row.pk}/items/{project.pk}/remove", {"list_reason": "资金没有落实", "rev": row.rev}
    )
    body = answer.content.decode()
    assert answer.status_code == 409
    assert "与您填写的一致" not in body
    assert "填写清单内容" in body, "what the other did"
    assert "资金没有落实" in body, "what was typed is sent along"


def test_saying_the_same_again_is_no_conflict_and_nothing_to_save():
    project = works()
    row = draft()
    rev = row.lines.get().rev
    put(row, project, reserve.head(), "云溪县教育局", rev=rev)
    before = Entry.objects.count()
    with pytest.raises(Refusal, match="nothing_filled"):
        put(row, project, reserve.officer(), " 云溪县教育局 ", rev=rev)
    assert Entry.objects.count() == before


# -- all lines in one act


@pytest.mark.req("JC-04", "JC-05")
def test_all_lines_are_filled_in_one_act_with_one_entry():
    some = [works() for _ in range(3)]
    row = draft()
    before = Entry.objects.count()
    services.set_items(
        list_id=row.pk,
        lines=[Filled(p.pk, f"第{n}局", n * WAN, 1) for n, p in enumerate(some)],
        actor=reserve.officer(),
    )
    assert Entry.objects.count() == before + 1
    assert {i.duty_unit for i in row.lines} == {"第0局", "第1局", "第2局"}
    entry = Entry.objects.order_by("-pk").first()
    assert entry.kind == "lists.set_item"
    for n in range(3):
        assert f"第{n}局" in entry.canonical


@pytest.mark.req("JC-04", "GO-15")
def test_one_wrong_line_keeps_all_of_them_out_and_is_named():
    good, bad, secret = works(2 * YI), works(3 * YI), works(4 * YI)
    row = draft()
    before = Entry.objects.count()
    lines = [Filled(good.pk, "水务局", 1), Filled(bad.pk, "水务局", 9 * YI), Filled(secret.pk, "机密★局", None)]
    with pytest.raises(InvalidInput) as refused:
        services.set_items(list_id=row.pk, lines=lines, actor=reserve.officer())
    assert {f.data["project_id"] for f in refused.value.findings} == {bad.pk, secret.pk}
    assert (row.lines.exclude(duty_unit="").count(), Entry.objects.count()) == (0, before)
    with pytest.raises(Refusal) as refused:
        services.set_items(list_id=row.pk, lines=[Filled(works().pk, "水务局", 1)], actor=reserve.officer())
    assert "不在清单上" in word(refused.value)


def test_every_line_that_clashes_is_told():
    a, b = works(), works()
    row = draft()
    for p in (a, b):
        put(row, p, reserve.head(), "云溪县教育局", rev=1)
    with pytest.raises(ChangedMeanwhile) as late:
        services.set_items(
            list_id=row.pk, lines=[Filled(p.pk, "水务局", None, 1) for p in (a, b)], actor=reserve.officer()
        )
    assert set(late.value.data["clashes"]) == {a.pk, b.pk}
    assert "等 2 个项目" in word(late.value)


# -- the page


def posted(client, row, **changed):
    """Send the grid as the browser would: every input, those in ``changed`` typed over."""
    items = [i for i in queries.list_items(again(row)) if i.state == "ON"]
    lines = [grid_pages.Line(i, 0, i.duty_unit, "") for i in items]
    data = {"_opened": grid_pages._opened_text(lines)}
    for i in items:
        data |= {f"duty-{i.project_id}": i.duty_unit, f"year-{i.project_id}": grid_pages._year_text(i)}
    return data | changed


@pytest.mark.req("JC-04", "JC-05")
def test_the_grid_saves_only_what_was_typed():
    a, b = works(), works()
    row = draft()
    client = client_of(reserve.officer())
    body = client.get(f"/lists/{row.pk}/items/").content.decode()
    assert body.count("data-cell=") == 4
    assert "<option value=" in body.split("<datalist")[1].split("</datalist>")[0], "the county's units are offered"
    assert reserve.officer().unit_name in body
    data = posted(client, row, **{f"duty-{a.pk}": "云溪县水务局", f"year-{a.pk}": "1,200"})
    put(row, b, reserve.head(), "云溪县教育局")  # somebody fills in the other line meanwhile
    answer = client.post(f"/lists/{row.pk}/items/", data)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/lists/{row.pk}/"
    found = {i.project_id: (i.duty_unit, i.year_fen) for i in row.lines}
    assert found == {a.pk: ("云溪县水务局", 1200 * WAN), b.pk: ("云溪县教育局", None)}
    assert f"/lists/{row.pk}/items/" in client.get(f"/lists/{row.pk}/").content.decode()


@pytest.mark.req("JC-04", "GO-09")
def test_the_grid_shows_what_somebody_else_saved_on_the_same_line():
    a, b = works(), works()
    row = draft()
    client = client_of(reserve.officer())
    data = posted(client, row, **{f"duty-{a.pk}": "云溪县水务局", f"duty-{b.pk}": "云溪县水务局"})
    put(row, a, reserve.head(), "云溪县教育局", 30 * WAN)
    late = client.post(f"/lists/{row.pk}/items/", data)
    body = late.content.decode()
    assert late.status_code == 409
    assert f"{reserve.head().name}已填：云溪县教育局，30 万元" in body
    assert body.count('value="云溪县水务局"') == 2, "what was typed stays in the inputs"
    assert row.lines.filter(duty_unit="云溪县水务局").count() == 0
    opened = body.split('name="_opened" value="')[1].split('"')[0].replace("&#34;", '"').replace("&quot;", '"')
    again_ = client.post(f"/lists/{row.pk}/items/", data | {"_opened": opened})
    assert again_.status_code == 302, "a second time knowing it"
    assert row.lines.filter(duty_unit="云溪县水务局").count() == 2


def test_a_cell_that_cannot_be_read_is_told_beside_it_and_nothing_is_saved():
    a, b = works(2 * YI), works()
    row = draft()
    client = client_of(reserve.officer())
    data = posted(client, row, **{f"duty-{a.pk}": "水务局", f"year-{a.pk}": "很多", f"duty-{b.pk}": "教育局"})
    answer = client.post(f"/lists/{row.pk}/items/", data)
    assert answer.status_code == 422
    assert "很多" in answer.content.decode()
    answer = client.post(f"/lists/{row.pk}/items/", data | {f"year-{a.pk}": "99,999,999"})
    assert answer.status_code == 422
    assert "超过总投资" in answer.content.decode()
    assert not row.lines.exclude(duty_unit="").exists()
    answer = client.post(f"/lists/{row.pk}/items/", posted(client, row))
    assert answer.status_code == 422
    assert "没有需要保存的改动" in answer.content.decode()


def sure_in(body):
    """Return the tokens of the boxes 已核对 of a page and whether each came ticked."""
    return [(part.split('"')[0], "checked" in part.split(">")[0]) for part in body.split('name="_sure" value="')[1:]]


def opened_in(body):
    return body.split('name="_opened" value="')[1].split('"')[0].replace("&#34;", '"').replace("&quot;", '"')


@pytest.mark.req("JC-05", "GO-13")
def test_the_grid_asks_once_about_a_plan_that_may_be_a_unit_off_and_loses_nothing():
    a, b = works(), works()
    row = draft()
    put(row, a, reserve.head(), "云溪县水务局", 300 * WAN)
    client, entries = client_of(reserve.officer()), Entry.objects.count()
    data = posted(client, row, **{f"year-{a.pk}": "0.03", f"duty-{b.pk}": "云溪县教育局", f"year-{b.pk}": "50"})
    asked = client.post(f"/lists/{row.pk}/items/", data)
    body = asked.content.decode()
    assert asked.status_code == 422
    assert "有 1 行的数额请再核对" in body
    assert "年度计划投资 0.03 万元与原来的 300.00 万元恰好差一万倍" in body
    assert 'value="0.03"' in body
    assert 'value="云溪县教育局"' in body
    [(token, ticked)] = sure_in(body)
    assert not ticked
    assert (Entry.objects.count(), {i.year_fen for i in row.lines}) == (entries, {300 * WAN, None})
    other = client.post(f"/lists/{row.pk}/items/", data | {f"year-{a.pk}": "3000000", "_sure": token})
    assert other.status_code == 422, "a box belongs to its figure"
    answer = client.post(f"/lists/{row.pk}/items/", data | {"_opened": opened_in(body), "_sure": token})
    assert answer.status_code == 302
    assert {i.project_id: (i.duty_unit, i.year_fen) for i in row.lines} == {
        a.pk: ("云溪县水务局", 3 * WAN // 100), b.pk: ("云溪县教育局", 50 * WAN),
    }  # fmt: skip


@pytest.mark.req("GO-09", "GO-13")
def test_a_tick_stays_when_another_line_is_wrong_and_what_others_saved_meanwhile_is_still_told():
    a, b = works(), works()
    row = draft()
    put(row, a, reserve.head(), "云溪县水务局", 300 * WAN)
    client, page = client_of(reserve.officer()), f"/lists/{row.pk}/items/"
    data = posted(client, row, **{f"year-{a.pk}": "0.03", f"year-{b.pk}": "很多"})
    body = client.post(page, data).content.decode()
    [(token, _)] = sure_in(body)
    data |= {"_sure": token, "_opened": opened_in(body)}
    body = client.post(page, data).content.decode()
    assert sure_in(body) == [(token, True)]
    put(row, a, reserve.head(), "云溪县教育局", 300 * WAN)
    late = client.post(page, data | {f"year-{b.pk}": "", "_opened": opened_in(body)})
    assert late.status_code == 409
    assert f"{reserve.head().name}已填：云溪县教育局，300 万元" in late.content.decode()
    assert sure_in(late.content.decode()) == [(token, True)]


def test_the_grid_takes_whatever_is_posted_and_nobody_without_the_right():
    works()
    row = draft()
    client = client_of(reserve.officer())
    project = row.lines.get().project_id
    for opened in ("", "[]", "{", '{"1": 5}', f'{{"{project}": ["x", 1, 2]}}'):
        answer = client.post(f"/lists/{row.pk}/items/?page=zz", {"_opened": opened, f"duty-{project}": "", "rev": "x"})
        assert answer.status_code == 422, opened
    assert client_of(reserve.leader()).get(f"/lists/{row.pk}/items/").status_code == 403
    services.withdraw(list_id=row.pk, reason="重拟", actor=reserve.head())
    assert client.get(f"/lists/{row.pk}/items/").status_code == 409


def test_the_grid_asks_the_same_for_thirty_lines_and_parts_long_lists(monkeypatch):
    works()
    row = draft()
    client = client_of(reserve.officer())

    def count(act):
        act()
        with CaptureQueriesContext(connection) as seen:
            act()
        return len(seen)

    n = iter(range(1000))

    def save():
        units = {f"duty-{i.project_id}": f"第{next(n)}局" for i in row.lines}
        data = posted(client, row, **units)
        with CaptureQueriesContext(connection) as seen:
            assert client.post(f"/lists/{row.pk}/items/", data).status_code == 302
        return len(seen)

    get, post = count(lambda: client.get(f"/lists/{row.pk}/items/")), save()
    for _ in range(29):
        works()
    services.redraft(list_id=row.pk, actor=reserve.officer())
    assert row.lines.count() == 30
    assert count(lambda: client.get(f"/lists/{row.pk}/items/")) == get
    assert save() <= post + 29, "one UPDATE per line at most"  # executemany counts as one or as each
    monkeypatch.setattr(grid_pages, "LINES", 20)
    body = client.get(f"/lists/{row.pk}/items/?page=2").content.decode()
    assert body.count('data-cell="0"') == 10
    assert "第 2 / 2 页" in body


# -- the workbook


@pytest.mark.req("JC-04")
def test_the_workbook_of_a_list_has_title_order_numbers_and_total():
    small, big = works(2 * YI), works(5 * YI)
    row = draft()
    put(row, big, reserve.officer(), "云溪县水务局", 50 * WAN)
    row.lines.filter(project=small).update(year_fen=None)
    answer = client_of(reserve.officer()).get(f"/lists/{row.pk}/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert rows[0][0] == row.title
    head = rows[2]
    assert head[:3] == ["序号", "项目名称", "年度"]
    assert "择优排名" not in head, "no ranking, no column"
    total, plan = head.index("总投资（万元）"), head.index("年度计划投资（万元）")
    assert [line[:3] for line in rows[3:5]] == [[1, big.name, YEAR], [2, small.name, YEAR]]
    assert isinstance(rows[3][2], int)
    assert [line[total] for line in rows[3:6]] == [50_000, 20_000, 70_000]
    assert [line[plan] for line in rows[3:6]] == [50, None, 50], "nothing reported is nothing, not nought"
    assert rows[5][1] == "合计 2 个项目"
    assert AuditEvent.objects.unscoped("test").filter(kind="EXPORTED").exists()


@pytest.mark.req("JC-04")
def test_a_voided_list_still_has_its_workbook():
    works()
    row = draft()
    services.withdraw(list_id=row.pk, reason="重拟", actor=reserve.head())
    answer = client_of(reserve.officer()).get(f"/lists/{row.pk}/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert "作废原因：重拟" in rows[1][0]
    assert rows[3][0] == 1


# -- what the issued paper says


def words_of(row):
    """The running text of the issued paper."""
    paper = Paper.objects.unscoped("test").get(pk=row.paper_id)
    file = store.path_of(list_contents([paper.docx_id])[paper.docx_id].sha256)
    return "\n".join(p.text for p in python_docx.Document(file).paragraphs)


def as_noticed(row):
    today = clock.today()
    ProjectList.objects.unscoped("test").filter(pk=row.pk).update(
        state="NOTICED", meeting_title="重大项目联席会议", meeting_on=today, notice_from=today, notice_to=today
    )
    fill(row)
    return services.issue(list_id=row.pk, contact="0900", report_by=today, actor=reserve.head())


CLAIM = "经分级分类谋划、部门审查、专题会议审定和现场踏勘"


@pytest.mark.req("JC-04", "JC-05")
@pytest.mark.parametrize(("done", "says"), [(0, None), (1, f"其中1个项目{CLAIM}"), (2, f"清单的2个项目均{CLAIM}")])
def test_the_paper_says_only_of_those_that_went_all_the_steps_that_they_did(done, says):
    some = [works(total, sector="水利") for total in (2 * YI, 3 * YI)]
    for project in some[:done]:
        selection.do_steps(project)
    series()
    said = words_of(as_noticed(draft()))
    assert (CLAIM in said) is (says is not None)
    if says:
        assert says in said


@pytest.mark.req("JC-04", "JC-05")
def test_a_step_left_out_is_not_claimed():
    project = works(2 * YI, sector="水利")
    selection.do_steps(project, but=["site_visit"])
    series()
    assert CLAIM not in words_of(as_noticed(draft()))


def test_a_ranked_list_shows_ranks_in_its_workbook():
    round_, names = ranked()
    row = draft()
    services.use_ranking(list_id=row.pk, round_id=round_.pk, actor=reserve.officer())
    answer = client_of(reserve.officer()).get(f"/lists/{row.pk}/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert [(line[1], line[rows[2].index("择优排名")]) for line in rows[3:5]] == [(names[0], 1), (names[1], 2)]
    assert ListItem.objects.unscoped("test").filter(list=row, rank__isnull=False).count() == 2
    assert make.region().pk == row.region_id


@pytest.mark.req("JC-04", "JC-05")
def test_ranks_of_a_round_that_is_scored_again_stay_out_of_a_scorers_workbook():
    round_, _names = ranked()
    row = draft()
    services.use_ranking(list_id=row.pk, round_id=round_.pk, actor=reserve.officer())
    selection_services.reopen_round(round_id=round_.pk, reason="评分有误需要更正", actor=selection.head())
    scorer = selection.leaders(1)[0]
    client = client_of(scorer)
    answer = client.get(f"/lists/{row.pk}/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    cells = [str(cell.value) for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert "择优排名" not in cells
    assert not [cell for cell in cells if "第 1 名" in cell]
    assert "择优入选" in cells
    assert "第 1 名" not in client.get(f"/lists/{row.pk}/").content.decode()
