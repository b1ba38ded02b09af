"""The index follows the acts, a rebuild gives the same rows, and what is on file is found."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.mainline.likeness import following, index, queries
from gongbu.mainline.likeness.models import IndexedName, Outdated
from gongbu.mainline.likeness.rules.comparing import Relation
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make

pytestmark = pytest.mark.django_db


def settle() -> None:
    """Do what the worker does: deliver messages, then work on what they marked."""
    while outbox.dispatch():
        pass
    while following.catch_up():
        pass


def rows() -> tuple[set[tuple[int, str, bool, int]], list[tuple[int, int, int, str]]]:
    """Return what the index holds, without the numbers of its rows."""
    names = set(IndexedName.objects.unscoped("test").values_list("project_id", "text", "is_current", "region_key"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.gram, g.region_key, n.project_id, n.text FROM likeness_gram g JOIN likeness_name n ON n.id = g.name_id"
        )
        return names, sorted(cursor.fetchall())


def rev(project: Project) -> int:
    return Project.objects.unscoped("test").get(pk=project.pk).rev


def found(name: str, **more: object) -> list[tuple[str, str]]:
    return [(row.name, row.relation.value) for row in queries.find_similar(name=name, **more)]  # type: ignore[arg-type]


@pytest.mark.req("CM-02")
def test_a_rebuild_gives_what_the_acts_have_kept() -> None:
    officer = make.officer()
    one = make.reserve_project(
        name="石桥镇污水处理厂", content="新建日处理五千吨污水处理厂一座，配套管网十二公里，占地二十亩"
    )
    two = make.approval_project(name="东铺镇敬老院", total_investment_fen=2_000_000)
    three = make.reserve_project(name="城南小学教学楼")
    gone = make.reserve_project(name="白沙乡文化中心")
    settle()
    projects.rename(project_id=one.pk, rev=rev(one), name="石桥镇水质净化中心", reason="按批复更名", actor=officer)
    projects.update_project(
        project_id=three.pk,
        rev=rev(three),
        changes={"content": "新建教学楼一栋，建筑面积三千六百平方米，框架五层"},
        actor=officer,
    )
    projects.withdraw(project_id=gone.pk, rev=rev(gone), reason="重复", actor=officer)
    projects.split(project_id=two.pk, rev=rev(two), reason="分年实施", actor=officer,
                   parts=[projects.Part("东铺镇敬老院一期", 1_500_000), projects.Part("东铺镇敬老院二期", 500_000)])  # fmt: skip
    settle()
    kept = rows()
    assert {(text, current) for _, text, current, _ in kept[0]} == {
        ("石桥镇水质净化中心", True), ("石桥镇污水处理厂", False), ("城南小学教学楼", True), ("东铺镇敬老院一期", True), ("东铺镇敬老院二期", True),
    }  # fmt: skip
    assert index.rebuild() == 4
    assert rows() == kept
    assert index.find_missing() == []


def test_an_act_that_changes_nothing_of_the_index_marks_nothing() -> None:
    project = make.reserve_project(name="石桥镇污水处理厂")
    settle()
    projects.update_project(project_id=project.pk, rev=rev(project), changes={"location": "镇东"}, actor=make.officer())
    outbox.dispatch()
    assert not Outdated.objects.exists()
    assert index.refresh([project.pk]) == 0


def test_a_mark_set_while_its_project_is_worked_on_stays() -> None:
    project = make.reserve_project(name="石桥镇污水处理厂")
    outbox.dispatch()
    taken = index.take_marked()
    index.mark([project.pk])
    index.unmark(taken)
    assert set(Outdated.objects.values_list("project_id", flat=True)) == {project.pk}


def test_old_data_and_an_older_way_of_reading_names_are_taken_up() -> None:
    project = make.reserve_project(name="石桥镇污水处理厂")
    assert following.mark_missing() == 1
    following.catch_up()
    assert following.mark_missing() == 0
    IndexedName.objects.unscoped("test").update(version=0)
    assert index.find_missing() == [project.pk]
    following.catch_up()
    index.refresh([project.pk])
    assert index.find_missing() == []


@pytest.mark.req("CM-02")
def test_what_is_on_file_is_found_with_its_kind() -> None:
    make.reserve_project(name="石桥镇污水处理厂一期")
    make.reserve_project(name="石桥镇敬老院")
    make.reserve_project(name="东铺镇敬老院")
    make.reserve_project(name="石桥镇敬老院", at=make.neighbour())
    settle()
    key = make.region().key_lo
    assert found("石桥镇污水厂二期工程", region_key=key) == [("石桥镇污水处理厂一期", "OTHER_PHASE")]
    answer = queries.find_similar(name="云溪县石桥镇养老服务中心建设项目", region_key=key)
    assert [row.relation for row in answer] == [Relation.SAME, Relation.SIMILAR]
    assert answer[1].score < answer[0].score, "the same name in the next county is no more than similar"
    assert any("区划不同" in reason for reason in answer[1].reasons)
    assert found("石桥镇幼儿园", region_key=key) == []
    assert found("", region_key=key) == []


@pytest.mark.req("CM-02", "JC-02")
def test_names_that_are_only_alike_are_asked_about_where_the_rest_bears_them_out() -> None:
    key = make.region().key_lo
    small = {"content": "治理小流域12平方公里", "location": "柳林镇西山村", "total_investment_fen": 6_800 * 1_000_000}
    make.reserve_project(name="柳林镇西山小流域综合治理工程", owner_name="柳林镇人民政府", **small)
    make.reserve_project(name="柳林镇污水处理厂建设项目", owner_name="柳林镇人民政府", location="柳林镇")
    settle()
    asked = {"content": small["content"], "location": small["location"], "total_fen": small["total_investment_fen"]}
    for name, more, on_file in (
        ("西山小流域综合治理", {"owner": "西山村村民委员会", **asked}, "柳林镇西山小流域综合治理工程"),
        ("污水处理厂", {"owner": "柳林镇人民政府", "location": "柳林镇"}, "柳林镇污水处理厂建设项目"),
    ):
        (row, *_rest) = queries.find_similar(name=name, region_key=key, **more)
        assert (row.name, row.is_strong) == (on_file, True)
    others = queries.find_similar(
        name="北山小流域综合治理", region_key=key, owner="北山村村民委员会", location="北山村"
    )
    assert not [row for row in others if row.is_strong], "another valley"


@pytest.mark.req("CM-02", "JC-02")
def test_two_townships_of_one_county_that_declare_the_same_are_asked() -> None:
    county = make.region()
    one, other = (
        Region.objects.create(
            name=name, parent=county, level="TOWNSHIP", key_lo=county.key_lo + n, key_hi=county.key_lo + n + 1
        )
        for n, name in ((101, "柳林镇"), (102, "荔坡镇"))
    )
    same = {"content": "渠道衬砌8公里", "location": "柳林镇", "total_investment_fen": 1_200 * 1_000_000}
    make.reserve_project(name="柳林镇双击测试渠道工程", at=one, **same)
    settle()
    (row,) = queries.find_similar(
        name="柳林镇双击测试渠道工程", content=same["content"], location=same["location"], region_key=other.key_lo,
        total_fen=same["total_investment_fen"],
    )  # fmt: skip
    assert row.relation is Relation.SAME


@pytest.mark.req("CM-02")
def test_a_project_is_found_by_the_name_it_had_and_by_its_content() -> None:
    content = "新建道路全长2315米，红线宽24米，双向四车道，配套雨污水管网4.6公里、路灯152盏"
    project = make.reserve_project(name="幸福路道路改造工程", content=content)
    settle()
    projects.rename(
        project_id=project.pk, rev=rev(project), name="民生通道提升工程", reason="更名", actor=make.officer()
    )
    settle()
    (row,) = queries.find_similar(name="幸福路改造", region_key=make.region().key_lo)
    assert (row.name, row.former_name) == ("民生通道提升工程", "幸福路道路改造工程")
    assert "曾用名" in row.reasons[0]
    (row,) = queries.find_similar(name="便民出行提升项目", content=content, region_key=make.region().key_lo)
    assert row.relation is Relation.SIMILAR
    assert any("建设内容" in reason for reason in row.reasons)


def test_a_project_entered_a_moment_ago_is_found_before_the_index_has_it() -> None:
    make.reserve_project(name="石桥镇污水处理厂")
    settle()
    make.reserve_project(name="东铺镇农贸市场改造")
    assert found("东铺镇农贸市场改造工程", region_key=make.region().key_lo) == [("东铺镇农贸市场改造", "SAME")]


def test_parts_of_one_package_are_not_held_against_each_other() -> None:
    whole = make.reserve_project(name="石桥镇供水工程")
    part = make.reserve_project(name="石桥镇供水工程建设项目", kind="SUBPROJECT", parent_id=whole.pk)
    settle()
    assert queries.pairs_of(part.pk) == []


def statements(ask: Callable[[], object]) -> int:
    ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def test_questions_do_not_grow_with_what_is_on_file() -> None:
    content = "新建道路全长2315米，红线宽24米，双向四车道，配套雨污水管网"
    key, counts = make.region().key_lo, []

    def ask() -> object:
        return queries.find_similar(name="石桥镇第3村道路硬化", content=content, region_key=key)

    for more in (range(2, 3), range(3, 33)):
        for n in more:
            make.reserve_project(name=f"石桥镇第{n}村道路硬化工程", content=content)
        settle()
        counts.append(statements(ask))
    assert counts[0] == counts[1]
    assert counts[0] <= 11
