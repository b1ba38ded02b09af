"""接口令牌: made by the person himself, used by another system, never wider than the person, ended at once."""

import json
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotAllowed, NotFound
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs import services, tokens
from gongbu.ground.orgs.models import ApiToken, AuditEvent, Grant, Holding
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.orgs.services.record import AlreadyDone, Conflict
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db
READ = ["projects.view"]


def later(days=30):
    return clock.today() + timedelta(days=days)


def make(actor, scopes=READ, **more):
    return services.create_token(
        actor=actor, name="财政系统", scopes=scopes, valid_to=more.pop("valid_to", later()), **more
    )


def call(text, path="/api/projects", **headers):
    return Client(enforce_csrf_checks=True).get(path, headers={"Authorization": f"Bearer {text}", **headers})


def footprint():
    return ApiToken.objects.count(), Entry.objects.count(), OutboxMessage.objects.count()


@pytest.mark.req("GO-18", "PF-03")
def test_another_system_calls_with_the_person_s_rights_and_no_session(someone):
    _person, actor = someone("INVESTMENT_OFFICER")
    token, text = make(actor)
    answer = call(text)
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert "sessionid" not in answer.cookies
    entry = Entry.objects.get(kind="orgs.token_created")
    assert text not in entry.canonical
    assert token.digest not in entry.canonical
    assert ApiToken.objects.get().digest == tokens.digest_of(text) != text


def test_a_token_writes_without_csrf_and_only_what_it_is_for(someone):
    _person, actor = someone("INVESTMENT_OFFICER")
    _token, text = make(actor)
    client = Client(enforce_csrf_checks=True)
    header = {"Authorization": f"Bearer {text}"}
    refused = client.post("/api/projects", "{}", content_type="application/json", headers=header)
    assert refused.status_code == 403
    assert "不能用于" in refused.json()["detail"]
    _token, writing = make(actor, ["projects.create"])
    header = {"Authorization": f"Bearer {writing}"}
    assert client.post("/api/projects", "{}", content_type="application/json", headers=header).status_code == 422


def test_a_viewer_cannot_make_a_token_that_writes(someone):
    _person, actor = someone("VIEWER")
    before = footprint()
    with pytest.raises(Conflict) as refusal:
        make(actor, ["projects.create"])
    assert refusal.value.code == "tokens.scope_not_his"
    assert footprint() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": []}, "tokens.no_scope"),
        ({"name": "  "}, "tokens.name_missing"),
        ({"valid_to": date(2026, 3, 5)}, "tokens.period"),  # today: it would never hold
        ({"valid_to": date(2027, 3, 7)}, "tokens.period"),  # 367 days
        ({"scopes": ["no.such"]}, "tokens.scope_not_his"),
    ],
)
def test_what_is_not_in_order_is_refused_and_leaves_nothing(someone, change, code):
    _person, actor = someone("INVESTMENT_OFFICER")
    before = footprint()
    with clock.simulate(date(2026, 3, 5)), pytest.raises(Conflict) as refusal:
        services.create_token(
            actor=actor, **{"name": "财政系统", "scopes": READ, "valid_to": date(2026, 6, 1), **change}
        )
    assert refusal.value.code == code
    assert footprint() == before


def test_the_token_ends_with_its_day_its_post_its_person_and_its_revocation(someone, town):
    person, actor = someone("INVESTMENT_OFFICER")
    token, text = make(actor, valid_to=later(3))
    assert tokens.find(text) is not None
    with clock.simulate(later(2)):
        assert tokens.find(text) is not None
    with clock.simulate(later(3)):  # the first day on which it no longer holds
        assert tokens.find(text) is None
    Grant.objects.unscoped("the role is taken away").update(valid_to=clock.today())
    assert call(text).status_code == 403
    Holding.objects.update(valid_to=clock.today())
    assert call(text).status_code == 401
    Holding.objects.update(valid_to=None)
    Grant.objects.unscoped("and given back").update(valid_to=None)
    person.is_active = False
    person.save()
    assert call(text).status_code == 401
    person.is_active = True
    person.save()
    assert call(text).status_code == 200
    services.revoke_token(actor=actor, token_id=token.pk)
    answer = call(text)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    with pytest.raises(AlreadyDone):
        services.revoke_token(actor=actor, token_id=token.pk)
    assert Entry.objects.filter(kind="orgs.token_revoked").count() == 1


@pytest.mark.parametrize("text", ["", "gongbu_", "gongbu_" + "x" * 43, "x" * 5000, "中文"])
def test_a_wrong_token_is_nobody(text):
    assert tokens.find(text) is None


def test_a_wrong_token_does_not_fall_back_to_the_session(someone):
    person, _actor = someone("INVESTMENT_OFFICER")
    client = Client()
    sign_in(client, person)
    assert client.get("/api/projects").status_code == 200
    assert client.get("/api/projects", headers={"Authorization": "Bearer gongbu_wrong"}).status_code == 401


def test_use_is_noted_at_most_once_a_minute(someone):
    _person, actor = someone("INVESTMENT_OFFICER")
    token, text = make(actor)
    for _ in range(3):
        call(text, REMOTE_ADDR="127.0.0.1")
    events = AuditEvent.objects.unscoped("test").filter(kind="TOKEN_USED")
    assert [(e.person_id, e.data["token"]) for e in events] == [(actor.person_id, token.pk)]
    ApiToken.objects.update(last_used_at=clock.now() - timedelta(seconds=61))
    call(text)
    assert events.all().count() == 2


@pytest.mark.req("PF-03")
def test_the_security_administrator_makes_reading_ones_for_others_and_revokes_theirs(someone, town):
    _security, keeper = someone("SECURITY_ADMIN")
    person, _actor = someone("INVESTMENT_OFFICER")
    before = footprint()
    with pytest.raises(Conflict) as refusal:
        make(keeper, ["projects.create"], person_id=person.pk)
    assert refusal.value.code == "tokens.only_reading"
    assert footprint() == before
    token, text = make(keeper, person_id=person.pk)
    assert tokens.find(text)[0].person_id == person.pk
    content = json.loads(Entry.objects.get(kind="orgs.token_created").canonical)
    assert content["actor"]["name"] == keeper.name
    services.revoke_token(actor=keeper, token_id=token.pk, reason="系统下线")
    assert tokens.find(text) is None


def test_nobody_else_makes_or_revokes_them(someone, town):
    person, actor = someone("INVESTMENT_OFFICER")
    token, _text = make(actor)
    _other, viewer = someone("VIEWER")
    _far, keeper = someone("SECURITY_ADMIN", login="far", unit=town.other, region=town.west)
    before = footprint()
    with pytest.raises(NotAllowed):
        make(viewer, person_id=person.pk)
    with pytest.raises(NotAllowed):
        make(keeper, person_id=person.pk)  # another county's
    for stranger in (viewer, keeper):
        with pytest.raises(NotFound):
            services.revoke_token(actor=stranger, token_id=token.pk)
    assert footprint() == before
    assert ApiToken.objects.get().revoked_at is None


def test_at_most_ten_in_force(someone):
    _person, actor = someone("INVESTMENT_OFFICER")
    for _ in range(10):
        last, _text = make(actor)
    with pytest.raises(Conflict) as refusal:
        make(actor)
    assert refusal.value.code == "tokens.too_many"
    services.revoke_token(actor=actor, token_id=last.pk)
    make(actor)


def test_the_page_shows_the_text_once(someone):
    person, _actor = someone("INVESTMENT_OFFICER")
    client = Client()
    sign_in(client, person)
    page = reverse("orgs:tokens")
    assert "可办事项" in client.get(page).text
    wrong = client.post(page, {"name": "财政系统", "valid_to": "明年", "scopes": READ})
    assert wrong.status_code == 422
    unheard = {"name": "财政系统", "valid_to": later().isoformat(), "scopes": ["projects.view", "projects.withdraw"]}
    assert "接口没有提供" in client.post(page, unheard).text
    assert ApiToken.objects.count() == 0
    made = client.post(page, {"name": "财政系统", "valid_to": later().isoformat(), "scopes": READ})
    text = re.search(r'value="(gongbu_[\w-]+)"', made.text)[1]
    assert made["Cache-Control"]
    assert call(text).status_code == 200
    listed = client.get(page).text
    assert text not in listed
    assert f"尾号 {text[-4:]}" in listed
    token = ApiToken.objects.get()
    assert client.post(reverse("orgs:revoke_token", args=[token.pk])).status_code == 302
    assert call(text).status_code == 401
    assert "已作废" in client.get(page).text


def test_the_page_for_others_is_the_security_administrator_s(someone):
    person, _actor = someone("INVESTMENT_OFFICER")
    keeper, _ = someone("SECURITY_ADMIN")
    client = Client()
    sign_in(client, person)
    page = reverse("orgs:person_tokens", args=[person.pk])
    assert client.get(page).status_code == 403
    sign_in(client, keeper)
    shown = client.get(page).text
    assert 'value="projects.view"' in shown
    assert 'value="projects.create"' not in shown
    assert actor_for(person).person_id == person.pk
