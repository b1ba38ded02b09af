"""Departments see what belongs to no sector; townships see what their county has issued; neighbours see neither."""

import pytest

from gongbu.ground.basics.findings import NotFound
from gongbu.mainline.lists import queries
from gongbu.mainline.lists.models import ListItem, ProjectList
from gongbu.mainline.lists.tests.test_lists import draft, works
from gongbu.mainline.objectives import queries as objectives
from gongbu.mainline.objectives.models import PlanDocument
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.promotion import queries as promotion
from gongbu.mainline.promotion.models import IdleAsset
from gongbu.mainline.promotion.tests.test_promotion import asset
from gongbu.mainline.reserve.tests import factories as reserve

pytestmark = [pytest.mark.django_db, pytest.mark.req("JC-04", "JC-13", "CM-14")]


@pytest.fixture(autouse=True)
def _county():
    reserve.county()


def test_a_department_with_a_sector_sees_the_countys_lists_assets_and_plans():
    works()
    row, one = draft(), asset()
    for actor in (reserve.department(), reserve.department("农业农村")):
        assert queries.get_list(row.pk, actor).pk == row.pk
        assert set(queries.list_all_items(actor).values_list("list_id", flat=True)) == {row.pk}
        assert promotion.get_row(IdleAsset, one.pk, actor).pk == one.pk


def test_a_department_of_the_next_county_sees_nothing():
    works()
    row, one = draft(), asset()
    stranger = reserve.department(at=projects.neighbour())
    assert not queries.list_lists(stranger).exists()
    assert not queries.list_all_items(stranger).exists()
    with pytest.raises(NotFound):
        queries.get_list(row.pk, stranger)
    with pytest.raises(NotFound):
        promotion.get_row(IdleAsset, one.pk, stranger)


def test_a_township_sees_what_the_county_issued_and_no_draft():
    works()
    row, clerk = draft(), reserve.clerk()
    assert not queries.list_lists(clerk).exists()
    ProjectList.objects.unscoped("test").filter(pk=row.pk).update(state="ISSUED")
    assert queries.get_list(row.pk, clerk).pk == row.pk
    assert queries.list_all_items(clerk).count() == ListItem.objects.unscoped("test").filter(list=row).count()


def test_a_plan_of_the_county_binds_its_townships_and_nobody_elses():
    region = projects.region()
    plan = PlanDocument.objects.create(
        region=region,
        region_key=region.key_lo,
        name="云溪县国民经济规划",
        kind="DEVELOPMENT",
        from_year=2026,
        to_year=2030,
    )
    assert objectives.get_plan(plan.pk, reserve.clerk()).pk == plan.pk
    assert objectives.get_plan(plan.pk, reserve.department()).pk == plan.pk
    with pytest.raises(NotFound):
        objectives.get_plan(plan.pk, reserve.department(at=projects.neighbour()))
