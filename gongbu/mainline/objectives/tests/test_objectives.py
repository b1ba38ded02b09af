"""Plans, objectives and links: rules, acts, cover, pages."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.ledger.models import Entry
from gongbu.mainline.objectives import queries, rules, services
from gongbu.mainline.objectives.models import Link, Objective, PlanDocument
from gongbu.mainline.objectives.rules import Cover, NewObjective, read_objectives
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.facts import facts_of
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.projects.tests.test_pages import signed_in

PASTED = "编号\t目标\t指标\t单位\t现状值\t目标值\n1.1\t提升污水处理能力\t日处理能力\t万吨\t3\t8\n1.2\t新增普通高中学位\t学位\t个\t\t3,000\n"


def plan(at=None, **more):
    at = at or make.region()
    values = {"kind": "SPECIAL", "name": "云溪县城镇污水处理专项规划", "from_year": 2026, "to_year": 2030, **more}
    return services.record_plan(region_id=at.pk, actor=make.officer(at), **values)


def filled(at=None, **more):
    one = plan(at, **more)
    services.set_objectives(plan_id=one.pk, objectives=read_objectives(PASTED).objectives, actor=make.officer(at))
    return one


def linked(one, project, number="1.1", **more):
    objective = one.objectives.get(number=number)
    values = {"contribution": "新增日处理能力2万吨", **more}
    return services.link(project_id=project.pk, objective_id=objective.pk, actor=make.officer(), **values)


# -- rules


@pytest.mark.parametrize(
    ("n", "cover"),
    [(0, Cover.UNCOVERED), (1, Cover.COVERED), (5, Cover.COVERED), (6, Cover.CROWDED), (60, Cover.CROWDED)],
)
def test_cover_on_both_sides_of_the_bound(n, cover):
    assert rules.compute_cover(n, 6) == cover


def test_share_is_of_the_way_and_unknown_is_not_zero():
    assert rules.compute_share([Decimal(2), None], Decimal(3), Decimal(8)) == Decimal("0.4")  # 2 ÷ (8 − 3)
    assert rules.compute_share([None], Decimal(3), Decimal(8)) is None
    assert rules.compute_share([Decimal(2)], Decimal(8), Decimal(8)) is None
    assert rules.compute_share([Decimal(2)], None, None) is None


def test_a_pasted_table_is_read_with_its_numbers():
    first, second = read_objectives(PASTED).objectives
    assert (first.number, first.baseline, first.target, first.unit) == ("1.1", Decimal(3), Decimal(8), "万吨")
    assert (second.baseline, second.target) == (None, Decimal(3000))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "objectives.nothing_pasted"), ("编号\t目标\n", "objectives.nothing_pasted"),
        ("序\t内容\n1\tx", "objectives.no_heads"), ("编号\t目标\n1\t甲\n1\t乙", "objectives.number_doubled"),
        ("编号\t目标\n\t甲", "objectives.cell_missing"), ("编号\t目标\t目标值\n1\t甲\t约八万", "objectives.not_a_number"),
        ("编号\t目标\t目标值\n1\t甲\tNaN", "objectives.not_a_number"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(text, code):
    assert [finding.code for finding in read_objectives(text).findings] == [code]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_but_never_falls_over(text):
    read = read_objectives(text)
    assert read.objectives or read.findings


# -- acts


@pytest.mark.django_db
@pytest.mark.req("CB-01")
def test_uncovered_and_crowded_objectives_are_told_and_money_is_summed():
    one = filled()
    cover = queries.get_coverage(one, make.officer())
    assert [row.cover for row in cover.rows] == [Cover.UNCOVERED, Cover.UNCOVERED]
    for n in range(6):
        linked(one, make.reserve_project(total_investment_fen=YI), amount=Decimal(1) if n < 2 else None)
    cover = queries.get_coverage(one, make.officer())
    assert [row.cover for row in cover.rows] == [Cover.CROWDED, Cover.UNCOVERED]
    assert cover.rows[0].total_fen == 6 * YI
    assert cover.rows[0].share == Decimal("0.4")  # (1 + 1) ÷ (8 − 3)
    assert cover.counts == {Cover.UNCOVERED: 1, Cover.COVERED: 0, Cover.CROWDED: 1}


@pytest.mark.django_db
@pytest.mark.req("CB-01")
def test_a_withdrawn_project_no_longer_answers():
    one, project = filled(), make.reserve_project()
    linked(one, project)
    project.refresh_from_db()
    projects.withdraw(project_id=project.pk, rev=project.rev, reason="不再实施", actor=make.head())
    assert queries.get_coverage(one, make.officer()).rows[0].cover == Cover.UNCOVERED


@pytest.mark.django_db
def test_a_link_is_an_act_on_the_project_and_ends_with_a_reason():
    one, project = filled(), make.reserve_project()
    link = linked(one, project)
    entry = Entry.objects.filter(kind="project.objective_linked", subject_id=project.pk).get()
    assert "提升污水处理能力" in entry.canonical
    with pytest.raises(Refusal, match="linked_already"):
        linked(one, project)
    with pytest.raises(Refusal, match="reason_missing"):
        services.unlink(project_id=project.pk, objective_id=link.objective_id, reason=" ", actor=make.officer())
    services.unlink(project_id=project.pk, objective_id=link.objective_id, reason="改挂 1.2", actor=make.officer())
    assert Link.objects.get().ended_reason == "改挂 1.2"
    linked(one, project)  # may be linked anew
    assert queries.count_answers(project.pk) == 1


@pytest.mark.django_db
def test_a_neighbours_plan_does_not_bind_the_project_and_nothing_is_left():
    theirs, project = filled(make.neighbour()), make.reserve_project()
    before = Entry.objects.count()
    with pytest.raises(Refusal, match="other_region"):
        linked(theirs, project)
    assert (Entry.objects.count(), Link.objects.count()) == (before, 0)


@pytest.mark.django_db
def test_a_link_without_saying_how_is_refused():
    one, project = filled(), make.reserve_project()
    with pytest.raises(InvalidInput) as refused:
        linked(one, project, contribution="无")
    assert "不能只挂不写" in word(refused.value.findings[0])
    assert not Link.objects.exists()


@pytest.mark.django_db
def test_an_owner_links_his_own_project_and_no_other():
    firm = make.unit()
    owner = make.actor("OWNER_UNIT", of=firm)
    one, objective = filled(), Objective.objects.get(number="1.1")
    his, other = make.reserve_project(owner_unit_id=firm.pk), make.reserve_project()
    services.link(project_id=his.pk, objective_id=objective.pk, contribution="新增学位三百个", actor=owner)
    with pytest.raises(NotFound):
        services.link(project_id=other.pk, objective_id=objective.pk, contribution="新增学位三百个", actor=owner)
    with pytest.raises(NotAllowed):
        services.record_plan(
            region_id=one.region_id, kind="SPECIAL", name="另一规划", from_year=2026, to_year=2030, actor=owner
        )


@pytest.mark.django_db
def test_objectives_come_all_or_none():
    one = filled()
    with pytest.raises(InvalidInput) as refused:
        services.set_objectives(
            plan_id=one.pk, objectives=[NewObjective("2.1", "新的目标"), NewObjective("1.1", "又一个")],
            actor=make.officer(),
        )  # fmt: skip
    assert refused.value.findings[0].data["number"] == "1.1"
    assert one.objectives.count() == 2


@pytest.mark.django_db
def test_a_changed_objective_keeps_before_and_after_and_an_ended_one_needs_no_links():
    one, project = filled(), make.reserve_project()
    link = linked(one, project)
    services.change_objective(
        objective_id=link.objective_id, new=NewObjective("1.1", "提升污水处理能力", target=Decimal(9)), reason="规划修编",
        actor=make.officer(),
    )  # fmt: skip
    entry = Entry.objects.get(kind="objectives.change_objective")
    assert '"target":"8' in entry.canonical
    with pytest.raises(Refusal, match="has_links"):
        services.end_objective(objective_id=link.objective_id, reason="取消", actor=make.head())


@pytest.mark.django_db
def test_an_ended_plan_takes_no_more_links():
    one, project = filled(), make.reserve_project()
    with pytest.raises(NotAllowed):
        services.end_plan(plan_id=one.pk, reason="到期", actor=make.officer())
    services.end_plan(plan_id=one.pk, reason="到期", actor=make.head())
    with pytest.raises(Refusal, match="plan_ended"):
        linked(one, project)
    assert PlanDocument.objects.unscoped("test").get().state == "ENDED"


@pytest.mark.django_db
@pytest.mark.req("GO-15")
def test_a_marked_plan_is_refused():
    with pytest.raises(InvalidInput):
        plan(name="秘密级规划")
    assert not PlanDocument.objects.unscoped("test").exists()


@pytest.mark.django_db
def test_the_facts_of_a_project_know_its_objectives():
    one, project = filled(), make.reserve_project()
    linked(one, project)
    facts = facts_of([project.pk], project.created_on)
    assert facts[project.pk].as_mapping()["objective_count"] == 1


# -- pages


@pytest.mark.django_db
@pytest.mark.req("CB-01")
def test_pages_from_plan_to_link():
    client, project = signed_in("INVESTMENT_OFFICER"), make.reserve_project()
    made = client.post(
        "/objectives/new",
        {
            "plan_region": str(make.region().pk), "plan_kind": "SPECIAL", "plan_name": "云溪县供水专项规划",
            "plan_from_year": "2026", "plan_to_year": "2030",
        },
    )  # fmt: skip
    one = PlanDocument.objects.unscoped("test").get()
    assert made.headers["Location"] == f"/objectives/{one.pk}/add"
    bad = client.post(f"/objectives/{one.pk}/add", {"objectives": "编号\t目标\n1\t甲\n1\t乙", "rev": one.rev})
    assert bad.status_code == 422
    assert "第 3 行的编号“1”与第 2 行重复" in bad.content.decode()
    assert client.post(f"/objectives/{one.pk}/add", {"objectives": PASTED, "rev": one.rev}).status_code == 302
    objective = one.objectives.get(number="1.1")
    assert "无项目支撑" in client.get(f"/objectives/{one.pk}/?cover=UNCOVERED").content.decode()
    posted = client.post(
        f"/projects/{project.pk}/objectives/new",
        {"objective_id": str(objective.pk), "objective_contribution": "新增日处理能力2万吨", "objective_amount": "2"},
    )
    assert posted.status_code == 302
    panel = client.get(f"/projects/{project.pk}/?tab=objectives").content.decode()
    assert "新增日处理能力2万吨" in panel
    assert project.name in client.get(f"/objectives/{one.pk}/").content.decode()


@pytest.mark.django_db
def test_the_plan_page_asks_the_same_with_thirty_links():
    one, client = filled(), signed_in("INVESTMENT_OFFICER")

    def count():
        client.get(f"/objectives/{one.pk}/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/objectives/{one.pk}/").status_code == 200
        return len(seen)

    linked(one, make.reserve_project())
    before = count()
    for _ in range(30):
        linked(one, make.reserve_project())
    assert count() == before
    assert Project.objects.unscoped("test").count() == 31


@pytest.mark.django_db
@pytest.mark.req("CB-01")
def test_the_number_of_plans_does_not_grow_with_their_objectives_and_links():
    one = filled()
    for number in ("1.1", "1.2"):
        for _ in range(2):
            linked(one, make.reserve_project(), number)
    linked(one, make.reserve_project())
    plan(name="云溪县道路专项规划")
    rows = queries.list_plans(make.officer())
    assert (rows.count(), len(rows)) == (2, 2)
    assert {(row.objective_count, row.answered_count) for row in rows} == {(2, 2), (0, 0)}
    page = signed_in("INVESTMENT_OFFICER").get("/objectives/").content.decode()
    assert "共 2 条" in page
