"""Scope or raise: region-bound tables refuse to run without saying for whom; zero grants mean zero rows."""

import pytest
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from gongbu.ground.orgs.actor import ANONYMOUS, Actor, GrantScope
from gongbu.ground.orgs.managers import ScopeMissing
from gongbu.ground.orgs.models import Person, Region, Unit
from gongbu.ground.orgs.queries import console_actor

pytestmark = pytest.mark.django_db

UNSCOPED_READS = {
    "list": lambda m: list(m.all()),
    "filter": lambda m: list(m.filter(name="x")),
    "get": lambda m: m.get(pk=1),
    "first": lambda m: m.first(),
    "count": lambda m: m.count(),
    "filtered count": lambda m: m.filter(name="x").count(),
    "exists": lambda m: m.exists(),
    "aggregate": lambda m: m.aggregate(n=Count("pk")),
    "aggregate over slice": lambda m: m.all()[:3].aggregate(n=Count("pk")),
    "values": lambda m: list(m.values_list("pk")),
    "iterator": lambda m: list(m.iterator()),
    "in_bulk": lambda m: m.in_bulk([1]),
    "distinct": lambda m: list(m.distinct().order_by("name")),
    "union": lambda m: list(m.all().union(m.all())),
    "or": lambda m: list(m.all() | m.all()),
    "or with scoped": lambda m: list(m.unscoped("test") | m.all()),
    "as subquery": lambda m: list(Person.objects.filter(unit__in=m.all())),
    "Subquery()": lambda m: list(Region.objects.annotate(n=Subquery(m.filter(region=OuterRef("pk")).values("pk")[:1]))),
    "Exists()": lambda m: list(Region.objects.filter(Exists(m.filter(region=OuterRef("pk"))))),
    "get_or_create": lambda m: m.get_or_create(name="x"),
    "update_or_create": lambda m: m.update_or_create(name="x", defaults={"kind": "OTHER"}),
    "update": lambda m: m.update(name="x"),
    "delete": lambda m: m.all().delete(),
    "raw delete": lambda m: m.all()._raw_delete("default"),
    "bulk_update": lambda m: m.bulk_update(list(m.unscoped("test")), ["name"]),
    "select_for_update": lambda m: list(m.select_for_update()),
    "raw": lambda m: list(m.raw("select * from orgs_unit")),
}


@pytest.mark.parametrize("how", UNSCOPED_READS)
def test_nothing_runs_without_a_scope(town, how):
    before = Unit.objects.unscoped("test").count()
    with pytest.raises(ScopeMissing):
        UNSCOPED_READS[how](Unit.objects)
    assert Unit.objects.unscoped("test").count() == before


def test_related_manager_needs_a_scope_too(town):
    with pytest.raises(ScopeMissing):
        list(town.east.units.all())
    assert len(town.east.units.unscoped("test")) == 2
    with pytest.raises(ScopeMissing):
        list(Region.objects.prefetch_related("units"))


def test_creating_saving_and_following_keys_need_none(town):
    unit = Unit.objects.create(name="东县财政局", kind="GOVERNMENT", region=town.east)
    Unit.objects.bulk_create([Unit(name="东县住建局", kind="GOVERNMENT", region=town.east)])
    unit.short_name = "财政局"
    unit.save()
    unit.refresh_from_db()
    person = Person.objects.create(login_name="a", name="甲", unit=unit)
    assert Person.objects.get(pk=person.pk).unit.short_name == "财政局"
    person.delete()
    unit.delete()


@pytest.mark.req("CM-14")
def test_each_county_sees_its_own_and_the_city_sees_both(town, someone):
    _, east = someone("VIEWER", "east")
    _, west = someone("VIEWER", "west", unit=town.other, region=town.west)
    _, city = someone("VIEWER", "city", region=town.city)

    def names(actor):
        return set(Unit.objects.visible_to(actor, "orgs.view").values_list("name", flat=True))

    assert names(east) == {"东县发展和改革局", "云城建设有限公司"}
    assert names(west) == {"西县发展和改革局"}
    assert names(city) == names(east) | names(west)
    assert names(console_actor()) == names(city)


def test_zero_grants_give_zero_rows_and_nothing_is_changed(town):
    nobody = Actor(7, "无权者")
    rows = Unit.objects.visible_to(nobody, "orgs.view")
    assert list(rows) == []
    assert rows.count() == 0
    assert rows.update(name="改") == 0
    assert rows.delete()[0] == 0
    assert Unit.objects.unscoped("test").count() == 3
    assert list(Unit.objects.visible_to(ANONYMOUS, "orgs.view")) == []


def test_a_role_without_the_act_gives_zero_rows(town):
    actor = Actor(7, "项目单位", grants=(GrantScope("OWNER_UNIT", 0, 10**12),), unit_id=town.firm.pk)
    assert list(Unit.objects.visible_to(actor, "orgs.view")) == []


def test_a_grant_within_a_sector_shows_that_sector_only(town):
    Unit.objects.create(name="东县水利局", kind="GOVERNMENT", region=town.east, sector="水利")
    actor = Actor(7, "水利经办", grants=(GrantScope("SECTOR_OFFICER", town.east.key_lo, town.east.key_hi, "水利"),))
    assert [u.name for u in Unit.objects.visible_to(actor, "orgs.view")] == ["东县水利局"]


def test_unscoped_wants_a_reason():
    with pytest.raises(ValueError, match="reason"):
        Unit.objects.unscoped("  ")


def test_scope_stays_on_clones(town):
    rows = Unit.objects.unscoped("test").filter(kind="GOVERNMENT").exclude(name="x").order_by("name")
    assert rows.count() == 2
    assert rows.filter(Q(region=town.east)).exists()
    assert list(rows.values_list("name", flat=True)[:1])
    assert not Unit.objects.none().exists()


@pytest.mark.req("CM-10")
def test_own_record_roles_never_see_by_region(town):
    key = town.east.key_lo
    firm = Actor(7, "第三方", grants=(GrantScope("THIRD_PARTY", key, key + 10**6),), unit_id=town.firm.pk)
    assert firm.may("orgs.view_regions")
    assert not firm.may("orgs.view_regions", key)
    assert firm.may("orgs.view_regions", key, own=True)
    assert firm.ranges("orgs.view_regions") == []
    assert firm.may_own("orgs.view_regions")
    assert not Actor(8, "无单位", grants=firm.grants).may_own("orgs.view_regions")
