"""Two at once: one draws, one replaces, one registers; the other is told (PostgreSQL)."""

import pytest

from gongbu.ground.experts import services
from gongbu.ground.experts.models import Draw, Expert, Seat
from gongbu.ground.experts.tests.conftest import enter, new_draw, opened, seats_of
from gongbu.ground.orgs.tests.test_races import both

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a_draw_is_made_once(county, pool):
    draw = opened(county)

    def make(actor):
        return lambda: services.make_draw(draw_id=draw.pk, actor=actor)

    assert both(make(county.officer), make(county.head)) == ["done", "experts.draw_wrong_state"]
    assert Seat.objects.filter(draw=draw).count() == 5


def test_one_key_opens_one_draw(county, pool):
    def open_one(actor):
        return lambda: services.open_draw(new=new_draw(county), actor=actor, key="reserve:round:7")

    assert both(open_one(county.officer), open_one(county.head)) == ["done", "done"]
    assert Draw.objects.unscoped("test").count() == 1


def test_a_place_is_filled_once(county, pool):
    enter(county, specialties=["COST"])
    draw = opened(county)
    services.make_draw(draw_id=draw.pk, actor=county.officer)
    seat = seats_of(draw, specialty="COST")[0]
    services.respond(seat_id=seat.pk, code="DECLINED", reason="出差", actor=county.officer)

    def replace(actor):
        return lambda: services.replace(seat_id=seat.pk, actor=actor)

    assert both(replace(county.officer), replace(county.head)) == ["done", "experts.nothing_to_replace"]
    assert Seat.objects.filter(replaces=seat).count() == 1


def test_one_person_enters_a_pool_once(county):
    def register(actor):
        return lambda: enter(county, by=actor, name="温若谷", unit_name="东县规划院")

    assert both(register(county.officer), register(county.head)) == ["done", "experts.on_file"]
    assert Expert.objects.unscoped("test").count() == 1
