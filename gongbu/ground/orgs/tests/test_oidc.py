"""Single sign-on against a small identity provider on the loopback, and against forged tokens."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from gongbu.ground.basics import clock
from gongbu.ground.orgs.models import AuditEvent, Person
from gongbu.ground.orgs.tests.conftest import make_person

pytestmark = pytest.mark.django_db
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORGED = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def provider(settings):
    """An identity provider whose next answer the test chooses (``claims``, ``key``)."""
    state = SimpleNamespace(claims={}, key=KEY, tokens=0, verifier=None)

    class Handler(BaseHTTPRequestHandler):
        def answer(self, body):
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self):
            if self.path == "/jwks":
                key = json.loads(RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "k1", "alg": "RS256", "use": "sig"}
                self.answer({"keys": [key]})
            else:
                self.answer({k: v for k, v in state.claims.items() if k in {"sub", "preferred_username"}})

        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            state.tokens += 1
            state.verifier = form.get("code_verifier")
            token = jwt.encode(state.claims, state.key, algorithm="RS256", headers={"kid": "k1"})
            self.answer({"id_token": token, "access_token": "a", "token_type": "Bearer"})

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = "gongbu", "s"
    settings.OIDC_OP_ISSUER = base
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{base}/authorize"
    settings.OIDC_OP_TOKEN_ENDPOINT, settings.OIDC_OP_USER_ENDPOINT = f"{base}/token", f"{base}/userinfo"
    settings.OIDC_OP_JWKS_ENDPOINT = f"{base}/jwks"
    state.base = base
    yield state
    server.shutdown()
    server.server_close()


def come_back(client, provider, **claims):
    """Go to the provider and return with a code; ``claims`` change what the token says."""
    asked = parse_qs(urlsplit(client.get("/oidc/begin?next=/units/").url).query)
    assert asked["code_challenge_method"] == ["S256"]
    provider.claims = {
        "iss": provider.base,
        "aud": "gongbu",
        "exp": int(time.time()) + 300,
        "iat": int(time.time()),
        "sub": "u-1",
        "preferred_username": "zhang",
        "nonce": asked["nonce"][0],
        **claims,
    }
    return client.get("/oidc/callback", {"code": "c", "state": asked["state"][0]}), asked["state"][0]


@pytest.fixture
def zhang(town):
    return make_person("zhang", town.bureau, "INVESTMENT_HEAD", name="张某", password_set_at=clock.now())


@pytest.mark.req("PF-03")
def test_known_person_signs_in_and_is_bound_to_the_subject(client, provider, zhang):
    answer, _ = come_back(client, provider)
    assert answer.status_code == 302
    assert answer.url == "/units/"
    assert provider.verifier
    zhang.refresh_from_db()
    assert zhang.oidc_subject == "u-1"
    assert "张某" in client.get("/account/").content.decode()
    event = AuditEvent.objects.unscoped("test").get()
    assert (event.kind, event.data) == ("SIGNED_IN", {"means": "OIDC"})


def test_bound_subject_counts_more_than_the_login_name(client, provider, zhang, town):
    Person.objects.filter(pk=zhang.pk).update(oidc_subject="u-1")
    make_person("other", town.bureau, "VIEWER", name="别人")
    come_back(client, provider, preferred_username="other")
    assert "张某" in client.get("/account/").content.decode()


def test_a_new_subject_cannot_take_over_a_bound_person(client, provider, zhang):
    Person.objects.filter(pk=zhang.pk).update(oidc_subject="u-1")
    answer, _ = come_back(client, provider, sub="u-2")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"aud": None},
        {"exp": int(time.time()) - 3600},
        {"nonce": "not-ours"},
        {"preferred_username": "nobody"},
        {"preferred_username": "", "sub": "u-9"},
    ],
)
def test_wrong_tokens_and_unknown_people_stay_outside(client, provider, zhang, claims):
    answer, _ = come_back(client, provider, **claims)
    assert answer.status_code == 403
    assert client.get("/account/").status_code == 302
    assert Person.objects.count() == 1
    zhang.refresh_from_db()
    assert zhang.oidc_subject is None
    assert [e.kind for e in AuditEvent.objects.unscoped("test")] == ["SIGN_IN_FAILED"]


def test_forged_signature_stays_outside(client, provider, zhang):
    provider.key = FORGED
    assert come_back(client, provider)[0].status_code == 403


def test_state_is_ours_and_used_once(client, provider, zhang):
    assert client.get("/oidc/callback", {"code": "c", "state": "made-up"}).status_code == 403
    assert provider.tokens == 0
    _, state = come_back(client, provider)
    client.post("/sign-out")
    assert client.get("/oidc/callback", {"code": "c", "state": state}).status_code == 403
    assert provider.tokens == 1


def test_disabled_person_stays_outside(client, provider, zhang):
    Person.objects.filter(pk=zhang.pk).update(is_active=False)
    assert come_back(client, provider)[0].status_code == 403


def test_provider_out_of_reach_is_told_plainly(client, provider, zhang, settings):
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
    assert come_back(client, provider)[0].status_code == 403


def test_without_configuration_there_is_no_such_page(client, db):
    assert client.get("/oidc/begin").status_code == 404
    assert client.get("/oidc/callback").status_code == 404
    assert "统一身份认证" not in client.get("/sign-in").content.decode()
