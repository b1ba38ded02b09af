"""Signing in: lockout, timeouts, password age and rules, TOTP, recovery codes, sign-out everywhere, demo page."""

import re
from base64 import b32decode
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django_otp.oath import TOTP

from gongbu.ground.basics import clock
from gongbu.ground.inbox import accounts
from gongbu.ground.inbox.models import Message
from gongbu.ground.ledger.services import mark_demo_edition
from gongbu.ground.orgs import audit, passwords, services, sessions
from gongbu.ground.orgs.models import AuditEvent, Authenticator, Person, RecoveryCode, SignInSession
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.orgs.rules.passwords import check_password, is_password_too_old
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db
GOOD = "Test-pass-2026"


def events(*kinds):
    rows = AuditEvent.objects.unscoped("test").order_by("id").values_list("kind", flat=True)
    return [kind for kind in rows if not kinds or kind in kinds]


def enter(client, login, password=GOOD, **extra):
    return client.post("/sign-in", {"login_name": login, "password": password, **extra})


def who(client):
    return client.get("/account/").context if False else client.get("/account/")


def code_for(device, *, ahead=0):
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = __import__("time").time() + ahead * 30
    return f"{totp.token():06d}"


@pytest.fixture
def zhang(town):
    return make_person("zhang", town.bureau, "VIEWER", name="张某", password_set_at=clock.now())


def test_right_password_signs_in_and_goes_where_one_wanted(client, zhang):
    answer = enter(client, "ZHANG ", next="/units/?q=a")
    assert answer.status_code == 302
    assert answer.url == "/units/?q=a"
    assert "张某" in who(client).content.decode()
    assert events() == ["SIGNED_IN"]
    assert SignInSession.objects.get().person == zhang


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_next_never_leads_away(client, zhang, target):
    assert enter(client, "zhang", next=target).url == "/"


def test_wrong_password_unknown_name_and_disabled_account_look_alike(client, zhang):
    Person.objects.create(login_name="gone", name="已停", is_active=False, password=zhang.password)
    pages = {
        enter(client, login, password).status_code
        for login, password in [("zhang", "x"), ("nobody", "x"), ("gone", GOOD), ("", "")]
    }
    assert pages == {401}
    assert who(client).status_code == 302
    assert events("SIGNED_IN") == []
    assert len(events("SIGN_IN_FAILED")) == 4
    text = str(list(AuditEvent.objects.unscoped("test").values()))
    assert GOOD not in text


def test_five_wrong_passwords_lock_the_name_at_the_address(client, zhang, town):
    make_person("li", town.bureau, "VIEWER")
    codes = [enter(client, "zhang", "wrong").status_code for _ in range(5)]
    assert codes == [401, 401, 401, 401, 429]
    assert enter(client, "zhang").status_code == 429
    assert events("LOCKED_OUT") == ["LOCKED_OUT", "LOCKED_OUT"]
    assert enter(Client(REMOTE_ADDR="10.0.0.9"), "zhang").status_code == 302  # another address is not locked out
    assert enter(Client(), "li").status_code == 302


def test_lock_ends_by_itself_and_by_an_administrator(client, zhang, settings):
    for _ in range(5):
        enter(client, "zhang", "wrong")
    assert enter(client, "zhang").status_code == 429
    services.unlock_sign_in(actor=console_actor(), person_id=zhang.pk)
    assert enter(client, "zhang").status_code == 302
    for _ in range(5):
        enter(Client(), "zhang", "wrong")
    settings.AXES_COOLOFF_TIME = timedelta(microseconds=1)
    assert enter(Client(), "zhang").status_code == 302


def test_address_behind_proxies_is_the_one_they_saw(settings, rf):
    from gongbu.ground.orgs.client_ip import client_ip

    request = rf.get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 1.2.3.4, 10.0.0.2", REMOTE_ADDR="10.0.0.1")
    seen = {}
    for count in (0, 1, 2, 5):
        settings.TRUSTED_PROXIES = count
        seen[count] = client_ip(request)
    assert seen == {0: "10.0.0.1", 1: "10.0.0.2", 2: "1.2.3.4", 5: "10.0.0.1"}


def test_lockout_counts_by_the_address_behind_the_proxy(zhang, settings):
    settings.TRUSTED_PROXIES = 1
    one, two = (Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=ip) for ip in ("1.1.1.1", "2.2.2.2"))
    for _ in range(5):
        enter(one, "zhang", "wrong")
    assert enter(one, "zhang").status_code == 429
    assert enter(two, "zhang").status_code == 302


# Timeouts


def test_idle_session_ends_after_thirty_minutes(client, zhang):
    enter(client, "zhang")
    start = clock.now()
    with clock.simulate(start + timedelta(minutes=29)):
        assert who(client).status_code == 200
    with clock.simulate(start + timedelta(minutes=58)):  # 29 minutes after the last visit
        assert who(client).status_code == 200
    with clock.simulate(start + timedelta(minutes=89)):
        assert who(client).status_code == 302
    assert events("SESSION_EXPIRED") == ["SESSION_EXPIRED"]
    assert who(client).status_code == 302
    assert not SignInSession.objects.exists()


def test_no_session_outlives_twelve_hours(client, zhang):
    enter(client, "zhang")
    start = clock.now()
    for minutes in range(20, 12 * 60, 20):
        with clock.simulate(start + timedelta(minutes=minutes)):
            assert who(client).status_code == 200
    with clock.simulate(start + timedelta(hours=12, seconds=1)):
        assert who(client).status_code == 302


def test_sign_out_everywhere_ends_the_other_browsers(zhang):
    one, two = Client(), Client()
    enter(one, "zhang")
    enter(two, "zhang")
    assert who(one).content.decode().count("下线</button>") == 2
    one.post("/account/sessions", {"session": "all"})
    assert who(one).status_code == 200
    assert who(two).status_code == 302


def test_another_ones_session_is_not_mine_to_end(client, zhang, town):
    li = make_person("li", town.bureau, "VIEWER", password_set_at=clock.now())
    other = Client()
    enter(other, "li")
    enter(client, "zhang")
    client.post("/account/sessions", {"session": str(SignInSession.objects.get(person=li).pk)})
    assert who(other).status_code == 200


def test_disabling_and_epoch_end_sessions_at_once(client, zhang):
    enter(client, "zhang")
    sessions.end_all(zhang.pk)
    assert who(client).status_code == 302
    enter(client, "zhang")
    Person.objects.filter(pk=zhang.pk).update(is_active=False)
    assert who(client).status_code == 302


def test_sign_out_is_recorded(client, zhang):
    enter(client, "zhang")
    client.post("/sign-out")
    assert who(client).status_code == 302
    assert events() == ["SIGNED_IN", "SIGNED_OUT"]
    assert client.get("/sign-out").status_code == 405


# Passwords


def test_first_sign_in_must_change_the_password_first(client, zhang):
    temporary = services.reset_password(actor=console_actor(), person_id=zhang.pk)
    assert enter(client, "zhang", temporary).url == "/account/password"
    assert who(client).status_code == 302  # not in yet
    form = {"old_password": temporary, "new_password": "Brick-Wall-73", "new_password_again": "Brick-Wall-73"}
    for change in (
        {"new_password_again": "x"},
        {"old_password": "x"},
        {"new_password": "weak", "new_password_again": "weak"},
    ):
        assert client.post("/account/password", form | change).status_code == 422
    assert client.post("/account/password", form).url == "/"
    assert who(client).status_code == 200
    assert events("PASSWORD_RESET", "PASSWORD_CHANGED", "SIGNED_IN") == [
        "PASSWORD_RESET",
        "PASSWORD_CHANGED",
        "SIGNED_IN",
    ]


@pytest.mark.parametrize(("days", "where"), [(89, "/"), (90, "/account/password"), (91, "/account/password")])
def test_password_is_good_for_ninety_days(client, zhang, days, where):
    Person.objects.filter(pk=zhang.pk).update(password_set_at=clock.now() - timedelta(days=days))
    assert enter(client, "zhang").url == where


def test_changing_the_password_ends_the_other_browsers_and_keeps_this_one(zhang):
    one, two = Client(), Client()
    enter(one, "zhang")
    enter(two, "zhang")
    form = {"old_password": GOOD, "new_password": "Brick-Wall-73", "new_password_again": "Brick-Wall-73"}
    assert one.post("/account/password", form).status_code == 302
    assert who(one).status_code == 200
    assert who(two).status_code == 302
    assert enter(Client(), "zhang").status_code == 401
    assert enter(Client(), "zhang", "Brick-Wall-73").status_code == 302


def test_used_passwords_are_not_used_again(zhang):
    for password in ("Brick-Wall-73", "Stone-Gate-84"):
        passwords.change(zhang, password)
    from gongbu.ground.basics.findings import InvalidInput

    for password in (GOOD, "Brick-Wall-73", "Stone-Gate-84"):
        with pytest.raises(InvalidInput) as caught:
            passwords.change(zhang, password)
        assert caught.value.findings[0].code == "password.used_before"


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("Brick-Wall-73", []),
        ("Ab1-", ["password.too_short"]),
        ("alllowercaseletters", ["password.too_plain"]),
        ("Zhang-Wall-73x", ["password.has_login_name"]),
        ("Password-73x!", ["password.common"]),
        ("Brick-Wall-1234", ["password.has_run"]),
        ("Brick-Wall-4321", ["password.has_run"]),
        ("Brick-aaaa-73", ["password.has_run"]),
        ("Ab1-" * 40, ["password.too_long"]),
        ("长城修在北山上七十三A1", []),
    ],
)
def test_password_rules(password, codes):
    assert [f.code for f in check_password(password, login_name="zhang", min_length=10)] == codes


def test_password_age_boundaries():
    now = clock.now()
    assert not is_password_too_old(now - timedelta(days=90) + timedelta(seconds=1), now, 90)
    assert is_password_too_old(now - timedelta(days=90), now, 90)
    assert not is_password_too_old(now - timedelta(days=9000), now, 0)
    assert is_password_too_old(None, now, 0)


def test_temporary_passwords_keep_the_rules():
    made = {passwords.make_temporary() for _ in range(50)}
    assert len(made) == 50
    assert all(check_password(p, login_name="", min_length=10) == [] for p in made)


# Second factor


@pytest.fixture
def head(town):
    return make_person("head", town.bureau, "INVESTMENT_HEAD", name="刘某", password_set_at=clock.now())


def bind(client):
    page = client.get("/account/authenticator").content.decode()
    secret = re.search(r'<b class="g-code">([A-Z2-7 ]+)</b>', page)[1].replace(" ", "")
    device = Authenticator.objects.get(confirmed=False)
    assert b32decode(secret + "=" * (-len(secret) % 8)) == device.bin_key
    answer = client.post("/account/authenticator", {"code": code_for(device)})
    return re.findall(r'<li class="g-code">([A-Z0-9-]+)</li>', answer.content.decode())


def test_privileged_role_must_bind_an_authenticator(client, head):
    assert enter(client, "head").url == "/account/authenticator"
    assert who(client).status_code == 302
    assert client.post("/account/authenticator", {"code": "000000"}).status_code == 422
    Authenticator.objects.update(throttling_failure_count=0)
    assert len(bind(client)) == 8
    assert who(client).status_code == 200
    assert events("TOTP_ENROLLED", "SIGNED_IN") == ["TOTP_ENROLLED", "SIGNED_IN"]


def test_password_alone_is_no_longer_enough(client, head):
    enter(client, "head")
    bind(client)
    other = Client()
    assert enter(other, "head").url == "/sign-in/code"
    assert who(other).status_code == 302
    assert other.get("/account/password").status_code == 302  # a stolen password cannot set a new one
    assert other.get("/account/authenticator").status_code == 302  # nor bind another authenticator
    device = Authenticator.objects.get()
    assert other.post("/sign-in/code", {"code": "123456"}).status_code == 422
    Authenticator.objects.update(throttling_failure_count=0)
    code = code_for(device, ahead=1)
    assert other.post("/sign-in/code", {"code": code}).url == "/"
    assert who(other).status_code == 200
    third = Client()
    enter(third, "head")
    assert third.post("/sign-in/code", {"code": code}).status_code == 422  # a seen code is refused
    assert events("TOTP_FAILED") == ["TOTP_FAILED", "TOTP_FAILED"]


def test_wrong_codes_slow_down(client, head):
    enter(client, "head")
    bind(client)
    other = Client()
    enter(other, "head")
    for _ in range(3):
        other.post("/sign-in/code", {"code": "111111"})
    assert other.post("/sign-in/code", {"code": code_for(Authenticator.objects.get(), ahead=1)}).status_code == 422


def test_a_wrong_code_changes_no_recovery_code_and_says_so(client, head):
    enter(client, "head")
    bind(client)
    kept = list(RecoveryCode.objects.values_list("pk", flat=True))
    answer = client.post("/account/recovery-codes", {"code": "000000"}, follow=True)
    assert "动态口令不对，恢复码没有更换" in answer.content.decode()
    assert list(RecoveryCode.objects.values_list("pk", flat=True)) == kept


def test_recovery_code_opens_once(client, head):
    enter(client, "head")
    codes = bind(client)
    for expected in (302, 422):
        other = Client()
        enter(other, "head")
        assert other.post("/sign-in/code", {"code": codes[0].lower()}).status_code == expected
    assert events("RECOVERY_CODE_USED") == ["RECOVERY_CODE_USED"]
    assert codes[0].replace("-", "") not in str(list(RecoveryCode.objects.values()))


def test_lost_authenticator_is_reset_by_an_administrator(client, head):
    enter(client, "head")
    bind(client)
    services.reset_second_factor(actor=console_actor(), person_id=head.pk)
    assert who(client).status_code == 302
    assert enter(client, "head").url == "/account/authenticator"


def test_plain_role_needs_none_but_may_bind_one(client, zhang):
    enter(client, "zhang")
    bind(client)
    assert enter(Client(), "zhang").url == "/sign-in/code"


# Demo page


def test_demo_page_exists_only_in_a_demo_edition(client, zhang, town):
    assert client.get("/demo/sign-in").status_code == 404
    assert client.post("/demo/sign-in", {"person": zhang.pk}).status_code == 404
    demo = make_person("demo", town.bureau, "INVESTMENT_HEAD", name="演示某", is_demo=True, password_set_at=None)
    mark_demo_edition()
    assert "演示某" in client.get("/demo/sign-in").content.decode()
    assert client.post("/demo/sign-in", {"person": zhang.pk}).status_code == 404  # real people never
    assert client.post("/demo/sign-in", {"person": demo.pk}).status_code == 302
    assert who(client).status_code == 200


# Audit


def test_audit_rows_can_be_neither_changed_nor_removed(zhang):
    audit.record_for_person(zhang.pk, "SIGNED_IN")
    for statement in ("UPDATE orgs_audit_event SET login_name='x'", "DELETE FROM orgs_audit_event"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert AuditEvent.objects.unscoped("test").count() == 1


@pytest.mark.sqlite
def test_audit_rows_are_not_written_over(zhang):
    audit.record_for_person(zhang.pk, "SIGNED_IN")
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT OR REPLACE INTO orgs_audit_event SELECT * FROM orgs_audit_event")
    audit.record_for_person(zhang.pk, "SIGNED_OUT")
    assert AuditEvent.objects.unscoped("test").count() == 2


@pytest.mark.req("CM-14")
def test_each_auditor_sees_his_own_county(client, town, someone):
    _, east = someone("AUDIT_ADMIN", "east")
    _, west = someone("AUDIT_ADMIN", "west", unit=town.other, region=town.west)
    audit.record_export(east, "项目台账", 12, {"年度": "2026"})
    audit.record_for_login("nobody", "SIGN_IN_FAILED")
    assert [e.kind for e in AuditEvent.objects.visible_to(east, "orgs.view_audit")] == ["EXPORTED"]
    assert list(AuditEvent.objects.visible_to(west, "orgs.view_audit")) == []
    row = AuditEvent.objects.visible_to(east, "orgs.view_audit").get()
    assert (row.data["rows"], row.data["filters"]) == (12, {"年度": "2026"})


# Middleware: queries


def test_a_warm_request_costs_one_query_besides_the_session(client, zhang, django_assert_num_queries):
    from importlib import import_module

    from django.conf import settings
    from django.contrib.sessions.models import Session
    from django.http import HttpResponse
    from django.test import RequestFactory

    from gongbu.ground.orgs.middleware import ActorMiddleware

    enter(client, "zhang")
    who(client)
    store = import_module(settings.SESSION_ENGINE).SessionStore(Session.objects.get().pk)
    store.load()
    request = RequestFactory().get("/")
    request.session = store
    run = ActorMiddleware(lambda r: HttpResponse(r.actor.name))
    store["_x"] = 1  # loaded
    with django_assert_num_queries(1):  # the person's row
        assert run(request).content.decode() == "张某"
    store.pop("actor")
    with django_assert_num_queries(4):  # the person's row, post and person, grants, whether a role asks for TOTP
        assert run(request).content.decode() == "张某"


def test_given_and_taken_rights_reach_a_running_session_at_once(client, zhang, town):
    enter(client, "zhang")
    assert client.get("/registrations/").status_code == 403
    grant = services.grant_role(
        actor=console_actor(), role="INVESTMENT_OFFICER", region_id=town.east.pk, person_id=zhang.pk
    )
    assert client.get("/registrations/").status_code == 200
    services.revoke_role(actor=console_actor(), grant_id=grant.pk, reason="调离")
    assert client.get("/registrations/").status_code == 403


def test_post_switch_changes_roles(client, zhang, town):
    from gongbu.ground.orgs.models import Grant, Holding, Post

    second = Post.objects.create(unit=town.bureau, name="审核岗")
    Holding.objects.create(post=second, person=zhang, valid_from=clock.today())
    Grant.objects.create(post=second, role="INVESTMENT_OFFICER", region=town.east, valid_from=clock.today())
    enter(client, "zhang")
    assert client.get("/registrations/").status_code == 403
    client.post("/account/post", {"post": second.pk, "next": "/account/"})
    assert client.get("/registrations/").status_code == 200
    client.post("/account/post", {"post": 999999})
    assert client.get("/registrations/").status_code == 200
    assert events("POST_SWITCHED") == ["POST_SWITCHED"]


@pytest.mark.req("PF-04")
def test_a_person_is_told_of_every_change_of_his_means_of_signing_in(client, zhang, town):
    enter(client, "zhang")
    passage = {"old_password": GOOD, "new_password": "Other-pass-2027", "new_password_again": "Other-pass-2027"}
    assert client.post("/account/password", {**passage, "old_password": "wrong"}).status_code == 422
    assert client.post("/account/password", passage).status_code == 302
    services.reset_password(actor=console_actor(), person_id=zhang.pk)
    outbox.dispatch()
    told = list(Message.objects.filter(person=zhang).order_by("pk").values_list("title", "tone", "text"))
    assert [title for title, _tone, _text in told] == ["您的登录密码已修改", "您的登录密码已被重置"]
    assert {tone for _title, tone, _text in told} == {"WARN"}
    assert "来自 127.0.0.1" in told[0][2]
    assert "不是本人操作的" in told[0][2]
    assert not any(secret in text for _title, _tone, text in told for secret in ("Other-pass", GOOD))
    OutboxMessage.objects.update(dispatched_at=None)
    outbox.dispatch()
    assert Message.objects.filter(person=zhang).count() == 2, "told twice, said once"


def test_an_ageing_password_is_told_once_a_week_before(zhang, town):
    set_on = zhang.password_set_at.astimezone(clock.SHANGHAI).date()
    make_person("owes", town.bureau, "VIEWER", password_set_at=zhang.password_set_at, must_change_password=True)
    assert accounts.remind_of_passwords(set_on + timedelta(days=82)) == 0
    assert accounts.remind_of_passwords(set_on + timedelta(days=83)) == 1
    assert accounts.remind_of_passwords(set_on + timedelta(days=84)) == 0
    assert accounts.remind_of_passwords(set_on + timedelta(days=91)) == 0
    message = Message.objects.get()
    assert (message.person, message.title) == (zhang, f"登录密码将于 {set_on + timedelta(days=90)} 到期")


def test_signing_out_lets_the_browser_forget_the_pages(client, zhang):
    enter(client, "zhang")
    assert client.post("/sign-out").headers["Clear-Site-Data"] == '"cache"'


@pytest.mark.req("PF-02")
def test_a_privileged_role_that_comes_during_a_session_is_not_acted_in_without_the_second_factor(client, town):
    person = make_person("riser", town.bureau, "VIEWER", name="升职", password_set_at=clock.now())
    enter(client, "riser")
    assert who(client).status_code == 200
    services.grant_role(
        actor=console_actor(), role="INVESTMENT_HEAD", region_id=town.city.pk, person_id=person.pk
    )  # fmt: skip
    turned_away = who(client)
    assert (turned_away.status_code, turned_away.url.partition("?")[0]) == (302, "/sign-in")
    answer = enter(client, "riser")
    assert answer.url == "/account/authenticator", "he binds one before he is in"
    client.get(answer.url)
    device = Authenticator.objects.get(user_id=person.pk)
    assert client.post(answer.url, {"code": code_for(device)}).status_code == 200
    assert who(client).status_code == 200


@pytest.mark.req("PF-02")
def test_codes_are_not_guessed_without_end(client, head):
    enter(client, "head")
    bind(client)
    client.post("/sign-out")
    assert enter(client, "head").url == "/sign-in/code"
    for _ in range(10):
        assert client.post("/sign-in/code", {"code": "AAAAA-BBBBB"}).status_code == 422
    spent = client.post("/sign-in/code", {"code": "AAAAA-BBBBB"})
    assert spent.status_code == 429
    assert "一小时内输错已满 10 次" in spent.content.decode()
    assert who(client).status_code == 302


def test_why_one_was_signed_out_is_said_on_the_next_page_one_opens(client, zhang, settings):
    settings.SESSION_IDLE_MINUTES = 7
    enter(client, "zhang")
    with clock.simulate(clock.now() + timedelta(minutes=8)):
        answer = client.get("/account/", follow=True)
    assert "超过 7 分钟没有操作" in answer.content.decode()
