"""Bounds at the doors: tries per address, refusals on record, what a leaver lent."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from gongbu.ground.basics import clock
from gongbu.ground.orgs import services
from gongbu.ground.orgs.audit import REFUSALS_KEPT
from gongbu.ground.orgs.models import AuditEvent, Holding, Post
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.mark.req("PF-03")
def test_one_address_may_not_register_without_end(town, monkeypatch):
    monkeypatch.setattr("gongbu.ground.orgs.pages.registrations.REGISTRATIONS_PER_HOUR", 2)
    client = Client()
    for _ in range(2):
        assert "最多提交" not in client.post("/register", {"unit_name": "某公司"}).content.decode()
    answer = client.post("/register", {"unit_name": "某公司"})
    assert answer.status_code == 422
    assert "一小时内最多提交 2 次" in answer.content.decode()
    other = client.post("/register", {"unit_name": "某公司"}, REMOTE_ADDR="192.0.2.7")
    assert "最多提交" not in other.content.decode()


@pytest.mark.req("PF-04")
def test_trying_an_act_without_the_right_is_on_record_and_bounded(town):
    viewer = make_person("viewer", town.bureau, "VIEWER", town.east)
    client = Client()
    sign_in(client, viewer)
    refused = AuditEvent.objects.unscoped("test").filter(kind="REFUSED")
    assert client.get("/units/new").status_code == 403
    assert refused.count() == 0  # looking is not recorded
    assert client.post("/units/new", {"name": "新单位"}).status_code == 403
    event = refused.get()
    assert (event.person_id, event.data["what"]) == (viewer.pk, "POST /units/new")
    for _ in range(REFUSALS_KEPT + 3):
        client.post("/units/new")
    assert refused.count() == REFUSALS_KEPT
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/units/new").status_code == 403
    assert refused.count() == REFUSALS_KEPT


@pytest.mark.req("PF-01")
def test_what_a_leaver_lent_ends_with_the_hand_over(town, someone):
    _, admin = someone("SYSTEM_ADMIN")
    leaver, _ = someone("INVESTMENT_OFFICER")
    successor, _ = someone("VIEWER", login="successor")
    delegate, _ = someone("SECTOR_OFFICER")
    post = Post.objects.get(holdings__person=leaver)
    today = clock.today()
    lent = services.delegate(
        actor=admin, post_id=post.pk, to_person_id=delegate.pk, valid_from=today + timedelta(days=1),
        valid_to=today + timedelta(days=9), reason="出差",
    )  # fmt: skip
    services.hand_over(actor=admin, post_id=post.pk, from_person_id=leaver.pk, to_person_id=successor.pk, reason="调动")
    lent.refresh_from_db()
    assert lent.valid_to == lent.valid_from  # it never begins
    assert not Holding.objects.filter(post=post, kind="ACTS_FOR", valid_to__gt=date.max - timedelta(days=1)).exists()


def test_a_second_holder_keeps_what_he_lent(town, someone):
    _, admin = someone("SYSTEM_ADMIN")
    leaver, _ = someone("INVESTMENT_OFFICER")
    second, _ = someone("VIEWER", login="second")
    successor, _ = someone("VIEWER", login="successor")
    delegate, _ = someone("SECTOR_OFFICER")
    post = Post.objects.get(holdings__person=leaver)
    services.appoint(actor=admin, post_id=post.pk, person_id=second.pk)
    today = clock.today()
    lent = services.delegate(
        actor=admin, post_id=post.pk, to_person_id=delegate.pk, valid_from=today, valid_to=today + timedelta(days=9),
        reason="出差",
    )  # fmt: skip
    services.hand_over(actor=admin, post_id=post.pk, from_person_id=leaver.pk, to_person_id=successor.pk, reason="调动")
    lent.refresh_from_db()
    assert lent.valid_to == today + timedelta(days=9)
