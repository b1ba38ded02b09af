"""What docs/security.md answers with this file: sessions, cookies, hosts, caches, addresses that guess passwords."""

import json
import os
import subprocess
import sys

import pytest
from django.test import Client

from gongbu.config import settings as shipped
from gongbu.ground.basics import clock
from gongbu.ground.orgs import passwords, signing
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.rules.passwords import check_password
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers.tests.conftest import sign_in

GOOD = {"login_name": "guest", "password": "Test-pass-2026"}


def settings_with(**given: str) -> dict[str, object]:
    """Return settings as a process with these variables has them."""
    names = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "ALLOWED_HOSTS"]
    code = f"import json; from gongbu.config import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names}}}))"
    environment = {**os.environ, "SECRET_KEY": "x" * 60, **given}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_behind_tls_cookies_are_secure_and_bound_to_the_host() -> None:
    behind = settings_with(GONGBU_HTTPS="1")
    assert behind["SESSION_COOKIE_NAME"] == "__Host-gongbu_session"
    assert behind["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert behind["SESSION_COOKIE_SECURE"] is behind["CSRF_COOKIE_SECURE"] is True
    assert not hasattr(shipped, "SESSION_COOKIE_DOMAIN"), "a domain would break the prefix"
    assert settings_with()["SESSION_COOKIE_SECURE"] is False


def test_only_this_machine_is_a_host_until_the_operator_names_others() -> None:
    assert settings_with()["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]


@pytest.mark.parametrize("length", [11, 12])
def test_a_password_has_twelve_characters(length: int) -> None:
    found = check_password("Bk7-mq2-xw9-zr4"[:length], login_name="guest", min_length=shipped.PASSWORD_MIN_LENGTH)
    assert [f.code for f in found] == (["password.too_short"] if length < 12 else [])
    assert len(passwords.make_temporary()) >= 12


@pytest.mark.django_db
def test_what_a_person_sees_stays_in_no_cache(town) -> None:
    client = Client()
    sign_in(client, make_person("guest", town.bureau, "INVESTMENT_OFFICER", town.east))
    for address in (
        "/projects/",
        "/api/projects",
        "/api/inbox/counts",
        "/_/regions",
        "/projects/export.csv",
        "/healthz",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "no-store" in answer.headers["Cache-Control"], address


@pytest.mark.django_db
def test_signing_in_begins_a_session_of_a_new_number(town) -> None:
    """Session fixation: a number known before is worth nothing after."""
    make_person("guest", town.bureau, "VIEWER", password_set_at=clock.now())
    client = Client()
    session = client.session
    session["seen"] = 1
    session.save()
    before = client.cookies["gongbu_session"].value
    assert client.post("/sign-in", GOOD).status_code == 302
    after = client.cookies["gongbu_session"].value
    assert after != before
    stale = Client()
    stale.cookies["gongbu_session"] = before
    assert stale.get("/").headers["Location"].startswith("/sign-in")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        " //evil.example",
    ],
)
def test_nobody_is_sent_away_after_signing_in(target: str, town) -> None:
    make_person("guest", town.bureau, "VIEWER", password_set_at=clock.now())
    client = Client()
    client.get("/sign-in", {"next": target})
    assert client.post("/sign-in", {**GOOD, "next": target}).headers["Location"] == "/"


@pytest.mark.django_db
def test_an_address_that_tries_many_names_is_stopped(town, settings) -> None:
    settings.SIGN_IN_FAILURES_PER_HOUR = 4
    make_person("guest", town.bureau, "VIEWER", password_set_at=clock.now())
    client = Client()
    for number in range(4):
        assert client.post("/sign-in", {"login_name": f"name{number}", "password": "x"}).status_code == 401
    refused = client.post("/sign-in", GOOD)
    assert refused.status_code == 429
    assert "登录失败已超过 4 次" in refused.content.decode()
    elsewhere = Client(REMOTE_ADDR="10.0.0.9")
    assert elsewhere.post("/sign-in", GOOD).status_code == 302, "others are not locked out with it"
    kinds = AuditEvent.objects.unscoped("test").values_list("kind", flat=True)
    assert list(kinds).count("SIGN_IN_FAILED") == 4
    assert signing.DOOR == "sign-in"
