"""A fictional city with two counties, and people for the roles the tests need."""

from datetime import date
from types import SimpleNamespace

import pytest

from gongbu.ground.orgs.models import Grant, Holding, Person, Post, Region, RegionCode, Unit
from gongbu.ground.orgs.queries import actor_for

DAY = date(2026, 1, 1)


def make_region(name, code, parent, level, size):
    key = int(code.ljust(12, "0"))
    region = Region.objects.create(name=name, parent=parent, level=level, key_lo=key, key_hi=key + size, is_demo=True)
    RegionCode.objects.create(region=region, code=code, name=name, edition="演示", last_edition="演示")
    return region


def make_person(login, unit, role=None, region=None, post=None, *, sector="", **fields):
    """Create a person in a post of ``unit`` whose post holds ``role`` over ``region``."""
    fields = {
        "name": f"{login}某",
        "must_change_password": False,
        "password_set_at": "2026-01-01T00:00+08:00",
        **fields,
    }
    person = Person(login_name=login, unit=unit, **fields)
    person.set_password("Test-pass-2026")
    person.save()
    if role:
        post = post or Post.objects.create(unit=unit, name=f"{role}岗{login}")
        Holding.objects.create(post=post, person=person, valid_from=DAY)
        Grant.objects.create(post=post, role=role, region=region or unit.region, valid_from=DAY, sector=sector)
    return person


@pytest.fixture
def town(db):
    """云城市 with 东县 and 西县, a unit in each, and one person per role in 东县."""
    nation = Region.objects.create(name="全国", level="NATION", key_lo=0, key_hi=10**12)
    province = make_region("云州省", "990000", nation, "PROVINCE", 10**10)
    city = make_region("云城市", "990100", province, "CITY", 10**8)
    east = make_region("东县", "990121", city, "COUNTY", 10**6)
    west = make_region("西县", "990122", city, "COUNTY", 10**6)
    bureau = Unit.objects.create(name="东县发展和改革局", kind="GOVERNMENT", region=east)
    other = Unit.objects.create(name="西县发展和改革局", kind="GOVERNMENT", region=west)
    firm = Unit.objects.create(name="云城建设有限公司", kind="ENTERPRISE", region=east)
    return SimpleNamespace(
        nation=nation, province=province, city=city, east=east, west=west, bureau=bureau, other=other, firm=firm
    )


@pytest.fixture
def someone(town):
    """Return a maker of (person, actor) by role in 东县."""

    def make(role, login=None, unit=None, region=None, **fields):
        person = make_person(login or role.lower(), unit or town.bureau, role, region or town.east, **fields)
        return person, actor_for(person)

    return make
