"""Acts on projects, as the role concerned: what they change, what they enter, and what a refusal leaves alone."""

import re
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock, messages
from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Unit
from gongbu.ground.policy import services as policy_services
from gongbu.mainline.projects import facts, portfolio, queries, services, status
from gongbu.mainline.projects.models import Classification, Lineage, Project, ProjectStatus, TakeOver
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.factories import WAN, YI

pytestmark = pytest.mark.django_db


def last_entry(project: Project) -> dict[str, Any]:
    row = Entry.objects.filter(subject_kind="project", subject_id=project.pk).order_by("-pk").first()
    assert row is not None
    content: dict[str, Any] = orjson.loads(row.canonical)
    return content | {"kind": row.kind}


def refused(act: Callable[[], Any], kind: type[Exception], code: str) -> Exception:
    """Run an act that must refuse, and show that it left nothing behind."""
    before = make.footprint()
    with pytest.raises(kind) as caught:
        act()
    error = caught.value
    codes = [f.code for f in error.findings] if isinstance(error, InvalidInput) else [error.code]  # type: ignore[attr-defined]
    assert code in codes
    assert messages.is_worded(code)
    assert make.footprint() == before
    return error


def adopt_centralized() -> None:
    policy_services.adopt_packs(
        region_id=make.region().pk, subject="GRADING", packs=["centralized"], effective_from=date(2023, 1, 1),
        actor=make.head(), document_number="云政办〔2023〕1号",
    )  # fmt: skip


# --- create ---------------------------------------------------------------------------------------------------------


def test_an_officer_creates_a_reserve_project_and_leaves_one_entry() -> None:
    project = make.reserve_project(name="  云溪县  城西水厂 ", early_stage="PLANNED", total_investment_fen=3 * YI)
    assert (project.name, project.stage, project.rev) == ("云溪县 城西水厂", "RESERVE", 1)
    entry = last_entry(project)
    assert entry["kind"] == "project.created"
    assert entry["after"]["total_investment_fen"] == 3 * YI
    assert Entry.objects.filter(subject_id=project.pk).count() == 1
    flat = ProjectStatus.objects.unscoped("test").get(pk=project.pk)
    assert (flat.stage_order, flat.is_leaf, flat.region_name) == (12, True, "云溪县")


def test_an_officer_of_the_next_county_cannot_create_here() -> None:
    refused(lambda: make.reserve_project(by=make.officer(make.neighbour())), NotAllowed, "rights.not_allowed")


def test_a_project_unit_applies_for_itself_only() -> None:
    mine, other = make.unit(), make.unit("云溪县水务公司")
    applicant = make.actor("OWNER_UNIT", of=mine)
    project = make.reserve_project(by=applicant)
    assert (project.owner_unit_id, project.owner_name) == (mine.pk, mine.name)
    refused(lambda: make.reserve_project(by=applicant, owner_unit_id=other.pk), NotAllowed, "rights.not_allowed")


def test_a_second_project_of_the_same_name_in_the_county_is_refused() -> None:
    make.reserve_project(name="城西水厂")
    refused(lambda: make.reserve_project(name="城西水厂"), InvalidInput, "projects.name_taken")
    make.reserve_project(name="城西水厂", by=make.officer(make.neighbour()), at=make.neighbour())


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": "  "}, "projects.name_missing"),
        ({"stage": "CONSTRUCTION"}, "projects.early_only_for_new"),
        ({"stage": "APPROVAL", "early_stage": "PLANNED"}, "projects.early_stage_outside_reserve"),
        ({"total_investment_fen": -1}, "projects.amount_negative"),
        ({"total_investment_fen": 10**14 + 1}, "projects.amount_too_large"),
        ({"works_type": "CASTLE"}, "projects.choice_unknown"),
        ({"planned_start_on": date(2026, 5, 1), "planned_finish_on": date(2026, 4, 30)}, "projects.dates_reversed"),
        ({"kind": "SUBPROJECT"}, "projects.subproject_needs_parent"),
        ({"industry_code": "47A"}, "projects.industry_unknown"),
        ({"location": "长" * 301}, "projects.field_too_long"),
    ],
)
def test_impossible_values_are_refused_with_the_field(values: dict[str, Any], code: str) -> None:
    refused(lambda: make.reserve_project(**values), InvalidInput, code)


def test_a_repeated_key_answers_with_the_first_project() -> None:
    first = make.reserve_project(name="城东小学", key="form-1")
    repeat = services.create_project(
        actor=make.officer(), region_id=make.region().pk, name="城东小学二期", funding_nature="GOVERNMENT", key="form-1"
    )
    assert repeat.pk == first.pk
    assert Project.objects.unscoped("test").count() == 1


def test_a_day_in_the_future_is_refused() -> None:
    refused(lambda: make.reserve_project(on=date(2999, 1, 1)), InvalidInput, "projects.day_ahead")


# --- secrecy (GO-15) --------------------------------------------------------------------------------------------------


@pytest.mark.req("GO-15")
@pytest.mark.parametrize(
    "values",
    [
        {"content": "本项目涉密，内容从略"},
        {"name": "机密★10年 某指挥设施"},
        {"location": "密级：秘密"},
        {"declared_level": "机密"},
        {"source": "内部代号 701 工程"},
    ],
)
def test_a_secret_project_is_stopped_at_entry_and_nothing_of_it_is_kept(
    values: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    error = refused(lambda: make.reserve_project(**values), InvalidInput, "secrecy.refused")
    assert isinstance(error, InvalidInput)
    text = "".join(str(part) for part in (error.findings, error.args, caplog.text))
    text += messages.word(error.findings[0])
    for value in values.values():
        assert value not in text


@pytest.mark.req("GO-15")
def test_secrecy_is_also_refused_when_a_project_is_changed_or_renamed() -> None:
    project = make.reserve_project()
    officer = make.officer()
    refused(
        lambda: services.update_project(
            project_id=project.pk, rev=1, changes={"content": "绝密级通信枢纽"}, actor=officer
        ),
        InvalidInput,
        "secrecy.refused",
    )
    refused(
        lambda: services.rename(project_id=project.pk, rev=1, name="涉密机房", reason="调整", actor=officer),
        InvalidInput,
        "secrecy.refused",
    )


def test_ordinary_words_pass_the_secrecy_door() -> None:
    make.reserve_project(name="精密机床产业园", content="不涉密；非涉密信息系统；密封堤防；商业秘密保护中心")


# --- update -----------------------------------------------------------------------------------------------------------


@pytest.mark.req("GO-12")
def test_an_update_enters_before_and_after_of_the_changed_fields_only() -> None:
    project = make.reserve_project(content="旧内容", location="城西")
    services.update_project(
        project_id=project.pk, rev=1, changes={"content": "新内容", "location": "城西"}, actor=make.officer()
    )
    entry = last_entry(project)
    assert (entry["before"], entry["after"]) == ({"content": "旧内容"}, {"content": "新内容"})
    assert entry["extra"]["rev"] == 2
    refused(
        lambda: services.update_project(
            project_id=project.pk, rev=2, changes={"content": "新内容"}, actor=make.officer()
        ),
        Refusal,
        "projects.nothing_changed",
    )


def test_the_second_of_two_editors_is_told_who_changed_what() -> None:
    project = make.reserve_project()
    first, second = make.officer(name="岳知行"), make.officer(name="江映雪")
    services.update_project(project_id=project.pk, rev=1, changes={"content": "管网 3 公里"}, actor=first)
    error = refused(
        lambda: services.update_project(project_id=project.pk, rev=1, changes={"content": "管网 4 公里"}, actor=second),
        ChangedMeanwhile,
        "projects.changed_meanwhile",
    )
    assert isinstance(error, ChangedMeanwhile)
    words = messages.word(error)
    assert "岳知行" in words
    assert "建设内容" in words
    assert "修改项目信息" in words


def test_what_others_changed_is_named_in_words_whatever_act_it_was() -> None:
    project = make.approval_project()
    officer, head = make.officer(), make.head()
    services.set_annual_investment(
        project_id=project.pk, year=2026, planned_fen=10**8, completed_fen=10**7, actor=officer
    )
    services.attach_code(project_id=project.pk, code=make.valid_code(), actor=officer)
    services.rename(
        project_id=project.pk,
        rev=Project.objects.unscoped("test").get(pk=project.pk).rev,
        name="改名工程",
        reason="批复更名",
        actor=head,
    )
    error = refused(
        lambda: services.update_project(project_id=project.pk, rev=1, changes={"content": "管网"}, actor=officer),
        ChangedMeanwhile,
        "projects.changed_meanwhile",
    )
    words = messages.word(error)
    assert "项目代码" in words
    assert not re.search(r"[a-z_]{3,}", words)


def test_name_owner_and_stage_are_not_changed_by_update() -> None:
    project = make.reserve_project()
    with pytest.raises(TypeError):
        services.update_project(project_id=project.pk, rev=1, changes={"name": "别名"}, actor=make.officer())


def test_a_viewer_may_read_but_not_change_and_a_stranger_sees_nothing() -> None:
    project = make.reserve_project()
    viewer, stranger = make.actor("VIEWER"), make.officer(make.neighbour())
    change = {"project_id": project.pk, "rev": 1, "changes": {"content": "改"}}
    refused(lambda: services.update_project(actor=viewer, **change), NotAllowed, "rights.not_allowed")
    refused(lambda: services.update_project(actor=stranger, **change), NotFound, "projects.not_found")


def test_a_rename_keeps_the_old_name_in_the_book_and_needs_a_reason() -> None:
    project = make.reserve_project(name="上河光源二期")
    head = make.head()
    refused(
        lambda: services.rename(project_id=project.pk, rev=1, name="上河光源二期（线站工程）", reason=" ", actor=head),
        InvalidInput,
        "projects.reason_missing",
    )
    services.rename(project_id=project.pk, rev=1, name="上河光源二期（线站工程）", reason="批复更名", actor=head)
    entry = last_entry(project)
    assert entry["before"] == {"name": "上河光源二期"}
    assert ProjectStatus.objects.unscoped("test").get(pk=project.pk).name == "上河光源二期（线站工程）"


def test_change_of_owner_moves_sight_of_the_project() -> None:
    old, new = make.unit(), make.unit("云溪县水务公司")
    project = make.reserve_project(owner_unit_id=old.pk)
    before, after = make.actor("OWNER_UNIT", of=old), make.actor("OWNER_UNIT", of=new)
    assert queries.get_project(project.pk, before).pk == project.pk
    services.change_owner(project_id=project.pk, rev=1, owner_unit_id=new.pk, reason="职能调整", actor=make.officer())
    assert queries.get_project(project.pk, after).pk == project.pk
    with pytest.raises(NotFound):
        queries.get_project(project.pk, before)


def test_stages_go_forward_and_going_back_needs_a_reason() -> None:
    project = make.reserve_project()
    officer = make.officer()
    services.set_stage(project_id=project.pk, stage="APPROVAL", actor=officer)
    refused(
        lambda: services.set_stage(project_id=project.pk, stage="RESERVE", actor=officer),
        InvalidInput,
        "projects.stage_reason_needed",
    )
    refused(
        lambda: services.set_stage(project_id=project.pk, stage="CONSTRUCTION", actor=officer),
        InvalidInput,
        "projects.stage_reason_needed",
    )
    services.set_stage(project_id=project.pk, stage="RESERVE", early_stage="PLANNED", reason="批复失效", actor=officer)
    assert last_entry(project)["extra"]["reason"] == "批复失效"


# --- codes ------------------------------------------------------------------------------------------------------------


def test_a_code_is_attached_by_a_dated_act_with_a_receipt() -> None:
    project = make.approval_project(on=make.DAY)
    code = make.valid_code()
    services.attach_code(project_id=project.pk, code=code.replace("-", ""), actor=make.officer(), on=make.DAY)
    entry = last_entry(project)
    assert (entry["occurred_on"], entry["after"]) == ("2026-03-02", {"project_code": code})
    assert entry["receipt"]
    assert ProjectStatus.objects.unscoped("test").get(pk=project.pk).code == code


def test_reapproval_replaces_the_code_and_both_stay_readable() -> None:
    project = make.approval_project()
    officer = make.officer()
    services.attach_code(project_id=project.pk, code=make.valid_code(1), actor=officer)
    refused(
        lambda: services.attach_code(project_id=project.pk, code=make.valid_code(2), actor=officer),
        Refusal,
        "projects.code_reason_needed",
    )
    services.attach_code(project_id=project.pk, code=make.valid_code(2), reason="重新审批", actor=officer)
    new, old = queries.list_codes(project.pk)
    assert (old.replaced_by_id, old.replaced_on is not None, new.replaced_on) == (new.pk, True, None)
    found = queries.search(queries.list_statuses(officer), make.valid_code(1))
    assert [row.pk for row in found] == [project.pk]


def test_an_invalid_code_is_refused_with_the_expected_digit() -> None:
    project = make.approval_project()
    wrong = make.valid_code()[:-1] + str((int(make.valid_code()[-1]) + 1) % 10)
    error = refused(
        lambda: services.attach_code(project_id=project.pk, code=wrong, actor=make.officer()),
        InvalidInput,
        "project_code.check_digit",
    )
    assert isinstance(error, InvalidInput)
    assert f"应为 {make.valid_code()[-1]}" in messages.word(error.findings[0])


def test_one_code_may_cover_a_family_but_not_two_unrelated_projects() -> None:
    officer, code = make.officer(), make.valid_code()
    whole = make.approval_project(name="城北片区改造")
    services.attach_code(project_id=whole.pk, code=code, actor=officer)
    part = make.approval_project(kind="SUBPROJECT", parent_id=whole.pk)
    services.attach_code(project_id=part.pk, code=code, actor=officer)
    stranger = make.approval_project()
    error = refused(
        lambda: services.attach_code(project_id=stranger.pk, code=code, actor=officer),
        Refusal,
        "projects.code_elsewhere",
    )
    assert "城北片区改造" in messages.word(error)  # type: ignore[arg-type]
    next_door = make.approval_project(by=make.officer(make.neighbour()), at=make.neighbour())
    error = refused(
        lambda: services.attach_code(project_id=next_door.pk, code=code, actor=make.officer(make.neighbour())),
        Refusal,
        "projects.code_elsewhere_hidden",
    )
    assert "城北" not in messages.word(error)  # type: ignore[arg-type]


# --- classification (CM-05, CM-08, GO-01) -----------------------------------------------------------------------------


@pytest.mark.req("CM-08", "GO-01")
@pytest.mark.parametrize(
    ("total", "grade"),
    [(YI + 1, "A"), (YI, "B"), (YI - 1, "B"), (500 * WAN, "B"), (500 * WAN - 1, "C"), (None, "UNDETERMINED")],
)
def test_the_grade_follows_total_investment_and_tells_why(total: int | None, grade: str) -> None:
    adopt_centralized()
    project = make.reserve_project(total_investment_fen=total)
    row = Classification.objects.get(project=project, judgement="GRADE")
    assert row.value == grade
    assert ProjectStatus.objects.unscoped("test").get(pk=project.pk).grade == grade
    ref = next(ref for ref in last_entry(project)["policy"] if ref["value"] == grade)
    assert ref["key"] == "centralized.grade"
    assert ref["hash"]
    assert ref["decision"] == row.decision_id


@pytest.mark.req("CM-05", "CM-08")
def test_the_catalogue_goes_by_the_year_and_the_grade_by_the_total() -> None:
    adopt_centralized()
    project = make.reserve_project(total_investment_fen=2 * YI)
    officer = make.officer()
    for year, planned in ((2025, 300 * WAN), (2026, 500 * WAN), (2027, 500 * WAN + 1)):
        services.set_annual_investment(project_id=project.pk, year=year, planned_fen=planned, actor=officer)
    values = dict(Classification.objects.filter(judgement="CATALOGUE").values_list("year", "value"))
    assert values == {2025: "NOT_IN_CATALOGUE", 2026: "NOT_IN_CATALOGUE", 2027: "IN_CATALOGUE"}
    flat = ProjectStatus.objects.unscoped("test").get(pk=project.pk)
    assert (flat.grade, flat.catalogue_year) == ("A", 2027)


@pytest.mark.req("GO-01")
def test_changed_facts_change_the_class_in_the_same_entry_and_unchanged_ones_do_not() -> None:
    adopt_centralized()
    project = make.reserve_project(total_investment_fen=400 * WAN)
    officer = make.officer()
    services.update_project(project_id=project.pk, rev=1, changes={"location": "城南"}, actor=officer)
    assert last_entry(project)["policy"] == []
    services.update_project(project_id=project.pk, rev=2, changes={"total_investment_fen": 600 * WAN}, actor=officer)
    assert last_entry(project)["after"]["classification"]["集中管理分级"] == "B 级"
    refused(lambda: services.classify(project_id=project.pk, actor=officer), Refusal, "projects.nothing_changed")


def test_a_pack_adopted_later_is_applied_by_the_act_classify() -> None:
    project = make.reserve_project(total_investment_fen=2 * YI)
    assert not Classification.objects.exists()
    adopt_centralized()
    refused(
        lambda: services.classify(project_id=project.pk, actor=make.actor("VIEWER")), NotAllowed, "rights.not_allowed"
    )
    services.classify(project_id=project.pk, actor=make.officer())
    assert last_entry(project)["after"]["classification"]["集中管理分级"] == "A 级"


# --- structure --------------------------------------------------------------------------------------------------------


def test_a_split_conserves_money_and_closes_the_whole() -> None:
    whole = make.approval_project(total_investment_fen=3 * YI, owner_name="云溪县教育局")
    head = make.head()
    parts = [services.Part("一期工程", YI), services.Part("二期工程", 2 * YI)]
    refused(
        lambda: services.split(
            project_id=whole.pk, rev=1, parts=[*parts, services.Part("三期工程", 1)], reason="分期", actor=head
        ),
        InvalidInput,
        "projects.split_not_conserved",
    )
    made = services.split(project_id=whole.pk, rev=1, parts=parts, reason="分期实施", actor=head)
    assert [(p.name, p.owner_name, p.stage) for p in made] == [
        ("一期工程", "云溪县教育局", "APPROVAL"), ("二期工程", "云溪县教育局", "APPROVAL"),
    ]  # fmt: skip
    whole.refresh_from_db()
    assert whole.state == "SPLIT"
    assert Lineage.objects.filter(from_project=whole, kind="SPLIT").count() == 2
    totals = portfolio.get_portfolio(head).all
    assert (totals.projects, totals.total_fen) == (2, 3 * YI)
    refused(
        lambda: services.update_project(project_id=whole.pk, rev=2, changes={"content": "x"}, actor=head),
        Refusal,
        "projects.not_active",
    )


def test_a_merge_carries_the_sum_and_refuses_another_figure() -> None:
    one, two = make.approval_project(total_investment_fen=YI), make.approval_project(total_investment_fen=2 * YI)
    head = make.head()

    def merge(total: int, name: str = "合并工程") -> Project:
        sources = {one.pk: 1, two.pk: 1}
        return services.merge(sources=sources, name=name, reason="统一建设", total_investment_fen=total, actor=head)

    refused(lambda: merge(3 * YI + 1), InvalidInput, "projects.merge_not_conserved")
    made = merge(3 * YI)
    assert portfolio.get_portfolio(head).all.total_fen == 3 * YI
    assert {link.from_project_id for link in Lineage.objects.filter(to_project=made)} == {one.pk, two.pk}


def test_a_package_adds_no_money_of_its_own_and_a_parent_counts_through_its_children() -> None:
    one, two = make.approval_project(total_investment_fen=YI), make.approval_project(total_investment_fen=2 * YI)
    whole = make.approval_project(total_investment_fen=5 * YI)
    head = make.head()
    part = make.approval_project(kind="SUBPROJECT", parent_id=whole.pk, total_investment_fen=4 * YI)
    package = services.make_package(name="城建项目包", project_ids=[one.pk, two.pk], reason="打包", actor=head)
    totals = portfolio.get_portfolio(head).all
    assert totals.total_fen == 7 * YI  # 1 + 2 + 4; neither the package nor the whole of 5
    one.refresh_from_db()
    assert one.parent_id == package.pk
    refused(
        lambda: services.assign_parent(project_id=whole.pk, rev=whole.rev, parent_id=part.pk, actor=head),
        Refusal,
        "projects.parent_kind",
    )


def test_a_parent_with_live_parts_is_not_withdrawn() -> None:
    whole = make.approval_project()
    make.approval_project(kind="SUBPROJECT", parent_id=whole.pk)
    refused(
        lambda: services.withdraw(project_id=whole.pk, rev=1, reason="不再实施", actor=make.head()),
        Refusal,
        "projects.withdraw_children",
    )


# --- parts and members ------------------------------------------------------------------------------------------------


def test_works_and_sections_belong_to_their_project() -> None:
    project, other = make.approval_project(), make.approval_project()
    officer = make.officer()
    single = services.add_work(project_id=project.pk, name="教学楼", level="SINGLE", actor=officer)
    services.add_work(project_id=project.pk, name="教学楼 1 号", level="UNIT", parent_id=single.pk, actor=officer)
    services.add_section(project_id=project.pk, number="A1", name="土建一标", works_ids=[single.pk], actor=officer)
    refused(
        lambda: services.add_section(project_id=other.pk, number="A1", name="标", works_ids=[single.pk], actor=officer),
        Refusal,
        "projects.section_works",
    )
    refused(
        lambda: services.add_work(project_id=project.pk, name="教学楼", level="SINGLE", actor=officer),
        Refusal,
        "projects.works_taken",
    )


def test_an_outside_firm_sees_its_project_while_it_is_on_it_and_no_other() -> None:
    firm: Unit = make.unit("青川监理有限公司", kind="THIRD_PARTY")
    project, other = make.approval_project(), make.approval_project()
    supervisor = make.actor("THIRD_PARTY", of=firm)
    assert queries.list_statuses(supervisor).count() == 0
    member = services.add_member(project_id=project.pk, unit_id=firm.pk, role="SUPERVISION", actor=make.officer())
    assert [row.pk for row in queries.list_statuses(supervisor)] == [project.pk]
    with pytest.raises(NotFound):
        queries.get_project(other.pk, supervisor)
    refused(
        lambda: services.update_project(project_id=project.pk, rev=2, changes={"content": "x"}, actor=supervisor),
        NotAllowed,
        "rights.not_allowed",
    )
    services.end_member(member_id=member.pk, actor=make.officer())
    assert queries.list_statuses(supervisor).count() == 0


def test_officers_where_the_works_stand_may_read_but_not_write() -> None:
    project = make.approval_project()
    guest = make.officer(make.neighbour())
    assert queries.list_statuses(guest).count() == 0
    services.set_sites(project_id=project.pk, region_ids=[make.neighbour().pk], actor=make.officer())
    assert [row.pk for row in queries.list_statuses(guest)] == [project.pk]
    refused(
        lambda: services.set_stage(project_id=project.pk, stage="DESIGN", actor=guest), NotAllowed, "rights.not_allowed"
    )


def test_a_sector_officer_sees_and_changes_his_sector_only() -> None:
    mine, other = make.reserve_project(sector="教育"), make.reserve_project(sector="水利")
    officer = make.actor("SECTOR_OFFICER", sector="教育")
    assert [row.pk for row in queries.list_statuses(officer)] == [mine.pk]
    refused(
        lambda: services.update_project(project_id=other.pk, rev=1, changes={"content": "x"}, actor=officer),
        NotFound,
        "projects.not_found",
    )


# --- taking over (GO-20), honest clock (GO-07) ------------------------------------------------------------------------


@pytest.mark.req("GO-20")
def test_a_live_project_comes_in_with_papers_and_balances_marked_for_ever() -> None:
    papers = [services.OldPaper("可行性研究报告批复", "云发改〔2021〕12号", date(2021, 6, 1), "云溪县发展和改革局")]
    project = make.taken_over_project(
        stage="CONSTRUCTION", papers=papers, completed_fen=3000 * WAN, paid_fen=2000 * WAN,
        total_investment_fen=YI, annual={2025: (4000 * WAN, 3000 * WAN)}, code="2018-411122-83-03-055281",
    )  # fmt: skip
    assert (project.origin, project.stage) == ("TAKEN_OVER", "CONSTRUCTION")
    row = TakeOver.objects.get(project=project)
    assert (row.entered_stage, row.completed_fen, row.papers[0]["number"]) == (
        "CONSTRUCTION", 3000 * WAN, "云发改〔2021〕12号",
    )  # fmt: skip
    services.set_stage(project_id=project.pk, stage="ACCEPTANCE", actor=make.officer())
    project.refresh_from_db()
    assert project.origin == "TAKEN_OVER"
    refused(lambda: make.taken_over_project(stage="RESERVE"), InvalidInput, "projects.take_over_stage")


@pytest.mark.req("GO-20", "GO-07")
def test_a_sector_officer_cannot_take_over_and_late_days_are_kept_apart() -> None:
    refused(lambda: make.taken_over_project(by=make.actor("SECTOR_OFFICER")), NotAllowed, "rights.not_allowed")
    project = make.reserve_project(on=date(2026, 1, 5))
    entry = last_entry(project)
    assert entry["occurred_on"] == "2026-01-05"
    assert entry["recorded_at"][:10] == clock.now().date().isoformat() or entry["recorded_at"][:4] >= "2026"


# --- import door ------------------------------------------------------------------------------------------------------


def batch(count: int, name: str = "民生实事") -> list[services.NewProject]:
    at = make.region()
    return [
        services.NewProject(at, {"name": f"{name}{n}", "stage": "UNKNOWN", "source": "县人大公告"})
        for n in range(count)
    ]


def test_a_batch_is_unseen_until_it_is_published_at_once() -> None:
    officer = make.officer()
    services.create_projects(drafts=batch(3), actor=officer, batch_id=7)
    assert queries.list_statuses(officer).count() == 0
    assert services.publish_batch(batch_id=7, region_id=make.region().pk, actor=officer) == 3
    assert queries.list_statuses(officer).count() == 3
    assert services.publish_batch(batch_id=7, region_id=make.region().pk, actor=officer) == 0
    assert {row.origin for row in queries.list_statuses(officer)} == {"IMPORTED"}


def test_one_bad_row_saves_nothing_of_its_chunk_and_names_the_row() -> None:
    drafts = [*batch(2), services.NewProject(make.region(), {"name": "绝密工程"})]
    error = refused(
        lambda: services.create_projects(drafts=drafts, actor=make.officer(), batch_id=7),
        InvalidInput,
        "secrecy.refused",
    )
    assert isinstance(error, InvalidInput)
    refused(
        lambda: services.create_projects(drafts=batch(1), actor=make.actor("SECTOR_OFFICER"), batch_id=7),
        NotAllowed,
        "rights.not_allowed",
    )


def test_an_import_of_twenty_rows_costs_the_statements_of_one() -> None:
    counts = []
    make.region()
    for size, name in ((1, "甲"), (20, "乙")):
        with CaptureQueriesContext(connection) as captured:
            services.create_projects(drafts=batch(size, name), actor=make.officer(), batch_id=size)
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- flat rows --------------------------------------------------------------------------------------------------------


def test_rebuilding_gives_what_the_acts_kept() -> None:
    adopt_centralized()
    officer, head = make.officer(), make.head()
    one = make.reserve_project(total_investment_fen=2 * YI, annual={clock.today().year: (600 * WAN, 100 * WAN)})
    two, three = make.approval_project(total_investment_fen=YI), make.approval_project(total_investment_fen=YI)
    services.attach_code(project_id=one.pk, code=make.valid_code(), actor=officer)
    services.rename(project_id=one.pk, rev=2, name="城西水厂扩建", reason="更名", actor=head)
    services.set_stage(project_id=one.pk, stage="APPROVAL", actor=officer)
    package = services.make_package(name="城建包", project_ids=[one.pk, two.pk], reason="打包", actor=head)
    services.merge(
        sources={two.pk: Project.objects.unscoped("test").get(pk=two.pk).rev, three.pk: 1}, name="合并", reason="合并",
        total_investment_fen=2 * YI, actor=head,
    )  # fmt: skip
    services.assign_parent(project_id=one.pk, rev=5, parent_id=None, actor=head)
    services.split(
        project_id=one.pk, rev=6, parts=[services.Part("甲", YI), services.Part("乙", YI)], reason="分期", actor=head
    )
    services.create_projects(drafts=batch(2), actor=officer, batch_id=9)
    services.publish_batch(batch_id=9, region_id=make.region().pk, actor=officer)
    services.withdraw(project_id=package.pk, rev=package.rev, reason="撤销", actor=head)
    kept = make.flat_rows()
    ProjectStatus.objects.unscoped("test").all().delete()
    assert status.rebuild() == len(kept) == Project.objects.unscoped("test").count()
    assert make.flat_rows() == kept


def test_facts_hold_what_rooms_contribute() -> None:
    project = make.reserve_project(total_investment_fen=YI)
    facts.contribute("test", lambda ids, on: {pk: {"has_land": True} for pk in ids})
    try:
        found = facts.facts_of([project.pk], make.DAY)[project.pk]
    finally:
        facts._CONTRIBUTORS.pop("test")
    assert found.as_mapping()["has_land"] is True
    assert found.as_mapping()["works_type"] is None
    with pytest.raises(AttributeError):
        found.stage = "DESIGN"  # type: ignore[misc]


def test_search_finds_two_characters_a_code_and_an_owner() -> None:
    officer = make.officer()
    project = make.reserve_project(name="青石河大桥新建工程", owner_name="云溪县公路中心")
    make.reserve_project(name="城东小学")
    services.attach_code(project_id=project.pk, code=make.valid_code(777), actor=officer)
    for words in (
        "大桥",
        "青石 新建",
        "公路中心",
        make.valid_code(777),
        make.valid_code(777).replace("-", "")[:8],
        "０１－００７７７",
    ):
        assert [row.pk for row in queries.search(queries.list_statuses(officer), words)] == [project.pk], words
    assert queries.search(queries.list_statuses(officer), "隧道").count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_officers_attach_the_same_code_and_one_is_refused() -> None:
    code = make.valid_code(42)
    projects = [make.approval_project(), make.approval_project()]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def attach(project: Project) -> None:
        start.wait()
        try:
            services.attach_code(project_id=project.pk, code=code, actor=make.officer())
            outcomes.append("attached")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=attach, args=(project,)) for project in projects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["attached", "projects.code_elsewhere"]
